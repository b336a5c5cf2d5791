"""Truth, choice between values, checklists."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from content.expressions.functions.table import function
from content.expressions.values import (
    INFINITY,
    Context,
    ExpressionError,
    Value,
    items,
    to_boolean,
    to_number,
    to_string,
)

Later = Callable[[Context], Value]


@function("true", "-> b")
def true(_context: Context) -> bool:
    return True


@function("false", "-> b")
def false(_context: Context) -> bool:
    return False


@function("not", "b -> b")
def negated(_context: Context, condition: bool) -> bool:
    return not condition


@function("boolean", "b -> b")
def boolean(_context: Context, value: bool) -> bool:
    return value


@function("boolean-from-string", "s -> b")
def boolean_from_string(_context: Context, text: str) -> bool:
    return text in {"1", "true"}


@function("if", "l l l -> v")
def choose(context: Context, condition: Later, then: Later, otherwise: Later) -> Value:
    return then(context) if to_boolean(condition(context)) else otherwise(context)


@function("coalesce", "l l -> s")
def coalesce(context: Context, *candidates: Later) -> str:
    """The first that isn't empty; a number that is none (NaN) counts as empty, as in ODK Web Forms."""
    for candidate in candidates:
        text = _text(candidate(context))
        if text:
            return text
    return ""


@function("once", "l -> s")
def once(context: Context, first: Later) -> str:
    """The context node's own value where it has one."""
    text = context.node.string()
    if text:
        return text
    return _text(first(context))


def _text(value: Value) -> str:
    return "" if isinstance(value, float) and math.isnan(value) else to_string(value)


@function("checklist", "n n v* -> b")
def checklist(_context: Context, least: float, most: float, *answers: Value) -> bool:
    """Whether between `least` and `most` (-1: no bound) of the answers are true. Each node counts for itself,
    and is true where it isn't blank."""
    chosen = sum(truth for answer in answers for truth in _truths(answer))
    return _within(chosen, least, most)


@function("weighted-checklist", "n n v* -> b")
def weighted_checklist(context: Context, least: float, most: float, *pairs: Value) -> bool:
    """As `checklist`, each answer counting what the argument after it says."""
    if len(pairs) % 2:
        raise ExpressionError("weighted-checklist() takes answers and weights in pairs")
    total = 0.0
    for answer, weight in zip(pairs[::2], pairs[1::2], strict=True):
        weights = [to_number(item, context.environment) for item in items(weight)]
        truths = list(_truths(answer))
        if len(weights) > len(truths):
            return False
        total += sum(each for each, truth in zip(weights, truths, strict=False) if truth)
    return _within(total, least, most)


def _within(total: float, least: float, most: float) -> bool:
    return total >= least and total <= (INFINITY if most == -1 else most)


def _truths(value: Value) -> Iterator[bool]:
    if isinstance(value, list):
        for node in value:
            yield bool(node.string().strip())
    else:
        yield to_boolean(value)
