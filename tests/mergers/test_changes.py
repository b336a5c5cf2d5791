"""Any change of the map: what is refused, what is kept, and that nothing is ever lost or counted twice."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.areas import Level
from content.figures import Week
from content.households import QUESTIONNAIRE
from content.people import Grant, Role
from content.reorganizing import Asked, Heir, Impossible, Kind
from storage import (
    areas,
    digests,
    households,
    list_changes,
    people,
    recounting,
    reorganizing,
    rollups,
    succession,
)
from storage.database import Connection, Database
from storage.people import Offer
from storage.secrets import Vault
from tests.mergers.district import BINH_HOA, CARRIED, DAY, EVE, REHEARSED, ZONE, District

T = TypeVar("T")
LATER = date(2026, 1, 1)


class Undone(Exception):
    """Takes back what an example wrote."""


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


def merge(into: str, ends: str, name: str = "", on: date = DAY, under: str = "") -> Asked:
    return Asked(Kind.MERGE, on, tuple(ends.split(",")), (Heir(into, name),), under)


def split(code: str, *parts: tuple[str, str, str]) -> Asked:
    heirs = tuple(Heir(new, name, tuple(filter(None, takes.split(",")))) for new, name, takes in parts)
    return Asked(Kind.SPLIT, DAY, (code,), heirs)


TWO = "mau-27811-1,mau-27811-2"


# --------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        (merge("27811", "1,2"), ["unknown", "unknown"]),
        (merge("27811", "27802,27802"), ["twice"]),
        (merge("27811", "27811"), ["nothing"]),
        (merge("27811", "27811", "xã Bình Hòa Đông"), ["nothing"]),
        (merge("27811", "27802,mau-27820-1"), ["levels"]),
        (merge("798", "27802,27808"), ["level-into"]),
        (merge("99999", "27802,27808"), ["no-name"]),
        (merge("27820", "27802,27808", "xã Mới"), ["taken"]),
        (merge("27811", "VN"), ["country", "level-into"]),
        (merge("27811", "27802", on=date(2022, 1, 1)), ["not-yet", "taken-later"]),
        (merge("99999", "27802", "xã Mới", under="80000"), ["unknown-under"]),
        (merge("99999", "27802", "xã Mới", under="27808"), ["under-level"]),
        (merge("27811", "27802", under="80"), ["under-goes-on"]),
        (
            merge("99999", "27802,1,mau-27820-1", "", under="7"),
            ["unknown", "levels", "unknown-under", "no-name"],
        ),
        (split("27811", ("27811", "xã A", TWO)), ["split-one"]),
        (split("27811", ("1", "xã A", "mau-27811-1"), ("2", "xã B", "")), ["split-none", "split-left"]),
        (split("27811", ("1", "xã A", TWO), ("2", "xã B", "mau-27811-1")), ["split-twice"]),
        (split("27811", ("1", "xã A", TWO), ("2", "xã B", "mau-27820-1")), ["split-not-below"]),
        (split("27811", ("1", "xã A", "mau-27811-1"), ("1", "xã B", "mau-27811-2")), ["twice"]),
        (split("mau-27811-1"), ["hamlet-split", "split-one"]),
        (Asked(Kind.RENAME, DAY, ("27811",), (Heir("27811", "xã Bình Hòa Đông"),)), ["nothing"]),
        (Asked(Kind.DISSOLVE, DAY, ("mau-27811-1",)), ["hamlet-dissolve"]),
    ],
)
async def test_what_is_asked_wrong_is_told_all_at_once(
    asked: Asked, keys: list[str], sqlite_database: Database
) -> None:
    def put_down(conn: Connection) -> None:
        District(conn)
        reorganizing.put_down(conn, asked, None, REHEARSED)

    with pytest.raises(Impossible) as told:
        await sqlite_database.write(put_down)
    assert [fault.key for fault in told.value.faults] == keys


async def test_what_was_merged_already_is_told_with_what_it_became(sqlite_database: Database) -> None:
    def again(conn: Connection) -> None:
        District(conn)
        reorganizing.put_down(conn, BINH_HOA, None, REHEARSED)
        reorganizing.put_down(conn, merge("27823", "27802", on=LATER), None, REHEARSED)

    with pytest.raises(Impossible) as told:
        await sqlite_database.write(again)
    [fault] = told.value.faults
    assert (fault.key, fault.values["heirs"]) == ("gone", "xã Bình Hòa (27811)")


async def test_a_change_before_one_that_is_put_down_already_is_refused(sqlite_database: Database) -> None:
    def before(conn: Connection) -> None:
        District(conn)
        reorganizing.put_down(conn, merge("27811", "27802", on=LATER), None, REHEARSED)
        reorganizing.put_down(conn, merge("27823", "27802"), None, REHEARSED)

    with pytest.raises(Impossible) as told:
        await sqlite_database.write(before)
    assert [fault.key for fault in told.value.faults] == ["ends-already"]


# --------------------------------------------------------------------------- other kinds


async def test_a_commune_that_is_split_gives_each_hamlet_to_one_heir(database: Database) -> None:
    asked = split("27811", ("27811", "xã Bình Hòa Đông", "mau-27811-1"), ("27812", "xã Mới", "mau-27811-2"))

    def carry(conn: Connection) -> tuple[list[list[str]], list[str], int]:
        district = District(conn)
        reorganizing.put_down(conn, asked, None, REHEARSED)
        succession.hand_over(conn, CARRIED)
        new = [district.unit(code, DAY) for code in ("27811", "27812")]
        below = [[unit.code for unit in areas.below(conn, one.id, DAY)] for one in new]
        hung = people.find(conn, district.people["Hùng"], DAY)
        assert hung
        [root] = areas.roots(conn, DAY)
        total = digests.figures(conn, QUESTIONNAIRE, root.id, Week(date(2025, 6, 30), ZONE), DAY).total
        return below, [areas.find(conn, one.area_id).name for one in hung.grants], total.now.planned

    below, held, planned = await database.write(carry)
    assert below == [["mau-27811-1"], ["mau-27811-2"]]
    assert held == ["xã Bình Hòa Đông", "xã Mới"]
    assert planned == 28


async def test_hamlets_that_merge_keep_their_surveys_and_their_households_move(database: Database) -> None:
    asked = merge("mau-27811-1", "mau-27811-2")

    def carry(conn: Connection) -> None:
        district = District(conn)
        old, new = (district.unit(code, EVE) for code in ("mau-27811-2", "mau-27811-1"))
        district.survey(None, old.id, datetime(2025, 6, 1, 9, tzinfo=ZONE), "refused", consent=False)
        reorganizing.put_down(conn, asked, None, REHEARSED)
        succession.hand_over(conn, CARRIED)
        [home, _] = households.of_hamlet(conn, new.id, QUESTIONNAIRE)[2:]
        assert len(households.of_hamlet(conn, new.id, QUESTIONNAIRE)) == 4
        assert households.of_hamlet(conn, old.id, QUESTIONNAIRE) == []
        # Surveyed again in the merged hamlet: taken back where it was counted, counted here.
        district.survey(home.id, new.id, datetime(2025, 7, 3, 9, tzinfo=ZONE), "again")
        others = households.left(conn, new.id, QUESTIONNAIRE, 9)
        for number, one in enumerate(others):
            district.survey(one.id, new.id, datetime(2025, 7, 4, 9, number, tzinfo=ZONE), f"late-{number}")
        assert recounting.compare(conn, QUESTIONNAIRE, ZONE) == []
        while rollups.work(conn, CARRIED + timedelta(days=4)):
            pass
        # Three of the four are done in the one, where two were listed: together it is not too many.
        province = district.unit("80", DAY)
        for area in (new, district.unit("27811", DAY), province):
            told = digests.figures(conn, QUESTIONNAIRE, area.id, Week(date(2025, 6, 30), ZONE), DAY)
            assert [check for check in told.checks if check.kind == "over"] == []
        commune = district.unit("27811", DAY)
        for on, lines in ((EVE, 2), (DAY, 1)):
            before = digests.figures(conn, QUESTIONNAIRE, commune.id, Week(date(2025, 6, 23), ZONE), on)
            assert (len(before.lines), before.total.now.planned, before.total.now.refused) == (lines, 4, 1)
        [one] = households.progress(conn, commune.id, QUESTIONNAIRE, DAY, today=DAY)
        assert (one.planned, one.refused) == (4, 1)
        then = households.progress(conn, commune.id, QUESTIONNAIRE, EVE, today=DAY)
        assert [(one.planned, one.refused) for one in then] == [(2, 0), (2, 1)]

    await database.write(carry)


async def test_who_is_off_a_list_that_merges_comes_back_onto_the_merged_one(database: Database) -> None:
    def carry(conn: Connection) -> None:
        district = District(conn)
        old, new = (district.unit(code, EVE) for code in ("mau-27811-2", "mau-27811-1"))
        gone, stays = households.of_hamlet(conn, old.id, QUESTIONNAIRE)
        list_changes.take_off(conn, gone.id, "twice", None, REHEARSED)
        reorganizing.put_down(conn, merge("mau-27811-1", "mau-27811-2"), None, REHEARSED)
        succession.hand_over(conn, CARRIED)
        assert len(households.of_hamlet(conn, new.id, QUESTIONNAIRE)) == 3
        assert [one.id for one in list_changes.taken_off(conn, new.id)] == [gone.id]
        [one] = households.progress(conn, new.id, QUESTIONNAIRE, DAY, today=DAY)
        then = households.progress(conn, old.id, QUESTIONNAIRE, EVE, today=DAY)
        assert (one.planned, [one.planned for one in then]) == (3, [1])
        list_changes.put_back(conn, gone.id, "asked", None, CARRIED)
        assert {gone.id, stays.id} < {one.id for one in households.of_hamlet(conn, new.id, QUESTIONNAIRE)}
        # It counts where it was listed, as the others that came from there.
        [then] = households.progress(conn, old.id, QUESTIONNAIRE, EVE, today=DAY)
        assert then.planned == 2
        assert recounting.compare(conn, QUESTIONNAIRE, ZONE) == []

    await database.write(carry)


async def test_an_invitation_to_a_unit_that_ends_gives_the_role_in_its_heir(database: Database) -> None:
    def redeem(conn: Connection) -> str:
        district = District(conn)
        offer = Offer(Role.COMMUNE, district.unit("27802", EVE).id, None, 1, CARRIED + timedelta(days=9))
        people.invite(conn, "MOI", offer, REHEARSED)
        reorganizing.put_down(conn, BINH_HOA, None, REHEARSED)
        succession.hand_over(conn, CARRIED)
        somebody = people.create(conn, "Mai", "vi", CARRIED)
        found = people.redeem(conn, somebody, "MOI", "Mai", CARRIED)
        return areas.find(conn, found.area_id).name

    assert await database.write(redeem) == "xã Bình Hòa"


async def test_a_role_given_between_planning_and_the_day_moves_too(database: Database) -> None:
    def held(conn: Connection) -> list[str]:
        district = District(conn)
        reorganizing.put_down(conn, BINH_HOA, None, REHEARSED)
        grant = Grant(Role.COMMUNE, district.unit("27808", EVE).id)
        somebody = people.create(conn, "Mai", "vi", REHEARSED)
        people.grant(conn, somebody, grant, EVE)
        succession.hand_over(conn, CARRIED)
        person = people.find(conn, somebody, DAY)
        assert person
        return [areas.find(conn, one.area_id).name for one in person.grants]

    assert await database.write(held) == ["xã Bình Hòa"]


# --------------------------------------------------------------------------- whatever is done


COMMUNES = ("27796", "27802", "27808", "27811", "27814", "27820", "27823")


@st.composite
def some_changes(draw: st.DrawFn) -> list[Asked]:
    """Changes one after the other, each of units that may be there or not."""
    made, on = [], EVE
    for number in range(draw(st.integers(1, 4))):
        on += timedelta(days=draw(st.integers(0, 40)))
        kind = draw(st.sampled_from(["merge", "absorb", "rename", "split", "hamlets", "dissolve"]))
        codes = draw(st.permutations([*COMMUNES, "new-0", "new-1"]))
        if kind == "merge":
            made.append(merge(f"new-{number}", ",".join(codes[:3]), f"xã Mới {number}", on))
        elif kind == "absorb":
            made.append(merge(codes[0], ",".join(codes[1:3]), "", on))
        elif kind == "rename":
            made.append(Asked(Kind.RENAME, on, (codes[0],), (Heir(codes[0], f"xã Tên {number}"),)))
        elif kind == "split":
            first, second = (Heir(f"{codes[0]}{n}", f"xã {n}", (f"mau-{codes[0]}-{n}",)) for n in (1, 2))
            made.append(Asked(Kind.SPLIT, on, (codes[0],), (first, second)))
        elif kind == "hamlets":
            made.append(merge(f"mau-{codes[0]}-1", f"mau-{codes[0]}-2", "", on))
        else:
            made.append(Asked(Kind.DISSOLVE, on, ("798",)))
    return made


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_changes())
def test_on_every_map_each_household_is_counted_once(
    sqlite_url: str, vault: Vault, changes: list[Asked]
) -> None:
    def carry(conn: Connection) -> None:
        District(conn)
        done = []
        for asked in changes:
            try:
                done.append(reorganizing.put_down(conn, asked, None, REHEARSED))
            except Impossible:
                continue
        days = [EVE, *(one.on for one in done), *(one.on - timedelta(days=1) for one in done)]
        for day in sorted(set(days)):
            succession.hand_over(conn, datetime.combine(day, datetime.min.time(), ZONE))
            while rollups.work(conn, datetime.combine(day, datetime.min.time(), ZONE)):
                pass
            assert rollups.holds(conn, day)
            _holds_together(conn, day)
        for day in days:
            _holds_together(conn, day)
        assert recounting.compare(conn, QUESTIONNAIRE, ZONE) == []

    tried(sqlite_url, vault, carry)


def _holds_together(conn: Connection, day: date) -> None:
    """Each unit of the day stands under one unit; what all hamlets count is what the whole counts."""
    [root] = areas.roots(conn, day)
    hamlets = areas.hamlets(conn, root.id, day)
    assert len({one.id for one in hamlets}) == len(hamlets)
    for one in hamlets:
        path = areas.path(conn, one.id, day)
        assert path[0] == root
        assert len({unit.level for unit in path}) == len(path)
        assert path[-2].level is Level.COMMUNE
    week = Week(date(2025, 6, 23), ZONE)
    figures = digests.figures(conn, QUESTIONNAIRE, root.id, week, day)
    assert figures.total.now.planned == 28
    assert figures.total.now.done == 7
    by_hamlet = [digests.figures(conn, QUESTIONNAIRE, one.id, week, day).total.now.planned for one in hamlets]
    assert sum(by_hamlet) == 28


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_changes())
def test_undone_from_the_last_everything_is_as_it_was(
    sqlite_url: str, vault: Vault, changes: list[Asked]
) -> None:
    def undo(conn: Connection) -> None:
        District(conn)
        before = areas.register(conn)
        done = []
        for asked in changes:
            try:
                done.append(reorganizing.put_down(conn, asked, None, REHEARSED))
            except Impossible:
                continue
        for change in reversed(done):
            reorganizing.undo(conn, change.id, REHEARSED)
        assert areas.register(conn) == before
        _holds_together(conn, DAY)

    tried(sqlite_url, vault, undo)
