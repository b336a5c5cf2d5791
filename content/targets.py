"""What a plan sets for a year, read from a spreadsheet that somebody filled in (`content.listing`).

Only numbers are taken: a percentage is computed from numerator and denominator, never typed, and "trên 85%"
is no target. The columns stand in `COLUMNS`; `content/indicators/chi-tieu-2023.csv` is an example.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from content.faults import told as told_of_file
from content.figures import Share, Status
from content.form import FormError
from content.households import QUESTIONNAIRE
from content.indicators import Indicator, catalogue
from content.listing import Column, Fault, Kind, Row, day, read, tables, told
from content.vietnamese import fold

COLUMNS = {
    "code": "Mã",
    "title": "Tên chỉ tiêu",
    "place": "Địa bàn",
    "unit": "Đơn vị tính",
    "indicator": "Chỉ số của phiếu",
    "percent": "Mức đặt (%)",
    "year": "Năm",
    "numerator": "Tử số",
    "denominator": "Mẫu số",
    "counted_on": "Ngày chốt",
    "source": "Căn cứ",
    "outside": "Số liệu ngoài xã",
    "inferred": "Suy ra",
    "note": "Ghi chú",
}
"""Headings by what they mean; case and diacritics do not matter, nor does the order."""
_NEEDED = ("code", "title", "year")
_MOST = 500  # lines; a plan has some tens
_YES, _NO = {"x", "co", "yes", "1", "true"}, {"", "khong", "no", "0", "false"}
_WHOLE = re.compile(r"[0-9]{1,3}(?:[. ][0-9]{3})+|[0-9]+")
_PERCENT = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,2})?)\s*%?")


@dataclass(frozen=True, slots=True)
class Target:
    """One line of a plan. `percent` is what is to be reached; None where the plan names no level.

    `indicator` is the one of the questionnaire that is held against it; without one, `numerator` of
    `denominator` is what was entered, as of `counted_on`. `outside`: the figures are kept elsewhere, nobody
    in the commune can count them. `inferred`: the plan itself was not at hand.
    """

    code: str
    title: str
    year: int
    unit: str = ""
    indicator: str = ""
    percent: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    counted_on: date | None = None
    source: str = ""
    outside: bool = False
    inferred: bool = False
    note: str = ""

    @property
    def entered(self) -> Share:
        """What was entered; 0 of 0 where nothing was."""
        return Share(self.numerator or 0, self.denominator or 0)


def status(target: Target, share: Share) -> Status:
    """How the target stands with this share: exactly one of four, so that they add up to all."""
    if target.percent is None:
        return Status.NO_BASIS
    if share.percent is None:
        return Status.NO_BASIS if target.outside or share.hidden else Status.MISSING
    return Status.MET if 100 * share.numerator >= target.percent * share.denominator else Status.MISSED


class Unreadable(ValueError):
    """A list with faults: one line each, with the row, the column, and how to mend it."""


def load(source: bytes, name: str, locale: str) -> tuple[Row, ...]:
    """The rows of a workbook's first sheet or of a CSV. Raises Unreadable with every fault at once."""
    try:
        found = read(tables(source, name)[:1], LIST)
    except FormError as error:
        raise Unreadable("\n".join(told_of_file(fault, locale) for fault in error.faults)) from None
    faults = found.faults if found.rows or found.faults else (Fault("no-rows"),)
    if faults:
        raise Unreadable("\n".join(told(faults, found.heads, locale)))
    return found.rows


def check(rows: Sequence[Row]) -> Iterator[Fault]:
    """What is wrong in the rows by themselves."""
    if len(rows) > _MOST:
        yield Fault("target-amount", values={"n": _MOST})
    known = _known()
    seen: set[tuple[str, str, str]] = set()
    for row in rows:
        yield from _misread(row)
        yield from _counted(row, known) if row["indicator"] else _entered(row)
        same = fold(row["place"]), row["year"], row["code"]
        if row["code"] and same in seen:
            yield Fault("target-twice", row, "code", {"value": row["code"]})
        seen.add(same)


def target(row: Row) -> Target:
    """The target of a row in which nothing is wrong."""
    return Target(
        code=row["code"],
        title=row["title"],
        year=_year(row["year"]) or 0,
        unit=row["unit"],
        indicator=row["indicator"],
        percent=_percent(row["percent"]),
        numerator=_count(row["numerator"]),
        denominator=_count(row["denominator"]),
        counted_on=day(row["counted_on"]),
        source=row["source"],
        outside=bool(_yes(row["outside"])),
        inferred=bool(_yes(row["inferred"])),
        note=row["note"],
    )


LIST = Kind(
    "targets",
    tuple(Column(name, frozenset({fold(head)}), name in _NEEDED) for name, head in COLUMNS.items()),
    check,
    only=tuple(COLUMNS.values()),
)


# --------------------------------------------------------------------------- one row


@cache
def _known() -> Mapping[str, Indicator]:
    return {one.id: one for one in catalogue(QUESTIONNAIRE).indicators}


def _misread(row: Row) -> Iterator[Fault]:
    """Cells that say something which is not what belongs there."""
    for column, (reader, why) in _READERS.items():
        if row[column] and reader(row[column]) is None:
            yield Fault(f"target-{why}", row, column, {"value": row[column]})


def _counted(row: Row, known: Mapping[str, Indicator]) -> Iterator[Fault]:
    """The questionnaire counts it: in its own unit, and nothing is typed beside it."""
    name = row["indicator"]
    indicator = known.get(name)
    if indicator is None:
        yield Fault("target-indicator", row, "indicator", {"value": name, "known": ", ".join(known)})
    elif row["unit"] and fold(row["unit"]) not in map(fold, indicator.unit.names.values()):
        values = {"value": row["unit"], "unit": indicator.unit.names, "indicator": name}
        yield Fault("target-unit", row, "unit", values)
    if row["numerator"] or row["denominator"]:
        yield Fault("target-counted", row, "numerator", {"indicator": name})


def _entered(row: Row) -> Iterator[Fault]:
    """A share that was entered is whole, no more than all, and of a day."""
    if bool(row["numerator"]) != bool(row["denominator"]):
        yield Fault("target-half", row, "numerator")
    numerator, denominator = _count(row["numerator"]), _count(row["denominator"])
    if numerator is None or denominator is None:
        return
    if numerator > denominator:
        values = {"numerator": row["numerator"], "denominator": row["denominator"]}
        yield Fault("target-over", row, "numerator", values)
    elif not denominator:
        yield Fault("target-of-nothing", row, "denominator")
    elif not row["counted_on"]:
        yield Fault("target-undated", row, "counted_on")


def _year(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) == 4 and text.isascii() else None


def _percent(text: str) -> float | None:
    """“30”, “30%”, “62,5”; above 0 up to 100."""
    found = _PERCENT.fullmatch(text)
    value = float(found[1].replace(",", ".")) if found else 0.0
    return value if 0 < value <= 100 else None


def _count(text: str) -> int | None:
    """“8994” or “8.994”."""
    return int(re.sub("[. ]", "", text)) if _WHOLE.fullmatch(text) else None


def _yes(text: str) -> bool | None:
    folded = fold(text)
    return True if folded in _YES else False if folded in _NO else None


_READERS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "year": (_year, "year"),
    "percent": (_percent, "percent"),
    "numerator": (_count, "count"),
    "denominator": (_count, "count"),
    "counted_on": (day, "day"),
    "outside": (_yes, "mark"),
    "inferred": (_yes, "mark"),
}
"""Of each column that is no text: how it is read, and the sentence where that fails."""
