"""What the law gives days for: erasing whoever asked for it, and reminding those who must act in time."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.desk import Desk
from content.calendar import Calendar
from content.people import Person, allowed
from content.privacy import Breach, Request
from content.words import say
from handlers.talk import Choice, Reply
from storage import areas, audit, breaches, erasure, outbox, requests, subscriptions, tickets
from storage.database import Connection

AT_LAST = timedelta(hours=1)
"""So long the last answer to somebody may take to go out; then they are erased all the same."""
SOON = 3
"""Days before a request must be done from which it is spoken of every morning."""
HOURS = (72, 24, 6, 0)
"""A breach that was not reported is spoken of when so many hours are left, once each."""


def erase(conn: Connection, now: datetime) -> int:
    """Erases those who asked for it and have been told so; how many."""
    done = 0
    for number, person_id in requests.to_erase(conn):
        asked = requests.find(conn, number)
        assert asked is not None
        if outbox.is_open(conn, person_id) and now - asked.asked_at < AT_LAST:
            continue
        requests.settle(conn, number, "", now)
        try:
            erasure.person(conn, person_id, now)
        except erasure.Unknown:
            continue
        audit.append(conn, audit.Entry(now, None, "clock", "erase", f"person {person_id}"))
        done += 1
    return done


def remind(conn: Connection, desk: Desk, calendar: Calendar) -> set[str]:
    """Tells those who administer the place what is soon late or is: requests once a day, a breach at its
    hours. The channels that have something to send."""
    now = desk.world.now()
    channels: set[str] = set()
    speaks = calendar.open_at(now)  # 72 hours know no Sunday, days do
    for area_id, waiting in _waiting(conn, calendar, now).items() if speaks else ():
        for person in _administrators(conn, area_id, now):
            if subscriptions.claim(conn, person.id, f"requests/{area_id}", now.date().isoformat(), now):
                text = say(person.locale, "requests.due", n=len(waiting))
                channels |= set(_tell(conn, desk, person, text, "requests"))
    for case in breaches.open_ones(conn):
        if case.reported_at is None:
            channels |= set(_alarm(conn, desk, case, now))
    return channels


def _waiting(conn: Connection, calendar: Calendar, now: datetime) -> dict[int | None, list[Request]]:
    found: dict[int | None, list[Request]] = {}
    for one in requests.open_ones(conn):
        unanswered = one.answered_at is None and one.answer_by(calendar) <= now.date()
        if unanswered or (one.done_by - now.date()).days <= SOON:
            found.setdefault(one.area_id, []).append(one)
    return found


def _alarm(conn: Connection, desk: Desk, case: Breach, now: datetime) -> Iterator[str]:
    left = case.hours_left(now)
    reached = [hours for hours in HOURS if left < hours]
    if not reached:
        return
    key = "breaches.alarm" if left >= 0 else "breaches.alarm_late"
    by = case.report_by.astimezone(now.tzinfo).strftime("%H:%M %d/%m/%Y")
    for person in _administrators(conn, case.area_id, now):
        if subscriptions.claim(conn, person.id, f"breach/{case.number}", str(min(reached)), now):
            text = say(person.locale, key, number=case.number, n=abs(left), by=by)
            yield from _tell(conn, desk, person, text, "breaches")


def _administrators(conn: Connection, area_id: int | None, now: datetime) -> list[Person]:
    units = areas.path(conn, area_id, now.date()) if area_id else areas.roots(conn, now.date())
    path = [unit.id for unit in units]
    return [one for one in tickets.helpers(conn, path, now.date()) if allowed(one, "manage", path)]


def _tell(conn: Connection, desk: Desk, person: Person, text: str, where: str) -> Iterator[str]:
    way = Choice(say(person.locale, f"{where}.do_list"), f"quantri:{where}")
    for to in desk.recipients(conn, person):
        desk.enqueue(conn, to, Reply(text, (way,)), "reminder")
        yield to.channel
