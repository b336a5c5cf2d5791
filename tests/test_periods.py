"""Months, quarters and years by their names."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from content.periods import period_named, periods_of, spoken

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("name", "first", "last", "before", "said"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "2025", "năm 2026"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "2025-Q4", "quý I năm 2026"),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "2026-Q3", "quý IV năm 2026"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-01", "tháng 2 năm 2024"),
        ("2026-01", date(2026, 1, 1), date(2026, 1, 31), "2025-12", "tháng 1 năm 2026"),
    ],
)
def test_a_name_means_its_days_and_comes_back(
    name: str, first: date, last: date, before: str, said: str
) -> None:
    found = period_named(name, ZONE)
    assert (found.first, found.last, found.name) == (first, last, name)
    assert found.before().name == before
    assert found.before().end == found.start
    assert found.start.isoformat() == f"{first}T00:00:00+07:00"
    assert spoken("vi", found) == said


@pytest.mark.parametrize(
    "name", ["", "26", "2026-Q5", "2026-13", "2026-Q", "2026-W47", "9999", "Q4", "2026-1"]
)
def test_what_is_no_period_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(ValueError, match="write 2026, 2026-Q4 or 2026-11"):
        period_named(name, ZONE)


def test_a_day_lies_in_a_month_a_quarter_and_a_year() -> None:
    assert [one.name for one in periods_of(date(2026, 11, 22), ZONE)] == ["2026-11", "2026-Q4", "2026"]
    assert [one.name for one in periods_of(date(2027, 1, 1), ZONE)] == ["2027-01", "2027-Q1", "2027"]
