"""Roles that end, move or pass on, and what becomes of what was open; locked out, and back; teams."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from content.assigning import Holder
from content.people import Grant, Person, Role
from content.privacy import Consent
from content.reminding import Subscription
from content.staff import heir
from content.tickets import NewTicket
from storage import (
    app_passwords,
    assignments,
    consents,
    departing,
    holdings,
    people,
    staff,
    subscriptions,
    talks,
    teams,
    tickets,
)
from storage.database import Connection, Database, table
from storage.people import Offer
from storage.tables import DraftRow, GrantRow, HouseholdRow, TalkRow
from tests.test_staff import area, person
from tests.transcripts.stage import MORNING, Stage, furnish

TODAY = MORNING.date()
TOMORROW = TODAY + timedelta(days=1)
_household = table(HouseholdRow)
_draft, _talk, _grant = table(DraftRow), table(TalkRow), table(GrantRow)


async def on_stage(database: Database, work: Callable[[Connection], Any]) -> Any:
    await database.write(furnish)
    return await database.write(work)


def held(conn: Connection, who: int) -> int:
    found = staff.find(conn, who, TODAY)
    assert found is not None
    return found.held[0].id


def begin(
    conn: Connection, who: int, code: str, household: int, at: Any = MORNING, *, begun: bool = True
) -> None:
    """They stand in a household's interview."""
    about = {"area": area(conn, code), "household": household, "name": f"Hộ {household}", "key": ""}
    about["begun"] = begun
    doing = ["survey", "khao-sat-ho", "1", {"mark": who}, about]
    talks.save(conn, who, orjson.dumps(doing).decode(), at)


def drafts(conn: Connection, who: int) -> list[tuple[int | None, Any]]:
    return [(one.household_id, one.state["mark"]) for one in talks.drafts(conn, who)]


# --------------------------------------------------------------------------- roles


async def test_a_role_that_ends_takes_the_app_password_along(database: Database) -> None:
    def work(conn: Connection) -> tuple[Grant | None, Grant | None, str | None, Person | None]:
        tam = person(conn, "tam")
        app_passwords.keep(conn, tam, "ha1", MORNING)
        number = held(conn, tam)
        ended = departing.end(conn, tam, number, TODAY)
        again = departing.end(conn, tam, number, TODAY)
        return ended, again, app_passwords.find(conn, tam), people.find(conn, tam, TODAY)

    ended, again, password, tam = await on_stage(database, work)
    assert ended.role is Role.MEMBER
    assert (again, password, tam.grants) == (None, None, ())


async def test_nobody_ends_a_role_by_the_number_of_somebody_elses(database: Database) -> None:
    def work(conn: Connection) -> Grant | None:
        return departing.end(conn, person(conn, "hung"), held(conn, person(conn, "tam")), TODAY)

    assert await on_stage(database, work) is None


async def test_a_role_moves_and_keeps_the_app_password(database: Database) -> None:
    def work(conn: Connection) -> tuple[tuple[Grant, ...], str | None]:
        tam, there = person(conn, "tam"), area(conn, "27811-1")
        app_passwords.keep(conn, tam, "ha1", MORNING)
        team = people.team(conn, there, "Tổ 1")
        departing.move(conn, tam, held(conn, tam), (there, team), TODAY)
        found = people.find(conn, tam, TODAY)
        assert found is not None
        assert found.grants == (Grant(Role.MEMBER, there, team),)
        return found.grants, app_passwords.find(conn, tam)

    _, password = await on_stage(database, work)
    assert password == "ha1"


async def test_who_takes_over_gets_the_role_and_the_digest(database: Database) -> None:
    def work(conn: Connection) -> tuple[Person | None, Person | None, str]:
        lan, tam = person(conn, "lan"), person(conn, "tam")
        subscriptions.subscribe(conn, lan, Subscription("fri"), MORNING)
        departing.hand_over(conn, lan, held(conn, lan), tam, TODAY)
        both = people.find(conn, lan, TODAY), people.find(conn, tam, TODAY)
        return *both, subscriptions.subscription(conn, tam).weekday

    lan, tam, weekday = await on_stage(database, work)
    assert lan.grants == ()
    assert tam.roles == {Role.CITIZEN, Role.MEMBER, Role.COMMUNE}
    assert weekday == "fri"


