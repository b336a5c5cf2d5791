"""`tocns backup`: a consistent copy of the database while the service runs."""

from datetime import datetime
from pathlib import Path

import typer

from bot.commands.failure import Fault
from bot.commands.setting import settings

app = typer.Typer()


@app.command(epilog="Example: tocns backup /mnt/backup/tocns.backup")
def backup(file: Path = typer.Argument(help="the file to write; one of that name is replaced")) -> None:
    """Writes all that is in the database into one sealed FILE, photos and files too, while the service runs.

    It opens only with TOCNS_SECRET_KEY: keep that apart from it.
    """
    from bot import backups
    from storage import audit
    from storage.copying import Refused
    from storage.database import Unavailable

    found = settings(need_key=True)
    if file.is_dir():
        raise Fault(f"{file}: Is a directory; choose another place, nothing was written")
    try:
        now = datetime.now(found.zone)
        made = backups.make(found, file, now)
        backups.note(found, audit.Entry(now, None, "cli", "backup", "all", "", f"{made.rows} rows"))
    except OSError as error:
        raise Fault(f"{file}: {error.strerror}; choose another place, nothing was written") from None
    except (Refused, Unavailable) as error:
        raise Fault(f"no backup made: {error}") from None
    print(f"{file}: {made.rows} rows, {made.size} bytes.")
