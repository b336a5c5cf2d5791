"""The whole service over Zalo's wire: somebody invited joins, surveys a household, asks in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot import unreached
from bot.clock import Clock
from bot.desk import World
from bot.quotas import Quotas
from bot.service import Service
from content.calendar import Calendar
from content.people import Grant, Role
from content.reminding import Setting
from storage import areas, households, outbox, people, reaching, subscriptions
from storage.database import Database
from storage.secrets import Vault
from storage.tables import OutboxRow
from tests.e2e import served
from tests.e2e.served import KEY, over_zalo_oa
from tests.e2e.test_telegram_story import CODE, FIRST_HALF, HAMLET, find_survey, kept, picture, prepare
from tests.e2e.zalo_bot_api import TOKEN, ZaloBotApi
from tests.e2e.zalo_oa_api import ZaloOaApi
from tests.e2e.zalo_oa_people import Person
from tests.transcripts.stage import FILES

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
async def api() -> AsyncIterator[ZaloOaApi]:
    async with ZaloOaApi() as api:
        yield api


@pytest.fixture
async def prepared(sqlite_url: str) -> str:
    async with Database(sqlite_url, Vault(KEY)) as database:
        await database.write(lambda conn: prepare(conn, datetime.now(ZONE)))
    return sqlite_url


@asynccontextmanager
async def serving(
    api: ZaloOaApi, url: str, world: World | None = None, **more: Any
) -> AsyncIterator[Service]:
    settings = served.settings(url, **over_zalo_oa(api), **more)
    async with served.serving(settings, world=world) as service:
        api.webhooks.url = f"http://127.0.0.1:{service.port}/webhook/zalo-oa"
        yield service


async def told(person: Person, deed: str, *given: str) -> str:
    """Does something, and reads the answer."""
    await getattr(person, deed)(*given)
    return (await person.answer()).text


async def go_through(person: Person, steps: tuple[tuple[str, str, str], ...]) -> None:
    for deed, given, expected in steps:
        assert expected in await told(person, deed, given)


SECOND_HALF = (
    ("type", "0", "chủ yếu vì sao?"),
    ("type", "kho qua", "vào được VssID"),
    ("type", "1", "đang dùng những kênh này không?"),
    ("type", "khong", "đã thanh toán không dùng tiền mặt?"),
    ("type", "1", "sản xuất hay buôn bán gì không?"),
    ("type", "khong", "muốn Tổ đến giúp việc gì?"),
    ("type", "chua can", "muốn ghi thêm gì không?"),
    ("tap", "2. Vị trí", "muốn ghi thêm gì không?"),
    ("tap", "3. Ảnh", "muốn ghi thêm gì không?"),
    ("type", "xong", "Bấm dấu + (hoặc …) cạnh ô nhập tin"),
)


async def join(mai: Person) -> None:
    assert "máy trả lời tự động" in await told(mai, "follow")
    assert "Anh/chị đồng ý không?" in await told(mai, "type", f"bắt đầu {CODE}")
    assert "2/2" in await told(mai, "type", "1")
    assert "Chào anh/chị Nguyễn Thị Mai, tổ viên!" in await told(mai, "type", "Nguyễn Thị Mai")


@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
async def test_an_invited_member_surveys_a_household_and_asks_in_between(
    api: ZaloOaApi, prepared: str, twice: bool
) -> None:
    mai = api.person("Mai")
    async with serving(api, prepared) as service:
        api.webhooks.twice = twice
        await join(mai)
        assert "xong 0/3 hộ" in await told(mai, "type", "khao sat")
        assert "Nhà mình có đồng ý trả lời khảo sát không?" in await told(mai, "tap", "Nguyễn Văn Sáu")
        await go_through(mai, FIRST_HALF)
        await mai.type("quên mật khẩu VssID thì làm sao?")
        assert "VssID" in (await mai.answer()).text
        assert "đã nộp hồ sơ dịch vụ công" in (await mai.answer()).text
        api.expire_tokens()
        await go_through(mai, SECOND_HALF)
        await mai.location("10.7769", "105.9953")
        assert "Ảnh kèm theo?" in (await mai.answer()).text
        await mai.photo(picture())
        assert "Xin xem lại trước khi gửi" in (await mai.answer()).text
        assert "xong 1/3 hộ" in await told(mai, "type", "gui phieu")
        await api.webhooks.deliver_raw(api.webhooks.history[-1])
        await api.webhooks.deliver_raw(api.webhooks.history[0])
        assert "1/3" in await told(mai, "type", "tiến độ")

        sau = await service.database.read(find_survey)
        assert sau
        assert sau.revision == 1
        values = {path.rpartition("/")[2]: value for path, value in sau.values.items()}
        assert (values["so_nguoi"], values["mang"], values["dvc"]) == ("2", "ca_hai", "0")
        assert values["vi_tri"].startswith("10.7769 105.9953")
        await kept(service, values["anh"])
    assert set(api.webhooks.statuses) == {200}


async def test_two_households_a_question_in_between_and_the_evenings_reminder(
    api: ZaloOaApi, sqlite_url: str
) -> None:
    """On an old phone: taps and typed numbers, a place and a photo by Zalo's own menu. The reminder of the
    evening comes inside the window; after a week of silence it waits until one writes."""
    at = datetime(2026, 11, 25, 8, 0, tzinfo=ZONE)
    api.skew = at - datetime.now(ZONE)
    world = World(lambda: api.now().astimezone(ZONE), lambda: str(uuid4()))

    def furnish(conn: Any) -> None:
        """The hamlet, whose members are reminded in the evening."""
        prepare(conn, at)
        hamlet = areas.by_code(conn, HAMLET, at.date())
        leader = people.create(conn, "Hùng", "vi", at)
        subscriptions.set_reminder(conn, hamlet.id, Setting(time(19), since=at), leader, at)

    async with Database(sqlite_url, Vault(KEY)) as database:
        await database.write(furnish)
    mai = api.person("Mai")
    async with serving(api, sqlite_url, world) as service:
        clock = Clock(service.database, service.desk, Calendar(), ZONE)
        await clock.remind()  # from here on things are due
        await join(mai)
        for number, name in enumerate(("Nguyễn Văn Sáu", "Trần Thị Lan"), 1):
            await survey(mai, name)
            assert f"xong {number}/3 hộ" in await told(mai, "type", "gui phieu")
        await mai.type("khao sat")
        await mai.answer()
        assert "Nhà mình có đồng ý" in await told(mai, "type", "Lê Văn Đực")
        assert "mấy người đang ở" in await told(mai, "type", "1")
        assert "Em đã cất phiếu" in await told(mai, "type", "huỷ")
        api.skew = datetime(2026, 11, 26, 19, 30, tzinfo=ZONE) - datetime.now(ZONE)
        await clock.remind()
        assert "Phiếu dở hộ Lê Văn Đực" in (await mai.answer()).text
        seen = len(mai.chat)
        api.skew = datetime(2026, 12, 9, 19, 30, tzinfo=ZONE) - datetime.now(ZONE)
        await clock.remind()
        await asyncio.sleep(0.5)
        assert len(mai.chat) == seen, "outside the window nothing goes"
        assert len(await service.database.read(lambda conn: reaching.held(conn, 9))) == 1
        await mai.type("chào em")
        texts = [(await mai.answer()).text, (await mai.answer()).text]
        assert any("Phiếu dở hộ Lê Văn Đực" in text for text in texts)
        assert not api.billed
        assert set(api.webhooks.statuses) == {200}


async def survey(mai: Person, name: str) -> None:
    """One household from the list to the review, with a question about something else in the middle."""
    assert "hộ" in await told(mai, "type", "khao sat")
    assert "Nhà mình có đồng ý trả lời khảo sát không?" in await told(mai, "type", name)
    await go_through(mai, FIRST_HALF)
    await mai.type("quên mật khẩu VssID thì làm sao?")
    assert "VssID" in (await mai.answer()).text
    assert "đã nộp hồ sơ dịch vụ công" in (await mai.answer()).text
    await go_through(mai, SECOND_HALF)
    await mai.location("10.7769", "105.9953")
    assert "Ảnh kèm theo?" in (await mai.answer()).text
    await mai.photo(picture())
    assert "Xin xem lại trước khi gửi" in (await mai.answer()).text


async def test_a_questionnaire_sent_as_a_file_is_checked_as_on_any_channel(
    api: ZaloOaApi, prepared: str
) -> None:
    quan = api.person("Quân")
    form = (FILES / "nuoc-sach.xlsx").read_bytes()
    async with serving(api, prepared) as service:
        assert "máy trả lời tự động" in await told(quan, "follow")
        await quan.file(form, "nuoc-sach.xlsx")
        assert "chưa đọc được tệp" in (await quan.answer()).text, "from a citizen nothing is taken"

        def appoint(conn: Any) -> None:
            account = people.account(conn, "zalo_oa", quan.id)
            today = datetime.now(ZONE).date()
            [root] = areas.roots(conn, today)
            people.grant(conn, account.person_id, Grant(Role.ADMIN, root.id), today)

        await service.database.write(appoint)
        await quan.file(form, "nuoc-sach.xlsx")
        assert "đang kiểm tra" in (await quan.answer()).text
        found = await quan.answer(within=20)
        assert "Phiếu chạy được" in found.text
        assert set(found.buttons) == {"Làm thử", "Phát hành"}


async def test_a_survey_begun_on_one_channel_goes_on_on_the_other(api: ZaloOaApi, prepared: str) -> None:
    mai = api.person("Mai")
    async with ZaloBotApi() as bots:
        same, lan = bots.person("Mai"), bots.person("Lan")
        bot = {"zalo_bot_token": SecretStr(TOKEN), "zalo_bot_api_url": bots.url}
        async with serving(api, prepared, **bot) as service:
            await join(mai)
            await mai.type("khao sat")
            await mai.answer()
            await mai.tap("Nguyễn Văn Sáu")
            await mai.answer()
            await mai.tap("Đồng ý trả lời")
            await mai.answer()
            own = await told(mai, "type", "du lieu cua toi")
            assert "Dữ liệu" in own or "giữ" in own
            await mai.answer()  # the question again
            shown = await told(mai, "type", "Dùng thêm kênh khác")
            code = shown.split("Mã của anh/chị: ")[1].split("\n")[0]
            await mai.answer()
            await same.type(f"bắt đầu {code}")
            assert "đều là một người Nguyễn Thị Mai" in await same.answer()
            await same.type("khao sat")
            assert "Cất phiếu này" in await same.answer()
            assert "Nhà mình có mấy người đang ở?" in await same.answer()
            await same.type("2")
            assert "Trong 2 người đó" in await same.answer()
            await lan.type(f"bắt đầu {code}")
            assert "không thấy lời mời" in await lan.answer(), "a code joins once"

            def owners(conn: Any) -> set[int]:
                found = (people.account(conn, *at) for at in (("zalo_oa", mai.id), ("zalo_bot", same.id)))
                return {account.person_id for account in found}

            assert len(await service.database.read(owners)) == 1


async def test_an_invitation_is_found_by_the_number_that_the_person_gives(
    api: ZaloOaApi, prepared: str
) -> None:
    mai, lan = api.person("Mai", "84901234567"), api.person("Lan", "84909999999")

    def invite(conn: Any) -> None:
        row = people.invitation(conn, CODE, datetime.now(ZONE))
        offer = people.Offer(
            row.role, row.area_id, None, 1, datetime.now(ZONE) + timedelta(days=1), phone=mai.phone
        )
        people.invite(conn, "CHOMOTNGUOI", offer, datetime.now(ZONE))

    async with serving(api, prepared) as service:
        await service.database.write(invite)
        for person, old_shape in ((lan, True), (mai, False)):
            assert "có mã mời thì gõ" in await told(person, "type", "bắt đầu tham gia")
            assert (await person.answer()).form == "Nhận lời mời bằng số điện thoại"
            await person.fill_in(old_shape=old_shape)
        assert "chưa thấy lời mời nào cho số này" in (await lan.answer()).text
        assert "được mời làm tổ viên" in (await mai.answer()).text
        assert "2/2" in await told(mai, "type", "1")
        assert "Chào anh/chị Mai, tổ viên!" in await told(mai, "type", "Mai")
        assert "không thấy lời mời" in await told(lan, "type", f"bắt đầu tel:{mai.phone}")
        assert (await lan.answer()).form


async def test_a_household_is_named_so_that_nothing_is_left_over(api: ZaloOaApi, prepared: str) -> None:
    """A list longer than five choices is numbered, and a number chooses from it."""
    mai = api.person("Mai")

    def more(conn: Any) -> None:
        area_id = households.find(
            conn, households.by_key(conn, "00000000-0000-4000-8000-000000000000")
        ).area_id
        for number in range(3, 9):
            key = f"00000000-0000-4000-8000-00000000000{number}"
            households.add(
                conn, households.NewHousehold(key, area_id, f"Hộ Số {number}"), None, datetime.now(ZONE)
            )

    async with serving(api, prepared) as service:
        await service.database.write(more)
        await join(mai)
        shown = await told(mai, "type", "khao sat")
        assert "xong 0/9 hộ" in shown
        line = next(line for line in shown.splitlines() if "Trần Thị Lan" in line)
        assert "Hộ Trần Thị Lan" in await told(mai, "type", line.split(".")[0])


async def test_an_admin_sees_what_was_spent_and_what_zalo_says_is_left(api: ZaloOaApi, prepared: str) -> None:
    """Beside our own sum, when somebody can't be written to."""
    mai, quan = api.person("Mai"), api.person("Quân")
    now = datetime.now(ZONE)
    api.package = 321
    async with serving(api, prepared) as service:
        await join(mai)
        await told(quan, "follow")
        await Quotas(service.database, service.channels, lambda: now).once()

        def hold(conn: Any) -> set[str]:
            account, admin = (people.account(conn, "zalo_oa", one.id) for one in (mai, quan))
            [root] = areas.roots(conn, now.date())
            people.grant(conn, admin.person_id, Grant(Role.ADMIN, root.id), now.date())
            outbox.enqueue(
                conn, account_id=account.id, channel="zalo_oa", kind="reminder", priority=1,
                body='{"text":"Còn 3 hộ"}', due_at=now + timedelta(days=30),
            )  # fmt: skip
            [row] = conn.all(select(OutboxRow.__table__.c.id).where(OutboxRow.__table__.c.kind == "reminder"))
            reaching.hold(conn, row.id, now + timedelta(days=30), now)
            return unreached.tell(conn, service.desk, 200_000, now)

        for channel in await service.database.write(hold):
            service.desk.wake(channel)
        text = (await quan.answer()).text
        assert "0 đồng, mức trần 200.000 đồng" in text
        assert "còn 321 trên 321 tin" in text


