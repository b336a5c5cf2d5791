"""Administrative units. A unit is a code *with a period of validity*: codes and names are used again.

Before July 2025 `27811` was xã Bình Hòa Đông, since then it is xã Bình Hòa. So nothing joins data of
different years by code alone; everything refers to the unit's own `id`.
"""

import csv
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from io import StringIO
from itertools import pairwise


class Level(StrEnum):
    """From the country down. Since July 2025 there is no district between province and commune."""

    COUNTRY = "country"
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    HAMLET = "hamlet"


@dataclass(frozen=True, slots=True)
class Area:
    """One unit. `valid_from` is its first day; `valid_to` the first day on which it no longer is (or None).

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


@dataclass(frozen=True, slots=True)
class Listed:
    """A unit as a list of areas names it.

    `under` is the code of the unit above, from each day on; `became` the code of the unit of the same level
    that took it up on `valid_to`; `line` where it first stands in the list.
    """

    code: str
    name: str
    level: Level
    valid_from: date
    valid_to: date | None
    under: tuple[tuple[date, str], ...]
    became: str | None
    invented: bool
    line: int


class Unreadable(ValueError):
    """A list with faults: one line of the message each, with the line of the file, the column, the mend."""


COLUMNS = ("code", "name", "level", "valid_from", "valid_to", "parent", "under_from", "became", "invented")


def read_list(text: str) -> list[Listed]:
    """The units of a CSV (columns: `content/areas/README.md`), those above before those below.

    Raises Unreadable with every fault at once. Whether a parent exists that is not in the list is for whoever
    knows the areas that are there already.
    """
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    if not rows or tuple(cell.strip() for cell in rows[0]) != COLUMNS:
        raise Unreadable(f"line 1: the columns must be {','.join(COLUMNS)}")
    faults: list[str] = []
    units: dict[tuple[str, Level, date], Listed] = {}
    for line, row in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in row):
            _take(units, line, row, faults)
    faults += _clashes(list(units.values()))
    if faults:
        raise Unreadable("\n".join(faults))
    order = list(Level)
    return sorted(units.values(), key=lambda unit: (order.index(unit.level), unit.valid_from, unit.code))


def _take(units: dict[tuple[str, Level, date], Listed], line: int, row: list[str], faults: list[str]) -> None:
    found = _unit(line, dict(zip(COLUMNS, (cell.strip() for cell in row), strict=False)))
    if isinstance(found, str):
        faults.append(f"line {line}: {found}")
        return
    key = (found.code, found.level, found.valid_from)
    first = units.get(key)
    if first is None:
        units[key] = found
    elif replace(found, under=(), line=0) != replace(first, under=(), line=0):
        faults.append(
            f"line {line}: {found.code} is not the same as on line {first.line}; "
            "only parent and under_from may differ"
        )
    else:
        units[key] = replace(first, under=tuple(sorted({*first.under, *found.under})))


def _unit(line: int, cells: dict[str, str]) -> Listed | str:
    """The unit of one row, or what is wrong with it."""
    missing = [name for name in ("code", "name", "level", "valid_from") if not cells.get(name)]
    if missing:
        return f"{missing[0]} is empty; every unit needs one"
    try:
        level = Level(cells["level"])
    except ValueError:
        return f"level is {cells['level']!r}; use one of {', '.join(Level)}"
    days: dict[str, date | None] = {}
    for name in ("valid_from", "valid_to", "under_from"):
        try:
            days[name] = date.fromisoformat(cells[name]) if cells.get(name) else None
        except ValueError:
            return f"{name} is {cells[name]!r}; write a day as 2025-07-01"
    since, until = days["valid_from"], days["valid_to"]
    assert since is not None
    if until is not None and until <= since:
        return f"valid_to {until} must be after valid_from {since}"
    parent = cells.get("parent", "")
    if not parent and level != Level.COUNTRY:
        return "parent is empty; only a country stands under nothing"
    return Listed(
        code=cells["code"],
        name=cells["name"],
        level=level,
        valid_from=since,
        valid_to=until,
        under=((days["under_from"] or since, parent),) if parent else (),
        became=cells.get("became") or None,
        invented=cells.get("invented", "").lower() in {"yes", "1", "true", "có", "x"},
        line=line,
    )


def _clashes(units: list[Listed]) -> list[str]:
    """One code can't mean two units on the same day."""
    faults = []
    by_code: dict[str, list[Listed]] = {}
    for unit in sorted(units, key=lambda unit: unit.valid_from):
        by_code.setdefault(unit.code, []).append(unit)
    for same in by_code.values():
        for before, after in pairwise(same):
            if before.valid_to is None or before.valid_to > after.valid_from:
                faults.append(
                    f"line {after.line}: {after.code} is {before.name!r} on line {before.line} "
                    f"on {after.valid_from} already; give that one a valid_to"
                )
    return faults
