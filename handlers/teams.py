"""Teams (`teams:…`): listed with how many people each has, made, renamed, closed.

`about` of the dialogues (purposes "team", "rename-team") holds `id`, `team` (the number of the one that is
renamed), and `area_id` and `offered` (`handlers.places`).
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from content.interview import Asked, Refused, Review, Step
from content.people import allowed
from content.staff import Colleague, Team, found
from content.vietnamese import fold
from handlers import dialogue, places
from handlers.buttons import Buttons, pages, pressed
from handlers.colleagues import named, role, where
from handlers.dialogue import Purpose, open_form, own_form, preface, stopped
from handlers.effects import Effect
from handlers.facts import Facts
from handlers.rights import may
from handlers.speech import answer, speak
from handlers.staff import CloseTeam, MakeTeam, RenameTeam
from handlers.talk import Choice, Doing, Said, Talk
from handlers.turn import Turn

FORM = "lap-to"
SEES = "see-people"
_PAGE, _MEMBERS = 8, 30


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button, pressed now, late or twice."""
    if not allowed(talk.person, SEES):
        return answer(talk, f"routes.only_{SEES}")
    return pressed(BUTTONS, talk, said, facts) or answer(talk, "teams.gone")


# --------------------------------------------------------------------------- looked at


def show(talk: Talk, facts: Facts, page: str) -> Turn:
    """The teams where this person may see who works there, by area."""
    every = sorted(facts.teams(), key=lambda one: (where(talk, facts, one.area_id), fold(one.name)))
    last = max(0, (len(every) - 1) // _PAGE)
    here = min(int(page), last)
    shown = every[here * _PAGE : (here + 1) * _PAGE]
    choices = [Choice(_label(talk, facts, one), f"teams:card:{one.id}") for one in shown]
    choices += pages(talk, here, last, lambda other: f"teams:list:{other}")
    if allowed(talk.person, "manage"):
        choices.append(Choice(speak(talk, "teams.do_new"), "teams:new"))
    choices.append(Choice(speak(talk, "people.do_list"), "people:list:0"))
    return answer(talk, "teams.list" if every else "teams.none", *choices, n=len(every))


def _label(talk: Talk, facts: Facts, one: Team) -> str:
    people = speak(talk, "teams.people", n=one.members)
    return f"{one.name} · {where(talk, facts, one.area_id)} · {people}"


def _find(talk: Talk, facts: Facts, number: str | int, action: str) -> Team | None:
    """The team of that number, where this person may do that in its area."""
    one = facts.team(int(number))
    return one if one and may(talk, facts, action, one.area_id) else None


def card(talk: Talk, facts: Facts, number: str) -> Turn:
    """One team: who leads it, who is in it, what can be done."""
    one = _find(talk, facts, number, SEES)
    if one is None:
        return answer(talk, "teams.gone")
    people = _members(facts, one)
    leaders = ", ".join(named(talk, name) for name in one.leaders) or speak(talk, "teams.no_leader")
    choices = [
        Choice(f"{named(talk, each.name)} · {role(talk, facts, each.held[0])}", f"people:card:{each.id}")
        for each in people[:_MEMBERS]
    ]
    if may(talk, facts, "manage", one.area_id):
        for verb in ("rename", "close"):
            choices.append(Choice(speak(talk, f"teams.do_{verb}"), f"teams:{verb}:{one.id}"))
    choices.append(Choice(speak(talk, "teams.do_list"), "teams:list:0"))
    place = where(talk, facts, one.area_id)
    return answer(talk, "teams.card", *choices, name=one.name, place=place, leaders=leaders, n=one.members)


def _members(facts: Facts, one: Team) -> Sequence[Colleague]:
    every = [each for each in facts.staff() if any(held.grant.team_id == one.id for held in each.held)]
    return found(every, "")


# --------------------------------------------------------------------------- made, renamed


def begin(talk: Talk, facts: Facts) -> Turn:
    """Asks where the new team works, and its name."""
    if not allowed(talk.person, "manage"):
        return answer(talk, "routes.only_manage")
    return _ask(talk, facts, "team", {"id": talk.new_id, "team": None}, None)


def rename(talk: Talk, facts: Facts, number: str) -> Turn:
    """Asks the new name."""
    one = _find(talk, facts, number, "manage")
    if one is None:
        return answer(talk, "teams.gone")
    about = {"id": talk.new_id, "team": one.id, "area_id": one.area_id}
    return _ask(talk, facts, "rename-team", about, {"o": facts.area(one.area_id).code})


def _ask(
    talk: Talk, facts: Facts, purpose: str, about: dict[str, object], given: dict[str, str] | None
) -> Turn:
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "tickets.busy")
    form = own_form(facts, FORM)
    doing, step = open_form(talk, purpose, form, about, given)
    return _advance(talk, doing, step, facts, None)


