"""What the documentation shows, as whoever tries the demo sees it; with `--update` its pictures are taken."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.browser import Chat, chromium, phone, picture
from tests.e2e.test_story import demo, standing  # noqa: F401 - demo is a fixture

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORM = Path(__file__).parents[1] / "transcripts" / "files" / "nuoc-sach.xlsx"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_a_question_without_marks_is_answered(
    browser: Browser,
    demo: str,  # noqa: F811
    request: pytest.FixtureRequest,
) -> None:
    async with await phone(browser, demo) as context:
        chat = await Chat.open(context, "Người dân")
        await chat.answer("quen mat khau vneid thi lam sao")
        await chat.sees("Quên mật khẩu")
        await picture(chat, "answer.png", request, top=chat.log.locator(".mine").last)


async def test_a_member_takes_what_somebody_needs_a_person_for(
    browser: Browser,
    demo: str,  # noqa: F811
    request: pytest.FixtureRequest,
) -> None:
    async with await phone(browser, demo) as theirs, await phone(browser, demo) as context:
        citizen, member = await Chat.open(theirs, "Người dân"), await Chat.open(context, "Tổ viên")
        await member.answer("Khảo sát hộ")
        hamlet, _, _ = await standing(member)
        await member.answer("/huy")
        for given, asked in (
            ("gặp người thật", "đồng ý không"),
            ("Đồng ý", "cần người giúp việc gì"),
            ("Má tôi 70 tuổi, cần người chỉ cách dùng VNeID", "ở ấp nào"),
            (hamlet, "bằng cách nào"),
            ("Nhắn tin ngay tại đây", "Em đã gửi tới Tổ công nghệ số"),
        ):
            await citizen.answer(given)
            await citizen.sees(asked)
        await member.sees("Má tôi 70 tuổi")
        await member.answer("Tôi nhận")
        await member.sees("Anh/chị đã nhận")
        await member.answer("Chiều nay 3 giờ con tới nhà được không cô?")
        await member.sees("Đã chuyển")
        await citizen.sees("Chiều nay 3 giờ")
        await picture(member, "ticket.png", request)


async def test_an_administrator_sends_a_form_of_their_own(
    browser: Browser,
    demo: str,  # noqa: F811
    request: pytest.FixtureRequest,
) -> None:
    async with await phone(browser, demo) as context:
        chat = await Chat.open(context, "Quản trị")
        await chat.page.locator("#any-file").set_input_files(FORM)
        await chat.sees("Phiếu chạy được")
        await picture(chat, "questionnaire.png", request)
