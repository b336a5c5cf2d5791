"""The revisions of the tables: bring a database up to date, or back. The only place that imports Alembic."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.engine import Connection as Raw

from storage.database import Connection, Unavailable
from storage.direct import changing

if TYPE_CHECKING:
    from alembic.config import Config

_HERE = Path(__file__).parent / "migrations"


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
    changing(url, lambda raw: upgrade_within(raw, revision))


def upgrade_within(raw: Raw, revision: str = "head") -> None:
    """As `upgrade`, in a transaction that `storage.direct.changing` has begun."""
    from alembic import command  # noqa: PLC0415 (39 MB that only a migration needs)

    _alembic(raw, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Takes the database back to `revision` ("base": no tables at all). Data of dropped tables is lost."""
    changing(url, lambda raw: downgrade_within(raw, revision))


def downgrade_within(raw: Raw, revision: str) -> None:
    """As `downgrade`, in a transaction that `storage.direct.changing` has begun."""
    from alembic import command  # noqa: PLC0415

    _alembic(raw, lambda config: command.downgrade(config, revision))


def current(url: str) -> str | None:
    """The revision at which the database stands; None for one without our tables."""
    return changing(url, current_within)


def current_within(raw: Raw) -> str | None:
    """As `current`, in a transaction that `storage.direct` has begun."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    return MigrationContext.configure(raw).get_current_revision()


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
