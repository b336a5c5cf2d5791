"""Instants as ODK's expressions have them: numbers of days that read as ISO 8601.

A date without an offset is midnight in the form's zone (ODK Web Forms; ODK Collect counts whole days).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Self

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?(Z|[+-]\d{2}:\d{2})?)?",
    re.ASCII,
)
_LOOSE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(T.*)?", re.ASCII | re.DOTALL)
_BROWSERS = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT([+-]\d{2})(\d{2})(?: \(.*\))?",
    re.ASCII,
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = re.compile(r"\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_WIDEST_OFFSET = timedelta(hours=15)


class Moment(float):
    """Days since 1970-01-01T00:00Z (fractions are the time of day), with the text it reads as: a date where
    it is midnight in the form's zone, else a date-time with the zone's offset; NaN reads “Invalid Date”."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, days: float, text: str) -> Self:
        moment = super().__new__(cls, days)
        moment.text = text
        return moment


INVALID = Moment(float("nan"), "Invalid Date")


def days_of(at: datetime) -> float:
    """Days since 1970-01-01T00:00Z, as ODK counts dates."""
    return (at - EPOCH) / DAY


def moment_at(at: datetime, zone: tzinfo) -> Moment:
    """An aware datetime as it reads in `zone`."""
    local = at.astimezone(zone)
    return Moment(days_of(at), iso_text(local))


def iso_text(local: datetime) -> str:
    """A date where it is midnight, else date and time with milliseconds and offset."""
    if local.hour == local.minute == local.second == 0 and local.microsecond < 1000:
        return f"{local.year:04d}-{local.month:02d}-{local.day:02d}"
    return local.isoformat(timespec="milliseconds")


def datetime_of_days(days: float, zone: tzinfo) -> datetime | None:
    """The instant so many days after 1970 in `zone`, to the millisecond; None out of the years 1 to 9999."""
    try:
        return (EPOCH + timedelta(milliseconds=round(days * 86_400_000))).astimezone(zone)
    except (OverflowError, ValueError):
        return None


@lru_cache(maxsize=4096)
def datetime_of(text: str, zone: tzinfo) -> datetime | None:
    """An ISO date or date-time in `zone`; None where the text is none or names a day that there isn't."""
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        own = _offset(offset) if offset else zone
        if own is None:
            return None
        at = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int(((fraction or "") + "000000")[:6]),
            tzinfo=own,
        )
        return at.astimezone(zone)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def moment_of(text: str, zone: tzinfo) -> Moment | None:
    """What number() makes of a date: its days; as a string, the whole days since 1970 in UTC."""
    at = datetime_of(text, zone)
    if at is None:
        return None
    days = days_of(at)
    return Moment(days, str(int(days // 1)))


def padded(text: str) -> str:
    """`2026-1-9` as `2026-01-09`; other texts as they are."""
    match = _LOOSE.fullmatch(text)
    if match is None:
        return text
    year, month, day, rest = match.groups()
    return f"{year}-{month:0>2}-{day:0>2}{rest or ''}"


def as_iso(text: str) -> str:
    """What a browser prints of a date (`Sun Nov 22 2026 12:35:27 GMT-0700 (…)`, which Enketo has stored) as
    ISO 8601; other texts as they are."""
    match = _BROWSERS.fullmatch(text)
    if match is None or match[1] not in MONTHS:
        return text
    _, day, year, time, hours, minutes = match.groups()
    return f"{year}-{MONTHS.index(match[1]) + 1:02d}-{day}T{time}{hours}:{minutes}"


def time_of(text: str, zone: tzinfo, today: date) -> float | None:
    """A time (of `today`), or that of a date-time, as it is in `zone`: a fraction of the day. None of other
    texts."""
    at = datetime_of(f"{today.isoformat()}T{text}" if _TIME.fullmatch(text) else text, zone)
    if at is None:
        return None
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond) / DAY


def _offset(text: str) -> tzinfo | None:
    if text == "Z":
        return UTC
    minutes = int(text[4:6])
    offset = timedelta(hours=int(text[1:3]), minutes=minutes)
    if minutes > 59 or offset >= _WIDEST_OFFSET:
        return None
    return timezone(-offset if text[0] == "-" else offset)
