"""The database behind the settings' URL: SQLite in a file, or PostgreSQL.

    database = Database("sqlite+aiosqlite:///var/tocns.db", vault)
    await database.open()
    number = await database.write(lambda conn: people.create(conn, "Lan", now))

What is read and written is told by plain functions that take a `Connection`; they run inside one transaction,
in the place that suits the engine, and know nothing of either. `write` returns when what it wrote is durable.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url
from sqlalchemy.sql import ClauseElement
from sqlmodel import SQLModel

from storage.secrets import Unreadable, Vault
from storage.statement import Plan, Planner, Row, Statement, table
from storage.tables import NoteRow

__all__ = [
    "Conflict",
    "Connection",
    "Database",
    "Lease",
    "Missing",
    "Row",
    "Statement",
    "Unavailable",
    "table",
]

T = TypeVar("T")
_PATIENCE = 20
"""Times that work may find something wanting; meanwhile others may publish what it needs anew."""
Runnable = Statement | ClauseElement

LASTING = frozenset({"area", "area_link", "area_succession", "form"})
"""The tables that change on few days of a year and that every turn asks: the tree of areas, the published
questionnaires."""
_MOST_LASTING = 10_000
"""Answers that are remembered, some 1.5 kB each."""
_note = table(NoteRow)
_MARK = Statement(select(_note.c.value).where(_note.c.name == "lasting"))
_new = insert(_note).values(name="lasting", value=bindparam("value"), at=datetime(2026, 1, 1, tzinfo=UTC))
_SET_MARK = Statement(
    _new.on_conflict_do_update(index_elements=["name"], set_={"value": _new.excluded.value})
)


class Conflict(Exception):
    """The database refused a row: it is there already, or refers to what is not. Only `Connection.savepoint`
    makes it possible to go on after it."""


class Unavailable(Exception):
    """The database can't be reached, is locked, or is full: nothing was stored; try again later."""


class Missing(Unavailable):
    """There is no database yet, and what asks for it makes none."""


