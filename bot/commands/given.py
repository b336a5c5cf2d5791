"""What is typed behind an option and must be a day or a number."""

from datetime import date

from bot.commands.failure import Fault

MOST = 2**31 - 1
"""The largest number that is asked for: of rows, which count from 1."""


def day(option: str, text: str) -> date:
    """The day that was written. Raises Fault, also for one so far off that no clock can be set to it."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not 1900 <= found.year < 3000:
        raise Fault(f"{option}: {text!r} is no day; write it as 2025-06-30")
    return found
