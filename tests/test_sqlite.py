"""Group commit: what gathers is committed together, and nobody is told before it is durable."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

import storage.sqlite
from storage import revisions
from storage.database import Conflict, Connection, Database, Missing, Unavailable, table
from storage.secrets import Vault
from storage.tables import InboxRow

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
inbox = table(InboxRow)


def note(conn: Connection, event: str) -> str:
    conn.insert(inbox, channel="web", event_id=event, received_at=NOW)
    return event


def path_of(database: Database) -> Path:
    return Path(make_url(database.url).database or "")


def visible(path: Path) -> int:
    """What somebody else sees in the file now."""
    with sqlite3.connect(path) as other:
        return int(other.execute("SELECT count(*) FROM inbox").fetchone()[0])


class Gate:
    """Keeps the writer busy until it is opened, so that jobs gather behind it."""

    def __init__(self, database: Database) -> None:
        self._open = threading.Event()
        self._entered = threading.Event()
        self._task = asyncio.ensure_future(database.write(self._wait))

    def _wait(self, conn: Connection) -> None:
        self._entered.set()
        self._open.wait(10)

    async def closed(self) -> "Gate":
        await asyncio.to_thread(self._entered.wait, 10)
        return self

    async def open(self) -> None:
        self._open.set()
        await self._task


async def gathered(database: Database, *work) -> list:  # type: ignore[no-untyped-def]
    """Runs the jobs in one batch; what came of each."""
    gate = await Gate(database).closed()
    jobs = [asyncio.ensure_future(database.write(each)) for each in work]
    await asyncio.sleep(0)
    await gate.open()
    return await asyncio.gather(*jobs, return_exceptions=True)


async def test_jobs_that_gathered_become_visible_together_and_are_told_after(
    sqlite_database: Database,
) -> None:
    seen: list[tuple[int, int]] = []
    told: list[str] = []
    path = path_of(sqlite_database)

    async def tell(event: str) -> None:
        told.append(await sqlite_database.write(lambda conn: note(conn, event)))

    gate = await Gate(sqlite_database).closed()
    jobs = [asyncio.ensure_future(tell(str(number))) for number in range(20)]
    await asyncio.sleep(0)
    last = asyncio.ensure_future(sqlite_database.write(lambda conn: seen.append((visible(path), len(told)))))
    await asyncio.sleep(0)
    await gate.open()
    await asyncio.gather(*jobs, last)
    assert seen == [(0, 0)]
    assert visible(path) == 20
    assert told == [str(number) for number in range(20)]


async def test_one_that_raises_undoes_only_itself(sqlite_database: Database) -> None:
    def fail(conn: Connection) -> None:
        note(conn, "b")
        raise LookupError("b")

    outcomes = await gathered(
        sqlite_database,
        lambda conn: note(conn, "a"),
        fail,
        lambda conn: note(conn, "a"),
        lambda conn: note(conn, "b"),
    )
    assert outcomes[0] == "a"
    assert isinstance(outcomes[1], LookupError)
    assert isinstance(outcomes[2], Conflict)
    assert outcomes[3] == "b"
    assert visible(path_of(sqlite_database)) == 2


async def test_a_commit_that_fails_fails_all_of_them(sqlite_database: Database) -> None:
    def time_bomb(conn: Connection) -> None:
        conn.run(text("PRAGMA defer_foreign_keys = ON"))
        conn.run(
            text(
                "INSERT INTO tally (form, area_id, week, indicator, numerator, denominator) "
                "VALUES ('f', 999, '2026-11-16', 'x', 1, 1)"
            )
        )

    outcomes = await gathered(sqlite_database, lambda conn: note(conn, "a"), time_bomb)
    assert [type(outcome) for outcome in outcomes] == [Unavailable, Unavailable]
    assert visible(path_of(sqlite_database)) == 0
    assert await sqlite_database.write(lambda conn: note(conn, "a")) == "a"


async def test_a_transaction_that_the_engine_gives_up_fails_all_of_them(sqlite_database: Database) -> None:
    outcomes = await gathered(
        sqlite_database, lambda conn: note(conn, "a"), lambda conn: conn.run(text("ROLLBACK"))
    )
    assert [type(outcome) for outcome in outcomes] == [Unavailable, Unavailable]
    assert visible(path_of(sqlite_database)) == 0


async def test_a_file_that_another_process_holds_is_unavailable(
    sqlite_url: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.sqlite, "_BUSY_SECONDS", 0.05)
    async with Database(sqlite_url, vault) as database:
        other = sqlite3.connect(path_of(database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await database.write(lambda conn: note(conn, "a"))
        other.execute("ROLLBACK")
        other.close()
        assert await database.write(lambda conn: note(conn, "a")) == "a"


async def test_who_no_longer_waits_is_not_served(sqlite_database: Database) -> None:
    gate = await Gate(sqlite_database).closed()
    given_up = asyncio.ensure_future(sqlite_database.write(lambda conn: note(conn, "a")))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    await gate.open()
    await sqlite_database.write(lambda conn: note(conn, "b"))
    assert visible(path_of(sqlite_database)) == 1


async def test_what_was_asked_before_closing_is_done(sqlite_url: str, vault: Vault) -> None:
    async with Database(sqlite_url, vault) as database:
        jobs = [
            asyncio.ensure_future(database.write(lambda conn, n=n: note(conn, str(n)))) for n in range(50)
        ]
        await asyncio.sleep(0)
    assert await asyncio.gather(*jobs) == [str(number) for number in range(50)]


async def test_every_connection_is_set_to_be_safe(sqlite_database: Database) -> None:
    def settings(conn: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [conn.one(text(f"PRAGMA {name}"))[0] for name in names]

    assert await sqlite_database.write(settings) == ["wal", 2, 1]
    assert await sqlite_database.read(settings) == ["wal", 2, 1]


def test_nobody_else_on_the_machine_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    revisions.upgrade(f"sqlite+aiosqlite:///{path}")
    assert path.stat().st_mode & 0o077 == 0


async def test_only_what_brings_the_tables_makes_the_file(tmp_path: Path, vault: Vault) -> None:
    path = tmp_path / "var" / "none.db"
    url = f"sqlite+aiosqlite:///{path}"
    with pytest.raises(Missing, match=f"no database at {path} yet: run `tocns db upgrade`"):
        await Database(url, vault).open()
    with pytest.raises(Missing):
        await asyncio.to_thread(revisions.downgrade, url, "base")
    assert await asyncio.to_thread(revisions.current, url) is None
    assert not path.parent.exists()


KILLED = """
import asyncio, sys
from datetime import UTC, datetime
from functools import partial
from storage.database import Database, table
from storage.secrets import Vault
from storage.tables import InboxRow