class Connection(ABC):
    """What storage functions are given: one transaction on one engine. Sealed columns are text here."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self.vault = planner.vault
        self._lasting: dict[Hashable, Any] | None = None
        self.is_full = False
        """Whether no more brief work is to be added to the transaction."""

    @property
    def engine(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self._planner.dialect.name

    def all(self, statement: Runnable, /, **params: Any) -> list[Row]:
        """Every row of a query (or of what a statement returns)."""
        plan = self._planner.plan(statement)
        return [plan.row(raw) for raw in self._fetch(plan, plan.values(params))]

    def one(self, statement: Runnable, /, **params: Any) -> Row | None:
        """The first row, or None."""
        plan = self._planner.plan(statement)
        raw = self._fetch_one(plan, plan.values(params))
        return None if raw is None else plan.row(raw)

    def run(self, statement: Runnable, /, **params: Any) -> int:
        """Runs a statement; how many rows it touched."""
        plan = self._planner.plan(statement)
        touched = self._run(plan, plan.values(params))
        if plan.changes in LASTING:
            self._mark()
        return touched

    def later(self, statement: Runnable, /, **params: Any) -> None:
        """As `run`, at the latest before anything else is asked of the database or the transaction ends: what
        comes in a row then goes to a server in one journey. What it writes must not hang on what went just
        before."""
        plan = self._planner.plan(statement)
        self._later(plan, plan.values(params))
        if plan.changes in LASTING:
            self._mark()

    def run_many(self, statement: Runnable, rows: Iterable[Mapping[str, Any]], /) -> None:
        """Runs one statement for each row of values, in one go where the engine can."""
        plan = self._planner.plan(statement)
        values = [plan.values(row) for row in rows]
        if values:
            self._run_many(plan, values)
            if plan.changes in LASTING:
                self._mark()

    def insert(self, into: Table | type[SQLModel], /, **values: Any) -> int:
        """Adds a row; its own number, or 0 where the table has none of its own (its key was given)."""
        target = into if isinstance(into, Table) else table(into)
        numbered = target.autoincrement_column is not None
        plan = self._planner.insert(target, values, returning=self._returning and numbered)
        number = self._insert(plan, plan.values(values))
        if plan.changes in LASTING:
            self._mark()
        return number if numbered else 0

    def insert_many(self, into: Table | type[SQLModel], rows: Iterable[Mapping[str, Any]], /) -> int:
        """Adds many rows of the same columns at once; how many they were."""
        rows = list(rows)
        if rows:
            target = into if isinstance(into, Table) else table(into)
            plan = self._planner.insert(target, rows[0], returning=False)
            self._run_many(plan, [plan.values(row) for row in rows])
            if plan.changes in LASTING:
                self._mark()
        return len(rows)

    def lasting(self, key: Hashable, look: Callable[[], T]) -> T:
        """What `look` finds in the tables LASTING alone; looked up once as long as nothing there changes, by
        this process or another. It is shared: it must not be changed. `key` says what is looked up."""
        if self._lasting is None:
            row = self.one(_MARK)
            self._lasting = self._planner.memory.under(row.value if row else "")
        if key not in self._lasting:
            if len(self._lasting) >= _MOST_LASTING:
                self._lasting.clear()
            self._lasting[key] = look()
        found: T = self._lasting[key]
        return found

    def _mark(self) -> None:
        """Leaves a mark that no transaction has seen. It is undone with what it marks."""
        self.run(_SET_MARK, value=token_hex(8))
        self._lasting = None

    def fill(self) -> None:
        """Rows are written now for which others wait until the transaction ends: no brief work is added to it
        any more. Two transactions that each do that twice could wait for each other in a circle."""
        self.is_full = True

    def forget(self) -> None:
        """Something was undone: what is remembered must be looked up under the mark that holds again."""
        self._lasting = None

    @abstractmethod
    def savepoint(self) -> AbstractContextManager[None]:
        """What is done inside is undone alone where it raises; the transaction goes on."""

    @abstractmethod
    def lock(self, name: str) -> None:
        """Until the transaction ends, nobody else who asks for this name goes on."""

    _returning = False

    @abstractmethod
    def _fetch(self, plan: Plan, values: list[Any]) -> Iterable[Iterable[Any]]: ...

    @abstractmethod
    def _fetch_one(self, plan: Plan, values: list[Any]) -> Iterable[Any] | None: ...

    @abstractmethod
    def _run(self, plan: Plan, values: list[Any]) -> int: ...

    def _later(self, plan: Plan, values: list[Any]) -> None:
        self._run(plan, values)

    @abstractmethod
    def _run_many(self, plan: Plan, rows: list[list[Any]]) -> None: ...

    @abstractmethod
    def _insert(self, plan: Plan, values: list[Any]) -> int: ...


class Beforehand(Exception):
    """Raised by work that needs what takes long to make and no database: it is undone, `make` is called in a
    thread, and the work runs anew. So one waits, and not all who write."""

    def __init__(self, make: Callable[[], object]) -> None:
        super().__init__("this has to be made first")
        self.make = make


class Engine(ABC):
    """What an engine offers to `Database`."""

    @abstractmethod
    async def open(self) -> None: ...

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    async def write(self, work: Callable[[Connection], T], *, brief: bool = False) -> T: ...

    @abstractmethod
    async def read(self, work: Callable[[Connection], T]) -> T: ...

    @abstractmethod
    async def lead(self, name: str) -> "Lease | None": ...


class Lease(ABC):
    """Leadership under a name: nobody else is given it while this process lives and holds it."""

    @abstractmethod
    async def holds(self) -> bool:
        """Whether it is still ours; False, within seconds, once the database can't be reached. Then stop at
        once: somebody else will be given it."""

    @abstractmethod
    async def release(self) -> None:
        """Gives it back."""


class Database:
    """One database, opened once for the life of the process; `async with Database(url, vault)` works too.

    Raises ValueError for a URL that is neither `sqlite+aiosqlite:///path` nor `postgresql+asyncpg://…`.
    """

    def __init__(self, url: str, vault: Vault) -> None:
        self.url = url
        self.vault = vault
        self._engine = _engine(url, vault)

    async def open(self) -> None:
        """Connects, unless it is open. Raises Unavailable with a sentence for the operator."""
        from storage import rekeying  # noqa: PLC0415 - it is made of what stands here

        await self._engine.open()
        try:
            await self._engine.read(rekeying.adopt)
        except Unreadable as error:
            await self._engine.close()
            raise Unavailable(f"{error}; give that key") from None

    async def close(self) -> None:
        """Finishes what was begun, then disconnects."""
        await self._engine.close()

    async def __aenter__(self) -> "Database":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def write(self, work: Callable[[Connection], T], *, brief: bool = False) -> T:
        """Runs `work` in a transaction of its own and returns what it returned, once that is durable.

        What `work` raises undoes it alone and is raised here. It may run more than once (after a deadlock,
        after another one's failure), so it must touch nothing but the connection. Work that is `brief` takes
        a few milliseconds at most: it may hold up the event loop. Raises Unavailable where nothing was
        stored.
        """
        return await _prepared(lambda: self._engine.write(work, brief=brief))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` on one unchanging view of the data. It must not write."""
        return await _prepared(lambda: self._engine.read(work))

    async def lead(self, name: str) -> Lease | None:
        """Leadership under that name among all processes on this database; None where another one has it.

        It ends with the process, however that ends, and passes on within seconds. Raises Unavailable.
        """
        return await self._engine.lead(name)


async def _prepared(run: Callable[[], Awaitable[T]]) -> T:
    for _ in range(_PATIENCE):
        try:
            return await run()
        except Beforehand as needed:
            await asyncio.to_thread(needed.make)
    raise RuntimeError("what was made beforehand is asked for again and again: work must not hold it itself")


def _engine(url: str, vault: Vault) -> Engine:
    parsed = make_url(url)
    if parsed.drivername == "sqlite+aiosqlite" and parsed.database and parsed.database != ":memory:":
        from storage.sqlite import SqliteEngine  # noqa: PLC0415 (each engine is loaded only where it serves)

        return SqliteEngine(parsed.database, vault)
    if parsed.drivername == "postgresql+asyncpg":
        from storage.postgresql import PostgresqlEngine  # noqa: PLC0415

        return PostgresqlEngine(parsed, vault)
    raise ValueError(
        f"{parsed.render_as_string()} is no database for this service: "
        "use sqlite+aiosqlite:///path/to/file.db or postgresql+asyncpg://user@host/name"
    )
