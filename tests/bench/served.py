"""`tocns serve` in processes of its own, and the platforms that it speaks to."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from io import BytesIO
from pathlib import Path

from aiohttp import web

from tests.bench import crowd
from tests.bench.faults import free_port

PATIENCE = 30.0
"""Seconds for a process to end when it is told to."""
KEY = "a key for a database that lives a minute"


@asynccontextmanager
async def serving(
    url: str, parts: Sequence[str], *settings: Mapping[str, str]
) -> AsyncIterator[tuple[list[int], list[int]]]:
    """The ports that hear, and the processes, in the order of the parts."""
    ports, pids = [], []
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tocns-"))
        for part in parts:
            port = free_port()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "serve", "--part", part,
                cwd=folder, env=_environment(url, port, settings), stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            stack.push_async_callback(_end, process)
            pids.append(process.pid)
            if part != "worker":
                ports.append(port)
                assert process.stdout
                if b"http://" not in await process.stdout.readline():
                    raise RuntimeError("the service did not start")
        yield ports, pids


async def _end(process: "asyncio.subprocess.Process") -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:  # it hangs, which must not hang who measures it
        process.kill()
        await process.wait()


def _environment(url: str, port: int, settings: Sequence[Mapping[str, str]]) -> dict[str, str]:
    given = {
        "DATABASE_URL": url,
        "SECRET_KEY": KEY,
        "HTTP_PORT": str(port),
        "PUBLIC_URL": "https://bench.invalid",
        "LOG_LEVEL": "ERROR",
    }
    for some in settings:
        given |= some
    root = str(Path(__file__).parent.parent.parent)
    own = {name: value for name, value in os.environ.items() if not name.startswith("TOCNS_")}
    return own | {f"TOCNS_{name}": value for name, value in given.items()} | {"PYTHONPATH": root}


def telegram(platform: str) -> dict[str, str]:
    """The settings of a bot whose servers are at that address."""
    return {
        "TELEGRAM_TOKEN": "42:bench",
        "TELEGRAM_API_URL": platform,
        "TELEGRAM_MODE": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": crowd.SECRET,
    }


def zalo_oa(platform: str) -> dict[str, str]:
    """The same of an Official Account."""
    return {
        "ZALO_OA_APP_ID": crowd.APP_ID,
        "ZALO_OA_SECRET_KEY": crowd.OA_SECRET,
        "ZALO_OA_APP_SECRET": "app-secret",
        "ZALO_OA_REFRESH_TOKEN": "first",
        "ZALO_OA_API_URL": platform,
        "ZALO_OA_OAUTH_URL": platform,
        "ZALO_ZNS_API_URL": platform,
    }


@asynccontextmanager
async def platforms() -> AsyncIterator[str]:
    """Telegram's and Zalo's own servers: they take what is sent, and give tokens, names and pictures."""
    from PIL import Image

    buffer = BytesIO()
    Image.new("RGB", (800, 600), "green").save(buffer, "JPEG")
    picture = buffer.getvalue()

    async def telegram(request: web.Request) -> web.Response:
        me = {"id": 42, "is_bot": True, "first_name": "bench", "username": "bench_bot"}
        message = {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}
        file = {"file_id": "f", "file_unique_id": "u", "file_path": "photo.jpg"}
        answers = {"getMe": me, "getFile": file, "sendMessage": message, "editMessageText": message}
        method = request.match_info["method"]
        return web.json_response({"ok": True, "result": answers.get(method, True)})

    async def photo(_request: web.Request) -> web.Response:
        return web.Response(body=picture, content_type="image/jpeg")

    async def token(_request: web.Request) -> web.Response:
        return web.json_response({"access_token": "a", "refresh_token": "r", "expires_in": "90000"})

    async def zalo(_request: web.Request) -> web.Response:
        return web.json_response({"error": 0, "data": {"message_id": "1", "display_name": "Lan"}})

    app = web.Application()
    app.router.add_get("/file/{bot}/photo.jpg", photo)
    app.router.add_get("/photo.jpg", photo)
    app.router.add_post("/v4/oa/access_token", token)
    app.router.add_route("*", "/bot{token}/{method}", telegram)
    app.router.add_route("*", "/{path:.+}", zalo)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
