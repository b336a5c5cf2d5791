"""An administrator's afternoon in a real browser, on the demo: a list of households sent as a workbook with a
wrong row, mended, taken in; two communes merged from a day ahead, and back.
"""

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
import pytest_asyncio
from openpyxl import Workbook
from playwright.async_api import Browser

from tests.e2e.browser import Chat, chromium, phone, picture
from tests.e2e.test_story import demo  # noqa: F401 - a fixture

pytestmark = pytest.mark.asyncio(loop_scope="module")
HAMLET = "mau-27802-1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


def households(*rows: tuple[str, str, str]) -> bytes:
    book = Workbook()
    for row in (("Ấp", "Chủ hộ", "Địa chỉ"), *rows):
        book.worksheets[0].append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


async def send(chat: Chat, name: str, data: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    await chat.page.locator("#any-file").set_input_files(file)


async def test_a_list_with_a_wrong_row_is_mended_from_the_message_and_taken_in(
    browser: Browser,
    demo: str,  # noqa: F811
) -> None:
    async with await phone(browser, demo) as context:
        chat = await Chat.open(context, "Quản trị")
        right = [(HAMLET, "Bùi Văn Lân", "tổ 1"), (HAMLET, "Bùi Thị Sen", "tổ 1")]
        await send(chat, "ho.xlsx", households(*right, ("ấp không có", "Lý Thông", "")))
        await chat.sees("có 1 lỗi (em chưa nhập dòng nào)")
        await chat.sees("dòng 4, cột Ấp: Không rõ ấp nào (“ấp không có”)")
        await send(chat, "ho.xlsx", households(*right))
        await chat.sees("tệp có 2 hộ, 2 hộ mới")
        await chat.choose("Nhập")
        await chat.answer("đồng ý")
        await chat.sees("Đã nhập tệp ho.xlsx")
        await send(chat, "ho.xlsx", households(*right))
        await chat.sees("không có gì để nhập")
        assert chat.faults == []
    async with await phone(browser, demo) as context:
        member = await Chat.open(context, "Tổ viên")
        await member.say("khảo sát")
        await member.say("bùi văn lân")
        await member.sees("Bùi Văn Lân")


async def test_two_communes_are_merged_from_a_day_ahead_and_it_is_undone(
    browser: Browser,
    demo: str,  # noqa: F811
    request: pytest.FixtureRequest,
) -> None:
    async with await phone(browser, demo) as context:
        chat = await Chat.open(context, "Quản trị")
        await chat.say("quản trị")
        await chat.sees("Anh/chị muốn làm gì?")
        for said in ("Địa bàn", "Sáp nhập, tách, đổi tên", "Sáp nhập"):
            await chat.answer(said)
        await chat.answer("binh hoa, moc hoa")
        await chat.sees("Nhập vào đơn vị nào?")
        for said in ("27811", "xã Bình Mộc", "Bỏ qua", "1/1/2030"):
            await chat.answer(said)
        await chat.sees("Không hộ nào mất hay đếm hai lần")
        await chat.sees("Bỏ lại được đến hết ngày trước 01/01/2030")
        await picture(chat, "merger.png", request, top=chat.newest)
        await chat.answer("đồng ý")
        await chat.sees("Đã ghi: Từ 01/01/2030")
        await chat.answer("Địa bàn")
        await chat.sees("ĐANG CHỜ TỚI NGÀY")
        await chat.answer("Bỏ thay đổi 1")
        await chat.answer("Bỏ thay đổi này")
        await chat.sees("Đã bỏ")
        await chat.answer("Địa bàn")
        assert "ĐANG CHỜ" not in (await chat.newest.text_content() or "")
        assert chat.faults == []


async def test_an_official_reads_the_digest_by_the_communes_of_2025(
    browser: Browser,
    demo: str,  # noqa: F811
) -> None:
    async with await phone(browser, demo) as context:
        chat = await Chat.open(context, "Cán bộ xã")
        await chat.say("/tiendo")
        await chat.sees("Cộng:")
        await chat.choose("Theo địa bàn đến 30/06/2025")
        await chat.sees("theo địa bàn ngày 30/06/2025")
        await chat.sees("Xã Bình Thạnh")
        await chat.answer("Xã Bình Thạnh")
        await chat.sees("Ấp Bình Thạnh 1 (mẫu)")
