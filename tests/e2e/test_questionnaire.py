"""A questionnaire of one's own, as a district officer would: sent with three mistakes, mended, tried,
published, answered; on the web chat over HTTP and on emulated Telegram.
"""

import asyncio
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession, CookieJar
from openpyxl import load_workbook

from bot.openrosa.pushing import Pusher
from bot.openrosa.remote import Remote
from bot.service import Service
from content.bundle import Bundle, packed
from content.households import Survey
from content.people import Role
from storage import areas, audit, export, forms, people, surveys
from storage.database import Connection, Database
from storage.people import Offer
from storage.secrets import Vault
from storage.tables import AuditRow, SheetRow, SurveyRow
from tests.e2e import served
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_people import Person
from tests.e2e.openrosa_server import PASSWORD, USER, OpenRosaServer
from tests.e2e.served import KEY, over_telegram
from tests.transcripts.stage import FILES, MORNING, furnish

ROOT = Path(__file__).parents[2]
PERSONAS = [("quan", "Quản trị", ""), ("tam", "Tổ viên", "")]
PICTURE = bytes.fromhex("89504e470d0a1a0a") + b"a picture of a pump"
VOICE = b"OggS and somebody who speaks"
PATIENCE = 30
"""Seconds: a check takes one, on a busy machine more."""


class Chat(ABC):
    """Somebody's talk with the bot, by whatever they hold in their hand."""

    @abstractmethod
    async def type(self, text: str) -> None: ...

    @abstractmethod
    async def tap(self, label: str) -> None: ...

    @abstractmethod
    async def send_file(self, name: str, data: bytes) -> None: ...

    @abstractmethod
    async def record(self) -> None:
        """Sends a voice message, or what a browser has of one."""

    @abstractmethod
    async def share(self, latitude: float, longitude: float) -> None: ...

    @abstractmethod
    async def hear(self) -> str:
        """The next message of the bot."""

    @abstractmethod
    async def download(self) -> bytes:
        """The file of the message heard last."""

    @abstractmethod
    async def picture(self) -> bytes:
        """What the message heard last shows."""

    async def sees(self, *pieces: str) -> str:
        text = await self.hear()
        assert not [piece for piece in pieces if piece not in text], text
        return text

    async def goes(self, *steps: tuple[str, str]) -> None:
        """What is tapped (in brackets) or typed, and a piece of what comes of it."""
        for given, expected in steps:
            if given.startswith("["):
                await self.tap(given[1:-1])
            else:
                await self.type(given)
            await self.sees(expected)


class WebChat(Chat):
    """A browser's requests."""

    def __init__(self, session: ClientSession, who: str) -> None:
        self.session, self.who = session, who
        self.labels: dict[str, str] = {}
        self.heard: list[dict[str, Any]] = []
        self.last: dict[str, Any] = {}
        self.after = 0

    async def _say(self, **said: Any) -> None:
        answer = await self.session.post(f"/chat/say?as={self.who}", json={"id": str(uuid4()), **said})
        assert answer.status == 200

    async def type(self, text: str) -> None:
        await self._say(text=text)

    async def tap(self, label: str) -> None:
        await self._say(text=label, payload=self.labels[label])

    async def send_file(self, name: str, data: bytes) -> None:
        query = {"as": self.who, "id": str(uuid4()), "name": name}
        headers = {"Content-Type": "application/octet-stream"}
        answer = await self.session.post("/chat/file", params=query, data=data, headers=headers)
        assert answer.status == 200

    async def record(self) -> None:
        await self.send_file("ke.ogg", VOICE)

    async def share(self, latitude: float, longitude: float) -> None:
        await self._say(text="", latitude=latitude, longitude=longitude)

    async def hear(self) -> str:
        address = f"/chat/live?as={self.who}&after={self.after}"
        async with asyncio.timeout(PATIENCE), self.session.ws_connect(address) as socket:
            # A line that is opened again repeats the last messages: a page knows them by their ids.
            while (message := await socket.receive_json())["type"] != "shown" or (
                message["id"] <= self.after
            ):
                pass
        self.after, self.last = message["id"], message
        for row in message.get("buttons", ()):
            self.labels.update((button["label"], button["payload"]) for button in row)
        return str(message["text"])

    async def download(self) -> bytes:
        return await (await self.session.get(f"/chat/files/{self.last['id']}?as={self.who}")).read()

    async def picture(self) -> bytes:
        assert self.last["file"]["image"]
        return await self.download()


