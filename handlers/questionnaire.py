"""A household's questionnaire in progress: answered, looked over, sent, or put aside.

`about` of the form in progress holds:
    id         the survey's id; a correction has that of the survey it corrects
    area       the hamlet's id
    place      the hamlet's name with its commune's, as shown
    household  the household's id, or None where it is not on the list
    key        what a household that is not on the list will be known by, else ""
    name       the household's name as shown, "" where it is not known yet
    began      when, ISO
    wording    the consent as it was shown
    last       the day of the survey whose answers were brought along, ISO, or ""
    at         which view of the review comes: "" (the first), "last", "same", "review", "edit"
    photos     names of the photos that came as answers
    begun      whether anything was done in it: what was only opened is not put aside
    ref, asked, type, on  the open question and its channel (`handlers.dialogue`); `asked` is "" at the review
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from content import guard, interview, names, places, understand
from content.form import Form
from content.households import is_only_opened
from content.interview import Asked, Entry, Finished, Question, Refused, Review, Step
from content.questionnaires import suffix
from content.vietnamese import fold
from content.words import day
from handlers import dialogue, review
from handlers.dialogue import Purpose, form_of, preface, world
from handlers.effects import AddHousehold, Effect, KeepDraft, NobodyMet, SubmitSurvey
from handlers.facts import Facts
from handlers.rights import may
from handlers.speech import command, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

CONSENT, NO = "dong_y", "khong"
NEW_NAME = "ten_moi"

SEND = frozenset({"gui", "gui phieu", "gui di", "gui luon", "goi phieu", "send", "ok"})
_SAME = frozenset({"khong co gi thay doi", "khong thay doi", "nhu cu", "nothing changed"})
_EDIT = frozenset({"sua", "sua cau tra loi", "co thay doi", "edit", "change an answer"})

ABSENT = frozenset(
    {
        *("chua gap ai", "chua gap", "khong gap ai", "khong gap", "khong co ai", "khong co ai o nha"),
        *("khong ai o nha", "khong co nha", "vang nha", "di vang", "ca nha di vang"),
        *("nobody met", "nobody home"),
    }
)


def advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """The next question, or the review. A new household's name is compared with those on the list."""
    doing, warning = _take_name(talk, doing, step, facts, said)
    match step:
        case Asked(question=question):
            if question.name == CONSENT:
                doing = _with(doing, wording=f"{question.label}\n\n{question.hint}".strip())
            heading = review.heading(talk, doing) if question.number == 1 else ""
            turn = dialogue.show(talk, doing, step, heading)
        case Refused(question=None, why=why):
            return preface(dialogue.again(talk, doing, facts, PURPOSE), why)
        case Refused():
            turn = dialogue.show(talk, doing, step)
        case Review():
            turn = review.show(talk, doing, step, refused=_refused(talk, doing, facts))
    turn = _with_absent(talk, doing, step, turn)
    if turn.doing is not None and not turn.doing.about.get("begun"):
        turn = replace(turn, doing=_with(turn.doing, begun=not _is_fresh(doing, step)))
    return replace(turn, replies=(warning, *turn.replies)) if warning else turn


def _with(doing: Doing, **values: Any) -> Doing:
    return replace(doing, about={**doing.about, **values})


def _is_fresh(doing: Doing, step: Step) -> bool:
    """Whether this is how the questionnaire opens: at its first question, at the last answers, or at those to
    be corrected."""
    match step:
        case Asked(question=question) | Refused(question=Question() as question):
            return doing.purpose == "survey" and question.number == 1 and not doing.about.get("begun", False)
        case _:
            opens = {"", "last"} if doing.purpose == "survey" else {"edit"}
            return bool(doing.about["last"] or doing.purpose == "correct") and doing.about["at"] in opens


def _may_be_absent(doing: Doing, step: Step) -> bool:
    """Before anything is answered: there may be nobody at home, which is no refusal."""
    return doing.purpose == "survey" and doing.about["household"] is not None and _is_fresh(doing, step)


def _with_absent(talk: Talk, doing: Doing, step: Step, turn: Turn) -> Turn:
    """The question, or the last answers, with the button for that."""
    if not _may_be_absent(doing, step):
        return turn
    choice = Choice(speak(talk, "questionnaire.absent"), _payload(doing, "absent"))
    *before, last = turn.replies
    return replace(turn, replies=(*before, replace(last, choices=(*last.choices, choice))))


