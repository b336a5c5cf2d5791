"""/start: greeting by role, and joining by an invitation."""

from dataclasses import replace

import pytest

from content.people import Grant, Invitation, Role
from handlers.custody import GiveConsent, WithdrawConsent
from handlers.effects import NoteGuess, Redeem
from tests.fakes import CITIZEN, HAMLET, MEMBER, OFFICIAL, Chat, World


@pytest.fixture
def world() -> World:
    good = Invitation("MOI", None, Role.MEMBER, HAMLET.id, "Tổ ấp 1")
    return World(
        invitations={"MOI": good, "CU": Invitation("CU", "expired"), "HET": Invitation("HET", "used")}
    )


@pytest.mark.parametrize(
    ("person", "words"),
    [(CITIZEN, "Chào cô/chú"), (MEMBER, "Chào anh/chị Tâm, tổ viên"), (OFFICIAL, "cán bộ xã")],
)
def test_each_is_greeted_by_role_and_told_what_is_never_asked_for(
    world: World, person: object, words: str
) -> None:
    chat = Chat(world, person)  # type: ignore[arg-type]
    chat.say("/start")
    assert words in chat.text
    assert "máy trả lời tự động" in chat.text
    assert "mật khẩu, mã OTP" in chat.text


def test_an_invitation_asks_the_name_and_is_taken_up(world: World) -> None:
    chat = Chat(world, CITIZEN)
    chat.say("/start MOI")
    assert "tổ viên, Tổ ấp 1" in chat.text
    chat.say("đồng ý")
    (agreed,) = chat.turn.effects
    assert isinstance(agreed, GiveConsent)
    assert (agreed.purpose, agreed.form, agreed.version) == ("team", "tham-gia", "2")
    assert agreed.wording.startswith("Để làm việc trong Tổ, em xin lưu tên")
    chat.say("  Nguyễn  Thị Mai ")
    assert chat.turn.effects == (Redeem("MOI", "Nguyễn Thị Mai"),)
    assert chat.turn.doing is None
    assert "Khảo sát hộ" in chat.labels


def test_who_does_not_agree_is_asked_nothing_and_the_code_stays(world: World) -> None:
    chat = Chat(world, CITIZEN)
    chat.say("/start MOI")
    chat.press("Không đồng ý")
    assert chat.turn.effects == ()
    assert chat.turn.doing is None
    assert "chưa nhận lời mời" in chat.text


def test_who_agrees_and_thinks_better_of_it_takes_it_back(world: World) -> None:
    chat = Chat(world, CITIZEN)
    for text in ("/start MOI", "Đồng ý", "quay lại", "Không đồng ý"):
        chat.say(text)
    assert chat.turn.effects == (WithdrawConsent("team"),)


@pytest.mark.parametrize(
    ("code", "words"),
    [("CU", "quá hạn"), ("HET", "đã có người dùng"), ("XYZ", "không thấy lời mời nào")],
)
def test_an_invitation_that_does_not_hold_is_explained(world: World, code: str, words: str) -> None:
    chat = Chat(world, CITIZEN)
    chat.say(f"/start {code}")
    assert words in chat.text
    assert chat.turn.effects == ((NoteGuess(),) if code == "XYZ" else ())
    assert chat.turn.doing is None


@pytest.mark.parametrize("name", ["x", "0912345678", "a" * 70, " "])
def test_what_is_no_name_is_asked_again(world: World, name: str) -> None:
    chat = Chat(world, CITIZEN)
    chat.say("/start MOI")
    chat.say("1")
    chat.say(name)
    assert chat.turn.effects == ()
    assert "Anh/chị tên gì" in chat.text


def test_an_invitation_that_somebody_else_used_meanwhile_is_explained(world: World) -> None:
    chat = Chat(world, CITIZEN)
    chat.say("/start MOI")
    chat.say("Đồng ý")
    world.invitations["MOI"] = replace(world.invitations["MOI"], problem="used")
    chat.say("Mai")
    assert "đã có người dùng" in chat.text
    assert chat.turn.effects == ()
    assert chat.turn.doing is None


def test_who_has_the_role_already_does_not_use_up_the_code(world: World) -> None:
    chat = Chat(world, MEMBER)
    chat.say("/start MOI")
    assert "đã nhận việc này rồi" in chat.text
    assert chat.turn.doing is None


def test_an_invitation_declined_stays_as_it_is(world: World) -> None:
    chat = Chat(world, CITIZEN)
    chat.say("/start MOI")
    chat.say("huỷ")
    assert chat.turn.effects == ()
    assert chat.turn.doing is None


def test_start_in_the_middle_of_a_survey_leaves_it(world: World) -> None:
    world.add("Lê Văn Tám")
    beside = replace(MEMBER, grants=(*MEMBER.grants, Grant(Role.LEADER, HAMLET.id)))
    chat = Chat(world, beside)
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    before = chat.turn.doing
    for text in ("/start", "/start MOI"):
        chat.say(text)
        assert chat.turn.doing == before
        assert "đang làm dở" in chat.text
