"""A questionnaire as a Markdown table, and what is made of it: a workbook for people, the XForm that runs."""

from io import BytesIO

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from pyxform.xls2json_backends import md_table_to_workbook
from pyxform.xls2xform import convert

Cells = dict[str, list[list[str]]]
"""Sheet name -> rows -> cells, each row as long as the sheet's widest; an empty cell is ""."""

_WIDEST = 60  # characters; what is longer is wrapped


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


def xform(markdown: str) -> str:
    """The table as the XForm that runs, one element a line so that a change shows in a diff.

    Raises `pyxform.errors.PyXFormError` where the table is no questionnaire.
    """
    made: str = convert(markdown, file_type=".md", validate=False, pretty_print=True).xform
    return made


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
    return {name: _even(rows) for name, rows in _tables(markdown).items()}


def _tables(markdown: str) -> Cells:
    # pyxform reads the table, so that what it means here is what it means there.
    book = md_table_to_workbook(markdown)
    file = BytesIO()
    if book.worksheets:
        book.save(file)
        return cells(file.getvalue())
    return {}


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
