"""What the bot says in the web chat: to every open page, and to who was away."""

import asyncio

from aiohttp import WSMsgType
from aiohttp.test_utils import TestServer

from bot.channels.base import Button, Shown
from tests.webchat.conftest import Visit
from tests.webchat.post import Post, hears, say


async def test_who_comes_back_is_shown_what_was_missed(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    await say(client, "một")
    (first,) = await hears(client, 1)
    await say(client, "hai")
    await say(client, "ba")
    again = await hears(client, 3, after=first["id"])
    assert [told["text"] for told in again if told["id"] > first["id"]] == ["Dạ: hai", "Dạ: ba"]


async def test_a_reload_shows_the_whole_talk_in_order(citizens: TestServer, post: Post, visit: Visit) -> None:
    client = await visit(citizens)
    for text in "abc":
        await say(client, text)
    assert [told["text"] for told in await hears(client, 3)] == ["Dạ: a", "Dạ: b", "Dạ: c"]


async def test_a_message_that_overtook_another_hides_none(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    await say(client, "a")
    address = post.heard[0].address
    post.said[address] = [Shown(10, "trả lời")]
    async with asyncio.timeout(3), client.ws_connect("/chat/live?after=0") as socket:
        assert (await socket.receive_json())["id"] == 10
        await post.chat.send(address, post.said[address][0])
        post.said[address].insert(0, Shown(9, "bản tin"))
        await post.chat.send(address, post.said[address][0])
        told = [await socket.receive_json() for _ in range(3)]
    assert [message["id"] for message in told if message["type"] == "shown"] == [9]


async def test_every_tab_shows_what_was_said_in_one(citizens: TestServer, post: Post, visit: Visit) -> None:
    client = await visit(citizens)
    seen: list[tuple] = []
    async with asyncio.timeout(3), client.ws_connect("/chat/live") as other_tab:
        while (await other_tab.receive_json())["type"] != "ping":
            pass
        await say(client, "Năm người")
        while len(seen) < 5:
            told = await other_tab.receive_json()
            seen.append((told["type"], told.get("received", told.get("on", told.get("text")))))
    assert seen == [
        ("said", False),
        ("typing", True),
        ("said", True),
        ("typing", False),
        ("shown", "Dạ: Năm người"),
    ]


async def test_somebody_new_is_told_apart_from_somebody_who_comes_back(
    citizens: TestServer, visit: Visit
) -> None:
    client = await visit(citizens)
    for expected in (True, False):
        async with asyncio.timeout(3), client.ws_connect("/chat/live") as socket:
            while (told := await socket.receive_json())["type"] != "ready":
                pass
        assert told["empty"] is expected
        await say(client, "a")


async def test_buttons_files_and_what_is_asked_for_reach_the_page(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client, stranger = await visit(citizens), await visit(citizens)
    await say(client, "a")
    address = post.heard[0].address
    shown = await post.tell(
        address,
        "Bản tin",
        buttons=((Button("Có", "q:1"), Button("Không", "q:2")),),
        ask="photo",
        ask_label="Chụp ảnh",
        file_name="bản tin.png",
        media_type="image/png",
        data=b"\x89PNG",
    )
    told = (await hears(client, 2))[1]
    assert told["buttons"] == [[{"label": "Có", "payload": "q:1"}, {"label": "Không", "payload": "q:2"}]]
    assert (told["ask"], told["ask_label"]) == ("photo", "Chụp ảnh")
    assert told["file"] == {"name": "bản tin.png", "image": True}
    file = await client.get(f"/chat/files/{shown.id}")
    assert (file.status, file.content_type, await file.read()) == (200, "image/png", b"\x89PNG")
    assert "b%E1%BA%A3n" in file.headers["Content-Disposition"]
    assert (await stranger.get(f"/chat/files/{shown.id}")).status == 404


async def test_a_page_may_ask_to_look_since_another_process_may_have_answered(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    await say(client, "a")
    async with asyncio.timeout(3), client.ws_connect("/chat/live?after=1") as socket:
        while (await socket.receive_json())["type"] != "ping":
            pass
        post.said[post.heard[0].address].append(Shown(2, "từ tiến trình khác"))
        await socket.send_str("look")
        assert (await socket.receive_json())["text"] == "từ tiến trình khác"


async def test_where_another_process_delivers_open_pages_look_by_themselves(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    post.chat.delivers = lambda: False
    client = await visit(citizens)
    await say(client, "a")
    async with asyncio.timeout(5), client.ws_connect("/chat/live?after=1") as socket:
        while (await socket.receive_json())["type"] != "ping":
            pass
        post.said[post.heard[0].address].append(Shown(2, "bản tin tuần"))
        assert (await socket.receive_json())["text"] == "bản tin tuần"


async def test_a_server_that_stops_hangs_up_and_takes_no_new_lines(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    async with asyncio.timeout(3), client.ws_connect("/chat/live") as socket:
        while (await socket.receive_json())["type"] != "ping":
            pass
        await post.chat.stop()
        assert (await socket.receive()).type is WSMsgType.CLOSE
        assert socket.close_code == 1001
    assert (await client.get("/chat/live")).status == 503
