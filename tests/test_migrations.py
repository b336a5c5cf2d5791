"""A migration keeps all data, up and down: tried from every revision to the next on filled tables.

The rows are made from what each revision's tables are, so a new migration is covered as soon as it is there.
"""

import itertools
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection as Raw

from storage import revisions
from storage.direct import changing
from storage.secrets import Vault
from tests.filling import Content, content, fill

CHANGED: dict[str, str] = {}
"""Columns ("table.column") that a migration writes anew, with the reason."""


def names() -> list[str]:
    folder = Path(revisions.__file__).parent / "migrations" / "versions"
    return sorted(file.name.partition("_")[0] for file in folder.glob("[0-9]*.py"))


def lost(before: Content, after: Content) -> list[str]:
    """What was there before and is not the same any more, of the tables and columns that still are there."""
    found = []
    for table in before.keys() & after.keys():
        if len(before[table]) != len(after[table]):
            found.append(f"{table}: {len(before[table])} rows became {len(after[table])}")
        for old, new in zip(before[table], after[table], strict=False):
            found += [
                f"{table}.{column}: {old[column]!r} became {new[column]!r}"
                for column in old.keys() & new.keys()
                if old[column] != new[column] and f"{table}.{column}" not in CHANGED
            ]
    return sorted(found)


def test_every_migration_keeps_all_data_up_and_down(own_database_url: str, vault: Vault) -> None:
    known = names()

    def climb(raw: Raw) -> None:
        revisions.upgrade_within(raw, known[0])
        for turn, (earlier, later) in enumerate(itertools.pairwise(known)):
            there = fill(raw, vault, turn)
            before = content(raw, there)
            revisions.upgrade_within(raw, later)
            after = content(raw)
            assert lost(before, after) == [], f"{earlier} up to {later}"
            assert before.keys() <= after.keys(), f"{later} drops a table: say why here"
            revisions.downgrade_within(raw, earlier)
            assert content(raw, there) == before, f"{later} up and down again"
            revisions.upgrade_within(raw, later)
        whole = content(raw, fill(raw, vault, len(known)))
        for earlier in reversed(known[:-1]):
            revisions.downgrade_within(raw, earlier)
            assert lost(whole, content(raw)) == [], f"down to {earlier}"

    changing(own_database_url, climb)


def test_a_loss_would_be_found() -> None:
    rows = [{"id": 1, "name": "Lan"}, {"id": 2, "name": "Hùng"}]
    assert lost({"person": rows}, {"person": rows[:1]}) == ["person: 2 rows became 1"]
    assert lost({"person": rows[:1]}, {"person": [{"id": 1, "name": ""}]}) == ["person.name: 'Lan' became ''"]
    assert lost({"person": rows[:1]}, {"person": [{"id": 1, "locale": "vi"}]}) == []


@pytest.mark.parametrize("name", names())
def test_a_migration_says_what_it_is_for_and_can_be_taken_back(name: str) -> None:
    folder = Path(revisions.__file__).parent / "migrations" / "versions"
    (file,) = folder.glob(f"{name}_*.py")
    text = file.read_text("utf-8")
    assert text.startswith('"""')
    assert "def downgrade() -> None:\n    pass" not in text
