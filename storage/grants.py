"""Who holds a role: the conditions by which queries ask it. Who may do what stands in `content.people`."""

from typing import Any

from sqlalchemy import and_, bindparam, or_
from sqlalchemy.sql import ColumnElement

from content.people import ACTIONS
from storage.database import table
from storage.tables import GrantRow

grant = table(GrantRow)


def held(day: Any = None) -> ColumnElement[bool]:
    """Whether the grant counts on that day; without one, on the day given to the statement as `today`."""
    day = bindparam("today") if day is None else day
    return and_(grant.c.valid_from <= day, or_(grant.c.valid_to.is_(None), grant.c.valid_to > day))


def may(*actions: str) -> ColumnElement[bool]:
    """Whether the grant's role is one by which one of the actions may be done."""
    roles = sorted({role.value for action in actions for role in ACTIONS[action]})
    return or_(*(grant.c.role == role for role in roles))
