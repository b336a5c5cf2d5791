"""Who people are and what they may do: the one place that decides."""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from content.values import dataclass
from content.vietnamese import fold


class Role(StrEnum):
    """Least to most. Each but citizen is held for an area and reaches what lies under it, never beside it."""

    CITIZEN = "citizen"
    MEMBER = "member"
    LEADER = "leader"
    COMMUNE = "commune"
    DISTRICT = "district"
    ADMIN = "admin"


_RANKS = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held for an area (and, for members and leaders, in a team)."""

    role: Role
    area_id: int
    team_id: int | None = None

    def allows(self, action: str) -> bool:
        """Whether this role is one by which the action may be done, in what it reaches."""
        return self.role in ACTIONS[action]


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever speaks. Somebody not known to the bot yet is a person without grants: a citizen."""

    id: int
    name: str
    locale: str = "vi"
    grants: tuple[Grant, ...] = ()
    invented: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held anywhere; everybody is a citizen."""
        return frozenset({Role.CITIZEN, *(grant.role for grant in self.grants)})

    @property
    def highest(self) -> Role:
        """The role by which the person is greeted."""
        return max((grant.role for grant in self.grants), key=_RANKS.__getitem__, default=Role.CITIZEN)

    @property
    def is_citizen(self) -> bool:
        """Whether the person holds no role at all."""
        return not self.grants

    def holds(self, role: Role, area_id: int) -> bool:
        """Whether they hold that very role for that very area."""
        return any((grant.role, grant.area_id) == (role, area_id) for grant in self.grants)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a code would give. `problem` is None, "unknown", "expired" or "used". `name`: whom it is for, and
    `households`: how many are kept for them, where it was made by name."""

    code: str
    problem: Literal["unknown", "expired", "used"] | None
    role: Role = Role.MEMBER
    area_id: int = 0
    team: str = ""
    name: str = ""
    households: int = 0


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that can still be used; its code is known to nobody but who was told. `name`: whom it is
    for, where that is known."""

    id: int
    role: Role
    area_id: int
    team: str
    uses_left: int
    expires_at: datetime
    name: str = ""


@dataclass(frozen=True, slots=True)
class Guesses:
    """Wrong codes that were sent in this hour: by one person, and by everybody."""

    mine: int = 0
    everybodys: int = 0

    @property
    def locked(self) -> bool:
        """Whether no code is taken from this person any more in this hour, not even a right one."""
        return self.mine >= MOST_GUESSES or self.everybodys >= MOST_GUESSES_OF_ALL

    @property
    def last(self) -> bool:
        """Whether the next wrong one locks."""
        return self.mine + 1 == MOST_GUESSES or self.everybodys + 1 == MOST_GUESSES_OF_ALL


MOST_GUESSES, MOST_GUESSES_OF_ALL = 5, 300
"""An hour. Who copies a code by hand errs two or three times; a whole commune that joins, some dozens."""
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 O 1 I L: codes are read aloud and typed on a phone."""
_LENGTH = 10


def invitation_code(lot: int) -> str:
    """A code of 49 bits, as it is told: "ABCDE-23456". The caller draws `lot`, of 60 random bits or more."""
    letters = []
    for _ in range(_LENGTH):
        lot, place = divmod(lot, len(_LETTERS))
        letters.append(_LETTERS[place])
    raw = "".join(letters)
    return f"{raw[:5]}-{raw[5:]}"


_CODE = re.compile(r"([0-9A-Z]{5})(\s?[-–—]\s?| ?)([0-9A-Z]{5})", re.IGNORECASE)
_BEFORE_CODE = frozenset({"", "start", "bat dau", "ma", "ma moi", "ma moi la", "loi moi", "code"})


def code_in(text: str) -> str | None:
    """The code that was typed or pasted without its command ("rpt9b vuwjp", "Mã mời: RPT9B-VUWJP", a whole
    message that ends in "/start RPT9B-VUWJP"); None where it may be anything else.
    """
    pasted = re.search(rf"/start\s+({_CODE.pattern})\b", text, re.IGNORECASE)
    found = pasted or re.search(rf"(?<!\w)({_CODE.pattern})\W*$", text, re.IGNORECASE)
    if found is None or (not pasted and fold(text[: found.start()]) not in _BEFORE_CODE):
        return None
    first, between, second = found.groups()[1:]
    halves = (first + second,) if not between else (first, second)
    mixed = any(re.search(r"\d", half) and re.search(r"[A-Z]", half.upper()) for half in halves)
    return (
        f"{first}-{second}".upper() if pasted or mixed or (between.strip() and found[1].isupper()) else None
    )


_FIELD = frozenset({Role.MEMBER, Role.LEADER})
_STAFF = frozenset({Role.COMMUNE, Role.DISTRICT, Role.ADMIN})

ACTIONS = MappingProxyType(
    {
        "ask": frozenset(Role),
        "own-data": frozenset(Role),
        "survey": _FIELD,
        "see-progress": _FIELD | _STAFF,
        "see-digest": _STAFF,
        "draft-report": _STAFF,
        "see-households": _FIELD | {Role.COMMUNE, Role.ADMIN},
        "help-citizens": _FIELD | {Role.COMMUNE},
        "help-first": frozenset({Role.MEMBER}),
        "lead": frozenset({Role.LEADER}),
        "oversee": frozenset({Role.COMMUNE}),
        "see-people": _STAFF | {Role.LEADER},
        "keep-list": frozenset({Role.COMMUNE, Role.ADMIN}),
        "assign": frozenset({Role.LEADER, Role.COMMUNE, Role.ADMIN}),
        "invite": frozenset({Role.COMMUNE, Role.ADMIN}),
        "manage-reminders": _STAFF | {Role.LEADER},
        "broadcast": frozenset({Role.ADMIN}),
        "manage": frozenset({Role.ADMIN}),
    }
)
"""What can be done, and by whom, in the area of their role and under it. A new command needs a line here, or
one of these. "keep-list" takes households off their lists and puts them back; "assign" gives households to
members; "invite" brings members and leaders into teams, for others one must "manage" (`inviting`).
"help-first", "lead" and "oversee" also say who is told of what, and in which order; "manage" is all
administration: people, areas, questionnaires, and, by who holds it for the whole tree, everything that
belongs to no area.
"""


def can(role: Role, action: str) -> bool:
    """Whether the action is one that the role is for, somewhere."""
    return role in ACTIONS[action]


def inviting(role: Role) -> str:
    """What one must be allowed to do in an area to invite somebody there as that."""
    return "invite" if role in _FIELD else "manage"


def allowed(person: Person, action: str, path: Iterable[int] | None = None) -> bool:
    """Whether `person` may do `action` in the area whose ids from the root down to itself are `path`.

    A role reaches the area it is held for and all that lies under it: some area on the path must be the
    grant's. An empty path is an area that there is not: nothing may be done there. Without a path the
    question is whether the person may do it anywhere at all: enough for showing a button, never for doing
    what a button names. Raises KeyError for an action that is not in `ACTIONS`.
    """
    if Role.CITIZEN in ACTIONS[action]:
        return True
    if path is None:
        return any(grant.allows(action) for grant in person.grants)
    return not set(path).isdisjoint(reach(person, action))


class NotAllowed(Exception):
    """Something was asked for of an area in which the person may not do that."""


def reach(person: Person, action: str) -> tuple[int, ...]:
    """The areas for which, with all under them, the person may do it, each once. Nothing for what everybody
    may."""
    return tuple(dict.fromkeys(grant.area_id for grant in person.grants if grant.allows(action)))
