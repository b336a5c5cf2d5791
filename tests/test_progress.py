"""/tiendo: done of planned, for those whose area it is."""

import pytest

from tests.fakes import BESIDE, CITIZEN, COMMUNE, LEADER, MEMBER, OFFICIAL, Chat, World


@pytest.fixture
def world() -> World:
    made = World()
    for name in ("Lê Văn Tám", "Trần Thị Bảy", "Võ Văn Em"):
        made.add(name)
    made.surveyed("Đặng Văn Đực")
    made.add("Huỳnh Văn Ba", BESIDE)
    return made


def test_a_member_sees_the_own_hamlet_and_goes_on_to_who_is_left(world: World) -> None:
    chat = Chat(world, MEMBER)
    chat.say("/tiendo")
    assert chat.text == "Tiến độ khảo sát\nẤp 1: 1/4 hộ · 25,0%"
    chat.press("Ấp 1: còn 3 hộ")
    assert "Lê Văn Tám" in chat.labels


def test_a_leader_sees_the_hamlets_and_their_sum(world: World) -> None:
    chat = Chat(world, LEADER)
    chat.say("tiến độ")
    assert chat.text == "Xã Bình Hòa\nẤp 1: 1/4 hộ · 25,0%\nẤp 2: 0/1 hộ · 0,0%\nCộng: 1/5 hộ · 20,0%"


def test_an_official_sees_figures_but_is_offered_no_survey(world: World) -> None:
    chat = Chat(world, OFFICIAL)
    chat.say("/tiendo")
    assert "Cộng: 1/5 hộ" in chat.text
    assert chat.labels == []


@pytest.mark.parametrize("person", [CITIZEN, MEMBER])
def test_an_area_that_is_not_ones_own_is_not_opened_by_its_button(world: World, person: object) -> None:
    chat = Chat(world, person)  # type: ignore[arg-type]
    chat.send(f"progress:{COMMUNE.id}")
    assert "địa bàn mình phụ trách" in chat.text
