"""People with roles as who administers them sees them: who they are, what they have open, and their teams."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from content.areas import Level
from content.people import Grant, Person, Role, allowed, reach
from content.vietnamese import fold

State = Literal["active", "former", "locked"]
Problem = Literal["invented", "locked", "erasing", "helping"]

LEVELS: Mapping[Role, frozenset[Level]] = {
    Role.MEMBER: frozenset({Level.COMMUNE, Level.HAMLET}),
    Role.LEADER: frozenset({Level.COMMUNE, Level.HAMLET}),
    Role.COMMUNE: frozenset({Level.COMMUNE}),
    Role.DISTRICT: frozenset({Level.DISTRICT, Level.PROVINCE, Level.COUNTRY}),
    Role.ADMIN: frozenset(Level),
}
"""At which levels a role is held."""


@dataclass(frozen=True, slots=True)
class Held:
    """A role with its own number, since when it is held, and the name of its team ("" for none)."""

    id: int
    grant: Grant
    since: date
    team: str = ""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who holds roles ("active"), held them ("former"), or lost them until they are given back
    ("locked"); `held` are those roles, as they were last."""

    id: int
    name: str
    held: tuple[Held, ...]
    state: State = "active"
    invented: bool = False

    @property
    def person(self) -> Person:
        """The same as whoever may do what; nobody who is not active may do anything by a role."""
        grants = tuple(one.grant for one in self.held) if self.state == "active" else ()
        return Person(self.id, self.name, grants=grants, invented=self.invented)

    def without(self, gone: Held) -> Person:
        """Who they are when that role has ended."""
        return Person(self.id, self.name, grants=tuple(one.grant for one in self.held if one != gone))

    def one(self, number: int) -> Held | None:
        """The role of that number, while it is held."""
        return next((one for one in self.held if one.id == number), None) if self.state == "active" else None


@dataclass(frozen=True, slots=True)
class Card:
    """What there is to say of somebody: kinds of channels, never addresses; when they last did anything; how
    many interviews they have open (also put aside), citizens they are helping, and surveys they sent in; how
    many households are given to them, and of those visited."""

    colleague: Colleague
    channels: tuple[str, ...] = ()
    reachable: bool = False
    active_at: datetime | None = None
    drafts: int = 0
    helping: int = 0
    surveys: int = 0
    locked_on: date | None = None
    given: int = 0
    visited: int = 0


def order(colleague: Colleague) -> tuple[bool, str, str, int]:
    """As a Vietnamese list of people has it: by the given name, which comes last."""
    words = fold(colleague.name).split()
    return not words, words[-1] if words else "", " ".join(words), colleague.id


def found(people: Iterable[Colleague], words: str) -> list[Colleague]:
    """Those whose name has all these words, begun or whole, with or without diacritics; a number is that of a
    person. All of them where nothing is looked for; in their order."""
    wanted = fold(words).split()
    meant = (one for one in people if words.strip() == str(one.id) or _is_called(fold(one.name), wanted))
    return sorted(meant, key=order)


def _is_called(name: str, wanted: Sequence[str]) -> bool:
    called = name.split()
    return all(any(word.startswith(one) for word in called) for one in wanted)


def heir(helpers: Iterable[Person], path: Sequence[int], but: int) -> Person | None:
    """Who takes over what somebody leaves in the area (ids from the root down): its nearest leader."""
    leaders = [one for one in helpers if one.id != but and allowed(one, "lead", path)]
    return max(leaders, key=lambda one: (_depth(one, path), -one.id), default=None)


def _depth(leader: Person, path: Sequence[int]) -> int:
    return max(path.index(area_id) for area_id in reach(leader, "lead") if area_id in path)


@dataclass(frozen=True, slots=True)
class Burden:
    """What somebody has open: the areas of their interviews (one each), the citizens' questions they have
    taken (id, area, who asked), how many invitations of theirs still hold, and by hamlet how many households
    are given to them; by the number of a role how many questions wait of which its holder was told."""

    drafts: tuple[int, ...] = ()
    tickets: tuple[tuple[str, int, int], ...] = ()
    invitations: int = 0
    given: tuple[tuple[int, int], ...] = ()
    waiting: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Merging:
    """What passes when two are made one: kinds of channels, roles that the other lacks, interviews that are
    open, questions asked of the team and taken for it, surveys sent in, households given. `problems`: why it
    can't be done."""

    channels: tuple[str, ...] = ()
    roles: tuple[Held, ...] = ()
    drafts: int = 0
    asked: int = 0
    helping: int = 0
    surveys: int = 0
    given: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """A team with how many people it has, and its leaders by name."""

    id: int
    area_id: int
    name: str
    members: int = 0
    leaders: tuple[str, ...] = ()
