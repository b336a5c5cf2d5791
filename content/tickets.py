"""A person behind the bot: who is told of somebody's question, and when it climbs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from content.calendar import Calendar
from content.people import Person, Role, allowed, can

Level = Literal["team", "leader", "commune"]
Status = Literal["open", "taken", "closed"]
Side = Literal["citizen", "team"]

LEVELS: tuple[Level, ...] = ("team", "leader", "commune")
CLIMBS: dict[Level, int] = {"leader": 1, "commune": 3}
"""Working days without anybody who takes it, after which a level is told as well."""

HELPS = "help-citizens"
"""The action (`content.people.ACTIONS`) of those who take tickets."""

MOST_OPEN = 3
"""So many questions of one person may be open at a time."""

TALKING = timedelta(hours=2)
"""So long after the team's last message what the citizen types goes to the team."""

_BY: dict[Level, str] = {"team": "help-first", "leader": "lead", "commune": "oversee"}
"""The action of those who are of the level."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A citizen's question to a person. `reach` is how they want to be reached: "chat", "call" or "visit",
    `contact` the number or the place they gave for it. `waiting_since` is when it was asked or reopened;
    `level` the highest that was told of it since. `visit` is when somebody comes, in words; `outcome` what
    was done. `spoken_at`: when the team last wrote.
    """

    id: str
    citizen_id: int
    area_id: int
    text: str
    reach: str
    contact: str
    status: Status
    level: Level
    taken_by: int | None
    asked_at: datetime
    waiting_since: datetime
    visit: str = ""
    outcome: str = ""
    spoken_at: datetime | None = None

    def talking(self, now: datetime) -> bool:
        """Whether the team wrote so lately that what the citizen types is meant for them."""
        return self.status == "taken" and self._spoken_lately(now)

    def begun(self, now: datetime) -> bool:
        """Whether somebody of the team is there for them: just taken, or talking."""
        return self.status == "taken" and (self.spoken_at is None or self._spoken_lately(now))

    def closed_lately(self, now: datetime) -> bool:
        """Whether it is done, and the team wrote so lately that the citizen may still be trying it."""
        return self.status == "closed" and self._spoken_lately(now)

    def _spoken_lately(self, now: datetime) -> bool:
        return self.spoken_at is not None and now - self.spoken_at <= TALKING


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What a citizen asks for; `wording` is the purpose as it was shown when they told how to reach them."""

    area_id: int
    text: str
    reach: str
    contact: str
    wording: str


@dataclass(frozen=True, slots=True)
class Line:
    """What was said in a ticket, by which side."""

    by: Side
    text: str
    at: datetime


def known(role: Role) -> tuple[Level, ...]:
    """The levels of a waiting question at which whoever has the role has been told of it."""
    mine = [number for number, level in enumerate(LEVELS) if can(role, _BY[level])]
    return LEVELS[min(mine) :] if mine else ()


def due(level: Level, waiting_since: datetime, calendar: Calendar, now: datetime) -> Level:
    """The level that must know by now of what has waited since then; both times at the district's clock."""
    waited = calendar.working_days(waiting_since.date(), now.date())
    # A day has passed at the hour at which the question came, not at midnight.
    if waited and calendar.working(now.date()) and now.time() < waiting_since.time():
        waited -= 1
    reached = [one for one, days in CLIMBS.items() if waited >= days]
    return max((level, *reached), key=LEVELS.index)


def told(level: Level, helpers: Iterable[Person], path: Sequence[int]) -> tuple[Level, list[Person]]:
    """Who is to hear of it, and of which level they are: where a level has nobody, the next above."""
    helpers = [person for person in helpers if allowed(person, HELPS, path)]
    for one in LEVELS[LEVELS.index(level) :]:
        found = [person for person in helpers if allowed(person, _BY[one], path)]
        if found:
            return one, found
    return "commune", []
