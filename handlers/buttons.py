"""A table of buttons: by the pattern of a payload, what pressing it does."""

import re
from collections.abc import Callable, Sequence

from handlers.facts import Facts
from handlers.speech import speak
from handlers.talk import Choice, Said, Talk
from handlers.turn import Turn

Buttons = Sequence[tuple[re.Pattern[str], Callable[..., Turn]]]
"""What the groups of a pattern caught comes to the function as text, behind the talk and the facts."""


def pressed(buttons: Buttons, talk: Talk, said: Said, facts: Facts) -> Turn | None:
    """What the button does; None where the table has none such: it is of another time, or made up."""
    for pattern, button in buttons:
        if found := pattern.fullmatch(said.payload or ""):
            return button(talk, facts, *found.groups())
    return None


def pages(talk: Talk, page: int, last: int, payload: Callable[[int], str]) -> list[Choice]:
    """The ways from a page of a list, counted from 0, to the one before and the one after; `payload` is what
    the button to a page sends."""
    ways = (("buttons.previous", page - 1), ("buttons.next", page + 1))
    return [Choice(speak(talk, key), payload(other)) for key, other in ways if 0 <= other <= last]
