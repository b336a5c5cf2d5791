"""XLSForm (.xlsx, .csv, .md) or XForm (.xml), alone or with its files in a .zip -> Form, with every complaint
at its sheet, row and column.

pyxform (https://xlsform.org) makes the XForm; it stops at the first thing wrong, so where it refuses, the
rows are looked through for more. It costs 45 MB, and is imported when a workbook is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from content.bundle import unpacked
from content.complaints import recognised
from content.form import Form, FormError, FormFault, plain
from content.rows import misspelt, row_faults, row_named, rows_by_path, too_deep
from content.unchattable import chat_warnings
from content.unsaid import never_said
from content.workbook import BROKEN, formulas, opened
from content.xform import DEEPEST, compile_form

if TYPE_CHECKING:
    from pyxform.xls2json_backends import DefinitionData

MOST_QUESTIONS = 12_000
"""Rows of a survey sheet; ten thousand are checked in some four seconds of CPU time."""

_ROW = re.compile(r"\[row ?: ?(\d+)\]\s*")
_SHEET = re.compile(r"'(survey|choices|settings|entities|external_choices|osm)' sheet")
_VALUE = re.compile(r"the '([\w: ]+)' (?:value|column|name)")
_LABELS = frozenset({"py-no-label", "py-repeat-label"})

COLUMNS: Mapping[str, str] = {
    "calculate": "calculation",
    "setvalue": "default",
    "itemset": "choice_filter",
    "constraintMsg": "constraint_message",
    "requiredMsg": "required_message",
}
"""What XForms call otherwise than spreadsheets do."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a file: the form, where it can run, and all faults and warnings. `xform` is what runs."""

    form: Form | None
    xform: str = ""
    faults: tuple[FormFault, ...] = ()

    def __post_init__(self) -> None:
        """In the order in which people go through a sheet."""
        ordered = sorted(self.faults, key=lambda fault: (fault.warning, fault.sheet, fault.row))
        object.__setattr__(self, "faults", tuple(ordered))

    @property
    def errors(self) -> tuple[FormFault, ...]:
        return tuple(fault for fault in self.faults if not fault.warning)

    @property
    def warnings(self) -> tuple[FormFault, ...]:
        return tuple(fault for fault in self.faults if fault.warning)


@dataclass(slots=True)
class _Converted:
    """What pyxform made of a workbook."""

    xform: str = ""
    faults: list[FormFault] = field(default_factory=list)
    rows: Mapping[str, int] = field(default_factory=dict)


def load(source: bytes, name: str) -> Form:
    """The form of a file; `name` tells its kind by its ending. FormError with everything that is wrong."""
    checked = check(source, name)
    if checked.form is None:
        raise FormError(checked.faults)
    return checked.form


def check(source: bytes, name: str, files: Mapping[str, bytes] | None = None) -> Checked:
    """Everything that is wrong in a file, and the form if it can run all the same. `files` are those that the
    form may name; a .zip brings its own."""
    try:
        bundle = unpacked(source, name)
    except FormError as error:
        return Checked(None, "", error.faults)
    files = {**(files or {}), **bundle.files}
    if PurePath(bundle.name).suffix.lower() in {".xml", ".xhtml"}:
        return _compiled(bundle.source.decode("utf-8-sig", "replace"), [], {}, files)
    converted = _convert(bundle.source, bundle.name)
    if not converted.xform:
        return Checked(None, "", tuple(converted.faults))
    return _compiled(converted.xform, converted.faults, converted.rows, files)


def _compiled(
    xform: str, faults: list[FormFault], rows: Mapping[str, int], files: Mapping[str, bytes]
) -> Checked:
    try:
        form = compile_form(xform, files)
    except FormError as error:
        return Checked(None, xform, (*faults, *(_placed(fault, rows) for fault in error.faults)))
    found = (*form.warnings, *chat_warnings(form), *never_said(form))
    return Checked(form, xform, (*faults, *(_placed(fault, rows) for fault in found)))


def _placed(fault: FormFault, rows: Mapping[str, int]) -> FormFault:
    """The fault at the row of the survey sheet that its node came from."""
    path = "/" + plain(fault.path).strip("/").partition("/")[2]
    row = rows.get(path, 0)
    if not row:
        return fault
    return replace(fault, sheet="survey", row=row, column=COLUMNS.get(fault.attribute, fault.attribute))


