"""A whole database out into one sealed file, and back in on either engine.

The file: one line of JSON in clear (`Head`: no personal data), then, sealed (`Vault.sealing`) and packed
(gzip), for each table a line `{"table", "columns"}`, a line of JSON for each row (bytes in base64, times in
ISO 8601, UTC), `{"rows"}`, and at the very end `{"end"}` with the number of all rows. It is read and written
row by row: no more memory than its longest rows need. Sealed columns are copied as they are.
"""

import gzip
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO

import orjson
from sqlalchemy import MetaData, Table, delete, func, insert, select, text
from sqlalchemy.engine import Connection as Raw
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, StatementError

from storage import rekeying, revisions
from storage.direct import changing, reading
from storage.notes import EDITION
from storage.secrets import Unreadable, Vault

FORMAT = 1
_LONGEST_HEAD = 4096
_FAST = 1
"""gzip's level: what is sealed does not get smaller, the rest does at once."""
_SAMPLE = 50
"""Rows of each table whose personal data is opened."""
_ROWS, _BYTES = 500, 1 << 20
"""So many rows, or so many bytes of them, go in one statement or one write."""
_OWN = "alembic_version"


class Refused(Exception):
    """A copy can't be made or taken back: one sentence, with what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a file says of itself in clear: when it was made, from which engine, at which revision of the
    tables, and the edition: when that database was itself restored last, "" if never."""

    made_at: datetime
    revision: str
    engine: str
    edition: str = ""
    format: int = FORMAT

    @property
    def line(self) -> bytes:
        """As it stands in the file, which it begins."""
        cells = {name: getattr(self, name) for name in ("format", "made_at", "revision", "engine", "edition")}
        return orjson.dumps({"tocns": "backup"} | cells) + b"\n"


# ------------------------------------------------------------------ out


def write(url: str, vault: Vault, into: BinaryIO, made_at: datetime) -> int:
    """Writes the database at the URL into an open file, as it is at one moment, while others go on writing;
    how many rows there were. Raises Refused, Unavailable, and OSError where the file can't be written."""
    return reading(url, lambda raw: _write(raw, vault, into, made_at))


def _write(raw: Raw, vault: Vault, into: BinaryIO, made_at: datetime) -> int:
    revision = revisions.current_within(raw)
    if revision is None:
        raise Refused("the database has no tables yet: nothing to back up; `tocns db upgrade` makes them")
    tables = _tables(raw)
    head = Head(made_at, revision, raw.dialect.name, _edition(raw))
    into.write(head.line)
    sealing = vault.sealing(into, head.line)
    with gzip.GzipFile(fileobj=sealing, mode="wb", compresslevel=_FAST, mtime=0) as packed:
        total = sum(_write_table(raw, table, packed) for table in tables)
        packed.write(_dump({"end": total}))
    sealing.finish()
    return total


def _write_table(raw: Raw, table: Table, packed: gzip.GzipFile) -> int:
    packed.write(_dump({"table": table.name, "columns": [column.name for column in table.columns]}))
    rows = raw.execution_options(yield_per=_ROWS if _is_slim(table) else 2).execute(select(table))
    count, lines, size = 0, [], 0
    for row in rows:
        line = _dump(tuple(row))
        lines.append(line)
        count, size = count + 1, size + len(line)
        if size > _BYTES:
            packed.write(b"".join(lines))
            lines, size = [], 0
    packed.write(b"".join([*lines, _dump({"rows": count})]))
    return count


def _is_slim(table: Table) -> bool:
    """Whether no row holds a file: those are read a few at a time."""
    return not {"file", "data", "raw", "source"} & set(table.columns.keys())


def _edition(raw: Raw) -> str:
    found = raw.execute(text("SELECT value FROM note WHERE name = :name"), {"name": EDITION}).scalar()
    return str(found or "")


def _dump(value: object) -> bytes:
    return orjson.dumps(value, default=_base64, option=orjson.OPT_NAIVE_UTC | orjson.OPT_APPEND_NEWLINE)


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(type(value))


# ------------------------------------------------------------------ in


def read_head(source: BinaryIO) -> Head:
    """What the file says of itself; the file stands behind it then. Raises Refused."""
    try:
        cells = orjson.loads(source.readline(_LONGEST_HEAD))
        known = cells.pop("tocns") == "backup" and cells["format"] >= 1
        head = Head(**cells | {"made_at": datetime.fromisoformat(cells["made_at"])}) if known else None
    except (ValueError, TypeError, KeyError, AttributeError):
        head = None
    if head is None:
        raise Refused("is no backup of tocns, or its first line is damaged: use another file")
    if head.format > FORMAT or head.revision > revisions.head():
        raise Refused(
            f"was made by a newer program (revision {head.revision}, this one has {revisions.head()}): "
            "install that version, or a later one, then restore"
        )
    return head


