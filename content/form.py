"""A compiled questionnaire: frozen values that say what is asked, when, and what an answer changes.

Made by `content.xform.compile_form`. Nothing here belongs to one interview; a form may be shared and cached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from content.expressions import Expression
from content.tree import Node

Text = tuple[str | Expression, ...]
"""A text in one language: words, and expressions whose values are filled in (`<output value="…"/>`)."""

Control = Literal["input", "select1", "select", "rank", "range", "upload", "trigger"]
Event = Literal[
    "odk-instance-first-load", "odk-instance-load", "odk-new-repeat", "xforms-value-changed", "xforms-ready"
]

_EXTRAS = re.compile(r"\[[^\]]*\]|[\w.-]+:(?=[\w*])")

PLAIN = ""
"""The form of a text that is read; others are "guidance", "short", "image", "audio", "video", "big-image"."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in all languages and forms: language -> form -> text. Language "" is what belongs to none.

    `key` computes an itext id where the id is not fixed (`jr:itext(concat('a-', /data/b))`).
    """

    texts: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    key: Expression | None = None

    def of(self, language: str, shape: str = PLAIN) -> Text:
        """The text in that language; () where there is none."""
        forms = self.texts.get(language)
        if forms is None:
            forms = self.texts.get("", {})
        return forms.get(shape, ())


NO_WORDING = Wording()


@dataclass(frozen=True, slots=True)
class Bind:
    """What holds for a node. None: relevant, not required, writable, no calculation, no constraint."""

    type: str = "string"
    relevant: Expression | None = None
    required: Expression | None = None
    readonly: Expression | None = None
    calculate: Expression | None = None
    constraint: Expression | None = None
    constraint_message: Wording = NO_WORDING
    required_message: Wording = NO_WORDING
    preload: str = ""
    preload_params: str = ""


NO_BIND = Bind()


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice that stands in the form itself."""

    value: str
    label: Wording


@dataclass(frozen=True, slots=True)
class Itemset:
    """Choices read from nodes: `nodes` finds them, `value` and `label` are read from each.

    `key` says that the label holds an itext id; `live` that the choices hang on answers.
    """

    nodes: Expression
    value: Expression
    label: Expression
    key: bool = False
    live: bool = True


@dataclass(frozen=True, slots=True)
class Setvalue:
    """An action: when one of `events` happens, the item `target` becomes `value`, or `text`.

    `place` finds the node where the form names its place (`/data/r[1]/x`). `source` is the item whose event
    it is; None for the form's own.
    """

    events: frozenset[str]
    target: int
    place: Expression | None
    value: Expression | None
    text: str = ""
    source: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One node of the primary instance.

    `number` is its place in document order, `path` its schema path (without positions), `up` its parent's
    number (None for the root), `loops` the repeats it stands in, outermost first, with itself if it is one.
    `attributes` are (name, text, namespace, prefix).
    """

    number: int
    path: str
    name: str
    namespace: str
    prefix: str
    up: int | None
    loops: tuple[int, ...]
    bind: Bind
    label: Wording = NO_WORDING
    hint: Wording = NO_WORDING
    appearance: str = ""
    attributes: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group(Item):
    """A node that holds others: `children`, and all below with numbers under `end`.

    `shown`: it is a group of the body too.
    """

    children: tuple[int, ...] = ()
    end: int = 0
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Repeat(Group):
    """A group that comes any number of times.

    `count` says how often where the form decides; `fixed` where people may not add (`jr:noAddRemove`);
    `initial` is how many a new instance of what holds it opens with.
    """

    count: Expression | None = None
    fixed: bool = False
    initial: int = 1


@dataclass(frozen=True, slots=True)
class Question(Item):
    """A node with a value. `control` is None where nobody is asked (calculations, metadata).

    `choices` are fixed, `itemset` reads them from nodes; `parameters` are what the control carries (`start`,
    `end`, `step` of a range); `media` is the kind of file an upload takes.
    """

    control: Control | None = None
    default: str = ""
    choices: tuple[Choice, ...] = ()
    itemset: Itemset | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    media: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """What the body asks, in its order: a question by number, or a repeat with what it asks each time.

    `inside` is what the repeat asks. `groups` are the groups of the body it stands in, outermost first,
    within its repeat.
    """

    number: int
    groups: tuple[int, ...] = ()
    inside: tuple[Asking, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """An item to look at again when another changes.

    `depth` is how many repeats both stand in together: only nodes under the same instances are touched.
    """

    number: int
    depth: int


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A questionnaire ready to run.

    `items` are all nodes of the primary instance in document order (item n has number n; 0 is the root).
    `numbers` finds them by schema path without prefixes. `triggers` are the
    actions by the item whose event they wait for. `reaches[n]` says what depends on item n; `order[n]`
    ranks the items so that what is read comes first;
    `live[n]`: the item has something to work out. `counts` and `values` are what the form opens with, by
    the keys of `content.instance`. `instances` are the secondary instances, `external` those that
    come from outside (CSV files) and are not at hand. `files` names the file of each that was read from one
    or would be, `shown` the pictures and sounds of labels by their files; `pictures` holds those at hand.
    `declared` are the namespaces of a submission's root. `source` is the XForm.
    """

    id: str
    version: str
    title: str
    languages: tuple[str, ...]
    default_language: str
    items: tuple[Item, ...]
    numbers: Mapping[str, int]
    asking: tuple[Asking, ...]
    actions: tuple[Setvalue, ...]
    triggers: Mapping[int, tuple[Setvalue, ...]]
    reaches: tuple[tuple[Reach, ...], ...]
    order: tuple[int, ...]
    live: tuple[bool, ...]
    counts: Mapping[str, int]
    values: Mapping[str, str]
    itext: Mapping[str, Wording]
    instances: Mapping[str, Node]
    external: frozenset[str]
    namespaces: Mapping[str, str]
    declared: Mapping[str, str]
    warnings: tuple[FormFault, ...]
    source: str
    files: Mapping[str, str]
    shown: frozenset[str]
    pictures: Mapping[str, bytes]

    def item(self, path: str) -> Item | None:
        """The item at a schema path (prefixes may be left out), or None."""
        number = self.numbers.get(plain(path))
        return None if number is None else self.items[number]

    def questions(self) -> Iterator[Question]:
        """Everything that has a value, in document order."""
        return (item for item in self.items if isinstance(item, Question))


def plain(path: str) -> str:
    """A schema path without prefixes, positions and spaces: "/data/orx:meta/r[2]" is "/data/meta/r"."""
    return _EXTRAS.sub("", path).strip().rstrip("/")


@dataclass(frozen=True, slots=True)
class FormFault:
    """What is wrong in a form, and where.

    `key` names the sentence in the catalogue (`form.<key>`) and `values` fill it in: it can be said in
    every language. `path` and `attribute` are the place in the XForm; `sheet`, `row` (from 1, as spreadsheets
    number them) and `column` the place in the workbook. A warning lets the form run.
    """

    key: str
    values: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    attribute: str = ""
    sheet: str = ""
    row: int = 0
    column: str = ""
    warning: bool = False


class FormError(ValueError):
    """A form that cannot run, with all that is wrong in it."""

    def __init__(self, faults: tuple[FormFault, ...]) -> None:
        super().__init__("; ".join(f"{fault.path} {fault.key} {dict(fault.values)}" for fault in faults))
        self.faults = faults
