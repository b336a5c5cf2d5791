"""Who holds a role: the conditions by which queries ask it. Who may do what stands in `content.people`."""

from typing import Any

from sqlalchemy import and_, bindparam, or_
from sqlalchemy.sql import ColumnElement

from content.people import ACTIONS, Grant, Role
from storage.database import Row, table
from storage.tables import GrantRow

grant = table(GrantRow)


def read(row: Row) -> Grant:
    """The grant of a row that has its columns."""
    return Grant(Role(row.role), row.area_id, row.team_id)


def held(day: Any = None) -> ColumnElement[bool]:
    """Whether the grant counts on that day; without one, on the day given to the statement as `today`."""
    day = bindparam("today") if day is None else day
    return and_(grant.c.valid_from <= day, or_(grant.c.valid_to.is_(None), grant.c.valid_to > day))


def may(*actions: str) -> ColumnElement[bool]:
    """Whether the grant's role is one by which one of the actions may be done."""
    roles = sorted({role.value for action in actions for role in ACTIONS[action]})
    return or_(*(grant.c.role == role for role in roles))
