"""People, their accounts on channels, the roles they hold, and invitations."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from content.assigning import Holder
from content.people import Grant, Invitation, OpenInvitation, Person, Role
from storage import assignments, crews
from storage.database import Conflict, Connection, Row, Statement, table
from storage.grants import held, may, read
from storage.tables import (
    AccountRow,
    AssignmentRow,
    GrantRow,
    InvitationRow,
    InviteeRow,
    LinkRow,
    OccasionRow,
    PersonRow,
    TalkRow,
    TeamRow,
    TicketLineRow,
    TicketRow,
)

_person, _account, _grant = table(PersonRow), table(AccountRow), table(GrantRow)
_invitation, _team, _talk = table(InvitationRow), table(TeamRow), table(TalkRow)
_occasion = table(OccasionRow)
_invitee, _given = table(InviteeRow), table(AssignmentRow)
_link, _ticket, _ticket_line = table(LinkRow), table(TicketRow), table(TicketLineRow)

BY_PHONE = "tel:"
"""With this before a number (84…) an invitation is found by whom it is meant for; no code begins so."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person on a channel. `reachable` is False after the platform said that they have left."""

    id: int
    person_id: int
    channel: str
    address: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation gives, how often, and until when. `phone`: the number (84…) of whom it is for, which
    serves them in place of the code."""

    role: Role
    area_id: int
    team_id: int | None
    uses: int
    expires_at: datetime
    created_by: int | None = None
    phone: str = ""


_people = (
    select(
        _person.c.id,
        _person.c.name,
        _person.c.locale,
        _person.c.invented,
        _grant.c.role,
        _grant.c.area_id,
        _grant.c.team_id,
    )
    .outerjoin(_grant, and_(_grant.c.person_id == _person.c.id, held()))
    .order_by(_person.c.id, _grant.c.id)
)
_FIND = Statement(_people.where(_person.c.id == bindparam("person")))
_ACCOUNTS = Statement(
    select(_account.c.id, _account.c.person_id, _account.c.channel, _account.c.address, _account.c.reachable)
    .where(_account.c.person_id == bindparam("person"))
    .order_by(_account.c.id)
)

_HEARD = Statement(
    update(_account)
    .where(
        _account.c.id == bindparam("account"),
        or_(_account.c.heard_at.is_(None), _account.c.heard_at < bindparam("at")),
    )
    .values(heard_at=bindparam("at"))
)


# --------------------------------------------------------------------------- people and accounts


def create(conn: Connection, name: str, locale: str, now: datetime, *, invented: bool = False) -> int:
    """A new person without roles or accounts, and the empty talk with them; their number."""
    person_id = conn.insert(_person, name=name, locale=locale, created_at=now, invented=invented)
    conn.insert(_talk, person_id=person_id, doing=None, updated_at=now)
    return person_id


def add_account(conn: Connection, person_id: int, channel: str, address: str, now: datetime) -> int:
    """Gives a person an account; its number. Raises Conflict where that address has somebody already."""
    return conn.insert(
        _account,
        person_id=person_id,
        channel=channel,
        fingerprint=conn.vault.fingerprint(channel, address),
        address=address,
        created_at=now,
    )


def find(conn: Connection, person_id: int, today: date) -> Person | None:
    """A person with the roles held on that day."""
    found = _gathered(conn.all(_FIND, person=person_id, today=today))
    return found[0] if found else None


def who_may(conn: Connection, action: str, today: date) -> list[Person]:
    """Everybody who may do it somewhere on that day."""
    holders = select(_grant.c.person_id).where(held(), may(action))
    return _gathered(conn.all(_people.where(_person.c.id.in_(holders.correlate(None))), today=today))


def accounts(conn: Connection, person_id: int) -> list[Account]:
    """Where a person can be written to, oldest first."""
    return [Account(*row) for row in conn.all(_ACCOUNTS, person=person_id)]


def account(conn: Connection, channel: str, address: str) -> Account | None:
    """The account at an address."""
    query = select(
        _account.c.id, _account.c.person_id, _account.c.channel, _account.c.address, _account.c.reachable
    )
    row = conn.one(query.where(_account.c.fingerprint == conn.vault.fingerprint(channel, address)))
    return None if row is None else Account(*row)


def rename(conn: Connection, person_id: int, name: str) -> None:
    """How the person is called from now on."""
    conn.run(update(_person).where(_person.c.id == person_id).values(name=name))


def set_locale(conn: Connection, person_id: int, locale: str) -> None:
    """The language the person is spoken to in from now on."""
    conn.run(update(_person).where(_person.c.id == person_id).values(locale=locale))


def join(conn: Connection, account_id: int, person_id: int) -> None:
    """The account belongs to this person from now on. The person it had before is forgotten where nothing
    else is known of them; what they asked the team for goes along where they have no other account. Raises
    Conflict where there is no such person."""
    before = conn.one(select(_account.c.person_id).where(_account.c.id == account_id))
    if before is None or before.person_id == person_id:
        return
    conn.run(update(_account).where(_account.c.id == account_id).values(person_id=person_id))
    conn.run(delete(_link).where(_link.c.person_id == before.person_id))
    if not accounts(conn, before.person_id):
        conn.run(update(_ticket).where(_ticket.c.citizen_id == before.person_id).values(citizen_id=person_id))
        said = _ticket_line.c.person_id == before.person_id
        conn.run(update(_ticket_line).where(said).values(person_id=person_id))
    try:
        with conn.savepoint():
            conn.run(delete(_talk).where(_talk.c.person_id == before.person_id))
            conn.run(delete(_occasion).where(_occasion.c.person_id == before.person_id))
            conn.run(delete(_person).where(_person.c.id == before.person_id))
    except Conflict:  # they hold a role, made a survey or have another account: they stay, talk and all
        return


def offer_link(conn: Connection, person_id: int, code: str, expires_at: datetime) -> None:
    """Whoever sends the code from another account until then joins that to this person. An older code of
    theirs no longer holds."""
    conn.run(delete(_link).where(_link.c.person_id == person_id))
    conn.insert(_link, fingerprint=_fingerprint(conn, code), person_id=person_id, expires_at=expires_at)


def linked(conn: Connection, code: str, now: datetime) -> int | None:
    """Whose code it is, while it holds."""
    found = and_(_link.c.fingerprint == _fingerprint(conn, code), _link.c.expires_at > now)
    row = conn.one(select(_link.c.person_id).where(found))
    return None if row is None else int(row.person_id)


def take_link(conn: Connection, account_id: int, code: str, now: datetime) -> int | None:
    """Joins the account to the person whose code it is, and uses the code up; their number, or None."""
    person_id = linked(conn, code, now)
    if person_id is None:
        return None
    conn.run(delete(_link).where(_link.c.fingerprint == _fingerprint(conn, code)))
    join(conn, account_id, person_id)
    return person_id


def heard(conn: Connection, account_id: int, at: datetime) -> None:
    """Notes that the person did something there at that time, from which the platform's window runs."""
    conn.later(_HEARD, account=account_id, at=at)


