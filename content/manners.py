"""Messages that are no question for an article, whatever words they share with one."""

import re
import unicodedata
from typing import Literal

from content.phrasing import english, strange
from content.vietnamese import fold

Manner = Literal["long", "chain", "prompt", "link", "language", "english"]

LONGEST = 2000
"""Characters of a question. A long story fits; a pasted document is not read."""

_LINK = re.compile(
    r"(?:https?://|www\.)([^\s/?#\\]+)\S*|\b(?!(?:tp|tx|tt|q|p|kp)\.[a-z]+/)((?:[a-z\d-]+\.)+[a-z]{2,})/\S*",
    re.IGNORECASE,
)
"""Where a link leads. "TP.HCM/An Giang" is none."""
_STATE = re.compile(r"(?:[a-z\d-]+\.)*gov\.vn(?!\.?[\w-])(?:(?![.。．｡]\w)[^@%])*", re.IGNORECASE)
"""A host of the state, and the full stop, comma or bracket of the sentence that it stands in."""
_CHAIN = re.compile(
    r"\b(?:(?:chuyen tiep|gui|share|chia se|gui lai) (?:tin nay |gap |ngay |tiep )?(?:cho|toi|den) "
    r"(?:\d+|it nhat|tat ca|moi|nhieu|cang nhieu)|share gap|chia se gap|lan toa (?:ngay|gap)|"
    r"neu khong (?:gui|chuyen|chia se)|khan cap .{0,40}chia se|forwarded? (?:this|to))"
)
_PROMPT = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,30}\b(?:instructions?|rules?|prompts?)\b|"
    r"\bsystem prompt\b|\byou are now\b|\bact as\b|\bjailbreak\b|\bdeveloper mode\b|"
    r"\b(?:bo qua|quen het|quen di|khong can theo)\b.{0,30}\b(?:huong dan|chi dan|quy tac|lenh|quy dinh)\b"
    r".{0,15}\b(?:tren|truoc|cua may|cua ban|cu|do)\b|"
    r"\b(?:dong vai|gia vo lam|tu gio (?:may|ban|em) la)\b"
)
_ENGLISH = frozenset(
    {
        "the",
        "is",
        "are",
        "what",
        "how",
        "where",
        "when",
        "why",
        "who",
        "my",
        "your",
        "please",
        "can",
        "could",
        "do",
        "does",
        "did",
        "have",
        "has",
        "want",
        "need",
        "get",
        "find",
        "for",
        "with",
        "and",
        "this",
        "that",
        "help",
        "english",
        "speak",
        "from",
        "about",
        "you",
        "am",
    }
)
_VIETNAMESE_TOO = frozenset({"the", "can", "do", "am"})
"""Vietnamese too, without its marks ("thẻ căn cước"): by themselves they make nothing English."""
_ENOUGH = 3
"""Foreign words that make a message foreign."""


def manner(text: str, locale: str) -> Manner | None:
    """What kind of message it is; None: an ordinary one. `locale` is the language the person chose."""
    if len(text) > LONGEST:
        return "long"
    folded = fold(text)
    if _CHAIN.search(folded):
        return "chain"
    if _PROMPT.search(folded):
        return "prompt"
    if any(not _STATE.fullmatch(host) for found in _LINK.findall(text) for host in found if host):
        return "link"
    if _foreign(text):
        return "language"
    return "english" if locale != "en" and text.isascii() and _english(folded.split()) else None


def without_links(text: str) -> str:
    """The rest of a message that was sent with a link."""
    return _LINK.sub(" ", text)


def _foreign(text: str) -> bool:
    """Another script, or a sentence of words that are hardly Vietnamese, English or an abbreviation."""
    letters = [char for char in text if char.isalpha()]
    other = sum(not unicodedata.name(char, "").startswith("LATIN") for char in letters)
    if letters and other * 2 > len(letters):
        return True
    return len(fold(text).split()) > _ENOUGH and strange(text) >= 0.6


def _english(words: list[str]) -> bool:
    """English, where that is not what the person chose."""
    if not any((word in _ENGLISH or word in english()) and word not in _VIETNAMESE_TOO for word in words):
        return False
    sure = sum(word in _ENGLISH for word in words)
    if sure >= _ENOUGH:
        return sure * 4 >= len(words)
    known = sum(word in _ENGLISH or word in english() for word in words)
    return known >= _ENOUGH and known * 4 >= len(words) * (2 if sure else 3)
