"""A form in progress: what was said goes to the interview, and what comes of it is shown.

What a form is for is not known here: a `Purpose` says what becomes of each step.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from content import interview
from content.bundle import PICTURES
from content.form import Form
from content.interview import Asked, Finished, Given, Question, Refused, Step, World
from content.masking import mask
from content.vietnamese import fold
from handlers.effects import Effect, KeepPhoto
from handlers.facts import Facts
from handlers.speech import speak
from handlers.talk import Attached, Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

LARGEST_FILE = 20 << 20
"""Bytes of a file that is an answer: no channel hands out more."""
LONGEST_ANSWER = 1000
"""Characters. Longer is a pasted article, not an answer; it would not be read again either."""


def _nothing(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    return None


def stopped(talk: Talk, _doing: Doing) -> Turn:
    """It was stopped, and nothing comes of it."""
    return Turn((Reply(speak(talk, "admin.stopped")),))


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a form is filled in for.

    `advance` makes the turn of a step: shows the question or the review, or takes the finished form; `doing`
    holds the step's state already; the answer that led there comes along, if it was one. `hear` may take what
    was said before the interview does (None: it does not). `cancel` ends it. With `keeps` False photos that
    are answers are not kept.
    """

    advance: Callable[[Talk, Doing, Step, Facts, Said | None], Turn]
    cancel: Callable[[Talk, Doing], Turn]
    hear: Callable[[Talk, Doing, Said, Facts], Turn | None] = _nothing
    keeps: bool = True


def own_form(facts: Facts, name: str) -> Form:
    """The form of a dialogue that comes with the program."""
    form = facts.form(name)
    assert form is not None, "the dialogue forms come with the program"
    return form


def open_form(
    talk: Talk, purpose: str, form: Form, about: dict[str, Any], given: dict[str, str] | None = None
) -> tuple[Doing, Step]:
    """Begins an interview."""
    doing = Doing(purpose, form.id, form.version, {}, about)
    step = interview.begin(form, world(talk, doing), given)
    return replace(doing, state=step.state), step


def form_of(doing: Doing, facts: Facts) -> Form:
    """The version that the interview began with. Raises LookupError where it is gone."""
    form = facts.form(doing.form, doing.version, doing.about.get("area"))
    if form is None:
        raise LookupError(f"form {doing.form} version {doing.version} is gone, but a talk is in it")
    return form


def world(talk: Talk, doing: Doing) -> World:
    """What the form may ask of the world. `about["instances"]` are its lists that only this talk knows."""
    return World(
        now=talk.now,
        language=talk.person.locale,
        seed=doing.about.get("id", ""),
        facts={"username": talk.person.name, "deviceid": talk.channel},
        instances=doing.about.get("instances", {}),
    )


def finish(talk: Talk, doing: Doing, facts: Facts) -> Finished | Refused:
    """Ends the interview: what it holds, or which question stands in the way (`content.interview.finish`)."""
    return interview.finish(form_of(doing, facts), doing.state, world(talk, doing))


def answered(talk: Talk, doing: Doing, facts: Facts) -> dict[str, str]:
    """The answers of a dialogue that came to its review, by the names of its questions."""
    finished = finish(talk, doing, facts)
    assert isinstance(finished, Finished), "at the review every question was answered"
    return finished.named


# --------------------------------------------------------------------------- what was said


def hear(talk: Talk, doing: Doing, said: Said, facts: Facts, purpose: Purpose) -> Turn:
    """Takes what was said as the answer to the open question, where it was asked on this channel: with two
    phones in hand, what is typed into one answers what stands there."""
    elsewhere = doing.about.get("asked") and doing.about.get("on", talk.channel) != talk.channel
    if elsewhere and said.payload is None:
        return preface(again(talk, doing, facts, purpose), speak(talk, "dialogue.elsewhere"))
    taken = purpose.hear(talk, doing, said, facts)
    if taken is not None:
        return taken
    if len(said.text) > LONGEST_ANSWER and said.payload is None:
        long = speak(talk, "dialogue.too_long", n=len(said.text), most=LONGEST_ANSWER)
        return preface(again(talk, doing, facts, purpose), long)
    if said.file is not None and (said.file.size or 0) > LARGEST_FILE:
        large = speak(talk, "dialogue.file_large", n=LARGEST_FILE >> 20)
        return preface(again(talk, doing, facts, purpose), large)
    typed = said.text
    if (masked := mask(typed)) != typed:
        said = replace(said, text=masked)
    form, lines = form_of(doing, facts), _lines(doing, said)
    if len(lines) > 1:
        step = interview.answer_lines(form, doing.state, lines, world(talk, doing))
    else:
        step = interview.answer(form, doing.state, _given(said), world(talk, doing))
    if isinstance(step, Refused) and (payload := meant(talk, step.question, said)):
        pressed = replace(said, payload=payload)
        return (press if payload.startswith("form:") else hear)(talk, doing, pressed, facts, purpose)
    doing, effects = _keep_photo(replace(doing, state=step.state), said, step)
    turn = purpose.advance(talk, doing, step, facts, said)
    if said.payload is not None and isinstance(step, Asked) and step.question.ref == doing.about.get("ref"):
        ticked = (replace(reply, again=True, attached=None) for reply in turn.replies)
        turn = replace(turn, replies=tuple(ticked))
    if effects and purpose.keeps:
        turn = replace(turn, effects=(*effects, *turn.effects))
    return preface(turn, speak(talk, "dialogue.masked")) if said.text != typed else turn


