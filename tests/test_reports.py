"""A report's figures say what a naive recount of the submissions says, to the day."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings

from content.figures import Status
from content.indicators import DONE, REFUSED
from content.periods import period_named
from content.questions import Asked
from content.report import Helped, Report
from content.targets import Target
from content.tickets import NewTicket
from storage import areas, list_changes, people, questions, reports, targets, tickets
from storage.database import Connection
from storage.secrets import Vault
from tests.test_digests import FORM, STEPS, ZONE, Place, Visit, answers, at, recounted, told, tried

TODAY = date(2025, 12, 31)
LISTS = Path(__file__).parent.parent / "content" / "areas"
PERIODS = ("2025-06", "2025-07", "2025-Q2", "2025")


def report(place: Place, code: str, name: str, today: date = TODAY) -> Report:
    period = period_named(name, ZONE)
    here = areas.by_code(place.conn, code, min(period.last, today)) or areas.latest(place.conn, code)
    assert here is not None
    return reports.report(place.conn, FORM, here, period, today)


def agrees(found: Report, place: Place, visits: list[Visit]) -> None:
    """Every figure of the report against the recount."""
    for which, end in (("now", found.period.end), ("before", found.period.start)):
        sums = recounted(visits, end)
        for line in (found.total, *found.lines):
            whole: dict[str, list[int]] = {}
            for hamlet in areas.hamlets(place.conn, line.area.id, found.on):
                for name, share in sums.get(hamlet.id, {}).items():
                    whole[name] = [a + b for a, b in zip(whole.get(name, [0, 0]), share, strict=True)]
            standing = getattr(line, which)
            assert standing.done == whole.pop(DONE, [0])[0]
            assert standing.refused == whole.pop(REFUSED, [0])[0]
            shares = {name: [s.numerator, s.denominator] for name, s in standing.shares.items()}
            assert {name: share for name, share in shares.items() if share[1]} == whole
    inside = {hamlet.id for hamlet in areas.hamlets(place.conn, found.area.id, found.on)}
    mine = [
        one for one in visits if found.period.start <= one.when < found.period.end and one.hamlet in inside
    ]
    assert found.work.surveys == len(mine)
    assert found.work.active == len({one.by for one in mine})
    assert sum(one.surveys for one in found.activity.values()) == found.work.surveys
    listed = at(0, hour=1)
    for which, end in (("now", found.period.end), ("before", found.period.start)):
        assert getattr(found.total, which).planned == (len(place.households) if listed < end else 0)


@given(STEPS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_surveys_around_the_end_of_a_month_agree_with_a_recount(
    database_url: str, vault: Vault, steps: list[tuple[str, int, int, int, dict[str, str]]]
) -> None:
    def work(conn: Connection) -> None:
        place = Place(conn)
        visits = told(steps, place)
        for visit in visits:
            visit.submit(conn)
        for name in PERIODS:
            agrees(report(place, "798", name), place, visits)
            agrees(report(place, "80", name), place, visits)

    tried(database_url, vault, work)


# --------------------------------------------------------------------------- single stories


def test_the_last_second_of_the_month_counts_and_the_first_of_the_next_does_not(
    sqlite_url: str, vault: Vault
) -> None:
    def work(conn: Connection) -> None:
        place = Place(conn)
        last = datetime(2025, 6, 30, 23, 59, 59, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
        for number, when in enumerate((last, last + timedelta(seconds=1))):
            home = place.households[number]
            Visit(f"s{number}", when, home, place.hamlets[0], place.members[0], answers()).submit(conn)
        june, july = report(place, "798", "2025-06"), report(place, "80", "2025-07")
        assert (june.total.now.done, june.work.surveys) == (1, 1)
        assert (july.total.before.done, july.total.now.done, july.total.new, july.work.surveys) == (
            1,
            2,
            1,
            1,
        )

    tried(sqlite_url, vault, work)


def test_a_household_that_moved_within_the_week_is_taken_from_where_it_was(
    sqlite_url: str, vault: Vault
) -> None:
    def work(conn: Connection) -> None:
        place = Place(conn)
        home, (old, new, *_), by = place.households[0], place.hamlets, place.members[0]
        Visit("a", at(0), home, old, by, answers(co_dtdt="co")).submit(conn)
        Visit("b", at(2), home, new, by, answers(co_dtdt="khong")).submit(conn)  # 30 June, a Monday
        found = {line.area.id: line for line in report(place, "798", "2025-06").lines}
        communes = [areas.path(conn, hamlet, date(2025, 6, 30))[-2].id for hamlet in (old, new)]
        assert [found[commune].now.done for commune in communes] == [0, 1]
        assert found[communes[1]].share("dtdt_ho").denominator == 1

    tried(sqlite_url, vault, work)


def test_a_household_that_left_the_list_within_the_week_is_neither_done_nor_listed(
    sqlite_url: str, vault: Vault
) -> None:
    def work(conn: Connection) -> None:
        place = Place(conn)
        home, hamlet, by = place.households[0], place.hamlets[0], place.members[0]
        Visit("a", at(0), home, hamlet, by, answers(co_dtdt="co")).submit(conn)
        list_changes.take_off(conn, home, "twice", by, at(2))  # 30 June, a Monday
        june = report(place, "798", "2025-06")
        assert (june.total.now.done, june.total.now.planned) == (0, len(place.households) - 1)
        assert june.total.share("dtdt_ho").denominator == 0
        assert june.work.surveys == 1
        list_changes.put_back(conn, home, "asked", by, at(2, hour=10))
        june = report(place, "798", "2025-06")
        assert (june.total.now.done, june.total.now.planned) == (1, len(place.households))

    tried(sqlite_url, vault, work)


def test_a_plan_stands_first_and_the_statuses_add_up(sqlite_url: str, vault: Vault) -> None:
    def work(conn: Connection) -> None:
        place = Place(conn)
        home, hamlet, by = place.households[0], place.hamlets[0], place.members[0]
        Visit("a", at(0), home, hamlet, by, answers(mang="cap_quang", nguoi_18=2, dtdt=1)).submit(conn)
        plan = [
            Target("1", "Cáp quang", 2025, indicator="cap_quang", percent=75),
            Target("2", "Doanh nghiệp", 2025, percent=30, outside=True),
            Target("3", "Cổng xã", 2025, percent=100),
            Target("4", "Họp trực tuyến", 2025, percent=90, numerator=6, denominator=7),
        ]
        targets.replace(conn, place.code("798", date(2025, 6, 30)), plan)
        found = report(place, "798", "2025-06")
        assert found.planned
        assert [one.target for one in found.results[:4]] == plan
        assert [one.status for one in found.results[:4]] == [
            Status.MET,
            Status.NO_BASIS,
            Status.MISSING,
            Status.MISSED,
        ]
        assert sum(found.statuses().values()) == len(found.results)
        assert len({one.target.indicator for one in found.results if one.target.indicator}) == 16

    tried(sqlite_url, vault, work)


def test_questions_are_those_of_the_place_and_those_of_nobody_knows_where(
    sqlite_url: str, vault: Vault
) -> None:
    def work(conn: Connection) -> None:
        place = Place(conn)
        mine, other = place.hamlets[0], place.hamlets[-1]
        commune = areas.path(conn, mine, date(2025, 6, 30))[-2]
        for outcome, article, where, when in (
            ("sure", "vneid/muc-2", mine, at(0)),
            ("sure", "vneid/muc-2", None, at(1)),
            ("unknown", None, mine, at(1)),
            ("unsure", None, other, at(1)),
            ("sure", "vssid/a", mine, at(3)),
        ):
            questions.add(conn, Asked("?", outcome, when, article, where))
        asked = reports.report(conn, FORM, commune, period_named("2025-06", ZONE), TODAY).questions
        assert (asked.sure, asked.unsure, asked.unknown, asked.unplaced) == (2, 0, 1, 1)
        assert asked.topics == (("vneid/muc-2", 2),)

    tried(sqlite_url, vault, work)


def test_difficulties_are_told_from_tickets_and_from_notes(sqlite_url: str, vault: Vault) -> None:
    def work(conn: Connection) -> None:
        place = Place(conn)
        mine, other = place.hamlets[0], place.hamlets[-1]
        commune = areas.path(conn, mine, date(2025, 6, 30))[-2]
        asker, member = people.create(conn, "Sáu", "vi", at(0)), place.members[0]
        for number, (where, level, when) in enumerate(
            ((mine, "team", at(0)), (mine, "leader", at(1)), (other, "team", at(1)), (mine, "team", at(3)))
        ):
            new = NewTicket(where, "Cài VNeID giúp tôi", "chat", "", "")
            tickets.ask(conn, f"t{number}", asker, new, level, when)  # type: ignore[arg-type]
        assert tickets.take(conn, "t0", member, at(1))
        tickets.close(conn, "t0", "đã cài", at(1))
        for number, note in enumerate(("nhà hay đi vắng", None)):
            told_ = answers(nguoi_18=2) if note is None else answers(nguoi_18=2, ghi_chu=note)
            Visit(f"s{number}", at(0), place.households[number], mine, member, told_).submit(conn)
        found = reports.report(conn, FORM, commune, period_named("2025-06", ZONE), TODAY)
        assert found.helped == Helped(asked=2, closed=1, waiting=1, climbed=1)
        assert found.notes == 1

    tried(sqlite_url, vault, work)


@pytest.mark.parametrize("name", ["2020", "2025-07"])
def test_a_period_before_anything_or_not_over_is_told_as_far_as_it_is_known(
    sqlite_url: str, vault: Vault, name: str
) -> None:
    def work(conn: Connection) -> None:
        place = Place(conn)
        found = report(place, "80", name, today=date(2025, 7, 2))
        assert found.total.now.done == 0
        assert found.as_of == min(found.period.last, date(2025, 7, 2))
        assert found.on >= found.area.valid_from
        assert not any(line.now.shares for line in found.lines)

    tried(sqlite_url, vault, work)


def test_old_and_new_units_stand_beside_each_other(sqlite_url: str, vault: Vault) -> None:
    def work(conn: Connection) -> None:
        place = Place(conn)
        pairs = [(one.old.name, one.new.name) for one in report(place, "27811", "2025-07").successions]
        assert pairs == [
            ("xã Bình Hòa Đông", "xã Bình Hòa"),
            ("xã Bình Hòa Trung", "xã Bình Hòa"),
            ("xã Bình Thạnh", "xã Bình Hòa"),
        ]
        assert report(place, "798", "2025-06").successions == ()

    tried(sqlite_url, vault, work)
