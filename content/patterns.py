"""Phrases as people write them who don't program, and where they stand in a message.

"bắt|kêu tôi|- … chuyển tiền": words in a row; "|" parts those that may stand for each other, "-" is none at
all, "…" up to six words of any kind. Marks count where they were typed: "sò" is not "sờ", "so" may be.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from content.vietnamese import fold

Word = tuple[str, str]
"""Letters and marks."""
_GAP = "…"
_BETWEEN = 6


@dataclass(frozen=True, slots=True)
class Place:
    """What may stand at one place of a phrase."""

    ways: tuple[Word, ...]
    optional: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A phrase; `by_marks`: its words must have their marks."""

    places: tuple[Place, ...]
    by_marks: bool = False

    @property
    def beginnings(self) -> list[str]:
        """The words, folded, that it may begin with."""
        return [letters for letters, _ in self.places[0].ways]

    def end(self, words: Sequence[Word], at: int) -> int | None:
        """Where it ends in the words if it begins there; None where it is not."""
        return self._end(words, at, 0)

    def _end(self, words: Sequence[Word], at: int, place: int) -> int | None:
        if place == len(self.places):
            return at
        here = self.places[place]
        if here.gap:
            ends = (self._end(words, after, place + 1) for after in range(at, at + _BETWEEN + 1))
            return next((end for end in ends if end is not None), None)
        if here.optional and (end := self._end(words, at, place + 1)) is not None:
            return end
        if at < len(words) and any(self._is(words[at], way) for way in here.ways):
            return self._end(words, at + 1, place + 1)
        return None

    def _is(self, word: Word, way: Word) -> bool:
        return word[0] == way[0] and (word[1] == way[1] or not (word[1] or self.by_marks))


def pattern(phrase: str, *, by_marks: bool = False) -> Pattern:
    """The phrase as it is looked for."""
    return Pattern(tuple(map(_place, phrase.split())), by_marks)


def words(text: str) -> list[Word]:
    """The words as (letters, marks), whichever vowel the marks were put on."""
    found = []
    for word in re.findall(r"\w+", unicodedata.normalize("NFC", text).lower()):
        decomposed = unicodedata.normalize("NFD", word)
        marks = sorted(char for char in decomposed if unicodedata.category(char) == "Mn" or char == "đ")
        found.append((fold(word), "".join(marks)))
    return found


def _place(written: str) -> Place:
    if written == _GAP:
        return Place((), gap=True)
    ways = written.split("|")
    return Place(tuple(word for way in ways if way != "-" for word in words(way)), "-" in ways)