def restore(url: str, vault: Vault, source: BinaryIO, now: datetime, *, replace: bool = False) -> int:
    """Puts the file back into the database at the URL and brings it up to this program's revision; how many
    rows there were. With `replace` what is there is removed. All in one transaction: where anything is wrong,
    nothing has changed. Raises Refused, Unavailable.
    """
    head = read_head(source)
    with _beside(url) as place:
        return changing(
            place, lambda raw: _restore(raw, vault, source, head, now, replace=replace), make=True
        )


@contextmanager
def _beside(url: str) -> Iterator[str]:
    """Where to restore to: the database itself, whose transaction is undone where anything is wrong. A file
    of SQLite that is not there yet is made beside its place, and gets its name when all is in it."""
    parsed = make_url(url)
    file = Path(parsed.database or "")
    if parsed.get_backend_name() != "sqlite" or file.exists():
        yield url
        return
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        yield parsed.set(database=str(part)).render_as_string(hide_password=False)
        # Of a database that was taken away its log may be left, which SQLite would play into this one.
        for log in ("-wal", "-shm", "-journal"):
            file.with_name(f"{file.name}{log}").unlink(missing_ok=True)
        part.replace(file)
    finally:
        for left in file.parent.glob(f"{part.name}*"):
            left.unlink()


def _restore(  # noqa: PLR0913 - where to, what, and how
    raw: Raw, vault: Vault, source: BinaryIO, head: Head, now: datetime, *, replace: bool = False
) -> int:
    _make_room(raw, replace=replace)
    with _understood(head):
        revisions.upgrade_within(raw, head.revision)
        with _unordered(raw):
            total = _load(raw, _lines(vault, source, head))
    _count_on(raw)
    revisions.upgrade_within(raw)
    _new_edition(raw, now)
    return total


class _Tried(Exception):
    """The file was restored and opened: so many rows; None where there was no place for it."""

    def __init__(self, rows: int | None) -> None:
        super().__init__(rows)
        self.rows = rows


def try_out(url: str, vault: Vault, source: BinaryIO, now: datetime) -> int | None:
    """Restores the file into an empty schema of the PostgreSQL database at the URL and opens some of what is
    sealed in each table; how many rows there were. All of it in one transaction that is undone, so nobody
    else ever sees any of it, and nothing stays whatever happens. None where the database's user may not make
    a schema. Raises Refused, Unavailable.
    """
    head = read_head(source)

    def attempt(raw: Raw) -> int:
        schema = f"tocns_trial_{token_hex(4)}"
        try:
            raw.exec_driver_sql(f"CREATE SCHEMA {schema}")
        except ProgrammingError:
            raise _Tried(None) from None
        raw.exec_driver_sql(f"SET LOCAL search_path TO {schema}")
        rows = _restore(raw, vault, source, head, now)
        open_sample(raw, vault)
        raise _Tried(rows)

    try:
        return changing(url, attempt)
    except _Tried as tried:
        return tried.rows


def open_sample(raw: Raw, vault: Vault) -> None:
    """Opens the sealed columns of some rows of each table, to see that the key is the right one. Raises
    Refused."""
    for sealed, columns in rekeying.sealed():
        for row in raw.execute(select(*columns).select_from(sealed).limit(_SAMPLE)):
            try:
                for cell in row:
                    if cell is not None:
                        vault.open_bytes(cell)
            except Unreadable as error:
                raise Refused(f"was restored, but personal data in it does not open: {error}") from None


@contextmanager
def _understood(head: Head) -> Iterator[None]:
    """What a file may be that this program can't take back, in a sentence."""
    try:
        yield
    except Unreadable as error:
        raise Refused(f"can't be opened: {error}") from None
    except revisions.UnknownRevision:
        raise Refused(f"has revision {head.revision}, which this program does not know") from None
    except (IntegrityError, DataError) as error:
        # The lines after the first may quote a row.
        cause = str(error.orig).partition("\n")[0]
        raise Refused(f"holds rows that this database does not take: {cause}") from None
    except DBAPIError:
        raise  # the database is at fault, and not the file
    except (ValueError, KeyError, TypeError, EOFError, OSError, zlib.error, StatementError) as error:
        raise Refused(f"holds what this program does not understand ({type(error).__name__})") from error


