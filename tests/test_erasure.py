"""Nothing is left of a person who wants to be forgotten, wherever it was kept; and what was counted stays.

The test walks every table that there is: a new one fails it until somebody has decided what becomes of it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import Date, LargeBinary, String, Table, Text, Time, select
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from content import indicators
from content.households import QUESTIONNAIRE
from content.privacy import Request
from storage import audit, erasure, holdings, households, people, recounting, surveys
from storage.columns import Moment, Sealed, SealedBytes
from storage.database import Connection, Database
from storage.households import NewHousehold
from storage.surveys import Submission
from tests.transcripts.stage import MORNING, furnish

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = MORNING
WORDS = (Sealed, String, Text, AutoString)
MARK = "Vết"
"""Begins every string that is planted: it must not be found anywhere afterwards."""

NOT_OF_A_PERSON = {
    "alembic_version": "of the tables",
    "area": "places",
    "area_link": "places",
    "area_succession": "places",
    "area_change": "places; who put it down is a number, which goes",
    "rollup": "counts",
    "fresh": "which counts to add up",
    "team": "the name of a team",
    "article": "an answer for everybody; who made it is a number, which goes",
    "form": "a questionnaire; who published it is a number, which goes",
    "household": "a household's; erased by `erasure.household`",
    "survey": "a household's; who made it is a number, which goes",
    "survey_revision": "a household's; the name of who asked goes (tested below)",
    "survey_place": "a household's; goes with its name (tests/test_places.py)",
    "hamlet_square": "counts of surveys; what is erased is taken off",
    "tally": "counts; those of a person's own work go",
    "push": "which surveys go to another server",
    "reminder": "an area's hour; who set it is a number",
    "broadcast": "what was said to all; who sent it is a number",
    "question": "kept without who asked; its words go after some days",
    "verdict": "kept without who says so",
    "proposal": "kept without whom it was done for",
    "target": "an area's plan",
    "audit": "who did what, by number, chained: it can't be changed; holds no personal data",
    "token": "the platform's",
    "note": "small facts of the service",
    "backup": "the record of backups",
    "breach": "the register that the law wants kept; who opened a case is a number",
}
"""Tables that hold nothing which names somebody who uses the bot, and why."""

CODES: dict[str, dict[str, Any]] = {
    "person": {"locale": "vi"},
    "account": {"channel": "text", "reachable": True},
    "grants": {"role": "member"},
    "role_move": {"role": "member", "new": []},
    "invitation": {"role": "member", "uses_left": 1},
    "deactivation": {"grants": []},
    "invitee": {"batch": "1"},
    "assignment": {"household_id": 1},
    "absence": {"household_id": 1},
    "list_change": {"household_id": 1, "change": -1, "reason": "twice"},
    "consent": {
        "purpose": "team",
        "channel": "text",
        "form": "tham-gia",
        "version": "2",
        "wording": "?",
        "withdrawn_at": None,
    },
    "request": {"kind": "see"},
    "talk": {
        "doing": orjson.dumps(["join", "tham-gia", "2", {"ten": f"{MARK} talk"}, {}]).decode(),
        "topic": orjson.dumps({"asked": f"{MARK} topic"}).decode(),
    },
    "draft": {"form": QUESTIONNAIRE, "household_id": 0},
    "sheet": {"version": "1"},
    "outbox": {"channel": "text", "kind": "reply", "priority": 0, "status": "sent", "broadcast_id": None},
    "ticket": {"id": str(UUID(int=1)), "status": "open", "level": "team", "reach": "call"},
    "ticket_line": {"by": "citizen"},
    "collected": {"instance_id": "uuid:1", "form": QUESTIONNAIRE, "version": "1", "survey_id": None},
    "occasion": {"kind": "digest", "period": "2026-W47"},
    "pause": {"kind": "busy"},
    "subscription": {"weekday": "mon", "areas": []},
    "job": {"kind": "sheet", "period": "2026-W47"},
    "photo": {"channel": "text", "survey_id": None},
    "inbox": {"channel": "text"},
    "parked": {"channel": "text", "error": "ValueError"},
}
"""What stands in columns that hold codes, not words of a person; and JSON with the words inside."""


def every(table: Table) -> Iterator[str]:
    """The columns in which something of a person can stand."""
    for column in table.columns:
        if isinstance(column.type, (SealedBytes, *WORDS)) and not column.foreign_keys:
            yield column.name


class Plant:
    """A person, and a row of theirs in every table where something of them can be."""

    def __init__(self, conn: Connection) -> None:
        furnish(conn)
        self.conn = conn
        self.ids: dict[str, Any] = {}
        self.area = people.find(conn, 1, NOW.date()).grants[0].area_id  # type: ignore[union-attr]
        self.address = f"{MARK} address"

    def all(self) -> int:
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in NOT_OF_A_PERSON:
                self.row(table)
        return int(self.ids["person"])

    def row(self, table: Table) -> None:
        values = {c.name: self.value(table, c) for c in table.columns if c.autoincrement is not True}
        key = self.conn.insert(table, **values)
        self.ids[table.name] = key or values.get("id")

    def value(self, table: Table, column: Any) -> Any:
        """A code, the row that is meant, what the code looks for, else a mark by the column's type."""
        found = self.looked_for().get(f"{table.name}.{column.name}")
        given = CODES.get(table.name, {})
        if found is not None:
            return found
        if column.name in given:
            return given[column.name]
        for foreign in column.foreign_keys:
            of = foreign.column.table.name
            return self.area if of == "area" else self.ids.get(of)
        return typed(column.type, f"{MARK} {table.name}.{column.name}")

    def looked_for(self) -> dict[str, Any]:
        """What erasure finds a person's rows by, where no number leads to them."""
        phone = self.conn.vault.fingerprint("phone", f"{MARK} account.phone")
        return {
            "account.fingerprint": self.conn.vault.fingerprint("text", self.address),
            "account.address": self.address,
            "parked.event": orjson.dumps({"address": self.address, "text": f"{MARK} parked"}).decode(),
            "inbox.event_id": f"{self.address}:1",
            "outbox.body": orjson.dumps({"text": f"{MARK} outbox"}).decode(),
            "invitation.phone": phone,
        }


