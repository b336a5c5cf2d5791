"""SQLite: one connection writes, and commits together what has gathered; a few threads read.

What is brief (a turn of a talk) runs on the event loop, where nothing competes with it for the interpreter;
what waits for the disk or for another process, and what is long, is done aside (docs/performance.md).
"""

import asyncio
import fcntl
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from sqlalchemy.dialects import sqlite

from storage.database import Conflict, Connection, Engine, Lease, Missing, Unavailable
from storage.secrets import Vault
from storage.statement import Plan, Planner

T = TypeVar("T")
Outcome = tuple["asyncio.Future[Any]", Any, BaseException | None]

BATCH = 64
"""At most so many jobs share a commit: the first of them waits for the last."""
READERS = 2
_CACHE_KIB = 32 << 10
"""Of the writer, where the database is as large: with SQLite's own 2 MB, a tenth of a turn of two hundred
people was reading pages again."""
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a turn is acknowledged only when it would survive a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
)
_BUSY_SECONDS = 10
_ASK_AGAIN = 0.002
"""Seconds between tries to begin while another process writes; they grow tenfold."""
# https://sqlite.org/rescode.html: the file, the disk or another process, not the statement, is at fault
_OUTSIDE = frozenset({5, 6, 8, 10, 11, 13, 14, 23, 26})


@contextmanager
def _translated(what: object = "SQLite") -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _ours(error, what) from error


def _ours(error: sqlite3.Error, what: object = "SQLite") -> Exception:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(str(error))
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _OUTSIDE:
        return Unavailable(f"{what}: {error}")
    return error


def connect(path: Path, *, make: bool = False) -> sqlite3.Connection:
    """Opens the file as this service uses it; whoever brings the tables may `make` it. Raises Unavailable."""
    with _translated(path):
        try:
            if make:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch(mode=0o600)  # personal data: nobody else's business on this machine
            path.stat()
        except FileNotFoundError:
            raise Missing(f"there is no database at {path} yet: run `tocns db upgrade`") from None
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
            self.forget()
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


@dataclass(frozen=True, slots=True)
class Job:
    """Work that waits for the writer, and who waits for it."""

    future: "asyncio.Future[Any]"
    work: Callable[[Connection], Any]
    brief: bool


class SqliteEngine(Engine):
    """The file, its writer and its readers."""

    def __init__(self, path: str, vault: Vault) -> None:
        self._path = Path(path)
        self._planner = Planner(sqlite.dialect(paramstyle="qmark"), vault)
        self._jobs: deque[Job] = deque()
        self._wake = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._aside: ThreadPoolExecutor | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []

    async def open(self) -> None:
        if self._writer is not None:  # two writers would wait for each other's lock, each with its turns
            return
        raw = self._connect()
        raw.execute("PRAGMA busy_timeout = 0")  # the loop does not stand still for another process's lock
        raw.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")
        self._writer = asyncio.create_task(self._write_on(raw, self._aside), name="sqlite-writer")

    async def close(self) -> None:
        writer, readers, aside = self._writer, self._readers, self._aside
        if writer is None or readers is None or aside is None:
            return
        self._writer = self._readers = None
        self._wake.set()
        await writer
        await asyncio.to_thread(aside.shutdown)
        await asyncio.to_thread(readers.shutdown)
        for raw in self._opened:
            raw.close()
        self._opened.clear()

    async def write(self, work: Callable[[Connection], T], *, brief: bool = False) -> T:
        if self._writer is None:
            raise Unavailable("the database is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append(Job(future, work, brief))
        self._wake.set()
        return await future

    async def read(self, work: Callable[[Connection], T]) -> T:
        if self._readers is None:
            raise Unavailable("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def lead(self, name: str) -> "SqliteLease | None":
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
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

    async def _write_on(self, raw: sqlite3.Connection, aside: ThreadPoolExecutor) -> None:
        """The writer's life: take what has gathered, commit it, tell all of them at once."""
        while self._jobs or self._writer is not None:
            if not self._jobs:
                self._wake.clear()
                await self._wake.wait()
                continue
            batch = self._gathered()
            try:
                outcomes = await _commit(raw, SqliteConnection(raw, self._planner), batch, aside)
            except Exception as error:  # whatever it is, the writer must live on and somebody must be told
                if raw.in_transaction:
                    with suppress(sqlite3.Error):
                        raw.execute("ROLLBACK")
                outcomes = [(job.future, None, Unavailable(f"SQLite: {error}")) for job in batch]
            _resolve(outcomes)

    def _gathered(self) -> list[Job]:
        """The first jobs that wait, all brief or all long. Who no longer waits is not served."""
        batch: list[Job] = []
        while self._jobs and len(batch) < BATCH and self._jobs[0].brief is (batch or self._jobs)[0].brief:
            job = self._jobs.popleft()
            if not job.future.cancelled():
                batch.append(job)
        return batch


class SqliteLease(Lease):
    """A lock on a file beside the database: the system takes it back when the process ends."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    async def holds(self) -> bool:
        return not self._file.closed

    async def release(self) -> None:
        self._file.close()


async def _commit(
    raw: sqlite3.Connection, conn: Connection, batch: list[Job], aside: ThreadPoolExecutor
) -> list[Outcome]:
    """Runs the jobs in one transaction, each undone alone where it raises. Raises where the transaction
    itself fails: then none of them has happened."""
    loop = asyncio.get_running_loop()
    outcomes = None
    await _begin(raw)
    if batch[0].brief:
        outcomes = _all_well(raw, conn, batch)
        if outcomes is None:
            await _begin(raw)
    if outcomes is None:
        outcomes = await loop.run_in_executor(aside, _each_alone, raw, conn, batch)
    await loop.run_in_executor(aside, raw.execute, "COMMIT")
    return outcomes


async def _begin(raw: sqlite3.Connection) -> None:
    """Begins to write; waits while another process does. Raises sqlite3.Error after ten seconds of it."""
    loop = asyncio.get_running_loop()
    pause, end = _ASK_AGAIN, loop.time() + _BUSY_SECONDS
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or loop.time() >= end:
                raise
        else:
            return
        await asyncio.sleep(pause)
        pause = min(pause * 2, 10 * _ASK_AGAIN)


def _all_well(raw: sqlite3.Connection, conn: Connection, batch: list[Job]) -> list[Outcome] | None:
    """Runs the jobs without a savepoint each, as nearly always none raises; None where one did: nothing was
    done, and they are to be run one by one."""
    try:
        return [(job.future, job.work(conn), None) for job in batch]
    except BaseException:  # it is raised again when the job is run alone
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        conn.forget()
        return None


def _each_alone(raw: sqlite3.Connection, conn: Connection, batch: list[Job]) -> list[Outcome]:
    return [_done(raw, conn, job) for job in batch]


def _done(raw: sqlite3.Connection, conn: Connection, job: Job) -> Outcome:
    raw.execute("SAVEPOINT job")
    try:
        outcome: Outcome = (job.future, job.work(conn), None)
    except BaseException as error:  # whatever it was belongs to whoever asked, not to the writer
        if not raw.in_transaction:  # SQLite gave up all of it: the disk is full, memory ran out
            raise sqlite3.OperationalError(f"the transaction was given up: {error}") from error
        raw.execute("ROLLBACK TO job")
        conn.forget()
        outcome = (job.future, None, RuntimeError(repr(error)) if isinstance(error, StopIteration) else error)
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
