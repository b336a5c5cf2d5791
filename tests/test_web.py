"""The HTTP server around the channels: health, metrics, faults, and how it starts and stops."""

import asyncio
from uuid import uuid4

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from bot import web as server
from bot.channels.webchat import WebChat
from bot.photos import clean
from storage.database import Unavailable
from tests.webchat.post import Post, chat_of


async def test_health_says_in_words_what_is_not_ready() -> None:
    post = Post()
    state: dict[str, str | None] = {"database": None}

    async def database() -> str | None:
        return state["database"]

    async def broken() -> str | None:
        raise ValueError("password=hunter2")

    app = server.build([], post.hear, {"database": database})
    async with TestServer(app) as running, TestClient(running) as client:
        assert (await client.get("/health/live")).status == 200
        assert (await client.get("/health/ready")).status == 200
        state["database"] = "revision 3 is missing; run `tocns db upgrade`"
        answer = await client.get("/health/ready")
        assert answer.status == 503
        assert (await answer.json())["not_ready"] == {"database": state["database"]}
    app = server.build([], post.hear, {"telegram": broken})
    async with TestServer(app) as running, TestClient(running) as client:
        answer = await client.get("/health/ready")
        assert answer.status == 503
        assert "hunter2" not in await answer.text()


async def test_metrics_are_for_this_machine_unless_allowed() -> None:
    post = Post()
    app = server.build([chat_of(post, "citizen")], post.hear, {})
    async with TestServer(app) as running, TestClient(running) as client:
        await client.get("/health/live")
        text = await (await client.get("/metrics")).text()
        assert 'tocns_http_requests_total{route="/health/live",status="200"} 1.0' in text
        # A proxy on this machine speaks for somebody elsewhere.
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})).status == 403
    app = server.inner({}, CollectorRegistry())
    async with TestServer(app) as running, TestClient(running) as client:
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})).status == 200


async def test_a_fault_of_ours_shows_nobody_how_we_are_made() -> None:
    post = Post()

    class Faulty(WebChat):
        def routes(self, hear: object) -> list[web.RouteDef]:
            async def fault(_request: web.Request) -> web.Response:
                raise RuntimeError("secret detail")

            return [web.get("/fault", fault)]

    chat = Faulty("citizen", post.missed, clean, server.page_words())
    async with TestServer(server.build([chat], post.hear, {})) as running, TestClient(running) as client:
        answer = await client.get("/fault")
        assert answer.status == 500
        assert "secret" not in await answer.text()


async def test_without_a_database_a_page_is_asked_to_come_again() -> None:
    async def away() -> str:
        raise Unavailable("PostgreSQL: no such host as db.xa-vi-du.vn")

    post = Post()
    app = server.build([chat_of(post, "citizen", edition=away)], post.hear, {})
    async with TestServer(app) as running, TestClient(running) as client:
        answer = await client.get("/chat/hello")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert "xa-vi-du" not in await answer.text()


async def test_what_visitors_break_off_or_garble_is_no_fault_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    post = Post()
    registry = CollectorRegistry()
    app = server.build([chat_of(post, "citizen")], post.hear, {}, registry=registry)
    runner = await server.serve(app, "127.0.0.1", 0)
    host, port = runner.addresses[0][:2]
    head = (
        f"POST /chat/photo?id={uuid4()} HTTP/1.1",
        "Host: x",
        f"Cookie: tocns={'x' * 43}",
        "Content-Type: image/jpeg",
        "Content-Length: 1000",
        "Expect: 100-continue",
    )
    half = "\r\n".join((*head, "", "half of it"))
    for sent in (half, "GET / HTTP/1.1\r\nX: " + "a" * 20_000, "what?\r\n\r\n"):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(sent.encode())
        await writer.drain()
        # The photo breaks off once its route has begun, which says so.
        await (reader.readline() if sent is half else reader.read())
        writer.close()
        await writer.wait_closed()
    for _ in range(500):
        if registry.get_sample_value("tocns_http_requests_total", {"route": "/chat/photo", "status": "400"}):
            break
        await asyncio.sleep(0.02)
    else:
        raise AssertionError("what was broken off is counted as a bad request")
    await runner.cleanup()
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == []


async def test_the_server_tells_its_port_and_stops_cleanly() -> None:
    post = Post()
    chat = chat_of(post, "citizen")
    runner = await server.serve(server.build([chat], post.hear, {}), "127.0.0.1", 0)
    host, port = runner.addresses[0][:2]
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        assert (await session.get(f"http://{host}:{port}/chat/hello")).status == 200
        with pytest.raises(OSError, match="in use"):
            await server.serve(server.build([], post.hear, {}), host, port)
        async with asyncio.timeout(2), session.ws_connect(f"http://{host}:{port}/chat/live") as socket:
            await socket.receive_json()
            await chat.stop()
            await runner.cleanup()
