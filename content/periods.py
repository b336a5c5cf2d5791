"""The periods that a report is written for: a month, a quarter, a year."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from content.words import say

_ROMAN = ("", "I", "II", "III", "IV")
_NAME = re.compile(r"(?P<year>[0-9]{4})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """A span of `months` from the day `first` on, at the clock of the district's zone."""

    first: date
    months: int
    zone: tzinfo

    @property
    def name(self) -> str:
        """`2026-11`, `2026-Q4` or `2026`."""
        year, month = self.first.year, self.first.month
        return {1: f"{year}-{month:02d}", 3: f"{year}-Q{month // 3 + 1}"}.get(self.months, f"{year}")

    @property
    def last(self) -> date:
        """Its last day."""
        return _months_later(self.first, self.months) - timedelta(days=1)

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The first moment of the next."""
        return datetime.combine(_months_later(self.first, self.months), time(), self.zone)

    def before(self) -> "Period":
        """The one of the same length just before."""
        return Period(_months_later(self.first, -self.months), self.months, self.zone)


def period_named(name: str, zone: tzinfo) -> Period:
    """The period of `2026-11`, `2026-Q4` or `2026`. Raises ValueError for anything else."""
    found = _NAME.fullmatch(name)
    if found is None or not 1900 <= int(found["year"]) <= 9998:
        raise ValueError(f"{name!r} is no period; write 2026, 2026-Q4 or 2026-11")
    year = int(found["year"])
    if found["quarter"]:
        return Period(date(year, 3 * int(found["quarter"]) - 2, 1), 3, zone)
    return Period(date(year, int(found["month"] or 1), 1), 1 if found["month"] else 12, zone)


def periods_of(day: date, zone: tzinfo) -> tuple[Period, Period, Period]:
    """The month, the quarter and the year in which the day lies."""
    quarter = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return (
        Period(day.replace(day=1), 1, zone),
        Period(quarter, 3, zone),
        Period(date(day.year, 1, 1), 12, zone),
    )


def spoken(locale: str, period: Period) -> str:
    """“quý IV năm 2026”, “tháng 11 năm 2026”, “năm 2026”."""
    month, year = period.first.month, str(period.first.year)
    if period.months == 3:
        return say(locale, "report.quarter", quarter=_ROMAN[(month + 2) // 3], year=year)
    if period.months == 1:
        return say(locale, "report.month", month=str(month), year=year)
    return say(locale, "report.year", year=year)


def _months_later(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
