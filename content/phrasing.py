"""What people type, brought to the words that articles use: abbreviations, teen code, Southern words, slips.

Everything happens on folded text (`content.vietnamese.fold`), so a question reads the same with and without
diacritics. The tables are `phrasing/*.tsv`, for people who don't program; their columns are named in them.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise, product
from pathlib import Path

from content import patterns
from content.patterns import Word
from content.vietnamese import fold

_HERE = Path(__file__).parent / "phrasing"
_REWRITES = ("spoken.tsv", "abbreviations.tsv", "southern.tsv", "english.tsv")
_LONGEST_WORD = 24
_DIGITS = re.compile(r"[0-9]+")
_HOOK, _TILDE = "\u0309", "\u0303"
_STRETCH = re.compile(r"([a-z])\1{2,}")
_TWIN = re.compile(r"([a-z])\1")
# Initial, nucleus, final of a Vietnamese syllable once folded.
_SYLLABLE = re.compile(
    r"(?:b|ch?|d|gh?|gi|h|kh?|l|m|n|ngh?|nh|ph?|qu|r|s|th?|tr|v|x)?"
    r"(?:iu|ieu|ie|ia|i|yeu|ye|ya|y|eo|eu|e|uoi|uou|uo|uay|uai|uao|uya|uye|uyu|uy|ue|ua|ui|uu|u"
    r"|oai|oay|oao|oeo|oa|oe|oi|oo|o|ai|ao|au|ay|a)"
    r"(?:ch?|m|ng|nh|n|p|t)?"
)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One line of a table: `seen` becomes `meant`, where the message has one of `near` (always, if empty)."""

    seen: tuple[str, ...]
    meant: tuple[str, ...]
    near: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The tables, ready to use. Rewrites lie under their first word and then under their second ("" where
    there is none), the longest first. Ideas that one word names lie under it; phrases, as they sound, under
    their first two words ("chẻ em" is "trẻ em"). `spellings` are the marks, by their letters, of fillers,
    of general words and of what is written for others.
    """

    rewrites: dict[str, dict[str, tuple[Rewrite, ...]]]
    fillers: frozenset[str]
    general: frozenset[str]
    names: dict[str, tuple[str, ...]]
    phrases: dict[tuple[str, str], tuple[tuple[tuple[str, ...], str], ...]]
    words: frozenset[str]
    spellings: Mapping[str, Collection[str]]


@cache
def lexicon(directory: Path = _HERE) -> Lexicon:
    """Reads the tables of a directory. Raises ValueError naming file and line of what is not in order."""
    rewrites = [rewrite for name in _REWRITES for rewrite in _read_rewrites(directory / name)]
    by_first: dict[str, list[Rewrite]] = {}
    for rewrite in rewrites:
        by_first.setdefault(rewrite.seen[0], []).append(rewrite)
    known = {word for rewrite in rewrites for word in rewrite.seen + rewrite.meant}
    names: dict[str, tuple[str, ...]] = {}
    phrases: dict[tuple[str, str], tuple[tuple[tuple[str, ...], str], ...]] = {}
    for name, phrase in _read_concepts(directory / "concepts.tsv", by_first):
        known.update(phrase)
        if len(phrase) == 1:
            names[phrase[0]] = (*names.get(phrase[0], ()), name)
        else:
            heard = tuple(sound(word) for word in phrase)
            start = (heard[0], heard[1])
            phrases[start] = (*phrases.get(start, ()), (heard, name))
    return Lexicon(
        rewrites=_by_second(by_first),
        fillers=frozenset(fold(row[0]) for row in _rows(directory / "fillers.tsv", 1)),
        general=frozenset(fold(row[0]) for row in _rows(directory / "general.tsv", 1)),
        names=names,
        phrases=phrases,
        words=frozenset(known),
        spellings=_spellings(directory),
    )


def normalize(text: str, known: Collection[str] = (), tables: Lexicon | None = None) -> list[str]:
    """The words of a message as articles would put them: folded, mended, abbreviations and dialect resolved.

    `known` are the words of the articles; a word that is neither known nor a Vietnamese syllable is mended
    (Telex and VNI residue, stretched letters, words run together, a slip of one letter).
    """
    return resolved(fold(text).split(), known, tables)


def resolved(words: list[str], known: Collection[str] = (), tables: Lexicon | None = None) -> list[str]:
    """The same of words that are folded already."""
    tables = tables or lexicon()
    if not all(map(known.__contains__, words)):
        words = [part for word in words for part in mend(word, known, tables)]
    once = rewrite(words, tables)
    return once if once == words else rewrite(once, tables)


def rewrite(words: list[str], tables: Lexicon) -> list[str]:
    """One pass of the tables over folded words, the longest match first."""
    out: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        below = tables.rewrites.get(word)
        entry = _entry(below, words, at) if below else None
        if entry is None:
            out.append(word)
            at += 1
        else:
            out += entry.meant
            at += len(entry.seen)
    return out


def _entry(below: dict[str, tuple[Rewrite, ...]], words: list[str], at: int) -> Rewrite | None:
    """The line of the tables that holds for the words from there on; None where none does."""
    for entry in below.get(words[at + 1], ()) if at + 1 < len(words) else ():
        size = len(entry.seen)
        if (size == 2 or tuple(words[at : at + size]) == entry.seen) and _is_near(entry, words):
            return entry
    for entry in below.get("", ()):
        if _is_near(entry, words):
            return entry
    return None


def _is_near(entry: Rewrite, words: list[str]) -> bool:
    """Whether one of the words that it asks for is there; a single word does not stand beside itself."""
    near = entry.near
    return not near or any(word in near and (len(entry.seen) > 1 or word != entry.seen[0]) for word in words)


def ideas_of(words: list[str], heard: list[str], tables: Lexicon) -> list[str]:
    """The ideas named in normalised words, each once, in order of appearance; `heard`: how the words sound
    (`sound`)."""
    found: list[str] = []
    names = tables.names
    begun = _begun(heard, tables)
    for at, word in enumerate(words):
        if word in names:
            found += names[word]
        if at in begun:
            found += [name for _, name in begun[at]]
    return list(dict.fromkeys(found))


def ideas(words: list[str], tables: Lexicon | None = None) -> int:
    """How many things are named: "long an số" is one, "quên mật khẩu" two; fillers are none."""
    tables = tables or lexicon()
    begun = _begun([sound(word) for word in words], tables)
    at, count = 0, 0
    while at < len(words):
        named = [size for size, _ in begun.get(at, ())]
        count += bool(named) or words[at] not in tables.fillers
        at += max(named, default=1)
    return count


def _begun(heard: list[str], tables: Lexicon) -> dict[int, list[tuple[int, str]]]:
    """The phrases by the place where they begin: how many words each has, and the idea it names."""
    phrases = tables.phrases
    return {
        at: found
        for at, start in enumerate(pairwise(heard))
        if start in phrases
        and (
            found := [
                (len(phrase), name)
                for phrase, name in phrases[start]
                if len(phrase) == 2 or tuple(heard[at : at + len(phrase)]) == phrase
            ]
        )
    }


def strange(text: str, tables: Lexicon | None = None) -> float:
    """The share of words, 0 to 1, that are no Vietnamese syllable, no figure and in no table."""
    tables = tables or lexicon()
    words = fold(text).split()
    odd = [w for w in words if not (w.isdigit() or w in tables.words or _SYLLABLE.fullmatch(w) or is_slip(w))]
    return len(odd) / len(words) if words else 0.0


@cache
def english(directory: Path = _HERE) -> frozenset[str]:
    """Words that are English wherever they stand."""
    rows = _rows(directory / "english.tsv", 2)
    return frozenset(fold(row[0]) for row in rows if len(row) == 2 and " " not in row[0])


@lru_cache(maxsize=16384)
def sound(word: str) -> str:
    """How a folded word sounds in the South, where ear and keyboard part: x/s, ch/tr, d/z, n/ng, t/c.

    "xac" and "sat", "cu chu" and "cu tru" meet; the key means nothing else.
    """
    key = re.sub(r"^z", "d", word)
    key = re.sub(r"^(?:x|s)", "s", key)
    key = re.sub(r"^(?:tr|ch)", "c", key)
    key = re.sub(r"^(?:ngh|gh|k|q)", lambda m: {"ngh": "ng", "gh": "g"}.get(m[0], "c"), key)
    return re.sub(r"(?:ng|nh|n)$", "n", re.sub(r"(?:ch|c|t)$", "t", key)).replace("y", "i")


def mend(word: str, known: Collection[str], tables: Lexicon) -> list[str]:
    """A word as it was meant, or as it stands where nothing better is found."""
    if word in known or word in tables.words or word.isdigit() or len(word) > _LONGEST_WORD:
        return [word]
    if _SYLLABLE.fullmatch(word):
        return [word]
    for repaired in _slips(word):
        if repaired in known or repaired in tables.words or _SYLLABLE.fullmatch(repaired):
            return [repaired]
    return _split(word, known, tables) or _numbered(word, known, tables) or [_nearest(word, known, tables)]


def is_slip(word: str, tables: Lexicon | None = None) -> bool:
    """Whether a folded word is no syllable, but becomes one when the keyboard's residue is taken away."""
    tables = tables or lexicon()
    if word in tables.words or word.isdigit() or _SYLLABLE.fullmatch(word):
        return False
    return any(_SYLLABLE.fullmatch(repaired) for repaired in _slips(word))


