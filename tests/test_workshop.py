"""Files in the chat: asked for in a turn, made apart, sent once and only to those who may see them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from docx import Document
from openpyxl import load_workbook
from PIL import Image
from typer.testing import CliRunner

from bot import render
from bot.app import facts
from bot.channels.base import Incoming, Limits
from bot.commands import digest as digest_command
from bot.commands import report as report_command
from bot.commands import targets as targets_command
from bot.commands.failure import Fault
from bot.desk import Desk, World
from bot.papers.order import Failed, Order, apart
from bot.render import Part
from bot.workshop import Workshop
from content import knowledge
from content.areas import read_list
from content.people import Grant, Role
from handlers import routes
from storage import areas, households, jobs, outbox, people
from storage.articles import Answers
from storage.database import Connection, Database
from storage.households import NewHousehold
from tests.papers.briefs import BRIEF
from tests.test_digests import Visit, answers

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
LISTS = Path(__file__).parent.parent / "content" / "areas"
LIMITS = {"test": Limits(text=4000, buttons=30, row=2, button_label=40)}
TITLES = {"vneid/muc-2": "Định danh mức 2"}


def place(conn: Connection) -> None:
    """Two households of one name in a hamlet, its member, an official of the commune, and the province's."""
    for name in ("moc-hoa", "ap-mau"):
        areas.import_list(conn, read_list((LISTS / f"{name}.csv").read_text("utf-8")))
    since = NOW - timedelta(days=20)
    for role, code in ((Role.COMMUNE, "27811"), (Role.MEMBER, "mau-27811-1"), (Role.DISTRICT, "80")):
        area = areas.by_code(conn, code, NOW.date())
        assert area is not None
        person = people.create(conn, f"Lan {role}", "vi", since)
        people.grant(conn, person, Grant(role, area.id), since.date())
        people.add_account(conn, person, "test", role, since)
        if role == Role.MEMBER:
            homes = [
                households.add(conn, NewHousehold(key, area.id, name), None, since)
                for key, name in (("a", "Nguyễn Văn Hai"), ("b", "Nguyễn Văn Hai"), ("c", "=Lê"))
            ]
            Visit("s", NOW - timedelta(days=1), homes[0], area.id, person, answers(mang="khong")).submit(conn)


@dataclass
class Chat:
    """People of the place talk with the bot; the worker is let go when the story says so."""

    database: Database
    make: Callable[[Order], Awaitable[bytes]] = apart
    now: datetime = NOW
    _ids: "count[int]" = field(default_factory=lambda: count(1))
    woken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = World(lambda: self.now, lambda: f"id-{next(self._ids)}")
        look_up = facts(Answers(knowledge.load))
        self.desk = Desk(self.database, routes.handle, look_up, LIMITS, world, self.woken.append)  # type: ignore[arg-type]
        self.workshop = Workshop(self.database, self.desk, lambda _: TITLES, self.make)

    async def say(self, who: Role, words: str = "", payload: str | None = None) -> list[Part]:
        """What is answered at once."""
        before = len(await self.told(who))
        await self.desk.hear(Incoming("test", f"e{next(self._ids)}", who, self.now, words, payload))
        return (await self.told(who))[before:]

    async def work(self, who: Role) -> list[Part]:
        """What comes of all that waits to be made."""
        before = len(await self.told(who))
        while await self.workshop.once():
            pass
        return (await self.told(who))[before:]

    async def told(self, who: Role) -> list[Part]:
        def read(conn: Connection) -> list[Part]:
            account = people.account(conn, "test", who)
            assert account is not None
            return [render.from_json(row.body, row.file) for row in outbox.since(conn, account.id, 0)]

        return await self.database.read(read)


def button(parts: list[Part], label: str) -> str:
    (found,) = [b.payload for part in parts for row in part.buttons for b in row if label in b.label]
    return found


@pytest.fixture
async def chat(database: Database) -> Chat:
    await database.write(place)
    return Chat(database)


# --------------------------------------------------------------------------- what staff receive


