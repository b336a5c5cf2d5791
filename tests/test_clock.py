"""What goes out by itself: never twice, never none, whatever stops, dies or shows the wrong time."""

import asyncio
import random
import sys
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import select, update

from content.areas import read_list
from content.broadcasting import Audience
from content.calendar import Calendar
from content.households import QUESTIONNAIRE
from content.indicators import DONE
from content.people import Grant, Person, Role
from content.reminding import Pause, Setting, Subscription
from content.targets import Target
from content.tickets import NewTicket
from handlers import broadcast
from storage import (
    areas,
    broadcasts,
    households,
    inbox,
    notes,
    outbox,
    people,
    subscriptions,
    talks,
    tallies,
    targets,
    tickets,
)
from storage.broadcasts import New
from storage.database import Connection, Database
from storage.households import NewHousehold
from storage.tables import OutboxRow
from tests.transcripts.stage import AREAS
from tests.workers import clock

ROOT = Path(__file__).parent.parent
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)
CALENDAR = Calendar()


def settle(conn: Connection, members: int = 1) -> dict[str, int]:
    """A commune with an official, a leader and members in ấp 2, where three households wait; who is who."""
    start = datetime(2025, 12, 1, tzinfo=ZONE)
    areas.import_list(conn, read_list(AREAS))
    commune, hamlet = (areas.by_code(conn, code, MONDAY.date()) for code in ("27811", "27811-2"))
    assert commune is not None
    assert hamlet is not None
    who = {"lan": (Role.COMMUNE, commune.id), "hung": (Role.LEADER, commune.id)}
    who |= {f"tam{n}": (Role.MEMBER, hamlet.id) for n in range(members)}
    ids = {"commune": commune.id, "hamlet": hamlet.id}
    for name, (role, area_id) in who.items():
        ids[name] = people.create(conn, name, "vi", start)
        people.grant(conn, ids[name], Grant(role, area_id), start.date())
        people.add_account(conn, ids[name], "test", name, start)
    for n in range(3):
        households.add(conn, NewHousehold(f"h{n}", hamlet.id, f"Hộ {n}"), None, start)
    return ids


async def told(database: Database) -> list[tuple[str, str]]:
    """What is in the outbox: kind and key, in its order."""
    asked = select(OutboxRow.kind, OutboxRow.unique_key).order_by(OutboxRow.id)  # type: ignore[call-overload]
    return [(row.kind, row.unique_key) for row in await database.read(lambda conn: conn.all(asked))]


async def begin(database: Database, at: datetime) -> None:
    """A clock ran on this database from that moment on."""
    await database.write(lambda conn: notes.put(conn, "clock", at.isoformat(), at))


def kinds(found: list[tuple[str, str]]) -> Counter[str]:
    return Counter(kind for kind, _ in found)


# ------------------------------------------------------------------ a year


async def test_through_a_year_with_outages_each_digest_comes_once_and_no_day_has_two_reminders(
    sqlite_database: Database,
) -> None:
    ids = await sqlite_database.write(settle)
    start = datetime(2026, 1, 1, 12, tzinfo=ZONE)
    now, chance = [start], random.Random(7)
    worker = clock(sqlite_database, now)
    await begin(sqlite_database, start)
    looked: list[date] = []
    while now[0] < start + timedelta(days=365):
        await worker.digests()
        await worker.remind()
        looked.append(now[0].date())
        # Mostly looks hours apart; sometimes the service is down for days, once for weeks.
        hours = chance.choice([3, 4, 5, 6, 60 if chance.random() < 0.1 else 5])
        now[0] += timedelta(hours=hours)
        if now[0].date() == date(2026, 7, 1):
            now[0] += timedelta(days=23)
    found = await told(sqlite_database)
    keys = [key for _, key in found]
    assert len(keys) == len(set(keys))
    digests = [key.split("/")[2] for kind, key in found if kind == "digest"]
    mondays = [date.fromisoformat(day) for day in dict.fromkeys(digests)]
    assert all(monday.weekday() == 0 for monday in mondays)
    assert mondays == sorted(mondays)
    assert len(mondays) >= 45, "52 weeks less those that lay in an outage"
    days = [key for kind, key in found if kind == "reminder"]
    assert len(days) > 50, "three households wait the whole year"
    per_day = Counter((key.split("/")[1], key.split("/")[2]) for key in days)
    assert set(per_day.values()) == {1}
    assert not [day for _, day in per_day if CALENDAR.closed(date.fromisoformat(day))]
    assert str(ids["lan"]) in {key.split("/")[1] for kind, key in found if kind == "digest"}


