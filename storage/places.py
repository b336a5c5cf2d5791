"""In which square of the map surveys were made, and which of them lie far from the others of their commune.

A submission that says where it was made is counted for its hamlet in its own transaction; one that does not
costs nothing. What is far is told as it is asked for, on the map that it is asked on: so a commune whose
first surveys were wrong, or that merges, is judged anew, and that costs what its squares cost, however many
surveys lie in them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import ColumnElement, Select

from content.areas import Level
from content.places import Square, far
from content.values import dataclass
from storage.database import Connection, Row, Statement, table
from storage.maps import area, descend, rise, within
from storage.tables import HamletSquareRow, HouseholdRow, SurveyPlaceRow, SurveyRow
from storage.tallies import FRESHEN

HAMLETS_AT_ONCE = 1_000
"""A statement takes no more values than so many on either engine, and some to spare."""

place = table(SurveyPlaceRow)
square = table(HamletSquareRow)
_survey, _household = table(SurveyRow), table(HouseholdRow)

_one = insert(square).values({each.name: bindparam(each.name, type_=each.type) for each in square.c})
_COUNT = Statement(
    _one.on_conflict_do_update(
        index_elements=list(square.primary_key), set_={"surveys": square.c.surveys + _one.excluded.surveys}
    )
)
_EMPTY = Statement(
    delete(square)
    .where(square.c.area_id == bindparam("area_id"), square.c.surveys == 0)
    .where(square.c.north == bindparam("north"), square.c.east == bindparam("east"))
)
_LEAVE = Statement(delete(place).where(place.c.survey_id == bindparam("survey")))


@dataclass(frozen=True, slots=True)
class Made:
    """A survey as far as its place goes: the week it counts in is that of its first submission."""

    survey_id: str
    form: str
    area_id: int
    week: date
    submitted_at: datetime


def keep(conn: Connection, made: Made, old: Square | None, new: Square | None) -> None:
    """To be called where a survey was made in the square `new`, and said until now that it was in `old`."""
    if old == new:
        return
    if old is not None:
        conn.run(_LEAVE, survey=made.survey_id)
    if new is not None:
        conn.insert(
            place,
            survey_id=made.survey_id,
            form=made.form,
            area_id=made.area_id,
            week=made.week,
            submitted_at=made.submitted_at,
            north=new.north,
            east=new.east,
        )
    _changed(conn, [(made.form, made.area_id, made.week)])
    _count(conn, {(made.area_id, where): by for where, by in ((old, -1), (new, 1)) if where is not None})


def forget(conn: Connection, survey_ids: Sequence[str]) -> None:
    """To be called where nobody may know any more where these surveys were made."""
    rows = conn.all(select(place).where(place.c.survey_id.in_(survey_ids)).with_for_update())
    changes: dict[tuple[int, Square], int] = defaultdict(int)
    for row in rows:
        conn.run(_LEAVE, survey=row.survey_id)
        changes[row.area_id, Square(row.north, row.east)] -= 1
    _changed(conn, {(row.form, row.area_id, row.week) for row in rows})
    _count(conn, changes)


def _changed(conn: Connection, weeks: Iterable[tuple[str, int, date]]) -> None:
    """What wants checking in these hamlets' weeks is counted anew."""
    for form, area_id, week in sorted(weeks):
        conn.run(FRESHEN, form=form, area_id=area_id, week=week)


def _count(conn: Connection, changes: Mapping[tuple[int, Square], int]) -> None:
    # In one order everywhere, as tallies are: two at once never wait for each other in a circle.
    for (area_id, where), by in sorted(
        changes.items(), key=lambda one: (one[0][0], one[0][1].north, one[0][1].east)
    ):
        here = {"area_id": area_id, "north": where.north, "east": where.east}
        conn.run(_COUNT, **here, surveys=by)
        if by < 0:
            conn.run(_EMPTY, **here)


# ------------------------------------------------------------------ which lie far

Span = Mapping[str, Any]
"""A questionnaire (`form`) and a time: from `start` until before `end`."""

_where = (place.c.area_id, place.c.north, place.c.east)


def _in_time(span: Span) -> tuple[ColumnElement[bool], ...]:
    until = place.c.submitted_at < span["end"]
    return place.c.form == span["form"], place.c.submitted_at >= span["start"], until


