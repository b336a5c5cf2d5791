"""Steps and predicates -> closures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from content.expressions.axes import AXES, REVERSE, XHTML, Walk, is_own, test_for
from content.expressions.syntax import KindTest, NameTest, Step
from content.expressions.values import Context, ExpressionError, Value, spend, to_boolean
from content.tree import Node, in_document_order

Closure = Callable[[Context], Value]
Choose = Callable[[Context, Sequence[Node]], Sequence[Node]]
"""A predicate: those of the nodes, in axis order, for which it holds."""
Stride = Callable[[Context, Sequence[Node]], Sequence[Node]]
"""A step: from nodes in document order to nodes in document order. The result is not to be changed."""


def stride(step: Step, predicates: Sequence[Choose], namespaces: Mapping[str, str], nested: bool) -> Stride:
    """`nested`: the nodes stepped from may lie within each other."""
    test = step.test
    if step.axis == "child" and isinstance(test, NameTest) and test.prefix is None and test.name != "*":
        walk: Walk = _children_named(test.name)
        return _stride(walk, predicates, nested)
    if step.axis not in AXES:
        raise ExpressionError(f"ODK has no {step.axis} axis")
    axis = AXES[step.axis]
    if isinstance(test, KindTest) and test.kind == "node":
        walk = axis
    else:
        holds = test_for(step.axis, test, namespaces)

        def walk(node: Node) -> Sequence[Node]:
            return [other for other in axis(node) if holds(other)]

    unordered = nested or step.axis not in {"child", "attribute", "self"}
    return _stride(walk, predicates, unordered, step.axis in REVERSE)


def _children_named(name: str) -> Walk:
    def walk(node: Node) -> Sequence[Node]:
        found = node.named(name)
        for other in found:
            if other.prefix or other.namespace == XHTML:
                return [each for each in found if is_own(each)]
        return found

    return walk


def _stride(walk: Walk, predicates: Sequence[Choose], unordered: bool, reverse: bool = False) -> Stride:
    def step(context: Context, nodes: Sequence[Node]) -> Sequence[Node]:
        if len(nodes) == 1:
            found = _chosen(context, walk(nodes[0]), predicates)
            return found[::-1] if reverse else found
        result: list[Node] = []
        for node in nodes:
            result.extend(_chosen(context, walk(node), predicates))
        return in_document_order(result) if unordered else result

    return step


def _chosen(context: Context, found: Iterable[Node], predicates: Sequence[Choose]) -> Sequence[Node]:
    nodes: Sequence[Node] = found if isinstance(found, list | tuple) else list(found)
    spend(context.environment, len(nodes) + 1)
    for choose in predicates:
        if not nodes:
            break
        nodes = choose(context, nodes)
    return nodes


def straight(steps: Sequence[Step]) -> tuple[str, ...] | None:
    """The names of a path that is only names, `.` and `..`, as nearly all in forms are; None of any other."""
    names: list[str] = []
    for step in steps:
        test = step.test
        if step.predicates:
            return None
        if step == _SELF:
            continue
        if step == _PARENT:
            names.append("..")
        elif step.axis == "child" and isinstance(test, NameTest) and test.prefix is None and test.name != "*":
            names.append(test.name)
        else:
            return None
    return tuple(names)


_SELF = Step("self", KindTest("node"))
_PARENT = Step("parent", KindTest("node"))


def at_end(node: Node, names: Sequence[str]) -> Node | None:
    """The one node at the end of a straight path; None where a step finds none, several or a foreign one."""
    for name in names:
        if name == "..":
            above = node.parent
            if above is None:
                return None
            node = above
            continue
        found = node.named(name)
        if len(found) != 1:
            return None
        node = found[0]
        if node.prefix or node.namespace == XHTML:
            return None
    return node


def at_place(place: float) -> Choose:
    """`[3]`"""
    index = int(place) - 1 if place == int(place) and place >= 1 else None

    def choose(_context: Context, nodes: Sequence[Node]) -> Sequence[Node]:
        return nodes[index : index + 1] if index is not None else ()

    return choose


def where(condition: Closure) -> Choose:
    """Any predicate: a number is a place, all else a truth."""

    def choose(context: Context, nodes: Sequence[Node]) -> Sequence[Node]:
        environment = context.environment
        spend(environment, len(nodes))
        inner = Context(context.node, environment, 1, len(nodes), context.current)
        found: list[Node] = []
        for place, node in enumerate(nodes, 1):
            inner.node, inner.position = node, place
            value = condition(inner)
            if value == place if isinstance(value, float) else to_boolean(value):
                found.append(node)
        return found

    return choose


def where_child_equals(walk: Sequence[Stride], other: Closure, otherwise: Choose) -> Choose:
    """`[name = /data/chosen]`, where the right side is the same for all nodes: it is evaluated once. This is
    what cascading choices ask of thousands of rows. Numbers go the long way."""

    def choose(context: Context, nodes: Sequence[Node]) -> Sequence[Node]:
        value = other(context)
        if isinstance(value, list):
            wanted = {node.string() for node in value}
        elif isinstance(value, str):
            wanted = {value}
        else:
            return otherwise(context, nodes)
        spend(context.environment, len(nodes))
        return [node for node in nodes if any(each.string() in wanted for each in _far(context, node, walk))]

    return choose


def _far(context: Context, node: Node, walk: Sequence[Stride]) -> Sequence[Node]:
    found: Sequence[Node] = (node,)
    for step in walk:
        found = step(context, found)
    return found