async def test_what_was_missed_for_weeks_is_made_up_once(sqlite_database: Database) -> None:
    await sqlite_database.write(settle)
    await begin(sqlite_database, MONDAY - timedelta(days=60))
    worker = clock(sqlite_database, [MONDAY + timedelta(hours=3)])
    for _ in range(3):
        await worker.digests()
    assert kinds(await told(sqlite_database))["digest"] == 1


async def test_nothing_from_before_the_first_start_is_made_up(sqlite_database: Database) -> None:
    await sqlite_database.write(settle)
    worker = clock(sqlite_database, [MONDAY])
    await worker.digests()
    assert await told(sqlite_database) == []


async def test_a_clock_set_back_tells_nothing_again_and_goes_on_when_it_is_right(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(settle)
    now = [MONDAY]
    await begin(sqlite_database, MONDAY - timedelta(days=30))
    worker = clock(sqlite_database, now)
    for days in (0, -1, -7, 0, 7, 0, 7, 8):
        now[0] = MONDAY + timedelta(days=days)
        await worker.digests()
    periods = [key.split("/")[2] for kind, key in await told(sqlite_database) if kind == "digest"]
    assert sorted(set(periods)) == sorted(periods)
    assert {"2026-11-23", "2026-11-30"} <= set(periods)


async def test_a_crash_between_claim_and_message_undoes_both_and_one_after_them_neither(
    database: Database,
) -> None:
    await database.write(settle)
    await begin(database, MONDAY - timedelta(days=3))
    worker = clock(database, [MONDAY])
    facts, wake = worker.desk.facts, worker.desk.wake

    def dies(*_: object) -> None:
        raise MemoryError("the process dies here")

    worker.desk.facts = dies  # type: ignore[assignment]
    await worker.digests()
    assert await told(database) == []
    assert await database.read(lambda conn: subscriptions.told(conn, "digest", date(2026, 1, 1))) == set()
    worker.desk.facts, worker.desk.wake = facts, dies
    with pytest.raises(MemoryError):
        await worker.digests()
    worker.desk.wake = wake
    await worker.digests()
    assert kinds(await told(database))["digest"] == 1


async def test_two_processes_on_one_database_tell_everybody_exactly_once(database: Database) -> None:
    """Even with no leadership between them, and one of them killed in the middle."""
    await database.write(lambda conn: settle(conn, members=25))
    await begin(database, MONDAY - timedelta(days=3))
    command = [sys.executable, "-m", "tests.workers", database.url, MONDAY.isoformat(), "clock"]
    workers = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]
    try:
        for process in workers:
            assert process.stdout is not None
            assert await asyncio.wait_for(process.stdout.readline(), 20) == b"ready\n"
        await asyncio.sleep(0.3)
        workers[0].kill()
        async with asyncio.timeout(20):
            while kinds(found := await told(database)) < Counter(reminder=27, digest=1):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
    finally:
        for process in workers:
            if process.returncode is None:
                process.kill()
            await process.wait()
    first = [key for _, key in found if key.startswith("reminder/") and "/2026-11-23/" in key]
    assert len(first) == len(set(first)) == 27
    assert len([key for kind, key in found if kind == "digest"]) == len(
        {key for kind, key in found if kind == "digest"}
    )


# ------------------------------------------------------------------ who is told what


async def test_a_person_gets_the_digest_at_their_own_time_and_of_their_own_areas(
    sqlite_database: Database,
) -> None:
    ids = await sqlite_database.write(settle)
    await begin(sqlite_database, MONDAY - timedelta(days=30))
    now = [MONDAY]
    worker = clock(sqlite_database, now)
    friday = Subscription("fri", time(16), ())
    await sqlite_database.write(lambda conn: subscriptions.subscribe(conn, ids["lan"], friday, MONDAY))
    await worker.digests()
    assert await told(sqlite_database) == [], "what was planned before it was asked for does not come"
    now[0] = datetime(2026, 11, 27, 16, 0, tzinfo=ZONE)
    await worker.digests()
    assert kinds(await told(sqlite_database))["digest"] == 1
    off = Subscription("fri", time(16), (), active=False)
    await sqlite_database.write(lambda conn: subscriptions.subscribe(conn, ids["lan"], off, now[0]))
    now[0] += timedelta(days=7)
    await worker.digests()
    assert kinds(await told(sqlite_database))["digest"] == 1


