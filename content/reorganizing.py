"""Changes of the map on a day: units are merged, split, renamed or dissolved; and what each does to people,
households and figures. What is carried out stands in `storage.reorganizing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from content.areas import Area
from content.people import Role


class Kind(StrEnum):
    """What becomes of the units that end: one unit, several, one of another name, or none."""

    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"
    DISSOLVE = "dissolve"


@dataclass(frozen=True, slots=True)
class Heir:
    """A unit that takes others up, as it is asked for. `name` is empty where a unit that there is goes on as
    it is; `takes` are the codes of the units that come under it (when splitting)."""

    code: str
    name: str = ""
    takes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A change as it is asked for, by codes as they are on the day before. `under`: the code of the unit
    under which the heirs stand, where that is not plain."""

    kind: Kind
    on: date
    ends: tuple[str, ...]
    heirs: tuple[Heir, ...] = ()
    under: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What stands in the way of a change: `key` names the sentence (`areas.fault_<key>`)."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


class Impossible(ValueError):
    """A change that can't be made, with everything that stands in its way."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{fault.key} {dict(fault.values)}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was put down. `began` are the units that begin by it; `heirs` all that take others up."""

    id: int
    kind: Kind
    on: date
    ended: tuple[Area, ...]
    heirs: tuple[Area, ...]
    began: tuple[int, ...]
    created_at: datetime
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Households of a unit: on the list, and surveyed."""

    area: Area
    hamlets: int
    planned: int
    done: int


@dataclass(frozen=True, slots=True)
class Shift:
    """What becomes of a role that somebody holds. `now` are the areas it is held for afterwards, none where
    it ends; `gains` and `loses` count hamlets that it reaches."""

    name: str
    role: Role
    before: Area
    now: tuple[Area, ...]
    gains: int
    loses: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change does: units before and after with their households (`Count`), roles, and what else hangs
    on the units that end: invitations that are open, own times of reminders, digests sent for one of them by
    choice, plans with targets, and `forms`, questionnaires that nobody asks any more.

    `parents` is where each heir stands; `moved` counts the units that come under another. `reused` are codes
    that meant something else before, `namesakes` units of the same name elsewhere on that day, each with what
    it lies in. `past`: the day has been, so that it holds at once and can't be undone.
    """

    change: Change
    parents: Mapping[int, Area]
    moved: int
    before: tuple[Count, ...]
    after: tuple[Count, ...]
    shifts: tuple[Shift, ...]
    invitations: int
    reminders: int
    subscriptions: int
    targets: int
    forms: tuple[str, ...]
    reused: tuple[Area, ...]
    namesakes: tuple[tuple[Area, Area | None], ...]
    past: bool
