"""Commands that read or write the database of the settings."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from bot.commands.failure import Fault
from bot.commands.setting import settings

if TYPE_CHECKING:
    from bot.config import Settings
    from storage.database import Connection, Database

T = TypeVar("T")


def database_of(found: "Settings") -> "Database":
    """The database of the settings, which have a key; not opened yet."""
    from bot import keys
    from storage.database import Database

    return Database(found.database_url, keys.vault(found))


def stored(work: "Callable[[Connection], T]", *, write: bool = False) -> T:
    """Runs `work` in one transaction; with `write` it may change what is stored. Raises Fault where the
    database can't be reached, does not serve this program, or has wrong sums."""
    from content.figures import Unsound
    from storage import revisions
    from storage.database import Unavailable

    async def run() -> T:
        async with database_of(settings(need_key=True)) as database:
            if amiss := (await database.read(revisions.standing)).amiss:
                raise Fault(amiss)
            return await (database.write(work) if write else database.read(work))

    try:
        return asyncio.run(run())
    except Unavailable as error:
        raise Fault(f"the database: {error}") from None
    except Unsound as error:
        raise Fault(f"figures: {error}: `tocns check --mend` counts anew and puts them right") from None
