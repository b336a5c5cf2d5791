"""The answers of one interview as a tree, and what follows from each answer.

Only what an answer reaches is looked at again (`Form.reaches`), in an order in which what is read comes
first, until nothing changes any more. Relevance, calculations, the number of repeats and choices that are no
longer offered follow at once; labels, and what is required or amiss, are worked out when they are shown.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard
from uuid import UUID

from content.datatypes import canonical
from content.expressions import Context, Environment
from content.form import Form, Group, Item, Question, Repeat, Setvalue
from content.preloads import preload
from content.tree import DOCUMENT, ELEMENT, Node

MOST_REPEATS = 1000
"""Instances of one repeat: more is a slip of the finger (a year typed for a number of people)."""

_VALUE_CHANGED = "xforms-value-changed"
_NEW_REPEAT = "odk-new-repeat"
_OPENING = frozenset({"odk-instance-first-load", "odk-instance-load", "xforms-ready"})
_PATIENCE = 200  # visits for each item and node in one go, before the form counts as going in circles


class Unsettled(ValueError):
    """The form's calculations chase each other without end, or a repeat grows out of hand."""


class Misplaced(ValueError):
    """An action means a node that is not there, or several."""


class Instance:
    """A form being filled in. A node's `state` is its `Item`; its `relevant` includes that of all above it.

    `values`, `counts` and `off` are what is kept between turns: the text of each node that has one, how often
    each repeat is there, and what is irrelevant by its own condition; by key (see `key`). `cleared` names the
    answers that were dropped because they are no longer among the choices.
    """

    __slots__ = (
        "_dirty",
        "_events",
        "_heap",
        "_opening",
        "_single",
        "cleared",
        "counts",
        "document",
        "environment",
        "form",
        "off",
        "root",
        "values",
    )

    def __init__(self, form: Form, environment: Environment) -> None:
        self.form = form
        self.environment = environment
        self.values: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.off: set[str] = set()
        self._opening = False
        self.cleared: list[str] = []
        self._single: list[Node | None] = [None] * len(form.items)
        self._heap: list[tuple[int, int]] = []
        self._dirty: dict[int, set[Node | None]] = {}
        self._events: deque[tuple[Setvalue, Node]] = deque()
        self.document = Node(DOCUMENT)
        environment.root = self.document
        environment.version = form.version

    # -- opening

    def open(self, facts: Mapping[str, str]) -> None:
        """As the form begins: defaults, preloads, first calculations, then the actions of the first load."""
        self.values, self.counts, self.off = dict(self.form.values), dict(self.form.counts), set()
        self._opening = True
        self._plant()
        for node in self.nodes():
            self._begin_node(node, facts)
        self._look_at_all(0, None)
        self._settle()
        for action in self.form.actions:
            if action.events & _OPENING:
                sources = self.all_of(action.source) if action.source is not None else [self.root]
                self._events.extend((action, source) for source in sources)
        self._settle()
        self._opening = False

    def restore(self, state: Mapping[str, Any]) -> None:
        """As it stood: `state` is what `kept` gave. Nothing is calculated again."""
        self.values = dict(state["v"])
        self.counts = dict(state.get("n", ()))
        self.off = set(state.get("x", ()))
        self._plant()

    def kept(self) -> dict[str, Any]:
        """What `restore` needs, ready for JSON."""
        kept: dict[str, Any] = {"v": self.values}
        if self.counts:
            kept["n"] = self.counts
        if self.off:
            kept["x"] = sorted(self.off)
        return kept

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
        items = self.form.items
        children: list[Node] = []
        for number in group.children:
            item = items[number]
            if isinstance(item, Repeat):
                count = self.counts.get(key_of(number, indices), 0)
                children += (self._grow(item, (*indices, i), relevant) for i in range(1, count + 1))
            else:
                children.append(self._grow(item, indices, relevant))
        return children

    def _begin_node(self, node: Node, facts: Mapping[str, str]) -> None:
        item = item_of(node)
        if not isinstance(item, Question):
            return
        text = canonical(item.bind.type, node.string())
        if item.bind.preload:
            environment = self.environment
            uid = UUID(int=environment.randomness.getrandbits(128), version=4)
            now = environment.now.astimezone(environment.zone)
            text = preload(item.bind, now, facts, uid) or text
        elif item.name == "instanceID" and not text:
            text = f"uuid:{UUID(int=self.environment.randomness.getrandbits(128), version=4)}"
        self._store(node, text)

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

    def is_relevant(self, node: Node) -> bool:
        """Whether a node is, or one that only stands in would be, relevant."""
        relevant = item_of(node).bind.relevant
        if node.parent is not None and not node.parent.relevant:
            return False
        return relevant is None or relevant.boolean(Context(node, self.environment))

    def nodes(self) -> Iterator[Node]:
        """All nodes of the instance in document order."""
        yield self.root
        for node in self.root.descendants():
            if node.kind == ELEMENT:
                yield node

    # -- changing

    def answer(self, node: Node, text: str) -> None:
        """Sets a value and follows what comes of it. What is no value of the type, or none of the choices
        that are read from a list, counts as blank."""
        item = item_of(node)
        self._put(node, canonical(item.bind.type, text))
        if _is_filtered(item):
            self._prune(node, item)
        self._settle()

    def recalculate(self) -> None:
        """Looks at everything again, as after a change that nothing is known of."""
        self._look_at_all(0, None)
        self._settle()

    def prefill(self, known: Mapping[str, str]) -> set[str]:
        """Takes over values known beforehand, by key; returns the keys whose nodes hold a value then."""
        waiting = dict(known)
        for _ in range(len(self.form.items)):
            placed = [(key, node) for key in waiting if (node := self.node(key)) is not None]
            if not placed:
                break
            for key, node in placed:
                self._store(node, canonical(item_of(node).bind.type, waiting.pop(key)))
                self._changed(node)
            self.recalculate()
        return {key for key in known if (node := self.node(key)) is not None and node.held()}

    def reach(self, loop: int, places: tuple[int, ...]) -> None:
        """Sees to it that a repeat has an instance at the last of `places`, unless the form counts it."""
        repeat = self.form.items[loop]
        while isinstance(repeat, Repeat) and repeat.count is None and 1 <= places[-1] <= MOST_REPEATS:
            above = repeat.up or 0
            parent = self.node(key_of(above, places[:-1][: len(self.form.items[above].loops)]))
            if parent is None or len(parent.named(repeat.name)) >= places[-1]:
                return
            self.add(repeat, parent)

    def add(self, repeat: Repeat, parent: Node) -> Node:
        """A new instance of a repeat, last among its siblings."""
        node = self._add(repeat, parent)
        self._settle()
        return node

    def remove(self, node: Node) -> None:
        """Takes one instance of a repeat away; those after it move up."""
        parent, repeat = node.parent, item_of(node)
        if parent is None or not isinstance(repeat, Repeat):
            raise Misplaced(f"{node.path()} is not an instance of a repeat")
        parent.remove(node)
        self._take_stock()
        self._restructured(repeat, parent)
        self._settle()

    def _put(self, node: Node, text: str) -> None:
        if text == node.held():
            return
        self._store(node, text)
        self._changed(node)
        self._happened(_VALUE_CHANGED, node)

    def _store(self, node: Node, text: str) -> None:
        node.set_text(text)
        key = self.key(node)
        if text:
            self.values[key] = text
        else:
            self.values.pop(key, None)

    def _add(self, repeat: Repeat, parent: Node) -> Node:
        siblings = parent.named(repeat.name)
        if len(siblings) >= MOST_REPEATS:
            raise Unsettled(f"{repeat.path}: more than {MOST_REPEATS} times")
        above = self.places(parent) if item_of(parent).loops else ()
        indices = (*above, len(siblings) + 1)
        foreseen = indices[-1] <= self.form.counts.get(key_of(repeat.number, above), 0)
        self._defaults(repeat, indices, foreseen)
        node = self._grow(repeat, indices, parent.relevant)
        if siblings:
            parent.insert_after(siblings[-1], node)
        else:
            parent.insert(self._place(repeat, parent), node)
        self.counts[key_of(repeat.number, above)] = indices[-1]
        self._restructured(repeat, parent)
        self._look_at_all(repeat.number, node)
        for number in range(repeat.number, repeat.end):
            if number in self.form.triggers and self.form.items[number].loops[-1] == repeat.number:
                for source in self.all_of(number, node):
                    self._happened(_NEW_REPEAT, source)
        return node

    def _defaults(self, group: Group, indices: tuple[int, ...], foreseen: bool) -> None:
        """The values that a new instance opens with: those at this place of the form, or the template's."""
        for number in group.children:
            item = self.form.items[number]
            if isinstance(item, Question):
                text = self.form.values.get(key_of(number, indices), "") if foreseen else item.default
                if text:
                    self.values[key_of(number, indices)] = canonical(item.bind.type, text)
            elif isinstance(item, Repeat):
                self.counts[key_of(number, indices)] = item.initial
                if item.initial:
                    self._defaults(item, (*indices, 1), foreseen)
            elif isinstance(item, Group):
                self._defaults(item, indices, foreseen)

    def _place(self, repeat: Repeat, parent: Node) -> int:
        """Where the first instance goes: before what comes after it in the form."""
        for place, child in enumerate(parent.children):
            if isinstance(child.state, Item) and child.state.number > repeat.number:
                return place
        return len(parent.children)

    def _happened(self, event: str, node: Node) -> None:
        actions = self.form.triggers.get(item_of(node).number, ())
        self._events.extend((action, node) for action in actions if event in action.events)

    def _take_stock(self) -> None:
        """Works out `values`, `counts` and `off` anew: places have moved."""
        gone = {self.key(node): node for node in self.nodes() if not node.relevant}
        own = {id(node) for node in gone.values() if node.parent is None or node.parent.relevant}
        self.off = {key for key, node in gone.items() if id(node) in own}
        self.values = {
            self.key(n): n.held() for n in self.nodes() if isinstance(n.state, Question) and n.held()
        }
        self.counts = {}
        for node in self.nodes():
            item = item_of(node)
            for number in item.children if isinstance(item, Group) else ():
                below = self.form.items[number]
                if isinstance(below, Repeat):
                    places = self.places(node) if item.loops else ()
                    self.counts[key_of(number, places)] = len(node.named(below.name))

    # -- what follows

    def _changed(self, node: Node) -> None:
        """Notes everything that reads this node."""
        for reach in self.form.reaches[item_of(node).number]:
            self._look_at(reach.number, _anchor(node, reach.depth))

    def _restructured(self, repeat: Repeat, parent: Node) -> None:
        """Instances of a repeat came or went: whoever reads it or anything in it looks again."""
        outer = len(repeat.loops) - 1
        for number in range(repeat.number, repeat.end):
            for reach in self.form.reaches[number]:
                self._look_at(reach.number, _anchor(parent, min(reach.depth, outer)))

    def _look_at_all(self, number: int, under: Node | None) -> None:
        """Everything at and below an item that has something to work out."""
        item = self.form.items[number]
        for below in range(number, item.end if isinstance(item, Group) else number + 1):
            if self.form.live[below]:
                self._look_at(below, under)

    def _look_at(self, number: int, under: Node | None) -> None:
        waiting = self._dirty.get(number)
        if waiting is None:
            self._dirty[number] = {under}
            heapq.heappush(self._heap, (self.form.order[number], number))
        else:
            waiting.add(under)

    def _settle(self) -> None:
        patience = _PATIENCE * (len(self.form.items) + 100)
        while self._heap or self._events:
            if not self._heap:
                self._act(*self._events.popleft())
                patience -= 1
                continue
            _, number = heapq.heappop(self._heap)
            anchors = self._dirty.pop(number)
            item = self.form.items[number]
            for under in (None,) if None in anchors else anchors:
                if isinstance(item, Repeat) and item.count is not None:
                    self._recount(item, under)
                for node in self.all_of(number, under):
                    patience -= 1
                    self._visit(node, item)
            if patience < 0:
                raise Unsettled(f"{item.path}: the calculations go in circles")

    def _visit(self, node: Node, item: Item) -> None:
        bind = item.bind
        context = Context(node, self.environment)
        if bind.relevant is not None:
            self._judge(node, bind.relevant.boolean(context))
        if not isinstance(item, Question) or not node.relevant:
            return
        if bind.calculate is not None:
            text = bind.calculate.string(context)
            self._put(node, "" if text == "NaN" else canonical(bind.type, text))
        if _is_filtered(item):
            self._prune(node, item)

    def _judge(self, node: Node, own: bool) -> None:
        """Takes up what the node's own condition says."""
        key = self.key(node)
        if own:
            self.off.discard(key)
        else:
            self.off.add(key)
        self._spread(node, own and (node.parent is None or node.parent.relevant))

    def _spread(self, node: Node, relevant: bool) -> None:
        if node.relevant == relevant:
            return
        node.relevant = relevant
        item = item_of(node)
        self._changed(node)
        if relevant and self.form.live[item.number]:
            self._look_at(item.number, _anchor(node, len(item.loops)))
        if isinstance(item, Group):
            for child in node.elements():
                self._spread(child, relevant and self.key(child) not in self.off)

    def _recount(self, repeat: Repeat, under: Node | None) -> None:
        """Brings a counted repeat to its number, for each parent."""
        above = repeat.up if repeat.up is not None else 0
        if under is not None and item_of(under).number == repeat.number:
            under = _anchor(under, len(repeat.loops) - 1)
        for parent in self.all_of(above, under if self.form.items[above].loops else None):
            if not parent.relevant or repeat.count is None:
                continue
            number = repeat.count.number(Context(stand_in(repeat, parent), self.environment))
            if math.isnan(number) and not self._opening:
                continue  # blank: nothing is decided yet
            number = 0 if math.isnan(number) else number
            wanted = int(min(max(number, 0), MOST_REPEATS + 1))
            if wanted > MOST_REPEATS:
                raise Unsettled(f"{repeat.path}: more than {MOST_REPEATS} times")
            while len(parent.named(repeat.name)) < wanted:
                self._add(repeat, parent)
            surplus = parent.named(repeat.name)[wanted:]
            for node in reversed(surplus):
                parent.remove(node)
            if surplus:
                self._take_stock()
                self._restructured(repeat, parent)

    def _prune(self, node: Node, item: Question) -> None:
        """Drops an answer that is no longer among the choices."""
        text = node.held()
        if not text:
            return
        offered = {value for value, _ in self.offered(node, item)}
        chosen = text.split() if item.control == "select" else [text]
        kept = " ".join(value for value in chosen if value in offered)
        if kept != text:
            self._put(node, kept)
            self.cleared.append(self.key(node))

    def offered(self, node: Node, item: Question) -> Iterator[tuple[str, Node]]:
        """The values of an itemset as it stands now, each with the node it comes from."""
        itemset = item.itemset
        if itemset is None:
            return
        found = itemset.nodes.evaluate(Context(node, self.environment))
        for source in found if isinstance(found, list) else ():
            yield itemset.value.string(Context(source, self.environment)), source

    # -- actions

    def _act(self, action: Setvalue, source: Node) -> None:
        """Runs one `setvalue`, seen from the node whose event it is."""
        target = self.form.items[action.target]
        if action.place is not None:
            found = action.place.evaluate(Context(source, self.environment))
            nodes = found if isinstance(found, list) else []
        else:
            common = _common(item_of(source).loops, target.loops)
            nodes = self.all_of(target.number, _anchor(source, common))
        if len(nodes) > 1:
            raise Misplaced(f"{target.path} is there {len(nodes)} times; an action may mean one only")
        for node in nodes:
            if self._opening and not node.relevant:
                continue
            text = action.text
            if action.value is not None:
                text = action.value.string(Context(node, self.environment))
            self._put(node, canonical(target.bind.type, text))


def _is_filtered(item: Item) -> TypeGuard[Question]:
    """Whether earlier answers decide what may be chosen; a rank always holds everything."""
    if not isinstance(item, Question) or item.itemset is None:
        return False
    return item.itemset.live and item.control != "rank"


def key_of(number: int, places: tuple[int, ...]) -> str:
    """How a node is named in the state and in payloads: "12", or "12.2.1" within repeats (places from 1)."""
    return ".".join(map(str, (number, *places))) if places else str(number)


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


def _anchor(node: Node, depth: int) -> Node | None:
    """The repeat instance around `node` that is the `depth`-th from outside; None for no repeat."""
    return loops_of(node)[depth - 1] if depth else None


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(1 for a, b in zip(one, other, strict=False) if a == b)
