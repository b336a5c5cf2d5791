"""The order of an interview: what would be asked of an instance as it stands, from the first to the last."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from content.answers import item_of, key_of, stand_in
from content.form import Asking, Form, Question, Repeat
from content.instance import Instance
from content.showing import Showing
from content.tree import Node

Kind = Literal["question", "note", "more"]


@dataclass(slots=True)
class Slot:
    """One thing the interview comes by: a question, a note to read, or whether a repeat shall come once more.

    `node` is the question's; of "more" it is the repeat's parent. `key` names it in state and payloads; of
    "more" it is the key that the next instance would have. `groups` are the groups around it by number.
    """

    kind: Kind
    key: str
    node: Node
    number: int
    groups: tuple[int, ...]


class Agenda:
    """Everything relevant in the order of asking: what is asked and what is only read, with what is passed.

    `asked`, `notes` and `todo` (asked, and not passed yet) hold places in `slots`, ascending. Of a form
    without repeats every slot has its fixed place, and `follow` looks only at what an answer has turned on or
    off; with repeats places move, and the agenda is made anew.
    """

    __slots__ = ("asked", "done", "fixed", "notes", "places", "showing", "slots", "todo", "unsure")

    def __init__(self, showing: Showing, done: dict[str, None]) -> None:
        self.showing = showing
        self.done = done
        self._lay_out()

    def _lay_out(self) -> None:
        instance = self.showing.instance
        line = _line(instance.form)
        instance.turned.clear()
        self.fixed = line is not None
        if line is None:
            self.slots = list(_walk(self.showing, instance.form.asking, instance.root, ()))
        else:
            self.slots = [_slot(instance, *entry) for entry in line]
        self.places = {slot.key: place for place, slot in reversed(list(enumerate(self.slots)))}
        self.unsure = _unsure(instance.form) if self.fixed else ()
        for place in self.unsure:
            self._judge(self.slots[place])
        there = [place for place, slot in enumerate(self.slots) if not self.fixed or slot.node.relevant]
        self.asked = [place for place in there if self.slots[place].kind != "note"]
        self.notes = [place for place in there if self.slots[place].kind == "note"]
        self.todo = [place for place in self.asked if self.slots[place].key not in self.done]

    def follow(self) -> None:
        """Takes up what has become of the instance since."""
        if not self.fixed:
            self._lay_out()
            return
        turned = self.showing.instance.turned
        for node in turned:
            place = self.places.get(str(item_of(node).number))
            if place is not None:
                self._place(place)
        turned.clear()
        for place in self.unsure:
            self._judge(self.slots[place])
            self._place(place)

    def passed(self, key: str, passed: bool) -> None:
        """Notes that the slot of that key has been passed, or is to be asked again."""
        if passed:
            self.done[key] = None
        else:
            self.done.pop(key, None)
        if self.fixed and (place := self.places.get(key)) is not None:
            self._place(place)

    def _judge(self, slot: Slot) -> None:
        slot.kind = "note" if self.showing.readonly(slot.node) else "question"

    def _place(self, place: int) -> None:
        slot = self.slots[place]
        asked = slot.node.relevant and slot.kind != "note"
        _hold(self.asked, place, asked)
        _hold(self.todo, place, asked and slot.key not in self.done)
        _hold(self.notes, place, slot.node.relevant and slot.kind == "note")

    # -- looking something up

    def next(self) -> str:
        """The key of the first that has not been passed; "" where all have."""
        return self.slots[self.todo[0]].key if self.todo else ""

    def find(self, key: str) -> Slot | None:
        """What is asked under that key; None where nothing is (any more)."""
        place = self.places.get(key)
        return None if place is None or not _holds(self.asked, place) else self.slots[place]

    def before(self, key: str) -> str:
        """The key of the last question before that one, or before the review; "" where there is none."""
        upto = bisect_left(self.asked, self.places.get(key, len(self.slots)))
        earlier = (self.slots[place] for place in reversed(self.asked[:upto]))
        return next((slot.key for slot in earlier if slot.kind == "question"), "")

    def number(self, key: str) -> int:
        """How many are asked up to the one of that key, itself included."""
        return bisect_right(self.asked, self.places[key])

    def questions(self) -> Iterator[Slot]:
        """The questions, without whether a repeat comes once more."""
        every = (self.slots[place] for place in self.asked)
        return (slot for slot in every if slot.kind == "question")

    def read_before(self, key: str) -> list[Slot]:
        """The notes between the question before and that one, or the review."""
        place = self.places.get(key, len(self.slots))
        upto = bisect_left(self.asked, place)
        since = self.asked[upto - 1] if upto else -1
        notes = self.notes[bisect_left(self.notes, since) : bisect_left(self.notes, place)]
        return [self.slots[note] for note in notes]


def _hold(places: list[int], place: int, wanted: bool) -> None:
    """Sees to it that an ascending list holds the place, or does not."""
    at = bisect_left(places, place)
    if (at < len(places) and places[at] == place) == wanted:
        return
    if wanted:
        places.insert(at, place)
    else:
        del places[at]


def _holds(places: list[int], place: int) -> bool:
    at = bisect_left(places, place)
    return at < len(places) and places[at] == place


def _slot(instance: Instance, number: int, key: str, kind: Kind | None, groups: tuple[int, ...]) -> Slot:
    """The slot of a node that is always there, relevant or not."""
    node = instance.single(number)
    assert node is not None
    return Slot(kind or "question", key, node, number, groups)


def _walk(
    showing: Showing, asking: tuple[Asking, ...], under: Node, places: tuple[int, ...]
) -> Iterator[Slot]:
    instance = showing.instance
    kinds = _kinds(instance.form)
    for ask in asking:
        if ask.inside is not None:
            yield from _repeated(showing, ask, under, places)
            continue
        node = instance.single(ask.number) if not places else _below(instance, under, ask.number)
        if node is None or not node.relevant:
            continue
        kind = kinds[ask.number] or ("note" if showing.readonly(node) else "question")
        yield Slot(kind, key_of(ask.number, places), node, ask.number, ask.groups)


def _repeated(showing: Showing, ask: Asking, under: Node, places: tuple[int, ...]) -> Iterator[Slot]:
    instance = showing.instance
    repeat = instance.form.items[ask.number]
    assert isinstance(repeat, Repeat)
    assert ask.inside is not None
    parent = _parent(instance, repeat, under)
    nodes = parent.named(repeat.name)
    for place, node in enumerate(nodes, 1):
        yield from _walk(showing, ask.inside, node, (*places, place))
    if repeat.count is None and not repeat.fixed and parent.relevant and may_grow(instance, repeat, parent):
        yield Slot(
            "more", key_of(repeat.number, (*places, len(nodes) + 1)), parent, repeat.number, ask.groups
        )


def may_grow(instance: Instance, repeat: Repeat, parent: Node) -> bool:
    """Whether the repeat as such is relevant, seen from its last instance or from where it would be."""
    nodes = parent.named(repeat.name)
    if nodes:
        return nodes[-1].relevant
    return instance.is_relevant(stand_in(repeat, parent))


def _parent(instance: Instance, repeat: Repeat, under: Node) -> Node:
    above = repeat.up or 0
    return under if item_of(under).number == above else instance.all_of(above, _loop(under))[0]


def _below(instance: Instance, under: Node, number: int) -> Node | None:
    found = instance.all_of(number, _loop(under))
    return found[0] if found else None


def _loop(node: Node) -> Node | None:
    return node if isinstance(node.state, Repeat) else None


@lru_cache(maxsize=64)
def _line(form: Form) -> tuple[tuple[int, str, Kind | None, tuple[int, ...]], ...] | None:
    """Number, key, kind and groups of all that is asked; None where something is repeated or asked twice."""
    numbers = {ask.number for ask in form.asking}
    if len(numbers) < len(form.asking) or any(ask.inside is not None for ask in form.asking):
        return None
    kinds = _kinds(form)
    return tuple((ask.number, str(ask.number), kinds[ask.number], ask.groups) for ask in form.asking)


@lru_cache(maxsize=64)
def _unsure(form: Form) -> tuple[int, ...]:
    """The places in `_line` of what answers may make readonly."""
    return tuple(place for place, (_, _, kind, _) in enumerate(_line(form) or ()) if kind is None)


@lru_cache(maxsize=64)
def _kinds(form: Form) -> tuple[Kind | None, ...]:
    """What each item is to the interview, where that is fixed; None where `readonly` has to be worked out."""
    return tuple(_kind(form, item.number) for item in form.items)


def _kind(form: Form, number: int) -> Kind | None:
    item = form.items[number]
    if isinstance(item, Question) and item.bind.calculate is not None:
        return "note"
    here: int | None = number
    while here is not None:
        readonly = form.items[here].bind.readonly
        if readonly is not None and readonly.source.strip() == "true()":
            return "note"
        if readonly is not None and readonly.source.strip() != "false()":
            return None
        here = form.items[here].up
    return "question"