class Phone(Chat):
    """Telegram on a phone."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.last: dict[str, Any] = {}

    async def type(self, text: str) -> None:
        await self.person.type(text)

    async def tap(self, label: str) -> None:
        await self.person.tap(label)

    async def send_file(self, name: str, data: bytes) -> None:
        await self.person.document(name, "application/octet-stream", data)

    async def record(self) -> None:
        await self.person.voice(VOICE)

    async def share(self, latitude: float, longitude: float) -> None:
        await self.person.location(latitude, longitude)

    async def hear(self) -> str:
        self.last = await self.person.answer(PATIENCE)
        return str(self.last.get("text") or self.last.get("caption"))

    async def download(self) -> bytes:
        return self.person.api.files[self.last["document"]["file_id"]]

    async def picture(self) -> bytes:
        return self.person.api.files[self.last["photo"][-1]["file_id"]]


# --------------------------------------------------------------------------- the stage


def prepare(conn: Connection) -> None:
    """The stories' hamlets and people; Quân and Tâm on the web chat too, and codes for Telegram."""
    furnish(conn)
    for who in ("quan", "tam"):
        known = people.account(conn, "text", who)
        assert known
        people.add_account(conn, known.person_id, "webchat", f"demo:{who}", MORNING)
    for code, role, place in (("QUANTRI222", Role.ADMIN, "80"), ("TOVIEN2222", Role.MEMBER, "27811-2")):
        area = areas.by_code(conn, place, MORNING.date())
        assert area
        people.invite(conn, code, Offer(role, area.id, None, 1, MORNING.replace(year=2099)), MORNING)


@pytest.fixture
async def service(sqlite_url: str, api: BotApi) -> AsyncIterator[Service]:
    async with Database(sqlite_url, Vault(KEY)) as database:
        await database.write(prepare)
    settings = served.settings(sqlite_url, **over_telegram(api))
    async with served.serving(settings, personas=PERSONAS) as running:
        yield running


@pytest.fixture(params=["webchat", "telegram"])
async def chats(
    request: pytest.FixtureRequest, service: Service, api: BotApi
) -> AsyncIterator[tuple[Chat, Chat]]:
    """An administrator, and a member of the team of ấp 2."""
    async with AsyncExitStack() as browsers:
        if request.param == "webchat":
            found: list[Chat] = []
            for who in ("quan", "tam"):
                jar = CookieJar(unsafe=True)
                session = ClientSession(f"http://127.0.0.1:{service.port}", cookie_jar=jar)
                await browsers.enter_async_context(session)
                assert (await session.get("/chat/hello")).status == 200
                found.append(WebChat(session, who))
            admin, member = found
        else:
            admin, member = Phone(api.person("Quân")), Phone(api.person("Tâm"))
            await admin.goes(
                ("/start QUANTRI222", "đồng ý không"), ("[Đồng ý]", "tên gì"), ("Quân", "quản trị viên")
            )
            await member.goes(
                ("/start TOVIEN2222", "đồng ý không"), ("[Đồng ý]", "tên gì"), ("Tâm", "tổ viên")
            )
        yield admin, member


# --------------------------------------------------------------------------- the story


