"""Surveys and what they count: once a household, corrected by revisions, and always equal to a recount."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from itertools import count as numbers

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from storage import households, list_changes, people, photos, recounting, surveys
from storage.database import Connection, Database, table
from storage.households import NewHousehold
from storage.photos import Pending
from storage.surveys import Submission
from storage.tables import AreaRow, RevisionRow, TallyRow

ZONE = timezone(timedelta(hours=7))
NOW = datetime(2026, 11, 18, 8, 30, tzinfo=ZONE)
FORM = "khao-sat-ho"
FRESH = numbers()


def count(form: str, values: Mapping[str, str], *, consent: bool) -> Mapping[str, tuple[int, int]]:
    """Phones of people, as a questionnaire would count them."""
    if not consent:
        return {"=refused": (1, 1)}
    return {"=done": (1, 1), "phones": (int(values["/data/phones"]), int(values["/data/people"]))}


class Village:
    """Two hamlets and a member, and short ways to survey there."""

    def __init__(self, conn: Connection) -> None:
        self.areas = [
            conn.insert(AreaRow, code=f"h{n}", name=f"ấp {n}", level="hamlet", valid_from=date(2023, 1, 1))
            for n in (1, 2)
        ]
        self.member = people.create(conn, "Lan", "vi", NOW)

    def household(self, conn: Connection, hamlet: int = 0, name: str = "Ông An") -> int:
        new = NewHousehold(f"key-{next(FRESH)}", self.areas[hamlet], name)
        return households.add(conn, new, self.member, NOW)

    def survey(  # noqa: PLR0917
        self,
        conn: Connection,
        household: int | None,
        phones: int = 1,
        survey_id: str = "",
        at: datetime = NOW,
        hamlet: int = 0,
    ) -> str:
        agreed = household is not None
        submission = Submission(
            survey_id=survey_id or f"survey-{next(FRESH)}",
            form=FORM,
            version="1",
            area_id=self.areas[hamlet],
            household_id=household,
            values={"/data/phones": str(phones), "/data/people": "4"} if agreed else {},
            xml="<data/>" if agreed else "",
            consent=agreed,
            wording="Anh/chị có đồng ý không?",
            started_at=at,
            submitted_at=at,
            by=self.member,
            channel="web",
        )
        surveys.submit(conn, submission, count)
        return submission.survey_id

    def figures(self, conn: Connection) -> dict[tuple[int, date, str], tuple[int, int]]:
        rows = conn.all(select(table(TallyRow)).where(table(TallyRow).c.form == FORM))
        return {
            (self.areas.index(row.area_id), row.week, row.indicator): (row.numerator, row.denominator)
            for row in rows
            if (row.numerator or row.denominator) and not row.indicator.startswith("@")
        }


WEEK, NEXT = date(2026, 11, 16), date(2026, 11, 23)


async def test_a_survey_is_kept_and_counted(database: Database) -> None:
    def write(conn: Connection) -> tuple[Village, int, str]:
        village = Village(conn)
        household = village.household(conn)
        return village, household, village.survey(conn, household, phones=3)

    village, household, survey_id = await database.write(write)
    survey = await database.read(lambda conn: surveys.find(conn, survey_id))
    assert survey is not None
    assert survey.values == {"/data/phones": "3", "/data/people": "4"}
    assert (survey.household_id, survey.revision, survey.by) == (household, 1, village.member)
    assert (survey.wording, survey.submitted_at) == ("Anh/chị có đồng ý không?", NOW)
    assert await database.read(lambda conn: surveys.last(conn, household, FORM)) == survey
    assert await database.read(lambda conn: surveys.mine(conn, village.member, FORM, 5)) == [survey]
    expected = {(0, WEEK, "=done"): (1, 1), (0, WEEK, "phones"): (3, 4)}
    assert await database.read(village.figures) == expected


async def test_the_same_survey_again_is_a_revision_and_the_first_stays(database: Database) -> None:
    def write(conn: Connection) -> tuple[Village, int, str]:
        village = Village(conn)
        household = village.household(conn)
        survey_id = village.survey(conn, household, phones=3)
        village.survey(conn, household, phones=1, survey_id=survey_id)
        return village, household, survey_id

    village, household, survey_id = await database.write(write)
    survey = await database.read(lambda conn: surveys.last(conn, household, FORM))
    assert survey is not None
    assert (survey.id, survey.revision, survey.values["/data/phones"]) == (survey_id, 2, "1")
    assert (await database.read(village.figures))[0, WEEK, "phones"] == (1, 4)
    kept = select(table(RevisionRow).c["values"].label("answers")).order_by(table(RevisionRow).c.revision)
    first, _ = await database.read(lambda conn: conn.all(kept))
    assert '"3"' in first.answers


async def test_a_household_surveyed_again_counts_once_by_the_newer(database: Database) -> None:
    def write(conn: Connection) -> tuple[Village, int, str, str]:
        village = Village(conn)
        household = village.household(conn)
        old = village.survey(conn, household, phones=3)
        new = village.survey(conn, household, phones=2, at=NOW + timedelta(days=7))
        return village, household, old, new

    village, household, old, new = await database.write(write)
    counted = await database.read(lambda conn: surveys.last(conn, household, FORM))
    assert counted is not None
    assert counted.id == new
    figures = await database.read(village.figures)
    assert figures == {(0, WEEK, "=done"): (1, 1), (0, WEEK, "phones"): (3, 4), (0, NEXT, "phones"): (-1, 0)}
    await database.write(lambda conn: village.survey(conn, household, phones=4, survey_id=old))
    assert await database.read(village.figures) == figures, "setting the old one right changes nothing"


async def test_a_household_that_moved_is_taken_from_the_figures_of_its_old_hamlet(database: Database) -> None:
    def write(conn: Connection) -> Village:
        village = Village(conn)
        household = village.household(conn)
        village.survey(conn, household, phones=3)
        village.survey(conn, household, phones=3, hamlet=1)
        return village

    village = await database.write(write)
    expected = {(1, WEEK, "=done"): (1, 1), (1, WEEK, "phones"): (3, 4)}
    assert await database.read(village.figures) == expected


async def test_a_refusal_is_counted_and_names_nobody(database: Database) -> None:
    def write(conn: Connection) -> tuple[Village, str]:
        village = Village(conn)
        village.household(conn)
        return village, village.survey(conn, None)

    village, survey_id = await database.write(write)
    assert await database.read(village.figures) == {(0, WEEK, "=refused"): (1, 1)}
    assert await database.read(lambda conn: surveys.find(conn, survey_id)) is None
    assert await database.read(lambda conn: surveys.mine(conn, village.member, FORM, 5)) == []
    (progress,) = await database.read(
        lambda conn: households.progress(conn, village.areas[0], FORM, NOW.date())
    )
    assert (progress.done, progress.planned, progress.refused) == (0, 1, 1)


async def test_a_refusal_with_answers_is_not_kept(database: Database) -> None:
    village = await database.write(Village)
    wrong = Submission(
        survey_id="s",
        form=FORM,
        version="1",
        area_id=village.areas[0],
        household_id=None,
        values={"/data/people": "4"},
        xml="",
        consent=False,
        wording="",
        started_at=NOW,
        submitted_at=NOW,
        by=village.member,
        channel="web",
    )
    with pytest.raises(ValueError, match="refusal"):
        await database.write(lambda conn: surveys.submit(conn, wrong, count))


async def test_progress_is_done_of_listed_by_hamlet(database: Database) -> None:
    def write(conn: Connection) -> Village:
        village = Village(conn)
        first, *_ = [village.household(conn) for _ in range(3)]
        village.survey(conn, first)
        village.survey(conn, first)
        village.household(conn, hamlet=1)
        return village

    village = await database.write(write)
    found = [
        await database.read(lambda conn, area=area: households.progress(conn, area, FORM, NOW.date()))
        for area in village.areas
    ]
    assert [(each.name, each.done, each.planned) for (each,) in found] == [("ấp 1", 1, 3), ("ấp 2", 0, 1)]


async def test_a_hamlets_list_says_who_was_surveyed_when(database: Database) -> None:
    def write(conn: Connection) -> Village:
        village = Village(conn)
        village.household(conn, name="Ông Út")
        village.survey(conn, village.household(conn, name="Bà Ba"))
        return village

    village = await database.write(write)
    listed = await database.read(lambda conn: households.of_hamlet(conn, village.areas[0], FORM))
    assert [(one.name, one.surveyed_at) for one in listed] == [("Bà Ba", NOW), ("Ông Út", None)]
    other = await database.read(lambda conn: households.of_hamlet(conn, village.areas[0], "another form"))
    assert [one.surveyed_at for one in other] == [None, None]
    assert await database.read(lambda conn: households.find(conn, listed[0].id)) == listed[0]


async def test_a_household_put_on_the_list_twice_is_there_once(database: Database) -> None:
    def write(conn: Connection) -> tuple[int, int, int]:
        village = Village(conn)
        new = NewHousehold("one-key", village.areas[0], "Ông An", "số 5")
        first, second = (households.add(conn, new, village.member, NOW) for _ in range(2))
        return first, second, len(households.of_hamlet(conn, village.areas[0], FORM))

    first, second, listed = await database.write(write)
    assert (first == second, listed) == (True, 1)


async def test_two_members_in_one_house_count_once(database: Database) -> None:
    def write(conn: Connection) -> tuple[Village, int]:
        village = Village(conn)
        return village, village.household(conn)

    village, household = await database.write(write)
    await asyncio.gather(
        *(database.write(lambda conn: village.survey(conn, household, phones=2)) for _ in range(8))
    )
    figures = await database.read(village.figures)
    assert figures == {(0, WEEK, "=done"): (1, 1), (0, WEEK, "phones"): (2, 4)}


async def test_photos_belong_to_the_survey_and_wait_to_be_cleaned(database: Database) -> None:
    def write(conn: Connection) -> None:
        village = Village(conn)
        for name, data in (("a.jpg", None), ("b.jpg", b"raw")):
            photos.keep(conn, Pending(name, "web", "ref", village.member, data), NOW)
        survey_id = village.survey(conn, village.household(conn))
        photos.attach(conn, survey_id, ["a.jpg", "b.jpg"])

    await database.write(write)
    raw = text("SELECT raw FROM photo WHERE name = 'b.jpg'")
    assert b"raw" not in (await database.read(lambda conn: conn.one(raw)))[0], (
        "sealed, like all that is personal"
    )
    waiting = await database.read(lambda conn: photos.pending(conn, 10))
    assert [(each.name, each.ref, each.data) for each in waiting] == [
        ("a.jpg", "ref", None),
        ("b.jpg", "ref", b"raw"),
    ]
    await database.write(lambda conn: photos.store(conn, "b.jpg", b"clean"))
    for _ in range(photos.TRIES):
        await database.write(lambda conn: photos.failed(conn, "a.jpg"))
    assert await database.read(lambda conn: photos.pending(conn, 10)) == []
    assert await database.read(lambda conn: photos.find(conn, "b.jpg")) == b"clean"
    assert await database.read(lambda conn: photos.find(conn, "a.jpg")) is None


STEP = st.tuples(
    st.sampled_from(["survey", "survey", "revise", "refuse", "list", "off", "back"]),
    st.integers(0, 3),  # which household, or which survey
    st.integers(0, 4),  # phones
    st.integers(-10, 20),  # days gone by; the clock may be set back
    st.integers(0, 1),  # hamlet
)
BACK = [
    ("survey", 0, 1, 0, 0),
    ("survey", 0, 2, -8, 0),  # takes the place of a later one
    ("revise", 0, 3, 0, 0),  # what no longer counts, set right by the same clock
    ("survey", 0, 4, -10, 1),
    ("revise", 1, 0, 3, 0),
    ("off", 0, 0, -3, 0),
    ("revise", 0, 2, 0, 0),  # which puts it back
    ("off", 0, 0, 0, 0),
    ("back", 0, 0, 8, 0),
]


def lived(conn: Connection, steps: list[tuple[str, int, int, int, int]]) -> Village:
    """A village of four households, two in each hamlet, after these steps."""
    village = Village(conn)
    homes = [village.household(conn, hamlet=n % 2) for n in range(4)]
    made: list[tuple[str, int]] = []
    now = NOW
    for what, which, phones, days, hamlet in steps:
        now += timedelta(days=days, seconds=1)
        if what == "survey":
            made.append((village.survey(conn, homes[which], phones, at=now, hamlet=hamlet), homes[which]))
        elif what == "revise" and made:
            survey_id, home = made[which % len(made)]
            village.survey(conn, home, phones, survey_id, now)
        elif what == "refuse":
            village.survey(conn, None, at=now, hamlet=hamlet)
        elif what == "off":
            list_changes.take_off(conn, homes[which], "twice", village.member, now)
        elif what == "back":
            list_changes.put_back(conn, homes[which], "asked", village.member, now)
        elif what == "list":
            homes[which] = village.household(conn, hamlet)
    return village


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(steps=BACK)
@given(steps=st.lists(STEP, max_size=15))
async def test_whatever_is_submitted_the_figures_equal_a_recount_and_no_week_takes_back_what_it_had_not(
    sqlite_database: Database, steps: list[tuple[str, int, int, int, int]]
) -> None:
    def play(conn: Connection) -> list[str]:
        village = lived(conn, steps)
        naive = conn.all(select(func.count().label("n")))  # the connection is still good
        assert naive[0].n == 1
        so_far: dict[tuple[int, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for (area, _, indicator), (numerator, denominator) in sorted(village.figures(conn).items()):
            before = so_far[area, indicator]
            so_far[area, indicator] = (before[0] + numerator, before[1] + denominator)
            assert 0 <= so_far[area, indicator][0] <= so_far[area, indicator][1]
        return recounting.compare(conn, FORM, ZONE)

    class Undone(Exception):
        """Every example begins with an empty database."""

    found: list[str] = []

    def undone(conn: Connection) -> None:
        found.extend(play(conn))
        raise Undone

    with pytest.raises(Undone):
        await sqlite_database.write(undone)
    assert found == []
