"""/khaosat and every button of a survey (`survey:…`)."""

import re
from collections.abc import Callable
from dataclasses import replace

from content.areas import Level
from content.households import FILLING, QUESTIONNAIRE
from content.people import allowed
from content.questionnaires import mark
from content.vietnamese import fold
from content.words import day
from handlers import dialogue, picking, questionnaire, review, rights, visits
from handlers.buttons import Buttons, pressed
from handlers.dialogue import Purpose, preface
from handlers.facts import Facts
from handlers.speech import answer, command, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

_LONGEST_NUMBER = 2
"""Digits of a number that was a choice; a longer one may be a hotline."""


def start(talk: Talk, said: Said, facts: Facts) -> Turn:
    """Goes on with what is open, or asks which household."""
    if talk.doing and talk.doing.purpose in FILLING:
        return _busy(talk, talk.doing, facts, "survey.going_on")
    return picking.start(talk, facts)


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button, pressed now, late or twice. What it names may be gone, or never was."""
    if not allowed(talk.person, "survey"):
        return answer(talk, "survey.not_yours")
    return pressed(_BUTTONS, talk, said, facts) or answer(talk, "survey.gone")


def loose(talk: Talk, said: Said, facts: Facts) -> Turn | None:
    """What somebody who surveys types where nothing is open: "gửi phiếu" a second time, for the first seemed
    lost; the number of a choice that is past; the name of a household. None for anything else."""
    if not allowed(talk.person, "survey"):
        return None
    words = fold(said.text)
    if words in questionnaire.SEND - {"ok"}:  # that is also said of an answer
        return _sent(talk, facts)
    if words.isdecimal() and len(words) <= _LONGEST_NUMBER:
        return answer(talk, "survey.no_number", command(talk, "khaosat"), number=int(words))
    if words in questionnaire.ABSENT:
        return _whom(talk, picking.start(talk, facts))
    return picking.named(talk, facts, said.text)


def _whom(talk: Talk, turn: Turn) -> Turn:
    """Nobody was met, but at whose house? The households to choose from."""
    return preface(turn, speak(talk, "survey.absent_whom"))


def _sent(talk: Talk, facts: Facts) -> Turn:
    last = next(iter(facts.my_surveys(talk.person.id, QUESTIONNAIRE, 1)), None)
    household = facts.household(last.household_id) if last else None
    if last is None or household is None:
        return answer(talk, "routes.nothing_open", command(talk, "khaosat"))
    sent = day(talk.person.locale, last.submitted_at.astimezone(talk.zone).date())
    return answer(talk, "survey.sent", command(talk, "khaosat"), name=household.name, day=sent)


def _busy(talk: Talk, doing: Doing, facts: Facts, key: str) -> Turn:
    name = doing.about["name"] or speak(talk, "questionnaire.unnamed")
    again = dialogue.again(talk, doing, facts, questionnaire.PURPOSE)
    text = speak(talk, key, name=name, place=doing.about["place"])
    if key == "survey.past_button":
        return preface(again, text)
    aside = Choice(speak(talk, "survey.aside"), review.payload(doing, "aside"))
    return replace(again, replies=(Reply(text, (aside,)), *again.replies))


# --------------------------------------------------------------------------- in a questionnaire


def _inside(talk: Talk, facts: Facts, verb: str, mark: str, argument: str) -> Turn:
    """A button of the questionnaire in progress; one of another that is past says where one stands."""
    doing = talk.doing
    if doing is None or doing.purpose not in FILLING:
        return answer(talk, "survey.past")
    if mark != doing.about["id"][:8]:
        return _busy(talk, doing, facts, "survey.past_button")
    if verb == "aside":
        return questionnaire.cancel(talk, doing)
    if verb == "absent":
        return questionnaire.absent(talk, doing, facts)
    return questionnaire.press(talk, doing, verb, argument, facts)


# --------------------------------------------------------------------------- outside


def _outside(do: Callable[..., Turn]) -> Callable[..., Turn]:
    """`do` where no questionnaire is open; else what is open is said, and stays."""

    def checked(talk: Talk, facts: Facts, *arguments: str) -> Turn:
        if talk.doing and talk.doing.purpose in FILLING:
            return _busy(talk, talk.doing, facts, "survey.busy")
        return do(talk, facts, *arguments)

    return checked


def _here(do: Callable[..., Turn]) -> Callable[..., Turn]:
    """`do` for a hamlet in which this person surveys; its arguments are numbers, the last one a
    questionnaire's mark.
    """

    def checked(talk: Talk, facts: Facts, *arguments: str | None) -> Turn:
        *numbers, which = arguments
        area, *rest = (int(number) for number in numbers if number)
        unit = rights.area(talk, facts, "survey", area)
        if unit is None or unit.level is not Level.HAMLET:
            return answer(talk, "visits.not_here")
        of = _questionnaire(facts, area, which)
        return answer(talk, "survey.gone") if of is None else do(talk, facts, area, *rest, of)

    return _outside(checked)


def _questionnaire(facts: Facts, area_id: int, which: str | None) -> str | None:
    """The questionnaire of that mark, where it is asked there; without a mark, that of every household."""
    if which is None:
        return QUESTIONNAIRE
    return next((one.form for one in facts.questionnaires(area_id) if mark(one.form) == which), None)


def _pick(talk: Talk, facts: Facts, household_id: str, which: str | None) -> Turn:
    doing = talk.doing
    if doing and doing.purpose in FILLING and doing.about["household"] == int(household_id):
        return dialogue.again(talk, doing, facts, questionnaire.PURPOSE)  # tapped twice
    return _outside(_open)(talk, facts, household_id, which)


def _open(talk: Talk, facts: Facts, household_id: str, which: str | None) -> Turn:
    household = facts.household(int(household_id))
    of = _questionnaire(facts, household.area_id, which) if household and household.is_listed else None
    if household is None or of is None:
        return answer(talk, "survey.gone")
    return visits.begin(talk, facts, household.area_id, household, of=of)


def _new(talk: Talk, facts: Facts, area_id: int, of: str) -> Turn:
    """Where the name was typed to look for the household, it is not asked again."""
    looked_for = talk.doing.about.get("name", "") if talk.doing and talk.doing.purpose == "pick" else ""
    if not looked_for and of != QUESTIONNAIRE:
        return answer(talk, "survey.gone")
    return visits.begin(talk, facts, area_id, None, looked_for, of=of)


def _draft(talk: Talk, facts: Facts, verb: str, household_id: str, key: str, which: str) -> Turn:  # noqa: PLR0913, PLR0917
    if verb == "draft":
        return visits.take_up(talk, facts, int(household_id), key, which)
    return visits.throw_away(talk, facts, int(household_id), key, which, sure=verb == "dropped")


def _all_fixes(talk: Talk, facts: Facts) -> Turn:
    return picking.fixes(talk, facts)


def _fixes(talk: Talk, facts: Facts, area_id: int, of: str) -> Turn:
    return picking.fixes(talk, facts, of)


_ID, _UUID, _OF = r"(\d{1,18})", r"([0-9a-f-]{36})", r"(?::([0-9a-f]{8}))?"
_BUTTONS: Buttons = (
    (
        re.compile(r"survey:(send|same|edit|open|remove|removed|is|aside|absent):([0-9a-f]{8}):([0-9.]*)"),
        _inside,
    ),
    (re.compile(rf"survey:pick:{_ID}{_OF}"), _pick),
    (re.compile(rf"survey:area:{_ID}{_OF}"), _here(picking.menu)),
    (re.compile(rf"survey:left:{_ID}:{_ID}{_OF}"), _here(picking.left)),
    (re.compile(rf"survey:mine:{_ID}:{_ID}{_OF}"), _here(picking.mine)),
    (re.compile(rf"survey:new:{_ID}{_OF}"), _here(_new)),
    (
        re.compile(rf"survey:(draft|drop|dropped):{_ID}:((?:[0-9a-f-]{{36}})?)((?::[0-9a-f]{{8}})?)"),
        _outside(_draft),
    ),
    (re.compile(r"survey:fixes"), _outside(_all_fixes)),
    (re.compile(rf"survey:fixes:{_ID}{_OF}"), _here(_fixes)),
    (re.compile(rf"survey:fix:{_UUID}"), _outside(visits.correct)),
)


# --------------------------------------------------------------------------- picking as a form in progress


def _hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    """The number or the label of what was offered is pressed; anything else is a name."""
    if said.payload or not said.text:
        return None
    if fold(said.text) in questionnaire.ABSENT:
        return _whom(talk, picking.again(talk, doing, facts))
    payload = picking.meant(said.text, doing.about.get("offered", ()))
    return press(talk, replace(said, payload=payload), facts) if payload else None


PICKING = Purpose(picking.advance, picking.cancel, _hear)
