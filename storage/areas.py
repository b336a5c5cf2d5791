"""The tree of administrative units as it stood on a day."""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from sqlalchemy import BindParameter, and_, bindparam, func, literal, or_, select
from sqlalchemy.sql import ColumnElement

from content.areas import Area, Level, Listed, calls
from content.vietnamese import fold
from storage import maps
from storage.database import Connection, Row, Statement, table
from storage.tables import AreaLink, AreaRow, AreaSuccession

_area, _link, _succession = table(AreaRow), table(AreaLink), table(AreaSuccession)
_child = _area.alias("child")
_LEVELS = list(Level)
_NUMBERS = re.compile(r"(\d+)")


def _holds(since: ColumnElement[date], until: ColumnElement[date | None]) -> ColumnElement[bool]:
    day: BindParameter[date] = bindparam("day")
    return and_(since <= day, or_(until.is_(None), until > day))


_linked = _holds(_link.c.valid_from, _link.c.valid_to)
_exists = _holds(_area.c.valid_from, _area.c.valid_to)

_up = select(bindparam("area", type_=_area.c.id.type).label("id"), literal(0).label("depth")).cte(
    "up", recursive=True
)
_up = _up.union_all(
    select(_link.c.parent_id, _up.c.depth + 1).join(_up, _link.c.child_id == _up.c.id).where(_linked)
)
_down = select(bindparam("area", type_=_area.c.id.type).label("id")).cte("down", recursive=True)
_down = _down.union_all(select(_link.c.child_id).join(_down, _link.c.parent_id == _down.c.id).where(_linked))

_FIND = Statement(select(_area).where(_area.c.id == bindparam("area")))
_CODE = Statement(select(_area).where(_area.c.code == bindparam("code"), _exists))
_LATEST = Statement(
    select(_area).where(_area.c.code == bindparam("code")).order_by(_area.c.valid_from.desc()).limit(1)
)
_PATH = Statement(select(_area).join(_up, _up.c.id == _area.c.id).order_by(_up.c.depth.desc()))
_BELOW = Statement(
    select(_area)
    .join(_link, _link.c.child_id == _area.c.id)
    .where(_link.c.parent_id == bindparam("area"), _linked, _exists)
)
_HAMLETS = Statement(
    select(_area).join(_down, _down.c.id == _area.c.id).where(_area.c.level == Level.HAMLET.value, _exists)
)
_UNDER = Statement(select(_down.c.id))
_ROOTS = Statement(
    select(_area).where(_exists, ~select(_link.c.id).where(_link.c.child_id == _area.c.id, _linked).exists())
)
_EVERY = Statement(select(_area).where(_exists))
_HEIRS = Statement(
    select(_area)
    .join(_succession, _succession.c.new_id == _area.c.id)
    .where(_succession.c.old_id == bindparam("area"))
)


_PLACES = Statement(
    select(_link.c.child_id, _link.c.valid_from, _area.c.code)
    .join(_area, _area.c.id == _link.c.parent_id)
    .join(_child, _child.c.id == _link.c.child_id)
    .where(or_(_child.c.valid_to.is_(None), _link.c.valid_from < _child.c.valid_to))
)
_BECAME = Statement(
    select(_succession.c.old_id, _area.c.code).join(_area, _area.c.id == _succession.c.new_id)
)


_CHANGED = Statement(
    select(func.max(_succession.c.on, type_=_succession.c.on.type).label("changed")).where(
        _succession.c.new_id.in_(select(_down.c.id)), _succession.c.on <= bindparam("day")
    )
)
_BECAME_IT = Statement(
    select(_area)
    .join(_succession, _succession.c.old_id == _area.c.id)
    .where(_succession.c.new_id == bindparam("area"))
)


def find(conn: Connection, area_id: int) -> Area:
    """The unit. Raises KeyError where there is none."""
    row = conn.one(_FIND, area=area_id)
    if row is None:
        raise KeyError(area_id)
    return as_area(row)


