"""Invitations that are no list's: made by a dialogue, listed, revoked (buttons of `handlers.crew`)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from content import interview
from content.interview import Asked, Refused, Review, Step
from content.people import Role, allowed, invitation_code, inviting
from content.staff import LEVELS
from content.teamwork import picture
from content.words import day
from handlers import dialogue, places, rights
from handlers.dialogue import Purpose, form_of, open_form, own_form, preface, stopped, world
from handlers.effects import Invite, RevokeInvitation
from handlers.facts import Facts
from handlers.speech import answer, capital, command, speak
from handlers.talk import Attached, Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

FORM = "moi-nguoi"
_ROLE = "vai"
MAKE, LIST = "crew:invite", "crew:invitations"


def begin(talk: Talk, facts: Facts) -> Turn:
    """Asks what the invitation is to give, of what this person may invite to somewhere."""
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "tickets.busy")
    roles = " ".join(role for role in LEVELS if allowed(talk.person, inviting(role)))
    doing, step = open_form(talk, "invite", own_form(facts, FORM), {"id": talk.new_id}, {"duoc_moi": roles})
    return advance(talk, doing, step, facts, None)


def advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Asks; in the end makes the invitation. Where another role is chosen afterwards, for which the area will
    not do, the area is asked for again."""
    question = None if isinstance(step, Review) else step.question
    if "place" in doing.about and (question is None or question.name not in {_ROLE, places.QUESTION}):
        role, place = _role(doing, facts), facts.area(int(doing.about["area_id"]))
        if place.level not in LEVELS[role]:
            wrong = speak(talk, f"lists.level-{role}", place=capital(place.name))
            step = interview.reopen(
                form_of(doing, facts), doing.state, doing.about["place"], world(talk, doing)
            )
            return preface(_asked(talk, replace(doing, state=step.state), step, facts), wrong)
    return _asked(talk, doing, step, facts)


def _role(doing: Doing, facts: Facts) -> Role:
    form = form_of(doing, facts)
    return next(one for one in Role if interview.holds(form, doing.state, _ROLE, one))


def _asked(talk: Talk, doing: Doing, step: Step, facts: Facts) -> Turn:
    match step:
        case Review():
            return _finish(talk, doing, facts)
        case Asked(question=question):
            heading = speak(talk, "admin.inviting") if question.number == 1 else ""
            turn = dialogue.show(talk, doing, step, heading)
        case Refused(question=question):
            turn = dialogue.show(talk, doing, step)
    if question is None or question.name != places.QUESTION:
        return turn
    assert turn.doing is not None
    doing = replace(turn.doing, about={**turn.doing.about, "place": question.ref})
    role = _role(doing, facts)
    return places.offer(talk, replace(turn, doing=doing), facts, inviting(role), role)


def _hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    return places.hear(talk, doing, said, facts, ASKING)


ASKING = Purpose(advance, stopped)
"""The same, without listening for an area's name."""
INVITING = Purpose(advance, stopped, _hear)


def _finish(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    finished = dialogue.finish(talk, doing, facts)
    if isinstance(finished, Refused):
        return advance(talk, replace(doing, state=finished.state), finished, facts, None)
    given = finished.named
    area_id, role = int(doing.about["area_id"]), Role(given[_ROLE])
    area = rights.area(talk, facts, inviting(role), area_id)
    if area is None or area.level not in LEVELS[role]:
        return replace(answer(talk, "crew.not_yours"), doing=None)
    invite = Invite(
        code=invitation_code(UUID(talk.new_id).int),
        role=role,
        area_id=area_id,
        team=" ".join(given.get("to", "").split()),
        uses=int(given["so_nguoi"]),
        days=int(given["so_ngay"]),
    )
    links = facts.invitation_links(invite.code)
    first = _pictured(_told(talk, facts, invite, links), links[0] if links else f"/start {invite.code}")
    others = (_pictured(speak(talk, "admin.invited_link", link=link), link) for link in links[1:])
    return Turn((first, *others), None, (invite,))


def _pictured(text: str, way: str) -> Reply:
    """With the way in as a QR code, to be held before another's phone or printed."""
    return Reply(text, attached=Attached("ma-moi.png", "image/png", picture(way)))


def _told(talk: Talk, facts: Facts, made: Invite, links: Sequence[str]) -> str:
    text = speak(
        talk,
        "admin.invited",
        role=speak(talk, f"roles.{made.role}"),
        place=facts.area(made.area_id).name,
        team=_team(talk, made.team),
        code=made.code,
        uses=made.uses,
        day=day(talk.person.locale, talk.today + timedelta(days=made.days)),
    )
    told = [speak(talk, "admin.invited_link", link=link) for link in links[:1]]
    return "\n\n".join(("\n".join((text, *told)), speak(talk, "admin.invited_keep")))


def _team(talk: Talk, team: str) -> str:
    return speak(talk, "admin.invited_team", team=team) if team else ""


# --------------------------------------------------------------------------- those that are open


def way(talk: Talk) -> Choice:
    """The button that makes one."""
    return Choice(speak(talk, "admin.do_invite"), MAKE)


def show(talk: Talk, facts: Facts) -> Turn:
    """What can still be used, and a button to revoke each; who is invited by a list stands with the list."""
    every = facts.open_invitations()
    mine = [one for one in every if not one.name]
    by_name = len(every) - len(mine)
    if not every:
        return answer(talk, "admin.no_invitations", way(talk))
    lines, choices = [speak(talk, "admin.invitations")], []
    for number, one in enumerate(mine, 1):
        until = day(talk.person.locale, one.expires_at.astimezone(talk.now.tzinfo).date())
        lines.append(
            speak(
                talk,
                "admin.invitation_line",
                number=number,
                role=speak(talk, f"roles.{one.role}"),
                place=facts.area(one.area_id).name,
                team=_team(talk, one.team),
                uses=one.uses_left,
                day=until,
            )
        )
        choices.append(Choice(speak(talk, "admin.do_revoke", number=number), f"crew:end:{one.id}"))
    if by_name:
        lines.append(speak(talk, "admin.invited_by_name", n=by_name))
        choices.append(command(talk, "phancong"))
    return Turn((Reply("\n".join(lines), tuple(choices)),), talk.doing)


def revoke(talk: Talk, facts: Facts, number: str) -> Turn:
    """Ends an invitation, at once: a wrong tap costs a new one."""
    others = Choice(speak(talk, "admin.do_invitations"), LIST)
    if all(one.id != int(number) for one in facts.open_invitations()):
        return answer(talk, "admin.no_such_invitation", others)
    revoked = answer(talk, "admin.revoked", others)
    return replace(revoked, effects=(RevokeInvitation(int(number)),))
