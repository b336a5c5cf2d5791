"""A person behind the bot, over the wire: citizens in the web chat and on Telegram, a member on Telegram."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.async_api import expect

from bot.service import Service
from storage.database import Database
from storage.secrets import Vault
from tests.e2e import served
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_people import Person
from tests.e2e.browser import Chat, chromium, phone
from tests.e2e.served import KEY, over_telegram
from tests.e2e.test_telegram_story import joins, prepare, text_of, told


@asynccontextmanager
async def serving(api: BotApi, url: str) -> AsyncIterator[Service]:
    """Telegram and the public web chat in one service."""
    async with served.serving(served.settings(url, webchat="citizen", **over_telegram(api))) as service:
        yield service


async def joined(api: BotApi) -> Person:
    """A member of the hamlet's team."""
    mai = api.person("Mai")
    await joins(mai)
    return mai


async def prepared(url: str) -> None:
    async with Database(url, Vault(KEY)) as database:
        await database.write(lambda conn: prepare(conn, datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))))


async def test_a_citizen_in_the_web_chat_and_a_member_on_telegram(api: BotApi, sqlite_url: str) -> None:
    await prepared(sqlite_url)
    async with serving(api, sqlite_url) as service, chromium() as browser:
        mai = await joined(api)
        chat = await Chat.open(await phone(browser, f"http://127.0.0.1:{service.settings.http_port}"))
        for given, asked in (
            ("gap nguoi that", "đồng ý không"),
            ("Đồng ý", "cần người giúp việc gì"),
            ("con toi di xa, khong ai chi toi cai VNeID", "ở ấp nào, xã nào"),
            ("ấp Bình Thạnh 1, xã Bình Hòa", "bằng cách nào"),
            ("Nhắn tin ngay tại đây", "Em đã gửi tới Tổ công nghệ số ấp Bình Thạnh 1"),
        ):
            await chat.answer(given)
            await chat.sees(asked)
        assert "con toi di xa" in text_of(await mai.answer())
        assert "Anh/chị đã nhận" in await told(mai, "tap", "Tôi nhận")
        await chat.sees("Có tổ viên nhận giúp")
        assert "Đã chuyển" in await told(mai, "type", "Chiều nay cô có nhà không?")
        await chat.sees("Tổ viên nhắn cô/chú:")
        await expect(chat.newest).not_to_contain_text("Mai")
        await chat.answer("co nha con")
        await chat.sees("Em đã chuyển cho tổ viên")
        assert "Bà con ở ấp Bình Thạnh 1" in text_of(await mai.answer())
        await told(mai, "tap", "Xong việc")
        await told(mai, "type", "Đã cài VNeID")
        assert "Đã khép lại" in await told(mai, "type", "1")
        await chat.sees("Tổ viên báo đã xong: Đã cài VNeID")
        await chat.answer("Chưa xong, hỏi lại")
        await chat.sees("Em đã mở lại")
        assert "đang chờ người giúp" in text_of(await mai.answer())
        assert chat.faults == []


async def test_both_on_telegram(api: BotApi, sqlite_url: str) -> None:
    await prepared(sqlite_url)
    async with serving(api, sqlite_url):
        mai, tu = await joined(api), api.person("Tư")
        assert "đồng ý không" in await told(tu, "type", "/hotro")
        assert "cần người giúp việc gì" in await told(tu, "tap", "Đồng ý")
        await told(tu, "type", "VNeID đòi quét thẻ mà máy cũ không quét được")
        await told(tu, "type", "ấp Bình Thạnh 1, xã Bình Hòa")
        await told(tu, "tap", "Gọi điện thoại")
        assert "Em đã gửi" in await told(tu, "type", "0900 000 123")
        shown = text_of(await mai.answer())
        assert "0900" not in shown  # the number is for whoever takes it
        assert "Muốn được gọi điện: 0900 000 123" in await told(mai, "tap", "Tôi nhận")
        assert "sẽ gọi vào số" in text_of(await tu.answer())
        await told(mai, "tap", "Hẹn gặp")
        await told(mai, "type", "mai")
        assert "Đã báo bà con" in await told(mai, "type", "8 giờ, tại nhà văn hóa ấp")
        assert "8 giờ, tại nhà văn hóa ấp" in text_of(await tu.answer())
        assert "Đã hẹn" in await told(tu, "type", "/hotro")
