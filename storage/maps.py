"""The tree of areas as it stood on a day: under which unit a unit stands changes from day to day."""

from datetime import date
from typing import Any

from sqlalchemy import CTE, BindParameter, bindparam, case, null, or_, select
from sqlalchemy.sql import ColumnElement

from storage.database import table
from storage.tables import AreaLink, AreaRow

area, link = table(AreaRow), table(AreaLink)
_ON: BindParameter[date] = bindparam("on")
_LEVEL: BindParameter[str] = bindparam("level")


def _holds(table: Any) -> ColumnElement[bool]:
    until = table.c.valid_to
    held: ColumnElement[bool] = (table.c.valid_from <= _ON) & or_(until.is_(None), until > _ON)
    return held


def _under() -> CTE:
    """Every unit under `area`, and itself, on the day `on`, each with the unit of `level` that it lies in."""
    own = case((area.c.level == _LEVEL, area.c.id), else_=null()).label("line")
    under = select(area.c.id, own).where(area.c.id == bindparam("area")).cte("under", recursive=True)
    return under.union_all(
        select(area.c.id, case((area.c.level == _LEVEL, area.c.id), else_=under.c.line))
        .join_from(under, link, link.c.parent_id == under.c.id)
        .join(area, area.c.id == link.c.child_id)
        .where(_holds(link), _holds(area))
    )


UNDER = _under()
"""Units (`id`) and, as `line`, the unit of `level` each lies in. Takes `area`, `on` and `level`."""
