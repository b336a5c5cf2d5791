"""Lists sent as files: which list a file is, what its cells say, and every fault with its place."""

import csv
from datetime import date
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from bot.examining import examine
from content.form import FormError
from content.listing import Listing, day, rows_right, tables, told
from content.lists import KINDS, listing
from content.sheets import workbook as questionnaire

HOMES = ("Chủ hộ", "Địa chỉ", "Ấp")
UNITS = ("Mã", "Tên", "Cấp", "Từ ngày", "Thuộc")


OLD = bytes.fromhex("d0cf11e0a1b11ae1")
"""How an .xls begins, and a workbook with a password."""


def zipped(*names: str) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, "<a/>")
    return file.getvalue()


def book(**sheets: list[tuple[object, ...]]) -> bytes:
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def merged(source: bytes, *ranges: str) -> bytes:
    made = load_workbook(BytesIO(source))
    for one in ranges:
        made.worksheets[0].merge_cells(one)
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def read(source: bytes, name: str = "a.xlsx") -> Listing:
    found = listing(source, name)
    assert found is not None
    return found


def faults(found: Listing) -> list[str]:
    return [line.partition(":")[0] for line in told(found.faults, found.heads, "vi")]


# --------------------------------------------------------------------------- which list


@pytest.mark.parametrize(
    ("heads", "kind"),
    [
        (HOMES, "households"),
        (("STT", "HỌ VÀ TÊN", "dia chi"), "households"),
        (UNITS, "areas"),
        (("code", "name", "level", "valid_from", "parent"), "areas"),
        (("Mã", "Tên"), "households"),
        (("Chủ đề", "Ghi chú"), None),
        (("type", "name", "label"), None),
        ((), None),
    ],
)
def test_a_list_is_known_by_its_columns(heads: tuple[str, ...], kind: str | None) -> None:
    found = listing(book(Sheet1=[heads, ("x",) * max(1, len(heads))]), "a.xlsx")
    assert (found.kind if found else None) == kind


def test_a_questionnaire_is_no_list_whatever_its_first_sheet_is_called() -> None:
    form = questionnaire(
        "| choices |\n| | name | label |\n| survey |\n| | type | name | label |\n| | text | a | A |"
    )
    assert listing(form, "a.xlsx") is None
    assert listing(b"| survey |", "a.md") is None


@pytest.mark.parametrize("mark", ",;")
@pytest.mark.parametrize("beside", [False, True])
def test_a_csv_is_a_questionnaire_wherever_its_questions_begin(mark: str, beside: bool) -> None:
    choices = [("", "co_khong", f"c{n}", f"Chọn {n}") for n in range(12)]
    survey = [("survey", "type", "name", "label")] if beside else [("survey",), ("", "type", "name", "label")]
    rows = [("choices",), ("", "list_name", "name", "label"), *choices, *survey, ("", "text", "a", "A")]
    assert listing("\n".join(map(mark.join, rows)).encode(), "a.csv") is None


def test_a_household_called_like_a_sheet_is_one() -> None:
    assert [row["name"] for row in read(b"Name,Address\nSettings,to 1", "a.csv").rows] == ["Settings"]


def test_every_kind_is_known_by_columns_that_it_requires() -> None:
    for kind in KINDS:
        heads = tuple(next(iter(sorted(column.heads))) for column in kind.columns)
        assert read(book(Sheet1=[heads])).kind == kind.name


# --------------------------------------------------------------------------- cells


def test_a_code_kept_as_a_number_and_a_day_kept_as_a_day_are_read_as_people_see_them() -> None:
    found = read(
        book(A=[UNITS, (27811.0, " ấp  2 ", "Ấp", date(2025, 7, 1), 80), (None, "", None, None, None)])
    )
    [row] = found.rows
    assert dict(row.cells) == {
        "code": "27811",
        "name": "ấp 2",
        "level": "Ấp",
        "valid_from": "2025-07-01",
        "parent": "80",
    }
    assert found.faults == ()


