"""The Zalo Bot channel against an emulated API, over HTTP only; and the survey's story through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Literal

import pytest

from bot.channels.base import Attachment, Busy, Incoming, Outcome, Shown
from bot.channels.zalo_bot import ZaloBot
from bot.service import Service
from storage.database import Database
from storage.secrets import Vault
from tests.e2e import served
from tests.e2e.served import HOOK, KEY, free_port, over_zalo_bot
from tests.e2e.test_telegram import running, until
from tests.e2e.test_telegram_story import CODE, find_survey, kept, picture, prepare
from tests.e2e.test_zalo_oa_story import ZONE
from tests.e2e.zalo_bot_api import TOKEN, Person, ZaloBotApi
from tests.e2e.zalo_oa_api import DOWN, Trouble

Mode = Literal["polling", "webhook"]


class Desk:
    """Remembers each event once, as the desk does."""

    def __init__(self) -> None:
        self.heard: list[Incoming] = []
        self.deliveries = 0
        self.refuse = 0

    async def hear(self, incoming: Incoming) -> None:
        self.deliveries += 1
        if self.refuse:
            self.refuse -= 1
            raise Busy
        if all(known.event_id != incoming.event_id for known in self.heard):
            self.heard.append(incoming)


def channel_of(api: ZaloBotApi, mode: Mode, port: int) -> ZaloBot:
    url = f"http://127.0.0.1:{port}"
    return ZaloBot(token=TOKEN, api_url=api.url, mode=mode, secret=HOOK, public_url=url)


@pytest.fixture
async def api() -> AsyncIterator[ZaloBotApi]:
    async with ZaloBotApi() as api:
        yield api


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(params=["polling", "webhook"])
async def channel(request: pytest.FixtureRequest, api: ZaloBotApi, desk: Desk) -> AsyncIterator[ZaloBot]:
    async with listening(api, desk, request.param) as channel:
        yield channel


@asynccontextmanager
async def listening(api: ZaloBotApi, desk: Desk, mode: Mode) -> AsyncIterator[ZaloBot]:
    port = free_port()
    channel = channel_of(api, mode, port)
    async with running(channel, desk.hear, port):
        await until(lambda: api.webhook or api.called("getUpdates"))
        yield channel


async def test_what_is_typed_is_heard(api: ZaloBotApi, desk: Desk, channel: ZaloBot) -> None:
    mai = api.person("Mai")
    await mai.type("Xin chào")
    await until(lambda: desk.heard)
    heard = desk.heard[0]
    assert (heard.text, heard.name, heard.address, heard.channel) == ("Xin chào", "Mai", mai.id, "zalo_bot")
    assert heard.at.year == 2025


@pytest.mark.parametrize("knob", ["as_list", "bare", "in_seconds", "twice"])
@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_an_update_is_read_in_every_way_in_which_it_was_seen(
    knob: str, mode: Mode, api: ZaloBotApi, desk: Desk
) -> None:
    setattr(api, knob, True)
    async with listening(api, desk, mode):
        await api.person("Mai").type("Xin chào")
        await until(lambda: desk.deliveries > int(knob == "twice"))
        assert [(heard.text, heard.at.year) for heard in desk.heard] == [("Xin chào", 2025)]


async def test_updates_that_come_back_on_every_poll_are_asked_for_once_a_second(
    api: ZaloBotApi, desk: Desk
) -> None:
    api.replay = True
    async with listening(api, desk, "polling"):
        await api.person("Mai").type("một")
        await api.person("Lan").type("hai")
        await asyncio.sleep(2.5)
        assert 2 <= len(api.called("getUpdates")) <= 5
        assert sorted(heard.text for heard in desk.heard) == ["hai", "một"]


@pytest.mark.parametrize("status", [408, 200])
async def test_a_poll_that_brings_nothing_is_no_fault(
    status: int, api: ZaloBotApi, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    api.timeout_status, api.most_wait = status, 0.1
    async with listening(api, desk, "polling"):
        await until(lambda: len(api.called("getUpdates")) > 1)
    assert not caplog.records


async def test_each_kind_is_heard_as_what_it_is(api: ZaloBotApi, desk: Desk, channel: ZaloBot) -> None:
    mai = api.person("Mai")
    await mai.photo(b"jpeg", old_name=True)
    await mai.sticker()
    await mai.does("voice", voice_url="https://x.zdn.vn/a.aac")
    await mai.does("unsupported")
    await mai.does("hologram", beam="?")
    await until(lambda: len(desk.heard) == 4)
    photo, *others = desk.heard
    assert photo.photo
    assert await channel.fetch(photo.photo) == b"jpeg"
    assert [heard.other for heard in others] == ["sticker", "voice", "file"]
    assert [heard.file and heard.file.name for heard in others] == [None, "a.aac", None]
    with pytest.raises(OSError, match="404"):
        await channel.fetch(Attachment(api.url + "/files/gone.jpg"))


async def test_other_bots_and_groups_are_not_answered(api: ZaloBotApi, desk: Desk, channel: ZaloBot) -> None:
    mai = api.person("Mai")
    bot, group = (
        mai.message("message.text.received", text="a"),
        mai.message("message.text.received", text="b"),
    )
    bot["message"]["from"]["is_bot"] = True
    group["message"]["chat"] = {"id": "zgr-91ab", "chat_type": "GROUP"}
    shapeless = {"event_name": "message.text.received", "message": {"chat": {}}}
    for update in (bot, group, shapeless):
        await api.happens(update)
    await mai.type("c")
    await until(lambda: desk.heard)
    assert [heard.text for heard in desk.heard] == ["c"]


async def test_what_could_not_be_stored_by_webhook_is_delivered_again(api: ZaloBotApi, desk: Desk) -> None:
    async with listening(api, desk, "webhook"):
        desk.refuse = 2
        await api.person("Mai").type("Xin chào")
        assert api.statuses == [503, 503, 200]
        assert len(desk.heard) == 1
        await api.deliver(api.history[0], secret="a wrong secret")
        assert api.statuses[-1] == 403


async def test_a_webhook_left_behind_is_taken_away_before_polling(api: ZaloBotApi, desk: Desk) -> None:
    api.webhook = {"url": "http://127.0.0.1:9/old", "updated_at": 1}
    async with listening(api, desk, "polling"):
        await until(lambda: api.called("getUpdates"))
        await api.person("Mai").type("Xin chào")
        await until(lambda: desk.heard)


async def test_a_text_is_sent_and_typing_shown_once_in_a_while(
    api: ZaloBotApi, desk: Desk, channel: ZaloBot
) -> None:
    mai = api.person("Mai")
    for text in ("một", "hai"):
        receipt = await channel.send(mai.id, Shown(1, text))
        assert receipt.outcome is Outcome.SENT
        assert receipt.message_id
    await until(lambda: mai.typing)
    assert [message["text"] for message in mai.chat] == ["một", "hai"]
    assert mai.typing == 1


async def test_a_picture_is_fetched_from_us_and_other_files_are_our_fault(
    api: ZaloBotApi, desk: Desk, channel: ZaloBot
) -> None:
    mai = api.person("Mai")
    chart = Shown(1, "Báo cáo tuần", data=b"png", media_type="image/png", file_name="a.png")
    assert (await channel.send(mai.id, chart)).outcome is Outcome.SENT
    assert mai.chat[-1] == {"photo": b"png", "caption": "Báo cáo tuần"}
    sheet = Shown(2, "", data=b"x", media_type="application/vnd.ms-excel", file_name="a.xlsx")
    assert (await channel.send(mai.id, sheet)).outcome is Outcome.BAD


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (DOWN, Outcome.RETRY),
        (Trouble(status=504), Outcome.UNSURE),
        (Trouble(429), Outcome.RETRY),
        (Trouble(401), Outcome.CONFIG),
        (Trouble(400), Outcome.BAD),
        (Trouble(drop="after"), Outcome.UNSURE),
        (Trouble(cut=True), Outcome.UNSURE),
    ],
    ids=["502", "504", "429", "401", "400", "dropped", "truncated"],
)
async def test_each_trouble_ends_a_send_in_its_own_way(
    trouble: Trouble, outcome: Outcome, api: ZaloBotApi, channel: ZaloBot
) -> None:
    mai = api.person("Mai")
    api.trouble("sendMessage", trouble)
    receipt = await channel.send(mai.id, Shown(1, "Chào"))
    assert receipt.outcome is outcome
    assert TOKEN not in receipt.reason
    mai.blocked = True
    assert (await channel.send(mai.id, Shown(1, "Chào"))).outcome is Outcome.GONE


async def test_the_token_is_never_logged(
    api: ZaloBotApi, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    mai = api.person("Mai")
    api.trouble("deleteWebhook", DOWN)
    api.trouble("getUpdates", DOWN, Trouble(drop="before"))
    api.trouble("sendMessage", DOWN, Trouble(drop="before"))
    async with listening(api, desk, "polling") as channel:
        for _ in range(3):
            await channel.send(mai.id, Shown(1, "Chào"))
        await until(lambda: "gave no updates" in caplog.text or "updates wait" in caplog.text)
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    assert any("HTTP status 502" in line for line in ours)
    assert not [line for line in ours if TOKEN in line], "the emulator's own log aside"


async def test_a_check_says_in_words_what_is_wrong(api: ZaloBotApi) -> None:
    polled, pushed = channel_of(api, "polling", 9), channel_of(api, "webhook", 9)
    assert await polled.check() == []
    assert "the webhook is not set to this service" in (await pushed.check())[0]
    api.webhook = {"url": "http://127.0.0.1:9/webhook/zalo-bot", "updated_at": 1}
    assert await pushed.check() == []
    assert "polls stay silent" in (await polled.check())[0]
    api.trouble("getMe", Trouble(401))
    assert "TOCNS_ZALO_BOT_TOKEN" in (await polled.check())[0]
    api.trouble("getMe", DOWN)
    assert "does not answer" in (await polled.check())[0]


# --------------------------------------------------------------------------- the story


@asynccontextmanager
async def serving(api: ZaloBotApi, url: str, mode: Mode) -> AsyncIterator[Service]:
    async with served.serving(served.settings(url, **over_zalo_bot(api, mode))) as service:
        await until(lambda: api.webhook or api.called("getUpdates"))
        yield service


STEPS = (
    ("1", "Nhà mình có mấy người đang ở?"),
    ("2", "Trong 2 người đó, mấy người từ đủ 18 tuổi?"),
    ("2", "mấy người có điện thoại thông minh riêng?"),
    ("1", "đang vào mạng Internet bằng gì?"),
    ("cả cáp quang và 4g/5g", "mở được VNeID mức 2"),
    ("1", "đã nộp hồ sơ dịch vụ công trực tuyến?"),
    ("0", "chủ yếu vì sao?"),
    ("kho qua", "vào được VssID"),
    ("1", "đang dùng những kênh này không?"),
    ("khong dung", "đã thanh toán không dùng tiền mặt?"),
    ("1", "sản xuất hay buôn bán gì không?"),
    ("khong", "muốn Tổ đến giúp việc gì?"),
    ("chua can", "muốn ghi thêm gì không?"),
    ("2, 3", "Ở kênh này chưa gửi được vị trí."),
    ("10.7769, 105.9953", "Ảnh kèm theo?"),
)


async def told(person: Person, text: str) -> str:
    await person.type(text)
    return await person.answer()


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_an_invited_member_surveys_a_household_by_numbers_alone(
    mode: Mode, api: ZaloBotApi, sqlite_url: str
) -> None:
    async with Database(sqlite_url, Vault(KEY)) as database:
        await database.write(lambda conn: prepare(conn, datetime.now(ZONE)))
    mai = api.person("Mai")
    api.twice = True
    async with serving(api, sqlite_url, mode) as service:
        assert "đồng ý" in await told(mai, f"/start {CODE}")
        await told(mai, "1")
        greeting = await told(mai, "Nguyễn Thị Mai")
        assert "Chào anh/chị Nguyễn Thị Mai, tổ viên!" in greeting
        number = next(line for line in greeting.splitlines() if "hảo sát" in line).split(".")[0]
        offered = await told(mai, number)
        assert "xong 0/3 hộ" in offered
        number = next(line for line in offered.splitlines() if "Nguyễn Văn Sáu" in line).split(".")[0]
        assert "Nhà mình có đồng ý trả lời khảo sát không?" in await told(mai, number)
        for given, expected in STEPS:
            assert expected in await told(mai, given)
        await mai.photo(picture())
        review = await mai.answer()
        assert "Xin xem lại trước khi gửi" in review
        assert "• Gửi phiếu" in review, "the answers have the numbers"
        assert "mấy người từ đủ 18 tuổi" in await told(mai, "3")
        assert "• Gửi phiếu" in await told(mai, "2")
        assert "xong 1/3 hộ" in await told(mai, "gui phieu")
        sau = await service.database.read(find_survey)
        assert sau
        assert sau.submitted_at <= datetime.now(UTC)
        values = {path.rpartition("/")[2]: value for path, value in sau.values.items()}
        assert values["vi_tri"].startswith("10.7769 105.9953")
        await kept(service, values["anh"])