def _make_room(raw: Raw, *, replace: bool) -> None:
    there = MetaData()
    there.reflect(raw)
    filled = [
        name
        for name, table in sorted(there.tables.items())
        if name != _OWN and raw.execute(select(table).limit(1)).first() is not None
    ]
    if filled and not replace:
        raise Refused(
            f"the database holds data already ({', '.join(filled[:3])}…): restore into an empty one, or say "
            "--replace to remove all that is in it"
        )
    there.drop_all(raw)


def _lines(vault: Vault, source: BinaryIO, head: Head) -> Iterator[Any]:
    with gzip.GzipFile(fileobj=vault.opening(source, head.line), mode="rb") as packed:  # type: ignore[call-overload]
        for line in packed:
            yield orjson.loads(line)


def _load(raw: Raw, lines: Iterator[Any]) -> int:
    tables, total = {table.name: table for table in _tables(raw)}, 0
    for line in lines:
        if "end" in line:
            if line["end"] != total or tables:
                raise ValueError("rows or tables are missing")
            return total
        total += _load_table(raw, tables.pop(line["table"]), line["columns"], lines)
    raise EOFError("no end")


def _load_table(raw: Raw, table: Table, columns: list[str], lines: Iterator[Any]) -> int:
    decoders = [_decoder(table.columns[name].type.python_type) for name in columns]
    if len(columns) != len(table.columns):
        raise ValueError(f"columns of {table.name}")
    statement, size = insert(table), 0
    batch: list[dict[str, Any]] = []
    for count, line in enumerate(lines):
        if isinstance(line, dict):
            if batch:
                raw.execute(statement, batch)
            if line["rows"] != count:
                raise ValueError(f"rows of {table.name}")
            return count
        size += sum(len(cell) for cell in line if isinstance(cell, str))
        cells = (None if cell is None else decode(cell) for decode, cell in zip(decoders, line, strict=True))
        batch.append(dict(zip(columns, cells, strict=True)))
        if len(batch) == _ROWS or size > _BYTES:
            raw.execute(statement, batch)
            batch, size = [], 0
    raise EOFError(table.name)


def _decoder(kind: type) -> Callable[[Any], Any]:
    decoders: dict[type, Callable[[Any], Any]] = {
        bytes: b64decode,
        datetime: datetime.fromisoformat,
        date: date.fromisoformat,
        time: time.fromisoformat,
    }
    return decoders.get(kind, lambda cell: cell)


def _tables(raw: Raw) -> list[Table]:
    """All our tables as they are at this revision."""
    there = MetaData()
    there.reflect(raw)
    return [table for name, table in sorted(there.tables.items()) if name != _OWN]


@contextmanager
def _unordered(raw: Raw) -> Iterator[None]:
    """Rows may come before those they refer to. Where it ends all must be there (on SQLite the migration that
    follows looks)."""
    if raw.dialect.name != "postgresql":
        yield
        return
    found = raw.execute(
        text(
            "SELECT conrelid::regclass::text AS at, quote_ident(conname) AS name,"
            " pg_get_constraintdef(oid) AS rule"
            " FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        )
    ).all()
    for row in found:
        raw.exec_driver_sql(f"ALTER TABLE {row.at} DROP CONSTRAINT {row.name}")
    yield
    for row in found:
        raw.exec_driver_sql(f"ALTER TABLE {row.at} ADD CONSTRAINT {row.name} {row.rule}")


def _count_on(raw: Raw) -> None:
    """New rows get the numbers after the highest there is; SQLite does so by itself."""
    if raw.dialect.name != "postgresql":
        return
    for table in _tables(raw):
        column = table.autoincrement_column
        if column is not None:
            sequence = func.pg_get_serial_sequence(f'"{table.name}"', column.name)
            raw.execute(select(func.setval(sequence, select(func.max(column)).scalar_subquery())))


def _new_edition(raw: Raw, now: datetime) -> None:
    """What was given numbers after the backup is no more: whoever kept some of it must forget."""
    note = Table("note", MetaData(), autoload_with=raw)
    raw.execute(delete(note).where(note.c.name == EDITION))
    at = now.astimezone(UTC)
    raw.execute(insert(note).values(name=EDITION, value=at.isoformat(timespec="seconds"), at=at))
