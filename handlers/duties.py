"""Effects by which people are invited by name and households given to them, and what may be looked up for it.

Part of the contract in `handlers.turn`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from content.assigning import Hand, Holder, Load
from content.people import Role


@dataclass(frozen=True, slots=True)
class InvitePerson:
    """An invitation for one person by name, without a code yet: `MakePaper("codes", …, batch)` hands out
    those of a batch. `key`: by which `Assign` of this turn means it. `phone`: 84…, serves in place of a code.
    """

    key: str
    name: str
    role: Role
    area_id: int
    team: str
    phone: str
    days: int
    batch: str


@dataclass(frozen=True, slots=True)
class RenewCodes:
    """Those invitations by name get new codes, handed out together by `MakePaper("codes", …, batch)`."""

    invitations: tuple[int, ...]
    batch: str


@dataclass(frozen=True, slots=True)
class Assign:
    """Households of a hamlet are given to somebody, whosever they were: by id, or by the key of an
    `AddHousehold` of this turn. `to`: who holds them, the key of an `InvitePerson`, or nobody."""

    area_id: int
    households: tuple[int | str, ...]
    to: Holder | str | None


@dataclass(frozen=True, slots=True)
class Decline:
    """Whom the invitation by name is for does not want to be kept: it ends, and the name goes."""

    code: str


DutyEffect = InvitePerson | RenewCodes | Assign | Decline


class DutyFacts(Protocol):
    """What a handler may look up of teams and of who holds which household."""

    def hands(self, area_id: int) -> Sequence[Hand]:
        """Who works in the area and under it, one each role; then who is invited there by name and has not
        joined."""
        ...

    def loads(self, area_id: int, form: str) -> Mapping[int, Mapping[Holder | None, Load]]:
        """By hamlet under the area: how many households each holds, and how many of those were asked the
        questionnaire; under None those that nobody holds."""
        ...

    def own_loads(self, form: str) -> Mapping[int, Load]:
        """By hamlet: how many households whoever speaks holds, and how many of those are done."""
        ...

    def invitee(self, invitation_id: int) -> Hand | None:
        """Who was invited by name with that number and has not joined, where the reader may invite them."""
        ...