def _in_squares(span: Span) -> Select[Any]:
    """How many surveys of each hamlet were made in each square."""
    many = select(*_where, func.count().label("n")).where(*_in_time(span))
    return many.group_by(*_where).order_by(*_where)


_ANY: Span = {name: bindparam(name) for name in ("form", "start", "end")}
_UNDER = Statement(_in_squares(_ANY).where(within(place.c.area_id)))
_BEHIND = Statement(
    select(_household.c.id, _household.c.name)
    .join_from(place, _survey, _survey.c.id == place.c.survey_id)
    .join(_household, _household.c.id == _survey.c.household_id)
    .where(*_in_time(_ANY), place.c.area_id == bindparam("hamlet"))
    .where(place.c.north == bindparam("north"), place.c.east == bindparam("east"))
    .where(within(_household.c.area_id))
    .order_by(place.c.submitted_at, place.c.survey_id)
    .limit(bindparam("most"))
)


def found(conn: Connection, under: Mapping[str, Any], span: Span) -> list[Row]:
    """`area_id`, square (`north`, `east`) and number (`n`) of the time's surveys that lie far from the others
    of their commune. `under` says which units, as `storage.maps.UNDER` takes it."""
    return list(_far(conn, conn.all(_UNDER, **under, **span), under["on"]))


def counted(conn: Connection, hamlets: Sequence[int], span: Span, on: date) -> list[Row]:
    """The same of these hamlets, on the map of the day `on`."""
    return list(_far(conn, conn.all(_in_squares(span).where(place.c.area_id.in_(hamlets))), on))


def behind(conn: Connection, there: Row, under: Mapping[str, Any], span: Span, most: int) -> list[Row]:
    """`id` and `name` of the households of some of those that were `found`."""
    here = {"hamlet": there.area_id, "north": there.north, "east": there.east}
    return conn.all(_BEHIND, **under, **span, **here, most=most)


def _far(conn: Connection, rows: Iterable[Row], on: date) -> Iterator[Row]:
    by_hamlet: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_hamlet[row.area_id].append(row)
    placed = sorted(by_hamlet)
    for start in range(0, len(placed), HAMLETS_AT_ONCE):
        hamlets = placed[start : start + HAMLETS_AT_ONCE]
        commune_of, squares = _communes(conn, hamlets, on)
        for hamlet in hamlets:
            commune = squares[commune_of.get(hamlet)]
            yield from (row for row in by_hamlet[hamlet] if far(Square(row.north, row.east), commune))


def _communes(
    conn: Connection, hamlets: Sequence[int], on: date
) -> tuple[dict[int, int], Mapping[int | None, Mapping[Square, int]]]:
    """In which commune each hamlet lies, and how many surveys were made in each of that commune's squares."""
    up = rise(select(area.c.id).where(area.c.id.in_(hamlets)), "placed", on)
    communes = select(up.c.unit).where(up.c.level == Level.COMMUNE.value).distinct()
    down = descend(select(area.c.id).where(area.c.id.in_(communes)), "beside", on)
    counts = select(down.c.unit, square).join_from(down, square, square.c.area_id == down.c.id)
    commune_of: dict[int, int] = {}
    found: dict[int | None, dict[Square, int]] = defaultdict(lambda: defaultdict(int))
    for row in conn.all(counts.order_by(square.c.surveys.desc())):
        commune_of[row.area_id] = row.unit
        found[row.unit][Square(row.north, row.east)] += row.surveys
    return commune_of, found


# ------------------------------------------------------------------ the slow way, to hold it against

_ADDED = Statement(select(*_where, func.count().label("surveys")).group_by(*_where))


def compare(conn: Connection) -> list[str]:
    """Where the squares of hamlets differ from what the surveys' places add up to: one line each."""
    kept, right = (
        {(row.area_id, row.north, row.east): row.surveys for row in conn.all(rows)}
        for rows in (select(square), _ADDED)
    )
    return [
        f"surveys of area {key[0]} in the square {key[1]} north, {key[2]} east: "
        f"{kept.get(key, 0)} is kept, {right.get(key, 0)} is counted"
        for key in sorted(kept.keys() | right.keys())
        if kept.get(key, 0) != right.get(key, 0)
    ]
