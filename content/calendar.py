"""What comes by itself, and when: pure functions of (who subscribed to what, the calendar, now).

Times carry the district's zone. Nothing goes out at night, on a Sunday or on a public holiday: it is moved to
the next moment that is open, and people are told to when. What a stopped service missed is made up once: only
the newest occasion counts.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from typing import Literal

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Days by name, as in our tables: numbers mean Monday to one library and Sunday to the next."""

MORNING, EVENING = time(7), time(20)
"""Nobody is written to of our own accord before the one and from the other on."""

SUNDAY = "sunday"
"""Why a Sunday is closed; a holiday's reason is its name."""

LONGEST = 30
"""Days without an open one that a calendar may have; more is a fault of its list."""


class BadCalendar(ValueError):
    """A district's list of days has faults: a line each, with the line of the file."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Vietnam's public holidays, and a district's `own` days: closed ones with their names, or "" for a day
    that is open although it is a Sunday or a holiday (a working day that makes up for another)."""

    own: Mapping[date, str] = field(default_factory=dict)

    def closed(self, day: date) -> str | None:
        """Why nothing goes out on that day: `SUNDAY` or the holiday's name; None where it does."""
        if day in self.own:
            return self.own[day] or None
        return _holidays(day.year).get(day) or (SUNDAY if day.weekday() == 6 else None)

    def working(self, day: date) -> bool:
        """Whether an office works on that day: no Saturday either, unless the district's list opens it."""
        return self.closed(day) is None and (day.weekday() < 5 or day in self.own)

    def working_days(self, since: date, until: date) -> int:
        """Working days after `since`, up to and with `until`: from a Friday to the Monday after, one."""
        return sum(self.working(since + timedelta(days=n + 1)) for n in range((until - since).days))

    def open_at(self, now: datetime) -> bool:
        """Whether something may go out at that moment."""
        return MORNING <= now.time() < EVENING and self.closed(now.date()) is None

    def move(self, planned: datetime) -> "Moved":
        """The first open moment from `planned` on: past the night to the morning, past a closed day to the
        same time of an open one."""
        day, why = planned.date(), None
        at = max(planned.time(), MORNING)
        if planned.time() >= EVENING:
            day, at = day + timedelta(days=1), MORNING
        for _ in range(LONGEST):
            closed = self.closed(day)
            if closed is None:
                return Moved(planned, datetime.combine(day, at, planned.tzinfo), why)
            day, why = day + timedelta(days=1), why or closed
        raise BadCalendar(
            f"{LONGEST} days are closed from {planned.date()} on: look through the list of days"
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """An occasion: when it was planned, when it goes out; `why`: the first closed day's reason, or None."""

    planned: datetime
    at: datetime
    why: str | None = None

    @property
    def period(self) -> str:
        """What makes it one of its kind: the day for which it was planned. Later periods are greater."""
        return self.planned.date().isoformat()

    @property
    def moved(self) -> bool:
        """Whether it goes out at another time than planned."""
        return self.at != self.planned


@dataclass(frozen=True, slots=True)
class Schedule:
    """A time of the week (`weekday` of `WEEKDAYS`), or of every day (None). What was planned before `since`
    does not count: it was asked for, or began to hold, only then."""

    weekday: str | None
    hour: time
    since: datetime


USUAL_DIGEST = ("mon", time(7, 30))
USUAL_REMINDER = time(8)


def due(schedule: Schedule, calendar: Calendar, now: datetime) -> Moved | None:
    """The newest occasion that may go out by now, if it may go out at this very moment.

    Whether it went out already is told by its period (`storage.subscriptions.claim`). A daily one counts on
    the day to which it was moved only: yesterday's reminder helps nobody.
    """
    if not calendar.open_at(now):
        return None
    for planned in _back(schedule, now):
        if planned < schedule.since:
            return None
        moved = calendar.move(planned)
        if moved.at <= now:
            return moved if schedule.weekday or moved.at.date() == now.date() else None
    return None


def coming(schedule: Schedule, calendar: Calendar, now: datetime) -> Moved:
    """The next occasion that goes out after now."""
    start = now - timedelta(days=LONGEST)  # one that was planned long ago may still be on its way
    for planned in _on(schedule, start):
        moved = calendar.move(planned)
        if moved.at > now and planned >= schedule.since:
            return moved
    raise AssertionError("there is always a next week")


def week_told(planned: date) -> date:
    """The Monday of the week that a digest planned for that day tells of: up to Wednesday the week that has
    ended, later its own."""
    monday = planned - timedelta(days=planned.weekday())
    return monday - timedelta(days=7) if planned.weekday() < 3 else monday


def _on(schedule: Schedule, start: datetime) -> Iterator[datetime]:
    """The planned moments from a day on."""
    for days in count():
        day = start.date() + timedelta(days=days)
        if schedule.weekday in {None, WEEKDAYS[day.weekday()]}:
            yield datetime.combine(day, schedule.hour, start.tzinfo)


def _back(schedule: Schedule, now: datetime) -> Iterator[datetime]:
    """The planned moments up to now, newest first, as far back as one may have been moved from."""
    for days in range(LONGEST):
        day = now.date() - timedelta(days=days)
        if schedule.weekday in {None, WEEKDAYS[day.weekday()]}:
            planned = datetime.combine(day, schedule.hour, now.tzinfo)
            if planned <= now:
                yield planned


# --------------------------------------------------------------------------- days


@cache
def _holidays(year: int) -> Mapping[date, str]:
    import holidays  # noqa: PLC0415 (only what has a clock needs it)

    # Vietnam's file by itself: asked for a country, the library reads those of all 250, and they hold 8 MB
    # as long as the process lives.
    file = Path(holidays.__file__).parent / "countries" / "vietnam.py"
    spec = spec_from_file_location("holidays_of_vietnam", file)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.Vietnam(years=year, language="vi").items())


