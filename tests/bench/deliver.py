"""`tocns bench deliver`: a broadcast over Telegram's voice to a local server, with a kill -9 in the middle.

A process of its own delivers; when half has arrived it is killed and another goes on. Meanwhile a reply is
put into the outbox every second, and how long it takes to arrive is measured. Every message must arrive once,
but for those on the wire at the kill: a broadcast's are unsure and not repeated.
"""

import asyncio
import gc
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import select

from bot import render
from bot.channels.base import Receipt, Shown
from bot.channels.telegram import Telegram
from bot.channels.telegram.speaking import PACE, Speaker
from bot.sender import Sender
from storage import outbox, people
from storage.database import Connection, Database, table
from storage.revisions import upgrade
from storage.secrets import Vault
from storage.tables import OutboxRow

SECRET = "a key that only the benchmark uses"
TOKEN = "123456:AAE-of_a_bot_that_is_nowhere_else"
_outbox = table(OutboxRow)
ASKERS, CHUNK = 60, 2_000
"""People who are answered meanwhile; messages put in at once."""


def run(messages: int = 100_000, per_second: int = 400, at_own_pace: int = 1_000) -> dict[str, Any]:
    """What arrived, how often, at which pace, and how long replies took. At Telegram's own pace 100,000 take
    more than an hour, so so many go at that of a server of one's own, and some at Telegram's."""
    folder = tempfile.mkdtemp(prefix="tocns-bench-")
    try:
        return {
            "with_a_kill": deliver(folder, messages, per_second, kill=True),
            "at_telegrams_pace": deliver(folder, at_own_pace, PACE, kill=False),
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def deliver(folder: str, messages: int, per_second: int, *, kill: bool) -> dict[str, Any]:
    """Delivers so many at that pace from a new database in the folder; what came of it."""
    url = f"sqlite+aiosqlite:///{Path(folder) / f'{messages}-{per_second}.db'}"
    upgrade(url)
    return asyncio.run(_measure(url, messages, per_second, kill=kill))


class _Server:
    """A Bot API that takes everything and remembers what came when."""

    def __init__(self) -> None:
        self.arrived: list[tuple[float, str]] = []
        app = web.Application()
        app.router.add_post(f"/bot{TOKEN}/{{method}}", self._take)
        self._runner = web.AppRunner(app, access_log=None)

    async def open(self) -> str:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return str(site.name)

    async def close(self) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        told = await request.json() if request.content_type == "application/json" else await request.post()
        self.arrived.append((time.perf_counter(), str(told.get("text", ""))))
        chat = {"id": int(told.get("chat_id", 1)), "type": "private"}
        message = {"message_id": len(self.arrived), "date": 1, "chat": chat, "text": "x"}
        return web.json_response({"ok": True, "result": message})


async def _measure(url: str, messages: int, per_second: int, *, kill: bool) -> dict[str, Any]:
    server = _Server()
    address = await server.open()
    ages = messages / per_second
    async with Database(url, Vault(SECRET)) as database:
        askers = await _fill(database, messages)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(server.close)
            first = await stack.enter_async_context(_worker(url, address, per_second))
            replying = asyncio.create_task(_ask(database, askers))
            stack.callback(replying.cancel)
            killed = None
            if kill:
                await _until(lambda: len(server.arrived) >= messages // 2, ages)
                first.send_signal(signal.SIGKILL)
                await first.wait()
                killed = time.perf_counter()
                await stack.enter_async_context(_worker(url, address, per_second))
            await _until(partial(_is_over, database), 2 * ages)
            unsure = await database.read(_unsure)
    return _result(server.arrived, messages, per_second, killed, unsure)


def _result(
    arrived: list[tuple[float, str]], messages: int, per_second: int, killed: float | None, unsure: set[str]
) -> dict[str, Any]:
    times = Counter(text for _, text in arrived if text.startswith("b"))
    again = min((at for at, _ in arrived if killed and at > killed), default=None)
    spans = (
        [[at for at, _ in arrived if at <= killed], [at for at, _ in arrived if at > killed]]
        if killed
        else [[at for at, _ in arrived]]
    )
    pace = sum(len(span) - 1 for span in spans) / sum(span[-1] - span[0] for span in spans)
    # From when a worker ran: its start and what the killed one left are told apart.
    began, asked = arrived[0][0], [(at, float(text.split()[1])) for at, text in arrived if text[0] == "r"]
    late = [at - put for at, put in asked if put > began and not (killed and killed - 1 < put < (again or 0))]
    return {
        "messages": messages,
        "lost": messages - len(times.keys() | unsure),
        "doubled": sum(count > 1 for count in times.values()),
        "unsure_after_the_kill": len(unsure),
        "limit_a_second": per_second,
        "pace_over_limit": round(pace / per_second, 3),
        "seconds_without_a_worker": round(again - killed, 1) if killed and again else None,
        "replies": len(late),
        "reply_ms": {"median": round(1000 * statistics.median(late)), "longest": round(1000 * max(late))},
    }


def _unsure(conn: Connection) -> set[str]:
    rows = conn.all(select(_outbox.c.body).where(_outbox.c.status == "unsure"))
    return {render.from_json(row.body).text for row in rows}


async def _fill(database: Database, messages: int) -> list[int]:
    """Puts a broadcast to so many people into the outbox; the accounts of those who are answered."""

    def add(conn: Connection, numbers: range) -> int:
        account = 0
        for number in numbers:
            person = people.create(conn, "Nguyễn Văn Tám", "vi", _now())
            account = people.add_account(conn, person, "telegram", str(10_000 + number), _now())
            _put(conn, account, "broadcast", 3, f"b {number}")
        return account

    for start in range(0, messages, CHUNK):
        account = await database.write(partial(add, numbers=range(start, min(messages, start + CHUNK))))

    def asker(conn: Connection, number: int) -> int:
        person = people.create(conn, "Lê Thị Ba", "vi", _now())
        return people.add_account(conn, person, "telegram", str(number), _now())

    assert account
    return [await database.write(partial(asker, number=number + 1)) for number in range(ASKERS)]


async def _ask(database: Database, askers: list[int]) -> None:
    """Somebody is answered every second, however long the broadcast goes on: others each time, for Telegram
    takes one message a second to a person."""
    for asker in cycle(askers):
        await asyncio.sleep(1)
        reply = partial(_put, account=asker, kind="reply", priority=0, text=f"r {time.perf_counter()}")
        await database.write(reply)


def _put(conn: Connection, account: int, kind: str, priority: int, text: str) -> None:
    body = f'{{"text":"{text}"}}'
    outbox.enqueue(
        conn, account_id=account, channel="telegram", kind=kind, priority=priority, body=body, due_at=_now()
    )


def _now() -> datetime:
    return datetime.now(UTC)


async def _is_over(database: Database) -> bool:
    return not await database.read(
        lambda conn: conn.one(
            select(_outbox.c.id).where(
                _outbox.c.kind == "broadcast", _outbox.c.status.in_(["waiting", "attempted"])
            )
        )
    )


async def _until(over: Callable[[], bool | Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(60 + 3 * seconds):
        while True:
            found = over()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.2)


# ------------------------------------------------------------------ who delivers


@asynccontextmanager
async def _worker(url: str, address: str, per_second: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.deliver", url, address, str(per_second)
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class _Voice:
    """Telegram's voice at a pace of one's own."""

    name = "telegram"

    def __init__(self, speaker: Speaker, per_second: int) -> None:
        self._speaker = speaker
        self.limits = replace(Telegram.limits, per_second=per_second)

    async def send(self, address: str, shown: Shown) -> Receipt:
        return await self._speaker.send(int(address), shown)


async def _deliver(url: str, address: str, per_second: int) -> None:
    speaker = Speaker(TOKEN, address, per_second)
    await speaker.open()
    gc.collect()
    gc.freeze()  # as the service does: else what was imported is looked through again and again
    async with Database(url, Vault(SECRET)) as database:
        sender = Sender(database, {"telegram": _Voice(speaker, per_second)}, _now)  # type: ignore[dict-item]
        await sender.start("telegram")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_deliver(sys.argv[1], sys.argv[2], int(sys.argv[3])))
