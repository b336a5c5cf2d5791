"""A week's digest as a workbook: the same figures as its words, as numbers that can be reckoned with.

Written row by row and kept nowhere, so that a hundred thousand rows take no more memory than ten.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from csv import writer
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO, StringIO
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from content.areas import Level
from content.brief import Brief
from content.figures import Check, Line, Share, Status, status, told_by
from content.inert import inert
from content.words import day, percent, points, say, seems_reached, week

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

A4 = 9
"""The paper, by the number that spreadsheets have for it."""
LINE, TALLEST = 15.0, 400.0
"""Points of a line of a cell, and of the tallest row that a spreadsheet shows."""
TEXT_LIMIT = 32_767
# https://support.microsoft.com/office/excel-specifications-and-limits: characters of a cell


@dataclass(frozen=True, slots=True)
class Rate:
    """A share as a cell: shown in per cent, empty where there is nothing to divide by; never as the `level`
    while it is below."""

    numerator: int
    denominator: int
    level: float | None = None


@dataclass(frozen=True, slots=True)
class Points:
    """A change in percentage points; None where either side has no percentage."""

    value: float | None


Cell = str | int | float | date | Rate | Points | None
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet: its name, its headings with the width of each column in characters, and its rows. `about`:
    what the line at the bottom of a printed page says beside the page's number."""

    name: str
    head: Sequence[tuple[str, int]]
    rows: Iterator[Row]
    about: str = ""


def xlsx(brief: Brief, locale: str, *, named: bool, titles: Mapping[str, str]) -> bytes:
    """The workbook of a digest. `named`: whoever gets it may see households. `titles` of articles by name."""
    return workbook(tables(brief, locale, named=named, titles=titles))


def csv(brief: Brief, locale: str, *, named: bool, titles: Mapping[str, str]) -> bytes:
    """The same as one CSV, sheet after sheet, as Excel opens it by a click: marked UTF-8, semicolons."""
    return text(tables(brief, locale, named=named, titles=titles), locale)


def workbook(sheets: Iterable[Table]) -> bytes:
    """An .xlsx of those sheets."""
    from xlsxwriter import Workbook  # noqa: PLC0415 (only what writes a workbook pays for it)

    found = BytesIO()
    with Workbook(found, {"constant_memory": True}) as book:
        formats = _formats(book)
        for table in sheets:
            _write(book, table, formats)
    return found.getvalue()


def text(sheets: Iterable[Table], locale: str) -> bytes:
    """A CSV of those sheets, one after the other."""
    found = StringIO()
    rows = writer(found, delimiter=";")
    for table in sheets:
        rows.writerow([table.name.upper()])
        rows.writerow([heading for heading, _ in table.head])
        rows.writerows([_plain(cell, locale) for cell in row] for row in table.rows)
        rows.writerow([])
    return found.getvalue().encode("utf-8-sig")


def tables(brief: Brief, locale: str, *, named: bool, titles: Mapping[str, str]) -> Iterator[Table]:
    """The sheets in their order."""
    figures = brief.figures
    near = figures.area.level in {Level.COMMUNE, Level.HAMLET}
    about = f"{figures.area.name}, {week(locale, figures.monday)}"
    yield Table(_say(locale, "summary"), _head(locale, "what:44", "value:36"), _summary(brief, locale), about)
    by = f"by_{told_by(figures.area, figures.lines)}"
    columns: tuple[str, ...] = (
        "code:16",
        "unit:34",
        "done:14",
        "planned:14",
        "share:10",
        "new:12",
        "refused:12",
        "active:20",
    )
    yield Table(_say(locale, by), _head(locale, *columns, "members:12"), _lines(brief, locale), about)
    if near:
        columns = ("hamlet:34", "member:30", "week_surveys:16", "so_far:16")
        yield Table(_say(locale, "by_member"), _head(locale, *columns), _works(brief), about)
    columns = (
        "indicator:38",
        "of:24",
        "numerator:9",
        "denominator:9",
        "share:9",
        "before:11",
        "change:14",
    )
    more = ("target:9", "status:16", "source:32", "definition:46")
    yield Table(_say(locale, "indicators"), _head(locale, *columns, *more), _indicators(brief, locale), about)
    columns = ("unit:34", "check:60", "number:10", *(("household:30", "household_id:14") if named else ()))
    yield Table(_say(locale, "to_check"), _head(locale, *columns), _checks(brief, locale, named=named), about)
    asked = _asked(brief, locale, titles)
    yield Table(_say(locale, "asked"), _head(locale, "what:60", "number:10"), asked, about)


