"""The figures from every revision and household there is, to hold the tallies against: a million a second.

What each revision says is added up for its hamlet's week as if nothing else were known of the household, from
one narrow index; then what was taken back is told from the few households that were asked more than once, in
the order of time. Of the hamlets, `AT_ONCE` are in memory at a time.
"""

import json
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from itertools import pairwise
from typing import Any

from sqlalchemy import Text, bindparam, cast, func, literal_column, or_, select, union
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from content.figures import monday_of
from content.indicators import LISTED
from storage import counts
from storage.database import Connection, Row, Statement, table
from storage.maps import area
from storage.tables import HouseholdRow, ListChangeRow, RevisionRow, SurveyRow
from storage.tallies import by, tally

AT_ONCE = 64
_HOUSEHOLDS_AT_ONCE = 50_000
_SETS_AT_ONCE = 5_000

_Cell = tuple[int, date]
"""A hamlet's week."""
Week = tuple[str, int, date]
"""A hamlet's week of a questionnaire; households on the list belong to none: ""."""
Texts = Sequence[str]
_NOTHING = "(0, 0)"


class _Joined(FunctionElement[str]):
    """A group's texts with commas between them."""

    type = Text()
    inherit_cache = True


@compiles(_Joined, "sqlite")
def _joined_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **options)}, ',')"


@compiles(_Joined, "postgresql")
def _joined_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **options)}, ',')"


_survey, _revision = table(SurveyRow), table(RevisionRow)
_household, _change = table(HouseholdRow), table(ListChangeRow)

_UNITS = Statement(select(area.c.id).order_by(area.c.id))
_SETS = Statement(
    select(counts.counts.c.id, cast(counts.counts.c.counts, Text).label("text"))
    .where(counts.counts.c.id > bindparam("after"))
    .order_by(counts.counts.c.id)
    .limit(_SETS_AT_ONCE)
)
_SAID = Statement(
    select(
        _revision.c.area_id,
        _revision.c.week,
        _revision.c.by,
        _Joined(cast(_revision.c.counts_id, Text)).label("sets"),
        func.count().label("n"),
        func.min(_revision.c.submitted_at, type_=_revision.c.submitted_at.type).label("first"),
        func.max(_revision.c.submitted_at, type_=_revision.c.submitted_at.type).label("last"),
    )
    .where(_revision.c.form == bindparam("form"))
    .where(_revision.c.area_id.between(bindparam("from_unit"), bindparam("to_unit")))
    .group_by(_revision.c.area_id, _revision.c.week, _revision.c.by)
)
_told = [tally.c.indicator, *(cast(tally.c[name], Text) for name in ("numerator", "denominator"))]
_TALLIES = Statement(
    select(
        *(week := [tally.c.form, tally.c.area_id, tally.c.week]),
        _Joined(_told[0] + " " + _told[1] + " " + _told[2]).label("tallies"),
    )
    .where(tally.c.area_id.between(bindparam("from_unit"), bindparam("to_unit")))
    .where(or_(tally.c.form == bindparam("form"), tally.c.form == ""), tally.c.indicator.not_like("!%"))
    .where(or_(tally.c.numerator != 0, tally.c.denominator != 0))
    .group_by(*week)
)
_LISTED = Statement(
    select(_household.c.area_id, _household.c.listed_in, _household.c.created_at, func.count().label("n"))
    .where(_household.c.area_id.between(bindparam("from_unit"), bindparam("to_unit")))
    .group_by(_household.c.area_id, _household.c.listed_in, _household.c.created_at)
)
_OFF = Statement(
    select(_household.c.listed_in.label("unit"), _household.c.created_at, func.count().label("n"))
    .where(_household.c.left_of.is_not(None))
    .group_by(_household.c.listed_in, _household.c.created_at)
)
_CHANGES = Statement(
    select(_change.c.area_id.label("unit"), _change.c.at, func.sum(_change.c.change).label("n")).group_by(
        _change.c.area_id, _change.c.at
    )
)
_NEWEST_HOUSEHOLD = Statement(select(func.max(_household.c.id).label("id")))
_revisions = select(
    _revision.c.survey_id,
    _revision.c.revision,
    _revision.c.household_id,
    _revision.c.area_id,
    _revision.c.week,
    cast(_revision.c.counts_id, Text).label("set"),
).order_by(_revision.c.submitted_at, _revision.c.survey_id, _revision.c.revision)
_between = _survey.c.household_id.between(bindparam("from_household"), bindparam("to_household"))
_revised = select(_revision.c.survey_id).where(_revision.c.revision > literal_column("1"))
_again = (
    select(_survey.c.household_id)
    .where(_survey.c.form == bindparam("form"), _between)
    .group_by(_survey.c.household_id)
    .having(func.count() > 1)
)
_AGAIN = Statement(
    _revisions.where(
        _revision.c.survey_id.in_(
            union(
                select(_survey.c.id).where(
                    _survey.c.form == bindparam("form"), _survey.c.household_id.in_(_again)
                ),
                select(_survey.c.id).where(
                    _survey.c.form == bindparam("form"), _between, _survey.c.id.in_(_revised)
                ),
            )
        )
    )
)
_NOBODY_AGAIN = Statement(
    _revisions.where(
        _revision.c.survey_id.in_(
            select(_survey.c.id).where(
                _survey.c.form == bindparam("form"),
                _survey.c.household_id.is_(None),
                _survey.c.id.in_(_revised),
            )
        )
    )
)


