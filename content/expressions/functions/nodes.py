"""Node-sets: counting, places, names, repeats, secondary instances, shuffling."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator

from content.expressions.functions.strings import words
from content.expressions.functions.table import function
from content.expressions.values import (
    Context,
    ExpressionError,
    Value,
    items,
    spend,
    to_number,
    to_string,
)
from content.tree import ELEMENT, Node, in_document_order


@function("last", "-> n")
def last(context: Context) -> float:
    return float(context.size)


@function("position", "p? -> n")
def position(context: Context, *nodes: list[Node]) -> float:
    """The place in the node-set that is looked at; of a node: among its siblings of the same name."""
    if not nodes:
        return float(context.position)
    if len(nodes[0]) > 1:
        raise ExpressionError("position() takes one node, there are several")
    return float(_place(nodes[0][0])) if nodes[0] else math.nan


def _place(node: Node) -> int:
    if node.parent is None or node.kind != ELEMENT:
        return 1
    same = [other for other in node.parent.named(node.name) if other.namespace == node.namespace]
    return same.index(node) + 1


@function("count", "p -> n")
def count(_context: Context, nodes: list[Node]) -> float:
    return float(len(nodes))


@function("count-non-empty", "p -> n")
def count_non_empty(_context: Context, nodes: list[Node]) -> float:
    return float(sum(node.string() != "" for node in nodes))


@function("current", "-> p")
def current(context: Context) -> Value:
    return [context.current]


@function("instance", "s -> p")
def instance(context: Context, name: str) -> Value:
    found = context.environment.instance(name)
    return [] if found is None else [found]


@function("pulldata", "s s s s -> s")
def pulldata(context: Context, name: str, wanted: str, key: str, value: str) -> str:
    """One value of a secondary instance: `instance(name)/root/item[key = value]/wanted`."""
    found = context.environment.instance(name)
    root = found.child("root") if found is not None else None
    rows = root.named("item") if root is not None else ()
    spend(context.environment, len(rows))
    for row in rows:
        cell = row.child(key)
        if cell is not None and cell.string() == value:
            answer = row.child(wanted)
            return answer.string() if answer is not None else ""
    return ""


@function("id", "v -> p")
def by_id(context: Context, value: Value) -> Value:
    """Elements whose attribute `id` is one of the given words."""
    wanted = {word for item in items(value) for word in words(to_string(item))}
    root = context.node.root()
    return [node for node in _elements(context, root) if node.attribute("id") in wanted] if wanted else []


def _elements(context: Context, root: Node) -> Iterator[Node]:
    for node in (root, *root.descendants()):
        spend(context.environment, 1)
        if node.kind == ELEMENT:
            yield node


_XML = "http://www.w3.org/XML/1998/namespace"


@function("lang", "s -> b", reads_context=True)
def lang(context: Context, language: str) -> bool:
    wanted = language.lower()
    for node in (context.node, *context.node.ancestors()):
        own = node.attribute("lang", _XML) if node.kind == ELEMENT else None
        if own is not None:
            return wanted != "" and (own.lower() == wanted or own.lower().startswith(f"{wanted}-"))
    return False


def _named(part: Callable[[Node], str]) -> Callable[..., str]:
    def call(context: Context, *nodes: list[Node]) -> str:
        chosen = nodes[0][:1] if nodes else [context.node]
        return part(in_document_order(chosen)[0]) if chosen else ""

    return call


function("local-name", "p? -> s")(_named(lambda node: node.name))
function("name", "p? -> s")(_named(lambda node: node.qualified_name))
function("namespace-uri", "p? -> s")(_named(lambda node: node.namespace))


@function("indexed-repeat", "p p n v* -> p")
def indexed_repeat(context: Context, targets: list[Node], *pairs: Value) -> Value:
    """The targets within the repeat instances at the given places (from 1); the outer repeat first, in
    whatever order the pairs are given."""
    if len(pairs) % 2:
        raise ExpressionError("indexed-repeat() takes repeats and places in pairs")
    levels: list[tuple[list[Node], float]] = []
    for repeats, place in zip(pairs[::2], pairs[1::2], strict=True):
        if not isinstance(repeats, list):
            raise ExpressionError("indexed-repeat() takes paths of repeats, here is another value")
        levels.append((repeats, to_number(place, context.environment)))
    if not all(repeats for repeats, _ in levels):
        return []
    within: Node | None = None
    for repeats, place in sorted(levels, key=lambda level: sum(1 for _ in level[0][0].ancestors())):
        inside = _inside(repeats, within)
        if not place.is_integer() or not 1 <= place <= len(inside):
            return []
        within = inside[int(place) - 1]
    return _inside(targets, within)


def _inside(nodes: list[Node], within: Node | None) -> list[Node]:
    if within is None:
        return nodes
    return [node for node in nodes if any(above is within for above in node.ancestors())]


@function("randomize", "p v? -> p", volatile=True)
def randomize(context: Context, nodes: list[Node], *seed: Value) -> Value:
    """The nodes shuffled (Fisher-Yates, inside out); with a seed, by Park and Miller, always alike."""
    draw = _park_miller(_seed(context, seed[0])) if seed else context.environment.randomness.random
    shuffled: list[Node] = []
    for place, node in enumerate(nodes):
        other = int(draw() * (place + 1))
        shuffled.append(node)
        if other != place:
            shuffled[place], shuffled[other] = shuffled[other], node
    return shuffled


_MODULUS = 2_147_483_647
_MULTIPLIER = 16_807


def _park_miller(seed: int) -> Callable[[], float]:
    state = abs(seed) % _MODULUS
    if seed < 0:
        state = -state
    if state <= 0:
        state += _MODULUS - 1

    def draw() -> float:
        nonlocal state
        state = state * _MULTIPLIER % _MODULUS
        return (state - 1) / (_MODULUS - 1)

    return draw


def _seed(context: Context, value: Value) -> int:
    """A whole number of whatever is given, as JavaRosa makes it: text by the first 8 bytes of its SHA-256."""
    number = to_number(value, context.environment)
    if number == math.inf:
        return 2**63 - 1
    if number == -math.inf:
        return -(2**63)
    if not math.isnan(number):
        return int(number)
    text = to_string(value)
    if text == "" or isinstance(value, float):
        return 0
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)
