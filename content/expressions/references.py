"""What an expression reads: the schema paths, functions and instances that its syntax names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from content.expressions.functions import FUNCTIONS
from content.expressions.parser import parse
from content.expressions.syntax import (
    Call,
    Chain,
    Filter,
    KindTest,
    Negation,
    Path,
    Step,
    Syntax,
    Text,
    Union,
)
from content.expressions.values import ExpressionError

Place = tuple[str, ...]
"""A schema path as steps; "**" is any number of steps, "*" any one."""
Places = frozenset[Place]

ANYWHERE: Place = ("**",)
_NONE: Places = frozenset()


def calls(syntax: Syntax) -> Iterator[Call]:
    """All function calls, wherever they stand."""
    if isinstance(syntax, Call):
        yield syntax
    for part in parts(syntax):
        yield from calls(part)


def parts(syntax: Syntax) -> Iterator[Syntax]:
    """The syntax right below."""
    match syntax:
        case Call(arguments=inner) | Chain(operands=inner) | Union(operands=inner):
            yield from inner
        case Negation(operand=operand):
            yield operand
        case Filter(operand=operand, predicates=predicates):
            yield operand
            yield from predicates
        case Path(start=start, steps=steps):
            if not isinstance(start, str):
                yield start
            for step in steps:
                yield from step.predicates


def references(syntax: Syntax, context_path: str) -> frozenset[str]:
    """See `Expression.references`."""
    reader = _Reader(place_of(context_path))
    reader.read(syntax, frozenset({reader.current}))
    return frozenset(written(place) for place in reader.found)


def place_of(path: str) -> Place:
    """`/data//x` as ("data", "**", "x")"""
    return tuple(part or "**" for part in path.removeprefix("/").split("/")) if path not in {"", "/"} else ()


def written(place: Place) -> str:
    """("data", "**", "x") as `/data//x`"""
    text = "".join("/" if part == "**" else f"/{part}" for part in place)
    return f"{text}/*" if place and place[-1] == "**" else text or "/"


class _Reader:
    """Walks the syntax with the schema paths of the context node; collects what is read.

    Places within secondary instances are the empty set: nothing there depends on an answer.
    """

    def __init__(self, current: Place) -> None:
        self.current = current
        self.found: set[Place] = set()

    def read(self, syntax: Syntax, here: Places) -> None:
        """Notes everything that the value of `syntax` depends on, seen from `here`."""
        self.found |= self._nodes(syntax, here)

    def _nodes(self, syntax: Syntax, here: Places) -> Places:
        """The places of the nodes it gives (none if it gives no nodes); notes what it reads besides."""
        match syntax:
            case Path(start=start, steps=steps):
                return self._path(start, steps, here)
            case Filter(operand=operand, predicates=predicates):
                places = self._nodes(operand, here)
                self._conditions(predicates, places)
                return places
            case Union(operands=operands):
                return _NONE.union(*(self._nodes(each, here) for each in operands))
            case Call():
                return self._call(syntax, here)
        for part in parts(syntax):
            self.read(part, here)
        return _NONE

    def _call(self, call: Call, here: Places) -> Places:
        given = call.arguments
        if call.name == "current":
            return frozenset({self.current})
        if call.name in _GIVES_NODES_OF:
            giving = _GIVES_NODES_OF[call.name]
            for place, each in enumerate(given):
                if place not in giving:
                    self.read(each, here)
            return _NONE.union(*(self._nodes(given[place], here) for place in giving if place < len(given)))
        for each in given:
            self.read(each, here)
        known = FUNCTIONS.get(call.name)
        if call.name == "once" or (known is not None and known.reads_context and not given):
            self.found |= here
        if call.name == "id":
            return frozenset({ANYWHERE})
        if call.name == "jr:choice-name" and len(given) == 2 and isinstance(given[1], Text):
            self._read_quoted(given[1].value, here)
        return _NONE

    def _read_quoted(self, path: str, here: Places) -> None:
        """A path that a function takes as text; where it is none the function will say so itself."""
        with suppress(ExpressionError):
            self.read(parse(path), here)

    def _path(self, start: object, steps: tuple[Step, ...], here: Places) -> Places:
        if start == "root":
            places: Places = frozenset({()})
        elif start == "here":
            places = here
        else:
            places = self._nodes(start, here)  # type: ignore[arg-type]
        for step in steps:
            places = frozenset(end for place in places for end in _stepped(place, step))
            self._conditions(step.predicates, places)
        return places

    def _conditions(self, predicates: tuple[Syntax, ...], places: Places) -> None:
        for predicate in predicates:
            self.read(predicate, places)


_GIVES_NODES_OF: dict[str, tuple[int, ...]] = {"randomize": (0,), "indexed-repeat": (0,), "if": (1, 2)}
"""Which arguments' nodes a function hands on."""


def _stepped(place: Place, step: Step) -> tuple[Place, ...]:
    name, above = _name(step), _above(place)
    any_depth = (*place, "**", name or "*")
    match step.axis:
        case "self":
            ends: tuple[Place, ...] = (place,)
        case "child":
            ends = ((*place, name),) if name else (place,)
        case "attribute":
            ends = ((*place, f"@{name or '*'}"),)
        case "parent":
            ends = (above,)
        case "descendant":
            ends = (any_depth,)
        case "descendant-or-self":
            ends = ((*place, "**"),) if isinstance(step.test, KindTest) else (place, any_depth)
        case "following-sibling" | "preceding-sibling":
            ends = ((*above, name or "*"),)
        case "ancestor" | "ancestor-or-self":
            ends = tuple(place[:length] for length in range(len(place) + (step.axis != "ancestor")))
        case _:
            ends = (("**", name or "*"),)
    return ends


def _name(step: Step) -> str | None:
    """What a child step adds to the path: a text node is its element's value, so it adds nothing."""
    if isinstance(step.test, KindTest):
        return "*" if step.test.kind == "node" else None
    return f"{step.test.prefix}:{step.test.name}" if step.test.prefix else step.test.name


def _above(place: Place) -> Place:
    """The parent; of a place at any depth the place itself, which holds its parents too."""
    return place if place and place[-1] == "**" else place[:-1]
