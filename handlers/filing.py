"""What a household asks for about its data, by mouth: filed by whoever hears it, for whoever administers.

`about` of the dialogue (purpose "file") holds:
    id         UUID of the dialogue
    area_id    the hamlet
    household  the household, once it is known
    name       how it is told, above the questions
    offered    what is offered as buttons: pairs of label and payload
    ref, asked, type, on  the open question, and its channel (`handlers.dialogue`)
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from content.areas import Area, Level
from content.households import QUESTIONNAIRE, Household
from content.interview import Asked, Refused, Review, Step
from content.people import allowed
from content.privacy import KINDS, Request
from content.vietnamese import fold
from handlers import dialogue, picking, rights
from handlers.custody import (
    FileRequest,
)
from handlers.dialogue import Purpose, open_form, own_form, preface, stopped
from handlers.effects import Tell
from handlers.facts import Facts
from handlers.requests import days, here
from handlers.speech import answer, capital, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

FILE, SEES = "yeu-cau-ho", "see-households"
_PLACE, _HOUSE = "khu_vuc", "ho"
_MOST = 12


def may_file(talk: Talk) -> bool:
    """Whether this person works with households."""
    return allowed(talk.person, SEES)


def begin(talk: Talk, facts: Facts) -> Turn:
    """Asks which household, what it wants, and how it says so."""
    if not may_file(talk):
        return answer(talk, "routes.past")
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "tickets.busy")
    form = own_form(facts, FILE)
    near = _near(talk, facts)
    about: dict[str, Any] = {"id": talk.new_id, "area_id": None, "household": None, "offered": []}
    only = near[0] if len(near) == 1 and near[0].level == Level.HAMLET else None
    if only:
        about["area_id"] = only.id
    doing, step = open_form(talk, "file", form, about, {"noi": only.code} if only else None)
    return advance(talk, doing, step, facts, None)


def advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Asks; in the end keeps the request and tells those who administer the place."""
    if isinstance(step, Review):
        return _finish(talk, doing, facts)
    assert isinstance(step, Asked | Refused)
    turn = dialogue.show(talk, doing, step)
    name = step.question.name if step.question else ""
    if name == _PLACE:
        return _offer(
            talk, turn, [(_place(talk, facts, area), f"area.{area.id}") for area in _near(talk, facts)]
        )
    return turn


def hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    """Where the hamlet or the household is asked for, what is typed is looked up."""
    asked = doing.about.get("asked")
    if asked not in {_PLACE, _HOUSE} or said.payload or not said.text.strip():
        return None
    offered = picking.meant(said.text, doing.about["offered"])
    if offered is not None:
        return pick(talk, facts, offered.partition(":")[2])
    if asked == _PLACE:
        named = (area for area in facts.areas_named(said.text) if rights.may(talk, facts, SEES, area.id))
        areas = [one for area in named for one in facts.hamlets(area.id, talk.today)]
        if len(areas) == 1:
            return _take(talk, doing, facts, "area_id", areas[0].id, areas[0].code)
        found = [(_place(talk, facts, area), f"area.{area.id}") for area in areas]
    else:
        houses = _named(facts, doing.about["area_id"], said.text)
        if len(houses) == 1:
            return _take_house(talk, doing, facts, houses[0])
        found = [(_label(house), f"house.{house.id}") for house in houses]
    again = dialogue.again(talk, doing, facts, _ASKING)
    key = "requests.which" if found else "requests.none"
    return preface(_offer(talk, again, found), speak(talk, key, words=" ".join(said.text.split())[:60]))


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button `household:…`."""
    return pick(talk, facts, (said.payload or "").partition(":")[2])


def pick(talk: Talk, facts: Facts, named: str) -> Turn:
    """A button under the question for the hamlet or the household; it holds for that dialogue only."""
    doing = talk.doing
    mark, _, which = named.partition(".")
    kind, _, number = which.partition(".")
    if doing is None or doing.purpose != "file" or mark != doing.about["id"][:8] or not number.isdecimal():
        return answer(talk, "routes.past")
    if kind == "area" and doing.about["asked"] == _PLACE:
        area = rights.area(talk, facts, SEES, number)
        if area is not None and area.level == Level.HAMLET:
            return _take(talk, doing, facts, "area_id", area.id, area.code)
    if kind == "house" and doing.about["asked"] == _HOUSE:
        house = facts.household(int(number))
        if house is not None and house.area_id == doing.about["area_id"]:
            return _take_house(talk, doing, facts, house)
    return preface(dialogue.again(talk, doing, facts, FILING), speak(talk, "dialogue.stale"))


def _take(talk: Talk, doing: Doing, facts: Facts, key: str, number: int, text: str) -> Turn:  # noqa: PLR0913, PLR0917
    doing = replace(doing, about={**doing.about, key: number, "offered": []})
    return dialogue.hear(talk, doing, Said(text), facts, _ASKING)


def _take_house(talk: Talk, doing: Doing, facts: Facts, house: Household) -> Turn:
    """The household, which stands over the questions that follow: one sees which was meant."""
    doing = replace(doing, about={**doing.about, "name": _label(house)})
    return _take(talk, doing, facts, "household", house.id, house.name)


def _near(talk: Talk, facts: Facts) -> list[Area]:
    """The hamlets where this person may see households; of a wider place what lies right under it."""
    found: dict[int, Area] = {}
    for area in rights.held(talk, facts, SEES):
        below = [area] if area.level == Level.HAMLET else facts.below(area.id, talk.today)
        found.update((one.id, one) for one in below if one.level == Level.HAMLET)
    return list(found.values())


def _named(facts: Facts, hamlet_id: int, words: str) -> list[Household]:
    """The households that are meant: by the whole name, else by a part of it."""
    houses, wanted = facts.households(hamlet_id, QUESTIONNAIRE), fold(words)
    exact = [house for house in houses if fold(house.name) == wanted]
    return exact or [house for house in houses if wanted and wanted in fold(house.name)]


def _offer(talk: Talk, turn: Turn, found: Sequence[tuple[str, str]]) -> Turn:
    doing = turn.doing
    assert doing is not None
    mark = doing.about["id"][:8]
    choices = [Choice(label, f"household:{mark}.{payload}") for label, payload in found[:_MOST]]
    pairs = [[choice.label, choice.payload] for choice in choices]
    *before, last = turn.replies
    last = replace(last, choices=(*choices, *last.choices))
    return replace(
        turn, replies=(*before, last), doing=replace(doing, about={**doing.about, "offered": pairs})
    )


def _place(talk: Talk, facts: Facts, area: Area) -> str:
    above = [one.name for one in facts.path(area.id, talk.today)[-2:-1]]
    return capital(", ".join([area.name, *above]))


def _label(house: Household) -> str:
    return " · ".join(filter(None, (house.name, house.address)))


def _finish(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    values = dialogue.answered(talk, doing, facts)
    house = facts.household(int(doing.about["household"]))
    if house is None:
        return replace(answer(talk, "admin.gone"), doing=None)
    asked = Request(
        number=0,
        kind=next(kind for kind in KINDS if kind == values["loai"]),
        asked_at=talk.now,
        who=house.name,
        text=values.get("noi_dung", ""),
        household_id=house.id,
        area_id=house.area_id,
        taken_by=talk.person.id,
    )
    by = days(talk, facts, asked)
    said = speak(talk, "requests.filed", who=house.name, what=speak(talk, f"privacy.asks_{asked.kind}"), **by)
    tells = tuple(
        Tell(
            one.id,
            Reply(
                speak(replace(talk, person=one), "requests.new", place=here(talk, facts, asked), **by),
                (Choice(speak(replace(talk, person=one), "requests.do_list"), "quantri:requests"),),
            ),
            "reply",
            f"request/{talk.new_id}/{one.id}",
        )
        for one in administrators(talk, facts, house.area_id)
    )
    return Turn((Reply(said),), None, (FileRequest(asked), *tells))


def administrators(talk: Talk, facts: Facts, area_id: int) -> list[Any]:
    """Whoever administers the place, but who speaks."""
    path = rights.path(talk, facts, area_id)
    found = (one for one in facts.helpers(area_id) if allowed(one, "manage", path))
    return [one for one in found if one.id != talk.person.id]


_ASKING = Purpose(advance, stopped)
FILING = Purpose(advance, stopped, hear)
