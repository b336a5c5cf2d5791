"""A household leaves its hamlet's list and comes back, and what it counts with it, week by week."""

from datetime import timedelta

from sqlalchemy import select

from storage import erasure, export, households, list_changes, namesakes, recounting, rollups, surveys
from storage.database import Connection, Database, table
from storage.tables import AssignmentRow, HouseholdRow, TallyRow
from tests.test_surveys import FORM, NEXT, NOW, WEEK, ZONE, Village

LATER = NOW + timedelta(days=7)


def listed(conn: Connection, village: Village) -> dict[tuple[int, object], int]:
    """By hamlet and week, how many came onto the list, less those that left it."""
    tally = table(TallyRow)
    rows = conn.all(select(tally).where(tally.c.form == ""))
    return {(village.areas.index(row.area_id), row.week): row.numerator for row in rows}


async def test_who_leaves_the_list_is_counted_no_more_from_that_week_on(database: Database) -> None:
    def write(conn: Connection) -> tuple[Village, int]:
        village = Village(conn)
        village.household(conn)
        home = village.household(conn)
        village.survey(conn, home, phones=3)
        assert list_changes.take_off(conn, home, "twice", village.member, LATER)
        assert not list_changes.take_off(conn, home, "twice", village.member, LATER)
        return village, home

    village, home = await database.write(write)
    assert await database.read(lambda conn: listed(conn, village)) == {(0, WEEK): 2, (0, NEXT): -1}
    assert await database.read(village.figures) == {
        (0, WEEK, "=done"): (1, 1),
        (0, WEEK, "phones"): (3, 4),
        (0, NEXT, "=done"): (-1, -1),
        (0, NEXT, "phones"): (-3, -4),
    }
    hamlet = village.areas[0]
    assert await database.read(lambda conn: households.count(conn, hamlet, FORM)) == (0, 1)
    gone = await database.read(lambda conn: list_changes.taken_off(conn, hamlet))
    assert [(one.id, one.why, one.at) for one in gone] == [(home, "twice", LATER)]
    assert await database.read(lambda conn: recounting.compare(conn, FORM, ZONE)) == []


async def test_its_answers_are_kept_and_exported_as_what_does_not_count(database: Database) -> None:
    def write(conn: Connection) -> tuple[str, int]:
        village = Village(conn)
        home = village.household(conn)
        survey = village.survey(conn, home)
        list_changes.take_off(conn, home, "moved", village.member, LATER)
        return survey, home

    survey, home = await database.write(write)
    [sent] = await database.read(lambda conn: list(export.surveys(conn, FORM, None, None)))
    assert (sent.id, sent.counted, sent.values["/data/phones"]) == (survey, False, "1")
    # Nobody sent the revision that takes it back: it is not handed on.
    assert [one.number for one in await database.read(lambda conn: export.history(conn, survey))] == [1]
    found = await database.read(lambda conn: households.find(conn, home))
    assert found is not None
    assert not found.is_listed


async def test_who_is_put_back_counts_again(database: Database) -> None:
    def write(conn: Connection) -> Village:
        village = Village(conn)
        home = village.household(conn)
        village.survey(conn, home, phones=3)
        list_changes.take_off(conn, home, "nobody", village.member, LATER)
        assert list_changes.put_back(conn, home, "asked", village.member, LATER)
        assert not list_changes.put_back(conn, home, "asked", village.member, LATER)
        return village

    village = await database.write(write)
    assert await database.read(lambda conn: households.count(conn, village.areas[0], FORM)) == (1, 1)
    assert await database.read(village.figures) == {(0, WEEK, "=done"): (1, 1), (0, WEEK, "phones"): (3, 4)}
    assert await database.read(lambda conn: recounting.compare(conn, FORM, ZONE)) == []
    while await database.write(lambda conn: rollups.work(conn, LATER)):
        pass
    assert await database.read(lambda conn: rollups.compare(conn, LATER.date())) == []


async def test_a_survey_that_comes_late_puts_its_household_back(database: Database) -> None:
    def write(conn: Connection) -> Village:
        village = Village(conn)
        home = village.household(conn)
        first = village.survey(conn, home, phones=3)
        list_changes.take_off(conn, home, "nobody", village.member, LATER)
        village.survey(conn, home, phones=2, survey_id=first, at=LATER)  # a correction from an offline phone
        list_changes.take_off(conn, home, "nobody", village.member, LATER)
        village.survey(conn, home, phones=1, at=LATER)
        return village

    village = await database.write(write)
    assert await database.read(lambda conn: households.count(conn, village.areas[0], FORM)) == (1, 1)
    assert await database.read(village.figures) == {
        (0, WEEK, "=done"): (1, 1),
        (0, WEEK, "phones"): (3, 4),
        (0, NEXT, "phones"): (-2, 0),
    }
    assert await database.read(lambda conn: recounting.compare(conn, FORM, ZONE)) == []


async def test_nobody_holds_what_left_the_list_and_its_twin_is_alone(database: Database) -> None:
    def write(conn: Connection) -> int:
        village = Village(conn)
        one, _ = (village.household(conn, name="Lê Thị Ba") for _ in range(2))
        given = {"household_id": one, "person_id": village.member, "given_at": NOW}
        conn.insert(AssignmentRow, **given, invitation_id=None, given_by=None)
        list_changes.take_off(conn, one, "twice", village.member, NOW)
        return one

    one = await database.write(write)
    household = table(HouseholdRow)
    assert await database.read(lambda conn: conn.all(select(table(AssignmentRow)))) == []
    doubled = select(household.c.id).where(household.c.doubled)
    assert await database.read(lambda conn: conn.all(doubled)) == []
    assert await database.read(namesakes.compare) == []
    await database.write(lambda conn: list_changes.put_back(conn, one, "asked", None, NOW))
    assert len(await database.read(lambda conn: conn.all(doubled))) == 2


async def test_who_is_off_the_list_can_still_be_erased(database: Database) -> None:
    def write(conn: Connection) -> tuple[int, str]:
        village = Village(conn)
        home = village.household(conn)
        survey = village.survey(conn, home)
        list_changes.take_off(conn, home, "moved", village.member, NOW)
        erasure.household(conn, home, NOW)
        erasure.person(conn, village.member, NOW)
        return home, survey

    home, survey = await database.write(write)
    found = await database.read(lambda conn: households.find(conn, home))
    assert found is not None
    assert found.name == f"#{home}"
    kept = await database.read(lambda conn: surveys.find(conn, survey))
    assert kept is not None
    assert await database.read(lambda conn: recounting.compare(conn, FORM, ZONE)) == []
