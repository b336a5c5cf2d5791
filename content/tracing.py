"""Lines and areas on the map, given in a chat point by point: several shared locations, or typed places."""

from __future__ import annotations

from collections.abc import Sequence

from content import understand
from content.payloads import Press
from content.reading import place
from content.steps import Given
from content.understand import Missed

LEAST = {"geotrace": 2, "geoshape": 3}
"""How many points each type needs."""
LAST = "last"
"""What the button that takes the last point out names."""
MOST = 500
"""Points of one answer: somebody who walks round a field shares some dozens."""


def heard(
    kind: str, points: Sequence[str], given: Given, press: Press | None, held: str
) -> list[str] | str | Missed | None:
    """What becomes of the points so far: more or fewer, or the finished value. None: the button is of no use
    here. `held` is the answer that is there already."""
    if press is not None and press.verb == "~":
        return held or None
    if press is not None and press.verb != "!":
        return list(points[:-1]) if (press.verb, press.choice) == ("-", LAST) else None
    if press is not None or understand.is_finished(given.text):
        few = len(points) < LEAST[kind]
        return Missed("interview.points_few", {"n": LEAST[kind]}) if few else _joined(kind, points)
    return _more(kind, points, given)


def _more(kind: str, points: Sequence[str], given: Given) -> list[str] | str | Missed:
    """With what was given now; where all points were typed at once, that is the value."""
    found = _given(given)
    if isinstance(found, Missed):
        return found
    if not points and len(found) >= LEAST[kind]:
        return _joined(kind, found)
    if len(points) + len(found) > MOST:
        return Missed("interview.points_many", {"n": MOST})
    return [*points, *found]


def _given(given: Given) -> list[str] | Missed:
    """A shared location, or places that were typed."""
    if given.location is not None:
        return [place(given.location)]
    if given.photo is not None or given.file is not None or given.other is not None:
        return Missed("understand.places")
    return _typed(given.text)


def _typed(text: str) -> list[str] | Missed:
    """The points of "10.1, 106.1; 10.2, 106.2", or the one of "10.1, 106.1"."""
    one = understand.a_place(text)
    if not isinstance(one, Missed):
        return [one]
    points: list[str] = []
    for part in filter(None, map(str.strip, text.replace("\n", ";").split(";"))):
        point = understand.a_place(part)
        if isinstance(point, Missed):
            return Missed("understand.places")
        points.append(point)
    return points or Missed("understand.places")


def _joined(kind: str, points: Sequence[str]) -> str:
    """The value as it is submitted; a shape ends where it began."""
    closed = kind == "geoshape" and points[0] != points[-1]
    return ";".join([*points, points[0]] if closed else points)


def count(kind: str, value: str) -> int:
    """How many points somebody gave: the one that closes a shape is none."""
    points = value.split(";")
    return len(points) - (kind == "geoshape" and len(points) > 1 and points[0] == points[-1])
