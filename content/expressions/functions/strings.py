"""Text: pieces, search, patterns, digests."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import uuid as uuids
from collections.abc import Iterable
from functools import lru_cache

import regex

from content.expressions.functions.table import function
from content.expressions.values import LONGEST_TEXT, Context, ExpressionError, Value, items, to_string

_WHITESPACE = " \t\r\n"
_LONGEST_UUID = 10_000
_LONGEST_PATTERN = 10_000
_PATTERN_SECONDS = 0.2


@function("string", "v? -> s", reads_context=True)
def string(context: Context, *value: Value) -> str:
    return to_string(value[0]) if value else context.node.string()


@function("concat", "v* -> s")
def concat(_context: Context, *values: Value) -> str:
    """All values, and all nodes of node-sets, one after the other."""
    return _joined("", values)


@function("join", "s v* -> s")
def join(_context: Context, separator: str, *values: Value) -> str:
    return _joined(separator, values)


def _joined(separator: str, values: Iterable[Value]) -> str:
    parts = [to_string(item) for value in values for item in items(value)]
    if sum(map(len, parts)) + len(separator) * len(parts) > LONGEST_TEXT:
        raise ExpressionError(f"the text becomes longer than {LONGEST_TEXT} characters")
    return separator.join(parts)


@function("contains", "s s -> b")
def contains(_context: Context, text: str, part: str) -> bool:
    return part in text


@function("starts-with", "s s -> b")
def starts_with(_context: Context, text: str, part: str) -> bool:
    return text.startswith(part)


@function("ends-with", "s s -> b")
def ends_with(_context: Context, text: str, part: str) -> bool:
    return text.endswith(part)


@function("substring-before", "s s -> s")
def substring_before(_context: Context, text: str, part: str) -> str:
    at = text.find(part)
    return text[:at] if at > 0 else ""


@function("substring-after", "s s -> s")
def substring_after(_context: Context, text: str, part: str) -> str:
    at = text.find(part)
    return text[at + len(part) :] if at >= 0 else ""


@function("substring", "s n n? -> s")
def substring(_context: Context, text: str, start: float, *length: float) -> str:
    """From character `start`, counted from 1, `length` characters; both are rounded as XPath rounds."""
    first = _rounded(start)
    end = first + _rounded(length[0]) if length else math.inf
    return "".join(letter for place, letter in enumerate(text, 1) if first <= place < end)


def _rounded(value: float) -> float:
    return math.floor(value + 0.5) if math.isfinite(value) else value


@function("substr", "s v v? -> s")
def substr(_context: Context, text: str, start: Value, *end: Value) -> str:
    """From place `start` to before `end`, counted from 0; negative places count from the end."""
    size = len(text)
    first = _place(to_string(start), size)
    last = _place(to_string(end[0]), size) if end else size
    if first is None or last is None:
        return ""
    return text[first:last]


def _place(text: str, size: int) -> int | None:
    number = whole_number(text)
    if number is None:
        return None
    return max(0, min(size, number + size if number < 0 else number))


_WHOLE = regex.compile(r"\s*([+-]?\d{1,300})")


def whole_number(text: str) -> int | None:
    """The whole number that a text begins with: what ODK takes as a place."""
    match = _WHOLE.match(text)
    return int(match.group(1)) if match else None


@function("string-length", "s? -> n", reads_context=True)
def string_length(context: Context, *text: str) -> float:
    return float(len(text[0] if text else context.node.string()))


@function("normalize-space", "s? -> s", reads_context=True)
def normalize_space(context: Context, *text: str) -> str:
    return " ".join(words(text[0] if text else context.node.string()))


def words(text: str) -> list[str]:
    """What XML's white space separates; the items of a select's value."""
    for space in _WHITESPACE[1:]:
        text = text.replace(space, " ")
    return [word for word in text.split(" ") if word]


def trimmed(text: str) -> str:
    """Without XML's white space around it."""
    return text.strip(_WHITESPACE)


