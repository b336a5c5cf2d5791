"""Days and times as people type them: "hôm qua", "15/8", "ngày 15 tháng 8", "2 giờ chiều"."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from content.vietnamese import fold

_RELATIVE = {
    "hom nay": 0, "nay": 0, "bua nay": 0, "today": 0,
    "hom qua": -1, "qua": -1, "bua qua": -1, "yesterday": -1,
    "hom kia": -2, "bua kia": -2,
    "ngay mai": 1, "mai": 1, "tomorrow": 1, "ngay mot": 2, "mot": 2, "ngay kia": 2,
}  # fmt: skip
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})(?:\s*[-/.]\s*(\d{4}|\d{2}))?")
_SPELT = re.compile(r"(?:ngay |mung |mong )?(\d{1,2}) thang (\d{1,2})(?: nam (\d{4}|\d{2}))?")
_COMPACT = re.compile(r"(\d{2})(\d{2})(\d{4})")
_WEEKDAY = re.compile(
    r"(?:(hom) |ngay |vao )?(?:thu (hai|ba|tu|nam|sau|bay|[2-7])|(chu nhat|cn))"
    r"(?: (nay|toi|tuan nay|tuan sau|tuan toi|truoc|roi|vua roi|tuan truoc|tuan roi))?"
)
_WEEKDAYS = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5}
_IN_THE_DAY = re.compile(
    r"(?:(?:luc |khoang )?\d{1,2} ?(?:gio|h|g)(?: ?\d{1,2})?(?: ruoi)?|sang|trua|chieu|toi)"
)
_CLOCK = re.compile(r"(\d{1,2})\s*(?:giờ|gio|[:hg])\s*(\d{1,2})?(?:\s*(?:phút|phut|p))?(?::(\d{2}))?")
_AFTERNOON = frozenset({"chieu", "toi", "pm"})
_MORNING = frozenset({"sang", "am"})


def day(text: str, today: date) -> date | None:
    """The day that is meant; None where no day is. Day comes before month; without a year it is this year."""
    folded = fold(text)
    for said in (folded, " ".join(_IN_THE_DAY.sub(" ", folded).split())):  # "9 giờ sáng mai" is tomorrow
        if said in _RELATIVE:
            return today + timedelta(days=_RELATIVE[said])
        if named := _WEEKDAY.fullmatch(said):
            return _weekday(named, today)
    cleaned = text.strip()
    found = _ISO.fullmatch(cleaned)
    if found:
        return _date(found[1], found[2], found[3])
    found = _DAY_FIRST.fullmatch(re.sub(r"^\s*(ngày|ngay)\s+", "", cleaned.lower()))
    found = found or _SPELT.fullmatch(folded) or _COMPACT.fullmatch(cleaned)
    if found:
        return _date(found[3] or str(today.year), found[2], found[1])
    return None


def _weekday(named: re.Match[str], today: date) -> date:
    """The next day of that name, or the last where it is said to be past."""
    before, spelt, _, which = named.groups()
    number = 6 if spelt is None else int(spelt) - 2 if spelt.isdecimal() else _WEEKDAYS[spelt]
    monday = today - timedelta(days=today.weekday())
    if which in {"tuan sau", "tuan toi"}:
        return monday + timedelta(days=7 + number)
    if which in {"tuan truoc", "tuan roi"}:
        return monday + timedelta(days=number - 7)
    if which in {"truoc", "roi", "vua roi"} or (before and not which):
        return today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
    return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)


def clock(text: str) -> time | None:
    """The time of day that is meant: "14:05", "14h", "2 giờ chiều", "2h30 chiều"."""
    cleaned = text.strip().lower()
    found = _CLOCK.match(cleaned)
    if found is None:
        return None
    rest = set(fold(cleaned[found.end() :]).split())
    if rest - _AFTERNOON - _MORNING - {"ruoi", "trua", "dem"}:
        return None
    hour, minute = int(found[1]), int(found[2] or (30 if "ruoi" in rest else 0))
    if rest & _AFTERNOON and hour < 12:
        hour += 12
    if hour > 23 or minute > 59 or int(found[3] or 0) > 59:
        return None
    return time(hour, minute, int(found[3] or 0))


def moment(text: str, today: date) -> tuple[date, time] | None:
    """A day and a time in either order: "15/8/2026 14:05", "14h hôm qua"."""
    cleaned = " ".join(text.replace("T", " ").replace(",", " ").split())
    words = cleaned.split(" ")
    for cut in range(1, len(words)):
        first, rest = " ".join(words[:cut]), " ".join(words[cut:])
        for one, other in ((first, rest), (rest, first)):
            found_day, found_time = day(one.removeprefix("lúc "), today), clock(other.removeprefix("lúc "))
            if found_day is not None and found_time is not None:
                return found_day, found_time
    return None


def _date(year: str, month: str, of_month: str) -> date | None:
    full = int(year) + (2000 if len(year) == 2 and int(year) < 50 else 1900 if len(year) == 2 else 0)
    try:
        return date(full, int(month), int(of_month))
    except ValueError:
        return None
