"""The contract of administering people: what its handlers look up, and the effects they return.

Part of the contract in `handlers.turn`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from content.staff import Burden, Card, Colleague, Held, Merging, Team

# --------------------------------------------------------------------------- what is to be written


@dataclass(frozen=True, slots=True)
class EndRole:
    """A role of somebody's ends today; by its number."""

    person_id: int
    held: int


@dataclass(frozen=True, slots=True)
class MoveRole:
    """From today on the role is held for that area and team ("": none) instead."""

    person_id: int
    held: int
    area_id: int
    team: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """From today on somebody else holds the role: same area, same team; and gets the digest as they did."""

    person_id: int
    held: int
    to: int


@dataclass(frozen=True, slots=True)
class PassDrafts:
    """The interviews that somebody left in an area, put aside or open, are another's: pairs of area and
    person."""

    person_id: int
    heirs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class GiveTicket:
    """A citizen's question that somebody has taken is another's to see to."""

    ticket_id: str
    to: int


@dataclass(frozen=True, slots=True)
class Deactivate:
    """All roles of somebody end until they are given back; their invitations, app password, codes and browser
    sessions hold no more."""

    person_id: int


@dataclass(frozen=True, slots=True)
class Reactivate:
    """The roles that were taken away are given back, those of them that there still are."""

    person_id: int


@dataclass(frozen=True, slots=True)
class MergePeople:
    """Two are one: everything of `goes` belongs to `stays` from now on."""

    stays: int
    goes: int


@dataclass(frozen=True, slots=True)
class MakeTeam:
    """A team is made in an area."""

    area_id: int
    name: str


@dataclass(frozen=True, slots=True)
class RenameTeam:
    """How the team is called from now on."""

    team_id: int
    name: str


@dataclass(frozen=True, slots=True)
class CloseTeam:
    """The team is no more from today on: who was in it keeps their role, without a team; nobody can be
    invited into it."""

    team_id: int


StaffEffect = (
    EndRole
    | MoveRole
    | HandOver
    | PassDrafts
    | GiveTicket
    | Deactivate
    | Reactivate
    | MergePeople
    | MakeTeam
    | RenameTeam
    | CloseTeam
)


# --------------------------------------------------------------------------- what may be looked up


class StaffFacts(Protocol):
    """The part of `handlers.facts.Facts` about people with roles."""

    def staff(self) -> Sequence[Colleague]:
        """Everybody with a role where the reader may see who works there, or under it."""
        ...

    def former_staff(self) -> Sequence[Colleague]:
        """Everybody without a role who held one where the reader administers."""
        ...

    def card(self, person_id: int) -> Card | None:
        """One of those."""
        ...

    def burden(self, person_id: int) -> Burden:
        """What somebody has open: the reader, or one whom they administer."""
        ...

    def merging(self, stays: int, goes: int) -> Merging:
        """What would pass from one to the other, of both of whom the reader administers every role."""
        ...

    def is_locked(self) -> bool:
        """Whether the reader's own roles were taken away until they are given back."""
        ...

    def own_roles(self) -> Sequence[Held]:
        """The roles that the reader holds today, by their numbers."""
        ...

    def teams(self) -> Sequence[Team]:
        """The teams where the reader may see who works there, or under it."""
        ...

    def team(self, team_id: int) -> Team | None:
        """One of those."""
        ...
