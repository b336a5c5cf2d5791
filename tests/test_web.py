"""The web chat and the server around it, over real HTTP: what a browser, a stranger and a monitor meet."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientSession, CookieJar, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from bot import web as server
from bot.channels.base import Busy, Button, Incoming, Shown
from bot.channels.webchat import Pace, WebChat
from bot.photos import NotAPhoto, clean

Visit = Callable[..., Awaitable[ClientSession]]
STATIC = Path(server.__file__).parent / "channels" / "static"
PERSONAS = [
    ("citizen", "Người dân", "Hỏi về thủ tục"),
    ("member", "Tổ viên", "Khảo sát từng hộ"),
]


class Post:
    """A bot that remembers what it was told and repeats it: an inbox and an outbox in a list."""

    def __init__(self) -> None:
        self.heard: list[Incoming] = []
        self.said: defaultdict[str, list[Shown]] = defaultdict(list)
        self.may_finish = asyncio.Event()
        self.may_finish.set()
        self.busy = False
        self.chat: WebChat

    async def hear(self, incoming: Incoming) -> None:
        await self.may_finish.wait()
        if self.busy:
            raise Busy
        if any(known.event_id == incoming.event_id for known in self.heard):
            return
        self.heard.append(incoming)
        await self.tell(incoming.address, f"Dạ: {incoming.text}")

    async def tell(self, address: str, text: str, **more: object) -> Shown:
        number = 1 + sum(len(said) for said in self.said.values())
        shown = Shown(number, text, **more)
        self.said[address].append(shown)
        await self.chat.send(address, shown)
        return shown

    async def missed(self, address: str, after: int) -> list[Shown]:
        return [shown for shown in self.said[address] if shown.id > after]


def chat_of(post: Post, mode: str, **more: object) -> WebChat:
    post.chat = WebChat(mode, post.missed, clean, server.page_words(), personas=PERSONAS, **more)
    return post.chat


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
async def citizens(post: Post) -> AsyncIterator[TestServer]:
    app = server.build([chat_of(post, "citizen")], post.hear, {})
    async with TestServer(app) as running:
        yield running
        await post.chat.stop()


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    """Opens browsers, each with cookies of its own; `greeted=False` has not opened the page yet."""
    async with AsyncExitStack() as open_browsers:

        async def browse(running: TestServer, *, greeted: bool = True) -> ClientSession:
            session = ClientSession(running.make_url("/"), cookie_jar=CookieJar(unsafe=True))
            await open_browsers.enter_async_context(session)
            if greeted:
                assert (await session.get("/chat/hello")).status == 200
            return session

        yield browse


async def say(client: ClientSession, text: str, event_id: str | None = None, **more: object) -> int:
    body = {"id": event_id or str(uuid4()), "text": text, **more}
    return (await client.post("/chat/say", json=body)).status


async def hears(client: ClientSession, count: int, after: int = 0, query: str = "") -> list[dict]:
    """The next `count` messages of the bot on a fresh connection."""
    told = []
    async with asyncio.timeout(3), client.ws_connect(f"/chat/live?after={after}{query}") as socket:
        while len(told) < count:
            message = await socket.receive_json()
            if message["type"] == "shown":
                told.append(message)
    return told


# --------------------------------------------------------------------------- saying something


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


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"text": "a"}',
        b'{"id": "1", "text": "a"}',
        b'{"id": "%b", "text": 5}' % str(uuid4()).encode(),
        b'{"id": "%b", "text": "a", "payload": "%b"}' % (str(uuid4()).encode(), b"x" * 65),
        b'{"id": "%b", "latitude": 91, "longitude": 0}' % str(uuid4()).encode(),
        b'{"id": "%b", "latitude": 1}' % str(uuid4()).encode(),
        b'{"id": "%b", "text": "\\ud800"}' % str(uuid4()).encode(),
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


# --------------------------------------------------------------------------- hearing the bot


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
    await post.chat.start(post.hear, listen=True, send=False)
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


# --------------------------------------------------------------------------- whose talk it is


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


# --------------------------------------------------------------------------- photos


def photo(size: tuple[int, int], kind: str = "JPEG", **more: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (30, 90, 60)).save(out, kind, **more)
    return out.getvalue()


def with_place(size: tuple[int, int]) -> bytes:
    """A photo as a phone takes it: on its side, with where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Máy của cô Ba"
    exif.get_ifd(0x8825)[2] = (10.0, 46.0, 12.0)
    return photo(size, exif=exif)


async def send_photo(client: ClientSession, data: bytes, media_type: str = "image/jpeg") -> int:
    headers = {"Content-Type": media_type}
    return (await client.post(f"/chat/photo?id={uuid4()}", data=data, headers=headers)).status


