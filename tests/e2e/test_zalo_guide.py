"""The operator's guide for Zalo, its last part to the letter: emulators, the service, a first message."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.e2e.served import free_port

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "operator" / "zalo.md").read_text("utf-8").partition("## Thử không cần Zalo")[2]


@asynccontextmanager
async def running(*command: str, env: dict[str, str] | None = None) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *command, env=env, cwd=ROOT, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def told(process: Process, last: str) -> dict[str, str]:
    """The settings that an emulator prints, up to the last of them."""
    found: dict[str, str] = {}
    assert process.stdout
    while last not in found:
        name, _, value = (await process.stdout.readline()).decode().strip().partition("=")
        assert name, "the emulator ended"
        found[name] = value
    return found


async def done(*command: str, env: dict[str, str]) -> tuple[int | None, str]:
    async with running("bot", *command, env=env) as process:
        out, err = await process.communicate()
        return process.returncode, (out + err).decode()


async def screen(session: aiohttp.ClientSession, person: str, words: str) -> list[dict[str, Any]]:
    """What somebody sees once these words are there."""
    while True:
        async with session.get(f"{person}/screen") as answer:
            shown: list[dict[str, Any]] = await answer.json()
        if any(words in str(message.get("text")) for message in shown):
            return shown
        await asyncio.sleep(0.2)


async def test_the_guides_trial_without_zalo_works_as_it_stands(tmp_path: Path) -> None:
    port, oa, bot = free_port(), free_port(), free_port()
    modules = re.findall(r"python -m (tests\.e2e\.\w+) (\d+)", GUIDE)
    assert modules == [("tests.e2e.zalo_oa_api", "8082"), ("tests.e2e.zalo_bot_api", "8083")]
    service = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack, asyncio.timeout(240):
        first = await stack.enter_async_context(running(modules[0][0], str(oa), service))
        second = await stack.enter_async_context(running(modules[1][0], str(bot)))
        env = {
            "PATH": "/usr/bin:/bin",
            **await told(first, "TOCNS_ZALO_ZNS_API_URL"),
            **await told(second, "TOCNS_ZALO_BOT_API_URL"),
            "TOCNS_SECRET_KEY": "a key of forty characters, for this trial",
            "TOCNS_PUBLIC_URL": service,
            "TOCNS_HTTP_PORT": str(port),
            "TOCNS_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'trial.db'}",
        }
        assert (await done("db", "upgrade", env=env))[0] == 0
        code, said = await done("check", env=env)
        assert code == 1
        assert "is the service running?" in said
        serving = await stack.enter_async_context(running("bot", "serve", env=env))
        assert serving.stdout
        assert "tocns serves" in (await serving.stdout.readline()).decode()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        for base, number, name in ((oa, "7000000000000000001", "Mai"), (bot, "ede6f1a2b3c400000001", "Bảy")):
            assert number in GUIDE
            person = f"http://127.0.0.1:{base}/people/{number}"
            await session.post(f"http://127.0.0.1:{base}/people", json={"name": name})
            await session.post(f"{person}/type", json={"text": "xin chào"})
            await screen(session, person, "máy trả lời tự động")
        mai = f"http://127.0.0.1:{oa}/people/7000000000000000001"
        await session.post(f"{mai}/tap", json={"label": "Các chủ đề"})
        await screen(session, mai, "Em trả lời được những chủ đề này")
        code, said = await done("check", env=env)
        assert (code, "No faults found" in said) == (0, True), said
