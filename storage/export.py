"""What was submitted, read for handing out: hamlet by hamlet, never more than a page of surveys at once."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import orjson
from sqlalchemy import and_, bindparam, func, select, tuple_

from storage.database import Connection, Row, Statement, table
from storage.list_changes import BY_LIST
from storage.maps import UNDER
from storage.photos import TRIES
from storage.tables import AreaRow, HouseholdRow, PersonRow, PhotoRow, RevisionRow, SurveyRow

PAGE = 500
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

_survey, _revision, _area = table(SurveyRow), table(RevisionRow), table(AreaRow)
_household = table(HouseholdRow)
_photo, _person = table(PhotoRow), table(PersonRow)


@dataclass(frozen=True, slots=True)
class Exported:
    """The newest revision of a survey. `values` are empty for a refusal; `counted` is False where a later
    survey of the household took its place, or the household is off its list. `submitted_at` is when the
    survey was first sent."""

    id: str
    area_code: str
    area_name: str
    household_id: int | None
    version: str
    revision: int
    consent: bool
    counted: bool
    invented: bool
    by: int | None
    submitted_at: datetime
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Revised:
    """One revision of a survey as it was submitted."""

    number: int
    channel: str
    xml: str


_latest = and_(_revision.c.survey_id == _survey.c.id, _revision.c.revision == _survey.c.revision)
_here = and_(
    _survey.c.area_id == bindparam("area"),
    _survey.c.form == bindparam("form"),
    _revision.c.submitted_at >= bindparam("since"),
)
_AREAS = Statement(
    select(_area.c.id, _area.c.code, _area.c.name)
    .where(_area.c.id.in_(select(_survey.c.area_id).where(_survey.c.form == bindparam("form"))))
    .order_by(_area.c.code, _area.c.id)
)
_COUNT = Statement(select(func.count().label("n")).select_from(_survey).join(_revision, _latest).where(_here))
_place = (_survey.c.submitted_at, _survey.c.id)
_after = (
    bindparam("after_moment", type_=_survey.c.submitted_at.type),
    bindparam("after_id", type_=_survey.c.id.type),
)
_SURVEYS = Statement(
    select(
        _survey.c.id,
        _survey.c.household_id,
        _revision.c.version,
        _survey.c.revision,
        _survey.c.consent,
        and_(_survey.c.current, _household.c.left_of.is_(None)).label("counted"),
        _survey.c.invented,
        _survey.c.by,
        _survey.c.submitted_at,
        _revision.c["values"].label("answers"),
    )
    .join(_revision, _latest)
    .outerjoin(_household, _household.c.id == _survey.c.household_id)
    .where(_here, tuple_(*_place) > tuple_(*_after))
    .order_by(*_place)
    .limit(PAGE)
)
_REVISIONS = Statement(
    select(_revision.c.revision, _revision.c.channel, _revision.c.xml)
    .where(_revision.c.survey_id == bindparam("survey"), _revision.c.channel != BY_LIST)
    .order_by(_revision.c.revision)
)
_PHOTOS = Statement(
    select(_photo.c.name)
    .where(_photo.c.survey_id == bindparam("survey"), _photo.c.data.is_not(None))
    .order_by(_photo.c.name)
)
_AWAITED = Statement(
    select(_photo.c.name)
    .where(_photo.c.survey_id == bindparam("survey"), _photo.c.data.is_(None), _photo.c.tries < TRIES)
    .limit(1)
)
_UNDER = Statement(select(UNDER.c.id))
_NAME = Statement(select(_person.c.name).where(_person.c.id == bindparam("person")))


def count(conn: Connection, form: str, areas: Collection[int] | None, since: datetime | None) -> int:
    """How many surveys `surveys` gives."""
    total = 0
    for area in _areas(conn, form, areas):
        row = conn.one(_COUNT, area=area.id, form=form, since=since or _BEGINNING)
        total += row.n if row else 0
    return total


def surveys(
    conn: Connection, form: str, areas: Collection[int] | None, since: datetime | None
) -> Iterator[Exported]:
    """The surveys of a questionnaire by hamlet (in the order of their codes) and time; of these areas only,
    unless None; only those sent or corrected since then."""
    for area in _areas(conn, form, areas):
        moment, last = _BEGINNING, ""
        while page := conn.all(
            _SURVEYS,
            area=area.id,
            form=form,
            since=since or _BEGINNING,
            after_moment=moment,
            after_id=last,
        ):
            for row in page:
                yield _exported(area, row)
            moment, last = page[-1].submitted_at, page[-1].id


def under(conn: Connection, area_id: int, on: date) -> set[int]:
    """The units that lie under this one on that day, itself, and all that became one of them."""
    return {row.id for row in conn.all(_UNDER, area=area_id, on=on, level="")}


def _areas(conn: Connection, form: str, wanted: Collection[int] | None) -> list[Row]:
    return [row for row in conn.all(_AREAS, form=form) if wanted is None or row.id in wanted]


def _exported(area: Row, row: Row) -> Exported:
    return Exported(
        id=row.id,
        area_code=area.code,
        area_name=area.name,
        household_id=row.household_id,
        version=row.version,
        revision=row.revision,
        consent=row.consent,
        counted=row.counted,
        invented=row.invented,
        by=row.by,
        submitted_at=row.submitted_at,
        values=orjson.loads(row.answers),
    )


def history(conn: Connection, survey_id: str) -> list[Revised]:
    """All revisions of a survey that somebody sent, the first first."""
    return [Revised(row.revision, row.channel, row.xml) for row in conn.all(_REVISIONS, survey=survey_id)]


def files(conn: Connection, survey_id: str) -> list[str]:
    """The names of the files that are answers of a survey; `storage.photos.find` gives each."""
    return [row.name for row in conn.all(_PHOTOS, survey=survey_id)]


def awaited(conn: Connection, survey_id: str) -> bool:
    """Whether a photo of the survey has still to be fetched from its channel."""
    return conn.one(_AWAITED, survey=survey_id) is not None


def name(conn: Connection, person_id: int) -> str:
    """How a person is called; "" where there is none such."""
    row = conn.one(_NAME, person=person_id)
    return "" if row is None else str(row.name)
