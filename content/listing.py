"""A list that somebody keeps in a spreadsheet: its rows by the names of their columns, and what is wrong.

What a list holds is told by a `Kind`; which kinds there are, by `content.lists`.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO, StringIO
from itertools import pairwise, zip_longest
from pathlib import PurePath
from typing import Any
from unicodedata import normalize

from content.form import FormError
from content.vietnamese import fold
from content.words import day as written
from content.words import say
from content.workbook import BROKEN, merged, opened

MOST_ROWS = 20_000
ABOVE = 10
"""So many rows may stand over the names of the columns: a title, who made the list, a blank."""
TOP = ABOVE + 2
"""So many rows tell what a list is: the names of columns may fill two."""
_LOOKED_AT = 2 * MOST_ROWS
"""Of a sheet: titles and blank rows do not count, and a list that is too long must show as one."""
_WIDEST = 60
_QUESTIONS = {"type", "name"}
"""What the columns of a questionnaire's sheet are called."""
_SHEETS = {"survey", "choices", "settings"}
_OF_SHEETS = {"name", "list name", "form id", "form title"}
"""What a CSV may name beside its sheet, in the same row."""
_ASIDE = {"cach ghi", "huong dan", "how to fill in", "instructions"}
"""Sheets that tell how a list is filled in, and are no part of it; nor are hidden ones."""


_MARK = re.compile(r"([0-9]{1,2}|[A-Z])(?:\W*=.*)?")
"""The number of a column, by which forms refer to it: 4, or 4=2+3."""
_TOTAL = re.compile(r"tổng (?:cộng|số)\b.*|tong (?:cong|so)[\W\d]*")
"""As it is written: Tống Công Minh is somebody."""
_SIGNED = re.compile(
    r"nguoi lap\b.*|t ?m (?:uy ban|ubnd|ban|to)\b.*|k ?t (?:chu tich|truong)\b.*"
    r"|xac nhan(?: cua .*)?|ky (?:va )?ghi ro ho .*|ky ten(?: .*)?|.*\bngay (?:\d+ )?thang (?:\d+ )?nam\b.*"
)
"""What stands where a list is signed, folded."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with something in it. `number` is the spreadsheet's own, from 1; `cells` are by column, "" where
    empty; `sheet` is "" in a CSV."""

    sheet: str
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a row: `key` names the sentence (`lists.<key>`), and `values` fill it in."""

    key: str
    row: Row | None = None
    column: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name in the program, and how people head it (folded, see `content.vietnamese`).
    `lines`: the lines of its cells count."""

    name: str
    heads: frozenset[str]
    required: bool = False
    lines: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of list. A file is one where one of the first rows of its first sheet has all the required
    columns, and no other kind has more of them. `check` finds what is wrong without knowing what is kept
    already. `only`: the headings as they are written, where any other is a fault."""

    name: str
    columns: tuple[Column, ...]
    check: Callable[[Sequence[Row]], Iterator[Fault]]
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A file that was read as a list. `heads` are its columns as the file heads them."""

    kind: str
    rows: tuple[Row, ...]
    heads: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


Table = tuple[str, Sequence[Sequence[str]]]
"""A sheet: its name, and its cells as text."""


def tables(source: bytes, name: str, most: int = _LOOKED_AT) -> list[Table]:
    """The sheets of an .xlsx or .csv that have anything in their first `most` rows. Raises FormError for what
    is neither, or must not be opened."""
    kind, content = opened(source, name)
    if kind == ".xlsx":
        return _sheets(content, most)
    rows = list(csv.reader(StringIO(content.decode("utf-8").removeprefix("\ufeff"))))
    return [("", rows)] if any(map(any, rows)) else []


def _sheets(content: bytes, most: int) -> list[Table]:
    from openpyxl import load_workbook  # noqa: PLC0415 - brings 20 MB, which only a file that is read needs

    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        found = [
            (
                sheet.title,
                [[_text(cell) for cell in row[:_WIDEST]] for row in sheet.iter_rows(max_row=most)],
            )
            for sheet in book.worksheets
            if sheet.sheet_state == "visible" and fold(sheet.title) not in _ASIDE
        ]
        _fill_down(dict(found), content)
    except BROKEN as error:
        raise FormError(()) from error
    return [(name, rows) for name, rows in found if any(any(row) for row in rows)]


def _fill_down(sheets: Mapping[str, list[list[str]]], content: bytes) -> None:
    """What stands in a cell that was merged over several rows is meant for each of them."""
    for sheet, column, first, last in merged(content):
        top, *below = sheets.get(sheet, [])[first : last + 1] or [[]]
        for row in below if column < len(top) else ():
            row.extend([""] * (column + 1 - len(row)))
            row[column] = row[column] or top[column]


