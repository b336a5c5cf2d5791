"""What is due: never at night, on a Sunday or a holiday; once a period; made up once where it was missed."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from holidays import country_holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from content.calendar import (
    EVENING,
    MORNING,
    WEEKDAYS,
    BadCalendar,
    Calendar,
    Schedule,
    coming,
    due,
    escalated,
    read_days,
    week_told,
)

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
VIETNAM = Calendar()
LONG_AGO = datetime(2020, 1, 1, tzinfo=ZONE)
MONDAYS = Schedule("mon", time(7, 30), LONG_AGO)
DAILY = Schedule(None, time(8), LONG_AGO)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
MOMENTS = st.builds(datetime.combine, DAYS, st.times(), st.just(ZONE))
HOURS = st.times().map(lambda t: t.replace(second=0, microsecond=0))
SCHEDULES = st.builds(Schedule, st.sampled_from([None, *WEEKDAYS]), HOURS, st.just(LONG_AGO))


# ------------------------------------------------------------------ which days


def test_the_holidays_are_those_of_the_library() -> None:
    for year in range(2025, 2031):
        for day, name in country_holidays("VN", years=year, language="vi").items():
            assert VIETNAM.closed(day) == name


@pytest.mark.parametrize("day", ["2026-02-17", "2026-02-20", "2026-04-30", "2026-09-02", "2027-02-08"])
def test_tet_and_public_holidays_are_closed_and_named(day: str) -> None:
    assert VIETNAM.closed(date.fromisoformat(day)) not in {None, "sunday"}


def test_a_sunday_is_closed_and_a_saturday_is_open_but_no_working_day() -> None:
    assert VIETNAM.closed(date(2026, 11, 22)) == "sunday"
    assert VIETNAM.closed(date(2026, 11, 21)) is None
    assert not VIETNAM.working(date(2026, 11, 21))


def test_a_districts_own_list_closes_days_and_opens_them() -> None:
    own = read_days("date,name,open\n2026-11-25,Hội làng,no\n\n2026-11-22,,yes\n")
    calendar = Calendar(own)
    assert calendar.closed(date(2026, 11, 25)) == "Hội làng"
    assert calendar.closed(date(2026, 11, 22)) is None
    assert calendar.working(date(2026, 11, 22))


def test_a_list_with_faults_is_refused_with_all_of_them() -> None:
    text = "date,name,open\n25/11/2026,Hội làng,no\n2026-11-26,,no\n2026-11-27,Nghỉ\n"
    with pytest.raises(BadCalendar) as refused:
        read_days(text, "holidays.csv")
    lines = str(refused.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == ["holidays.csv:2", "holidays.csv:3", "holidays.csv:4"]
    assert "2026-02-21" in lines[0]


def test_a_list_that_closes_everything_says_so_instead_of_looping() -> None:
    days = {date(2026, 1, 1) + timedelta(days=n): "nghỉ" for n in range(60)}
    with pytest.raises(BadCalendar, match="30 days"):
        Calendar(days).move(at("2026-01-05T08:00"))


# ------------------------------------------------------------------ moved


def test_a_digest_that_falls_into_tet_comes_on_the_first_open_day_at_the_same_time_and_says_why() -> None:
    moved = VIETNAM.move(at("2026-02-16T07:30"))
    assert moved.at == at("2026-02-21T07:30")
    assert moved.why == "Giao thừa Tết Nguyên Đán"
    assert moved.period == "2026-02-16"


def test_what_falls_into_the_night_comes_in_the_morning() -> None:
    assert VIETNAM.move(at("2026-11-23T21:15")).at == at("2026-11-25T07:00"), "the 24th is a holiday"
    assert VIETNAM.move(at("2026-11-25T05:15")).at == at("2026-11-25T07:00")
    assert VIETNAM.move(at("2026-11-28T22:00")).at == at("2026-11-30T07:00"), "a Sunday lies between"


@given(MOMENTS)
def test_wherever_it_is_moved_it_is_open_there_and_not_before_it_was_planned(planned: datetime) -> None:
    moved = VIETNAM.move(planned)
    assert moved.at >= planned
    assert VIETNAM.open_at(moved.at)
    assert MORNING <= moved.at.time() < EVENING
    if VIETNAM.open_at(planned):
        assert not moved.moved


# ------------------------------------------------------------------ due


def test_a_weekly_digest_is_due_from_its_time_on() -> None:
    assert due(MONDAYS, VIETNAM, at("2026-11-23T07:29")).period == "2026-11-16"  # type: ignore[union-attr]
    assert due(MONDAYS, VIETNAM, at("2026-11-23T07:30")).period == "2026-11-23"  # type: ignore[union-attr]


def test_nothing_planned_before_it_was_asked_for_is_due() -> None:
    asked = Schedule("mon", time(7, 30), at("2026-11-25T10:00"))
    assert due(asked, VIETNAM, at("2026-11-25T10:01")) is None
    assert due(asked, VIETNAM, at("2026-11-30T08:00")).period == "2026-11-30"  # type: ignore[union-attr]


def test_yesterdays_reminder_is_not_made_up_today() -> None:
    assert due(DAILY, VIETNAM, at("2026-11-26T07:59")) is None
    assert due(DAILY, VIETNAM, at("2026-11-26T19:59")) is not None


def test_a_digest_up_to_wednesday_tells_the_week_before_and_later_its_own() -> None:
    monday = date(2026, 11, 23)
    told = [week_told(monday + timedelta(days=n)) for n in range(7)]
    assert told == [date(2026, 11, 16)] * 3 + [monday] * 4


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, st.lists(st.integers(1, 3 * 24 * 60), min_size=50, max_size=200))
def test_through_a_year_of_uneven_looks_nothing_goes_twice_or_at_a_closed_hour(
    schedule: Schedule, waits: list[int]
) -> None:
    """Looks come minutes or days apart, as of a service that is down now and then."""
    now, told = at("2026-01-01T00:00"), []
    for wait in waits:
        now += timedelta(minutes=wait)
        moved = due(schedule, VIETNAM, now)
        if moved is None:
            continue
        assert VIETNAM.open_at(now)
        assert moved.at <= now
        if moved.period not in told:
            told.append(moved.period)
    assert told == sorted(told), "an older one after a newer one would be made up for nothing"


@settings(max_examples=25, deadline=None)
@given(SCHEDULES)
def test_who_looks_every_hour_of_a_year_misses_no_week(schedule: Schedule) -> None:
    now, told, days = at("2026-01-01T00:00"), set(), set()
    while now < at("2027-01-01T00:00"):
        moved = due(schedule, VIETNAM, now)
        if moved is not None:
            told.add(moved.period)
            days.add(now.date())
        now += timedelta(hours=1)
    if schedule.weekday:
        # Where a closure is a week long or more, one of two that meet is enough.
        assert 50 <= len([period for period in told if period >= "2026"]) <= 53
    else:
        open_days = {date(2026, 1, 1) + timedelta(days=n) for n in range(365)}
        open_days = {day for day in open_days if VIETNAM.closed(day) is None}
        late = schedule.hour >= time(19)  # then the hourly looks may all lie before it, or in the night
        assert days <= open_days
        assert late or len(open_days - days) <= 1


@given(SCHEDULES, MOMENTS, st.integers(0, 10 * 24 * 60))
def test_a_clock_that_is_set_back_finds_no_period_that_is_new(
    schedule: Schedule, now: datetime, minutes: int
) -> None:
    """What is due at an earlier moment was due then already."""
    later = due(schedule, VIETNAM, now)
    earlier = due(schedule, VIETNAM, now - timedelta(minutes=minutes))
    if later and earlier:
        assert earlier.period <= later.period


@given(SCHEDULES, MOMENTS)
def test_what_comes_next_is_in_the_future_and_is_due_when_it_comes(schedule: Schedule, now: datetime) -> None:
    upcoming = coming(schedule, VIETNAM, now)
    assert upcoming.at > now
    found = due(schedule, VIETNAM, upcoming.at)
    assert found is not None
    assert found.period >= upcoming.period


# ------------------------------------------------------------------ working days


def test_from_friday_to_monday_is_one_working_day_and_tet_has_none() -> None:
    assert VIETNAM.working_days(date(2026, 11, 20), date(2026, 11, 23)) == 1
    assert VIETNAM.working_days(date(2026, 2, 13), date(2026, 2, 22)) == 0


def test_the_leader_is_told_after_three_working_days_and_the_commune_after_six() -> None:
    friday = date(2026, 10, 2)
    told = [escalated(friday, VIETNAM, friday + timedelta(days=n)) for n in (0, 4, 5, 9, 10, 30)]
    assert told == [None, None, "leader", "leader", "commune", "commune"]
