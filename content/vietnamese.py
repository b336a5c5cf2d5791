"""Vietnamese as people type it: with diacritics or without, tones placed the old way or the new."""

import re
import unicodedata
from functools import lru_cache

_NOT_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The text as compared: lower case, without diacritics, đ as d, words parted by one space.

    "Hoà", "hòa" and "hoa" fold to the same. Punctuation and emoji count as spaces; zero-width and direction
    marks vanish. Idempotent.
    """
    if not text.isascii():
        text = _plain(text)
    return _NOT_WORD.sub(" ", text.lower()).strip()


def _plain(text: str) -> str:
    """Compatibility decomposition without marks (Mn, Me) and invisible characters (Cf)."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).lower())
    for c in set(decomposed):
        if c > "\x7f" and unicodedata.category(c) in {"Mn", "Me", "Cf"}:
            decomposed = decomposed.replace(c, "")
    return decomposed.replace("đ", "d")