def unheard(conn: Connection, account_id: int) -> None:
    """The platform says that its window is closed, whatever we thought: it opens when they write again."""
    conn.run(update(_account).where(_account.c.id == account_id).values(heard_at=None))


def set_phone(conn: Connection, account_id: int, phone: str) -> None:
    """The number (84…) that the person gave there."""
    conn.run(update(_account).where(_account.c.id == account_id).values(phone=phone))


def _gathered(rows: list[Row]) -> list[Person]:
    """Rows of one person a grant -> people."""
    found: dict[int, Person] = {}
    for row in rows:
        person = found.get(row.id) or Person(row.id, row.name, row.locale, (), row.invented)
        if row.role is not None:
            person = replace(person, grants=(*person.grants, read(row)))
        found[row.id] = person
    return list(found.values())


# --------------------------------------------------------------------------- roles and teams


def grant(conn: Connection, person_id: int, held: Grant, on: date) -> bool:
    """Gives a role from that day on; False where the person holds it already."""
    same = and_(
        _grant.c.person_id == person_id,
        _grant.c.role == held.role.value,
        _grant.c.area_id == held.area_id,
        _grant.c.team_id == held.team_id if held.team_id else _grant.c.team_id.is_(None),
        or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > on),
    )
    if conn.one(select(_grant.c.id).where(same)) is not None:
        return False
    conn.insert(
        _grant,
        person_id=person_id,
        role=held.role.value,
        area_id=held.area_id,
        team_id=held.team_id,
        valid_from=on,
        valid_to=None,
    )
    return True


def revoke(conn: Connection, person_id: int, role: Role, area_id: int, on: date) -> int:
    """Ends a role held for an area on that day (which is the first without it); how many grants ended."""
    held = and_(
        _grant.c.person_id == person_id,
        _grant.c.role == role.value,
        _grant.c.area_id == area_id,
        or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > on),
    )
    return conn.run(update(_grant).where(held).values(valid_to=on))


def leave(conn: Connection, person_id: int, on: date) -> int:
    """Ends every role the person holds, from that day on; how many they were. The households given to them
    are nobody's again."""
    assignments.release(conn, Holder("person", person_id))
    held = and_(_grant.c.person_id == person_id, or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > on))
    return conn.run(update(_grant).where(held).values(valid_to=on))


def team(conn: Connection, area_id: int, name: str, *, invented: bool = False) -> int:
    """The number of the hamlet's team of that name; it is made where there is none that works."""
    same = and_(_team.c.area_id == area_id, _team.c.name == name, _team.c.closed_on.is_(None))
    row = conn.one(select(_team.c.id).where(same))
    return int(row.id) if row else conn.insert(_team, area_id=area_id, name=name, invented=invented)


# --------------------------------------------------------------------------- invitations


