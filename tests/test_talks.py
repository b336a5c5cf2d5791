"""Who speaks and where the talk stands: found in one query, kept in order, drafts and all."""

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select

from content.households import Draft
from content.people import Grant, Role
from storage import outbox, people, talks
from storage.database import Connection, Database, table
from storage.tables import AreaRow, PersonRow, TalkRow

NOW = datetime(2026, 11, 22, 20, 30, tzinfo=timezone(timedelta(hours=7)))


def hamlet(conn: Connection) -> int:
    return conn.insert(AreaRow, code="h", name="ấp 1", level="hamlet", valid_from=date(2023, 1, 1))


async def test_a_stranger_is_nobody_until_met(database: Database) -> None:
    assert await database.write(lambda conn: talks.load(conn, "web", "7", NOW)) is None
    met = await database.write(lambda conn: talks.open_account(conn, "web", "7", "Lan", "vi", NOW))
    assert met.first
    known = await database.write(lambda conn: talks.load(conn, "web", "7", NOW))
    assert known is not None
    assert not known.first
    assert (known.account_id, known.person, known.doing) == (met.account_id, met.person, None)
    assert await database.write(lambda conn: talks.load(conn, "telegram", "7", NOW)) is None


async def test_the_talk_goes_on_where_it_stood(database: Database) -> None:
    met = await database.write(lambda conn: talks.open_account(conn, "web", "7", "Lan", "vi", NOW))
    await database.write(lambda conn: talks.save(conn, met.person.id, '{"at":"tên: Bưởi"}', NOW))
    there = await database.write(lambda conn: talks.load(conn, "web", "7", NOW))
    assert there is not None
    assert there.doing == '{"at":"tên: Bưởi"}'
    await database.write(lambda conn: talks.save(conn, met.person.id, None, NOW))
    there = await database.write(lambda conn: talks.load(conn, "web", "7", NOW))
    assert there is not None
    assert there.doing is None


async def test_only_the_roles_of_the_day_count(database: Database) -> None:
    def write(conn: Connection) -> int:
        person = talks.open_account(conn, "web", "7", "Lan", "vi", NOW).person.id
        area = hamlet(conn)
        people.grant(conn, person, Grant(Role.MEMBER, area), date(2026, 11, 1))
        people.grant(conn, person, Grant(Role.LEADER, area), date(2026, 11, 22))
        people.grant(conn, person, Grant(Role.COMMUNE, area), date(2026, 11, 23))
        people.revoke(conn, person, Role.MEMBER, area, date(2026, 11, 22))
        return area

    area = await database.write(write)

    async def roles(day: int) -> tuple[Grant, ...]:
        at = NOW.replace(day=day)
        there = await database.write(lambda conn: talks.load(conn, "web", "7", at))
        assert there is not None
        return there.person.grants

    assert await roles(21) == (Grant(Role.MEMBER, area),)
    assert await roles(22) == (Grant(Role.LEADER, area),)
    assert await roles(23) == (Grant(Role.LEADER, area), Grant(Role.COMMUNE, area))


async def test_who_writes_is_reachable_again(database: Database) -> None:
    met = await database.write(lambda conn: talks.open_account(conn, "web", "7", "Lan", "vi", NOW))
    await database.write(lambda conn: outbox.gone(conn, met.account_id))
    await database.write(lambda conn: talks.load(conn, "web", "7", NOW))
    (account,) = await database.read(lambda conn: people.accounts(conn, met.person.id))
    assert account.reachable


async def test_first_messages_that_come_at_once_meet_one_person(database: Database) -> None:
    def turn(conn: Connection) -> int:
        there = talks.load(conn, "web", "7", NOW) or talks.open_account(conn, "web", "7", "Lan", "vi", NOW)
        return there.person.id

    met = await asyncio.gather(*(database.write(turn) for _ in range(10)))
    assert len(set(met)) == 1
    counted = await database.read(lambda conn: conn.one(select(func.count()).select_from(table(PersonRow))))
    assert counted[0] == 1


