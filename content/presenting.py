"""Questions, notes and the review as a chat shows them: plain text, in the person's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from content import payloads, tracing
from content.answers import item_of
from content.asking import Slot
from content.form import Form, Repeat
from content.form import Item as AnyItem
from content.form import Question as Item
from content.reading import type_of
from content.showing import Showing
from content.steps import Entry, Line, Option, Question
from content.telling import shown_value
from content.tree import Node
from content.understand import Labelled
from content.values import dataclass
from content.words import say

_ASK: Mapping[str, Literal["location", "photo"]] = {
    "geopoint": "location",
    "geotrace": "location",
    "geoshape": "location",
    "image": "photo",
}
_HOW = {
    "audio": "interview.want_audio",
    "video": "interview.want_video",
    "file": "interview.want_file",
    "barcode": "interview.want_barcode",
}
"""How what is not simply typed is given."""
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_STRESS = re.compile(r"(\*\*|__|\*|_)(?=\S)(.+?)(?<=\S)\1(?!\w)")


@dataclass(frozen=True, slots=True)
class _Face:
    """How a question looks, whatever was answered: `options` as they are when none is chosen."""

    kind: str
    label: str
    hint: str
    offered: Sequence[Labelled]
    options: tuple[Option, ...]


class Presentation:
    """What people see of an interview. `locale` is the language of our own words, the form has its own."""

    __slots__ = ("locale", "showing")

    def __init__(self, showing: Showing, locale: str) -> None:
        self.showing = showing
        self.locale = locale

    def question(self, slot: Slot, number: int, total: int, picked: Sequence[str] | None) -> Question:
        """What is asked as `number` of `total`; `picked` is a choice of several, or the points of a line,
        that is not finished."""
        if slot.kind == "more":
            return self._more(slot, number, total)
        node = slot.node
        item = item_of(node)
        assert isinstance(item, Item)
        face, held = self._face(slot), node.held()
        kind, options = face.kind, face.options
        multiple = kind == "select_multiple"
        chosen = (picked if picked is not None else held.split()) if multiple else [held]
        if options and any(chosen):
            options = _options(slot.key, face.offered, chosen, multiple)
        keeps = bool(held) and not multiple and not picked
        return Question(
            ref=slot.key,
            name=item.name,
            type=kind,
            label=face.label,
            hint=self._points(face.hint, kind, len(picked or ())) if kind in tracing.LEAST else face.hint,
            options=options,
            multiple=multiple,
            required=self.showing.required(node),
            number=number,
            total=total,
            value=shown_value(item, held, face.offered, self.locale),
            ask=_ASK.get(kind),
            done_payload=payloads.done(slot.key) if multiple or _is_enough(kind, picked) else None,
            undo_payload=payloads.drop(slot.key, tracing.LAST) if kind in tracing.LEAST and picked else None,
            default_payload=payloads.keep(slot.key)
            if keeps and self.showing.violation(node) is None
            else None,
            group=self._group(slot),
            picture=self.showing.picture(node) if self.showing.instance.form.pictures else None,
        )

    def _more(self, slot: Slot, number: int, total: int) -> Question:
        repeat = self.showing.instance.form.items[slot.number]
        name = self._called(slot.node, repeat)
        options = tuple(
            Option(value, say(self.locale, key), payloads.choose(slot.key, value))
            for value, key in (("1", "interview.yes"), ("0", "interview.no"))
        )
        label = say(self.locale, "interview.more", name=name)
        return Question(slot.key, repeat.name, "repeat", label, "", options, False, False, number, total)

    def _face(self, slot: Slot) -> _Face:
        """How a question looks before it is answered."""
        return self._kept(slot) or self._made(slot)

    def _kept(self, slot: Slot) -> _Face | None:
        """The same, made once a form and language; None where an answer, the clock or chance has a part."""
        item = item_of(slot.node)
        if item.loops or not self.showing.is_fixed(item):
            return None
        faces = _faces(self.showing.instance.form)
        which = item.number, self.showing.language, self.locale
        face = faces.get(which)
        if face is None:
            face = faces[which] = self._made(slot)
        return face

    def _made(self, slot: Slot) -> _Face:
        item = item_of(slot.node)
        assert isinstance(item, Item)
        kind, offered = type_of(item), self._offered(slot)
        options = () if kind == "rank" else _options(slot.key, offered, (), kind == "select_multiple")
        return _Face(kind, self._label(slot), self._hint(slot.node, kind, offered), offered, options)

    def offered(self, slot: Slot) -> Sequence[Labelled]:
        """What may be chosen, in plain words."""
        face = self._kept(slot)
        return face.offered if face else self._offered(slot)

    def _offered(self, slot: Slot) -> Sequence[Labelled]:
        item = item_of(slot.node)
        if isinstance(item, Item) and item.control == "trigger":
            return [Labelled("OK", say(self.locale, "interview.acknowledge"))]
        return [
            Labelled(choice.value, plain_words(choice.label) or choice.value)
            for choice in self.showing.choices(slot.node)
        ]

    def lines(self, questions: Iterable[Slot]) -> tuple[Line, ...]:
        """The review: every question that is relevant, answered or not."""
        lines = []
        for slot in questions:
            item = item_of(slot.node)
            assert isinstance(item, Item)
            value = shown_value(item, slot.node.held(), self.offered(slot), self.locale)
            lines.append(Line(slot.key, self._label(slot), value))
        return tuple(lines)

    def entries(self, rounds: Iterable[Node], more: Iterable[Slot]) -> tuple[Entry, ...]:
        """The rounds of repeats by what was answered first in each, then what may come once more."""
        instance = self.showing.instance
        entries = [Entry(instance.key(node), self._round(node)) for node in rounds]
        for slot in more:
            name = self._called(slot.node, instance.form.items[slot.number])
            entries.append(Entry(slot.key, name, there=False))
        return tuple(entries)

    def _round(self, node: Node) -> str:
        """What it is called: "Thành viên 2 (Lan)"."""
        item = item_of(node)
        assert node.parent is not None
        label = f"{self._called(node, item)} {node.parent.named(node.name).index(node) + 1}"
        asked = (one for one in node.descendants() if isinstance(one.state, Item) and one.state.control)
        first = next((one for one in asked if one.relevant and one.held()), None)
        if first is None:
            return label
        slot = Slot("question", "", first, item_of(first).number, ())
        [line] = self.lines([slot])
        return f"{label} ({line.value})"

    def _called(self, node: Node, item: AnyItem) -> str:
        return plain_words(self.showing.text(node, item.label)) or item.name

    def notes(self, slots: Iterable[Slot]) -> tuple[str, ...]:
        """What is only read."""
        notes = ((self.showing.label(slot.node), self.showing.hint(slot.node)) for slot in slots)
        told = ("\n".join(filter(None, map(plain_words, note))) for note in notes)
        return tuple(filter(None, told))

    def _label(self, slot: Slot) -> str:
        """The question; in the form's own language where it is not translated (pyxform writes "-" there)."""
        item = item_of(slot.node)
        label = plain_words(self.showing.label(slot.node))
        if label in {"", "-"}:
            label = plain_words(self.showing.in_default(slot.node, item.label))
        return item.name if label in {"", "-"} else label

    def _hint(self, node: Node, kind: str, offered: Sequence[Labelled]) -> str:
        hints = [plain_words(self.showing.hint(node)), plain_words(self.showing.hint(node, "guidance"))]
        if kind == "rank":
            hints += [f"{place}. {choice.label}" for place, choice in enumerate(offered, 1)]
        elif kind in _HOW:
            hints.append(say(self.locale, _HOW[kind]))
        return "\n".join(filter(None, hints))

    def _points(self, hint: str, kind: str, points: int) -> str:
        """The hint with how many points of the line there are, or are needed."""
        key = "interview.points_so_far" if points else "interview.want_points"
        told = say(self.locale, key, n=points or tracing.LEAST[kind])
        return f"{hint}\n{told}" if hint else told

    def together(self, slots: Iterable[tuple[tuple[str, ...], Slot]]) -> tuple[str, ...]:
        """A line for each question that one message answers, its choices with their numbers; what is only
        read before all but the first stands above it."""
        lines: list[str] = []
        for place, (notes, slot) in enumerate(slots, 1):
            lines += notes if place > 1 else ()
            item = item_of(slot.node)
            assert isinstance(item, Item)
            offered = self.offered(slot)
            choices = " · ".join(f"{number} {one.label}" for number, one in enumerate(offered, 1))
            line = f"{place}. {self._label(slot)}"
            lines.append(f"{line} ({choices})" if choices else line)
        return tuple(lines)

    def _group(self, slot: Slot) -> str:
        """The label of the innermost group that has one; a repeat's with its number."""
        around = set(slot.groups)
        node = slot.node.parent
        while node is not None and node.state is not None:
            item = item_of(node)
            repeated = isinstance(item, Repeat) and node.parent is not None
            label = plain_words(self.showing.label(node)) if repeated or item.number in around else ""
            if label and repeated and node.parent is not None:
                return f"{label} {node.parent.named(node.name).index(node) + 1}"
            if label:
                return label
            node = node.parent
        return ""


