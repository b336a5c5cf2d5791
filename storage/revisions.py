"""The revisions of the tables: bring a database up to date, or back. The only place that imports Alembic."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.engine import Connection as Raw

from storage.database import Connection, Missing, Unavailable
from storage.direct import changing, reading

if TYPE_CHECKING:
    from alembic.config import Config

_HERE = Path(__file__).parent / "migrations"


class UnknownRevision(Exception):
    """There is no such revision."""


class TooNew(Exception):
    """A newer program has changed the tables so that this one can't serve on them; what to do."""


def head() -> str:
    """The newest revision that this program knows. Files are named by their revision: 0001_first.py."""
    return max(path.name.partition("_")[0] for path in (_HERE / "versions").glob("[0-9]*_*.py"))


@dataclass(frozen=True, slots=True)
class Standing:
    """At which revision a database stands, "" for one without our tables; of a newer one also the oldest
    revision whose programs it serves (docs/developer/migrations.md)."""

    at: str
    serves: str = ""

    @property
    def is_newer(self) -> bool:
        """Whether a newer program has changed the tables."""
        return self.at > head()

    @property
    def amiss(self) -> str | None:
        """Why this program can't serve on it, in a sentence with what to do; None where it can."""
        mine = head()
        if not self.at:
            return "the database has no tables yet: run `tocns db upgrade`"
        if self.at < mine:
            return f"the database is at revision {self.at}, this program needs {mine}: run `tocns db upgrade`"
        if self.is_newer and self.serves > mine:
            return (
                f"the database is newer than this program: it is at revision {self.at} and serves programs "
                f"from {self.serves} on, this one is {mine}: start the program's newer version, or let that "
                f"version run `tocns db downgrade {mine}` first"
            )
        return None


_EXISTS = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'",
    "postgresql": "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL",
}


def standing(conn: Connection) -> Standing:
    """Where the database stands: cheap enough for every start."""
    return _standing(conn.engine, lambda sql: conn.one(text(sql)))


def _standing(engine: str, one: Callable[[str], Sequence[Any] | None]) -> Standing:
    if one(_EXISTS[engine]) is None or (row := one("SELECT version_num FROM alembic_version")) is None:
        return Standing("")
    at = Standing(str(row[0]))
    if not at.is_newer:
        return at
    row = one("SELECT serves FROM alembic_version")
    assert row is not None
    return Standing(at.at, str(row[0]))


def upgrade(url: str, revision: str = "head") -> None:
    """Brings the database at the settings' URL up to `revision`. Raises Unavailable, UnknownRevision, TooNew.

    A newer one that serves this program is left as it is. Not to be called on a running event loop:
    `await asyncio.to_thread(upgrade, url)` there.
    """

    def climb(raw: Raw) -> None:
        there = _standing(raw.dialect.name, lambda sql: raw.execute(text(sql)).one_or_none())
        if not there.is_newer or revision != "head":
            upgrade_within(raw, revision)
        elif there.amiss:
            raise TooNew(there.amiss)

    changing(url, climb, make=True)


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
    try:
        return reading(url, current_within)
    except Missing:
        return None


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
