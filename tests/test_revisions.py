"""Migrations make what `storage.tables` declares, on both engines, and take it away again."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlmodel import SQLModel

import storage.tables  # noqa: F401 (declares the tables)
from storage import revisions
from storage.database import Database, Unavailable
from storage.direct import changing
from storage.secrets import Vault
from tests.test_backup_service import tocns


def test_the_migrated_database_is_what_the_tables_declare(database_url: str) -> None:
    differences = changing(
        database_url,
        lambda raw: compare_metadata(
            MigrationContext.configure(raw, opts={"compare_type": True}), SQLModel.metadata
        ),
    )
    assert differences == []


def test_names_of_constraints_are_those_the_tables_declare(database_url: str) -> None:
    def names(raw):  # type: ignore[no-untyped-def]
        inspector = inspect(raw)
        return {
            constraint["name"]
            for table in SQLModel.metadata.tables
            for constraint in [*inspector.get_foreign_keys(table), *inspector.get_unique_constraints(table)]
        }

    declared = {
        str(constraint.name)
        for table in SQLModel.metadata.sorted_tables
        for constraint in table.constraints
        if constraint.__visit_name__ in {"foreign_key_constraint", "unique_constraint"}
    }
    assert changing(database_url, names) == declared


def test_down_to_nothing_and_up_again(own_database_url: str) -> None:
    revisions.upgrade(own_database_url)
    assert revisions.current(own_database_url) == revisions.head()
    revisions.downgrade(own_database_url, "base")
    assert revisions.current(own_database_url) is None
    assert changing(own_database_url, lambda raw: inspect(raw).get_table_names()) == ["alembic_version"]
    revisions.upgrade(own_database_url)
    assert revisions.current(own_database_url) == revisions.head()


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    revisions.upgrade(database_url)
    assert revisions.current(database_url) == revisions.head()


def test_the_head_by_file_name_is_alembics_head() -> None:
    folder = Path(revisions.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == revisions.head()


async def test_a_start_knows_whether_the_database_is_up_to_date(own_database_url: str, vault: Vault) -> None:
    async with Database(own_database_url, vault) as database:
        assert "no tables yet" in str((await database.read(revisions.standing)).amiss)
        await asyncio.to_thread(revisions.upgrade, own_database_url)
        assert (await database.read(revisions.standing)).amiss is None
        await asyncio.to_thread(revisions.downgrade, own_database_url, "0015")
        older = await database.read(revisions.standing)
        assert "at revision 0015" in str(older.amiss)
        assert "run `tocns db upgrade`" in str(older.amiss)
        await asyncio.to_thread(revisions.downgrade, own_database_url, "base")
        assert (await database.read(revisions.standing)).at == ""


def test_a_revision_that_is_not_there_is_said_in_a_sentence(own_database_url: str) -> None:
    with pytest.raises(revisions.UnknownRevision, match="9999"):
        revisions.upgrade(own_database_url, "9999")


def newer(url: str, serves: str) -> None:
    """As a newer program's migration leaves it."""
    changing(
        url,
        lambda raw: raw.exec_driver_sql(
            f"UPDATE alembic_version SET version_num = '9999', serves = '{serves}'"
        ),
    )


async def ready(url: str, vault: Vault) -> str | None:
    async with Database(url, vault) as database:
        return (await database.read(revisions.standing)).amiss


async def test_an_older_program_serves_on_a_database_that_was_only_added_to(
    own_database_url: str, vault: Vault
) -> None:
    await asyncio.to_thread(revisions.upgrade, own_database_url)
    await asyncio.to_thread(newer, own_database_url, revisions.head())
    assert await ready(own_database_url, vault) is None
    ran = await asyncio.to_thread(tocns, "db", "upgrade", url=own_database_url)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "at 9999, newer than this program, which it serves still" in ran.stdout
    assert await asyncio.to_thread(revisions.current, own_database_url) == "9999"


async def test_an_older_program_leaves_a_database_alone_that_serves_it_no_more(
    own_database_url: str, vault: Vault
) -> None:
    await asyncio.to_thread(revisions.upgrade, own_database_url)
    await asyncio.to_thread(newer, own_database_url, "9998")
    amiss = await ready(own_database_url, vault)
    assert amiss is not None
    assert "is newer than this program" in amiss
    assert "serves programs from 9998 on" in amiss
    ran = await asyncio.to_thread(tocns, "db", "upgrade", url=own_database_url)
    assert (ran.returncode, ran.stderr) == (1, f"{amiss}\n")
    assert await asyncio.to_thread(revisions.current, own_database_url) == "9999"


async def test_a_migration_does_not_wait_for_long_behind_somebody_and_says_so(
    own_postgresql_url: str,
) -> None:
    await asyncio.to_thread(revisions.upgrade, own_postgresql_url, "0015")
    writer = await asyncpg.connect(own_postgresql_url.replace("+asyncpg", ""))
    async with writer.transaction():  # an import, say, that takes its time
        await writer.execute("INSERT INTO inbox VALUES ('web', '1', now())")
        ran = await asyncio.to_thread(tocns, "db", "upgrade", url=own_postgresql_url)
        assert (ran.returncode, len(ran.stderr.splitlines())) == (1, 1)
        assert "another transaction holds a table" in ran.stderr
        assert "nothing was changed" in ran.stderr
        assert await asyncio.to_thread(revisions.current, own_postgresql_url) == "0015"
    await writer.close()
    await asyncio.to_thread(revisions.upgrade, own_postgresql_url)


def test_a_server_that_does_not_answer_is_said_in_a_sentence() -> None:
    with pytest.raises(Unavailable, match="127"):
        revisions.upgrade("postgresql+asyncpg://nobody@127.0.0.1:1/none")
