"""The whole service over Telegram's wire: somebody invited joins, surveys a household, and it is counted."""

import asyncio
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from bot.service import Service
from content import library
from content.areas import read_list
from content.households import QUESTIONNAIRE, Survey
from content.people import Grant, Role
from content.xform import compile_form
from storage import areas, forms, households, people, photos, surveys
from storage.database import Connection, Database
from storage.secrets import Vault
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_people import Message, Person
from tests.e2e.served import KEY, over_telegram, serving, settings

CODE = "MOIVAOTO22"
HAMLET = "mau-27802-1"
AREAS = Path(__file__).parents[2] / "content" / "areas"


class Someone(Protocol):
    """A person of an emulated platform."""

    name: str
    id: Any


def prepare(conn: Connection, now: datetime) -> None:
    """A hamlet with three households, the questionnaire, and an invitation for one member."""
    for name in ("moc-hoa", "ap-mau"):
        areas.import_list(conn, read_list((AREAS / f"{name}.csv").read_text("utf-8")))
    country, hamlet = (areas.by_code(conn, code, now.date()) for code in ("VN", HAMLET))
    assert country
    assert hamlet
    xform = library.xform(QUESTIONNAIRE)
    form = compile_form(xform)
    publication = forms.Publication(
        form.id, form.version, form.title, xform, b"", "khao-sat-ho.xlsx", country.id
    )
    forms.publish(conn, publication, None, now)
    for number, name in enumerate(("Nguyễn Văn Sáu", "Trần Thị Lan", "Lê Văn Đực")):
        listed = households.NewHousehold(f"00000000-0000-4000-8000-00000000000{number}", hamlet.id, name)
        households.add(conn, listed, None, now)
    team = people.team(conn, hamlet.id, "Tổ CNSCĐ ấp 1")
    people.invite(conn, CODE, people.Offer(Role.MEMBER, hamlet.id, team, 1, now + timedelta(days=7)), now)


async def staffed(
    url: str, channel: str, *held: tuple[Someone, Role, Literal["hamlet", "commune", "country"]]
) -> None:
    """The place of `prepare` since yesterday, with these people known on the channel, each in that role over
    the hamlet, its commune or the country."""
    now = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")) - timedelta(days=1)

    def furnish(conn: Connection) -> None:
        prepare(conn, now)
        hamlet = areas.by_code(conn, HAMLET, now.date())
        assert hamlet
        units = {str(area.level): area.id for area in areas.path(conn, hamlet.id, now.date())}
        for who, role, level in held:
            number = people.create(conn, who.name, "vi", now)
            people.grant(conn, number, Grant(role, units[level]), now.date())
            people.add_account(conn, number, channel, str(who.id), now)

    async with Database(url, Vault(KEY)) as database:
        await database.write(furnish)


async def told(person: Person, deed: str, *given: str) -> str:
    """Does something, and reads the answer."""
    await getattr(person, deed)(*given)
    return text_of(await person.answer())


def text_of(message: Message) -> str:
    return str(message.get("text") or message.get("caption"))


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 48), "green").save(file, "JPEG")
    return file.getvalue()


FIRST_HALF = (
    ("tap", "Đồng ý trả lời", "Nhà mình có mấy người đang ở?"),
    ("type", "hai", "Trong 2 người đó, mấy người từ đủ 18 tuổi?"),
    ("type", "2", "mấy người có điện thoại thông minh riêng?"),
    ("type", "một", "đang vào mạng Internet bằng gì?"),
    ("tap", "Cả cáp quang và 4G/5G", "mở được VNeID mức 2"),
    ("type", "1", "đã nộp hồ sơ dịch vụ công trực tuyến?"),
)
SECOND_HALF = (
    ("type", "0", "chủ yếu vì sao?"),
    ("type", "kho qua", "vào được VssID"),
    ("type", "1", "đang dùng những kênh này không?"),
    ("tap", "Không dùng", "đã thanh toán không dùng tiền mặt?"),
    ("type", "1", "sản xuất hay buôn bán gì không?"),
    ("type", "khong", "muốn Tổ đến giúp việc gì?"),
    ("tap", "Chưa cần", "muốn ghi thêm gì không?"),
    ("tap", "Vị trí", "muốn ghi thêm gì không?"),
    ("tap", "Ảnh", "muốn ghi thêm gì không?"),
    ("tap", "Xong", "Vị trí của hộ?"),
    ("tap", "Quay lại", "muốn ghi thêm gì không?"),  # from under the text field: it comes as text
    ("tap", "Xong", "Vị trí của hộ?"),
    ("tap", "📍 Gửi vị trí", "Ảnh kèm theo?"),
)


async def joins(person: Person) -> None:
    """Redeems the invitation, agrees, and gives her name."""
    assert "đồng ý không" in await told(person, "type", f"/start {CODE}")
    assert "tên gì" in await told(person, "tap", "Đồng ý")
    assert "Chào anh/chị Nguyễn Thị Mai, tổ viên!" in await told(person, "type", "Nguyễn Thị Mai")


async def go_through(person: Person, steps: tuple[tuple[str, str, str], ...]) -> None:
    for deed, given, expected in steps:
        assert expected in await told(person, deed, given)


@pytest.mark.parametrize(("first", "then"), [("polling", "webhook"), ("webhook", "polling")])
async def test_an_invited_member_surveys_a_household_across_a_restart(
    api: BotApi, sqlite_url: str, first: Literal["polling", "webhook"], then: Literal["polling", "webhook"]
) -> None:
    async with Database(sqlite_url, Vault(KEY)) as database:
        await database.write(lambda conn: prepare(conn, datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))))
    mai = api.person("Mai")

    async with serving(settings(sqlite_url, **over_telegram(api, first))):
        await joins(mai)
        assert "xong 0/3 hộ" in await told(mai, "type", "/khaosat@tocns_bot")
        assert "Nhà mình có đồng ý trả lời khảo sát không?" in await told(mai, "tap", "Nguyễn Văn Sáu")
        await go_through(mai, FIRST_HALF)
        assert "mấy người lớn đã nộp hồ sơ" in await told(mai, "sticker")

    await mai.type("/trogiup")  # nobody listens now
    async with serving(settings(sqlite_url, **over_telegram(api, then))) as service:
        await mai.answer()
        assert "mấy người lớn đã nộp hồ sơ" in text_of(await mai.answer())
        await go_through(mai, SECOND_HALF)
        await mai.photo(picture())
        assert "Xin xem lại trước khi gửi" in text_of(await mai.answer())
        assert "xong 1/3 hộ" in await told(mai, "tap", "Gửi phiếu")
        await api.updates.deliver(api.updates.history[-1], mai.id)
        assert "1/3" in await told(mai, "type", "/tiendo")

        sau = await service.database.read(find_survey)
        assert sau
        assert sau.revision == 1
        values = {path.rpartition("/")[2]: value for path, value in sau.values.items()}
        assert (values["so_nguoi"], values["mang"], values["dvc"]) == ("2", "ca_hai", "0")
        assert values["vi_tri"].startswith("10.7769 105.9953")
        await kept(service, values["anh"])


def find_survey(conn: Connection) -> Survey | None:
    number = households.by_key(conn, "00000000-0000-4000-8000-000000000000")
    assert number
    return surveys.last(conn, number, QUESTIONNAIRE)


async def kept(service: Service, photo: str) -> None:
    """Waits until the photo has been fetched from Telegram, cleaned and kept."""
    async with asyncio.timeout(10):
        while not await service.database.read(lambda conn: photos.find(conn, photo)):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
