"""What people say about themselves stands in the database, sealed, and nowhere else: not in the log at DEBUG,
not in the metrics, not in an address or an error that a platform or a browser is answered."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, CookieJar

from bot import deadlines
from bot.app import Service, build
from bot.config import load
from bot.logs import configure
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
    from handlers.turn import Facts, Said, Talk, Turn
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
