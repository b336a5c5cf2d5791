"""Monday morning in the browser, on Telegram and on a Zalo Official Account: the digest of the demo's week
comes by itself, in words, with its picture; the workbook is a tap away."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import uuid4
from zoneinfo import ZoneInfo

from playwright.async_api import expect

from bot import demo
from bot.clock import Clock
from bot.desk import World
from bot.service import Service
from content.people import Grant, Role
from storage import areas, people
from storage.database import Connection, Database
from storage.secrets import Vault
from tests.e2e import served
from tests.e2e.bot_api import BotApi
from tests.e2e.browser import Chat, chromium, phone
from tests.e2e.served import KEY, over_telegram, over_zalo_oa
from tests.e2e.test_telegram_story import text_of, told
from tests.e2e.zalo_oa_api import ZaloOaApi

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = datetime(2026, 11, 30, 7, 29, 30, tzinfo=ZONE)
SUNDAY = MONDAY - timedelta(hours=12)
COMMUNE = "27811"


def furnish(conn: Connection, telegram: str, zalo: str) -> None:
    """The demo's data, as it stood on Sunday evening, and two officials more of one commune."""
    demo.fill(conn, SUNDAY)
    commune = areas.by_code(conn, COMMUNE, SUNDAY.date())
    assert commune
    for name, channel, address in (("Lan", "telegram", telegram), ("Hoa", "zalo_oa", zalo)):
        number = people.create(conn, name, "vi", SUNDAY)
        people.grant(conn, number, Grant(Role.COMMUNE, commune.id), SUNDAY.date() - timedelta(days=30))
        account = people.add_account(conn, number, channel, address, SUNDAY)
        people.heard(conn, account, SUNDAY)


class Time:
    """The service's clock: it runs, and can be set ahead."""

    def __init__(self) -> None:
        self.began, self.ahead = monotonic(), timedelta()

    def now(self) -> datetime:
        return MONDAY + timedelta(seconds=monotonic() - self.began) + self.ahead


@asynccontextmanager
async def serving(api: BotApi, oa: ZaloOaApi, url: str, time: Time) -> AsyncIterator[Service]:
    """All three channels in one service, from half a minute before the hour on."""
    oa.skew = MONDAY - datetime.now(UTC)
    settings = served.settings(url, **over_telegram(api), **over_zalo_oa(oa))
    world = World(time.now, lambda: str(uuid4()))
    async with served.serving(settings, personas=[("commune", "Cán bộ xã", "")], world=world) as service:
        oa.webhooks.url = f"http://127.0.0.1:{service.port}/webhook/zalo-oa"
        yield service


def clock_of(service: Service) -> Clock:
    return next(duty for duty in service.leading.duties if isinstance(duty, Clock))


def figures(words: str) -> list[str]:
    """The lines that tell a number of a number, as every channel should tell them."""
    return [line.lstrip("•- ").strip() for line in words.splitlines() if re.search(r"\d/\d+\b(?!/)", line)]


async def test_the_digest_comes_on_monday_in_the_browser_on_telegram_and_on_zalo(
    sqlite_url: str,
) -> None:
    async with BotApi() as api, ZaloOaApi() as oa, chromium() as browser:
        lan, hoa, time = api.person("Lan"), oa.person("Hoa"), Time()
        lan.known, hoa.interacted = True, SUNDAY.astimezone(UTC)
        async with Database(sqlite_url, Vault(KEY)) as database:
            await database.write(lambda conn: furnish(conn, str(lan.id), hoa.id))
        async with serving(api, oa, sqlite_url, time) as service:
            chat = await Chat.open(
                await phone(browser, f"http://127.0.0.1:{service.port}"), persona="Cán bộ xã"
            )
            await chat.sees("Chào anh/chị")  # a greeting that comes late would hide the digest's choices
            clock = clock_of(service)
            await clock.digests()
            assert lan.messages == hoa.chat == []
            time.ahead = timedelta(minutes=1)
            await clock.digests()
            await clock.digests()

            words = text_of(await lan.answer())
            assert words.startswith("BẢN TIN tuần 48 (23/11/2026 – 29/11/2026)")
            picture = await lan.answer(timeout=20)
            assert "photo" in picture
            assert "Em đang lập bảng tính" in await told(lan, "tap", "📊 Bảng tính Excel")
            assert (await lan.answer(timeout=20))["document"]["file_name"].endswith(".xlsx")

            on_zalo = [await hoa.answer()]
            while not on_zalo[-1].image:
                on_zalo.append(await hoa.answer(within=20))
            said = "\n".join(message.text for message in on_zalo)
            assert figures(words)
            assert set(figures(words)) <= set(figures(said))
            assert (await hoa.answer()).text.startswith("Biểu đồ tuần 48")
            await hoa.type("Bảng tính Excel")  # the picture that came since does not close what was offered
            assert "Em đang lập bảng tính" in (await hoa.answer()).text
            assert (await hoa.answer(within=20)).file
            assert (await hoa.answer()).text.startswith("Bảng tính tuần 48")
            await hoa.type("Bảng tính Excel")
            assert "Em đang lập bảng tính" in (await hoa.answer()).text
            await hoa.type("ấp Bình Hòa Đông 1 (mẫu)")  # nor does the word that it is being made
            assert (await hoa.answer()).text.startswith("BẢN TIN tuần 48")
            await expect(chat.log).to_contain_text("BẢN TIN tuần 48")
            await expect(chat.log.locator("img").last).to_be_visible()
            shown = await chat.log.locator(".bot", has_text="BẢN TIN tuần 48").first.inner_text()
            assert set(figures(words)) <= set(figures(shown))
            await chat.answer("📊 Bảng tính Excel")
            await expect(chat.log.get_by_role("link", name=".xlsx")).to_be_visible(timeout=20_000)
            assert len(await chat.log.locator(".bot", has_text="BẢN TIN tuần 48").all()) == 1
            assert chat.faults == []
