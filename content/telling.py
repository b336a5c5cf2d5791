"""An answer as people read it: labels for choices, days and numbers as the language writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time

from content import tracing
from content.form import Question
from content.reading import type_of
from content.understand import Labelled
from content.words import clock, day, number, say

_PICTURE = re.compile(r"[0-9a-f-]{36}\.jpg")


def shown_value(item: Question, value: str, offered: Sequence[Labelled], locale: str) -> str:
    """The value in words; "" where there is none."""
    if not value:
        return ""
    kind = type_of(item)
    if kind in {"select_one", "acknowledge"}:
        return _label(value, offered)
    if kind in {"select_multiple", "rank"}:
        return ", ".join(_label(part, offered) for part in value.split())
    if kind in {"image", "audio", "video", "file"} or _PICTURE.fullmatch(value):
        return say(locale, "interview.photo" if _PICTURE.fullmatch(value) else "interview.file")
    try:
        return _written(kind, value, locale)
    except ValueError:
        return value


def _label(value: str, offered: Sequence[Labelled]) -> str:
    return next((choice.label for choice in offered if choice.value == value), value)


def _written(kind: str, value: str, locale: str) -> str:
    write = _WRITERS.get(kind)
    return value if write is None else write(value, locale)


def _moment(value: str, locale: str) -> str:
    moment = datetime.fromisoformat(value)
    return f"{clock(locale, moment)} {day(locale, moment.date())}"


def _place(value: str, _locale: str) -> str:
    latitude, longitude = value.split()[:2]
    return f"{float(latitude):.5f}, {float(longitude):.5f}"


_WRITERS: Mapping[str, Callable[[str, str], str]] = {
    "integer": lambda value, locale: number(locale, int(value)),
    "decimal": lambda value, locale: number(locale, float(value)),
    "range": lambda value, locale: number(locale, float(value)),
    "date": lambda value, locale: day(locale, date.fromisoformat(value)),
    "time": lambda value, locale: clock(locale, time.fromisoformat(value)),
    "dateTime": _moment,
    "geopoint": _place,
    "geotrace": lambda value, locale: say(locale, "interview.points", n=tracing.count("geotrace", value)),
    "geoshape": lambda value, locale: say(locale, "interview.points", n=tracing.count("geoshape", value)),
}
