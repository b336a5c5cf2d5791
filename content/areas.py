"""Administrative units. A unit is a code *with a period of validity*: codes and names are used again.

Before July 2025 `27811` was xã Bình Hòa Đông, since then it is xã Bình Hòa. So nothing joins data of
different years by code alone; everything refers to the unit's own `id`.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from io import StringIO
from itertools import pairwise

from content.listing import Column, Fault, Kind, Row, day, told
from content.vietnamese import fold


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


def told_apart(units: Iterable[Area]) -> dict[int, str]:
    """The units' names by their numbers; where several are called the same, as after a merger, each with its
    code."""
    units = list(units)
    names = Counter(unit.name for unit in units)
    return {unit.id: f"{unit.name} ({unit.code})" if names[unit.name] > 1 else unit.name for unit in units}


_BRACKETS = re.compile(r"\s*\([^()]*\)$")
_LONG_KINDS = ("thi tran", "thi xa", "thanh pho", "khu pho", "khu vuc", "to dan pho", "tieu khu", "dac khu")
"""Kinds of units of more than one word, folded."""


def calls(name: str) -> set[str]:
    """How people call a unit, folded: with its kind or without, and without a remark: "ấp 1 (mẫu)" is
    "ấp 1"."""
    found = {fold(name), fold(_BRACKETS.sub("", name))}
    for whole in tuple(found):
        found.add(whole.partition(" ")[2])
        found.update(whole.removeprefix(f"{kind} ") for kind in _LONG_KINDS)
    return found - {""}


def meant(units: Iterable[Area], words: str) -> list[Area]:
    """Which of the units are meant: that of this code, else those that are called so."""
    units, code, wanted = list(units), words.strip(), fold(words)
    coded = [unit for unit in units if unit.code == code]
    return coded or [unit for unit in units if wanted in calls(unit.name)]


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

    @property
    def key(self) -> tuple[str, "Level", date]:
        """What makes it one unit: its code is used again."""
        return self.code, self.level, self.valid_from

    def says_the_same(self, other: "Listed") -> bool:
        """Whether the two differ in nothing but the row."""
        return replace(self, line=0) == replace(other, line=0)

    def valid_on(self, on: date) -> bool:
        """Whether the unit exists on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


class Unreadable(ValueError):
    """A list with faults: one line of the message each, with the row of the file, the column, the mend."""


COLUMNS = ("code", "name", "level", "valid_from", "valid_to", "parent", "under_from", "became", "invented")
_HEADS = {
    "code": {"code", "ma", "ma don vi", "ma dia ban"},
    "name": {"name", "ten", "ten don vi", "ten dia ban"},
    "level": {"level", "cap"},
    "valid_from": {"valid from", "tu ngay", "co tu ngay"},
    "valid_to": {"valid to", "den ngay", "het tu ngay"},
    "parent": {"parent", "thuoc", "truc thuoc", "ma cap tren"},
    "under_from": {"under from", "thuoc tu ngay"},
    "became": {"became", "nhap vao", "tro thanh"},
    "invented": {"invented", "mau"},
}
_REQUIRED = ("code", "name", "level", "valid_from")
_KINDS_OF_UNITS: Mapping[str, Level] = {
    "nuoc": Level.COUNTRY,
    "quoc gia": Level.COUNTRY,
    "tinh": Level.PROVINCE,
    "thanh pho": Level.PROVINCE,
    "huyen": Level.DISTRICT,
    "thi xa": Level.DISTRICT,
    "quan": Level.DISTRICT,
    "xa": Level.COMMUNE,
    "phuong": Level.COMMUNE,
    "thi tran": Level.COMMUNE,
    "dac khu": Level.COMMUNE,
    "ap": Level.HAMLET,
    "thon": Level.HAMLET,
    "khu pho": Level.HAMLET,
    "to dan pho": Level.HAMLET,
}


def read_list(text: str) -> list[Listed]:
    """The units of a CSV (columns: `content/areas/README.md`), those above before those below.

    Raises Unreadable with every fault at once. Whether a parent exists that is not in the list is for whoever
    knows the areas that are there already.
    """
    table = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    if not table or tuple(cell.strip() for cell in table[0]) != COLUMNS:
        raise Unreadable(f"row 1: the columns must be {','.join(COLUMNS)}")
    rows = [
        Row("", number, dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=False)))
        for number, cells in enumerate(table[1:], 2)
        if any(cell.strip() for cell in cells)
    ]
    empty = [Fault("empty", row, name) for row in rows for name in _REQUIRED if not row[name]]
    if faults := [*empty, *check(rows)]:
        raise Unreadable("\n".join(told(faults, dict(zip(COLUMNS, COLUMNS, strict=True)), "en")))
    return listed(rows)


def listed(rows: Sequence[Row]) -> list[Listed]:
    """The units of rows in which nothing is wrong, those above before those below."""
    order = list(Level)
    units = _units(rows, [])
    return sorted(units.values(), key=lambda unit: (order.index(unit.level), unit.valid_from, unit.code))


