"""The audit log as it is read: by what is wanted, page by page, and only where the reader administers."""

import ast
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.papers import log
from content.areas import Area, Level, read_list
from content.journal import ACTS, KINDS, Act, Extract, Wanted, periods
from content.people import Grant, Role
from content.reorganizing import Asked, Heir, Kind
from handlers.journal_words import Teller, cells, line
from storage import areas, audit, journal, people, reorganizing
from storage.database import Connection, Database
from storage.journal import Sight
from tests.rights.place import AREAS, NOW, ZONE

ROOT = Path(__file__).parent.parent


# --------------------------------------------------------------------------- what is wanted

WHOLE = Wanted(9_999_999, "service", 9_999_999, date(2026, 11, 1), date(2026, 12, 1), "telegram")


@pytest.mark.parametrize(
    "wanted", [Wanted(), WHOLE, Wanted(kind="people"), Wanted(area_id=3), Wanted(channel="zalo_bot")]
)
def test_a_button_says_what_is_wanted(wanted: Wanted) -> None:
    assert Wanted.of(wanted.code) == wanted


def test_a_button_fits_every_channel() -> None:
    assert len(f"log:show:{WHOLE.code}:999999999".encode()) <= 64


@pytest.mark.parametrize("code", ["x", "w", "kz", "w1.w2", "p1-1", "a1;drop", "w" + "9" * 19])
def test_what_no_button_says_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=code[:3]):
        Wanted.of(code)


def test_the_times_that_are_offered_hold_today_and_whole_months() -> None:
    offered = periods(date(2026, 3, 1))
    assert offered["today"] == (date(2026, 3, 1), date(2026, 3, 2))
    assert offered["week"] == (date(2026, 2, 23), date(2026, 3, 2))
    assert offered["month"] == (date(2026, 3, 1), date(2026, 3, 2))
    assert offered["last"] == (date(2026, 2, 1), date(2026, 3, 1))


def test_kinds_begin_with_letters_of_their_own() -> None:
    assert len({kind[0] for kind in KINDS}) == len(KINDS)
    assert set(ACTS.values()) == set(KINDS)


def _written() -> set[str]:
    """Every act that the code writes down, by name."""
    found = set()
    for package in ("bot", "handlers", "storage"):
        for path in (ROOT / package).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(call, ast.Call):
                    found |= set(_act(call))
    return found


def _act(call: ast.Call) -> list[str]:
    places = {"note": 2, "Entry": 3, "audit.Entry": 3, "Audit": 0, "turn.Audit": 0}
    place = places.get(ast.unparse(call.func))
    if place is None or len(call.args) <= place:
        return []
    act = call.args[place]
    if isinstance(act, ast.JoinedStr):  # f"{asked.kind}-areas"
        return [f"{kind}-areas" for kind in ("merge", "split", "rename", "dissolve")]
    return [str(act.value)] if isinstance(act, ast.Constant) else []


def test_every_act_that_is_written_down_can_be_read() -> None:
    written = _written()
    assert {
        "invite",
        "merge-areas",
        "erase",
        "export-log",
    } <= written
    assert not written - ACTS.keys(), "give it a kind in content.journal.ACTS, and words: journal.act_…"
    assert not ACTS.keys() - written, "nothing writes it"


# --------------------------------------------------------------------------- in words

TELLER = Teller("vi", ZONE, {7: "Bảy"}, lambda number: {3: "ấp 1", 4: "ấp 2"}.get(number, f"#{number}"))