def test_titles_may_stand_over_the_names_of_the_columns() -> None:
    found = read(
        book(A=[("DANH SÁCH HỘ ẤP 2, NĂM 2026",), (), HOMES, ("Bà Sáu", "tổ 1", "ấp 2"), ("", "tổ 2")])
    )
    assert [(row.number, row["name"]) for row in found.rows] == [(4, "Bà Sáu"), (5, "")]
    assert faults(found) == ["trang A, dòng 5, cột Chủ hộ"]


def test_a_cell_merged_over_several_rows_is_meant_for_each() -> None:
    made = book(A=[HOMES, ("Bà Sáu", "tổ 1", "ấp 2"), ("Ông Tư",), ("Cô Ba", "tổ 3")])
    assert [row["hamlet"] for row in read(merged(made, "C2:C4")).rows] == ["ấp 2", "ấp 2", "ấp 2"]


FORM = [
    ("DANH SÁCH HỘ DÂN, XÃ BÌNH HÒA",),
    ("STT", "Họ và tên chủ hộ", "Nơi ở", None, "Ghi chú"),
    (None, None, "Địa chỉ", "Ấp", None),
    ("(1)", "(2)", "(3)", "(4)", "(5)"),
    (1, "Trần Thị Bảy", "tổ 1", "ấp 2", ""),
    ("STT", "Họ và tên chủ hộ", "Địa chỉ", "Ấp", "Ghi chú"),
    ("A", "B", -1, -2, "(3)=(1)+(2)"),
    (2, "Tống Công Minh", "tổ 2", "ấp 2", ""),
]
FOOT = [
    (None, None, "Bình Hòa, ngày 5 tháng 7 năm 2026"),
    (None, "NGƯỜI LẬP BIỂU", "TM. ỦY BAN NHÂN DÂN"),
    (),
    (None, "Nguyễn Văn Tám", "Lê Thị Chín"),
]


@pytest.mark.parametrize("merges", [(), ("A2:A3", "B2:B3", "C2:D2", "E2:E3")])
def test_names_of_columns_may_fill_two_rows_and_stand_there_again_with_their_numbers(
    merges: tuple[str, ...],
) -> None:
    found = read(merged(book(A=FORM), *merges))
    assert found.faults == ()
    assert [(row.number, *row.cells.values()) for row in found.rows] == [
        (5, "Trần Thị Bảy", "tổ 1", "ấp 2"),
        (8, "Tống Công Minh", "tổ 2", "ấp 2"),
    ]


def test_one_name_over_two_may_be_a_columns_name_itself() -> None:
    rows = [("Chủ hộ", "Địa chỉ"), ("", "Tổ", "Ấp"), ("Bà Sáu", "1", "ấp 2"), ("Ông Tư", "tổ", "ấp")]
    found = read("\n".join(map(";".join, rows)).encode(), "ho.csv")
    assert found.faults == ()
    assert [tuple(row.cells.values()) for row in found.rows] == [
        ("Bà Sáu", "1", "ấp 2"),
        ("Ông Tư", "tổ", "ấp"),
    ]


def test_of_names_in_two_rows_the_lower_ones_tell_which_list_it_is() -> None:
    heads = [("Họ tên", "Công việc", None), ("Họ tên", "Vai trò", "Địa bàn")]
    assert read(book(A=[*heads, ("Tâm", "Tổ viên", "ấp 2")])).kind == "crew"


