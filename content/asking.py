"""The order of an interview: what would be asked of an instance as it stands, from the first to the last."""

from __future__ import annotations

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


def slots(showing: Showing) -> list[Slot]:
    """Everything relevant in the order of asking."""
    form = showing.instance.form
    if _line(form) is not None:
        return _plain(showing)
    return list(_walk(showing, form.asking, showing.instance.root, ()))


def slot_at(showing: Showing, key: str) -> Slot | None:
    """The question or "more" of a key, without going through all others; None where it is irrelevant."""
    if not key:
        return None
    node = showing.instance.node(key)
    if node is not None and isinstance(node.state, Question):
        return Slot("question", key, node, node.state.number, ()) if node.relevant else None
    return next((slot for slot in slots(showing) if slot.key == key), None)


def _plain(showing: Showing) -> list[Slot]:
    """A form without repeats, where every node is at hand."""
    instance = showing.instance
    found: list[Slot] = []
    for number, key, kind, groups in _line(instance.form) or ():
        node = instance.single(number)
        if node is None or not node.relevant:
            continue
        kind_now = kind or ("note" if showing.readonly(node) else "question")
        found.append(Slot(kind_now, key, node, number, groups))
    return found


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
    """Number, key, kind and groups of all that is asked, where nothing is repeated; else None."""
    if any(ask.inside is not None for ask in form.asking):
        return None
    kinds = _kinds(form)
    return tuple((ask.number, str(ask.number), kinds[ask.number], ask.groups) for ask in form.asking)


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
