"""A week's digest from the tally rows: milliseconds, however many households there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, func, or_, select
from sqlalchemy.sql import ColumnElement

from content.areas import Area, Level
from content.figures import Check, Figures, Line, Share, Standing, Week, jumps
from content.indicators import ALIKE, DONE, FAR, FAST, LISTED, OVER
from content.vietnamese import fold
from storage import areas, rollups, suspicions, targets
from storage.areas import as_area, counting_order
from storage.database import Connection, Statement, table
from storage.grants import may
from storage.maps import LINES, UNDER, area, rise, within
from storage.rollups import Sums
from storage.standings import standing
from storage.tables import GrantRow, PersonRow
from storage.tallies import tally

_grant = table(GrantRow)
_person = table(PersonRow)

_MONDAY: BindParameter[date] = bindparam("monday")
_OF_FORM = tally.c.form.in_([bindparam("form"), ""])
_SIGN = case((tally.c.indicator == DONE, tally.c.numerator), else_=-tally.c.numerator)


def _both() -> Iterable[ColumnElement[Any]]:
    for name in ("numerator", "denominator"):
        yield func.sum(tally.c[name]).label(name)
        yield func.sum(case((tally.c.week < _MONDAY, tally.c[name]), else_=0)).label(f"{name}_before")


_UNITS = Statement(select(area).join(LINES, LINES.c.id == area.c.id))
_RISEN = rise(select(area.c.id.label("id")).where(area.c.invented), "risen")
_INVENTED = Statement(select(_RISEN.c.id).where(_RISEN.c.unit == bindparam("area")).limit(1))
_STANDINGS = Statement(
    select(UNDER.c.line, tally.c.indicator, *_both())
    .join_from(UNDER, tally, tally.c.area_id == UNDER.c.id)
    .where(_OF_FORM, tally.c.week <= _MONDAY, tally.c.indicator.not_like("@%"), UNDER.c.line.is_not(None))
    .where(within(tally.c.area_id))
    .group_by(UNDER.c.line, tally.c.indicator)
)
_OVERFULL = Statement(
    select(area, func.sum(_SIGN).label("over"))
    .join_from(UNDER, tally, tally.c.area_id == UNDER.c.id)
    .join(area, area.c.id == UNDER.c.line)
    .where(_OF_FORM, tally.c.week <= _MONDAY, or_(tally.c.indicator == DONE, tally.c.indicator == LISTED))
    .where(within(tally.c.area_id))
    .group_by(area.c.id)
    .having(func.sum(_SIGN) > 0)
)
_WORKED = Statement(
    select(tally.c.indicator)
    .where(within(tally.c.area_id))
    .where(tally.c.form == bindparam("form"), tally.c.week == _MONDAY, tally.c.indicator.like("@%"))
    .distinct()
)
_MEMBERS = Statement(
    select(UNDER.c.line, _grant.c.person_id)
    .join_from(UNDER, _grant, _grant.c.area_id == UNDER.c.id)
    .where(may("survey"), within(_grant.c.area_id))
    .where(_grant.c.valid_from <= bindparam("sunday"))
    .where(or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > _MONDAY))
    .distinct()
)


def figures(  # noqa: PLR0913 - what is told, of which time, on which map, and how closely
    conn: Connection, form: str, area_id: int, week: Week, on: date, *, named: int = 0
) -> Figures:
    """The digest of an area for a week, on the map of the day `on` (see `content.figures.map_day`).

    Of the households behind each thing that wants checking at most so many are `named`. Above the commune
    what wants checking is counted by line, as of when it was last rolled up, and none is named. Raises
    KeyError where there is no such area.
    """
    here = areas.find(conn, area_id)
    near = here.level in {Level.COMMUNE, Level.HAMLET}
    place = {"area": area_id, "on": on, "level": level_of_lines(here).value}
    now, before = _sums(conn, place, form, week)
    members, worked = _members(conn, place, week), _worked(conn, place, form, week)
    units = sorted(map(as_area, conn.all(_UNITS, **place)), key=lambda unit: counting_order(unit.name))
    lines = tuple(
        _line(unit, (standing(now[unit.id]), standing(before[unit.id])), members.get(unit.id, set()), worked)
        for unit in units
    )
    total = _total(here, lines, set().union(*members.values()), worked)
    own = () if here.level == Level.HAMLET else lines
    odd = _near_checks(conn, place, form, week, named) if near else _counted_checks(units, now, before)
    return Figures(
        form=form,
        monday=week.monday,
        on=on,
        total=total,
        lines=own,
        idle=_names(conn, set().union(*members.values()) - worked) if near else (),
        checks=(*odd, *(check for line in (total, *own) for check in jumps(line, form))),
        invented=conn.one(_INVENTED, area=area_id, on=on) is not None,
        targets=targets.levels(conn, area_id, on),
        changed=_changed(conn, area_id, week, on),
    )


def _changed(conn: Connection, area_id: int, week: Week, on: date) -> date | None:
    before = areas.before(conn, area_id, on)
    first = before[0] + timedelta(days=1) if before else date.min
    return first if week.monday <= first <= on else None


def level_of_lines(here: Area) -> Level:
    """By which units an area's digest is told: hamlets of a commune, provinces of the country, else
    communes."""
    if here.level in {Level.COMMUNE, Level.HAMLET}:
        return Level.HAMLET
    return Level.PROVINCE if here.level == Level.COUNTRY else Level.COMMUNE


def _sums(conn: Connection, place: Mapping[str, Any], form: str, week: Week) -> tuple[Sums, Sums]:
    """By line: how it stood by the end of the week, and of the week before."""
    if place["level"] != Level.HAMLET and rollups.holds(conn, place["on"]):
        last = week.monday - timedelta(days=7)
        return rollups.sums(conn, place, form, week.monday), rollups.sums(conn, place, form, last)
    now: Sums = defaultdict(dict)
    before: Sums = defaultdict(dict)
    for row in conn.all(_STANDINGS, **place, form=form, monday=week.monday):
        now[row.line][row.indicator] = (row.numerator, row.denominator)
        before[row.line][row.indicator] = (row.numerator_before, row.denominator_before)
    return now, before


def _line(unit: Area, stood: tuple[Standing, Standing], members: set[int], worked: set[int]) -> Line:
    return Line(unit, *stood, members=len(members), active=len(members & worked))


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


def _near_checks(
    conn: Connection, place: Mapping[str, Any], form: str, week: Week, named: int
) -> list[Check]:
    over = conn.all(_OVERFULL, **place, form=form, monday=week.monday)
    return [
        *(Check("over", as_area(row), row.over) for row in over),
        *suspicions.found(conn, place, form, week, near=True, named=named),
    ]


def _counted_checks(units: Iterable[Area], now: Sums, before: Sums) -> list[Check]:
    found = []
    for unit in units:
        for kind, name in (("over", OVER), ("fast", FAST), ("alike", ALIKE), ("far", FAR)):
            count, _ = now[unit.id].get(name, (0, 0))
            if kind != "over":  # those of the week alone
                count -= before[unit.id].get(name, (0, 0))[0]
            if count > 0:
                found.append(Check(kind, unit, count))
    return found
