"""A database as SQLAlchemy sees it, in one transaction: for its tables as such (migrations, whole copies).

Turns and queries go by `storage.database`. Not to be called on a running event loop: there
`await asyncio.to_thread(…)`.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection as Raw
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage.database import Unavailable

T = TypeVar("T")

_LOCK = 20_250_701
"""The advisory lock under which one process at a time changes a PostgreSQL database (any fixed number)."""
PATIENCE = 2
"""Seconds for which a change waits for a table that another transaction holds: every turn that needs the
table waits behind it meanwhile. A vacuum gives way after one."""
_LOCK_NOT_AVAILABLE = "55P03"


def changing(url: str, work: Callable[[Raw], T], *, make: bool = False) -> T:
    """Runs `work` in one transaction that no other of this kind can cross; what it raises undoes all of it.
    On SQLite nobody else writes meanwhile, what refers to nothing is not noticed, and the file is made where
    it says so and there is none. Raises Unavailable."""
    return _run(url, work, change=True, make=make)


def reading(url: str, work: Callable[[Raw], T]) -> T:
    """Runs `work` on one unchanging view of the data, while others write. Raises Unavailable."""
    return _run(url, work, change=False)


def _run(url: str, work: Callable[[Raw], T], *, change: bool, make: bool = False) -> T:
    try:
        if make_url(url).get_backend_name() == "sqlite":
            return _on_sqlite(url, work, change=change, make=make)
        return asyncio.run(_on_postgresql(url, work, change=change))
    except (DBAPIError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if getattr(cause, "sqlstate", "") == _LOCK_NOT_AVAILABLE:
            raise Unavailable(
                f"another transaction holds a table for longer than {PATIENCE} s (a backup, an export?): "
                "nothing was changed, and the service runs on; try again when it has ended"
            ) from error
        # The lines after the first may quote a row.
        first = str(cause).partition("\n")[0]
        raise Unavailable(f"{make_url(url).render_as_string()}: {first}") from error


def _on_sqlite(url: str, work: Callable[[Raw], T], *, change: bool, make: bool) -> T:
    from storage.sqlite import connect  # noqa: PLC0415 - each engine is loaded only where it serves

    path = Path(make_url(url).database or "")
    engine = create_engine("sqlite://", creator=lambda: connect(path, make=make), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _quiet(raw: object, _: object) -> None:
        # A table made anew is dropped for a moment: what refers to it must bear that, until all is done.
        raw.execute("PRAGMA foreign_keys = OFF")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(raw: Raw) -> None:
        raw.exec_driver_sql("BEGIN IMMEDIATE" if change else "BEGIN")

    with engine.begin() as raw:
        return work(raw)


async def _on_postgresql(url: str, work: Callable[[Raw], T], *, change: bool) -> T:
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

    options = {} if change else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    engine = create_async_engine(url, poolclass=NullPool, execution_options=options)
    try:
        async with engine.begin() as raw:
            if change:
                await raw.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                await raw.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
            return await raw.run_sync(work)
    finally:
        await engine.dispose()
