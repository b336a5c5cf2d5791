"""What is reminded of, and who is left in peace: values and rules; the words are in `handlers.reminders`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from content.calendar import LONGEST, TO_LEADER, USUAL_DIGEST, USUAL_REMINDER, Calendar, Schedule, escalated

STALE = timedelta(days=1)
"""How long an interview lies before it is spoken of."""

LEFT_EVERY = TO_LEADER
"""Working days: so long nothing was sent in, and so long again, before the households left are spoken of."""

AHEAD = (30, 14, 7, 3, 1)
"""So many days before its last day a plan is spoken of."""

PauseKind = Literal["snooze", "busy", "stop", "paused"]


@dataclass(frozen=True, slots=True)
class Pause:
    """A person or an area that is not reminded. `kind`: they put it off ("snooze"), said that they are busy
    ("busy": the leader sees it) or want none at all ("stop"); "paused": a leader did it. `until` is the last
    day of it; None: until it is lifted.
    """

    kind: PauseKind
    until: date | None
    person_id: int | None = None
    area_id: int | None = None

    def holds(self, day: date) -> bool:
        """Whether it holds on that day."""
        return self.until is None or day <= self.until


@dataclass(frozen=True, slots=True)
class Setting:
    """When people of an area are reminded, and whether."""

    hour: time = USUAL_REMINDER
    active: bool = True
    since: datetime | None = None

    def schedule(self, began: datetime) -> Schedule:
        """Every day at that hour, from when it was set and the clock first `began`."""
        return Schedule(None, self.hour, max(began, self.since or began))


UNITS, CHECKS, INDICATORS, PICTURE, SHEET = "units", "checks", "indicators", "picture", "sheet"
"""The parts of a digest beside its head and what to do: in words, and as files that follow."""
USUAL_PARTS = (UNITS, CHECKS, INDICATORS, PICTURE)


@dataclass(frozen=True, slots=True)
class Subscription:
    """When a person gets the weekly digest, and which `parts` of it; no `areas`: all that they answer for."""

    weekday: str = USUAL_DIGEST[0]
    hour: time = USUAL_DIGEST[1]
    areas: tuple[int, ...] = ()
    active: bool = True
    since: datetime | None = None
    parts: tuple[str, ...] = USUAL_PARTS

    def schedule(self, began: datetime) -> Schedule:
        """Every week at that time, from when it was asked for and the clock first `began`."""
        return Schedule(self.weekday, self.hour, max(began, self.since or began))


def setting_of(path: Iterable[int], settings: Mapping[int, Setting]) -> Setting:
    """What holds for the area whose ids from the root down are `path`: its own, or the nearest above."""
    found = [settings[area] for area in path if area in settings]
    return found[-1] if found else Setting()


# --------------------------------------------------------------------------- what there is to do


@dataclass(frozen=True, slots=True)
class Open:
    """An interview that was left. `household_id`, `key` and `form` as its draft has them; `in_talk`: it was
    never put aside, the talk itself stands in it.
    """

    name: str
    since: datetime
    household_id: int | None = None
    key: str = ""
    form: str = ""
    in_talk: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """A hamlet with households that nobody has visited yet; `own`: so many of those given to the reader."""

    area_id: int
    place: str
    households: int
    own: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to a citizen who asked for help, `when` in words."""

    ticket_id: str
    when: str
    about: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last `day` of an area's plan, so many `days` ahead: `missed` targets are not met yet, `left`
    households not surveyed."""

    area_id: int
    place: str
    day: date
    days: int
    missed: int
    left: int


@dataclass(frozen=True, slots=True)
class Mate:
    """Somebody of a team, as their leader sees them. `active_on`: the day on which they last surveyed or met
    nobody, or on which they joined; `open_since`: that of the oldest interview left; `left`: households
    waiting for them."""

    person_id: int
    name: str
    area_id: int
    place: str
    active_on: date
    open_since: date | None = None
    left: int = 0
    pause: Pause | None = None
    reachable: bool = True

    def late_since(self) -> date | None:
        """The day since which their work lies; None where none does."""
        since = [self.active_on] if self.left else []
        if self.open_since:
            since.append(self.open_since)
        if not since:
            return None
        if self.pause and self.pause.until:  # nobody is late for the days they were excused
            return max(min(since), self.pause.until)
        return min(since)


@dataclass(frozen=True, slots=True)
class Late:
    """A mate whose work lies, for so many working days."""

    mate: Mate
    days: int


@dataclass(frozen=True, slots=True)
class Work:
    """All there is to say to a person today: their own, and, for who leads, that of others."""

    open: tuple[Open, ...] = ()
    left: tuple[Left, ...] = ()
    visits: tuple[Visit, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    late: tuple[Late, ...] = ()
    busy: tuple[Mate, ...] = ()

    def __bool__(self) -> bool:
        return any((self.open, self.left, self.visits, self.deadlines, self.late, self.busy))


def visit_days(calendar: Calendar, today: date) -> tuple[date, date]:
    """The days whose visits are told of today: from today to the next day on which there are reminders. So
    Monday's are told of on the Saturday before."""
    last = today + timedelta(days=1)
    while calendar.closed(last) and last - today < timedelta(days=LONGEST):
        last += timedelta(days=1)
    return today, last


def deadline_step(today: date, last: date) -> int | None:
    """The last of `AHEAD` that has come: each is spoken of once. None while the day is far, or past."""
    days = (last - today).days
    return min((step for step in AHEAD if days <= step), default=None) if days >= 0 else None


def stale(opened: Iterable[Open], now: datetime) -> tuple[Open, ...]:
    """Those that have lain long enough to be spoken of, oldest first."""
    return tuple(sorted((one for one in opened if now - one.since >= STALE), key=lambda one: one.since))


def speak_of_left(active_on: date, told_on: date | None, calendar: Calendar, today: date) -> bool:
    """Whether the households left are spoken of: not to who works, and not day by day."""
    since = max(active_on, told_on) if told_on else active_on
    return calendar.working_days(since, today) >= LEFT_EVERY


def late(
    mates: Iterable[Mate], tell: Literal["leader", "commune"], calendar: Calendar, today: date
) -> list[Late]:
    """The mates whose work lies long enough for that receiver, longest first."""
    found = []
    for mate in mates:
        since = mate.late_since()
        excused = mate.pause and mate.pause.holds(today) and mate.pause.kind in {"busy", "paused"}
        if since is None or excused:
            continue
        if escalated(since, calendar, today) in ({"commune"} if tell == "commune" else {"leader", "commune"}):
            found.append(Late(mate, calendar.working_days(since, today)))
    return sorted(found, key=lambda one: -one.days)
