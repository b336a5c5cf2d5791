"""Effects by which people are invited by name and households given to them; see `bot.effects`."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.origin import Origin, note
from content.assigning import Holder
from handlers import duties
from storage import assignments, crews, people
from storage.database import Connection


def _invite_person(effect: duties.InvitePerson, conn: Connection, origin: Origin) -> None:
    talk = origin.talk
    team = people.team(conn, effect.area_id, effect.team) if effect.team else None
    until = (talk.now + timedelta(days=effect.days)).replace(hour=23, minute=59, second=59)
    offer = people.Offer(effect.role, effect.area_id, team, 1, until, talk.person.id, effect.phone)
    # A key that nobody was told opens nothing: the code is made when it is handed out.
    number = people.invite(conn, effect.key, offer, talk.now)
    crews.name(conn, number, effect.name, effect.batch)
    origin.added[effect.key] = number
    note(conn, origin, "invite", f"invitation {number}", after=f"{effect.role} area {effect.area_id}")


def _renew_codes(effect: duties.RenewCodes, conn: Connection, origin: Origin) -> None:
    crews.regroup(conn, effect.invitations, effect.batch)
    for number in effect.invitations:
        note(conn, origin, "renew-code", f"invitation {number}")


def _assign(effect: duties.Assign, conn: Connection, origin: Origin) -> None:
    to = Holder("invitation", origin.added[effect.to]) if isinstance(effect.to, str) else effect.to
    homes = [origin.added[one] if isinstance(one, str) else one for one in effect.households]
    before = assignments.holders(conn, homes)
    assignments.give(conn, homes, to, origin.talk.person.id, origin.talk.now)
    was = ", ".join(_held(one, n) for one, n in before.items())
    note(conn, origin, "assign", f"area {effect.area_id}", was, _held(to, len(set(homes))))


def _held(holder: Holder | None, n: int) -> str:
    """By numbers: neither who holds them nor whose they are is told by name."""
    return f"{holder.kind} {holder.id}: {n} households" if holder else f"nobody: {n} households"


def _decline(effect: duties.Decline, conn: Connection, origin: Origin) -> None:
    number = people.decline(conn, effect.code, origin.talk.now)
    if number is not None:
        note(conn, origin, "decline-invitation", f"invitation {number}")


WRITES: Mapping[type, Callable[[Any, Connection, Origin], None]] = {
    duties.InvitePerson: _invite_person,
    duties.RenewCodes: _renew_codes,
    duties.Assign: _assign,
    duties.Decline: _decline,
}
