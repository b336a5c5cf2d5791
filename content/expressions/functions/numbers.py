"""Arithmetic, logarithms, trigonometry, randomness."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from content.expressions.functions.table import function
from content.expressions.moments import Moment
from content.expressions.values import INFINITY, NAN, Context, Value, items, to_number


@function("number", "v? -> n", reads_context=True)
def number(context: Context, *value: Value) -> float:
    return to_number(value[0] if value else [context.node], context.environment)


@function("int", "n -> n")
def whole(_context: Context, value: float) -> float:
    return float(math.trunc(value)) if math.isfinite(value) else float(value)


@function("floor", "n -> n")
def floor(_context: Context, value: float) -> float:
    return float(math.floor(value)) if math.isfinite(value) else float(value)


@function("ceiling", "n -> n")
def ceiling(_context: Context, value: float) -> float:
    return float(math.ceil(value)) if math.isfinite(value) else float(value)


@function("round", "n n? -> n")
def rounded(_context: Context, value: float, places: float = 0.0) -> float:
    """Halves go away from zero, of the number as it is written: 2.15 to one place is 2.2."""
    if not math.isfinite(value) or not math.isfinite(places):
        return float(value) if math.isfinite(places) else NAN
    if places > 300:
        return float(value)
    step = Decimal(1).scaleb(-int(max(places, -400)))
    try:
        exact = Decimal(repr(float(value)))
        return float((exact / step).quantize(Decimal(1), ROUND_HALF_UP) * step)
    except InvalidOperation:  # more digits than a float has: nothing to round
        return float(value)


@function("abs", "n -> n")
def absolute(_context: Context, value: float) -> float:
    return abs(value)


@function("pow", "n n -> n")
def power(_context: Context, base: float, exponent: float) -> float:
    if math.isnan(exponent):  # XPath 3's pow(1, NaN) is 1; JavaScript's and Java's is NaN
        return NAN
    if abs(base) == 1 and math.isinf(exponent):
        return NAN
    try:
        return math.pow(base, exponent)
    except OverflowError:
        odd = exponent % 2 == 1
        return -INFINITY if base < 0 and odd else INFINITY
    except ValueError:
        return INFINITY if base == 0 else NAN


def _limited(body: Callable[[float], float], at_pole: float | None = None) -> Callable[..., float]:
    """Outside its domain a function is NaN; where it grows without bound, `at_pole`."""

    def call(_context: Context, value: float) -> float:
        try:
            return body(value)
        except OverflowError:
            return INFINITY
        except ValueError:
            return at_pole if at_pole is not None and value == 0 else NAN

    return call


for _name, _body, _pole in (
    ("sqrt", math.sqrt, None),
    ("exp", math.exp, None),
    ("exp10", lambda value: math.pow(10.0, value), None),
    ("log", math.log, -INFINITY),
    ("log10", math.log10, -INFINITY),
    ("sin", math.sin, None),
    ("cos", math.cos, None),
    ("tan", math.tan, None),
    ("asin", math.asin, None),
    ("acos", math.acos, None),
    ("atan", math.atan, None),
):
    function(_name, "n -> n")(_limited(_body, _pole))


@function("atan2", "n n -> n")
def arc_tangent(_context: Context, y: float, x: float) -> float:
    return math.atan2(y, x)


@function("pi", "-> n")
def pi(_context: Context) -> float:
    return math.pi


@function("sum", "v -> n")
def total(context: Context, value: Value) -> float:
    """The sum of the nodes; NaN where one is no number, 0 of none (XPath 1.0)."""
    return sum(_numbers(context, (value,)), start=0.0)


@function("min", "v* -> n")
def least(context: Context, *values: Value) -> float:
    return _extreme(context, values, min)


@function("max", "v* -> n")
def greatest(context: Context, *values: Value) -> float:
    return _extreme(context, values, max)


def _extreme(context: Context, values: tuple[Value, ...], choose: Callable[[list[float]], float]) -> float:
    found = list(_numbers(context, values))
    if not found or any(map(math.isnan, found)):
        return NAN
    return choose(found)


def _numbers(context: Context, values: tuple[Value, ...]) -> Iterator[float]:
    for value in values:
        for item in items(value):
            number = to_number(item, context.environment)
            yield float(number) if isinstance(number, Moment) else number


@function("random", "-> n", volatile=True)
def random(context: Context) -> float:
    return context.environment.randomness.random()