def _text(cell: Any) -> str:
    """A cell as people see it: a code that Excel keeps as a number has no ".0", a day is ISO, and 30 % is 0.3
    to Excel."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, int | float) and not isinstance(value, bool):
        shown = round(100 * value, 4) if "%" in str(cell.number_format) else value
        return str(int(shown)) if shown == int(shown) else str(shown)
    return "\n".join(" ".join(line.split()) for line in str(value).splitlines())


def recognise(found: Sequence[Table], kinds: Sequence[Kind]) -> Kind | None:
    """Which kind of list the first sheet is; None where it is none of them."""
    top = None if not found or asks(found) else _top(found[0][1], kinds)
    if top is None:
        return None
    heads = _heads(found[0][1][top])
    fitting = [kind for kind in kinds if _has(heads, kind)]
    return max(fitting, key=lambda kind: sum(bool(heads & c.heads) for c in kind.columns))


def asks(found: Sequence[Table]) -> bool:
    """Whether it is meant as a questionnaire: by the names of its sheets, or the columns of one. A CSV names
    its sheets in its first column, wherever they begin."""
    return any(
        fold(name) in _SHEETS
        or any(_heads(cells) >= _QUESTIONS for cells in rows[: ABOVE + 1])
        or (not name and any(map(_begins_sheet, rows)))
        for name, rows in found
    )


def _begins_sheet(cells: Sequence[str]) -> bool:
    if not cells or cells[0].strip().lower() not in _SHEETS:
        return False
    others = _heads(cells[1:])
    return not others or bool(others & _OF_SHEETS)


def _top(rows: Sequence[Sequence[str]], kinds: Sequence[Kind]) -> int | None:
    """The row that names the columns. Where a name was merged over two rows, it is the lower one, in which
    those stand, too, that are parts of another."""
    fitting = [at for at, row in enumerate(rows[:TOP]) if any(_has(_heads(row), kind) for kind in kinds)]
    return next((at for at in fitting if at + 1 not in fitting), None)


def _head(rows: Sequence[Sequence[str]], top: int, kind: Kind) -> tuple[list[str], int]:
    """The names of the columns, and the first row under them. Names that stand alone in the next row, under
    one for them all ("Nơi ở" or "Địa chỉ" over "Tổ" and "Ấp"), are columns' names, too."""
    known = _known(kind)
    upper, lower = rows[top : top + 1] or [()], rows[top + 1 : top + 2] or [()]
    pairs = list(zip_longest(upper[0], lower[0], fillvalue=""))
    below = [fold(under) for over, under in pairs if fold(over) not in known]
    filled = {fold(under) for over, under in pairs if under.strip() and fold(over) in known}
    if known.isdisjoint(below) or not filled <= known:
        return list(upper[0]), top + 1
    return [under if under.strip() else over for over, under in pairs], top + 2


def _has(heads: set[str], kind: Kind) -> bool:
    return all(heads & column.heads for column in kind.columns if column.required)


def _heads(cells: Sequence[str]) -> set[str]:
    return {fold(cell) for cell in cells} - {""}


def read(found: Sequence[Table], kind: Kind) -> Listing:
    """The rows of every sheet that is headed like the kind, with all that is wrong in them."""
    rows: list[Row] = []
    heads: dict[str, str] = {}
    faults: list[Fault] = []
    for sheet, cells in found:
        head, first = _head(cells, _top(cells, [kind]) or 0, kind)
        places = _places(head, kind)
        lacking = [c.name for c in kind.columns if c.required and c.name not in places]
        if lacking:
            faults += [Fault("no-column", Row(sheet, 1, {}), name) for name in lacking]
            continue
        faults += _strange(Row(sheet, first, {}), head, kind)
        heads |= {name: head[place].strip() for name, place in places.items()}
        for one in _body(sheet, cells, first, places, kind):
            if isinstance(one, Row):
                rows.append(one)
            else:
                faults.append(one)
    if len(rows) > MOST_ROWS:
        return Listing(kind.name, (), heads, (Fault("too-many", values={"n": MOST_ROWS}),))
    empties = [
        Fault("empty", row, column.name)
        for row in rows
        for column in kind.columns
        if column.required and not row[column.name]
    ]
    faults += [*empties, *kind.check(rows)] if rows else [Fault("no-rows")] if not faults else []
    return Listing(kind.name, tuple(rows), heads, tuple(faults))