async def test_who_was_on_no_channel_when_the_digest_was_due_gets_it_once_when_they_are_back(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(settle)
    await begin(sqlite_database, MONDAY - timedelta(days=3))
    now = [MONDAY]
    worker = clock(sqlite_database, now)

    def leaves(conn: Connection) -> int:
        account = people.account(conn, "test", "lan")
        assert account is not None
        outbox.gone(conn, account.id)
        return account.id

    await sqlite_database.write(leaves)
    await worker.digests()
    assert await told(sqlite_database) == []
    now[0] = MONDAY + timedelta(days=3, hours=6)
    await sqlite_database.write(lambda conn: talks.load(conn, "test", "lan", now[0]))
    for _ in range(2):
        await worker.digests()
    assert kinds(await told(sqlite_database)) == Counter(digest=1), "the week's digest, once"
    (first,) = await sqlite_database.write(lambda conn: outbox.take(conn, "test", now[0], 10))
    await sqlite_database.write(lambda conn: outbox.sent(conn, first.id, "m1", now[0]))

    # The next one: that they have left is learnt only as it is sent.
    now[0] = MONDAY + timedelta(days=7)
    await worker.digests()
    account_id = await sqlite_database.write(leaves)
    now[0] += timedelta(days=2)
    await sqlite_database.write(lambda conn: talks.load(conn, "test", "lan", now[0]))
    waiting = await sqlite_database.write(lambda conn: outbox.take(conn, "test", now[0], 10))
    assert [(one.account_id, one.kind) for one in waiting] == [(account_id, "digest")]


async def test_nobody_who_is_paused_is_reminded_and_no_area_that_is(sqlite_database: Database) -> None:
    ids = await sqlite_database.write(lambda conn: settle(conn, members=2))
    await begin(sqlite_database, MONDAY - timedelta(days=3))
    now = [MONDAY]
    worker = clock(sqlite_database, now)

    def pause(conn: Connection) -> None:
        subscriptions.pause(conn, Pause("stop", None, ids["tam0"]), ids["tam0"], MONDAY)
        subscriptions.pause(conn, Pause("paused", MONDAY.date(), None, ids["hamlet"]), ids["hung"], MONDAY)

    await sqlite_database.write(pause)
    await worker.remind()
    reminded = {key.split("/")[1] for _, key in await told(sqlite_database)}
    assert not {str(ids["tam0"]), str(ids["tam1"])} & reminded
    now[0] += timedelta(days=2)
    await worker.remind()
    reminded = {key.split("/")[1] for _, key in await told(sqlite_database)}
    assert str(ids["tam1"]) in reminded, "the area's pause is over"
    assert str(ids["tam0"]) not in reminded, "they wanted none at all"


async def test_an_areas_hour_holds_for_all_that_lies_under_it(sqlite_database: Database) -> None:
    ids = await sqlite_database.write(settle)
    await begin(sqlite_database, MONDAY - timedelta(days=3))
    now = [MONDAY]
    worker = clock(sqlite_database, now)
    at_ten = Setting(time(10))
    await sqlite_database.write(
        lambda conn: subscriptions.set_reminder(conn, ids["commune"], at_ten, ids["hung"], MONDAY)
    )
    await worker.remind()
    assert await told(sqlite_database) == []
    now[0] = MONDAY.replace(hour=10)
    await worker.remind()
    assert len(await told(sqlite_database)) == 3


async def test_work_that_lies_is_told_to_the_leader_once_and_then_to_the_commune(
    sqlite_database: Database,
) -> None:
    ids = await sqlite_database.write(settle)
    start = datetime(2026, 10, 5, 8, 0, tzinfo=ZONE)

    def joins(conn: Connection) -> int:
        new = people.create(conn, "moi", "vi", start)
        people.grant(conn, new, Grant(Role.MEMBER, ids["hamlet"]), start.date())
        return new

    await begin(sqlite_database, start - timedelta(days=1))
    now = [start]
    worker = clock(sqlite_database, now)
    await worker.remind()  # what lies since last year is told now
    new = await sqlite_database.write(joins)
    heard: dict[str, list[str]] = {}
    for days in range(1, 15):
        now[0] = start + timedelta(days=days)
        await worker.remind()
    for name in ("hung", "lan"):
        heard[name] = [
            day
            for person, day in sorted(await sqlite_database.read(lambda conn: claims(conn, f"late/{new}")))
            if person == ids[name]
        ]
    assert heard == {"hung": ["2026-10-08"], "lan": ["2026-10-13"]}, "after 3 and 6 working days, once each"


def claims(conn: Connection, kind: str) -> list[tuple[int, str]]:
    """Who was told of that kind on which day."""
    table = subscriptions._occasion
    rows = conn.all(select(table.c.person_id, table.c.at).where(table.c.kind == kind))
    return [(row.person_id, row.at.astimezone(ZONE).date().isoformat()) for row in rows]


async def test_a_visit_is_reminded_of_the_day_before_and_a_plan_before_its_last_day(
    sqlite_database: Database,
) -> None:
    start = datetime(2026, 11, 30, 8, 0, tzinfo=ZONE)

    def books(conn: Connection) -> dict[str, int]:
        ids = settle(conn)
        plan = Target("1", "Hộ có điện thoại", 2026, indicator="dtdt_ho", percent=80.0)
        targets.replace(conn, ids["commune"], [plan])
        asker = people.create(conn, "Sáu", "vi", start)
        new = NewTicket(ids["hamlet"], "Cài VNeID giúp tôi", "visit", "nhà cô Sáu", "")
        tickets.ask(conn, "7b0c", asker, new, "team", start)
        assert tickets.take(conn, "7b0c", ids["tam0"], start)
        tickets.book(conn, "7b0c", date(2026, 12, 4), "04/12/2026, 9 giờ", start)
        return ids

    await sqlite_database.write(books)
    await begin(sqlite_database, start - timedelta(days=1))
    now = [start]
    worker = clock(sqlite_database, now)
    visits, plans = [], []
    for days in range(32):
        now[0] = start + timedelta(days=days)
        await worker.remind()
    bodies = await sqlite_database.read(
        lambda conn: conn.all(select(OutboxRow.unique_key, OutboxRow.body).order_by(OutboxRow.id))  # type: ignore[call-overload]
    )
    for row in bodies:
        if "Cài VNeID" in row.body:
            visits.append(row.unique_key.split("/")[2])
        if "hạn kế hoạch" in row.body:
            plans.append(row.unique_key.split("/")[2])
    assert visits == ["2026-12-03", "2026-12-04"]
    assert sorted(set(plans)) == ["2026-12-01", "2026-12-17", "2026-12-24", "2026-12-28", "2026-12-30"]


async def test_who_can_not_be_reached_stops_nobody_else_and_is_shown_to_the_leader(
    sqlite_database: Database,
) -> None:
    ids = await sqlite_database.write(lambda conn: settle(conn, members=2))
    await begin(sqlite_database, MONDAY - timedelta(days=3))

    def leaves(conn: Connection) -> None:
        account = people.account(conn, "test", "tam0")
        assert account is not None
        outbox.gone(conn, account.id)

    await sqlite_database.write(leaves)
    worker = clock(sqlite_database, [MONDAY])
    await worker.remind()
    reminded = {key.split("/")[1] for _, key in await told(sqlite_database)}
    assert str(ids["tam0"]) not in reminded
    assert str(ids["tam1"]) in reminded
    leader = Person(0, "", grants=(Grant(Role.LEADER, ids["hamlet"]),))
    look_up = worker.desk.facts
    facts = await sqlite_database.read(lambda conn: look_up(conn, MONDAY, leader).mates(ids["hamlet"]))
    assert {mate.name: mate.reachable for mate in facts} == {"tam0": False, "tam1": True}
    await sqlite_database.write(lambda conn: talks.load(conn, "test", "tam0", MONDAY))
    await worker.remind()
    reminded = {key.split("/")[1] for _, key in await told(sqlite_database)}
    assert str(ids["tam0"]) in reminded, "back on the same day"


# ------------------------------------------------------------------ broadcasts


async def crowd(database: Database, size: int) -> int:
    """An admin, and so many members who speak Vietnamese."""

    def settle(conn: Connection) -> int:
        areas.import_list(conn, read_list(AREAS))
        hamlet = areas.by_code(conn, "27811-2", MONDAY.date())
        assert hamlet is not None
        for n in range(size):
            person = people.create(conn, f"n{n}", "vi", MONDAY)
            people.grant(conn, person, Grant(Role.MEMBER, hamlet.id), MONDAY.date())
            people.add_account(conn, person, "test", f"n{n}", MONDAY)
        admin = people.create(conn, "Quân", "vi", MONDAY)
        people.add_account(conn, admin, "test", "admin", MONDAY)
        return admin

    return await database.write(settle)


def new(key: str = "k1") -> New:
    return New(key, "Chiều nay họp tổ lúc 14 giờ.", Audience((Role.MEMBER,)), MONDAY, 450)


async def cut_off(database: Database, size: int) -> None:
    """So many members more who have left the only channel they were on, or are on one that is not set up."""

    def settle(conn: Connection) -> None:
        hamlet = areas.by_code(conn, "27811-2", MONDAY.date())
        assert hamlet is not None
        for n in range(size):
            person = people.create(conn, f"xa{n}", "vi", MONDAY)
            people.grant(conn, person, Grant(Role.MEMBER, hamlet.id), MONDAY.date())
            account = people.add_account(conn, person, "test" if n % 2 else "gone", f"xa{n}", MONDAY)
            if n % 2:
                outbox.gone(conn, account)

    await database.write(settle)


async def test_a_broadcast_reaches_everybody_once_and_its_sender_learns_the_result(
    database: Database,
) -> None:
    admin = await crowd(database, 450)
    await cut_off(database, 25)
    number = await database.write(lambda conn: broadcasts.start(conn, new(), admin, MONDAY))
    assert number is not None
    worker = clock(database, [MONDAY])
    await worker.broadcast()
    await worker.broadcast()
    found = await told(database)
    assert kinds(found) == Counter(broadcast=450)

    def deliver(conn: Connection) -> None:
        table = outbox._outbox
        conn.run(update(table).where(table.c.broadcast_id == number).values(status="sent"))
        first = conn.one(select(table.c.id).order_by(table.c.id))
        assert first is not None
        outbox.bad(conn, first.id)

    await database.write(deliver)
    await worker.broadcast()
    done = await database.read(lambda conn: broadcasts.find(conn, number))
    assert done is not None
    assert (done.status, done.sent, done.failed, done.total, done.without) == ("done", 449, 1, 450, 25)
    named = await database.read(lambda conn: broadcasts.unreached(conn, number))
    assert named == ["n0", *(f"xa{n}" for n in range(19))]
    result = broadcast.state("vi", done, named, MONDAY)
    assert "Đã gửi 449/450 người; không đến được: 1." in result.text
    assert "Không có kênh nào để gửi: 25 người." in result.text
    assert "xa18 và 6 người nữa" in result.text
    later = await database.write(lambda conn: outbox.purge(conn, MONDAY + timedelta(days=40), 1000))
    assert later == 450
    kept = await database.read(lambda conn: broadcasts.find(conn, number))
    assert kept is not None
    assert (kept.sent, kept.failed, kept.without) == (449, 1, 25)
    await worker.broadcast()
    assert [key for _, key in await told(database)] == [f"broadcast/{number}/result/0"]


async def test_a_broadcast_that_is_stopped_sends_nothing_more(database: Database) -> None:
    admin = await crowd(database, 300)
    number = await database.write(lambda conn: broadcasts.start(conn, new(), admin, MONDAY))
    assert number is not None
    worker = clock(database, [MONDAY])
    await database.write(lambda conn: worker._batch(conn, number, MONDAY))
    assert await database.write(lambda conn: broadcasts.stop(conn, number, MONDAY))
    await worker.broadcast()
    waiting = await database.write(lambda conn: outbox.take(conn, "test", MONDAY, 1000))
    assert waiting == []
    assert not await database.write(lambda conn: broadcasts.stop(conn, number, MONDAY))


async def test_the_same_broadcast_is_taken_on_once(database: Database) -> None:
    admin = await crowd(database, 3)
    assert await database.write(lambda conn: broadcasts.start(conn, new(), admin, MONDAY))
    assert await database.write(lambda conn: broadcasts.start(conn, new(), admin, MONDAY)) is None
    before = await database.read(
        lambda conn: broadcasts.same(conn, "Chiều nay  họp tổ lúc 14 giờ. ", Audience((Role.MEMBER,)), MONDAY)
    )
    assert before is not None, "spaces do not make it another"
    others = Audience((Role.LEADER,))
    assert await database.read(lambda conn: broadcasts.same(conn, new().text, others, MONDAY)) is None


async def test_a_broadcast_waits_for_the_morning(sqlite_database: Database) -> None:
    admin = await crowd(sqlite_database, 3)
    night = MONDAY.replace(hour=22)
    await sqlite_database.write(lambda conn: broadcasts.start(conn, new(), admin, night))
    now = [night]
    worker = clock(sqlite_database, now)
    await worker.broadcast()
    assert await told(sqlite_database) == []
    now[0] = night + timedelta(hours=33)  # the day between is a holiday
    await worker.broadcast()
    assert kinds(await told(sqlite_database)) == Counter(broadcast=3)


# ------------------------------------------------------------------ keeping house


async def test_at_night_what_is_done_with_is_forgotten_and_the_rest_stays(database: Database) -> None:
    ids = await database.write(settle)
    old = MONDAY - timedelta(days=31)

    def fill(conn: Connection) -> None:
        account = people.account(conn, "test", "lan")
        assert account is not None
        for at in (old, MONDAY):
            inbox.take(conn, "test", at.isoformat(), at)
            outbox.enqueue(
                conn, account_id=account.id, channel="test", kind="reply", priority=0, body="{}", due_at=at
            )
        subscriptions.claim(conn, ids["lan"], "digest", "2026-08-03", MONDAY - timedelta(days=100))
        subscriptions.claim(conn, ids["lan"], "digest", "2026-11-16", MONDAY - timedelta(days=7))
        for row in outbox.take(conn, "test", old, 10):
            outbox.sent(conn, row.id, "m", old)

    await database.write(fill)
    await clock(database, [MONDAY]).forget()
    assert await database.write(lambda conn: inbox.take(conn, "test", old.isoformat(), MONDAY)), "forgotten"
    assert not await database.write(lambda conn: inbox.take(conn, "test", MONDAY.isoformat(), MONDAY))
    assert await database.read(outbox.backlog) == {("test", "waiting"): 1}
    claimed = await database.read(lambda conn: subscriptions.told(conn, "digest", date(2026, 1, 1)))
    assert claimed == {(ids["lan"], "2026-11-16")}


async def test_a_recount_that_differs_is_told_in_one_line_with_what_to_do(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    ids = await sqlite_database.write(settle)
    worker = clock(sqlite_database, [MONDAY])
    await worker.recount()
    assert caplog.records == []

    def spoil(conn: Connection) -> None:
        where = tallies.HamletWeek(QUESTIONNAIRE, ids["hamlet"], MONDAY)
        tallies.adjust(conn, where, tallies.NOTHING, {DONE: (1, 1)})

    await sqlite_database.write(spoil)
    await worker.recount()
    (record,) = caplog.records
    assert "tocns check" in record.getMessage()
    assert await sqlite_database.read(lambda conn: notes.get(conn, "recount")) == "1"


async def test_the_scheduler_knows_zone_grace_and_days_by_name(sqlite_database: Database) -> None:
    worker = clock(sqlite_database, [MONDAY])
    await worker.start()
    scheduler = worker._scheduler
    assert isinstance(scheduler, AsyncIOScheduler)
    jobs = scheduler.get_jobs()
    assert {job.id for job in jobs} >= {"digests", "remind", "broadcast", "forget", "recount"}
    assert {job.misfire_grace_time for job in jobs} == {3600}
    assert all(job.coalesce and job.max_instances == 1 for job in jobs)
    assert {str(job.trigger.timezone) for job in jobs} == {"Asia/Ho_Chi_Minh"}
    await worker.stop()
    assert not scheduler.running
    await worker.start()  # leadership may come back
    await worker.stop()
