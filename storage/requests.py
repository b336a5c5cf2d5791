"""What people asked for under the law on personal data, each with its clock."""

from dataclasses import fields
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, or_, select, update

from content.privacy import Request
from storage.database import Connection, Row, Statement, table
from storage.tables import RequestRow

_request = table(RequestRow)
_columns = [_request.c.id, *(_request.c[one.name] for one in fields(Request) if one.name != "number")]
_select = select(*_columns)
_FIND = Statement(_select.where(_request.c.id == bindparam("number")).with_for_update())
_OPEN = Statement(_select.where(_request.c.done_at.is_(None)).order_by(_request.c.asked_at, _request.c.id))
_OF = Statement(_select.where(_request.c.person_id == bindparam("person")).order_by(_request.c.id))
_PUT_OFF = Statement(
    select(_request.c.id, _request.c.person_id).where(
        _request.c.kind == "erase", _request.c.done_at.is_(None), _request.c.person_id.is_not(None)
    )
)


def file(conn: Connection, new: Request) -> int:
    """Keeps a request; its number."""
    values = {one.name: getattr(new, one.name) for one in fields(Request) if one.name != "number"}
    return conn.insert(_request, **values)


def find(conn: Connection, number: int) -> Request | None:
    """The request of that number; until the transaction ends nobody else changes it."""
    row = conn.one(_FIND, number=number)
    return None if row is None else _read(row)


def open_ones(conn: Connection) -> list[Request]:
    """What is not done yet, oldest first."""
    return [_read(row) for row in conn.all(_OPEN)]


def of(conn: Connection, person_id: int) -> list[Request]:
    """All a person asked for from an account of theirs, oldest first."""
    return [_read(row) for row in conn.all(_OF, person=person_id)]


def to_erase(conn: Connection) -> list[tuple[int, int]]:
    """Requests of people who want everything erased: (request, person)."""
    return [(row.id, row.person_id) for row in conn.all(_PUT_OFF)]


def answer(conn: Connection, number: int, now: datetime) -> None:
    """Whoever asked has been told that it was heard, and until when it is done."""
    unanswered = and_(_request.c.id == number, _request.c.answered_at.is_(None))
    conn.run(update(_request).where(unanswered).values(answered_at=now))


def extend(conn: Connection, number: int, now: datetime) -> bool:
    """Gives it as many days again, once; False where that was done, or it is settled."""
    once = and_(_request.c.id == number, _request.c.extended_at.is_(None), _request.c.done_at.is_(None))
    return conn.run(update(_request).where(once).values(extended_at=now)) == 1


def settle(conn: Connection, number: int, outcome: str, now: datetime) -> bool:
    """It is done; False where it was already."""
    answer(conn, number, now)
    waiting = and_(_request.c.id == number, _request.c.done_at.is_(None))
    return conn.run(update(_request).where(waiting).values(done_at=now, outcome=outcome)) == 1


def without_names(conn: Connection, *, person_id: int | None = None, household_id: int | None = None) -> None:
    """Of what a person or household asked for only the kind and the days are left."""
    whose = or_(
        *([_request.c.person_id == person_id] if person_id else []),
        *([_request.c.household_id == household_id] if household_id else []),
    )
    conn.run(update(_request).where(whose).values(who="", text="", outcome=""))


def forget(conn: Connection, before: datetime) -> int:
    """Forgets requests that were done before that time; how many."""
    return conn.run(delete(_request).where(_request.c.done_at < before))


def _read(row: Row) -> Request:
    return Request(number=row.id, **{one.name: getattr(row, one.name) for one in fields(Request)[1:]})
