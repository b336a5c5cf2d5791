"""The tree of areas as it stood on a day: under which unit a unit stands changes from day to day.

A unit that was no more by then lies in what took it up, so that what was kept of it counts there.
"""

from datetime import date
from typing import Any

from sqlalchemy import CTE, BindParameter, Boolean, bindparam, case, delete, func, null, or_, select, union
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement, Select

from storage.database import Connection, table
from storage.tables import AreaLink, AreaRow, NoteRow

area, link, _note = table(AreaRow), table(AreaLink), table(NoteRow)
_ON: BindParameter[date] = bindparam("on")
_LEVEL: BindParameter[str] = bindparam("level")


def _holds(table: Any, on: Any = _ON) -> ColumnElement[bool]:
    until = table.c.valid_to
    held: ColumnElement[bool] = (table.c.valid_from <= on) & or_(until.is_(None), until > on)
    return held


def _under() -> CTE:
    """Every unit under `area`, and itself, on the day `on`, each with the unit of `level` that it lies in."""
    own = case((area.c.level == _LEVEL, area.c.id), else_=null()).label("line")
    under = select(area.c.id, own).where(area.c.id == bindparam("area")).cte("under", recursive=True)
    is_line = (area.c.level == _LEVEL) & _holds(area)
    return under.union_all(
        select(area.c.id, func.coalesce(under.c.line, case((is_line, area.c.id), else_=null())))
        .join_from(under, link, link.c.parent_id == under.c.id)
        .join(area, area.c.id == link.c.child_id)
        .where(_holds(link))
    )


UNDER = _under()
"""Units (`id`) and, as `line`, the unit of `level` each lies in. Takes `area`, `on` and `level`."""


class _Within(ColumnElement[bool]):
    """Whether a column is one of the units UNDER, told so that an engine looks these up in the column's index
    one after the other. Told as a join, SQLite walks the whole index first (for a Bloom filter), and
    PostgreSQL reads the whole table: neither knows that the units are few."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[int]) -> None:
        units = select(UNDER.c.id)
        self.in_list: ColumnElement[bool] = column.in_(units)
        self.in_array: ColumnElement[bool] = column == func.any(func.array(units.scalar_subquery()))

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002
        """As it is: "… = 1", as SQLite is told truths, would keep it from the index."""
        return self


@compiles(_Within, "sqlite")
def _in_list(within: _Within, compiler: Any, **options: Any) -> str:
    return str(compiler.process(within.in_list, **options))


@compiles(_Within, "postgresql")
def _in_array(within: _Within, compiler: Any, **options: Any) -> str:
    return str(compiler.process(within.in_array, **options))


def within(column: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the column's unit is one of UNDER: for large tables, also beside a join that wants the line."""
    return _Within(column)


def _lines() -> CTE:
    """The units of `level` under `area` on the day `on`, without a walk to what lies under them."""
    walk = select(area.c.id, area.c.level).where(area.c.id == bindparam("area")).cte("walk", recursive=True)
    walk = walk.union_all(
        select(area.c.id, area.c.level)
        .join_from(walk, link, link.c.parent_id == walk.c.id)
        .join(area, area.c.id == link.c.child_id)
        .where(_holds(link), _holds(area), walk.c.level != _LEVEL)
    )
    return select(walk.c.id).where(walk.c.level == _LEVEL).cte("lines")


LINES = _lines()
"""As the units that are lines in `UNDER`, in milliseconds for a country too."""


def rise(start: Select[Any], name: str, on: Any = _ON) -> CTE:
    """The units (`unit`, of `level`) in which each unit that `start` selects (`id`) lies on the day `on`
    (open, if none is given), itself among them."""
    own = start.subquery(f"{name}_start")
    up = (
        select(area.c.id.label("id"), area.c.id.label("unit"), area.c.level.label("level"))
        .join(own, own.c.id == area.c.id)
        .cte(name, recursive=True)
    )
    return up.union_all(
        select(up.c.id, area.c.id, area.c.level)
        .join_from(up, link, link.c.child_id == up.c.unit)
        .join(area, area.c.id == link.c.parent_id)
        .where(_holds(link, on))
    )


def descend(start: Select[Any], name: str, on: date) -> CTE:
    """The units (`id`) that lie on that day in each unit that `start` selects (`unit`), itself among
    them."""
    own = start.subquery(f"{name}_start")
    down = select(own.c.id.label("unit"), own.c.id.label("id")).cte(name, recursive=True)
    return down.union_all(
        select(down.c.unit, link.c.child_id)
        .join_from(down, link, link.c.parent_id == down.c.id)
        .where(_holds(link, on))
    )


BOUNDS = union(
    *(
        select(column.label("day"))
        for table_ in (area, link)
        for column in (table_.c.valid_from, table_.c.valid_to)
    )
)
"""The days from which the map is another one than the day before."""

LOCK, SUMS = "map", "rollup"
"""The lock of whoever changes the map or sums up by it; the note that says for which days sums hold."""


def changed(conn: Connection) -> None:
    """To be called by whoever changes units or where they stand: what was summed up by the map no longer
    holds."""
    conn.lock(LOCK)
    conn.run(delete(_note).where(_note.c.name == SUMS))
