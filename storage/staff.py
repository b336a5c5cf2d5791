"""People with roles as who administers them sees them, read from grants, talks, drafts and surveys."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, exists, func, or_, select

from content.households import FILLING, QUESTIONNAIRE
from content.staff import Burden, Card, Colleague, Held, State
from content.tickets import known
from storage import areas, assignments, talks, tickets
from storage.database import Connection, Row, Statement, table
from storage.grants import held, read
from storage.maps import UNDER
from storage.tables import (
    AccountRow,
    DeactivationRow,
    GrantRow,
    InvitationRow,
    PersonRow,
    SurveyRow,
    TalkRow,
    TeamRow,
)

_person, _grant, _team, _talk = table(PersonRow), table(GrantRow), table(TeamRow), table(TalkRow)
_account, _survey, _invitation = table(AccountRow), table(SurveyRow), table(InvitationRow)
_lock = table(DeactivationRow)

_people = (
    select(
        _person.c.id,
        _person.c.name,
        _person.c.invented,
        _grant.c.id.label("held"),
        _grant.c.role,
        _grant.c.area_id,
        _grant.c.team_id,
        _grant.c.valid_from,
        _grant.c.valid_to,
        _team.c.name.label("team"),
    )
    .join(_grant, _grant.c.person_id == _person.c.id)
    .outerjoin(_team, _team.c.id == _grant.c.team_id)
    .order_by(_person.c.id, _grant.c.id)
)
_here = select(_grant.c.person_id).join_from(UNDER, _grant, _grant.c.area_id == UNDER.c.id).correlate(None)
_ACTIVE = Statement(_people.where(held(), _person.c.id.in_(_here.where(held(bindparam("on"))))))
_some = _grant.alias("some")
_holds = exists().where(
    _some.c.person_id == _person.c.id,
    _some.c.valid_from <= bindparam("on"),
    or_(_some.c.valid_to.is_(None), _some.c.valid_to > bindparam("on")),
)
_FORMER = Statement(_people.where(~_holds, _person.c.id.in_(_here)))
_ONE = Statement(_people.where(_person.c.id == bindparam("person")))
_LOCKED = Statement(select(_lock.c.person_id, _lock.c.grants).where(_lock.c.lifted_at.is_(None)))
_LOCK = Statement(
    select(_lock.c.id, _lock.c.grants, _lock.c.at)
    .where(_lock.c.person_id == bindparam("person"), _lock.c.lifted_at.is_(None))
    .order_by(_lock.c.id.desc())
    .limit(1)
)
_ACCOUNTS = Statement(select(_account).where(_account.c.person_id == bindparam("person")))
_SURVEYS = Statement(
    select(
        func.count().label("n"),
        func.max(_survey.c.submitted_at, type_=_survey.c.submitted_at.type).label("last"),
    ).where(_survey.c.by == bindparam("person"))
)
_STANDS = Statement(select(_talk.c.doing, _talk.c.updated_at).where(_talk.c.person_id == bindparam("person")))
_INVITED = Statement(
    select(func.count().label("n")).where(
        _invitation.c.created_by == bindparam("person"),
        _invitation.c.uses_left > 0,
        _invitation.c.expires_at > bindparam("now"),
    )
)


def active(conn: Connection, area_ids: Iterable[int], today: date) -> list[Colleague]:
    """Everybody who holds a role today in one of the areas or under it, with all roles that they hold."""
    found: dict[int, Colleague] = {}
    for area_id in area_ids:
        rows = conn.all(_ACTIVE, area=area_id, on=today, level="", today=today)
        found.update((one.id, one) for one in _gathered(rows, "active"))
    return list(found.values())


def former(conn: Connection, area_ids: Iterable[int], today: date) -> list[Colleague]:
    """Everybody who held a role there and holds none anywhere today, with the roles that they held last."""
    lost = {row.person_id: row.grants for row in conn.all(_LOCKED)}
    found: dict[int, Colleague] = {}
    for area_id in area_ids:
        for one in _gathered(_last(conn.all(_FORMER, area=area_id, on=today, level="")), "former"):
            found[one.id] = _as_locked(one, lost[one.id]) if one.id in lost else one
    return list(found.values())


def find(conn: Connection, person_id: int, today: date) -> Colleague | None:
    """Somebody who holds or held a role; None for anybody else."""
    rows = conn.all(_ONE, person=person_id)
    now = [row for row in rows if row.valid_from <= today and not (row.valid_to and row.valid_to <= today)]
    found = _gathered(now, "active") or _gathered(_last(rows), "former")
    if not found:
        return None
    lost = conn.one(_LOCK, person=person_id)
    return _as_locked(found[0], lost.grants) if lost and found[0].state == "former" else found[0]


def locked(conn: Connection, person_id: int) -> datetime | None:
    """Since when the person's roles are taken away; None where they are not."""
    row = conn.one(_LOCK, person=person_id)
    return row.at if row else None


