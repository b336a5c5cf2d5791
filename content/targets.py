"""What a plan sets for a year, read from a spreadsheet that somebody filled in.

    code | title | unit | indicator | target | year | numerator | denominator | counted on | source | …

Only numbers are taken: a percentage is computed from numerator and denominator, never typed, and "trên 85%"
is no target. The columns stand in `COLUMNS`; `content/indicators/chi-tieu-2023.csv` is an example.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import TypeVar

from content import workbook
from content.faults import told
from content.figures import Share, Status
from content.form import FormError
from content.indicators import Indicator, catalogue
from content.vietnamese import fold
from content.words import say

T = TypeVar("T")

COLUMNS = {
    "code": "Mã",
    "title": "Tên chỉ tiêu",
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
_YES, _NO = {"x", "co", "yes", "1"}, {"", "khong", "no", "0"}
_WHOLE = re.compile(r"[0-9]{1,3}(?:[. ][0-9]{3})+|[0-9]+")
_PERCENT = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,2})?)\s*%?")
_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


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


def read(source: bytes, name: str, form: str, locale: str) -> list[Target]:
    """The targets of a workbook's first sheet or of a CSV, in their order. `form` is the questionnaire whose
    indicators they may name. Raises Unreadable with every fault at once."""
    rows = _rows(source, name, locale)
    columns, faults = _columns(next(rows, []), locale)
    if faults:
        raise Unreadable("\n".join(faults))
    known = {one.id: one for one in catalogue(form).indicators}
    found: list[Target] = []
    for number, row in enumerate(rows, 2):
        cells = {key: row[place].strip() if place < len(row) else "" for key, place in columns.items()}
        if not any(cells.values()):
            continue
        line = _Line(cells, number, locale)
        target = line.target(known)
        if any((one.year, one.code) == (target.year, target.code) for one in found):
            line.fault("code", "twice", value=target.code)
        found.append(target)
        faults += line.faults
    if not found or len(found) > _MOST:
        faults.append(say(locale, "targets.amount", n=_MOST))
    if faults:
        raise Unreadable("\n".join(faults))
    return found


# --------------------------------------------------------------------------- rows


def _rows(source: bytes, name: str, locale: str) -> Iterator[list[str]]:
    try:
        kind, content = workbook.opened(source, name)
    except FormError as error:
        raise Unreadable("\n".join(told(fault, locale) for fault in error.faults)) from None
    if kind == ".xlsx":
        return _of_workbook(content)
    text = content.decode("utf-8")
    head = text.partition("\n")[0]
    return csv.reader(StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")


def _of_workbook(content: bytes) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # noqa: PLC0415 (only who sends a workbook pays for it)

    sheet = load_workbook(BytesIO(content), read_only=True, data_only=True).worksheets[0]
    for row in sheet.iter_rows(max_row=2 * _MOST, max_col=50):
        yield [_shown(cell.value, str(cell.number_format)) for cell in row]


def _shown(value: object, number_format: str) -> str:
    """A cell as it is seen: 30 % is 0.3 to Excel."""
    match value:
        case None:
            return ""
        case datetime() | date():
            return value.strftime("%d/%m/%Y")
        case bool():
            return "x" if value else ""
        case int() | float():
            shown = round(100 * value, 4) if "%" in number_format else value
            return str(int(shown)) if shown == int(shown) else str(shown)
    return str(value)


def _columns(head: Sequence[str], locale: str) -> tuple[dict[str, int], list[str]]:
    """The place of each column that is there, and what is wrong with the headings."""
    names = {fold(heading): key for key, heading in COLUMNS.items()}
    places: dict[str, int] = {}
    faults = []
    for place, heading in enumerate(head):
        key = names.get(fold(heading))
        if key is not None and key not in places:
            places[key] = place
        elif heading.strip():
            faults.append(say(locale, "targets.heading", heading=heading, known=", ".join(COLUMNS.values())))
    missing = [COLUMNS[key] for key in _NEEDED if key not in places]
    if missing:
        faults.append(say(locale, "targets.no_heading", headings=", ".join(missing)))
    return places, faults


# --------------------------------------------------------------------------- one line


@dataclass(slots=True)
class _Line:
    """A row on its way to a target; what is wrong with it gathers in `faults`."""

    cells: Mapping[str, str]
    number: int
    locale: str
    faults: list[str] = field(default_factory=list)

    def fault(self, column: str, why: str, **values: str) -> None:
        """Notes what is wrong in a cell."""
        place = say(self.locale, "targets.place", row=str(self.number), column=COLUMNS[column])
        self.faults.append(f"{place} {say(self.locale, f'targets.{why}', **values)}")

    def target(self, known: Mapping[str, Indicator]) -> Target:
        """The target, with what could be read of it."""
        for key in _NEEDED:
            if not self._text(key):
                self.fault(key, "empty")
        found = Target(
            code=self._text("code"),
            title=self._text("title"),
            year=self._read("year", _year, "no_year") or 0,
            unit=self._text("unit"),
            indicator=self._text("indicator"),
            percent=self._read("percent", _percent, "no_percent"),
            numerator=self._read("numerator", _count, "no_count"),
            denominator=self._read("denominator", _count, "no_count"),
            counted_on=self._read("counted_on", _day, "no_day"),
            source=self._text("source"),
            outside=bool(self._read("outside", _yes, "no_mark")),
            inferred=bool(self._read("inferred", _yes, "no_mark")),
            note=self._text("note"),
        )
        if found.indicator:
            self._counted(found, known)
        else:
            self._entered(found)
        return found

    def _text(self, key: str) -> str:
        return self.cells.get(key, "")

    def _read(self, key: str, reader: Callable[[str], T | None], why: str) -> T | None:
        text = self._text(key)
        value = reader(text) if text else None
        if text and value is None:
            self.fault(key, why, value=text)
        return value

    def _counted(self, found: Target, known: Mapping[str, Indicator]) -> None:
        """The questionnaire counts it: in its own unit, and nothing is typed beside it."""
        indicator = known.get(found.indicator)
        if indicator is None:
            self.fault("indicator", "no_indicator", value=found.indicator, known=", ".join(known))
        elif found.unit and fold(found.unit) not in map(fold, indicator.unit.names.values()):
            unit = indicator.unit.names[self.locale]
            self.fault("unit", "other_unit", value=found.unit, unit=unit, indicator=found.indicator)
        if self._text("numerator") or self._text("denominator"):
            self.fault("numerator", "counted", indicator=found.indicator)

    def _entered(self, found: Target) -> None:
        """A share that was entered is whole, and no more than all."""
        if bool(self._text("numerator")) != bool(self._text("denominator")):
            self.fault("numerator", "half")
        if found.numerator is not None and found.denominator is not None:
            if found.numerator > found.denominator:
                values = {"numerator": self._text("numerator"), "denominator": self._text("denominator")}
                self.fault("numerator", "over", **values)
            elif not found.denominator:
                self.fault("denominator", "of_nothing")
            elif not self._text("counted_on"):
                self.fault("counted_on", "no_date")


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


def _day(text: str) -> date | None:
    """“31/12/2023” or “2023-12-31”."""
    found = _DAY.fullmatch(text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text)
    except ValueError:
        return None


def _yes(text: str) -> bool | None:
    folded = fold(text)
    return True if folded in _YES else False if folded in _NO else None
