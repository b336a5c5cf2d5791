"""Source text -> tokens (XPath 1.0, section 3.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import regex

from content.expressions.values import ExpressionError

LONGEST = 100_000
"""Characters of an expression; the longest that real forms carry have a few thousand."""

Kind = Literal["number", "text", "name", "operator", "symbol", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """`text` of a text token is without its quotes; of a name token `a`, `p:a`, `p:*` or `*`."""

    kind: Kind
    text: str
    offset: int


# Digits, dots and hyphens may be in names but do not begin them. Names are the only place where letters of
# other scripts may be, as forms have them.
_NAME = r"[\p{L}_][\p{L}\p{M}\p{N}_.\-·]*"
_TOKEN = regex.compile(
    rf"""
      (?P<number> (?:\d+(?:\.\d*)?|\.\d+) (?:[eE][+-]?\d+)? )
    | (?P<text> "[^"]*" | '[^']*' )
    | (?P<name> {_NAME} (?: :(?!:) (?: {_NAME} | \* ) )? )
    | (?P<symbol> // | :: | \.\. | != | <= | >= | [/|.@()\[\],+\-=<>*$] )
    """,
    regex.VERBOSE,
)
_SPACE = regex.compile(r"\s+")
_WORD = regex.compile(r"and|or|div|mod")
_OPERATORS = frozenset({"/", "//", "|", "+", "-", "=", "!=", "<", "<=", ">", ">="})
# After these an operand must come, so that * is a wildcard and `div` is a name.
_OPERAND_FOLLOWS = frozenset({"@", "::", "(", "[", ",", "$"})


def tokens(source: str) -> list[Token]:
    """All tokens and an end token. ExpressionError, with the offset, on what is no token."""
    if len(source) > LONGEST:
        raise ExpressionError(f"the expression is too long: {len(source)} characters, at most {LONGEST}")
    found: list[Token] = []
    at = 0
    while True:
        if space := _SPACE.match(source, at):
            at = space.end()
        if at >= len(source):
            found.append(Token("end", "", at))
            return found
        token, at = _next(source, at, _after_operand(found))
        found.append(token)


def _after_operand(found: list[Token]) -> bool:
    if not found:
        return False
    last = found[-1]
    return last.kind != "operator" and not (last.kind == "symbol" and last.text in _OPERAND_FOLLOWS)


def _next(source: str, at: int, after_operand: bool) -> tuple[Token, int]:
    if after_operand and (word := _WORD.match(source, at)):
        return Token("operator", word.group(), at), word.end()
    match = _TOKEN.match(source, at)
    if match is None:
        raise ExpressionError(_unknown(source, at), at)
    kind, text = match.lastgroup, match.group()
    if kind == "text":
        return Token("text", text[1:-1], at), match.end()
    if kind == "number":
        return Token("number", text, at), match.end()
    if kind == "name":
        return Token("name", text, at), match.end()
    if text == "*":
        return Token("operator" if after_operand else "name", text, at), match.end()
    return Token("operator" if text in _OPERATORS else "symbol", text, at), match.end()


def _unknown(source: str, at: int) -> str:
    if source[at] in "\"'":
        return f"the text that begins with {source[at]} at character {at + 1} has no end"
    if source[at] in "“”‘’":
        return f"“{source[at]}” at character {at + 1} is a typographic quote: use ' or \""
    return f"“{source[at]}” at character {at + 1} has no meaning in an expression"
