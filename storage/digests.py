"""A week's digest from the tally rows: milliseconds, however many households there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, func, or_, select
from sqlalchemy.sql import ColumnElement

from content.areas import Area, Level
from content.figures import Check, Figures, Line, Share, Standing, Week, jumps
from content.indicators import DONE, LISTED, REFUSED
from content.vietnamese import fold
from storage import areas, suspicions, targets
from storage.areas import as_area, counting_order
from storage.database import Connection, Statement, table
from storage.grants import may
from storage.maps import UNDER, area
from storage.tables import GrantRow, PersonRow
from storage.tallies import tally

_grant = table(GrantRow)
_person = table(PersonRow)

_MONDAY: BindParameter[date] = bindparam("monday")
_OF_FORM = tally.c.form.in_([bindparam("form"), ""])
_SIGN = case((tally.c.indicator == DONE, tally.c.numerator), else_=-tally.c.numerator)


def _sums() -> Iterable[ColumnElement[Any]]:
    for name in ("numerator", "denominator"):
        yield func.sum(tally.c[name]).label(name)
        yield func.sum(case((tally.c.week < _MONDAY, tally.c[name]), else_=0)).label(f"{name}_before")


_UNITS = Statement(select(area).join(UNDER, UNDER.c.id == area.c.id).where(UNDER.c.line == UNDER.c.id))
_INVENTED = Statement(
    select(func.count().label("n")).join_from(UNDER, area, area.c.id == UNDER.c.id).where(area.c.invented)
)
_STANDINGS = Statement(
    select(UNDER.c.line, tally.c.indicator, *_sums())
    .join_from(UNDER, tally, tally.c.area_id == UNDER.c.id)
    .where(_OF_FORM, tally.c.week <= _MONDAY, tally.c.indicator.not_like("@%"), UNDER.c.line.is_not(None))
    .group_by(UNDER.c.line, tally.c.indicator)
)
_LIES_IN = Statement(select(UNDER.c.id, UNDER.c.line).where(UNDER.c.line.is_not(None)))
_OVERFULL = Statement(
    select(area, func.sum(_SIGN).label("over"))
    .join_from(UNDER, tally, tally.c.area_id == UNDER.c.id)
    .join(area, area.c.id == UNDER.c.id)
    .where(_OF_FORM, tally.c.week <= _MONDAY, or_(tally.c.indicator == DONE, tally.c.indicator == LISTED))
    .group_by(area.c.id)
    .having(func.sum(_SIGN) > 0)
)
_WORKED = Statement(
    select(tally.c.indicator)
    .join_from(UNDER, tally, tally.c.area_id == UNDER.c.id)
    .where(tally.c.form == bindparam("form"), tally.c.week == _MONDAY, tally.c.indicator.like("@%"))
    .distinct()
)
_MEMBERS = Statement(
    select(UNDER.c.line, _grant.c.person_id)
    .join_from(UNDER, _grant, _grant.c.area_id == UNDER.c.id)
    .where(may("survey"))
    .where(_grant.c.valid_from <= bindparam("sunday"))
    .where(or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > _MONDAY))
    .distinct()
)


def figures(conn: Connection, form: str, area_id: int, week: Week, on: date) -> Figures:
    """The digest of an area for a week, on the map of the day `on` (see `content.figures.map_day`).

    Raises KeyError where there is no such area.
    """
    here = areas.find(conn, area_id)
    near = here.level in {Level.COMMUNE, Level.HAMLET}
    place = {"area": area_id, "on": on, "level": (Level.HAMLET if near else Level.COMMUNE).value}
    standings = _standings(conn, place, form, week)
    members, worked = _members(conn, place, week), _worked(conn, place, form, week)
    units = [as_area(unit) for unit in conn.all(_UNITS, **place)]
    units.sort(key=lambda unit: counting_order(unit.name))
    lines = tuple(_line(unit, standings, members.get(unit.id, set()), worked) for unit in units)
    total = _total(here, lines, set().union(*members.values()), worked)
    own = () if here.level == Level.HAMLET else lines
    return Figures(
        form=form,
        monday=week.monday,
        on=on,
        total=total,
        lines=own,
        idle=_names(conn, set().union(*members.values()) - worked) if near else (),
        checks=(
            *_located(conn, place, units, _overfull(conn, place, form, week)),
            *_located(conn, place, units, suspicions.found(conn, place, form, week, named=near)),
            *(check for line in (total, *own) for check in jumps(line, form)),
        ),
        invented=bool(conn.one(_INVENTED, **place)[0]),  # type: ignore[index]
        targets=targets.levels(conn, area_id, on),
    )


def _standings(
    conn: Connection, place: Mapping[str, Any], form: str, week: Week
) -> dict[int, tuple[Standing, Standing]]:
    """By line: how it stood by the end of the week, and of the week before."""
    now: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    before: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in conn.all(_STANDINGS, **place, form=form, monday=week.monday):
        now[row.line][row.indicator] = (row.numerator, row.denominator)
        before[row.line][row.indicator] = (row.numerator_before, row.denominator_before)
    return {line: (_standing(now[line]), _standing(before[line])) for line in now}


def _standing(sums: Mapping[str, tuple[int, int]]) -> Standing:
    return Standing(
        done=sums.get(DONE, (0, 0))[0],
        refused=sums.get(REFUSED, (0, 0))[0],
        planned=sums.get(LISTED, (0, 0))[0],
        shares={name: Share(*sum_) for name, sum_ in sums.items() if not name.startswith("=")},
    )


def _line(
    unit: Area,
    standings: Mapping[int, tuple[Standing, Standing]],
    members: set[int],
    worked: set[int],
) -> Line:
    now, before = standings.get(unit.id, (Standing(), Standing()))
    return Line(unit, now, before, members=len(members), active=len(members & worked))


def _total(here: Area, lines: Iterable[Line], members: set[int], worked: set[int]) -> Line:
    lines = list(lines)
    now, before = _add(line.now for line in lines), _add(line.before for line in lines)
    return Line(here, now, before, members=len(members), active=len(members & worked))


def _add(standings: Iterable[Standing]) -> Standing:
    done = refused = planned = 0
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for each in standings:
        done, refused, planned = done + each.done, refused + each.refused, planned + each.planned
        for name, share in each.shares.items():
            sums[name][0] += share.numerator
            sums[name][1] += share.denominator
    return Standing(done, refused, planned, {name: Share(*sum_) for name, sum_ in sums.items()})


def _members(conn: Connection, place: Mapping[str, Any], week: Week) -> dict[int | None, set[int]]:
    """Who could have worked in the week, by line."""
    found: dict[int | None, set[int]] = defaultdict(set)
    for row in conn.all(_MEMBERS, **place, sunday=week.sunday, monday=week.monday):
        found[row.line].add(row.person_id)
    return found


def _worked(conn: Connection, place: Mapping[str, Any], form: str, week: Week) -> set[int]:
    rows = conn.all(_WORKED, **place, form=form, monday=week.monday)
    return {int(row.indicator.removeprefix("@")) for row in rows}


def _names(conn: Connection, people: set[int]) -> tuple[str, ...]:
    if not people:
        return ()
    rows = conn.all(select(_person.c.name).where(_person.c.id.in_(sorted(people))))
    return tuple(sorted((row.name for row in rows), key=fold))


def _overfull(conn: Connection, place: Mapping[str, Any], form: str, week: Week) -> list[Check]:
    rows = conn.all(_OVERFULL, **place, form=form, monday=week.monday)
    return [Check("over", as_area(row), row.over) for row in rows]


def _located(
    conn: Connection, place: Mapping[str, Any], units: Iterable[Area], checks: list[Check]
) -> list[Check]:
    """The checks, each with the commune of its hamlet where there are several."""
    if not checks or place["level"] == Level.HAMLET:
        return checks
    communes = {unit.id: unit for unit in units}
    lies_in = {row.id: communes[row.line] for row in conn.all(_LIES_IN, **place)}
    return [replace(check, within=lies_in.get(check.area.id)) for check in checks]
