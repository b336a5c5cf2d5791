"""The tree of areas on a day: the merger of July 2025, codes used again, ấp 2 before ấp 10."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import content
from content.areas import Area, Level, meant, read_list
from storage import areas
from storage.areas import UnknownArea, counting_order
from storage.database import Connection, Database

LISTS = Path(content.__file__).parent / "areas"
THEN, NOW = date(2025, 6, 30), date(2025, 7, 1)

HEADER = "code,name,level,valid_from,valid_to,parent,under_from,became,invented\n"


def load(conn: Connection) -> None:
    for name in ("moc-hoa.csv", "ap-mau.csv"):
        areas.import_list(conn, read_list((LISTS / name).read_text(encoding="utf-8")))


def number(conn: Connection, code: str, on: date) -> int:
    found = areas.by_code(conn, code, on)
    assert found is not None
    return found.id


async def test_a_code_means_the_unit_of_the_day(database: Database) -> None:
    await database.write(load)
    then = await database.read(lambda conn: areas.by_code(conn, "27811", THEN))
    now = await database.read(lambda conn: areas.by_code(conn, "27811", NOW))
    assert then is not None
    assert now is not None
    assert (then.name, now.name) == ("xã Bình Hòa Đông", "xã Bình Hòa")
    assert then.id != now.id
    assert await database.read(lambda conn: areas.by_code(conn, "27811", date(2022, 1, 1))) is None


async def test_the_path_has_a_district_before_july_2025_and_none_after(database: Database) -> None:
    await database.write(load)

    def paths(conn: Connection) -> list[list[str]]:
        hamlet = number(conn, "mau-27796-1", NOW)
        return [[unit.name for unit in areas.path(conn, hamlet, day)] for day in (THEN, NOW)]

    before, after = await database.read(paths)
    assert before == [
        "Việt Nam",
        "tỉnh Long An",
        "huyện Mộc Hóa",
        "xã Bình Hòa Tây",
        "ấp Bình Hòa Tây 1 (mẫu)",
    ]
    assert after == ["Việt Nam", "tỉnh Tây Ninh", "xã Bình Hiệp", "ấp Bình Hòa Tây 1 (mẫu)"]


async def test_a_hamlet_keeps_its_number_when_its_commune_is_merged(database: Database) -> None:
    await database.write(load)

    def hamlets(conn: Connection) -> tuple[set[int], set[int]]:
        district = {unit.id for unit in areas.hamlets(conn, number(conn, "798", THEN), THEN)}
        province = {unit.id for unit in areas.hamlets(conn, number(conn, "80", NOW), NOW)}
        return district, province

    before, after = await database.read(hamlets)
    assert before == after
    assert len(before) > 7


async def test_on_the_map_of_today_the_old_district_has_nothing_under_it(database: Database) -> None:
    await database.write(load)
    district = await database.read(lambda conn: number(conn, "798", THEN))
    assert await database.read(lambda conn: areas.hamlets(conn, district, NOW)) == ()
    assert await database.read(lambda conn: areas.below(conn, district, NOW)) == []
    assert len(await database.read(lambda conn: areas.below(conn, district, THEN))) == 7


async def test_a_hamlet_is_its_own_only_hamlet(database: Database) -> None:
    await database.write(load)

    def own(conn: Connection) -> tuple[int, list[int]]:
        hamlet = number(conn, "mau-27796-1", NOW)
        return hamlet, [unit.id for unit in areas.hamlets(conn, hamlet, NOW)]

    hamlet, found = await database.read(own)
    assert found == [hamlet]


async def test_a_merged_unit_knows_what_it_became(database: Database) -> None:
    await database.write(load)

    def heirs(conn: Connection) -> dict[str, list[str]]:
        units = areas.below(conn, number(conn, "798", THEN), THEN)
        return {unit.name: [heir.name for heir in areas.heirs(conn, unit.id)] for unit in units}

    found = await database.read(heirs)
    assert found["xã Bình Hòa Đông"] == ["xã Bình Hòa"]
    assert found["xã Tân Lập"] == ["xã Mộc Hóa"]
    assert {len(each) for each in found.values()} == {1}


async def test_a_list_taken_in_twice_changes_nothing(database: Database) -> None:
    def shape(conn: Connection) -> list[tuple[int, str]]:
        return [(unit.id, unit.name) for unit in areas.hamlets(conn, number(conn, "VN", NOW), NOW)]

    await database.write(load)
    before = await database.read(shape)
    text = (LISTS / "moc-hoa.csv").read_text(encoding="utf-8")
    assert await database.write(lambda conn: areas.import_list(conn, read_list(text))) == 0
    await database.write(load)
    assert await database.read(shape) == before


async def test_a_corrected_line_mends_name_and_last_day(database: Database) -> None:
    first = HEADER + "VN,Viet Nam,country,2023-01-01,,,,,\n80,tỉnh Long An,province,2023-01-01,,VN,,,\n"
    mended = (
        HEADER + "VN,Việt Nam,country,2023-01-01,,,,,\n80,tỉnh Long An,province,2023-01-01,2025-07-01,VN,,,\n"
    )

    def names(conn: Connection, day: date) -> list[str]:
        (root,) = areas.roots(conn, day)
        return [root.name, *(unit.name for unit in areas.below(conn, root.id, day))]

    await database.write(lambda conn: areas.import_list(conn, read_list(first)))
    assert await database.read(lambda conn: names(conn, NOW)) == ["Viet Nam", "tỉnh Long An"]
    await database.write(lambda conn: areas.import_list(conn, read_list(mended)))
    assert await database.read(lambda conn: names(conn, NOW)) == ["Việt Nam"]
    assert await database.read(lambda conn: names(conn, THEN)) == ["Việt Nam", "tỉnh Long An"]


async def test_a_parent_that_nobody_knows_is_named_with_its_line(database: Database) -> None:
    orphan = HEADER + "9,xã Lạ,commune,2025-07-01,,77,,,\n"
    with pytest.raises(UnknownArea, match=r"line 2.*refers to 77"):
        await database.write(lambda conn: areas.import_list(conn, read_list(orphan)))
    assert await database.read(lambda conn: areas.roots(conn, NOW)) == []


async def test_a_number_that_is_no_areas_is_a_key_error(database: Database) -> None:
    with pytest.raises(KeyError):
        await database.read(lambda conn: areas.find(conn, 404))


async def test_hamlets_come_in_the_order_in_which_people_count(database: Database) -> None:
    rows = "".join(f"h{n},ấp {n},hamlet,2025-07-01,,1,,,\n" for n in (10, 2, 1, 21, 3))
    text = HEADER + "VN,Việt Nam,country,2025-07-01,,,,,\n1,xã Một,commune,2025-07-01,,VN,,,\n" + rows

    def names(conn: Connection) -> list[str]:
        areas.import_list(conn, read_list(text))
        return [unit.name for unit in areas.below(conn, number(conn, "1", NOW), NOW)]

    assert await database.write(names) == ["ấp 1", "ấp 2", "ấp 3", "ấp 10", "ấp 21"]


@given(st.lists(st.text(alphabet="ấp khu 2A0١½²", max_size=8)))
def test_any_two_names_can_be_put_in_order(names: list[str]) -> None:
    ordered = sorted(names, key=counting_order)
    assert all(counting_order(one) <= counting_order(other) for one, other in pairwise(ordered))


def test_levels_are_those_the_tables_keep() -> None:
    assert [level.value for level in Level] == ["country", "province", "district", "commune", "hamlet"]


def test_a_unit_is_meant_by_its_code_before_its_name() -> None:
    units = [
        Area(n, code, f"khu phố {n}", Level.HAMLET, date(2025, 7, 1))
        for n, code in ((11, "5"), (5, "11"), (7, "x"))
    ]
    assert [unit.id for unit in meant(units, " 11 ")] == [5]
    assert [unit.id for unit in meant(units, "Khu phố 11")] == [11]
    assert [unit.id for unit in meant(units, "7")] == [7]
    assert meant(units, "…") == []


PLACES = """\
code,name,level,valid_from,valid_to,parent,under_from,became,invented
VN,Việt Nam,country,2025-07-01,,,,,
A,xã Bình Hòa,commune,2025-07-01,,VN,,,
B,thị trấn Bình Hòa,commune,2025-07-01,,VN,,,
a1,ấp Bình Thạnh 1 (mẫu),hamlet,2025-07-01,,A,,,
b1,khu phố Bình Phong Thạnh 1 (mẫu),hamlet,2025-07-01,,B,,,
"""


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("A", ["A"]),
        ("binh hoa", ["B", "A"]),
        ("Xã Bình Hòa", ["A"]),
        ("thi tran binh hoa", ["B"]),
        ("ấp Bình Thạnh 1", ["a1"]),
        ("bình thạnh 1", ["a1"]),
        ("binh thanh 1 mau", ["a1"]),
        ("Bình Phong Thạnh 1", ["b1"]),
        ("khu phố bình phong thạnh 1", ["b1"]),
        ("thạnh 1", []),
        ("bình", []),
    ],
)
async def test_a_unit_is_called_with_its_kind_or_without(
    sqlite_database: Database, words: str, codes: list[str]
) -> None:
    def look(conn: Connection) -> list[str]:
        areas.import_list(conn, read_list(PLACES))
        return [one.code for one in areas.named(conn, words, date(2026, 11, 22))]

    assert await sqlite_database.write(look) == codes