@pytest.mark.parametrize(
    ("foot", "wrong", "households"),
    [
        (FOOT, ["Bình Hòa, ngày 5 tháng 7 năm 2026"], 2),
        (FOOT[1:], ["NGƯỜI LẬP BIỂU"], 2),
        ([("NGƯỜI LẬP",), (), (None, "Nguyễn Văn Tám")], ["NGƯỜI LẬP"], 2),
        ([("Người lập", None, None, None, "TM. UBND xã"), ("Nguyễn Văn Tám",)], [], 2),
        ([(None, "Tổng cộng: 2 hộ"), (3, "Cô Ba", "tổ 3", "ấp 2")], ["Tổng cộng: 2 hộ"], 3),
        ([(None, "TONG CONG", 2)], ["TONG CONG"], 2),
        ([("Tổng cộng", None, "2")], ["Tổng cộng"], 2),
    ],
)
def test_sums_and_signatures_are_no_households_and_are_told(
    foot: list[tuple[object, ...]], wrong: list[str], households: int
) -> None:
    found = read(book(A=[*FORM, *foot]))
    assert [(fault.key, fault.values["text"]) for fault in found.faults] == [("foot", one) for one in wrong]
    assert len(found.rows) == households


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_text_of_excel_is_read_by_its_tabs(encoding: str) -> None:
    text = "\r\n".join("\t".join(row) for row in (HOMES, ("Bà Sáu", "tổ 1, nhà 2", "ấp 2")))
    [row] = read(text.encode(encoding), "ho.csv").rows
    assert (row["name"], row["address"], row["hamlet"]) == ("Bà Sáu", "tổ 1, nhà 2", "ấp 2")


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_csv_is_read_as_excel_in_vietnam_or_elsewhere_writes_it(separator: str) -> None:
    text = "\n".join(separator.join(row) for row in (HOMES, ("Bà Sáu", "tổ 1", "ấp 2")))
    [row] = read(("\ufeff" + text).encode(), "ho.csv").rows
    assert (row["name"], row["address"], row["hamlet"]) == ("Bà Sáu", "tổ 1", "ấp 2")


@pytest.mark.parametrize(
    "title",
    [
        "Danh sách hộ, ấp 1",
        "Danh sách hộ ấp 1, xã Bình Hòa, tỉnh An Giang;;",
        "UBND xã A, huyện B, tỉnh C",
        "UBND xã A, huyện B, tỉnh C;;",
    ],
)
@pytest.mark.parametrize(
    "rows", ["Bà Sáu;tổ 1, nhà 2, lộ nhựa;ấp 1", "Bà Sáu;tổ 1;ấp 1", 'Bà Sáu;"tổ 1,\nlộ, lô";ấp 1']
)
def test_commas_in_titles_and_addresses_part_no_columns(title: str, rows: str) -> None:
    [row] = read(f"{title}\nChủ hộ;Địa chỉ;Ấp\n{rows}".encode(), "ho.csv").rows
    assert (row["name"], row["hamlet"]) == ("Bà Sáu", "ấp 1")


_CELL = st.text("aạ 1,;\t.\n-", min_size=1, max_size=12).map(lambda text: f"x{text}x")


@given(
    mark=st.sampled_from(",;\t"),
    title=st.text("aạ 1,.", max_size=30).map(lambda text: f"Danh sách{text}"),
    rows=st.lists(st.tuples(_CELL, _CELL, _CELL), max_size=60),
)
def test_a_table_is_read_back_whatever_parts_its_cells(
    mark: str, title: str, rows: list[tuple[str, str, str]]
) -> None:
    file = StringIO()
    csv.writer(file, delimiter=mark).writerows([(title,), HOMES, *rows])
    [(_, found)] = tables(file.getvalue().encode(), "ho.csv")
    assert found == [[title], list(HOMES), *map(list, rows)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2025-07-01", date(2025, 7, 1)),
        ("1/7/2025", date(2025, 7, 1)),
        ("01.07.2025", date(2025, 7, 1)),
        ("1/7/25", date(2025, 7, 1)),
        ("1/7/225", None),
        ("31/2/2025", None),
        ("1/7", None),
        ("hôm nay", None),
        ("", None),
    ],
)
def test_a_day_is_read_as_people_write_it(written: str, meant: date | None) -> None:
    assert day(written) == meant


# --------------------------------------------------------------------------- faults