async def test_a_questionnaire_is_sent_mended_tried_published_answered_and_had_back(
    service: Service, chats: tuple[Chat, Chat], tmp_path: Path
) -> None:
    admin, member = chats
    await admin.send_file("nước sạch.xlsx", (FILES / "nuoc-sach-sai.xlsx").read_bytes())
    await admin.sees("Em đã nhận tệp nước sạch.xlsx")
    faults = await admin.sees("có 3 lỗi", "dòng 5, cột type", "dòng 7, cột relevant", "dòng 11, cột relevant")
    assert "Phát hành" not in faults

    right = (FILES / "nuoc-sach.xlsx").read_bytes()
    await admin.send_file("nước sạch.xlsx", right)
    await admin.sees("Em đã nhận")
    await admin.sees("Phiếu chạy được", "Nước sạch", "Phiên bản 1 · 8 câu hỏi")
    await admin.goes(
        ("[Làm thử]", "Làm thử, không ghi lại gì"),
        ("[Có]", "Nhà mình ở cụm nào?"),
        ("/huy", "không có gì được ghi lại"),
        ("[Phát hành]", "cho địa bàn nào?"),
        ("[Xã Bình Hòa]", "từ ngày nào?"),
        ("hôm nay", "Đã phát hành Nước sạch, phiên bản 1, cho xã Bình Hòa"),
    )
    assert await service.database.read(water_surveys) == []

    await member.goes(
        ("/khaosat", "Ấp 2, xã Bình Hòa"),
        ("[Nước sạch]", "Nước sạch"),
        ("[Trần Thị Bảy · tổ 1]", "đồng ý trả lời về nước sạch"),
        ("có", "cụm nào?"),
        ("cum duoi", "Tổ dân cư nào?"),
        ("to 3", "dùng nước gì"),
        ("Giếng khoan", "Tên người này?"),
        ("Bảy", "Bao nhiêu tuổi?"),
        ("60", "nữa?"),
    )
    await member.type("/ngonngu")
    await member.sees("tiếng nào?")
    await member.sees("nữa?")
    await member.tap("English")
    await member.sees("I speak English")
    await member.sees("Household member")
    await member.type("/ngonngu")
    await member.sees("Which language?")
    await member.sees("Household member")
    await member.tap("Tiếng Việt")
    await member.sees("tiếng Việt")
    await member.sees("nữa?")
    await member.goes(
        ("[Có]", "Tên người này?"),
        ("Lan", "Bao nhiêu tuổi?"),
        ("chín", "đau bụng"),
        ("khong", "nữa?"),
        ("có", "Tên người này?"),
        ("Nhầm", "Bao nhiêu tuổi?"),
        ("20", "nữa?"),
        ("2", "Xin xem lại"),
        ("[Sửa câu trả lời]", "Sửa câu nào?"),
        ("bo nguoi trong ho 3 (nham)", "Bỏ Người trong hộ 3 (Nhầm) khỏi phiếu?"),
        ("[Bỏ mục này]", "Đã bỏ Người trong hộ 3 (Nhầm)"),
        ("[Gửi phiếu]", "Đã gửi phiếu hộ Trần Thị Bảy"),
    )
    [survey] = await service.database.read(water_surveys)
    answers = {path.removeprefix("/data/"): value for path, value in survey.values.items()}
    assert answers["phieu/to_dan"] == "to3"
    assert {value for path, value in answers.items() if path.endswith("/ten")} == {"Bảy", "Lan"}
    assert not any(path.endswith("/tien") for path in answers)
    assert survey.version == "1"
    await is_handed_on(service, tmp_path)

    await admin.goes(
        ("quản trị", "Quản trị"),
        ("[Phiếu khảo sát]", "1 · xã Bình Hòa · đang dùng"),
        ("[Nước sạch 1]", "Phiên bản 1"),
        ("[Tải tệp gốc]", "Tệp gốc"),
    )
    assert await admin.download() == right
    await admin.goes(("[Thu hồi]", "Thu hồi Nước sạch"), ("[Thu hồi bản này]", "Đã thu hồi"))
    assert await service.database.read(in_use) == []
    assert await service.database.read(deeds) == ["publish", "export", "export", "export", "withdraw"]


async def is_handed_on(service: Service, folder: Path) -> None:
    """The survey leaves as a workbook, as CSV and as OpenRosa, and another OpenRosa server takes it."""
    book = folder / "nuoc.xlsx"
    for kind, out in (("xlsx", book), ("csv", folder / "csv"), ("odk", folder / "odk")):
        done = await asyncio.to_thread(exported, service.settings.database_url, kind, out)
        assert done.returncode == 0, done.stderr
    sheets = load_workbook(book)
    names = [row for sheet in sheets for row in sheet.iter_rows(values_only=True)]
    assert sum("Bảy" in row or "Lan" in row for row in names) == 2, "a row for each member of the household"
    [kept] = (folder / "odk").rglob("submission.xml")
    assert "Lan" in kept.read_text("utf-8")
    async with OpenRosaServer(forms=frozenset({"nuoc-sach"})) as server:
        remote = Remote(server.url, USER, PASSWORD)
        later = datetime.now(MORNING.tzinfo) + timedelta(minutes=5)
        assert await Pusher(service.database, remote, lambda: later).round() == 1
        assert server.faults == []
        [taken] = server.taken.values()
        assert taken.complete
        assert "Bảy".encode() in taken.xml


def exported(url: str, kind: str, out: Path) -> subprocess.CompletedProcess[str]:
    told = {"TOCNS_DATABASE_URL": url, "TOCNS_SECRET_KEY": KEY, "PATH": "/usr/bin:/bin"}
    command = [
        sys.executable,
        "-m",
        "bot",
        "export",
        "--form",
        "nuoc-sach",
        "--format",
        kind,
        "--out",
        str(out),
    ]
    return subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)


