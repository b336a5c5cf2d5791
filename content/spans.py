"""Weeks and periods of a report as people type them: "tuần trước", "tuần 46", "tháng 11", "quý IV năm 2026".

Without a year the newest that has begun is meant.
"""

import re
from datetime import date, timedelta, tzinfo

from content import when
from content.figures import monday_of, week_named
from content.periods import Period, period_named, periods_of
from content.vietnamese import fold

_THIS = frozenset({"nay", "this"})
_LAST = frozenset({"truoc", "roi", "qua", "vua roi", "vua qua", "ngoai", "last"})
_ORDERS = {"this": "nay", "last": "truoc"}
_ENGLISH = re.compile(r"(this|last) (week|month|quarter|year)")
_WEEK = re.compile(r"(?:(?:tuan|week|w) ?)?(?:so |thu )?([0-9]{1,2})(?: (?:nam )?([0-9]{4}))?")
_MONTH = re.compile(r"(?:thang|month) ?([0-9]{1,2})(?: (?:nam )?([0-9]{4}))?|([0-9]{1,2}) ([0-9]{4})")
_QUARTER = re.compile(r"(?:quy|quarter|q) ?([1-4]|iv|i{1,3})(?: (?:nam )?([0-9]{4}))?")
_YEAR = re.compile(r"(?:nam|year) ([0-9]{4})")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def week(text: str, today: date) -> date | None:
    """The Monday of the week that is meant, also by a day of it; None where no week is."""
    try:
        return week_named(text.strip().upper())
    except ValueError:
        pass
    said, this = _said(text), monday_of(today)
    named = said.removeprefix("tuan ").removeprefix("week ")
    if named in _THIS or named in _LAST:
        return this if named in _THIS else this - timedelta(days=7)
    if found := _WEEK.fullmatch(said):
        return _week(int(found[1]), found[2], today)
    day = when.day(re.sub(r"^\s*(tuần|tuan|week)\s+", "", text.lower()), today)
    return None if day is None else monday_of(day)


def _week(number: int, year: str | None, today: date) -> date | None:
    this = today.isocalendar().year
    for each in (int(year),) if year else (this, this - 1):
        try:
            monday = date.fromisocalendar(each, number, 1)
        except ValueError:
            continue
        if year or monday <= today:
            return monday
    return None


def period(text: str, today: date, zone: tzinfo) -> Period | None:
    """The month, quarter or year that is meant; None where none is."""
    try:
        return period_named(text.strip().upper(), zone)
    except ValueError:
        pass
    said = _said(text)
    kind, _, which = said.partition(" ")
    month, quarter, year = periods_of(today, zone)
    now = {"thang": month, "month": month, "quy": quarter, "quarter": quarter, "nam": year, "year": year}
    if kind in now and (which in _THIS or which in _LAST):
        return now[kind] if which in _THIS else now[kind].before()
    if found := _QUARTER.fullmatch(said):
        return _newest(f"{{}}-Q{_ROMAN.get(found[1]) or found[1]}", found[2], today, zone)
    if found := _MONTH.fullmatch(said):
        return _newest(f"{{}}-{int(found[1] or found[3]):02d}", found[2] or found[4], today, zone)
    found = _YEAR.fullmatch(said)
    return _newest("{}", found[1], today, zone) if found else None


def _newest(name: str, year: str | None, today: date, zone: tzinfo) -> Period | None:
    try:
        if year:
            return period_named(name.format(year), zone)
        this = period_named(name.format(today.year), zone)
        return this if this.first <= today else period_named(name.format(today.year - 1), zone)
    except ValueError:  # a month 13
        return None


def _said(text: str) -> str:
    """Folded, "last week" turned round as Vietnamese has it."""
    return _ENGLISH.sub(lambda found: f"{found[2]} {_ORDERS[found[1]]}", fold(text))
