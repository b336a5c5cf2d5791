"""The figures of a week: how far an area has come, what changed, and what wants checking.

Times are whole weeks, named by their Monday. A percentage is computed from its numerator and denominator,
never stored, and the one can't exceed the other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from content.areas import Area, Level
from content.indicators import Indicator, catalogue


class Status(StrEnum):
    """How an indicator stands against its target. Each indicator has exactly one, so they add up to all."""

    MET = "met"
    MISSED = "missed"
    NO_BASIS = "no-basis"
    """Nobody has set a target that it could be held against."""
    MISSING = "missing"
    """There is a target, but nothing has been entered yet."""


class Unsound(ValueError):
    """The sums of a week are wrong: they take back more than there was. A recount puts them right."""


@dataclass(frozen=True, slots=True)
class Share:
    """A numerator and its denominator. Raises Unsound where the one would exceed the other.

    `hidden` is what is told in their place: "<5" for few, "…" so that few can't be computed
    (`content.disclosure`); then both are 0.
    """

    numerator: int = 0
    denominator: int = 0
    hidden: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise Unsound(f"{self.numerator} of {self.denominator} is no share")

    @property
    def percent(self) -> float | None:
        """None where there is nothing to divide by."""
        return 100 * self.numerator / self.denominator if self.denominator else None

    def change(self, before: "Share") -> float | None:
        """Percentage points gained since `before`; None where either has no percentage."""
        now, then = self.percent, before.percent
        return None if now is None or then is None else now - then


NOTHING = Share()


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an area had come by the end of a week. `shares` by indicator."""

    done: int = 0
    refused: int = 0
    planned: int = 0
    shares: Mapping[str, Share] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One area's figures by the end of the week and of the one before; `active` of `members` worked in it."""

    area: Area
    now: Standing
    before: Standing
    members: int = 0
    active: int = 0

    @property
    def new(self) -> int:
        """Households that became done in the week."""
        return self.now.done - self.before.done

    def share(self, indicator: str) -> Share:
        """The indicator's share by the end of the week."""
        return self.now.shares.get(indicator, NOTHING)

    def change(self, indicator: str) -> float | None:
        """Percentage points gained in the week."""
        return self.share(indicator).change(self.before.shares.get(indicator, NOTHING))


@dataclass(frozen=True, slots=True)
class Suspect:
    """A household behind something that wants checking, to be looked up by those who may. 0: none named."""

    household_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Check:
    """Something that wants checking in a hamlet (or, for `jump`, in the area itself).

    `kind`: "over" more done than listed, "same-name" households of one name, "fast" surveys in less than
    `FAST_SECONDS`, "alike" surveys of one person that all answer the same, "far" surveys made far from
    the commune's others (`content.places`), "jump" a share that moved by
    `JUMP` points or more in a week (`count` tells how many, `indicator` which). Above the commune, they are
    counted by the units that the digest is told by, and no household is named.
    """

    kind: str
    area: Area
    count: int
    suspects: tuple[Suspect, ...] = ()
    indicator: str = ""


FAST_SECONDS = 40
ALIKE = 3
JUMP = 20.0
JUMP_FROM = 20  # a share of fewer than this moves with every household


@dataclass(frozen=True, slots=True)
class Figures:
    """A week's digest for an area, on the map of the day `on`.

    `lines` are the units it is told by (hamlets of a commune, communes of anything above); they add up to
    `total`. `idle` names who could have worked and did not, where the area is a commune or less. `invented`:
    there is sample data in it. `targets` are what the area's plan sets, by indicator, in per cent. `changed`:
    the day in the week from which that map holds; what was before the week is told on it too.
    """

    form: str
    monday: date
    on: date
    total: Line
    lines: tuple[Line, ...]
    idle: tuple[str, ...]
    checks: tuple[Check, ...]
    invented: bool
    targets: Mapping[str, float | None] = field(default_factory=dict)
    changed: date | None = None

    @property
    def area(self) -> Area:
        return self.total.area

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """All that is counted, with the targets of the area's own plan in place of the catalogue's."""
        known = catalogue(self.form).indicators
        return tuple(replace(one, target=self.targets.get(one.id, one.target)) for one in known)

    def statuses(self) -> dict[Status, int]:
        """How many indicators stand how; every status is there, and they add up to all indicators."""
        found = Counter(status(one, self.total.share(one.id)) for one in self.indicators)
        return {each: found[each] for each in Status}


def status(indicator: Indicator, share: Share) -> Status:
    """How the indicator stands with this share."""
    if indicator.target is None:
        return Status.NO_BASIS
    if share.percent is None:
        return Status.NO_BASIS if share.hidden else Status.MISSING
    return Status.MET if 100 * share.numerator >= indicator.target * share.denominator else Status.MISSED


def told_by(area: Area, lines: Sequence[Line]) -> str:
    """The level of the units that an area's figures are told by: "hamlet", "commune", "province"."""
    if lines:
        return lines[0].area.level.value
    return "hamlet" if area.level in {Level.COMMUNE, Level.HAMLET} else "commune"


def jumps(line: Line, form: str) -> list[Check]:
    """Shares of this area that moved so much in the week that somebody should look."""
    found = []
    for one in catalogue(form).indicators:
        change = line.change(one.id)
        before = line.before.shares.get(one.id, NOTHING)
        if change is not None and before.denominator >= JUMP_FROM and abs(change) >= JUMP:
            found.append(Check("jump", line.area, round(change), indicator=one.id))
    return found


# ------------------------------------------------------------------ weeks


@dataclass(frozen=True, slots=True)
class Week:
    """A week by its Monday, at the clock of the district's zone."""

    monday: date
    zone: tzinfo

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.monday, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The first moment of the next."""
        return datetime.combine(self.monday + timedelta(days=7), time(), self.zone)


def map_day(area: Area, week: Week, today: date) -> date:
    """The day whose map an area's digest is told on: the week's last that has been, or the area's own last
    (or first) day where it is no more (or was not yet)."""
    last = min(week.sunday, today)
    if area.valid_to is not None:
        last = min(last, area.valid_to - timedelta(days=1))
    return max(last, area.valid_from)


def monday_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def week_name(monday: date) -> str:
    """`2026-W47`, as ISO 8601 counts weeks."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


_FIRST_YEAR = 1900


def week_named(name: str) -> date:
    """The Monday of `2026-W47`. Raises ValueError for anything else."""
    year, _, week = name.partition("-W")
    try:
        if f"{int(year):04}-W{int(week):02}" != name or int(year) < _FIRST_YEAR:
            raise ValueError  # as "2026-W7", or so long ago that no clock can be set to it
        return date.fromisocalendar(int(year), int(week), 1)
    except ValueError:
        raise ValueError(f"{name!r} is no week; write it as 2026-W47") from None
