"""Questions to a person that nobody takes climb: to the leader after a working day, then to the commune."""

from collections.abc import Iterator

from bot.desk import Desk
from bot.origin import Recipient
from content.areas import Area
from content.calendar import Calendar
from content.people import Person
from content.tickets import LEVELS, Level, Ticket, due, told
from content.words import say
from handlers.talk import Choice, Reply
from storage import areas, people, tickets
from storage.database import Connection


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
    return channels


def _tell(  # noqa: PLR0913, PLR0917 - what is told of what, to whom
    conn: Connection, desk: Desk, ticket: Ticket, waited: Level, path: tuple[Area, ...], found: list[Person]
) -> Iterator[str]:
    place = ", ".join(area.name for area in reversed(path[-2:]))
    for person in found:
        text = say(person.locale, f"tickets.climbed_{waited}", place=place, text=ticket.text)
        verbs = ("take", "show")
        choices = tuple(
            Choice(say(person.locale, f"tickets.do_{verb}"), f"ticket:{verb}:{ticket.id}") for verb in verbs
        )
        for account in people.accounts(conn, person.id):
            if account.reachable and account.channel in desk.limits:
                to = Recipient(account.id, account.channel, person.locale)
                key = f"ticket/{ticket.id}/{ticket.waiting_since:%y%m%d%H%M%S}/{waited}/{account.id}"
                desk.enqueue(conn, to, Reply(text, choices), "reply", key)
                yield account.channel