STATIONS = """
| survey | | | | |
| | type | name | label | media::image | required |
| | select_one co | dong_y | Nhà mình đồng ý trả lời không? | | yes |
| | select_one_from_file tram.csv | tram | Nhà mình lấy nước ở trạm nào? | tram.png | yes |
| choices | | | |
| | list_name | name | label |
| | co | co | Có |
| | co | khong | Không |
| settings | | | |
| | form_id | form_title | version |
| | tram-nuoc | Trạm nước | 1 |
"""


async def test_the_list_that_a_questionnaire_reads_is_sent_after_it(
    service: Service, chats: tuple[Chat, Chat]
) -> None:
    admin, member = chats
    await admin.send_file("tram-nuoc.md", STATIONS.encode())
    await admin.sees("Em đã nhận")
    told = await admin.sees("Phiếu chạy được", "còn thiếu tệp: tram.csv", "Ảnh “tram.png” chưa có")
    assert "Phát hành" not in told
    await admin.send_file("tram.csv", "name,label\na,Trạm Ấp 1\nb,Trạm chợ\n".encode())
    await admin.sees("Em đã nhận")
    assert "còn thiếu" not in await admin.sees("Phiếu chạy được", "Trạm nước")
    await publishes(admin, "Trạm nước")
    await member.goes(
        ("/khaosat", "Ấp 2, xã Bình Hòa"),
        ("[Trạm nước]", "Trạm nước"),
        ("[Trần Thị Bảy · tổ 1]", "đồng ý"),
        ("có", "trạm nào?"),
        ("tram cho", "Xin xem lại"),
    )


async def publishes(admin: Chat, title: str) -> None:
    await admin.goes(
        ("[Phát hành]", "cho địa bàn nào?"),
        ("[Xã Bình Hòa]", "từ ngày nào?"),
        ("hôm nay", f"Đã phát hành {title}"),
    )


async def test_a_zip_brings_lists_and_pictures_and_the_picture_is_shown(
    service: Service, chats: tuple[Chat, Chat]
) -> None:
    admin, _ = chats
    files = {"tram.csv": "name,label\na,Trạm Ấp 1\n".encode(), "tram.png": PICTURE}
    sent = packed(Bundle("tram-nuoc.md", STATIONS.encode(), files))
    await admin.send_file("tram-nuoc.zip", sent)
    await admin.sees("Em đã nhận")
    assert "Ảnh" not in await admin.sees("Phiếu chạy được", "Trạm nước")
    await admin.goes(("[Làm thử]", "Làm thử"), ("có", "trạm nào?"))
    assert await admin.picture() == PICTURE


FIELD = """
| survey | | | | | |
| | type | name | label | required | appearance |
| | select_one co | dong_y | Nhà mình đồng ý trả lời không? | yes | |
| | begin_group | chu | Chủ ruộng | | field-list |
| | text | ten | Tên chủ ruộng | yes | |
| | integer | tuoi | Tuổi | | |
| | end_group | | | | |
| | geoshape | ruong | Thửa ruộng | | |
| | audio | ke | Kể về thửa ruộng | yes | |
| | file | giay | Giấy tờ đất | | |
| choices | | | |
| | list_name | name | label |
| | co | co | Có |
| | co | khong | Không |
| settings | | | |
| | form_id | form_title | version |
| | nuoc-sach | Thửa ruộng | 1 |
"""