def _take_name(
    talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None
) -> tuple[Doing, Reply | None]:
    """Where the answer was a new household's name: keeps it for the heading, and says who is called alike."""
    if said is None or not said.text or isinstance(step, Refused) or doing.about.get("asked") != NEW_NAME:
        return doing, None
    name = names.written(said.text)
    households = facts.households(doing.about["area"], doing.form)
    twins = names.alike(name, households, lambda household: household.name)
    doing = _with(doing, name=name, household=None)
    if not twins:
        return doing, None
    choices = tuple(
        Choice(" · ".join(filter(None, (twin.name, twin.address))), _payload(doing, "is", twin.id))
        for twin in twins
    )
    return doing, Reply(speak(talk, "questionnaire.twins", n=len(twins)), choices)


def _refused(talk: Talk, doing: Doing, facts: Facts) -> bool:
    """Whether the household said no to the survey."""
    if not interview.holds(form_of(doing, facts), doing.state, CONSENT, NO):
        return False
    finished = dialogue.finish(talk, doing, facts)
    return isinstance(finished, Finished) and not _consent(finished)


def _consent(finished: Finished) -> bool:
    return finished.named.get(CONSENT) != NO


# --------------------------------------------------------------------------- at the review


def hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    """At the review the words of its buttons can be typed, and the number of an answer reopens it. A secret
    is no answer to anything."""
    if said.payload is not None:
        return None
    if doing.about.get("type") == "text" and guard.guard(said.text).secrets - {"id"}:
        return preface(dialogue.again(talk, doing, facts, PURPOSE), speak(talk, "howto.secret"))
    words = fold(said.text)
    if words in ABSENT and _at_the_door(talk, doing, facts):
        return absent(talk, doing, facts)
    if doing.about["asked"]:
        return _no_answer(talk, doing, facts, said.text)
    if said.photo or said.location or said.file:
        return preface(dialogue.again(talk, doing, facts, PURPOSE), speak(talk, "questionnaire.not_taken"))
    return _at_its_review(talk, doing, facts, words)


def _no_answer(talk: Talk, doing: Doing, facts: Facts, text: str) -> Turn | None:
    """What is typed while a question is open, and is no answer to it."""
    words = fold(text)
    if doing.about["asked"] == NEW_NAME and " " in words and understand.is_declined(text):
        return dialogue.skip(talk, doing, facts, PURPOSE)  # nobody is called "không biết"
    picking = "p" in doing.state  # of several choices, some are ticked: they are an answer first
    if doing.about["at"] == "review" and words in SEND - {"ok"} and not picking:
        return submit(talk, doing, facts)  # an answer was looked at again, and is to stay
    return None


def _at_its_review(talk: Talk, doing: Doing, facts: Facts, words: str) -> Turn:
    if words in SEND:
        return submit(talk, doing, facts)
    if words in _SAME | _EDIT:
        return _look(talk, doing, facts, "same" if words in _SAME else "edit")
    numbered = _numbered(talk, doing, facts, int(words)) if words.isdecimal() and len(words) < 4 else None
    if numbered:
        return numbered
    return _labelled(talk, doing, facts, words)


def _labelled(talk: Talk, doing: Doing, facts: Facts, words: str) -> Turn:
    """What the button of that label does; where there is none, what can be done."""
    again = dialogue.again(talk, doing, facts, PURPOSE)
    shown = (choice for reply in again.replies for choice in reply.choices)
    meant = next((choice.payload for choice in shown if fold(choice.label) == words), None)
    if meant:
        _, verb, _, argument = meant.split(":", 3)
        return press(talk, doing, verb, argument, facts)
    key = "at_refusal" if _refused(talk, doing, facts) else "at_review"
    return preface(again, speak(talk, f"questionnaire.{key}"))


def _numbered(talk: Talk, doing: Doing, facts: Facts, number: int) -> Turn | None:
    """The answer of that number; None where there is none."""
    step = _at_review(talk, doing, facts)
    if step is None or not 1 <= number <= len(step.lines):
        return None
    return _reopen(talk, doing, facts, step.lines[number - 1].ref)


