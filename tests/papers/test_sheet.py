"""The digest's workbook: numbers that can be reckoned with, and no others than in its words."""

import re
import tracemalloc
from csv import reader
from dataclasses import replace
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.papers.sheet import LINE, csv, xlsx
from content.brief import Brief, Work
from content.figures import Line
from handlers.bulletin import text
from tests.papers.briefs import ASKED, BRIEF, COMMUNE, EVERY, FIGURES, LINES, MANY, hamlet, standing

TITLES = {"vneid/muc-2": "Định danh mức 2"}
Rows = list[tuple[Any, ...]]


def opened(brief: Brief = BRIEF, *, named: bool = True, locale: str = "vi") -> dict[str, Rows]:
    """The sheets by name, their headings first."""
    book = load_workbook(BytesIO(xlsx(brief, locale, named=named, titles=TITLES)))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def numbers(words: str) -> list[int]:
    return [int(found.replace(".", "")) for found in re.findall(r"(?<![\d,])\d[\d.]*(?![\d,%])", words)]


def test_it_has_the_sheets_that_staff_need() -> None:
    assert list(opened()) == [
        "Tóm tắt",
        "Theo ấp, khu phố",
        "Theo tổ viên",
        "Chỉ tiêu",
        "Cần xem lại",
        "Dân hỏi",
    ]
    assert list(opened(MANY)) == ["Tóm tắt", "Theo xã", "Chỉ tiêu", "Cần xem lại", "Dân hỏi"]
    assert next(iter(opened(locale="en"))) == "Summary"


def test_every_figure_of_the_words_is_in_the_workbook() -> None:
    words, sheets = text("vi", FIGURES), opened()
    summary = {row[0]: row[1] for row in sheets["Tóm tắt"]}
    (done,) = re.findall(r"Đã khảo sát (.*)", words)
    assert numbers(done)[:2] == [summary["Hộ đã khảo sát"], summary["Hộ trong danh sách"]]
    assert f"{summary['Tỷ lệ']:.1%}".replace(".", ",") in done
    assert f"{summary['Tăng trong tuần']:+d}" in done
    (active,) = re.findall(r"Tổ viên có phiếu tuần này: (\d+/\d+)", words)
    assert active == f"{summary['Tổ viên có phiếu tuần này']}/{summary['Tổ viên']}"
    (statuses,) = re.findall(r"Cộng (.*?)\.", words)
    counts = [
        summary["Tổng số chỉ tiêu"],
        *(n for name, n in summary.items() if name.startswith("Số chỉ tiêu ")),
    ]
    assert numbers(statuses) == counts
    assert sum(counts[1:]) == counts[0]


def test_each_unit_stands_with_the_figures_of_its_line_and_they_add_up() -> None:
    words = text("vi", FIGURES, whole=True)
    _, *rows, total = opened()["Theo ấp, khu phố"]
    for row, line in zip(rows, LINES, strict=True):
        assert row[1:4] == (line.area.name, line.now.done, line.now.planned)
        if line.now.planned:
            assert f"• {row[1]}: {row[2]}/{row[3]} hộ" in words
    assert [sum(row[column] for row in rows) for column in (2, 3, 5)] == [total[2], total[3], total[5]]


def test_each_indicator_stands_with_numerator_denominator_rate_and_change() -> None:
    words = text("vi", FIGURES, whole=True)
    rows = {row[0]: row for row in opened()["Chỉ tiêu"][1:]}
    for title, _, numerator, denominator, rate, _, change, target, status, *_ in rows.values():
        if numerator is None:
            assert (rate, change) == (None, None)
            assert f"• {title}:" not in words
            continue
        (line,) = re.findall(rf"• {re.escape(title)}: (.*)", words)
        assert numbers(line)[:2] == [numerator, denominator]
        assert f"{rate:.1%}".replace(".", ",") in line
        if change:
            assert f"{'▲' if change > 0 else '▼'}{abs(change):.1f}".replace(".", ",") in line
        if target is not None:
            assert f"{status}, mức đặt {target:g}%" in line
    assert rows["Người lớn có điện thoại thông minh"][7:9] == (80, "đạt")


