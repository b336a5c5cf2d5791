"""Tells whom it concerns that roles moved with the map (`storage.succession`)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from bot.desk import Desk
from content.people import Person, allowed
from content.words import day, listed, say
from handlers.talk import Reply
from storage import areas, people, succession
from storage.database import Connection
from storage.succession import Move

_NAMED = 15


def tell(conn: Connection, desk: Desk, now: datetime) -> set[str]:
    """Tells everybody whose role moved or ended, once, and those who administer the area of all of them; the
    channels that have something to send."""
    moves = succession.untold(conn)
    channels: set[str] = set()
    for person, key, text in _messages(conn, moves, now):
        for to in desk.recipients(conn, person):
            desk.enqueue(conn, to, Reply(text), "reminder", f"{key}/{to.account_id}")
            channels.add(to.channel)
    succession.mark_told(conn, moves, now)
    return channels


def _messages(conn: Connection, moves: list[Move], now: datetime) -> Iterator[tuple[Person, str, str]]:
    """(whom, a key that is its own, what): first to those whose roles moved, then to administrators."""
    today = now.date()
    for one in moves:
        if person := people.find(conn, one.person_id, today):
            yield person, f"moved/{one.id}", _own(person.locale, one)
    administrators = people.who_may(conn, "manage", today)
    told: dict[int, list[Move]] = defaultdict(list)
    for one in moves:
        path = [area.id for area in areas.path(conn, one.before.id, today)]
        for reader in administrators:
            if reader.id != one.person_id and allowed(reader, "manage", path):
                told[reader.id].append(one)
    for reader in administrators:
        if theirs := told[reader.id]:
            yield reader, f"moves/{theirs[-1].id}", _summary(conn, reader.locale, theirs, now)


def _own(locale: str, one: Move) -> str:
    return say(
        locale,
        "areas.you_moved" if one.now else "areas.you_ended",
        day=day(locale, one.on),
        role=say(locale, f"roles.{one.role}"),
        before=one.before.name,
        now=listed(locale, [area.name for area in one.now]),
    )


def _summary(conn: Connection, locale: str, moves: list[Move], now: datetime) -> str:
    lines = [say(locale, "areas.moves", n=len(moves))]
    for one in moves[:_NAMED]:
        person = people.find(conn, one.person_id, now.date())
        lines.append(
            say(
                locale,
                "areas.role_moves" if one.now else "areas.role_ends",
                name=(person.name if person else "") or say(locale, "areas.nameless"),
                role=say(locale, f"roles.{one.role}"),
                before=one.before.name,
                now=listed(locale, [area.name for area in one.now]),
            )
        )
    if len(moves) > _NAMED:
        lines.append(say(locale, "areas.more_people", n=len(moves) - _NAMED))
    return "\n".join(lines)
