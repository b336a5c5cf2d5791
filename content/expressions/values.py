"""What expressions are evaluated with and to, and how one type becomes another (XPath 1.0, section 4).

Four types, as XPath has them: number (float), string, boolean, node-set (list of nodes in document order).
ODK adds dates, which are numbers that read as dates: see `Moment`.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from content.expressions.moments import EPOCH, Moment, moment_of
from content.tree import Node

Value = float | str | bool | list[Node]

NAN = math.nan
INFINITY = math.inf

LONGEST_TEXT = 1_000_000
"""Characters a function may make: calculations that double each other would fill the memory otherwise."""


class ExpressionError(ValueError):
    """What is wrong with an expression, in words. `offset` is where in the source, from 0; None where it came
    to light only in evaluation."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


def _no_instance(_name: str) -> Node | None:
    return None


def _no_label(_value: str, path: str, _node: Node) -> str:
    raise ExpressionError(f"{path} has no choices here")


def _no_text(key: str) -> str:
    raise ExpressionError(f"there is no itext “{key}”")


@dataclass(slots=True)
class Environment:
    """All that an expression may ask of the world.

    `root` is what a leading / means: the document node of the primary instance (None: the root of the
    context node's own tree). `now` is aware; `zone` is the form's, in which today() and dates without an
    offset are meant. `instance(name)` gives a secondary instance's `<instance>` node (its child is the root
    element), None where there is none. `choice_label(value, path, node)` serves jr:choice-name: the label of
    a choice of the question at `path` (as written), seen from `node`. `itext(id)` serves jr:itext in the
    language in force. `seed` makes random(), uuid() and unseeded randomize() repeatable. `version` is
    the form's. `faults` gathers what could not be evaluated, expression -> why, where that must not end an
    interview; None: it is raised. `work` counts the nodes looked at in one evaluation (see `spend`).
    """

    root: Node | None = None
    now: datetime = EPOCH
    zone: tzinfo = UTC
    instance: Callable[[str], Node | None] = _no_instance
    choice_label: Callable[[str, str, Node], str] = _no_label
    itext: Callable[[str], Value] = _no_text
    seed: str = ""
    version: str = ""
    faults: dict[str, str] | None = None
    work: int = 0
    _randomness: random.Random | None = None

    @property
    def randomness(self) -> random.Random:
        """What random(), uuid() and unseeded randomize() draw from; most forms never ask."""
        if self._randomness is None:
            self._randomness = random.Random(self.seed)  # noqa: S311 - repeatable on purpose, no secrets
        return self._randomness

    def reseed(self, seed: str) -> None:
        """Begins the draws anew."""
        self.seed, self._randomness = seed, None


class Context:
    """Where an expression is evaluated: the context node, its position and the size of its node-set (from 1),
    and the environment. `current` is the node the whole expression belongs to (current())."""

    __slots__ = ("current", "environment", "node", "position", "size")

    def __init__(
        self,
        node: Node,
        environment: Environment,
        position: int = 1,
        size: int = 1,
        current: Node | None = None,
    ) -> None:
        self.node = node
        self.environment = environment
        self.position = position
        self.size = size
        self.current = node if current is None else current


MOST_WORK = 2_000_000
"""Nodes one evaluation may look at, a second or two: `//*[//*[//*]]` would never end otherwise."""


def spend(environment: Environment, nodes: int) -> None:
    """Counts work done; ExpressionError where it is more than an evaluation may do."""
    environment.work += nodes
    if environment.work > MOST_WORK:
        raise ExpressionError("the expression needs too much work: narrow its paths")


# XPath's own lexical rule knows no exponent and no plus; numbers that programs wrote have them.
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)


def number_of(text: str, zone: tzinfo) -> float:
    """A string as a number; NaN where it is none. An ISO date is days since 1970-01-01T00:00Z."""
    try:
        if text.isdigit():
            return float(text)
        if _NUMBER.fullmatch(text):
            return float(text)
    except ValueError:  # digits that are no decimal digits, as ²
        return NAN
    if len(text) > 9 and text[4] == "-":
        moment = moment_of(text, zone)
        if moment is not None:
            return moment
    return NAN


def to_number(value: Value, environment: Environment) -> float:
    """As number() does: a node-set by its first node, text that is no number NaN."""
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        return number_of(value, environment.zone)
    if isinstance(value, list):
        return number_of(value[0].string(), environment.zone) if value else NAN
    return 1.0 if value else 0.0


def to_string(value: Value) -> str:
    """As string() does: a node-set by its first node, "" where it is empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return value[0].string() if value else ""
    if isinstance(value, Moment):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value)


def to_boolean(value: Value) -> bool:
    """True is a node-set with a node, a string that isn't empty, a number but 0 and NaN."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def number_text(number: float) -> str:
    """A number as XPath writes it: no exponent, no trailing zeros, -0 is 0."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number.is_integer():
        return str(int(number))
    text = repr(number)
    return format(Decimal(text), "f") if "e" in text else text


def items(value: Value) -> Iterator[str | float | bool]:
    """What functions of several values look at: each node's string, or the one value."""
    if isinstance(value, list):
        for node in value:
            yield node.string()
    else:
        yield value
