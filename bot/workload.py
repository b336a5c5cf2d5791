"""What a day's reminder tells a person, gathered."""

from dataclasses import replace
from datetime import date, datetime, tzinfo

from content.calendar import Calendar
from content.figures import Status, Week, monday_of
from content.households import QUESTIONNAIRE
from content.people import Grant, Person, reach
from content.reminding import (
    Deadline,
    Late,
    Left,
    Mate,
    Visit,
    Work,
    deadline_step,
    late,
    speak_of_left,
    stale,
    visit_days,
)
from storage import digests, subscriptions, targets, tickets
from storage import reminders as gathering
from storage.database import Connection


def of(conn: Connection, person: Person, now: datetime, calendar: Calendar) -> Work:
    """All there is to say to a person, with what is said only once claimed. `now` carries the zone."""
    own = reach(person, "survey")
    opened = stale(gathering.opened(conn, person.id), now) if own else ()
    opened = tuple(replace(one, since=one.since.astimezone(_zone(now))) for one in opened)
    first, last = visit_days(calendar, now.date())
    visits = tuple(Visit(one.id, one.visit, one.text) for one in tickets.visits(conn, person.id, first, last))
    work = Work(opened, _left(conn, person.id, own, now, calendar) if own else (), visits)
    for grant in person.grants:
        if grant.allows("lead") or grant.allows("oversee"):
            work = _with_team(conn, person.id, grant, work, now, calendar)
            work = _with_deadline(conn, person.id, grant.area_id, work, now)
    return work


def _left(
    conn: Connection, person_id: int, own: tuple[int, ...], now: datetime, calendar: Calendar
) -> tuple[Left, ...]:
    """The households left, where it is time to speak of them again."""
    today, last = now.date(), subscriptions.last(conn, person_id, "left")
    told_on = datetime.fromisoformat(last).date() if last else None
    active_on = gathering.active_on(conn, person_id, today, _zone(now))
    if not speak_of_left(active_on, told_on, calendar, today):
        return ()
    found = gathering.left(conn, person_id, own, today)
    if found:
        subscriptions.claim(conn, person_id, "left", today.isoformat(), now)
    return tuple(found[:3])


def _with_deadline(conn: Connection, person_id: int, area_id: int, work: Work, now: datetime) -> Work:
    """How far an area is as the last day of its plan comes near: once for each step."""
    today = now.date()
    last = date(today.year, 12, 31)
    step = deadline_step(today, last)
    if step is None or not targets.in_force(conn, area_id, today.year, today):
        return work
    figures = digests.figures(conn, QUESTIONNAIRE, area_id, Week(monday_of(today), _zone(now)), today)
    missed = sum(figures.statuses()[status] for status in (Status.MISSED, Status.MISSING))
    left = max(0, figures.total.now.planned - figures.total.now.done)
    open_ = missed or left
    if not open_ or not subscriptions.claim(conn, person_id, f"plan/{area_id}", f"{last}/{step}", now):
        return work
    one = Deadline(area_id, figures.area.name, last, (last - today).days, missed, left)
    return replace(work, deadlines=(*work.deadlines, one))


def _with_team(  # noqa: PLR0913, PLR0917 (whose team, and what is known already)
    conn: Connection, person_id: int, grant: Grant, work: Work, now: datetime, calendar: Calendar
) -> Work:
    """What lies with others: a mate is told of once for as long as their work lies, a busy week once."""
    today = now.date()
    tell = "leader" if grant.allows("lead") else "commune"
    mates = [m for m in gathering.mates(conn, grant.area_id, today, _zone(now)) if m.person_id != person_id]

    def first(kind: str, mate: Mate, period: str) -> bool:
        return subscriptions.claim(conn, person_id, f"{kind}/{mate.person_id}", period, now)

    lying: list[Late] = [
        one
        for one in late(mates, tell, calendar, today)  # type: ignore[arg-type]
        if first("late", one.mate, str(one.mate.late_since()))
    ]
    busy = [
        mate
        for mate in mates
        if tell == "leader" and mate.pause and mate.pause.kind == "busy"
        if first("busy", mate, str(mate.pause.until))
    ]
    return replace(work, late=(*work.late, *lying), busy=(*work.busy, *busy))


def _zone(now: datetime) -> tzinfo:
    assert now.tzinfo is not None
    return now.tzinfo
