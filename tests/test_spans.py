"""Weeks and periods of a report, as an official types them."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from content import spans
from content.figures import week_name

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-W46", "2026-W46"),
        ("2026-w46", "2026-W46"),
        ("tuần này", "2026-W48"),
        ("tuan truoc", "2026-W47"),
        ("tuần vừa rồi", "2026-W47"),
        ("last week", "2026-W47"),
        ("tuần 46", "2026-W46"),
        ("Tuần thứ 46", "2026-W46"),
        ("w46", "2026-W46"),
        ("46", "2026-W46"),
        ("tuần 46/2025", "2025-W46"),
        ("tuần 46 năm 2025", "2025-W46"),
        ("tuần 50", "2025-W50"),
        ("tuần 23/11", "2026-W48"),
        ("22/11/2026", "2026-W47"),
        ("tuần 54", None),
        ("tháng 11", None),
        ("lừa đảo", None),
    ],
)
def test_a_week_is_understood_as_it_is_said(text: str, meant: str | None) -> None:
    found = spans.week(text, TODAY)
    assert (found and week_name(found)) == meant


def test_the_53rd_week_is_last_years_on_the_first_days_of_the_new_one() -> None:
    assert spans.week("tuần 53", date(2027, 1, 5)) == date(2026, 12, 28)
    assert spans.week("tuần 1", date(2027, 1, 5)) == date(2027, 1, 4)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11", "2026-11"),
        ("2026-Q4", "2026-Q4"),
        ("2026", "2026"),
        ("tháng 11", "2026-11"),
        ("thang 12", "2025-12"),
        ("tháng 10/2026", "2026-10"),
        ("10/2026", "2026-10"),
        ("tháng 10 năm 2026", "2026-10"),
        ("tháng trước", "2026-10"),
        ("tháng này", "2026-11"),
        ("last month", "2026-10"),
        ("quý 4", "2026-Q4"),
        ("Quý IV năm 2026", "2026-Q4"),
        ("quý III/2026", "2026-Q3"),
        ("quý trước", "2026-Q3"),
        ("q1", "2026-Q1"),
        ("năm 2025", "2025"),
        ("năm nay", "2026"),
        ("năm ngoái", "2025"),
        ("tháng 13", None),
        ("quý 5", None),
        ("tuần 46", None),
    ],
)
def test_a_period_is_understood_as_it_is_said(text: str, meant: str | None) -> None:
    found = spans.period(text, TODAY, ZONE)
    assert (found and found.name) == meant
