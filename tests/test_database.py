"""The same plain functions on both engines: types, errors, savepoints, and what a transaction promises."""

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.engine import make_url

from storage import counts, notes, people
from storage.database import Conflict, Connection, Database, Statement, Unavailable, table
from storage.secrets import Vault
from storage.tables import AreaRow, InboxRow, PersonRow, QuestionRow, RevisionRow, SurveyRow

NOW = datetime(2026, 11, 22, 8, 30, 15, 123456, tzinfo=UTC)
person, area, inbox = table(PersonRow), table(AreaRow), table(InboxRow)
PEOPLE = Statement(select(func.count().label("n")).select_from(person))


def add(conn: Connection, name: str = "Lan") -> int:
    return conn.insert(person, name=name, created_at=NOW)


def break_rule(conn: Connection) -> None:
    conn.insert(inbox, channel="web", event_id="1", received_at=NOW)
    conn.insert(inbox, channel="web", event_id="1", received_at=NOW)


async def people_in(database: Database) -> int:
    return await database.read(lambda conn: conn.one(PEOPLE).n)


async def test_what_is_written_is_read_back_with_its_types(database: Database) -> None:
    def write(conn: Connection) -> int:
        return conn.insert(
            area,
            code="27811",
            name="xã Bình Hòa",
            level="commune",
            valid_from=date(2025, 7, 1),
            invented=True,
        )

    number = await database.write(write)
    row = await database.read(lambda conn: conn.one(select(area)))
    assert row == (number, "27811", "xã Bình Hòa", "commune", date(2025, 7, 1), None, True)
    assert row.valid_from == date(2025, 7, 1)
    assert row.invented is True


async def test_json_comes_back_as_it_went_in(database: Database) -> None:
    def write(conn: Connection) -> None:
        place = conn.insert(area, code="1", name="ấp 1", level="hamlet", valid_from=date(2025, 7, 1))
        by = add(conn)
        conn.insert(
            SurveyRow, id="s", form="f", area_id=place, consent=True, revision=1, by=by, submitted_at=NOW
        )
        conn.insert(
            RevisionRow,
            survey_id="s",
            revision=1,
            version="1",
            values="{}",
            xml="<data/>",
            form="khao-sat-ho",
            area_id=place,
            household_id=None,
            week=date(2026, 11, 16),
            seconds=0,
            counts_id=counts.keep(conn, {"=done": (1, 1)}),
            wording="",
            channel="web",
            by=by,
            started_at=NOW,
            submitted_at=NOW,
        )

    await database.write(write)
    row = await database.read(lambda conn: conn.one(select(counts.counts)))
    assert row.counts == {"=done": [1, 1]}


async def test_a_moment_is_the_same_moment_whatever_zone_it_came_in(database: Database) -> None:
    local = NOW.astimezone(timezone(timedelta(hours=7)))
    await database.write(lambda conn: conn.insert(person, name="Lan", created_at=local))
    row = await database.read(lambda conn: conn.one(select(person.c.created_at)))
    assert row.created_at == NOW
    assert row.created_at.tzinfo == UTC


async def test_a_columns_own_default_is_filled_in(database: Database) -> None:
    await database.write(add)
    row = await database.read(lambda conn: conn.one(select(person.c.locale, person.c.invented)))
    assert row == ("vi", False)


async def test_sealed_text_is_readable_here_and_nowhere_in_the_file(sqlite_database: Database) -> None:
    await sqlite_database.write(lambda conn: add(conn, "Trần Thị Bưởi"))
    row = await sqlite_database.read(lambda conn: conn.one(select(person.c.name)))
    assert row.name == "Trần Thị Bưởi"
    path = Path(make_url(sqlite_database.url).database)
    kept = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    assert b"person" in kept
    assert "Bưởi".encode() not in kept


async def test_sealed_text_is_bytes_to_anybody_without_the_key(database: Database) -> None:
    await database.write(lambda conn: add(conn, "Trần Thị Bưởi"))
    with pytest.raises(Unavailable, match="another secret key"):  # or all would be strangers, and sealed anew
        await Database(database.url, Vault("somebody else's secret key")).open()


