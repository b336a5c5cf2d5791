"""Households given to members: by whom one is held, how many each holds, and how the rest is shared out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from content.people import Role, can

_MARK = re.compile(r"([pi])(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a household: a "person", or an "invitation", whoever takes that up."""

    kind: Literal["person", "invitation"]
    id: int

    @property
    def mark(self) -> str:
        """As it stands in a button: "p12", "i7"."""
        return f"{self.kind[0]}{self.id}"

    @property
    def person_id(self) -> int | None:
        """The person; None where nobody has joined yet."""
        return self.id if self.kind == "person" else None

    @property
    def joined(self) -> bool:
        """Whether they are in the team, and not only invited."""
        return self.kind == "person"

    @property
    def invitation_id(self) -> int | None:
        """The invitation, until somebody takes it up."""
        return self.id if self.kind == "invitation" else None


def holder_of(person_id: int | None, invitation_id: int | None) -> Holder | None:
    """Whoever a row names; None where it names nobody."""
    if person_id is not None:
        return Holder("person", person_id)
    return None if invitation_id is None else Holder("invitation", invitation_id)


def marked(mark: str) -> Holder | None:
    """The holder of a mark; None where it is none."""
    found = _MARK.fullmatch(mark)
    if found is None:
        return None
    return Holder("person" if found[1] == "p" else "invitation", int(found[2]))


@dataclass(frozen=True, slots=True)
class Load:
    """How many households are held, how many of those are done, and at how many others nobody was met."""

    total: int = 0
    done: int = 0
    absent: int = 0

    @property
    def left(self) -> int:
        """How many are still to be visited."""
        return self.total - self.done


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who works in an area, or is invited to, and in which role and team.

    Who was invited by name and has not joined has `expires_at`, until when the code serves; who joined by
    such an invitation `joined_at`.
    """

    holder: Holder
    name: str
    role: Role
    area_id: int
    team: str = ""
    expires_at: datetime | None = None
    joined_at: datetime | None = None

    @property
    def joined(self) -> bool:
        """Whether they are in the team, and not only invited."""
        return self.holder.joined

    @property
    def surveys(self) -> bool:
        """Whether households can be given to them."""
        return can(self.role, "survey")

    @property
    def leads(self) -> bool:
        """Whether they lead those to whom households are given first."""
        return can(self.role, "lead")


def waiting(loads: Mapping[Holder | None, Load], holder: Holder) -> int:
    """How many of a hamlet's households wait for somebody: of those given to them; where none was, of those
    that nobody holds."""
    return loads.get(holder if holder in loads else None, Load()).left


def spread(households: Sequence[int], loads: Mapping[Holder, int]) -> dict[Holder, tuple[int, ...]]:
    """Shares the households out so that what each then has left (now `loads`) is as even as can be.

    Each gets neighbours: a stretch of the list as it stands. Empty where there is nobody to share among.
    """
    quota = dict.fromkeys(loads, 0)
    for _ in households if loads else ():
        least = min(loads, key=lambda one: loads[one] + quota[one])  # of equals, who stands first
        quota[least] += 1
    shares: dict[Holder, tuple[int, ...]] = {}
    begun = 0
    for one, many in quota.items():
        shares[one] = tuple(households[begun : begun + many])
        begun += many
    return shares


def chosen(text: str, number: int) -> tuple[list[int], list[str]]:
    """The places of a numbered list of so many that are meant by "1-5, 8", from 0 and each once; and the
    parts that mean none: numbers beyond it, and names."""
    places: dict[int, None] = {}
    rest: list[str] = []
    for part in filter(None, (one.strip() for one in re.split(r"[,;\n]+", text))):
        found = re.fullmatch(r"(\d{1,4})(?:\s*(?:-|–|đến|den|to)\s*(\d{1,4}))?", part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if found is None or not 1 <= first <= last <= number:
            rest.append(part)
            continue
        places.update(dict.fromkeys(range(first - 1, last)))
    return list(places), rest
