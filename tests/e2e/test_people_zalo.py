"""On Zalo, with what an old phone shows: a commune official invites one person, an administrator reads who
did what and how the service is, and hands somebody's work over. Where no button fits, a number is typed.
"""

import re
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest

from content.people import Role
from tests.e2e.test_telegram_story import HAMLET, staffed
from tests.e2e.test_zalo_oa_story import join, serving, told
from tests.e2e.zalo_oa_api import ZaloOaApi
from tests.e2e.zalo_oa_people import Person

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
async def api() -> AsyncIterator[ZaloOaApi]:
    async with ZaloOaApi() as api:
        yield api


async def chosen(person: Person, label: str) -> str:
    """Taps the choice of that label under the newest message, or types its number; reads the answer."""
    newest = person.chat[-1]
    for title in newest.buttons:
        if label in title:
            return await told(person, "tap", title)
    number = re.search(rf"^(\d+)\. .*{re.escape(label)}", newest.text, re.M)
    assert number, f"no choice {label!r} under:\n{newest.text}\n{newest.buttons}"
    return await told(person, "type", number[1])


async def test_people_journal_and_health_on_zalo(api: ZaloOaApi, sqlite_url: str) -> None:
    mai, lan, quan, bay = (api.person(name) for name in ("Mai", "Lan", "Quân", "Bảy"))

    await staffed(
        sqlite_url,
        "zalo_oa",
        (lan, Role.COMMUNE, "commune"),
        (quan, Role.ADMIN, "country"),
        (bay, Role.LEADER, "hamlet"),
    )
    async with serving(api, sqlite_url):
        await join(mai)
        assert "Phân công ở xã Bình Hòa" in await told(lan, "type", "phân công")
        assert "chưa mời ai theo danh sách" in await chosen(lan, "Danh sách tổ, lời mời")
        assert "Mời làm gì?" in await chosen(lan, "Mời người")
        assert "Ở địa bàn nào?" in await told(lan, "type", "tổ trưởng")
        assert "Vào tổ nào?" in await told(lan, "type", HAMLET)
        assert "Mấy người" in await told(lan, "type", "bỏ qua")
        assert "mấy ngày" in await told(lan, "type", "1")
        await lan.type("7")
        shown = [await lan.answer(), await lan.answer()]
        assert any("Mã mời tổ trưởng" in one.text for one in shown), shown
        assert any(one.image for one in shown), "the way in, as a QR code"

        assert "Anh/chị muốn làm gì?" in await told(quan, "type", "quản trị")
        log = await chosen(quan, "Nhật ký")
        assert "Nguyễn Thị Mai (Zalo OA): nhận lời mời" in log
        assert "Lan (Zalo OA): tạo lời mời" in log
        await told(quan, "type", "quản trị")
        assert "Máy chưa tự sao lưu" in await chosen(quan, "Tình trạng hệ thống")
        assert "Zalo OA" in await chosen(quan, "Xem đầy đủ")
        await told(quan, "type", "quản trị")
        assert "Việt Nam: 4" in await chosen(quan, "Người và tổ")
        assert "Kênh: Zalo" in await chosen(quan, "Nguyễn Thị Mai")
        assert "Bàn giao cho ai?" in await chosen(quan, "Bàn giao")
        assert "Bàn giao từ Nguyễn Thị Mai sang Bảy" in await chosen(quan, "Bảy")
        assert "Đã bàn giao" in await chosen(quan, "Đồng ý bàn giao")
        assert "đã bàn giao cho Bảy" in (await mai.answer()).text
        assert set(api.webhooks.statuses) == {200}