# --------------------------------------------------------------------------- what is open


async def test_what_is_open_is_put_aside_for_the_heir_of_its_area(database: Database) -> None:
    def work(conn: Connection) -> Any:
        tam, hung = person(conn, "tam"), person(conn, "hung")
        begin(conn, tam, "27811-2", 1)
        departing.put_aside(conn, tam)
        begin(conn, tam, "27811-1", 2)
        passed = departing.pass_drafts(conn, tam, {area(conn, "27811-2"): hung})
        stands = conn.one(select(_talk.c.doing).where(_talk.c.person_id == tam))
        assert stands is not None
        left = (passed, drafts(conn, hung), drafts(conn, tam), stands.doing is not None)
        passed = departing.pass_drafts(conn, tam, {area(conn, "27811-1"): hung})
        stands = conn.one(select(_talk.c.doing).where(_talk.c.person_id == tam))
        assert stands is not None
        return tam, left, (passed, len(drafts(conn, hung)), stands.doing)

    tam, left, then = await on_stage(database, work)
    assert left == (1, [(1, tam)], [], True)
    assert then == (1, 2, None)


async def test_what_was_only_opened_ends_and_passes_to_nobody(database: Database) -> None:
    def work(conn: Connection) -> Any:
        tam = person(conn, "tam")
        begin(conn, tam, "27811-2", 1, begun=False)
        departing.put_aside(conn, tam)
        return drafts(conn, tam), conn.one(select(_talk.c.doing).where(_talk.c.person_id == tam))

    kept, stands = await on_stage(database, work)
    assert (kept, stands.doing) == ([], None)


@pytest.mark.parametrize("later", ["tam", "hung"])
async def test_of_two_interviews_of_one_household_the_later_stays(database: Database, later: str) -> None:
    def work(conn: Connection) -> tuple[list[Any], list[Any], int]:
        for who in ("tam", "hung"):
            at = MORNING + timedelta(hours=1 if who == later else 0)
            begin(conn, person(conn, who), "27811-2", 1, at)
            departing.put_aside(conn, person(conn, who))
        departing.pass_drafts(conn, person(conn, "tam"), {area(conn, "27811-2"): person(conn, "hung")})
        return drafts(conn, person(conn, "hung")), drafts(conn, person(conn, "tam")), person(conn, later)

    his, left, number = await on_stage(database, work)
    assert (his, left) == ([(1, number)], [])


async def test_a_question_passes_on_while_somebody_has_it(database: Database) -> None:
    def work(conn: Connection) -> tuple[bool, bool, list[str]]:
        tam, hung = person(conn, "tam"), person(conn, "hung")
        citizen = people.create(conn, "", "vi", MORNING)
        number = str(UUID(int=7))
        new = NewTicket(area(conn, "27811-2"), "VNeID", "chat", "", "")
        tickets.ask(conn, number, citizen, new, "team", MORNING)
        free = departing.give_ticket(conn, number, hung, MORNING)
        tickets.take(conn, number, tam, MORNING)
        given = departing.give_ticket(conn, number, hung, MORNING)
        return free, given, [one.id for one in tickets.of_helper(conn, hung)]

    assert await on_stage(database, work) == (False, True, [str(UUID(int=7))])


def test_the_nearest_leader_takes_over_and_nobody_who_leaves() -> None:
    def leader(number: int, area_id: int) -> Person:
        return Person(number, "", grants=(Grant(Role.LEADER, area_id),))

    path = (1, 2, 3)
    member = Person(9, "", grants=(Grant(Role.MEMBER, 3),))
    both = [member, leader(5, 2), leader(6, 3)]
    assert heir(both, path, 0) == both[2]
    assert heir(both, path, 6) == both[1]
    assert heir([member, leader(7, 4)], path, 0) is None


