"""The running service under attack, over HTTP: floods, guessing, forged and slow requests, other people's
buttons. What each stands for: docs/security.md."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot import web as server
from bot.channels.base import Incoming, download
from bot.render import from_json
from content.people import Grant, Role
from storage import outbox, people
from storage.database import Connection, Database
from storage.secrets import Vault
from tests.e2e.bot_api import BotApi
from tests.e2e.served import KEY, SECRET, over_telegram, settings
from tests.e2e.test_telegram_story import CODE, prepare, serving
from tests.webchat.post import Post, chat_of

HEAD = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
_numbers = count(1)


class Attacker:
    """Sends webhooks as Telegram would, and reads in the database what was answered."""

    def __init__(self, url: str, database: Database, session: ClientSession) -> None:
        self.url, self.database, self.session = url, database, session

    def update(self, chat: int, text: str, number: int | None = None) -> dict[str, Any]:
        who = {"id": chat, "is_bot": False, "first_name": "Tư"}
        message = {"message_id": 1, "date": 1795000000, "chat": {"id": chat, "type": "private"}, "from": who}
        return {"update_id": number or next(_numbers), "message": {**message, "text": text}}

    async def post(self, update: dict[str, Any], **headers: str) -> int:
        async with self.session.post(self.url, json=update, headers={**HEAD, **headers}) as answer:
            return answer.status

    async def say(self, chat: int, text: str) -> str:
        """The last that was answered."""
        assert await self.post(self.update(chat, text)) == 200
        return (await self.answers(chat))[-1]

    async def answers(self, chat: int) -> list[str]:
        def read(conn: Connection) -> list[str]:
            account = people.account(conn, "telegram", str(chat))
            rows = outbox.since(conn, account.id, 0, 1000) if account else []
            return [from_json(row.body).text for row in rows]

        return await self.database.read(read)


@pytest.fixture
async def attacker(api: BotApi, sqlite_url: str) -> AsyncIterator[Attacker]:
    async with Database(sqlite_url, Vault(KEY)) as database, ClientSession() as session:
        await database.write(lambda conn: prepare(conn, datetime.now().astimezone()))
        async with serving(settings(sqlite_url, **over_telegram(api, "webhook"))) as service:
            url = f"http://127.0.0.1:{service.settings.http_port}/webhook/telegram"
            yield Attacker(url, database, session)


# --------------------------------------------------------------------------- floods


async def test_who_floods_is_slowed_with_one_line_and_nobody_else_is(attacker: Attacker) -> None:
    flood = [attacker.post(attacker.update(666, "chào em")) for _ in range(150)]
    assert set(await asyncio.gather(*flood)) == {200}, "Telegram would bring again what is refused"
    await asyncio.sleep(1.2)  # two more may pass by now
    await asyncio.gather(*(attacker.post(attacker.update(666, "chào em")) for _ in range(20)))
    answers = await attacker.answers(666)
    assert len([text for text in answers if "nhắn nhanh quá" in text]) == 1
    assert len(answers) < 100
    assert "nhắn nhanh quá" not in await attacker.say(667, "chào em")


async def test_a_network_that_brings_everything_again_slows_nobody(attacker: Attacker) -> None:
    updates = [attacker.update(668, "/trogiup") for _ in range(20)]
    for update in updates * 10:
        assert await attacker.post(update) == 200
    answers = await attacker.answers(668)
    assert not [text for text in answers if "nhắn nhanh quá" in text]
    assert len(answers) >= 20


async def test_a_volunteer_who_answers_quickly_is_never_slowed(attacker: Attacker) -> None:
    await attacker.say(669, f"/start {CODE}")
    for _ in range(200):  # in a form: what is typed there is an answer
        await attacker.post(attacker.update(669, "1"))
    assert not [text for text in await attacker.answers(669) if "nhắn nhanh quá" in text]


# --------------------------------------------------------------------------- guessing


async def test_guessing_codes_is_locked_after_a_few_and_told_to_the_admin(attacker: Attacker) -> None:
    def admin(conn: Connection) -> int:
        now = datetime.now().astimezone()
        number = people.create(conn, "Quân", "vi", now)
        people.grant(conn, number, Grant(Role.ADMIN, 1), now.date() - timedelta(days=1))
        people.add_account(conn, number, "telegram", "700", now)
        return number

    await attacker.database.write(admin)
    said = [await attacker.say(670, f"/start AAAAA-BBBB{n}") for n in range(5)]
    assert "tạm ngưng nhận mã" in said[-1]
    assert "tạm ngưng nhận mã" in await attacker.say(670, f"/start {CODE}"), (
        "a right one neither, for an hour"
    )
    assert [text for text in await attacker.answers(700) if "mã mời không đúng" in text]
    assert "tạm ngưng" not in await attacker.say(671, f"/start {CODE}"), "somebody else joins as before"


# --------------------------------------------------------------------------- forged, large, slow


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "x", "ấ"])
async def test_a_forged_webhook_is_refused_and_nothing_is_heard(attacker: Attacker, secret: str) -> None:
    forged = {"X-Telegram-Bot-Api-Secret-Token": secret.encode().decode("latin-1")}
    assert await attacker.post(attacker.update(672, "/start"), **forged) == 403
    assert await attacker.answers(672) == []


async def test_an_oversize_body_is_refused(attacker: Attacker) -> None:
    assert await attacker.post(attacker.update(673, "x" * 300_000)) == 413
    assert await attacker.answers(673) == []


@pytest.mark.parametrize(
    "payload", ["survey:pick:1", "quantri:forms", "crew:invite", "progress:1", "ticket:list:x", "q:1=co"]
)
async def test_a_forged_button_is_answered_with_a_courteous_refusal(attacker: Attacker, payload: str) -> None:
    pressed = {
        "update_id": next(_numbers),
        "callback_query": {
            "id": "1",
            "from": {"id": 674, "is_bot": False, "first_name": "Tư"},
            "chat_instance": "1",
            "data": payload,
            "message": {
                "message_id": 1,
                "date": 1795000000,
                "chat": {"id": 674, "type": "private"},
                "text": "…",
            },
        },
    }
    assert await attacker.post(pressed) == 200
    told = "\n".join(await attacker.answers(674))
    assert told
    assert "trục trặc" not in told
    assert "Nguyễn Văn Sáu" not in told


async def _raw(port: int, *parts: bytes, patience: float) -> bytes:
    """What the server answers to bytes that trickle in, or b"" where it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await asyncio.sleep(0.05)
    async with asyncio.timeout(patience):
        answer = await reader.read(64)
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ((b"POST /chat/say HT",), b""),
        ((b"",), b""),
        (
            (
                b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                b"Content-Length: 500\r\n\r\n{",
                b'"',
            ),
            b"408",
        ),
    ],
    ids=["half a head", "nothing at all", "a body that trickles"],
)
async def test_who_sends_slowly_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, sent: tuple[bytes, ...], status: bytes
) -> None:
    monkeypatch.setattr(server, "QUIET_TIMEOUT", 0.5)
    monkeypatch.setattr(server, "BODY_TIMEOUT", 0.5)

    async def slow(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    async def hear(_: Incoming) -> None:
        raise AssertionError("nothing was said")

    runner = await server.serve(server.build([], hear, {}, routes=[web.post("/slow", slow)]), "127.0.0.1", 0)
    try:
        answer = await _raw(runner.addresses[0][1], *sent, patience=10)
        assert status in answer.split(b"\r\n")[0]
    finally:
        await runner.cleanup()


# --------------------------------------------------------------------------- leading the server astray


@pytest.mark.parametrize("where", ["http://127.0.0.1:1/", "http://169.254.169.254/latest/meta-data/"])
async def test_a_redirect_of_a_file_is_not_followed(where: str) -> None:
    async def astray(_: web.Request) -> web.Response:
        raise web.HTTPFound(where)

    app = web.Application()
    app.router.add_get("/a.jpg", astray)
    async with TestServer(app) as host, ClientSession() as session:
        with pytest.raises(OSError, match="302"):
            await download(session, str(host.make_url("/a.jpg")), ["127.0.0.1"])


async def test_a_file_without_end_is_cut_off() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(400):
            await response.write(b"x" * (1 << 17))
        return response

    app = web.Application()
    app.router.add_get("/a.jpg", endless)
    async with TestServer(app) as host, ClientSession() as session:
        with pytest.raises(OSError, match="20 MB"):
            await download(session, str(host.make_url("/a.jpg")), ["127.0.0.1"])


# --------------------------------------------------------------------------- the web chat


async def test_a_socket_of_another_site_is_refused_and_a_stranger_hears_nothing() -> None:
    post = Post()
    app = server.build([chat_of(post, "citizen")], post.hear, {})
    async with TestServer(app) as host, ClientSession() as victim:
        await victim.get(host.make_url("/chat/hello"))
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await victim.get(host.make_url("/chat/live"), headers=headers)
            assert answer.status == 403
        async with ClientSession() as stranger:
            seen = Counter(
                [(await stranger.get(host.make_url(path))).status for path in ("/chat/live", "/chat/files/1")]
            )
            assert seen == {401: 2}
        await post.chat.stop()


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc%2fpasswd", "%2e%2e/config.py", "..%5c..%5cconfig.py", "chat.js%00"]
)
async def test_no_path_leads_out_of_the_pages_files(name: str) -> None:
    post = Post()
    app = server.build([chat_of(post, "citizen")], post.hear, {})
    async with TestServer(app) as host, ClientSession() as session:
        url = str(host.make_url("/static/")) + name
        answer = await session.get(URL(url, encoded=True))
        assert answer.status in {400, 404}
        await post.chat.stop()
