"""As the operator has it: the service as a process under load, backed up, killed, restored, stopped."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from sqlalchemy import select

from storage.database import Database, table
from storage.secrets import Vault
from storage.tables import InboxRow, OutboxRow
from tests.e2e.bot_api import TOKEN, BotApi
from tests.e2e.bot_api_people import Person

ROOT = Path(__file__).parents[2]
SECRET = "a secret key that only the tests use"
HOOK = "hook-secret"
TALKS, PAUSE = 8, 0.5
"""Together a little less than Telegram lets a bot answer: 25 messages a second."""


@dataclass
class Running:
    """`tocns serve` as a process of its own."""

    environment: dict[str, str]
    process: asyncio.subprocess.Process
    url: str

    async def stop(self) -> tuple[int, list[str]]:
        """Tells it to stop as systemd does; how it ended, and the lines of its log."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            _, log = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, log.decode().splitlines()


@asynccontextmanager
async def serving(database_url: str, api: BotApi) -> AsyncIterator[Running]:
    environment = {
        "PATH": os.environ["PATH"],
        "TOCNS_DATABASE_URL": database_url,
        "TOCNS_SECRET_KEY": SECRET,
        "TOCNS_HTTP_PORT": "0",
        "TOCNS_LOG_FORMAT": "json",
        "TOCNS_PUBLIC_URL": "https://tocns.example",
        "TOCNS_TELEGRAM_TOKEN": TOKEN,
        "TOCNS_TELEGRAM_API_URL": api.url,
        "TOCNS_TELEGRAM_MODE": "webhook",
        "TOCNS_TELEGRAM_WEBHOOK_SECRET": HOOK,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "serve"),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            said = (await process.stdout.readline()).decode()
        yield Running(environment, process, said.rpartition(" ")[2].strip().rstrip("/"))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def tocns(environment: dict[str, str], *words: str, **more: str) -> tuple[int, str]:
    """A command as the operator runs it; how it ended and what it said on stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *words),
        cwd=ROOT,
        env=environment | more,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


@dataclass
class Crowd:
    """People who write, each time another (one alone is slowed down); what was said to be safe, and not."""

    api: BotApi
    acknowledged: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    without_retry: list[int] = field(default_factory=list)
    last: int = 0

    @asynccontextmanager
    async def writing(self, url: str) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            talks = [asyncio.create_task(self._write(session, url)) for _ in range(TALKS)]
            try:
                yield
            finally:
                for talk in talks:
                    talk.cancel()
                await asyncio.gather(*talks, return_exceptions=True)

    async def _write(self, session: aiohttp.ClientSession, url: str) -> None:
        while True:
            self.last += 1
            number = self.last
            person = somebody(self.api, f"Người {number}").id
            try:
                status = await self.deliver(session, url, number, person)
            except aiohttp.ClientError:
                status = 0  # the platform delivers again
            (self.acknowledged if status == 200 else self.refused).append(number)
            if status not in {0, 200, 503}:
                self.without_retry.append(status)
            await asyncio.sleep(PAUSE)

    async def deliver(self, session: aiohttp.ClientSession, url: str, number: int, person: int) -> int:
        talk = {"id": person, "type": "private", "first_name": "Lan"}
        message = {"message_id": number, "date": 1795312800, "chat": talk, "text": "trợ giúp"}
        update = {"update_id": number, "message": message | {"from": talk | {"is_bot": False}}}
        headers = {"X-Telegram-Bot-Api-Secret-Token": HOOK}
        async with session.post(f"{url}/webhook/telegram", json=update, headers=headers) as answer:
            return answer.status

    async def until(self, more: int) -> None:
        """So many more were acknowledged."""
        wanted = len(self.acknowledged) + more
        async with asyncio.timeout(60):
            while len(self.acknowledged) < wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


def somebody(api: BotApi, name: str) -> Person:
    """Who has opened the bot's chat already."""
    person = api.person(name)
    person.known = True
    return person


async def stored(url: str) -> tuple[set[int], int]:
    """The events that are on record, and how many replies are not sent."""
    inbox, outbox = table(InboxRow), table(OutboxRow)
    async with Database(url, Vault(SECRET)) as database:
        events = await database.read(lambda conn: conn.all(select(inbox.c.event_id)))
        waiting = await database.read(
            lambda conn: conn.all(select(outbox.c.id).where(outbox.c.status.in_(["waiting", "attempted"])))
        )
    return {int(row.event_id) for row in events}, len(waiting)


async def test_a_backup_taken_under_load_goes_on_elsewhere_after_a_kill(
    sqlite_url: str, own_database_url: str, tmp_path: Path, api: BotApi
) -> None:
    crowd, file = Crowd(api), tmp_path / "load.backup"
    async with serving(sqlite_url, api) as first, crowd.writing(first.url):
        await crowd.until(50)
        before = set(crowd.acknowledged)
        ended, said = await tocns(first.environment, "backup", str(file))
        assert (ended, said) == (0, "")
        await crowd.until(20)
        first.process.kill()
        await first.process.wait()
    there = first.environment | {"TOCNS_DATABASE_URL": own_database_url}
    assert await tocns(there, "restore", str(file)) == (0, "")
    found, _ = await stored(own_database_url)
    assert before <= found <= set(crowd.acknowledged) | set(crowd.refused)
    assert len(crowd.acknowledged) > len(before)
    async with serving(own_database_url, api) as second, aiohttp.ClientSession() as session:
        person = somebody(api, "Người mới")
        again = max(before)
        assert await crowd.deliver(session, second.url, again, person.id) == 200  # known: changes nothing
        assert await crowd.deliver(session, second.url, crowd.last + 1, person.id) == 200
        assert (await person.answer(20))["text"]
        assert (await second.stop())[0] == 0
    assert (await stored(own_database_url))[0] >= found | {crowd.last + 1}


async def test_a_stop_under_load_loses_nothing_and_sends_the_last_replies(
    database_url: str, api: BotApi
) -> None:
    crowd = Crowd(api)
    async with serving(database_url, api) as running, crowd.writing(running.url):
        await crowd.until(40)
        async with aiohttp.ClientSession() as session, session.get(f"{running.url}/metrics") as answer:
            figures = await answer.text()
        ended, log = await running.stop()
    assert ended == 0
    assert crowd.without_retry == []
    found, waiting = await stored(database_url)
    assert set(crowd.acknowledged) <= found
    assert waiting == 0
    assert 'tocns_turns_total{channel="telegram",outcome="done"}' in figures
    assert 'tocns_sends_total{channel="telegram",outcome="sent"}' in figures
    assert "tocns_database_up 1.0" in figures
    for line in log:
        assert {"time", "level", "logger", "message"} <= json.loads(line).keys()
