"""The audit log as it is read: every act by its kind, and which of them are wanted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Self

from content.areas import Area

KINDS = ("people", "areas", "content", "data", "telling", "help", "service")
"""What acts are about. No two begin with the same letter: that is how a button names one."""

ACTS: Mapping[str, str] = MappingProxyType(
    {
        "invite": "people",
        "revoke-invitation": "people",
        "renew-code": "people",
        "decline-invitation": "people",
        "import-crew": "people",
        "assign": "people",
        "redeem": "people",
        "join": "people",
        "leave": "people",
        "move-role": "people",
        "end-role": "people",
        "hand-over": "people",
        "pass-drafts": "people",
        "lock-person": "people",
        "unlock-person": "people",
        "merge-people": "people",
        "make-team": "people",
        "rename-team": "people",
        "close-team": "people",
        "lock-codes": "people",
        "app-password": "people",
        "merge-areas": "areas",
        "split-areas": "areas",
        "rename-areas": "areas",
        "dissolve-areas": "areas",
        "undo-areas": "areas",
        "import-areas": "areas",
        "import-households": "areas",
        "take-off-list": "areas",
        "put-on-list": "areas",
        "publish": "content",
        "withdraw": "content",
        "publish-article": "content",
        "withdraw-article": "content",
        "see-proposal": "content",
        "settle-proposal": "content",
        "import-targets": "content",
        "file-request": "data",
        "answer-request": "data",
        "extend-request": "data",
        "settle-request": "data",
        "correct-household": "data",
        "erase-household": "data",
        "erase": "data",
        "export": "data",
        "export-person": "data",
        "export-log": "data",
        "open-breach": "data",
        "report-breach": "data",
        "close-breach": "data",
        "broadcast": "telling",
        "stop-broadcast": "telling",
        "set-reminders": "telling",
        "pause-reminders": "telling",
        "resume-reminders": "telling",
        "take": "help",
        "wait": "help",
        "close": "help",
        "give-ticket": "help",
        "settle": "service",
        "rotate-key": "service",
        "mend-figures": "service",
        "backup": "service",
        "restore": "service",
    }
)
"""Every act that is written down, and its kind; `journal.act_<name>` is what it is called."""

_CODE = re.compile(
    r"(?:w(\d{1,18}))?(?:\.?k([a-z]))?(?:\.?a(\d{1,18}))?(?:\.?p(\d{6})-(\d{1,4}))?(?:\.?c([a-z_]+))?"
)
_NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which acts: of whom, of which kind, of an area and all under it, of the days from `since` to before
    `until`, over which channel. What is None does not matter.
    """

    who: int | None = None
    kind: str | None = None
    area_id: int | None = None
    since: date | None = None
    until: date | None = None
    channel: str | None = None

    @property
    def code(self) -> str:
        """As a button carries it: "w12.kp.a3.p739946-30.ctelegram"; "-" for everything."""
        days = (self.until - self.since).days if self.since and self.until else 0
        parts = (
            f"w{self.who}" if self.who is not None else "",
            f"k{self.kind[0]}" if self.kind else "",
            f"a{self.area_id}" if self.area_id is not None else "",
            f"p{self.since.toordinal()}-{days}" if self.since else "",
            f"c{self.channel}" if self.channel else "",
        )
        return ".".join(filter(None, parts)) or _NOTHING

    @classmethod
    def of(cls, code: str) -> Self:
        """What `code` said. Raises ValueError."""
        found = _CODE.fullmatch("" if code == _NOTHING else code)
        if found is None:
            raise ValueError(code)
        who, letter, area, since, days, channel = found.groups()
        kind = next((one for one in KINDS if one[0] == letter), None)
        if letter and kind is None:
            raise ValueError(code)
        first = date.fromordinal(int(since)) if since else None
        return cls(
            who=int(who) if who else None,
            kind=kind,
            area_id=int(area) if area else None,
            since=first,
            until=first + timedelta(days=int(days)) if first else None,
            channel=channel,
        )

    def during(self, period: tuple[date, date] | None) -> Self:
        """The same, of the days from the first to before the second."""
        since, until = period or (None, None)
        return replace(self, since=since, until=until)


def periods(today: date) -> Mapping[str, tuple[date, date]]:
    """The times that are offered, by name: today, the last 7 and 30 days, this month and the one before."""
    tomorrow, month = today + timedelta(days=1), today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    return {
        "today": (today, tomorrow),
        "week": (tomorrow - timedelta(days=7), tomorrow),
        "days": (tomorrow - timedelta(days=30), tomorrow),
        "month": (month, tomorrow),
        "last": (before, month),
    }


@dataclass(frozen=True, slots=True)
class Act:
    """One line: who did what to what, where it belongs, and what was before and after.

    `person_id` None: a command on the server, or the clock. `number` of the line; the newest has the highest.
    `area_id` is where it is told to lie; `also` are other areas that it concerns: of a change of the map, all
    that end by it or take up what ends.
    """

    number: int
    at: datetime
    person_id: int | None
    channel: str
    action: str
    subject: str
    before: str
    after: str
    area_id: int | None = None
    also: frozenset[int] = frozenset()

    def concerns(self, areas: frozenset[int]) -> bool:
        """Whether it belongs to one of these areas."""
        return self.area_id in areas or not self.also.isdisjoint(areas)


@dataclass(frozen=True, slots=True)
class Extract:
    """Lines of the log in the words of whoever takes them along, cell by cell as `bot.papers.log` heads them;
    of an area, as it was on a day."""

    area: Area
    on: date
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Page:
    """Acts, the newest first; `next`: before which number the next page begins, None where there is none.

    `names` of those who hold or held a role, by their number; of whom there is no name, there is only that.
    """

    acts: Sequence[Act] = ()
    next: int | None = None
    names: Mapping[int, str] = field(default_factory=dict)