def plain_words(text: str) -> str:
    """A label without the marks of Markdown and HTML, which forms may hold and chats show as they are."""
    text = text.strip()
    if "<" in text:
        text = _TAG.sub("", text)
    if "[" in text:
        text = _LINK.sub(r"\1 (\2)", text)
    if "#" in text:
        text = _HEADING.sub("", text)
    if "*" in text or "_" in text:
        text = _STRESS.sub(r"\2", text)
    return text


def _is_enough(kind: str, picked: Sequence[str] | None) -> bool:
    return kind in tracing.LEAST and len(picked or ()) >= tracing.LEAST[kind]


@lru_cache(maxsize=64)
def _faces(_form: Form) -> dict[tuple[int, str, str], _Face]:
    """The questions made so far, by item, the form's language and that of our own words."""
    return {}


def _options(
    key: str, offered: Sequence[Labelled], chosen: Sequence[str], multiple: bool
) -> tuple[Option, ...]:
    return tuple([_option(key, one, chosen, multiple) for one in offered])


def _option(key: str, offered: Labelled, chosen: Sequence[str], multiple: bool) -> Option:
    picked = offered.value in chosen
    if multiple:
        payload = payloads.drop(key, offered.value) if picked else payloads.add(key, offered.value)
    else:
        payload = payloads.choose(key, offered.value)
    return Option(offered.value, offered.label, payload, picked)
