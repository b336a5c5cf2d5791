"""The main job as people do it: `tocns demo` in a browser, three households surveyed, the week's digest."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, expect

from tests.e2e.browser import Chat, chromium, desk, phone, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = 60
"""Seconds until the demo must be up, sample data and all, on a busy machine."""

Answers = dict[str, list[str]]
"""A piece of each question -> what is tapped or typed, in order."""

COMMON: Answers = {
    "đồng ý trả lời khảo sát": ["Đồng ý trả lời"],
    "kênh này không": ["Zalo OA của xã", "Xong"],
    "đồng ý cho Tổ liên hệ lại": ["Không đồng ý"],
}
FARM: Answers = COMMON | {
    "mấy người đang ở": ["5"],
    "từ đủ 18 tuổi?": ["4"],
    "Mấy người từ đủ 15 tuổi, tính cả": ["5"],
    "điện thoại thông minh riêng": ["3"],
    "mạng Internet bằng gì": ["Cáp quang (wifi nhà)"],
    "VNeID mức 2 trên máy": ["2"],
    "đã nộp hồ sơ dịch vụ công": ["1"],
    "tự nộp hay có người giúp": ["Có người giúp"],
    "vào được VssID": ["2"],
    "không dùng tiền mặt": ["2"],
    "sản xuất hay buôn bán": ["Sản xuất nông sản để bán"],
    "hóa đơn điện tử khi bán": ["Không"],
    "eTax Mobile không": ["Không"],
    "sàn thương mại điện tử": ["Có, đã bán được trong 12 tháng qua"],
    "Tổ đến giúp việc gì": ["Thuế, hóa đơn điện tử", "Phòng lừa đảo qua mạng", "Xong"],
}
ALONE: Answers = COMMON | {
    "mấy người đang ở": ["một"],
    "từ đủ 18 tuổi?": ["1"],
    "điện thoại thông minh riêng": ["0"],
    "điện thoại thông minh nào dùng chung": ["Không"],
    "chưa có điện thoại thông minh, chủ yếu vì sao": ["khong biet dung"],
    "cục gạch": ["Có"],
    "mạng Internet bằng gì": ["Không có"],
    "đã nộp hồ sơ dịch vụ công": ["0"],
    "chưa nộp qua mạng, chủ yếu vì sao": ["Không có máy hoặc không có mạng"],
    "kênh này không": ["Không dùng", "Xong"],
    "không dùng tiền mặt": ["0"],
    "sản xuất hay buôn bán": ["Không"],
    "Tổ đến giúp việc gì": ["Cần giúp tận nhà", "Xong"],
}
SHOP: Answers = COMMON | {
    "mấy người đang ở": ["2"],
    "từ đủ 18 tuổi?": ["2"],
    "điện thoại thông minh riêng": ["2"],
    "mạng Internet bằng gì": ["Cả cáp quang và 4G/5G"],
    "VNeID mức 2 trên máy": ["2"],
    "đã nộp hồ sơ dịch vụ công": ["2"],
    "tự nộp hay có người giúp": ["Tự làm"],
    "vào được VssID": ["2"],
    "không dùng tiền mặt": ["2"],
    "sản xuất hay buôn bán": ["Buôn bán, kinh doanh"],
    "hóa đơn điện tử khi bán": ["Có"],
    "eTax Mobile không": ["Có"],
    "sàn thương mại điện tử": ["Không"],
    "Tổ đến giúp việc gì": ["Chưa cần", "Xong"],
    "muốn ghi thêm gì": ["Bỏ qua"],
}
PLACE = {"latitude": 10.7739, "longitude": 106.0123}

ADDED = {
    "Đã khảo sát": (3, 0),
    "Hộ có điện thoại thông minh": (2, 3),
    "Hộ chỉ có máy 2G": (1, 3),
    "Hộ đang dùng cáp quang": (2, 3),
    "Người lớn có điện thoại thông minh": (5, 7),
    "Người lớn dùng VNeID mức 2": (4, 7),
    "Người thanh toán không tiền mặt": (4, 8),
    "Hộ dùng hóa đơn điện tử": (1, 2),
    "Hộ nông sản có bán trên mạng": (1, 1),
}
"""What the three households add to the digest's figures: to the numerator, and to the denominator."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """`tocns demo` on a free port, with sample data of its own; its address."""
    data = tmp_path_factory.mktemp("demo")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--port", "0", "--data", str(data), stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(START):
            found = await address(process)
        yield found
    finally:
        if process.returncode is None:
            process.terminate()
        _, complaints = await process.communicate()
    assert process.returncode == 0
    assert complaints.decode() == ""


