"""A questionnaire as a Markdown table, which shows in a diff, and as the workbook that people open."""

import re
from io import BytesIO

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

Cells = dict[str, list[list[str]]]
"""Sheet name -> rows -> cells, each row as long as the sheet's widest; an empty cell is ""."""

_WIDEST = 60  # characters; what is longer is wrapped
_LINE, _BAR, _RULE = re.compile(r"\|(.*)\|"), re.compile(r"(?<!\\)\|"), re.compile(r":?-+:?")


def workbook(markdown: str) -> bytes:
    """The table as an .xlsx file: frozen bold header, wrapped text, every cell a text.

    Raises ValueError where there is no table in it.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in _tables(markdown).items():
        _fill(book.create_sheet(name), rows)
    if not book.worksheets:
        raise ValueError("no table found: a sheet begins with a line like `| survey |`")
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def cells(file: bytes) -> Cells:
    """Every cell of a workbook, as text. The same for a table and the workbook made of it."""
    book = load_workbook(BytesIO(file), read_only=True)
    sheets = {
        sheet.title: [["" if cell is None else str(cell) for cell in row] for row in sheet.values]
        for sheet in book.worksheets
    }
    return {name: _even(rows) for name, rows in sheets.items()}


def table_cells(markdown: str) -> Cells:
    """Every cell of a Markdown table."""
    return _tables(markdown)


def _tables(markdown: str) -> Cells:
    """As XLSForm's tools read it: the first cell of a line names the sheet that begins there."""
    sheets: Cells = {}
    rows: list[list[str]] = []
    for line in markdown.splitlines():
        found = _LINE.fullmatch(line.strip())
        if found is None:
            continue
        name, *row = (cell.strip().replace(r"\|", "|") for cell in _BAR.split(found[1]))
        if name:
            rows = sheets.setdefault(name, [])
        if any(row) and not all(_RULE.fullmatch(cell) for cell in row):
            rows.append(row)
    return {name: _even(rows) for name, rows in sheets.items()}


def _even(rows: list[list[str]]) -> list[list[str]]:
    filled = [max((i for i, cell in enumerate(row, 1) if cell), default=0) for row in rows]
    width = max(filled, default=0)
    return [(row + [""] * width)[:width] for row in rows]


def _fill(sheet: Worksheet, rows: list[list[str]]) -> None:
    for y, row in enumerate(rows, 1):
        for x, text in enumerate(row, 1):
            if text:
                cell = sheet.cell(y, x, text)
                cell.data_type = "s"  # "2026112201" stays a text, and "= …" is no formula
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                cell.font = Font(bold=y == 1)
    for x, column in enumerate(zip(*rows, strict=True), 1):
        longest = max(len(text) for text in column)
        sheet.column_dimensions[get_column_letter(x)].width = min(_WIDEST, longest + 2)
    sheet.freeze_panes = "A2"