def check(rows: Sequence[Row]) -> Iterator[Fault]:
    """What is wrong in the rows by themselves."""
    faults: list[Fault] = []
    units = _units(rows, faults)
    yield from faults
    yield from _clashes(list(units.values()), rows)


LIST = Kind(
    "areas", tuple(Column(name, frozenset(_HEADS[name]), name in _REQUIRED) for name in COLUMNS), check
)


def _units(rows: Sequence[Row], faults: list[Fault]) -> dict[tuple[str, Level, date], Listed]:
    """A unit may have several rows: one for each unit that it stood under."""
    units: dict[tuple[str, Level, date], Listed] = {}
    for row in rows:
        if any(not row[name] for name in _REQUIRED):
            continue
        found = _unit(row)
        if isinstance(found, Fault):
            faults.append(found)
            continue
        key = (found.code, found.level, found.valid_from)
        first = units.get(key)
        if first is None:
            units[key] = found
        elif replace(found, under=(), line=0) != replace(first, under=(), line=0):
            faults.append(Fault("not-the-same", row, "code", {"code": found.code, "row": first.line}))
        else:
            units[key] = replace(first, under=tuple(sorted({*first.under, *found.under})))
    return units


def _unit(row: Row) -> Listed | Fault:
    """The unit of one row, or what is wrong with it."""
    level = _level(row["level"])
    if level is None:
        return Fault("level", row, "level", {"level": row["level"], "levels": ", ".join(Level)})
    for name in ("valid_from", "valid_to", "under_from"):
        if row[name] and day(row[name]) is None:
            return Fault("day", row, name, {"day": row[name]})
    since, until = day(row["valid_from"]), day(row["valid_to"])
    assert since is not None
    if until is not None and until <= since:
        return Fault("ends-first", row, "valid_to", {"until": until, "since": since})
    if not row["parent"] and level != Level.COUNTRY:
        return Fault("no-parent", row, "parent")
    return Listed(
        code=row["code"],
        name=row["name"],
        level=level,
        valid_from=since,
        valid_to=until,
        under=((day(row["under_from"]) or since, row["parent"]),) if row["parent"] else (),
        became=row["became"] or None,
        invented=fold(row["invented"]) in {"yes", "1", "true", "co", "x"},
        line=row.number,
    )


def _level(text: str) -> Level | None:
    try:
        return Level(text.lower())
    except ValueError:
        return _KINDS_OF_UNITS.get(fold(text))


def _clashes(units: list[Listed], rows: Sequence[Row]) -> Iterator[Fault]:
    """One code can't mean two units on the same day."""
    of = {(row.number, row["code"]): row for row in rows}
    by_code: dict[str, list[Listed]] = {}
    for unit in sorted(units, key=lambda unit: unit.valid_from):
        by_code.setdefault(unit.code, []).append(unit)
    for same in by_code.values():
        for before, after in pairwise(same):
            if before.valid_to is None or before.valid_to > after.valid_from:
                values = {"name": before.name, "row": before.line, "day": after.valid_from}
                yield Fault("code-twice", of[after.line, after.code], "code", {"code": after.code, **values})


# --------------------------------------------------------------------------- against the register


@dataclass(frozen=True, slots=True)
class Misfit:
    """What of a list does not go with the units there are: as `content.listing.Fault`, of a unit."""

    unit: Listed
    key: str
    column: str
    values: Mapping[str, object]


def compare(units: Sequence[Listed], register: Sequence[Listed]) -> Iterator[Misfit]:
    """What of a list can't be taken in beside the units there are: units above and heirs that nobody has,
    codes that mean something else on the same day."""
    own = {unit.key for unit in units}
    whole = [*units, *(unit for unit in register if unit.key not in own)]
    by_code: dict[str, list[Listed]] = {}
    for unit in whole:
        by_code.setdefault(unit.code, []).append(unit)
    known = {unit.key: unit for unit in register}
    rank = list(Level).index
    for unit in units:
        kept = known.get(unit.key)
        if kept is not None and kept.valid_to is not None and unit.valid_to is None:
            yield Misfit(unit, "ended", "valid_to", {"name": kept.name, "day": kept.valid_to})
        for since, code in unit.under:
            above = [one for one in by_code.get(code, ()) if one.valid_on(since)]
            if not any(rank(one.level) < rank(unit.level) for one in above):
                yield Misfit(unit, "unknown-parent", "parent", {"parent": code, "day": since})
        if unit.became and unit.valid_to:
            heirs = [one for one in by_code.get(unit.became, ()) if one.valid_on(unit.valid_to)]
            if not any(one.level == unit.level for one in heirs):
                yield Misfit(unit, "unknown-heir", "became", {"heir": unit.became, "day": unit.valid_to})
        for other in by_code[unit.code]:
            if other.key not in own and _overlap(unit, other):
                yield Misfit(unit, "code-taken", "code", {"code": unit.code, "name": other.name})


def _overlap(one: Listed, other: Listed) -> bool:
    return (one.valid_to is None or one.valid_to > other.valid_from) and (
        other.valid_to is None or other.valid_to > one.valid_from
    )
