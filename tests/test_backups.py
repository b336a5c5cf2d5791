"""When a backup is due, which stay, and what somebody must look at."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.backups import Backup, Standing, is_due, is_verification_due, kept
from storage import backups
from storage.database import Database

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)


def backup(ago: timedelta, *, verified: timedelta | None = None, fault: str = "") -> Backup:
    return Backup("a.backup", NOW - ago, 1000, 10, None if verified is None else NOW - verified, fault)


H, D = timedelta(hours=1), timedelta(days=1)
GOOD = backup(5 * H)


@pytest.mark.parametrize(
    ("standing", "due"),
    [
        (Standing(), True),  # a new service tries at once whether it can
        (Standing(made=GOOD), False),
        (Standing(made=backup(6 * H)), True),  # made at 2:00, before the night's hour
        (Standing(made=backup(2 * D)), True),  # the machine was off at night
        (Standing(made=backup(2 * D), failed=backup(H / 2, fault="full")), False),
        (Standing(made=backup(2 * D), failed=backup(H, fault="full")), True),
    ],
)
def test_a_backup_is_due_once_a_night_and_made_up_in_the_day(standing: Standing, due: bool) -> None:
    assert is_due(standing, NOW) is due


@pytest.mark.parametrize(
    ("standing", "due"),
    [
        (Standing(), False),
        (Standing(made=GOOD), True),
        (Standing(made=GOOD, verified=backup(6 * D, verified=6 * D)), False),
        (Standing(made=GOOD, verified=backup(8 * D, verified=7 * D)), True),
        (Standing(made=backup(2 * D), failed=backup(H, fault="damaged")), False),  # the next one is looked at
    ],
)
def test_a_backup_is_restored_once_a_week(standing: Standing, due: bool) -> None:
    assert is_verification_due(standing, NOW) is due


@pytest.mark.parametrize(
    ("standing", "trouble"),
    [
        (Standing(), "none"),
        (Standing(made=GOOD), None),
        (Standing(made=backup(49 * H)), "old"),
        (Standing(made=backup(2 * D), failed=backup(H, fault="full")), "failed"),
        (Standing(made=GOOD, verified=backup(16 * D, verified=16 * D)), "unverified"),
        (Standing(made=GOOD, verified=backup(8 * D, verified=8 * D)), None),
    ],
)
def test_what_somebody_must_look_at(standing: Standing, trouble: str | None) -> None:
    assert standing.trouble(NOW) == trouble


def test_a_year_of_nights_leaves_days_weeks_and_months() -> None:
    nights = [NOW - n * D for n in range(365)]
    stay = sorted(kept(nights, 7, 4, 3), reverse=True)
    assert stay[:7] == nights[:7]
    assert [f"{at:%d/%m}" for at in stay[7:]] == ["15/11", "08/11", "31/10", "30/09"]


@given(
    st.sets(st.integers(0, 700).map(lambda days: NOW - days * D), max_size=60),
    st.integers(0, 8),
    st.integers(0, 8),
    st.integers(0, 8),
)
def test_the_newest_always_stays_and_no_more_than_was_asked_for(
    made: set[datetime], days: int, weeks: int, months: int
) -> None:
    stay = kept(made, days, weeks, months)
    assert stay <= made
    assert len(stay) <= 1 + days + weeks + months
    assert not made or max(made) in stay
    assert kept(stay, days, weeks, months) == stay  # another look removes nothing more


async def test_the_record_says_how_it_stands(database: Database) -> None:
    await database.write(lambda conn: backups.made(conn, backup(2 * D)))
    made = await database.read(backups.standing)
    assert made.made == backup(2 * D)
    assert made.verified is None
    await database.write(lambda conn: backups.verified(conn, "a.backup", NOW))
    assert (await database.read(backups.standing)).verified == backup(2 * D, verified=0 * D)
    await database.write(lambda conn: backups.made(conn, backup(H, fault="the disk is full")))
    failed = await database.read(backups.standing)
    assert failed.failed is not None
    assert failed.failed.fault == "the disk is full"
    assert failed.made is not None
    assert failed.made.made_at == NOW - 2 * D
    await database.write(lambda conn: backups.made(conn, backup(0 * H)))
    assert (await database.read(backups.standing)).failed is None


async def test_one_that_can_not_be_restored_is_no_good_one(database: Database) -> None:
    await database.write(lambda conn: backups.made(conn, backup(D)))
    await database.write(lambda conn: backups.verified(conn, "a.backup", NOW, "a part is missing"))
    standing = await database.read(backups.standing)
    assert standing.made is None
    assert standing.failed is not None
    assert standing.trouble(NOW) == "failed"
