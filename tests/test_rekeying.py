"""The secret key is changed while the service runs, and may be interrupted anywhere."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from storage import audit, people, rekeying
from storage.database import Connection, Database
from storage.secrets import Unreadable, Vault
from tests.test_erasure import MARK, NOW, Plant, words
from tests.transcripts.stage import MORNING

OLD, NEW = "the key that was known too widely 1234", "the key that nobody knows yet, 56789"


def noted(conn: Connection) -> None:
    audit.append(conn, audit.Entry(MORNING, None, "cli", "grant", "person 1"))


def rows(cells: list[str]) -> list[str]:
    """In an order of their own, without what the change itself notes."""
    return sorted(cell for cell in cells if not cell.startswith("note."))


async def planted(url: str) -> list[str]:
    async with Database(url, Vault(OLD)) as database:
        await database.write(lambda conn: Plant(conn).all())
        await database.write(noted)
        return await database.read(words)


async def test_every_row_is_closed_anew_and_everybody_is_found_again(database_url: str) -> None:
    before = await planted(database_url)
    async with Database(database_url, Vault(NEW, (OLD,))) as database:
        assert rows(await database.read(words)) == rows(before)  # the old key still opens
        assert await database.read(rekeying.left)
        await database.write(lambda conn: rekeying.begin(conn, NOW))
        while await database.write(lambda conn: rekeying.batch(conn, 3)):
            pass
        assert await database.read(rekeying.left) == {}
    async with Database(database_url, Vault(NEW)) as database:  # the old key is gone
        cells = await database.read(words)
        assert rows(cells) == rows(before)
        found = await database.read(lambda conn: people.account(conn, "text", f"{MARK} address"))
        assert found
        assert (await database.read(lambda conn: people.invitation(conn, "MOI-2026", NOW))).problem is None
        assert await database.read(audit.verify) is None
    async with Database(database_url, Vault(NEW)) as database:
        with pytest.raises(Unreadable):
            Vault(OLD).open_bytes(await database.read(lambda conn: conn.vault.seal_bytes(b"x")))


async def test_killed_half_way_everything_is_readable_and_the_next_run_goes_on(database_url: str) -> None:
    before = await planted(database_url)
    async with Database(database_url, Vault(NEW, (OLD,))) as database:
        await database.write(lambda conn: rekeying.begin(conn, NOW))
        assert await database.write(lambda conn: rekeying.batch(conn, 1))
        left = sum((await database.read(rekeying.left)).values())
        assert left
    async with Database(database_url, Vault(NEW, (OLD,))) as database:  # a new process, after the kill
        cells = await database.read(words)
        assert rows(cells) == rows(before)
        assert await database.read(lambda conn: people.account(conn, "text", f"{MARK} address"))
        done = 0
        while step := await database.write(lambda conn: rekeying.batch(conn, 5)):
            done += step
        assert done == left


async def test_before_the_first_batch_people_are_found_by_the_old_hash(database_url: str) -> None:
    await planted(database_url)
    async with Database(database_url, Vault(NEW, (OLD,))) as database:
        assert await database.read(lambda conn: people.account(conn, "text", f"{MARK} address"))


async def test_a_second_change_works_as_the_first(database_url: str) -> None:
    await planted(database_url)
    third = "a third key, since the second was lost 1"
    for new, old in ((NEW, OLD), (third, NEW)):
        async with Database(database_url, Vault(new, (old,))) as database:
            await database.write(lambda conn: rekeying.begin(conn, NOW))
            while await database.write(rekeying.batch):
                pass
    async with Database(database_url, Vault(third)) as database:
        assert await database.read(lambda conn: people.account(conn, "text", f"{MARK} address"))


def test_the_command_changes_the_key_and_says_what_to_do_next(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    asyncio.run(planted(sqlite_url))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCNS_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TOCNS_SECRET_KEY", NEW)
    monkeypatch.setenv("TOCNS_SECRET_KEY_OLD", OLD)
    run = CliRunner().invoke(app, ["key", "rotate"])
    assert run.exit_code == 0, run.output
    assert "TOCNS_SECRET_KEY_OLD can be removed" in run.output
    monkeypatch.delenv("TOCNS_SECRET_KEY_OLD")
    status = CliRunner().invoke(app, ["key", "status"])
    assert "older key: 0" in status.output
