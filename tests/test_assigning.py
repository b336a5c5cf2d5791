"""Households given to members: shared out evenly, held by one at a time, seen by whom they are given."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.desk import dump_doing
from content.assigning import Holder, Load, chosen, marked, spread, waiting
from content.households import QUESTIONNAIRE
from content.people import Grant, Role
from handlers.talk import Doing
from storage import areas, assignments, crews, departing, households, people, reminders, talks
from storage.database import Connection, Database
from storage.tables import GrantRow
from tests.transcripts.stage import MORNING, ZONE, furnish

TODAY = MORNING.date()
ME, YOU = Holder("person", 1), Holder("person", 2)


@given(
    st.integers(0, 60),
    st.dictionaries(st.builds(Holder, st.just("person"), st.integers(1, 9)), st.integers(0, 40), min_size=1),
)
def test_what_each_has_left_is_as_even_as_can_be(number: int, loads: dict[Holder, int]) -> None:
    homes = list(range(number))
    shares = spread(homes, loads)
    assert [home for mine in shares.values() for home in mine] == homes  # each once, neighbours together
    then = {one: loads[one] + len(shares[one]) for one in loads}
    for one, mine in shares.items():
        assert not mine or then[one] <= min(then.values()) + 1


def test_nobody_to_share_among() -> None:
    assert spread([1, 2], {}) == {}


def test_numbers_ranges_and_what_is_neither() -> None:
    assert chosen("1-3, 5;2", 5) == ([0, 1, 2, 4], [])
    assert chosen("4 đến 6, 0, 3-2, Bà Sáu", 5) == ([], ["4 đến 6", "0", "3-2", "Bà Sáu"])


def test_a_mark_stands_for_its_holder_only() -> None:
    assert marked(ME.mark) == ME
    assert marked("i7") == Holder("invitation", 7)
    assert [marked(one) for one in ("7", "x1", "p", "p1x")] == [None] * 4


def test_whoever_was_given_none_has_those_of_nobody_before_them() -> None:
    loads = {None: Load(5, 1), ME: Load(3, 3)}
    assert (waiting(loads, ME), waiting(loads, YOU), waiting({ME: Load(2)}, YOU)) == (0, 4, 0)


# --------------------------------------------------------------------------- as it is kept


def _hamlet(conn: Connection) -> tuple[int, list[int]]:
    furnish(conn)
    hamlet = areas.by_code(conn, "27811-2", TODAY)
    assert hamlet is not None
    return hamlet.id, [one.id for one in households.left(conn, hamlet.id, QUESTIONNAIRE, 99)]


async def test_a_household_is_held_by_one_and_every_question_says_by_whom(database: Database) -> None:
    def work(conn: Connection) -> None:
        hamlet, homes = _hamlet(conn)
        other = people.create(conn, "Ba", "vi", MORNING)
        mine, hers = Holder("person", 1), Holder("person", other)
        assignments.give(conn, homes[:4], mine, None, MORNING)
        assignments.give(conn, homes[3:5], hers, 1, MORNING)
        loads = assignments.loads(conn, hamlet, QUESTIONNAIRE, TODAY)[hamlet]
        assert loads == {mine: Load(3), hers: Load(2), None: Load(2)}
        assert assignments.own(conn, 1, QUESTIONNAIRE) == {hamlet: Load(3)}
        of = {one.id: one.holder for one in households.of_hamlet(conn, hamlet, QUESTIONNAIRE)}
        assert [of[home] for home in homes] == [mine, mine, mine, hers, hers, None, None]
        found = households.find(conn, homes[4])
        assert found is not None
        assert found.holder == hers

        def page(whose: str, limit: int = 9, offset: int = 0) -> list[int]:
            some = households.left(conn, hamlet, QUESTIONNAIRE, limit, offset, whose, 1)  # type: ignore[arg-type]
            return [one.id for one in some]

        assert (page("mine"), page("free"), page("all")) == (homes[:3], homes[5:], homes)
        assert (page("mine", 2, 2), page("all", 2, 3)) == (homes[2:3], homes[3:5])
        them = people.find(conn, other, TODAY)
        assert them is not None
        assert assignments.pass_on(conn, them, 1, hamlet, TODAY) == 2
        assert page("mine") == homes[:5]
        assignments.give(conn, homes[:1], None, None, MORNING)
        assert page("mine") == homes[1:5]

    await database.write(work)


async def test_who_leaves_the_team_holds_nothing(database: Database) -> None:
    def work(conn: Connection) -> None:
        hamlet, homes = _hamlet(conn)
        assignments.give(conn, homes, Holder("person", 1), None, MORNING)
        people.leave(conn, 1, TODAY)
        assert assignments.loads(conn, hamlet, QUESTIONNAIRE, TODAY)[hamlet] == {None: Load(len(homes))}

    await database.write(work)


async def test_households_follow_a_role_that_is_handed_over_and_stay_where_one_moves_away(
    database: Database,
) -> None:
    def work(conn: Connection) -> None:
        hamlet, homes = _hamlet(conn)
        beside = areas.by_code(conn, "27811-1", TODAY)
        assert beside is not None
        other = people.create(conn, "Ba", "vi", MORNING)
        assignments.give(conn, homes, Holder("person", 1), None, MORNING)
        [role] = conn.all(select(GrantRow.id).where(GrantRow.person_id == 1))  # type: ignore[call-overload]
        departing.hand_over(conn, 1, role.id, other, TODAY)
        assert assignments.own(conn, 1, QUESTIONNAIRE) == {}
        assert assignments.own(conn, other, QUESTIONNAIRE) == {hamlet: Load(len(homes))}
        [role] = conn.all(select(GrantRow.id).where(GrantRow.person_id == other))  # type: ignore[call-overload]
        departing.move(conn, other, role.id, (beside.id, None), TODAY)
        assert assignments.own(conn, other, QUESTIONNAIRE) == {}

    await database.write(work)


async def test_whoever_takes_up_the_invitation_holds_what_was_kept(database: Database) -> None:
    def work(conn: Connection) -> None:
        hamlet, homes = _hamlet(conn)
        offer = people.Offer(Role.MEMBER, hamlet, None, 1, MORNING + timedelta(days=9))
        first, second = (people.invite(conn, code, offer, MORNING) for code in ("AAAA", "BBBB"))
        for number, name in ((first, "Hoa"), (second, "Minh")):
            crews.name(conn, number, name, "1")
            assignments.give(conn, homes[number % 2 :: 2], Holder("invitation", number), None, MORNING)
        seen = people.invitation(conn, "AAAA", MORNING)
        assert (seen.name, seen.households) == ("Hoa", len(homes[first % 2 :: 2]))
        person = people.create(conn, "", "vi", MORNING)
        assert people.redeem(conn, person, "AAAA", "Hoa", MORNING).problem is None
        assert assignments.own(conn, person, QUESTIONNAIRE) == {hamlet: Load(seen.households)}
        hands = {one.name: one for one in crews.hands(conn, hamlet, TODAY)}
        assert hands["Hoa"].joined_at == MORNING
        assert not hands["Minh"].joined

        people.recode(conn, second, "CCCC", MORNING + timedelta(days=30))
        assert people.invitation(conn, "BBBB", MORNING).problem == "unknown"
        assert people.invitation(conn, "CCCC", MORNING + timedelta(days=29)).problem is None
        people.revoke_invitation(conn, second, MORNING)
        assert people.invitation(conn, "CCCC", MORNING).problem == "expired"
        loads = assignments.loads(conn, hamlet, QUESTIONNAIRE, TODAY)[hamlet]
        assert loads[None] == Load(len(homes) - seen.households)
        assert "Minh" not in {one.name for one in crews.hands(conn, hamlet, TODAY)}

    await database.write(work)


async def test_the_name_of_who_never_came_is_forgotten(database: Database) -> None:
    def work(conn: Connection) -> None:
        hamlet, homes = _hamlet(conn)
        offer = people.Offer(Role.MEMBER, hamlet, None, 1, MORNING)
        number = people.invite(conn, "AAAA", offer, MORNING)
        crews.name(conn, number, "Hoa", "1")
        assignments.give(conn, homes, Holder("invitation", number), None, MORNING)
        assert crews.forget(conn, MORNING) == 0
        assert crews.forget(conn, MORNING + timedelta(days=1)) == 1
        assert crews.waiting(conn, number) is None
        assert assignments.kept_for(conn, number) == 0

    await database.write(work)


async def test_reminders_speak_of_the_households_given(database: Database) -> None:
    def work(conn: Connection) -> None:
        hamlet, homes = _hamlet(conn)
        other = people.create(conn, "Ba", "vi", MORNING)
        people.grant(conn, other, Grant(Role.MEMBER, hamlet), TODAY)

        def left(person: int) -> list[tuple[int, bool]]:
            found = reminders.left(conn, person, [hamlet], TODAY)
            return [(one.households, one.own) for one in found]

        assert (left(1), left(other)) == ([(7, False)], [(7, False)])
        assignments.give(conn, homes[:3], Holder("person", 1), None, MORNING)
        assert (left(1), left(other)) == ([(3, True)], [(4, False)])
        assignments.give(conn, homes[3:], Holder("person", 1), None, MORNING)
        assert left(other) == []
        mates = {one.person_id: one.left for one in reminders.mates(conn, hamlet, TODAY, ZONE)}
        assert mates == {1: 7, other: 0}

    await database.write(work)


@pytest.mark.parametrize(("begun", "left"), [({}, 1), ({"begun": True}, 1), ({"begun": False}, 0)])
async def test_an_interview_that_was_only_opened_is_none_to_go_on_with(
    database: Database, begun: dict[str, bool], left: int
) -> None:
    def work(conn: Connection) -> None:
        _hamlet(conn)
        about = {"name": "Nguyễn Văn Hai", "household": 1, **begun}
        talks.save(conn, 1, dump_doing(Doing("survey", QUESTIONNAIRE, "1", {}, about)), MORNING)
        assert len(reminders.opened(conn, 1)) == left

    await database.write(work)
