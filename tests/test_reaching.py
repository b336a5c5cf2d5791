"""People on a channel with a window: what the desk, the clock and those responsible make of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from bot import unreached
from bot.app import facts
from bot.channels.base import Incoming, Limits, Window
from bot.clock import Clock
from bot.desk import Desk, World
from bot.render import fits, from_json, render
from content import knowledge
from content.calendar import Calendar
from handlers import routes
from handlers.talk import Choice, Reply
from storage import outbox, people, reaching
from storage.articles import Answers
from storage.database import Connection, Database
from tests.transcripts.stage import PEOPLE, furnish

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SATURDAY = datetime(2026, 11, 28, 19, 0, tzinfo=ZONE)
OA = Limits(
    text=1900, buttons=5, row=1, button_label=40, caption=0, phone=True, hints="zalo_oa",
    window=Window(timedelta(hours=48), timedelta(days=7), 55),
)  # fmt: skip
BOT = replace(OA, buttons=0, window=None, phone=False, hints="zalo_bot")


def desk(database: Database, now: list[datetime], limits: Limits = OA) -> Desk:
    world = World(lambda: now[0], lambda: str(uuid4()))
    known = {"text": limits, "telegram": Limits(4096, 100, 4, 40)}
    return Desk(database, routes.handle, facts(Answers(knowledge.load)), known, world, lambda _: None)


def event(number: int, at: datetime, who: str = "tam", **more: object) -> Incoming:
    return Incoming("text", f"e{number}", who, at, **more)  # type: ignore[arg-type]


async def account(database: Database, who: str) -> people.Account:
    found = await database.read(lambda conn: people.account(conn, "text", who))
    assert found
    return found


async def hold(database: Database, who: str, now: datetime) -> int:
    """A reminder that waits, since its person has not been heard."""
    number = (await account(database, who)).id

    def put(conn: Connection) -> int:
        row = outbox.enqueue(
            conn, account_id=number, channel="text", kind="reminder", priority=1, body='{"text":"Nhắc"}',
            due_at=now,
        )  # fmt: skip
        assert row
        reaching.hold(conn, row, now + timedelta(hours=1), now)
        return row

    return await database.write(put)


@pytest.mark.parametrize("deed", ["said", "touched"])
async def test_a_deed_opens_the_window_and_sends_what_waited(database: Database, deed: str) -> None:
    await database.write(furnish)
    now = [SATURDAY]
    await hold(database, "tam", SATURDAY)
    await desk(database, now).hear(event(1, SATURDAY - timedelta(minutes=1), text="chào", deed=deed))
    reach = await database.read(lambda conn: reaching.reach(conn, people.account(conn, "text", "tam").id))
    assert reach.heard_at == SATURDAY - timedelta(minutes=1)
    assert await database.read(lambda conn: reaching.held(conn, 9)) == []
    due = await database.write(lambda conn: outbox.take(conn, "text", SATURDAY, 9))
    assert [row.kind for row in due] == (["reply"] if deed == "said" else []) + ["reminder"]


async def test_who_left_is_told_nothing_more_until_they_come_back(database: Database) -> None:
    await database.write(furnish)
    now = [SATURDAY]
    await hold(database, "tam", SATURDAY)
    bot = desk(database, now)
    await bot.hear(event(1, SATURDAY, deed="left"))
    assert not (await account(database, "tam")).reachable
    assert await database.read(outbox.backlog) == {("text", "gone"): 1}
    await bot.hear(event(2, SATURDAY, text="em quay lại"))
    assert (await account(database, "tam")).reachable


async def test_a_strangers_tap_on_the_account_makes_nobody(database: Database) -> None:
    await database.write(furnish)
    for deed in ("touched", "left"):
        await desk(database, [SATURDAY]).hear(event(1, SATURDAY, "ai-do", deed=deed))
    assert await database.read(lambda conn: people.account(conn, "text", "ai-do")) is None


async def test_those_responsible_are_told_once_a_day_who_cannot_be_written_to(database: Database) -> None:
    await database.write(furnish)
    now = [SATURDAY]
    for who in ("tam", "son"):
        await hold(database, who, SATURDAY)

    async def told() -> dict[str, str]:
        await database.write(lambda conn: unreached.tell(conn, desk(database, now), 100_000, now[0]))
        texts = {}
        for who in PEOPLE:
            number = (await account(database, who)).id
            rows = await database.read(lambda conn, number=number: outbox.since(conn, number, 2))
            if rows:
                texts[who] = from_json(rows[-1].body).text
        return texts

    first = await told()
    assert set(first) == {"lan", "quan", "thao", "trung"}
    assert "1 người" in first["lan"]
    assert "Tâm" in first["lan"]
    assert "Sơn" not in first["lan"], "a district's official is not of her commune"
    assert "2 người" in first["quan"]
    assert "0 đồng, mức trần 100" in first["quan"]
    before = await database.read(outbox.backlog)
    await told()
    assert await database.read(outbox.backlog) == before
    now[0] += timedelta(days=1)
    await told()
    assert (await database.read(outbox.backlog))["text", "waiting"] == before["text", "waiting"] + 4


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        (timedelta(days=6), 1),  # closes on Sunday
        (timedelta(days=5), 0),  # still open on Monday morning
        (timedelta(days=8), 0),  # closed already
    ],
)
async def test_a_digest_that_would_miss_the_window_goes_on_the_saturday_before(
    sqlite_database: Database, heard: timedelta, told: int
) -> None:
    await sqlite_database.write(furnish)
    now = [SATURDAY - timedelta(days=10)]
    clock = Clock(sqlite_database, desk(sqlite_database, now), Calendar(), ZONE)
    await clock.digests()  # from now on a clock has run here

    def hear(conn: Connection) -> int:
        lan = people.account(conn, "text", "lan")
        assert lan
        people.heard(conn, lan.id, SATURDAY - heard)
        return lan.id

    number = await sqlite_database.write(hear)
    now[0] = SATURDAY - timedelta(days=5)
    await clock.digests()
    before = len(await sqlite_database.read(lambda conn: outbox.since(conn, number, 0)))
    now[0] = SATURDAY
    await clock.digests()
    await clock.digests()
    after = len(await sqlite_database.read(lambda conn: outbox.since(conn, number, 0)))
    assert (after > before) == bool(told)
    now[0] = SATURDAY + timedelta(hours=39)
    await clock.digests()
    on_monday = len(await sqlite_database.read(lambda conn: outbox.since(conn, number, 0)))
    assert (on_monday > after) == (not told), "once a week, at either time"


# --------------------------------------------------------------------------- what is listed


MENU = tuple(Choice(label, f"/{label}") for label in ("khaosat", "tiendo", "trogiup"))


def test_on_a_channel_without_buttons_a_menu_is_numbered() -> None:
    (part,) = render(Reply("Làm gì bây giờ?", MENU), BOT, "vi")
    assert part.text.splitlines()[2:] == [
        "1. khaosat",
        "2. tiendo",
        "3. trogiup",
        "",
        "Xin gõ số thứ tự để chọn.",
    ]
    assert (part.numbered, len(part.listed)) == (3, 3)


@pytest.mark.parametrize("reply", [Reply("1. Câu một: có", MENU), Reply("Mấy người?", MENU, numbers=0)])
def test_where_a_number_means_something_else_choices_are_named(reply: Reply) -> None:
    (part,) = render(reply, BOT, "vi")
    assert "• tiendo" in part.text
    assert part.text.endswith("Xin gõ tên mục để chọn, không dấu cũng được.")
    assert part.numbered == 0


def test_where_a_channel_has_no_button_for_it_the_way_is_told() -> None:
    place = Reply("Vị trí của hộ?", ask="location")
    assert "Bấm dấu +" in render(place, OA, "vi")[0].text
    assert "chưa gửi được vị trí" in render(place, BOT, "vi")[0].text
    assert render(Reply("Số của mình", ask="phone"), BOT, "vi") == []
    assert render(Reply("Số của mình", ask="phone"), OA, "vi")[0].ask == "phone"


def test_a_message_moves_only_where_nothing_of_it_is_lost() -> None:
    (three,) = render(Reply("Chọn đi", MENU), OA, "vi")
    assert fits(three, OA)
    assert not fits(three, BOT), "its buttons would be gone"
    (long,) = render(Reply("a" * 1900), OA, "vi")
    assert not fits(long, Limits(1000, 5, 1, 40))


async def test_a_number_or_name_that_is_typed_chooses_from_the_last_list(database: Database) -> None:
    await database.write(furnish)
    bot = desk(database, [SATURDAY], BOT)

    async def says(number: int, text: str) -> str:
        await bot.hear(event(number, SATURDAY, text=text))
        lan = await account(database, "tam")
        return from_json((await database.read(lambda conn: outbox.newest(conn, lan.id, 1)))[0]).text

    greeting = await says(1, "bắt đầu")
    line = next(line for line in greeting.splitlines() if line.endswith("Tiến độ"))
    assert "Tiến độ khảo sát" in await says(2, line.split(".")[0])
    await says(3, "bắt đầu")
    assert "Tiến độ khảo sát" in await says(4, "tien do")
    assert "xong 0/7 hộ" not in await says(5, "99")
