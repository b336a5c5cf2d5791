"""Tells commune officials and admins who can't be written to, and what messages have cost this month."""

from collections import defaultdict
from datetime import datetime

from bot import quotas, windows
from bot.desk import Desk
from content.people import Person, allowed
from content.words import say
from handlers.talk import Reply
from storage import areas, people, reaching, subscriptions
from storage.database import Connection

_KIND = "unreached"
_MOST = 500
_NAMED = 10
_TOLD = ("oversee", "manage")


def tell(conn: Connection, desk: Desk, ceiling: int, now: datetime) -> set[str]:
    """One message a day to each whom it concerns, while messages wait for somebody to write; the channels
    that have something to send.

    An official or admin hears of those in their area, an admin also of the month's cost under its `ceiling`
    (VND).
    """
    held = [one for one in reaching.held(conn, _MOST) if one.kind not in {"reply"}]
    if not held:
        return set()
    waiting = {one.person_id: people.find(conn, one.person_id, now.date()) for one in held}
    spent = reaching.spent(conn, windows.month_of(now))
    channels: set[str] = set()
    for reader, names in _readers(conn, [one for one in waiting.values() if one], now).items():
        if not subscriptions.claim(conn, reader.id, _KIND, now.date().isoformat(), now):
            continue
        shown = ", ".join(names[:_NAMED]) + ("…" if len(names) > _NAMED else "")
        text = say(reader.locale, "unreached.waiting", count=len(names), names=shown)
        if allowed(reader, "manage"):
            text += "\n" + say(reader.locale, "unreached.spent", spent=spent, ceiling=ceiling)
            if (left := quotas.noted(conn, "zalo_oa")) is not None:
                text += "\n" + say(reader.locale, "unreached.quota", left=left.left, total=left.total)
        for to in desk.recipients(conn, reader):
            desk.enqueue(conn, to, Reply(text), "reminder", f"unreached/{to.account_id}/{now.date()}")
            channels.add(to.channel)
    return channels


def _readers(conn: Connection, waiting: list[Person], now: datetime) -> dict[Person, list[str]]:
    """Who is told of whom, by name (or number, where there is no name)."""
    found: dict[Person, list[str]] = defaultdict(list)
    today = now.date()
    top = {area.id for area in areas.roots(conn, today)}
    readers = {one.id: one for action in _TOLD for one in people.who_may(conn, action, today)}
    for person in waiting:
        above = {area.id for grant in person.grants for area in areas.path(conn, grant.area_id, today)}
        for reader in readers.values():
            # Citizens belong to no area: whoever administers the whole tree is told of them.
            if reader.id != person.id and any(allowed(reader, action, above or top) for action in _TOLD):
                found[reader].append(person.name or f"#{person.id}")
    return found
