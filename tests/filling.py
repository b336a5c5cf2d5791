"""Rows for every table of a database, whatever its revision: made from what the engine says of the tables."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import JSON, Column, MetaData, Table, insert, select
from sqlalchemy.engine import Connection as Raw

from storage.secrets import Vault

ROWS = 3
LASTS = 365
"""Days for which what has a period is valid: none ends on the day it begins."""
Content = dict[str, list[dict[str, Any]]]
"""By table: its rows, in the order of their keys."""


def fill(raw: Raw, vault: Vault, turn: int = 0) -> list[Table]:
    """Puts `ROWS` rows more into every table, and gives these; `turn` makes the rows differ from those of
    other calls."""
    there = tables(raw)
    made: dict[str, list[dict[str, Any]]] = {}
    for table in there:
        rows = made[table.name] = []
        for number in range(ROWS):
            rows.append({c.name: _cell(c, turn * ROWS + number + 1, vault) for c in table.columns})
            _refer(table, rows[-1], made, number)
        raw.execute(insert(table), rows)
    return there


def content(raw: Raw, there: list[Table] | None = None) -> Content:
    """All that is in the database; `there` saves asking again what tables it has."""
    found = {}
    for table in there or tables(raw):
        rows = raw.execute(select(table).order_by(*table.primary_key.columns))
        found[table.name] = [{name: _plain(cell) for name, cell in row._mapping.items()} for row in rows]
    return found


def tables(raw: Raw) -> list[Table]:
    """Our tables as they are, those first that others refer to."""
    there = MetaData()
    there.reflect(raw)
    return [table for table in there.sorted_tables if table.name != "alembic_version"]


def _cell(column: Column[Any], number: int, vault: Vault) -> Any:
    kind: type = column.type.python_type
    text = f"{number} {column.table.name}.{column.name} ệ"
    values: dict[type, Any] = {
        int: number,
        float: number / 2,
        bool: number % 2 == 1,
        str: text[: getattr(column.type, "length", None)],
        bytes: vault.seal(text),
        date: date(2026, 1, 1) + timedelta(days=number + LASTS * (column.name == "valid_to")),
        datetime: datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC) + timedelta(days=number),
        time: time(7, 30, number % 60),
    }
    if isinstance(column.type, JSON):
        return {"số": [number, None, "ệ"]}
    return values[kind]


def _refer(table: Table, row: dict[str, Any], made: Content, number: int) -> None:
    """What refers to another row refers to one of the same call."""
    for column in table.columns:
        for key in column.foreign_keys:
            row[column.name] = made[key.column.table.name][number][key.column.name]


def _plain(cell: Any) -> Any:
    """The same value on both engines: times are UTC, whether the engine says so or not."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell.astimezone(UTC)
    return cell