async def address(process: Process) -> str:
    while line := await process.stdout.readline():
        if found := re.search(rb"http://[\d.]+:\d+", line):
            return found[0].decode()
    pytest.fail((await process.stderr.read()).decode())


async def survey(chat: Chat, answers: Answers, until: str = "Xin xem lại trước khi gửi") -> None:
    """Answers what is asked until this is. A question not expected, or asked twice, fails the test."""
    asked: list[str] = []
    while until not in (text := await chat.newest.inner_text()):
        question = next((piece for piece in answers if piece in text), None)
        assert question is not None, f"the story has no answer to: {text}"
        assert question not in asked, f"asked again: {text}"
        asked.append(question)
        for given in answers[question]:
            await chat.answer(given)


async def figures(chat: Chat) -> dict[str, tuple[int, int]]:
    """The digest that is shown, as a reader takes it: what -> numerator and denominator."""
    await chat.answer("/baocao")
    await chat.sees("BẢN TIN")
    lines = (await chat.newest.inner_text()).splitlines()
    await chat.answer("Đủ 16 chỉ tiêu")
    await chat.sees("Tính theo hộ")
    lines += (await chat.newest.inner_text()).splitlines()
    await chat.answer("◀ Về bản tin")
    await chat.sees("Việc nên làm trước")
    read = (re.match(r"(.+?):? (\d+)/(\d+)\b", line) for line in lines)
    return {line[1]: (int(line[2]), int(line[3])) for line in read if line}


async def test_three_households_are_surveyed_and_the_digest_shows_exactly_them(
    browser: Browser, demo: str, request: pytest.FixtureRequest
) -> None:
    staff = await Chat.open(await phone(browser, demo), "Cán bộ xã")
    await staff.sees("Chào anh/chị")
    before = await figures(staff)

    pocket = await phone(browser, demo, geolocation=PLACE, permissions=["geolocation"])
    member = await Chat.open(pocket, "Tổ viên")
    await member.sees("Chào anh/chị")
    await member.answer("Khảo sát hộ")
    hamlet, done, planned = await standing(member)
    farm = await member.choices.first.inner_text()
    await member.answer(farm)
    await survey(member, FARM, until="mạng Internet bằng gì")
    before_reload = await member.talk()
    await member.page.reload()
    await expect(member.log.locator(".message")).to_have_count(len(before_reload))
    assert await member.talk() == before_reload
    await survey(member, FARM, until="sản xuất hay buôn bán")
    await picture(member, "survey.png", request)
    await survey(member, FARM, until="muốn ghi thêm gì")
    for given in ("Vị trí", "Ảnh", "Xong", "📍 Gửi vị trí"):
        await member.answer(given)
    await send_photo(member)
    await member.sees("Xin xem lại trước khi gửi")
    await member.sees(farm)
    await picture(member, "review.png", request)
    await member.answer("Gửi phiếu")
    await member.sees(f"Đã gửi phiếu hộ {farm}")

    await member.answer("Hộ tiếp theo")
    assert await standing(member) == (hamlet, done + 1, planned)
    assert farm not in await member.choices.all_inner_texts()
    await member.answer(await member.choices.first.inner_text())
    await survey(member, ALONE | {"muốn ghi thêm gì": ["Bỏ qua"]})
    await member.answer("Gửi phiếu")
    await member.sees("Đã gửi phiếu")

    # The third one on a computer, without ever touching the mouse: the talk is the same.
    typist = await Chat.open(await desk(browser, demo), "Tổ viên")
    await typist.sees("Đã gửi phiếu")
    await type_all(typist, SHOP)
    await typist.sees("Đã gửi phiếu")
    await member.sees(f"xong {done + 3}/{planned} hộ")

    after = await figures(staff)
    await picture(staff, "digest.png", request)
    added = {what: (after[what][0] - before[what][0], after[what][1] - before[what][1]) for what in ADDED}
    assert added == ADDED
    assert (before[hamlet], after[hamlet]) == ((done, planned), (done + 3, planned))
    for chat in (staff, member, typist):
        assert chat.faults == []


