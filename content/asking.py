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
from content.ledger import Kept
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


Place = tuple[int, ...]
"""Where a slot comes: by its number in `Form.asking`; what a repeat holds, by its number there as well."""


class Agenda:
    """Everything relevant in the order of asking: what is asked and what is only read, with what is passed.

    `asked`, `notes` and `todo` (asked, and not passed yet) hold places, ascending. What stands in no repeat
    has its place once and for all, relevant or not; what stands in one is laid out anew where instances came
    or went, or something in it turned. So `follow` costs what an answer has changed, not what the form is
    long. `inside` holds the places in each repeat, by its own.
    """

    __slots__ = ("asked", "done", "inside", "notes", "places", "plan", "showing", "slots", "todo")

    def __init__(self, showing: Showing, done: Kept[int]) -> None:
        self.showing = showing
        self.done = done
        self.plan = _plan(showing.instance.form)
        self._lay_out()

    def _lay_out(self) -> None:
        instance = self.showing.instance
        instance.turned.clear()
        instance.moved.clear()
        self.slots: dict[Place, Slot] = {}
        self.places: dict[str, Place] = {}
        self.inside: dict[int, list[Place]] = {}
        for at, ask in enumerate(instance.form.asking):
            if ask.inside is not None:
                self._put(at, _repeated(self.showing, ask, instance.root, ()))
            elif instance.single(ask.number) is not None:
                self._put_single(at, ask)
        for at in self._unsure():
            self._judge(self.slots[at,])
        there = sorted(place for place, slot in self.slots.items() if slot.node.relevant)
        self.asked = [place for place in there if self.slots[place].kind != "note"]
        self.notes = [place for place in there if self.slots[place].kind == "note"]
        self.todo = [place for place in self.asked if self.slots[place].key not in self.done]

    def _put_single(self, at: int, ask: Asking) -> None:
        node = self.showing.instance.single(ask.number)
        assert node is not None
        key = str(ask.number)
        self.slots[at,] = Slot(self.plan.kinds[ask.number] or "question", key, node, ask.number, ask.groups)
        self.places.setdefault(key, (at,))

    def _put(self, at: int, inside: Iterator[Slot]) -> None:
        """What a repeat holds now."""
        self.inside[at] = made = []
        for number, slot in enumerate(inside):
            made.append((at, number))
            self.slots[at, number] = slot
            self.places[slot.key] = at, number

    def follow(self) -> None:
        """Takes up what has become of the instance since."""
        if self.plan.twice:
            self._lay_out()
            return
        instance = self.showing.instance
        loops = instance.moved | self.plan.restless
        for node in instance.turned:
            item = item_of(node)
            if item.loops:
                loops.add(item.loops[0])
            elif (place := self.places.get(str(item.number))) is not None:
                self._place(place)
        instance.turned.clear()
        instance.moved.clear()
        for at, ask in self.plan.loops:
            if ask.number in loops or self._grows(at, ask):
                self._lay_out_again(at, ask)
        for at in self._unsure():
            self._judge(self.slots[at,])
            self._place((at,))

    def _unsure(self) -> Iterator[int]:
        return (at for at in self.plan.unsure if (at,) in self.slots)

    def _grows(self, at: int, ask: Asking) -> bool:
        """Whether it is no longer as it was that the repeat may come once more."""
        more = next(_more(self.showing, ask, self.showing.instance.root, ()), None)
        had = bool(self.inside[at]) and self.slots[self.inside[at][-1]].kind == "more"
        return had != (more is not None)

    def _lay_out_again(self, at: int, ask: Asking) -> None:
        for place in self.inside[at]:
            self.places.pop(self.slots.pop(place).key, None)
        self._put(at, _repeated(self.showing, ask, self.showing.instance.root, ()))
        asked = [place for place in self.inside[at] if self.slots[place].kind != "note"]
        todo = [place for place in asked if self.slots[place].key not in self.done]
        notes = [place for place in self.inside[at] if self.slots[place].kind == "note"]
        for places, new in (self.asked, asked), (self.notes, notes), (self.todo, todo):
            places[bisect_left(places, (at,)) : bisect_left(places, (at + 1,))] = new

    def passed(self, key: str, passed: bool) -> None:
        """Notes that the slot of that key has been passed, or is to be asked again."""
        if passed:
            self.done[key] = 1
        else:
            self.done.drop(key)
        if (place := self.places.get(key)) is not None:
            self._place(place)

    def _judge(self, slot: Slot) -> None:
        slot.kind = "note" if self.showing.readonly(slot.node) else "question"

    def _place(self, place: Place) -> None:
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
        upto = bisect_left(self.asked, self.places.get(key, _END))
        earlier = (self.slots[place] for place in reversed(self.asked[:upto]))
        return next((slot.key for slot in earlier if slot.kind == "question"), "")

    def following(self, key: str) -> Iterator[Slot]:
        """What is asked from the one of that key on."""
        first = bisect_left(self.asked, self.places[key])
        return (self.slots[self.asked[at]] for at in range(first, len(self.asked)))

    def number(self, key: str) -> int:
        """How many are asked up to the one of that key, itself included."""
        return bisect_right(self.asked, self.places[key])

    def questions(self) -> Iterator[Slot]:
        """The questions, without whether a repeat comes once more."""
        every = (self.slots[place] for place in self.asked)
        return (slot for slot in every if slot.kind == "question")

    def more(self) -> Iterator[Slot]:
        """Whether a repeat comes once more, of each that may."""
        return (slot for place in self.asked if (slot := self.slots[place]).kind == "more")

    def read_before(self, key: str) -> list[Slot]:
        """The notes between the question before and that one, or the review."""
        place = self.places.get(key, _END)
        upto = bisect_left(self.asked, place)
        since = self.asked[upto - 1] if upto else (-1,)
        notes = self.notes[bisect_left(self.notes, since) : bisect_left(self.notes, place)]
        return [self.slots[note] for note in notes]