def compare(conn: Connection, form: str, zone: tzinfo) -> list[str]:
    """Where the tallies and a recount differ: one line each; empty where all agree."""
    count = Recount(conn, form, zone)
    return [line for units in count.portions() for line in count.compare(*units)]


class Recount:
    """One recount of a questionnaire: what was said, less what was taken back."""

    def __init__(self, conn: Connection, form: str, zone: tzinfo) -> None:
        self._conn = conn
        self._form = form
        self._monday = _Mondays(zone)
        self._sets = _Sets(conn)
        self._back = self._taken_back()
        self._listed = self._on_lists()

    def portions(self) -> Iterator[tuple[int, int]]:
        """The units, some at a time: the first and the last of them."""
        units = [row.id for row in self._conn.all(_UNITS)]
        for start in range(0, len(units), AT_ONCE):
            part = units[start : start + AT_ONCE]
            yield part[0], part[-1]

    def compare(self, first: int, last: int) -> list[str]:
        """Where these units' tallies are wrong."""
        odd: list[str] = []
        for cell, kept, right in self.wrong(first, last, odd):
            odd += _differences(cell, kept, right)
        return odd

    def wrong(self, first: int, last: int, odd: list[str]) -> Iterator[tuple[Week, Texts, Texts]]:
        """The weeks of these units whose tallies are wrong: what is kept, and what is right, as texts
        "indicator numerator denominator". Adds to `odd` what is wrong with the revisions themselves."""
        right = self._right(first, last, odd)
        rows = self._conn.all(_TALLIES, form=self._form, from_unit=first, to_unit=last)
        kept = {(row.form, row.area_id, row.week): row.tallies.split(",") for row in rows}
        for cell in sorted(kept.keys() | right.keys()):
            if set(kept.get(cell, ())) != set(right.get(cell, ())):
                yield cell, kept.get(cell, ()), right.get(cell, ())

    def _right(self, first: int, last: int, odd: list[str]) -> dict[Week, list[str]]:
        """What these units' tallies should be, each as a text: so they cost little to compare."""
        found: dict[Week, list[str]] = defaultdict(list)
        said: dict[_Cell, int] = defaultdict(int)
        for row in self._conn.all(_SAID, form=self._form, from_unit=first, to_unit=last):
            if not self._monday(row.first) == row.week == self._monday(row.last):
                odd.append(
                    f"revisions of area {row.area_id} that count in the week of {row.week} "
                    f"were submitted from {row.first.isoformat()} to {row.last.isoformat()}"
                )
            said[row.area_id, row.week] += self._sets.sum(row.sets)
            if row.by is not None:
                found[self._form, row.area_id, row.week].append(f"{by(row.by)} {row.n} {row.n}")
        for cell in said.keys() | {cell for cell in self._back if first <= cell[0] <= last}:
            found[self._form, *cell] += self._sets.left(said[cell], self._back.get(cell, 0))
        for (unit, week), n in self._listed.items():
            if first <= unit <= last:
                found["", unit, week].append(f"{LISTED} {n} {n}")
        return found

    def _taken_back(self) -> dict[_Cell, int]:
        newest = self._conn.one(_NEWEST_HOUSEHOLD)
        end = (newest.id if newest and newest.id else 0) + 1
        back: dict[_Cell, int] = defaultdict(int)
        for first, last in pairwise((*range(1, end, _HOUSEHOLDS_AT_ONCE), end)):
            span = {"from_household": first, "to_household": last - 1}
            self._take_back(back, self._conn.all(_AGAIN, form=self._form, **span))
        self._take_back(back, self._conn.all(_NOBODY_AGAIN, form=self._form))
        return back

    def _take_back(self, back: dict[_Cell, int], revisions: list[Row]) -> None:
        counted: dict[int | str, Row] = {}
        """By household (or by survey, where nobody is named): what counts now."""
        for one in revisions:
            whose = one.household_id or one.survey_id
            before = counted.get(whose)
            if before is not None and before.survey_id != one.survey_id and one.revision > 1:
                # A correction of a survey that a later one has replaced never counted.
                back[one.area_id, one.week] += self._sets.sum(one.set)
                continue
            if before is not None:
                back[before.area_id, one.week] += self._sets.sum(before.set)
            counted[whose] = one

    def _on_lists(self) -> Mapping[_Cell, int]:
        found: dict[_Cell, int] = defaultdict(int)
        for first, last in self.portions():
            for row in self._conn.all(_LISTED, from_unit=first, to_unit=last):
                unit = row.area_id if row.listed_in is None else row.listed_in
                found[unit, self._monday(row.created_at)] += row.n
        for row in self._conn.all(_OFF):  # each was listed, and left by a change
            found[row.unit, self._monday(row.created_at)] += row.n
        for row in self._conn.all(_CHANGES):
            found[row.unit, self._monday(row.at)] += int(row.n)
        return {cell: n for cell, n in found.items() if n}


