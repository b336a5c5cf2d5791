"""What a person says in the web chat: stored before it is ticked, once, and refused in a sentence."""

import asyncio
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestServer

from bot import web as server
from bot.channels.base import Pace
from tests.webchat.conftest import Visit
from tests.webchat.post import Post, chat_of, say


async def test_a_message_is_acknowledged_only_after_it_was_handled(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    post.may_finish.clear()
    posting = asyncio.create_task(say(client, "Xin chào"))
    await asyncio.sleep(0.1)
    assert not posting.done()
    post.may_finish.set()
    assert await posting == 200
    assert [incoming.text for incoming in post.heard] == ["Xin chào"]


async def test_the_same_message_sent_again_has_one_effect(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client, event_id = await visit(citizens), str(uuid4())
    assert await say(client, "3", event_id) == 200
    assert await say(client, "3", event_id) == 200
    assert len(post.heard) == 1
    assert post.heard[0].event_id.endswith(event_id)


async def test_nobody_can_use_up_an_event_id_of_somebody_else(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    event_id = str(uuid4())
    assert await say(await visit(citizens), "một", event_id) == 200
    assert await say(await visit(citizens), "hai", event_id) == 200
    assert [incoming.text for incoming in post.heard] == ["một", "hai"]


async def test_what_could_not_be_stored_is_not_acknowledged(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    post.busy = True
    answer = await client.post("/chat/say", json={"id": str(uuid4()), "text": "a"})
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"


async def test_a_button_and_a_location_arrive_as_what_they_are(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    assert await say(client, "Có", payload="q:1:yes") == 200
    assert await say(client, "", latitude=10.77, longitude=106.01, accuracy=12) == 200
    button, place = post.heard
    assert (button.text, button.payload) == ("Có", "q:1:yes")
    assert (place.latitude, place.longitude, place.accuracy) == (10.77, 106.01, 12)


ID = b"11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"text": "a"}',
        b'{"id": "1", "text": "a"}',
        b'{"id": "%b", "text": 5}' % ID,
        b'{"id": "%b", "text": "a", "payload": "%b"}' % (ID, b"x" * 65),
        b'{"id": "%b", "text": "a", "payload": {"a": 1}}' % ID,
        b'{"id": "%b", "text": "a", "payload": "a\\u0000"}' % ID,
        b'{"id": "%b", "latitude": 91, "longitude": 0}' % ID,
        b'{"id": "%b", "latitude": 1}' % ID,
        b'{"id": "%b", "text": "\\ud800"}' % ID,
    ],
)
async def test_a_body_that_is_no_message_is_refused_in_a_sentence(
    citizens: TestServer, post: Post, body: bytes, visit: Visit
) -> None:
    client = await visit(citizens)
    answer = await client.post("/chat/say", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert "tải lại trang" in (await answer.json())["why"]
    assert not post.heard


async def test_a_message_of_4000_characters_is_taken_and_one_of_9000_politely_not(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    assert await say(client, "ạ" * 4000) == 200
    assert await say(client, "ạ" * 9000) == 413
    assert await say(client, "ạ" * 2_000_000) == 413
    assert len(post.heard) == 1


async def test_who_writes_too_fast_is_told_how_long_to_wait(post: Post, visit: Visit) -> None:
    app = server.build([chat_of(post, "citizen", pace=Pace(burst=2, per_second=10))], post.hear, {})
    async with TestServer(app) as running:
        client, other = await visit(running), await visit(running)
        assert [await say(client, "a") for _ in range(2)] == [200, 200]
        answer = await client.post("/chat/say?lang=en", json={"id": str(uuid4()), "text": "b"})
        assert answer.status == 429
        told = await answer.json()
        assert 0 < told["retry_after"] <= 0.1
        assert "more slowly" in told["why"]
        assert await say(other, "a") == 200
        await asyncio.sleep(told["retry_after"])
        assert await say(client, "b") == 200