# --------------------------------------------------------------------------- locked out, and back


async def test_who_is_locked_out_keeps_nothing_to_come_in_by_until_it_is_lifted(database: Database) -> None:
    def work(conn: Connection) -> Any:
        tam, hamlet = person(conn, "tam"), area(conn, "27811-2")
        browser, other = "web:" + "0" * 32, "77"
        people.add_account(conn, tam, "webchat", browser, MORNING)
        people.add_account(conn, tam, "telegram", other, MORNING)
        app_passwords.keep(conn, tam, "ha1", MORNING)
        people.offer_link(conn, tam, "LINK", MORNING + timedelta(minutes=5))
        offer = Offer(Role.MEMBER, hamlet, None, 3, MORNING + timedelta(days=3), tam)
        people.invite(conn, "OF-TAM", offer, MORNING)
        first = departing.deactivate(conn, tam, None, MORNING)
        again = departing.deactivate(conn, tam, None, MORNING)
        assert first is not None
        gone = (
            people.account(conn, "webchat", browser),
            app_passwords.find(conn, tam),
            people.linked(conn, "LINK", MORNING),
            people.invitation(conn, "OF-TAM", MORNING).problem,
            people.invitation(conn, "MOI-2026", MORNING).problem,
            people.account(conn, "telegram", other) is not None,
        )
        out = people.find(conn, tam, TODAY), staff.locked(conn, tam)
        assert "locked" in {one.kind for one in holdings.of(conn, tam)}, "they may see all that is kept"
        given = departing.reactivate(conn, tam, MORNING)
        back = people.find(conn, tam, TODAY), staff.locked(conn, tam)
        return (first.roles, first.invitations, first.sessions, again), gone, out, given, back

    counts, gone, (out, since), given, (back, lifted) = await on_stage(database, work)
    assert counts == (1, 1, 1, None)
    assert gone == (None, None, None, "expired", None, True)
    assert (out.grants, since) == ((), MORNING)
    assert tuple(given) == back.grants
    assert [one.role for one in given] == [Role.MEMBER]
    assert lifted is None


async def test_a_role_whose_team_was_closed_comes_back_without_it(database: Database) -> None:
    def work(conn: Connection) -> Any:
        tam, hamlet = person(conn, "tam"), area(conn, "27811-2")
        team = people.team(conn, hamlet, "Tổ 9")
        departing.move(conn, tam, held(conn, tam), (hamlet, team), TODAY)
        departing.deactivate(conn, tam, None, MORNING)
        teams.close(conn, team, MORNING)
        assert departing.reactivate(conn, tam, MORNING) == [Grant(Role.MEMBER, hamlet)]
        return departing.reactivate(conn, tam, MORNING)

    assert await on_stage(database, work) is None


# --------------------------------------------------------------------------- teams


async def test_teams_are_listed_with_their_people_renamed_and_closed(database: Database) -> None:
    def work(conn: Connection) -> Any:
        tam, hamlet, commune = person(conn, "tam"), area(conn, "27811-2"), area(conn, "27811")
        [known] = teams.under(conn, [commune], TODAY)
        departing.move(conn, tam, held(conn, tam), (hamlet, known.id), TODAY)
        people.grant(conn, person(conn, "hung"), Grant(Role.LEADER, hamlet, known.id), TODAY)
        full = teams.find(conn, known.id, TODAY)
        before = teams.rename(conn, known.id, "Tổ mới")
        named = teams.find(conn, known.id, TODAY)
        closed = teams.close(conn, known.id, MORNING), teams.close(conn, known.id, MORNING)
        after = people.find(conn, tam, TODAY)
        assert after is not None
        gone = teams.find(conn, known.id, TODAY), teams.under(conn, [commune], TODAY)
        fresh = people.team(conn, hamlet, "Tổ mới") != known.id
        invited = people.invitation(conn, "MOI-2026", MORNING).problem
        beside = teams.under(conn, [area(conn, "27793")], TODAY)
        return known.members, full, before, named, closed, after.grants, gone, fresh, invited, beside, hamlet

    empty, full, before, named, closed, grants, gone, fresh, invited, beside, hamlet = await on_stage(
        database, work
    )
    assert empty == 0
    assert (full.members, full.leaders) == (2, ("Hùng",))
    assert (before, named.name) == ("Tổ công nghệ số ấp 2", "Tổ mới")
    assert closed == (2, None)
    assert grants == (Grant(Role.MEMBER, hamlet),)
    assert gone == (None, [])
    assert fresh
    assert invited == "expired"
    assert beside == []


