"""Effects by which people are invited by name and households given to them; see `bot.effects`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
    zone = origin.talk.zone
    crews.regroup(conn, effect.invitations, effect.batch)
    for number in effect.invitations:
        was = crews.waiting(conn, number)
        until = f"until {was.expires_at.astimezone(zone).date()}" if was else ""
        note(conn, origin, "renew-code", f"invitation {number}", before=until)


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


@contextmanager
def given_up(conn: Connection, origin: Origin, holder: Holder, to: Holder | None = None) -> Iterator[None]:
    """Around what ends by which somebody holds households: notes by hamlet how many they hold no more, and
    that those are nobody's now, or of `to`."""
    before, had = assignments.held_by(conn, holder), assignments.held_by(conn, to) if to else {}
    yield
    after, has = assignments.held_by(conn, holder), assignments.held_by(conn, to) if to else {}
    for area_id, n in before.items():
        gone = n - after.get(area_id, 0)
        passed = has.get(area_id, 0) - had.get(area_id, 0)
        now = {to: passed, None: gone - passed}
        if gone:
            told = ", ".join(_held(one, some) for one, some in now.items() if some)
            note(conn, origin, "assign", f"area {area_id}", _held(holder, gone), told)


def end_invitation(conn: Connection, origin: Origin, number: int) -> str:
    """Nobody can use it any more, and what was kept for whoever it was for is nobody's; what it was."""
    was = next((one for one in people.open_invitations(conn, origin.talk.now) if one.id == number), None)
    with given_up(conn, origin, Holder("invitation", number)):
        people.revoke_invitation(conn, number, origin.talk.now)
    return f"{was.role} area {was.area_id} x{was.uses_left}" if was else ""


def _decline(effect: duties.Decline, conn: Connection, origin: Origin) -> None:
    number = people.by_name(conn, effect.code)
    if number is not None:
        was = end_invitation(conn, origin, number)
        note(conn, origin, "decline-invitation", f"invitation {number}", was)


WRITES: Mapping[type, Callable[[Any, Connection, Origin], None]] = {
    duties.InvitePerson: _invite_person,
    duties.RenewCodes: _renew_codes,
    duties.Assign: _assign,
    duties.Decline: _decline,
}
