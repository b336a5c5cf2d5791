"""Households where nobody was met: so that nobody of the team walks there again for nothing."""

from datetime import date

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects.postgresql import insert

from storage.database import Connection, Statement, table
from storage.tables import AbsenceRow

absence = table(AbsenceRow)

_new = insert(absence).values({each.name: bindparam(each.name) for each in absence.c})
_NOTE = Statement(
    _new.on_conflict_do_update(
        index_elements=["household_id"],
        set_={name: _new.excluded[name] for name in ("on", "person_id")},
    )
)
_FORGET = Statement(delete(absence).where(absence.c.household_id == bindparam("household")))


def note(conn: Connection, household_id: int, person_id: int, on: date) -> None:
    """Nobody was met there on that day."""
    conn.fill()
    conn.run(_NOTE, household_id=household_id, on=on, person_id=person_id)


def forget(conn: Connection, household_id: int) -> None:
    """Somebody was met there, or nobody is to know any more of the household."""
    conn.run(_FORGET, household=household_id)
