"""A file that somebody sent, looked at before anything opens it: its kind, its size, its encoding."""

from __future__ import annotations

import unicodedata
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePath

from content.form import FormError, FormFault

LARGEST_FILE = 10 * 1024 * 1024
LARGEST_CONTENT = 60 * 1024 * 1024
"""Bytes of a workbook unpacked; a questionnaire of 10,000 rows has a tenth of it."""
MOST_PARTS = 500

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
    if kind in {".md", ".csv"}:
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
                with book.open(part) as content:
                    if b"<!DOCTYPE" in content.read(1024):
                        raise _refused("doctype")
    except FormError:
        raise
    except BROKEN:
        raise _refused("not-a-workbook") from None


def as_text(source: bytes) -> bytes:
    """UTF-8 as it is; the old Vietnamese code page 1258, which writes tones apart, composed."""
    for encoding in ("utf-8-sig", "cp1258"):
        try:
            text = source.decode(encoding)
        except UnicodeDecodeError:
            continue
        return unicodedata.normalize("NFC", text).encode("utf-8")
    raise _refused("encoding")


def _refused(key: str, **values: str) -> FormError:
    return FormError((FormFault(key, values),))