@function("translate", "s s s -> s")
def translate(_context: Context, text: str, old: str, new: str) -> str:
    table: dict[int, str] = {}
    for place, letter in enumerate(old):
        table.setdefault(ord(letter), new[place : place + 1])
    return text.translate(table)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> regex.Pattern[str]:
    if len(pattern) > _LONGEST_PATTERN:
        raise ExpressionError(f"the pattern is longer than {_LONGEST_PATTERN} characters")
    if _RECURSION.search(pattern):
        raise ExpressionError(f"the pattern “{pattern[:80]}” calls itself, which ODK's patterns cannot")
    # \w, \d and \s mean ASCII in JavaScript and Java, \p{L} any letter in Java.
    flags = 0 if _PROPERTY.search(pattern) else regex.ASCII
    try:
        return regex.compile(_ended(pattern), flags)
    except (regex.error, OverflowError, RecursionError, MemoryError) as fault:
        raise ExpressionError(f"the pattern “{pattern[:80]}” is none: {fault}") from None


_PROPERTY = regex.compile(r"\\[pP]")
_RECURSION = regex.compile(r"\(\?(?:R|\d|&|P>)")


def _ended(pattern: str) -> str:
    """The pattern with $ as \\Z: in Python $ also stands before a last line end, elsewhere it does not."""
    made: list[str] = []
    escaped = in_class = False
    for letter in pattern:
        ends = letter == "$" and not escaped and not in_class
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        else:
            in_class = letter != "]" if in_class else letter == "["
        made.append(r"\Z" if ends else letter)
    return "".join(made)


@function("regex", "s s -> b", checks={1: _compiled})
def matches(_context: Context, text: str, pattern: str) -> bool:
    """Whether the pattern is found in the text (ODK XForms; not anchored). ExpressionError on a pattern that
    is none or takes too long."""
    try:
        return _compiled(pattern).search(text, timeout=_PATTERN_SECONDS) is not None
    except TimeoutError:
        raise ExpressionError(f"the pattern “{pattern[:80]}” takes too long: make it simpler") from None


_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def _algorithm(name: str) -> str:
    if name not in _ALGORITHMS:
        raise ExpressionError(f"digest() knows {', '.join(_ALGORITHMS)}, not “{name}”")
    return _ALGORITHMS[name]


def _encoding(name: str) -> str:
    if name not in {"base64", "hex"}:
        raise ExpressionError(f"digest() writes base64 or hex, not “{name}”")
    return name


@function("digest", "s s s? -> s", checks={1: _algorithm, 2: _encoding})
def digest(_context: Context, text: str, algorithm: str, encoding: str = "base64") -> str:
    data = text.encode("utf-8", "surrogatepass")
    found = hashlib.new(_algorithm(algorithm), data, usedforsecurity=False)
    if _encoding(encoding) == "hex":
        return found.hexdigest()
    return base64.b64encode(found.digest()).decode("ascii")


@function("base64-decode", "s -> s")
def base64_decode(_context: Context, text: str) -> str:
    """The UTF-8 text; "" of what is no base64. The = at the end may be missing, as in ODK Web Forms."""
    letters = "".join(text.split())
    padded = letters if "=" in letters else letters + "=" * (-len(letters) % 4)
    try:
        return base64.b64decode(padded, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


@function("uuid", "n? -> s", volatile=True)
def uuid(context: Context, *length: float) -> str:
    """A version 4 UUID (RFC 9562), or so many random characters."""
    bits = context.environment.randomness.getrandbits
    if not length:
        return str(uuids.UUID(int=bits(128), version=4))
    size = length[0]
    if not 0 <= size <= _LONGEST_UUID:
        raise ExpressionError(f"uuid() makes 0 to {_LONGEST_UUID} characters")
    return f"{bits(4 * _LONGEST_UUID):0{_LONGEST_UUID}x}"[: int(size)]
