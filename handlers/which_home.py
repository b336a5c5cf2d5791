"""Asking which household is meant, within a dialogue: the hamlet where it is not clear, then the name of the
household, as buttons or as it is typed. Its form has `khu_vuc` (left out where `noi` is given) and `ho`.

`about` of such a dialogue holds:
    id         UUID of the dialogue
    area_id    the hamlet
    household  the household, once it is known
    name       how it is told, above the questions
    offered    what is offered as buttons: pairs of label and payload
    ref, asked, type, on  the open question, and its channel (`handlers.dialogue`)
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from content.areas import Area, Level
from content.households import QUESTIONNAIRE, Household
from content.interview import Asked, Refused, Review, Step
from content.values import dataclass
from content.vietnamese import fold
from content.words import day
from handlers import dialogue, picking, rights, which_area
from handlers.dialogue import Purpose, open_form, own_form, preface, stopped
from handlers.facts import Facts
from handlers.speech import answer, capital, speak
from handlers.talk import Choice, Doing, Said, Talk
from handlers.turn import Turn

_PLACE, _HOUSE = "khu_vuc", "ho"
_MOST = 12


@dataclass(frozen=True, slots=True)
class Asking:
    """A dialogue that asks for a household: for what (`purpose`), by which form, who may (`action`), and what
    is done with the answers, as `finish` says."""

    purpose: str
    form: str
    action: str
    finish: Callable[[Talk, Doing, Facts, Household], Turn]

    @property
    def listening(self) -> Purpose:
        """The dialogue as what is said comes to it."""
        return Purpose(self._advance, stopped, self._hear)

    def begin(self, talk: Talk, facts: Facts, hamlet: Area | None = None) -> Turn:
        """Asks which household, and what the form asks besides; in that hamlet, where it is known."""
        if talk.doing and talk.doing.purpose != "pick":
            return answer(talk, "tickets.busy")
        near = [hamlet] if hamlet else self._near(talk, facts)
        about: dict[str, Any] = {"id": talk.new_id, "area_id": None, "household": None, "offered": []}
        only = near[0] if len(near) == 1 else None
        if only:
            about["area_id"] = only.id
        given = {"noi": only.code} if only else None
        doing, step = open_form(talk, self.purpose, own_form(facts, self.form), about, given)
        return self._advance(talk, doing, step, facts, None)

    def pick(self, talk: Talk, facts: Facts, named: str) -> Turn:
        """A button under the question for the hamlet or the household; it holds for that dialogue only."""
        doing = talk.doing
        mark, _, which = named.partition(".")
        kind, _, number = which.partition(".")
        if doing is None or mark != doing.about["id"][:8] or not number.isdecimal():
            return answer(talk, "routes.past")
        if kind == "area" and doing.about["asked"] == _PLACE:
            area = rights.area(talk, facts, self.action, number)
            if area is not None and area.level == Level.HAMLET:
                return self._take(talk, doing, facts, {"area_id": area.id}, area.code)
        if kind == "house" and doing.about["asked"] == _HOUSE:
            house = facts.household(int(number))
            if house is not None and house.is_listed and house.area_id == doing.about["area_id"]:
                return self._take_house(talk, doing, facts, house)
        return preface(dialogue.again(talk, doing, facts, self.listening), speak(talk, "dialogue.stale"))

    def _advance(self, talk: Talk, doing: Doing, step: Step, facts: Facts, _said: Said | None) -> Turn:
        if isinstance(step, Review):
            house = facts.household(int(doing.about["household"]))
            if house is None:
                return replace(answer(talk, "admin.gone"), doing=None)
            return self.finish(talk, doing, facts, house)
        assert isinstance(step, Asked | Refused)
        turn = dialogue.show(talk, doing, step)
        if step.question is None or step.question.name != _PLACE:
            return turn
        near = self._near(talk, facts)
        return _offer(talk, turn, [(_place(talk, facts, area), f"area.{area.id}") for area in near])

    def _hear(self, talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
        """Where the hamlet or the household is asked for, what is typed is looked up."""
        asked = doing.about.get("asked")
        if asked not in {_PLACE, _HOUSE} or said.payload or not said.text.strip():
            return None
        offered = picking.meant(said.text, doing.about["offered"])
        if offered is not None:
            return self.pick(talk, facts, offered.partition(":")[2])
        if asked == _PLACE:
            named = which_area.meant(talk, facts, said.text, self.action)
            areas = [one for area in named for one in facts.hamlets(area.id, talk.today)]
            if len(areas) == 1:
                return self._take(talk, doing, facts, {"area_id": areas[0].id}, areas[0].code)
            found = [(_place(talk, facts, area), f"area.{area.id}") for area in areas]
        else:
            houses = _named(facts, doing.about["area_id"], said.text)
            if len(houses) == 1:
                return self._take_house(talk, doing, facts, houses[0])
            found = [(_label(talk, house), f"house.{house.id}") for house in houses]
        again = dialogue.again(talk, doing, facts, self._deaf)
        key = "requests.which" if found else "requests.none"
        return preface(_offer(talk, again, found), speak(talk, key, words=" ".join(said.text.split())[:60]))

    @property
    def _deaf(self) -> Purpose:
        """The dialogue where what was said has been looked up already."""
        return Purpose(self._advance, stopped)

    def _take(self, talk: Talk, doing: Doing, facts: Facts, known: dict[str, Any], text: str) -> Turn:
        doing = replace(doing, about={**doing.about, **known, "offered": []})
        return dialogue.hear(talk, doing, Said(text), facts, self._deaf)

    def _take_house(self, talk: Talk, doing: Doing, facts: Facts, house: Household) -> Turn:
        """The household, which stands over the questions that follow: one sees which was meant."""
        known = {"household": house.id, "name": _label(talk, house)}
        return self._take(talk, doing, facts, known, house.name)

    def _near(self, talk: Talk, facts: Facts) -> list[Area]:
        """The hamlets where this person may; of a wider place those right under it."""
        found: dict[int, Area] = {}
        for area in rights.held(talk, facts, self.action):
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


def _label(talk: Talk, house: Household) -> str:
    """Its name and address, and when it was surveyed: by that two of one name are told apart."""
    surveyed = house.surveyed_at and house.surveyed_at.astimezone(talk.now.tzinfo).date()
    done = f"✓ {day(talk.person.locale, surveyed)}" if surveyed else ""
    return " · ".join(filter(None, (house.name, house.address, done)))
