"""The answers of one interview as a tree, and what of it is kept between turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from content.form import Form, Group, Item, Question, Repeat
from content.ledger import Kept, Ledger
from content.tree import DOCUMENT, ELEMENT, Node

V = TypeVar("V")


class Answers:
    """A node's `state` is its `Item`; its `relevant` includes that of all above it.

    `values`, `counts` and `off` are what is kept: the text of each node that has one, how often each repeat
    is there, and what is irrelevant by its own condition; by key (see `key`).
    """

    __slots__ = ("_single", "counts", "document", "form", "off", "root", "values")

    def __init__(self, form: Form) -> None:
        self.form = form
        self.values: Kept[str] = Kept("")
        self.counts: Kept[int] = Kept(0)
        self.off: Kept[int] = Kept(0)
        self.document = Node(DOCUMENT)
        self._single: list[Node | None] = [None] * len(form.items)

    # -- keeping

    def ledger(self, done: Kept[int]) -> Ledger:
        """What writes down the answers, and what has been passed."""
        return Ledger({"v": self.values, "n": self.counts, "x": self.off, "d": done})

    def restore(self) -> None:
        """Makes the tree of what is kept. Nothing is calculated again."""
        self._plant()

    def _plant(self) -> None:
        root = self._grow(self.form.items[0], (), True)
        root.namespaces = self.form.declared
        self.document.append(root)
        self.root = root

    def _grow(self, item: Item, indices: tuple[int, ...], relevant: bool) -> Node:
        """The node of an item with all below it, as `values`, `counts` and `off` say."""
        key = f"{item.number}" if not indices else ".".join(map(str, (item.number, *indices)))
        node = Node(ELEMENT, item.name, "", item.namespace, item.prefix)
        node.state = item
        if relevant and self.off and key in self.off:
            relevant = False
        node.relevant = relevant
        if not item.loops:
            self._single[item.number] = node
        for name, text, namespace, prefix in item.attributes:
            node.set_attribute(name, text, namespace, prefix)
        if isinstance(item, Group):
            node.fill(self._grow_children(item, indices, relevant))
        else:
            held = self.values.get(key)
            if held:
                node.set_text(held)
        return node

    def _grow_children(self, group: Group, indices: tuple[int, ...], relevant: bool) -> list[Node]:
        items, values, off, single = self.form.items, self.values, self.off, self._single
        children: list[Node] = []
        for number in group.children:
            item = items[number]
            if type(item) is Question and not indices and not item.attributes:
                # Nearly all nodes are such; a turn of an interview spends its time here.
                key = str(number)
                node = Node(ELEMENT, item.name, values.get(key, ""), item.namespace, item.prefix)
                node.state = item
                node.relevant = relevant and key not in off
                single[number] = node
                children.append(node)
            elif isinstance(item, Repeat):
                count = self.counts.get(key_of(number, indices), 0)
                children += (self._grow(item, (*indices, i), relevant) for i in range(1, count + 1))
            else:
                children.append(self._grow(item, indices, relevant))
        return children

    def _take_stock(self) -> None:
        """Works out `values`, `counts` and `off` anew: places have moved."""
        gone = {self.key(node): node for node in self.nodes() if not node.relevant}
        own = {id(node) for node in gone.values() if node.parent is None or node.parent.relevant}
        self.off.become({key: 1 for key, node in gone.items() if id(node) in own})
        self.values.become(
            {self.key(n): n.held() for n in self.nodes() if isinstance(n.state, Question) and n.held()}
        )
        counts: dict[str, int] = {}
        for node in self.nodes():
            item = item_of(node)
            for number in item.children if isinstance(item, Group) else ():
                below = self.form.items[number]
                if isinstance(below, Repeat):
                    places = self.places(node) if item.loops else ()
                    counts[key_of(number, places)] = len(node.named(below.name))
        self.counts.become(counts)

    # -- finding

    def key(self, node: Node) -> str:
        """A node's name in the state: its item's number, and its places in the repeats around it (from 1)."""
        item = item_of(node)
        return f"{item.number}" if not item.loops else key_of(item.number, self.places(node))

    def places(self, node: Node) -> tuple[int, ...]:
        """The node's places in the repeats it stands in, outermost first."""
        return tuple(
            loop.parent.named(loop.name).index(loop) + 1 for loop in loops_of(node) if loop.parent is not None
        )

    def node(self, key: str) -> Node | None:
        """The node of a key, or None where there is none (any more)."""
        parts = key.split(".")
        if not all(part.isdecimal() and len(part) < 8 for part in parts):
            return None
        number, *places = map(int, parts)
        if number >= len(self.form.items):
            return None
        item = self.form.items[number]
        if len(places) != len(item.loops):
            return None
        return self._single[number] if not places else self._at(item, places)

    def _at(self, item: Item, places: list[int]) -> Node | None:
        node: Node | None = self.root
        rest = iter(places)
        for name, loop in self._way(item, 0):
            if node is None:
                return None
            same = node.named(name)
            place = next(rest) if loop else 1
            node = same[place - 1] if 1 <= place <= len(same) else None
        return node

    def _way(self, item: Item, above: int) -> list[tuple[str, bool]]:
        """The steps from the item with number `above` down to `item`: names, and whether each is a repeat."""
        way: list[tuple[str, bool]] = []
        items = self.form.items
        while item.number != above and item.up is not None:
            way.append((item.name, isinstance(item, Repeat)))
            item = items[item.up]
        way.reverse()
        return way

    def all_of(self, number: int, under: Node | None = None) -> list[Node]:
        """All nodes of an item, in document order; only those below the repeat instance `under`, if given."""
        item = self.form.items[number]
        if not item.loops:
            single = self._single[number]
            return [single] if single is not None else []
        start = self.root if under is None else under
        nodes = [start]
        for name, _ in self._way(item, item_of(start).number):
            nodes = [child for node in nodes for child in node.named(name)]
        return nodes

    def single(self, number: int) -> Node | None:
        """The node of an item that stands in no repeat."""
        return self._single[number]

    def nodes(self) -> Iterator[Node]:
        """All nodes of the instance in document order."""
        yield self.root
        for node in self.root.descendants():
            if node.kind == ELEMENT:
                yield node

    # -- writing

    def _store(self, node: Node, text: str) -> None:
        node.set_text(text)
        key = self.key(node)
        if text:
            self.values[key] = text
        else:
            self.values.drop(key)


