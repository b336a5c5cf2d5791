"""What wants checking in a week: surveys and households that somebody should look at again.

The database counts what is found; of the households behind it so many are named as are wanted, and no other
name is opened.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.sql import ColumnElement, Select

from content import indicators
from content.areas import Area
from content.figures import ALIKE, FAST_SECONDS, Check, Suspect, Week
from content.periods import Period
from storage import namesakes, places
from storage.areas import as_area
from storage.database import Connection, Row, Statement, table
from storage.maps import UNDER, area, within
from storage.tables import HouseholdRow, RevisionRow, SurveyRow

EVERYBODY = 1_000_000
"""So many to be named leaves nobody out."""

_household, _revision = table(HouseholdRow), table(RevisionRow)
_earlier = table(SurveyRow).alias("earlier")

_Span = Mapping[str, Any]
"""A questionnaire (`form`) and a time: a `week` by its Monday, or from `start` until before `end`."""


def _first(span: _Span) -> tuple[ColumnElement[bool], ...]:
    """First revisions, of households that are known."""
    in_time = (
        (_revision.c.week == span["week"],)
        if "week" in span
        else (_revision.c.submitted_at >= span["start"], _revision.c.submitted_at < span["end"])
    )
    known = (_revision.c.revision == 1, _revision.c.household_id.is_not(None))
    return (_revision.c.form == span["form"], *in_time, *known)


def _quick(span: _Span) -> tuple[ColumnElement[bool], ...]:
    """In too little time to be asked. A second visit may well be quick: what was answered before stands
    there."""
    again = exists().where(
        _earlier.c.household_id == _revision.c.household_id,
        _earlier.c.form == _revision.c.form,
        _earlier.c.id != _revision.c.survey_id,
        _earlier.c.submitted_at <= _revision.c.submitted_at,
    )
    return (*_first(span), _revision.c.seconds < FAST_SECONDS, ~again)


def _fast(span: _Span) -> Select[Any]:
    by_hamlet = select(_revision.c.area_id, func.count().label("n"))
    return by_hamlet.where(*_quick(span)).group_by(_revision.c.area_id)


def _alike(span: _Span) -> Select[Any]:
    """Surveys of one person in one hamlet whose answers all count the same."""
    what = (_revision.c.area_id, _revision.c.by, _revision.c.counts_id)
    many = select(*what, func.count().label("n")).where(*_first(span)).group_by(*what)
    return many.having(func.count() >= ALIKE).order_by(*what)


class _Statements:
    """What is asked of a week, or of a time between two moments."""

    def __init__(self, *time: str) -> None:
        span: _Span = {name: bindparam(name) for name in ("form", *time)}
        self.fast = Statement(_fast(span).where(within(_revision.c.area_id)))
        self.alike = Statement(_alike(span).where(within(_revision.c.area_id)))
        self.behind_fast = self._behind(*_quick(span))
        self.behind_alike = self._behind(
            *_first(span),
            _revision.c.by.is_not_distinct_from(bindparam("person")),
            _revision.c.counts_id == bindparam("counts"),
        )

    def _behind(self, *which: ColumnElement[bool]) -> Statement:
        return Statement(
            select(_household.c.id, _household.c.name)
            .join_from(_revision, _household, _household.c.id == _revision.c.household_id)
            .where(*which, _revision.c.area_id == bindparam("hamlet"))
            .where(within(_household.c.area_id))  # no business of theirs what others list
            .order_by(_revision.c.submitted_at)
            .limit(bindparam("most"))
        )


_IN_WEEK, _BETWEEN = _Statements("week"), _Statements("start", "end")
_HAMLETS = Statement(select(area).join(UNDER, UNDER.c.id == area.c.id))

_Look = Callable[[Row, int], Sequence[Row]]
"""The first so many households behind what was found."""


def found(  # noqa: PLR0913 - of what, where, when, and how closely
    conn: Connection, place: Mapping[str, Any], form: str, time: Week | Period, *, near: bool, named: int
) -> list[Check]:
    """The time's suspicious surveys and, where it is told `near` the households, those of one name; behind
    each check at most so many are `named`.

    `place` says which units, as `storage.maps.UNDER` takes it.
    """
    span = _span(form, time)
    ask = _IN_WEEK if "week" in span else _BETWEEN
    kinds: dict[str, tuple[list[Row], _Look]] = {
        "fast": (
            conn.all(ask.fast, **place, **span),
            lambda row, most: conn.all(ask.behind_fast, **place, **span, hamlet=row.area_id, most=most),
        ),
        "alike": (
            conn.all(ask.alike, **place, **span),
            lambda row, most: conn.all(
                ask.behind_alike,
                **place,
                **span,
                hamlet=row.area_id,
                person=row.by,
                counts=row.counts_id,
                most=most,
            ),
        ),
    }
    lasted = {"form": form, "start": time.start, "end": time.end}
    kinds["far"] = (
        places.found(conn, place, lasted),
        lambda row, most: places.behind(conn, row, place, lasted, most),
    )
    if near:
        kinds["same-name"] = (
            namesakes.found(conn, place, time.end),
            lambda row, most: namesakes.behind(conn, row, time.end, most),
        )
    if not any(rows for rows, _ in kinds.values()):
        return []
    hamlets = {row.id: as_area(row) for row in conn.all(_HAMLETS, **place)}
    return [
        check for kind in sorted(kinds) for check in _checks(kind, *kinds[kind], hamlets=hamlets, named=named)
    ]


def counted(
    conn: Connection, hamlets: Sequence[int], form: str, week: Week, on: date
) -> dict[tuple[str, int], int]:
    """How many surveys of the week are suspicious, by kind (as tallies name it) and hamlet; on the map of the
    day `on`."""
    span, here = _span(form, week), _revision.c.area_id.in_(hamlets)
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for kind, counting in ((indicators.FAST, _fast), (indicators.ALIKE, _alike)):
        for row in conn.all(counting(span).where(here)):
            counts[kind, row.area_id] += row.n
    for row in places.counted(conn, hamlets, {"form": form, "start": week.start, "end": week.end}, on):
        counts[indicators.FAR, row.area_id] += row.n
    return counts


def _span(form: str, time: Week | Period) -> _Span:
    if isinstance(time, Week):
        return {"form": form, "week": time.monday}
    return {"form": form, "start": time.start, "end": time.end}


def _checks(
    kind: str, rows: Sequence[Row], look: _Look, *, hamlets: Mapping[int, Area], named: int
) -> list[Check]:
    by_hamlet: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_hamlet[row.area_id].append(row)
    checks = []
    for hamlet, groups in sorted(by_hamlet.items()):
        behind: list[Row] = []
        for row in groups:
            if len(behind) < named:
                behind += look(row, named - len(behind))
        suspects = tuple(Suspect(one.id, one.name or f"#{one.id}") for one in behind)
        checks.append(Check(kind, hamlets[hamlet], sum(row.n for row in groups), suspects))
    return checks
