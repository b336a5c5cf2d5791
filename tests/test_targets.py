"""A plan's targets from a spreadsheet: only numbers that can be right, and four statuses that add up."""

from collections import Counter
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from content import targets as plans
from content.areas import read_list
from content.figures import Share, Status
from content.targets import COLUMNS, Target, Unreadable, load, status, target
from storage import areas, targets
from storage.database import Connection, Database

CONTENT = Path(plans.__file__).parent
SAMPLE = CONTENT / "indicators" / "chi-tieu-2023.csv"


def csv(*rows: str, head: str = "Mã,Tên chỉ tiêu,Năm,Mức đặt (%),Tử số,Mẫu số,Ngày chốt") -> bytes:
    return "\n".join((head, *rows)).encode()


def read(source: bytes, name: str) -> list[Target]:
    return [target(row) for row in load(source, name, "vi")]


def complaints(source: bytes, name: str = "ke-hoach.csv") -> list[str]:
    with pytest.raises(Unreadable) as caught:
        read(source, name)
    return str(caught.value).splitlines()


# --------------------------------------------------------------------------- the sample


def test_the_known_targets_of_2023_are_three_named_and_six_inferred() -> None:
    found = read(SAMPLE.read_bytes(), SAMPLE.name)
    assert [one.inferred for one in found] == [False] * 3 + [True] * 6
    assert [one.percent for one in found[:3]] == [30, 50, 100]
    assert all(one.percent is None for one in found[3:])


def test_their_statuses_add_up_unlike_the_reports() -> None:
    found = read(SAMPLE.read_bytes(), SAMPLE.name)
    counted = Counter(status(one, one.entered) for one in found)
    assert counted == {Status.NO_BASIS: 8, Status.MISSING: 1}
    assert counted.total() == len(found) == 9


def test_the_figures_that_could_not_be_right_were_not_entered() -> None:
    by_code = {one.code: one for one in read(SAMPLE.read_bytes(), SAMPLE.name)}
    assert by_code["CT04"].entered == by_code["CT05"].entered == Share()
    assert "8.994/8.950" in by_code["CT04"].note
    assert (by_code["CT09"].entered, by_code["CT09"].counted_on) == (Share(7, 7), date(2023, 12, 31))


# --------------------------------------------------------------------------- statuses


@given(
    st.none() | st.integers(1, 100),
    st.integers(0, 50),
    st.integers(0, 50),
    st.booleans(),
)
def test_every_target_has_one_status_and_it_follows_from_the_numbers(
    percent: int | None, numerator: int, more: int, outside: bool
) -> None:
    share = Share(numerator, numerator + more)
    found = status(Target("a", "A", 2026, percent=percent, outside=outside), share)
    if percent is None:
        assert found == Status.NO_BASIS
    elif not share.denominator:
        assert found == (Status.NO_BASIS if outside else Status.MISSING)
    else:
        reached = 100 * numerator >= percent * share.denominator
        assert found == (Status.MET if reached else Status.MISSED)


# --------------------------------------------------------------------------- what is taken and what is not


def test_numbers_are_read_as_people_write_them() -> None:
    (found,) = read(csv('a,A,2026,"62,5%",8.950,8 994,2026-06-30'), "a.csv")
    assert found == Target(
        "a", "A", 2026, percent=62.5, numerator=8950, denominator=8994, counted_on=date(2026, 6, 30)
    )


def test_headings_may_lack_diacritics_and_stand_in_any_order_or_behind_semicolons() -> None:
    source = csv("A;2026;a;85", head="TEN CHI TIEU;nam;Ma;muc dat (%)")
    assert read(source, "a.csv") == [Target("a", "A", 2026, percent=85)]


