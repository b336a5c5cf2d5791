"""Summary rows: what a hamlet's week added to each indicator. Digests read these and no submissions.

Whatever a submission changes is added in the week in which it happened, also where it takes back what was
counted in an earlier week: so the figures of a past week never change afterwards, and the figures so far are
the sum over the weeks. `recount` tells the same from the revisions, slowly; `compare` holds the two together.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, tzinfo

from sqlalchemy import Text, bindparam, cast, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from content.figures import monday_of
from content.indicators import LISTED
from content.values import dataclass
from storage.database import Connection, Row, Statement, table
from storage.tables import FreshRow, HouseholdRow, RevisionRow, SurveyRow, TallyRow

Counts = Mapping[str, Sequence[int]]
"""What a survey adds: indicator -> (numerator, denominator); see `content.indicators.counts`."""
Key = tuple[str, int, date, str]
"""(form, area, Monday, indicator); households on the list belong to no form: ""."""
Tally = tuple[int, int]

NOTHING: Counts = {}

tally = table(TallyRow)
fresh = table(FreshRow)
_survey = table(SurveyRow)
_revision = table(RevisionRow)
_household = table(HouseholdRow)

_COLUMNS = ("area_id", "form", "week", "indicator", "numerator", "denominator")
_given = insert(tally).values({name: bindparam(name, type_=tally.c[name].type) for name in _COLUMNS})
_again = insert(fresh).values({each.name: bindparam(each.name, type_=each.type) for each in fresh.c})
# Not "do nothing": who adds to a week waits for who rolls it up, and is noted after them.
FRESHEN = Statement(
    _again.on_conflict_do_update(index_elements=list(fresh.primary_key), set_={"form": _again.excluded.form})
)
"""Notes a hamlet's week as holding what is not rolled up; always before its tallies change."""
_ADD = Statement(
    _given.on_conflict_do_update(
        index_elements=["form", "area_id", "week", "indicator"],
        set_={name: tally.c[name] + _given.excluded[name] for name in ("numerator", "denominator")},
    )
)
# As text: most households were counted once, and many of them alike.
_REVISIONS = Statement(
    select(
        _survey.c.household_id,
        _survey.c.revision.label("newest"),
        _revision.c.survey_id,
        _revision.c.revision,
        cast(_revision.c.counts, Text).label("counts"),
        _revision.c.by,
        _revision.c.submitted_at,
    )
    .join_from(_survey, _revision, _survey.c.id == _revision.c.survey_id)
    .where(_survey.c.form == bindparam("form"), _survey.c.area_id == bindparam("area"))
)
_PLACES = Statement(select(_survey.c.area_id).where(_survey.c.form == bindparam("form")).distinct())
_AGAIN = Statement(
    select(_survey.c.household_id)
    .where(_survey.c.form == bindparam("form"), _survey.c.household_id.is_not(None))
    .group_by(_survey.c.household_id)
    .having(func.count() > 1)
)
_listed_in = func.coalesce(_household.c.listed_in, _household.c.area_id).label("area_id")
_LISTED = Statement(
    select(_listed_in, _household.c.created_at, func.count().label("n")).group_by(
        _listed_in, _household.c.created_at
    )
)
_TALLIES = Statement(
    select(tally).where(tally.c.form.in_([bindparam("form"), ""]), tally.c.indicator.not_like("!%"))
)


def by(person_id: int) -> str:
    """The row that counts what a person submitted in a hamlet's week."""
    return f"@{person_id}"


@dataclass(frozen=True, slots=True)
class HamletWeek:
    """Where a submission counts: the hamlet it was made in, and the week of `at`, which is aware and
    carries the district's zone: that decides where a week ends."""

    form: str
    area_id: int
    at: datetime


def adjust(
    conn: Connection, where: HamletWeek, old: Counts, new: Counts, person_id: int | None = None
) -> None:
    """Takes `old` back and adds `new`, in the submission's own transaction.

    `old` is what the same household (or the same survey) counted until now: `NOTHING` where it is the first.
    A household that was surveyed in another hamlet before needs two calls, one for each. `person_id`: who
    submitted; given once a submission.
    """
    changes = dict(_changes(old, new))
    if person_id is not None:
        changes[by(person_id)] = (1, 1)
    _add(conn, where, sorted(changes.items()))


def pass_on(conn: Connection, goes: int, stays: int) -> None:
    """What one submitted counts for another from now on."""
    for row in conn.all(select(tally).where(tally.c.indicator == by(goes))):
        at = datetime.combine(row.week, time())
        _add(conn, HamletWeek(row.form, row.area_id, at), [(by(stays), (row.numerator, row.denominator))])
    conn.run(delete(tally).where(tally.c.indicator == by(goes)))


def enlist(conn: Connection, area_id: int, at: datetime, households: int = 1) -> None:
    """Counts households that came onto a hamlet's list (less than 0: that left it) in the week of `at`."""
    _add(conn, HamletWeek("", area_id, at), [(LISTED, (households, households))])


