"""The interview: (form, state, what was said, the world) -> what comes next. Pure; the state is plain JSON.

    step = begin(form, world, given={"ap": "2"})
    match answer(form, step.state, Given(text="3"), world):
        case Asked(question, state): ...       # the next question
        case Refused(question, why, state): ...# not taken, why, and the same question again
        case Review(lines, state): ...         # everything is answered: look it over
        case Finished(values, xml, state): ... # only from finish()
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from content.form import Form

State = dict[str, Any]
"""Answers and place, JSON-able. Belongs to this module; others carry it."""


@dataclass(frozen=True, slots=True)
class World:
    """What a form may ask of the world. `now` carries the district's zone; `seed` makes random() and uuid()
    repeatable; `facts` are metadata by name (username, deviceid, …); `instances` external choice lists:
    name -> rows (dicts with at least "name" and "label").
    """

    now: datetime
    language: str = "vi"
    seed: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """What the person gave: one of these."""

    text: str = ""
    payload: str | None = None
    location: tuple[float, float, float | None] | None = None
    photo: str | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """A choice as it is shown; `payload` is what its button sends."""

    value: str
    label: str
    payload: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked now, in the person's language.

    `number` of `total` is the progress, counting the questions that are relevant as things stand.
    `options` are empty for typed answers. `value` is what is answered already, as shown to people ("" if not).
    `group` is the label of the group it stands in, the innermost that has one ("" if none): the topic.
    """

    ref: str
    name: str
    type: str
    label: str
    hint: str
    options: tuple[Option, ...]
    multiple: bool
    required: bool
    number: int
    total: int
    value: str = ""
    ask: Literal["location", "photo"] | None = None
    done_payload: str | None = None  # where several may be chosen: the button that ends the choosing
    default_payload: str | None = None  # where a default is offered: the button that takes it
    group: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the review: what was asked and what was answered; `ref` reopens it."""

    ref: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Asked:
    question: Question
    state: State
    notes: tuple[str, ...] = ()  # notes (type note) that come before the question


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer was not taken. `reason` is "stale" for a button of a question that is past, else "invalid"."""

    question: Question | None
    why: str
    state: State
    reason: Literal["invalid", "stale"] = "invalid"


@dataclass(frozen=True, slots=True)
class Review:
    lines: tuple[Line, ...]
    state: State
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """`values`: submitted strings by node path, relevant nodes only; `xml` the instance as OpenRosa submits it."""

    values: dict[str, str]
    xml: str
    state: State


Step = Asked | Refused | Review


def begin(form: Form, world: World, given: Mapping[str, str] | None = None) -> Step:
    """Opens the form; `given` are values known beforehand, by question name or node path.

    Questions that `given` answers are not asked first, but appear in the review. Where everything required is
    given (a household surveyed before), the first step is the review.
    """
    raise NotImplementedError


def resume(form: Form, state: State, world: World) -> Step:
    """Where the interview stands: the open question again, or the review."""
    raise NotImplementedError


def answer(form: Form, state: State, given: Given, world: World) -> Step:
    """Takes an answer to the open question: by payload, option number, label, or label without diacritics."""
    raise NotImplementedError


def back(form: Form, state: State, world: World) -> Step:
    """The question before; at the first, the first again."""
    raise NotImplementedError


def skip(form: Form, state: State, world: World) -> Step:
    """Leaves the open question blank; Refused where it is required."""
    raise NotImplementedError


def reopen(form: Form, state: State, ref: str, world: World) -> Step:
    """From the review: asks one question again. After its answer come the questions that became relevant and
    unanswered, then the review."""
    raise NotImplementedError


def finish(form: Form, state: State, world: World) -> Finished | Refused:
    """Checks every constraint once more and closes the form. Refused with the first question that is amiss."""
    raise NotImplementedError