def _hold(places: list[Place], place: Place, wanted: bool) -> None:
    """Sees to it that an ascending list holds the place, or does not."""
    at = bisect_left(places, place)
    if (at < len(places) and places[at] == place) == wanted:
        return
    if wanted:
        places.insert(at, place)
    else:
        del places[at]


def _holds(places: list[Place], place: Place) -> bool:
    at = bisect_left(places, place)
    return at < len(places) and places[at] == place


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
    yield from _more(showing, ask, under, places)


def _more(showing: Showing, ask: Asking, under: Node, places: tuple[int, ...]) -> Iterator[Slot]:
    """Whether the repeat shall come once more, where that is asked."""
    instance = showing.instance
    repeat = instance.form.items[ask.number]
    assert isinstance(repeat, Repeat)
    if repeat.count is not None or repeat.fixed:
        return
    parent = _parent(instance, repeat, under)
    if parent.relevant and may_grow(instance, repeat, parent):
        place = len(parent.named(repeat.name)) + 1
        yield Slot("more", key_of(repeat.number, (*places, place)), parent, repeat.number, ask.groups)


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


_END = (1 << 62,)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is fixed of a form's agenda: what each item is (`_kinds`); the places of what answers may make
    readonly; the repeats with their places, and the numbers of those that are laid out at every turn, since
    answers elsewhere change them without turning a node; whether something is asked twice."""

    kinds: tuple[Kind | None, ...]
    unsure: tuple[int, ...]
    loops: tuple[tuple[int, Asking], ...]
    restless: frozenset[int]
    twice: bool


@lru_cache(maxsize=64)
def _plan(form: Form) -> _Plan:
    kinds = _kinds(form)
    single = [(at, ask) for at, ask in enumerate(form.asking) if ask.inside is None]
    loops = tuple((at, ask) for at, ask in enumerate(form.asking) if ask.inside is not None)
    return _Plan(
        kinds=kinds,
        unsure=tuple(at for at, ask in single if kinds[ask.number] is None),
        loops=loops,
        restless=frozenset(ask.number for _, ask in loops if _is_restless(kinds, ask)),
        twice=len({ask.number for ask in form.asking}) < len(form.asking),
    )


def _is_restless(kinds: tuple[Kind | None, ...], loop: Asking) -> bool:
    return any(ask.inside is not None or kinds[ask.number] is None for ask in loop.inside or ())


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