def meant(talk: Talk, question: Question | None, said: Said) -> str | None:
    """The button under the question that is meant by its label ("Xong"). By its number it is meant only where
    a channel lists the choices; that is the desk's to know."""
    if question is None or said.payload is not None or not said.text:
        return None
    wanted = fold(said.text)
    made = choices(talk, question)
    return next((choice.payload for choice in made if fold(choice.label) == wanted), None)


def _lines(doing: Doing, said: Said) -> list[str]:
    """What was typed in answer to several questions that one message asked, a line each."""
    if said.payload is not None or not doing.about.get("together"):
        return []
    return [line for line in map(str.strip, said.text.splitlines()) if line]


def _given(said: Said) -> Given:
    place = said.location
    return Given(
        text=said.text,
        payload=said.payload,
        location=(place.latitude, place.longitude, place.accuracy) if place else None,
        photo=said.photo.name if said.photo else None,
        file=said.file.kept if said.file else None,
        other=said.other,
    )


def _keep_photo(doing: Doing, said: Said, step: Step) -> tuple[Doing, tuple[Effect, ...]]:
    name = said.photo.name if said.photo else said.file.kept if said.file else None
    if name is None or isinstance(step, Refused):
        return doing, ()
    photos = [*doing.about.get("photos", ()), name]
    return replace(doing, about={**doing.about, "photos": photos}), (KeepPhoto(name),)


def again(talk: Talk, doing: Doing, facts: Facts, purpose: Purpose) -> Turn:
    """The open question once more, or the review."""
    step = interview.resume(form_of(doing, facts), doing.state, world(talk, doing))
    return purpose.advance(talk, replace(doing, state=step.state), step, facts, None)


def back(talk: Talk, doing: Doing, facts: Facts, purpose: Purpose) -> Turn:
    """The question before."""
    step = interview.back(form_of(doing, facts), doing.state, world(talk, doing))
    return purpose.advance(talk, replace(doing, state=step.state), step, facts, None)


def skip(talk: Talk, doing: Doing, facts: Facts, purpose: Purpose) -> Turn:
    """Leaves the open question blank, where that is allowed."""
    step = interview.skip(form_of(doing, facts), doing.state, world(talk, doing))
    return purpose.advance(talk, replace(doing, state=step.state), step, facts, None)


def press(talk: Talk, doing: Doing, said: Said, facts: Facts, purpose: Purpose) -> Turn:
    """The buttons under a question: `form:back:REF` and `form:skip:REF`. They hold for that question only,
    so that a second tap does not go back twice.
    """
    verb, _, ref = (said.payload or "").removeprefix("form:").partition(":")
    if verb not in {"back", "skip"} or ref != doing.about.get("ref"):
        return preface(again(talk, doing, facts, purpose), speak(talk, "dialogue.stale"))
    return (back if verb == "back" else skip)(talk, doing, facts, purpose)


# --------------------------------------------------------------------------- what is shown


def show(talk: Talk, doing: Doing, step: Asked | Refused, heading: str = "") -> Turn:
    """The question that a step asks. `heading` stands above it."""
    question = step.question
    assert question is not None, "at the review nothing is asked"
    notes = [step.why.strip()] if isinstance(step, Refused) else list(step.notes)
    topic = question.group or ("" if heading else doing.about.get("name", ""))
    text = "\n\n".join([*filter(None, [heading]), *notes, _wording(talk, question, topic)])
    open_ = {"ref": question.ref, "asked": question.name, "type": question.type, "on": talk.channel}
    if question.together:
        open_["together"] = "1"
    about = {name: value for name, value in doing.about.items() if name not in {"together", "languages"}}
    numbers = None if question.options else 0  # the answer itself may be one
    picture = _picture(question) if isinstance(step, Asked) else None
    reply = Reply(text, choices(talk, question), question.ask, picture, keyboard="question", numbers=numbers)
    return Turn((reply,), replace(doing, about={**about, **open_}))


def _picture(question: Question) -> Attached | None:
    if question.picture is None:
        return None
    name, data = question.picture
    return Attached(name, PICTURES[PurePath(name).suffix.lower()], data)


def _wording(talk: Talk, question: Question, topic: str) -> str:
    """How far one is and with what or whom, the question, and the hint."""
    lines = [question.label.strip()]
    if question.total > 1:
        lines.insert(0, " · ".join(filter(None, (f"{question.number}/{question.total}", topic))))
    if question.multiple:
        lines.append(speak(talk, "dialogue.several"))
    parts = ["\n".join(lines), question.hint]
    if question.together:
        parts.append("\n".join([speak(talk, "dialogue.together"), *question.together]))
    return "\n\n".join(filter(None, parts))


def choices(talk: Talk, question: Question) -> tuple[Choice, ...]:
    """The options in their order (so that a typed number means the same), then what else can be done."""
    made = [Choice(f"✓ {o.label}" if o.chosen else o.label, o.payload) for o in question.options]
    if question.done_payload:
        made.append(Choice(speak(talk, "dialogue.done"), question.done_payload))
    if question.undo_payload:
        made.append(Choice(speak(talk, "dialogue.undo_point"), question.undo_payload))
    if question.default_payload and not question.options:
        made.append(Choice(speak(talk, "dialogue.keep", value=question.value), question.default_payload))
    if not question.required:
        made.append(Choice(speak(talk, "dialogue.skip"), f"form:skip:{question.ref}"))
    if question.number > 1:
        made.append(Choice(speak(talk, "dialogue.back"), f"form:back:{question.ref}"))
    return tuple(made)


def preface(turn: Turn, text: str) -> Turn:
    """The turn with a sentence before its first reply, in the same message."""
    if not turn.replies:
        return replace(turn, replies=(Reply(text),))
    first, *rest = turn.replies
    return replace(turn, replies=(replace(first, text=f"{text}\n\n{first.text}"), *rest))
