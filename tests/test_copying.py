"""A backup: all that was there at one moment, back on either engine, and refused where it is not right."""

import asyncio
import io
import sqlite3
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlmodel import SQLModel

from storage import copying, people, revisions
from storage.copying import Refused
from storage.database import Database, table
from storage.direct import changing, reading
from storage.notes import EDITION
from storage.secrets import Unreadable, Vault
from storage.tables import NoteRow, PersonRow
from tests.filling import ROWS, Content, content, fill

NOW = datetime(2026, 11, 22, 19, 20, tzinfo=UTC)


def copied(url: str, vault: Vault) -> io.BytesIO:
    file = io.BytesIO()
    copying.write(url, vault, file, NOW)
    file.seek(0)
    return file


def without_edition(found: Content) -> Content:
    return found | {"note": [row for row in found["note"] if row["name"] != EDITION]}


@pytest.fixture
def filled_url(database_url: str, vault: Vault) -> str:
    changing(database_url, lambda raw: fill(raw, vault))
    return database_url


def test_all_that_was_there_is_there_again(filled_url: str, own_database_url: str, vault: Vault) -> None:
    """From each engine to each."""
    rows = copying.restore(own_database_url, vault, copied(filled_url, vault), NOW)
    assert rows == ROWS * len(SQLModel.metadata.tables)
    before = reading(filled_url, content)
    assert without_edition(reading(own_database_url, content)) == before
    assert revisions.current(own_database_url) == revisions.head()


async def test_life_goes_on_after_a_restore(
    own_database_url: str, sqlite_database: Database, vault: Vault
) -> None:
    there = sqlite_database
    numbers = [await there.write(lambda conn: people.create(conn, "Lan", "vi", NOW)) for _ in range(5)]
    file = await asyncio.to_thread(copied, there.url, vault)
    await asyncio.to_thread(copying.restore, own_database_url, vault, file, NOW)
    async with Database(own_database_url, vault) as here:
        assert (await here.read(revisions.standing)).amiss is None
        found = await here.read(lambda conn: people.find(conn, numbers[0], NOW.date()))
        assert found is not None
        assert found.name == "Lan"
        assert await here.write(lambda conn: people.create(conn, "Hùng", "vi", NOW)) == numbers[-1] + 1


@pytest.mark.parametrize("revision", ["0001", "0005"])
def test_a_backup_of_an_older_program_is_brought_up(
    revision: str, tmp_path: Path, own_database_url: str, vault: Vault
) -> None:
    old = f"sqlite+aiosqlite:///{tmp_path}/old.db"
    revisions.upgrade(old, revision)
    changing(old, lambda raw: fill(raw, vault))
    copying.restore(own_database_url, vault, copied(old, vault), NOW)
    assert revisions.current(own_database_url) == revisions.head()
    assert len(reading(own_database_url, content)["person"]) == ROWS


def test_a_database_that_holds_data_stays_unless_told(filled_url: str, tmp_path: Path, vault: Vault) -> None:
    empty = f"sqlite+aiosqlite:///{tmp_path}/empty.db"
    revisions.upgrade(empty)
    file = copied(empty, vault)
    before = reading(filled_url, content)
    with pytest.raises(Refused, match="--replace"):
        copying.restore(filled_url, vault, file, NOW)
    assert reading(filled_url, content) == before
    file.seek(0)
    copying.restore(filled_url, vault, file, NOW, replace=True)
    assert without_edition(reading(filled_url, content))["person"] == []


def test_a_restored_database_is_a_new_edition(sqlite_url: str, tmp_path: Path, vault: Vault) -> None:
    restored = f"sqlite+aiosqlite:///{tmp_path}/restored.db"
    first = copied(sqlite_url, vault)
    assert copying.read_head(io.BytesIO(first.getvalue())).edition == ""
    copying.restore(restored, vault, first, NOW)
    head = copying.read_head(copied(restored, vault))
    assert head == copying.Head(NOW, revisions.head(), "sqlite", NOW.isoformat())


# ------------------------------------------------------------------ what is refused


@pytest.fixture
def file(sqlite_url: str, vault: Vault) -> bytes:
    changing(sqlite_url, lambda raw: fill(raw, vault))
    return copied(sqlite_url, vault).getvalue()


