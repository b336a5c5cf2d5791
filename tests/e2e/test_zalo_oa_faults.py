"""The whole service while Zalo fails: nothing is lost, nothing is doubled that is not harmless, it mends
itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import sender as senders
from storage import outbox, people, reaching
from storage.database import Database
from storage.secrets import Vault
from tests.e2e.served import KEY
from tests.e2e.test_telegram_story import prepare
from tests.e2e.test_zalo_oa_story import ZONE, serving
from tests.e2e.zalo_oa_api import DOWN, Trouble, ZaloOaApi
from tests.e2e.zalo_oa_people import Person

CS = "/v3.0/oa/message/cs"


@pytest.fixture
async def api() -> AsyncIterator[ZaloOaApi]:
    async with ZaloOaApi() as api:
        yield api


@pytest.fixture
async def prepared(sqlite_url: str) -> str:
    async with Database(sqlite_url, Vault(KEY)) as database:
        await database.write(lambda conn: prepare(conn, datetime.now(ZONE)))
    return sqlite_url


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same pauses in a small world: a tenth of them."""
    monkeypatch.setattr(senders, "FIRST_RETRY", senders.FIRST_RETRY / 10)
    monkeypatch.setattr(senders, "LONGEST_RETRY", timedelta(seconds=1))


def texts(person: Person) -> list[str]:
    return [message.text for message in person.chat]


@pytest.mark.parametrize(
    ("trouble", "most"),
    [
        (DOWN, 1),
        (Trouble(status=429), 1),
        (Trouble(-32), 1),
        (Trouble(-220), 1),
        (Trouble(drop="before"), 1),
        (Trouble(drop="after"), 2),
        (Trouble(cut=True), 2),
        (Trouble(delay=1), 1),
    ],
    ids=["502", "429", "-32", "token", "dropped before", "dropped after", "truncated", "slow"],
)
async def test_a_reply_gets_through_and_only_what_may_have_arrived_comes_twice(
    trouble: Trouble, most: int, api: ZaloOaApi, prepared: str
) -> None:
    mai = api.person("Mai")
    async with serving(api, prepared):
        api.trouble(CS, trouble)
        await mai.type("bắt đầu")
        assert "máy trả lời tự động" in (await mai.answer()).text
        await mai.type("vneid mức 2 là gì?")
        async with asyncio.timeout(5):
            while "VNeID" not in (await mai.answer()).text:
                pass
    assert len([text for text in texts(mai) if "cần gì cứ gõ" in text]) == most


async def test_an_outage_loses_nothing_and_the_breaker_closes_again_by_itself(
    api: ZaloOaApi, prepared: str, caplog: pytest.LogCaptureFixture
) -> None:
    crowd = [api.person(f"Người {number}") for number in range(12)]
    async with serving(api, prepared) as service:
        api.always_down = True
        for person in crowd:
            await person.type("bắt đầu")
        await asyncio.sleep(1.5)
        tried = len(api.called(CS))
        assert tried < 3 * len(crowd), "while it is down it is left alone"
        assert caplog.text.count("zalo_oa does not take messages") == 1
        api.always_down = False
        answers = await asyncio.gather(*(person.answer() for person in crowd))
        assert all("máy trả lời tự động" in answer.text for answer in answers)
        await asyncio.sleep(0.3)
        assert {len(person.chat) for person in crowd} == {1}
        assert await service.database.read(outbox.backlog) == {("zalo_oa", "sent"): len(crowd)}


async def test_who_blocked_us_is_not_written_to_until_they_write(api: ZaloOaApi, prepared: str) -> None:
    mai = api.person("Mai")
    async with serving(api, prepared) as service:
        mai.refuses = -217
        await mai.type("bắt đầu")

        async def reachable() -> bool:
            found = await service.database.read(lambda conn: people.account(conn, "zalo_oa", mai.id))
            assert found
            return found.reachable

        async with asyncio.timeout(5):
            while await reachable():  # noqa: ASYNC110 - the sender is at work meanwhile
                await asyncio.sleep(0.05)
        mai.refuses = 0
        await mai.type("bắt đầu")
        assert "máy trả lời tự động" in (await mai.answer()).text
        assert await reachable()


async def test_a_lost_grant_keeps_what_is_queued_until_a_new_one_is_set(
    api: ZaloOaApi, prepared: str, caplog: pytest.LogCaptureFixture
) -> None:
    mai = api.person("Mai")
    api.refresh_token = "given to nobody"
    async with serving(api, prepared):
        await mai.type("bắt đầu")
        await asyncio.sleep(1)
        assert not mai.chat
        assert caplog.text.count("zalo_oa refuses us") == 1
    api.seed = api.refresh_token = "granted anew"
    async with serving(api, prepared):
        assert "máy trả lời tự động" in (await mai.answer()).text


@pytest.mark.parametrize("silent", [1, 3, 8], ids=["inside", "at a price", "outside"])
async def test_an_evenings_reminder_goes_inside_the_window_and_waits_outside_it(
    silent: int, api: ZaloOaApi, prepared: str
) -> None:
    """Without a budget: what would cost waits as well, until the person writes."""
    mai = api.person("Mai")
    async with serving(api, prepared) as service:
        await mai.type("bắt đầu")
        await mai.answer()
        api.advance(timedelta(days=silent))

        def remind(conn: Any) -> None:
            account = people.account(conn, "zalo_oa", mai.id)
            people.unheard(conn, account.id)
            now = datetime.now(ZONE)
            people.heard(conn, account.id, now - timedelta(days=silent))
            outbox.enqueue(
                conn, account_id=account.id, channel="zalo_oa", kind="reminder", priority=1,
                body='{"text":"Còn 3 hộ"}', due_at=now,
            )  # fmt: skip

        await service.database.write(remind)
        if silent > 1:
            await asyncio.sleep(0.7)
            assert len(mai.chat) == 1
            assert len(await service.database.read(lambda conn: reaching.held(conn, 9))) == 1
            api.expire_tokens()
            await mai.type("em nghe")
        async with asyncio.timeout(5):
            while "Còn 3 hộ" not in texts(mai):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert texts(mai).count("Còn 3 hộ") == 1
    assert not api.billed


async def test_over_the_minutes_limit_messages_wait_and_none_is_lost(api: ZaloOaApi, prepared: str) -> None:
    api.per_minute = 7  # the names of six strangers, and one answer
    crowd = [api.person(f"Người {number}") for number in range(6)]
    async with serving(api, prepared):
        for person in crowd:
            await person.type("bắt đầu")
        async with asyncio.timeout(8):
            while len(api.called(CS)) < len(crowd):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert sum(len(person.chat) for person in crowd) < len(crowd)
        api.advance(timedelta(minutes=1))
        await asyncio.gather(*(person.answer(30) for person in crowd))
        assert [len(person.chat) for person in crowd] == [1] * len(crowd)
