"""The forms that come with the program, as XForms made of the tables beside them (`tocns form sheet`).

pyxform takes half a second and 45 MB for what never changes between two releases: so what it makes is kept
beside its source, and a test holds the two together.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from content.form import Form
from content.xform import compile_form

_HERE = Path(__file__).parent / "forms"

DIALOGUES = frozenset(
    {
        "bo-ho",
        "chon-ho",
        "chuyen-nguoi",
        "dia-ban",
        "dong-y",
        "giao-ho",
        "gio-nhac",
        "gui-thong-bao",
        "hen-ban-tin",
        "hen-gap",
        "ho-tro",
        "lap-to",
        "moi-nguoi",
        "nhan-tin",
        "phat-hanh",
        "su-co",
        "sua-ho",
        "sua-ten",
        "tam-ngung",
        "tham-gia",
        "thong-bao",
        "tim-nguoi",
        "xong-viec",
        "xong-yeu-cau",
        "yeu-cau-ho",
    }
)
"""Forms that are steps of the bot's own talk: they need not be published."""

SHEETS = frozenset({"khao-sat-ho"})
"""Questionnaires that a district can publish as they are."""


@cache
def dialogue(form: str) -> Form | None:
    """The dialogue of that name; None for any other form."""
    return compile_form(xform(form)) if form in DIALOGUES else None


def xform(form: str) -> str:
    """The XForm of a form that comes with the program. Raises OSError where there is none."""
    return (_HERE / f"{form}.xml").read_text("utf-8")


def sheet(form: str) -> bytes:
    """The workbook of a questionnaire that comes with the program."""
    return (_HERE / f"{form}.xlsx").read_bytes()


def check(form: str) -> Iterator[str]:
    """Whether what was made of the form's table is what the table says: a line for each file that is not."""
    from content import sheets, xlsform  # noqa: PLC0415 (bring openpyxl and pyxform, which nothing else needs)

    source = _HERE / f"{form}.md"
    markdown = source.read_text("utf-8")
    mend = f"run `tocns form sheet {source}`"
    if xform(form) != xlsform.check(markdown.encode(), source.name).xform:
        yield f"{source.with_suffix('.xml')}: not what {source.name} says; {mend}"
    if form in SHEETS and sheets.cells(sheet(form)) != sheets.table_cells(markdown):
        yield f"{source.with_suffix('.xlsx')}: not what {source.name} says; {mend}"