async def test_turns_of_one_person_follow_one_another(database: Database) -> None:
    """On PostgreSQL over several connections: the talk's row is locked from load to commit."""

    def turn(conn: Connection) -> None:
        there = talks.load(conn, "web", "7", NOW)
        assert there is not None
        if conn.engine == "postgresql":
            conn.all(select(func.pg_sleep(0.01)))
        talks.save(conn, there.person.id, str(int(there.doing or "0") + 1), NOW)

    await database.write(lambda conn: talks.open_account(conn, "web", "7", "Lan", "vi", NOW))
    await asyncio.gather(*(database.write(turn) for _ in range(20)))
    there = await database.write(lambda conn: talks.load(conn, "web", "7", NOW))
    assert there is not None
    assert there.doing == "20"


async def test_turns_of_different_people_do_not_wait_for_each_other(database: Database) -> None:
    if database.url.startswith("sqlite"):
        pytest.skip("SQLite has one writer")
    for address in ("1", "2"):
        await database.write(lambda conn, a=address: talks.open_account(conn, "web", a, "Lan", "vi", NOW))
    together = asyncio.Barrier(2)

    def turn(conn: Connection, address: str) -> None:
        from sqlalchemy.util import await_only

        talks.load(conn, "web", address, NOW)
        await_only(together.wait())  # only reached by both if neither is kept waiting

    async with asyncio.timeout(5):
        await asyncio.gather(*(database.write(lambda conn, a=a: turn(conn, a)) for a in ("1", "2")))


# --------------------------------------------------------------------------- drafts


def draft(household: int | None, label: str, minute: int = 0, key: str = "") -> Draft:
    return Draft(
        household_id=household,
        household_name=label,
        form="khao-sat-ho",
        version="3",
        state={"answers": {"/data/ten": "Bưởi"}, "at": "/data/so_nguoi"},
        updated_at=datetime(2026, 11, 22, 8, minute, tzinfo=UTC),
        purpose="survey",
        about={"area": 5},
        key=key,
    )


async def test_drafts_come_back_as_they_were_newest_first(database: Database) -> None:
    kept = [draft(1, "Ông An", 1), draft(2, "Bà Bưởi", 3), draft(None, "hộ mới", 2, "k1")]

    def write(conn: Connection) -> int:
        person = people.create(conn, "Lan", "vi", NOW)
        for each in kept:
            talks.keep_draft(conn, person, each)
        return person

    person = await database.write(write)
    assert await database.read(lambda conn: talks.drafts(conn, person)) == [kept[1], kept[2], kept[0]]


async def test_a_draft_takes_the_place_of_the_older_of_the_same_household(database: Database) -> None:
    def write(conn: Connection) -> tuple[list[Draft], list[Draft], list[bool]]:
        person, other = (people.create(conn, name, "vi", NOW) for name in ("Lan", "Mai"))
        for each in (
            draft(1, "Ông An", 1),
            draft(1, "Ông An", 2),
            draft(None, "mới", 3, "a"),
            draft(None, "mới", 4, "b"),
        ):
            talks.keep_draft(conn, person, each)
        talks.keep_draft(conn, other, draft(1, "Ông An", 9))
        dropped = [
            talks.drop_draft(conn, person, "khao-sat-ho", None, "a"),
            talks.drop_draft(conn, person, "khao-sat-ho", None, "a"),
        ]
        return talks.drafts(conn, person), talks.drafts(conn, other), dropped

    mine, others, dropped = await database.write(write)
    assert [(each.household_id, each.key, each.updated_at.minute) for each in mine] == [
        (None, "b", 4),
        (1, "", 2),
    ]
    assert len(others) == 1
    assert dropped == [True, False]


async def test_the_talk_is_sealed_in_the_database(sqlite_database: Database) -> None:
    met = await sqlite_database.write(lambda conn: talks.open_account(conn, "web", "7", "Lan", "vi", NOW))
    await sqlite_database.write(lambda conn: talks.save(conn, met.person.id, "Bưởi", NOW))
    raw = select(func.hex(table(TalkRow).c.doing).label("bytes"))
    row = await sqlite_database.read(lambda conn: conn.one(raw))
    assert "Bưởi".encode().hex().upper() not in row.bytes
    assert len(row.bytes) > 40
