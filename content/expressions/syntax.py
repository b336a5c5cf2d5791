"""The syntax tree of an expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Axis = Literal[
    "ancestor",
    "ancestor-or-self",
    "attribute",
    "child",
    "descendant",
    "descendant-or-self",
    "following",
    "following-sibling",
    "namespace",
    "parent",
    "preceding",
    "preceding-sibling",
    "self",
]
AXES: frozenset[str] = frozenset(Axis.__args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`: XPath has it, ODK gives none a value."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Syntax, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands of one precedence from left to right: `a + b - c`. One level, however long."""

    operators: tuple[str, ...]
    operands: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    operand: Syntax


@dataclass(frozen=True, slots=True)
class Union:
    operands: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class NameTest:
    """`name` may be "*"; `prefix` is None where none is written."""

    prefix: str | None
    name: str


@dataclass(frozen=True, slots=True)
class KindTest:
    """node(), text(), comment() or processing-instruction(target)."""

    kind: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    axis: Axis
    test: NameTest | KindTest
    predicates: tuple[Syntax, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """`(…)[1]`"""

    operand: Syntax
    predicates: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from `start`: an expression that gives nodes, "root" for a leading /, "here" for the context."""

    start: Syntax | Literal["root", "here"]
    steps: tuple[Step, ...]


Syntax = Number | Text | Variable | Call | Chain | Negation | Union | Filter | Path
