"""What a digest's picture and spreadsheet tell beyond its words."""

from dataclasses import dataclass
from datetime import date

from content.areas import Area
from content.figures import Figures


@dataclass(frozen=True, slots=True)
class Point:
    """How far an area had come by the end of the week of `monday`."""

    monday: date
    done: int
    planned: int


@dataclass(frozen=True, slots=True)
class Work:
    """What a member submitted in a hamlet: in the week, and until its end."""

    name: str
    hamlet: Area
    week: int
    so_far: int


@dataclass(frozen=True, slots=True)
class Questions:
    """What citizens asked the bot, by what came of it. `topics` counts those answered, by article.
    `unplaced`: so many of all are of nobody knows where, since who asks need not say."""

    sure: int = 0
    unsure: int = 0
    unknown: int = 0
    unplaced: int = 0
    topics: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        return self.sure + self.unsure + self.unknown


@dataclass(frozen=True, slots=True)
class Brief:
    """A digest with its past. `trend` ends with the digest's own week. `works` is by hamlet and member, and
    empty above the commune: whose work it is they tell apart there."""

    figures: Figures
    trend: tuple[Point, ...]
    works: tuple[Work, ...]
    questions: Questions
