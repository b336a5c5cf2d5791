"""People's names: found without diacritics, with typing errors, and told apart."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from content.vietnamese import fold

T = TypeVar("T")

HONORIFICS = frozenset(
    ("ho", "nha", "ong", "ba", "anh", "chi", "co", "chu", "bac", "cau", "di", "duong", "mo")
)
_LIKE = 84
"""From this likeness on (0 to 100, of folded names) two names may be one, mistyped: "Nguyen Van Hia"."""


def search(text: str, items: Iterable[T], name: Callable[[T], str], limit: int = 8) -> list[T]:
    """The items whose name has every word of `text`, or a word that begins so; where there is none, without
    the titles before it ("nhà chú Tư"); where there is still none, those most alike. Best first: the whole
    name, then as the items come.
    """
    folded = [(item, fold(name(item))) for item in items]
    wanted = fold(text)
    words = wanted.split()
    found = _having(words, folded)
    while not found and words and words[0] in HONORIFICS:
        words = words[1:]
        found = _having(words, folded)
    if not found:
        return _alike(wanted, folded, limit)
    found.sort(key=lambda pair: pair[1] != wanted)
    return [item for item, _ in found[:limit]]


def written(name: str) -> str:
    """The name as it is put down: where it was typed in small letters only, or in capitals, each word begins
    with a capital."""
    words = name.split()
    alike = name.islower() or (name.isupper() and len(name) > 3)
    return " ".join(word[:1].upper() + word[1:].lower() for word in words) if alike else " ".join(words)


def same(one: str, other: str) -> bool:
    """Whether two names are written alike but for case, diacritics and spaces."""
    return fold(one) == fold(other)


def alike(text: str, items: Iterable[T], name: Callable[[T], str], limit: int = 4) -> list[T]:
    """The items that may bear the same name, mistyped: most alike first."""
    return _alike(fold(text), [(item, fold(name(item))) for item in items], limit)


def _having(words: list[str], folded: list[tuple[T, str]]) -> list[tuple[T, str]]:
    if not words:
        return []
    return [pair for pair in folded if all(any(p.startswith(w) for p in pair[1].split()) for w in words)]


def _alike(wanted: str, folded: list[tuple[T, str]], limit: int) -> list[T]:
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - 2.6 MB that most turns do without

    hits = process.extract(
        wanted, [text for _, text in folded], scorer=fuzz.token_sort_ratio, score_cutoff=_LIKE, limit=limit
    )
    return [folded[place][0] for _, _, place in hits]
