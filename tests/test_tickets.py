"""Questions to a person: who is told, who takes them, what neither side learns, and how they climb."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from sqlalchemy import select, update

from bot import climbing
from bot.app import facts
from bot.channels.base import Attachment, Incoming, Limits, Shown
from bot.desk import Desk, World
from bot.fetching import Fetching
from bot.sender import shown
from content import knowledge
from content.areas import Area, calls
from content.calendar import Calendar
from content.people import Grant, Person, Role
from content.tickets import NewTicket, due, told
from content.vietnamese import fold
from handlers import routes
from storage import areas, outbox, parked, people, photos, tickets
from storage.articles import Answers
from storage.database import Connection, Database, table
from storage.tables import GrantRow, PhotoRow
from tests import fakes
from tests.fakes import BESIDE, CITIZEN, COMMUNE, HAMLET, LEADER, MEMBER, OFFICIAL, PROVINCE, Chat
from tests.transcripts.stage import MORNING, furnish

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PATH = [PROVINCE.id, COMMUNE.id, HAMLET.id]
NEW = NewTicket(3, "Cài VNeID giúp tôi", "call", "0900000000", "Tổ liên hệ bằng cách nào?")


# --------------------------------------------------------------------------- who is told, and when


@pytest.mark.parametrize(
    ("asked", "now", "level"),
    [
        ("2026-12-07 08:00", "2026-12-07 19:00", "team"),
        ("2026-12-07 08:00", "2026-12-08 07:59", "team"),
        ("2026-12-07 08:00", "2026-12-08 08:00", "leader"),
        ("2026-12-07 08:00", "2026-12-10 07:59", "leader"),
        ("2026-12-07 08:00", "2026-12-10 08:00", "commune"),
        ("2026-12-04 16:00", "2026-12-06 16:00", "team"),  # over a weekend nothing climbs
        ("2026-12-04 16:00", "2026-12-07 15:59", "team"),
        ("2026-12-04 16:00", "2026-12-07 16:00", "leader"),
        ("2026-12-04 16:00", "2026-12-09 16:00", "commune"),
        ("2026-11-23 08:00", "2026-11-24 09:00", "team"),  # nor over a holiday: the day of culture
    ],
)
def test_a_question_climbs_after_one_working_day_and_after_three(asked: str, now: str, level: str) -> None:
    since, then = (datetime.fromisoformat(moment).replace(tzinfo=ZONE) for moment in (asked, now))
    assert due("team", since, Calendar(), then) == level


def test_what_has_climbed_does_not_come_down() -> None:
    now = datetime(2026, 11, 23, 8, tzinfo=ZONE)
    assert due("commune", now, Calendar(), now) == "commune"


def test_the_hamlets_team_is_told_and_nobody_beside_or_above_it() -> None:
    beside = Person(21, "Bên", grants=(Grant(Role.MEMBER, BESIDE.id),))
    assert told("team", [MEMBER, LEADER, OFFICIAL, beside], PATH) == ("team", [MEMBER])
    assert told("leader", [MEMBER, LEADER, OFFICIAL], PATH) == ("leader", [LEADER])
    assert told("commune", [MEMBER, LEADER, OFFICIAL], PATH) == ("commune", [OFFICIAL])


def test_where_a_level_has_nobody_the_next_above_is_told() -> None:
    assert told("team", [LEADER, OFFICIAL], PATH) == ("leader", [LEADER])
    assert told("team", [OFFICIAL], PATH) == ("commune", [OFFICIAL])
    assert told("team", [], PATH) == ("commune", [])


# --------------------------------------------------------------------------- stored, on either engine


def _asked(conn: Connection) -> tuple[str, int, int]:
    furnish(conn)
    citizen = people.create(conn, "", "vi", MORNING)
    area = tickets_area(conn)
    tickets.ask(conn, "a" * 36, citizen, replace(NEW, area_id=area), "team", MORNING)
    member = people.account(conn, "text", "tam")
    assert member
    return "a" * 36, citizen, member.person_id


def tickets_area(conn: Connection) -> int:
    account = people.account(conn, "text", "tam")
    assert account
    person = people.find(conn, account.person_id, MORNING.date())
    assert person
    return person.grants[0].area_id


async def test_a_ticket_is_kept_talked_about_closed_and_reopened(database: Database) -> None:
    def story(conn: Connection) -> None:
        number, citizen, member = _asked(conn)
        assert tickets.take(conn, number, member, MORNING)
        assert not tickets.take(conn, number, citizen, MORNING)
        tickets.add_line(conn, number, "team", member, "Chiều mai nha cô", MORNING)
        tickets.add_line(conn, number, "citizen", citizen, "Dạ được", MORNING)
        tickets.book(conn, number, MORNING.date() + timedelta(days=1), "mai, 3 giờ", MORNING)
        days = (MORNING.date() + timedelta(days=n) for n in (0, 1, 2))
        assert [len(tickets.visits(conn, member, day, day)) for day in days] == [0, 1, 0]
        found = tickets.find(conn, number)
        assert found
        assert (found.status, found.taken_by, found.visit) == ("taken", member, "mai, 3 giờ")
        assert found.talking(MORNING + timedelta(hours=1))
        assert not found.talking(MORNING + timedelta(hours=3))
        assert [line.text for line in tickets.lines(conn, number)] == ["Chiều mai nha cô", "Dạ được"]
        assert tickets.of_helper(conn, member) == [found]
        tickets.close(conn, number, "Đã cài", MORNING)
        assert tickets.of_helper(conn, member) == []
        tickets.wait(conn, number, "team", MORNING + timedelta(days=1))
        again = tickets.find(conn, number)
        assert again
        assert (again.status, again.taken_by, again.visit) == ("open", None, "")
        assert [one.id for one in tickets.waiting(conn, [found.area_id])] == [number]
        assert tickets.home(conn, citizen) == found.area_id

    await database.write(story)


async def test_what_a_citizen_wrote_is_not_readable_in_the_database(sqlite_database: Database) -> None:
    await sqlite_database.write(_asked)
    path = sqlite_database.url.removeprefix("sqlite+aiosqlite:///")
    files = [open(name, "rb").read() for name in (path, f"{path}-wal")]  # noqa: ASYNC230, PTH123, SIM115
    assert not any(secret.encode() in file for file in files for secret in (NEW.text, NEW.contact))


# --------------------------------------------------------------------------- two at once


class Town:
    """The real desk, and what each was told."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = MORNING
        self.numbers: Iterator[int] = iter(range(1, 10_000))
        ids = (f"{number:08x}-0000-4000-8000-000000000000" for number in range(1, 10_000))
        world = World(lambda: self.now, lambda: next(ids))
        limits = {"text": Limits(text=4096, buttons=40, row=8, button_label=200)}
        self.desk = Desk(
            database, routes.handle, facts(Answers(knowledge.load)), limits, world, lambda _: None
        )

    async def say(self, who: str, text: str, payload: str | None = None) -> None:
        event = f"event-{next(self.numbers)}"
        await self.desk.hear(Incoming("text", event, who, self.now, text=text, payload=payload))

    async def told(self, who: str) -> list[str]:
        def read(conn: Connection) -> list[str]:
            assert not list(parked.waiting(conn))
            account = people.account(conn, "text", who)
            assert account
            return [shown(row).text for row in outbox.since(conn, account.id, 0)]

        return await self.database.read(read)

    async def ask(self, who: str = "co-tu") -> str:
        """Goes through /hotro; the ticket's id."""
        for text in (
            "/hotro",
            "Đồng ý",
            "Không ai chỉ tôi cài VNeID",
            "ấp 2, xã Bình Hòa",
            "3",
            "nhà cạnh chợ",
        ):
            await self.say(who, text)

        def newest(conn: Connection) -> str:
            account = people.account(conn, "text", who)
            assert account
            return tickets.of_citizen(conn, account.person_id)[0].id

        return await self.database.read(newest)


