"""`tocns demo`: everything in one process, on sample data, in the browser."""

import asyncio
import gc
import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands.failure import Fault
from bot.commands.serve import until_told
from bot.commands.stored import database_of

if TYPE_CHECKING:
    from bot.config import Settings

Made = list[tuple[str, str, str]]
"""The people one may be: key, label, description."""

NOTE = "demo"

app = typer.Typer()


@app.command(epilog="Example: tocns demo --port 9000 --fresh")
def demo(
    port: int = typer.Option(8080, min=0, max=65535, help="0 takes any free port"),
    data: Path = typer.Option(Path("var/demo"), help="where the sample data is kept"),
    fresh: bool = typer.Option(False, "--fresh", help="throw the sample data away and make it anew"),
) -> None:
    """Shows tocns on invented data: one picks who to be. Listens on this machine only."""
    gc.disable()  # while a quarter of a million objects are made that all stay: Service.start enables it
    from bot import logs
    from bot.app import build
    from bot.config import BadSettings, load_alone
    from bot.service import NotReady, Service
    from storage.database import Unavailable

    if fresh:
        _thrown_away(data)
    try:
        settings = load_alone(
            database_url=f"sqlite+aiosqlite:///{data / 'demo.db'}", secret_key=_key(data), http_port=port
        )
    except BadSettings as error:
        raise Fault(str(error)) from None
    except OSError as error:
        raise Fault(f"--data {data}: {error.strerror}; give a folder that can be written to") from None
    logs.configure("console", "WARNING")
    try:
        made = asyncio.run(_made(settings))
    except Unavailable as error:
        raise Fault(f"{error}; or begin anew: tocns demo --fresh") from None
    if made is None:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        from storage.revisions import TooNew

        # In a process of its own: what makes the data would double the memory of what then serves it.
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            try:
                made = pool.submit(make, settings).result()
            except (TooNew, Unavailable) as error:
                raise Fault(f"{error}; or begin anew: tocns demo --fresh") from None

    async def run(service: Service) -> None:
        await service.start()
        print(
            f"\n  Mở / open  http://127.0.0.1:{service.port}/\n\n  Dữ liệu minh hoạ, không có thật.",
            flush=True,
        )
        await until_told()
        await service.stop()

    try:
        asyncio.run(run(build(settings, personas=made)))
    except NotReady as error:
        raise Fault(str(error)) from None


def _thrown_away(data: Path) -> None:
    """Removes what a demo made before. Raises Fault where one runs on it."""
    from fcntl import LOCK_EX, LOCK_NB, flock

    from bot.leading import NAME

    lock = data / f"demo.db.{NAME}.lock"
    if lock.exists():
        with lock.open("wb") as file:
            try:
                flock(file, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                raise Fault(f"--fresh: a demo runs on {data}; stop it, or give another --data") from None
    for one in data.glob("demo.*"):
        one.unlink()


def _key(data: Path) -> str:
    """The demo's own secret key, kept beside its data."""
    data.mkdir(parents=True, exist_ok=True)
    file = data / "demo.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32), "ascii")
    return file.read_text("ascii")


def make(settings: "Settings") -> Made:
    """Makes the sample data, or brings what an older version made to this one; the people one may be."""
    from bot.demo import fill
    from storage import notes, revisions
    from storage.database import Connection

    now = datetime.now(settings.zone)

    def filled(conn: Connection) -> None:
        personas = [(one.key, one.label, one.description) for one in fill(conn, now)]
        notes.put(conn, NOTE, json.dumps(personas), now)
        notes.put(conn, notes.EDITION, now.isoformat(), now)

    async def run() -> None:
        async with database_of(settings) as database:
            await database.write(filled)

    revisions.upgrade(settings.database_url)
    made = asyncio.run(_made(settings))
    if made is None:
        asyncio.run(run())
        made = asyncio.run(_made(settings))
    assert made is not None
    return made


async def _made(settings: "Settings") -> Made | None:
    """What `make` made before, or None."""
    from storage import notes, revisions
    from storage.database import Missing

    try:
        async with database_of(settings) as database:
            if (await database.read(revisions.standing)).amiss:
                return None
            known = await database.read(lambda conn: notes.get(conn, NOTE))
    except Missing:
        return None
    return None if known is None else [(key, label, said) for key, label, said in json.loads(known)]
