"""Changing the secret key while the service runs: what the old key closed is closed anew, batch by batch.

Which rows are left is told by the id that every sealed value begins with, so nothing has to be remembered:
killed half way, the next run goes on where this one ended. Keyed hashes stay as they are, and so does their
key, which is kept in the database, itself sealed.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, and_, func, or_, select, text, type_coerce, update
from sqlalchemy.sql import ColumnElement
from sqlmodel import SQLModel

from storage import notes
from storage.columns import Sealed, SealedBytes
from storage.database import Connection

HASH_KEY = "hash key"
"""The note that holds the key of the keyed hashes, sealed, as hex."""
BATCH = 200
_ID = 4


def sealed() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Every table with sealed columns, and these."""
    for table in SQLModel.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, Sealed | SealedBytes)]
        if columns:
            yield table, columns


def adopt(conn: Connection) -> None:
    """Takes up the key of the keyed hashes where the database keeps one; after that they are found again.

    Raises Unreadable where what is there was sealed with another key: to go on would make everybody a
    stranger, and seal what they say anew with a key that opens nothing of theirs.
    """
    exists = {
        "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'note'",
        "postgresql": "SELECT 1 WHERE to_regclass('note') IS NOT NULL",
    }[conn.engine]
    if conn.one(text(exists)) is None:
        return
    if kept := notes.get(conn, HASH_KEY):
        conn.vault.hash_key = conn.vault.open_bytes(bytes.fromhex(kept))
        return
    # A few, of which one may be damaged: that is not another key.
    begins = [bytes(row[0]) for row in conn.all(text("SELECT substr(name, 1, 4) FROM person LIMIT 20"))]
    if begins and not any(map(conn.vault.knows, begins)):
        conn.vault.open_bytes(begins[0])


def begin(conn: Connection, now: datetime) -> None:
    """Keeps the key of the keyed hashes, closed with the new secret."""
    notes.put(conn, HASH_KEY, conn.vault.seal_bytes(conn.vault.hash_key).hex(), now)


def left(conn: Connection) -> dict[str, int]:
    """How many rows of which tables an older key has closed."""
    found = {}
    for table, columns in sealed():
        row = conn.one(select(func.count().label("n")).select_from(table).where(_old(conn, columns)))
        if row and row.n:
            found[table.name] = row.n
    return found


def batch(conn: Connection, most: int = BATCH) -> int:
    """Closes at most so many rows of each table anew; how many they were. 0: all is done."""
    done = 0
    for table, columns in sealed():
        keys = list(table.primary_key.columns)
        old = select(*keys, *columns).where(_old(conn, columns)).limit(most).with_for_update()
        for row in conn.all(old):
            one = and_(*(key == value for key, value in zip(keys, row, strict=False)))
            again = dict(zip((column.name for column in columns), row[len(keys) :], strict=True))
            conn.run(update(table).where(one).values(again))
            done += 1
    return done


def _old(conn: Connection, columns: list[Column[Any]]) -> ColumnElement[bool]:
    new = conn.vault.key_id
    begins = [func.substr(type_coerce(column, LargeBinary), 1, _ID, type_=LargeBinary) for column in columns]
    return or_(*(begin != new for begin in begins))