def _convert(source: bytes, name: str) -> _Converted:
    try:
        file_type, content = opened(source, name)
    except FormError as error:
        return _Converted(faults=list(error.faults))
    from pyxform.errors import PyXFormError  # noqa: PLC0415 - 45 MB: see above
    from pyxform.xls2json_backends import get_xlsform  # noqa: PLC0415

    try:
        book = get_xlsform(content, file_type=file_type)
    except PyXFormError as error:
        if file_type != ".xlsx" and "was not recognized" in str(error):  # text in which there is no table
            return _Converted(faults=[FormFault("no-survey", {"sheets": "–"})])
        return _Converted(faults=[_told(str(error))])
    except BROKEN as error:
        return _Converted(faults=[FormFault("unreadable", {"problem": str(error)})])
    if len(book.survey or ()) > MOST_QUESTIONS:
        many = {"sheet": "survey", "n": str(MOST_QUESTIONS)}
        return _Converted(faults=[FormFault("too-many-rows", many)])
    found = _converted(book)
    if file_type == ".xlsx":
        found.faults += formulas(content)
    return found


def _converted(book: DefinitionData) -> _Converted:
    from pyxform.errors import PyXFormError  # noqa: PLC0415
    from pyxform.xls2xform import convert  # noqa: PLC0415

    warnings: list[str] = []
    sheets: dict[str, Any] = {name: getattr(book, name) for name in type(book).__slots__}
    survey = list(book.survey or ())
    if not survey and "survey" in (book.sheet_names or ()):
        return _Converted(faults=[FormFault("empty-survey")])
    if not survey:
        sheets_there = ", ".join(book.sheet_names or ())
        return _Converted(faults=[FormFault("no-survey", {"sheets": sheets_there or "–"})])
    if deep := too_deep(survey, DEEPEST):  # pyxform would recurse into it
        return _Converted(faults=[deep, *_row_faults(book)])
    found = _Converted(rows=rows_by_path(survey))
    try:
        found.xform = convert(sheets, warnings=warnings, form_name="data").xform
    except PyXFormError as error:
        first = _with_more(_told(str(error)), book)
        more = _row_faults(book)
        found.faults = more if any(_tells(fault, first) for fault in more) else [first, *more]
    except BROKEN as error:  # cells that pyxform did not foresee; the rows tell more than its traceback
        found.faults = _row_faults(book) or [FormFault("unreadable", {"problem": str(error)})]
    found.faults += [replace(_with_more(_told(warning), book), warning=True) for warning in warnings]
    found.faults += misspelt((getattr(book, "survey_header", None) or [{}])[0])
    return found


def _with_more(fault: FormFault, book: DefinitionData) -> FormFault:
    """The fault with what pyxform knows and does not say: the row of the question that it names, the columns
    that there are."""
    if fault.key == "py-header":
        there = getattr(book, f"{fault.values['sheet']}_header", None) or [{}]
        return replace(fault, values={**fault.values, "found": ", ".join(there[0]) or "–"})
    row = row_named(list(book.survey or ()), fault.values.get("name", ""))
    if not row or fault.sheet:
        return fault
    return replace(fault, sheet="survey", row=row, column="label" if fault.key in _LABELS else "")


def _tells(fault: FormFault, first: FormFault) -> bool:
    """Whether a fault with its place is the one that pyxform stopped at; of some it does not say where."""
    if first.row:
        return (fault.sheet, fault.row) == (first.sheet, first.row)
    named = {value for key, value in first.values.items() if key != "problem"}
    return bool(named) and named <= set(fault.values.values())


def _row_faults(book: DefinitionData) -> list[FormFault]:
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT  # noqa: PLC0415

    return row_faults(list(book.survey or ()), list(book.choices or ()), QUESTION_TYPE_DICT)


def _told(problem: str) -> FormFault:
    """pyxform's sentence, with the place that it names."""
    row, sheet, value = _ROW.search(problem), _SHEET.search(problem), _VALUE.search(problem)
    key, values = recognised(_ROW.sub("", problem))
    return FormFault(
        key,
        values,
        sheet=sheet[1] if sheet else "survey" if row else "",
        row=int(row[1]) if row else 0,
        column=value[1] if value else "",
    )
