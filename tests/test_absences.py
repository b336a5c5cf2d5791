"""Households where nobody was met: who sees it, what is counted, and when it is forgotten."""

from datetime import date, timedelta

from content.assigning import Load
from content.households import QUESTIONNAIRE
from content.indicators import counts
from storage import (
    absences,
    areas,
    assignments,
    erasure,
    holdings,
    households,
    people,
    reminders,
    retention,
    surveys,
)
from storage.database import Connection, Database
from storage.surveys import Submission
from tests.transcripts.stage import MORNING, ZONE, furnish

TODAY = MORNING.date()
YESTERDAY = TODAY - timedelta(days=1)


def _hamlet(conn: Connection) -> tuple[int, list[int]]:
    furnish(conn)
    hamlet = areas.by_code(conn, "27811-2", TODAY)
    assert hamlet is not None
    return hamlet.id, [one.id for one in households.left(conn, hamlet.id, QUESTIONNAIRE, 99)]


def _submit(conn: Connection, hamlet: int, household: int | None) -> None:
    new = Submission(
        survey_id=f"00000000-0000-4000-8000-{household or 0:012}",
        form=QUESTIONNAIRE,
        version="1",
        area_id=hamlet,
        household_id=household,
        values={},
        xml="",
        consent=household is not None,
        wording="",
        started_at=MORNING,
        submitted_at=MORNING,
        by=1,
        channel="text",
    )
    surveys.submit(conn, new, counts)


def _seen(conn: Connection, hamlet: int) -> dict[int, date]:
    """Everywhere where a household is read, it is the same."""
    listed = {h.id: h.absent_on for h in households.of_hamlet(conn, hamlet, QUESTIONNAIRE) if h.absent_on}
    one_by_one = {home: households.find(conn, home) for home in listed}
    assert {home: one.absent_on for home, one in one_by_one.items() if one} == listed
    return listed


async def test_the_whole_team_sees_the_last_day_until_the_household_is_surveyed(database: Database) -> None:
    def work(conn: Connection) -> None:
        hamlet, homes = _hamlet(conn)
        absences.note(conn, homes[0], 1, YESTERDAY)
        absences.note(conn, homes[1], 1, YESTERDAY)
        absences.note(conn, homes[0], 1, TODAY)
        assert _seen(conn, hamlet) == {homes[0]: TODAY, homes[1]: YESTERDAY}
        [there] = households.progress(conn, hamlet, QUESTIONNAIRE, TODAY)
        assert (there.done, there.planned, there.absent) == (0, 7, 2)
        assert assignments.loads(conn, hamlet, QUESTIONNAIRE, TODAY)[hamlet] == {None: Load(7, 0, 2)}
        _submit(conn, hamlet, None)
        assert _seen(conn, hamlet).keys() == {homes[0], homes[1]}, "a refusal names no household"
        _submit(conn, hamlet, homes[0])
        assert _seen(conn, hamlet) == {homes[1]: YESTERDAY}
        absences.note(conn, homes[0], 1, TODAY)
        [there] = households.progress(conn, hamlet, QUESTIONNAIRE, TODAY)
        assert (there.done, there.absent) == (1, 1), "who is surveyed already waits for nobody"

    await database.write(work)


async def test_whoever_chooses_sees_those_first_where_nobody_has_been(database: Database) -> None:
    def work(conn: Connection) -> None:
        hamlet, homes = _hamlet(conn)
        absences.note(conn, homes[0], 1, TODAY)
        absences.note(conn, homes[2], 1, YESTERDAY)
        rest = [homes[1], *homes[3:]]
        free = [one.id for one in households.left(conn, hamlet, QUESTIONNAIRE, 9, whose="free")]
        assert free == [*rest, homes[2], homes[0]]
        everybody = [one.id for one in households.left(conn, hamlet, QUESTIONNAIRE, 9)]
        assert everybody == homes, "the list stays in its order"

    await database.write(work)


async def test_who_met_nobody_was_not_idle(database: Database) -> None:
    def work(conn: Connection) -> None:
        hamlet, homes = _hamlet(conn)
        later = TODAY + timedelta(days=9)
        assert reminders.active_on(conn, 1, later, ZONE) < later
        absences.note(conn, homes[0], 1, later)
        assert reminders.active_on(conn, 1, later, ZONE) == later
        active = {mate.person_id: mate.active_on for mate in reminders.mates(conn, hamlet, later, ZONE)}
        assert active[1] == later

    await database.write(work)


async def test_a_day_is_told_to_whom_it_is_about_and_forgotten_when_drafts_are(database: Database) -> None:
    def work(conn: Connection) -> None:
        hamlet, homes = _hamlet(conn)
        absences.note(conn, homes[0], 1, YESTERDAY)
        absences.note(conn, homes[1], 1, TODAY)
        assert [one.text for one in holdings.of(conn, 1) if one.kind == "absences"] == ["2"]
        kept = holdings.of_household(conn, homes[0])
        assert kept is not None
        assert kept["nobody_met"] == YESTERDAY
        retention.KINDS["drafts"](conn, MORNING, MORNING)
        assert _seen(conn, hamlet) == {homes[1]: TODAY}

    await database.write(work)


async def test_erasure_leaves_neither_the_day_nor_who_was_there(database: Database) -> None:
    def work(conn: Connection) -> None:
        hamlet, homes = _hamlet(conn)
        walker = people.create(conn, "Ba", "vi", MORNING)
        absences.note(conn, homes[0], walker, TODAY)
        absences.note(conn, homes[1], walker, TODAY)
        erasure.household(conn, homes[0], MORNING)
        assert _seen(conn, hamlet).keys() == {homes[1]}
        erasure.person(conn, walker, MORNING)
        assert _seen(conn, hamlet).keys() == {homes[1]}

    await database.write(work)