async def test_blank_and_missing_are_told_apart_in_sealed_text(database: Database) -> None:
    def write(conn: Connection) -> None:
        conn.insert(QuestionRow, text="", outcome="sure", asked_at=NOW)

    await database.write(write)
    row = await database.read(lambda conn: conn.one(select(QuestionRow.__table__)))
    assert row.text == ""
    assert row.article is None


async def test_lists_of_any_length_can_be_asked_for(database: Database) -> None:
    def names(conn: Connection, wanted: list[int]) -> list[str]:
        query = select(person.c.name).where(person.c.id.in_(wanted)).order_by(person.c.id)
        return [row.name for row in conn.all(query)]

    numbers = await database.write(lambda conn: [add(conn, name) for name in ("An", "Bình", "Chi")])
    assert await database.read(lambda conn: names(conn, [])) == []
    assert await database.read(lambda conn: names(conn, numbers[1:])) == ["Bình", "Chi"]


async def test_a_value_that_is_missing_or_unknown_is_a_fault_of_the_program(database: Database) -> None:
    rename = Statement(
        update(person).where(person.c.id == bindparam("person")).values(locale=bindparam("to"))
    )
    with pytest.raises(TypeError, match=r"no value for \['to'\]"):
        await database.write(lambda conn: conn.run(rename, person=1))
    with pytest.raises(TypeError, match=r"unknown values \['too'\]"):
        await database.write(lambda conn: conn.run(rename, person=1, to="en", too="much"))


async def test_a_function_that_raises_leaves_nothing(database: Database) -> None:
    def fail(conn: Connection) -> None:
        add(conn)
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        await database.write(fail)
    assert await people_in(database) == 0


async def test_a_broken_rule_is_a_conflict_on_either_engine(database: Database) -> None:
    with pytest.raises(Conflict):
        await database.write(break_rule)
    with pytest.raises(Conflict):
        await database.write(lambda conn: people.add_account(conn, 999, "web", "x", NOW))


async def test_after_a_savepoint_the_transaction_goes_on(database: Database) -> None:
    def write(conn: Connection) -> None:
        add(conn, "before")

        def fail() -> None:
            with conn.savepoint():
                add(conn, "inside")
                break_rule(conn)

        with pytest.raises(Conflict):
            fail()
        with conn.savepoint(), conn.savepoint():
            add(conn, "nested")
        add(conn, "after")

    await database.write(write)
    rows = await database.read(lambda conn: conn.all(select(person.c.name).order_by(person.c.id)))
    assert [row.name for row in rows] == ["before", "nested", "after"]


async def test_a_read_sees_one_unchanging_view(database: Database) -> None:
    loop = asyncio.get_running_loop()

    def look(conn: Connection) -> tuple[int, int]:
        first = conn.one(PEOPLE).n
        if conn.engine == "sqlite":  # the reader has a thread of its own; the loop is free
            asyncio.run_coroutine_threadsafe(database.write(add), loop).result(5)
        else:
            from sqlalchemy.util import await_only

            await_only(database.write(add))
        return first, conn.one(PEOPLE).n

    assert await database.read(look) == (0, 0)
    assert await people_in(database) == 1


async def test_a_read_can_not_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"):
        await database.read(add)
    assert await people_in(database) == 0


async def test_many_rows_at_once(database: Database) -> None:
    rows = ({"channel": "web", "event_id": str(number), "received_at": NOW} for number in range(500))
    assert await database.write(lambda conn: conn.insert_many(inbox, rows)) == 500
    counted = select(func.count().label("n")).select_from(inbox)
    assert (await database.read(lambda conn: conn.one(counted))).n == 500