async def test_the_digest_is_followed_by_its_picture_and_offers_the_spreadsheet(chat: Chat) -> None:
    week = await chat.say(Role.COMMUNE, "/baocao")
    assert week[0].text.startswith("BẢN TIN tuần 47")
    assert all(part.attached is None for part in week)  # the turn itself makes nothing
    (picture,) = await chat.work(Role.COMMUNE)
    assert picture.attached is not None
    assert (picture.attached.name, picture.attached.media_type) == ("ban-tin-27811-2026-W47.png", "image/png")
    assert Image.open(BytesIO(picture.attached.data)).width == 1080
    assert picture.text == "Biểu đồ tuần 47 (16/11/2026 – 22/11/2026), xã Bình Hòa."
    (soon,) = await chat.say(Role.COMMUNE, "Bảng tính", button(week, "Bảng tính"))
    assert soon.text == "Em đang lập bảng tính của xã Bình Hòa. Xong em gửi anh/chị ngay ạ."
    (sheet,) = await chat.work(Role.COMMUNE)
    assert sheet.attached is not None
    book = load_workbook(BytesIO(sheet.attached.data))
    assert [row[1] for row in book["Theo ấp, khu phố"].iter_rows(values_only=True)][-1] == "Cộng xã Bình Hòa"
    assert "Nguyễn Văn Hai" in [row[3] for row in book["Cần xem lại"].iter_rows(values_only=True)]
    assert chat.woken[-1] == "test"


async def test_the_report_is_drafted_for_the_period_that_was_tapped_or_typed(chat: Chat) -> None:
    week = await chat.say(Role.COMMUNE, "/baocao")
    await chat.work(Role.COMMUNE)
    (which,) = await chat.say(Role.COMMUNE, "", button(week, "Dự thảo báo cáo"))
    labels = [b.label for row in which.buttons for b in row]
    assert labels == ["tháng 11 năm 2026", "tháng 10 năm 2026", "quý IV năm 2026", "năm 2026"]
    for asked in (
        {"payload": button([which], "quý IV")},
        {"words": "/baocao 2026-Q4"},
        {"words": "bao cao 2026-q4"},
    ):
        (soon,) = await chat.say(Role.COMMUNE, **asked)
        assert "dự thảo báo cáo quý IV năm 2026 của xã Bình Hòa" in soon.text
        (report,) = await chat.work(Role.COMMUNE)
        assert report.attached is not None
        assert report.attached.name == "bao-cao-27811-2026-Q4.docx"
        assert "trình ký" in report.text
        words = "\n".join(one.text for one in Document(BytesIO(report.attached.data)).paragraphs)
        assert "Đã khảo sát 1/3 hộ trong danh sách (33,3%)" in words
    (ahead,) = await chat.say(Role.COMMUNE, "/baocao 2027-01")
    assert "Chưa đến tháng 1 năm 2027" in ahead.text
    assert await chat.work(Role.COMMUNE) == []


async def test_the_province_gets_its_files_without_any_household(chat: Chat) -> None:
    week = await chat.say(Role.DISTRICT, "/baocao")
    below = await chat.say(Role.DISTRICT, "", button(week, "xã Bình Hòa"))
    await chat.work(Role.DISTRICT)
    await chat.say(Role.DISTRICT, "", button(below, "Bảng tính"))
    (sheet,) = await chat.work(Role.DISTRICT)
    assert sheet.attached is not None
    book = load_workbook(BytesIO(sheet.attached.data))
    assert "Cần xem lại" in book.sheetnames
    said = [cell for page in book for row in page.iter_rows(values_only=True) for cell in row]
    assert "Nguyễn Văn Hai" not in said


# --------------------------------------------------------------------------- who may