def _furnish(conn: Connection) -> None:
    """The stage of the stories, and a second member in the same hamlet."""
    furnish(conn)
    person = people.create(conn, "Mai", "vi", MORNING)
    people.grant(conn, person, Grant(Role.MEMBER, tickets_area(conn)), MORNING.date())
    people.add_account(conn, person, "text", "mai", MORNING)


@pytest.mark.parametrize("typed", ["ấp 2 bình hòa", "tui o ap 2 xa binh hoa", "ap 2, binh hoa"])
async def test_a_hamlet_is_found_however_it_is_written(sqlite_database: Database, typed: str) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    for text in ("/hotro", "Đồng ý", "Không ai chỉ tôi cài VNeID", typed):
        await town.say("co-tu", text)
    assert "4/4" in (await town.told("co-tu"))[-1]


async def test_who_names_a_place_that_there_is_not_can_choose_the_commune(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    for text in ("/hotro", "Đồng ý", "Không ai chỉ tôi cài VNeID", "kế cái miếu ông Tà"):
        await town.say("co-tu", text)
    assert "Em không thấy nơi nào tên" in (await town.told("co-tu"))[-1]
    await town.say("co-tu", "Không rõ ấp, xã Bình Hòa")
    assert "4/4" in (await town.told("co-tu"))[-1]


@dataclass
class Country(fakes.World):
    """Provinces of communes of the same hamlets, and how often the tree was looked at."""

    looks: int = 0

    def areas_named(self, words: str) -> Sequence[Area]:
        self.looks += 1
        return [unit for unit in self.below(1, fakes.NOW.date()) if fold(words) in calls(unit.name)]

    def roots(self, on: date) -> Sequence[Area]:
        return [replace(PROVINCE, id=number) for number in range(1, 35)]

    def below(self, area_id: int, on: date) -> Sequence[Area]:
        self.looks += 1
        return [replace(COMMUNE, id=1000 * area_id + n, name=f"xã Bình Hòa {n}") for n in range(90)]

    def hamlets(self, area_id: int, on: date) -> Sequence[Area]:
        return [replace(HAMLET, id=7, name="khu phố 3"), replace(HAMLET, id=8, name="ấp 13")]


def _asked_where(country: Country, words: str) -> Chat:
    chat = Chat(country, CITIZEN)
    for text in ("/hotro", "Đồng ý", "Không ai chỉ tôi cài VNeID", words):
        chat.say(text)
    return chat


@pytest.mark.parametrize("typed", ["3 bình hòa 12", "khu phố 3 xã bình hòa 12"])
def test_a_hamlet_with_a_kind_of_two_words_is_found_by_the_rest_of_its_name(typed: str) -> None:
    doing = _asked_where(Country(), typed).turn.doing
    assert doing
    assert doing.about["area"] == 7


def test_a_story_instead_of_a_place_and_a_country_of_communes_cost_a_few_looks() -> None:
    country = Country()
    chat = _asked_where(country, "nhà tui gần " + "cái miếu " * 1000)
    assert "Em không thấy nơi nào tên" in chat.text
    assert country.looks < 10


async def test_of_two_who_take_it_at_once_one_gets_it_and_the_other_is_told(database: Database) -> None:
    await database.write(_furnish)
    town = Town(database)
    ticket = await town.ask()
    take = f"ticket:take:{ticket}"
    await asyncio.gather(town.say("tam", "Tôi nhận", take), town.say("mai", "Tôi nhận", take))
    said = [(await town.told(who))[-1] for who in ("tam", "mai")]
    assert sum("đã nhận. Từ đây" in text for text in said) == 1
    assert sum("đã nhận việc này rồi" in text for text in said) == 1
    assert sum("Có tổ viên nhận giúp" in text for text in await town.told("co-tu")) == 1


async def test_neither_side_learns_the_name_or_account_of_the_other(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("tam", "", f"ticket:take:{ticket}")
    await town.say("tam", "Chiều mai cô có nhà không?")
    await town.say("co-tu", "Có nha con")
    citizen, member = "\n".join(await town.told("co-tu")), "\n".join(await town.told("tam"))
    assert "Tổ viên nhắn cô/chú:\nChiều mai cô có nhà không?" in citizen
    assert "Bà con ở ấp 2, xã Bình Hòa nhắn:\nCó nha con" in member
    assert "Tâm" not in citizen
    assert "co-tu" not in member


@pytest.mark.parametrize("verb", ["take", "show", "write", "visit", "done", "back", "reopen", "drop"])
async def test_a_ticket_is_nobodys_business_beside_its_hamlet(sqlite_database: Database, verb: str) -> None:
    def strangers(conn: Connection) -> None:
        _furnish(conn)
        outsider = people.create(conn, "Xa", "vi", MORNING)
        beside = areas.by_code(conn, "27811-1", MORNING.date())
        assert beside
        people.grant(conn, outsider, Grant(Role.MEMBER, beside.id), MORNING.date())
        people.add_account(conn, outsider, "text", "xa", MORNING)

    await sqlite_database.write(strangers)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("xa", "", f"ticket:{verb}:{ticket}")
    assert (await town.told("xa"))[-1] == "Em không thấy câu hỏi đó ở nơi anh/chị phụ trách."
    found = await sqlite_database.write(lambda conn: tickets.find(conn, ticket))
    assert found
    assert found.status == "open"


async def test_who_is_in_a_survey_takes_a_ticket_without_losing_it(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    for text in ("/khaosat", "1", "Đồng ý trả lời"):
        await town.say("tam", text)
    asked = (await town.told("tam"))[-1]
    await town.say("tam", "Tôi nhận", f"ticket:take:{ticket}")
    taken, again = (await town.told("tam"))[-2:]
    assert "Anh/chị đã nhận" in taken
    assert again == asked
    await town.say("tam", "Nhắn tin", f"ticket:write:{ticket}")
    assert "đang làm dở một việc khác" in (await town.told("tam"))[-2]


async def test_an_unanswered_question_is_told_to_each_level_once(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    await town.ask()

    async def look() -> list[int]:
        """Messages to the leader, to the commune, and to whoever asked."""
        await sqlite_database.write(lambda conn: climbing.climb(conn, town.desk, Calendar()))
        wanted = (("hung", "Quá 1 ngày làm việc"), ("lan", "Quá 3 ngày làm việc"))
        asker = (("co-tu", "em đã báo thêm tổ trưởng"), ("co-tu", "em đã báo lên cán bộ xã"))
        return [sum(words in text for text in await town.told(who)) for who, words in (*wanted, *asker)]

    assert await look() == [0, 0, 0, 0]
    town.now = MORNING + timedelta(days=2, minutes=1)  # the 24th is a holiday
    assert await look() == [1, 0, 1, 0]
    assert await look() == [1, 0, 1, 0]
    town.now = MORNING + timedelta(days=4, minutes=1)
    assert await look() == [1, 1, 1, 1]
    assert await look() == [1, 1, 1, 1]


async def test_a_leader_hears_late_of_what_should_have_reached_a_commune_without_officials(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    await town.ask()
    grants = table(GrantRow)
    await sqlite_database.write(
        lambda conn: conn.run(
            update(grants).where(grants.c.role == "commune").values(valid_to=MORNING.date())
        )
    )
    town.now = MORNING + timedelta(days=5)
    await sqlite_database.write(lambda conn: climbing.climb(conn, town.desk, Calendar()))
    assert "Quá 1 ngày làm việc" in (await town.told("hung"))[-1]


async def test_who_gives_it_back_leaves_nobody_waiting_for_them(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("tam", "", f"ticket:take:{ticket}")
    await town.say("tam", "Trả lại", f"ticket:back:{ticket}")
    assert "Em đang tìm người khác" in (await town.told("co-tu"))[-1]
    assert "đang chờ người giúp" in (await town.told("mai"))[-1]
    assert "đang chờ người giúp" not in (await town.told("tam"))[-1]


async def test_where_the_only_member_gives_it_back_the_leader_is_told_at_once(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("tam", "", f"ticket:take:{ticket}")
    await town.say("tam", "Trả lại", f"ticket:back:{ticket}")
    assert "đang chờ người giúp" in (await town.told("hung"))[-1]
    found = await sqlite_database.read(lambda conn: tickets.find(conn, ticket))
    assert found
    assert found.level == "leader"


async def test_who_is_told_when_somebody_comes_just_answers(sqlite_database: Database) -> None:
    """Nobody has written yet: without this the answer was taken for a question, and nobody heard of it."""
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("mai", "", f"ticket:take:{ticket}")
    await town.say("mai", "", f"ticket:visit:{ticket}")
    await town.say("mai", "mai")
    await town.say("mai", "8 giờ sáng")
    assert "Tổ viên hẹn cô/chú" in (await town.told("co-tu"))[-1]
    await town.say("co-tu", "mai tui mắc đi đám giỗ rồi, bữa khác nghen")
    assert "Em đã chuyển cho tổ viên" in (await town.told("co-tu"))[-1]
    assert "bữa khác nghen" in (await town.told("mai"))[-1]


async def test_an_emergency_told_to_a_person_is_passed_on_and_answered_by_the_machine(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("co-tu", "Nhắn tin", f"ticket:write:{ticket}")
    await town.say("co-tu", "má tui xỉu rồi")
    assert "gọi ngay 115" in (await town.told("co-tu"))[-1]
    await town.say("co-tu", "Thôi nhắn", f"ticket:leave:{ticket}")
    await town.say("tam", "", f"ticket:take:{ticket}")
    await town.say("tam", "Chào cô")
    await town.say("co-tu", "chay nha roi cuu tui")
    assert "gọi ngay 114" in (await town.told("co-tu"))[-1]
    assert "chay nha roi cuu tui" in (await town.told("tam"))[-1]
    await town.say("co-tu", "Hỏi việc khác", "ticket:ask:")
    await town.say("co-tu", "tui khong muon song nua")
    said = (await town.told("co-tu"))[-1]
    assert "gọi ngay 115" in said
    assert "ấp nào, xã nào" in said


@pytest.mark.parametrize("payload", ["mydata:erased", "mydata:withdrawn:help"])
async def test_who_has_all_forgotten_is_visited_no_more(sqlite_database: Database, payload: str) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("tam", "", f"ticket:take:{ticket}")
    await town.say("co-tu", "", payload)
    told = (await town.told("tam"))[-1]
    assert "đã rút lại câu nhờ giúp mà anh/chị nhận" in told
    assert "VNeID" not in told
    await town.say("tam", "Cô có nhà không?")
    assert "Cô có nhà không?" not in (await town.told("co-tu"))[-1]


async def test_who_wants_their_data_erased_need_not_stop_talking_first(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("tam", "", f"ticket:take:{ticket}")
    await town.say("tam", "Chào cô")
    await town.say("co-tu", "Xóa dữ liệu của tui")
    assert "Đây là những gì em đang giữ về cô/chú" in (await town.told("co-tu"))[-1]
    assert "Xóa dữ liệu" not in (await town.told("tam"))[-1]


async def test_who_tells_a_secret_knows_that_it_was_not_passed_on(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("tam", "", f"ticket:take:{ticket}")
    await town.say("tam", "Cô gõ sai mấy lần?")
    await town.say("co-tu", "sai 5 lan, cccd 079123456789")
    assert "cũng không chuyển cho tổ viên" in (await town.told("co-tu"))[-1]
    assert "sai 5 lan" not in (await town.told("tam"))[-1]


async def test_a_taken_question_does_not_climb(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("tam", "", f"ticket:take:{ticket}")
    town.now = MORNING + timedelta(days=5)
    assert await sqlite_database.write(lambda conn: climbing.climb(conn, town.desk, Calendar())) == set()


async def test_who_took_a_question_and_is_not_heard_of_is_asked_once_how_it_stands(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("tam", "", f"ticket:take:{ticket}")

    async def reminded() -> int:
        await sqlite_database.write(lambda conn: climbing.remind(conn, town.desk, Calendar()))
        return sum("đã quá 1 ngày làm việc" in text for text in await town.told("tam"))

    assert await reminded() == 0
    town.now = MORNING + timedelta(days=2, minutes=1)  # the 24th is a holiday
    assert await reminded() == 1
    town.now = MORNING + timedelta(days=3)
    assert await reminded() == 1


async def test_who_has_written_or_booked_a_visit_is_not_reminded(database: Database) -> None:
    def story(conn: Connection) -> None:
        number, _, member = _asked(conn)
        tickets.take(conn, number, member, MORNING)
        since = MORNING - timedelta(days=1)
        assert [found.id for found, _ in tickets.silent(conn, since)] == [number]
        assert tickets.silent(conn, MORNING) == []
        tickets.book(conn, number, MORNING.date(), "mai", MORNING)
        assert tickets.silent(conn, since) == []

    await database.write(story)


async def test_three_open_questions_are_enough_for_one_person(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    await town.ask()
    for _ in range(2):
        await town.say("co-tu", "Hỏi việc khác", "ticket:ask:")
        for text in ("Không ai chỉ tôi cài VssID", "ấp 2, xã Bình Hòa", "1"):
            await town.say("co-tu", text)
    await town.say("co-tu", "Hỏi việc khác", "ticket:ask:")
    assert "Câu hỏi của cô/chú" in (await town.told("co-tu"))[-1]
    account = await sqlite_database.read(lambda conn: people.account(conn, "text", "co-tu"))
    assert account
    mine = await sqlite_database.read(lambda conn: tickets.of_citizen(conn, account.person_id))
    assert len(mine) == 3


async def test_a_month_after_it_was_closed_neither_words_nor_ways_to_reach_anybody_are_left(
    database: Database,
) -> None:
    def story(conn: Connection) -> None:
        number, _, member = _asked(conn)
        tickets.take(conn, number, member, MORNING)
        tickets.add_line(conn, number, "team", member, "Chiều mai nha cô", MORNING)
        assert tickets.forget(conn, MORNING + timedelta(days=99)) == 0  # not while it is open
        tickets.close(conn, number, "Đã cài", MORNING)
        assert tickets.forget(conn, MORNING) == 0
        assert tickets.forget(conn, MORNING + timedelta(days=1)) == 1
        left = tickets.find(conn, number)
        assert left
        assert (left.text, left.contact, left.outcome, left.status) == ("", "", "", "closed")
        assert tickets.lines(conn, number) == []

    await database.write(story)


async def test_who_joins_another_channel_keeps_what_they_asked_for(database: Database) -> None:
    def story(conn: Connection) -> None:
        number, citizen, _ = _asked(conn)
        account = people.add_account(conn, citizen, "text", "web", MORNING)
        other = people.create(conn, "", "vi", MORNING)
        people.join(conn, account, other)
        assert [one.id for one in tickets.of_citizen(conn, other)] == [number]
        assert people.find(conn, citizen, MORNING.date()) is None

    await database.write(story)


async def test_what_was_talked_about_last_outlives_a_turn(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    await town.say("co-tu", "Quên mật khẩu VssID thì làm sao?")
    await town.say("co-tu", "bước 2 không thấy")
    assert "Bước 2 của bài “Quên, lấy lại, đổi mật khẩu VssID”" in (await town.told("co-tu"))[-1]


async def test_on_a_channel_without_buttons_they_can_be_typed(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("tam", "", f"ticket:take:{ticket}")
    await town.say("tam", "xong viec")
    assert "Anh/chị đã giúp được gì?" in (await town.told("tam"))[-1]
    await town.say("tam", "/huy")
    await town.say("tam", "", f"ticket:write:{ticket}")
    await town.say("tam", "thoi nhan")
    assert "Đã thôi nhắn" in (await town.told("tam"))[-1]
    assert not any("thoi nhan" in text for text in await town.told("co-tu"))


async def test_where_a_channel_has_few_buttons_their_labels_can_be_typed(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    town.desk.limits = {"text": Limits(text=2000, buttons=5, row=1, button_label=100)}
    ticket = await town.ask()
    await town.say("tam", "", f"ticket:take:{ticket}")
    await town.say("tam", "Trả lại", f"ticket:back:{ticket}")
    await town.say("co-tu", "khong can nua")
    assert "Em đã khép câu hỏi lại" in (await town.told("co-tu"))[-1]


async def test_where_a_channel_has_room_citizens_type_a_number_or_a_short_label_too(
    sqlite_database: Database,
) -> None:
    """Telegram shows long titles as a numbered list: "2" was a question there, and was not understood."""
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    town.desk.limits = {"text": Limits(text=4096, buttons=40, row=8, button_label=30)}
    await town.say("co-tu", "vneid")
    second = (await town.told("co-tu"))[-1].split("\n2. ")[1].split("\n")[0]
    await town.say("co-tu", "2")
    assert second in (await town.told("co-tu"))[-1]
    await town.say("co-tu", "khong phai y toi")
    assert (await town.told("co-tu"))[-1].startswith("Em xin lỗi")


async def test_who_wants_all_erased_types_it_as_well_as_they_tap_it(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    for text in ("xóa dữ liệu của tôi", "xoa het"):
        await town.say("co-tu", text)
    assert "chắc chưa" in (await town.told("co-tu"))[-1]


# --------------------------------------------------------------------------- photos


def picture() -> bytes:
    """A JPEG that says where it was taken, with which phone."""
    exif = Image.Exif()
    exif[0x0110] = "Galaxy A12"
    exif.get_ifd(0x8825)[1] = "N"
    out = BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


async def photos_in_a_ticket(town: Town) -> str:
    """A ticket that Tâm has taken; both have a photo to show."""
    ticket = await town.ask()
    await town.say("tam", "Tôi nhận", f"ticket:take:{ticket}")
    return ticket


async def show(town: Town, who: str, data: bytes) -> None:
    """Somebody sends a photo, and it is fetched."""
    event = f"event-{next(town.numbers)}"
    photo = Attachment("photo", "image/jpeg", len(data), data)
    await town.desk.hear(Incoming("text", event, who, town.now, photo=photo))
    await Fetching(town.database, {}, town.desk).once()


async def got(town: Town, who: str) -> list[Shown]:
    """The pictures that somebody was sent."""

    def read(conn: Connection) -> list[Shown]:
        account = people.account(conn, "text", who)
        assert account
        return [one for row in outbox.since(conn, account.id, 0) if (one := shown(row)).data]

    return await town.database.read(read)


async def test_photos_pass_both_ways_and_say_nothing_of_who_took_them(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await photos_in_a_ticket(town)
    await show(town, "tam", picture())
    await town.say("co-tu", "Nhắn tin", f"ticket:write:{ticket}")
    await show(town, "co-tu", picture())
    for who, text in (("co-tu", "Tổ viên gửi hình."), ("tam", "Bà con gửi hình.")):
        [one] = await got(town, who)
        assert one.text == text
        assert one.data is not None
        with Image.open(BytesIO(one.data)) as seen:
            assert (seen.size, dict(seen.getexif())) == ((40, 30), {})
        assert "tam" not in one.file_name + one.text
        assert "co-tu" not in one.file_name + one.text
    await town.say("tam", "Xem", f"ticket:show:{ticket}")
    assert "– Tổ viên: (hình)\n– Bà con: (hình)" in (await town.told("tam"))[-1]


async def test_a_photo_outside_a_dialogue_goes_to_who_is_talking_with_one(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    await photos_in_a_ticket(town)
    await town.say("tam", "cô chụp màn hình cho cháu xem")
    await show(town, "co-tu", picture())
    assert len(await got(town, "tam")) == 1


async def test_a_photo_goes_to_who_has_just_taken_the_question_and_has_not_written_yet(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await town.ask()
    await town.say("tam", "", f"ticket:take:{ticket}")
    await show(town, "co-tu", picture())
    assert len(await got(town, "tam")) == 1


async def test_a_photo_without_anybody_who_asked_for_it_is_not_kept(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    await show(town, "co-tu", picture())
    assert await sqlite_database.read(lambda conn: conn.all(select(table(PhotoRow).c.name))) == []


async def test_who_sent_what_is_no_photo_is_told_so(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    await photos_in_a_ticket(town)
    await show(town, "tam", b"no picture")
    fetching = Fetching(town.database, {}, town.desk)
    for _ in range(photos.TRIES):
        await fetching.once()
    said = await town.told("tam")
    assert sum("em không lấy được" in text for text in said) == 1
    assert await got(town, "co-tu") == []


async def test_what_is_forgotten_of_a_ticket_are_its_photos_too(sqlite_database: Database) -> None:
    await sqlite_database.write(_furnish)
    town = Town(sqlite_database)
    ticket = await photos_in_a_ticket(town)
    await show(town, "tam", picture())
    await sqlite_database.write(lambda conn: tickets.close(conn, ticket, "xong", town.now))
    later = town.now + timedelta(days=400)
    await sqlite_database.write(lambda conn: tickets.forget(conn, later))
    assert await sqlite_database.read(lambda conn: conn.all(select(table(PhotoRow).c.name))) == []
