"""Files that are asked for: each made once, whoever takes it, whatever breaks."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from content.areas import read_list
from storage import areas, jobs, people
from storage.database import Connection, Database

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
LIST = """code,name,level,valid_from,valid_to,parent,under_from,became,invented
VN,Việt Nam,country,2023-01-01,,,,,
"""


def asked(conn: Connection, key: str = "k") -> bool:
    if areas.by_code(conn, "VN", NOW.date()) is None:
        areas.import_list(conn, read_list(LIST))
        people.create(conn, "Lan", "vi", NOW)
    return jobs.ask(conn, kind="sheet", person_id=1, area_id=1, period="2026-W47", key=key, now=NOW)


async def test_what_is_asked_twice_with_one_key_is_made_once(database: Database) -> None:
    assert await database.write(asked)
    assert not await database.write(asked)
    first = await database.write(lambda conn: jobs.take(conn, NOW))
    assert first is not None
    assert (first.kind, first.period, first.tries, first.account_id) == ("sheet", "2026-W47", 1, None)
    assert await database.write(lambda conn: jobs.take(conn, NOW)) is None


async def test_a_job_left_behind_is_taken_by_another_and_ended_by_one_of_them(database: Database) -> None:
    await database.write(asked)
    first = await database.write(lambda conn: jobs.take(conn, NOW))
    later = NOW + jobs.LEASE
    second = await database.write(lambda conn: jobs.take(conn, later))
    assert first is not None
    assert second is not None
    assert (first.id, second.tries) == (second.id, 2)
    assert await database.write(lambda conn: jobs.done(conn, second.id, later))
    assert not await database.write(lambda conn: jobs.done(conn, first.id, later))
    assert await database.write(lambda conn: jobs.take(conn, later + timedelta(days=1))) is None


async def test_one_that_failed_comes_back_at_its_time_and_does_not_hold_up_the_next(
    database: Database,
) -> None:
    await database.write(asked)
    await database.write(lambda conn: asked(conn, "another"))
    first = await database.write(lambda conn: jobs.take(conn, NOW))
    assert first is not None
    soon = NOW + timedelta(seconds=10)
    await database.write(lambda conn: jobs.again(conn, first.id, soon))
    second = await database.write(lambda conn: jobs.take(conn, NOW))
    assert second is not None
    assert second.id != first.id
    again = await database.write(lambda conn: jobs.take(conn, soon))
    assert again is not None
    assert (again.id, again.tries) == (first.id, 2)


async def test_a_job_is_forgotten_when_it_was_done_long_enough_ago(database: Database) -> None:
    for key in ("done", "open"):
        await database.write(lambda conn, key=key: asked(conn, key))
    first = await database.write(lambda conn: jobs.take(conn, NOW))
    assert first is not None
    await database.write(lambda conn: jobs.done(conn, first.id, NOW))
    assert await database.write(lambda conn: jobs.forget(conn, NOW)) == 0
    assert await database.write(lambda conn: jobs.forget(conn, NOW + timedelta(days=1))) == 1
    left = await database.write(lambda conn: jobs.take(conn, NOW))
    assert left is not None
    assert left.id != first.id
