"""When a backup is due, which ones are kept, and how it stands with them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

HOUR = time(2, 20)
"""When the night's backup is made, by the district's clock."""
AGAIN = timedelta(hours=1)
"""Until one that failed is tried again."""
VERIFIED = timedelta(days=7)
"""So often a backup is restored into an empty place."""
OLD, LONG_UNVERIFIED = timedelta(hours=48), timedelta(days=15)
"""From when somebody has to look: two nights, two weeks and a day."""

Trouble = Literal["none", "failed", "old", "unverified"]
"""What an operator must look at: there is no backup, the last try failed, the last good one is old, or none
was restored for long."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup, or one try: the file's name (no folder), its bytes, the rows in it.

    `verified_at`: when it was restored into an empty place and found whole. `fault`: why it could not be
    made, or what was wrong with it then; "" where nothing is.
    """

    name: str
    made_at: datetime
    size: int
    rows: int
    verified_at: datetime | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands: the newest backup without a fault, the one that was verified last, and the newest try
    where that one has a fault."""

    made: Backup | None = None
    verified: Backup | None = None
    failed: Backup | None = None

    def trouble(self, now: datetime) -> Trouble | None:
        """What somebody must look at, the worst first; None where all is well."""
        if self.failed is not None:
            return "failed"
        if self.made is None:
            return "none"
        if now - self.made.made_at > OLD:
            return "old"
        since = self.verified.verified_at if self.verified else None
        if since is None:
            since = self.made.made_at - VERIFIED
        return "unverified" if now - since > LONG_UNVERIFIED else None


def is_due(standing: Standing, now: datetime) -> bool:
    """Whether a backup is to be made: none since the last night's hour, and none failed just now. What was
    missed while the machine was off is made up. `now` by the district's clock."""
    planned = datetime.combine(now.date(), HOUR, now.tzinfo)
    if planned > now:
        planned -= timedelta(days=1)
    if standing.made is not None and standing.made.made_at >= planned:
        return False
    return standing.failed is None or now - standing.failed.made_at >= AGAIN


def is_verification_due(standing: Standing, now: datetime) -> bool:
    """Whether the newest backup is to be restored into an empty place; never one that failed at it."""
    if standing.made is None or standing.failed is not None:
        return False
    last = standing.verified.verified_at if standing.verified else None
    return last is None or now - last >= VERIFIED


def kept(made: Iterable[datetime], days: int, weeks: int, months: int) -> set[datetime]:
    """Which backups stay: the newest of each of the last `days` days, `weeks` weeks and `months` months that
    have any; the newest of all in any case."""
    newest_first = sorted(made, reverse=True)
    periods: Sequence[tuple[int, Callable[[datetime], tuple[int, ...]]]] = (
        (1, lambda _: ()),
        (days, lambda at: (at.year, at.month, at.day)),
        (weeks, lambda at: at.isocalendar()[:2]),
        (months, lambda at: (at.year, at.month)),
    )
    stays: set[datetime] = set()
    for most, period in periods:
        first: dict[tuple[int, ...], datetime] = {}
        for at in newest_first:
            first.setdefault(period(at), at)
        stays.update(list(first.values())[:most])
    return stays
