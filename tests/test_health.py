"""How the service is, in one message: one short line where all is well, else only what has to be done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.app import facts
from bot.channels.base import Incoming, Outcome, Receipt
from bot.clock import Clock
from bot.desk import Desk, World
from bot.pulse import Checkups, Pulse
from content.backups import Backup, Standing
from content.calendar import Calendar
from content.health import SPARE, Channel, Disk, Health, Machine
from content.knowledge import load
from content.people import Grant, NotAllowed, Person, Role
from handlers import health as asking
from handlers import routes
from handlers.talk import Said, Talk
from storage import audit, backups, notes, pulse
from storage.articles import Answers
from storage.database import Connection, Database, table
from storage.tables import AuditRow
from tests.rights.place import NOW, ZONE, furnish

GIB = 1 << 30
UP = Channel("telegram", NOW, NOW, NOW, NOW)
MADE = Backup("x.backup", NOW - timedelta(hours=6), GIB, 100, NOW - timedelta(days=2))
FINE = Health(
    machine=Machine("1.2", True, 1000, ("telegram",), (Disk("backups", 50 * GIB, 99 * GIB),)),
    channels=(UP,),
    backups=Standing(MADE, MADE),
    left=400,
    package=500,
)


def troubles(health: Health) -> list[str]:
    return [trouble.key for trouble in health.troubles(NOW)]


def with_disk(place: str, free: int) -> Health:
    return replace(FINE, machine=replace(FINE.machine, disks=(Disk(place, free, 99 * GIB),)))


def test_nothing_is_to_be_done_where_all_is_well() -> None:
    assert troubles(FINE) == []


LONG_AGO = NOW - timedelta(hours=1)
OLD = replace(MADE, made_at=NOW - timedelta(days=3))
UNTRIED = replace(MADE, verified_at=NOW - timedelta(days=16))


@pytest.mark.parametrize(
    ("health", "key"),
    [
        (replace(FINE, broken=7), "broken"),
        (replace(FINE, current=False), "revision"),
        (replace(FINE, channels=(replace(UP, hears_at=LONG_AGO),)), "unheard"),
        (replace(FINE, channels=(replace(UP, hears_at=None),)), "unheard"),
        (replace(FINE, channels=(replace(UP, deaf="Unauthorized"),)), "deaf"),
        (replace(FINE, channels=(replace(UP, sends_at=LONG_AGO),)), "undelivered"),
        (replace(FINE, channels=(replace(UP, sent_at=LONG_AGO, failed_at=NOW),)), "failing"),
        (replace(FINE, channels=(replace(UP, faults=("zalo_oa: dead",)),)), "fault"),
        (replace(FINE, oldest=LONG_AGO, waiting=3), "slow"),
        (replace(FINE, parked=1), "parked"),
        (replace(FINE, uncounted=1), "uncounted"),
        (replace(FINE, unpushed=1), "unpushed"),
        (replace(FINE, odd_sums=1), "odd_sums"),
        (replace(FINE, held=1), "held"),
        (replace(FINE, machine=replace(FINE.machine, backs_up=False)), "backup_off"),
        (replace(FINE, backups=Standing()), "backup_none"),
        (replace(FINE, backups=Standing(MADE, MADE, replace(MADE, fault="disk full"))), "backup_failed"),
        (replace(FINE, backups=Standing(OLD, MADE)), "backup_old"),
        (replace(FINE, backups=Standing(MADE, UNTRIED)), "backup_unverified"),
        (with_disk("database", SPARE - 1), "disk"),
        (with_disk("backups", 3 * GIB - 1), "disk"),
        (replace(FINE, left=50), "package"),
        (replace(FINE, spent=900), "ceiling"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
def test_what_is_wrong_is_one_thing_to_do_and_has_words(health: Health, key: str) -> None:
    assert troubles(health) == [key]
    for locale in ("vi", "en"):
        [told] = [asking._told(locale, trouble) for trouble in health.troubles(NOW)]
        assert "{" not in told
        assert told.endswith((".", ")"))


def test_a_failure_that_was_followed_by_a_message_sent_is_over() -> None:
    over = replace(UP, failed_at=NOW - timedelta(minutes=5), sent_at=NOW)
    assert troubles(replace(FINE, channels=(over,))) == []


# --------------------------------------------------------------------------- what processes say


class Deaf:
    """A channel that its platform hands nothing, and that says so."""

    name, deaf, polls, listens = "telegram", "Unauthorized", True, True

    async def listen(self, hear: object) -> None:
        """Nothing comes."""

    async def hush(self) -> None:
        """Nothing ends."""

    async def check(self) -> list[str]:
        return ["telegram: the token is dead"]


def look(conn: Connection, now: datetime = NOW) -> Channel:
    [found] = pulse.channels(conn, ["telegram"], ZONE)
    return found


async def test_a_process_says_what_came_and_went(database: Database) -> None:
    now = [NOW.astimezone(UTC)]
    beats = Pulse(database, {"telegram": Deaf()}, lambda: now[0], lambda _: True, listens=True)  # type: ignore[dict-item]

    async def hear(_: Incoming) -> None:
        pass

    await beats.hearing(hear)(Incoming("telegram", "1", "7", NOW))
    beats.sent("telegram", Receipt(Outcome.SENT))
    beats.sent("telegram", Receipt(Outcome.GONE))
    await beats.once()
    found = await database.read(look)
    assert (found.heard_at, found.sent_at, found.failed_at) == (NOW, NOW, None)
    assert (found.hears_at, found.sends_at, found.deaf) == (NOW, NOW, "Unauthorized")

    now[0] += timedelta(minutes=1)
    beats.sent("telegram", Receipt(Outcome.CONFIG, reason="token dead"))
    beats.delivers = lambda _: False
    await beats.once()
    found = await database.read(look)
    assert (found.heard_at, found.sends_at, found.hears_at) == (NOW, NOW, NOW + timedelta(minutes=1))
    assert (found.failed_at, found.reason, found.fails) == (NOW + timedelta(minutes=1), "token dead", True)


async def test_what_a_platform_says_of_the_set_up_is_kept_until_it_says_otherwise(
    sqlite_database: Database,
) -> None:
    await Checkups(sqlite_database, lambda: {"telegram": Deaf()}, lambda: NOW).once()  # type: ignore[dict-item, return-value]
    assert (await sqlite_database.read(look)).faults == ("telegram: the token is dead",)
    await sqlite_database.write(lambda conn: pulse.put(conn, "telegram", "faults", NOW, ""))
    assert (await sqlite_database.read(look)).faults == ()


# --------------------------------------------------------------------------- in the chat

MACHINE = replace(FINE.machine, channels=("telegram", "zalo_oa"))
ANSWERS = Answers(load)
"""Made once: a turn begins anew when they are ready."""


def told(conn: Connection, payload: str = asking.OPEN, role: Role = Role.ADMIN) -> list[str]:
    admin = Person(999, "Quân", grants=(Grant(role, 1),))
    found = facts(ANSWERS, machine=lambda: MACHINE)(conn, NOW, admin)
    talk = Talk(admin, "telegram", NOW, "0" * 36)
    return [reply.text for reply in asking.press(talk, Said(payload=payload), found).replies]


def well(conn: Connection) -> None:
    """Two channels that go, a backup that was tried."""
    for channel in ("telegram", "zalo_oa"):
        for sign in ("hears", "sends", "heard", "sent"):
            pulse.put(conn, channel, sign, NOW, "")  # type: ignore[arg-type]
    backups.made(conn, MADE)
    notes.put(conn, notes.RECOUNT, "0", NOW - timedelta(hours=5))
    notes.put(conn, audit.CHECKED, "", NOW - timedelta(hours=5))
    notes.put(conn, f"{notes.QUOTA}zalo_oa", "400/500", NOW)


async def test_all_well_is_one_short_line(database: Database) -> None:
    await database.write(well)
    [text] = await database.read(told)
    first, *rest = text.splitlines()
    if "việc cần làm" in first:  # articles of the content pack come near their day as time goes by
        assert [line for line in rest if "Bài trả lời" not in line] == []
    else:
        assert text == (
            "✅ Hệ thống ổn: 2 kênh đang chạy, không có gì phải làm; "
            "sao lưu lúc 03:00, khôi phục thử tốt ngày 22/11/2026."
        )


async def test_only_what_has_to_be_done_is_told_each_with_its_way(database: Database) -> None:
    def look(conn: Connection) -> list[str]:
        furnish(conn)
        well(conn)
        pulse.put(conn, "telegram", "failed", NOW + timedelta(seconds=1), "token dead")
        notes.put(conn, notes.RECOUNT, "3", NOW)
        return told(conn)

    [text] = await database.write(look)
    assert "Telegram: lần gửi cuối bị lỗi (token dead)" in text
    assert "lệch với lần đếm lại ở 3 chỗ" in text
    assert "Zalo OA" not in text
    assert "sao lưu" not in text.lower()


async def test_everything_is_told_where_it_is_asked_for(database: Database) -> None:
    await database.write(well)
    [text] = await database.read(lambda conn: told(conn, asking.ALL))
    for line in (
        "Telegram: chạy tốt · nghe lần cuối 09:00 · gửi lần cuối 09:00",
        "Hàng chờ: 0 tin",
        "Số liệu khớp, nhật ký nguyên vẹn (kiểm tra 04:00)",
        "Zalo OA: gói còn 400/500 tin",
        "Ổ đĩa chứa bản sao lưu: còn 50 GB (50,5%)",
        "Phiên bản 1.2, cơ sở dữ liệu",
    ):
        assert line in text


async def test_a_changed_line_of_the_audit_log_is_told_the_morning_after(sqlite_database: Database) -> None:

    def spoil(conn: Connection) -> None:
        well(conn)
        audit.append(conn, audit.Entry(NOW, None, "cli", "erase", "person 3"))
        conn.run(table(AuditRow).update().values(subject="person 4"))

    await sqlite_database.write(spoil)
    desk = Desk(
        sqlite_database,
        routes.handle,
        facts(Answers(load)),
        {},
        World(lambda: NOW, lambda: "x"),
        lambda _: None,
    )
    await Clock(sqlite_database, desk, Calendar(), ZONE).recount()
    [text] = await sqlite_database.read(told)
    assert "1. Nhật ký bị sửa hoặc mất dòng, quanh dòng 1." in text


async def test_nobody_else_may_ask(sqlite_database: Database) -> None:
    def ask(conn: Connection) -> list[str]:
        for role in (Role.DISTRICT, Role.COMMUNE, Role.MEMBER):
            with pytest.raises(NotAllowed):
                facts(Answers(load))(conn, NOW, Person(1, "", grants=(Grant(role, 1),))).health()
        return told(conn, role=Role.DISTRICT)

    assert await sqlite_database.read(ask) == ["Việc này dành cho quản trị viên."]
