"""A commune official in a real browser, on the demo: thirty people invited by the bot's own form, wrong rows
mended from its message, and one of them joins and finds their households.
"""

from collections.abc import AsyncIterator
from io import BytesIO
from itertools import product

import pytest
import pytest_asyncio
from openpyxl import load_workbook
from playwright.async_api import Browser, expect

from tests.e2e.browser import Chat, chromium, desk, phone
from tests.e2e.test_story import demo  # noqa: F401 - a fixture

pytestmark = pytest.mark.asyncio(loop_scope="module")
SLOW = 60_000
"""Milliseconds: a file is checked, and made, in a process of its own."""
NAMES = [" ".join(pair) for pair in product(("Nguyễn", "Trần", "Lê", "Phạm", "Võ"), ("Thị Hoa", "Văn Minh"))]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def hears(chat: Chat, words: str) -> None:
    """Waits for a message that a worker sends."""
    await expect(chat.newest).to_contain_text(words, timeout=SLOW)


async def download(chat: Chat) -> bytes:
    async with chat.page.expect_download() as coming:
        await chat.newest.locator("a[download]").click()
    path = await (await coming.value).path()
    return path.read_bytes()


async def send(chat: Chat, data: bytes) -> None:
    file = {"name": "to.xlsx", "mimeType": "application/octet-stream", "buffer": data}
    await chat.page.locator("#any-file").set_input_files(file)


def filled(form: bytes, rows: list[list[str]]) -> bytes:
    book = load_workbook(BytesIO(form))
    for number, row in enumerate(rows, 2):
        for column, cell in enumerate(row, 1):
            book.worksheets[0].cell(number, column, cell)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


async def test_thirty_people_by_one_file(browser: Browser, demo: str) -> None:  # noqa: F811
    async with await desk(browser, demo, accept_downloads=True) as context:
        chat = await Chat.open(context, "Cán bộ xã")
        await chat.say("phân công")
        await chat.sees("Phân công ở xã Bình Hòa")
        await chat.answer("Danh sách tổ, lời mời")
        await chat.choose("Lấy tệp mẫu (Excel)")
        await hears(chat, "Tệp mẫu danh sách tổ")
        form = await download(chat)
        listed = load_workbook(BytesIO(form)).worksheets[1].iter_rows(min_row=2, values_only=True)
        hamlets = [str(row[0]) for row in listed if str(row[0]).startswith("ấp")]
        rows = [[name, "tổ viên", hamlet, "", "", "chia đều"] for hamlet, name in product(hamlets[:3], NAMES)]
        assert len(rows) == 30
        wrong = [list(row) for row in rows]
        wrong[3][2], wrong[11][1], wrong[20][4] = "ấp 99", "trưởng ấp", "12345"
        await send(chat, filled(form, wrong))
        await hears(chat, "có 3 lỗi")
        told = await chat.newest.inner_text()
        places = [
            told.index(f"dòng {row}, cột {column}") for row, column in ((5, "Địa"), (13, "Vai"), (22, "Số"))
        ]
        assert places == sorted(places)
        await send(chat, filled(form, rows))
        await hears(chat, "không có lỗi")
        await chat.answer("Nhập")
        await chat.say("đồng ý")
        await hears(chat, "Mã mời cho 30 người")
        codes = load_workbook(BytesIO(await download(chat))).worksheets[0]
        [code] = [row[5] for row in codes.iter_rows(min_row=2, values_only=True) if row[0] == "11"]
        assert chat.faults == []
    async with await phone(browser, demo) as theirs, await desk(browser, demo) as context:
        member = await Chat.open(theirs, "Người dân")
        await member.say(f"/start {code}")
        await member.sees("Lời mời này dành cho")
        await member.answer("Đồng ý")
        await member.sees("Anh/chị được giao")
        await member.answer("khảo sát")
        await member.sees("Hộ giao cho anh/chị: xong 0/")
        chat = await Chat.open(context, "Cán bộ xã")
        await chat.say("phân công")
        await chat.sees("Phân công ở xã Bình Hòa")
        await chat.answer("Danh sách tổ, lời mời")
        await chat.sees("30 người, đã tham gia 1, chưa tham gia 29")
        assert member.faults == chat.faults == []