async def one(database, number):
    values = dict(channel="web", event_id=str(number), received_at=datetime.now(UTC))
    await database.write(lambda conn: conn.insert(InboxRow, **values))
    print(number, flush=True)

async def main(url):
    database = Database(url, Vault("a secret key of this test"))
    await database.open()
    for start in range(0, 100_000, 20):
        await asyncio.gather(*(one(database, start + n) for n in range(20)))

asyncio.run(main(sys.argv[1]))
"""


def test_what_was_acknowledged_survives_a_kill(sqlite_url: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, sqlite_url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(storage.sqlite.__file__).parents[1],
    )
    assert child.stdout is not None
    told = [child.stdout.readline().strip() for _ in range(500)]
    child.send_signal(signal.SIGKILL)
    told += child.stdout.read().split()
    child.wait()
    with sqlite3.connect(make_url(sqlite_url).database or "") as other:
        kept = {row[0] for row in other.execute("SELECT event_id FROM inbox")}
    assert len(told) >= 500
    assert set(told) <= kept


async def test_opened_twice_it_still_does_one_thing_after_the_other(sqlite_database: Database) -> None:
    await sqlite_database.open()
    done: list[int] = []

    def note(conn: Connection, number: int) -> None:
        conn.insert(InboxRow, channel="web", event_id=str(number), received_at=datetime.now(UTC))
        done.append(number)

    await asyncio.gather(*(sqlite_database.write(partial(note, number=n)) for n in range(300)))
    assert done == list(range(300))
