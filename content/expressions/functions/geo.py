"""Points, lines and areas on a sphere of 6,378,100 m radius, as ODK's engines measure them.

A point is "latitude longitude [altitude [accuracy]]", a line or shape such points with semicolons between.
Results are rounded to centimetres and square centimetres, as ODK Web Forms rounds them.
"""

from __future__ import annotations

import math
from datetime import UTC
from itertools import pairwise

import regex

from content.expressions.functions.table import function
from content.expressions.values import Context, Value, items, number_of, to_string

_RADIUS = 6_378_100.0
_SEPARATOR = regex.compile(r"\s*;\s*")
_TRAILING = regex.compile(r"(?:\s*;)+\s*$")

Point = tuple[float, float]
"""Latitude and longitude, in degrees."""


@function("area", "v -> n")
def area(_context: Context, value: Value) -> float:
    """Square metres within a shape; 0 of what isn't one."""
    points = _points(value)
    if points is None or len(points) < 3:
        return 0.0
    closed = points if points[0] == points[-1] else [*points, points[0]]
    total = sum(
        math.radians(end[1] - start[1])
        * (2 + math.sin(math.radians(end[0])) + math.sin(math.radians(start[0])))
        for start, end in pairwise(closed)
    )
    return _rounded(abs(total) * _RADIUS * _RADIUS / 2)


function("enclosed-area", "v -> n")(area)  # its first name, which JavaRosa still takes


@function("distance", "v v* -> n")
def distance(_context: Context, *values: Value) -> float:
    """Metres along the points; 0 of one point, NaN where one of them is no point."""
    points = _points(*values)
    if not points:
        return math.nan
    return _rounded(sum(apart(start, end) for start, end in pairwise(points)))


@function("geofence", "s s -> b")
def geofence(_context: Context, point: str, shape: str) -> bool:
    """Whether a point lies within a closed shape (crossing number; wrfranklin.org pnpoly)."""
    here, fence = point_of(point), _line(shape)
    if here is None or fence is None or len(fence) < 2 or fence[0] != fence[-1]:
        return False
    latitude, longitude = here
    inside = False
    for (lat1, long1), (lat2, long2) in pairwise(fence):
        if (lat2 > latitude) != (lat1 > latitude) and longitude < (long1 - long2) * (latitude - lat2) / (
            lat1 - lat2
        ) + long2:
            inside = not inside
    return inside


def apart(start: Point, end: Point) -> float:
    """Metres from one point to another."""
    phi, other = math.radians(start[0]), math.radians(end[0])
    cosine = math.sin(phi) * math.sin(other) + math.cos(phi) * math.cos(other) * math.cos(
        math.radians(start[1] - end[1])
    )
    return math.acos(max(-1.0, min(1.0, cosine))) * _RADIUS


def _rounded(value: float) -> float:
    return math.floor(value * 100 + 0.5) / 100


def _points(*values: Value) -> list[Point] | None:
    """One shape or line, or the points of several nodes or arguments; None where one of them is none."""
    texts = [to_string(item) for value in values for item in items(value)]
    if len(texts) == 1:
        return _line(texts[0])
    points = [point_of(text) for text in texts]
    return [point for point in points if point is not None] if None not in points else None


def _line(text: str) -> list[Point] | None:
    points = [point_of(part) for part in _SEPARATOR.split(_TRAILING.sub("", text.strip()))]
    return [point for point in points if point is not None] if None not in points else None


def point_of(text: str) -> Point | None:
    """Latitude and longitude, in degrees, of a point as it is written; None where it is none."""
    parts = text.split()
    if not 2 <= len(parts) <= 4:
        return None
    latitude, longitude = (number_of(part, UTC) for part in parts[:2])
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
