"""What a report tells of an area's period: results against each target, the teams' work, what was asked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from content.areas import Area
from content.brief import Questions
from content.figures import Check, Line, Share, Status
from content.periods import Period
from content.targets import Target, status


@dataclass(frozen=True, slots=True)
class Result:
    """One target and how it stands, now and at the end of the period before."""

    target: Target
    now: Share
    before: Share

    @property
    def status(self) -> Status:
        """Exactly one of four, so that they add up to all targets."""
        return status(self.target, self.now)

    @property
    def change(self) -> float | None:
        """Percentage points gained in the period."""
        return self.now.change(self.before)


@dataclass(frozen=True, slots=True)
class Activity:
    """What was done in a unit in the period: `surveys` came in (corrections included), by `active` of
    `members`, who make up `teams`."""

    teams: int = 0
    members: int = 0
    active: int = 0
    surveys: int = 0


@dataclass(frozen=True, slots=True)
class Helped:
    """Citizens' questions to the teams in the period: how many were `asked`, and of these, `closed`,
    `waiting` for somebody to take them, and `climbed`: told to those above, since nobody took them in time.
    """

    asked: int = 0
    closed: int = 0
    waiting: int = 0
    climbed: int = 0


@dataclass(frozen=True, slots=True)
class Succession:
    """A unit, and what it became (or became part of) on a day."""

    old: Area
    new: Area
    on: date


@dataclass(frozen=True, slots=True)
class Report:
    """All that is told of the area's `period`, counted until the end of `as_of`, on the map of the day `on`.

    `lines` are the units it is told by (hamlets of a commune, communes of anything above); they add up to
    `total`; in both, "before" is the end of the period before. `above` is the unit over the area. `planned`
    says that the targets are a plan's, and not only the catalogue's. `activity` is by unit, and `work` all.
    `notes` counts the surveys of the period in which a member wrote something of their own.
    """

    form: str
    period: Period
    as_of: date
    on: date
    total: Line
    lines: tuple[Line, ...]
    above: Area | None
    results: tuple[Result, ...]
    planned: bool
    work: Activity
    activity: Mapping[int, Activity]
    questions: Questions
    helped: Helped
    notes: int
    checks: tuple[Check, ...]
    successions: tuple[Succession, ...]
    invented: bool

    @property
    def area(self) -> Area:
        return self.total.area

    def statuses(self) -> dict[Status, int]:
        """How many targets stand how; every status is there, and they add up to all targets."""
        found = Counter(one.status for one in self.results)
        return {each: found[each] for each in Status}
