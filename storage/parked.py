"""Events whose handler failed: kept with the error, to be replayed after the mend.

An error may quote what a person wrote, so its trace is sealed together with the event; only its kind is not.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from storage.database import Connection, Row, table
from storage.tables import ParkedRow

_parked = table(ParkedRow)


@dataclass(frozen=True, slots=True)
class Parked:
    """An event as the channel heard it (JSON), and what went wrong. `id` 0: not kept yet."""

    channel: str
    event_id: str
    event: str
    error: str
    parked_at: datetime
    id: int = 0


def park(conn: Connection, event: Parked) -> int:
    """Keeps the event; its number."""
    return conn.insert(
        _parked,
        channel=event.channel,
        event_id=event.event_id,
        event=f"{event.event}\n{event.error}",
        error=event.error.rstrip().rpartition("\n")[2].partition(":")[0],
        parked_at=event.parked_at,
    )


def waiting(conn: Connection) -> list[Parked]:
    """What has not been replayed, oldest first."""
    rows = conn.all(select(_parked).where(_parked.c.replayed_at.is_(None)).order_by(_parked.c.id))
    return [_read(row) for row in rows]


def _read(row: Row) -> Parked:
    event, _, trace = row.event.partition("\n")  # an event is JSON on one line
    return Parked(row.channel, row.event_id, event, trace or row.error, row.parked_at, row.id)


def count(conn: Connection) -> int:
    """How many have not been replayed."""
    row = conn.one(select(func.count()).select_from(_parked).where(_parked.c.replayed_at.is_(None)))
    return int(row[0]) if row else 0


def replayed(conn: Connection, number: int, now: datetime) -> None:
    """It was handled after all."""
    conn.run(update(_parked).where(_parked.c.id == number).values(replayed_at=now))


def forget(conn: Connection, before: datetime) -> int:
    """Forgets events that were parked before that time, handled since or not; how many."""
    return conn.run(delete(_parked).where(_parked.c.parked_at < before))
