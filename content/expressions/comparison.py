"""= != < <= > >= (XPath 1.0, section 3.4, with ODK's numbers): a node-set holds if any of its nodes does."""

from __future__ import annotations

import operator
from collections.abc import Callable

from content.expressions.values import Environment, Value, number_of, to_boolean, to_number
from content.tree import Node

Compare = Callable[[Value, Value, Environment], bool]


def equal(left: Value, right: Value, environment: Environment) -> bool:
    """`=`: of node-sets, whether some pair is equal; dates and numbers by ODK's reading of text."""
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, list):
        return _node_equals(left, right, environment)
    if isinstance(right, list):
        return _node_equals(right, left, environment)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return to_number(left, environment) == to_number(right, environment)


def unequal(left: Value, right: Value, environment: Environment) -> bool:
    """Of node-sets: whether any node differs; so not the opposite of `equal`."""
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) != to_boolean(right)
    if isinstance(left, list):
        return _node_differs(left, right, environment)
    if isinstance(right, list):
        return _node_differs(right, left, environment)
    return not equal(left, right, environment)


def _node_equals(nodes: list[Node], other: Value, environment: Environment) -> bool:
    if isinstance(other, list):
        texts = {node.string() for node in other}
        return any(node.string() in texts for node in nodes)
    if isinstance(other, float):
        return any(number_of(node.string(), environment.zone) == other for node in nodes)
    return any(node.string() == other for node in nodes)


def _node_differs(nodes: list[Node], other: Value, environment: Environment) -> bool:
    if isinstance(other, list):
        texts = {node.string() for node in other}
        some = bool(nodes) and bool(texts)
        return some and (len(texts) > 1 or any(node.string() not in texts for node in nodes))
    if isinstance(other, float):
        return any(number_of(node.string(), environment.zone) != other for node in nodes)
    return any(node.string() != other for node in nodes)


def _ordered(holds: Callable[[float, float], bool]) -> Compare:
    def compare(left: Value, right: Value, environment: Environment) -> bool:
        if not isinstance(left, list) and not isinstance(right, list):
            return holds(to_number(left, environment), to_number(right, environment))
        others = _numbers(right, environment)
        return any(holds(one, other) for one in _numbers(left, environment) for other in others)

    return compare


def _numbers(value: Value, environment: Environment) -> list[float]:
    if isinstance(value, list):
        return [number_of(node.string(), environment.zone) for node in value]
    return [to_number(value, environment)]


COMPARISONS: dict[str, Compare] = {
    "=": equal,
    "!=": unequal,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
}
