"""A file that somebody sent, looked at before anything opens it: its kind, its size, its encoding."""

from __future__ import annotations

import codecs
import csv
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
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
_LOOKED_AT = 4096
_FIRST_LINES = 50

# An XML part may say it far behind its beginning, or in UTF-16.
_DOCTYPE = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_FORMULA = re.compile(
    rb'<c\b[^>]*?\br="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<f\b[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
_TAG = re.compile(rb"<(?:\w+:)?(?:sheet|Relationship)\b[^>]*>")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')

_MERGED = re.compile(rb'<mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')
_HIDDEN = re.compile(rb'<row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="(\d{1,7})"')
_OLD = bytes.fromhex("d0cf11e0a1b11ae1")
"""How an .xls begins, and what Excel wraps a workbook in that has a password."""
_SEALED = "EncryptedPackage".encode("utf-16-le")

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
    if source.startswith(_OLD) and _SEALED in source:
        raise _refused("locked")
    try:
        with zipfile.ZipFile(BytesIO(source)) as book:
            parts = book.infolist()
            if not any(part.filename.startswith("xl/") for part in parts):  # Word's files are zipped, too
                raise _refused("not-a-workbook")
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


def merged(source: bytes) -> Iterator[tuple[str, int, int, int]]:
    """The cells that were made one over several rows: sheet, column, first and last row, from 0."""
    for sheet, part in _sheet_parts(source):
        for column, first, last in _MERGED.findall(part):
            if first != last:
                yield sheet, _column(column), int(first) - 1, int(last) - 1


def hidden(source: bytes) -> set[tuple[str, int]]:
    """The rows that are hidden: sheet, and number from 1."""
    return {(sheet, int(row)) for sheet, part in _sheet_parts(source) for row in _HIDDEN.findall(part)}


def _sheet_parts(source: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(BytesIO(source)) as book:
        names = _sheet_names(book)
        for part in book.namelist():
            if part in names:
                yield names[part], book.read(part)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1


def _with_commas(content: bytes) -> bytes:
    """A CSV as it is, or one with semicolons, as Excel writes it where the comma is for decimals, or tabs, as
    it writes "Unicode text"."""
    text = content.decode()
    mark = _separator(text)
    if mark == ",":
        return content
    written = StringIO()
    csv.writer(written).writerows(csv.reader(StringIO(text), delimiter=mark))
    return written.getvalue().encode()


def _separator(text: str) -> str:
    """The mark that parts most of the first lines into as many cells as each other: addresses and titles are
    full of commas, in lines of all lengths. As many by commas as by another mark: the comma, where each line
    has the same number of them."""
    found = {mark: _parted(text, mark) for mark in ",;\t"}
    order = ",;\t" if len(found[","]) <= 1 else "\t;,"
    return max(order, key=lambda mark: max((n for cells, n in found[mark].items() if cells > 1), default=0))


def _parted(text: str, mark: str) -> Counter[int]:
    """How many of the first lines have how many cells, if that mark parts them. Lines, not rows: where
    the mark is wrong, a cell of ten lines shows as ten rows."""
    found: Counter[int] = Counter()
    rows, before = csv.reader(StringIO(text), delimiter=mark), 0
    with suppress(csv.Error):
        for cells in rows:
            if any(cells):
                found[len(cells)] += rows.line_num - before
            before = rows.line_num
            if before >= _FIRST_LINES:
                break
    return found


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
    """UTF-8 as it is; UTF-16 by its mark or its zeros; the old Vietnamese code page 1258, which writes tones
    apart, composed."""
    marked = source[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    high, low = source[:_LOOKED_AT:2].count(0), source[1:_LOOKED_AT:2].count(0)
    if marked:
        encodings: tuple[str, ...] = ("utf-16",)
    elif high or low:
        encodings = ("utf-16-le",) if low > high else ("utf-16-be",)
    else:
        encodings = ("utf-8-sig", "cp1258")
    for encoding in encodings:
        try:
            text = source.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return unicodedata.normalize("NFC", text).encode("utf-8")
    raise _refused("encoding")


def _refused(key: str, **values: str) -> FormError:
    return FormError((FormFault(key, values),))