async def test_two_hundred_writers_at_once_lose_nothing(database: Database) -> None:
    def count_up(conn: Connection) -> None:
        conn.lock("counter")
        row = conn.one(select(person.c.id, person.c.locale).with_for_update())
        conn.run(update(person).where(person.c.id == row.id).values(locale=str(int(row.locale) + 1)))

    await database.write(lambda conn: conn.insert(person, name="", locale="0", created_at=NOW))
    await asyncio.gather(*(database.write(count_up) for _ in range(200)))
    assert (await database.read(lambda conn: conn.one(select(person.c.locale)))).locale == "200"


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:", "mysql://x/y"])
def test_a_database_that_is_none_is_refused_with_the_mend(url: str, vault: Vault) -> None:
    with pytest.raises(ValueError, match="use sqlite"):
        Database(url, vault)


async def test_a_server_that_is_not_there_is_unavailable(vault: Vault) -> None:
    with pytest.raises(Unavailable):
        await Database("postgresql+asyncpg://nobody@127.0.0.1:1/none", vault).open()


async def test_a_place_that_can_not_be_written_is_unavailable(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unavailable, match="file"):
        await Database(f"sqlite+aiosqlite:///{tmp_path}/file/tocns.db", vault).open()


async def test_a_closed_database_is_unavailable(database: Database) -> None:
    await database.close()
    with pytest.raises(Unavailable, match="closed"):
        await database.write(add)
    with pytest.raises(Unavailable, match="closed"):
        await database.read(add)


async def test_transactions_that_cross_each_other_are_tried_again(database: Database) -> None:
    """Two transactions lock two rows in opposite order: PostgreSQL ends one of them, which then runs anew."""
    first, second = await database.write(lambda conn: (add(conn), add(conn)))
    runs = SimpleNamespace(count=0)

    def touch(conn: Connection, *order: int) -> None:
        runs.count += 1
        for number in order:
            conn.run(update(person).where(person.c.id == number).values(locale="en"))
            conn.all(select(func.pg_sleep(0.2)) if conn.engine == "postgresql" else PEOPLE)

    await asyncio.gather(
        database.write(lambda conn: touch(conn, first, second)),
        database.write(lambda conn: touch(conn, second, first)),
    )
    assert runs.count == (3 if database.url.startswith("postgresql") else 2)
    rows = await database.read(lambda conn: conn.all(select(person.c.locale)))
    assert [row.locale for row in rows] == ["en", "en"]


async def test_a_connection_that_breaks_is_unavailable_and_the_next_works(database: Database) -> None:
    if database.url.startswith("sqlite"):
        pytest.skip("there is no connection to break")

    def cut(conn: Connection) -> None:
        add(conn)
        conn.all(select(func.pg_terminate_backend(func.pg_backend_pid())))
        add(conn)

    with pytest.raises(Unavailable):
        await database.write(cut)
    assert await people_in(database) == 0


# --------------------------------------------------------------------------- what rarely changes


def named(conn: Connection) -> list[str]:
    return conn.lasting("names", lambda: [row.name for row in conn.all(select(area.c.name))])


def found(conn: Connection, name: str) -> None:
    conn.insert(area, code=name, name=name, level="commune", valid_from=NOW.date(), invented=False)


async def test_what_rarely_changes_is_looked_up_once(database: Database) -> None:
    looks: list[int] = []
    for _ in range(3):
        await database.read(lambda conn: conn.lasting("x", lambda: looks.append(1)))
    assert looks == [1]


async def test_a_change_is_seen_at_once_by_everybody(database: Database, vault: Vault) -> None:
    async with Database(database.url, vault) as other:
        assert await database.read(named) == await other.read(named) == []
        await other.write(lambda conn: found(conn, "Bình Hòa"))
        assert await database.read(named) == await other.read(named) == ["Bình Hòa"]


async def test_a_change_is_seen_within_its_own_transaction_and_forgotten_when_undone(
    database: Database,
) -> None:
    def change(conn: Connection) -> list[list[str]]:
        seen = [named(conn)]
        try:
            with conn.savepoint():
                found(conn, "Bình Hiệp")
                seen.append(named(conn))
                raise LookupError
        except LookupError:
            return [*seen, named(conn)]

    assert await database.write(change) == [[], ["Bình Hiệp"], []]
    assert await database.read(named) == []