def test_a_share_just_below_all_or_below_its_target_does_not_read_as_that() -> None:
    near = Line(COMMUNE, standing(8949, 8950, dtdt_nguoi=(7999, 10_000), dtdt_ho=(8, 10)), standing(0, 8950))
    brief = replace(BRIEF, figures=replace(FIGURES, total=near))
    book = load_workbook(BytesIO(xlsx(brief, "vi", named=False, titles={})))
    shown = {row[0].value: row[4].number_format for row in book["Chỉ tiêu"].iter_rows(min_row=2)}
    assert shown["Người lớn có điện thoại thông minh"] == "0.000%", "79,990 of 80"
    assert shown["Hộ có điện thoại thông minh"] == "0.0%"
    summary = {row[0].value: row[1].number_format for row in book["Tóm tắt"].iter_rows(min_row=2)}
    assert summary["Tỷ lệ"] == "0.000%"


def test_cells_that_look_like_formulas_are_text() -> None:
    book = load_workbook(BytesIO(xlsx(BRIEF, "vi", named=True, titles={})))
    seen = [
        cell for sheet in book for row in sheet.iter_rows() for cell in row if str(cell.value)[:1] in "=+-@"
    ]
    assert {cell.value for cell in seen} >= {"=HYPERLINK(1)", "+Le Van Tam", "@Nguyễn Văn Hai", "-Lê Thị Ba"}
    assert all(cell.data_type in {"s", "inlineStr", "n"} for cell in seen)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_households_are_named_only_to_those_who_may_see_them() -> None:
    shown = opened()["Cần xem lại"]
    assert [row[3:] for row in shown if row[3]] == [
        ("Hộ", "Mã hộ"),
        ("=HYPERLINK(1)", 7),
        ("+Le Van Tam", 9),
        ("Phạm Thị Chín", 12),
    ]
    assert ("ấp 10", "Phiếu có vị trí cách xa các hộ khác trong xã, có thể ở ngoài xã", 1) in [
        row[:3] for row in shown
    ]
    hidden = opened(named=False)["Cần xem lại"]
    assert len(hidden) == 1 + len(FIGURES.checks)
    assert all(len(row) == 3 for row in hidden)


def test_what_citizens_asked_is_counted_by_article() -> None:
    rows = dict(opened()["Dân hỏi"][1:])
    assert rows["Tổng số câu hỏi gửi cho bot trong tuần"] == ASKED.total == 8
    assert rows["Định danh mức 2"] == 4
    assert rows["vssid/quen-mat-khau"] == 1  # an article that is no more is told by its name


@pytest.mark.parametrize("brief", EVERY.values(), ids=EVERY.keys())
def test_headings_stay_in_sight_and_days_are_days(brief: Brief) -> None:
    book = load_workbook(BytesIO(xlsx(brief, "vi", named=True, titles={})))
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert all(cell.value and cell.font.bold for cell in sheet[1])
    days = [row[1] for row in book["Tóm tắt"].iter_rows(values_only=True) if isinstance(row[1], datetime)]
    assert len(days) == 3


def test_ten_times_as_many_rows_take_no_more_memory() -> None:
    def peak(rows: int) -> int:
        brief = replace(BRIEF, works=tuple(Work(f"Người {n}", hamlet(1), n, n) for n in range(rows)))
        tracemalloc.start()
        xlsx(brief, "vi", named=True, titles={})
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(10)  # the imports
    small, large = peak(1_000), peak(10_000)
    assert large < small + 400_000  # the packed file itself is kept: some 25 bytes a row


def test_where_no_workbook_is_taken_the_same_rows_go_as_one_csv() -> None:
    data = csv(BRIEF, "vi", named=True, titles=TITLES)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(reader(StringIO(data.decode("utf-8-sig")), delimiter=";"))
    book = opened()
    assert [row[0] for row in rows if len(row) == 1] == [name.upper() for name in book]
    assert sum(bool(row) for row in rows) == sum(1 + len(sheet) for sheet in book.values())
    assert ["Từ ngày", "16/11/2026"] in rows
    assert ["27811-1", "ấp 1", "700", "760", "92,1%", "10", "0", "2", "3"] in rows
    run = [cell for row in rows for cell in row if re.match(r"[=+@-](?!\d+$)", cell)]
    assert run == []  # a number below 0 is a number


def test_every_sheet_prints_on_a4_with_its_headings_and_rows_as_tall_as_their_texts() -> None:
    book = load_workbook(BytesIO(xlsx(BRIEF, "vi", named=True, titles=TITLES)))
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
        assert (sheet.print_title_rows, sheet.freeze_panes) == ("$1:$1", "A2")
        assert sheet.oddFooter.left.text.startswith("xã Bình Hòa, tuần")
        for row in sheet.iter_rows():
            for cell in row:
                width = sheet.column_dimensions[cell.column_letter].width
                if isinstance(cell.value, str) and len(cell.value) > width:
                    assert sheet.row_dimensions[cell.row].height >= 2 * LINE, cell.value
