"""What of a question counts: its words, how they sound, neighbours, the ideas named and their pairs."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import combinations, pairwise

from content import phrasing

WEIGHTS = {"w": 1.0, "s": 0.5, "b": 0.7, "c": 1.0, "p": 0.7}
"""How much a kind of feature counts beside the others; its first letter names it."""

LONGEST = 1500
"""Characters of a message that are looked at: a chain letter tells no more after that."""

_TURNS = re.compile(r"[.,;:?!\n]+|\b(?:giờ|gio)\b", re.IGNORECASE)


def normalized(text: str, known: Collection[str]) -> list[str]:
    """The words of a message as articles would put them (`content.phrasing.normalize`)."""
    return phrasing.normalize(text[:LONGEST], known)


def clauses(text: str) -> list[str]:
    """The parts of a message between stops, commas and words that turn a story; three words or more each."""
    return [part for part in _TURNS.split(text[:LONGEST]) if len(part.split()) > 2]


def features(words: list[str]) -> list[str]:
    """The features of words, each once: "w:mat", "s:mat", "b:mat khau", "c:FORGET", "p:FORGET+VSSID".

    Courtesy and filling count only as neighbours.
    """
    tables = phrasing.lexicon()
    heard = [phrasing.sound(word) for word in words]
    counted = [_alone(word) for word in words if word not in tables.fillers]
    ideas = phrasing.ideas_of(words, heard, tables)
    found = [word for word, _ in counted]
    found += [sound for _, sound in counted]
    found += [f"b:{first} {second}" for first, second in pairwise(heard)]
    if ideas:
        found += [f"c:{idea}" for idea in ideas]
        found += [f"p:{first}+{second}" for first, second in combinations(sorted(ideas), 2)]
    return list(dict.fromkeys(found))


@lru_cache(maxsize=8192)
def _alone(word: str) -> tuple[str, str]:
    """What a word counts by itself: as it is written, and as it sounds."""
    return f"w:{word}", f"s:{phrasing.sound(word)}"


def vocabulary(texts: Iterable[list[str]]) -> frozenset[str]:
    """The words of folded texts, slips among them left out: what a slip is mended to."""
    words = {word for text in texts for word in text}
    return frozenset(word for word in words if not phrasing.is_slip(word))
