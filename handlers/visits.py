"""A visit to a household begins: new, surveyed before, put aside, or to be corrected."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from content.form import Form, Question
from content.households import QUESTIONNAIRE, Draft, Household, Survey
from content.questionnaires import suffix
from content.words import day
from handlers import dialogue
from handlers.dialogue import open_form, preface
from handlers.effects import DropDraft
from handlers.facts import Facts
from handlers.questionnaire import CONSENT, NEW_NAME, PURPOSE, advance
from handlers.rights import may
from handlers.speech import answer, command, speak
from handlers.talk import Choice, Doing, Talk
from handlers.turn import Turn


def place(talk: Talk, facts: Facts, area_id: int) -> str:
    """The hamlet with the commune that it is in now: "ấp 2, xã Bình Hòa"."""
    return ", ".join(area.name for area in reversed(facts.path(area_id, talk.today)[-2:]))


def begin(  # noqa: PLR0913 - whose house, and what is asked there
    talk: Talk,
    facts: Facts,
    area_id: int,
    household: Household | None,
    name: str = "",
    *,
    of: str = QUESTIONNAIRE,
) -> Turn:
    """Opens the questionnaire `of` for a household; `name` is that of a new one, where it is known already.

    Where this person has put the household aside, the draft is opened. Where it was surveyed before, its last
    answers are shown first.
    """
    if not may(talk, facts, "survey", area_id):
        return answer(talk, "visits.not_here")
    if household and (draft := _find(talk, facts, household.id, "", suffix(of))):
        return _take_up(talk, facts, draft)
    form = facts.form(of, area_id=area_id)
    if form is None:
        return answer(talk, "visits.no_form", place=place(talk, facts, area_id))
    last = facts.last_survey(household.id, of) if household else None
    about = _about(talk, facts, area_id, household, name)
    given = _given(talk, facts, area_id, household, name)
    if last:
        about["last"] = last.submitted_at.astimezone(talk.now.tzinfo).date().isoformat()
        about["wording"] = last.wording
        given |= _carried(form, last, talk.today)
    doing, step = open_form(talk, "survey", form, about, _known(form, given))
    turn = advance(talk, doing, step, facts, None)
    if household is None or household.absent_on is None:
        return turn
    key = "visits.again_today" if household.absent_on == talk.today else "visits.again"
    missed = day(talk.person.locale, household.absent_on)
    return preface(turn, speak(talk, key, name=household.name, day=missed))


def correct(talk: Talk, facts: Facts, survey_id: str) -> Turn:
    """Opens a survey that this person sent, at its review, in the version that it was made with."""
    survey = facts.survey(survey_id)
    household = facts.household(survey.household_id) if survey else None
    if survey is None or household is None or survey.by != talk.person.id:
        return answer(talk, "visits.not_mine")
    if not household.is_listed:
        return answer(talk, "survey.gone")
    if not may(talk, facts, "survey", household.area_id):
        return answer(talk, "visits.not_here")
    form = facts.form(survey.form, survey.version, household.area_id)
    if form is None:
        return answer(talk, "visits.no_form", place=place(talk, facts, household.area_id))
    about = _about(talk, facts, household.area_id, household, "")
    about |= {"id": survey.id, "wording": survey.wording, "at": "edit"}
    given = _given(talk, facts, household.area_id, household, "") | _answers(form, survey)
    doing, step = open_form(talk, "correct", form, about, _known(form, given))
    return advance(talk, doing, step, facts, None)


def _about(talk: Talk, facts: Facts, area_id: int, household: Household | None, name: str) -> dict[str, Any]:
    return {
        "id": talk.new_id,
        "area": area_id,
        "place": place(talk, facts, area_id),
        "household": household.id if household else None,
        "key": "" if household else talk.new_id,
        "name": household.name if household else name,
        "began": talk.now.isoformat(),
        "wording": "",
        "last": "",
        "at": "",
        "asked": "",
    }


def _given(talk: Talk, facts: Facts, area_id: int, household: Household | None, name: str) -> dict[str, str]:
    """What the form is told beforehand, by question name."""
    path = facts.path(area_id, talk.today)
    commune = path[-2].name if len(path) > 1 else ""
    if household:
        return {"xa": commune, "ap": path[-1].name, "ho": str(household.id), "ten_ho": household.name}
    return {"xa": commune, "ap": path[-1].name, "ho": "", "ten_ho": name, NEW_NAME: name}


def _known(form: Form, given: Mapping[str, str]) -> dict[str, str]:
    """What of it the form has a place for."""
    has = {question.name for question in form.questions()} | form.numbers.keys()
    return {key: value for key, value in given.items() if value and key in has}


def _answers(form: Form, survey: Survey) -> dict[str, str]:
    """What was answered, by node path, as far as the form still asks it."""
    asked = {}
    for path, value in survey.values.items():
        question = form.item(path)
        if isinstance(question, Question) and question.control is not None:
            asked[path] = value
    return asked


def _carried(form: Form, last: Survey, today: date) -> dict[str, str]:
    """The answers that a new visit begins with. Pictures and places belong to the visit they are from."""
    carried = _answers(form, last)
    for path in list(carried):
        question = form.item(path)
        assert isinstance(question, Question)
        taken = question.control == "upload" or question.bind.type.startswith("geo")
        if taken or (question.name == CONSENT and not _consent_holds(last, form, today)):
            del carried[path]
    return carried


def _consent_holds(last: Survey, form: Form, today: date) -> bool:
    """The wording says until when answers are kept, by the year; and it may change with the version."""
    return bool(last.wording) and last.version == form.version and last.submitted_at.year == today.year


# --------------------------------------------------------------------------- drafts


def payload(verb: str, household_id: int | None, key: str, form: str) -> str:
    """A button for a draft: `survey:VERB:HOUSEHOLD:KEY`, household 0 where it is not on the list; behind it
    the questionnaire's mark, where it is not the one of every household.
    """
    return f"survey:{verb}:{household_id or 0}:{key}{suffix(form)}"


def take_up(talk: Talk, facts: Facts, household_id: int, key: str, which: str) -> Turn:
    """Goes on with a draft where it was left; `which` is its questionnaire's `suffix`."""
    draft = _find(talk, facts, household_id, key, which)
    return _take_up(talk, facts, draft) if draft else answer(talk, "visits.draft_gone")


