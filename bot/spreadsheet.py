"""Submissions as a workbook or as CSV files: a table for the questionnaire, and one for each repeat.

Both write row by row and keep nothing, so that a hundred thousand submissions take no more memory than ten.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, datetime, time, tzinfo
from pathlib import Path
from typing import Any, Protocol

from content.inert import inert
from content.tabular import Cell, Layout, Row
from storage.export import Exported

BEFORE = ("SubmissionDate",)
AFTER = (
    "KEY",
    "SubmitterID",
    "SubmitterName",
    "FormVersion",
    "Edits",
    "AreaCode",
    "AreaName",
    "HouseholdID",
    "Consent",
    "Counted",
    "Sample",
)
"""What is known of a submission beside its answers: the first five as ODK Central has them."""
LINK = ("PARENT_KEY", "KEY")

_ROWS_LIMIT = 1_048_576
_TEXT_LIMIT = 32_767
# https://support.microsoft.com/office/excel-specifications-and-limits: rows of a sheet, characters of a cell
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


class Output(Protocol):
    """Where submissions go, one after the other; `close` finishes the files, `paths` are what was written."""

    paths: list[Path]

    def add(self, survey: Exported, submitter: str) -> None: ...

    def close(self) -> None: ...


def key_of(survey: Exported) -> str:
    """By what the rows of a submission's repeats find it."""
    return f"uuid:{survey.id}"


def _about(survey: Exported, submitter: str) -> tuple[Cell, ...]:
    """The cells of `AFTER`."""
    return (
        key_of(survey),
        survey.by if survey.by is not None else "",
        submitter,
        survey.version,
        survey.revision - 1,
        survey.area_code,
        survey.area_name,
        survey.household_id if survey.household_id is not None else "",
        int(survey.consent),
        int(survey.counted),
        int(survey.invented),
    )


def _headers(layout: Layout) -> Iterator[list[str]]:
    for number, table in enumerate(layout.tables):
        headers = [column.header for column in table.columns]
        yield [*headers, *LINK] if number else [*BEFORE, *headers, *AFTER]


class CsvFiles:
    """RFC 4180, in UTF-8 with a byte order mark, by which Excel knows it. Answers stand as they are stored,
    but for what a spreadsheet would run: that begins with an apostrophe. Unchanged they are in an .xlsx.

    The questionnaire is `path`; a repeat is beside it, `path` with the repeat's name at its end.
    """

    def __init__(self, path: Path, layout: Layout, zone: tzinfo) -> None:
        self._layout, self._zone = layout, zone
        names = _unique([table.name for table in layout.tables[1:]], "~")
        self.paths = [path, *(path.with_name(f"{path.stem}-{name}{path.suffix}") for name in names)]
        self._open = ExitStack()
        self._writers = [csv.writer(self._file(file)) for file in self.paths]
        for writer, header in zip(self._writers, _headers(layout), strict=True):
            writer.writerow(header)

    def _file(self, path: Path) -> Any:
        # The csv module ends lines with CR LF itself.
        return self._open.enter_context(path.open("w", encoding="utf-8-sig", newline=""))

    def add(self, survey: Exported, submitter: str) -> None:
        """Writes a submission's row, and those of its repeats."""
        for row in self._layout.rows(key_of(survey), survey.values):
            columns = self._layout.tables[row.table].columns
            cells = [inert(column.text(row.held.get(column.path, ""))) for column in columns]
            if row.table:
                self._writers[row.table].writerow([*cells, row.parent, row.key])
            else:
                moment = survey.submitted_at.astimezone(self._zone).isoformat(timespec="milliseconds")
                self._writers[0].writerow([moment, *cells, *_about(survey, submitter)])

    def close(self) -> None:
        """Closes the files."""
        self._open.close()


class Workbook:
    """An .xlsx: a sheet a table, a bold header that stays in sight, dates and numbers as such.

    Text is written as text whatever it begins with, so that no answer is ever run as a formula.
    """

    def __init__(self, path: Path, layout: Layout, zone: tzinfo, title: str) -> None:
        import xlsxwriter  # noqa: PLC0415 (only what writes a workbook pays for it)

        self.paths = [path]
        self._layout, self._zone = layout, zone
        # A sheet is written row by row to a file of its own beside the workbook, and packed at the end.
        self._book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "tmpdir": str(path.parent), "remove_timezone": True}
        )
        self._bold = self._book.add_format({"bold": True, "bottom": 1})
        formats = {date: "dd/mm/yyyy", datetime: "dd/mm/yyyy hh:mm:ss", time: "hh:mm:ss"}
        self._formats = {
            kind: self._book.add_format({"num_format": shown}) for kind, shown in formats.items()
        }
        names = [title, *(table.name for table in layout.tables[1:])]
        sheets = _unique([_FORBIDDEN.sub("_", name)[:24].strip("'") or "data" for name in names], " ")
        self._sheets = [
            _Sheet(self._book, name, header, self._bold)
            for name, header in zip(sheets, _headers(layout), strict=True)
        ]

    def add(self, survey: Exported, submitter: str) -> None:
        """Writes a submission's row, and those of its repeats."""
        for row in self._layout.rows(key_of(survey), survey.values):
            cells = self._cells(row)
            if row.table:
                self._sheets[row.table].write([*cells, row.parent, row.key], self._formats)
            else:
                moment = survey.submitted_at.astimezone(self._zone).replace(tzinfo=None)
                self._sheets[0].write([moment, *cells, *_about(survey, submitter)], self._formats)

    def _cells(self, row: Row) -> list[Cell]:
        columns = self._layout.tables[row.table].columns
        return [column.cell(row.held.get(column.path, ""), self._zone) for column in columns]

    def close(self) -> None:
        """Packs the workbook."""
        from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415

        try:
            self._book.close()
        except FileCreateError as error:
            raise OSError(*error.args) from error


class _Sheet:
    """A sheet that goes on in another one where it is full."""

    def __init__(self, book: Any, name: str, header: Sequence[str], bold: Any) -> None:
        self._book, self._name, self._header, self._bold = book, name, header, bold
        self._parts = 0
        self._begin()

    def _begin(self) -> None:
        self._parts += 1
        name = self._name if self._parts == 1 else f"{self._name} ({self._parts})"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(self._header) - 1, 16)
        for column, text in enumerate(self._header):
            self._sheet.write_string(0, column, text, self._bold)
        self._row = 1

    def write(self, cells: Sequence[Cell], formats: Mapping[type, Any]) -> None:
        if self._row == _ROWS_LIMIT:
            self._begin()
        for column, cell in enumerate(cells):
            _write(self._sheet, self._row, column, cell, formats)
        self._row += 1


def _write(sheet: Any, row: int, column: int, cell: Cell, formats: Mapping[type, Any]) -> None:
    if isinstance(cell, str):
        if cell:
            short = cell if len(cell) <= _TEXT_LIMIT else cell[: _TEXT_LIMIT - 1] + "…"
            sheet.write_string(row, column, short)
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, time) or cell.year >= 1900:
        sheet.write_datetime(row, column, cell, formats[type(cell)])
    else:  # Excel has no days before 1900
        sheet.write_string(row, column, cell.isoformat())


def _unique(names: Sequence[str], mark: str) -> list[str]:
    """The names, told apart by a number where several are the same (to Excel, case does not matter)."""
    seen: dict[str, int] = {}
    unique: Callable[[str], str] = lambda name: f"{name}{mark}{seen[name.lower()]}"  # noqa: E731
    found = []
    for name in names:
        seen[name.lower()] = seen.get(name.lower(), 0) + 1
        found.append(name if seen[name.lower()] == 1 else unique(name))
    return found
