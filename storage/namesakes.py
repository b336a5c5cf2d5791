"""Households of a hamlet that have the same name, as people compare names: found without opening any.

Each household carries the keyed hash of its name, and whether another one of its hamlet has the same. Whoever
adds, renames, moves or erases one says so here, in the same transaction.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from content.vietnamese import fold
from storage.database import Connection, Row, Statement, table
from storage.maps import area, within
from storage.tables import HouseholdRow

NOBODYS = b""
"""The mark of a name that was erased, or has no letter in it."""
BATCH = 500
"""Households that one transaction marks."""

_household = table(HouseholdRow)
_other = _household.alias("other")

# Two who add the same name at once would not see each other's.
_LOCK = Statement(select(area.c.id).where(area.c.id == bindparam("hamlet")).with_for_update(key_share=True))
_same = (
    select(func.count() > 1)
    .where(_other.c.mark == bindparam("of_mark"), _other.c.area_id == bindparam("hamlet"))
    .scalar_subquery()
)
_SETTLE = Statement(
    update(_household)
    .where(_household.c.mark == bindparam("of_mark"), _household.c.area_id == bindparam("hamlet"))
    .where(_household.c.doubled != _same)
    .values(doubled=_same)
)
_doubled = (
    select(_other.c.mark)
    .where(_other.c.area_id == bindparam("hamlet"), _other.c.mark != NOBODYS)
    .group_by(_other.c.mark)
    .having(func.count() > 1)
)
_is_doubled = _household.c.mark.is_not(None) & _household.c.mark.in_(_doubled)
_SETTLE_ALL = Statement(
    update(_household)
    .where(_household.c.area_id == bindparam("hamlet"), _household.c.doubled != _is_doubled)
    .values(doubled=_is_doubled)
)
_ONE = Statement(
    select(_household.c.area_id, _household.c.mark).where(_household.c.id == bindparam("household"))
)
_MARK = Statement(
    update(_household)
    .where(_household.c.id == bindparam("household"))
    .values(mark=bindparam("of_mark"), doubled=False)
)
_UNMARKED = Statement(
    select(_household.c.id, _household.c.area_id, _household.c.name)
    .where(_household.c.mark.is_(None))
    .limit(BATCH)
)
_FOUND = Statement(
    select(_household.c.area_id, _household.c.mark, func.count().label("n"))
    .where(within(_household.c.area_id), _household.c.doubled, _household.c.created_at < bindparam("end"))
    .group_by(_household.c.area_id, _household.c.mark)
    .having(func.count() > 1)
    .order_by(_household.c.area_id, func.min(_household.c.id))
)
_BEHIND = Statement(
    select(_household.c.id, _household.c.name)
    .where(_household.c.area_id == bindparam("hamlet"), _household.c.mark == bindparam("of_mark"))
    .where(_household.c.created_at < bindparam("end"))
    .order_by(_household.c.id)
    .limit(bindparam("most"))
)
_WRONG = Statement(
    select(_household.c.area_id, func.count().label("n"))
    .where(
        _household.c.doubled
        != (
            (_household.c.mark != NOBODYS)
            & select(_other.c.id)
            .where(_other.c.mark == _household.c.mark, _other.c.area_id == _household.c.area_id)
            .where(_other.c.id != _household.c.id)
            .exists()
        )
    )
    .where(_household.c.mark.is_not(None))
    .group_by(_household.c.area_id)
)


def mark(conn: Connection, name: str) -> bytes:
    """The keyed hash by which the name is found again, however it is written."""
    folded = fold(name)
    return conn.vault.fingerprint("household", folded) if folded else NOBODYS


def settle(conn: Connection, hamlet: int, of_mark: bytes) -> None:
    """To be called when a household with that mark has come to a hamlet, or left it."""
    if of_mark:
        conn.one(_LOCK, hamlet=hamlet)
        conn.run(_SETTLE, hamlet=hamlet, of_mark=of_mark)


def settle_all(conn: Connection, hamlets: Iterable[int]) -> None:
    """To be called when many households have come to these hamlets, or left them."""
    for hamlet in sorted(set(hamlets)):
        conn.one(_LOCK, hamlet=hamlet)
        conn.run(_SETTLE_ALL, hamlet=hamlet)


def rename(conn: Connection, household_id: int, name: str) -> None:
    """To be called when a household has got another name; none where it was erased."""
    before = conn.one(_ONE, household=household_id)
    new = mark(conn, name)
    if before is None or before.mark == new:
        return
    conn.run(_MARK, household=household_id, of_mark=new)
    if before.area_id is not None:
        settle(conn, before.area_id, before.mark or NOBODYS)
        settle(conn, before.area_id, new)


def mark_some(conn: Connection) -> bool:
    """Marks households that were listed before there were marks; whether there were any."""
    rows = conn.all(_UNMARKED)
    conn.run_many(_MARK, [{"household": row.id, "of_mark": mark(conn, row.name)} for row in rows])
    settle_all(conn, (row.area_id for row in rows if row.area_id is not None))
    return bool(rows)


def called(conn: Connection, name: str, hamlets: Iterable[int], most: int) -> list[int]:
    """The numbers of the households of that name in these hamlets, those first that were listed first."""
    of_mark = mark(conn, name)
    if of_mark == NOBODYS:
        return []
    here = (_household.c.mark == of_mark, _household.c.area_id.in_(sorted(hamlets)))
    rows = conn.all(select(_household.c.id).where(*here).order_by(_household.c.id).limit(most))
    return [row.id for row in rows]


def found(conn: Connection, place: Mapping[str, Any], end: datetime) -> list[Row]:
    """`area_id`, `mark` and number (`n`) of the households listed before `end` that have the same name."""
    return conn.all(_FOUND, **place, end=end)


def behind(conn: Connection, same: Row, end: datetime, most: int) -> list[Row]:
    """`id` and `name` of some of those that `found` has found."""
    return conn.all(_BEHIND, hamlet=same.area_id, of_mark=same.mark, end=end, most=most)


def compare(conn: Connection) -> list[str]:
    """Where what is kept differs from the marks: one line a hamlet; empty where all agree."""
    return [
        f"households of one name in area {row.area_id}: {row.n} are marked wrongly"
        for row in conn.all(_WRONG)
    ]
