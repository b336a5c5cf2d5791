"""Which events were handled: what makes a second delivery harmless."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from storage.database import Connection, Statement, table
from storage.tables import InboxRow

_inbox = table(InboxRow)

TAKE = (
    insert(_inbox)
    .values(
        channel=bindparam("channel"), event_id=bindparam("event_id"), received_at=bindparam("received_at")
    )
    .on_conflict_do_nothing()
)
_TAKE = Statement(TAKE)
_key = tuple_(_inbox.c.channel, _inbox.c.event_id)
_OLD = select(_inbox.c.channel, _inbox.c.event_id).where(_inbox.c.received_at < bindparam("before"))
_PURGE = Statement(delete(_inbox).where(_key.in_(_OLD.limit(bindparam("most")))))


def take(conn: Connection, channel: str, event_id: str, now: datetime) -> bool:
    """Notes the event as handled by this transaction. False: it was handled before, so do nothing."""
    return conn.run(_TAKE, channel=channel, event_id=event_id, received_at=now) == 1


def purge(conn: Connection, before: datetime, most: int) -> int:
    """Forgets events of before that time, when no platform would deliver them again, at most so many; how
    many."""
    return conn.run(_PURGE, before=before, most=most)