def press(talk: Talk, doing: Doing, verb: str, argument: str, facts: Facts) -> Turn:
    """The buttons that belong to this questionnaire; `argument` is what comes last in the payload."""
    match verb:
        case "send":
            return submit(talk, doing, facts)
        case "same" | "edit":
            return _look(talk, doing, facts, verb)
        case "is":
            return _is(talk, doing, argument, facts)
    step = _at_review(talk, doing, facts)
    entries = {entry.ref: entry for entry in step.entries} if step else {}
    if step and verb == "open" and argument in {line.ref for line in step.lines} | entries.keys():
        return _reopen(talk, doing, facts, argument)
    entry = entries.get(argument)
    if entry and entry.there and verb in {"remove", "removed"}:
        return _remove(talk, doing, facts, entry, sure=verb == "removed")
    return preface(dialogue.again(talk, doing, facts, PURPOSE), speak(talk, "dialogue.stale"))


def _at_review(talk: Talk, doing: Doing, facts: Facts) -> Review | None:
    """What can be mended; None while a question is open."""
    step = interview.resume(form_of(doing, facts), doing.state, world(talk, doing))
    return step if isinstance(step, Review) else None


def _look(talk: Talk, doing: Doing, facts: Facts, at: str) -> Turn:
    if doing.about["asked"]:
        return preface(dialogue.again(talk, doing, facts, PURPOSE), speak(talk, "dialogue.stale"))
    return dialogue.again(talk, _with(doing, at=at), facts, PURPOSE)


def _reopen(talk: Talk, doing: Doing, facts: Facts, ref: str) -> Turn:
    step = interview.reopen(form_of(doing, facts), doing.state, ref, world(talk, doing))
    return advance(talk, replace(_with(doing, at="review"), state=step.state), step, facts, None)


def _remove(talk: Talk, doing: Doing, facts: Facts, entry: Entry, *, sure: bool) -> Turn:
    """Takes a round of a repeat out, after asking once."""
    if not sure:
        return Turn((review.sure(talk, doing, entry),), doing)
    step = interview.remove(form_of(doing, facts), doing.state, entry.ref, world(talk, doing))
    turn = advance(talk, replace(_with(doing, at="edit", begun=True), state=step.state), step, facts, None)
    return preface(turn, speak(talk, "review.removed", name=entry.label))


def _is(talk: Talk, doing: Doing, household_id: str, facts: Facts) -> Turn:
    """The household thought new is one of the list."""
    household = facts.household(int(household_id)) if household_id.isdecimal() else None
    if household is None or not household.is_listed or household.area_id != doing.about["area"]:
        return preface(dialogue.again(talk, doing, facts, PURPOSE), speak(talk, "dialogue.stale"))
    doing = _with(doing, household=household.id, name=household.name)
    said = speak(talk, "questionnaire.is", name=household.name)
    if household.surveyed_at:
        surveyed = household.surveyed_at.astimezone(talk.now.tzinfo).date()
        said += " " + speak(talk, "questionnaire.replaces", day=day(talk.person.locale, surveyed))
    return preface(dialogue.again(talk, doing, facts, PURPOSE), said)


def _payload(doing: Doing, verb: str, argument: object = "") -> str:
    return review.payload(doing, verb, argument)


# --------------------------------------------------------------------------- the end


