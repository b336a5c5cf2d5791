"""Roles that end, move or pass to another, and what becomes of what somebody has open then.

What was submitted stays theirs for ever; only what is still open passes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import orjson
from sqlalchemy import and_, bindparam, delete, or_, select, update

from content.households import FILLING, Draft, is_only_opened
from content.people import Grant, allowed
from storage import app_passwords, assignments, grants, people, talks
from storage.database import Connection, Row, Statement, table
from storage.tables import (
    AccountRow,
    AreaRow,
    DeactivationRow,
    DraftRow,
    GrantRow,
    InvitationRow,
    LinkRow,
    SubscriptionRow,
    TalkRow,
    TeamRow,
    TicketRow,
)

_grant, _draft, _talk, _ticket = table(GrantRow), table(DraftRow), table(TalkRow), table(TicketRow)
_invitation, _link, _account = table(InvitationRow), table(LinkRow), table(AccountRow)
_lock, _subscription = table(DeactivationRow), table(SubscriptionRow)
_area, _team = table(AreaRow), table(TeamRow)

SESSION = "web:"
"""So begin the addresses of browsers in the web chat (`bot.channels.webchat`): hashes of a cookie's token."""
_OPEN = Statement(
    select(_grant)
    .where(
        _grant.c.person_id == bindparam("person"),
        or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > bindparam("on")),
    )
    .order_by(_grant.c.id)
)
_STANDS = Statement(
    select(_talk.c.doing, _talk.c.updated_at)
    .where(_talk.c.person_id == bindparam("person"))
    .with_for_update()
)


# --------------------------------------------------------------------------- roles


def end(conn: Connection, person_id: int, held: int, on: date) -> Grant | None:
    """Ends the role of that number on that day, the first without it; what it was, None where it had ended.
    Who surveys nowhere any more has no app password either; households given to them where they survey no
    more are nobody's."""
    ended = _end(conn, person_id, held, on)
    _ended(conn, person_id, on)
    return ended


def _ended(conn: Connection, person_id: int, on: date) -> None:
    person = people.find(conn, person_id, on)
    if person is None or not allowed(person, "survey"):
        app_passwords.drop(conn, person_id)
    if person is not None:
        assignments.keep_within(conn, person, on)


def _end(conn: Connection, person_id: int, held: int, on: date) -> Grant | None:
    row = next((row for row in conn.all(_OPEN, person=person_id, on=on) if row.id == held), None)
    if row is None:
        return None
    conn.run(update(_grant).where(_grant.c.id == held).values(valid_to=on))
    return grants.read(row)


def move(conn: Connection, person_id: int, held: int, to: tuple[int, int | None], on: date) -> Grant | None:
    """From that day on the role is held for another area and team instead; what it was."""
    before = _end(conn, person_id, held, on)
    if before is not None:
        people.grant(conn, person_id, Grant(before.role, *to), on)
        if (person := people.find(conn, person_id, on)) is not None:
            assignments.keep_within(conn, person, on)
    return before


def hand_over(conn: Connection, person_id: int, held: int, to: int, on: date) -> Grant | None:
    """Somebody else holds the role from that day on, has the households given to them there, which they
    visit no more, and gets the digest as they did, unless they said themselves when; what the role was."""
    passed = _end(conn, person_id, held, on)
    if passed is None:
        return None
    if (person := people.find(conn, person_id, on)) is not None:
        assignments.pass_on(conn, person, to, passed.area_id, on)
    _ended(conn, person_id, on)
    people.grant(conn, to, passed, on)
    own = conn.one(select(_subscription).where(_subscription.c.person_id == person_id))
    if own and conn.one(select(_subscription.c.hour).where(_subscription.c.person_id == to)) is None:
        values = {column.name: getattr(own, column.name) for column in _subscription.c}
        conn.insert(_subscription, **{**values, "person_id": to})
    return passed


# --------------------------------------------------------------------------- what is open


def pass_drafts(conn: Connection, person_id: int, heirs: Mapping[int, int]) -> int:
    """Interviews that somebody has open or put aside in these areas are put aside for others; how many. Of
    two of the same household the one that was gone on with later stays."""
    _put_aside(conn, person_id, heirs)
    passed = 0
    for row in conn.all(select(_draft).where(_draft.c.person_id == person_id).order_by(_draft.c.id)):
        to = heirs.get(orjson.loads(row.doing)["about"].get("area", 0))
        if to is not None:
            keep(conn, row, to)
            passed += 1
    return passed


