"""What an interview is given and what it gives: the values of `content.interview`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from content.values import dataclass

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
    """What the person gave: one of these. `photo` and `file` are the names under which they are kept; of a
    file `other` says what it is: "voice", "video", "file"."""

    text: str = ""
    payload: str | None = None
    location: tuple[float, float, float | None] | None = None
    photo: str | None = None
    file: str | None = None
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
    `options` are empty for typed answers. `value` is what is answered already, as people read it ("" if
    nothing). `ref` is the question's key: what its payloads begin with, and what `reopen` takes.
    `group` is the label of the group it stands in, the innermost that has one ("" if none): the topic.
    `picture` is what is shown with it: the file's name and its bytes.
    `together` are the lines of all questions of its field-list that can be answered in one message, its own
    first (empty where it is asked alone).
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
    undo_payload: str | None = None  # where points are gathered: the button that takes the last one out
    together: tuple[str, ...] = ()
    group: str = ""
    picture: tuple[str, bytes] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the review: what was asked and what was answered; `ref` reopens it."""

    ref: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One round of a repeat: "Thành viên 2 (Lan)". `ref` is what `remove` takes. Where `there` is False it
    stands for a round that may be added: `ref` is what `reopen` takes, `label` the repeat's."""

    ref: str
    label: str
    there: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    question: Question
    state: State
    notes: tuple[str, ...] = ()  # notes (type note) that come before the question


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer was not taken. `reason` is "stale" for a button of a past question, else "invalid"."""

    question: Question | None
    why: str
    state: State
    reason: Literal["invalid", "stale"] = "invalid"


@dataclass(frozen=True, slots=True)
class Review:
    lines: tuple[Line, ...]
    state: State
    notes: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """`values`: submitted strings by node path, relevant nodes only; `xml`: what OpenRosa submits."""

    values: dict[str, str]
    xml: str
    state: State

    @property
    def named(self) -> dict[str, str]:
        """The answers by their questions' names, without white space around them; of a repeat the first."""
        return {path.rpartition("/")[2]: value.strip() for path, value in reversed(self.values.items())}


Step = Asked | Refused | Review