def _slips(word: str) -> Iterator[str]:
    """What a keyboard leaves behind when the input method is off or a key is held down."""
    if word[0].isalpha():
        yield _DIGITS.sub("", word)
    yield _STRETCH.sub(r"\1", word)
    yield _STRETCH.sub(r"\1\1", word)
    yield _untelex(word)
    yield _untelex(_STRETCH.sub(r"\1", word))
    yield _TWIN.sub(r"\1", word)


def _untelex(word: str) -> str:
    """Telex keys dropped: s f r x j for tones, w, and the second letter of â ê ô đ, wherever it stands."""
    out = ""
    for c in word:
        vowels = any(v in out for v in "aeiouy")
        if vowels and c in "sfrxjw":
            continue
        if c in "aeo" and c in out and not (out and out[-1] != c and c == "o" and out[-1] in "aeu"):
            continue
        if c == "d" and out.startswith("d"):
            continue
        out += c
    return out


def _split(word: str, known: Collection[str], tables: Lexicon) -> list[str] | None:
    """Words run together ("matkhau"), parted where every part is a known word. None where none is."""
    if len(word) < 5 or not word.isalpha():
        return None
    best: dict[int, list[str]] = {0: []}
    for end in range(2, len(word) + 1):
        for start in range(max(0, end - 7), end - 1):
            part = word[start:end]
            if start not in best or (part not in known and part not in tables.words):
                continue
            candidate = [*best[start], part]
            if end not in best or len(candidate) < len(best[end]):
                best[end] = candidate
    return best.get(len(word))