@pytest.mark.parametrize("verb", ["picture", "sheet", "report", "send", "now"])
async def test_nobody_gets_a_file_of_what_they_may_not_see(chat: Chat, verb: str) -> None:
    def elsewhere(conn: Connection) -> list[int]:
        found = [areas.by_code(conn, code, NOW.date()) for code in ("27823", "80", "27811")]
        return [area.id for area in found if area]

    beside, above, own = await chat.database.read(elsewhere)
    for who, area in ((Role.COMMUNE, beside), (Role.COMMUNE, above), (Role.MEMBER, own)):
        await chat.say(who, "", f"digest:{verb}:{area}:2026-W47")
        await chat.say(who, "", f"digest:draft:{area}:2026-Q4")
        assert await chat.work(who) == []


async def test_who_lost_the_role_meanwhile_gets_nothing(chat: Chat) -> None:
    await chat.say(Role.COMMUNE, "/baocao")

    def leave(conn: Connection) -> None:
        account = people.account(conn, "test", Role.COMMUNE)
        assert account is not None
        person = people.find(conn, account.person_id, NOW.date())
        assert person is not None
        people.revoke(conn, person.id, Role.COMMUNE, person.grants[0].area_id, NOW.date())

    await chat.database.write(leave)
    assert await chat.work(Role.COMMUNE) == []


# --------------------------------------------------------------------------- what can go wrong


async def test_two_workers_and_a_press_delivered_twice_send_one_file(chat: Chat) -> None:
    week = await chat.say(Role.COMMUNE, "/baocao")
    await chat.work(Role.COMMUNE)
    press = Incoming("test", "same", Role.COMMUNE, NOW, "", button(week, "Bảng tính"))
    await chat.desk.hear(press)
    await chat.desk.hear(press)
    before = len(await chat.told(Role.COMMUNE))
    await asyncio.gather(chat.workshop.once(), chat.workshop.once())
    assert len(await chat.told(Role.COMMUNE)) == before + 1


async def test_what_a_worker_that_died_left_behind_is_made_by_another_and_sent_once(chat: Chat) -> None:
    await chat.say(Role.COMMUNE, "/baocao")
    await chat.database.write(lambda conn: jobs.take(conn, chat.now))  # and dies
    assert await chat.work(Role.COMMUNE) == []
    chat.now += jobs.LEASE
    assert len(await chat.work(Role.COMMUNE)) == 1
    chat.now += jobs.LEASE
    assert await chat.work(Role.COMMUNE) == []


async def test_a_file_that_can_not_be_made_is_tried_again_and_then_the_person_is_told(
    database: Database,
) -> None:
    await database.write(place)

    async def fails(order: Order) -> bytes:
        raise Failed(order.kind)

    chat = Chat(database, fails)
    await chat.say(Role.COMMUNE, "/baocao")
    for _ in range(jobs.TRIES - 1):
        assert await chat.work(Role.COMMUNE) == []
        chat.now += timedelta(seconds=10)
    (sorry,) = await chat.work(Role.COMMUNE)
    assert "Em chưa lập được biểu đồ của xã Bình Hòa" in sorry.text
    chat.now += timedelta(days=1)
    assert await chat.work(Role.COMMUNE) == []


async def test_what_takes_too_long_or_dies_is_given_up() -> None:
    with pytest.raises(Failed, match="not made within"):
        await apart(Order("picture", "vi", BRIEF), seconds=0.01)
    with pytest.raises(Failed, match="AttributeError"):
        await apart(Order("picture", "vi", replace(BRIEF, figures=None)))  # type: ignore[arg-type]


# --------------------------------------------------------------------------- on the command line