async def standing(chat: Chat) -> tuple[str, int, int]:
    """The list to pick a household from: which hamlet, done, planned."""
    await chat.sees("Bấm chọn, hoặc gõ tên chủ hộ")
    found = re.search(r"(ấp .+?), .* · xong (\d+)/(\d+) hộ", await chat.newest.inner_text(), re.IGNORECASE)
    assert found is not None
    return found[1].replace("Ấp", "ấp"), int(found[2]), int(found[3])


async def send_photo(chat: Chat) -> None:
    async with chat.page.expect_file_chooser() as chooser:
        await chat.choose("📷 Gửi ảnh")
    out = BytesIO()
    Image.new("RGB", (1200, 900), "seagreen").save(out, "JPEG")
    await (await chooser.value).set_files(
        {"name": "nha.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
    )


async def type_all(chat: Chat, answers: Answers) -> None:
    """A whole survey by keyboard: everything typed, but the last button reached with Tab."""
    keyboard = chat.page.keyboard
    await expect(chat.box).to_be_focused()

    async def enter(text: str) -> None:
        said = await chat.log.locator(".bot").count()
        await keyboard.type(text)
        await keyboard.press("Enter")
        await expect(chat.log.locator(".bot").nth(said)).to_be_visible()

    await enter("khao sat")
    await enter(await chat.choices.first.inner_text())
    while "Xin xem lại trước khi gửi" not in (text := await chat.newest.inner_text()):
        question = next((piece for piece in answers if piece in text), None)
        assert question is not None, f"the story has no answer to: {text}"
        for given in answers[question]:
            await enter(given)
    said = await chat.log.locator(".bot").count()
    for _ in range(9):
        await keyboard.press("Shift+Tab")
        if await chat.page.evaluate("document.activeElement.textContent") == "Gửi phiếu":
            break
    await keyboard.press("Enter")
    await expect(chat.log.locator(".bot").nth(said)).to_be_visible()


@pytest.mark.parametrize(
    ("persona", "may", "may_not"),
    [
        ("Người dân", "Hỏi đáp", "Khảo sát hộ"),
        ("Tổ viên", "Khảo sát hộ", "Báo cáo tuần"),
        ("Tổ trưởng", "Tiến độ", "Báo cáo tuần"),
        ("Cán bộ xã", "Báo cáo tuần", "Khảo sát hộ"),
        ("Cán bộ tỉnh", "Báo cáo tuần", "Khảo sát hộ"),
        ("Quản trị", "Báo cáo tuần", "Khảo sát hộ"),
    ],
)
async def test_each_of_the_six_is_offered_what_is_theirs(
    browser: Browser, demo: str, persona: str, may: str, may_not: str
) -> None:
    async with await phone(browser, demo) as context:
        chat = await Chat.open(context, persona)
        greeting = chat.log.locator(".bot").first
        await expect(greeting.get_by_role("button", name=may)).to_be_visible()
        await expect(greeting.get_by_role("button", name=may_not)).to_have_count(0)
