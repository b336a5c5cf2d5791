"""The merger of July 2025 as the worked example: rehearsed, undone, carried out, and read on both maps."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain

import pytest

from content.areas import Listed, read_list
from content.figures import Week
from content.households import QUESTIONNAIRE
from content.people import Role
from content.periods import period_named
from content.reorganizing import Asked, Heir, Impossible, Kind, Preview
from handlers import map_words
from storage import (
    areas,
    digests,
    export,
    people,
    previews,
    recounting,
    reorganizing,
    reports,
    rollups,
    succession,
)
from storage.database import Connection, Database
from tests.mergers.district import (
    BINH_HOA,
    CARRIED,
    DAY,
    DISTRICT,
    EVE,
    LISTS,
    MERGER,
    MOC_HOA,
    PROVINCE,
    REHEARSED,
    ZONE,
    District,
)


def carry_out(conn: Connection) -> District:
    district = District(conn)
    for asked in MERGER:
        reorganizing.put_down(conn, asked, None, REHEARSED)
    succession.hand_over(conn, CARRIED)
    return district


def tree(conn: Connection, on: date) -> dict[str, list[str]]:
    """The communes of that day with their hamlets' codes."""
    [root] = areas.roots(conn, on)
    units, found = areas.below(conn, root.id, on), {}
    while units:
        unit = units.pop()
        below = areas.below(conn, unit.id, on)
        if unit.level == "commune":
            found[unit.name] = sorted(hamlet.code for hamlet in below)
        else:
            units += below
    return found


async def test_seven_communes_become_three_on_the_day_and_not_before(database: Database) -> None:
    def look(conn: Connection) -> tuple[dict[str, list[str]], dict[str, list[str]], list[str]]:
        carry_out(conn)
        [root] = areas.roots(conn, DAY)
        return tree(conn, EVE), tree(conn, DAY), [unit.name for unit in areas.below(conn, root.id, DAY)]

    before, after, provinces = await database.write(look)
    assert len(before) == 7
    assert provinces == ["tỉnh Tây Ninh"]
    assert {name: len(hamlets) for name, hamlets in after.items()} == {
        "xã Bình Hòa": 6,
        "xã Mộc Hóa": 6,
        "xã Bình Hiệp": 2,
    }
    assert sorted(chain(*before.values())) == sorted(chain(*after.values()))


async def test_put_down_it_is_the_register_that_comes_with_the_program(database: Database) -> None:
    """The list of communes was written by hand from the resolution; the changes come to the same."""

    def registers(conn: Connection) -> tuple[list[Listed], list[Listed]]:
        district = carry_out(conn)
        kept = areas.register(district.conn)
        listed = [
            one
            for name in ("moc-hoa", "ap-mau")
            for one in read_list((LISTS / f"{name}.csv").read_text("utf-8"))
        ]
        return sorted(kept, key=repr), sorted((replace(one, line=0) for one in listed), key=repr)

    kept, listed = await database.write(registers)
    assert kept == listed


async def test_a_code_used_again_means_the_unit_of_its_day(database: Database) -> None:
    def names(conn: Connection) -> list[str]:
        district = carry_out(conn)
        return [district.unit("27811", on).name for on in (EVE, DAY)]

    assert await database.write(names) == ["xã Bình Hòa Đông", "xã Bình Hòa"]


async def test_no_household_is_lost_or_counted_twice_on_either_map(database: Database) -> None:
    def sums(conn: Connection) -> None:
        carry_out(conn)
        [root] = areas.roots(conn, DAY)
        while rollups.work(conn, CARRIED):
            pass
        assert rollups.holds(conn, DAY)
        for monday in (date(2025, 5, 12), date(2025, 6, 23), date(2025, 6, 30)):
            week = Week(monday, ZONE)
            for day in (EVE, DAY):
                [province] = areas.below(conn, root.id, day)
                figures = digests.figures(conn, QUESTIONNAIRE, province.id, week, day)
                assert figures.total.now.planned == 28
                assert figures.total.now.done == sum(line.now.done for line in figures.lines)
                assert len(figures.lines) == (7 if day == EVE else 3)
        assert figures.total.now.done == 7
        assert recounting.compare(conn, QUESTIONNAIRE, ZONE) == []

    await database.write(sums)


