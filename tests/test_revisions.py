"""Migrations make what `storage.tables` declares, on both engines, and take it away again."""

import asyncio
from pathlib import Path

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
        assert not await database.read(revisions.is_current)
        await asyncio.to_thread(revisions.upgrade, own_database_url)
        assert await database.read(revisions.is_current)
        await asyncio.to_thread(revisions.downgrade, own_database_url, "base")
        assert not await database.read(revisions.is_current)


def test_a_revision_that_is_not_there_is_said_in_a_sentence(own_database_url: str) -> None:
    with pytest.raises(revisions.UnknownRevision, match="9999"):
        revisions.upgrade(own_database_url, "9999")


def test_an_older_program_leaves_a_newer_database_alone_and_says_so(sqlite_url: str) -> None:
    changing(sqlite_url, lambda raw: raw.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    refused = tocns("db", "upgrade", url=sqlite_url)
    assert refused.returncode == 1
    assert "the database is newer than this program" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert revisions.current(sqlite_url) == "9999"


def test_a_server_that_does_not_answer_is_said_in_a_sentence() -> None:
    with pytest.raises(Unavailable, match="127"):
        revisions.upgrade("postgresql+asyncpg://nobody@127.0.0.1:1/none")
