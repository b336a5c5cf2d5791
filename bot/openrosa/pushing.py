"""Surveys go on to another OpenRosa server: each revision once, in order, and again until it is there."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import aiohttp

from bot import briefcase
from bot.openrosa.remote import TIMEOUT, Door, File, Later, Never, Remote
from content.submission import Unreadable
from storage import export, photos, pushes
from storage.database import Connection, Database
from storage.pushes import Due

log = logging.getLogger(__name__)

LOOK_AGAIN = 15.0
"""Seconds until new surveys are looked for."""
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=6)


def later(attempts: int, seconds: float | None) -> timedelta:
    """How long until the next try: what the server says, else doubling from a minute up to six hours."""
    if seconds is not None:
        return timedelta(seconds=seconds)
    return min(LONGEST_RETRY, FIRST_RETRY * (1 << min(attempts - 1, 16)))


@dataclass(frozen=True, slots=True)
class _Load:
    """A revision packed for the way."""

    xml: bytes
    files: list[File]


@dataclass(slots=True)
class Pusher:
    """Sends what is submitted on to `remote`. Any number of processes may: each takes another revision."""

    database: Database
    remote: Remote
    now: Callable[[], datetime]

    async def once(self) -> bool:
        """A round; whether anything went, so that there may be more."""
        return await self.round() > 0

    async def round(self) -> int:
        """Queues what is new, sends what is due, up to the first that must wait; how many were sent."""
        await self.database.write(lambda conn: pushes.queue(conn, self.now()))
        sent = 0
        door: Door | None = None
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            while due := await self.database.write(lambda conn: pushes.take(conn, self.now())):
                try:
                    load = await self.database.read(partial(_load, due=due))
                    if load is not None:
                        door = door or await self.remote.open(session)
                        await self.remote.send(session, door, load.xml, load.files)
                except Never as error:
                    await self._refused(due, str(error))
                except Later as error:
                    await self._later(due, error)
                    return sent
                else:
                    await self.database.write(partial(pushes.sent, due=due, now=self.now()))
                    sent += 1
        return sent

    async def _refused(self, due: Due, why: str) -> None:
        log.error("push of survey %s (%d) refused: %s; see `tocns openrosa push`", *_name(due), why)
        await self.database.write(lambda conn: pushes.refused(conn, due, why))

    async def _later(self, due: Due, error: Later) -> None:
        at = self.now() + later(due.attempts, error.seconds)
        log.warning(
            "push of survey %s (%d) again at %s: %s", *_name(due), at.isoformat("T", "seconds"), error
        )
        await self.database.write(lambda conn: pushes.later(conn, due, str(error), at))


def _name(due: Due) -> tuple[str, int]:
    return due.survey_id, due.revision


def _load(conn: Connection, due: Due) -> _Load | None:
    """What goes out; None where the revision has no answers any more. Raises Later for a photo on its way,
    Never where what is stored can't be read."""
    try:
        going = briefcase.revisions(due.survey_id, export.history(conn, due.survey_id))
    except Unreadable:
        raise Never("the XML in the database is damaged; restore it from a backup") from None
    here = next((one for one in going if one.number == due.revision), None)
    if here is None:
        return None
    if export.awaited(conn, due.survey_id):
        raise Later("a photo has still to be fetched")
    files = []
    for name in export.files(conn, due.survey_id):
        data = photos.find(conn, name) if name in here.xml else None
        if data is not None:
            files.append((name, data))
    return _Load(here.xml.encode(), files)
