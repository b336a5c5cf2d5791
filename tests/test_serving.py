"""Which programs a revision serves: what only adds serves the older ones, what takes away says whom it does.

docs/developer/migrations.md has the rule.
"""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection as Raw

from storage import revisions
from storage.direct import changing

BEGAN = "0016"
"""Before it no database said whom it serves."""

SCRIPTS = ScriptDirectory(str(Path(revisions.__file__).parent / "migrations"))
RULED = [script for script in reversed(list(SCRIPTS.walk_revisions())) if script.revision >= BEGAN]

Shape = dict[str, dict[str, Any]]
"""By table: its columns, as {name: (type, whether it must be given)}, and what it holds rows to."""


def shape(raw: Raw) -> Shape:
    inspector = sa.inspect(raw)
    return {
        table: {
            "columns": {
                column["name"]: (
                    str(column["type"]),
                    not column["nullable"] and column["default"] is None and not column.get("autoincrement"),
                )
                for column in inspector.get_columns(table)
            },
            "rules": {
                *(repr(sorted(key["constrained_columns"])) for key in inspector.get_foreign_keys(table)),
                *(f"unique {sorted(key['column_names'])}" for key in inspector.get_unique_constraints(table)),
                *(
                    f"unique {key['column_names']}"
                    for key in inspector.get_indexes(table)
                    if key["unique"] and not key.get("duplicates_constraint")
                ),
                *(f"check {key['sqltext']}" for key in inspector.get_check_constraints(table)),
            },
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def narrowed(before: Shape, after: Shape) -> list[str]:
    """What an older program could trip over."""
    found = [f"{table} is gone" for table in before.keys() - after.keys()]
    for table in before.keys() & after.keys():
        old, new = before[table], after[table]
        for name, (kind, needed) in old["columns"].items():
            if name not in new["columns"]:
                found.append(f"{table}.{name} is gone")
            elif new["columns"][name][0] != kind:
                found.append(f"{table}.{name} is {new['columns'][name][0]}, was {kind}")
            elif new["columns"][name][1] and not needed:
                found.append(f"{table}.{name} must be given now")
        for name in new["columns"].keys() - old["columns"].keys():
            if new["columns"][name][1]:
                found.append(f"{table}.{name} is new and must be given")
        found += [f"{table} has a rule more: {rule}" for rule in new["rules"] - old["rules"]]
    return sorted(found)


@pytest.mark.parametrize("script", RULED, ids=[script.revision for script in RULED])
def test_a_revision_says_whom_it_serves(script: Any) -> None:
    serves = script.module.serves
    assert BEGAN <= serves <= script.revision
    if script.revision > BEGAN:
        (before,) = (other for other in RULED if other.revision == script.down_revision)
        assert serves >= before.module.serves


def test_a_revision_that_takes_something_away_serves_no_longer_all_that_the_one_before_did(
    own_database_url: str,
) -> None:
    revisions.upgrade(own_database_url, BEGAN)
    for before, script in itertools.pairwise(RULED):
        was = changing(own_database_url, shape)
        revisions.upgrade(own_database_url, script.revision)
        lost = narrowed(was, changing(own_database_url, shape))
        assert lost == [] or script.module.serves > before.module.serves, lost


def test_the_database_says_it_itself_on_the_way_up_and_down(own_database_url: str) -> None:
    def told(raw: Raw) -> Any:
        return tuple(raw.exec_driver_sql("SELECT version_num, serves FROM alembic_version").one())

    for script in [*RULED, *reversed(RULED[:-1])]:
        move = (
            revisions.upgrade
            if (revisions.current(own_database_url) or "") < script.revision
            else revisions.downgrade
        )
        move(own_database_url, script.revision)
        assert changing(own_database_url, told) == (script.revision, script.module.serves)


ADDS: list[Callable[[Operations], None]] = [
    lambda op: op.add_column("person", sa.Column("nick", sa.String(), nullable=True)),
    lambda op: op.add_column("person", sa.Column("nick", sa.String(), server_default="", nullable=False)),
    lambda op: op.create_index("ix_person_created_at", "person", ["created_at"]),
    lambda op: op.create_table("extra", sa.Column("id", sa.Integer(), primary_key=True)),
]
TAKES: dict[str, Callable[[Operations], None]] = {
    "account.phone is gone": lambda op: op.drop_column("account", "phone"),
    "occasion is gone": lambda op: op.drop_table("occasion"),
    "person.nick is new and must be given": lambda op: _batch(
        op, "person", lambda table: table.add_column(sa.Column("nick", sa.String(), nullable=False))
    ),
    "account.heard_at must be given now": lambda op: _batch(
        op, "account", lambda table: table.alter_column("heard_at", nullable=False)
    ),
    "note has a rule more: unique ['value']": lambda op: op.create_index(
        "uq_note_value", "note", ["value"], unique=True
    ),
}


def _batch(op: Operations, table: str, work: Callable[[Any], None]) -> None:
    with op.batch_alter_table(table) as changed:
        work(changed)


def changed_by(url: str, work: Callable[[Operations], None]) -> list[str]:
    def run(raw: Raw) -> list[str]:
        before = shape(raw)
        work(Operations(MigrationContext.configure(raw)))
        return narrowed(before, shape(raw))

    return changing(url, run)


@pytest.mark.parametrize("work", ADDS)
def test_what_only_adds_is_told_from_what_takes_away(
    own_database_url: str, work: Callable[[Operations], None]
) -> None:
    revisions.upgrade(own_database_url)
    assert changed_by(own_database_url, work) == []


@pytest.mark.parametrize("found", TAKES)
def test_what_an_older_program_trips_over_is_found(own_database_url: str, found: str) -> None:
    revisions.upgrade(own_database_url)
    assert changed_by(own_database_url, TAKES[found]) == [found]
