"""PostgreSQL: the same plain functions, run in a greenlet over an asyncpg connection of the pool."""

import asyncio
import json
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from random import uniform
from typing import Any, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy.dialects.postgresql import asyncpg as dialects
from sqlalchemy.engine import URL
from sqlalchemy.util import await_only, greenlet_spawn

from storage.database import Conflict, Connection, Engine, Lease, Unavailable
from storage.secrets import Vault
from storage.statement import Plan, Planner

T = TypeVar("T")
_PLACE = re.compile(r"\$(\d+)")

CONNECTIONS = 16
LANES, BATCH = 8, 8
"""Transactions of what is brief at once, so that something is left for what is not; and how much of it one of
them takes: it holds its locks until the last of them is done."""
TRIES = 5
"""How often a transaction is begun anew that another one crossed."""
_CROSSED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    OSError,
)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        # The server's detail would quote the row; only the constraint's name is fit for a log.
        raise Conflict(f"{type(error).__name__}: {error.constraint_name}") from error
    except _LOST as error:
        raise Unavailable(f"PostgreSQL: {error or type(error).__name__}") from error


class PostgresqlConnection(Connection):
    """A transaction on PostgreSQL."""

    _returning = True

    def __init__(self, raw: "PoolConnectionProxy[Any]", planner: Planner) -> None:
        super().__init__(planner)
        self._raw = raw
        self._waiting: list[tuple[Plan, list[Any]]] = []

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self.flush()
        inner = self._raw.transaction()
        _now(inner.start())
        try:
            yield
            self.flush()
        except BaseException:
            self._waiting.clear()
            with suppress(Unavailable):
                _now(inner.rollback())
            self.forget()
            raise
        _now(inner.commit())

    def lock(self, name: str) -> None:
        self.fill()
        self.flush()
        _now(self._raw.fetchval("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name))

    def _fetch(self, plan: Plan, values: list[Any]) -> Iterable[Iterable[Any]]:
        self.flush()
        return _now(self._raw.fetch(plan.sql, *values))

    def _fetch_one(self, plan: Plan, values: list[Any]) -> Iterable[Any] | None:
        self.flush()
        return _now(self._raw.fetchrow(plan.sql, *values))

    def _run(self, plan: Plan, values: list[Any]) -> int:
        self.flush()
        tag = _now(self._raw.execute(plan.sql, *values))  # "INSERT 0 1", "UPDATE 3"
        last = tag.rpartition(" ")[2]
        return int(last) if last.isdigit() else 0

    def _run_many(self, plan: Plan, rows: list[list[Any]]) -> None:
        self.flush()
        _now(self._raw.executemany(plan.sql, rows))

    def _insert(self, plan: Plan, values: list[Any]) -> int:
        self.flush()
        row = _now(self._raw.fetchrow(plan.sql, *values))
        return int(row[0]) if row else 0

    def _later(self, plan: Plan, values: list[Any]) -> None:
        # Statements of one journey see the same rows and run in no order: each must have its own table.
        if any(plan.changes == other.changes for other, _ in self._waiting):
            self.flush()
        self._waiting.append((plan, values))

    def flush(self) -> None:
        """Runs what waits, in one journey."""
        waiting = self._waiting
        if waiting:
            self._waiting = []
            sql = _together(tuple(plan.sql for plan, _ in waiting))
            _now(self._raw.execute(sql, *(value for _, values in waiting for value in values)))


def _done(work: Callable[[Connection], T], conn: PostgresqlConnection) -> T:
    result = work(conn)
    conn.flush()
    return result


@cache
def _together(statements: tuple[str, ...]) -> str:
    """Statements that write, as one; the values of each come after those of the ones before."""
    given = 0
    renumbered = []
    for statement in statements:
        places = _PLACE.split(statement)  # text, number, text, number, …, text
        for at in range(1, len(places), 2):
            places[at] = f"${int(places[at]) + given}"
        renumbered.append("".join(places))
        given += len(set(_PLACE.findall(statement)))
    *first, last = renumbered
    parts = ", ".join(f"part_{number} AS ({part})" for number, part in enumerate(first))
    return f"WITH {parts} {last}" if parts else last


def _now(waiting: Awaitable[T]) -> T:
    """Waits for the driver from inside a plain function."""
    with _translated():
        return await_only(waiting)


@dataclass(frozen=True, slots=True)
class Job:
    """Brief work that waits for a lane, and who waits for it."""

    future: "asyncio.Future[Any]"
    work: Callable[[Connection], Any]


class PostgresqlEngine(Engine):
    """The pool, and the lanes of what is brief: each commits together what gathered while all were busy."""

    def __init__(self, url: URL, vault: Vault) -> None:
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._planner = Planner(dialects.dialect(), vault)  # type: ignore[no-untyped-call]
        self._pool: asyncpg.Pool[Any] | None = None
        self._leader: _Leader | None = None
        self._electing = asyncio.Lock()
        self._jobs: deque[Job] = deque()
        self._lanes: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        if self._pool is not None:
            return
        with _translated():
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=CONNECTIONS,
                init=_set_up,
                reset=_leave,
                statement_cache_size=512,
                max_cached_statement_lifetime=0,
                server_settings={"application_name": "tocns", "timezone": "UTC", "jit": "off"},
            )

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        leader, self._leader = self._leader, None
        if leader is not None:
            await leader.close()
        if pool is not None:
            try:
                await asyncio.wait_for(pool.close(), 10)
            except TimeoutError:
                pool.terminate()

    async def write(self, work: Callable[[Connection], T], *, brief: bool = False) -> T:
        if not brief:
            return await self._alone(work)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append(Job(future, work))
        if len(self._lanes) < LANES:
            lane = asyncio.create_task(self._work_on(), name="postgresql-lane")
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)
        return await future

    async def _work_on(self) -> None:
        """A lane's life: as long as somebody waits. Who no longer waits is not served."""
        while self._jobs:
            taken = [self._jobs.popleft() for _ in range(min(BATCH, len(self._jobs)))]
            batch = [job for job in taken if not job.future.cancelled()]
            if len(batch) == 1 or not await self._all_well(batch):
                for job in batch:
                    await _settle(job, self._alone(job.work))

    async def _all_well(self, batch: list[Job]) -> bool:
        """Runs the jobs in one transaction, as nearly always none raises, or as many as it takes; False where
        one did, or others crossed them: nothing was done, and each is to be run alone."""
        try:
            results = await self._transaction(lambda conn: _until_full(batch, conn))
        except asyncio.CancelledError:
            raise
        except Unavailable as error:  # each alone would wait as long for the same
            for job in batch:
                await _settle(job, _refused(error))
        except BaseException:  # it is raised again when the job is run alone
            return False
        else:
            self._jobs.extendleft(reversed(batch[len(results) :]))
            for job, result in zip(batch, results, strict=False):
                if not job.future.done():
                    job.future.set_result(result)
        return True

    async def _alone(self, work: Callable[[Connection], T]) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                return await self._transaction(work)
            except _CROSSED as error:
                if attempt == TRIES:
                    raise Unavailable(f"PostgreSQL: crossed by others {TRIES} times: {error}") from error
                await asyncio.sleep(uniform(0, 0.01 * 2**attempt))  # noqa: S311 (spreads them, keeps no secret)
        raise AssertionError("unreachable")

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._transaction(work, isolation="repeatable_read", readonly=True)

    async def lead(self, name: str) -> "PostgresqlLease | None":
        async with self._electing:
            with _translated():
                if self._leader is None or self._leader.is_closed:
                    raw = await asyncpg.connect(self._dsn, timeout=10, server_settings=_LEADER)
                    self._leader = _Leader(raw)
                leader = self._leader
                return PostgresqlLease(leader, name) if await leader.take(name) else None

    async def _transaction(self, work: Callable[[Connection], T], **options: Any) -> T:
        if self._pool is None:
            raise Unavailable("the database is closed")
        with _translated():
            raw = await self._pool.acquire(timeout=30)
        try:
            # Entered, not started: who is cancelled as it begins leaves it to the pool, which else complains.
            transaction = raw.transaction(**options)
            with _translated():
                await transaction.__aenter__()
            try:
                result: T = await greenlet_spawn(_done, work, PostgresqlConnection(raw, self._planner))
            except BaseException as error:
                with suppress(*_LOST, asyncpg.PostgresError):
                    await transaction.__aexit__(type(error), error, error.__traceback__)
                raise
            with _translated():
                await transaction.__aexit__(None, None, None)
            return result
        finally:
            await self._pool.release(raw)


