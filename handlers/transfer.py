"""Somebody moves to another area or team, or their role passes to somebody else.

`about` of the dialogue (purpose "transfer") holds `id`, `person` and `held` (the role's number), and
`area_id` and `offered` (`handlers.places`).
"""

from dataclasses import replace

from content.interview import Asked, Refused, Review, Step
from content.people import Grant
from content.staff import Card, Held
from content.tickets import HELPS
from content.vietnamese import fold
from content.words import listed
from handlers import dialogue, places
from handlers.colleagues import back, gone, managed, managed_role, named, role
from handlers.dialogue import Purpose, open_form, own_form
from handlers.effects import Effect
from handlers.facts import Facts
from handlers.leaving import is_last, sure
from handlers.passing import Passing, lines, passing, tell, tell_heirs
from handlers.rights import may
from handlers.speech import answer, speak
from handlers.staff import HandOver, MoveRole
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

FORM, CONFIRM = "chuyen-nguoi", "dong-y"

# --------------------------------------------------------------------------- moved


def begin(talk: Talk, facts: Facts, person_id: str, number: str) -> Turn:
    """Asks where to."""
    found = managed_role(talk, facts, person_id, number)
    if found is None:
        return gone(talk)
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "tickets.busy")
    card, held = found
    if is_last(talk, facts, card.colleague.id, [held]):
        return answer(talk, "people.last_admin", back(talk, card.colleague.id))
    form = own_form(facts, FORM)
    about = {"id": talk.new_id, "person": card.colleague.id, "held": held.id}
    doing, step = open_form(talk, "transfer", form, about, {"co_to": "co" if _in_team(held) else "khong"})
    return _advance(talk, doing, step, facts, None)


def _in_team(held: Held) -> bool:
    """Whether the role is one of those held in teams: of who surveys."""
    return held.grant.allows("survey")


def _advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    found = managed_role(talk, facts, str(doing.about["person"]), str(doing.about["held"]))
    done = replace(talk, doing=None)
    if found is None:  # it ended meanwhile, or the right to end it
        return gone(done)
    card, held = found
    if isinstance(step, Review):
        return _look(talk, doing, facts, card, held)
    assert isinstance(step, Asked | Refused)
    question = step.question.name if step.question else ""
    name = named(talk, card.colleague.name)
    heading = speak(talk, "people.moving", name=name, role=role(talk, facts, held))
    if question == "to":
        teams = [one.name for one in facts.teams() if one.area_id == doing.about["area_id"]]
        locale = talk.person.locale
        heading = speak(talk, "people.teams_there", teams=listed(locale, teams)) if teams else ""
    turn = dialogue.show(talk, doing, step, "" if isinstance(step, Refused) else heading)
    asks_area = question == places.QUESTION
    return places.offer(talk, turn, facts, role=held.grant.role) if asks_area else turn


def _look(talk: Talk, doing: Doing, facts: Facts, card: Card, held: Held) -> Turn:
    """Where to was answered: what becomes of what is open is shown before anything is done."""
    area_id, one = int(doing.about["area_id"]), card.colleague
    done = replace(talk, doing=None)
    if not may(talk, facts, "manage", area_id):
        return answer(done, "admin.not_yours")
    team = _team(facts, area_id, dialogue.answered(talk, doing, facts).get("to", ""))
    if area_id == held.grant.area_id and team == held.team:
        return answer(done, "people.stays_there", back(talk, one.id), name=named(talk, one.name))
    about = {**{key: doing.about[key] for key in ("id", "person", "held", "area_id")}, "team": team}
    sure_, step = open_form(talk, "moved", own_form(facts, CONFIRM), about)
    return _confirm(talk, sure_, step, facts, None)


