"""Figures that a clock set back has spoiled, before that was guarded against; a recount mends them."""

from collections import defaultdict
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from storage import mending, recounting, rollups, surveys
from storage.database import Connection, Database, table
from storage.tables import CountsRow, RevisionRow, SurveyRow
from tests.test_surveys import BACK, FORM, NOW, STEP, ZONE, Village, lived

Figures = dict[tuple[int, str], tuple[int, int]]


def so_far(conn: Connection, village: Village) -> Figures:
    """How the figures stand in the end. Raises AssertionError for a week by whose end they are no shares."""
    found: Figures = defaultdict(lambda: (0, 0))
    for (area, _, indicator), (numerator, denominator) in sorted(village.figures(conn).items()):
        if indicator.startswith("!"):
            continue  # what wants checking
        n, d = found[area, indicator]
        found[area, indicator] = n + numerator, d + denominator
        assert 0 <= found[area, indicator][0] <= found[area, indicator][1]
    return {key: both for key, both in found.items() if any(both)}


def counted(conn: Connection, village: Village) -> Figures:
    """What the surveys that count add up to, one by one."""
    survey, revision, counts = table(SurveyRow), table(RevisionRow), table(CountsRow)
    rows = conn.all(
        select(survey.c.area_id, counts.c.counts)
        .join(revision, (revision.c.survey_id == survey.c.id) & (revision.c.revision == survey.c.revision))
        .join(counts, counts.c.id == revision.c.counts_id)
        .where(survey.c.current)
    )
    found: Figures = defaultdict(lambda: (0, 0))
    for row in rows:
        for name, (n, d) in row.counts.items():
            key = village.areas.index(row.area_id), name
            found[key] = found[key][0] + n, found[key][1] + d
    return {key: both for key, both in found.items() if any(both)}


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Surveys count in the week that the clock shows, as they once did."""
    monkeypatch.setattr(surveys, "_after_all_before", lambda conn, new, stands: new)


@pytest.mark.usefixtures("unguarded")
async def test_a_week_that_took_back_what_it_had_not_is_mended_and_nothing_is_counted_otherwise(
    database: Database,
) -> None:
    def write(conn: Connection) -> Village:
        village = Village(conn)
        home = village.household(conn)
        village.survey(conn, home, phones=3)
        village.survey(conn, home, phones=1, at=NOW - timedelta(days=7))  # the clock was set back
        while rollups.work(conn, NOW):
            pass
        return village

    village = await database.write(write)
    with pytest.raises(AssertionError):
        await database.read(lambda conn: so_far(conn, village))
    assert await database.write(lambda conn: mending.mend(conn, FORM, ZONE)) == 2
    assert await database.read(lambda conn: so_far(conn, village)) == {
        (0, "=done"): (1, 1),
        (0, "phones"): (1, 4),
    }
    assert await database.read(lambda conn: recounting.compare(conn, FORM, ZONE)) == []
    while await database.write(lambda conn: rollups.work(conn, NOW)):
        pass
    assert await database.read(lambda conn: rollups.compare(conn, NOW.date())) == []
    assert await database.write(lambda conn: mending.mend(conn, FORM, ZONE)) == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(steps=BACK)
@given(steps=st.lists(STEP, max_size=15))
@pytest.mark.usefixtures("unguarded")
async def test_whatever_the_clock_did_what_is_mended_is_what_the_surveys_say_and_no_week_is_less_than_nothing(
    sqlite_database: Database, steps: list[tuple[str, int, int, int, int]]
) -> None:
    class Undone(Exception):
        """Every example begins with an empty database."""

    def play(conn: Connection) -> None:
        village = lived(conn, steps)
        mending.mend(conn, FORM, ZONE)
        assert recounting.compare(conn, FORM, ZONE) == []
        assert so_far(conn, village) == counted(conn, village)
        assert mending.mend(conn, FORM, ZONE) == 0
        raise Undone

    with pytest.raises(Undone):
        await sqlite_database.write(play)
