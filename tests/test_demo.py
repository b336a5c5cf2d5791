"""The sample data: believable, repeatable, quick, and never to be taken for real."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.commands.demo import make
from bot.config import Settings
from bot.demo import WEEKS, Persona, fill
from bot.sample import MARK
from content.areas import Level
from content.figures import Week, monday_of
from content.households import QUESTIONNAIRE
from content.people import Role, allowed
from storage import areas, digests, forms, people, recounting, revisions
from storage.database import Connection, Database, table
from storage.tables import (
    AreaRow,
    HouseholdRow,
    PersonRow,
    RevisionRow,
    SurveyRow,
    TallyRow,
    TeamRow,
)

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=ZONE)
WEEK = Week(monday_of(NOW.date()), ZONE)


@pytest.fixture
async def sample(sqlite_database: Database) -> tuple[Database, list[Persona]]:
    return sqlite_database, await sqlite_database.write(lambda conn: fill(conn, NOW))


Sample = tuple[Database, list[Persona]]


async def test_one_may_be_anybody_from_citizen_to_admin(sample: Sample) -> None:
    database, personas = sample
    assert [one.key for one in personas] == list(Role)
    for one in personas:
        assert MARK in one.description
        account = await database.read(lambda conn, one=one: people.account(conn, "webchat", one.address))
        assert account is not None
        person = await database.read(lambda conn, id_=account.person_id: people.find(conn, id_, NOW.date()))
        assert person is not None
        assert person.highest == one.key
        assert person.invented


async def test_everything_that_is_made_up_says_so(sample: Sample) -> None:
    database, _ = sample

    def look(conn: Connection) -> None:
        for rows in (HouseholdRow, PersonRow, TeamRow):
            for row in conn.all(select(table(rows).c.name, table(rows).c.invented)):
                assert row.invented
                assert MARK in row.name
        for row in conn.all(select(table(AreaRow))):
            assert row.invented == (row.level == Level.HAMLET) == row.name.endswith(MARK)
        assert all(row.invented for row in conn.all(select(table(SurveyRow).c.invented)))

    await database.read(look)


async def test_six_weeks_of_surveys_lead_up_to_now_and_none_is_in_the_future(sample: Sample) -> None:
    database, _ = sample

    def look(conn: Connection) -> None:
        made = conn.all(select(table(RevisionRow).c.submitted_at).order_by(table(RevisionRow).c.submitted_at))
        assert 200 < len(made) < 400
        assert made[-1].submitted_at < NOW
        weeks = {monday_of(row.submitted_at.astimezone(ZONE).date()) for row in made}
        assert weeks == {WEEK.monday - timedelta(weeks=n) for n in range(WEEKS + 1)}
        revised = conn.one(select(func.max(table(RevisionRow).c.revision).label("most")))
        assert revised is not None
        assert revised.most > 1
        again = conn.one(select(func.count().label("n")).where(~table(SurveyRow).c.current))
        assert again is not None
        assert again.n > 0

    await database.read(look)


async def test_the_figures_agree_with_a_recount(sample: Sample) -> None:
    database, _ = sample
    assert await database.read(lambda conn: recounting.compare(conn, QUESTIONNAIRE, ZONE)) == []


async def test_the_provinces_digest_has_something_of_everything(sample: Sample) -> None:
    database, _ = sample

    def look(conn: Connection) -> None:
        here = areas.by_code(conn, "80", NOW.date())
        assert here is not None
        found = digests.figures(conn, QUESTIONNAIRE, here.id, WEEK, NOW.date())
        assert [line.area.name for line in found.lines] == ["xã Bình Hiệp", "xã Bình Hòa", "xã Mộc Hóa"]
        assert 0 < found.total.new < found.total.now.done < found.total.now.planned
        assert found.total.now.refused > 0
        assert 0 < found.total.active < found.total.members == 42
        assert {check.kind for check in found.checks} >= {"fast", "alike"}
        assert found.invented
        assert all(share.denominator > 0 for share in found.total.now.shares.values())

    await database.read(look)


async def test_a_household_listed_twice_is_seen_in_its_commune(sample: Sample) -> None:
    database, _ = sample

    def look(conn: Connection) -> None:
        here = areas.by_code(conn, "27811", NOW.date())
        assert here is not None
        found = digests.figures(conn, QUESTIONNAIRE, here.id, WEEK, NOW.date())
        (twice,) = [check for check in found.checks if check.kind == "same-name"]
        assert twice.count == 2

    await database.read(look)


async def test_the_member_has_households_left_and_a_questionnaire_to_ask_them(sample: Sample) -> None:
    database, personas = sample
    address = next(one.address for one in personas if one.key == Role.MEMBER)

    def look(conn: Connection) -> None:
        account = people.account(conn, "webchat", address)
        assert account is not None
        person = people.find(conn, account.person_id, NOW.date())
        assert person is not None
        (held,) = person.grants
        assert allowed(person, "survey", [held.area_id])
        assert forms.newest(conn, QUESTIONNAIRE, held.area_id, NOW.date()) is not None
        line = digests.figures(conn, QUESTIONNAIRE, held.area_id, WEEK, NOW.date()).total
        assert line.now.planned - line.now.done >= 3

    await database.read(look)


async def test_the_same_seed_makes_the_same_figures(sqlite_database: Database) -> None:
    rows = select(table(TallyRow)).order_by(*table(TallyRow).primary_key)
    made: list[list[tuple[object, ...]]] = []

    class Undone(Exception):
        pass

    def work(conn: Connection) -> None:
        fill(conn, NOW)
        made.append([tuple(row) for row in conn.all(rows)])
        raise Undone

    for _ in range(2):
        with pytest.raises(Undone):
            await sqlite_database.write(work)
    assert made[0] == made[1]


MOMENTS = ("2026-11-23T00:05", "2026-11-23T08:00", "2027-01-01T12:00", "2028-02-29T23:59")


@pytest.mark.parametrize("now", MOMENTS)
async def test_it_can_be_made_at_any_moment(sqlite_database: Database, now: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    await sqlite_database.write(lambda conn: fill(conn, moment))
    late = select(func.count().label("n")).where(table(RevisionRow).c.submitted_at >= moment)
    row = await sqlite_database.read(lambda conn: conn.one(late))
    assert row is not None
    assert row.n == 0


def test_what_an_older_version_made_is_kept(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/demo.db",
        secret_key=SecretStr("a secret key that only the tests use"),
    )
    made = make(settings)
    revisions.downgrade(settings.database_url, "0022")
    assert make(settings) == made


async def test_it_is_made_in_less_than_two_seconds_of_work(sqlite_database: Database) -> None:
    def work(conn: Connection) -> float:
        began = time.thread_time()
        fill(conn, NOW)
        return time.thread_time() - began

    assert await sqlite_database.write(work) < 2
