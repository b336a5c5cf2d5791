"""ODK XForms expressions: XPath 1.0 with ODK's functions and dates (https://getodk.github.io/xforms-spec/).

    expression = compile_expression("${a} > 5 and selected(/data/b, 'x')")
    expression.boolean(Context(node, Environment(root=document, now=…, zone=…)))

Which dialect where engines differ: docs/developer/expressions.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from content.expressions.values import Context, Environment, ExpressionError, Value

__all__ = ["Context", "Environment", "Expression", "ExpressionError", "Value", "compile_expression"]


class Expression:
    """A compiled expression; holds no state, may be shared and cached.

    `functions`: the names of all functions called. `volatile`: reads the clock or randomness. `positional`:
    reads the place of the context node among its siblings (position(..)). `instances`: names of secondary
    instances read.
    """

    source: str
    functions: frozenset[str]
    volatile: bool
    positional: bool
    instances: frozenset[str]

    def evaluate(self, context: Context) -> Value:
        """The value; ExpressionError where it has none (a wrong type, an unknown instance)."""
        raise NotImplementedError

    def number(self, context: Context) -> float:
        raise NotImplementedError

    def string(self, context: Context) -> str:
        raise NotImplementedError

    def boolean(self, context: Context) -> bool:
        raise NotImplementedError

    def references(self, context_path: str) -> frozenset[str]:
        """Schema paths that are read, as seen from the node at schema path `context_path` ("/data/r/x").

        Absolute, without predicates; what predicates read is included. A step that could be several names is
        "*"; "//" stands for any depth. Paths into secondary instances are left out: see `instances`.
        """
        raise NotImplementedError


def compile_expression(source: str, namespaces: Mapping[str, str] | None = None) -> Expression:
    """ExpressionError, with the offset, on bad syntax, an unknown function or a wrong number of arguments."""
    raise NotImplementedError