def test_a_workbook_is_read_as_it_is_seen() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(
        [
            COLUMNS[key]
            for key in ("code", "title", "year", "percent", "numerator", "denominator", "counted_on")
        ]
    )
    sheet.append(["a", "A", 2026, 0.3, 3, 7, date(2026, 6, 30)])
    sheet.append([])
    sheet["D2"].number_format = "0%"
    found = BytesIO()
    book.save(found)
    assert read(found.getvalue(), "a.xlsx") == [
        Target("a", "A", 2026, percent=30, numerator=3, denominator=7, counted_on=date(2026, 6, 30))
    ]


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("a,A,2026,trên 85%,,,", "Mức đặt (%)", "“trên 85%” không phải là mức đặt"),
        ("a,A,2026,0,,,", "Mức đặt (%)", "lớn hơn 0"),
        ("a,A,2026,101,,,", "Mức đặt (%)", "đến 100"),
        ("a,A,2023,,8994,8950,31/12/2023", "Tử số", "Tử số 8994 lớn hơn mẫu số 8950"),
        ("a,A,2026,,75%,100,31/12/2026", "Tử số", "không ghi phần trăm"),
        ("a,A,2026,,5,,31/12/2026", "Tử số", "Có tử số thì phải có mẫu số"),
        ("a,A,2026,,0,0,31/12/2026", "Mẫu số", "Mẫu số là 0"),
        ("a,A,2026,,5,7,", "Ngày chốt", "phải có ngày chốt"),
        ("a,A,2026,,5,7,31/02/2026", "Ngày chốt", "không phải là ngày"),
        ("a,A,26,,,,", "Năm", "bốn chữ số"),
        (",A,2026,,,,", "Mã", "còn trống"),
    ],
)
def test_a_wrong_cell_is_told_with_its_row_its_column_and_the_way_to_mend_it(
    row: str, column: str, why: str
) -> None:
    (said,) = complaints(csv(row))
    assert said.startswith(f"dòng 2, cột {column}: ")
    assert why in said


def test_households_are_not_held_against_people() -> None:
    head = "Mã,Tên chỉ tiêu,Năm,Đơn vị tính,Chỉ số của phiếu,Tử số"
    said = complaints(csv("a,A,2026,hộ,dtdt_nguoi,", "b,B,2026,,la,", "c,C,2026,,cap_quang,5", head=head))
    assert "tính theo người từ đủ 18 tuổi" in said[0]
    assert "không có chỉ số “la”" in said[1]
    assert "do phiếu khảo sát đếm" in said[2]


def test_all_faults_are_told_at_once() -> None:
    assert len(complaints(csv("a,A,2026,x,,,", "a,A,2026,,,,", "b,,x,,,,"))) == 4


@pytest.mark.parametrize(
    ("source", "name", "why"),
    [
        (csv(), "a.csv", "chưa có dòng nào"),
        (b"", "a.csv", "chưa có dòng nào"),
        (csv(*(f"{n},A,2026,,,," for n in range(501))), "a.csv", "từ 1 đến 500 chỉ tiêu"),
        (csv("a", head="Mã"), "a.csv", "cột Tên chỉ tiêu: Không thấy cột này"),
        (csv("a,A,2026,1", head="Mã,Tên chỉ tiêu,Năm,Lạ"), "a.csv", "Không có cột nào tên “Lạ”"),
        (b"not a workbook", "a.xlsx", ".xlsx"),
        (csv("a,A,2026,,,,"), "a.pdf", "a.pdf"),
    ],
)
def test_a_file_that_is_no_list_of_targets_is_refused_in_a_sentence(
    source: bytes, name: str, why: str
) -> None:
    assert why in " ".join(complaints(source, name))


# --------------------------------------------------------------------------- kept, year by year


async def test_an_area_has_its_own_plan_or_that_of_the_nearest_unit_above(database: Database) -> None:
    def story(conn: Connection) -> None:
        areas.import_list(conn, read_list((CONTENT / "areas" / "moc-hoa.csv").read_text("utf-8")))
        day = date(2026, 11, 22)
        province, commune = areas.by_code(conn, "80", day), areas.by_code(conn, "27811", day)
        assert province is not None
        assert commune is not None
        above = [Target("a", "A", 2026, indicator="cap_quang", percent=60)]
        own = [
            Target("b", "B", 2026, indicator="vneid", percent=70),
            Target("c", "C", 2026, numerator=1, denominator=2),
        ]
        targets.replace(conn, province.id, above)
        assert targets.in_force(conn, commune.id, 2026, day) == above
        assert targets.levels(conn, commune.id, day) == {"cap_quang": 60}
        targets.replace(conn, commune.id, own)
        assert targets.in_force(conn, commune.id, 2026, day) == own
        assert targets.in_force(conn, commune.id, 2025, day) == []
        targets.replace(conn, commune.id, own[:1])  # the same again takes the place of what was there
        assert targets.of_area(conn, commune.id, 2026) == own[:1]

    await database.write(story)
