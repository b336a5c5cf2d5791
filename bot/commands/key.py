"""`tocns key`: the secret key that personal data is sealed with, made and changed."""

import asyncio
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from bot.commands.failure import Fault
from bot.commands.setting import settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from storage.database import Connection

app = typer.Typer(
    no_args_is_help=True, help="The secret key that personal data is sealed with. Example: tocns key new"
)


@app.command(epilog="Example: tocns key new")
def new() -> None:
    """Prints a fresh key for TOCNS_SECRET_KEY."""
    print(secrets.token_urlsafe(32))


@app.command(epilog="Example: tocns key status")
def status() -> None:
    """How much is still sealed with an older key."""
    from storage import rekeying

    left = stored(rekeying.left)
    for table, rows in left.items():
        print(f"{table}\t{rows}")
    print("rows sealed with an older key:", sum(left.values()))


@app.command(epilog="Example: TOCNS_SECRET_KEY=<new> TOCNS_SECRET_KEY_OLD=<old> tocns key rotate")
def rotate() -> None:
    """Seals anew, with the new key, all that the old one has sealed, while the service runs."""
    from bot.keys import vault
    from storage import audit, rekeying, revisions
    from storage.database import Database, Unavailable
    from storage.secrets import Unreadable

    found = settings(need_key=True)
    now = datetime.now(found.zone)

    def finish(conn: "Connection") -> None:
        rekeying.begin(conn, now)
        audit.append(conn, audit.Entry(now, None, "cli", "rotate-key", "all"))

    async def run() -> int:
        async with Database(found.database_url, vault(found)) as database:
            there = await database.read(revisions.standing)
            if there.amiss:
                raise Fault(there.amiss)
            if (
                there.is_newer
            ):  # it has columns that this program does not know, and would leave under the old key
                raise Fault(f"the database is newer ({there.at}) than this program: run the newer version's")
            # First, so that no process that starts without the old key looks people up by another hash.
            await database.write(lambda conn: rekeying.begin(conn, now))
            total = 0
            while done := await database.write(rekeying.batch):
                total += done
                print(f"{total} rows", flush=True)
            await database.write(finish)
            return total

    try:
        total = asyncio.run(run())
    except Unavailable as error:
        raise Fault(f"the database: {error}; what was done stays done, run it again") from None
    except Unreadable as error:
        raise Fault(f"TOCNS_SECRET_KEY_OLD: {error}; give the key that the data was stored with") from None
    print(
        f"done: {total} rows. TOCNS_SECRET_KEY_OLD can be removed once every process runs with the new key."
    )
    print(
        "Backups made before this open with the old key only: keep it, locked away, until they have aged out."
    )
