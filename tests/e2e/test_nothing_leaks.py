"""What people say about themselves stands in the database, sealed, and nowhere else: not in the log at DEBUG,
not in the metrics, not in an address or an error that a platform or a browser is answered."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from bot import deadlines
from bot.app import build
from bot.channels.base import Incoming
from bot.config import Settings, load
from bot.logs import configure
from bot.service import Service
from content.people import Grant, Person, Role
from storage.database import Database
from storage.secrets import Vault
from tests.test_erasure import words
from tests.transcripts.stage import furnish

KEY = "a secret key of thirty-two letters"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PLANTED = ("Vết Thị Lộ", "0987654321", "khóc vì mất trộm", "hẻm Vết Dầu", "880011223344")
"""A name, a phone number, a need, a place, and the person's number on Telegram."""


@pytest.fixture
async def service(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    async with Database(sqlite_url, Vault(KEY)) as database:
        await database.write(furnish)
    settings = load({}, database_url=sqlite_url, secret_key=KEY, webchat="citizen", http_port=0)
    made = build(settings)
    await made.start()
    yield made
    await made.stop()


class Webchat:
    """A citizen in a browser."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self.session, self.base, self.number = session, base, 0
        self.answers: list[str] = []

    async def say(self, text: str, **more: str) -> None:
        self.number += 1
        message = {**more, "id": f"00000000-0000-4000-8000-{self.number:012d}", "text": text}
        async with self.session.post(f"{self.base}/chat/say", json=message) as answer:
            self.answers.append(f"{answer.status} {dict(answer.headers)} {await answer.text()} {answer.url}")


async def test_planted_words_are_in_no_log_metric_address_or_answer(
    service: Service,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))  # as they were, afterwards
    configure("json", "DEBUG")
    root.addHandler(caplog.handler)
    caplog.set_level(logging.DEBUG)
    base = f"http://127.0.0.1:{service.port}"
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        await session.get(f"{base}/chat/hello")
        chat = Webchat(session, base)
        for text in ("/hotro", "đồng ý", PLANTED[2], "ấp 2, xã Bình Hòa", "3", PLANTED[3]):
            await chat.say(text)
        for text in ("/dulieu", "sửa tên", PLANTED[0], "/start MOI-2026", "đồng ý", PLANTED[0], PLANTED[1]):
            await chat.say(text)
        await chat.say("x" * 5000 + PLANTED[2])
        async with session.post(f"{base}/chat/say", data=PLANTED[0]) as refused:
            chat.answers.append(await refused.text())
        async with session.get(f"{base}/metrics") as metrics:
            chat.answers.append(await metrics.text())
        assert [answer[:3] for answer in chat.answers[:13]] == ["200"] * 13
        logging.getLogger("bot").debug("the log is heard")
    out, err = capfd.readouterr()
    everything = "\n".join((out, err, caplog.text, *chat.answers))
    assert "the log is heard" in err
    assert not [word for word in PLANTED if word in everything]


async def test_a_citizen_who_wants_to_be_forgotten_is(service: Service) -> None:
    """Asked in the web chat, answered there, erased by the clock; nothing is left of them in any table."""
    base = f"http://127.0.0.1:{service.port}"
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        await session.get(f"{base}/chat/hello")
        chat = Webchat(session, base)
        for text in ("/hotro", "đồng ý", PLANTED[2], "ấp 2, xã Bình Hòa", "3", PLANTED[3], "/dulieu"):
            await chat.say(text)
        assert any(PLANTED[3] in cell for cell in await service.database.read(words))
        for payload in ("mydata:erase", "mydata:erased"):
            await chat.say("Xóa hết", payload=payload)
        at_last = service.desk.world.now() + timedelta(hours=2)  # even unread
        assert await service.database.write(lambda conn: deadlines.erase(conn, at_last)) == 1
        left = [cell for cell in await service.database.read(words) if "form." not in cell]
        assert not [cell for cell in left if PLANTED[2] in cell or PLANTED[3] in cell]
        await chat.say("xin chào")  # the same browser is somebody new
        assert chat.answers[-1].startswith("200")
    [request] = [cell for cell in await service.database.read(words) if cell.startswith("request.done_at")]
    assert "None" not in request


async def test_a_handler_that_fails_on_a_persons_words_does_not_log_them(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    from bot import desk as desks
    from bot.app import facts
    from bot.channels.base import Incoming, Limits
    from content.knowledge import load as answers
    from handlers.facts import Facts
    from handlers.talk import Said, Talk
    from handlers.turn import Turn
    from storage import parked
    from storage.articles import Answers

    def fails(talk: Talk, said: Said, facts_: Facts) -> Turn:
        raise ValueError(f"can't read {said.text} of {talk.person.name}")

    now = datetime(2026, 11, 23, 8, tzinfo=ZONE)
    ids = iter(str(number) for number in range(100))
    caplog.set_level(logging.DEBUG)
    async with Database(sqlite_url, Vault(KEY)) as database:
        world = desks.World(lambda: now, lambda: next(ids))
        limits = {"telegram": Limits(text=4096, buttons=8, row=2, button_label=40)}
        desk = desks.Desk(database, fails, facts(Answers(answers)), limits, world, lambda _: None)
        event = Incoming("telegram", "1", PLANTED[4], now, name=PLANTED[0], text=PLANTED[2])
        await desk.hear(event)
        [kept] = await database.read(parked.waiting)
    assert PLANTED[2] in kept.error  # for whoever mends it, sealed
    raw = b"".join(path.read_bytes() for path in Path(sqlite_url.partition("///")[2]).parent.glob("test.db*"))
    assert not [word for word in PLANTED if word.encode() in raw]
    assert not [word for word in PLANTED if word in caplog.text]
    assert "event parked as 1: ValueError" in caplog.text


SECRETS = {
    "secret_key": "planted-key-of-forty-letters-and-then-some",
    "telegram_token": "123456:PLANTED-telegram-token-of-BotFather-x",
    "telegram_webhook_secret": "planted-telegram-webhook",
    "zalo_oa_secret_key": "planted-oa-webhook-key",
    "zalo_oa_app_secret": "planted-oa-app-secret",
    "zalo_oa_refresh_token": "planted-oa-refresh-token",
    "zalo_bot_token": "planted:zalo-bot-token",
    "zalo_bot_webhook_secret": "planted-zalo-bot-webhook",
    "openrosa_push_password": "planted-openrosa-password",
}
"""Every setting that is a secret."""


def test_every_secret_setting_is_planted() -> None:
    secret = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert secret == SECRETS.keys() | {"secret_key_old"}


@pytest.mark.parametrize("answers", ["nobody", "refusals"])
async def test_planted_secrets_are_in_no_log_note_or_answer(
    answers: str,
    sqlite_url: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All channels at once, whose platforms are not there, or refuse everything: what they say, what is kept
    of it for the administrator, and what strangers are answered names no secret."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    configure("json", "DEBUG")
    root.addHandler(caplog.handler)
    caplog.set_level(logging.DEBUG)

    async def refuse(_: web.Request) -> web.Response:
        return web.json_response(
            {"ok": False, "error": -216, "error_code": 401, "description": "Unauthorized", "message": "no"},
            status=401,
        )

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    platform = TestServer(app)
    await platform.start_server()
    there = str(platform.make_url("/")).rstrip("/") if answers == "refusals" else "http://127.0.0.1:9"
    urls = (
        "telegram_api_url",
        "zalo_oa_api_url",
        "zalo_oa_oauth_url",
        "zalo_zns_api_url",
        "zalo_bot_api_url",
    )
    async with Database(sqlite_url, Vault(SECRETS["secret_key"])) as database:
        await database.write(furnish)
    settings = load(
        {},
        database_url=sqlite_url,
        http_port=0,
        webchat="citizen",
        telegram_mode="polling",
        zalo_bot_mode="polling",
        zalo_oa_app_id="123",
        openrosa_push_url=f"{there}/push",
        openrosa_push_user="u",
        public_url="http://127.0.0.1:9",
        **SECRETS,
        **dict.fromkeys(urls, there),
    )
    service = build(settings)
    await service.start()
    told: list[str] = []
    try:
        for channel in ("telegram", "zalo_oa", "zalo_bot"):
            event = Incoming(channel, "1", "880011223344", service.desk.world.now(), text="xin chào")
            await service.hear(event)
        assert service.checkups is not None
        await service.checkups.once()
        await asyncio.sleep(2)  # polls, set-ups and sends have been tried
        await service.beats.once()
        base = f"http://127.0.0.1:{service.port}"
        async with ClientSession() as session:
            for path in (
                "/metrics",
                "/health/ready",
                "/webhook/zalo-oa",
                "/webhook/telegram",
                "/nowhere",
                "/",
            ):
                for way in (session.get, session.post):
                    async with way(base + path) as answer:
                        told.append(f"{dict(answer.headers)} {await answer.text()}")
        look = service.desk.facts
        admin = Person(1, "", grants=(Grant(Role.ADMIN, 1),))
        now = service.desk.world.now()
        health = await service.database.read(lambda conn: look(conn, now, admin).health())
        told.append(repr(health))
        assert not any(channel.up(now) for channel in health.channels if channel.name != "webchat")
    finally:
        await service.stop()
        await platform.close()
    out, err = capfd.readouterr()
    raw = b"".join(path.read_bytes() for path in Path(sqlite_url.partition("///")[2]).parent.glob("test.db*"))
    everything = "\n".join((out, err, caplog.text, *told))
    assert "zalo" in everything  # something was said at all
    leaked = [name for name, secret in SECRETS.items() if secret in everything or secret.encode() in raw]
    assert leaked == []