def test_faults_of_all_sheets_are_told_with_their_places() -> None:
    found = read(
        book(
            **{
                "Ấp 1": [("Chủ hộ",), ("Bà Sáu",), ("A",)],
                "Ấp 2": [("Chủ hộ", "Địa chỉ"), ("Ông Tư", "tổ 1"), (None, "tổ 2"), ("ong tu", "Tổ 1")],
                "Ghi chú": [("linh tinh",)],
            }
        )
    )
    assert faults(found) == [
        "trang Ghi chú, dòng 1, cột Chủ hộ",
        "trang Ấp 1, dòng 3, cột Chủ hộ",
        "trang Ấp 2, dòng 3, cột Chủ hộ",
        "trang Ấp 2, dòng 4, cột Chủ hộ",
    ]
    assert [row["name"] for row in rows_right(found)] == ["Bà Sáu", "Ông Tư"]


def test_a_list_of_nothing_and_a_list_without_end_get_a_sentence() -> None:
    assert [fault.key for fault in read(book(A=[HOMES])).faults] == ["no-rows"]
    many = read("\n".join(["Chủ hộ", *(f"Bà {n}" for n in range(20_001))]).encode(), "a.csv")
    assert [fault.key for fault in many.faults] == ["too-many"]
    assert many.rows == ()
    titled = read(book(A=[("Danh sách",), ("Ấp 2",), ("Chủ hộ",), *((f"Bà {n}",) for n in range(20_001))]))
    assert [fault.key for fault in titled.faults] == ["too-many"]


@pytest.mark.parametrize("source", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" * 99])
def test_what_is_no_workbook_is_no_list(source: bytes) -> None:
    with pytest.raises(FormError):
        listing(source, "a.xlsx")


async def test_a_list_is_examined_apart_and_told_in_the_language_of_who_sent_it() -> None:
    source = book(A=[HOMES, ("Bà Sáu", "", "ấp 2"), ("", "tổ 1", "ấp 2")])
    found = await examine(source, "ho.xlsx", "en")
    assert (found.listed, found.xform, len(found.rows)) == ("households", "", 1)
    assert [line.partition(":")[0] for line in found.errors] == ["sheet A, row 3, column Chủ hộ"]


@pytest.mark.parametrize(
    ("source", "name", "told"),
    [
        (book(A=[("Bà Sáu", "tổ 1")]), "a.xlsx", "dòng đầu là: Bà Sáu, tổ 1."),
        (book(A=[()]), "a.xlsx", "dòng đầu là: –."),
        (b"", "a.csv", "dòng đầu là: –."),
        (OLD + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "Tệp có đặt mật khẩu"),
        (OLD + b"\0" * 600, "a.xlsx", "không phải sổ Excel"),
        (b"\x89PNG\r\n\x1a\n", "a.xlsx", "không phải sổ Excel"),
        (zipped("word/document.xml"), "a.xlsx", "không phải sổ Excel"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.csv", "Không đọc được chữ"),
        (book(A=[HOMES, ('="Bà "&"Sáu"', "tổ 1", "ấp 2")]), "a.xlsx", "Ô A2 là công thức"),
    ],
)
async def test_what_cannot_be_taken_gets_one_sentence(source: bytes, name: str, told: str) -> None:
    [fault] = (await examine(source, name, "vi")).errors
    assert told in fault


async def test_rows_that_are_hidden_are_read_and_told_of() -> None:
    made = load_workbook(BytesIO(book(A=[HOMES, ("Bà Sáu", "tổ 1", "ấp 2"), ("Ông Tư", "tổ 2", "ấp 2")])))
    for number in (3, 9):
        made["A"].row_dimensions[number].hidden = True
    file = BytesIO()
    made.save(file)
    found = await examine(file.getvalue(), "a.xlsx", "vi")
    assert (len(found.rows), found.errors) == (2, ())
    assert ["1 dòng đang ẩn" in line for line in found.warnings] == [True]


async def test_a_bomb_that_looks_like_a_list_is_refused() -> None:
    import zipfile

    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(book(A=[HOMES]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/media/a.png", b"\0" * (200 << 20))
    found = await examine(out.getvalue(), "ho.xlsx", "vi")
    assert found.listed == ""
    assert "lớn bất thường" in found.errors[0]
