"""Surveys that were made far from the commune's others: as a naive recount tells them, whatever happens."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from content.areas import Area, Level
from content.figures import Check, Week
from content.indicators import counts
from content.periods import Period
from content.places import FAR_KM, FEW, KNOWN_FROM, Square, far, square
from handlers import bulletin
from storage import areas, digests, erasure, households, maps, places, reports, rollups, surveys
from storage.database import Connection, Database
from storage.households import NewHousehold
from storage.secrets import Vault
from storage.surveys import Submission
from tests import questionnaires
from tests.test_digests import FORM, NEW_MAP, OLD_MAP, WEEKS, ZONE, Place, at, roll, tried
from tests.transcripts.stage import STORIES, Stage, furnish

HERE = "10.78 105.94 0 0"
NEARBY = "10.83 105.99 0 5"  # 8 km
BESIDE = "10.70 105.86 0 0"  # 12 km from here, 20 km from nearby
TOWN = "10.7769 106.7009 12 4"  # Ho Chi Minh City, 83 km
NOWHERE = "0 0 0 0"  # a phone that had no fix
POINTS = ("", HERE, HERE, HERE, NEARBY, NEARBY, BESIDE, TOWN, NOWHERE)

Story = Callable[[Callable[[Place], None]], None]


@pytest.fixture
def place(sqlite_url: str, vault: Vault) -> Story:
    return lambda story: tried(sqlite_url, vault, lambda conn: story(Place(conn)))


# --------------------------------------------------------------------------- pure


def test_a_location_is_told_by_its_square_of_two_kilometres() -> None:
    form = questionnaires.form(
        "| survey | | | |\n| | type | name | label |\n| | geopoint | vi_tri | Ở đâu? |\n| | text | x | X |"
    )
    (path,) = (one.path for one in form.questions() if one.name == "vi_tri")
    assert square(form, {path: "10.7769 106.7009 12 4"}) == Square(539, 5335)
    assert square(form, {path: "10.7771 106.7011"}) == Square(539, 5335)
    assert Square(539, 5335).middle == (10.78, 106.7)
    for none in ({}, {path: ""}, {path: "ở nhà"}, {"/data/x": HERE}):
        assert square(form, none) is None


def test_what_is_asked_in_a_repeat_is_not_where_the_survey_was_made() -> None:
    form = questionnaires.form(
        "| survey | | | |\n| | type | name | label |\n| | begin repeat | ao | Ao |\n"
        "| | geopoint | cho | Ở đâu? |\n| | end repeat | | |\n| | geopoint | nha | Nhà ở đâu? |"
    )
    inside, home = (one.path for one in form.questions() if one.bind.type == "geopoint")
    assert square(form, {f"{inside.replace('/ao/', '/ao[1]/')}": TOWN, inside: TOWN}) is None
    assert square(form, {inside: TOWN, home: HERE}) == Square(539, 5297)


def test_far_is_where_few_of_the_others_were_made() -> None:
    here, there = Square(539, 5297), Square(539, 5335)
    assert not far(there, {here: KNOWN_FROM - 2, there: 1})  # too few to tell
    assert far(there, {here: KNOWN_FROM - 1, there: 1})
    assert not far(here, {here: KNOWN_FROM - 1, there: 1})
    assert far(there, {here: 3 * 31, there: 30})  # whoever fills in all of theirs at a café in town
    assert not far(there, {here: 3 * 30, there: 30})  # a commune of two places


def test_the_limit_lies_where_it_is_said_to() -> None:
    """A degree of latitude is 111.3 km, so a step is 2.226 km: six are nearer than 15 km, seven are not."""
    here = Square(539, 5297)
    assert 6 * 2.226 < FAR_KM < 7 * 2.226
    assert not far(Square(545, 5297), {here: 99, Square(545, 5297): 1})
    assert far(Square(546, 5297), {here: 99, Square(546, 5297): 1})


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("vi", "⚠ ấp 2: 3 phiếu có vị trí cách xa các hộ khác trong xã, có thể ở ngoài xã"),
        ("en", "⚠ ấp 2: 3 surveyed far from the commune's other households, perhaps outside it"),
    ],
)
def test_it_is_told_in_both_languages(locale: str, said: str) -> None:
    hamlet = Area(2, "27811-2", "ấp 2", Level.HAMLET, date(2025, 7, 1))
    assert bulletin.check(locale, FORM, Check("far", hamlet, 3)) == said


# --------------------------------------------------------------------------- kept


@dataclass
class Field:
    """Surveys of a place, as they are submitted and as they are remembered by hand."""

    here: Place
    made: dict[str, list[str]] = field(default_factory=dict)
    """By survey its locations, revision by revision."""
    of: dict[str, tuple[int, int, Week]] = field(default_factory=dict)
    """By survey its household, hamlet and week."""
    erased: set[int] = field(default_factory=set)
    homes: list[int] = field(default_factory=list)

    def visit(self, location: str, hamlet: int, week: int = 0, home: int | None = None) -> str:
        number = len(self.made)
        survey = f"s{number}"
        if home is None:
            new = NewHousehold(f"k{number}", hamlet, f"Hộ {number}")
            home = households.add(self.here.conn, new, None, at(0))
            self.homes.append(home)
        self.of[survey] = (home, hamlet, WEEKS[week])
        self.made[survey] = []
        self.say(survey, location, week, second=number)
        return survey

    def say(self, survey: str, location: str | None, week: int, second: int = 0) -> None:
        """A first submission, or a revision; no location at all (None): they withdrew."""
        home, hamlet, _ = self.of[survey]
        again = bool(self.made[survey])
        self.made[survey].append(location or "")
        when = at(week, day=3 if again else 0, second=second)
        agreed = location is not None
        submission = Submission(
            survey_id=survey,
            form=FORM,
            version="1",
            area_id=hamlet,
            household_id=home if agreed else None,
            values={"/data/phieu/nguoi_18": str(second)} if agreed else {},
            xml="<data/>" if agreed else "",
            consent=agreed,
            wording="",
            started_at=when - timedelta(minutes=5),
            submitted_at=when,
            by=self.here.members[0],
            channel="webchat",
            square=_square(location) if location else None,
        )
        surveys.submit(self.here.conn, submission, counts)

    def do(self, number: int, step: tuple[str, str, int, int], hamlets: list[int]) -> None:
        kind, location, which, week = step
        known = list(self.made)
        if kind == "visit" or not known:
            self.visit(location, hamlets[which], week)
            return
        survey = known[number * 7 % len(known)]
        home, hamlet, _ = self.of[survey]
        if home in self.erased:
            return
        match kind:
            case "again":
                self.visit(location, hamlet, week, home)
            case "correct":
                self.say(survey, location, week, second=number)
            case "withdraw":
                self.say(survey, None, week, second=number)
            case "erase":
                self.erase(home)

    def erase(self, home: int) -> None:
        if home not in self.erased:
            erasure.household(self.here.conn, home, at(3))
            self.erased.add(home)

    # ---- by hand

    def standing(self) -> dict[str, Square]:
        """Where each survey says now that it was made."""
        newest = {survey: said[-1] for survey, said in self.made.items()}
        return {
            survey: _square(said)
            for survey, said in newest.items()
            if said and self.of[survey][0] not in self.erased
        }

    def far(self, commune: int, week: Week, on: date) -> Counter[int]:
        """How many are far, by hamlet."""
        inside = {one.id for one in areas.below(self.here.conn, commune, on)}
        all_ = {key: where for key, where in self.standing().items() if self._lies_in(key, on) == commune}
        assert inside
        found: Counter[int] = Counter()
        for survey, where in all_.items():
            around = sum(_kilometres(where, other) <= FAR_KM for other in all_.values())
            if len(all_) >= KNOWN_FROM and around * FEW < len(all_) and self.of[survey][2] == week:
                found[self.of[survey][1]] += 1
        return found

    def _lies_in(self, survey: str, on: date) -> int:
        return self.commune(self.of[survey][1], on)

    def commune(self, hamlet: int, on: date) -> int:
        return next(one.id for one in areas.path(self.here.conn, hamlet, on) if one.level == "commune")


def _square(location: str) -> Square:
    latitude, longitude = map(float, location.split()[:2])
    return Square(round(latitude * 50), round(longitude * 50))


def _kilometres(one: Square, other: Square) -> float:
    """By the haversine formula."""
    (lat1, long1), (lat2, long2) = (map(math.radians, where.middle) for where in (one, other))
    by_north, by_east = math.sin((lat2 - lat1) / 2), math.sin((long2 - long1) / 2)
    root = by_north**2 + math.cos(lat1) * math.cos(lat2) * by_east**2
    return 2 * 6378.1 * math.asin(math.sqrt(root))


def checks(conn: Connection, area: int, week: Week, on: date, named: int = 1000) -> list[Check]:
    found = digests.figures(conn, FORM, area, week, on, named=named).checks
    return [check for check in found if check.kind == "far"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["visit"] * 6 + ["again", "correct", "correct", "withdraw", "erase"]),
        st.sampled_from(POINTS),
        st.integers(0, 2),  # in which hamlet, or which survey
        st.integers(0, 3),  # in which week
    ),
    min_size=25,
    max_size=40,
)


def three(done: Field) -> list[int]:
    """Two hamlets of a commune and one of another."""
    conn, known = done.here.conn, done.here.hamlets
    first = [one.id for one in areas.hamlets(conn, done.commune(known[0], OLD_MAP), OLD_MAP)]
    return [*first[:2], next(one for one in known if one not in first)]


def near_agrees(done: Field, communes: set[int], on: date) -> None:
    for commune in communes:
        for week in WEEKS:
            found = checks(done.here.conn, commune, week, on)
            assert {check.area.id: check.count for check in found} == done.far(commune, week, on)


def above_agrees(done: Field, communes: set[int]) -> None:
    above = done.here.code("80", NEW_MAP)
    for week in WEEKS:
        found = checks(done.here.conn, above, week, NEW_MAP)
        right = Counter({one: done.far(one, week, NEW_MAP).total() for one in communes})
        assert {check.area.id: check.count for check in found} == +right


@given(STEPS, st.integers(0, 2))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_submitted_corrected_and_erased_far_is_what_a_naive_recount_finds(
    database_url: str, vault: Vault, steps: list[tuple[str, str, int, int]], rolled: int
) -> None:
    def work(conn: Connection) -> None:
        done = Field(Place(conn))
        hamlets = three(done)
        for number, step in enumerate(sorted(steps, key=lambda step: step[3])):
            done.do(number, step, hamlets)
            if rolled and number % 5 == 0:
                roll(conn, at(3), rolled)
        assert places.compare(conn) == []
        for on in (OLD_MAP, NEW_MAP):
            near_agrees(done, {done.commune(hamlet, on) for hamlet in hamlets}, on)
        maps.changed(conn)
        roll(conn, at(3))
        above_agrees(done, {done.commune(hamlet, NEW_MAP) for hamlet in hamlets})

    tried(database_url, vault, work)


# --------------------------------------------------------------------------- single stories


def surveyed(here: Place, locations: list[str]) -> tuple[Field, list[str]]:
    done = Field(here)
    return done, [done.visit(location, here.hamlets[0]) for location in locations]


def test_who_was_surveyed_far_away_is_named_in_commune_and_hamlet_and_counted_above(place: Story) -> None:
    def story(here: Place) -> None:
        done, told = surveyed(here, [HERE] * 15 + [NEARBY] * 10 + [TOWN, ""])
        hamlet = here.hamlets[0]
        for area in (hamlet, done.commune(hamlet, OLD_MAP)):
            (check,) = checks(here.conn, area, WEEKS[0], OLD_MAP)
            assert (check.area.id, check.count) == (hamlet, 1)
            assert [one.household_id for one in check.suspects] == [done.of[told[25]][0]]
            assert checks(here.conn, area, WEEKS[1], OLD_MAP) == []
        roll(here.conn, at(0))
        (check,) = checks(here.conn, here.code("798", OLD_MAP), WEEKS[0], OLD_MAP)
        assert (check.area.id, check.count, check.suspects) == (done.commune(hamlet, OLD_MAP), 1, ())

    place(story)


def test_of_few_surveys_none_is_far_and_a_first_one_that_was_wrong_is_found_later(place: Story) -> None:
    def story(here: Place) -> None:
        done, told = surveyed(here, [TOWN] + [HERE] * (KNOWN_FROM - 2))
        assert checks(here.conn, here.hamlets[0], WEEKS[0], OLD_MAP) == []
        done.visit(HERE, here.hamlets[0], week=1)
        (check,) = checks(here.conn, here.hamlets[0], WEEKS[0], OLD_MAP)
        assert [one.household_id for one in check.suspects] == [done.of[told[0]][0]]

    place(story)


def test_a_correction_a_withdrawal_and_erasure_each_end_it(place: Story) -> None:
    def story(here: Place) -> None:
        done, told = surveyed(here, [HERE] * 25 + [TOWN] * 3)
        area, above = here.hamlets[0], here.code("798", OLD_MAP)
        roll(here.conn, at(0))
        assert rollups.holds(here.conn, OLD_MAP)
        assert [check.count for check in checks(here.conn, above, WEEKS[0], OLD_MAP)] == [3]
        done.say(told[25], HERE, 1)
        done.say(told[26], None, 1)
        assert [check.count for check in checks(here.conn, area, WEEKS[0], OLD_MAP)] == [1]
        roll(here.conn, at(1))
        assert [check.count for check in checks(here.conn, above, WEEKS[0], OLD_MAP)] == [1]
        done.erase(done.of[told[27]][0])
        roll(here.conn, at(1))
        assert [checks(here.conn, unit, WEEKS[0], OLD_MAP) for unit in (area, above)] == [[], []]
        assert here.conn.all(places.square.select().where(places.square.c.east > 5330)) == []
        assert places.compare(here.conn) == []

    place(story)


def test_where_surveys_were_made_is_forgotten_with_the_names_in_them(place: Story) -> None:
    def story(here: Place) -> None:
        surveyed(here, [HERE] * 25 + [TOWN])[0].visit(NEARBY, here.hamlets[0], week=2)
        assert erasure.surveys_before(here.conn, at(1), at(3), most=1000) == 26
        assert [row.surveys for row in here.conn.all(places.square.select())] == [1]
        assert len(here.conn.all(places.place.select())) == 1
        assert places.compare(here.conn) == []

    place(story)


def test_the_report_counts_them_and_a_place_that_was_tampered_with_is_found(place: Story) -> None:
    def story(here: Place) -> None:
        surveyed(here, [HERE] * 25 + [TOWN])
        commune = areas.find(here.conn, here.code("798", OLD_MAP))
        period = Period(date(2025, 6, 1), 1, ZONE)
        report = reports.report(here.conn, FORM, commune, period, OLD_MAP)
        assert [check.count for check in report.checks if check.kind == "far"] == [1]
        here.conn.run(update(places.square).values(surveys=places.square.c.surveys + 1))
        near, far_off = places.compare(here.conn)
        assert "26 is kept, 25 is counted" in near
        assert "2 is kept, 1 is counted" in far_off

    place(story)


# --------------------------------------------------------------------------- as people send them


async def test_a_location_that_is_shared_in_a_survey_by_chat_is_kept_as_its_square(
    sqlite_database: Database,
) -> None:
    """The story has one survey with a location, and is held to the word elsewhere."""
    await sqlite_database.write(furnish)
    (story,) = (path for path in STORIES if path.stem == "ho-san-xuat")
    assert "(location 10.78, 105.94)" in await Stage(sqlite_database).play(story.read_text("utf-8"))
    (kept,) = await sqlite_database.read(lambda conn: conn.all(places.place.select()))
    assert Square(kept.north, kept.east) == Square(539, 5297)
    assert await sqlite_database.read(places.compare) == []
