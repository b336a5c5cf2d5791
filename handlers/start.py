"""/start: who speaks here, and what it never asks for; with a code, an invitation is taken up."""

from dataclasses import replace

from content.interview import Refused, Review, Step
from content.people import Grant, allowed, code_in
from content.words import say
from handlers import consenting, dialogue, joining
from handlers.commands import offered
from handlers.dialogue import Purpose, open_form, own_form
from handlers.duties import Decline
from handlers.effects import Effect, NoteGuess, Redeem, Tell
from handlers.facts import Facts
from handlers.speech import answer, command, speak
from handlers.talk import Doing, Reply, Said, Talk
from handlers.turn import Turn

JOIN = "tham-gia"
_NAME, _AGREED = "ten", "dong_y"


def start(talk: Talk, said: Said, facts: Facts) -> Turn:
    """Greets; `said.text` is the code, where there is one. A form in progress is left as it is."""
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "start.busy")
    if joining.asks_by_phone(said.text):
        return Turn((Reply(speak(talk, "joining.how")), joining.ask_phone(talk)), talk.doing)
    return _invited(talk, code_in(said.text) or joining.typed(said.text), facts) if said.text else greet(talk)


def phone(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The person's own number, by the platform's form: takes up what they are invited to by it."""
    code = joining.code_of(said.phone)
    if facts.invitation(code).problem:
        return answer(talk, "joining.no_invitation")
    return _invited(talk, code, facts)


def greet(talk: Talk) -> Turn:
    """By role: what this is, and what can be done here."""
    commands = [command(talk, c.name) for c in offered(talk.person)]
    if talk.person.is_citizen:
        return Turn((Reply(speak(talk, "start.citizen"), tuple(commands)),))
    name = f" {talk.person.name}" if talk.person.name else ""
    role = speak(talk, f"roles.{talk.person.highest}")
    return Turn((Reply(speak(talk, "start.team", name=name, role=role), tuple(commands)),))


# --------------------------------------------------------------------------- joining


def _invited(talk: Talk, code: str, facts: Facts) -> Turn:
    if not joining.by_phone(code) and facts.guesses().locked:
        return answer(talk, "start.code_locked")
    if facts.is_locked():
        return answer(talk, "start.locked")
    invitation = facts.invitation(code)
    if invitation.problem == "unknown":
        return joining.take(talk, code, facts) or _wrong(talk, facts)
    if invitation.problem:
        refused = answer(talk, f"start.code_{invitation.problem}")
        return replace(refused, replies=(*refused.replies, joining.ask_phone(talk)))
    if talk.person.holds(invitation.role, invitation.area_id):
        return answer(talk, "start.already", *(command(talk, c.name) for c in offered(talk.person)))
    form = own_form(facts, JOIN)
    about = {
        "id": talk.new_id,
        "code": code,
        "role": speak(talk, f"roles.{invitation.role}"),
        "team": invitation.team or facts.area(invitation.area_id).name,
    }
    given = dict(consenting.given(talk, facts, form, "team"))
    if invitation.name:  # whoever made the list wrote it; it can be corrected at /dulieu
        about["name"] = given["ten"] = invitation.name
    doing, step = open_form(talk, "join", form, about, given)
    return advance(talk, doing, step, facts, None)


def _wrong(talk: Talk, facts: Facts) -> Turn:
    """A code that is nobody's: counted, and whoever administers all is told when it looks like guessing."""
    refused = answer(talk, "start.code_unknown")
    effects: list[Effect] = [NoteGuess()]
    if facts.guesses().last:
        refused = answer(talk, "start.code_locked")
        effects += [
            Tell(
                admin.id,
                Reply(say(admin.locale, "start.guessing")),
                "reminder",
                f"guessing/{talk.now:%y%m%d%H}",
            )
            for root in facts.roots(talk.today)
            for admin in facts.helpers(root.id)
            if allowed(admin, "manage", [root.id])
        ]
    return replace(refused, replies=(*refused.replies, joining.ask_phone(talk)), effects=tuple(effects))


def advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Asks whether they agree, and how they are called; then takes up the invitation."""
    if isinstance(step, Review):
        values = dialogue.answered(talk, doing, facts)
        if values.get(_AGREED) == consenting.NO:
            said_no = consenting.refused(talk, doing, "team")
            named = (Decline(doing.about["code"]),) if doing.about.get("name") else ()
            return Turn((Reply(speak(talk, "start.no_consent")),), None, (*said_no, *named))
        return _join(talk, doing.about["code"], " ".join(values[_NAME].split()), facts)
    doing, agreed = consenting.heard(doing, step, "team")
    about = doing.about
    key = "start.invited_named" if about.get("name") else "start.invited"
    heading = speak(talk, key, name=about.get("name", ""), role=about["role"], team=about["team"])
    again = isinstance(step, Refused) or agreed
    turn = dialogue.show(talk, consenting.shown(doing, step.question), step, "" if again else heading)
    return replace(turn, effects=agreed)


def _join(talk: Talk, code: str, name: str, facts: Facts) -> Turn:
    """The invitation is looked at once more: its last use may have gone to somebody else meanwhile."""
    invitation = facts.invitation(code)
    if facts.is_locked():
        return replace(answer(talk, "start.locked"), doing=None)
    if invitation.problem:
        return replace(answer(talk, f"start.code_{invitation.problem}"), doing=None)
    grant = Grant(invitation.role, invitation.area_id)
    person = replace(talk.person, name=name, grants=(*talk.person.grants, grant))
    greeted = greet(replace(talk, person=person))
    if invitation.households:
        place = facts.area(invitation.area_id).name
        greeted = dialogue.preface(
            greeted, speak(talk, "start.households", n=invitation.households, place=place)
        )
    if invitation.name:
        greeted = dialogue.preface(greeted, speak(talk, "start.named", name=name))
    return replace(greeted, effects=(Redeem(code, name),))


def cancel(talk: Talk, doing: Doing) -> Turn:
    """The invitation stays as it was."""
    return Turn((Reply(speak(talk, "start.cancelled")),))


PURPOSE = Purpose(advance, cancel)