def key_of(number: int, places: tuple[int, ...]) -> str:
    """How a node is named in the state and in payloads: "12", or "12.2.1" within repeats (places from 1)."""
    return ".".join(map(str, (number, *places))) if places else str(number)


def after_removal(answers: Answers, node: Node, keys: Mapping[str, V]) -> dict[str, V]:
    """What is kept by key once a round of a repeat is gone: its own keys with it, those after it move up."""
    repeat, places = item_of(node), answers.places(node)
    assert isinstance(repeat, Repeat)
    depth = len(places) - 1
    moved: dict[str, V] = {}
    for key, value in keys.items():
        number, *at = map(int, key.split("."))
        inside = repeat.number <= number < repeat.end and tuple(at[:depth]) == places[:depth]
        if inside and at[depth] == places[depth]:
            continue
        if inside and at[depth] > places[depth]:
            at[depth] -= 1
        moved[key_of(number, tuple(at))] = value
    return moved


def item_of(node: Node) -> Item:
    """The item a node of an instance was made from."""
    assert isinstance(node.state, Item)
    return node.state


def loops_of(node: Node) -> list[Node]:
    """The repeat instances a node stands in, outermost first, itself included if it is one."""
    loops: list[Node] = []
    here: Node | None = node
    while here is not None and here.kind == ELEMENT:
        if isinstance(here.state, Repeat):
            loops.append(here)
        here = here.parent
    loops.reverse()
    return loops


def stand_in(item: Item, parent: Node) -> Node:
    """A node to see the form from where a repeat has no instance; it is not in the tree."""
    node = Node(ELEMENT, item.name, "", item.namespace, item.prefix)
    node.parent = parent
    node.state = item
    return node


def path_of(node: Node) -> str:
    """The node's path; every instance of a repeat with its place: /data/r[1]/x."""
    steps: list[str] = []
    here: Node | None = node
    while here is not None and here.state is not None:
        place = ""
        if isinstance(here.state, Repeat) and here.parent is not None:
            place = f"[{here.parent.named(here.name).index(here) + 1}]"
        steps.append(here.qualified_name + place)
        here = here.parent
    return "/" + "/".join(reversed(steps))