def keep(conn: Connection, row: Row, to: int) -> None:
    """The interview that was put aside (a row of `draft`) is that person's."""
    same = and_(_draft.c.form == row.form, _draft.c.household_id == row.household_id, _draft.c.key == row.key)
    twin = conn.one(select(_draft.c.id, _draft.c.updated_at).where(_draft.c.person_id == to, same))
    if twin and twin.updated_at >= row.updated_at:
        conn.run(delete(_draft).where(_draft.c.id == row.id))
        return
    if twin:
        conn.run(delete(_draft).where(_draft.c.id == twin.id))
    conn.run(update(_draft).where(_draft.c.id == row.id).values(person_id=to))


def put_aside(conn: Connection, person_id: int) -> None:
    """The interview in which somebody stands becomes one that they put aside; what was only opened ends."""
    row = conn.one(_STANDS, person=person_id)
    if row is None or not row.doing:
        return
    purpose, form, version, state, about = orjson.loads(row.doing)
    if purpose not in FILLING:
        return
    if not is_only_opened(about):
        household, name, key, at = about["household"], about["name"], about["key"], row.updated_at
        draft = Draft(household, name, form, version, state, at, purpose, about, key)
        talks.keep_draft(conn, person_id, draft)
    talks.save(conn, person_id, None, row.updated_at)


def _put_aside(conn: Connection, person_id: int, heirs: Mapping[int, int]) -> None:
    row = conn.one(_STANDS, person=person_id)
    if row and row.doing and orjson.loads(row.doing)[-1].get("area", 0) in heirs:
        put_aside(conn, person_id)


def give_ticket(conn: Connection, ticket_id: str, to: int, now: datetime) -> bool:
    """A question that somebody has taken is another's to see to; False where nobody has it any more."""
    taken = and_(_ticket.c.id == ticket_id, _ticket.c.status == "taken")
    return conn.run(update(_ticket).where(taken).values(taken_by=to, taken_at=now)) == 1


# --------------------------------------------------------------------------- locked out, and back


@dataclass(frozen=True, slots=True)
class Locked:
    """What ended: roles, invitations, browser sessions."""

    roles: int
    invitations: int
    sessions: int


def deactivate(conn: Connection, person_id: int, by: int | None, now: datetime) -> Locked | None:
    """Takes all roles away until they are given back; None where that was done already."""
    held = [row.id for row in conn.all(_OPEN, person=person_id, on=now.date())]
    still = and_(_lock.c.person_id == person_id, _lock.c.lifted_at.is_(None))
    if not held or conn.one(select(_lock.c.id).where(still)) is not None:
        return None
    people.leave(conn, person_id, now.date())
    conn.insert(_lock, person_id=person_id, grants=held, at=now, by=by, lifted_at=None)
    app_passwords.drop(conn, person_id)
    conn.run(delete(_link).where(_link.c.person_id == person_id))
    theirs = and_(
        _invitation.c.created_by == person_id, _invitation.c.expires_at > now, _invitation.c.uses_left > 0
    )
    revoked = conn.run(update(_invitation).where(theirs).values(expires_at=now))
    return Locked(len(held), revoked, _end_sessions(conn, person_id))


def _end_sessions(conn: Connection, person_id: int) -> int:
    """A browser that was theirs is a stranger's from now on. (Telegram and Zalo have their own sessions.)"""
    ended = 0
    for one in people.accounts(conn, person_id):
        if one.address.startswith(SESSION):
            nowhere = conn.vault.fingerprint("ended", str(one.id))
            values = {"fingerprint": nowhere, "address": "", "reachable": False}
            ended += conn.run(update(_account).where(_account.c.id == one.id).values(**values))
    return ended


def reactivate(conn: Connection, person_id: int, now: datetime) -> Sequence[Grant] | None:
    """Gives the roles back that there still are: their area exists, and their team (else without one); which
    they are, None where none were taken away."""
    still = and_(_lock.c.person_id == person_id, _lock.c.lifted_at.is_(None))
    row = conn.one(select(_lock.c.id, _lock.c.grants).where(still))
    if row is None:
        return None
    conn.run(update(_lock).where(still).values(lifted_at=now))
    given = []
    for held in conn.all(select(_grant).where(_grant.c.id.in_(row.grants)).order_by(_grant.c.id)):
        if (again := _again(conn, grants.read(held), now.date())) is not None:
            people.grant(conn, person_id, again, now.date())
            given.append(again)
    return given


def _again(conn: Connection, held: Grant, today: date) -> Grant | None:
    area = conn.one(select(_area.c.valid_to).where(_area.c.id == held.area_id))
    if area is None or (area.valid_to and area.valid_to <= today):
        return None
    team = conn.one(select(_team.c.closed_on).where(_team.c.id == held.team_id)) if held.team_id else None
    return held if team and team.closed_on is None else Grant(held.role, held.area_id)
