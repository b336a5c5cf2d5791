"""What a digest's picture and spreadsheet need beyond its figures, from the tally rows."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, func, or_, select

from content.areas import Area, Level
from content.brief import Brief, Point, Work
from content.figures import Week
from content.indicators import DONE, LISTED
from content.vietnamese import fold
from storage import digests, questions, rollups, suspicions
from storage.areas import as_area, counting_order
from storage.database import Connection, Statement, table
from storage.grants import may
from storage.maps import UNDER, area, within
from storage.tables import GrantRow, PersonRow
from storage.tallies import tally

WEEKS = 8
"""So many weeks make the trend."""

_MONDAY: BindParameter[date] = bindparam("monday")
_grant, _person = table(GrantRow), table(PersonRow)
_BY_WEEK = Statement(
    select(tally.c.week, tally.c.indicator, func.sum(tally.c.numerator).label("n"))
    .where(within(tally.c.area_id))
    .where(or_(tally.c.form == bindparam("form"), tally.c.form == ""), tally.c.week <= _MONDAY)
    .where(or_(tally.c.indicator == DONE, tally.c.indicator == LISTED))
    .group_by(tally.c.week, tally.c.indicator)
)
_WORKS = Statement(
    select(
        tally.c.area_id,
        tally.c.indicator,
        func.sum(tally.c.numerator).label("so_far"),
        func.sum(case((tally.c.week == _MONDAY, tally.c.numerator), else_=0)).label("week"),
    )
    .where(within(tally.c.area_id))
    .where(tally.c.form == bindparam("form"), tally.c.week <= _MONDAY, tally.c.indicator.like("@%"))
    .group_by(tally.c.area_id, tally.c.indicator)
)
_MEMBERS = Statement(
    select(_grant.c.area_id, _grant.c.person_id)
    .join_from(UNDER, _grant, _grant.c.area_id == UNDER.c.id)
    .where(may("survey"))
    .where(_grant.c.valid_from <= bindparam("sunday"))
    .where(or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > _MONDAY))
    .distinct()
)
_PLACES = Statement(select(area).join(UNDER, UNDER.c.id == area.c.id))


def brief(conn: Connection, form: str, here: Area, week: Week, on: date) -> Brief:
    """The digest of an area for a week with its past, on the map of the day `on`; all households behind what
    wants checking are named."""
    figures = digests.figures(conn, form, here.id, week, on, named=suspicions.EVERYBODY)
    place = {"area": here.id, "on": on, "level": Level.HAMLET.value}
    near = here.level in {Level.COMMUNE, Level.HAMLET}
    works = _works(conn, place, form, week) if near else ()
    asked = questions.summary(conn, place, week.start, week.end)
    return Brief(figures, _trend(conn, here, place, form, week), works, asked)


def _trend(
    conn: Connection, here: Area, place: Mapping[str, Any], form: str, week: Week
) -> tuple[Point, ...]:
    """Week by week from the first in which anything was known, or the last `WEEKS` of them."""
    if here.level not in {Level.COMMUNE, Level.HAMLET} and rollups.holds(conn, place["on"]):
        return _rolled_trend(conn, here, place, form, week)
    added: dict[date, dict[str, int]] = defaultdict(lambda: {DONE: 0, LISTED: 0})
    for row in conn.all(_BY_WEEK, **place, form=form, monday=week.monday):
        added[row.week][row.indicator] += row.n
    mondays = [week.monday - timedelta(days=7 * back) for back in reversed(range(WEEKS))]
    known = [monday for monday in mondays if any(first <= monday for first in added)]
    return tuple(
        Point(monday, *(sum(n[name] for at, n in added.items() if at <= monday) for name in (DONE, LISTED)))
        for monday in known
    )


def _rolled_trend(
    conn: Connection, here: Area, place: Mapping[str, Any], form: str, week: Week
) -> tuple[Point, ...]:
    points: list[Point] = []
    for back in reversed(range(WEEKS)):
        monday = week.monday - timedelta(days=7 * back)
        found = rollups.sums(conn, {**place, "level": here.level.value}, form, monday)[here.id]
        if found or points:
            points.append(Point(monday, *(found.get(name, (0, 0))[0] for name in (DONE, LISTED))))
    return tuple(points)


def _works(conn: Connection, place: Mapping[str, Any], form: str, week: Week) -> tuple[Work, ...]:
    """Everybody who could have worked in the week or ever did, by hamlet and name."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for row in conn.all(_MEMBERS, **place, sunday=week.sunday, monday=week.monday):
        found[row.area_id, row.person_id] = (0, 0)
    for row in conn.all(_WORKS, **place, form=form, monday=week.monday):
        found[row.area_id, int(row.indicator.removeprefix("@"))] = (row.week, row.so_far)
    if not found:
        return ()
    places = {row.id: as_area(row) for row in conn.all(_PLACES, **place)}
    people = select(_person.c.id, _person.c.name).where(_person.c.id.in_(sorted({who for _, who in found})))
    names = {row.id: row.name for row in conn.all(people)}
    works = [Work(names[who], places[where], *counts) for (where, who), counts in found.items()]
    return tuple(sorted(works, key=lambda one: (counting_order(one.hamlet.name), fold(one.name))))
