"""Files that wait to be checked, and what becomes of them."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import forms, people, sheets
from storage.database import Connection, Database
from storage.forms import Publication
from storage.sheets import KEPT, Right, Sent
from storage.tables import AreaRow

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
RIGHT = Right("ho", "1", "Hộ", "<h:html>1</h:html>")


def admin(conn: Connection) -> tuple[int, int]:
    """Somebody, and their account."""
    person = people.create(conn, "Quân", "vi", NOW)
    return person, people.add_account(conn, person, "webchat", "quan", NOW)


def send(conn: Connection, name: str, who: tuple[int, int], at: datetime = NOW) -> None:
    sheets.keep(conn, Sent(name, *who, f"{name}.xlsx", "", b"PK " + name.encode()), at)


async def test_files_are_taken_in_their_order_and_by_one_only(database: Database) -> None:
    def write(conn: Connection) -> list[str | None]:
        who = admin(conn)
        send(conn, "b", who, NOW + timedelta(seconds=1))
        send(conn, "a", who)
        taken = [sheets.take(conn, NOW + timedelta(seconds=2)) for _ in range(3)]
        return [sent.id if sent else None for sent in taken]

    assert await database.write(write) == ["a", "b", None]


async def test_a_file_whose_checker_died_is_taken_again_but_settled_once(database: Database) -> None:
    def write(conn: Connection) -> tuple[object, ...]:
        send(conn, "a", admin(conn))
        sheets.take(conn, NOW)
        later = NOW + timedelta(minutes=5)
        again = sheets.take(conn, later)
        assert again
        first = sheets.settle(conn, "a", b"PK a", RIGHT, later)
        return again.tries, first, sheets.settle(conn, "a", b"PK a", None, later), sheets.take(conn, later)

    assert await database.write(write) == (1, True, False, None)


async def test_what_is_right_is_kept_byte_for_byte_and_what_is_wrong_is_not(database: Database) -> None:
    def write(conn: Connection) -> None:
        who = admin(conn)
        for name in ("right", "wrong"):
            send(conn, name, who)
            sheets.take(conn, NOW)
        sheets.settle(conn, "right", b"PK right", RIGHT, NOW)
        sheets.settle(conn, "wrong", b"PK wrong", None, NOW)
        found = sheets.find(conn, "right")
        assert found
        assert (found.form, found.version, found.title, found.newest_id) == ("ho", "1", "Hộ", 0)
        assert sheets.source(conn, "right") == b"PK right"
        assert sheets.xform(conn, "right") == RIGHT.xform
        assert sheets.find(conn, "wrong") is None
        for look in (sheets.source, sheets.xform):
            with pytest.raises(KeyError):
                look(conn, "wrong")

    await database.write(write)


async def test_a_file_remembers_the_newest_version_there_was(database: Database) -> None:
    def write(conn: Connection) -> bool:
        area = conn.insert(AreaRow, code="1", name="xã 1", level="commune", valid_from=NOW.date())
        there = forms.publish(conn, Publication("ho", "0", "Hộ", "<x/>", b"", "ho.xlsx", area), None, NOW)
        send(conn, "a", admin(conn))
        sheets.settle(conn, "a", b"PK a", RIGHT, NOW)
        found = sheets.find(conn, "a")
        return found is not None and found.newest_id == there.id

    assert await database.write(write)


async def test_old_files_are_forgotten(database: Database) -> None:
    def write(conn: Connection) -> list[bool]:
        who = admin(conn)
        send(conn, "old", who, NOW - KEPT - timedelta(seconds=1))
        sheets.settle(conn, "old", b"PK", RIGHT, NOW)
        send(conn, "new", who)
        return [sheets.find(conn, "old") is None, sheets.take(conn, NOW) is not None]

    assert await database.write(write) == [True, True]
