"""What a platform says is left of the month's messages, asked for from time to time and noted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.channels.base import Channel, Metered, Quota
from storage import notes
from storage.database import Connection, Database

EVERY = 6 * 3600.0
"""Seconds between questions: it is an operator's figure, no guard."""


@dataclass(slots=True)
class Quotas:
    """Asks the channels that have a quota."""

    database: Database
    channels: Mapping[str, Channel]
    now: Callable[[], datetime]

    async def once(self) -> bool:
        """Asks once; what does not answer keeps its last figure."""
        for name, channel in self.channels.items():
            quota = await channel.quota() if isinstance(channel, Metered) else None
            if quota is not None:
                await self.database.write(partial(note, channel=name, quota=quota, now=self.now()))
        return False


def note(conn: Connection, *, channel: str, quota: Quota, now: datetime) -> None:
    """Keeps what the channel's platform says."""
    notes.put(conn, notes.QUOTA + channel, f"{quota.left}/{quota.total}", now)


def noted(conn: Connection, channel: str) -> Quota | None:
    """What the channel's platform said last; None where it never did."""
    value = notes.get(conn, notes.QUOTA + channel)
    if value is None:
        return None
    left, _, total = value.partition("/")
    return Quota(int(left), int(total))
