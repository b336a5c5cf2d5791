"""The digest over Telegram: words, then a picture in the talk, then workbook and report as documents."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from content.people import Role
from storage import areas, people
from storage.database import Connection, Database
from storage.secrets import Vault
from tests.e2e.bot_api import BotApi
from tests.e2e.served import KEY, over_telegram, settings
from tests.e2e.test_telegram_story import prepare, serving, text_of, told

CODE = "MOIVAOXA27"


def invite(conn: Connection) -> None:
    """The place of the survey's story, and an invitation for an official of its commune."""
    now = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))
    prepare(conn, now)
    commune = areas.by_code(conn, "27811", now.date())
    assert commune
    people.invite(conn, CODE, people.Offer(Role.COMMUNE, commune.id, None, 1, now + timedelta(days=7)), now)


async def test_an_official_gets_picture_workbook_and_report_into_the_talk(
    api: BotApi, sqlite_url: str
) -> None:
    async with Database(sqlite_url, Vault(KEY)) as database:
        await database.write(invite)
    lan = api.person("Lan")
    async with serving(settings(sqlite_url, **over_telegram(api))):
        await told(lan, "type", f"/start {CODE}")
        await told(lan, "type", "1")  # agrees
        assert "cán bộ xã" in await told(lan, "type", "Nguyễn Thị Lan")
        assert "BẢN TIN tuần" in await told(lan, "type", "/baocao")
        picture = await lan.answer()
        assert "photo" in picture
        assert text_of(picture).startswith("Biểu đồ tuần")
        assert "Em đang lập bảng tính" in await told(lan, "tap", "📊 Bảng tính Excel")
        assert (await lan.answer())["document"]["file_name"].endswith(".xlsx")
        year = str(datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).year)
        assert "Em đang lập dự thảo báo cáo" in await told(lan, "type", f"/baocao {year}")
        report = await lan.answer()
        assert report["document"]["file_name"] == f"bao-cao-27811-{year}.docx"
        assert "trình ký" in text_of(report)
