"""Surveys: submitted once, corrected by revisions, counted once for each household and questionnaire."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import orjson
from sqlalchemy import and_, bindparam, exists, func, select, update

from content.figures import monday_of
from content.households import Survey
from content.places import Square
from content.values import dataclass
from storage import absences, counts, list_changes, photos, places, tallies
from storage.absences import absence
from storage.columns import behind
from storage.counts import Counts
from storage.database import Connection, Row, Statement, table
from storage.tables import HouseholdRow, RevisionRow, SurveyRow
from storage.tallies import NOTHING, HamletWeek

_survey, _revision, _household = table(SurveyRow), table(RevisionRow), table(HouseholdRow)
_counts = counts.counts


class Count(Protocol):
    """What a survey adds to the figures: `content.indicators.counts`."""

    def __call__(
        self, form: str, values: Mapping[str, str], *, consent: bool
    ) -> Mapping[str, tuple[int, int]]: ...


@dataclass(frozen=True, slots=True)
class Submission:
    """A finished questionnaire, by whom and through which channel. Where they refused, `household_id` is None
    and `values` and `xml` are empty: nothing that names anybody is kept.

    `submitted_at` carries the district's zone, which decides the week it counts in; where it is not after
    what was submitted of the household before, it is kept as just after that. `square` is where the answers
    say that it was made (`content.places.square`).
    """

    survey_id: str
    form: str
    version: str
    area_id: int
    household_id: int | None
    values: Mapping[str, str]
    xml: str
    consent: bool
    wording: str
    started_at: datetime
    submitted_at: datetime
    by: int | None
    channel: str
    photos: tuple[str, ...] = ()
    invented: bool = False
    square: Square | None = None


_latest = and_(_revision.c.survey_id == _survey.c.id, _revision.c.revision == _survey.c.revision)
_STANDS = Statement(
    select(
        _survey.c.id,
        _survey.c.revision,
        _survey.c.area_id,
        _survey.c.household_id,
        _survey.c.current,
        _survey.c.submitted_at,
        _revision.c.submitted_at.label("last_at"),
        _counts.c.counts,
        places.place.c.north,
        places.place.c.east,
    )
    .join(_revision, _latest)
    .join(_counts, _counts.c.id == _revision.c.counts_id)
    .outerjoin(places.place, places.place.c.survey_id == _survey.c.id)
    .where(_survey.c.id == bindparam("survey"))
    .with_for_update(of=_survey)
)
_COUNTED = Statement(
    select(_survey.c.id, _survey.c.area_id, _counts.c.counts)
    .join(_revision, _latest)
    .join(_counts, _counts.c.id == _revision.c.counts_id)
    .where(
        _survey.c.household_id == bindparam("household"),
        _survey.c.form == bindparam("form"),
        _survey.c.current,
    )
)
_LOCK = Statement(
    select(
        _household.c.id,
        _household.c.left_of,
        exists().where(absence.c.household_id == _household.c.id).label("absent"),
    )
    .where(
        _household.c.id
        == func.coalesce(
            select(_survey.c.household_id).where(_survey.c.id == bindparam("survey")).scalar_subquery(),
            bindparam("household", type_=_household.c.id.type),
        )
    )
    .with_for_update()
)
_NEWEST = Statement(
    select(func.max(_revision.c.submitted_at, type_=_revision.c.submitted_at.type).label("at"))
    .join_from(_survey, _revision, _revision.c.survey_id == _survey.c.id)
    .where(_survey.c.household_id == bindparam("household"), _survey.c.form == bindparam("form"))
)
_SUPERSEDE = Statement(update(_survey).where(_survey.c.id == bindparam("survey")).values(current=False))
_REVISE = Statement(
    update(_survey)
    .where(_survey.c.id == bindparam("survey"))
    .values(revision=_survey.c.revision + 1, consent=bindparam("agreed"))
)
_full = select(
    _survey.c.id,
    _survey.c.revision,
    _survey.c.household_id,
    _survey.c.form,
    _survey.c.submitted_at,
    _survey.c.by,
    _revision.c.version,
    _revision.c["values"].label("answers"),
    _revision.c.wording,
).join(_revision, _latest)
_FIND = Statement(_full.where(_survey.c.id == bindparam("survey"), _survey.c.household_id.is_not(None)))
_LAST = Statement(
    _full.where(
        _survey.c.household_id == bindparam("household"),
        _survey.c.form == bindparam("form"),
        _survey.c.current,
    )
)
_of_person = (
    _survey.c.by == bindparam("person"),
    _survey.c.form == bindparam("form"),
    _survey.c.household_id.is_not(None),
)
_ANY = Statement(select(_survey.c.id).where(*_of_person).limit(1))
_MINE = Statement(
    _full.where(*_of_person).order_by(_survey.c.submitted_at.desc(), _survey.c.id).limit(bindparam("most"))
)


def submit(conn: Connection, submission: Submission, count: Count) -> int:
    """Keeps a submission; the number of the revision that it is, 1 for a new survey.

    The same survey id again is a revision of it: it stays in the hamlet, of the household and of the day of
    the first. A new survey of a household takes the place of the one before: that is kept, but no longer
    counted. A household that was taken off its list is put back: somebody lives there.
    The figures are adjusted in the same transaction. Raises ValueError for a refusal that has answers.
    """
    if not submission.consent and (submission.values or submission.xml):
        raise ValueError("a refusal must not carry answers")
    added = count(submission.form, submission.values, consent=submission.consent)
    conn.fill()
    # First of all: who writes a new one keeps others waiting who write the same.
    counts_id = counts.keep(conn, added)
    # Two members in one house: one after the other.
    house = conn.one(_LOCK, survey=submission.survey_id, household=submission.household_id)
    if house is not None and house.left_of is not None:
        list_changes.put_back(conn, house.id, "surveyed", submission.by, submission.submitted_at)
    if house is not None and house.absent:
        absences.forget(conn, house.id)
    stands = conn.one(_STANDS, survey=submission.survey_id)
    submission = _after_all_before(conn, submission, stands)
    if stands is None:
        _add(conn, submission, added)
        revision, area_id, household_id = 1, submission.area_id, submission.household_id
    else:
        _revise(conn, submission, added, stands)
        revision, area_id, household_id = stands.revision + 1, stands.area_id, stands.household_id
    conn.insert(
        _revision,
        survey_id=submission.survey_id,
        revision=revision,
        version=submission.version,
        values=orjson.dumps(dict(submission.values)).decode(),
        xml=submission.xml,
        form=submission.form,
        area_id=area_id,
        household_id=household_id,
        week=monday_of(submission.submitted_at.date()),
        seconds=int((submission.submitted_at - submission.started_at).total_seconds()),
        counts_id=counts_id,
        wording=submission.wording,
        channel=submission.channel,
        by=submission.by,
        started_at=submission.started_at,
        submitted_at=submission.submitted_at,
    )
    photos.attach(conn, submission.survey_id, submission.photos)
    _place(conn, submission, stands, area_id, household_id)
    return revision


def _after_all_before(conn: Connection, new: Submission, stands: Row | None) -> Submission:
    """The submission as made after all that was submitted of the household before, also where the clock was
    set back meanwhile: what it takes back would else be taken from a week that had not counted it yet, and
    nobody could tell later what took the place of what."""
    household = new.household_id if stands is None else stands.household_id
    newest = None if household is None else conn.one(_NEWEST, household=household, form=new.form)
    last = newest.at if newest is not None else None
    if last is None and stands is not None:
        last = stands.last_at
    return replace(new, submitted_at=behind(new.submitted_at, last))


def _add(conn: Connection, new: Submission, added: Counts) -> None:
    here = HamletWeek(new.form, new.area_id, new.submitted_at)
    before: Counts = NOTHING
    if new.household_id is not None:
        old = conn.one(_COUNTED, household=new.household_id, form=new.form)
        if old is not None:
            conn.run(_SUPERSEDE, survey=old.id)
        if old is not None and old.area_id == new.area_id:
            before = old.counts
        elif old is not None:
            tallies.adjust(conn, HamletWeek(new.form, old.area_id, new.submitted_at), old.counts, NOTHING)
    tallies.adjust(conn, here, before, added, new.by)
    conn.insert(
        _survey,
        id=new.survey_id,
        form=new.form,
        area_id=new.area_id,
        household_id=new.household_id,
        consent=new.consent,
        revision=1,
        by=new.by,
        submitted_at=new.submitted_at,
        invented=new.invented,
    )


def _revise(conn: Connection, new: Submission, added: Counts, stands: Row) -> None:
    where = HamletWeek(new.form, stands.area_id, new.submitted_at)
    if stands.current:
        tallies.adjust(conn, where, stands.counts, added, new.by)
    else:  # a later survey of the household counts; this one is only set right
        tallies.adjust(conn, where, NOTHING, NOTHING, new.by)
    conn.run(_REVISE, survey=new.survey_id, agreed=new.consent)


def _place(
    conn: Connection, new: Submission, stands: Row | None, area_id: int, household_id: int | None
) -> None:
    """Notes where it was made; where nobody is named, there is no household that could be looked at."""
    before = None if stands is None or stands.north is None else Square(stands.north, stands.east)
    now = None if household_id is None else new.square
    if before == now:
        return
    first = new.submitted_at if stands is None else stands.submitted_at
    week = monday_of(first.astimezone(new.submitted_at.tzinfo).date())
    places.keep(conn, places.Made(new.survey_id, new.form, area_id, week, first), before, now)


def find(conn: Connection, survey_id: str) -> Survey | None:
    """The newest revision of a survey; None also for a refusal, which has no answers."""
    row = conn.one(_FIND, survey=survey_id)
    return None if row is None else _made(row)


def last(conn: Connection, household_id: int, form: str) -> Survey | None:
    """The answers by which a household is counted now."""
    row = conn.one(_LAST, household=household_id, form=form)
    return None if row is None else _made(row)


def mine(conn: Connection, person_id: int, form: str, limit: int) -> list[Survey]:
    """The surveys that a person submitted last, newest first; refusals left out."""
    return [_made(row) for row in conn.all(_MINE, person=person_id, form=form, most=limit)]


def any_of(conn: Connection, person_id: int, form: str) -> bool:
    """Whether `mine` would give any."""
    return conn.one(_ANY, person=person_id, form=form) is not None


def _made(row: Row) -> Survey:
    return Survey(
        id=row.id,
        revision=row.revision,
        household_id=row.household_id,
        form=row.form,
        version=row.version,
        values=orjson.loads(row.answers),
        submitted_at=row.submitted_at,
        by=row.by,
        wording=row.wording,
    )