def typed(kind: Any, mark: str) -> Any:
    """A value of the column's type, with the mark in it where it takes words."""
    marks: tuple[tuple[Any, Any], ...] = (
        (SealedBytes, mark.encode()),
        (LargeBinary, b"hash"),
        (WORDS, mark[: getattr(kind, "length", None) or 200]),
        (Date, NOW.date()),
        (Time, time(7)),
        (Moment, NOW),
    )
    return next((value for types, value in marks if isinstance(kind, types)), 0)


def words(conn: Connection) -> list[str]:
    """Every cell of the whole database, unsealed, as `table.column: text`."""
    found = []
    for table in SQLModel.metadata.sorted_tables:
        for row in conn.all(select(table)):
            for column, cell in zip(table.columns, row, strict=True):
                text = cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
                found.append(f"{table.name}.{column.name}: {text}")
    return found


def test_for_every_table_it_was_decided_what_becomes_of_a_person_in_it() -> None:
    with_words = {
        table.name
        for table in SQLModel.metadata.sorted_tables
        if table.name not in NOT_OF_A_PERSON and (any(every(table)) or table.foreign_keys)
    }
    undecided = with_words - CODES.keys() - {"link", "app_password"}
    assert not undecided, "say in NOT_OF_A_PERSON why nobody is named there, or plant and erase it"


async def test_after_erasure_nothing_of_a_person_is_found_in_any_table(database: Database) -> None:
    person_id = await database.write(lambda conn: Plant(conn).all())
    before = [cell for cell in await database.read(words) if MARK in cell]
    planted = {cell.partition(".")[0] for cell in before}
    codes_only = {"grants", "role_move", "invitation", "deactivation", "consent", "occasion", "pause"}
    codes_only |= {"subscription", "assignment", "absence", "list_change"}
    assert planted >= CODES.keys() - codes_only
    await database.write(lambda conn: erasure.person(conn, person_id, NOW))
    assert not [cell for cell in await database.read(words) if MARK in cell]
    with pytest.raises(erasure.Unknown):
        await database.write(lambda conn: _twice(conn, person_id))


def _twice(conn: Connection, person_id: int) -> None:
    erasure.person(conn, person_id, NOW)


