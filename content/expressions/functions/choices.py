"""The answers of selects, which are words with spaces between; the labels of choices."""

from __future__ import annotations

from content.expressions.functions.strings import trimmed, whole_number, words
from content.expressions.functions.table import function
from content.expressions.values import Context, Value, to_string


@function("selected", "s s -> b")
def selected(_context: Context, chosen: str, value: str) -> bool:
    """Whether the value is one of those chosen; where none is, whether it is blank."""
    return trimmed(value) in (words(chosen) or [""])


function("is-selected", "s s -> b")(selected)  # its first name, which JavaRosa still takes


@function("selected-at", "s v -> s")
def selected_at(_context: Context, chosen: str, place: Value) -> str:
    """The choice at a place counted from 0; "" where there is none."""
    at, found = whole_number(to_string(place)), words(chosen)
    return found[at] if at is not None and 0 <= at < len(found) else ""


@function("count-selected", "s -> n")
def count_selected(_context: Context, chosen: str) -> float:
    return float(len(words(chosen)))


@function("jr:choice-name", "s s -> s")
def choice_name(context: Context, value: str, path: str) -> str:
    return context.environment.choice_label(value, path, context.node)


@function("jr:itext", "s -> v")
def itext(context: Context, key: str) -> Value:
    return context.environment.itext(key)


@function("version", "-> s")
def version(context: Context) -> str:
    return context.environment.version
