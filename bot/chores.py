"""Work that waits in the database: looked for again and again, and done piece by piece."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from storage.database import Unavailable

log = logging.getLogger(__name__)


async def keep_at(once: Callable[[], Awaitable[bool]], every: float, what: str) -> None:
    """Calls `once` until nothing waits (it says False), rests `every` seconds, and so on until it is
    cancelled. Whatever it raises, the next time is another try; `what` names the work in the log."""
    while True:
        try:
            while await once():
                pass
        except Unavailable as error:
            log.error("%s: database unavailable, trying again: %s", what, error)
        except Exception:
            log.exception("%s: a fault of ours; trying again", what)
        await asyncio.sleep(every)
