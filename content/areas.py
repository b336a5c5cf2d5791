"""Administrative units. A unit is a code *with a period of validity*: codes and names are used again.

Before July 2025 `27811` was xã Bình Hòa Đông, since then it is xã Bình Hòa. So nothing joins data of
different years by code alone; everything refers to the unit's own `id`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    """From the country down. Since July 2025 there is no district between province and commune."""

    COUNTRY = "country"
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    HAMLET = "hamlet"


@dataclass(frozen=True, slots=True)
class Area:
    """One unit. `valid_from` is its first day; `valid_to` the first day on which it no longer is (None: open).

    `name` is the official name with its kind: "xã Bình Hòa", "ấp 2". `invented` marks sample data, which is
    said so wherever it shows.
    """

    id: int
    code: str
    name: str
    level: Level
    valid_from: date
    valid_to: date | None = None
    invented: bool = False

    def valid_on(self, day: date) -> bool:
        """Whether the unit exists on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