def _numbered(word: str, known: Collection[str], tables: Lexicon) -> list[str] | None:
    """The same with a figure at the end ("dinhdanhmuc2"). None where it is not so."""
    letters, figure = word.rstrip("0123456789"), word[len(word.rstrip("0123456789")) :]
    parts = _split(letters, known, tables) if figure else None
    return [*parts, figure] if parts else None


def _nearest(word: str, known: Collection[str], tables: Lexicon) -> str:
    """The known word one slip away (two in words of seven letters and more), else the word itself. Of words
    equally near, one of the same letters ("dein" is "dien"), then one that begins and ends alike.
    """
    if len(word) < 4:
        return word
    from rapidfuzz import process  # noqa: PLC0415 - 2.6 MB that most turns do without
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - 2.6 MB that most turns do without

    reach = 1 if len(word) < 7 else 2
    candidates = [w for w in (*known, *tables.words) if abs(len(w) - len(word)) <= reach and len(w) > 3]
    near = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=reach, limit=None)
    letters = sorted(word)

    def unlike(hit: tuple[str, float, int]) -> tuple[float, bool, int, str]:
        other, slips, _ = hit
        ends = (other[0] != word[0]) + (other[-1] != word[-1])
        return slips, sorted(other) != letters, ends, other

    return min(near, key=unlike)[0] if near else word


def _by_second(by_first: dict[str, list[Rewrite]]) -> dict[str, dict[str, tuple[Rewrite, ...]]]:
    """By first and second word; of those that begin alike the most particular first."""
    found: dict[str, dict[str, tuple[Rewrite, ...]]] = {}
    for first, entries in by_first.items():
        below = found[first] = {}
        for entry in sorted(entries, key=lambda r: (-len(r.seen), not r.near)):
            second = entry.seen[1] if len(entry.seen) > 1 else ""
            below[second] = (*below.get(second, ()), entry)
    return found


def _read_rewrites(path: Path) -> Iterator[Rewrite]:
    for row in _rows(path, 2):
        near = frozenset(word for cell in row[2:3] for word in fold(cell).split())
        for seen in _spelt_out(row[0]):
            yield Rewrite(tuple(fold(seen).split()), tuple(fold(row[1]).split()), near)


def spelt(text: str) -> list[Word]:
    """The words with their marks; hook and tilde, one to a Southern ear, are the same ("lổi" is "lỗi")."""
    return [
        (letters, "".join(sorted(marks.replace(_TILDE, _HOOK)))) for letters, marks in patterns.words(text)
    ]


def _spellings(directory: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in ("fillers.tsv", "general.tsv", *_REWRITES):
        for row in _rows(directory / name, 1):
            written = spelt(row[0])
            if len(written) == 1:
                found.setdefault(written[0][0], set()).add(written[0][1])
    return found


def _spelt_out(seen: str) -> list[str]:
    """Every way of a phrase that has several for one place: "vê|vờ en|nờ|-"; "-" is nothing at all."""
    places = [place.split("|") for place in seen.split()]
    return [" ".join(way for way in ways if way != "-") for ways in product(*places)]


def _read_concepts(path: Path, by_first: dict[str, list[Rewrite]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Phrases as they are after rewriting, so that the tables may be edited apart from each other."""
    plain = Lexicon(_by_second(by_first), frozenset(), frozenset(), {}, {}, frozenset(), {})
    for name, phrases in _rows(path, 2):
        for phrase in phrases.split("|"):
            words = fold(phrase).split()
            yield from {(name, tuple(words)), (name, tuple(rewrite(rewrite(words, plain), plain)))}


def _rows(path: Path, columns: int) -> Iterator[list[str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    header = True
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if header:
            header = False
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) < columns or not all(fold(cell) for cell in cells[:columns]):
            raise ValueError(
                f"{path.name}:{number}: cần {columns} cột cách nhau bằng phím Tab, không cột nào trống"
            )
        yield cells
