"""What this process says of its channels every minute: that it hears them, what came and went, what failed.

Any process may be asked how the service is; so what each knows stands in the database, a few rows a channel.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shutil import disk_usage

from sqlalchemy.engine import make_url

from bot import VERSION
from bot.channels.base import Channel, Checkable, Hear, Incoming, Outcome, Polled, Receipt
from bot.config import Settings
from content.health import BEAT, Disk, Machine
from storage import pulse
from storage.database import Connection, Database

EVERY = BEAT.total_seconds()
CHECKED_EVERY = 3600.0
"""Seconds between questions to the platforms whether the set-up serves."""
_FAILED = frozenset({Outcome.RETRY, Outcome.UNSURE, Outcome.CONFIG, Outcome.BAD})
"""Not that somebody has left, or that the platform's window is closed: that is no fault."""

Signs = dict[tuple[str, pulse.Sign], tuple[datetime, str]]


@dataclass(slots=True)
class Pulse:
    """Of one process. `delivers` says whether it is the one that sends on a channel just now."""

    database: Database
    channels: Mapping[str, Channel]
    now: Callable[[], datetime]
    delivers: Callable[[str], bool]
    listens: bool = False
    _new: Signs = field(default_factory=dict)

    def hearing(self, hear: Hear) -> Hear:
        """The same, and it is remembered when it was."""

        async def noted(incoming: Incoming) -> None:
            await hear(incoming)
            self._new[incoming.channel, "heard"] = self.now(), ""

        return noted

    def sent(self, channel: str, receipt: Receipt) -> None:
        """A message was tried."""
        if receipt.outcome in _FAILED:
            self._new[channel, "failed"] = self.now(), receipt.reason or receipt.outcome.value
        elif receipt.outcome is Outcome.SENT:
            self._new[channel, "sent"] = self.now(), ""

    async def once(self) -> bool:
        """Writes down what is new since the last time."""
        signs, self._new = self._new, {}
        for name, channel in self.channels.items():
            polled = channel if isinstance(channel, Polled) else None
            if self.listens and (polled is None or polled.listens):  # of several processes one alone asks
                signs[name, "hears"] = self.now(), polled.deaf if polled else ""
            if self.delivers(name):
                signs[name, "sends"] = self.now(), ""

        def put(conn: Connection) -> None:
            for (channel, sign), (at, value) in signs.items():
                pulse.put(conn, channel, sign, at, value)

        await self.database.write(put)
        return False


@dataclass(slots=True)
class Checkups:
    """Asks the platforms. `fresh` builds the channels anew: a check opens and closes connections of its
    own."""

    database: Database
    fresh: Callable[[], Mapping[str, Channel]]
    now: Callable[[], datetime]

    async def once(self) -> bool:
        """Asks each that can be asked, and notes what it says."""
        for name, channel in self.fresh().items():
            if isinstance(channel, Checkable):
                faults = "\n".join(await channel.check())

                def put(conn: Connection, name: str = name, faults: str = faults) -> None:
                    pulse.put(conn, name, "faults", self.now(), faults)

                await self.database.write(put)
        return False


def machine(settings: Settings, channels: Mapping[str, Channel], ceiling: int) -> Callable[[], Machine]:
    """What this process knows of the machine it runs on, looked at when it is asked for."""
    places = {"backups": settings.backup_dir, "database": _file_of(settings.database_url)}

    def look() -> Machine:
        there = {name: path for name, path in places.items() if path is not None and path.exists()}
        disks = [
            Disk(name, usage.free, usage.total)
            for name, path in there.items()
            for usage in [disk_usage(path)]
        ]
        backs_up = settings.backup_dir is not None
        return Machine(VERSION, backs_up, ceiling, tuple(channels), tuple(disks))

    return look


def _file_of(url: str) -> Path | None:
    """The folder of an SQLite file; None where the database is a server's."""
    parts = make_url(url)
    return Path(parts.database).parent if parts.drivername.startswith("sqlite") and parts.database else None