async def test_points_recordings_and_files_are_answers_and_leave_with_the_survey(
    service: Service, chats: tuple[Chat, Chat], tmp_path: Path
) -> None:
    admin, member = chats
    await admin.send_file("ruong.md", FIELD.encode())
    await admin.sees("Em đã nhận")
    await admin.sees("Phiếu chạy được", "gửi lần lượt vị trí từng điểm", "gửi tin thoại hoặc tệp âm thanh")
    await publishes(admin, "Thửa ruộng")
    await member.goes(
        ("/khaosat", "Ấp 2, xã Bình Hòa"),
        ("[Thửa ruộng]", "Thửa ruộng"),
        ("[Trần Thị Bảy · tổ 1]", "đồng ý"),
        ("có", "mỗi dòng một câu, câu bỏ trống gõ -\n1. Tên chủ ruộng\n2. Tuổi"),
        ("Bảy\n60", "Thửa ruộng"),
    )
    for number, place in enumerate(((10.1, 106.1), (10.2, 106.1), (10.9, 106.9)), 1):
        await member.share(*place)
        await member.sees(f"Đã có {number} điểm")
    await member.goes(("[Bỏ điểm cuối]", "Đã có 2 điểm"), ("10.2, 106.2", "Đã có 3 điểm"))
    await member.goes(("[Xong]", "Kể về thửa ruộng"))
    await member.send_file("so.pdf", b"%PDF no voice")
    await member.sees("Xin gửi tin thoại")
    await member.record()
    await member.sees("Giấy tờ đất")
    await member.send_file("so do.pdf", b"%PDF the deed")
    await member.sees("Xin xem lại", "📍 3 điểm", "📎 Đã có tệp")
    await member.goes(("[Gửi phiếu]", "Đã gửi phiếu"))

    [survey] = await service.database.read(water_surveys)
    answers = {path.rpartition("/")[2]: value for path, value in survey.values.items()}
    assert answers["ruong"].startswith("10.1 106.1 0.0 ")
    assert answers["ruong"].split(";")[0] == answers["ruong"].split(";")[3]
    assert (answers["ke"][-4:], answers["giay"][-4:]) == (".ogg", ".pdf")
    async with asyncio.timeout(PATIENCE):
        # Another task of the service fetches them.
        while await service.database.read(lambda conn: export.awaited(conn, survey.id)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    done = await asyncio.to_thread(exported, service.settings.database_url, "odk", tmp_path)
    assert done.returncode == 0, done.stderr
    for name, data in (("ke", VOICE), ("giay", b"%PDF the deed")):
        [kept] = tmp_path.rglob(answers[name])
        assert kept.read_bytes() == data
    async with OpenRosaServer(forms=frozenset({"nuoc-sach"})) as server:
        remote = Remote(server.url, USER, PASSWORD)
        later = datetime.now(MORNING.tzinfo) + timedelta(minutes=5)
        assert await Pusher(service.database, remote, lambda: later).round() == 1
        assert server.faults == []
        [taken] = server.taken.values()
        assert taken.complete


def water_surveys(conn: Connection) -> list[Survey]:
    rows = conn.all(SurveyRow.__table__.select().where(SurveyRow.__table__.c.form == "nuoc-sach"))
    return [found for row in rows if (found := surveys.find(conn, row.id))]


def in_use(conn: Connection) -> list[str]:
    area = areas.by_code(conn, "27811-2", datetime.now(MORNING.tzinfo).date())
    assert area
    day = datetime.now(MORNING.tzinfo).date()
    return [one.form for one in forms.current(conn, area.id, day) if one.form == "nuoc-sach"]


def deeds(conn: Connection) -> list[str]:
    assert audit.verify(conn) is None
    rows = conn.all(AuditRow.__table__.select().order_by(AuditRow.__table__.c.id))
    return [row.action for row in rows if row.action != "redeem"]


async def test_an_invitation_made_in_the_chat_has_a_link_that_works(service: Service, api: BotApi) -> None:
    admin, mai = Phone(api.person("Quân")), Phone(api.person("Mai"))
    await admin.goes(
        ("/start QUANTRI222", "đồng ý không"),
        ("[Đồng ý]", "tên gì"),
        ("Quân", "quản trị viên"),
        ("/quantri", "Quản trị"),
        ("[Mời người]", "Mời làm gì?"),
        ("[Tổ viên]", "địa bàn nào?"),
        ("27811-1", "Vào tổ nào?"),
        ("[Bỏ qua]", "Mấy người"),
        ("1", "mấy ngày"),
    )
    await admin.type("3")
    text = await admin.sees("Mã mời tổ viên, ấp 1", "https://t.me/tocns_bot?start=")
    code = text.split("?start=")[1].split()[0]
    await mai.goes(
        (f"/start {code}", "đồng ý không"),
        ("[Đồng ý]", "tên gì"),
        ("Mai", "tổ viên"),
        ("/khaosat", "Ấp 1, xã Bình Hòa"),
    )


async def test_a_file_from_somebody_who_administers_nothing_gets_one_courteous_sentence(
    service: Service, api: BotApi
) -> None:
    citizen = Phone(api.person("Ba"))
    await citizen.goes(("/start", "Chào"))
    await citizen.send_file("phieu.xlsx", b"PK")
    assert await citizen.hear() == "Em chưa đọc được tệp. Cô/chú gõ câu hỏi thành chữ giúp em nhé."
    assert await service.database.read(lambda conn: conn.all(SheetRow.__table__.select())) == []
