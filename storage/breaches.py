"""The register of breaches of personal data. Nothing in it is ever removed by the bot itself."""

from datetime import datetime

from sqlalchemy import bindparam, select, update

from content.privacy import Breach
from storage.database import Connection, Row, Statement, table
from storage.tables import BreachRow

_breach = table(BreachRow)
_FIND = Statement(select(_breach).where(_breach.c.id == bindparam("number")).with_for_update())
_OPEN = Statement(select(_breach).where(_breach.c.closed_at.is_(None)).order_by(_breach.c.found_at))
_NEWEST = Statement(select(_breach).order_by(_breach.c.id.desc()).limit(bindparam("most")))


def add(conn: Connection, new: Breach) -> int:
    """Opens a case; its number."""
    names = [name for name in Breach.__slots__ if name not in {"number", "reported_at", "closed_at"}]
    return conn.insert(_breach, **{name: getattr(new, name) for name in names})


def find(conn: Connection, number: int) -> Breach | None:
    """The case of that number."""
    row = conn.one(_FIND, number=number)
    return None if row is None else _read(row)


def open_ones(conn: Connection) -> list[Breach]:
    """The cases that are not closed, the first found first."""
    return [_read(row) for row in conn.all(_OPEN)]


def newest(conn: Connection, most: int) -> list[Breach]:
    """The newest cases, newest first."""
    return [_read(row) for row in conn.all(_NEWEST, most=most)]


def report(conn: Connection, number: int, now: datetime) -> bool:
    """The authority has been told; False where it was already."""
    first = (_breach.c.id == number, _breach.c.reported_at.is_(None))
    return conn.run(update(_breach).where(*first).values(reported_at=now)) == 1


def close(conn: Connection, number: int, now: datetime) -> bool:
    """Nothing is left to do; False where it was closed already, or the authority has not been told."""
    ready = (_breach.c.id == number, _breach.c.reported_at.is_not(None), _breach.c.closed_at.is_(None))
    return conn.run(update(_breach).where(*ready).values(closed_at=now)) == 1


def _read(row: Row) -> Breach:
    values = {name: getattr(row, name) for name in Breach.__slots__ if name != "number"}
    return Breach(number=row.id, **values)
