"""What follows from each answer.

Only what an answer reaches is looked at again (`Form.reaches`), in an order in which what is read comes
first, until nothing changes any more. Relevance, calculations, the number of repeats and choices that are no
longer offered follow at once; labels, and what is required or amiss, are worked out when they are shown.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterator, Mapping
from typing import TypeGuard
from uuid import UUID

from content.answers import Answers, item_of, key_of, loops_of, stand_in
from content.datatypes import canonical
from content.expressions import Context, Environment
from content.form import Form, Group, Item, Question, Repeat, Setvalue
from content.preloads import preload
from content.tree import Node

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


class Instance(Answers):
    """A form being filled in.

    `cleared` names the answers that were dropped because they are no longer among the choices, `turned` holds
    the nodes that became relevant or irrelevant, `moved` the numbers of the (outermost) repeats in which
    instances came or went; whoever takes them up empties them.
    """

    __slots__ = ("_dirty", "_events", "_heap", "_opening", "cleared", "environment", "moved", "turned")

    def __init__(self, form: Form, environment: Environment) -> None:
        super().__init__(form)
        self.environment = environment
        self.cleared: list[str] = []
        self.turned: list[Node] = []
        self.moved: set[int] = set()
        self._opening = False
        self._heap: list[tuple[int, int]] = []
        self._dirty: dict[int, set[Node | None]] = {}
        self._events: deque[tuple[Setvalue, Node]] = deque()
        environment.root = self.document
        environment.version = form.version

    # -- opening

    def open(self, facts: Mapping[str, str]) -> None:
        """As the form begins: defaults, preloads, first calculations, then the actions of the first load."""
        self.values.become({key: text for key, text in self.form.values.items() if text})
        self.counts.become(self.form.counts)
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

    def _begin_node(self, node: Node, facts: Mapping[str, str]) -> None:
        item = item_of(node)
        if not isinstance(item, Question):
            return
        text = canonical(item.bind.type, node.string())
        if item.name == "instanceID" and "instanceID" in facts:
            text = facts["instanceID"]
        elif item.bind.preload:
            environment = self.environment
            uid = UUID(int=environment.randomness.getrandbits(128), version=4)
            now = environment.now.astimezone(environment.zone)
            text = preload(item.bind, now, facts, uid) or text
        elif item.name == "instanceID" and not text:
            text = f"uuid:{UUID(int=self.environment.randomness.getrandbits(128), version=4)}"
        self._store(node, text)

    def is_relevant(self, node: Node) -> bool:
        """Whether a node is, or one that only stands in would be, relevant."""
        relevant = item_of(node).bind.relevant
        if node.parent is not None and not node.parent.relevant:
            return False
        return relevant is None or relevant.boolean(Context(node, self.environment))

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

    # -- what follows

    def _changed(self, node: Node) -> None:
        """Notes everything that reads this node."""
        for reach in self.form.reaches[item_of(node).number]:
            self._look_at(reach.number, _anchor(node, reach.depth))

    def _restructured(self, repeat: Repeat, parent: Node) -> None:
        """Instances of a repeat came or went: whoever reads it or anything in it looks again."""
        self.moved.add(repeat.loops[0])
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
            self.off.drop(key)
        else:
            self.off[key] = 1
        self._spread(node, own and (node.parent is None or node.parent.relevant))

    def _spread(self, node: Node, relevant: bool) -> None:
        if node.relevant == relevant:
            return
        node.relevant = relevant
        self.turned.append(node)
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


def _anchor(node: Node, depth: int) -> Node | None:
    """The repeat instance around `node` that is the `depth`-th from outside; None for no repeat."""
    return loops_of(node)[depth - 1] if depth else None


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(1 for a, b in zip(one, other, strict=False) if a == b)