def _body(
    sheet: str, cells: Sequence[Sequence[str]], first: int, places: Mapping[str, int], kind: Kind
) -> Iterator[Row | Fault]:
    """The rows from `first` on that have something in them, but for names of columns that stand there again
    and the columns' numbers under them. A sum is a fault, and so is where it is signed: what is under that is
    not read."""
    long = {column.name for column in kind.columns if column.lines}
    required = [column for column in kind.columns if column.required]
    headed = True
    for number, row in enumerate(cells[first:], first + 1):
        filled = _placed(row, places)
        filled |= {name: " ".join(filled[name].split()) for name in filled if name not in long}
        needed = [filled[column.name] for column in required if filled[column.name]]
        said = needed or [cell.strip() for cell in row if cell.strip()][:1]
        line = Row(sheet, number, filled)
        if said and all(_SIGNED.fullmatch(fold(text)) for text in said):
            if any(any(_placed(below, places).values()) for below in cells[number - 1 :]):
                yield Fault("foot", line, "", {"text": said[0]})
            return
        if not any(filled.values()):
            continue
        if all(fold(filled[column.name]) in column.heads for column in required):
            headed = True
        elif not (headed and _numbers(row)):
            headed = False
            yield Fault("foot", line, "", {"text": said[0]}) if all(map(_sums, said)) else line


def _placed(row: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    return {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}


def _sums(text: str) -> bool:
    return bool(_TOTAL.fullmatch(" ".join(normalize("NFC", text).lower().split())))


def _numbers(cells: Sequence[str]) -> bool:
    """Whether these number the columns: "(1) (2) (3)", or "A B 1 2". Excel makes -1 of (1)."""
    found = [_MARK.fullmatch(mark) for cell in cells if (mark := cell.strip(" ()[]-"))]
    marks = [one[1] for one in found if one]
    order = [int(mark) if mark.isdecimal() else ord(mark) - ord("Z") for mark in marks]
    return len(marks) == len(found) > 1 and all(one < other for one, other in pairwise(order))


def _strange(row: Row, cells: Sequence[str], kind: Kind) -> Iterator[Fault]:
    """Headings that the kind does not know, where it takes no others: a slip would lose a column."""
    known = _known(kind)
    for cell in cells if kind.only else ():
        if cell.strip() and fold(cell) not in known:
            values = {"heading": cell.strip(), "known": ", ".join(kind.only)}
            yield Fault("unknown-column", row, values=values)


def _known(kind: Kind) -> frozenset[str]:
    return frozenset().union(*(column.heads for column in kind.columns))


def _places(cells: Sequence[str], kind: Kind) -> dict[str, int]:
    folded = [fold(cell) for cell in cells]
    return {
        column.name: place
        for column in kind.columns
        if (place := next((at for at, head in enumerate(folded) if head in column.heads), -1)) >= 0
    }


def told(faults: Sequence[Fault], heads: Mapping[str, str], locale: str) -> tuple[str, ...]:
    """The faults as sentences, in the order of the rows: "Trang Ấp 2, dòng 5, cột Mã: …"."""
    return tuple(text for _, text in placed(faults, heads, locale))


def placed(
    faults: Sequence[Fault], heads: Mapping[str, str], locale: str
) -> list[tuple[tuple[str, int], str]]:
    """The same, each with its place: sheet and row."""
    ordered = sorted(faults, key=_place)
    return [(_place(fault), _told(fault, heads, locale)) for fault in ordered]


def _place(fault: Fault) -> tuple[str, int]:
    return (fault.row.sheet, fault.row.number) if fault.row else ("", 0)


def _told(fault: Fault, heads: Mapping[str, str], locale: str) -> str:
    values = {name: _shown(value, locale) for name, value in fault.values.items()}
    sentence = say(locale, f"lists.{fault.key}", **values)
    if fault.row is None:
        return sentence
    where = [say(locale, "lists.sheet", name=fault.row.sheet)] if fault.row.sheet else []
    where.append(say(locale, "form.row", n=fault.row.number))
    if fault.column:
        column = heads.get(fault.column) or say(locale, f"lists.column_{fault.column}")
        where.append(say(locale, "form.column", column=column))
    return f"{', '.join(where)}: {sentence}"


def _shown(value: object, locale: str) -> object:
    """A day as it is written; of what has a name in each language, the one."""
    if isinstance(value, Mapping):
        return value[locale]
    return written(locale, value) if isinstance(value, date) else value


def rows_right(found: Listing) -> tuple[Row, ...]:
    """The rows in which nothing is wrong."""
    wrong = {(fault.row.sheet, fault.row.number) for fault in found.faults if fault.row}
    return tuple(row for row in found.rows if (row.sheet, row.number) not in wrong)


def is_table(name: str) -> bool:
    """Whether a file of that name can be a list."""
    return PurePath(name).suffix.lower() in {".xlsx", ".xlsm", ".csv"}


def day(text: str) -> date | None:
    """2025-07-01, or 1/7/2025 and 1/7/25 as people write it; None for anything else."""
    parts = text.replace(".", "/").split("/")
    try:
        if len(parts) == 3 and len(parts[2]) in {2, 4}:
            year = int(parts[2])
            return date(year if len(parts[2]) == 4 else 2000 + year, int(parts[1]), int(parts[0]))
        return date.fromisoformat(text)
    except ValueError:
        return None
