"""A file is sent from the page in a real browser, by whoever may have use for it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.e2e.browser import Chat, chromium, desk
from tests.e2e.scripted import Bot

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_a_file_arrives_with_its_name_and_stands_in_the_talk(browser: Browser) -> None:
    bot = Bot()
    address = await bot.start()
    async with await desk(browser, address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await chat.page.get_by_role("button", name="Đính kèm").click()
        async with chat.page.expect_file_chooser() as chooser:
            await chat.page.get_by_role("button", name="Gửi tệp").click()
        file = {"name": "nước sạch.xlsx", "mimeType": "application/zip", "buffer": b"PK\x03\x04"}
        await (await chooser.value).set_files(file)
        await expect(chat.log.locator(".mine").last).to_contain_text("📎 nước sạch.xlsx")
        await expect(chat.log.locator(".mine").last).to_contain_text("Đã nhận")
        sent = bot.heard[-1].file
        assert sent is not None
        assert (sent.name, sent.data) == ("nước sạch.xlsx", b"PK\x03\x04")

        large = {"name": "a.xlsx", "mimeType": "", "buffer": b"0" * (5 * 1024 * 1024 + 1)}
        await chat.page.locator("#any-file").set_input_files(large)
        await expect(chat.log.locator(".mine").last).to_contain_text("Tệp lớn hơn 5 MB")
        assert chat.faults == []
    await bot.stop()


async def test_a_citizen_is_not_offered_what_is_of_no_use_to_them(browser: Browser) -> None:
    bot = Bot("citizen")
    address = await bot.start()
    async with await desk(browser, address) as context:
        chat = await Chat.open(context)
        await chat.sees("Chào")
        await chat.page.get_by_role("button", name="Đính kèm").click()
        await expect(chat.page.get_by_role("button", name="Gửi ảnh")).to_be_visible()
        await expect(chat.page.get_by_role("button", name="Gửi tệp")).to_be_hidden()
    await bot.stop()
