"""Syntax tree -> closures over the tree of answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from content.expressions import paths
from content.expressions.axes import JAVAROSA
from content.expressions.comparison import COMPARISONS
from content.expressions.functions import FUNCTIONS, Function
from content.expressions.functions.table import Kind
from content.expressions.paths import Choose, Closure, Stride
from content.expressions.syntax import (
    Call,
    Chain,
    Filter,
    KindTest,
    NameTest,
    Negation,
    Number,
    Path,
    Step,
    Syntax,
    Text,
    Union,
    Variable,
)
from content.expressions.values import (
    INFINITY,
    NAN,
    Context,
    ExpressionError,
    Value,
    to_boolean,
    to_number,
    to_string,
)
from content.tree import Node, in_document_order

_NESTING = frozenset(
    {"ancestor", "ancestor-or-self", "descendant", "descendant-or-self", "following", "preceding"}
)


class Compiler:
    """`strict` refuses what can only fail (unknown functions, variables) at once, else when it is reached."""

    def __init__(self, namespaces: Mapping[str, str], strict: bool) -> None:
        self._namespaces = namespaces
        self._strict = strict

    # -- by the type that is wanted

    def value(self, syntax: Syntax) -> Closure:
        match syntax:
            case Number(value=constant) | Text(value=constant):
                closure = _constant(constant)
            case Path():
                closure = self._path(syntax)
            case Call():
                closure = self._call(syntax)
            case Chain():
                closure = self._chain(syntax)
            case Negation(operand=operand):
                closure = _negated(self.number(operand))
            case Union(operands=operands):
                closure = self._union(operands)
            case Filter():
                closure = self._filter(syntax)
            case Variable(name=name, offset=offset):
                closure = self._never(f"there are no variables in ODK forms: ${name}", offset)
        return closure

    def number(self, syntax: Syntax) -> Callable[[Context], float]:
        value = self.value(syntax)
        if self._kind(syntax) == "number":
            return value  # type: ignore[return-value]
        return lambda context: to_number(value(context), context.environment)

    def string(self, syntax: Syntax) -> Callable[[Context], str]:
        value = self.value(syntax)
        if self._kind(syntax) == "string":
            return value  # type: ignore[return-value]
        return lambda context: to_string(value(context))

    def boolean(self, syntax: Syntax) -> Callable[[Context], bool]:
        value = self.value(syntax)
        if self._kind(syntax) == "boolean":
            return value  # type: ignore[return-value]
        return lambda context: to_boolean(value(context))

    def nodes(self, syntax: Syntax, what: str) -> Callable[[Context], list[Node]]:
        """`what` says in a fault who wanted nodes."""
        value, kind = self.value(syntax), self._kind(syntax)
        if kind == "nodes":
            return value  # type: ignore[return-value]
        message = f"{what} takes a path, here is a {kind}"
        if kind != "value":
            offset = syntax.offset if isinstance(syntax, Call) else None
            return self._never(message, offset)

        def found(context: Context) -> list[Node]:
            result = value(context)
            if not isinstance(result, list):
                raise ExpressionError(f"{what} takes a path")
            return result

        return found

    def _kind(self, syntax: Syntax) -> Kind:
        match syntax:
            case Number() | Negation():
                return "number"
            case Text():
                return "string"
            case Path() | Union() | Filter():
                return "nodes"
            case Chain(operators=operators):
                return "number" if operators[0] in _ARITHMETIC else "boolean"
            case Call():
                known = FUNCTIONS.get(self._function_name(syntax))
                return known.gives if known is not None else "value"
            case Variable():
                return "value"

    def _never(self, message: str, offset: int | None) -> Callable[[Context], list[Node]]:
        if self._strict:
            raise ExpressionError(message, offset)

        def fail(_context: Context) -> list[Node]:
            raise ExpressionError(message, offset)

        return fail

    # -- functions

    def _function_name(self, call: Call) -> str:
        prefix, colon, name = call.name.partition(":")
        return f"jr:{name}" if colon and self._namespaces.get(prefix) == JAVAROSA else call.name

    def _call(self, call: Call) -> Closure:
        name = self._function_name(call)
        known = FUNCTIONS.get(name)
        if known is None:
            return self._never(f"there is no function {call.name}()", call.offset)
        given = len(call.arguments)
        if given < known.least or (known.most is not None and given > known.most):
            return self._never(f"{call.name}() takes {known.arity()}, not {given}", call.offset)
        if self._strict:
            _check_texts(known, call)
        arguments = [self._argument(known, place, each) for place, each in enumerate(call.arguments)]
        return _applied(known, arguments)

    def _argument(self, known: Function, place: int, syntax: Syntax) -> Closure:
        match known.kind(place):
            case "string":
                return self.string(syntax)
            case "number":
                return self.number(syntax)
            case "boolean":
                return self.boolean(syntax)
            case "nodes":
                return self.nodes(syntax, f"{known.name}()")
            case "value" | "later":
                return self.value(syntax)

    # -- operators

    def _chain(self, chain: Chain) -> Closure:
        first = chain.operators[0]
        if first in {"and", "or"}:
            return _logical(first, [self.boolean(each) for each in chain.operands])
        if first in _ARITHMETIC:
            return self._arithmetic(chain)
        return self._comparison(chain)

    def _arithmetic(self, chain: Chain) -> Closure:
        start, *rest = [self.number(each) for each in chain.operands]
        steps = list(zip([_ARITHMETIC[each] for each in chain.operators], rest, strict=True))
        if len(steps) == 1:
            ((operate, other),) = steps
            return lambda context: operate(start(context), other(context))

        def calculate(context: Context) -> float:
            result = start(context)
            for operate, operand in steps:
                result = operate(result, operand(context))
            return result

        return calculate

    def _comparison(self, chain: Chain) -> Closure:
        start, *rest = [self.value(each) for each in chain.operands]
        steps = list(zip([COMPARISONS[each] for each in chain.operators], rest, strict=True))
        if len(steps) == 1:
            ((compare, other),) = steps
            return lambda context: compare(start(context), other(context), context.environment)

        def decide(context: Context) -> Value:
            result = start(context)
            for compare, operand in steps:
                result = compare(result, operand(context), context.environment)
            return result

        return decide

    # -- node-sets

    def _union(self, operands: Sequence[Syntax]) -> Closure:
        parts = [self.nodes(each, "|") for each in operands]
        return lambda context: in_document_order(node for part in parts for node in part(context))

    def _filter(self, syntax: Filter) -> Closure:
        inner = self.nodes(syntax.operand, "a condition in [ ]")
        predicates = [self._predicate(each) for each in syntax.predicates]

        def found(context: Context) -> list[Node]:
            nodes: Sequence[Node] = inner(context)
            for choose in predicates:
                nodes = choose(context, nodes)
            return list(nodes)

        return found

    def _path(self, path: Path) -> Closure:
        steps = self._strides(path.steps, nested=not isinstance(path.start, str))
        if isinstance(path.start, str):
            start_at = _root if path.start == "root" else _here
            names = paths.straight(path.steps)
            general = _from(start_at, steps)
            return general if names is None else _straight(start_at, names, general)
        start = self.nodes(path.start, "/")

        def found(context: Context) -> list[Node]:
            nodes: Sequence[Node] = start(context)
            for step in steps:
                if not nodes:
                    break
                nodes = step(context, nodes)
            return list(nodes)

        return found

    def _strides(self, steps: Sequence[Step], nested: bool) -> list[Stride]:
        strides: list[Stride] = []
        for step in _shortened(steps):
            predicates = [self._predicate(each) for each in step.predicates]
            if step.axis == "namespace":
                strides.append(self._no_axis())
                continue
            strides.append(paths.stride(step, predicates, self._namespaces, nested))
            nested = nested or step.axis in _NESTING or step.axis.endswith("sibling") or step.axis == "parent"
        return strides

    def _no_axis(self) -> Stride:
        fail = self._never("ODK has no namespace axis", None)
        return lambda context, _nodes: fail(context)

    def _predicate(self, syntax: Syntax) -> Choose:
        if isinstance(syntax, Number):
            return paths.at_place(syntax.value)
        general = paths.where(self.value(syntax))
        match syntax:
            case Chain(operators=("=",), operands=(Path(start="here", steps=steps), other)) if _fixed(other):
                if all(step.axis == "child" and not step.predicates for step in steps):
                    walk = self._strides(steps, nested=False)
                    return paths.where_child_equals(walk, self.value(other), general)
        return general


def _check_texts(known: Function, call: Call) -> None:
    """A pattern that is none, an algorithm that nobody knows: it would fail at every evaluation."""
    for place, check in known.checks.items():
        argument = call.arguments[place] if place < len(call.arguments) else None
        if isinstance(argument, Text):
            try:
                check(argument.value)
            except ExpressionError as error:
                raise ExpressionError(str(error), call.offset) from None


def _fixed(syntax: Syntax) -> bool:
    """Whether it is the same for every node that a predicate looks at."""
    match syntax:
        case Text():
            return True
        case Path(start="root", steps=steps) | Path(start=Call(name="current"), steps=steps):
            return not any(step.predicates for step in steps)
    return False


def _shortened(steps: Sequence[Step]) -> list[Step]:
    """`//x` as one step where no place is asked for."""
    result: list[Step] = []
    for step in steps:
        last = result[-1] if result else None
        if (
            last == Step("descendant-or-self", KindTest("node"))
            and step.axis == "child"
            and isinstance(step.test, NameTest | KindTest)
            and not step.predicates
        ):
            result[-1] = Step("descendant", step.test)
        else:
            result.append(step)
    return result


def _root(context: Context) -> Node:
    return context.environment.root or context.node.root()


def _here(context: Context) -> Node:
    return context.node


def _straight(start: Callable[[Context], Node], names: Sequence[str], general: Closure) -> Closure:
    """The short way where each step finds one node, else the general one."""

    def found(context: Context) -> Value:
        node = paths.at_end(start(context), names)
        return general(context) if node is None else [node]

    return found


def _from(start: Callable[[Context], Node], steps: Sequence[Stride]) -> Closure:
    def found(context: Context) -> list[Node]:
        nodes: Sequence[Node] = (start(context),)
        for step in steps:
            nodes = step(context, nodes)
            if not nodes:
                return []
        return list(nodes)

    return found


def _applied(known: Function, arguments: list[Closure]) -> Closure:
    call = known.call
    if "later" in known.kinds:
        return lambda context: call(context, *arguments)
    match arguments:
        case []:
            return call
        case [one]:
            return lambda context: call(context, one(context))
        case [one, two]:
            return lambda context: call(context, one(context), two(context))
    return lambda context: call(context, *[each(context) for each in arguments])


def _constant(value: float | str) -> Closure:
    return lambda _context: value


def _negated(number: Callable[[Context], float]) -> Closure:
    return lambda context: -number(context)


def _logical(operator: str, operands: list[Callable[[Context], bool]]) -> Closure:
    if len(operands) == 2:
        one, two = operands
        if operator == "and":
            return lambda context: one(context) and two(context)
        return lambda context: one(context) or two(context)
    if operator == "and":
        return lambda context: all(each(context) for each in operands)
    return lambda context: any(each(context) for each in operands)


def _divided(dividend: float, divisor: float) -> float:
    if divisor:
        return dividend / divisor
    if not dividend or math.isnan(dividend):
        return NAN
    return math.copysign(INFINITY, dividend) * math.copysign(1.0, divisor)


def _remainder(dividend: float, divisor: float) -> float:
    """With the sign of the dividend, as XPath has it."""
    try:
        return math.fmod(dividend, divisor)
    except ValueError:
        return NAN


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda one, two: one + two,
    "-": lambda one, two: one - two,
    "*": lambda one, two: one * two,
    "div": _divided,
    "mod": _remainder,
}
