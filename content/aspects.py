"""What is asked of something that was told already: what it costs, what to bring, where, how long."""

import re

from content.phrasing import lexicon, normalize, spelt
from content.vietnamese import fold

_MOST = 3
"""Lines that are quoted: with more it is the article again."""
_LOST = re.compile(r"\bmat (?=(?:tien|phi|dong)\b.* khong\b)")
""" "Có mất tiền không" asks what it costs; "mất tiền rồi" tells of a loss."""
_IN_PAIN = re.compile(r"\bdau (?:qua|du)\b")
""" "Đau quá", which nobody means as "đâu quá"."""
_SOMEBODY = frozenset({"nguoi"})
""" "Cần người tới": who is asked for is what the message is about."""
_ASPECTS = tuple(
    (re.compile(rf"\b(?:{asked})\b"), re.compile(rf"\b(?:{told})\b"))
    for asked, told in (
        (
            "ton|tien|phi|gia bao nhieu",
            r"mien phi|le phi|muc phi|luon phi|khong (?:mat|ton|thu)|co cuoc|\d+ dong|free|fees?|charged?",
        ),
        ("dem|mang|can gi|giay to", "can co san|mang|dem theo|you need|bring|take along"),
        (
            "bao lau|may (?:ngay|bua|hom)|khi nao|chung nao|bua nao|bao gio",
            r"\d+ (?:ngay|phut|gio|tuan|thang|days?|minutes|hours|months?)|ngay lam viec|working days|"
            "cho (?:tin|bao|duyet)|wait for",
        ),
        ("may gio", "gio lam viec|gio hanh chinh|opening hours"),
        (
            "o dau|toi dau|den dau|cho nao|noi nao",
            "cong an xa|trung tam phuc vu|ch play|app store|gov vn|buu dien|commune police|service centre|"
            "post office",
        ),
    )
)


def names_nothing(text: str) -> bool:
    """Whether a message has no name of anything in it: it makes sense after another one only.

    Marks count where they were typed: "mổ" is not "mở", nor "nợ" "nó".
    """
    tables = lexicon()
    if any(marks and marks not in tables.spellings.get(letters, {marks}) for letters, marks in spelt(text)):
        return False
    if _IN_PAIN.search(fold(text)):
        return False
    words = _LOST.sub("", " ".join(normalize(text))).split()
    general = (tables.fillers | tables.general) - _SOMEBODY
    return bool(words) and all(word in general or (word.isdecimal() and len(word) < 3) for word in words)


def lines(text: str, told: str) -> list[str] | None:
    """The lines of what was told that answer such a message; None where it asks for nothing of the kind."""
    asked = f"{fold(text)} / {' '.join(normalize(text))}"  # as it was said, and what it means
    for question, answer in _ASPECTS:
        if question.search(asked):
            found = [line.strip() for line in told.splitlines() if answer.search(fold(line))]
            return found[:_MOST]
    return None