# --------------------------------------------------------------------------- households given


async def test_households_given_are_told_and_pass_on_or_are_nobodys_again(database: Database) -> None:
    def work(conn: Connection) -> Any:
        tam, hung, hamlet = person(conn, "tam"), person(conn, "hung"), area(conn, "27811-2")
        homes = [row.id for row in conn.all(select(_household.c.id).where(_household.c.area_id == hamlet))]
        assignments.give(conn, homes[:3], Holder("person", tam), None, MORNING)
        one = staff.find(conn, tam, TODAY)
        assert one is not None
        card, burden = staff.card(conn, one), staff.burden(conn, tam, MORNING)
        departing.hand_over(conn, tam, held(conn, tam), hung, TODAY)
        passed = staff.burden(conn, tam, MORNING).given, staff.burden(conn, hung, MORNING).given
        departing.deactivate(conn, hung, None, MORNING)
        return (
            hamlet,
            (card.given, card.visited),
            burden.given,
            passed,
            staff.burden(conn, hung, MORNING).given,
        )

    hamlet, card, given, (left, has), locked = await on_stage(database, work)
    assert (card, given) == ((3, 0), ((hamlet, 3),))
    assert (left, has, locked) == ((), ((hamlet, 3),), ())


async def test_who_hands_over_one_of_two_roles_keeps_the_households_they_still_visit(
    database: Database,
) -> None:
    def work(conn: Connection) -> tuple[set[int], set[int]]:
        hung, tam, lan = person(conn, "hung"), person(conn, "tam"), person(conn, "lan")
        people.grant(conn, hung, Grant(Role.MEMBER, area(conn, "27811-2")), TODAY)
        here = conn.all(select(_household.c.id, _household.c.area_id).order_by(_household.c.id))
        assignments.give(conn, [row.id for row in here], Holder("person", hung), None, MORNING)
        departing.hand_over(conn, hung, held(conn, hung), lan, TODAY)
        mine, hers = (set(assignments.own(conn, one, "khao-sat-ho")) for one in (hung, lan))
        assert hers
        assert not assignments.own(conn, tam, "khao-sat-ho")
        assert mine == {area(conn, "27811-2")}
        return mine, hers

    mine, hers = await on_stage(database, work)
    assert not mine & hers


async def test_whoever_takes_over_is_told_of_the_questions_that_had_come_up_to_the_role(
    database: Database,
) -> None:
    def work(conn: Connection) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
        hung, tam, lan = (person(conn, one) for one in ("hung", "tam", "lan"))
        asker, there = people.create(conn, "", "vi", MORNING), area(conn, "27811-2")
        for number, level in enumerate(("team", "leader", "commune")):
            new = NewTicket(there, "Hỏi", "chat", "", "")
            tickets.ask(conn, str(UUID(int=number)), asker, new, level, MORNING)
        beside = NewTicket(area(conn, "27793-1"), "Hỏi", "chat", "", "")
        tickets.ask(conn, str(UUID(int=9)), asker, beside, "commune", MORNING)
        tickets.take(conn, str(UUID(int=2)), tam, MORNING)
        return tuple(dict(staff.burden(conn, one, MORNING).waiting) for one in (hung, tam, lan))  # type: ignore[return-value]

    hung, tam, lan = await on_stage(database, work)
    assert [list(one.values()) for one in (hung, tam, lan)] == [[1], [2], [0]]


