"""The Telegram channel against an emulated Bot API, over HTTP only: hearing, sending, and what goes wrong."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.channels.base import LATE, Attachment, Busy, Button, Incoming, Outcome, Shown
from bot.channels.telegram import Telegram
from bot.channels.telegram.speaking import PACE
from tests.e2e.bot_api import BLOCKED, DOWN, BotApi, Trouble, flood
from tests.e2e.bot_api_people import JPEG, Person
from tests.e2e.served import SECRET, free_port

COMMANDS = [("khaosat", "Khảo sát hộ"), ("trogiup", "Trợ giúp")]
YES_NO = ((Button("Có", "q:1"), Button("Không", "q:2")),)


class Echo:
    """Answers what it hears with the same, and each event once, as the desk does."""

    def __init__(self, channel: Telegram) -> None:
        self.channel = channel
        self.heard: list[Incoming] = []
        self.stored: set[str] = set()
        self.refuse = 0

    async def hear(self, incoming: Incoming) -> None:
        if self.refuse:
            self.refuse -= 1
            raise Busy
        self.heard.append(incoming)
        if incoming.event_id in self.stored:
            return
        self.stored.add(incoming.event_id)
        said = incoming.payload or incoming.text or incoming.other or "?"
        await self.channel.send(incoming.address, Shown(1, f"Dạ: {said}", YES_NO))


@asynccontextmanager
async def running(
    channel: Telegram, hear: Callable[[Incoming], Awaitable[None]], port: int
) -> AsyncIterator[None]:
    """The channel as the service runs it: its routes on a listening server, started and stopped."""
    app = web.Application()
    app.add_routes(channel.routes(hear))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await channel.start(hear, listen=True, send=True)
    try:
        yield
    finally:
        await channel.stop()
        await runner.cleanup()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for happens in another program
            await asyncio.sleep(0.01)


def channel_of(api: BotApi, mode: str, port: int) -> Telegram:
    url = f"http://127.0.0.1:{port}"
    return Telegram(
        token=api.token, api_url=api.url, mode=mode, secret=SECRET, public_url=url, commands=COMMANDS
    )


@pytest.fixture
async def mai(api: BotApi) -> Person:
    return api.person("Mai Nguyễn")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture(params=["polling", "webhook"])
async def echo(request: pytest.FixtureRequest, api: BotApi, port: int) -> AsyncIterator[Echo]:
    echo = Echo(channel_of(api, request.param, port))
    async with running(echo.channel, echo.hear, port):
        yield echo


@pytest.fixture
async def by_webhook(api: BotApi, port: int) -> AsyncIterator[Echo]:
    echo = Echo(channel_of(api, "webhook", port))
    async with running(echo.channel, echo.hear, port):
        await until(lambda: api.commands)
        yield echo


@pytest.fixture
async def by_polling(api: BotApi, port: int) -> AsyncIterator[Echo]:
    echo = Echo(channel_of(api, "polling", port))
    async with running(echo.channel, echo.hear, port):
        yield echo


# --------------------------------------------------------------------------- a talk, polled and by webhook


async def test_what_is_typed_is_heard_and_answered(echo: Echo, mai: Person) -> None:
    event = await mai.type("Xin chào")
    assert (await mai.answer())["text"] == "Dạ: Xin chào"
    heard = echo.heard[0]
    assert (heard.channel, heard.event_id, heard.address) == ("telegram", str(event), str(mai.id))
    assert (heard.name, heard.locale) == ("Mai Nguyễn", "vi")
    assert abs(datetime.now(UTC) - heard.at) < timedelta(seconds=5)


async def test_a_tap_brings_the_payload_and_the_label_and_the_button_rests(echo: Echo, mai: Person) -> None:
    await mai.type("Bắt đầu")
    await mai.answer()
    await mai.tap("Không")
    assert (await mai.answer())["text"] == "Dạ: q:2"
    assert (echo.heard[1].text, echo.heard[1].payload) == ("Không", "q:2")
    await until(lambda: not mai.spinning)


async def test_a_command_addressed_to_the_bot_is_the_command(echo: Echo, mai: Person) -> None:
    await mai.type("/start@tocns_bot MOI-123")
    assert (await mai.answer())["text"] == "Dạ: /start MOI-123"


async def test_the_commands_stand_in_the_menu(echo: Echo, api: BotApi, mai: Person) -> None:
    await mai.type("?")
    await mai.answer()
    assert api.commands == [{"command": word, "description": text} for word, text in COMMANDS]


async def test_a_place_comes_with_its_accuracy(echo: Echo, mai: Person) -> None:
    await mai.location(10.5, 106.25, 8.0)
    await mai.answer()
    heard = echo.heard[0]
    assert (heard.latitude, heard.longitude, heard.accuracy) == (10.5, 106.25, 8.0)


async def test_a_photo_comes_in_its_largest_size_and_can_be_fetched(echo: Echo, mai: Person) -> None:
    await mai.photo(caption="Trước nhà")
    await mai.answer()
    heard = echo.heard[0]
    assert heard.text == "Trước nhà"
    assert heard.photo
    assert (heard.photo.media_type, heard.photo.size) == ("image/jpeg", len(JPEG))
    assert await echo.channel.fetch(heard.photo) == JPEG


async def test_a_picture_sent_as_a_file_is_a_photo(echo: Echo, mai: Person) -> None:
    await mai.document("nha.png", "image/png", b"\x89PNG")
    await mai.answer()
    assert echo.heard[0].photo
    assert await echo.channel.fetch(echo.heard[0].photo) == b"\x89PNG"


@pytest.mark.parametrize(
    ("deed", "other"),
    [("sticker",) * 2, ("voice",) * 2, ("video",) * 2, ("contact",) * 2, ("document", "file")],
)
async def test_what_no_question_takes_is_named(by_webhook: Echo, mai: Person, deed: str, other: str) -> None:
    given = ("a.pdf", "application/pdf") if deed == "document" else ()
    await getattr(mai, deed)(*given)
    await mai.answer()
    assert (by_webhook.heard[0].other, by_webhook.heard[0].text) == (other, "")


async def test_groups_and_edited_messages_are_left_alone(echo: Echo, mai: Person) -> None:
    await mai.type_in_group("/khaosat")
    await mai.type("một")
    await mai.edit(mai.messages[0], "mot")
    await mai.type("hai")
    await mai.answer()
    await mai.answer()
    assert [heard.text for heard in echo.heard] == ["một", "hai"]


# --------------------------------------------------------------------------- nothing lost, nothing twice


async def test_what_could_not_be_stored_comes_again(echo: Echo, mai: Person) -> None:
    echo.refuse = 1
    await mai.type("một")
    await mai.type("hai")
    assert [(await mai.answer())["text"], (await mai.answer())["text"]] == ["Dạ: một", "Dạ: hai"]


async def test_a_crash_before_the_commit_loses_nothing(api: BotApi, mai: Person, port: int) -> None:
    reached = asyncio.Event()

    async def die(incoming: Incoming) -> None:
        reached.set()
        raise RuntimeError("the process dies here")

    first = channel_of(api, "polling", port)
    async with running(first, die, port):
        event = await mai.type("/khaosat")
        await asyncio.wait_for(reached.wait(), 5)
    second = Echo(channel_of(api, "polling", port))
    async with running(second.channel, second.hear, port):
        assert (await mai.answer())["text"] == "Dạ: /khaosat"
    assert second.heard[0].event_id == str(event)


async def test_the_offset_moves_on_only_after_what_was_heard_is_stored(
    api: BotApi, mai: Person, port: int
) -> None:
    stored = asyncio.Event()

    async def slow(incoming: Incoming) -> None:
        await asyncio.wait_for(stored.wait(), 5)

    async with running(channel_of(api, "polling", port), slow, port):
        event = await mai.type("một")
        await asyncio.sleep(0.2)
        assert all(int(call.get("offset", 0)) <= event for call in api.called("getUpdates"))
        stored.set()
        await until(lambda: int(api.called("getUpdates")[-1].get("offset", 0)) == event + 1)


async def test_an_update_delivered_twice_keeps_its_event_id(
    by_webhook: Echo, api: BotApi, mai: Person
) -> None:
    event = await mai.type("một")
    await mai.answer()
    await api.updates.deliver({"update_id": event, "message": mai.messages[0]}, mai.id)
    await until(lambda: len(api.updates.deliveries) == 2)
    assert [heard.event_id for heard in by_webhook.heard] == [str(event)] * 2
    assert mai.screen().count("Dạ: một") == 1
    assert api.updates.deliveries == [(event, 200)] * 2


async def test_a_slow_talk_holds_up_nobody_else_and_keeps_its_order(api: BotApi, port: int) -> None:
    an, binh = api.person("An"), api.person("Bình")
    heard: list[str] = []

    async def hear(incoming: Incoming) -> None:
        if incoming.text == "chậm":
            await asyncio.sleep(0.2)
        heard.append(incoming.text)

    for person, text in ((an, "chậm"), (an, "sau"), (binh, "nhanh")):
        await person.type(text)
    async with running(channel_of(api, "polling", port), hear, port):
        await until(lambda: len(heard) == 3)
    assert heard == ["nhanh", "chậm", "sau"]


async def test_polling_goes_on_after_whatever_telegram_answers(
    by_polling: Echo, api: BotApi, mai: Person
) -> None:
    await until(lambda: api.called("getUpdates"))
    api.trouble("getUpdates", Trouble(409, "Conflict: terminated by other getUpdates request"), DOWN)
    await mai.type("một")  # ends the poll under way; the next two go wrong
    assert (await mai.answer())["text"] == "Dạ: một"
    await mai.type("hai")
    assert (await mai.answer(timeout=8))["text"] == "Dạ: hai"


async def test_an_update_that_cannot_be_read_does_not_block_the_next(
    echo: Echo, api: BotApi, mai: Person
) -> None:
    await api.updates.deliver(
        {"update_id": api.next_id(), "message": {"message_id": "not what it was"}}, mai.id
    )
    await mai.type("một")
    assert (await mai.answer())["text"] == "Dạ: một"


# --------------------------------------------------------------------------- the webhook's door


async def deliver(port: int, body: bytes, secret: str | None = SECRET) -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/webhook/telegram", data=body, headers=headers) as answer,
    ):
        return answer.status


UPDATE = (
    b'{"update_id":1,"message":{"message_id":1,"date":1,"text":"a",'
    b'"chat":{"id":5000000,"type":"private"},"from":{"id":5000000,"is_bot":false,"first_name":"M"}}}'
)


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "Bí mật"])
async def test_who_does_not_know_the_secret_is_refused(
    by_webhook: Echo, port: int, secret: str | None
) -> None:
    assert await deliver(port, UPDATE, secret) == 403
    assert by_webhook.heard == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"update_id":"a"}', 200),
        (b'{"update_id":7,"not_known_yet":{}}', 200),
        (b'{"update_id":7,"message":{}}', 200),
        (b" " * 300_000, 413),
    ],
)
async def test_what_is_no_update_gets_a_status_that_ends_it(
    by_webhook: Echo, port: int, body: bytes, status: int
) -> None:
    assert await deliver(port, body) == status
    assert by_webhook.heard == []


async def test_what_is_not_stored_is_not_acknowledged(by_webhook: Echo, port: int) -> None:
    by_webhook.refuse = 1
    assert await deliver(port, UPDATE) == 503
    assert await deliver(port, UPDATE) == 200


async def test_the_webhook_is_set_with_its_secret_and_only_what_is_heard(
    by_webhook: Echo, api: BotApi, port: int
) -> None:
    assert api.called("setWebhook") == [
        {
            "url": f"http://127.0.0.1:{port}/webhook/telegram",
            "secret_token": SECRET,
            "allowed_updates": ["message", "callback_query"],
        }
    ]


async def test_a_webhook_left_over_is_taken_away_before_polling(api: BotApi, mai: Person, port: int) -> None:
    await api.call("setwebhook", {"url": "http://127.0.0.1:1/old"})
    echo = Echo(channel_of(api, "polling", port))
    async with running(echo.channel, echo.hear, port):
        await mai.type("một")
        assert (await mai.answer())["text"] == "Dạ: một"


async def test_the_set_up_is_tried_again_until_telegram_takes_it(api: BotApi, mai: Person, port: int) -> None:
    api.trouble("setWebhook", DOWN)
    echo = Echo(channel_of(api, "webhook", port))
    async with running(echo.channel, echo.hear, port):
        await mai.type("một")
        assert (await mai.answer())["text"] == "Dạ: một"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"token": "no token"}, "TELEGRAM_TOKEN"),
        ({"mode": "webhook", "secret": ""}, "TELEGRAM_WEBHOOK_SECRET"),
        ({"mode": "webhook", "secret": "with space"}, "TELEGRAM_WEBHOOK_SECRET"),
        ({"mode": "webhook", "secret": "ok", "public_url": ""}, "PUBLIC_URL"),
    ],
)
def test_a_setting_that_cannot_work_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Telegram(**{"token": "1:a", **wrong})


async def test_a_process_that_does_not_listen_knows_the_link_of_an_invitation_too(
    api: BotApi, port: int
) -> None:
    """A worker draws up letters, and the web chat is served beside whoever polls."""
    api.trouble("getMe", DOWN)
    channel = channel_of(api, "polling", port)
    await channel.start(Echo(channel).hear, listen=False, send=True)
    try:
        assert channel.invitation("AB-CD") is None
        await until(lambda: channel.invitation("AB-CD") == "https://t.me/tocns_bot?start=ABCD")
    finally:
        await channel.stop()


# --------------------------------------------------------------------------- sending


@pytest.fixture
async def speaker(api: BotApi, port: int) -> AsyncIterator[Telegram]:
    channel = channel_of(api, "polling", port)

    async def deaf(incoming: Incoming) -> None:
        raise AssertionError("nothing is listened to")

    await channel.start(deaf, listen=False, send=True)
    yield channel
    await channel.stop()


async def talks(person: Person) -> Person:
    await person.type("/start")
    return person


async def test_a_message_without_buttons_takes_old_ones_from_the_text_field(
    speaker: Telegram, mai: Person
) -> None:
    await talks(mai)
    asked = Shown(1, "Nhà ở đâu ạ?", ((Button("Bỏ qua", "q:s"),),), ask="location", ask_label="📍 Gửi vị trí")
    receipt = await speaker.send(str(mai.id), asked)
    assert (receipt.outcome, receipt.message_id) == (Outcome.SENT, str(mai.messages[-1]["message_id"]))
    assert mai.screen() == "Mai Nguyễn: /start\nbot: Nhà ở đâu ạ?\n  [📍 Gửi vị trí]\n  [Bỏ qua]"
    await speaker.send(str(mai.id), Shown(2, "Cảm ơn anh/chị."))
    assert mai.screen() == "Mai Nguyễn: /start\nbot: Nhà ở đâu ạ?\nbot: Cảm ơn anh/chị."


async def test_the_button_for_the_place_sends_it(echo: Echo, mai: Person) -> None:
    await talks(mai)
    await mai.answer()
    await echo.channel.send(str(mai.id), Shown(1, "Ở đâu ạ?", ask="location", ask_label="📍 Gửi vị trí"))
    await mai.answer()
    await mai.tap("📍 Gửi vị trí")
    await mai.answer()
    assert echo.heard[-1].latitude == 10.7769


async def test_files_go_as_photo_or_document_with_their_text(
    speaker: Telegram, api: BotApi, mai: Person
) -> None:
    await talks(mai)
    chart = Shown(1, "Tuần 47", YES_NO, file_name="tuan-47.png", media_type="image/png", data=JPEG)
    table = Shown(2, "", file_name="Số liệu.xlsx", media_type="application/vnd.ms-excel", data=b"PK")
    assert [(await speaker.send(str(mai.id), shown)).outcome for shown in (chart, table)] == [
        Outcome.SENT
    ] * 2
    photo, document = mai.messages[-2:]
    assert (photo["caption"], api.files[photo["photo"][-1]["file_id"]]) == ("Tuần 47", JPEG)
    assert photo["reply_markup"]["inline_keyboard"][0][0]["text"] == "Có"
    assert document["document"]["file_name"] == "Số liệu.xlsx"
    assert api.files[document["document"]["file_id"]] == b"PK"


TICKED = ((Button("✓ Wifi", "q:-w"),), (Button("Xong", "q:!"),))


async def test_a_tick_changes_the_message_that_it_was_made_on(
    speaker: Telegram, api: BotApi, mai: Person
) -> None:
    await talks(mai)
    asked = await speaker.send(str(mai.id), Shown(1, "Dùng mạng gì?", ((Button("Wifi", "q:+w"),),)))
    ticked = Shown(2, "Dùng mạng gì?", TICKED, replaces=asked.message_id)
    changed = await speaker.send(str(mai.id), ticked)
    assert (changed.outcome, changed.message_id) == (Outcome.SENT, asked.message_id)
    twice = await speaker.send(str(mai.id), ticked)
    assert twice.outcome == Outcome.SENT
    assert mai.screen() == "Mai Nguyễn: /start\nbot: Dùng mạng gì?\n  [✓ Wifi]\n  [Xong]"
    api.trouble("editMessageText", DOWN)
    assert (await speaker.send(str(mai.id), ticked)).outcome == Outcome.RETRY


async def test_where_a_message_cannot_be_changed_it_comes_anew(speaker: Telegram, mai: Person) -> None:
    await talks(mai)
    receipt = await speaker.send(str(mai.id), Shown(2, "Dùng mạng gì?", TICKED, replaces="4711"))
    assert (receipt.outcome, receipt.message_id) == (Outcome.SENT, str(mai.messages[-1]["message_id"]))
    assert mai.screen().endswith("bot: Dùng mạng gì?\n  [✓ Wifi]\n  [Xong]")


async def test_a_press_names_the_message_that_it_was_made_on(echo: Echo, mai: Person) -> None:
    await mai.type("Bắt đầu")
    asked = await mai.answer()
    await mai.tap("Không")
    await mai.answer()
    assert [incoming.message for incoming in echo.heard] == ["", str(asked["message_id"])]


@pytest.mark.filterwarnings("ignore:.*retry_after:DeprecationWarning")  # both of its types are understood
@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (Trouble(delay=0.3), Outcome.SENT),
        (BLOCKED, Outcome.GONE),
        (Trouble(403, "Forbidden: user is deactivated"), Outcome.GONE),
        (Trouble(400, "Bad Request: chat not found"), Outcome.GONE),
        (Trouble(400, "Bad Request: message is too long"), Outcome.BAD),
        (Trouble(413, "Request Entity Too Large"), Outcome.BAD),
        (Trouble(401, "Unauthorized"), Outcome.CONFIG),
        (Trouble(404, "Not Found"), Outcome.CONFIG),
        (flood(7), Outcome.RETRY),
        (DOWN, Outcome.RETRY),
        (Trouble(500, "Internal Server Error"), Outcome.RETRY),
        (Trouble(403, body=b"<html>The provider's blocking page</html>"), Outcome.RETRY),
        (Trouble(504, body=b"<html>504</html>"), Outcome.UNSURE),
        (Trouble(200, body=b"<html>Log in to the Wi-Fi</html>"), Outcome.UNSURE),
        (Trouble(drop="before"), Outcome.UNSURE),
        (Trouble(drop="after"), Outcome.UNSURE),
    ],
)
async def test_every_way_in_which_a_send_can_end(
    speaker: Telegram, api: BotApi, mai: Person, trouble: Trouble, outcome: Outcome
) -> None:
    await talks(mai)
    api.trouble("sendMessage", trouble)
    receipt = await speaker.send(str(mai.id), Shown(1, "Chào cô/chú"))
    assert receipt.outcome == outcome
    assert receipt.retry_after == (7 if trouble.retry_after else None)
    assert bool(receipt.reason) == (outcome != Outcome.SENT)
    assert api.token not in receipt.reason
    assert (await speaker.send(str(mai.id), Shown(2, "Lần nữa"))).outcome == Outcome.SENT


async def test_what_never_left_is_tried_again_later(port: int) -> None:
    channel = Telegram(token="1:a", api_url=f"http://127.0.0.1:{port}")
    await channel.start(Echo(channel).hear, listen=False, send=True)
    unreachable = await channel.send("5", Shown(1, "Chào"))
    await channel.stop()
    stopped = await channel.send("5", Shown(1, "Chào"))
    assert [unreachable.outcome, stopped.outcome] == [Outcome.RETRY] * 2


async def test_a_chat_gets_twenty_at_once_and_then_one_a_second(speaker: Telegram, mai: Person) -> None:
    await talks(mai)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    sends = (speaker.send(str(mai.id), Shown(number, f"Tin {number}")) for number in range(22))
    await asyncio.gather(*sends)
    assert 1.9 < loop.time() - begun < 15  # one a second from the first would take 21


async def test_all_chats_together_get_25_a_second(speaker: Telegram, api: BotApi) -> None:
    people = [await talks(api.person(f"Người {number}")) for number in range(26)]
    begun = asyncio.get_running_loop().time()
    await asyncio.gather(*(speaker.send(str(person.id), Shown(1, "Nhắc việc")) for person in people))
    assert asyncio.get_running_loop().time() - begun > (len(people) - 1) / PACE - LATE - 0.02


async def test_a_file_that_is_gone_or_too_large_is_an_os_error(speaker: Telegram, api: BotApi) -> None:
    with pytest.raises(OSError, match="did not hand out"):
        await speaker.fetch(Attachment("nothing"))
    large = api.keep(b"\0" * (20 * 2**20 + 1))["file_id"]
    with pytest.raises(OSError, match="too big"):
        await speaker.fetch(Attachment(large))