def refusal(url: str, vault: Vault, file: bytes) -> str:
    with pytest.raises(Refused) as refused:
        copying.restore(url, vault, io.BytesIO(file), NOW)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_another_key_is_told_from_damage(file: bytes, own_database_url: str) -> None:
    assert "TOCNS_SECRET_KEY" in refusal(own_database_url, Vault("another key, just as long as it"), file)
    assert revisions.current(own_database_url) is None


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.9999])
def test_a_changed_byte_is_found_wherever_it_is(
    part: float, file: bytes, tmp_path: Path, vault: Vault
) -> None:
    (tmp_path / "own.db").touch()
    url = f"sqlite+aiosqlite:///{tmp_path}/own.db"
    place = int(len(file) * part)
    changed = file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :]
    assert refusal(url, vault, changed)
    assert reading(url, content) == {}


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9999])
def test_a_file_that_ends_too_soon_is_found(part: float, file: bytes, tmp_path: Path, vault: Vault) -> None:
    (tmp_path / "own.db").touch()
    url = f"sqlite+aiosqlite:///{tmp_path}/own.db"
    assert refusal(url, vault, file[: int(len(file) * part)])
    assert refusal(url, vault, file + b"more")
    assert reading(url, content) == {}


@pytest.mark.parametrize("more", [0, 3, 30, 10_000])
def test_a_file_that_ends_after_its_first_line_leaves_no_database(
    more: int, file: bytes, tmp_path: Path, vault: Vault
) -> None:
    (tmp_path / "new").mkdir()
    url = f"sqlite+aiosqlite:///{tmp_path}/new/own.db"
    assert "not all there" in refusal(url, vault, file[: file.index(b"\n") + 1 + more])
    assert list((tmp_path / "new").iterdir()) == []
    copying.restore(url, vault, io.BytesIO(file), NOW)
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["own.db"]


def test_what_is_left_of_a_database_that_was_taken_away_is_not_played_into_the_new_one(
    file: bytes, tmp_path: Path, vault: Vault
) -> None:
    before = sqlite3.connect(tmp_path / "own.db")
    before.execute("PRAGMA journal_mode=WAL")
    before.execute("CREATE TABLE broken (id)")
    before.commit()
    for log in ("own.db-wal", "own.db-shm"):
        (tmp_path / f"{log}.kept").write_bytes((tmp_path / log).read_bytes())
    before.close()
    (tmp_path / "own.db").unlink()
    for log in ("own.db-wal", "own.db-shm"):
        (tmp_path / f"{log}.kept").rename(tmp_path / log)
    copying.restore(f"sqlite+aiosqlite:///{tmp_path}/own.db", vault, io.BytesIO(file), NOW)
    with closing(sqlite3.connect(tmp_path / "own.db")) as now:
        tables = {name for (name,) in now.execute("SELECT name FROM sqlite_master")}
    assert "household" in tables
    assert "broken" not in tables


def test_a_newer_program_is_named(file: bytes, own_database_url: str, vault: Vault) -> None:
    newer = file.replace(f'"revision":"{revisions.head()}"'.encode(), b'"revision":"9999"', 1)
    assert "9999" in refusal(own_database_url, vault, newer)
    unknown = file.replace(f'"revision":"{revisions.head()}"'.encode(), b'"revision":"0000"', 1)
    assert "0000" in refusal(own_database_url, vault, unknown)


@pytest.mark.parametrize("other", [b"", b"SQLite format 3\0", b"{}\n", b"[]\n", b"\xff\xfe\n", b"x" * 10_000])
def test_any_other_file_is_no_backup(other: bytes, tmp_path: Path, vault: Vault) -> None:
    assert "no backup" in refusal(f"sqlite+aiosqlite:///{tmp_path}/own.db", vault, other)


def test_an_empty_database_is_nothing_to_back_up(own_database_url: str, vault: Vault) -> None:
    with pytest.raises(Refused, match="db upgrade"):
        copied(own_database_url, vault)


def test_the_file_says_when_and_what_in_clear_and_nothing_of_anybody(file: bytes, vault: Vault) -> None:
    first, _, rest = file.partition(b"\n")
    assert f'"revision":"{revisions.head()}"'.encode() in first
    assert b'"made_at":"2026-11-22T19:20:00+00:00"' in first
    assert b"person" not in rest  # not even the names of tables


# ------------------------------------------------------------------ while others write