async def test_the_digest_of_the_week_in_which_the_map_changed_says_so_and_no_other_does(
    database: Database,
) -> None:
    def changed(conn: Connection) -> list[date | None]:
        here = carry_out(conn).unit("27811", DAY)
        weeks = (Week(date(2025, 6, 30), ZONE), Week(date(2025, 7, 7), ZONE))
        return [digests.figures(conn, QUESTIONNAIRE, here.id, week, week.sunday).changed for week in weeks]

    assert await database.write(changed) == [DAY, None]


async def test_the_old_commune_and_the_old_district_are_read_on_the_map_of_then(database: Database) -> None:
    def planned(conn: Connection) -> list[int]:
        district = carry_out(conn)
        week = Week(date(2025, 6, 23), ZONE)
        old = [district.unit(code, EVE) for code in ("27811", "798", "80")]
        return [digests.figures(conn, QUESTIONNAIRE, one.id, week, EVE).total.now.planned for one in old]

    assert await database.write(planned) == [4, 28, 28]


async def test_what_is_handed_out_of_a_new_commune_has_the_surveys_of_the_old_ones(
    database: Database,
) -> None:
    def handed(conn: Connection) -> tuple[int, int]:
        district = carry_out(conn)
        new = export.under(conn, district.unit("27811", DAY).id, DAY)
        old = [export.under(conn, district.unit(code, EVE).id, EVE) for code in BINH_HOA.ends]
        return (
            export.count(conn, QUESTIONNAIRE, new, None),
            sum(export.count(conn, QUESTIONNAIRE, one, None) for one in old),
        )

    new, old = await database.write(handed)
    assert new == old == 3


# --------------------------------------------------------------------------- roles


async def test_roles_pass_to_the_heirs_and_that_of_the_vanished_district_ends(database: Database) -> None:
    def roles(conn: Connection) -> dict[str, list[tuple[str, str]]]:
        district = carry_out(conn)
        found = {}
        for name, number in district.people.items():
            person = people.find(conn, number, DAY)
            assert person
            found[name] = [(g.role.value, areas.find(conn, g.area_id).name) for g in person.grants]
        return found

    assert await database.write(roles) == {
        "Lan": [("commune", "xã Bình Hòa")],
        "Hùng": [("commune", "xã Bình Hòa")],
        "Sơn": [],
        "Thu": [("district", "tỉnh Tây Ninh")],
        "Quân": [("admin", "Việt Nam")],
        "Tâm": [("member", "ấp Bình Thạnh 1 (mẫu)")],
        "Bảy": [("leader", "xã Mộc Hóa")],
    }


async def test_until_the_day_everybody_keeps_their_role(database: Database) -> None:
    def roles(conn: Connection) -> list[int]:
        district = District(conn)
        for asked in MERGER:
            reorganizing.put_down(conn, asked, None, REHEARSED)
        assert succession.hand_over(conn, CARRIED - timedelta(hours=1)) == 0
        return [len(people.find(conn, one, EVE).grants) for one in district.people.values()]  # type: ignore[union-attr]

    assert await database.write(roles) == [1] * 7


async def test_handing_over_again_changes_nothing(database: Database) -> None:
    def again(conn: Connection) -> tuple[int, bool, int]:
        carry_out(conn)
        waits = succession.is_waiting(conn, CARRIED)
        return succession.hand_over(conn, CARRIED), waits, len(succession.untold(conn))

    moved, waits, untold = await database.write(again)
    assert (moved, waits, untold) == (0, False, 5)


# --------------------------------------------------------------------------- rehearsed


