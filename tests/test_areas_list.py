"""Lists of administrative units: the seven communes of 2023 and what they became."""

from datetime import date
from pathlib import Path

import pytest

from content.areas import COLUMNS, Level, Listed, Unreadable, read_list

AREAS = Path(__file__).parent.parent / "content" / "areas"
DAY = date(2025, 7, 1)


def listed(name: str) -> list[Listed]:
    return read_list((AREAS / f"{name}.csv").read_text(encoding="utf-8"))


def test_the_seven_communes_of_2023_became_three() -> None:
    communes = [unit for unit in listed("moc-hoa") if unit.level is Level.COMMUNE]
    now = {unit.code: unit.name for unit in communes if unit.valid_from == DAY}
    became = {unit.name: now[unit.became] for unit in communes if unit.became}
    assert became == {
        "xã Bình Hòa Tây": "xã Bình Hiệp",
        "xã Bình Thạnh": "xã Bình Hòa",
        "xã Bình Hòa Trung": "xã Bình Hòa",
        "xã Bình Hòa Đông": "xã Bình Hòa",
        "thị trấn Bình Phong Thạnh": "xã Mộc Hóa",
        "xã Tân Lập": "xã Mộc Hóa",
        "xã Tân Thành": "xã Mộc Hóa",
    }
    assert all(unit.under == ((date(2023, 1, 1), "798"),) for unit in communes if unit.became)


def test_a_code_used_again_names_two_units() -> None:
    names = {(unit.code, unit.valid_from.year): unit.name for unit in listed("moc-hoa")}
    assert names["27811", 2023] == "xã Bình Hòa Đông"
    assert names["27811", 2025] == "xã Bình Hòa"
    assert names["80", 2023] == "tỉnh Long An"
    assert names["80", 2025] == "tỉnh Tây Ninh"


def test_units_above_come_before_those_below() -> None:
    order = list(Level)
    levels = [order.index(unit.level) for unit in listed("moc-hoa")]
    assert levels == sorted(levels)


def test_sample_hamlets_say_so_and_keep_their_number_through_the_merger() -> None:
    hamlets = listed("ap-mau")
    assert len(hamlets) == 14
    assert all(unit.invented and unit.name.endswith("(mẫu)") for unit in hamlets)
    assert [day for day, _ in hamlets[0].under] == [date(2023, 1, 1), DAY]
    assert not any(unit.invented for unit in listed("moc-hoa"))


HEADER = ",".join(COLUMNS)
ROW = "1,ấp 1,hamlet,2023-01-01,,27811,2023-01-01,,"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW.replace("ấp 1", ""), "row 2, column name: is empty"),
        (ROW.replace("hamlet", "xom"), "row 2, column level: is “xom”; use one of country"),
        (ROW.replace("2023-01-01,,", "31/2/2023,,"), "row 2, column valid_from: is “31/2/2023”"),
        (
            ROW.replace("2023-01-01,,27811", "2023-01-01,2022-01-01,27811"),
            "row 2, column valid_to: .* after",
        ),
        (ROW.replace("27811", ""), "row 2, column parent: is empty"),
        (f"{ROW}\n{ROW.replace('ấp 1', 'ấp 2')}", "row 3, column code: 1 is not the same as in row 2"),
        (f"{ROW}\n{ROW.replace('2023-01-01,,', '2024-01-01,,')}", "row 3, column code: 1 is “ấp 1” in row 2"),
    ],
)
def test_a_fault_in_a_list_is_named_with_its_line(row: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said.replace("(", r"\(")):
        read_list(f"{HEADER}\n{row}\n")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Unreadable) as caught:
        read_list(f"{HEADER}\n{ROW.replace('hamlet', 'xom')}\n{ROW.replace('27811', '')}\n")
    assert [text.split(",")[0] for text in str(caught.value).splitlines()] == ["row 2", "row 3"]


def test_a_list_with_other_columns_is_refused_with_the_right_ones() -> None:
    with pytest.raises(Unreadable, match="the columns must be code,name,level"):
        read_list("mã,tên\n1,ấp 1\n")


def test_a_list_saved_by_a_spreadsheet_with_a_byte_order_mark_is_read() -> None:
    assert [unit.name for unit in read_list(f"\ufeff{HEADER}\r\n{ROW}\r\n,,,,,,,,\r\n")] == ["ấp 1"]