@pytest.fixture
async def settings(
    sqlite_url: str, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await sqlite_database.write(place)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCNS_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TOCNS_SECRET_KEY", "a secret key that only the tests use")


async def run(*arguments: str) -> str:
    found, *rest = arguments
    app = {"digest": digest_command.app, "report": report_command.app, "targets": targets_command.app}[found]
    result = await asyncio.to_thread(CliRunner().invoke, app, rest)
    if isinstance(result.exception, Fault):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.usefixtures("settings")
async def test_words_picture_and_workbook_are_written_as_staff_receive_them(tmp_path: Path) -> None:
    out = tmp_path / "out"
    await run("digest", "--area", "27811", "--week", "2026-W47", "--out", str(out))
    assert sorted(path.name for path in out.iterdir()) == ["digest.png", "digest.txt", "digest.xlsx"]
    assert Image.open(out / "digest.png").width == 1080
    summary = load_workbook(out / "digest.xlsx")["Tóm tắt"]
    said = {row[0]: row[1] for row in summary.iter_rows(values_only=True)}
    words = (out / "digest.txt").read_text("utf-8")
    assert f"Đã khảo sát {said['Hộ đã khảo sát']}/{said['Hộ trong danh sách']} hộ" in words


@pytest.mark.usefixtures("settings")
async def test_a_report_is_written_or_it_is_said_in_a_line_why_not(tmp_path: Path) -> None:
    out = tmp_path / "new" / "bao-cao.docx"
    await run("report", "--area", "27811", "--period", "2026-11", "--out", str(out))
    assert any("tháng\u00a011\u00a0năm\u00a02026" in one.text for one in Document(str(out)).paragraphs)
    for arguments, said in (
        (("--area", "1", "--period", "2025", "--out", str(out)), "there is no area 1"),
        (("--area", "80", "--period", "2025-13", "--out", str(out)), "--period: '2025-13' is no period"),
        (("--area", "80", "--period", "2999", "--out", str(out)), "there is nothing to report yet"),
        (("--area", "80", "--period", "2025", "--out", "a.pdf"), "name it a.docx"),
        (("--area", "80", "--period", "2025", "--out", str(out / "a.docx")), "--out"),
    ):
        with pytest.raises(Fault, match=said):
            await run("report", *arguments)


@pytest.mark.usefixtures("settings")
async def test_a_plan_is_taken_in_whole_or_not_at_all(tmp_path: Path, sqlite_database: Database) -> None:
    plan = tmp_path / "ke-hoach.csv"
    plan.write_text("Mã,Tên chỉ tiêu,Năm,Chỉ số của phiếu,Mức đặt (%)\n1,Mạng,2026,internet,90\n", "utf-8")
    assert await run("targets", "import", str(plan), "--area", "27811") == "xã Bình Hòa: 1 targets of 2026.\n"
    assert await run("targets", "list", "--area", "27811", "--year", "2026") == "1\t90%\tinternet\tMạng\n"
    out = tmp_path / "out"
    await run("digest", "--area", "27811", "--week", "2026-W47", "--out", str(out))
    assert "chưa đạt, mức đặt 90%" in (out / "digest.txt").read_text("utf-8")  # in the digest too
    plan.write_text("Mã,Tên chỉ tiêu,Năm,Mức đặt (%)\n1,A,2026,90\n2,B,2026,trên 85%\n", "utf-8")
    with pytest.raises(Fault, match="row 3, column Mức đặt"):
        await run("targets", "import", str(plan), "--area", "27811")
    assert "Mạng" in await run("targets", "list", "--area", "27811", "--year", "2026")
    with pytest.raises(Fault, match="no targets of 2020"):
        await run("targets", "list", "--area", "27811", "--year", "2020")
    with pytest.raises(Fault, match="No such file"):
        await run("targets", "import", str(tmp_path / "none.csv"), "--area", "27811")


async def test_a_channel_gets_the_kind_of_file_it_takes_or_a_word_why_not(chat: Chat) -> None:
    week = await chat.say(Role.COMMUNE, "/baocao")
    for files, come in (
        (frozenset({"png", "docx", "csv"}), ["png", "csv", "docx"]),
        (frozenset({"png"}), ["png", None, None]),
    ):
        chat.desk.limits = {"test": replace(LIMITS["test"], files=files)}
        for payload in (button(week, "Biểu đồ"), button(week, "Bảng tính")):
            await chat.say(Role.COMMUNE, "", payload)
        await chat.say(Role.COMMUNE, "/baocao 2026-Q4")
        parts = (await chat.work(Role.COMMUNE))[-3:]
        assert [one.attached.name.rpartition(".")[2] if one.attached else None for one in parts] == come
        assert all(one.attached or "Kênh này không nhận tệp" in one.text for one in parts)
