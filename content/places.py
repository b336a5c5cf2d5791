"""Where surveys were made, no nearer than it takes to find those far from all others of the commune.

There are no boundaries of communes here. What is known instead is where the commune's households were
surveyed: a survey with few of them around it was made elsewhere, or its location is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from content.expressions.functions.geo import Point, apart, point_of
from content.form import Form

STEPS = 50
"""Squares to a degree: their sides are some 2.2 km, as a hamlet's are, which stands beside each survey in the
open. So a square says no more than that of where a household lives."""
FAR_KM = 15.0
"""Around a survey. A commune of the 100 km² that are usual has no two places so far apart but from one end to
the other; those of the mountains are larger, but their people live together in less."""
FEW = 4
"""A survey is far where fewer than one in so many of the commune's were made around it: two places far from
each other may both be the commune's, and somebody who fills in all of theirs at one other place is found."""
KNOWN_FROM = 20
"""Of fewer surveys nobody can tell which of them are right."""


@dataclass(frozen=True, slots=True)
class Square:
    """A square of the map, by its middle: `north` and `east` are steps from 0° N 0° E."""

    north: int
    east: int

    @property
    def middle(self) -> Point:
        return self.north / STEPS, self.east / STEPS


def square(form: Form, values: Mapping[str, str]) -> Square | None:
    """The square of the first location that was answered in a survey, None where none was.

    What is asked in a repeat is where something of the household is, and not the household.
    """
    for question in form.questions():
        if question.bind.type != "geopoint" or question.loops:
            continue
        if point := point_of(values.get(question.path, "")):
            latitude, longitude = point
            return Square(round(latitude * STEPS), round(longitude * STEPS))
    return None


def far(one: Square, commune: Mapping[Square, int]) -> bool:
    """Whether a survey in that square was made far from the others of its commune: of these so many in each
    square, itself among them. Quick where squares with most come first."""
    total, around = sum(commune.values()), 0
    if total < KNOWN_FROM:
        return False
    for other, surveys in commune.items():
        if apart(one.middle, other.middle) <= FAR_KM * 1000:
            around += surveys
            if around * FEW >= total:
                return False
    return True
