"""Who works in an area, and who is invited to by name and has not joined yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import and_, bindparam, delete, func, select, update

from content.assigning import Hand, Holder
from content.people import Role
from storage import assignments
from storage.database import Connection, Row, Statement, table
from storage.grants import held
from storage.maps import UNDER
from storage.secrets import SEALED_NOTHING
from storage.tables import GrantRow, InvitationRow, InviteeRow, PersonRow, TeamRow

_grant, _person, _team = table(GrantRow), table(PersonRow), table(TeamRow)
_invitation, _invitee = table(InvitationRow), table(InviteeRow)


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation by name, as its code is handed out."""

    id: int
    name: str
    role: Role
    area_id: int
    team: str
    expires_at: datetime


_HANDS = Statement(
    select(
        _person.c.id,
        _person.c.name,
        _grant.c.role,
        _grant.c.area_id,
        _team.c.name.label("team"),
        select(func.min(_invitee.c.joined_at, type_=_invitee.c.joined_at.type))
        .where(_invitee.c.joined_by == _person.c.id)
        .scalar_subquery()
        .label("joined_at"),
    )
    .join_from(UNDER, _grant, _grant.c.area_id == UNDER.c.id)
    .join(_person, _person.c.id == _grant.c.person_id)
    .outerjoin(_team, _team.c.id == _grant.c.team_id)
    .where(held(bindparam("on")))
    .order_by(_grant.c.id)
)
_named = (
    select(
        _invitation.c.id,
        _invitee.c.name,
        _invitation.c.role,
        _invitation.c.area_id,
        _team.c.name.label("team"),
        _invitation.c.expires_at,
        _invitation.c.uses_left,
    )
    .join(_invitee, _invitee.c.invitation_id == _invitation.c.id)
    .outerjoin(_team, _team.c.id == _invitation.c.team_id)
)
_WAITING = Statement(
    _named.join(UNDER, UNDER.c.id == _invitation.c.area_id)
    .where(_invitee.c.joined_by.is_(None))
    .order_by(_invitation.c.id)
)
_ONE = Statement(_named.where(_invitation.c.id == bindparam("invitation"), _invitee.c.joined_by.is_(None)))
_OF_BATCH = Statement(
    _named.where(_invitee.c.batch == bindparam("batch"), _invitee.c.joined_by.is_(None)).order_by(
        _invitation.c.id
    )
)
_IS_NAMED = Statement(
    select(_invitee.c.invitation_id).where(_invitee.c.invitation_id == bindparam("invitation"))
)


def hands(conn: Connection, area_id: int, on: date) -> list[Hand]:
    """Who holds a role under the area on that day, one each role; then who is invited there by name and has
    not joined, in the order in which they were."""
    joined = [
        replace(_hand(row, "person"), joined_at=row.joined_at)
        for row in conn.all(_HANDS, area=area_id, on=on, level="")
    ]
    waiting = [
        replace(_hand(row, "invitation"), expires_at=row.expires_at)
        for row in conn.all(_WAITING, area=area_id, on=on, level="")
    ]
    return [*joined, *waiting]


def _hand(row: Row, kind: Literal["person", "invitation"]) -> Hand:
    return Hand(Holder(kind, row.id), row.name, Role(row.role), row.area_id, row.team or "")


def name(conn: Connection, invitation_id: int, called: str, batch: str) -> None:
    """Whom the invitation is for."""
    conn.insert(
        _invitee, invitation_id=invitation_id, name=called, batch=batch, joined_by=None, joined_at=None
    )


def waiting(conn: Connection, invitation_id: int) -> Invited | None:
    """An invitation by name that nobody has taken up."""
    row = conn.one(_ONE, invitation=invitation_id)
    return None if row is None else _invited(row)


def of_batch(conn: Connection, batch: str) -> list[Invited]:
    """Those of a list that nobody has taken up."""
    return [_invited(row) for row in conn.all(_OF_BATCH, batch=batch)]


def under(conn: Connection, area_id: int, on: date) -> list[Invited]:
    """Those of an area, and of all that lies under it, that nobody has taken up."""
    return [_invited(row) for row in conn.all(_WAITING, area=area_id, on=on, level="")]


def regroup(conn: Connection, invitation_ids: Sequence[int], batch: str) -> None:
    """Their codes are handed out together from now on."""
    conn.run(update(_invitee).where(_invitee.c.invitation_id.in_(invitation_ids)).values(batch=batch))


def recode(conn: Connection, invitation_id: int, mark: bytes, until: datetime) -> None:
    """The invitation has another code, whose keyed hash is `mark`, once more and until then; the code before
    serves no more."""
    one = _invitation.c.id == invitation_id
    conn.run(update(_invitation).where(one).values(fingerprint=mark, uses_left=1, expires_at=until))


def taken_up(conn: Connection, invitation_id: int, person_id: int, now: datetime) -> None:
    """Whom it was for has joined: the households kept for them are theirs."""
    if conn.one(_IS_NAMED, invitation=invitation_id) is None:
        return
    one = _invitee.c.invitation_id == invitation_id
    conn.run(update(_invitee).where(one).values(name="", joined_by=person_id, joined_at=now))
    assignments.taken_up(conn, invitation_id, person_id)


def withdrawn(conn: Connection, invitation_id: int) -> int:
    """Nobody is waited for any more: the name goes, and what was kept for them is nobody's; how many
    households."""
    conn.run(delete(_invitee).where(_invitee.c.invitation_id == invitation_id, _unjoined()))
    return assignments.release(conn, Holder("invitation", invitation_id))


def forget(conn: Connection, before: datetime) -> int:
    """Names of whom nobody waited for any more by then; how many."""
    old = select(_invitation.c.id).where(_invitation.c.expires_at < before)
    named = and_(_invitee.c.invitation_id.in_(old), func.length(_invitee.c.name) > SEALED_NOTHING)
    found = conn.all(select(_invitee.c.invitation_id).where(named, _unjoined()))
    for row in found:
        withdrawn(conn, row.invitation_id)
    return len(found)


def _unjoined() -> Any:
    return _invitee.c.joined_by.is_(None)


def _invited(row: Row) -> Invited:
    return Invited(row.id, row.name, Role(row.role), row.area_id, row.team or "", row.expires_at)
