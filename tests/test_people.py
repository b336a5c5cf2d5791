"""People, their accounts, what roles they hold when, and how they come by them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from content.people import Grant, Role
from storage import people, talks
from storage.database import Conflict, Connection, Database
from storage.people import Offer
from storage.tables import AreaRow

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
TODAY = NOW.date()


def hamlet(conn: Connection) -> int:
    return conn.insert(AreaRow, code="h", name="ấp 1", level="hamlet", valid_from=date(2023, 1, 1))


def offer(conn: Connection, code: str, uses: int = 1, days: int = 7) -> Offer:
    area = hamlet(conn)
    made = Offer(Role.MEMBER, area, people.team(conn, area, "Tổ 1"), uses, NOW + timedelta(days=days))
    people.invite(conn, code, made, NOW)
    return made


async def test_an_invitation_gives_role_area_team_and_name(database: Database) -> None:
    def write(conn: Connection) -> tuple[Offer, int]:
        return offer(conn, "ABCD-2345"), people.create(conn, "", "vi", NOW)

    made, person = await database.write(write)
    seen = await database.read(lambda conn: people.invitation(conn, "abcd 2345", NOW))
    assert (seen.problem, seen.role, seen.area_id, seen.team) == (None, Role.MEMBER, made.area_id, "Tổ 1")
    taken = await database.write(lambda conn: people.redeem(conn, person, "abcd2345", "Lan", NOW))
    assert taken.problem is None
    lan = await database.read(lambda conn: people.find(conn, person, TODAY))
    assert lan is not None
    assert (lan.name, lan.grants) == ("Lan", (Grant(Role.MEMBER, made.area_id, made.team_id),))


@pytest.mark.parametrize(
    ("code", "at", "problem"),
    [("XXXX", NOW, "unknown"), ("ABCD", NOW + timedelta(days=7), "expired"), ("ABCD", NOW, "used")],
)
async def test_an_invitation_that_gives_nothing_says_why(
    database: Database, code: str, at: datetime, problem: str
) -> None:
    def write(conn: Connection) -> tuple[int, int]:
        offer(conn, "ABCD")
        first, second = (people.create(conn, name, "vi", NOW) for name in ("An", "Bình"))
        people.redeem(conn, first, "ABCD", "An", NOW)
        return first, second

    _, second = await database.write(write)
    assert (await database.read(lambda conn: people.invitation(conn, code, at))).problem == problem
    taken = await database.write(lambda conn: people.redeem(conn, second, code, "Khác", at))
    assert taken.problem == problem
    still = await database.read(lambda conn: people.find(conn, second, TODAY))
    assert still is not None
    assert (still.name, still.grants) == ("Bình", ())


async def test_who_holds_the_role_already_uses_nothing_up(database: Database) -> None:
    def write(conn: Connection) -> list[str | None]:
        offer(conn, "ABCD", uses=2)
        an, binh = (people.create(conn, name, "vi", NOW) for name in ("An", "Bình"))
        return [people.redeem(conn, person, "ABCD", "", NOW).problem for person in (an, an, an, binh)]

    assert await database.write(write) == [None, None, None, None]


async def test_a_code_can_not_be_read_from_the_database(sqlite_database: Database, tmp_path: Path) -> None:
    await sqlite_database.write(lambda conn: offer(conn, "GEHEIM2345"))
    kept = kept_in(tmp_path)
    assert b"Geheim 2345" not in kept
    assert b"GEHEIM2345" not in kept
    assert b"mem" in kept, "the rest of the row is there to be read"


def kept_in(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.iterdir())


async def test_an_address_has_one_person(database: Database) -> None:
    def write(conn: Connection) -> int:
        first, second = (people.create(conn, name, "vi", NOW) for name in ("An", "Bình"))
        people.add_account(conn, first, "web", "7", NOW)
        return second

    second = await database.write(write)
    with pytest.raises(Conflict):
        await database.write(lambda conn: people.add_account(conn, second, "web", "7", NOW))


async def test_a_second_account_joins_the_person_and_takes_their_talk(database: Database) -> None:
    def write(conn: Connection) -> tuple[int, int, int]:
        lan = talks.open_account(conn, "telegram", "1", "Lan", "vi", NOW)
        talks.save(conn, lan.person.id, "in the middle", NOW)
        stranger = talks.open_account(conn, "web", "2", "", "vi", NOW)
        people.join(conn, stranger.account_id, lan.person.id)
        return lan.person.id, stranger.person.id, stranger.account_id

    lan, stranger, account = await database.write(write)
    there = await database.write(lambda conn: talks.load(conn, "web", "2", NOW))
    assert there is not None
    assert (there.person.id, there.account_id, there.doing) == (lan, account, "in the middle")
    assert await database.read(lambda conn: people.find(conn, stranger, TODAY)) is None
    assert [each.channel for each in await database.read(lambda conn: people.accounts(conn, lan))] == [
        "telegram",
        "web",
    ]


async def test_a_person_of_whom_more_is_known_is_not_forgotten(database: Database) -> None:
    def write(conn: Connection) -> int:
        lan = talks.open_account(conn, "telegram", "1", "Lan", "vi", NOW)
        mai = talks.open_account(conn, "web", "2", "Mai", "vi", NOW)
        people.grant(conn, mai.person.id, Grant(Role.MEMBER, hamlet(conn)), TODAY)
        people.join(conn, mai.account_id, lan.person.id)
        return mai.person.id

    mai = await database.write(write)
    kept = await database.read(lambda conn: people.find(conn, mai, TODAY))
    assert kept is not None
    assert kept.roles == {Role.CITIZEN, Role.MEMBER}


async def test_everybody_with_a_role_on_a_day(database: Database) -> None:
    def write(conn: Connection) -> None:
        area = hamlet(conn)
        for name, role, since in (
            ("An", Role.MEMBER, TODAY),
            ("Bình", Role.LEADER, TODAY),
            ("Chi", Role.MEMBER, TODAY + timedelta(days=1)),
        ):
            people.grant(conn, people.create(conn, name, "vi", NOW), Grant(role, area), since)

    await database.write(write)
    found = await database.read(lambda conn: people.who_may(conn, "help-first", TODAY))
    assert [person.name for person in found] == ["An"]
    tomorrow = TODAY + timedelta(days=1)
    found = await database.read(lambda conn: people.who_may(conn, "help-first", tomorrow))
    assert [person.name for person in found] == ["An", "Chi"]


async def test_a_team_is_made_once(database: Database) -> None:
    def write(conn: Connection) -> set[int]:
        area = hamlet(conn)
        return {
            people.team(conn, area, "Tổ 1"),
            people.team(conn, area, "Tổ 1"),
            people.team(conn, area, "Tổ 2"),
        }

    assert len(await database.write(write)) == 2


async def test_language_and_name_can_change(database: Database) -> None:
    person = await database.write(lambda conn: people.create(conn, "Lan", "vi", NOW))
    await database.write(lambda conn: people.set_locale(conn, person, "en"))
    await database.write(lambda conn: people.rename(conn, person, "Lan Anh"))
    found = await database.read(lambda conn: people.find(conn, person, TODAY))
    assert found is not None
    assert (found.locale, found.name) == ("en", "Lan Anh")