def act(action: str = "invite", subject: str = "area 3", before: str = "", after: str = "") -> Act:
    return Act(1, NOW, 7, "telegram", action, subject, before, after, area_id=3)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (act(after="member x3 7d"), "Bảy (Telegram): tạo lời mời · ấp 1 · tổ viên, 3 người, 7 ngày"),
        (act("set-reminders", before="07:30", after="off"), "đặt giờ nhắc việc · ấp 1 · 07:30 → tắt"),
        (act("take", "ticket 0000000a-1"), "nhận giúp một câu hỏi · câu hỏi 0000000a, ấp 1"),
        (act("take", "ticket 0000000a-1", "waiting", "person 7"), "câu hỏi 0000000a, ấp 1 · đang chờ → Bảy"),
        (act("stop-broadcast", "broadcast 2", "3 of 40 people"), "thông báo số 2, ấp 1 · 3 trong 40 người"),
        (act("renew-code", "invitation 5", "until 2026-12-03"), "lời mời số 5, ấp 1 · đến 03/12/2026"),
        (act("extend-request", "request 4", "2026-12-13", "2027-01-02"), "13/12/2026 → 02/01/2027"),
        (act("redeem", "area 4", after="leader"), "nhận lời mời · ấp 2 · tổ trưởng"),
        (act("app-password", "person 7"), "Bảy (Telegram): lập mật khẩu ODK Collect"),
        (act("file-request", "request 4", after="erase"), "yêu cầu số 4, ấp 1 · xóa"),
        (act("erase", "person 12"), "xóa dữ liệu một người · người số 12"),
        (act("publish", after="ho 2026112201 from 2026-11-22"), "ho 2026112201 từ 22/11/2026"),
        (act("withdraw", "form 2", before="member-list 1 area 4"), "phiếu 2, ấp 1 · member-list 1 ấp 2"),
        (
            act(
                "assign",
                before="person 7: 2 households, nobody: 1 households",
                after="invitation 5: 3 households",
            ),
            "giao hộ · ấp 1 · Bảy: 2 hộ, chưa giao ai: 1 hộ → lời mời số 5: 3 hộ",
        ),
        (act("of-a-later-program", "thing 5"), "of-a-later-program · ấp 1"),
    ],
)  # fmt: skip
def test_a_line_is_told_in_words(what: Act, said: str) -> None:
    assert said in line(TELLER.told(what), "vi")


def test_an_erased_persons_number_names_nobody_who_bears_it_later() -> None:
    assert TELLER.told(act("erase", "person 7")).on == "người số 7"


def test_what_the_server_and_the_clock_do_has_no_person() -> None:
    for channel, who in (("cli", "người vận hành"), ("clock", "máy")):
        told = TELLER.told(Act(1, NOW, None, channel, "erase", "person 12", "", ""))
        assert told.who == who


# --------------------------------------------------------------------------- who sees what


def everything(conn: Connection) -> dict[str, int]:
    """Acts in two hamlets, in the commune beside, and of the whole; the numbers of people and areas."""
    areas.import_list(conn, read_list(AREAS))
    ids = {}
    for code in ("VN", "A", "B", "a1", "a2", "b1"):
        found = areas.by_code(conn, code, NOW.date())
        assert found is not None
        ids[code] = found.id
    for name, role, code in (("Năm", Role.ADMIN, "A"), ("Sáu", Role.ADMIN, "B"), ("Dân", None, "")):
        ids[name] = people.create(conn, name, "vi", NOW)
        if role:
            people.grant(conn, ids[name], Grant(role, ids[code]), NOW.date())
    for days, (who, action, subject) in enumerate(
        (
            ("Năm", "invite", f"area {ids['a1']}"),
            ("Sáu", "invite", f"area {ids['b1']}"),
            ("Dân", "lock-codes", f"person {ids['Dân']}"),
            ("Năm", "settle-proposal", "proposal 4"),
            ("Sáu", "set-reminders", f"area {ids['a2']}"),
        )
    ):
        at = NOW + timedelta(days=days)
        audit.append(conn, audit.Entry(at, ids[who], "telegram", action, subject, "", ""))
    audit.append(conn, audit.Entry(NOW + timedelta(days=9), None, "cli", "export", "form khao-sat-ho"))
    return ids


async def seen(
    database: Database, within: str = "", wanted: Wanted | None = None, reader: str = "Năm"
) -> list[str]:
    """The acts that somebody is shown, by name, the newest first. `within`: their area; "": everywhere."""

    def look(conn: Connection) -> list[str]:
        ids = everything(conn)
        sight = Sight(ids[reader], _reach(conn, ids[within]) if within else None, ZONE)
        page = journal.page(conn, wanted or Wanted(), None, sight, 0, 20)
        assert page.next is None
        assert "Dân" not in page.names.values()
        return [f"{one.action} {one.subject.partition(' ')[0]}" for one in page.acts]

    return await database.write(look)


def _reach(conn: Connection, area_id: int) -> frozenset[int]:
    return frozenset(areas.under(conn, area_id, NOW.date()))


async def test_who_administers_the_whole_sees_all_of_it(database: Database) -> None:
    assert await seen(database) == [
        "export form", "set-reminders area", "settle-proposal proposal", "lock-codes person", "invite area",
        "invite area",
    ]  # fmt: skip


async def test_who_administers_a_commune_sees_what_was_done_there_and_their_own_acts(
    database: Database,
) -> None:
    assert await seen(database, "A") == ["set-reminders area", "settle-proposal proposal", "invite area"]