def by_code(conn: Connection, code: str, on: date) -> Area | None:
    """The unit that the code meant on that day."""
    row = conn.one(_CODE, code=code, day=on)
    return None if row is None else as_area(row)


def latest(conn: Connection, code: str) -> Area | None:
    """The unit that the code meant last, also where it is no more."""
    row = conn.one(_LATEST, code=code)
    return None if row is None else as_area(row)


def named(conn: Connection, words: str, on: date) -> list[Area]:
    """The units of that day that are meant: the one of that code, else all of that name, with its kind or
    without ("xã Bình Hòa", "binh hoa"), the larger first."""
    if (found := by_code(conn, words.strip(), on)) is not None:
        return [found]
    wanted = fold(words)
    every = [as_area(row) for row in conn.all(_EVERY, day=on)] if wanted else []
    meant = [area for area in every if wanted in fold(area.name) and wanted in calls(area.name)]
    return sorted(meant, key=lambda area: (_LEVELS.index(area.level), counting_order(area.name), area.id))


def path(conn: Connection, area_id: int, on: date) -> tuple[Area, ...]:
    """From the root down to the unit itself, as the tree stood on that day."""
    return conn.lasting(
        ("path", area_id, on),
        lambda: tuple(as_area(row) for row in conn.all(_PATH, area=area_id, day=on)),
    )


def below(conn: Connection, area_id: int, on: date) -> list[Area]:
    """The units right under this one on that day, in the order in which people count: ấp 2 before ấp 10."""
    return _ordered(conn.all(_BELOW, area=area_id, day=on))


def hamlets(conn: Connection, area_id: int, on: date) -> tuple[Area, ...]:
    """All hamlets under the unit on that day, or itself if it is one; of one that became part of another by
    then, that other one."""

    def look() -> tuple[Area, ...]:
        found = _ordered(conn.all(_HAMLETS, area=area_id, day=on))
        if not found:
            above = [unit for unit in path(conn, area_id, on) if unit.level is Level.HAMLET]
            found = [unit for unit in above if unit.valid_on(on)]
        return tuple(found)

    return conn.lasting(("hamlets", area_id, on), look)


def under(conn: Connection, area_id: int, on: date) -> list[int]:
    """The numbers of the unit and of all that lies under it on that day."""
    return [row.id for row in conn.all(_UNDER, area=area_id, day=on)]


def roots(conn: Connection, on: date) -> list[Area]:
    """The units that stand under nothing on that day."""
    return _ordered(conn.all(_ROOTS, day=on))


def heirs(conn: Connection, area_id: int) -> list[Area]:
    """What the unit became, or became part of."""
    return _ordered(conn.all(_HEIRS, area=area_id))


def before(conn: Connection, area_id: int, on: date) -> tuple[date, list[Area]] | None:
    """The last day of the map before that of `on`, as far as it concerns the unit, and the units by which it
    is told on that map: those under it, or, where it began then, those that became it. None where no unit of
    it ever became another."""

    def look() -> tuple[date, list[Area]] | None:
        row = conn.one(_CHANGED, area=area_id, day=on)
        if row is None or row.changed is None:
            return None
        eve = row.changed - timedelta(days=1)
        if find(conn, area_id).valid_on(eve):
            return eve, below(conn, area_id, eve)
        return eve, _ordered(conn.all(_BECAME_IT, area=area_id))

    return conn.lasting(("before", area_id, on), look)


def counting_order(name: str) -> tuple[str | int, ...]:
    """What names sort by, so that numbers count: ("ap ", 2) before ("ap ", 10). Text and numbers alternate,
    text first, so any two keys compare."""
    parts = _NUMBERS.split(name)
    return tuple(int(part) if place % 2 else fold(part) for place, part in enumerate(parts))


def _ordered(rows: Sequence[Row]) -> list[Area]:
    return sorted(map(as_area, rows), key=lambda area: (counting_order(area.name), area.valid_from, area.id))


