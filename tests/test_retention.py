"""Nothing is kept longer than the policy says, and nothing goes before: told by a clock that is moved."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlmodel import SQLModel

from content import privacy
from content.households import QUESTIONNAIRE
from content.privacy import KEPT, BadPolicy, Policy, Request
from storage import audit, consents, households, inbox, outbox, recounting, requests, retention, surveys
from storage.database import Connection, Database
from tests.test_erasure import MARK, Plant, surveyed
from tests.transcripts.stage import MORNING

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TABLES = SQLModel.metadata.tables
Count = Callable[[Connection], int]


def rows(name: str, where: str = "") -> Count:
    """How many rows of a table still hold what was planted (`where`: the column)."""

    def count(conn: Connection) -> int:
        found = conn.all(select(TABLES[name]))
        return sum(1 for row in found if not where or MARK in str(getattr(row, where)))

    return count


LEFT: dict[str, Count] = {
    "events": rows("inbox"),
    "messages": rows("outbox"),
    "talks": rows("talk", "topic"),
    "drafts": rows("draft"),
    "tickets": rows("ticket", "text"),
    "questions": rows("question", "text"),
    "parked": rows("parked"),
    "photos": rows("photo"),
    "requests": rows("request"),
    "audit": rows("audit"),
}
"""What is counted of each kind; "names" has a story of its own."""


def planted(conn: Connection) -> None:
    """One of everything, of this morning, done with."""
    plant = Plant(conn)
    plant.all()
    conn.insert(TABLES["question"], text=f"{MARK} hỏi", outcome="sure", asked_at=MORNING)
    audit.append(conn, audit.Entry(MORNING, None, "cli", "grant", "person 1"))
    ticket = TABLES["ticket"]
    conn.run(ticket.update().values(status="closed", closed_at=MORNING))
    conn.run(TABLES["photo"].update().values(ticket_id=None))  # of a survey: one of a question goes with it
    requests.file(conn, Request(0, "see", MORNING, done_at=MORNING))


async def counted(database: Database) -> dict[str, int]:
    return {kind: await database.read(count) for kind, count in LEFT.items()}


def test_every_kind_of_the_policy_has_its_work_and_its_row_here() -> None:
    assert retention.KINDS.keys() == KEPT.keys() == LEFT.keys() | {"names"}
    assert privacy.read().kept == KEPT


@pytest.mark.parametrize("kind", LEFT)
async def test_a_kind_goes_on_its_day_and_not_before(sqlite_database: Database, kind: str) -> None:
    await sqlite_database.write(planted)
    whole = await counted(sqlite_database)
    assert whole[kind]
    day = MORNING + timedelta(days=KEPT[kind])
    await retention.forget(sqlite_database, Policy(), day - timedelta(hours=1))
    assert (await counted(sqlite_database))[kind] == whole[kind]
    found = await retention.forget(sqlite_database, Policy(), day + timedelta(hours=1))
    assert (await counted(sqlite_database))[kind] == 0
    assert found[kind] >= 1 or kind == "talks"
    assert await sqlite_database.read(audit.verify) is None


async def test_events_and_messages_go_a_few_at_a_time_until_all_are_gone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "ROWS", 3)

    def planted_many(conn: Connection) -> None:
        Plant(conn).all()
        for number in range(10):
            inbox.take(conn, "web", f"event {number}", MORNING)

    await database.write(planted_many)
    whole = await counted(database)
    taken: list[int] = []
    monkeypatch.setitem(
        retention.KINDS,
        "events",
        lambda conn, before, now: taken.append(inbox.purge(conn, before, retention.ROWS)) or taken[-1],
    )
    found = await retention.forget(database, Policy(), MORNING + timedelta(days=100))
    assert found["events"] == whole["events"] > 9
    assert found["messages"] >= whole["messages"] > 0
    assert max(taken) == 3
    assert (await counted(database))["events"] == (await counted(database))["messages"] == 0


@pytest.mark.parametrize("purge", [inbox, outbox])
async def test_what_is_old_is_found_without_reading_what_is_not(
    database: Database, purge: ModuleType
) -> None:
    def how(conn: Connection) -> str:
        sql = conn._planner.plan(purge._PURGE).sql
        if conn.engine == "sqlite":
            return str(conn.all(text("EXPLAIN QUERY PLAN " + sql.replace("?", "1"))))
        conn.run(text("SET LOCAL enable_seqscan = off"))  # as where there are many
        sql = re.sub(r"LIMIT \$\d", "LIMIT 1", re.sub(r"\$\d::TIMESTAMP WITH TIME ZONE", "now()", sql))
        return str(conn.all(text("EXPLAIN " + sql)))

    index = "ix_inbox_received_at" if purge is inbox else "ix_outbox_done"
    assert index in await database.write(how)


async def test_surveys_lose_their_names_90_days_after_the_year_and_stay_counted(database: Database) -> None:
    number = await database.write(surveyed)
    before = await database.read(lambda conn: conn.all(select(TABLES["tally"])))
    await retention.forget(database, Policy(), datetime(2027, 3, 30, 3, 10, tzinfo=ZONE))
    assert (await database.read(lambda conn: households.find(conn, number))).name == "Vết Văn Mới"  # type: ignore[union-attr]
    found = await retention.forget(database, Policy(), datetime(2027, 4, 1, 3, 10, tzinfo=ZONE))
    assert found["names"] == 1
    assert (await database.read(lambda conn: households.find(conn, number))).name == f"#{number}"  # type: ignore[union-attr]
    survey = await database.read(lambda conn: surveys.last(conn, number, QUESTIONNAIRE))
    assert survey
    assert survey.values["/data/phieu/so_nguoi"] == "4"
    assert "/data/phieu/sdt" not in survey.values
    assert await database.read(lambda conn: conn.all(select(TABLES["tally"]))) == before
    assert await database.read(lambda conn: recounting.compare(conn, QUESTIONNAIRE, ZONE)) == []
    names = [row.name for row in await database.read(lambda c: c.all(select(TABLES["household"])))]
    assert "Nguyễn Văn Hai" in names  # of the commune's own list, not of a survey


async def test_a_consent_in_force_is_kept(sqlite_database: Database) -> None:
    def given(conn: Connection) -> int:
        plant = Plant(conn)
        person = plant.all()
        conn.run(TABLES["consent"].update().values(withdrawn_at=None))
        return person

    person = await sqlite_database.write(given)
    await retention.forget(sqlite_database, Policy(), MORNING + timedelta(days=3000))
    assert len(await sqlite_database.read(lambda conn: consents.of(conn, person))) == 1


async def test_the_log_can_be_cut_only_by_who_has_the_key(sqlite_database: Database) -> None:
    def cut(conn: Connection) -> None:
        for subject in ("1", "2", "3"):
            audit.append(conn, audit.Entry(MORNING, None, "cli", "grant", subject))
        log = TABLES["audit"]
        second = conn.all(select(log.c.hash).order_by(log.c.id))[1].hash.hex()
        conn.run(log.delete().where(log.c.subject != "3"))
        conn.insert(TABLES["note"], name="audit.begins", value=f"{second} {'0' * 32}", at=MORNING)

    await sqlite_database.write(cut)
    assert await sqlite_database.read(audit.verify) is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kept: {photo: 3}", "kinds of its own"),
        ("kept: {photos: 0}", "from 1 to 3650"),
        ("kept: {photos: lâu}", "from 1 to 3650"),
        ("smallest: 0", "from 1"),
        ("giu: 3", "only `kept` and `smallest`"),
        ("kept: [", "privacy.yaml"),
    ],
)
def test_a_wrong_policy_is_refused_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "privacy.yaml"
    file.write_text(text)
    with pytest.raises(BadPolicy, match=says):
        privacy.read(file)


def test_a_district_sets_its_own_days(tmp_path: Path) -> None:
    file = tmp_path / "templates" / "privacy.yaml"
    file.parent.mkdir()
    file.write_text("kept: {photos: 14}\nsmallest: 10")
    policy = privacy.read(privacy.path_of(tmp_path))
    assert (policy.kept["photos"], policy.kept["tickets"], policy.smallest) == (14, 30, 10)