class _Sets:
    """All sets of counts, each as one number in which every count has 64 bits of its own: so sets are added
    as numbers are, thirty counts at a time."""

    def __init__(self, conn: Connection) -> None:
        self._places: dict[str, int] = {}
        self._packed: dict[str, int] = {}
        after = -1
        while rows := conn.all(_SETS, after=after):
            after = rows[-1].id
            for row in rows:
                self._packed[str(row.id)] = self._pack(json.loads(row.text))

    def sum(self, numbers: str) -> int:
        """The sum of the sets of these numbers, told with commas between them."""
        return sum(map(self._packed.__getitem__, numbers.split(",")))

    def left(self, said: int, back: int) -> Iterator[str]:
        """By indicator what is left of one sum less another; what is nothing is left out."""
        more, less = self._open(said), self._open(back)
        for name, place in self._places.items():
            n, d = more[place] - less[place], more[place + 1] - less[place + 1]
            if n or d:
                yield f"{name} {n} {d}"

    def _pack(self, added: counts.Counts) -> int:
        packed = 0
        for name, (n, d) in added.items():
            place = self._places.setdefault(name, 2 * len(self._places))
            packed += (n + (d << 64)) << (64 * place)
        return packed

    def _open(self, packed: int) -> tuple[int, ...]:
        size = 2 * len(self._places)
        return struct.unpack(f"<{size}Q", packed.to_bytes(8 * size, "little"))


def _differences(cell: Week, kept: Iterable[str], right: Iterable[str]) -> Iterator[str]:
    form, unit, week = cell
    rows, counted = (
        {name: f"({n}, {d})" for name, n, d in (text.rsplit(" ", 2) for text in texts)}
        for texts in (kept, right)
    )
    for name in sorted(rows.keys() | counted.keys()):
        if rows.get(name) != counted.get(name):
            yield (
                f"tally of {form or 'households'}, area {unit}, week of {week}, {name}: "
                f"{rows.get(name, _NOTHING)} is kept, {counted.get(name, _NOTHING)} is counted"
            )


class _Mondays:
    """The Monday of moments, by the clock of a zone: looked up once an hour of them."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._known: dict[tuple[int, int, int, int], date] = {}

    def __call__(self, at: datetime) -> date:
        hour = (at.year, at.month, at.day, at.hour)
        week = self._known.get(hour)
        if week is None:
            week = self._known[hour] = monday_of(at.astimezone(self._zone).date())
        return week
