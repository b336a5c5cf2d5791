"""The audit log can be added to, and whatever else is done to it shows."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from storage import audit, notes, parked, questions
from storage.audit import Entry
from storage.database import Connection, Database, table
from storage.parked import Parked
from storage.questions import Asked
from storage.tables import AuditRow

NOW = datetime(2026, 11, 22, 8, 30, 1, 5, tzinfo=UTC)
log = table(AuditRow)


def entry(subject: str) -> Entry:
    return Entry(NOW, None, "web", "grant", subject, "", "member")


async def filled(database: Database) -> list[int]:
    return await database.write(lambda conn: [audit.append(conn, entry(str(number))) for number in range(5)])


async def test_a_chain_that_nobody_touched_holds(database: Database) -> None:
    assert await database.read(audit.verify) is None
    await filled(database)
    assert await database.read(audit.verify) is None


async def test_a_changed_row_is_found(database: Database) -> None:
    rows = await filled(database)
    await database.write(lambda conn: conn.run(log.update().where(log.c.id == rows[2]).values(after="admin")))
    assert await database.read(audit.verify) == rows[2]


@pytest.mark.parametrize("removed", [0, 2])
async def test_a_removed_row_is_found_by_the_next(database: Database, removed: int) -> None:
    rows = await filled(database)
    await database.write(lambda conn: conn.run(log.delete().where(log.c.id == rows[removed])))
    assert await database.read(audit.verify) == rows[removed + 1]


async def test_rows_removed_at_the_end_are_missed(database: Database) -> None:
    rows = await filled(database)
    await database.write(lambda conn: conn.run(log.delete().where(log.c.id >= rows[3])))
    assert await database.read(audit.verify) == rows[2] + 1


async def test_a_row_put_in_without_the_key_is_found(database: Database) -> None:
    await filled(database)

    def forge(conn: Connection) -> int:
        last = conn.all(select(log.c.hash).order_by(log.c.id))[-1]
        values = {"at": NOW, "channel": "web", "action": "grant", "subject": "x", "hash": last.hash}
        return conn.insert(log, **values)

    forged = await database.write(forge)
    assert await database.read(audit.verify) == forged


async def test_writers_at_once_make_one_chain(database: Database) -> None:
    await asyncio.gather(
        *(database.write(lambda conn, n=n: audit.append(conn, entry(str(n)))) for n in range(20))
    )
    assert await database.read(audit.verify) is None
    assert len(await database.read(lambda conn: conn.all(select(log.c.id)))) == 20


async def test_a_note_outlives_and_is_replaced(database: Database) -> None:
    assert await database.read(lambda conn: notes.get(conn, "demo")) is None
    for value in ("made", "made again"):
        await database.write(lambda conn, value=value: notes.put(conn, "demo", value, NOW))
    assert await database.read(lambda conn: notes.get(conn, "demo")) == "made again"


async def test_a_parked_event_waits_until_it_is_replayed(database: Database) -> None:
    event = Parked("web", "7", '{"text":"Bưởi"}', "ValueError: …", NOW)
    number = await database.write(lambda conn: parked.park(conn, event))
    (waiting,) = await database.read(parked.waiting)
    assert (waiting.id, waiting.event, waiting.error) == (number, event.event, event.error)
    await database.write(lambda conn: parked.replayed(conn, number, NOW))
    assert await database.read(parked.waiting) == []


async def test_questions_are_kept_without_who_asked(database: Database) -> None:
    asked = Asked("quên mật khẩu VssID", "sure", NOW, "vssid/quen-mat-khau")
    await database.write(lambda conn: questions.add(conn, asked))
    assert await database.read(lambda conn: questions.between(conn, NOW, NOW.replace(hour=9))) == [asked]
    assert (
        await database.read(lambda conn: questions.between(conn, NOW.replace(hour=9), NOW.replace(hour=10)))
        == []
    )
