"""A file that somebody sent, looked at before anything opens it: its kind, its size, its encoding."""

from __future__ import annotations

import codecs
import csv
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO, StringIO
from itertools import islice
from pathlib import PurePath

from content.form import FormError, FormFault

LARGEST_FILE = 10 * 1024 * 1024
LARGEST_CONTENT = 60 * 1024 * 1024
"""Bytes of a workbook unpacked; a questionnaire of 10,000 rows has a tenth of it."""
MOST_PARTS = 500
MOST_ROWS = 40_000
"""Of one sheet; a form that long costs its whole check."""
MOST_FORMULAS = 20

# An XML part may say it far behind its beginning, or in UTF-16.
_DOCTYPE = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_FORMULA = re.compile(
    rb'<c\b[^>]*?\br="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<f\b[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
_TAG = re.compile(rb"<(?:\w+:)?(?:sheet|Relationship)\b[^>]*>")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')

BROKEN = (
    ValueError,
    LookupError,
    OSError,
    SyntaxError,  # of an XML part
    EOFError,
    RuntimeError,
    TypeError,
    AttributeError,
    zlib.error,
    zipfile.BadZipFile,
)
"""What a file that is cut off or tampered with makes its readers raise."""


def opened(source: bytes, name: str) -> tuple[str, bytes]:
    """(the ending that pyxform goes by, the content). FormError where the file must not or cannot be read."""
    kind = PurePath(name).suffix.lower()
    if len(source) > LARGEST_FILE:
        raise _refused("too-large", n=str(LARGEST_FILE // 1024 // 1024))
    if kind in {".xlsx", ".xlsm"}:
        _look_into(source)
        return ".xlsx", source
    if kind == ".csv":
        return kind, _with_commas(as_text(source))
    if kind == ".md":
        return kind, as_text(source)
    raise _refused("unknown-kind", name=PurePath(name).name)


def _look_into(source: bytes) -> None:
    """A workbook is a zip file: how much is in it, and whether it is one at all."""
    try:
        with zipfile.ZipFile(BytesIO(source)) as book:
            parts = book.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_CONTENT:
                raise _refused("zip-bomb", n=str(LARGEST_CONTENT // 1024 // 1024))
            for part in parts:
                content = book.read(part)
                if any(sign in content for sign in _DOCTYPE):
                    raise _refused("doctype")
                if content.count(b"<row") > MOST_ROWS:
                    raise _refused("too-many-rows", sheet=PurePath(part.filename).stem, n=str(MOST_ROWS))
    except FormError:
        raise
    except BROKEN:
        raise _refused("not-a-workbook") from None


def formulas(source: bytes) -> Iterator[FormFault]:
    """The cells whose formula nobody computed: they read as blank. At most so many are told."""
    with zipfile.ZipFile(BytesIO(source)) as book:
        names = _sheet_names(book)
        found = (
            (names.get(part, ""), cell[1].decode())
            for part in book.namelist()
            if part.startswith("xl/worksheets/")
            for cell in _FORMULA.finditer(book.read(part))
        )
        for sheet, cell in islice(found, MOST_FORMULAS):
            row = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            yield FormFault("formula", {"cell": cell}, sheet=sheet, row=row, warning=True)


def _with_commas(content: bytes) -> bytes:
    """A CSV as it is, or one with semicolons, as Excel writes it where the comma is for decimals."""
    text = content.decode()
    head = text.partition("\n")[0]
    if head.count(";") <= head.count(","):
        return content
    written = StringIO()
    csv.writer(written).writerows(csv.reader(StringIO(text), delimiter=";"))
    return written.getvalue().encode()


def _sheet_names(book: zipfile.ZipFile) -> dict[str, str]:
    """What the parts that are sheets are called: {"xl/worksheets/sheet1.xml": "survey"}."""
    try:
        listed, linked = book.read("xl/workbook.xml"), book.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return {}
    targets = {
        found["Id"]: "xl/" + found["Target"].removeprefix("/xl/")
        for found in map(_attributes, _TAG.findall(linked))
        if {"Id", "Target"} <= found.keys()
    }
    sheets = map(_attributes, _TAG.findall(listed))
    return {targets.get(one.get("r:id", ""), ""): one.get("name", "") for one in sheets if "r:id" in one}


def _attributes(tag: bytes) -> dict[str, str]:
    return {name.decode(): value.decode("utf-8", "replace") for name, value in _ATTRIBUTE.findall(tag)}


def as_text(source: bytes) -> bytes:
    """UTF-8 as it is; UTF-16 by its mark; the old Vietnamese code page 1258, which writes tones apart,
    composed."""
    wide = source[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1258"):
        try:
            text = source.decode(encoding)
        except UnicodeDecodeError:
            continue
        return unicodedata.normalize("NFC", text).encode("utf-8")
    raise _refused("encoding")


def _refused(key: str, **values: str) -> FormError:
    return FormError((FormFault(key, values),))