def submit(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    """Sends the survey. What is still amiss is asked first, and nothing is lost where the right was lost."""
    about = doing.about
    if not may(talk, facts, "survey", about["area"]):
        return preface(cancel(talk, doing), speak(talk, "visits.not_here"))
    form = form_of(doing, facts)
    finished = dialogue.finish(talk, doing, facts)
    if isinstance(finished, Refused):
        return advance(talk, replace(doing, state=finished.state), finished, facts, None)
    effects = _effects(doing, form, finished)
    text = speak(talk, _saved(doing, finished), name=about["name"])
    choices = (
        Choice(speak(talk, "questionnaire.next"), f"survey:area:{about['area']}{suffix(doing.form)}"),
        command(talk, "tiendo"),
    )
    return Turn((Reply(f"{text}\n{_count(talk, doing, facts, effects)}", choices),), None, effects)


def _saved(doing: Doing, finished: Finished) -> str:
    if not _consent(finished):
        return "questionnaire.saved_refusal"
    return "questionnaire.corrected" if doing.purpose == "correct" else "questionnaire.saved"


def _effects(doing: Doing, form: Form, finished: Finished) -> tuple[Effect, ...]:
    """A refusal is counted, and nothing else of it kept; a household that is new is added with its survey."""
    about = doing.about
    consent = _consent(finished)
    household: int | str | None = about["household"] or about["key"] or None
    added: tuple[Effect, ...] = ()
    if consent and not about["household"]:
        name = names.written(finished.named.get(NEW_NAME) or about["name"])
        added = (AddHousehold(about["key"], about["area"], name),)
    given = set(finished.values.values())
    return (
        *added,
        SubmitSurvey(
            survey_id=about["id"],
            form=doing.form,
            version=doing.version,
            area_id=about["area"],
            household=household if consent else None,
            values=finished.values if consent else {},
            xml=finished.xml if consent else "",
            consent=consent,
            wording=about["wording"],
            started_at=datetime.fromisoformat(about["began"]),
            photos=tuple(photo for photo in about.get("photos", ()) if photo in given),
            square=places.square(form, finished.values) if consent else None,
        ),
    )


def _count(talk: Talk, doing: Doing, facts: Facts, effects: tuple[Effect, ...]) -> str:
    """How far the hamlet is, this survey included."""
    done, planned = facts.count(doing.about["area"], doing.form)
    planned += sum(isinstance(effect, AddHousehold) for effect in effects)
    sent = [effect.household for effect in effects if isinstance(effect, SubmitSurvey)]
    done += sum(_is_first(household, doing.form, facts) for household in sent)
    return speak(talk, "questionnaire.count", place=doing.about["place"], done=done, planned=planned)


def _is_first(household: int | str | None, form: str, facts: Facts) -> bool:
    """Whether this is the first survey of that household; of a refusal there is none."""
    if not isinstance(household, int):
        return household is not None
    return facts.last_survey(household, form) is None


def cancel(talk: Talk, doing: Doing) -> Turn:
    """Puts the questionnaire aside, to be taken up again from /khaosat; what was only opened is closed."""
    about = doing.about
    name = about["name"] or speak(talk, "questionnaire.unnamed")
    mark = f"{about['household'] or 0}:{about['key']}{suffix(doing.form)}"
    other = Choice(speak(talk, "questionnaire.other"), f"survey:area:{about['area']}{suffix(doing.form)}")
    if is_only_opened(about):
        was_sent = about["last"] or doing.purpose == "correct"
        key = "questionnaire.closed_unchanged" if was_sent else "questionnaire.closed"
        return Turn((Reply(speak(talk, key, name=name), (other,)),))
    choices = (
        Choice(speak(talk, "questionnaire.go_on"), f"survey:draft:{mark}"),
        other,
        Choice(speak(talk, "questionnaire.drop"), f"survey:drop:{mark}"),
    )
    kept = KeepDraft(doing, about["household"], name, about["key"])
    return Turn((Reply(speak(talk, "questionnaire.kept", name=name), choices),), None, (kept,))


def _at_the_door(talk: Talk, doing: Doing, facts: Facts) -> bool:
    step = interview.resume(form_of(doing, facts), doing.state, world(talk, doing))
    return _may_be_absent(doing, step)


def absent(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    """Nobody was met: the household stays on the list, behind those where nobody has been yet, and whoever of
    the team looks for it sees the day."""
    if not _at_the_door(talk, doing, facts):
        return preface(dialogue.again(talk, doing, facts, PURPOSE), speak(talk, "dialogue.stale"))
    area, household, name = (doing.about[key] for key in ("area", "household", "name"))
    if not may(talk, facts, "survey", area):
        return Turn((Reply(speak(talk, "visits.not_here")),))
    text = speak(talk, "questionnaire.was_absent", name=name, day=day(talk.person.locale, talk.today))
    other = Choice(speak(talk, "questionnaire.other"), f"survey:area:{area}{suffix(doing.form)}")
    return Turn((Reply(text, (other,)),), None, (NobodyMet(household),))


PURPOSE = Purpose(advance, cancel, hear)
