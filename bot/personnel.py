"""Effects on people with roles and on teams; see `bot.effects`. Each is noted with what was before and after,
by numbers: no name of anybody."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.duties import given_up
from bot.origin import Origin, note
from content.assigning import Holder
from content.people import Grant
from handlers import staff
from storage import departing, merging, people, teams, tickets
from storage.database import Connection


def _said(grant: Grant) -> str:
    team = f" team {grant.team_id}" if grant.team_id else ""
    return f"{grant.role} area {grant.area_id}{team}"


def _end_role(effect: staff.EndRole, conn: Connection, origin: Origin) -> None:
    with given_up(conn, origin, Holder("person", effect.person_id)):
        ended = departing.end(conn, effect.person_id, effect.held, origin.talk.today)
    if ended:
        note(conn, origin, "end-role", f"person {effect.person_id}", before=_said(ended))


def _move_role(effect: staff.MoveRole, conn: Connection, origin: Origin) -> None:
    team = people.team(conn, effect.area_id, effect.team) if effect.team else None
    to = (effect.area_id, team)
    with given_up(conn, origin, Holder("person", effect.person_id)):
        before = departing.move(conn, effect.person_id, effect.held, to, origin.talk.today)
    if before:
        after = _said(Grant(before.role, *to))
        note(conn, origin, "move-role", f"person {effect.person_id}", _said(before), after)


def _hand_over(effect: staff.HandOver, conn: Connection, origin: Origin) -> None:
    with given_up(conn, origin, Holder("person", effect.person_id), Holder("person", effect.to)):
        passed = departing.hand_over(conn, effect.person_id, effect.held, effect.to, origin.talk.today)
    if passed:
        before = f"person {effect.person_id}: {_said(passed)}"
        note(conn, origin, "hand-over", f"person {effect.person_id}", before, f"person {effect.to}")


def _pass_drafts(effect: staff.PassDrafts, conn: Connection, origin: Origin) -> None:
    passed = departing.pass_drafts(conn, effect.person_id, dict(effect.heirs))
    if passed:
        to = ", ".join(f"person {one}" for one in sorted({heir for _, heir in effect.heirs}))
        note(conn, origin, "pass-drafts", f"person {effect.person_id}", before=f"{passed} drafts", after=to)


def _give_ticket(effect: staff.GiveTicket, conn: Connection, origin: Origin) -> None:
    there = tickets.find(conn, effect.ticket_id)
    if departing.give_ticket(conn, effect.ticket_id, effect.to, origin.talk.now):
        before = f"person {there.taken_by}" if there else ""
        note(conn, origin, "give-ticket", f"ticket {effect.ticket_id}", before, f"person {effect.to}")


def _deactivate(effect: staff.Deactivate, conn: Connection, origin: Origin) -> None:
    person_id = effect.person_id
    with given_up(conn, origin, Holder("person", person_id)):
        ended = departing.deactivate(conn, person_id, origin.talk.person.id, origin.talk.now)
    if ended:
        before = f"{ended.roles} roles, {ended.invitations} invitations, {ended.sessions} sessions"
        note(conn, origin, "lock-person", f"person {person_id}", before, "locked")


def _reactivate(effect: staff.Reactivate, conn: Connection, origin: Origin) -> None:
    given = departing.reactivate(conn, effect.person_id, origin.talk.now)
    if given is not None:
        after = "; ".join(map(_said, given)) or "no role"
        note(conn, origin, "unlock-person", f"person {effect.person_id}", "locked", after)


def _merge_people(effect: staff.MergePeople, conn: Connection, origin: Origin) -> None:
    passed = merging.merge(conn, effect.stays, effect.goes, origin.talk.now)
    if passed is not None:
        roles = ", ".join(_said(held.grant) for held in passed.roles) or "no role more"
        counts = f"{passed.drafts} drafts, {passed.helping} tickets, {passed.surveys} surveys"
        if passed.given:
            counts += f", {passed.given} households"
        before = f"person {effect.goes}: {roles}; {len(passed.channels)} channels, {counts}"
        note(conn, origin, "merge-people", f"person {effect.stays}", before, f"person {effect.stays}")


def _make_team(effect: staff.MakeTeam, conn: Connection, origin: Origin) -> None:
    number = people.team(conn, effect.area_id, effect.name)
    note(conn, origin, "make-team", f"team {number}", after=f"area {effect.area_id}: {effect.name}")


def _rename_team(effect: staff.RenameTeam, conn: Connection, origin: Origin) -> None:
    before = teams.rename(conn, effect.team_id, effect.name)
    if before is not None:
        note(conn, origin, "rename-team", f"team {effect.team_id}", before, effect.name)


def _close_team(effect: staff.CloseTeam, conn: Connection, origin: Origin) -> None:
    members = teams.close(conn, effect.team_id, origin.talk.now)
    if members is not None:
        note(conn, origin, "close-team", f"team {effect.team_id}", f"{members} people", "closed")


WRITES: Mapping[type, Callable[[Any, Connection, Origin], None]] = {
    staff.EndRole: _end_role,
    staff.MoveRole: _move_role,
    staff.HandOver: _hand_over,
    staff.PassDrafts: _pass_drafts,
    staff.GiveTicket: _give_ticket,
    staff.Deactivate: _deactivate,
    staff.Reactivate: _reactivate,
    staff.MergePeople: _merge_people,
    staff.MakeTeam: _make_team,
    staff.RenameTeam: _rename_team,
    staff.CloseTeam: _close_team,
}