def _say(locale: str, key: str, **values: object) -> str:
    return say(locale, f"sheet.{key}", **values)


def _head(locale: str, *columns: str) -> list[tuple[str, int]]:
    pairs = (column.split(":") for column in columns)
    return [(_say(locale, key), int(width)) for key, width in pairs]


# --------------------------------------------------------------------------- rows


def _summary(brief: Brief, locale: str) -> Iterator[Row]:
    figures, now = brief.figures, brief.figures.total.now
    yield _say(locale, "area"), figures.area.name
    yield _say(locale, "code"), figures.area.code
    yield _say(locale, "week"), week(locale, figures.monday)
    yield _say(locale, "first_day"), figures.monday
    yield _say(locale, "last_day"), figures.monday + timedelta(days=6)
    yield _say(locale, "map_of"), figures.on
    if figures.invented:
        yield _say(locale, "note"), say(locale, "digest.invented").lstrip("⚠ ")
    yield _say(locale, "done"), now.done
    yield _say(locale, "planned"), now.planned
    yield _say(locale, "share"), _rate(now.done, now.planned)
    yield _say(locale, "new"), figures.total.new
    yield _say(locale, "refused"), now.refused
    yield _say(locale, "active"), figures.total.active
    yield _say(locale, "members"), figures.total.members
    counts = figures.statuses()
    for each in Status:
        yield _say(locale, "count", status=say(locale, f"digest.{each.value}")), counts[each]
    yield _say(locale, "count_all"), sum(counts.values())
    yield _say(locale, "count_checks"), len(figures.checks)


def _lines(brief: Brief, locale: str) -> Iterator[Row]:
    """Unit by unit, and their sum."""
    total = brief.figures.total
    for line in brief.figures.lines:
        yield line.area.code, line.area.name, *_counted(line)
    yield total.area.code, _say(locale, "sum", area=total.area.name), *_counted(total)


def _counted(line: Line) -> Row:
    now = line.now
    share = _rate(now.done, now.planned)
    return now.done, now.planned, share, line.new, now.refused, line.active, line.members


def _rate(done: int, planned: int) -> Cell:
    # More done than listed is no share of anything.
    return Rate(done, planned) if done <= planned else None


def _works(brief: Brief) -> Iterator[Row]:
    for one in brief.works:
        yield one.hamlet.name, one.name, one.week, one.so_far


def _indicators(brief: Brief, locale: str) -> Iterator[Row]:
    total = brief.figures.total
    for one in brief.figures.indicators:
        share, before = total.share(one.id), total.before.shares.get(one.id, Share())
        now: Row = (share.numerator, share.denominator) if share.denominator else (share.hidden or None, None)
        yield (
            one.titles[locale],
            one.unit.names[locale],
            *now,
            Rate(share.numerator, share.denominator, one.target),
            Rate(before.numerator, before.denominator),
            Points(total.change(one.id)),
            one.target,
            say(locale, f"digest.{status(one, share).value}"),
            one.source,
            one.definitions.get(locale, ""),
        )


def _checks(brief: Brief, locale: str, *, named: bool) -> Iterator[Row]:
    for check in brief.figures.checks:
        said = _check(brief, locale, check)
        if named and check.suspects:
            for suspect in check.suspects:
                yield check.area.name, said, check.count, suspect.name, suspect.household_id
        else:
            yield check.area.name, said, check.count


