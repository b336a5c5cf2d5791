"""What there is to remind people of, gathered from surveys, drafts and lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import orjson
from sqlalchemy import bindparam, exists, func, select

from content.assigning import Holder, waiting
from content.households import FILLING, QUESTIONNAIRE, is_only_opened
from content.reminding import Left, Mate, Open, Pause
from storage import areas, assignments, subscriptions, talks
from storage.absences import absence
from storage.database import Connection, Statement, table
from storage.grants import held, may
from storage.maps import UNDER
from storage.tables import AccountRow, DraftRow, GrantRow, PersonRow, SurveyRow, TalkRow

_grant, _person, _survey = table(GrantRow), table(PersonRow), table(SurveyRow)
_draft, _talk, _account = table(DraftRow), table(TalkRow), table(AccountRow)


@dataclass(frozen=True, slots=True)
class Reminded:
    """Somebody whom reminders may go to; `area_id` is that of their first role, whose hour holds for them."""

    person_id: int
    area_id: int


_PEOPLE = Statement(
    select(_grant.c.person_id, func.min(_grant.c.area_id).label("area_id"))
    .where(held(), may("survey", "oversee"))
    .group_by(_grant.c.person_id)
    .order_by(_grant.c.person_id)
)
# By index, person by person: who looks at a team does not read the country's surveys.
_last = (
    select(func.max(_survey.c.submitted_at, type_=_survey.c.submitted_at.type))
    .where(_survey.c.by == _person.c.id)
    .scalar_subquery()
)
_walked = select(func.max(absence.c.on)).where(absence.c.person_id == _person.c.id).scalar_subquery()
_open = (
    select(func.min(_draft.c.updated_at, type_=_draft.c.updated_at.type))
    .where(_draft.c.person_id == _person.c.id)
    .scalar_subquery()
)
_reachable = exists().where(_account.c.person_id == _person.c.id, _account.c.reachable)
_MATES = Statement(
    select(
        _person.c.id,
        _person.c.name,
        _grant.c.area_id,
        _grant.c.valid_from,
        _last.label("surveyed_at"),
        _walked.label("walked_on"),
        _open.label("open_at"),
        _reachable.label("reachable"),
    )
    .join_from(UNDER, _grant, _grant.c.area_id == UNDER.c.id)
    .join(_person, _person.c.id == _grant.c.person_id)
    .where(held(bindparam("on")), may("survey"))
    .order_by(_person.c.id, _grant.c.id)
)
_LAST_OF = Statement(
    select(func.max(_survey.c.submitted_at, type_=_survey.c.submitted_at.type).label("at")).where(
        _survey.c.by == bindparam("person")
    )
)
_WALKED = Statement(
    select(func.max(absence.c.on).label("day")).where(absence.c.person_id == bindparam("person"))
)
_SINCE = Statement(
    select(func.min(_grant.c.valid_from).label("day")).where(
        _grant.c.person_id == bindparam("person"),
        held(),
        may("survey"),
    )
)
_STANDS = Statement(select(_talk.c.doing, _talk.c.updated_at).where(_talk.c.person_id == bindparam("person")))


def people(conn: Connection, today: date) -> list[Reminded]:
    """Everybody whom there may be something to remind of: who surveys, who leads, and communes."""
    return [Reminded(row.person_id, row.area_id) for row in conn.all(_PEOPLE, today=today)]


def opened(conn: Connection, person_id: int) -> list[Open]:
    """The interviews that a person left: put aside, or simply not gone on with; none that was only opened."""
    found = [
        Open(draft.household_name, draft.updated_at, draft.household_id, draft.key, draft.form)
        for draft in talks.drafts(conn, person_id)
    ]
    stands = conn.one(_STANDS, person=person_id)
    if stands and stands.doing:
        purpose, _, _, _, about = orjson.loads(stands.doing)
        if purpose in FILLING and not is_only_opened(about):
            found.append(Open(about.get("name", ""), stands.updated_at, about.get("household"), in_talk=True))
    return found


def left(conn: Connection, person_id: int, area_ids: Sequence[int], today: date) -> list[Left]:
    """The hamlets under these areas with households that wait for this person."""
    found: dict[int, Left] = {}
    holder = Holder("person", person_id)
    for area_id in area_ids:
        loads = assignments.loads(conn, area_id, QUESTIONNAIRE, today)
        for hamlet in areas.hamlets(conn, area_id, today) if loads else ():
            there = loads.get(hamlet.id, {})
            if number := waiting(there, holder):
                found[hamlet.id] = Left(hamlet.id, hamlet.name, number, holder in there)
    return list(found.values())


def active_on(conn: Connection, person_id: int, today: date, zone: tzinfo) -> date:
    """The day on which a person last surveyed or met nobody, or on which they joined if that was later."""
    joined = conn.one(_SINCE, person=person_id, today=today)
    last, walked = conn.one(_LAST_OF, person=person_id), conn.one(_WALKED, person=person_id)
    since = joined.day if joined and joined.day else today
    return _latest(since, last.at if last else None, walked.day if walked else None, zone)


def _latest(joined: date, surveyed_at: datetime | None, walked_on: date | None, zone: tzinfo) -> date:
    surveyed = surveyed_at.astimezone(zone).date() if surveyed_at else joined
    return max(joined, surveyed, walked_on or joined)


def mates(conn: Connection, area_id: int, today: date, zone: tzinfo) -> list[Mate]:
    """Who surveys under an area, each with how their work stands; in the order in which they joined."""
    loads = assignments.loads(conn, area_id, QUESTIONNAIRE, today)
    paused: dict[int | None, Pause] = {one.person_id: one for one in subscriptions.pauses(conn, today)}
    found: dict[int, Mate] = {}
    for row in conn.all(_MATES, area=area_id, on=today, level=""):
        if row.id in found:
            continue
        found[row.id] = Mate(
            person_id=row.id,
            name=row.name,
            area_id=row.area_id,
            place=areas.find(conn, row.area_id).name,
            active_on=_latest(row.valid_from, row.surveyed_at, row.walked_on, zone),
            open_since=row.open_at.astimezone(zone).date() if row.open_at else None,
            left=sum(
                waiting(loads.get(hamlet.id, {}), Holder("person", row.id))
                for hamlet in areas.hamlets(conn, row.area_id, today)
            ),
            pause=paused.get(row.id),
            reachable=bool(row.reachable),
        )
    return list(found.values())