async def test_the_preview_says_what_then_happens_and_writes_nothing(database: Database) -> None:
    def rehearse(conn: Connection) -> Preview:
        District(conn)
        before = areas.register(conn)
        found = previews.preview(conn, replace(MOC_HOA, under=""), QUESTIONNAIRE, REHEARSED)
        assert areas.register(conn) == before
        assert reorganizing.changes(conn) == []
        return found

    found = await database.write(rehearse)
    assert [(one.area.code, one.planned) for one in found.before] == [
        ("27814", 4),
        ("27820", 4),
        ("27823", 4),
    ]
    assert sum(one.done for one in found.before) == sum(one.done for one in found.after) == 3
    assert [(one.area.name, one.hamlets, one.planned) for one in found.after] == [("xã Mộc Hóa", 6, 12)]
    assert [(s.name, s.role, s.before.name, [a.name for a in s.now], s.gains) for s in found.shifts] == [
        ("Bảy", Role.LEADER, "xã Tân Thành", ["xã Mộc Hóa"], 4)
    ]
    assert [area.name for area in found.reused] == ["xã Tân Thành"]
    assert "Bỏ lại được" in map_words.preview("vi", found)


async def test_the_preview_of_the_district_tells_who_loses_their_role(database: Database) -> None:
    def rehearse(conn: Connection) -> Preview:
        District(conn)
        return previews.preview(conn, DISTRICT, QUESTIONNAIRE, REHEARSED)

    found = await database.write(rehearse)
    [shift] = found.shifts
    assert (shift.name, shift.now, shift.loses) == ("Sơn", (), 14)
    assert "HẾT VAI" in map_words.preview("vi", found)


# --------------------------------------------------------------------------- undone


async def test_undone_in_turn_the_register_is_as_it_was(database: Database) -> None:
    def undo(conn: Connection) -> None:
        District(conn)
        before = areas.register(conn)
        made = [reorganizing.put_down(conn, asked, None, REHEARSED) for asked in MERGER]
        assert areas.register(conn) != before
        for change in reversed(made):
            reorganizing.undo(conn, change.id, REHEARSED)
        assert areas.register(conn) == before
        assert reorganizing.changes(conn) == []
        for asked in MERGER:  # and it can be put down again
            reorganizing.put_down(conn, asked, None, REHEARSED)

    await database.write(undo)


async def test_what_a_later_change_builds_on_is_not_undone_before_it(database: Database) -> None:
    def undo(conn: Connection) -> None:
        District(conn)
        first = reorganizing.put_down(conn, replace(BINH_HOA, under=""), None, REHEARSED)
        later = Asked(Kind.MERGE, date(2026, 1, 1), ("27823",), (Heir("27811"),))
        reorganizing.put_down(conn, later, None, REHEARSED)
        reorganizing.undo(conn, first.id, REHEARSED)

    with pytest.raises(Impossible) as told:
        await database.write(undo)
    assert [fault.key for fault in told.value.faults] == ["undo-later"]


@pytest.mark.parametrize("now", [CARRIED, datetime(2026, 1, 1, tzinfo=ZONE)])
async def test_from_its_day_on_a_change_is_not_undone(database: Database, now: datetime) -> None:
    def undo(conn: Connection) -> None:
        District(conn)
        change = reorganizing.put_down(conn, PROVINCE, None, REHEARSED)
        reorganizing.undo(conn, change.id, now)

    with pytest.raises(Impossible) as told:
        await database.write(undo)
    assert [fault.key for fault in told.value.faults] == ["undo-late"]


# --------------------------------------------------------------------------- the report


@pytest.mark.parametrize(("on", "lines"), [(None, 7), (EVE, 7), (DAY, 3)])
async def test_a_report_on_the_old_quarter_is_told_on_either_map(
    database: Database, on: date | None, lines: int
) -> None:
    def told(conn: Connection) -> tuple[int, int, int]:
        district = carry_out(conn)
        here = district.unit("80", on or EVE)
        period = period_named("2025-Q2", ZONE)
        found = reports.report(conn, QUESTIONNAIRE, here, period, date(2025, 8, 1), on)
        return len(found.lines), found.total.now.planned, found.total.now.done

    assert await database.write(told) == (lines, 28, 7)
