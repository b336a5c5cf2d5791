"""The rows of an XLSForm's sheets: where each question stands, and what is wrong in each row by itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from content.expressions import ExpressionError, compile_expression
from content.form import FormFault

Row = Mapping[str, str]

_FIRST_ROW = 2  # under the header
_REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_BEGIN = re.compile(r"begin[ _](group|repeat|loop)", re.IGNORECASE)
_END = re.compile(r"end[ _](group|repeat|loop)", re.IGNORECASE)
_SELECT = re.compile(r"(?:select[ _](?:one|multiple)|rank)(?: from)? (\S+)(.*)", re.IGNORECASE)
_BARE = re.compile(r"select[ _](?:one|multiple)|rank", re.IGNORECASE)
_LISTED = re.compile(
    r"(?:select|rank|osm|add select|cascading|loop|xml-external|csv-external|audit|background)"
)
_EXPRESSIONS: Mapping[str, str] = {
    "relevant": "relevant",
    "relevance": "relevant",
    "constraint": "constraint",
    "calculation": "calculation",
    "calculate": "calculation",
    "repeat_count": "repeat_count",
    "choice_filter": "choice_filter",
}
_COLUMNS = frozenset(
    """
    type name label hint guidance_hint required required_message relevant relevance constraint
    constraint_message calculation calculate choice_filter repeat_count appearance default readonly read_only
    media image audio video big-image parameters trigger note notes body bind instance autoplay save_to
    list_name
    """.split()  # noqa: SIM905 - read as a text
)
"""Those of the survey sheet that may be meant: https://xlsform.org/en/#the-survey-worksheet"""
_TEXTS = ("label", "hint", "guidance_hint", "constraint_message", "required_message", "default", "required")


def rows_by_path(survey: Sequence[Row]) -> dict[str, int]:
    """The row of every question and group by its path below the root: "/ho/so_nguoi"."""
    return {path: row for path, row, _ in _walk(survey)}


def _walk(survey: Sequence[Row]) -> Iterator[tuple[str, int, Row]]:
    around: list[str] = []
    for number, row in enumerate(survey, _FIRST_ROW):
        kind, name = _cell(row, "type"), _cell(row, "name")
        if _END.match(kind):
            del around[-1:]
            continue
        if kind:
            yield "/" + "/".join((*around, name)), number, row
        if _BEGIN.match(kind):
            around.append(name)


def _cell(row: Row, column: str) -> str:
    """A cell by its column's name, however the header is written."""
    for header, text in row.items():
        if str(header).strip().lower() == column and text is not None:
            return str(text).strip()
    return ""


def row_named(survey: Sequence[Row], name: str) -> int:
    """The row of the only question or group of that name; 0 where there is none, or several."""
    found = [number for path, number, _ in _walk(survey) if name and path.rpartition("/")[2] == name]
    return found[0] if len(found) == 1 else 0


def too_deep(survey: Sequence[Row], most: int) -> FormFault | None:
    """The first group that would be nested more than `most` deep, at its row."""
    depth = 0
    for number, row in enumerate(survey, _FIRST_ROW):
        kind = _cell(row, "type")
        depth += 1 if _BEGIN.match(kind) else -1 if _END.match(kind) and depth else 0
        if depth > most:
            return FormFault("too-deep", {"n": str(most)}, sheet="survey", row=number, column="type")
    return None


def row_faults(survey: Sequence[Row], choices: Sequence[Row], types: Collection[str]) -> list[FormFault]:
    """What is wrong in single rows: names, references, lists, expressions, groups that do not close.

    `types` are the question types there are.
    """
    names = {_cell(row, "name") for row in survey}
    lists = {_cell(row, "list_name") or _cell(row, "list name") for row in choices}
    faults = [*_structure(survey)]
    seen: dict[str, int] = {}
    for path, number, row in _walk(survey):
        name = _cell(row, "name")
        faults += _naming(name, number, seen.get(path))
        seen.setdefault(path, number)
        faults += _typing(_cell(row, "type"), number, types)
        faults += _choosing(row, number, lists)
        faults += _referring(row, number, names)
        faults += _expressing(row, number)
    return faults


