"""An administrator and a member in a real browser, on the demo: found by name, locked out, let in again;
and a team that is made.
"""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from content.vietnamese import fold
from tests.e2e.browser import Chat, chromium, phone
from tests.e2e.test_story import demo  # noqa: F401 - a fixture

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def name_of(chat: Chat) -> str:
    await chat.answer("dữ liệu của tôi")
    await chat.sees("Tên: ")
    found = re.search(r"Tên: (.+?) \(", await chat.newest.text_content() or "")
    assert found
    return found[1]


async def test_a_member_is_found_by_name_locked_out_and_let_in_again(
    browser: Browser,
    demo: str,  # noqa: F811
) -> None:
    async with await phone(browser, demo) as theirs, await phone(browser, demo) as context:
        member = await Chat.open(theirs, "Tổ viên")
        name = await name_of(member)
        chat = await Chat.open(context, "Quản trị")
        await chat.say("quản trị")
        await chat.sees("Anh/chị muốn làm gì?")
        await chat.answer("Người và tổ")
        await chat.sees("Người phụ trách ở")
        await chat.answer("Tìm theo tên")
        await chat.sees("Tìm ai?")
        await chat.answer(fold(name))
        await chat.sees(f"Tên có “{fold(name)}”")
        found = chat.log.get_by_role("group").last.get_by_role(
            "button", name=re.compile(f"{name}.* · tổ viên")
        )
        await found.first.click()
        await chat.sees("Kênh: trang trò chuyện")
        await chat.answer("Khóa")
        await chat.sees("Người này mất mọi vai trò")
        await chat.answer("Đồng ý khóa")
        await chat.sees(f"Đã khóa {name}")
        await member.sees("Quyền của anh/chị đang bị khóa")
        await member.answer("khảo sát")
        await member.sees("Quyền của anh/chị đang bị khóa")
        await chat.answer("Xem lại người này")
        await chat.sees("bị khóa từ")
        await chat.answer("Mở lại")
        await chat.sees("Đã mở lại")
        await member.sees("đã được mở lại")
        await member.answer("khảo sát")
        await member.sees("Bấm chọn, hoặc gõ tên chủ hộ")
        assert chat.faults == member.faults == []


async def test_a_team_is_made(browser: Browser, demo: str) -> None:  # noqa: F811
    async with await phone(browser, demo) as context:
        chat = await Chat.open(context, "Quản trị")
        await chat.say("quản trị")
        await chat.sees("Anh/chị muốn làm gì?")
        for said in ("Người và tổ", "Các tổ", "Lập tổ mới", "xã Bình Hòa", "Tổ số của xã"):
            await chat.answer(said)
        await chat.sees("Đã lập Tổ số của xã, xã Bình Hòa")
        assert chat.faults == []
