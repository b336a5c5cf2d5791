"""Codes that were sent and are nobody's: how many in this hour. Forgotten as what was told is."""

from datetime import datetime

from sqlalchemy import bindparam, func, select

from content.people import Guesses
from storage import subscriptions
from storage.database import Connection, Statement, table
from storage.tables import OccasionRow

_KIND = "guess/"
_occasion = table(OccasionRow)
_COUNT = Statement(
    select(_occasion.c.person_id == bindparam("person"), func.count().label("n"))
    .where(_occasion.c.period == bindparam("hour"), _occasion.c.kind.like(f"{_KIND}%"))
    .group_by(_occasion.c.person_id == bindparam("person"))
)


def count(conn: Connection, person_id: int, now: datetime) -> Guesses:
    """How many wrong codes this person, and everybody, sent in this hour."""
    found = {bool(mine): int(n) for mine, n in conn.all(_COUNT, person=person_id, hour=_hour(now))}
    return Guesses(found.get(True, 0), sum(found.values()))


def note(conn: Connection, person_id: int, now: datetime) -> None:
    """One more wrong code."""
    kind = f"{_KIND}{count(conn, person_id, now).mine}"
    subscriptions.claim(conn, person_id, kind, _hour(now), now)


def _hour(now: datetime) -> str:
    return now.isoformat(timespec="hours")[:13]
