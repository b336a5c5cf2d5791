"""A week's figures: percentages are computed, statuses add up, weeks begin on Monday."""

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.areas import Area, Level
from content.figures import (
    Figures,
    Line,
    Share,
    Standing,
    Status,
    Week,
    jumps,
    map_day,
    monday_of,
    week_name,
    week_named,
)
from content.indicators import catalogue

FORM = "khao-sat-ho"
COMMUNE = Area(7, "27811", "xã Bình Hòa", Level.COMMUNE, date(2025, 7, 1))
BEFORE = Area(3, "27811", "xã Bình Hòa Đông", Level.COMMUNE, date(2023, 1, 1), date(2025, 7, 1))
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def line(**shares: tuple[int, int]) -> Line:
    now = Standing(shares={name: Share(*share) for name, share in shares.items()})
    return Line(COMMUNE, now, Standing())


def figures(total: Line) -> Figures:
    return Figures(FORM, date(2026, 11, 16), date(2026, 11, 22), total, (), (), (), invented=False)


@pytest.mark.parametrize("share", [(8994, 8950), (-1, 3)])
def test_a_share_of_more_than_all_cannot_be_written_down(share: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is no share"):
        Share(*share)


def test_nothing_of_nothing_has_no_percentage() -> None:
    assert Share(0, 0).percent is None
    assert Share(0, 0).change(Share(1, 2)) is None
    assert Share(3, 4).change(Share(1, 2)) == 25


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([one.id for one in catalogue(FORM).indicators]), st.integers(0, 9)))
def test_statuses_add_up_to_all_indicators(numerators: dict[str, int]) -> None:
    found = figures(line(**{name: (n, 9) for name, n in numerators.items()})).statuses()
    assert found.keys() == set(Status)
    assert sum(found.values()) == len(catalogue(FORM).indicators)


@pytest.mark.parametrize(
    ("share", "expected"), [((0, 0), Status.MISSING), ((79, 99), Status.MISSED), ((80, 100), Status.MET)]
)
def test_the_target_is_met_from_the_share_itself_on(share: tuple[int, int], expected: Status) -> None:
    assert figures(line(dtdt_nguoi=share)).statuses()[expected] == 1


def test_what_has_no_target_has_no_basis_to_be_judged_on() -> None:
    without = [one for one in catalogue(FORM).indicators if one.target is None]
    assert figures(line(dtdt_ho=(1, 1))).statuses()[Status.NO_BASIS] == len(without)


def test_a_share_that_jumps_wants_checking_unless_it_is_of_few() -> None:
    now, few = Standing(shares={"vneid": Share(30, 40)}), Standing(shares={"vneid": Share(1, 5)})
    many = Standing(shares={"vneid": Share(10, 30)})
    assert [(check.indicator, check.count) for check in jumps(Line(COMMUNE, now, many), FORM)] == [
        ("vneid", 42)
    ]
    assert jumps(Line(COMMUNE, now, few), FORM) == []


def test_an_area_that_is_no_more_is_told_on_its_own_last_map() -> None:
    week = Week(date(2026, 11, 16), VIETNAM)
    later = date(2026, 12, 24)
    assert map_day(COMMUNE, week, later) == date(2026, 11, 22)
    assert map_day(COMMUNE, week, date(2026, 11, 18)) == date(2026, 11, 18)
    assert map_day(BEFORE, week, later) == date(2025, 6, 30)
    assert map_day(COMMUNE, Week(date(2025, 1, 6), VIETNAM), later) == date(2025, 7, 1)


def test_a_week_ends_when_sunday_does_where_the_people_are() -> None:
    week = Week(date(2026, 11, 16), VIETNAM)
    assert week.start.astimezone(UTC).isoformat() == "2026-11-15T17:00:00+00:00"
    assert week.end - week.start == timedelta(days=7)
    assert week.sunday == date(2026, 11, 22)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_every_day_is_in_the_week_that_its_name_names(day: date) -> None:
    monday = monday_of(day)
    assert monday.weekday() == 0
    assert monday <= day < monday + timedelta(days=7)
    assert week_named(week_name(monday)) == monday


@pytest.mark.parametrize("text", ["2026-47", "2026-W7", "2026-W60", "W47", "", "2026-W4x"])
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"week|Week"):
        week_named(text)
