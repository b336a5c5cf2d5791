"""The list of a hamlet's households, as a workbook that people keep in Excel."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from uuid import NAMESPACE_OID, uuid5
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from content.vietnamese import fold

NAME = frozenset({"ten", "chu ho", "ten chu ho", "ho va ten", "ho ten", "name"})
ADDRESS = frozenset({"dia chi", "to", "cho o", "address"})
LONGEST, MOST = 60, 5000


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


def read(workbook: bytes) -> list[Listed]:
    """The households of the first sheet, whose first row names the columns: "Chủ hộ", and "Địa chỉ" if known.

    Raises Unreadable with every fault at once: of a list that is half right nothing is taken.
    """
    try:
        book = load_workbook(BytesIO(workbook), read_only=True, data_only=True)
        rows = [list(row) for row in book.worksheets[0].iter_rows(max_row=MOST + 2, values_only=True)]
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError):
        raise Unreadable("this is no .xlsx workbook; save the list as .xlsx and try again") from None
    heads = [fold(str(cell or "")) for cell in rows[0]] if rows else []
    name = next((place for place, head in enumerate(heads) if head in NAME), None)
    if name is None:
        raise Unreadable('row 1: no column is called "Chủ hộ"; the first row must name the columns')
    address = next((place for place, head in enumerate(heads) if head in ADDRESS), None)
    if len(rows) > MOST + 1:
        raise Unreadable(f"more than {MOST} households: a list is one hamlet's; import hamlet by hamlet")
    found, faults = _households(rows[1:], name, address)
    if faults or not found:
        raise Unreadable("\n".join(faults) or "row 2: the list is empty")
    return found


def _households(
    rows: Sequence[Sequence[object]], name: int, address: int | None
) -> tuple[list[Listed], list[str]]:
    found: dict[tuple[str, str], int] = {}
    listed, faults = [], []
    for number, row in enumerate(rows, 2):
        if not any(cell not in (None, "") for cell in row):
            continue
        one = Listed(_text(row, name), _text(row, address) if address is not None else "")
        first = found.setdefault((fold(one.name), fold(one.address)), number)
        if not 2 <= len(one.name) <= LONGEST:
            faults.append(f"row {number}: the name must have 2 to {LONGEST} characters")
        elif first != number:
            faults.append(f"row {number}: the same as row {first}; add the address, or leave one out")
        listed.append(one)
    return listed, faults


def _text(row: Sequence[object], place: int) -> str:
    return " ".join(str(row[place]).split()) if place < len(row) and row[place] is not None else ""
