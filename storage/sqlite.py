"""SQLite: one thread writes, and commits together what has gathered; a few threads read."""

import asyncio
import fcntl
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, TypeVar

from sqlalchemy.dialects import sqlite

from storage.database import Conflict, Connection, Engine, Lease, Unavailable
from storage.secrets import Vault
from storage.statement import Plan, Planner

T = TypeVar("T")
Job = tuple["asyncio.Future[Any]", Callable[[Connection], Any]]
Outcome = tuple["asyncio.Future[Any]", Any, BaseException | None]

BATCH = 32
"""At most so many jobs share a commit: the first of them waits for the last."""
READERS = 2
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a turn is acknowledged only when it would survive a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
)
_BUSY_SECONDS = 10
# https://sqlite.org/rescode.html: the file, the disk or another process, not the statement, is at fault
_OUTSIDE = frozenset({5, 6, 8, 10, 11, 13, 14, 23, 26})


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _ours(error) from error


def _ours(error: sqlite3.Error) -> Exception:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(str(error))
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _OUTSIDE:
        return Unavailable(f"SQLite: {error}")
    return error


def connect(path: Path) -> sqlite3.Connection:
    """Opens the file as this service uses it, and makes it where there is none. Raises Unavailable."""
    with _translated():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)  # personal data: nobody else's business on this machine
        except OSError as error:
            raise Unavailable(f"{path}: {error.strerror}") from error
        # Threads take turns with a connection, never share it: the writer's is made here and used there.
        raw = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        for pragma in _PRAGMAS:
            raw.execute(pragma)
        return raw


class SqliteConnection(Connection):
    """A transaction on SQLite."""

    def __init__(self, raw: sqlite3.Connection, planner: Planner) -> None:
        super().__init__(planner)
        self._raw = raw
        self._depth = 0

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        name = f"part_{self._depth}"
        self._depth += 1
        self._raw.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            if self._raw.in_transaction:
                self._raw.execute(f"ROLLBACK TO {name}")
            raise
        finally:
            self._depth -= 1
            if self._raw.in_transaction:
                self._raw.execute(f"RELEASE {name}")

    def lock(self, name: str) -> None:
        """Nothing to do: the transaction began with BEGIN IMMEDIATE, so it writes alone."""

    def _execute(self, plan: Plan, values: list[Any]) -> sqlite3.Cursor:
        try:
            return self._raw.execute(plan.sql, values)
        except sqlite3.Error as error:
            raise _ours(error) from error

    def _fetch(self, plan: Plan, values: list[Any]) -> Iterable[Iterable[Any]]:
        return self._execute(plan, values).fetchall()

    def _fetch_one(self, plan: Plan, values: list[Any]) -> Iterable[Any] | None:
        cursor = self._execute(plan, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        cursor.close()  # what RETURNING gives must be read to its end before the commit
        return row

    def _run(self, plan: Plan, values: list[Any]) -> int:
        return self._execute(plan, values).rowcount

    def _run_many(self, plan: Plan, rows: list[list[Any]]) -> None:
        with _translated():
            self._raw.executemany(plan.sql, rows)

    def _insert(self, plan: Plan, values: list[Any]) -> int:
        return self._execute(plan, values).lastrowid or 0


class SqliteEngine(Engine):
    """The file, its writer and its readers."""

    def __init__(self, path: str, vault: Vault) -> None:
        self._path = Path(path)
        self._planner = Planner(sqlite.dialect(paramstyle="qmark"), vault)
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._writer: threading.Thread | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []

    async def open(self) -> None:
        raw = self._connect()
        loop = asyncio.get_running_loop()
        self._writer = threading.Thread(
            target=self._write_on, args=(raw, loop), name="sqlite-writer", daemon=True
        )
        self._writer.start()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")

    async def close(self) -> None:
        if self._writer is None or self._readers is None:
            return
        writer, readers = self._writer, self._readers
        self._writer = self._readers = None
        self._jobs.put(None)
        await asyncio.to_thread(writer.join)
        await asyncio.to_thread(readers.shutdown)
        for raw in self._opened:
            raw.close()
        self._opened.clear()

    async def write(self, work: Callable[[Connection], T]) -> T:
        if self._writer is None:
            raise Unavailable("the database is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put((future, work))
        return await future

    async def read(self, work: Callable[[Connection], T]) -> T:
        if self._readers is None:
            raise Unavailable("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def lead(self, name: str) -> "SqliteLease | None":
        try:
            file = self._path.with_name(f"{self._path.name}.{name}.lock").open("wb")
        except OSError as error:
            raise Unavailable(f"{self._path}: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return SqliteLease(file)

    def _connect(self) -> sqlite3.Connection:
        raw = connect(self._path)
        self._opened.append(raw)
        return raw

    def _read(self, work: Callable[[Connection], T]) -> T:
        raw: sqlite3.Connection | None = getattr(self._own, "raw", None)
        if raw is None:
            raw = self._own.raw = self._connect()
            raw.execute("PRAGMA query_only = ON")
        raw.execute("BEGIN")
        try:
            return work(SqliteConnection(raw, self._planner))
        finally:
            raw.execute("ROLLBACK")

    def _write_on(self, raw: sqlite3.Connection, loop: asyncio.AbstractEventLoop) -> None:
        """The writer's life: take what has gathered, commit it, tell all of them at once."""
        go_on = True
        while go_on:
            batch, go_on = self._gathered()
            if batch:
                outcomes = _commit(raw, SqliteConnection(raw, self._planner), batch)
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_resolve, outcomes)

    def _gathered(self) -> tuple[list[Job], bool]:
        batch: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            batch.append(job)
            if len(batch) == BATCH:
                return batch, True
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return batch, True
        return batch, False


class SqliteLease(Lease):
    """A lock on a file beside the database: the system takes it back when the process ends."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    async def holds(self) -> bool:
        return not self._file.closed

    async def release(self) -> None:
        self._file.close()


def _commit(raw: sqlite3.Connection, conn: Connection, batch: list[Job]) -> list[Outcome]:
    """Runs the jobs in one transaction, each undone alone where it raises. Where the transaction itself
    fails, none of them has happened, and all are told so."""
    try:
        raw.execute("BEGIN IMMEDIATE")
        outcomes = [_done(raw, conn, job) for job in batch if not job[0].cancelled()]
        raw.execute("COMMIT")
    except Exception as error:  # whatever it is, the writer must live on and somebody must be told
        if raw.in_transaction:
            with suppress(sqlite3.Error):
                raw.execute("ROLLBACK")
        return [(future, None, Unavailable(f"SQLite: {error}")) for future, _ in batch]
    return outcomes


def _done(raw: sqlite3.Connection, conn: Connection, job: Job) -> Outcome:
    future, work = job
    raw.execute("SAVEPOINT job")
    try:
        outcome: Outcome = (future, work(conn), None)
    except BaseException as error:  # whatever it was belongs to whoever asked, not to this thread
        if not raw.in_transaction:  # SQLite gave up all of it: the disk is full, memory ran out
            raise sqlite3.OperationalError(f"the transaction was given up: {error}") from error
        raw.execute("ROLLBACK TO job")
        outcome = (future, None, RuntimeError(repr(error)) if isinstance(error, StopIteration) else error)
    raw.execute("RELEASE job")
    return outcome


def _resolve(outcomes: list[Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
