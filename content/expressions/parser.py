"""Tokens -> syntax tree: the grammar of XPath 1.0 (https://www.w3.org/TR/xpath-10/)."""

from __future__ import annotations

from typing import cast

from content.expressions.lexer import Token, tokens
from content.expressions.syntax import (
    AXES,
    Axis,
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
from content.expressions.values import ExpressionError

DEEPEST = 100
"""Levels of brackets and function calls within each other; each costs a few Python frames."""

_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"=", "!="}),
    frozenset({"<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "div", "mod"}),
)
_LEVEL = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_KINDS = frozenset({"node", "text", "comment", "processing-instruction"})
_ANYWHERE_BELOW = Step("descendant-or-self", KindTest("node"))


def parse(source: str) -> Syntax:
    """ExpressionError, with the offset, where the source is no expression."""
    parser = _Parser(tokens(source))
    syntax = parser.expression()
    parser.finish()
    return syntax


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _accept(self, text: str) -> bool:
        if self._next.text == text and self._next.kind in {"symbol", "operator"}:
            self._at += 1
            return True
        return False

    def _expect(self, text: str, after: str) -> None:
        if not self._accept(text):
            raise self._fault(f"“{text}” is missing {after}")

    def _fault(self, what: str) -> ExpressionError:
        token = self._next
        where = (
            "at the end" if token.kind == "end" else f"before “{token.text}” at character {token.offset + 1}"
        )
        return ExpressionError(f"{what} {where}", token.offset)

    def finish(self) -> None:
        if self._next.kind != "end":
            raise self._fault("an operator is missing")

    def expression(self) -> Syntax:
        """An expression with all its operators: a stack of open chains, one a precedence, so that neither
        long chains nor many precedences cost depth."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionError(
                f"the expression is nested deeper than {DEEPEST} levels: split it into several calculations",
                self._next.offset,
            )
        open_chains: list[tuple[int, list[str], list[Syntax]]] = []
        operand = self._signed()
        while True:
            token = self._next
            level = _LEVEL.get(token.text, -1) if token.kind == "operator" else -1
            while open_chains and open_chains[-1][0] > level:
                _, operators, operands = open_chains.pop()
                operand = Chain(tuple(operators), (*operands, operand))
            if level < 0:
                break
            if not open_chains or open_chains[-1][0] < level:
                open_chains.append((level, [], []))
            open_chains[-1][1].append(self._take().text)
            open_chains[-1][2].append(operand)
            operand = self._signed()
        self._depth -= 1
        return operand

    def _signed(self) -> Syntax:
        signs = 0
        while self._accept("-"):
            signs += 1
        operand = self._union()
        if signs == 0:
            return operand
        negated = Negation(operand)
        return negated if signs % 2 else Negation(negated)

    def _union(self) -> Syntax:
        operands = [self._path()]
        while self._accept("|"):
            operands.append(self._path())
        return operands[0] if len(operands) == 1 else Union(tuple(operands))

    def _path(self) -> Syntax:
        if self._accept("//"):
            return Path("root", (_ANYWHERE_BELOW, *self._steps()))
        if self._accept("/"):
            return Path("root", self._steps() if self._at_step() else ())
        if not self._at_primary():
            return Path("here", self._steps())
        primary = self._primary()
        predicates = self._predicates()
        start = Filter(primary, predicates) if predicates else primary
        if self._accept("//"):
            return Path(start, (_ANYWHERE_BELOW, *self._steps()))
        if self._accept("/"):
            return Path(start, self._steps())
        return start

    def _at_primary(self) -> bool:
        token = self._next
        if token.kind != "name":
            return token.kind in {"number", "text"} or (token.kind == "symbol" and token.text in {"(", "$"})
        return self._is("(", self._at + 1) and token.text not in _KINDS

    def _is(self, symbol: str, at: int) -> bool:
        token = self._tokens[at]
        return token.kind == "symbol" and token.text == symbol

    def _at_step(self) -> bool:
        token = self._next
        return token.kind == "name" or (token.kind == "symbol" and token.text in {".", "..", "@"})

    def _primary(self) -> Syntax:
        token = self._take()
        if token.kind == "number":
            return Number(float(token.text))
        if token.kind == "text":
            return Text(token.text)
        if token.text == "(":
            inner = self.expression()
            self._expect(")", "to close the bracket")
            return inner
        if token.text == "$":
            name = self._take()
            if name.kind != "name" or name.text.endswith("*"):
                raise ExpressionError(
                    f"after “$” at character {token.offset + 1} a name must come", token.offset
                )
            return Variable(name.text, token.offset)
        return self._call(token)

    def _call(self, name: Token) -> Syntax:
        if name.text.endswith("*"):
            raise ExpressionError(f"“{name.text}” cannot be called", name.offset)
        self._take()
        arguments: list[Syntax] = []
        if not self._accept(")"):
            arguments.append(self.expression())
            while self._accept(","):
                arguments.append(self.expression())
            self._expect(")", f"to close {name.text}(")
        return Call(name.text, tuple(arguments), name.offset)

    def _predicates(self) -> tuple[Syntax, ...]:
        found: list[Syntax] = []
        while self._accept("["):
            found.append(self.expression())
            self._expect("]", "to close the condition")
        return tuple(found)

    def _steps(self) -> tuple[Step, ...]:
        steps = [self._step()]
        while True:
            if self._accept("//"):
                steps.append(_ANYWHERE_BELOW)
            elif not self._accept("/"):
                return tuple(steps)
            steps.append(self._step())

    def _step(self) -> Step:
        if self._accept("."):
            return Step("self", KindTest("node"))
        if self._accept(".."):
            return Step("parent", KindTest("node"))
        axis: Axis = "child"
        if self._accept("@"):
            axis = "attribute"
        elif self._next.kind == "name" and self._is("::", self._at + 1):
            name = self._take()
            self._take()
            if name.text not in AXES:
                raise ExpressionError(f"there is no axis “{name.text}”", name.offset)
            axis = cast(Axis, name.text)
        test = self._test()
        return Step(axis, test, self._predicates())

    def _test(self) -> NameTest | KindTest:
        token = self._next
        if token.kind != "name":
            raise self._fault("a value or path is missing")
        self._take()
        if token.text in _KINDS and self._is("(", self._at):
            return self._kind_test(token)
        prefix, colon, name = token.text.rpartition(":")
        return NameTest(prefix if colon else None, name)

    def _kind_test(self, token: Token) -> KindTest:
        self._take()
        target: str | None = None
        if token.text == "processing-instruction" and self._next.kind == "text":
            target = self._take().text
        self._expect(")", f"to close {token.text}(")
        return KindTest(token.text, target)
