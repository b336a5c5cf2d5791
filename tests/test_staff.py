"""People with roles as who administers them sees them: looked for, listed by area, one by one."""

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select, update

from content.people import Grant, Role
from content.staff import Colleague, Held, found
from storage import people, staff, talks
from storage.database import Connection, Database, table
from storage.tables import AreaRow, DeactivationRow, GrantRow
from tests.transcripts.stage import MORNING, furnish

TODAY = MORNING.date()
_area, _grant = table(AreaRow), table(GrantRow)


def area(conn: Connection, code: str) -> int:
    row = conn.one(select(_area.c.id).where(_area.c.code == code))
    assert row is not None
    return int(row.id)


def person(conn: Connection, address: str) -> int:
    known = people.account(conn, "text", address)
    assert known is not None
    return known.person_id


# --------------------------------------------------------------------------- looked for


def called(*names: str) -> list[Colleague]:
    held = (Held(1, Grant(Role.MEMBER, 1), TODAY),)
    return [Colleague(number, name, held) for number, name in enumerate(names, 1)]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("tam", ["Nguyễn Thị Tâm", "Tam Văn Út"]),
        ("ng tâ", ["Nguyễn Thị Tâm"]),
        ("đuc", ["Đặng Văn Đức"]),
        ("2", ["Đặng Văn Đức"]),
        ("am", []),
        ("", ["Đặng Văn Đức", "Nguyễn Thị Tâm", "Tam Văn Út"]),
    ],
)
def test_names_are_found_by_the_beginnings_of_their_words(words: str, names: list[str]) -> None:
    everybody = called("Tam Văn Út", "Đặng Văn Đức", "Nguyễn Thị Tâm")
    assert [one.name for one in found(everybody, words)] == names


def test_who_has_no_name_stands_last() -> None:
    assert [one.name for one in found(called("", "Zỹ"), "")] == ["Zỹ", ""]


# --------------------------------------------------------------------------- read


async def test_everybody_in_an_area_and_under_it_with_all_their_roles(database: Database) -> None:
    def look(conn: Connection) -> tuple[list[str], list[str], tuple[Held, ...]]:
        furnish(conn)
        tam = person(conn, "tam")
        team = people.team(conn, area(conn, "27793-1"), "Tổ 1")
        people.grant(conn, tam, Grant(Role.LEADER, area(conn, "27793-1"), team), TODAY)
        one, other = (staff.active(conn, [area(conn, code)], TODAY) for code in ("27811", "27793"))
        [also] = [each for each in other if each.id == tam]
        return [each.name for each in one], [each.name for each in other], also.held

    here, there, held = await database.write(look)
    assert here == ["Tâm", "Hùng", "Lan"]
    assert there == ["Tâm"]
    assert [(one.grant.role, one.team) for one in held] == [(Role.MEMBER, ""), (Role.LEADER, "Tổ 1")]


async def test_who_left_is_known_by_the_roles_that_ended_last(database: Database) -> None:
    def look(conn: Connection) -> tuple[list[Colleague], list[Colleague], Colleague | None]:
        furnish(conn)
        tam, hamlet, commune = person(conn, "tam"), area(conn, "27811-2"), area(conn, "27811")
        people.grant(conn, tam, Grant(Role.LEADER, hamlet), TODAY - timedelta(days=30))
        people.revoke(conn, tam, Role.LEADER, hamlet, TODAY - timedelta(days=20))
        assert staff.former(conn, [commune], TODAY) == []
        people.leave(conn, tam, TODAY)
        left = staff.former(conn, [commune], TODAY)
        held = [one.id for one in left[0].held]
        conn.insert(DeactivationRow, person_id=tam, grants=held, at=MORNING, by=None, lifted_at=None)
        return left, staff.former(conn, [area(conn, "27793")], TODAY), staff.find(conn, tam, TODAY)

    left, beside, locked = await database.write(look)
    assert [(one.name, one.state, [each.grant.role for each in one.held]) for one in left] == [
        ("Tâm", "former", [Role.MEMBER])
    ]
    assert beside == []
    assert locked is not None
    assert (locked.state, locked.person.grants) == ("locked", ())


async def test_a_card_counts_what_is_open_and_names_no_address(database: Database) -> None:
    def look(conn: Connection) -> staff.Card:
        furnish(conn)
        tam = person(conn, "tam")
        people.add_account(conn, tam, "telegram", "geheim-77", MORNING)
        doing = ["survey", "khao-sat-ho", "1", {}, {"area": area(conn, "27811-2"), "name": "Hai"}]
        talks.save(conn, tam, orjson.dumps(doing).decode(), MORNING)
        one = staff.find(conn, tam, TODAY)
        assert one is not None
        return staff.card(conn, one)

    card = await database.write(look)
    assert card.channels == ("text", "telegram")
    assert (card.drafts, card.helping, card.surveys, card.reachable) == (1, 0, 0, True)
    assert card.active_at == MORNING
    assert "geheim" not in repr(card)


async def test_an_ended_role_is_no_role_of_the_day(database: Database) -> None:
    def look(conn: Connection) -> Colleague | None:
        furnish(conn)
        tam = person(conn, "tam")
        conn.run(update(_grant).where(_grant.c.person_id == tam).values(valid_from=TODAY + timedelta(days=1)))
        return staff.find(conn, tam, TODAY)

    assert await database.write(look) is None