def _fingerprint(conn: Connection, code: str) -> bytes:
    """Of the code as people copy it: case, spaces and hyphens do not matter."""
    return conn.vault.fingerprint("invitation", "".join(filter(str.isalnum, code)).upper())


def invite(conn: Connection, code: str, offer: Offer, now: datetime) -> int:
    """Makes an invitation; only the code's keyed hash is kept, so the code must be told now or never."""
    return conn.insert(
        _invitation,
        fingerprint=_fingerprint(conn, code),
        role=offer.role.value,
        area_id=offer.area_id,
        team_id=offer.team_id,
        uses_left=offer.uses,
        expires_at=offer.expires_at,
        created_by=offer.created_by,
        created_at=now,
        phone=conn.vault.fingerprint("phone", offer.phone) if offer.phone else None,
    )


def invitation(conn: Connection, code: str, now: datetime) -> Invitation:
    """What the code would give now, or why it would not."""
    row = _offered(conn, code)
    if row is None:
        return Invitation(code, "unknown")
    problem = "expired" if row.expires_at <= now else "used" if row.uses_left <= 0 else None
    return Invitation(
        code,
        problem,  # type: ignore[arg-type]
        Role(row.role),
        row.area_id,
        row.team or "",
        row.name or "",
        row.households,
    )


def redeem(conn: Connection, person_id: int, code: str, name: str, now: datetime) -> Invitation:
    """Takes up the invitation for a person, who is called `name` from now on.

    Nothing changes where the returned invitation has a problem. Who holds the role already uses nothing up.
    """
    found = invitation(conn, code, now)
    row = _offered(conn, code)
    if found.problem is not None or row is None:
        return found
    with_uses = and_(_invitation.c.id == row.id, _invitation.c.uses_left > 0)
    if conn.run(update(_invitation).where(with_uses).values(uses_left=_invitation.c.uses_left - 1)) == 0:
        return replace(found, problem="used")
    if not grant(conn, person_id, Grant(found.role, found.area_id, row.team_id), now.date()):
        conn.run(
            update(_invitation)
            .where(_invitation.c.id == row.id)
            .values(uses_left=_invitation.c.uses_left + 1)
        )
    if name:
        rename(conn, person_id, name)
    crews.taken_up(conn, row.id, person_id, now)
    return found


_OPEN = Statement(
    select(
        _invitation.c.id,
        _invitation.c.role,
        _invitation.c.area_id,
        _team.c.name.label("team"),
        _invitation.c.uses_left,
        _invitation.c.expires_at,
        _invitee.c.name,
    )
    .outerjoin(_team, _team.c.id == _invitation.c.team_id)
    .outerjoin(_invitee, _invitee.c.invitation_id == _invitation.c.id)
    .where(_invitation.c.uses_left > 0, _invitation.c.expires_at > bindparam("now"))
    .order_by(_invitation.c.expires_at, _invitation.c.id)
)


def open_invitations(conn: Connection, now: datetime) -> list[OpenInvitation]:
    """Those that can still be used, the first to expire first."""
    return [
        OpenInvitation(
            row.id,
            Role(row.role),
            row.area_id,
            row.team or "",
            row.uses_left,
            row.expires_at,
            row.name or "",
        )
        for row in conn.all(_OPEN, now=now)
    ]


def revoke_invitation(conn: Connection, invitation_id: int, now: datetime) -> bool:
    """Nobody can use it from now on; False where nobody could already."""
    crews.withdrawn(conn, invitation_id)
    still = and_(_invitation.c.id == invitation_id, _invitation.c.expires_at > now)
    return conn.run(update(_invitation).where(still).values(expires_at=now)) > 0


def by_name(conn: Connection, code: str) -> int | None:
    """The number of the invitation by name that the code is of; None where it is of none such."""
    row = _offered(conn, code)
    return int(row.id) if row is not None and row.name else None


def recode(conn: Connection, invitation_id: int, code: str, until: datetime) -> None:
    """An invitation by name has this code from now on, and until then; the one before serves no more."""
    crews.recode(conn, invitation_id, _fingerprint(conn, code), until)


def _offered(conn: Connection, code: str) -> Row | None:
    if code.startswith(BY_PHONE):
        meant = _invitation.c.phone == conn.vault.fingerprint("phone", code.removeprefix(BY_PHONE))
    else:
        meant = _invitation.c.fingerprint == _fingerprint(conn, code)
    kept = select(func.count()).where(_given.c.invitation_id == _invitation.c.id).scalar_subquery()
    query = (
        select(
            _invitation,
            _team.c.name.label("team"),
            _invitee.c.name.label("name"),
            kept.label("households"),
        )
        .outerjoin(_team, _team.c.id == _invitation.c.team_id)
        .outerjoin(_invitee, _invitee.c.invitation_id == _invitation.c.id)
        .where(meant)
        .order_by(_invitation.c.id.desc())
        .limit(1)
    )
    return conn.one(query)
