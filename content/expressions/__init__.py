"""ODK XForms expressions: XPath 1.0 with ODK's functions and dates (https://getodk.github.io/xforms-spec/).

    expression = compile_expression("/data/a > 5 and selected(/data/b, 'x')")
    expression.boolean(Context(node, Environment(root=document, now=…, zone=…)))

Which dialect where engines differ: docs/developer/expressions.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from content.expressions import references as reading
from content.expressions.compiler import Compiler
from content.expressions.functions import FUNCTIONS
from content.expressions.parser import parse
from content.expressions.syntax import Syntax, Text
from content.expressions.values import (
    Context,
    Environment,
    ExpressionError,
    Value,
    to_boolean,
    to_number,
    to_string,
)

__all__ = ["Context", "Environment", "Expression", "ExpressionError", "Value", "compile_expression"]


class Expression:
    """A compiled expression; holds no state, may be shared and cached.

    `functions`: the names of all functions called. `volatile`: reads the clock or randomness. `positional`:
    reads the place of a node among its siblings. `instances`: names of secondary instances read.
    """

    __slots__ = ("_closure", "_syntax", "functions", "instances", "positional", "source", "volatile")

    def __init__(self, source: str, syntax: Syntax, compiler: Compiler) -> None:
        self.source = source
        self._syntax = syntax
        self._closure = compiler.value(syntax)
        calls = list(reading.calls(syntax))
        self.functions = frozenset(call.name for call in calls)
        self.volatile = any(name in FUNCTIONS and FUNCTIONS[name].volatile for name in self.functions)
        self.positional = not self.functions.isdisjoint({"position", "indexed-repeat"})
        self.instances = frozenset(
            call.arguments[0].value
            for call in calls
            if call.name in {"instance", "pulldata"}
            and call.arguments
            and isinstance(call.arguments[0], Text)
        )

    def __repr__(self) -> str:
        return f"<Expression {self.source!r}>"

    def evaluate(self, context: Context) -> Value:
        """The value; ExpressionError where it has none (a wrong type, a bad pattern, too much work). Where
        the environment gathers `faults` it is noted there instead, and there is no node: blank, false.
        """
        environment = context.environment
        environment.work = 0
        try:
            return self._closure(context)
        except ExpressionError as error:
            if environment.faults is None:
                raise
            environment.faults[self.source] = str(error)
            return []

    def number(self, context: Context) -> float:
        return to_number(self.evaluate(context), context.environment)

    def string(self, context: Context) -> str:
        return to_string(self.evaluate(context))

    def boolean(self, context: Context) -> bool:
        return to_boolean(self.evaluate(context))

    def answer(self, context: Context) -> str:
        """What a calculation stores: the string, "" of a number that is none (NaN), as ODK's engines do."""
        value = self.evaluate(context)
        return "" if isinstance(value, float) and math.isnan(value) else to_string(value)

    def references(self, context_path: str) -> frozenset[str]:
        """Schema paths that are read, as seen from the node at schema path `context_path` ("/data/r/x").

        Absolute, without predicates; what predicates read is included. A step that could be several names is
        "*"; "//" stands for any depth. Paths into secondary instances are left out: see `instances`.
        """
        return reading.references(self._syntax, context_path)


def compile_expression(
    source: str, namespaces: Mapping[str, str] | None = None, strict: bool = True
) -> Expression:
    """ExpressionError, with the offset, on bad syntax, an unknown function or a wrong number of arguments.

    `namespaces`: prefix -> URI, beside those that forms commonly use. Where not `strict`, what can only fail
    (an unknown function, a variable) fails when evaluation reaches it and not before.
    """
    return _compiled(source, tuple(sorted((namespaces or {}).items())), strict)


@lru_cache(maxsize=4096)
def _compiled(source: str, namespaces: tuple[tuple[str, str], ...], strict: bool) -> Expression:
    return Expression(source, parse(source), Compiler(dict(namespaces), strict))
