"""Small facts that outlive a restart, by name."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from storage.database import Connection, Statement, table
from storage.tables import NoteRow

RECOUNT, QUOTA = "recount", "quota/"
"""The notes of how many sums differed from a recount at night, and of what a channel (whose name follows) has
left of its package of messages: "left/total"."""
EDITION = "edition"
"""The note of when the database was made anew or restored: what was given numbers before may be no more."""

_note = table(NoteRow)
_GET = Statement(select(_note.c.value).where(_note.c.name == bindparam("of_name")))
_new = insert(_note).values(name=bindparam("name"), value=bindparam("value"), at=bindparam("at"))
_PUT = Statement(
    _new.on_conflict_do_update(
        index_elements=["name"], set_={"value": _new.excluded.value, "at": _new.excluded.at}
    )
)


def get(conn: Connection, name: str) -> str | None:
    """What was noted under that name."""
    row = conn.one(_GET, of_name=name)
    return None if row is None else str(row.value)


def at(conn: Connection, name: str) -> datetime | None:
    """When that was noted."""
    row = conn.one(select(_note.c.at).where(_note.c.name == name))
    return None if row is None else row.at


def put(conn: Connection, name: str, value: str, now: datetime) -> None:
    """Notes it, in place of what was there."""
    conn.run(_PUT, name=name, value=value, at=now)
