"""A message to many: sent by an administrator on Telegram to its end, stopped in the middle in a browser."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from time import monotonic
from zoneinfo import ZoneInfo

from bot.desk import World
from bot.service import Service
from content.people import Grant, Role
from storage import areas, people
from storage.database import Connection, Database
from storage.secrets import Vault
from tests.e2e import served
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_people import Person
from tests.e2e.browser import Chat, chromium, phone
from tests.e2e.served import KEY, over_telegram
from tests.e2e.test_people_telegram import button
from tests.e2e.test_telegram_story import HAMLET, prepare, text_of, told

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=ZONE)
TEXT = "Chiều nay 14 giờ họp tổ tại nhà văn hóa ấp."


@asynccontextmanager
async def serving(api: BotApi, url: str) -> AsyncIterator[Service]:
    """Telegram, and the web chat in which one may be the administrator: on a Wednesday morning."""
    began, numbers = monotonic(), count(1)
    world = World(
        lambda: WEDNESDAY + timedelta(seconds=monotonic() - began),
        lambda: f"00000000-0000-4000-9000-{next(numbers):012}",
    )
    settings = served.settings(url, **over_telegram(api))
    async with served.serving(settings, personas=[("admin", "Quản trị", "")], world=world) as service:
        yield service


async def furnish(url: str, api: BotApi, members: int, without: int = 0) -> tuple[Person, list[Person]]:
    """An administrator on Telegram and in the web chat, so many members on Telegram, some on nothing."""
    quan = api.person("Quân")
    team = [api.person(f"Tổ viên {n}") for n in range(members)]
    for one in team:
        one.known = True  # they wrote to the bot once

    def work(conn: Connection) -> None:
        now = WEDNESDAY - timedelta(days=1)
        prepare(conn, now)
        hamlet, country = (areas.by_code(conn, code, now.date()) for code in (HAMLET, "VN"))
        assert hamlet
        assert country
        for who, role, area in (
            (quan, Role.ADMIN, country.id),
            *((one, Role.MEMBER, hamlet.id) for one in team),
        ):
            number = people.create(conn, who.name, "vi", now)
            people.grant(conn, number, Grant(role, area), now.date())
            people.add_account(conn, number, "telegram", str(who.id), now)
        also = people.create(conn, "Quân (web)", "vi", now)
        people.grant(conn, also, Grant(Role.ADMIN, country.id), now.date())
        people.add_account(conn, also, "webchat", "demo:admin", now)
        for n in range(without):
            number = people.create(conn, f"Chưa có kênh {n}", "vi", now)
            people.grant(conn, number, Grant(Role.MEMBER, hamlet.id), now.date())

    async with Database(url, Vault(KEY)) as database:
        await database.write(work)
    return quan, team


def got(team: list[Person]) -> list[int]:
    """How often each of them was told."""
    return [sum(text_of(message) == TEXT for message in one.messages) for one in team]


async def test_an_administrator_writes_to_the_members_of_a_commune_on_telegram(
    api: BotApi, sqlite_url: str
) -> None:
    quan, team = await furnish(sqlite_url, api, members=30, without=40)
    await team[3].block()
    async with serving(api, sqlite_url):
        assert "Thông báo" in await told(quan, "type", "/thongbao")
        assert "Nội dung thông báo?" in await told(quan, "tap", "Thông báo mới")
        assert "Gửi cho ai?" in await told(quan, "type", TEXT)
        await told(quan, "tap", button(quan, "Tổ viên"))
        assert "Ở địa bàn nào?" in await told(quan, "tap", button(quan, "Xong"))
        assert "dùng tiếng nào?" in await told(quan, "type", "xã Bình Hòa")
        assert "Gửi qua kênh nào?" in await told(quan, "tap", button(quan, "Mọi người"))
        preview = await told(quan, "tap", button(quan, "Kênh nào cũng được"))
        for piece in (
            TEXT,
            "Gửi cho 30 người (Telegram 30).",
            "Gửi hết trong khoảng 1 phút",
            "Không tốn tiền.",
            "Không gửi được cho 40 người: Chưa có kênh 0,",
            "Chưa có kênh 19 và 20 người nữa.",
        ):
            assert piece in preview
        assert "Em chưa gửi" in await told(quan, "type", "ok")
        assert got(team) == [0] * 30
        assert "Em bắt đầu gửi" in await told(quan, "type", "gui")
        result = text_of(await quan.answer(timeout=20))
        for piece in (
            "Đã gửi xong thông báo",
            "▓▓▓▓▓▓▓▓▓▓ 100,0%",
            "Đã gửi 29/30 người; không đến được: 1.",
            "Không có kênh nào để gửi: 40 người.",
            "Chưa đến: Tổ viên 3, Chưa có kênh 0,",
            "Chưa có kênh 18 và 21 người nữa.",
        ):
            assert piece in result
        assert got(team) == [1] * 3 + [0] + [1] * 26

        await told(quan, "type", "/thongbao")
        await told(quan, "tap", "Thông báo mới")
        await told(quan, "type", f"  {TEXT} ")
        await told(quan, "tap", button(quan, "Tổ viên"))
        await told(quan, "tap", button(quan, "Xong"))
        await told(quan, "type", "xã Bình Hòa")
        await told(quan, "tap", button(quan, "Mọi người"))
        again = await told(quan, "tap", button(quan, "Kênh nào cũng được"))
        assert "Tin này đã gửi cho đúng những người này lúc" in again
        await asyncio.sleep(3)
        assert sum(got(team)) == 29


async def test_an_administrator_stops_a_message_to_many_in_the_middle_in_a_browser(
    api: BotApi, sqlite_url: str
) -> None:
    _, team = await furnish(sqlite_url, api, members=250)
    async with serving(api, sqlite_url) as service, chromium() as browser:
        chat = await Chat.open(await phone(browser, f"http://127.0.0.1:{service.port}"), "Quản trị")
        for given, seen in (
            ("/thongbao", "gửi một tin cho nhiều người"),
            ("Thông báo mới", "Nội dung thông báo?"),
            (TEXT, "Gửi cho ai?"),
            ("Tổ viên", "Gửi cho ai?"),
            ("Xong", "Ở địa bàn nào?"),
            ("Bỏ qua", "dùng tiếng nào?"),
            ("Mọi người", "Gửi qua kênh nào?"),
            ("Kênh nào cũng được", "Gửi cho 250 người (Telegram 250)."),
            ("GỬI", "Em bắt đầu gửi"),
        ):
            await chat.answer(given)
            await chat.sees(seen)
        async with asyncio.timeout(20):
            while sum(got(team)) < 30:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await chat.answer("Xem tiến độ")
        await chat.sees("Đang gửi thông báo")
        await chat.sees("/250 người")
        await chat.answer("Dừng")
        await chat.sees("Dừng phần còn lại?")
        await chat.answer("Dừng ngay")
        await chat.sees("Em đã dừng")
        await asyncio.sleep(1)  # what was on the wire arrives
        arrived = sum(got(team))
        assert 30 <= arrived < 250
        await asyncio.sleep(2)
        assert sum(got(team)) == arrived
        assert max(got(team)) == 1
        await chat.answer("Xem tiến độ")
        await chat.sees("Thông báo đã dừng")
        await chat.sees(f"Đã gửi {arrived}/250 người; không đến được: 0.")
        await chat.sees(f"Không gửi nữa cho {250 - arrived} người còn lại.")
        await expect_no_more(chat)
        assert chat.faults == []


async def expect_no_more(chat: Chat) -> None:
    """What has ended can't be stopped again."""
    assert "Dừng" not in await chat.newest.inner_text()
