"""What must never be kept or guessed about: secrets in a message, and messages that are no questions.

A one-time code, a password or a card's number is covered before anything is stored, and the person is warned.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import yaml

from content import patterns
from content.masking import mask
from content.patterns import Pattern, pattern
from content.vietnamese import fold

Secret = Literal["id", "otp", "password", "card"]
_ARTICLES = Path(__file__).parent / "articles"
_CARD = re.compile(r"(?<!\d)\d{4}(?:[ .-]?\d{4}){3}(?:[ .-]?\d{3})?(?!\d)")
"""Sixteen digits, nineteen on most cards of banks here."""
_CVV = re.compile(r"(\bcv[vc]2?\b\D{0,12})(?<!\d)(\d{3,4})(?!\d)", re.IGNORECASE)
_CODE = re.compile(
    r"((?:\botp|\bopt|\bpasscode|\bpin)\b[^\d\n]{0,25}"
    r"|\b(?:mã|ma|code)\b(?!\s+(?:[^\W\d]+\s+){0,2}?(?:hồ|ho|khách|khach|thuế|thue|hàng|hang|bưu|buu|đơn|don"
    r"|sinh|năm|nam|tuổi|tuoi|vùng|vung)\b)[^\d\n]{0,25}(?!(?:19|20)\d\d(?!\d)))"
    r"(?<!\d)(\d{4,8})(?!\d)",
    re.IGNORECASE,
)
"""A code's name and its figures. No "mã hồ sơ 12345"; no mother ("ma") born in 1955."""
_PASSWORD = re.compile(
    r"((?:mật khẩu|mat khau|\bmk|\bpass|\bpassword|passcode|\bpw)\b"
    r"(?:\s+[^\W\d]+){0,6}?"
    r"\s*(?:\b(?:là|la)\s+|[:=]\s*))([^\s?.,!]{4,})",
    re.IGNORECASE,
)
_BARE_PASSWORD = re.compile(
    r"((?:mật khẩu|mat khau|\bmk|\bpass|\bpassword|\bpw)\s+)"
    r"((?=\S*\d)(?=\S*[^\W\d])[^\s?,]{6,}|\d{6,}|(?=\S*\d)\S*[@#$%&*!]\S*)",
    re.IGNORECASE,
)
"""Without "là": letters with figures, figures alone, or signs; "mật khẩu VssID" is none."""
_NOT_A_PASSWORD = frozenset(
    {"gi", "sao", "bao", "cai", "chu", "nhu", "khong", "duoc", "may", "nhung", "tieu", "vneid", "vssid"}
)

_POLITE = frozenset(
    """
    a nha nhe nghe em e oi anh chi co chu bot ad con nhieu lam ban da ba ong bac chau me ma di thim cau toi
    tui minh admin vay z luon voi
    """.split()  # noqa: SIM905 - reads as a list
)
_LONGEST_PHRASE = 6
"""Words of a phrase that, with others, makes a whole message."""
_MAY_I = re.compile(r" (?:duoc|dc) (?:khong|hong|hok|hem|hk|ko|k)$")


@dataclass(frozen=True, slots=True)
class Guarded:
    """The text with its secrets covered, and what they were."""

    text: str
    secrets: frozenset[Secret]


@dataclass(frozen=True)
class Courtesy:
    """A kind of message that is no question. `say` is the key of what is answered to it."""

    id: str
    say: str
    anywhere: bool
    phrases: frozenset[str]
    """With their marks where `anywhere`, else folded."""
    marked: frozenset[str] = frozenset()
    """Phrases that without their marks are everyday words, "xỉu" and "nhỏ xíu": known by their marks only."""

    def without(self, text: str) -> str:
        """What of a text, folded, is left without these phrases, marks or not."""
        left, at = [(word, "") for word in fold(text).split()], 0
        while at < len(left):
            ends = [pattern.end(left, at) or at for pattern in self._beginning_unmarked.get(left[at][0], ())]
            longest = max(ends, default=at)
            if longest > at:
                del left[at:longest]
            else:
                at += 1
        return " ".join(word for word, _ in left)

    @property
    def urgent(self) -> bool:
        """Whether somebody has to be called at once."""
        return self.say.startswith("howto.urgent.")

    @cached_property
    def bare(self) -> frozenset[str]:
        """Those of two words and more without whom they speak to: "cho bà hỏi" is "cho em hỏi"."""
        parted = ([word for word in phrase.split() if word not in _POLITE] for phrase in self.phrases)
        return frozenset(" ".join(words) for words in parted if len(words) > 1)

    @cached_property
    def beginning(self) -> Mapping[str, list[Pattern]]:
        """The phrases by the folded word that they begin with: few of two hundred can be in a message."""
        return _by_beginning(
            pattern(phrase, by_marks=phrase in self.marked) for phrase in self.phrases | self.marked
        )

    @cached_property
    def _beginning_unmarked(self) -> Mapping[str, list[Pattern]]:
        return _by_beginning(pattern(phrase) for phrase in self.phrases | self.marked)