def _changes(old: Counts, new: Counts) -> Iterator[tuple[str, Tally]]:
    for name in old.keys() | new.keys():
        (n1, d1), (n2, d2) = old.get(name, (0, 0)), new.get(name, (0, 0))
        if (n1, d1) != (n2, d2):
            yield name, (n2 - n1, d2 - d1)


def _add(conn: Connection, where: HamletWeek, changes: Sequence[tuple[str, Tally]]) -> None:
    # In one order of keys everywhere: two submissions at once never wait for each other in a circle.
    week = monday_of(where.at.date())
    if changes:
        conn.run(FRESHEN, area_id=where.area_id, form=where.form, week=week)
    conn.run_many(
        _ADD,
        [
            {
                "form": where.form,
                "area_id": where.area_id,
                "week": week,
                "indicator": name,
                "numerator": numerator,
                "denominator": denominator,
            }
            for name, (numerator, denominator) in changes
        ],
    )


# ------------------------------------------------------------------ the slow way, to hold it against


_MOST_PARSED = 50_000
"""Different counts that are kept parsed: some 40 MB at most."""


def recount(conn: Connection, form: str, zone: tzinfo) -> dict[Key, Tally]:
    """What the rows should be, from every revision and household there is; rows of nothing are left out."""
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    week_of = _Weeks(zone)
    again = {row.household_id for row in conn.all(_AGAIN, form=form)}
    parsed: dict[str, list[tuple[str, int, int]]] = {}
    superseded = []  # what was taken back, and by what, is told from these in the order of time
    for place in conn.all(_PLACES, form=form):
        once: Counter[tuple[date, str]] = Counter()
        who: Counter[tuple[date, int | None]] = Counter()
        for row in conn.all(_REVISIONS, form=form, area=place.area_id):
            week = week_of(row.submitted_at)
            who[week, row.by] += 1
            if row.newest == 1 and row.household_id not in again:
                once[week, row.counts] += 1
            else:
                superseded.append(_Told(place.area_id, week, row, json.loads(row.counts)))
        for (week, person), times in who.items():
            if person is not None:
                _plus(found[form, place.area_id, week, by(person)], (1, 1), times)
        for (week, name), both in _summed(once, parsed).items():
            _plus(found[form, place.area_id, week, name], both, 1)
    _recount_again(found, form, superseded)
    for row in conn.all(_LISTED):
        _plus(found["", row.area_id, week_of(row.created_at), LISTED], (1, 1), row.n)
    return {key: (n, d) for key, (n, d) in found.items() if n or d}


def _summed(
    once: Mapping[tuple[date, str], int], parsed: dict[str, list[tuple[str, int, int]]]
) -> dict[tuple[date, str], list[int]]:
    sums: dict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0])
    for (week, counts), times in once.items():
        if counts not in parsed:
            if len(parsed) == _MOST_PARSED:
                parsed.clear()
            parsed[counts] = [(name, *both) for name, both in json.loads(counts).items()]
        for name, n, d in parsed[counts]:
            sum_ = sums[week, name]
            sum_[0] += n * times
            sum_[1] += d * times
    return sums


@dataclass(frozen=True, slots=True)
class _Told:
    """A revision of a household that has others."""

    area_id: int
    week: date
    row: Row
    counts: Counts


def _recount_again(found: dict[Key, list[int]], form: str, revisions: list[_Told]) -> None:
    counted: dict[
        int | str, _Told
    ] = {}  # by household (or by survey, where nobody is named): what counts now
    for one in sorted(revisions, key=lambda one: (one.row.submitted_at, one.row.survey_id, one.row.revision)):
        whose = one.row.household_id or one.row.survey_id
        before = counted.get(whose)
        if before is not None and before.row.survey_id != one.row.survey_id and one.row.revision > 1:
            continue  # a correction of a survey that a later one has replaced
        if before is not None:
            for name, both in before.counts.items():
                _plus(found[form, before.area_id, one.week, name], both, -1)
        for name, both in one.counts.items():
            _plus(found[form, one.area_id, one.week, name], both, 1)
        counted[whose] = one


def compare(conn: Connection, form: str, zone: tzinfo) -> list[str]:
    """Where the rows and a recount differ: one line each; empty where all agree."""
    right = recount(conn, form, zone)
    rows = {
        (row.form, row.area_id, row.week, row.indicator): (row.numerator, row.denominator)
        for row in conn.all(_TALLIES, form=form)
        if row.numerator or row.denominator
    }
    return [
        f"tally of {key[0] or 'households'}, area {key[1]}, week of {key[2]}, {key[3]}: "
        f"{rows.get(key, (0, 0))} is kept, {right.get(key, (0, 0))} is counted"
        for key in sorted(rows.keys() | right.keys())
        if rows.get(key) != right.get(key)
    ]


class _Weeks:
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


def _plus(sums: list[int], counts: Sequence[int], sign: int) -> None:
    sums[0] += sign * counts[0]
    sums[1] += sign * counts[1]