async def test_a_photo_arrives_upright_smaller_and_without_where_it_was_taken(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    assert await send_photo(client, with_place((3000, 2000))) == 200
    sent = post.heard[0].photo
    assert sent is not None
    assert sent.data is not None
    with Image.open(BytesIO(sent.data)) as kept:
        assert kept.size == (1067, 1600)
        assert not kept.getexif()
    assert "Máy của cô Ba".encode() not in sent.data
    assert await post.chat.fetch(sent) == sent.data


async def test_what_is_no_photo_is_refused_by_its_content(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    assert await send_photo(client, b"<script>alert(1)</script>") == 415
    assert await send_photo(client, photo((9, 9))[:200]) == 415
    assert await send_photo(client, photo((9, 9)), "text/html") == 415
    assert await send_photo(client, b"\xff\xd8" + b"0" * (11 << 20)) == 413
    assert not post.heard


def test_png_and_webp_are_taken_and_a_bomb_is_not() -> None:
    for kind in ("PNG", "WEBP"):
        with Image.open(BytesIO(clean(photo((20, 30), kind)))) as kept:
            assert (kept.format, kept.size) == ("JPEG", (20, 30))
    with pytest.raises(NotAPhoto, match="megapixels"):
        clean(photo((9000, 6000), "PNG"))
    with pytest.raises(NotAPhoto):
        clean(photo((20, 20), "GIF"))


# --------------------------------------------------------------------------- the server around it


async def test_every_answer_carries_the_headers_that_keep_strangers_out(
    citizens: TestServer, visit: Visit
) -> None:
    client = await visit(citizens, greeted=False)
    for path in ("/", "/static/chat.js", "/chat/hello", "/health/live", "/nothing"):
        headers = (await client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


async def test_the_page_and_its_files_come_compressed_and_only_once(citizens: TestServer) -> None:
    async with ClientSession(auto_decompress=False) as session:
        for name in ("", "static/style.css", "static/chat.js", "static/icon.svg", "static/app.webmanifest"):
            first = await session.get(citizens.make_url(f"/{name}"), headers={"Accept-Encoding": "gzip"})
            assert first.status == 200
            assert first.headers["Content-Encoding"] == "gzip"
            again = await session.get(
                citizens.make_url(f"/{name}"), headers={"If-None-Match": first.headers["ETag"]}
            )
            assert again.status == 304
            assert await again.read() == b""


@pytest.mark.parametrize("name", ["..%2f..%2fweb.py", "nothing.js", "%00"])
async def test_only_the_pages_own_files_are_served(citizens: TestServer, name: str, visit: Visit) -> None:
    client = await visit(citizens, greeted=False)
    assert (await client.get(f"/static/{name}")).status == 404


async def test_health_says_in_words_what_is_not_ready(post: Post) -> None:
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


async def test_metrics_are_for_this_machine_unless_allowed(post: Post) -> None:
    app = server.build([chat_of(post, "citizen")], post.hear, {})
    async with TestServer(app) as running, TestClient(running) as client:
        await client.get("/health/live")
        text = await (await client.get("/metrics")).text()
        assert 'tocns_http_requests_total{route="/health/live",status="200"} 1.0' in text
        # A proxy on this machine speaks for somebody elsewhere.
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})).status == 403
    app = server.build([], post.hear, {}, metrics_for_all=True)
    async with TestServer(app) as running, TestClient(running) as client:
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})).status == 200


async def test_a_fault_of_ours_shows_nobody_how_we_are_made(post: Post) -> None:
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


async def test_the_server_tells_its_port_and_stops_cleanly(post: Post) -> None:
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


# --------------------------------------------------------------------------- the page's words and colours


def test_every_word_of_the_page_is_in_both_languages_and_none_is_left_over() -> None:
    words = server.page_words()
    assert words["vi"].keys() == words["en"].keys()
    source = "".join(path.read_text() for path in STATIC.iterdir() if path.suffix in (".js", ".html"))
    python = "".join(path.read_text() for path in (STATIC.parent / "webchat").glob("*.py"))
    used = set(re.findall(r'(?:say\(|point\(|data-\w+=|\? |: )"([a-z]+\.[a-z_]+)"', source))
    used |= {f"talk.{state}" for state in ("waiting", "received", "failed")}
    used |= {f"compose.{kind}" for kind in ("photo", "location")}
    used |= {f"page.{place}" for place in re.findall(r"\$([a-z]+)", (STATIC / "index.html").read_text())}
    used |= {f"page.{place}" for place in re.findall(r"\$([a-z]+)", (STATIC / "app.webmanifest").read_text())}
    used |= {f"refused.{code}" for code in re.findall(r'_refusal\(request, \d+, "(\w+)"', python)}
    used |= {key for key in words["vi"] if f'["{key}"]' in python}
    assert used == words["vi"].keys()


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root\s*{(.*?)}", (STATIC / "style.css").read_text(), re.DOTALL)
    return {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for name, block in zip(("light", "dark"), blocks, strict=True)
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        # What is read in the sun: more than the 4.5 that the guideline asks for.
        ("ink", "paper", 7),
        ("ink", "card", 7),
        ("mine-ink", "mine", 7),
        ("brand-ink", "brand", 7),
        ("choice-ink", "choice", 7),
        ("sample-ink", "sample", 7),
        ("alert-ink", "alert", 7),
        ("muted", "paper", 4.5),
        ("muted", "card", 4.5),
        ("past-ink", "paper", 4.5),
        ("choice-ink", "card", 4.5),
        ("link", "card", 4.5),
        ("focus", "paper", 3),
        ("focus", "card", 3),
        ("choice-ink", "paper", 3),
    ],
)
def test_the_colours_can_be_told_apart(scheme: str, ink: str, ground: str, least: float) -> None:
    colours = palettes()[scheme]
    assert contrast(colours[ink], colours[ground]) >= least