def _advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    if isinstance(step, Review):
        return _finish(talk, doing, facts)
    assert isinstance(step, Asked | Refused)
    turn = dialogue.show(talk, doing, step)
    asks_area = step.question is not None and step.question.name == places.QUESTION
    return places.offer(talk, turn, facts) if asks_area else turn


def _finish(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    area_id = int(doing.about["area_id"])
    name = " ".join(dialogue.answered(talk, doing, facts)["ten"].split())
    number, done = doing.about["team"], replace(talk, doing=None)
    if not may(talk, facts, "manage", area_id):
        return answer(done, "admin.not_yours")
    if number is not None and _find(talk, facts, number, "manage") is None:
        return answer(done, "teams.gone")
    if _taken(talk, doing, facts, name):  # by somebody else, meanwhile
        return answer(done, "teams.taken", name=name, place=where(talk, facts, area_id))
    effect: Effect = MakeTeam(area_id, name) if number is None else RenameTeam(number, name)
    key = "teams.made" if number is None else "teams.renamed"
    look = Choice(speak(talk, "teams.do_list"), "teams:list:0")
    return replace(answer(done, key, look, name=name, place=where(talk, facts, area_id)), effects=(effect,))


def _hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    """An area by its name; and a name that no other team there has."""
    if doing.about.get("asked") == "ten" and not said.payload and _taken(talk, doing, facts, said.text):
        place = where(talk, facts, doing.about["area_id"])
        again = dialogue.again(talk, doing, facts, ASKING)
        return preface(again, speak(talk, "teams.taken", name=" ".join(said.text.split())[:80], place=place))
    return places.hear(talk, doing, said, facts, ASKING)


def _taken(talk: Talk, doing: Doing, facts: Facts, name: str) -> bool:
    area_id, number = int(doing.about["area_id"]), doing.about["team"]
    there = (one for one in facts.teams() if one.area_id == area_id and one.id != number)
    return any(fold(one.name) == fold(name) for one in there)


ASKING = Purpose(_advance, stopped)
"""The same, without listening for an area's name."""
MAKING = Purpose(_advance, stopped, _hear)


# --------------------------------------------------------------------------- closed


def close(talk: Talk, facts: Facts, number: str) -> Turn:
    """What closing means, before it is done."""
    one = _find(talk, facts, number, "manage")
    if one is None:
        return answer(talk, "teams.gone")
    yes = Choice(speak(talk, "teams.do_close_yes"), f"teams:closed:{one.id}")
    keep = Choice(speak(talk, "people.do_keep"), f"teams:card:{one.id}")
    return answer(talk, "teams.close_sure", yes, keep, name=one.name, n=one.members)


def closed(talk: Talk, facts: Facts, number: str) -> Turn:
    """Closes it."""
    one = _find(talk, facts, number, "manage")
    if one is None:
        return answer(talk, "teams.gone")
    look = Choice(speak(talk, "teams.do_list"), "teams:list:0")
    return replace(answer(talk, "teams.closed", look, name=one.name), effects=(CloseTeam(one.id),))


_ID = r"(\d{1,18})"
BUTTONS: Buttons = (
    (re.compile(rf"teams:list:{_ID}"), show),
    (re.compile(rf"teams:card:{_ID}"), card),
    (re.compile(r"teams:new"), begin),
    (re.compile(rf"teams:rename:{_ID}"), rename),
    (re.compile(rf"teams:close:{_ID}"), close),
    (re.compile(rf"teams:closed:{_ID}"), closed),
)
