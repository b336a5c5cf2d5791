"""The clock, dates as values and as text."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

import regex

from content.expressions.functions.table import function
from content.expressions.moments import (
    INVALID,
    MONTHS,
    Moment,
    as_iso,
    datetime_of,
    datetime_of_days,
    days_of,
    moment_at,
    padded,
    time_of,
)
from content.expressions.values import NAN, Context, Value, to_string


@function("today", "-> n", volatile=True)
def today(context: Context) -> float:
    zone = context.environment.zone
    local = context.environment.now.astimezone(zone)
    return moment_at(local.replace(hour=0, minute=0, second=0, microsecond=0), zone)


@function("now", "-> n", volatile=True)
def now(context: Context) -> float:
    return moment_at(context.environment.now, context.environment.zone)


def date(context: Context, value: Value) -> Value:
    """A date or date-time as a date: of days since 1970, or of ISO text, whose month and day may lack their
    zeros. "" stays "". What is none reads “Invalid Date”."""
    if isinstance(value, bool) or value == "":
        return ""
    at = _instant(context, value)
    if at is not None:
        return moment_at(at, context.environment.zone)
    return "" if isinstance(value, list) and to_string(value) == "" else INVALID


function("date", "v -> v")(date)
function("date-time", "v -> v")(date)


@function("decimal-date-time", "v -> n")
def decimal_date_time(context: Context, value: Value) -> float:
    """Days since 1970-01-01T00:00Z."""
    at = None if isinstance(value, bool) else _instant(context, value)
    return NAN if at is None else days_of(at)


@function("decimal-time", "s -> n")
def decimal_time(context: Context, text: str) -> float:
    """The time of day in the form's zone, as a fraction: noon is 0.5."""
    environment = context.environment
    found = time_of(text, environment.zone, environment.now.astimezone(environment.zone).date())
    return NAN if found is None else found


def _instant(context: Context, value: Value) -> datetime | None:
    zone = context.environment.zone
    if isinstance(value, Moment):
        return datetime_of(value.text, zone) or _of_days(context, value)
    if isinstance(value, float):
        return _of_days(context, value)
    return datetime_of(as_iso(padded(to_string(value))), zone)


def _of_days(context: Context, days: float) -> datetime | None:
    return None if math.isnan(days) else datetime_of_days(days, context.environment.zone)


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FORMATS: dict[str, Callable[[datetime], str]] = {
    "%Y": lambda at: f"{at.year:04d}",
    "%y": lambda at: f"{at.year % 100:02d}",
    "%m": lambda at: f"{at.month:02d}",
    "%n": lambda at: str(at.month),
    "%b": lambda at: MONTHS[at.month - 1],
    "%d": lambda at: f"{at.day:02d}",
    "%e": lambda at: str(at.day),
    "%a": lambda at: _DAYS[at.weekday()],
    "%H": lambda at: f"{at.hour:02d}",
    "%h": lambda at: str(at.hour),
    "%M": lambda at: f"{at.minute:02d}",
    "%S": lambda at: f"{at.second:02d}",
    "%3": lambda at: f"{at.microsecond // 1000:03d}",
    "%%": lambda _: "%",  # as Enketo and JavaRosa; the specification is silent
}
_FORMAT = regex.compile("|".join(_FORMATS))


def format_date(context: Context, value: Value, form: str) -> str:
    """A date in the form's zone, by the signs of the ODK XForms specification; "" of what is no date."""
    at = None if isinstance(value, bool) else _instant(context, value)
    return "" if at is None else _FORMAT.sub(lambda sign: _FORMATS[sign.group()](at), form)


function("format-date", "v s -> s")(format_date)
function("format-date-time", "v s -> s")(format_date)
