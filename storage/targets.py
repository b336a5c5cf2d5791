"""The targets of the areas' plans, year by year."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam, delete, select

from content.targets import Target
from storage import areas
from storage.database import Connection, Statement, table
from storage.tables import TargetRow

_target = table(TargetRow)
_OF_YEAR = Statement(
    select(_target)
    .where(_target.c.area_id == bindparam("area"), _target.c.year == bindparam("year"))
    .order_by(_target.c.place)
)
_FIELDS = tuple(Target.__dataclass_fields__)


def replace(conn: Connection, area_id: int, targets: Sequence[Target]) -> None:
    """Keeps an area's targets, in place of those it had for the same years."""
    for year in {one.year for one in targets}:
        conn.run(delete(_target).where(_target.c.area_id == area_id, _target.c.year == year))
    rows = [{name: getattr(one, name) for name in _FIELDS} for one in targets]
    conn.insert_many(_target, [{"area_id": area_id, "place": place, **row} for place, row in enumerate(rows)])


def of_area(conn: Connection, area_id: int, year: int) -> list[Target]:
    """What the area's own plan sets for the year."""
    rows = conn.all(_OF_YEAR, area=area_id, year=year)
    return [Target(**{name: getattr(row, name) for name in _FIELDS}) for row in rows]


def in_force(conn: Connection, area_id: int, year: int, on: date) -> list[Target]:
    """What holds for the area in the year: its own plan, or that of the nearest unit above that has one."""
    for unit in reversed(areas.path(conn, area_id, on)):
        if found := of_area(conn, unit.id, year):
            return found
    return []


def levels(conn: Connection, area_id: int, on: date) -> dict[str, float | None]:
    """The level that indicators of the questionnaire must reach by the plan in force on that day; None for
    one that the plan names without a level."""
    found = in_force(conn, area_id, on.year, on)
    return {one.indicator: one.percent for one in found if one.indicator}