def _until_full(batch: list[Job], conn: Connection) -> list[Any]:
    """What the first jobs of these give, to the one after which the transaction is full."""
    results = []
    for job in batch:
        results.append(job.work(conn))
        if conn.is_full:
            break
    return results


async def _settle(job: Job, outcome: Awaitable[Any]) -> None:
    """Tells who waits for a job what became of it."""
    try:
        result = await outcome
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # whatever it was belongs to whoever asked, not to the lane
        if not job.future.done():
            job.future.set_exception(error)
    else:
        if not job.future.done():
            job.future.set_result(result)


async def _refused(error: Unavailable) -> None:
    raise Unavailable(str(error)) from error


# The lock lasts as long as the session: the server finds out within ten seconds that a machine is gone; who
# is cut off finds out sooner, and stops. A pooler that lends out sessions by the transaction breaks this:
# the URL must lead to PostgreSQL itself.
_LEADER = {
    "application_name": "tocns leader",
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
_ANSWERS = 3.0
"""Seconds in which the server must answer a leader."""
_UNANSWERED = (*_LOST, asyncpg.PostgresError, TimeoutError)


class _Leader:
    """The session that holds a process's advisory locks: all of them end with it."""

    def __init__(self, raw: "asyncpg.Connection[Any]") -> None:
        self._raw = raw
        self._held: set[str] = set()
        self._one_at_a_time = asyncio.Lock()

    @property
    def is_closed(self) -> bool:
        return self._raw.is_closed()

    def has(self, name: str) -> bool:
        return name in self._held and not self.is_closed

    async def take(self, name: str) -> bool:
        """Whether the name is now this process's; False also where it was so before."""
        if name in self._held:
            return False
        if await self._ask("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", f"leader {name}"):
            self._held.add(name)
        return name in self._held

    async def lives(self) -> bool:
        """Whether the server answers in time; where it does not, the session is ended."""
        try:
            await self._ask("SELECT 1")
        except _UNANSWERED:
            return False
        return True

    async def give(self, name: str) -> None:
        self._held.discard(name)
        with suppress(*_UNANSWERED):
            await self._ask("SELECT pg_advisory_unlock(hashtextextended($1, 0))", f"leader {name}")

    async def close(self) -> None:
        with suppress(*_UNANSWERED):
            await self._raw.close(timeout=_ANSWERS)

    async def _ask(self, sql: str, *values: str) -> Any:
        async with self._one_at_a_time:
            try:
                return await asyncio.wait_for(self._raw.fetchval(sql, *values), _ANSWERS)
            except _UNANSWERED:
                self._raw.terminate()  # with the session its locks are free, whatever it was asked
                raise


class PostgresqlLease(Lease):
    """An advisory lock of the leader's session."""

    def __init__(self, leader: _Leader, name: str) -> None:
        self._leader = leader
        self._name = name

    async def holds(self) -> bool:
        return self._leader.has(self._name) and await self._leader.lives()

    async def release(self) -> None:
        if self._leader.has(self._name):
            await self._leader.give(self._name)


async def _set_up(raw: Any) -> None:
    # SQLAlchemy writes JSON as text; it is read back as values.
    await raw.set_type_codec("json", encoder=str, decoder=json.loads, schema="pg_catalog")


async def _leave(_raw: Any) -> None:
    """Nothing to clean: every use is one transaction that has ended. Saves a round trip each time."""
