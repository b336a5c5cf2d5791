"""What expressions are evaluated with and to, and how one type becomes another (XPath 1.0, section 4).

Four types, as XPath has them: number (float), string, boolean, node-set (list of nodes in document order).
ODK adds to the conversion of a string to a number: an ISO 8601 date is the days since 1970-01-01.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from content.tree import Node

Value = float | str | bool | list[Node]


class ExpressionError(ValueError):
    """What is wrong with an expression, in words. `offset` is where in the source, from 0; None where it came
    to light only in evaluation."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


def _no_instance(name: str) -> Node | None:
    return None


def _no_label(value: str, path: str, node: Node) -> str:
    return value


def _no_text(key: str) -> str:
    raise ExpressionError(f"there is no itext “{key}”")


@dataclass(slots=True)
class Environment:
    """All that an expression may ask of the world.

    `root` is what a leading / means: the document node of the primary instance (None: the root of the context
    node's own tree). `now` is aware; `zone` the zone of the form, in which today() and dates without an offset
    are meant. `instance(name)` gives a secondary instance's `<instance>` node (its child is the root element),
    None where there is none. `choice_label(value, path, node)` serves jr:choice-name: the label of a choice of
    the question at `path` (as written), seen from `node`. `itext(id)` serves jr:itext in the language in force.
    `randomness` makes random(), uuid() and unseeded randomize() repeatable. `version` is the form's.
    """

    root: Node | None = None
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    zone: tzinfo = UTC
    instance: Callable[[str], Node | None] = _no_instance
    choice_label: Callable[[str, str, Node], str] = _no_label
    itext: Callable[[str], str] = _no_text
    randomness: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - not for secrets
    version: str = ""


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