async def test_mondays_digest_comes_by_itself_with_its_picture(api: ZaloOaApi, sqlite_url: str) -> None:
    friday, monday = (datetime(2026, 11, day, hour, 31, tzinfo=ZONE) for day, hour in ((27, 8), (30, 7)))
    api.skew = friday - datetime.now(ZONE)

    def furnish(conn: Any) -> None:
        prepare(conn, friday)
        commune = areas.by_code(conn, "27811", friday.date())
        assert commune is not None
        offer = people.Offer(Role.COMMUNE, commune.id, None, 1, friday + timedelta(days=7))
        people.invite(conn, "MOIVAOXA27", offer, friday)

    async with Database(sqlite_url, Vault(KEY)) as database:
        await database.write(furnish)
    lan = api.person("Lan")
    world = World(lambda: api.now().astimezone(ZONE), lambda: str(uuid4()))
    async with serving(api, sqlite_url, world) as service:
        clock = Clock(service.database, service.desk, Calendar(), ZONE)
        await clock.digests()  # from here on things are due
        await told(lan, "follow")
        await told(lan, "type", "bắt đầu MOIVAOXA27")
        await told(lan, "type", "1")
        assert "cán bộ xã" in await told(lan, "type", "Nguyễn Thị Lan")
        api.skew = datetime(2026, 11, 28, 9, 0, tzinfo=ZONE) - datetime.now(ZONE)
        await told(lan, "type", "chào")  # else the window would close before Monday
        api.skew = monday - datetime.now(ZONE)
        await clock.digests()
        digest = await lan.answer()
        assert digest.text.startswith("BẢN TIN tuần 48 (23/11/2026 – 29/11/2026)\nxã Bình Hòa")
        assert "Đã khảo sát 0/3 hộ" in digest.text
        assert (await lan.answer(within=60)).image
        assert (await lan.answer()).text == "Biểu đồ tuần 48 (23/11/2026 – 29/11/2026), xã Bình Hòa."
        assert not api.billed