def _check(brief: Brief, locale: str, check: Check) -> str:
    titles = {one.id: one.titles[locale] for one in brief.figures.indicators}
    return _say(locale, f"check_{check.kind.replace('-', '_')}", title=titles.get(check.indicator, ""))


def _asked(brief: Brief, locale: str, titles: Mapping[str, str]) -> Iterator[Row]:
    asked = brief.questions
    yield _say(locale, "asked_all"), asked.total
    yield _say(locale, "asked_sure"), asked.sure
    yield _say(locale, "asked_unsure"), asked.unsure
    yield _say(locale, "asked_unknown"), asked.unknown
    yield _say(locale, "asked_unplaced"), asked.unplaced
    for article, number in asked.topics:
        yield titles.get(article, article), number


# --------------------------------------------------------------------------- cells


def _formats(book: "Workbook") -> dict[str, Any]:
    shown = {
        "day": "dd/mm/yyyy",
        "rate": "0.0%",
        "nearly": "0.000%",
        "points": "+0.0;-0.0;0.0",
        "number": "#,##0",
    }
    formats = {name: book.add_format({"num_format": shape, "valign": "top"}) for name, shape in shown.items()}
    formats["text"] = book.add_format({"text_wrap": True, "valign": "top", "align": "left", "indent": 1})
    formats["target"] = book.add_format({"num_format": "0.##", "valign": "top"})
    head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "align": "left", "indent": 1}
    formats["head"] = book.add_format(head)
    return formats


def _plain(cell: Cell, locale: str) -> str:
    """A cell as it is read; text that a spreadsheet would run as a formula begins with an apostrophe."""
    match cell:
        case str():
            return inert(cell)
        case date():
            return day(locale, cell)
        case Rate(numerator, denominator, level):
            return percent(locale, numerator, denominator, level) if denominator else ""
        case Points(value):
            return "" if value is None else points(locale, value) or "0"
        case None:
            return ""
    return str(cell)


def _write(book: "Workbook", table: Table, formats: Mapping[str, Any]) -> None:
    sheet = book.add_worksheet(table.name)
    sheet.freeze_panes(1, 0)
    _lay_out(sheet, table.about)
    widths = [width for _, width in table.head]
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    _make_room(sheet, 0, [heading.upper() for heading, _ in table.head], widths)  # bold letters are wider
    for column, (heading, _) in enumerate(table.head):
        sheet.write_string(0, column, heading, formats["head"])
    for number, row in enumerate(table.rows, 1):
        _make_room(sheet, number, row, widths)
        for column, cell in enumerate(row):
            _put(sheet, number, column, cell, formats)


def _lay_out(sheet: Any, about: str) -> None:
    """How it is printed: across A4, all columns on a page, the headings on each, at the bottom what it is."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{about.replace('&', '&&')}&C&A&R&P/&N")


def _make_room(sheet: Any, number: int, row: Row, widths: Sequence[int]) -> None:
    """Makes a row as tall as its longest text needs: not every program does so when it opens the file."""
    texts = ((cell, width - 2) for cell, width in zip(row, widths, strict=False) if isinstance(cell, str))
    lines = max((len(wrap(cell, width)) for cell, width in texts if len(cell) > width), default=1)
    if lines > 1:
        sheet.set_row(number, min(TALLEST, LINE * lines))


def _put(sheet: Any, row: int, column: int, cell: Cell, formats: Mapping[str, Any]) -> None:
    match cell:
        case str():
            # As text whatever it begins with: a name "=1+1" is never run.
            sheet.write_string(row, column, cell[:TEXT_LIMIT], formats["text"])
        case date():
            sheet.write_datetime(row, column, cell, formats["day"])
        case Rate(numerator, denominator, level) if denominator:
            nearly = seems_reached(numerator, denominator, level)
            rate = numerator / denominator
            sheet.write_number(row, column, rate, formats["nearly" if nearly else "rate"])
        case Points(value) if value is not None:
            sheet.write_number(row, column, value, formats["points"])
        case int():
            sheet.write_number(row, column, cell, formats["number"])
        case float():
            sheet.write_number(row, column, cell, formats["target"])
