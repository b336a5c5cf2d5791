"""The types of the ODK XForms specification: how a value of each is written when it is submitted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"
_OFFSET = r"(Z|[+-](0\d|1[0-4]):[0-5]\d)"
_TIME = re.compile(rf"{_CLOCK}{_OFFSET}?")
_MOMENT = re.compile(rf"(\d{{4}}-\d\d-\d\d)T({_CLOCK}{_OFFSET}?)")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(T.*)?")
INT_MIN, INT_MAX = -(2**31), 2**31 - 1


def canonical(kind: str, text: str) -> str:
    """`text` as a value of that bind type is stored; "" where it is none ("ba" as an int)."""
    convert = _TYPES.get(kind)
    return text if convert is None or not text else convert(text.strip())


def _int(text: str) -> str:
    number = _float(text)
    if number is None or not INT_MIN <= number <= INT_MAX:
        return ""
    return str(math.trunc(number))


def _decimal(text: str) -> str:
    number = _float(text)
    return "" if number is None else str(number)


def _float(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _date(text: str) -> str:
    """A date-time without an offset gives its day; one with an offset would be another day elsewhere."""
    found = _DAY.fullmatch(text)
    if found is None or (found[2] and not re.fullmatch(_CLOCK, found[2][1:])):
        return ""
    return found[1] if _is_day(found[1]) else ""


def _time(text: str) -> str:
    return text if _TIME.fullmatch(text) else ""


def _moment(text: str) -> str:
    found = _MOMENT.fullmatch(text)
    return text if found and _is_day(found[1]) else ""


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _geopoint(text: str) -> str:
    parts = [_float(part) for part in text.split()]
    numbers = [part for part in parts if part is not None]
    if len(numbers) != len(parts) or not 2 <= len(numbers) <= 4:
        return ""
    latitude, longitude = numbers[:2]
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return ""
    return " ".join(map(str, numbers))


def _geotrace(text: str) -> str:
    return _points(text, 2)


def _geoshape(text: str) -> str:
    """A closed ring: the last point is the first again."""
    shape = _points(text, 3)
    points = shape.split(";")
    return shape if points[0] == points[-1] else ""


def _points(text: str, least: int) -> str:
    points = [_geopoint(point.strip()) for point in text.strip().rstrip(";").split(";")]
    return ";".join(points) if len(points) >= least and all(points) else ""


_TYPES: Mapping[str, Callable[[str], str]] = {
    "int": _int,
    "integer": _int,
    "decimal": _decimal,
    "date": _date,
    "time": _time,
    "dateTime": _moment,
    "geopoint": _geopoint,
    "geotrace": _geotrace,
    "geoshape": _geoshape,
}


def timestamp(moment: datetime) -> str:
    """A date and time as ODK writes it: milliseconds and the offset."""
    return moment.isoformat(timespec="milliseconds")
