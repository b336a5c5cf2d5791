"""Several processes on one database, as an operator runs them, and a client that follows their health.

Zalo's Bot platform, emulated, brings what people say to whichever process is ready.
"""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import aiohttp

from storage import revisions
from tests.e2e.served import HOOK, KEY, free_port
from tests.e2e.zalo_bot_api import TOKEN, ZaloBotApi

ROOT = Path(__file__).parents[2]
Part = Literal["all", "web", "worker"]


def environment(url: str, api: ZaloBotApi, **more: str) -> dict[str, str]:
    """The settings of one installation."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "TOCNS_DATABASE_URL": url,
        "TOCNS_SECRET_KEY": KEY,
        "TOCNS_LOG_FORMAT": "json",
        "TOCNS_PUBLIC_URL": "https://tocns.example",
        "TOCNS_ZALO_BOT_TOKEN": TOKEN,
        "TOCNS_ZALO_BOT_API_URL": api.url,
        "TOCNS_ZALO_BOT_MODE": "webhook",
        "TOCNS_ZALO_BOT_WEBHOOK_SECRET": HOOK,
        **more,
    }


@dataclass
class Process:
    """`tocns serve --part …`, from the code in `tree`, on ports of its own. `url` is where it hears (a worker
    does not), `inner` where it is asked for its health."""

    part: Part
    settings: dict[str, str]
    tree: Path = ROOT
    port: int = field(default_factory=free_port)
    inner_port: int = field(default_factory=free_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Returns when it is ready."""
        ports = {"TOCNS_HTTP_PORT": str(self.port), "TOCNS_METRICS_PORT": str(self.inner_port)}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "serve", "--part", self.part),
            cwd=self.tree,
            env=self.settings | ports,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            while await self.health() != 200:
                if self._process.returncode is not None:
                    raise AssertionError((await self._process.communicate())[1].decode())
                await asyncio.sleep(0.05)

    async def health(self) -> int:
        """The status of `/health/ready`; 0 where nobody answers."""
        with suppress(aiohttp.ClientError, TimeoutError):
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(3)) as session,
                session.get(f"http://127.0.0.1:{self.inner_port}/health/ready") as answer,
            ):
                return answer.status
        return 0

    async def stop(self) -> list[str]:
        """As systemd stops it; the lines of its log."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            log = (await self._process.communicate())[1]
        assert self._process.returncode == 0
        return log.decode().splitlines()

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


async def tocns(settings: dict[str, str], *words: str, tree: Path = ROOT) -> str:
    """A command that must succeed; what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *words),
        cwd=tree,
        env=settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, amiss = await process.communicate()
    assert process.returncode == 0, amiss.decode()
    return said.decode()


def newer_program(folder: Path) -> tuple[Path, str]:
    """The next version of this program: the same with a revision more, that only adds. Its tree, and the
    revision."""
    revision = "9001"
    shutil.copytree(ROOT / "storage", folder / "storage", ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("bot", "handlers", "content"):
        (folder / package).symlink_to(ROOT / package)
    versions = folder / "storage" / "migrations" / "versions"
    (versions / f"{revision}_next.py").write_text(
        f'''"""What the next version needs."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{revision}", "{revisions.head()}", None, None
serves = "0016"


def upgrade() -> None:
    op.add_column("talk", sa.Column("mood", sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("weight", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_account_created_at", "account", ["created_at"])
    op.create_table("extra", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade() -> None:
    op.drop_table("extra")
    op.drop_index("ix_account_created_at", table_name="account")
    op.drop_column("outbox", "weight")
    op.drop_column("talk", "mood")
'''
    )
    return folder, revision


@dataclass
class Balancer:
    """A client that sends to those that are ready, in turn, and on to the next where a connection is refused
    or breaks: what was brought twice counts once."""

    webs: Sequence[Process]
    statuses: list[int] = field(default_factory=list)
    moved_on: int = 0
    _ready: dict[int, bool] = field(default_factory=dict)
    _turn: int = 0
    _session: aiohttp.ClientSession = field(init=False)
    _looking: asyncio.Task[None] = field(init=False)

    async def __aenter__(self) -> "Balancer":
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10))
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)
        await self._session.close()

    async def _look(self) -> None:
        while True:
            for web in self.webs:
                self._ready[web.port] = await web.health() == 200
            await asyncio.sleep(0.2)

    async def deliver(self, update: dict[str, Any]) -> int:
        """The status that the client sees; 502 where nobody took it."""
        self._turn += 1
        one, other = self._turn % 2, (self._turn + 1) % 2
        order = sorted((self.webs[one], self.webs[other]), key=lambda web: not self._ready.get(web.port))
        status = 502
        for web in order:
            try:
                status = await hook(self._session, web.url, update)
                break
            except aiohttp.ClientError:
                self.moved_on += 1
        self.statuses.append(status)
        return status


async def hook(session: aiohttp.ClientSession, url: str, update: dict[str, Any]) -> int:
    """Brings an event to one process; the status of the answer."""
    headers = {"X-Bot-Api-Secret-Token": HOOK}
    async with session.post(f"{url}/webhook/zalo-bot", json=update, headers=headers) as answer:
        return answer.status
