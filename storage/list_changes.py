"""Households that are taken off their hamlet's list, and put back: so that one that stands there twice, or is
not there any more, keeps nobody below all of them.

What their surveys count goes and comes with them, as a revision of each that says the same and counts nothing
(or again what it did): so a past week's figures stay, and a recount follows of itself.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import and_, bindparam, delete, func, null, select, update

from content.figures import monday_of
from content.households import TakenOff, Why
from storage import counts, namesakes, tallies
from storage.columns import behind
from storage.counts import Counts
from storage.database import Connection, Row, Statement, table
from storage.tables import AssignmentRow, HouseholdRow, ListChangeRow, RevisionRow, SurveyRow
from storage.tallies import NOTHING, HamletWeek

Back = Literal["asked", "surveyed"]
"""Why a household is put back: somebody said so, or it was surveyed."""
BY_LIST = "list"
"""The channel of a revision that nobody sent: the list made it."""

_household, _change, _given = table(HouseholdRow), table(ListChangeRow), table(AssignmentRow)
_survey, _revision = table(SurveyRow), table(RevisionRow)
_this = _household.c.id == bindparam("household")
_LOCK = Statement(select(_household).where(_this).with_for_update())
_listed = func.coalesce(_household.c.listed_in, _household.c.area_id)
_OFF = Statement(
    update(_household)
    .where(_this)
    .values(area_id=null(), left_of=_household.c.area_id, listed_in=_listed, doubled=False)
)
_ON = Statement(update(_household).where(_this).values(area_id=_household.c.left_of, left_of=null()))
_later = _change.alias("later")
_newest = (
    select(func.max(_later.c.id)).where(_later.c.household_id == _household.c.id).correlate(_household)
).scalar_subquery()
_TAKEN_OFF = Statement(
    select(_household.c.id, _household.c.key, _household.c.name, _household.c.address)
    .add_columns(_change.c.reason, _change.c.at)
    .join_from(_household, _change, _change.c.id == _newest)
    .where(_household.c.left_of == bindparam("hamlet"))
    .order_by(_change.c.id.desc())
)
_counted, _sent = counts.counts, counts.counts.alias("sent")
_asked = _revision.alias("asked")
_last_sent = (
    select(func.max(_asked.c.revision))
    .where(_asked.c.survey_id == _survey.c.id, _asked.c.channel != BY_LIST)
    .correlate(_survey)
    .scalar_subquery()
)
_SURVEYS = Statement(
    select(_revision, _counted.c.counts, _sent.c.counts.label("sent"))
    .join_from(_survey, _revision, _revision.c.survey_id == _survey.c.id)
    .join(_counted, _counted.c.id == _revision.c.counts_id)
    .join(_asked, and_(_asked.c.survey_id == _survey.c.id, _asked.c.revision == _last_sent))
    .join(_sent, _sent.c.id == _asked.c.counts_id)
    .where(_survey.c.household_id == bindparam("household"), _survey.c.current)
    .where(_revision.c.revision == _survey.c.revision)
    .order_by(_survey.c.form)
)
_REVISE = Statement(
    update(_survey).where(_survey.c.id == bindparam("survey")).values(revision=bindparam("number"))
)


def take_off(conn: Connection, household_id: int, why: Why, by: int | None, now: datetime) -> bool:
    """Takes the household off its hamlet's list, and from whom it was given to; whether it was on it. `now`
    carries the district's zone, which decides the week in which that counts."""
    row = conn.one(_LOCK, household=household_id)
    if row is None or row.area_id is None:
        return False
    conn.run(_OFF, household=household_id)
    conn.run(delete(_given).where(_given.c.household_id == household_id))
    for survey in conn.all(_SURVEYS, household=household_id):
        _count(conn, survey, NOTHING, now)
    _note(conn, row, row.listed_in or row.area_id, -1, why, by, now)
    namesakes.settle(conn, row.area_id, row.mark or namesakes.NOBODYS)
    return True


def put_back(conn: Connection, household_id: int, why: Back, by: int | None, now: datetime) -> bool:
    """Puts the household back on the list that it left, and counts its surveys again; whether it was off."""
    row = conn.one(_LOCK, household=household_id)
    if row is None or row.left_of is None:
        return False
    conn.run(_ON, household=household_id)
    for survey in conn.all(_SURVEYS, household=household_id):
        _count(conn, survey, survey.sent, now)
    _note(conn, row, row.listed_in, 1, why, by, now)
    namesakes.settle(conn, row.left_of, row.mark or namesakes.NOBODYS)
    return True


def taken_off(conn: Connection, hamlet_id: int) -> list[TakenOff]:
    """The households that are off the hamlet's list, those first that left it last."""
    return [
        TakenOff(row.id, row.key, row.name or f"#{row.id}", row.address, row.reason, row.at)
        for row in conn.all(_TAKEN_OFF, hamlet=hamlet_id)
    ]


def _note(  # noqa: PLR0913, PLR0917 - one row
    conn: Connection, household: Row, area_id: int, change: int, why: str, by: int | None, now: datetime
) -> None:
    what = {"household_id": household.id, "area_id": area_id, "at": now, "change": change}
    conn.insert(_change, **what, reason=why, by=by)
    tallies.enlist(conn, area_id, now, change)


def _count(conn: Connection, last: Row, added: Counts, now: datetime) -> None:
    """Has a survey count that from now on, by a revision that says what its `last` one says."""
    at = behind(now, last.submitted_at)
    copied = {
        name: getattr(last, name)
        for name in ("survey_id", "version", "xml", "form", "area_id", "household_id", "seconds", "wording")
    }
    conn.insert(
        _revision,
        **copied,
        revision=last.revision + 1,
        values=getattr(last, "values"),  # noqa: B009 - a row's own method has that name
        week=monday_of(at.date()),
        counts_id=counts.keep(conn, added),
        channel=BY_LIST,
        by=None,
        started_at=at,
        submitted_at=at,
        anonymised_at=last.anonymised_at,
    )
    conn.run(_REVISE, survey=last.survey_id, number=last.revision + 1)
    tallies.adjust(conn, HamletWeek(last.form, last.area_id, at), last.counts, added)
