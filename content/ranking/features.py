"""What of a question counts: its words, how they sound, neighbours, the ideas named and their pairs."""

import re
from collections.abc import Collection
from itertools import combinations, pairwise

from content import phrasing
from content.vietnamese import fold

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


def content_words(words: list[str]) -> list[str]:
    """The words that are not courtesy or filling."""
    fillers = phrasing.lexicon().fillers
    return [word for word in words if word not in fillers]


def features(words: list[str]) -> list[str]:
    """The features of words, each once: "w:mat", "s:mat", "b:mat khau", "c:FORGET", "p:FORGET+VSSID"."""
    counted = content_words(words)
    ideas = phrasing.concepts(words)
    heard = [phrasing.sound(word) for word in words]
    found = dict.fromkeys(f"w:{word}" for word in counted)
    found.update(dict.fromkeys(f"s:{phrasing.sound(word)}" for word in counted))
    found.update(dict.fromkeys(f"b:{first} {second}" for first, second in pairwise(heard)))
    found.update(dict.fromkeys(f"c:{idea}" for idea in ideas))
    found.update(dict.fromkeys(f"p:{first}+{second}" for first, second in combinations(sorted(ideas), 2)))
    return list(found)


def vocabulary(texts: Collection[str]) -> frozenset[str]:
    """The folded words of texts, slips among them left out: what a slip is mended to."""
    words = {word for text in texts for word in fold(text).split()}
    return frozenset(word for word in words if not phrasing.is_slip(word))
