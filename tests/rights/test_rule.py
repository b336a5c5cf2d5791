"""The rule itself: a role reaches the area it is held for and all that lies under it, never beside it."""

import pytest

from content.people import ACTIONS, Grant, Person, Role, allowed, reach

COUNTRY, PROVINCE, COMMUNE, HAMLET, BESIDE = 1, 2, 3, 4, 5
PATH = [COUNTRY, PROVINCE, COMMUNE, HAMLET]


def holding(role: Role, *areas: int) -> Person:
    return Person(9, "Tâm", grants=tuple(Grant(role, area) for area in areas))


@pytest.mark.parametrize("area", PATH)
def test_a_role_reaches_its_area_and_what_lies_under_it(area: int) -> None:
    assert allowed(holding(Role.COMMUNE, area), "see-digest", PATH)


def test_a_role_reaches_nothing_above_or_beside_it() -> None:
    leader = holding(Role.LEADER, HAMLET)
    assert not allowed(leader, "see-progress", PATH[:-1])
    assert not allowed(leader, "see-progress", [*PATH[:-1], BESIDE])


def test_an_area_that_there_is_not_is_nobodys() -> None:
    assert not allowed(holding(Role.ADMIN, COUNTRY), "manage", [])


def test_without_an_area_the_question_is_whether_anywhere_at_all() -> None:
    assert allowed(holding(Role.MEMBER, HAMLET), "survey")
    assert not allowed(holding(Role.COMMUNE, COMMUNE), "survey")


def test_everybody_may_ask_wherever_they_are() -> None:
    assert allowed(Person(9, ""), "ask", PATH)


def test_one_role_lends_nothing_to_another() -> None:
    both = Person(9, "", grants=(Grant(Role.MEMBER, BESIDE), Grant(Role.COMMUNE, COMMUNE)))
    assert not allowed(both, "survey", PATH), "the commune is overseen, not surveyed"
    assert reach(both, "survey") == (BESIDE,)


def test_an_action_that_nobody_listed_is_a_fault() -> None:
    with pytest.raises(KeyError):
        allowed(holding(Role.ADMIN, COUNTRY), "fly")


def test_only_an_admin_administers() -> None:
    for action in ("manage", "broadcast"):
        assert ACTIONS[action] == {Role.ADMIN}