FILE = "holidays.csv"
"""A district's own list, in its content pack: `date,name,open`."""


def load(pack: Path | None = None) -> Calendar:
    """The calendar of a district's pack, or Vietnam's alone. Raises BadCalendar with every fault."""
    path = pack / FILE if pack else None
    if path is None or not path.is_file():
        return Calendar()
    return Calendar(read_days(path.read_text("utf-8-sig"), str(path)))


def read_days(text: str, name: str = FILE) -> dict[date, str]:
    """The days of a list: `2026-02-21,Tết (xã nghỉ thêm),no`; `open` yes for one that is worked on."""
    rows = list(csv.reader(text.splitlines()))
    if not rows or [cell.strip() for cell in rows[0]] != ["date", "name", "open"]:
        raise BadCalendar(f"{name}:1: the columns must be date,name,open")
    days: dict[date, str] = {}
    faults = []
    for line, row in enumerate(rows[1:], 2):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        found = _day(cells)
        if isinstance(found, str):
            faults.append(f"{name}:{line}: {found}")
        else:
            days[found[0]] = found[1]
    if faults:
        raise BadCalendar("\n".join(faults))
    return days


def _day(cells: list[str]) -> tuple[date, str] | str:
    if len(cells) != 3 or cells[2] not in {"yes", "no"}:
        return "write a day as 2026-02-21,Tên ngày nghỉ,no (yes: it is worked on)"
    try:
        day = date.fromisoformat(cells[0])
    except ValueError:
        return f"{cells[0]!r} is no day; write it as 2026-02-21"
    if cells[2] == "yes":
        return day, ""
    return (day, cells[1]) if cells[1] else "a closed day needs a name, which people are told"


# --------------------------------------------------------------------------- escalation

TO_LEADER, TO_COMMUNE = 3, 6
"""Working days without anything done after which the leader, and then the commune, is told."""


def escalated(idle_since: date, calendar: Calendar, today: date) -> Literal["leader", "commune"] | None:
    """Whom to tell of work that has lain since that day: nobody yet, the leader, or the commune as well."""
    lain = calendar.working_days(idle_since, today)
    return "commune" if lain >= TO_COMMUNE else "leader" if lain >= TO_LEADER else None
