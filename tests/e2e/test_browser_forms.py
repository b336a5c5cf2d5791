"""A questionnaire that two administrators edit at once, in a real browser: who comes second is asked; drafts
under way are told; the spreadsheet comes back byte for byte; a version is withdrawn.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from storage import people
from storage.database import Connection, Database
from storage.secrets import Vault
from tests.e2e.browser import Chat, chromium, phone
from tests.e2e.served import KEY, serving, settings
from tests.transcripts.stage import FILES, MORNING, furnish

PERSONAS = [("quan", "Quân", ""), ("thao", "Thảo", ""), ("tam", "Tâm", "")]


def prepare(conn: Connection) -> None:
    """The stories' hamlets; two administrators and a member on the web chat."""
    furnish(conn)
    for who, _, _ in PERSONAS:
        known = people.account(conn, "text", who)
        assert known
        people.add_account(conn, known.person_id, "webchat", f"demo:{who}", MORNING)


@pytest.fixture
async def address(sqlite_url: str) -> AsyncIterator[str]:
    async with Database(sqlite_url, Vault(KEY)) as database:
        await database.write(prepare)
    async with serving(settings(sqlite_url), personas=PERSONAS) as service:
        yield f"http://127.0.0.1:{service.port}"


async def sends(chat: Chat, name: str) -> None:
    """The file, found right."""
    await chat.page.locator("#any-file").set_input_files(FILES / name)
    await expect(chat.newest).to_contain_text("Phiếu chạy được", timeout=60_000)


async def publishes(chat: Chat) -> None:
    """The file that was checked last, for the commune, from today on."""
    await chat.answer("Phát hành")
    await chat.sees("cho địa bàn nào?")
    await chat.answer("Xã Bình Hòa")
    await chat.sees("từ ngày nào?")
    await chat.answer("hôm nay")


async def downloaded(chat: Chat) -> bytes:
    """The newest spreadsheet that was had back, as the browser saves it."""
    message = chat.log.locator(".bot").filter(has_text="Tệp gốc").last
    async with chat.page.expect_download() as download:
        await message.get_by_role("link").click()
    return Path(await (await download.value).path()).read_bytes()


async def test_an_edit_by_two_at_once_is_a_choice_and_nobody_is_overwritten(address: str) -> None:
    async with (
        chromium() as browser,
        await phone(browser, address) as first,
        await phone(browser, address) as second,
        await phone(browser, address) as third,
    ):
        quan = await Chat.open(first, "Quân")
        thao = await Chat.open(second, "Thảo")
        tam = await Chat.open(third, "Tâm")
        await sends(quan, "nuoc-sach.xlsx")
        await publishes(quan)
        await quan.sees("Đã phát hành Nước sạch, phiên bản 1, cho xã Bình Hòa")
        assert "Hiện có" not in (await quan.newest.text_content() or "")

        await tam.answer("khảo sát")
        await tam.answer("Nước sạch")
        await tam.answer("Trần Thị Bảy · tổ 1")
        await tam.answer("Có")
        await tam.sees("Nhà mình ở cụm nào?")

        await sends(quan, "nuoc-sach-2.xlsx")
        await sends(thao, "nuoc-sach-3.xlsx")
        await publishes(quan)
        await quan.sees("Đã phát hành Nước sạch, phiên bản 2, cho xã Bình Hòa")
        await quan.sees("Hiện có 1 phiếu đang làm dở theo bản cũ")

        await publishes(thao)
        await thao.sees("Quân đã phát hành Nước sạch phiên bản 2 cho xã Bình Hòa")
        await thao.sees("em không tự ghi đè")
        await thao.answer("Tải bản kia về xem")
        assert await downloaded(thao) == (FILES / "nuoc-sach-2.xlsx").read_bytes()
        await thao.sees("em không tự ghi đè")  # asked again below the file
        await thao.say("Vẫn phát hành bản của tôi")
        await thao.sees("Đã phát hành Nước sạch, phiên bản 3, cho xã Bình Hòa")

        await thao.answer("Phiếu khảo sát")
        await thao.sees("1 · xã Bình Hòa · bản cũ · 1 phiếu đang làm dở")
        await thao.answer("Nước sạch 1")
        await thao.answer("Tải tệp gốc")
        assert await downloaded(thao) == (FILES / "nuoc-sach.xlsx").read_bytes()
        await thao.answer("Thu hồi")
        await thao.sees("1 phiếu đang làm dở vẫn làm tiếp được")
        await thao.answer("Thu hồi bản này")
        await thao.sees("Đã thu hồi")

        await tam.answer("Cụm dưới")
        await tam.sees("Tổ dân cư nào?")
        assert quan.faults == thao.faults == tam.faults == []
