"""The list of a team's people as an official keeps it: who is invited, as what, where, and for which
households."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from unicodedata import normalize

from content import understand
from content.listing import Column, Fault, Kind, Row
from content.people import Role
from content.vietnamese import fold

T = TypeVar("T")

LONGEST, LONGEST_TEAM = 60, 80
DAYS = 30
"""For so many days the codes of a list serve."""
_HEADS = {
    "name": {"ho ten", "ho va ten", "ten", "ten nguoi", "name"},
    "role": {"vai", "vai tro", "nhiem vu", "chuc danh", "role"},
    "place": {"dia ban", "ap", "noi lam viec", "ma dia ban", "area", "place"},
    "team": {"to", "ten to", "to cong nghe so", "team"},
    "phone": {"so dien thoai", "dien thoai", "sdt", "phone"},
    "work": {"giao ho", "ho duoc giao", "ho phu trach", "households"},
}
_REQUIRED = ("name", "role", "place")
ROLES: Mapping[str, Role] = {
    "to vien": Role.MEMBER,
    "thanh vien": Role.MEMBER,
    "to truong": Role.LEADER,
    "can bo xa": Role.COMMUNE,
    "can bo cap tren xa": Role.DISTRICT,
    "can bo tinh": Role.DISTRICT,
    "can bo huyen": Role.DISTRICT,
    "quan tri vien": Role.ADMIN,
    "quan tri": Role.ADMIN,
    "team member": Role.MEMBER,
    "team leader": Role.LEADER,
    "commune official": Role.COMMUNE,
    "administrator": Role.ADMIN,
    "member": Role.MEMBER,
    "leader": Role.LEADER,
    "commune": Role.COMMUNE,
    "district": Role.DISTRICT,
    "admin": Role.ADMIN,
}
"""How people write a role (folded)."""
_REST = frozenset(
    {"ca ap", "tat ca", "toan bo", "chia deu", "phan con lai", "con lai", "all", "rest", "share"}
)
_CODE = re.compile(r".*\(([^()\s]+)\)\s*")


@dataclass(frozen=True, slots=True)
class Work:
    """Which households somebody shall have: the hamlet's `rest` (shared with whoever else shall), and those
    of these heads."""

    rest: bool = False
    heads: tuple[str, ...] = ()


def check(rows: Sequence[Row]) -> Iterator[Fault]:
    """What is wrong in the rows by themselves."""
    people: dict[tuple[str, str, str], int] = {}
    phones: dict[str, int] = {}
    for row in rows:
        if row["name"] and not 2 <= len(row["name"]) <= LONGEST:
            yield Fault("name-length", row, "name", {"most": LONGEST})
        elif any(letter.isdigit() for letter in row["name"]):
            yield Fault("name-digits", row, "name", {"name": row["name"]})
        if row["role"] and role_of(row) is None:
            yield Fault("role", row, "role", {"role": row["role"]})
        if len(row["team"]) > LONGEST_TEAM:
            yield Fault("team-length", row, "team", {"most": LONGEST_TEAM})
        if row["phone"] and phone_of(row) is None:
            yield Fault("phone", row, "phone", {"phone": row["phone"]})
        yield from _twice(row, people, phones)


def _twice(row: Row, people: dict[tuple[str, str, str], int], phones: dict[str, int]) -> Iterator[Fault]:
    if row["name"]:
        same = called(row["name"]), fold(row["place"]), fold(row["role"])
        first = people.setdefault(same, row.number)
        if first != row.number:
            yield Fault("same-person", row, "name", {"row": first})
            return
    if number := phone_of(row):
        first = phones.setdefault(number, row.number)
        if first != row.number:
            yield Fault("same-phone", row, "phone", {"row": first})


LIST = Kind(
    "crew",
    tuple(Column(name, frozenset(_HEADS[name]), name in _REQUIRED, name == "work") for name in _HEADS),
    check,
)


def called(name: str) -> str:
    """A name as it is compared: Hoa and Hòa are two people, "HOA" and "Hoa" one."""
    return " ".join(normalize("NFC", name).casefold().split())


def meant(names: Iterable[tuple[str, T]], wanted: str) -> list[T]:
    """Those of the things that are called so; where none is to the letter, those whose name is that without
    its marks."""
    every = list(names)
    exact = [one for name, one in every if called(name) == called(wanted)]
    return exact or [one for name, one in every if fold(name) == fold(wanted)]


def role_of(row: Row) -> Role | None:
    """The role that the row names; None for a word that is none."""
    return ROLES.get(fold(row["role"]))


def phone_of(row: Row) -> str | None:
    """The number as channels give it (84901234567); None where there is none, or it is no mobile number. A
    spreadsheet drops the zero that a number begins with."""
    digits = re.sub(r"\D", "", row["phone"])
    typed = f"0{digits}" if len(digits) == 9 else row["phone"]
    number = understand.phone(typed)
    return f"84{number[1:]}" if re.fullmatch(r"0[35789]\d{8}", number) else None


def place_of(words: str) -> str:
    """The code or the name by which an area is looked for: "ấp 2 (27811-2)" means the code."""
    found = _CODE.fullmatch(words)
    return found[1] if found else words


def work_of(row: Row) -> Work:
    """What the row says of households: "cả ấp" or "chia đều", or names of heads, parted by semicolons or
    lines."""
    parts = [part for part in (" ".join(one.split()) for one in re.split(r"[;\n]+", row["work"])) if part]
    heads = tuple(part for part in parts if fold(part) not in _REST)
    return Work(len(heads) < len(parts), heads)