def _confirm(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    found = managed_role(talk, facts, str(doing.about["person"]), str(doing.about["held"]))
    if found is None or not may(talk, facts, "manage", int(doing.about["area_id"])):
        return gone(replace(talk, doing=None))
    card, held = found
    new, left = _after(talk, doing, facts, card, held)
    match step:
        case Asked():
            name, team = named(talk, card.colleague.name), _in_brackets(new.team)
            heading = speak(talk, "people.move_sure", name=name, role=role(talk, facts, new), team=team)
            rest = (f"• {line}" for line in lines(talk, left))
            return dialogue.show(talk, doing, step, "\n".join((heading, *rest)))
        case Refused():
            return dialogue.show(talk, doing, step)
        case Review():
            return _finish(replace(talk, doing=None), facts, card, new, left)


def _after(talk: Talk, doing: Doing, facts: Facts, card: Card, held: Held) -> tuple[Held, Passing]:
    """The role as it would be, and what would pass on with the move."""
    role_ = Grant(held.grant.role, int(doing.about["area_id"]))
    new, rest = Held(held.id, role_, talk.today, doing.about["team"]), card.colleague.without(held)
    return new, passing(talk, facts, replace(rest, grants=(*rest.grants, new.grant)))


def _in_brackets(team: str) -> str:
    return f" ({team})" if team else ""


def _finish(talk: Talk, facts: Facts, card: Card, new: Held, left: Passing) -> Turn:
    one, team = card.colleague, _in_brackets(new.team)
    effects: list[Effect] = [*left.effects, MoveRole(one.id, new.id, new.grant.area_id, new.team)]
    effects += tell_heirs(talk, facts, left, one.name, but=[talk.person.id])
    them = facts.person(one.id)
    if them and one.id != talk.person.id:
        effects.append(tell(talk, facts, them, "people.told_moved", held=new, team=team))
    moved = speak(
        talk,
        "people.moved",
        name=named(talk, one.name),
        role=role(talk, facts, new),
        team=team,
    )
    rest = lines(talk, left) if left.effects or left.stay or left.given else ()
    text = "\n".join((moved, *(f"• {line}" for line in rest)))
    return Turn((Reply(text, (back(talk, one.id),)),), None, tuple(effects))


def _team(facts: Facts, area_id: int, typed: str) -> str:
    """The name of a team as it is written, where there is one that is called so; else what was typed."""
    typed = " ".join(typed.split())
    there = (one.name for one in facts.teams() if one.area_id == area_id)
    return next((name for name in there if fold(name) == fold(typed)), typed)


def _cancel(talk: Talk, doing: Doing) -> Turn:
    return Turn((Reply(speak(talk, "admin.stopped"), (back(talk, doing.about["person"]),)),))


def _hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    return places.hear(talk, doing, said, facts, ASKING)


ASKING = Purpose(_advance, _cancel)
"""The same, without listening for an area's name."""
MOVING = Purpose(_advance, _cancel, _hear)
CONFIRMING = Purpose(_confirm, _cancel)


# --------------------------------------------------------------------------- handed over


def _two(talk: Talk, facts: Facts, person_id: str, number: str, to: str) -> tuple[Card, Held, Card] | None:
    """Who hands over which role to whom; None where one of them is not there for this person."""
    found, other = managed_role(talk, facts, person_id, number), managed(talk, facts, to)
    if found is None or other is None or other.colleague.state != "active":
        return None
    return (*found, other) if other.colleague.id != found[0].colleague.id else None


def give(talk: Talk, facts: Facts, person_id: str, number: str, to: str) -> Turn:
    """What passes with the role, before it does."""
    found = _two(talk, facts, person_id, number, to)
    if found is None:
        return gone(talk)
    card, held, other = found
    them = other.colleague.person
    left = passing(talk, facts, card.colleague.without(held), them)
    name = named(talk, them.name)
    rest = [*lines(talk, left, them)]
    if waiting := _waiting(facts, card, held):
        rest.append(speak(talk, "people.waiting_told", n=waiting, name=name))
    yes = Choice(speak(talk, "people.do_give_yes"), f"people:given:{person_id}:{number}:{to}")
    return sure(talk, card, "people.give_sure", rest, yes, to=name, role=role(talk, facts, held))


def _waiting(facts: Facts, card: Card, held: Held) -> int:
    """How many questions that nobody has taken whoever holds the role was told of."""
    return dict(facts.burden(card.colleague.id).waiting).get(held.id, 0)


def given(talk: Talk, facts: Facts, person_id: str, number: str, to: str) -> Turn:
    """Passes the role on with what is open, and tells both."""
    found = _two(talk, facts, person_id, number, to)
    if found is None:
        return gone(talk)
    card, held, other = found
    one, receiver = card.colleague, facts.person(other.colleague.id)
    assert receiver is not None, "a colleague is a person"
    left = passing(talk, facts, one.without(held), receiver)
    effects: list[Effect] = [*left.effects, HandOver(one.id, held.id, receiver.id)]
    n = sum(count for _, count in left.drafts)
    effects.append(
        tell(
            talk,
            facts,
            receiver,
            "people.told_given",
            *(("/khaosat",) if _in_team(held) else ()),
            *(("ticket:list:",) if held.grant.allows(HELPS) else ()),
            held=held,
            name=named(talk, one.name),
            drafts=n,
            tickets=left.tickets,
            homes=left.given,
            waiting=_waiting(facts, card, held),
        )
    )
    if (them := facts.person(one.id)) and one.id != talk.person.id:
        to_name = named(talk, receiver.name)
        effects.append(tell(talk, facts, them, "people.told_handed", held=held, name=to_name))
    done = answer(
        talk,
        "people.given",
        back(talk, receiver.id),
        name=named(talk, one.name),
        to=named(talk, receiver.name),
        role=role(talk, facts, held),
    )
    return replace(done, effects=tuple(effects))