async def test_the_rows_of_a_person_are_gone_too(database: Database) -> None:
    """Also where they say nothing: a role, a pause, what they were told of."""
    person_id = await database.write(lambda conn: Plant(conn).all())
    await database.write(lambda conn: erasure.person(conn, person_id, NOW))

    def left(conn: Connection) -> dict[str, int]:
        found = {}
        for table in SQLModel.metadata.sorted_tables:
            refs = [c for c in table.columns for f in c.foreign_keys if f.column.table.name == "person"]
            for column in refs:
                found[f"{table.name}.{column.name}"] = len(conn.all(select(table).where(column == person_id)))
        return {name: number for name, number in found.items() if number}

    stays = {"ticket.citizen_id", "consent.person_id", "request.person_id", "request.taken_by"}
    stays |= {"account.person_id"}  # blank, where the newest message of all hangs on it
    stays |= {"collected.person_id", "photo.person_id", "reminder.changed_by"}
    assert set(await database.read(left)) <= stays


async def test_what_others_were_told_of_a_person_goes_and_other_messages_stay(database: Database) -> None:
    def told(conn: Connection) -> tuple[int, int]:
        plant = Plant(conn)
        person_id = plant.all()
        other = people.account(conn, "text", "hung")
        assert other
        for text in (f"{MARK} ticket.text cần giúp", "Tiến độ: 4/7 hộ"):
            conn.insert(
                SQLModel.metadata.tables["outbox"],
                account_id=other.id,
                channel="text",
                kind="reply",
                priority=0,
                body=orjson.dumps({"text": text}).decode(),
                status="waiting",
                due_at=NOW,
            )
        return person_id, other.id

    person_id, other = await database.write(told)
    await database.write(lambda conn: erasure.person(conn, person_id, NOW))
    outbox = SQLModel.metadata.tables["outbox"]
    rows = await database.read(
        lambda conn: conn.all(select(outbox.c.body).where(outbox.c.account_id == other))
    )
    assert [orjson.loads(row.body)["text"] for row in rows] == ["Tiến độ: 4/7 hộ"]


# --------------------------------------------------------------------------- households

XML = (
    '<data id="khao-sat-ho"><dong_y>co</dong_y><phieu><ten_moi>Vết Văn Mới</ten_moi><so_nguoi>4</so_nguoi>'
    "<mang>di_dong</mang><sdt>0912345678</sdt><ghi_chu>Vết ghi chú</ghi_chu><vi_tri>10.78 105.94 0 0</vi_tri>"
    "<anh>vet.jpg</anh></phieu><meta><instanceID>uuid:00000000-0000-0000-0000-000000000007</instanceID></meta></data>"
)
VALUES = {
    "/data/dong_y": "co",
    "/data/phieu/ten_moi": "Vết Văn Mới",
    "/data/phieu/so_nguoi": "4",
    "/data/phieu/nguoi_18": "3",
    "/data/phieu/mang": "di_dong",
    "/data/phieu/sdt": "0912345678",
    "/data/phieu/ghi_chu": "Vết ghi chú",
    "/data/phieu/vi_tri": "10.78 105.94 0 0",
    "/data/phieu/anh": "vet.jpg",
}


def surveyed(conn: Connection, at: datetime = NOW) -> int:
    """A household with a survey that names it in every way there is."""
    furnish(conn)
    tam = people.account(conn, "text", "tam")
    assert tam
    person = people.find(conn, tam.person_id, NOW.date())
    assert person
    hamlet = person.grants[0].area_id
    new = NewHousehold(str(UUID(int=5)), hamlet, "Vết Văn Mới", "Vết tổ 1")
    number = households.add(conn, new, tam.person_id, at)
    conn.insert(
        SQLModel.metadata.tables["photo"],
        name="vet.jpg",
        channel="text",
        ref="Vết ref",
        person_id=tam.person_id,
        data="Vết ảnh".encode(),
        created_at=at,
    )
    form = "1"
    for row in conn.all(select(SQLModel.metadata.tables["form"])):
        form = row.version
    submission = Submission(
        survey_id=str(UUID(int=7)),
        form=QUESTIONNAIRE,
        version=form,
        area_id=hamlet,
        household_id=number,
        values=VALUES,
        xml=XML,
        consent=True,
        wording="Đồng ý?",
        started_at=at - timedelta(minutes=5),
        submitted_at=at,
        by=tam.person_id,
        channel="text",
        photos=("vet.jpg",),
    )
    surveys.submit(conn, submission, indicators.counts)
    return number


NAMED = ("Vết", "0912345678", "10.78", "vet.jpg")


