"""Whose talk it is: sessions, the people of the demo, and what other sites may not do."""

from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot import web as server
from tests.webchat.conftest import Visit
from tests.webchat.post import Post, chat_of, hears, say


async def test_nobody_hears_what_is_said_to_somebody_else(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    first, second = await visit(citizens), await visit(citizens)
    await say(first, "bí mật")
    await say(second, "chào")
    assert [told["text"] for told in await hears(second, 1)] == ["Dạ: chào"]
    assert post.heard[0].address != post.heard[1].address


async def test_the_address_does_not_give_the_session_away(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    await say(client, "a")
    token = client.cookie_jar.filter_cookies(citizens.make_url("/"))["tocns"].value
    assert len(token) >= 43
    assert token not in post.heard[0].address


async def test_the_cookie_is_kept_and_is_only_for_our_own_pages(citizens: TestServer, visit: Visit) -> None:
    client = await visit(citizens, greeted=False)
    first = (await client.get("/chat/hello")).cookies["tocns"]
    again = (await client.get("/chat/hello")).cookies["tocns"]
    assert first.value == again.value
    assert (first["httponly"], first["samesite"], first["path"]) == (True, "Strict", "/")


async def test_behind_https_the_cookie_travels_on_https_alone(post: Post) -> None:
    app = server.build([chat_of(post, "citizen", public_url="https://to.example.vn")], post.hear, {})
    async with TestServer(app) as running, TestClient(running) as client:
        cookie = (await client.get("/chat/hello")).cookies["__Host-tocns"]
        assert cookie["secure"] is True
        headers = {"Cookie": f"__Host-tocns={cookie.value}", "Origin": "https://to.example.vn"}
        body = {"id": str(uuid4()), "text": "a"}
        assert (await client.post("/chat/say", json=body, headers=headers)).status == 200


async def test_forgetting_ends_the_session(citizens: TestServer, visit: Visit) -> None:
    client = await visit(citizens)
    assert (await client.post("/chat/forget")).status == 200
    assert await say(client, "a") == 401


async def test_without_a_session_nothing_is_heard_or_told(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens, greeted=False)
    assert await say(client, "a") == 401
    assert (await client.get("/chat/live")).status == 401
    assert (await client.get("/chat/files/1")).status == 401
    assert not post.heard


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_what_another_site_has_a_browser_do_is_refused(
    citizens: TestServer, post: Post, headers: dict[str, str], visit: Visit
) -> None:
    client = await visit(citizens)
    body = {"id": str(uuid4()), "text": "a"}
    assert (await client.post("/chat/say", json=body, headers=headers)).status == 403
    assert (await client.post("/chat/forget", headers=headers)).status == 403
    assert (await client.get("/chat/live", headers=headers)).status == 403
    assert not post.heard


async def test_a_form_of_another_site_cannot_pass_for_the_page(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = await client.post(
            "/chat/say", data=b'{"id": "%b"}' % str(uuid4()).encode(), headers={"Content-Type": media_type}
        )
        assert answer.status == 415
    assert not post.heard


async def test_in_the_demo_each_tab_is_whom_it_picked(post: Post, visit: Visit) -> None:
    app = server.build([chat_of(post, "demo")], post.hear, {})
    async with TestServer(app) as running:
        client = await visit(running)
        greeting = await (await client.get("/chat/hello")).json()
        assert [persona["key"] for persona in greeting["personas"]] == ["citizen", "member"]
        for key in ("member", "citizen"):
            body = {"id": str(uuid4()), "text": key}
            assert (await client.post(f"/chat/say?as={key}", json=body)).status == 200
        assert [incoming.address for incoming in post.heard] == ["demo:member", "demo:citizen"]
        assert [told["text"] for told in await hears(client, 1, query="&as=member")] == ["Dạ: member"]
        assert await say(client, "ai?") == 401
        body = {"id": str(uuid4()), "text": "a"}
        assert (await client.post("/chat/say?as=root", json=body)).status == 401