async def test_what_was_remembered_in_a_transaction_that_failed_is_forgotten(database: Database) -> None:
    def fail(conn: Connection) -> None:
        found(conn, "Mộc Hóa")
        assert named(conn) == ["Mộc Hóa"]
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail, brief=True)
    assert await database.read(named) == []


async def test_whoever_is_cancelled_at_any_point_leaves_nothing_open_and_nothing_to_complain_of(
    database: Database,
) -> None:
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(str(context)))

    def work(conn: Connection) -> None:
        notes.put(conn, "cancelled", "no", NOW)

    for turns in range(40):  # how often the loop goes round before it is cancelled
        task = asyncio.create_task(database.write(work))
        for _ in range(turns):
            await asyncio.sleep(0.0001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await database.write(work)
    assert complaints == []


async def test_of_brief_work_that_gathers_each_is_done_or_undone_for_itself(database: Database) -> None:
    def work(conn: Connection, number: int) -> int:
        add(conn)
        if number % 10 == 7:
            raise LookupError(number)
        return number

    waiting = (database.write(partial(work, number=number), brief=True) for number in range(100))
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    failed = {number for number, one in enumerate(outcomes) if isinstance(one, LookupError)}
    assert failed == {number for number in range(100) if number % 10 == 7}
    assert [one for one in outcomes if isinstance(one, int)] == sorted({*range(100)} - failed)
    assert await people_in(database) == 90


async def test_brief_work_for_whose_end_others_wait_is_done_once_however_it_gathers(
    database: Database,
) -> None:
    rename = Statement(update(person).where(person.c.id == bindparam("who")).values(name="Cúc"))
    three = [await database.write(add) for _ in range(3)]
    runs = []

    def work(conn: Connection, number: int) -> None:
        runs.append(number)
        conn.fill()
        conn.run(rename, who=three[number % 3])

    await asyncio.gather(*(database.write(partial(work, number=number), brief=True) for number in range(90)))
    assert sorted(runs) == [*range(90)]


async def test_who_does_not_wait_for_brief_work_does_not_stop_that_of_others(database: Database) -> None:
    waiting = [asyncio.create_task(database.write(add, brief=True)) for _ in range(60)]
    await asyncio.sleep(0)
    for task in waiting[::2]:
        task.cancel()
    assert not any(isinstance(one, BaseException) for one in await asyncio.gather(*waiting[1::2]))
    assert await people_in(database) >= 30


async def test_what_may_be_written_later_is_there_for_whatever_comes_after_it(database: Database) -> None:
    renamed = Statement(update(person).where(person.c.id == bindparam("who")).values(name=bindparam("to")))
    event = {"channel": bindparam("channel"), "event_id": bindparam("event"), "received_at": bindparam("at")}
    heard = Statement(insert(inbox).values(event))

    def again(conn: Connection, who: int) -> None:
        with conn.savepoint():
            conn.later(renamed, who=who, to="Cúc")
            conn.later(heard, channel="web", event="1", at=NOW)

    def work(conn: Connection) -> list[str]:
        who = add(conn)
        conn.later(renamed, who=who, to="Mai")
        conn.later(heard, channel="web", event="1", at=NOW)
        conn.later(heard, channel="web", event="2", at=NOW)
        conn.later(renamed, who=who, to="Hoa")
        seen = [conn.one(select(person.c.name)).name]
        with pytest.raises(Conflict):
            again(conn, who)
        conn.later(heard, channel="web", event="3", at=NOW)
        conn.later(renamed, who=who, to=f"{conn.one(select(person.c.name)).name} B")
        return seen

    assert await database.write(work) == ["Hoa"]
    assert (await database.read(lambda conn: conn.one(select(person.c.name)))).name == "Hoa B"
    events = await database.read(lambda conn: conn.all(select(inbox.c.event_id).order_by(inbox.c.event_id)))
    assert [row.event_id for row in events] == ["1", "2", "3"]
