"""A week's digest says what a naive recount of the submissions says, on the map of then and of now."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.areas import read_list
from content.figures import Figures, Week, map_day
from content.indicators import DONE, REFUSED, counts
from content.people import Grant, Role
from storage import areas, digests, households, people, recounting, rollups, surveys, tallies
from storage.database import Connection, Database
from storage.households import NewHousehold
from storage.secrets import Vault
from storage.surveys import Submission

T = TypeVar("T")
FORM = "khao-sat-ho"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LISTS = Path(__file__).parent.parent / "content" / "areas"
FIRST = date(2025, 6, 16)  # a Monday; the communes merge on Tuesday of the third week
OLD_MAP, NEW_MAP = date(2025, 6, 30), date(2025, 7, 13)
WEEKS = [Week(FIRST + timedelta(days=7 * n), ZONE) for n in range(4)]


class Undone(Exception):
    """Takes back what an example wrote, so that the next finds the database empty."""


def tried(url: str, vault: Vault, work: Callable[[Connection], T]) -> T:
    """What `work` returns in a transaction that leaves nothing behind."""
    kept: list[T] = []

    def write(conn: Connection) -> None:
        kept.append(work(conn))
        raise Undone

    async def run() -> None:
        async with Database(url, vault) as database:
            with pytest.raises(Undone):
                await database.write(write)

    asyncio.run(run())
    return kept[-1]


def at(week: int, day: int = 0, hour: int = 9, second: int = 0) -> datetime:
    return datetime(2025, 6, 16, hour, tzinfo=ZONE) + timedelta(days=7 * week + day, seconds=second)


@dataclass
class Place:
    """The tree of 2023 and 2025, with two households in each hamlet and two people who survey."""

    conn: Connection
    hamlets: list[int] = field(default_factory=list)
    households: list[int] = field(default_factory=list)
    members: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("moc-hoa", "ap-mau"):
            areas.import_list(self.conn, read_list((LISTS / f"{name}.csv").read_text(encoding="utf-8")))
        self.hamlets = [area.id for area in areas.hamlets(self.conn, self.code("798", OLD_MAP), OLD_MAP)][::3]
        for hamlet in self.hamlets:
            for name in ("Nguyễn Văn Hai", "Lê Thị Ba"):
                new = NewHousehold(f"{hamlet}-{name}", hamlet, name)
                self.households.append(households.add(self.conn, new, None, at(0, hour=1)))
        for hamlet, name in zip(self.hamlets, ("Trần Văn Tư", "Võ Thị Năm"), strict=False):
            person = people.create(self.conn, name, "vi", at(0))
            people.grant(self.conn, person, Grant(Role.MEMBER, hamlet), FIRST)
            self.members.append(person)

    def code(self, code: str, on: date) -> int:
        found = areas.by_code(self.conn, code, on)
        assert found is not None
        return found.id

    def hamlet_of(self, household: int) -> int:
        return self.hamlets[self.households.index(household) // 2]


@dataclass(frozen=True)
class Visit:
    """One submission: of a household by its place in the list, or of nobody named (None)."""

    survey: str
    when: datetime
    household: int | None
    hamlet: int
    by: int
    values: dict[str, str]
    consent: bool = True

    def submit(self, conn: Connection, took: timedelta = timedelta(minutes=5)) -> None:
        submission = Submission(
            survey_id=self.survey,
            form=FORM,
            version="1",
            area_id=self.hamlet,
            household_id=self.household,
            values=self.values if self.consent else {},
            xml="<data/>" if self.consent else "",
            consent=self.consent,
            wording="",
            started_at=self.when - took,
            submitted_at=self.when,
            by=self.by,
            channel="webchat",
        )
        surveys.submit(conn, submission, counts)


def figures(conn: Connection, area: int, week: Week) -> Figures:
    """The digest on the map of its week."""
    on = map_day(areas.find(conn, area), week, NEW_MAP)
    return digests.figures(conn, FORM, area, week, on, named=20)


def answers(**values: object) -> dict[str, str]:
    return {f"/data/phieu/{name}": str(value) for name, value in values.items()}


# --------------------------------------------------------------------------- random weeks

ANSWERS = st.builds(
    lambda adults, share, phone, dvc, net: (
        answers(nguoi_18=adults, nguoi_15_so=adults + 1, co_dtdt=phone, mang=net)
        | ({} if share is None else answers(dtdt=min(share, adults), vneid_so=min(share, adults)))
        | ({} if dvc is None else answers(dvc=min(dvc, adults)))
    ),
    st.integers(0, 3),
    st.none() | st.integers(0, 3),
    st.sampled_from(["co", "khong", ""]),
    st.none() | st.integers(0, 3),
    st.sampled_from(["cap_quang", "di_dong", "khong", ""]),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["visit", "visit", "visit", "refuse", "revise", "move"]),
        st.integers(0, 4 * 7 * 24 - 1),  # the hour since the first Monday
        st.integers(0, 9),  # which household, or which survey to revise
        st.integers(0, 1),  # who
        ANSWERS,
    ),
    min_size=1,
    max_size=14,
)


def told(steps: list[tuple[str, int, int, int, dict[str, str]]], place: Place) -> list[Visit]:
    """The steps as submissions in the order of time."""
    visits: list[Visit] = []
    for number, (kind, hour, which, who, values) in enumerate(sorted(steps, key=lambda step: step[1])):
        when = at(0, hour=0) + timedelta(hours=hour, seconds=number)
        by = place.members[who]
        home = place.households[which % len(place.households)]
        hamlet = place.hamlet_of(home)
        if kind == "refuse":
            visits.append(Visit(f"s{number}", when, None, hamlet, by, {}, consent=False))
        elif kind == "revise" and visits:
            before = visits[which % len(visits)]
            visits.append(
                Visit(before.survey, when, before.household, before.hamlet, by, values, before.consent)
            )
        else:
            moved = place.hamlets[which % len(place.hamlets)] if kind == "move" else hamlet
            visits.append(Visit(f"s{number}", when, home, moved, by, values))
    return visits


def recounted(visits: list[Visit], until: datetime) -> dict[int, dict[str, list[int]]]:
    """By hamlet and indicator, from the submissions alone: each household by its newest survey's newest
    revision, each refusal by itself."""
    newest: dict[int | str, Visit] = {}
    began: dict[str, datetime] = {}
    for visit in visits:
        if visit.when >= until:
            continue
        began.setdefault(visit.survey, visit.when)
        whose = visit.household or visit.survey
        if whose not in newest or began[visit.survey] >= began[newest[whose].survey]:
            newest[whose] = visit
    sums: dict[int, dict[str, list[int]]] = {}
    for visit in newest.values():
        for name, (n, d) in counts(FORM, visit.values, consent=visit.consent).items():
            share = sums.setdefault(visit.hamlet, {}).setdefault(name, [0, 0])
            share[0] += n
            share[1] += d
    return sums


def agrees(found: Figures, place: Place, visits: list[Visit], week: Week, on: date) -> None:
    """Every figure of the digest against the recount."""
    for which, end in (("now", week.end), ("before", week.start)):
        sums = recounted(visits, end)
        for line in (found.total, *found.lines):
            inside = [area.id for area in areas.hamlets(place.conn, line.area.id, on)]
            standing = getattr(line, which)
            whole: dict[str, list[int]] = {}
            for hamlet in inside:
                for name, (n, d) in sums.get(hamlet, {}).items():
                    share = whole.setdefault(name, [0, 0])
                    share[0] += n
                    share[1] += d
            assert standing.done == whole.pop(DONE, [0])[0]
            assert standing.refused == whole.pop(REFUSED, [0])[0]
            shares = {name: [s.numerator, s.denominator] for name, s in standing.shares.items()}
            assert {name: share for name, share in shares.items() if share[1]} == whole
    listed = [place.hamlet_of(household) for household in place.households]
    for line in (found.total, *found.lines):
        inside = [area.id for area in areas.hamlets(place.conn, line.area.id, on)]
        assert line.now.planned == sum(hamlet in inside for hamlet in listed)
    worked = {visit.by for visit in visits if week.start <= visit.when < week.end}
    assert found.total.members == 2
    assert found.total.active == len(worked)
    assert found.total.new == sum(line.new for line in found.lines)


def roll(conn: Connection, now: datetime, most: int = 10**6) -> bool:
    """Lets the worker do so much; whether there was nothing left to do."""
    return not all(rollups.work(conn, now) for _ in range(most))


def every_week_agrees(place: Place, visits: list[Visit]) -> None:
    conn = place.conn
    assert recounting.compare(conn, FORM, ZONE) == []
    for day in (OLD_MAP, NEW_MAP):
        assert rollups.compare(conn, day) == []
    for week in WEEKS:
        for code, on in (("798", OLD_MAP), ("80", NEW_MAP), ("27823", NEW_MAP), ("27823", OLD_MAP)):
            found = digests.figures(conn, FORM, place.code(code, on), week, on)
            if code != "27823":
                agrees(found, place, visits, week, on)
            else:
                assert [line.area.level for line in found.lines] == ["hamlet"] * len(found.lines)


@given(STEPS, st.lists(st.integers(0, 4), min_size=14, max_size=14))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_week_of_random_surveys_on_either_map_agrees_with_a_recount(
    database_url: str,
    vault: Vault,
    steps: list[tuple[str, int, int, int, dict[str, str]]],
    rolled: list[int],
) -> None:
    """Whatever part of it is rolled up, and by the map of whatever day."""

    def work(conn: Connection) -> None:
        place = Place(conn)
        visits = told(steps, place)
        for visit, most in zip(visits, rolled, strict=False):
            visit.submit(conn)
            roll(conn, visit.when, most)
        every_week_agrees(place, visits)
        roll(conn, at(3))
        assert rollups.holds(conn, NEW_MAP)
        every_week_agrees(place, visits)

    tried(database_url, vault, work)


# --------------------------------------------------------------------------- single stories


@pytest.fixture
def place(sqlite_url: str, vault: Vault) -> Callable[[Callable[[Place], None]], None]:
    """Runs a story in a place of its own."""
    return lambda story: tried(sqlite_url, vault, lambda conn: story(Place(conn)))


Story = Callable[[Callable[[Place], None]], None]


def test_the_week_before_is_not_changed_by_what_comes_later(place: Story) -> None:
    def story(here: Place) -> None:
        home, by = here.households[0], here.members[0]
        area = here.hamlets[0]
        Visit("a", at(0), home, area, by, answers(co_dtdt="khong")).submit(here.conn)
        first = figures(here.conn, area, WEEKS[0])
        Visit("b", at(1), home, area, by, answers(co_dtdt="co")).submit(here.conn)
        assert figures(here.conn, area, WEEKS[0]) == first
        second = figures(here.conn, area, WEEKS[1])
        assert second.total.now.done == 1
        assert second.total.new == 0
        assert second.total.change("dtdt_ho") == 100

    place(story)


def test_two_in_the_morning_on_monday_belongs_to_the_new_week(place: Story) -> None:
    def story(here: Place) -> None:
        area = here.hamlets[0]
        Visit("a", at(1, hour=2), here.households[0], area, here.members[0], {}).submit(here.conn)
        assert figures(here.conn, area, WEEKS[0]).total.now.done == 0
        assert figures(here.conn, area, WEEKS[1]).total.new == 1
        assert recounting.compare(here.conn, FORM, ZONE) == []

    place(story)


def test_who_did_nothing_is_named_in_the_commune_and_counted_above(place: Story) -> None:
    def story(here: Place) -> None:
        Visit("a", at(0), here.households[0], here.hamlets[0], here.members[0], {}).submit(here.conn)
        near = figures(here.conn, here.hamlets[1], WEEKS[0])
        assert near.idle == ("Võ Thị Năm",)
        above = figures(here.conn, here.code("798", OLD_MAP), WEEKS[0])
        assert (above.total.members, above.total.active, above.idle) == (2, 1, ())

    place(story)


def test_surveys_too_quick_to_have_been_asked_want_checking_once(place: Story) -> None:
    def story(here: Place) -> None:
        home, area, by = here.households[0], here.hamlets[0], here.members[0]
        quick = timedelta(seconds=39)
        Visit("a", at(0), home, area, by, answers(dvc=1, nguoi_18=2)).submit(here.conn, quick)
        (check,) = figures(here.conn, area, WEEKS[0]).checks
        assert (check.kind, check.count, [one.household_id for one in check.suspects]) == ("fast", 1, [home])
        Visit("b", at(1), home, area, by, answers(dvc=1, nguoi_18=2)).submit(here.conn, quick)
        assert figures(here.conn, area, WEEKS[1]).checks == ()

    place(story)


def test_one_persons_surveys_that_all_answer_the_same_want_checking(place: Story) -> None:
    def story(here: Place) -> None:
        area, by = here.hamlets[0], here.members[0]
        homes = [households.add(here.conn, NewHousehold(n, area, n), None, at(0)) for n in "ABC"]
        for home in homes[:2]:
            Visit(f"s{home}", at(0), home, area, by, answers(mang="khong")).submit(here.conn)
        assert figures(here.conn, area, WEEKS[0]).checks == ()
        Visit("s", at(0), homes[2], area, by, answers(mang="khong")).submit(here.conn)
        (check,) = figures(here.conn, area, WEEKS[0]).checks
        assert (check.kind, check.count) == ("alike", 3)
        assert [one.name for one in check.suspects] == ["A", "B", "C"]

    place(story)


def test_households_of_one_name_in_a_hamlet_want_checking_and_stay_nameless_above(place: Story) -> None:
    def story(here: Place) -> None:
        area = here.hamlets[0]
        households.add(here.conn, NewHousehold("x", area, "nguyen van hai"), None, at(1))
        assert figures(here.conn, area, WEEKS[0]).checks == ()
        (check,) = figures(here.conn, area, WEEKS[1]).checks
        assert (check.kind, {one.name for one in check.suspects}) == (
            "same-name",
            {"Nguyễn Văn Hai", "nguyen van hai"},
        )
        above = figures(here.conn, here.code("798", OLD_MAP), WEEKS[1])
        assert all(check.suspects == () for check in above.checks)

    place(story)


def test_no_more_households_are_named_than_are_wanted_and_all_are_counted(place: Story) -> None:
    def story(here: Place) -> None:
        area, by = here.hamlets[0], here.members[0]
        for number in range(5):
            home = households.add(here.conn, NewHousehold(f"k{number}", area, "Lê Văn Sáu"), None, at(0))
            visit = Visit(f"s{number}", at(0, second=number), home, area, by, answers(mang="khong"))
            visit.submit(here.conn, took=timedelta(seconds=20))
        for named in (0, 2, 20):
            found = digests.figures(here.conn, FORM, area, WEEKS[0], OLD_MAP, named=named).checks
            assert [(check.kind, check.count) for check in found] == [
                ("alike", 5),
                ("fast", 5),
                ("same-name", 5),
            ]
            assert {len(check.suspects) for check in found} == {min(named, 5)}

    place(story)


def test_more_done_than_listed_wants_checking(place: Story) -> None:
    def story(here: Place) -> None:
        area, other = here.hamlets[0], here.households[2]
        for number, home in enumerate([*here.households[:2], other]):
            values = answers(dvc=number, nguoi_18=2)
            Visit(f"s{number}", at(0, second=number), home, area, here.members[0], values).submit(here.conn)
        commune = areas.path(here.conn, area, OLD_MAP)[-2].id
        near = figures(here.conn, commune, WEEKS[0])
        assert [(check.kind, check.area.id, check.count) for check in near.checks] == [("over", area, 1)]
        roll(here.conn, at(0))
        district = figures(here.conn, here.code("798", OLD_MAP), WEEKS[0])
        assert [(check.kind, check.area.id, check.count) for check in district.checks] == [
            ("over", commune, 1)
        ]

    place(story)


def test_a_tally_that_was_tampered_with_is_found(place: Story) -> None:
    def story(here: Place) -> None:
        area = here.hamlets[0]
        Visit("a", at(0), here.households[0], area, here.members[0], answers(co_dtdt="co")).submit(here.conn)
        assert recounting.compare(here.conn, FORM, ZONE) == []
        here.conn.run(
            tallies.tally.update()
            .where(tallies.tally.c.indicator == "dtdt_ho")
            .values(denominator=tallies.tally.c.denominator + 1)
        )
        (line,) = recounting.compare(here.conn, FORM, ZONE)
        assert "dtdt_ho: (1, 2) is kept, (1, 1) is counted" in line

    place(story)


def test_above_the_commune_what_wants_checking_is_counted_by_commune_in_its_week_alone(place: Story) -> None:
    def story(here: Place) -> None:
        area, by = here.hamlets[0], here.members[0]
        for week in range(2):
            for number, home in enumerate(here.households[:2]):
                quick = Visit(
                    f"s{week}{number}", at(week, second=number), home, area, by, answers(nguoi_18=number)
                )
                quick.submit(here.conn, took=timedelta(seconds=20))
                roll(here.conn, at(week, second=number))
        commune = areas.path(here.conn, area, OLD_MAP)[-2].id
        found = [figures(here.conn, here.code("798", OLD_MAP), week).checks for week in WEEKS[:2]]
        assert [[(check.kind, check.area.id, check.count) for check in checks] for checks in found] == [
            [("fast", commune, 2)],
            [],  # a second visit may be quick
        ]

    place(story)


def test_a_household_that_comes_onto_the_list_later_takes_the_surplus_back(place: Story) -> None:
    def story(here: Place) -> None:
        area, other = here.hamlets[0], here.households[2]
        for number, home in enumerate([*here.households[:2], other]):
            visit = Visit(
                f"s{number}", at(0, second=number), home, area, here.members[0], answers(nguoi_18=number)
            )
            visit.submit(here.conn)
        roll(here.conn, at(0))
        households.add(here.conn, NewHousehold("late", area, "Bùi Văn Sáu"), None, at(1))
        roll(here.conn, at(1))
        district = here.code("798", OLD_MAP)
        over = [
            [check.count for check in figures(here.conn, district, week).checks if check.kind == "over"]
            for week in WEEKS[:2]
        ]
        assert over == [[1], []]
        assert rollups.compare(here.conn, OLD_MAP) == []

    place(story)


def test_a_sum_that_was_tampered_with_is_found(place: Story) -> None:
    def story(here: Place) -> None:
        Visit("a", at(0), here.households[0], here.hamlets[0], here.members[0], answers(co_dtdt="co")).submit(
            here.conn
        )
        roll(here.conn, at(0))
        assert rollups.compare(here.conn, OLD_MAP) == []
        district = here.code("798", OLD_MAP)
        wrong = rollups.rollup.c.area_id == district, rollups.rollup.c.indicator == "dtdt_ho"
        here.conn.run(rollups.rollup.update().where(*wrong).values(numerator=7))
        (line,) = rollups.compare(here.conn, OLD_MAP)
        assert f"sum of area {district}, {FORM}, dtdt_ho" in line
        assert "(7, 1) is kept, (1, 1) is right" in line

    place(story)


def test_a_list_of_areas_that_is_imported_makes_the_sums_anew(place: Story) -> None:
    def story(here: Place) -> None:
        roll(here.conn, at(0))
        assert rollups.holds(here.conn, OLD_MAP)
        assert not rollups.holds(here.conn, NEW_MAP)
        areas.import_list(here.conn, read_list((LISTS / "moc-hoa.csv").read_text(encoding="utf-8")))
        assert not rollups.holds(here.conn, OLD_MAP)
        roll(here.conn, at(3))
        assert rollups.holds(here.conn, NEW_MAP)

    place(story)


def test_an_area_that_does_not_exist_has_no_digest(place: Story) -> None:
    def story(here: Place) -> None:
        with pytest.raises(KeyError):
            figures(here.conn, 10**9, WEEKS[0])

    place(story)


def test_a_week_without_data_is_a_digest_of_nothing_done(place: Story) -> None:
    def story(here: Place) -> None:
        found = figures(here.conn, here.code("798", OLD_MAP), WEEKS[0])
        assert (found.total.now.done, found.total.now.planned) == (0, len(here.households))
        assert len(found.lines) == 7
        assert found.invented

    place(story)
