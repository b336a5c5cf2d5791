"""The revisions of the tables: bring a database up to date, or back. The only place that imports Alembic."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Connection as Raw
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage.database import Connection, Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

T = TypeVar("T")

_HERE = Path(__file__).parent / "migrations"
_LOCK = 20_250_701
"""The advisory lock under which one process at a time migrates a PostgreSQL database (any fixed number)."""


class UnknownRevision(Exception):
    """There is no such revision."""


def head() -> str:
    """The newest revision that this program knows. Files are named by their revision: 0001_first.py."""
    return max(path.name.partition("_")[0] for path in (_HERE / "versions").glob("[0-9]*_*.py"))


def is_current(conn: Connection) -> bool:
    """Whether the database stands at `head()`: cheap enough for every start."""
    exists = {
        "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'",
        "postgresql": "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL",
    }[conn.engine]
    if conn.one(text(exists)) is None:
        return False
    row = conn.one(text("SELECT version_num FROM alembic_version"))
    return row is not None and row[0] == head()


def upgrade(url: str, revision: str = "head") -> None:
    """Brings the database at the settings' URL up to `revision`. Raises Unavailable, UnknownRevision.

    Not to be called on a running event loop: `await asyncio.to_thread(upgrade, url)` there.
    """
    from alembic import command  # noqa: PLC0415 (39 MB that only a migration needs)

    _on(url, lambda raw: _alembic(raw, lambda config: command.upgrade(config, revision)))


def downgrade(url: str, revision: str) -> None:
    """Takes the database back to `revision` ("base": no tables at all). Data of dropped tables is lost."""
    from alembic import command  # noqa: PLC0415

    _on(url, lambda raw: _alembic(raw, lambda config: command.downgrade(config, revision)))


def current(url: str) -> str | None:
    """The revision at which the database stands; None for one without our tables."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    return _on(url, lambda raw: MigrationContext.configure(raw).get_current_revision())


def _alembic(raw: Raw, run: "Callable[[Config], None]") -> None:
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.attributes["connection"] = raw
    try:
        run(config)
    except CommandError as error:
        raise UnknownRevision(str(error)) from error
    _check(raw)


def _check(raw: Raw) -> None:
    if raw.dialect.name == "sqlite" and (
        broken := raw.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    ):
        raise Unavailable(f"after the migration {len(broken)} rows would refer to nothing: it was undone")


def _on(url: str, work: Callable[[Raw], T]) -> T:
    """Runs `work` in one transaction that no other migration can cross."""
    try:
        if make_url(url).get_backend_name() == "sqlite":
            return _on_sqlite(url, work)
        return asyncio.run(_on_postgresql(url, work))
    except (DBAPIError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise Unavailable(f"{make_url(url).render_as_string()}: {cause}") from error


def _on_sqlite(url: str, work: Callable[[Raw], T]) -> T:
    from storage.sqlite import connect  # noqa: PLC0415

    path = Path(make_url(url).database or "")
    engine = create_engine("sqlite://", creator=lambda: connect(path), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _quiet(raw: object, _: object) -> None:
        # A table made anew is dropped for a moment: what refers to it must bear that. `_check` follows.
        raw.execute("PRAGMA foreign_keys = OFF")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(raw: Raw) -> None:
        raw.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as raw:
        return work(raw)


async def _on_postgresql(url: str, work: Callable[[Raw], T]) -> T:
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - nothing for SQLite

    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as raw:
            await raw.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            return await raw.run_sync(work)
    finally:
        await engine.dispose()
