"""The lists of households that people keep in a spreadsheet, hamlet by hamlet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_OID, uuid5

from content.faults import told as told_of_file
from content.form import FormError
from content.listing import Column, Fault, Kind, Row, read, tables, told
from content.vietnamese import fold

LONGEST = 60
_HEADS = {
    "name": {"ten", "chu ho", "ten chu ho", "ho va ten", "ho ten", "ho va ten chu ho", "name"},
    "address": {"dia chi", "to", "cho o", "address"},
    "hamlet": {"ap", "ma ap", "ten ap", "khu pho", "ap khu pho", "ap thon", "thon", "hamlet"},
    "member": {"to vien", "giao cho", "nguoi phu trach", "member"},
}
_NOBODY = frozenset({"khong", "khong giao", "thu hoi", "nobody", "none"})


class Unreadable(ValueError):
    """A list with faults: one line of the message each, with the row and the mend."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A household of the list: its head's name, and where it is found."""

    name: str
    address: str = ""

    def key(self, area_code: str) -> str:
        """The same for the same household of the same hamlet: a list that is imported twice adds nothing."""
        return str(uuid5(NAMESPACE_OID, f"{area_code}\n{fold(self.name)}\n{fold(self.address)}"))


def check(rows: Sequence[Row]) -> Iterator[Fault]:
    """What is wrong in the rows by themselves."""
    found: dict[tuple[str, str, str], int] = {}
    for row in rows:
        if not row["name"]:
            continue
        if not 2 <= len(row["name"]) <= LONGEST:
            yield Fault("name-length", row, "name", {"most": LONGEST})
        same = hamlet(row), fold(row["name"]), fold(row["address"])
        first = found.setdefault(same, row.number)
        if first != row.number:
            yield Fault("same-household", row, "name", {"row": first})


LIST = Kind(
    "households", tuple(Column(name, frozenset(_HEADS[name]), name == "name") for name in _HEADS), check
)


def hamlet(row: Row) -> str:
    """Which hamlet the row means: its own column, else the name of its sheet."""
    return row["hamlet"] or row.sheet


def takes_back(row: Row) -> bool:
    """Whether the row says that nobody shall have the household any more."""
    return fold(row["member"]) in _NOBODY


def listed(row: Row) -> Listed:
    """The household of a row."""
    return Listed(row["name"], row["address"])


def load(source: bytes, name: str) -> list[Listed]:
    """The households of one hamlet's file. Raises Unreadable with every fault at once: of a list that is half
    right nothing is taken."""
    try:
        found = read(tables(source, name)[:1], LIST)
    except FormError as error:
        why = "\n".join(told_of_file(fault, "en") for fault in error.faults)
        raise Unreadable(why or "this is no list; save it as .xlsx and try again") from None
    if found.faults or not found.rows:
        raise Unreadable("\n".join(told(found.faults, found.heads, "en")) or "the list is empty")
    return [listed(row) for row in found.rows]