def guard(text: str) -> Guarded:
    """Covers identity numbers, one-time codes, passwords and card numbers with dots."""
    secrets: set[Secret] = set()

    def cover(kind: Secret, found: re.Match[str], group: int) -> str:
        secrets.add(kind)
        covered = found.group(group)
        return found.group().replace(covered, "•" * len(covered))

    text = _CARD.sub(lambda m: cover("card", m, 0), text)
    masked = mask(text)
    if masked != text:
        secrets.add("id")
    masked = _CODE.sub(lambda m: cover("otp", m, 2), masked)
    masked = _CVV.sub(lambda m: cover("card", m, 2), masked)
    masked = _BARE_PASSWORD.sub(lambda m: cover("password", m, 2), masked)
    masked = _PASSWORD.sub(lambda m: m.group() if _a_word(m.group(2)) else cover("password", m, 2), masked)
    if re.fullmatch(r"\D{0,6}\d{6}\D{0,6}", masked.strip()):
        masked, secrets = re.sub(r"\d", "•", masked), secrets | {"otp"}
    return Guarded(masked, frozenset(secrets))


def told(text: str) -> bool:
    """Whether a secret is told by its name, so that figures alone, which may answer a question, are none."""
    return not text.strip().isdecimal() and bool(guard(text).secrets - {"id"})


def courtesy(text: str, directory: Path = _ARTICLES) -> Courtesy | None:
    """The kind of `courtesy.yaml` that a message is, the urgent ones first; None for a question."""
    folded, said, kinds = fold(text), patterns.words(text), _courtesies(directory)
    for kind in kinds:
        if kind.anywhere and any(
            found.end(said, at) is not None
            for at, (word, _) in enumerate(said)
            for found in kind.beginning.get(word, ())
        ):
            return kind
    words = _MAY_I.sub("", folded).split()
    meant = [word for word in words if word not in _POLITE]
    for kind in kinds:
        if not kind.anywhere and (_made_of(words, kind.phrases) or _made_of(meant, kind.bare)):
            return kind
    return None


def _by_beginning(found: Iterable[Pattern]) -> dict[str, list[Pattern]]:
    by_word: dict[str, list[Pattern]] = {}
    for one in found:
        for word in one.beginnings:
            by_word.setdefault(word, []).append(one)
    return by_word


def _made_of(words: list[str], phrases: frozenset[str]) -> bool:
    """Whether the words are nothing but these phrases and what politeness hangs on them."""
    at, hits = 0, 0
    while at < len(words):
        for size in range(_LONGEST_PHRASE, 0, -1):
            if " ".join(words[at : at + size]) in phrases:
                at, hits = at + size, hits + 1
                break
        else:
            if words[at] not in _POLITE:
                return False
            at += 1
    return hits > 0


def _a_word(text: str) -> bool:
    """ "mật khẩu là gì", "mật khẩu: quên rồi": nothing secret there."""
    return fold(text) in _NOT_A_PASSWORD or (text.isalpha() and not text.isascii())


@cache
def _courtesies(directory: Path) -> tuple[Courtesy, ...]:
    """Urgent kinds first: they win over an insult in the same message."""
    path = directory / "courtesy.yaml"
    if not path.exists():
        path = _ARTICLES / "courtesy.yaml"
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    kinds = [
        Courtesy(
            name,
            e["say"],
            anywhere,
            frozenset(p if anywhere else fold(p) for p in map(str, e["phrases"])),
            frozenset(map(str, e.get("marked", ()))),
        )
        for name, e in entries.items()
        for anywhere in [bool(e.get("anywhere"))]
    ]
    return tuple(sorted(kinds, key=lambda kind: not kind.urgent))
