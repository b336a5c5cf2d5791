"""Two `web` and two `worker` processes on one PostgreSQL: order, takeover, a restart that nobody notices."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic
from uuid import uuid4
from zoneinfo import ZoneInfo

import aiohttp
import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.engine import make_url

from bot import service
from bot.app import build
from bot.config import Settings
from storage import revisions
from storage.database import Database, table
from storage.secrets import Vault
from storage.tables import InboxRow, OutboxRow
from tests.e2e.bot_api import BotApi
from tests.e2e.processes import Balancer, Process, environment, hook, newer_program, tocns
from tests.e2e.served import KEY
from tests.e2e.test_telegram_story import CODE, prepare
from tests.e2e.zalo_bot_api import Person, ZaloBotApi
from tests.test_revisions import newer

TAKEOVER = 10.0
"""Seconds after the death of who delivers, until another does."""


@pytest.fixture
async def api() -> AsyncIterator[ZaloBotApi]:
    async with ZaloBotApi() as api:
        yield api


@pytest.fixture
def town(own_postgresql_url: str) -> str:
    """A database with a hamlet, its households, a questionnaire and an invitation."""

    async def fill() -> None:
        async with Database(own_postgresql_url, Vault(KEY)) as database:
            await database.write(lambda conn: prepare(conn, datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))))

    revisions.upgrade(own_postgresql_url)
    asyncio.run(fill())
    return own_postgresql_url


@asynccontextmanager
async def running(*processes: Process) -> AsyncIterator[None]:
    """All of them at once, and none afterwards, whatever happens."""
    try:
        async with asyncio.TaskGroup() as group:
            for process in processes:
                group.create_task(process.start())
        yield
    finally:
        await asyncio.gather(*(process.kill() for process in processes))


def text(person: Person, words: str) -> dict[str, object]:
    return {"ok": True, "result": person.message("message.text.received", text=words)}


async def test_what_one_person_says_at_two_processes_is_handled_in_order_and_once(
    town: str, api: ZaloBotApi
) -> None:
    settings = environment(town, api)
    first, second, worker = Process("web", settings), Process("web", settings), Process("worker", settings)
    mai = api.person("Mai")
    async with running(first, second, worker), aiohttp.ClientSession() as session:

        async def said(words: str) -> str:
            """At both processes in the same moment: one event."""
            update = text(mai, words)
            both = (hook(session, web.url, update) for web in (first, second))
            assert await asyncio.gather(*both) == [200, 200]
            return await mai.answer()

        assert "đồng ý" in await said(f"/start {CODE}")  # a stranger, met by both
        await said("1")
        assert "Chào anh/chị Nguyễn Thị Mai, tổ viên!" in await said("Nguyễn Thị Mai")
        assert "xong 0/3 hộ" in await said("khảo sát")
        await said("Nguyễn Văn Sáu")
        assert "mấy người đang ở" in await said("đồng ý trả lời")

        # "5 people live here, 3 of them grown up": the other way round it could not be.
        holder = await asyncpg.connect(town.replace("+asyncpg", ""))
        async with holder.transaction():
            await holder.execute("SELECT 1 FROM talk FOR UPDATE")
            five = asyncio.create_task(hook(session, first.url, text(mai, "5")))
            await waiting_for_the_talk(holder, 1)
            three = asyncio.create_task(hook(session, second.url, text(mai, "3")))
            await waiting_for_the_talk(holder, 2)
        await holder.close()
        assert await asyncio.gather(five, three) == [200, 200]
        assert "Trong 5 người đó" in await mai.answer()
        assert "tính cả 3 người lớn" in await mai.answer()
        assert mai._unread.empty(), "nothing was said twice"


async def waiting_for_the_talk(holder: asyncpg.Connection, turns: int) -> None:
    """So many turns stand before the lock."""
    stand = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = $1"
    name = await holder.fetchval("SELECT current_database()")
    async with asyncio.timeout(10):
        while await holder.fetchval(stand, name) < turns:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_another_worker_delivers_within_seconds_of_a_kill(town: str, api: ZaloBotApi) -> None:
    settings = environment(town, api)
    web, leader, other = Process("web", settings), Process("worker", settings), Process("worker", settings)
    mai = api.person("Mai")
    async with running(web, leader), running(other), aiohttp.ClientSession() as session:
        assert await hook(session, web.url, text(mai, "trợ giúp")) == 200
        await mai.answer()
        await leader.kill()
        died = monotonic()
        assert await hook(session, web.url, text(mai, "trợ giúp")) == 200
        await mai.answer(within=TAKEOVER)
        assert monotonic() - died < TAKEOVER


async def test_a_page_at_one_whole_process_hears_within_seconds_what_another_one_delivers(
    town: str, api: ZaloBotApi
) -> None:
    """Two `tocns serve` behind a balancer that keeps nobody at one of them: the page speaks to one and hears
    from the other. It does not nudge its line here, as where somebody else makes the bot speak."""
    settings = environment(town, api, TOCNS_WEBCHAT="citizen", TOCNS_PUBLIC_URL="http://127.0.0.1")
    leader, other = Process("all", settings), Process("all", settings)
    jar = aiohttp.CookieJar(unsafe=True)
    async with running(leader), running(other), aiohttp.ClientSession(cookie_jar=jar) as page:
        for spoken, heard in ((leader, other), (other, leader)):
            await page.get(f"{leader.url}/chat/hello")
            async with page.ws_connect(f"{heard.url}/chat/live") as line, asyncio.timeout(15):
                while (await line.receive_json())["type"] != "ready":
                    pass
                said = {"id": str(uuid4()), "text": "trợ giúp"}
                async with page.post(f"{spoken.url}/chat/say", json=said) as answer:
                    assert answer.status == 200
                while "hoặc gõ lệnh" not in (await line.receive_json()).get("text", ""):
                    pass


async def test_what_is_not_ready_says_why_and_serves_on(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LEAVE", 1.0)
    settings = Settings(
        _env_file=None, database_url=sqlite_url, secret_key=SecretStr(KEY), http_port=0, webchat="citizen"
    )
    one = build(settings)
    await one.start("web")

    async def asked(path: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{one.port}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, await answer.text()

    try:
        assert await asked("/health/ready") == (200, '{"ready": true}')
        for serves, status, why in (("0016", 200, ""), ("9998", 503, "start the program's newer version")):
            await asyncio.to_thread(newer, sqlite_url, serves)
            found, body = await asked("/health/ready")
            assert found == status
            assert why in body
        leaving = asyncio.create_task(one.leave())
        await asyncio.sleep(0.2)
        assert "it is being stopped" in (await asked("/health/ready"))[1]
        assert (await asked("/"))[0] == 200
        await leaving
    finally:
        await one.stop()


async def test_a_full_disk_is_told_until_there_is_room(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(
        _env_file=None, database_url=sqlite_url, secret_key=SecretStr(KEY), http_port=0, webchat="citizen"
    )
    one = build(settings)
    await one.start("web")
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{one.port}", cookie_jar=jar) as page:

        async def says(text: str) -> int:
            async with page.post("/chat/say", json={"id": str(uuid4()), "text": text}) as answer:
                return answer.status

        async def ready() -> tuple[int, str]:
            async with page.get("/health/ready") as answer:
                return answer.status, await answer.text()

        try:
            await page.get("/chat/hello")
            assert await says("xin chào") == 200
            with disk_full(Path(f"{make_url(sqlite_url).database}-wal")):
                assert [await says("xin chào") for _ in range(3)] == [503] * 3
                for _ in range(2):
                    status, why = await ready()
                    assert status == 503
                    assert "is its disk full?" in why
            assert (await ready())[0] == 200
            assert await says("xin chào") == 200
        finally:
            await one.stop()
    told = [record.getMessage() for record in caplog.records if record.name in {"bot.desk", "bot.service"}]
    assert [text.partition(":")[0] for text in told] == [
        "events not taken, the platform will deliver them again",
        "not ready",
        "events are taken again; 3 were not",
    ]


@contextmanager
def disk_full(file: Path) -> Iterator[None]:
    """As a disk without room behaves for a file that would have to grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_telegram_is_asked_by_one_process_and_then_by_the_other(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with BotApi() as telegram:
        mai = telegram.person("Mai")
        settings = Settings(
            _env_file=None,
            database_url=database_url,
            secret_key=SecretStr(KEY),
            http_port=0,
            telegram_token=SecretStr(telegram.token),
            telegram_api_url=telegram.url,
        )
        first, second = build(settings), build(settings)
        try:
            await first.start()
            await second.start()
            await mai.type("/trogiup")
            await mai.answer()
            await asyncio.sleep(1.5)  # who would ask too has done so
            await first.stop()
            await mai.type("/trogiup")
            await mai.answer(timeout=TAKEOVER)
        finally:
            await first.stop()
            await second.stop()
    assert "gave no updates" not in caplog.text, "nobody was told of a conflict"


@pytest.mark.timeout(300)  # eight starts: 15 s, but on a machine that is busy with something else
async def test_a_new_version_comes_in_under_load_with_its_migration_and_no_client_sees_an_error(
    town: str, api: ZaloBotApi, tmp_path: Path
) -> None:
    settings = environment(town, api)
    webs, workers = ([Process(part, settings) for _ in range(2)] for part in ("web", "worker"))  # type: ignore[arg-type]
    tree, revision = newer_program(tmp_path / "next")
    async with running(*webs, *workers), Balancer(webs) as balancer:
        over = asyncio.Event()
        talks = [asyncio.create_task(talk(balancer, api.person(f"Người {n}"), over)) for n in range(10)]
        await asyncio.sleep(1)
        assert f"at {revision}" in await tocns(settings, "db", "upgrade", tree=tree)
        assert [await one.health() for one in (*webs, *workers)] == [200] * 4, "what only adds stops nobody"
        for process in (*workers, *webs):
            await process.stop()
            process.tree = tree
            await process.start()
        await asyncio.sleep(1)
        over.set()
        await asyncio.gather(*talks)
        assert set(balancer.statuses) == {200}
        assert len(balancer.statuses) > 100
        await nothing_waits(town)
    said = sum(len(person.chat) for person in api.people.values())
    assert said == len(balancer.statuses) == len(await stored(town)), "every word has one answer"


async def talk(balancer: Balancer, person: Person, over: asyncio.Event) -> None:
    """Somebody who asks, reads the answer, and asks again."""
    while not over.is_set():
        await balancer.deliver(text(person, "trợ giúp"))
        await person.answer(within=TAKEOVER)
        await asyncio.sleep(0.5)


async def stored(url: str) -> list[str]:
    inbox = table(InboxRow)
    async with Database(url, Vault(KEY)) as database:
        rows = await database.read(lambda conn: conn.all(select(inbox.c.event_id)))
    return [row.event_id for row in rows]


async def nothing_waits(url: str) -> None:
    outbox = table(OutboxRow)
    open_ = select(outbox.c.id).where(outbox.c.status.in_(["waiting", "attempted"]))
    async with Database(url, Vault(KEY)) as database, asyncio.timeout(10):
        while await database.read(lambda conn: conn.all(open_)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
