"""`tocns restore`: a backup back into the database."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands.failure import Fault
from bot.commands.setting import settings
from bot.commands.stored import database_of

if TYPE_CHECKING:
    from bot.config import Settings

app = typer.Typer()


@app.command(epilog="Example: tocns restore /mnt/backup/tocns.backup")
def restore(
    file: Path = typer.Argument(help="what `tocns backup` wrote, on SQLite or PostgreSQL"),
    replace: bool = typer.Option(False, "--replace", help="remove what the database holds now"),
    check: bool = typer.Option(
        False, "--check", help="only try: into an empty place beside FILE, thrown away"
    ),
) -> None:
    """Puts a backup into the database of the settings, brought up to this program's revision.

    All or nothing: where anything is wrong, the database stays as it is. The service must be stopped.
    """
    from bot import backups
    from storage.copying import Refused
    from storage.database import Unavailable

    found = settings(need_key=True)
    now = datetime.now(found.zone)
    try:
        rows = (
            backups.verify(found, file, now) if check else asyncio.run(_restored(found, file, now, replace))
        )
    except OSError as error:
        where = error.filename or file
        raise Fault(f"{where}: {error.strerror}; give a file that `tocns backup` wrote") from None
    except Refused as error:
        raise Fault(f"{file}: {error}") from None
    except Unavailable as error:
        raise Fault(f"nothing restored: {error}") from None
    print(f"{file}: {rows} rows, whole." if check else f"{file}: {rows} rows restored.")


async def _restored(found: "Settings", file: Path, now: datetime, replace: bool) -> int:
    """Restores while nobody else leads on this database."""
    from bot.leading import NAME
    from storage import audit, copying

    with file.open("rb") as source:
        made = copying.read_head(source).made_at.astimezone(found.zone).date()
        source.seek(0)
        place = database_of(found)  # not opened: there may be none yet, or one of another key
        lease = await place.lead(NAME)
        try:
            if lease is None:
                raise Fault("the service runs on this database: stop it first, then restore")
            rows = await asyncio.to_thread(
                copying.restore, found.database_url, place.vault, source, now, replace=replace
            )
            entry = audit.Entry(now, None, "cli", "restore", "all", "", f"from {made}")
            async with database_of(found) as database:
                await database.write(lambda conn: audit.append(conn, entry))
            return rows
        finally:
            if lease is not None:
                await lease.release()
            await place.close()
