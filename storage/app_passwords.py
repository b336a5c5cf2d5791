"""The passwords with which members' ODK Collect signs in: one a person, a new one in place of the old."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from storage.database import Connection, Statement, table
from storage.tables import AppPasswordRow

_password = table(AppPasswordRow)
_new = insert(_password).values(
    person_id=bindparam("person"), ha1=bindparam("ha1"), created_at=bindparam("now")
)
_KEEP = Statement(
    _new.on_conflict_do_update(
        index_elements=["person_id"], set_={"ha1": _new.excluded.ha1, "created_at": _new.excluded.created_at}
    )
)
_FIND = Statement(select(_password.c.ha1).where(_password.c.person_id == bindparam("person")))
_DROP = Statement(delete(_password).where(_password.c.person_id == bindparam("person")))


def keep(conn: Connection, person_id: int, ha1: str, now: datetime) -> None:
    """The person signs in with this from now on, and with nothing older."""
    conn.run(_KEEP, person=person_id, ha1=ha1, now=now)


def find(conn: Connection, person_id: int) -> str | None:
    """What `content.collect.ha1` gave of the password; None for a person without one."""
    row = conn.one(_FIND, person=person_id)
    return None if row is None else str(row.ha1)


def drop(conn: Connection, person_id: int) -> bool:
    """The person can't sign in any more; whether they could."""
    return conn.run(_DROP, person=person_id) == 1