async def test_a_change_of_the_map_is_seen_in_every_area_that_it_concerns(database: Database) -> None:
    def look(conn: Connection) -> list[list[str]]:
        ids = everything(conn)
        merged = Asked(Kind.MERGE, date(2027, 1, 1), ("a1", "b1"), (Heir("a1"),))
        change = reorganizing.put_down(conn, merged, None, NOW)
        beside = Asked(Kind.RENAME, date(2027, 1, 1), ("a2",), (Heir("a2", "ấp Hai"),))
        other = reorganizing.put_down(conn, beside, None, NOW)
        for one in (change, other):
            audit.append(conn, audit.Entry(NOW, ids["Dân"], "cli", f"{one.kind}-areas", f"change {one.id}"))
        found = []
        for name, code in (("Năm", "A"), ("Sáu", "B")):
            sight = Sight(ids[name], _reach(conn, ids[code]), ZONE)
            page = journal.page(conn, Wanted(kind="areas"), None, sight, 0, 20)
            found.append([one.action for one in page.acts])
            within = journal.page(conn, Wanted(kind="areas"), frozenset({ids["b1"]}), sight, 0, 20)
            found.append([one.action for one in within.acts])
        return found

    whole, of_b1, beside, of_b1_beside = await database.write(look)
    assert whole == ["rename-areas", "merge-areas"]
    assert of_b1 == beside == of_b1_beside == ["merge-areas"]


async def test_nobody_sees_what_was_done_beside_them(database: Database) -> None:
    assert await seen(database, "B", reader="Sáu") == ["set-reminders area", "invite area"]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(kind="people"), 3),
        (Wanted(kind="data"), 1),
        (Wanted(channel="cli"), 1),
        (Wanted(since=NOW.date(), until=NOW.date() + timedelta(days=2)), 2),
        (Wanted(who=10**9), 0),
    ],
)
async def test_only_what_is_wanted_is_shown(sqlite_database: Database, wanted: Wanted, count: int) -> None:
    assert len(await seen(sqlite_database, wanted=wanted)) == count


async def test_pages_follow_one_another_and_miss_nothing(database: Database) -> None:
    def look(conn: Connection) -> list[str]:
        ids = everything(conn)
        for number in range(900):
            subject = f"area {ids['a1' if number % 300 == 0 else 'b1']}"
            audit.append(conn, audit.Entry(NOW, ids["Sáu"], "telegram", "invite", subject, "", str(number)))
        sight, before, found = Sight(ids["Năm"], _reach(conn, ids["A"]), ZONE), 0, []
        for _ in range(10):
            page = journal.page(conn, Wanted(), None, sight, before, 2)
            found += [one.after or one.action for one in page.acts]
            if page.next is None:
                return found
            before = page.next
        raise AssertionError("no end")

    assert await database.write(look) == ["600", "300", "0", "set-reminders", "settle-proposal", "invite"]


async def test_who_did_anything_is_offered_by_name_but_no_citizen_is(database: Database) -> None:
    def look(conn: Connection) -> list[str]:
        ids = everything(conn)
        everybody = journal.everyone(conn, Wanted(), Sight(ids["Năm"], None, ZONE))
        assert everybody[ids["Dân"]] == ""
        here = journal.everyone(conn, Wanted(), Sight(ids["Năm"], _reach(conn, ids["A"]), ZONE))
        return [*everybody.values(), "|", *here.values()]

    assert await database.write(look) == ["Sáu", "Năm", "", "|", "Năm"]


# --------------------------------------------------------------------------- as a file


def test_the_file_is_text_that_no_spreadsheet_runs() -> None:
    area = Area(1, "A", "xã Bình Hòa", Level.COMMUNE, date(2025, 7, 1))
    row = cells(3, TELLER.told(act(after="=1+1")))
    made = log.xlsx(Extract(area, NOW.date(), [row]), "vi")
    (_, cell) = load_workbook(BytesIO(made)).active["H"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert ";'=1+1" in log.csv(Extract(area, NOW.date(), [row]), "vi").decode("utf-8-sig")


def test_times_in_the_file_are_the_districts() -> None:
    utc = datetime(2026, 11, 22, 23, 30, tzinfo=NOW.tzinfo) - timedelta(hours=7)
    assert (
        cells(1, TELLER.told(Act(1, utc, 7, "telegram", "erase", "person 1", "", "")))[1]
        == "2026-11-22 16:30:00"
    )
