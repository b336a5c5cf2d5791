"""Numbers in English words: "two", "three people", "twenty-one", "nobody"."""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_NONE = frozenset({"no", "none", "nobody", "nil"})
_AROUND = frozenset(
    """
    a about adult adults all and are around at child children everybody family has have here home house
    household i in is just kid kids live lives member members me most of only our people person persons phone
    phones roughly smartphone smartphones some the them there these they us we year years old yes
    """.split()  # noqa: SIM905 - reads as a list
)
"""What may stand around a number that counts. Another word makes it no answer, as in "one moment"."""


def number(text: str) -> float | None:
    """The one number in a text of English words; None where there is none, or more than one."""
    words = re.findall(r"\w+", text.lower())
    if words[:2] == ["no", "one"] or (words and words[0] in _NONE and _AROUND.issuperset(words[1:])):
        return 0.0 if len(words) < 5 else None
    places = [i for i, word in enumerate(words) if word in _UNITS or word in _TENS]
    if not places:
        return None
    first, last = places[0], max(i for i, word in enumerate(words) if _is_numeral(word))
    if not _AROUND.issuperset([*words[:first], *words[last + 1 :]]):
        return None
    return _value([word for word in words[first : last + 1] if word != "and"])


def _is_numeral(word: str) -> bool:
    return word in _UNITS or word in _TENS or word == "hundred" or word in _SCALES


def _value(run: Sequence[str]) -> float | None:
    """ "two hundred five thousand ten"; None for what is no number, as "two three"."""
    total, part, place = 0, 0, 1000
    for word in run:
        if word in _SCALES and part:
            total, part, place = total + part * _SCALES[word], 0, 1000
        elif word == "hundred" and 0 < part < 10:
            part, place = part * 100, 100
        elif word in _TENS and place > 10:
            part, place = part + _TENS[word], 10
        elif word in _UNITS and (place > 10 or 0 < _UNITS[word] < place):
            part, place = part + _UNITS[word], 1
        else:
            return None
    return float(total + part)