def card(conn: Connection, colleague: Colleague) -> Card:
    """What there is to say of somebody."""
    rows = conn.all(_ACCOUNTS, person=colleague.id)
    done = conn.one(_SURVEYS, person=colleague.id)
    stands = conn.one(_STANDS, person=colleague.id)
    at = [row.heard_at for row in rows] + [done and done.last, stands and stands.updated_at]
    lost = locked(conn, colleague.id)
    given = assignments.own(conn, colleague.id, QUESTIONNAIRE).values()
    return Card(
        colleague,
        channels=tuple(dict.fromkeys(row.channel for row in rows if row.address)),
        reachable=any(row.reachable for row in rows),
        active_at=max(filter(None, at), default=None),
        drafts=len(_open(conn, colleague.id)),
        helping=len(tickets.of_helper(conn, colleague.id)),
        surveys=done.n if done else 0,
        given=sum(load.total for load in given),
        visited=sum(load.done for load in given),
        locked_on=lost.date() if lost and colleague.state == "locked" else None,
    )


def burden(conn: Connection, person_id: int, now: datetime) -> Burden:
    """What somebody has open."""
    one = find(conn, person_id, now.date())
    invited = conn.one(_INVITED, person=person_id, now=now)
    taken = tickets.of_helper(conn, person_id)
    return Burden(
        tuple(area for area in _open(conn, person_id) if area),
        tuple((one.id, one.area_id, one.citizen_id) for one in taken),
        invited.n if invited else 0,
        tuple((area, load.total) for area, load in assignments.own(conn, person_id, QUESTIONNAIRE).items()),
        tuple(
            (held.id, tickets.untaken(conn, areas.under(conn, held.grant.area_id, now.date()), levels))
            for held in (one.held if one and one.state == "active" else ())
            if (levels := known(held.grant.role))
        ),
    )


def _open(conn: Connection, person_id: int) -> list[int]:
    """The areas of the interviews that the person has put aside, or stands in."""
    found = [int(draft.about.get("area", 0)) for draft in talks.drafts(conn, person_id)]
    stands = conn.one(_STANDS, person=person_id)
    if stands and stands.doing:
        purpose, *_, about = orjson.loads(stands.doing)
        found += [int(about.get("area", 0))] if purpose in FILLING else []
    return found


def _last(rows: Sequence[Row]) -> list[Row]:
    """Of each person the grants that ended last."""
    latest: dict[int, date] = {}
    for row in rows:
        if row.valid_to:
            latest[row.id] = max(row.valid_to, latest.get(row.id, row.valid_to))
    return [row for row in rows if row.valid_to and row.valid_to == latest[row.id]]


def _gathered(rows: Iterable[Row], state: State) -> list[Colleague]:
    """Rows of one person a grant -> people."""
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return [
        Colleague(
            number,
            own[0].name,
            tuple(Held(row.held, read(row), row.valid_from, row.team or "") for row in own),
            state,
            own[0].invented,
        )
        for number, own in found.items()
    ]


def _as_locked(one: Colleague, lost: Sequence[int]) -> Colleague:
    """With the roles that were taken away, and none that had ended before."""
    held = tuple(each for each in one.held if each.id in lost)
    return Colleague(one.id, one.name, held or one.held, "locked", one.invented)
