"""What a digest asks of its reader: the three things that matter most this week."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import ceil

from content.areas import Area, Level
from content.figures import Figures, Line, Status, status

MOST = 3
FAR_BEHIND = 10.0
"""A unit so many points behind the whole, or more, is one to help first."""


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do. `kind`: "check" what looks wrong (`count` points), "list" households are wanted of the
    `area`, "idle" people (or units, above the commune) that sent nothing in, "behind" the unit that has most
    left for its size, "target" the `indicator` that wants `count` more to be met.
    """

    kind: str
    count: int
    area: Area | None = None
    indicator: str = ""


def todo(figures: Figures) -> tuple[Todo, ...]:
    """At most three, the most urgent first; none where nothing waits."""
    return tuple(islice(_every(figures), MOST))


def _every(figures: Figures) -> Iterator[Todo]:
    if figures.checks:
        yield Todo("check", len(figures.checks))
    unlisted = [line.area for line in figures.lines if not (line.now.planned or line.now.done)]
    if unlisted and len(unlisted) < len(figures.lines):
        yield Todo("list", len(unlisted), unlisted[0])
    if (behind := _behind(figures)) is not None:
        yield Todo("behind", behind.now.planned - behind.now.done, behind.area)
    idle = len(figures.idle) or len(silent(figures))
    if idle and figures.total.now.planned > figures.total.now.done:
        yield Todo("idle", idle)
    yield from _missed(figures)


def silent(figures: Figures) -> list[Area]:
    """The units above the hamlet from which nothing came in the week."""
    if figures.area.level in {Level.COMMUNE, Level.HAMLET}:
        return []
    return [line.area for line in figures.lines if not line.active and not line.new]


def left(line: Line) -> float:
    """How many of a unit's households are still to be surveyed, in per cent; 0 where none are listed."""
    now = line.now
    return 100 * max(0, now.planned - now.done) / now.planned if now.planned else 0.0


def _behind(figures: Figures) -> Line | None:
    """The unit that has most left for its size, if that is clearly more than the whole has."""
    furthest = max(figures.lines, key=left, default=None)
    if furthest is None or left(furthest) < left(figures.total) + FAR_BEHIND:
        return None
    return furthest


def _missed(figures: Figures) -> Iterator[Todo]:
    """The indicator that is furthest below its target."""
    gaps = []
    for one in figures.indicators:
        share = figures.total.share(one.id)
        if status(one, share) is Status.MISSED and one.target is not None:
            wanted = ceil(one.target * share.denominator / 100) - share.numerator
            gaps.append((one.target - (share.percent or 0), wanted, one.id))
    for _, wanted, indicator in sorted(gaps, reverse=True)[:1]:
        yield Todo("target", wanted, indicator=indicator)
