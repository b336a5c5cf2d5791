"""Lines of the audit log as a workbook, or as CSV for a channel that takes none."""

from collections.abc import Iterator

from bot.papers import sheet
from bot.papers.sheet import Table
from content.journal import Extract
from content.words import say

_HEADS = ("number:8", "at:20", "who:26", "channel:18", "did:34", "on:34", "before:30", "after:30")


def xlsx(told: Extract, locale: str) -> bytes:
    """The workbook."""
    return sheet.workbook(_tables(told, locale))


def csv(told: Extract, locale: str) -> bytes:
    """The same as CSV."""
    return sheet.text(_tables(told, locale), locale)


def _tables(told: Extract, locale: str) -> Iterator[Table]:
    heads = [head.split(":") for head in _HEADS]
    named = [(say(locale, f"journal.head_{name}"), int(width)) for name, width in heads]
    yield Table(say(locale, "journal.sheet"), named, iter(told.rows))
