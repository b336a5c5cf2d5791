"""How far areas had come at a moment: the tally rows of the weeks before, and what the begun week added.

A report's month ends in the middle of a week. So the whole weeks are summed, which takes milliseconds, and
only who was surveyed in the begun one is looked at submission by submission.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from content.figures import Share, Standing, monday_of
from content.indicators import DONE, LISTED, REFUSED
from storage.counts import counts
from storage.database import Connection, Row, Statement, table
from storage.maps import UNDER, within
from storage.tables import HouseholdRow, ListChangeRow, RevisionRow, SurveyRow
from storage.tallies import tally

Sums = dict[int, dict[str, list[int]]]
"""By line and indicator: numerator and denominator."""

_survey, _revision = table(SurveyRow), table(RevisionRow)
_household, _change = table(HouseholdRow), table(ListChangeRow)

_WHOLE_WEEKS = Statement(
    select(
        UNDER.c.line,
        tally.c.indicator,
        func.sum(tally.c.numerator).label("numerator"),
        func.sum(tally.c.denominator).label("denominator"),
    )
    .join_from(UNDER, tally, tally.c.area_id == UNDER.c.id)
    .where(or_(tally.c.form == bindparam("form"), tally.c.form == ""), tally.c.week < bindparam("monday"))
    .where(tally.c.indicator.not_like("@%"), UNDER.c.line.is_not(None), within(tally.c.area_id))
    .group_by(UNDER.c.line, tally.c.indicator)
)
_IN_WEEK = (
    select(_survey.c.id, _survey.c.household_id)
    .join_from(_revision, _survey, _survey.c.id == _revision.c.survey_id)
    .where(_revision.c.submitted_at >= bindparam("start"), _revision.c.submitted_at < bindparam("end"))
    .where(_survey.c.form == bindparam("form"))
)
_HISTORIES = Statement(
    select(
        UNDER.c.line,
        _survey.c.household_id,
        _revision.c.survey_id,
        _revision.c.revision,
        counts.c.counts,
        _revision.c.submitted_at,
    )
    .join_from(_survey, _revision, _revision.c.survey_id == _survey.c.id)
    .join(counts, counts.c.id == _revision.c.counts_id)
    .join(UNDER, UNDER.c.id == _survey.c.area_id, isouter=True)
    .where(_survey.c.form == bindparam("form"), _revision.c.submitted_at < bindparam("end"))
    .where(
        or_(
            _survey.c.id.in_(_IN_WEEK.with_only_columns(_survey.c.id)),
            _survey.c.household_id.in_(_IN_WEEK.with_only_columns(_survey.c.household_id)),
        )
    )
    .order_by(_revision.c.submitted_at, _revision.c.survey_id, _revision.c.revision)
)
_LISTED_IN_WEEK = Statement(
    select(UNDER.c.line, func.count().label("n"))
    .join_from(UNDER, _household, func.coalesce(_household.c.listed_in, _household.c.area_id) == UNDER.c.id)
    .where(_household.c.created_at >= bindparam("start"), _household.c.created_at < bindparam("end"))
    .where(UNDER.c.line.is_not(None))
    .group_by(UNDER.c.line)
)
_CHANGED_IN_WEEK = Statement(
    select(UNDER.c.line, func.sum(_change.c.change).label("n"))
    .join_from(UNDER, _change, _change.c.area_id == UNDER.c.id)
    .where(_change.c.at >= bindparam("start"), _change.c.at < bindparam("end"))
    .where(UNDER.c.line.is_not(None))
    .group_by(UNDER.c.line)
)


def standings(conn: Connection, place: Mapping[str, Any], form: str, moment: datetime) -> dict[int, Standing]:
    """By unit of the place's level, how it stood at the moment, which is aware at the district's zone.

    `place` says which units, as `storage.maps.UNDER` takes it.
    """
    monday = monday_of(moment.date())
    start = datetime.combine(monday, time(), moment.tzinfo)
    sums: Sums = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in conn.all(_WHOLE_WEEKS, **place, form=form, monday=monday):
        sums[row.line][row.indicator] = [row.numerator, row.denominator]
    if start < moment:
        _add_begun_week(conn, sums, place, {"form": form, "start": start, "end": moment})
    return {line: standing(found) for line, found in sums.items()}


def standing(sums: Mapping[str, Iterable[int]]) -> Standing:
    """Sums by indicator as the standing that they are."""
    shares = {name: Share(*both) for name, both in sums.items() if not name.startswith("!")}
    done, refused, planned = (shares.pop(name, Share()).numerator for name in (DONE, REFUSED, LISTED))
    return Standing(done, refused, planned, shares)


def _add_begun_week(conn: Connection, sums: Sums, place: Mapping[str, Any], span: Mapping[str, Any]) -> None:
    rows = conn.all(_HISTORIES, **place, **span)
    before = _counted(row for row in rows if row.submitted_at < span["start"])
    for sign, counted in ((-1, before), (1, _counted(rows))):
        for row in counted:
            for name, (numerator, denominator) in row.counts.items() if row.line is not None else ():
                sums[row.line][name][0] += sign * numerator
                sums[row.line][name][1] += sign * denominator
    for found in (_LISTED_IN_WEEK, _CHANGED_IN_WEEK):
        for row in conn.all(found, **place, start=span["start"], end=span["end"]):
            listed = sums[row.line][LISTED]
            listed[:] = [listed[0] + int(row.n), listed[1] + int(row.n)]


def _counted(rows: Iterable[Row]) -> Iterable[Row]:
    """Of each household the newest revision of its newest survey: what counts after these revisions."""
    counted: dict[int | str, Row] = {}
    for row in rows:
        whose = row.household_id or row.survey_id
        before = counted.get(whose)
        replaced = before is not None and before.survey_id != row.survey_id and row.revision > 1
        if not replaced:  # a correction of a survey that a later one has replaced changes nothing
            counted[whose] = row
    return counted.values()