def as_area(row: Row) -> Area:
    """A row of the table as the unit that it is."""
    return Area(row.id, row.code, row.name, Level(row.level), row.valid_from, row.valid_to, row.invented)


# --------------------------------------------------------------------------- taking in a list


class UnknownArea(Exception):
    """A list names a unit that neither it nor the database has: a sentence for whoever wrote the list."""


def import_list(conn: Connection, listed: Sequence[Listed]) -> int:
    """Adds the units of a list, where they stand and what they became; how many were new.

    A unit is known by code, level and first day: the same list again changes nothing, and a line that is not
    the same any more mends name and last day. Raises UnknownArea; then nothing must be kept.
    """
    maps.changed(conn)
    ids = {id(unit): _known(conn, unit) for unit in listed}
    new = sum(number is None for number in ids.values())
    for unit in listed:
        values = {"name": unit.name, "valid_to": unit.valid_to, "invented": unit.invented}
        number = ids[id(unit)]
        if number is None:
            ids[id(unit)] = conn.insert(
                _area, code=unit.code, level=unit.level.value, valid_from=unit.valid_from, **values
            )
        else:
            conn.run(_area.update().where(_area.c.id == number).values(values))
    for unit in listed:
        number = ids[id(unit)]
        assert number is not None
        _place(conn, unit, number)
        _succeed(conn, unit, number)
    return new


def register(conn: Connection) -> list[Listed]:
    """Every unit there is or was, as a list would name it."""
    under: dict[int, list[tuple[date, str]]] = {}
    for row in conn.all(_PLACES):
        under.setdefault(row.child_id, []).append((row.valid_from, row.code))
    became = {row.old_id: row.code for row in conn.all(_BECAME)}
    return [
        Listed(
            code=row.code,
            name=row.name,
            level=Level(row.level),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            under=tuple(sorted(under.get(row.id, ()))),
            became=became.get(row.id),
            invented=row.invented,
            line=0,
        )
        for row in conn.all(select(_area).order_by(_area.c.id))
    ]


def _known(conn: Connection, unit: Listed) -> int | None:
    same = (
        _area.c.code == unit.code,
        _area.c.level == unit.level.value,
        _area.c.valid_from == unit.valid_from,
    )
    row = conn.one(select(_area.c.id).where(*same))
    return None if row is None else int(row.id)


def _place(conn: Connection, unit: Listed, number: int) -> None:
    """The links to the units above: each holds until the next begins, the last until the unit became another
    one."""
    last = unit.valid_to if unit.became else None  # what came to nothing lies where it stood last
    ends = [since for since, _ in unit.under[1:]] + [last]
    conn.run(_link.delete().where(_link.c.child_id == number))
    for (since, code), until in zip(unit.under, ends, strict=False):
        above = _resolve(
            conn, unit, code, since, lambda level: _LEVELS.index(level) < _LEVELS.index(unit.level)
        )
        conn.insert(_link, child_id=number, parent_id=above, valid_from=since, valid_to=until)


def _succeed(conn: Connection, unit: Listed, number: int) -> None:
    if unit.became is None or unit.valid_to is None:
        return
    heir = _resolve(conn, unit, unit.became, unit.valid_to, lambda level: level == unit.level)
    conn.insert(_link, child_id=number, parent_id=heir, valid_from=unit.valid_to, valid_to=None)
    pair = (_succession.c.old_id == number, _succession.c.new_id == heir)
    if conn.one(select(_succession.c.id).where(*pair)) is None:
        conn.insert(_succession, old_id=number, new_id=heir, on=unit.valid_to)


def _resolve(conn: Connection, unit: Listed, code: str, on: date, fits: Callable[[Level], bool]) -> int:
    for row in conn.all(_CODE, code=code, day=on):
        if fits(Level(row.level)):
            return int(row.id)
    raise UnknownArea(
        f"line {unit.line}: {unit.code} ({unit.name}) refers to {code}, which is no fitting unit on {on}; "
        "add that unit to the list, or import its list first"
    )