async def test_the_households_given_to_somebody_are_told_them(database: Database) -> None:
    def work(conn: Connection) -> list[str]:
        tam, there = person(conn, "tam"), area(conn, "27811-2")
        homes = conn.all(select(_household.c.id).where(_household.c.area_id == there))
        assignments.give(conn, [row.id for row in homes[:3]], Holder("person", tam), None, MORNING)
        return [one.text for one in holdings.of(conn, tam) if one.kind == "households"]

    assert await on_stage(database, work) == ["ấp 2: 3"]


@pytest.mark.parametrize("leader", ["hung", ""])
async def test_who_takes_back_the_consent_in_the_middle_of_a_survey_has_it_no_more(
    database: Database, leader: str
) -> None:
    """It is the leader's; where there is none, it is kept aside, and the talk is free."""

    def agree(conn: Connection) -> None:
        tam = person(conn, "tam")
        consents.give(conn, tam, Consent("team", "tham-gia", "1", "Đồng ý?", "text", MORNING))
        if not leader:
            people.leave(conn, person(conn, "hung"), TODAY)

    await on_stage(database, agree)
    stage = Stage(database)
    for said in ("/khaosat", "[Trần Thị Bảy · tổ 1]", "đồng ý", "/dulieu", "[Rút đồng ý, rời Tổ]"):
        await stage.speak("tam", said)
    told = await stage.speak("tam", "[Rút lại]")
    line = f"1 phiếu dở chuyển cho {'Hùng'}" if leader else "1 phiếu dở chưa có tổ trưởng nào nhận"
    assert any(line in one for one in told), told

    def look(conn: Connection) -> tuple[object, dict[str, int]]:
        talk = conn.one(select(_talk.c.doing).where(_talk.c.person_id == person(conn, "tam")))
        kept = {who: len(talks.drafts(conn, person(conn, who))) for who in ("tam", "hung")}
        return talk and talk.doing, kept

    doing, kept = await database.read(look)
    assert doing is None
    assert kept == ({"tam": 0, "hung": 1} if leader else {"tam": 1, "hung": 0})


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("quan", ("/quantri", "[Mời người]", "[Tổ viên]")),
        ("quan", ("/quantri", "[Địa bàn]", "[Sáp nhập, tách, đổi tên]")),
        ("hung", ("/nhacviec", "[Đổi giờ nhắc]")),
    ],
)
async def test_who_takes_back_the_consent_in_the_middle_of_a_roles_dialogue_is_asked_no_more(
    database: Database, who: str, said: tuple[str, ...]
) -> None:
    def agree(conn: Connection) -> None:
        given = Consent("team", "tham-gia", "1", "Đồng ý?", "text", MORNING)
        consents.give(conn, person(conn, who), given)

    await on_stage(database, agree)
    stage = Stage(database)
    for line in said:
        await stage.speak(who, line)
    assert await database.read(lambda conn: standing(conn, who))
    await stage.speak(who, "/dulieu")
    await stage.speak(who, "[Rút đồng ý, rời Tổ]")
    told = await stage.speak(who, "[Rút lại]")
    assert told[0].startswith("< Em đã rút lại")
    assert len([line for line in told if line.startswith("<")]) == 1, told
    assert await database.read(lambda conn: standing(conn, who)) is None


@pytest.mark.parametrize("deed", ["[Rút đồng ý: nhờ giúp]\n[Rút lại]", "[Xóa hết]\n[Xóa hết]"])
async def test_who_takes_back_the_consent_while_asking_for_help_asks_for_none(
    database: Database, deed: str
) -> None:
    await on_stage(database, lambda _: None)
    stage = Stage(database)
    for line in ("/hotro", "[Đồng ý]", "Cài VNeID", "/dulieu", *deed.split("\n")):
        told = await stage.speak("ba-bay", line)
    assert len([line for line in told if line.startswith("<")]) == 1, told
    assert await database.read(lambda conn: standing(conn, "ba-bay")) is None


def standing(conn: Connection, who: str) -> object:
    """The dialogue in which somebody is."""
    talk = conn.one(select(_talk.c.doing).where(_talk.c.person_id == person(conn, who)))
    return talk and talk.doing
