"""Questions to a person that nobody takes climb: to the leader after a working day, then to the commune, and
whoever asked is told. Whoever took one and is not heard of is asked how it stands."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.desk import Desk
from content.areas import Area
from content.calendar import Calendar
from content.people import Person
from content.tickets import LEVELS, Level, Ticket, due, told
from content.words import say
from handlers.talk import Choice, Reply
from storage import areas, people, tickets
from storage.database import Connection

_FORGOTTEN = timedelta(days=8)
"""Who took a question longer ago has been asked already."""


def climb(conn: Connection, desk: Desk, calendar: Calendar) -> set[str]:
    """Tells the next level of what has waited too long, each level once; the channels that have something to
    send. Where a level has nobody, the one above is told; where nobody is, it is tried again."""
    now = desk.world.now()
    channels: set[str] = set()
    for ticket in tickets.unheeded(conn):
        wanted = due(ticket.level, ticket.waiting_since.astimezone(now.tzinfo), calendar, now)
        if wanted == ticket.level:
            continue
        path = areas.path(conn, ticket.area_id, now.date())
        numbers = [area.id for area in path]
        helpers = [one for one in tickets.helpers(conn, numbers, now.date()) if one.id != ticket.citizen_id]
        # Who came to their role after the question had climbed past it hears of it where nobody above does.
        levels = reversed(LEVELS[LEVELS.index(ticket.level) + 1 : LEVELS.index(wanted) + 1])
        heard = (told(one, helpers, numbers) for one in levels)
        level, found = next((one for one in heard if one[1]), (wanted, []))
        if not found:
            continue
        tickets.climb(conn, ticket.id, level)
        # A level that was passed over has nobody: what is told is how long the question has waited.
        channels.update(_tell(conn, desk, ticket, min(wanted, level, key=LEVELS.index), path, found))
        channels.update(_reassure(conn, desk, ticket, level))
    return channels


def _reassure(conn: Connection, desk: Desk, ticket: Ticket, level: Level) -> Iterator[str]:
    """Whoever asked learns that the question is not forgotten, and who was told of it now."""
    asker = people.find(conn, ticket.citizen_id, desk.world.now().date())
    if asker is None:
        return
    text = say(asker.locale, f"tickets.told_{level}", text=ticket.text)
    choice = Choice(say(asker.locale, "speech.do_hotro"), "/hotro")
    key = f"ticket/{ticket.id}/{ticket.waiting_since:%y%m%d%H%M%S}/{level}/asker"
    for there in desk.recipients(conn, asker):
        desk.enqueue(conn, there, Reply(text, (choice,)), "reply", f"{key}/{there.account_id}")
        yield there.channel


def _tell(  # noqa: PLR0913, PLR0917 - what is told of what, to whom
    conn: Connection, desk: Desk, ticket: Ticket, waited: Level, path: tuple[Area, ...], found: list[Person]
) -> Iterator[str]:
    place = _place(path)
    key = f"ticket/{ticket.id}/{ticket.waiting_since:%y%m%d%H%M%S}/{waited}"
    for person in found:
        text = say(person.locale, f"tickets.climbed_{waited}", place=place, text=ticket.text)
        yield from _send(conn, desk, person, text, ("take", "show"), ticket, key)


def remind(conn: Connection, desk: Desk, calendar: Calendar) -> set[str]:
    """Asks whoever took a question a working day ago, and was not heard of since, how it stands; once. The
    channels that have something to send."""
    now = desk.world.now()
    channels: set[str] = set()
    for ticket, taken_at in tickets.silent(conn, now - _FORGOTTEN):
        helper = people.find(conn, ticket.taken_by or 0, now.date())
        if helper is None or due("team", taken_at.astimezone(now.tzinfo), calendar, now) == "team":
            continue
        place = _place(areas.path(conn, ticket.area_id, now.date()))
        text = say(helper.locale, "tickets.how_it_stands", place=place, text=ticket.text)
        key = f"ticket/{ticket.id}/{taken_at:%y%m%d%H%M%S}/silent"
        channels.update(_send(conn, desk, helper, text, ("write", "done", "back"), ticket, key))
    return channels


def _send(  # noqa: PLR0913, PLR0917 - who is sent what, of which ticket, once
    conn: Connection, desk: Desk, to: Person, text: str, verbs: Sequence[str], ticket: Ticket, key: str
) -> Iterator[str]:
    choices = tuple(
        Choice(say(to.locale, f"tickets.do_{verb}"), f"ticket:{verb}:{ticket.id}") for verb in verbs
    )
    for there in desk.recipients(conn, to):
        desk.enqueue(conn, there, Reply(text, choices), "reply", f"{key}/{there.account_id}")
        yield there.channel


def _place(path: Sequence[Area]) -> str:
    """The hamlet and its commune."""
    return ", ".join(area.name for area in reversed(path[-2:]))
