"""On Telegram an administrator looks a member up by name and hands over what she does, reads who did what and
how the service is; a commune official invites one person, who joins.
"""

import re
from zoneinfo import ZoneInfo

from content.people import Role
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_people import Person
from tests.e2e.served import over_telegram, settings
from tests.e2e.test_telegram_story import HAMLET, joins, serving, staffed, text_of, told

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def button(person: Person, of: str) -> str:
    """The label of the newest message's button that says so; where they are listed, with its number."""
    rows = person.messages[-1]["reply_markup"]["inline_keyboard"]
    return next(str(one["text"]) for row in rows for one in row if of in one["text"])


async def test_a_role_is_handed_over_on_telegram(api: BotApi, sqlite_url: str) -> None:
    mai, bay, quan = (api.person(name) for name in ("Mai", "Bảy", "Quân"))

    await staffed(sqlite_url, "telegram", (bay, Role.LEADER, "hamlet"), (quan, Role.ADMIN, "country"))
    async with serving(settings(sqlite_url, **over_telegram(api))):
        await joins(mai)
        assert "tổ trưởng" in await told(bay, "type", "/start")
        assert "Anh/chị muốn làm gì?" in await told(quan, "type", "/quantri")
        assert "Việt Nam: 3" in await told(quan, "tap", "Người và tổ")
        assert "Tìm ai?" in await told(quan, "tap", button(quan, "Tìm theo tên"))
        assert "Tên có “mai”: 1" in await told(quan, "type", "mai")
        found = button(quan, "Nguyễn Thị Mai")
        assert "Kênh: Telegram" in await told(quan, "tap", found)
        assert "Bàn giao cho ai?" in await told(quan, "tap", "Bàn giao")
        chosen = button(quan, "Bảy")
        assert "Bàn giao từ Nguyễn Thị Mai sang Bảy" in await told(quan, "tap", chosen)
        assert "Đã bàn giao" in await told(quan, "tap", "Đồng ý bàn giao")
        assert "nhận bàn giao từ Nguyễn Thị Mai: tổ viên" in text_of(await bay.answer())
        assert "đã bàn giao cho Bảy" in text_of(await mai.answer())
        assert "là việc của tổ viên" in await told(mai, "type", "/khaosat")


async def test_who_did_what_and_how_the_service_is_are_read_on_telegram(api: BotApi, sqlite_url: str) -> None:
    """A commune official invites one leader by a code that somebody takes up; an administrator reads it."""
    lan, hoa, quan = (api.person(name) for name in ("Lan", "Hoa", "Quân"))

    await staffed(sqlite_url, "telegram", (lan, Role.COMMUNE, "commune"), (quan, Role.ADMIN, "country"))
    async with serving(settings(sqlite_url, **over_telegram(api))):
        assert "Phân công ở xã Bình Hòa" in await told(lan, "type", "/phancong")
        assert "chưa mời ai theo danh sách" in await told(lan, "tap", "Danh sách tổ, lời mời")
        assert "Mời làm gì?" in await told(lan, "tap", "Mời người")
        assert "Cán bộ xã" not in str(lan.messages[-1]["reply_markup"])
        assert "Ở địa bàn nào?" in await told(lan, "tap", "Tổ trưởng")
        assert "Vào tổ nào?" in await told(lan, "type", HAMLET)
        assert "Mấy người" in await told(lan, "type", "Tổ ấp 1")
        assert "mấy ngày" in await told(lan, "type", "1")
        invited = await told(lan, "type", "7")
        assert lan.messages[-1]["photo"], "the way in, as a QR code"
        code = re.search(r"/start ([A-Z0-9-]+)", invited)
        assert code
        assert "làm tổ trưởng" in await told(hoa, "type", code[0])
        assert "tên gì" in await told(hoa, "tap", "Đồng ý")
        assert "Chào anh/chị Lê Thị Hoa, tổ trưởng!" in await told(hoa, "type", "Lê Thị Hoa")

        assert "Anh/chị muốn làm gì?" in await told(quan, "type", "/quantri")
        log = await told(quan, "tap", "Nhật ký")
        assert "Lê Thị Hoa (Telegram): nhận lời mời" in log
        assert "Lan (Telegram): tạo lời mời" in log
        assert "lọc theo gì" in await told(quan, "tap", "Lọc")
        assert "Xem việc của ai?" in await told(quan, "tap", "Ai làm")
        mine = await told(quan, "tap", "Lan")
        assert "tạo lời mời" in mine
        assert "nhận lời mời" not in mine
        assert "Máy chưa tự sao lưu" in await told(quan, "tap", "Tình trạng hệ thống")
        assert "Telegram" in await told(quan, "tap", "Xem đầy đủ")