def throw_away(  # noqa: PLR0913 - which draft, and whether that was asked
    talk: Talk, facts: Facts, household_id: int, key: str, which: str, *, sure: bool
) -> Turn:
    """Forgets a draft, after asking once."""
    draft = _find(talk, facts, household_id, key, which)
    if draft is None:
        return answer(talk, "visits.draft_gone")
    if sure:
        dropped = answer(talk, "visits.dropped", command(talk, "khaosat"))
        return replace(dropped, effects=(DropDraft(draft.form, household_id or None, key),))
    return answer(
        talk,
        "visits.drop",
        Choice(speak(talk, "visits.drop_yes"), payload("dropped", household_id, key, draft.form)),
        Choice(speak(talk, "visits.drop_no"), payload("draft", household_id, key, draft.form)),
        name=draft.household_name,
    )


def _find(talk: Talk, facts: Facts, household_id: int, key: str, which: str) -> Draft | None:
    for draft in facts.drafts(talk.person.id):
        if (draft.household_id or 0, draft.key, suffix(draft.form)) == (household_id, key, which):
            return draft
    return None


def _take_up(talk: Talk, facts: Facts, draft: Draft) -> Turn:
    """The draft leaves the drawer: it is the talk's own again, until it is put aside once more."""
    if not may(talk, facts, "survey", draft.about["area"]):
        return answer(talk, "visits.not_here")
    doing = Doing(draft.purpose, draft.form, draft.version, draft.state, draft.about)
    turn = dialogue.again(talk, doing, facts, PURPOSE)
    turn = replace(turn, effects=(*turn.effects, DropDraft(draft.form, draft.household_id, draft.key)))
    return preface(turn, speak(talk, "visits.resumed", name=draft.household_name))