async def test_the_copy_is_of_one_moment_while_others_write(database: Database, vault: Vault) -> None:
    """All that was acknowledged before it began is in it, and of each transaction all or nothing."""
    note, person, done = table(NoteRow), table(PersonRow), 0

    async def write_on() -> None:
        nonlocal done
        while True:
            name = f"n{done + 1}"

            def two(conn, name=name):  # type: ignore[no-untyped-def]
                people.create(conn, name, "vi", NOW)
                conn.insert(note, name=name, value="", at=NOW)

            await database.write(two)
            done += 1

    writing = asyncio.create_task(write_on())
    async with asyncio.timeout(30):
        while done < 50 and not writing.done():  # noqa: ASYNC110 - a writer has no reason to call
            await asyncio.sleep(0.01)
    assert not writing.done(), writing.exception()
    before = done
    file = await asyncio.to_thread(copied, database.url, vault)
    during = done
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    rows = await asyncio.to_thread(_counted, file, vault)
    assert rows[person.name] == rows[note.name]
    assert before <= rows[person.name] <= during


def _counted(file: io.BytesIO, vault: Vault) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/own.db"
        copying.restore(url, vault, file, NOW)
        return {name: len(rows) for name, rows in without_edition(reading(url, content)).items()}


def test_no_more_memory_than_the_longest_rows_need(sqlite_url: str, vault: Vault, tmp_path: Path) -> None:
    def photos(raw) -> None:  # type: ignore[no-untyped-def]
        person = {"id": 1, "name": b"", "locale": "vi", "created_at": NOW, "invented": False}
        raw.execute(insert(table(PersonRow)), [person])
        for number in range(60):
            raw.exec_driver_sql(
                "INSERT INTO photo (name, channel, ref, person_id, data, tries, created_at)"
                " VALUES (?, 'x', x'', 1, randomblob(1000000), 0, '2026-01-01 00:00:00.000000')",
                (f"{number}.jpg",),
            )

    changing(sqlite_url, photos)
    restored = f"sqlite+aiosqlite:///{tmp_path}/restored.db"
    tracemalloc.start()
    try:
        with (tmp_path / "a.backup").open("wb") as into:
            copying.write(sqlite_url, vault, into, NOW)
        written = tracemalloc.get_traced_memory()[1]
        with (tmp_path / "a.backup").open("rb") as source:
            copying.restore(restored, vault, source, NOW)
        read = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "a.backup").stat().st_size > 60_000_000
    assert max(written, read) < 45_000_000


# ------------------------------------------------------------------ sealed streams


@given(st.binary(max_size=200_000), st.integers(1, 70_000))
def test_a_sealed_stream_opens_to_what_went_in(data: bytes, step: int) -> None:
    vault, into = Vault("a secret key that only the tests use"), io.BytesIO()
    sealing = vault.sealing(into, b"head")
    for place in range(0, len(data), step):
        sealing.write(data[place : place + step])
    sealing.finish()
    into.seek(0)
    opening = vault.opening(into, b"head")
    assert b"".join(iter(lambda: opening.read(step), b"")) == data


@pytest.fixture
def sealed(vault: Vault) -> bytes:
    into = io.BytesIO()
    sealing = vault.sealing(into, b"head")
    sealing.write(bytes(200_000))
    sealing.finish()
    return into.getvalue()


def opened(vault: Vault, sealed: bytes, head: bytes = b"head") -> bytes:
    opening = vault.opening(io.BytesIO(sealed), head)
    return b"".join(iter(lambda: opening.read(100_000), b""))


def tampered(sealed: bytes) -> Iterator[bytes]:
    start, piece = 36, (1 << 16) + 16
    yield sealed[: start + piece]  # cut where a piece ends
    yield sealed[:start]
    yield sealed[:start] + sealed[start + piece :]  # the first piece gone
    first, second = sealed[start : start + piece], sealed[start + piece : start + 2 * piece]
    yield sealed[:start] + second + first + sealed[start + 2 * piece :]  # two pieces changed about
    yield sealed + sealed[start:]  # twice


def test_pieces_can_be_neither_dropped_nor_changed_about(vault: Vault, sealed: bytes) -> None:
    assert opened(vault, sealed) == bytes(200_000)
    for other in tampered(sealed):
        with pytest.raises(Unreadable, match="not all there"):
            opened(vault, other)
    with pytest.raises(Unreadable, match="changed"):
        opened(vault, sealed, b"another head")


def test_sqlite_is_not_held_up(sqlite_url: str, vault: Vault) -> None:
    """Whoever reads a copy keeps no lock that a writer would wait for."""
    path = sqlite_url.removeprefix("sqlite+aiosqlite:///")

    def write_meanwhile(raw) -> None:  # type: ignore[no-untyped-def]
        raw.exec_driver_sql("SELECT count(*) FROM person").all()
        with sqlite3.connect(path, timeout=0.1) as other:
            other.execute("INSERT INTO note VALUES ('a', 'b', '2026-01-01 00:00:00.000000')")

    reading(sqlite_url, write_meanwhile)