async def test_an_erased_household_is_counted_as_before_and_named_nowhere(database: Database) -> None:
    number = await database.write(surveyed)
    tally = SQLModel.metadata.tables["tally"]
    figures = await database.read(lambda conn: conn.all(select(tally)))
    gone = await database.write(lambda conn: erasure.household(conn, number, NOW))
    assert gone.anonymised == 1
    cells = [cell for cell in await database.read(words) if "form.xform" not in cell]
    assert not [cell for cell in cells if any(name in cell for name in NAMED)]
    assert await database.read(lambda conn: conn.all(select(tally))) == figures
    assert await database.read(lambda conn: recounting.compare(conn, QUESTIONNAIRE, ZONE)) == []
    survey = await database.read(lambda conn: surveys.find(conn, str(UUID(int=7))))
    assert survey
    assert survey.values == {
        "/data/dong_y": "co",
        "/data/phieu/so_nguoi": "4",
        "/data/phieu/nguoi_18": "3",
        "/data/phieu/mang": "di_dong",
    }
    assert (await database.read(lambda conn: households.find(conn, number))).name == f"#{number}"  # type: ignore[union-attr]


async def test_what_is_said_after_a_household_was_erased_has_a_number_of_its_own(database: Database) -> None:
    """The question whether to erase it is the newest message, and names it: the web chat's page, which knows
    that number, must be shown the answer too."""
    outbox = SQLModel.metadata.tables["outbox"]
    number = await database.write(surveyed)

    def say(conn: Connection, text: str) -> int:
        account = people.account(conn, "text", "hung")
        assert account
        body, status = orjson.dumps({"text": text}).decode(), "sent"
        values = {
            "channel": "text",
            "kind": "reply",
            "priority": 0,
            "body": body,
            "status": status,
            "due_at": NOW,
        }
        return conn.insert(outbox, account_id=account.id, **values)

    def erased(conn: Connection) -> tuple[int, int]:
        household = households.find(conn, number)
        assert household
        asked = say(conn, f"Xóa tên của hộ {household.name}. Chắc chưa?")
        erasure.household(conn, number, NOW)
        return asked, say(conn, "Dạ, em xóa rồi.")

    asked, answered = await database.write(erased)
    assert answered > asked
    rows = await database.read(lambda conn: conn.all(select(outbox.c.body).where(outbox.c.id == asked)))
    assert [orjson.loads(row.body)["text"] for row in rows] in ([""], [])


async def test_erasing_a_member_leaves_their_surveys_counted_and_nobodys(database: Database) -> None:
    await database.write(surveyed)
    tam = await database.read(lambda conn: people.account(conn, "text", "tam"))
    assert tam
    await database.write(lambda conn: erasure.person(conn, tam.person_id, NOW))
    survey = await database.read(lambda conn: surveys.find(conn, str(UUID(int=7))))
    assert survey
    assert survey.by is None
    assert survey.values["/data/phieu/ten_moi"] == "Vết Văn Mới"  # the household's own, not the member's
    assert await database.read(lambda conn: recounting.compare(conn, QUESTIONNAIRE, ZONE)) == []
    assert await database.read(audit.verify) is None


async def test_what_is_kept_can_be_taken_along(database: Database) -> None:
    person_id = await database.write(lambda conn: Plant(conn).all())
    kept = await database.read(lambda conn: holdings.of(conn, person_id))
    kinds = {one.kind for one in kept}
    assert kinds >= {"name", "account", "phone", "role", "consent", "ticket", "draft", "message", "parked"}
    assert any(f"{MARK} ticket.text" in one.text for one in kept)
    number = await database.write(lambda conn: households.add(conn, NewHousehold("k", 4, "Bảy"), None, NOW))
    house = await database.read(lambda conn: holdings.of_household(conn, number))
    assert house
    assert house["name"] == "Bảy"
    assert await database.read(lambda conn: holdings.of(conn, 999_999)) == []


def test_the_days_of_the_law_are_counted_from_the_request() -> None:
    from content.calendar import Calendar

    friday = datetime(2026, 11, 20, 16, tzinfo=UTC)
    asked = Request(1, "erase", friday)
    assert asked.answer_by(Calendar()) == date(2026, 11, 25)  # Tuesday the 24th is the day of culture
    assert asked.done_by == date(2026, 12, 10)
    assert Request(1, "see", friday).done_by == date(2026, 11, 30)
    assert Request(1, "withdraw", friday).done_by == date(2026, 12, 5)
    assert Request(1, "erase", friday, extended_at=friday).done_by == date(2026, 12, 30)