def misspelt(headers: Iterable[str]) -> Iterator[FormFault]:
    """A warning for each column that is none, but nearly one: what stands in it would be passed over."""
    for header in headers:
        base = header.partition("::")[0].strip().lower().replace(" ", "_")
        if base and base not in _COLUMNS and (near := _near(base, set(_COLUMNS))):
            values = {"name": header, "near": near}
            yield FormFault("column-near", values, sheet="survey", row=1, column=header, warning=True)


def _structure(survey: Sequence[Row]) -> Iterator[FormFault]:
    waiting: list[tuple[str, int]] = []
    for number, row in enumerate(survey, _FIRST_ROW):
        kind = _cell(row, "type")
        begin, end = _BEGIN.match(kind), _END.match(kind)
        if begin:
            waiting.append((begin[1].lower(), number))
        elif end and waiting and waiting[-1][0] == end[1].lower():
            waiting.pop()
        elif end:
            yield FormFault("end-without-begin", {"kind": end[1]}, sheet="survey", row=number, column="type")
    for kind, number in waiting:
        yield FormFault("begin-without-end", {"kind": kind}, sheet="survey", row=number, column="type")


def _naming(name: str, number: int, before: int | None) -> Iterator[FormFault]:
    if not name:
        yield FormFault("no-name", {}, sheet="survey", row=number, column="name")
    elif not _NAME.fullmatch(name):
        yield FormFault("bad-name", {"name": name}, sheet="survey", row=number, column="name")
    elif before is not None:
        values = {"name": name, "other": str(before)}
        yield FormFault("name-twice", values, sheet="survey", row=number, column="name")


def _typing(kind: str, number: int, types: Collection[str]) -> Iterator[FormFault]:
    if kind.lower() in types or _BEGIN.match(kind) or _LISTED.match(kind):
        return
    near = (
        kind.lower()
        if _LISTED.match(kind.lower())
        else _near(kind, {*types, "select_one", "select_multiple"})
    )
    values = {"type": kind, "near": near}
    yield FormFault("unknown-type", values, sheet="survey", row=number, column="type")


def _choosing(row: Row, number: int, lists: set[str]) -> Iterator[FormFault]:
    if bare := _BARE.fullmatch(_cell(row, "type")):
        yield FormFault("no-list", {"type": bare[0]}, sheet="survey", row=number, column="type")
    select = _SELECT.fullmatch(_cell(row, "type"))
    if select and "." not in select[1] and "${" not in select[1] and select[1] not in lists:
        values = {"name": select[1], "near": _near(select[1], lists)}
        yield FormFault("unknown-list", values, sheet="survey", row=number, column="type")


def _referring(row: Row, number: int, known: set[str]) -> Iterator[FormFault]:
    for header, text in row.items():
        column = str(header).partition("::")[0].strip().lower()
        if column not in _EXPRESSIONS and column not in _TEXTS:
            continue
        for found in _REFERENCE.findall(str(text)):
            name = found.rpartition("#")[2]
            if name not in known:
                values = {"name": name, "near": _near(name, known)}
                yield FormFault("unknown-name", values, sheet="survey", row=number, column=column)


def _expressing(row: Row, number: int) -> Iterator[FormFault]:
    for header, text in row.items():
        column = _EXPRESSIONS.get(str(header).strip().lower())
        if column is None or not str(text or "").strip():
            continue
        source = _REFERENCE.sub(lambda found: "/" + (found[1].rpartition("#")[2] or "x"), str(text))
        try:
            compile_expression(f"x[{source}]" if column == "choice_filter" else source)
        except ExpressionError as error:
            values = {"expression": str(text), "problem": str(error), "at": ""}
            yield FormFault("bad-expression", values, sheet="survey", row=number, column=column)


def _near(name: str, known: set[str]) -> str:
    """The known name that was probably meant, or ""."""
    from rapidfuzz import process  # noqa: PLC0415 - 2.6 MB that most turns do without
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - 2.6 MB that most turns do without

    slips = 2 if len(name) > 4 else 1  # two of "số" would be another word
    found = process.extractOne(name, sorted(known - {""}), scorer=OSA.distance, score_cutoff=slips)
    return found[0] if found else ""
