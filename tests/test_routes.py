"""What was said -> who answers; and that nothing that is said can break it."""

import json
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.commands import COMMANDS, offered, slashed, spoken
from handlers.effects import SetLocale
from handlers.talk import Location, Photo
from tests.fakes import CITIZEN, LEADER, MEMBER, OFFICIAL, Chat, World


@pytest.fixture
def world() -> World:
    made = World()
    made.add("Lê Văn Tám")
    made.surveyed("Trần Thị Bảy")
    return made


def surveying(world: World) -> Chat:
    """A member at the second question of a household."""
    chat = Chat(world)
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    chat.say("1")
    return chat


# --------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("/khaosat", "khaosat", ""),
        ("/khaosat@tocns_bot", "khaosat", ""),
        ("/KhaoSat", "khaosat", ""),
        ("/khảo sát", "khaosat", ""),
        ("/khao_sat", "khaosat", ""),
        ("/bo_qua", "bo_qua", ""),
        ("/start ABC-123", "start", "ABC-123"),
        ("/hoidap quên mật khẩu VssID?", "hoidap", "quên mật khẩu VssID?"),
    ],
)
def test_a_command_is_known_however_it_is_written(text: str, name: str, rest: str) -> None:
    found = slashed(text)
    assert found is not None
    assert (found[0].name, found[1]) == (name, rest)


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("Khảo sát", "khaosat", ""),
        ("khao sat", "khaosat", ""),
        ("khaosat", "khaosat", ""),
        ("Quaylai", "quaylai", ""),
        ("  TIẾN ĐỘ ", "tiendo", ""),
        ("huỷ", "huy", ""),
        ("xóa hết thông tin của tui đi", "dulieu", ""),
        ("hủy", "huy", ""),
        ("bắt đầu ABC-123", "start", "ABC-123"),
        ("hoi dap quên mật khẩu?", "hoidap", "quên mật khẩu?"),
        ("RPT9B-VUWJP", "start", "RPT9B-VUWJP"),
        ("rpt9b vuwjp", "start", "RPT9B-VUWJP"),
        ("rpt9bvuwjp.", "start", "RPT9B-VUWJP"),
        ("start RPT9B-VUWJP", "start", "RPT9B-VUWJP"),
        ("Mã mời: RPT9B–VUWJP", "start", "RPT9B-VUWJP"),
        ("Mời chị vào Tổ ấp 2.\nChị gõ: /start rpt9b-vuwjp", "start", "RPT9B-VUWJP"),
    ],
)
def test_the_same_words_work_as_plain_text(text: str, name: str, rest: str) -> None:
    found = spoken(text, whole=False)
    assert found is not None
    assert (found[0].name, found[1]) == (name, rest)


@pytest.mark.parametrize(
    "text",
    [
        *("khảo sát là gì", "tiến độ ấp 2", "", "/", "hỏi", "bắt đầu"[:3]),
        *("thanh chung", "smartphone", "vneid 12345", "0912345678", "hồ sơ ABC12-DEF34"),
    ],
)
def test_other_words_are_no_command(text: str) -> None:
    assert spoken(text, whole=False) is None


def test_each_is_shown_what_works_for_them() -> None:
    shown = {
        person.name: [command.name for command in offered(person)] for person in (CITIZEN, MEMBER, OFFICIAL)
    }
    assert shown == {
        "": ["hoidap", "hotro", "ngonngu", "trogiup"],
        "Tâm": ["khaosat", "tiendo", "hoidap", "hotro", "ngonngu", "trogiup"],
        "Lan": ["tiendo", "baocao", "nhacviec", "phancong", "hoidap", "hotro", "ngonngu", "trogiup"],
    }


@pytest.mark.parametrize("command", ["/khaosat", "/tiendo", "/baocao", "/quantri", "/nhacviec", "/thongbao"])
def test_a_command_that_is_not_ones_own_says_whose_it_is(world: World, command: str) -> None:
    chat = Chat(world, CITIZEN)
    chat.say(command)
    assert " dành cho " in chat.text or " là việc của " in chat.text
    assert chat.turn.effects == ()


@pytest.mark.parametrize("command", ["/abc", "/"])
def test_what_there_is_not_is_answered_with_what_there_is(world: World, command: str) -> None:
    chat = Chat(world, CITIZEN)
    chat.say(command)
    assert chat.labels == ["Trợ giúp"]


# --------------------------------------------------------------------------- in a form


@pytest.mark.parametrize(
    "text", ["/trogiup", "tro giup", "/tiendo", "tiến độ", "/hoidap quên mật khẩu VssID"]
)
def test_what_is_asked_in_between_comes_back_to_the_question(world: World, text: str) -> None:
    chat = surveying(world)
    before = chat.turn.doing
    chat.say(text)
    assert chat.turn.doing == before
    assert len(chat.turn.replies) == 2
    assert chat.last.text.startswith("2/14")


def test_a_question_with_a_number_in_it_is_no_answer_to_how_many(world: World) -> None:
    chat = surveying(world)
    chat.say("VNeID mức 2 là gì?")
    assert chat.last.text.startswith("2/14")


@pytest.mark.parametrize("text", ["quen mat khau vneid thi sao", "nhà tui cháy rồi em ơi"])
def test_what_cannot_be_an_answer_and_has_one_is_answered_without_a_question_mark(
    world: World, text: str
) -> None:
    chat = surveying(world)
    before = chat.turn.doing
    chat.say(text)
    assert chat.turn.doing == before
    assert "Xin gõ một số" not in chat.text
    assert chat.last.text.startswith("2/14")


def test_what_follows_an_answer_given_in_between_is_no_answer_to_the_form(world: World) -> None:
    chat = surveying(world)
    chat.say("quên mật khẩu VssID thì làm sao?")
    chat.say("buoc 2 khong thay nut do")
    assert chat.turn.replies[0].text.startswith("Bước 2 của bài")
    assert chat.last.text.startswith("2/14")


@pytest.mark.parametrize("text", ["mã otp của tôi là 482913", "mật khẩu vssid là abc12345"])
def test_a_secret_told_in_a_form_is_warned_of_and_no_answer(world: World, text: str) -> None:
    for chat in (surveying(world), naming(world)):
        before = chat.turn.doing
        chat.say(text)
        assert chat.turn.replies[0].text.startswith("⚠")
        assert chat.turn.doing == before


def naming(world: World) -> Chat:
    """Where words are asked for: the name of a household that is new."""
    chat = Chat(world)
    chat.say("/khaosat")
    chat.press("Hộ mới")
    chat.say("1")
    return chat


def test_where_words_are_asked_for_a_question_is_the_answer(world: World) -> None:
    chat = Chat(world)
    chat.say("/khaosat")
    chat.press("Hộ mới")
    chat.say("1")
    chat.say("Hộ ông Sáu phải không?")
    assert chat.text.startswith("3/15")


def test_a_name_that_sounds_like_cancel_is_a_name(world: World) -> None:
    chat = Chat(world)
    chat.say("/khaosat")
    chat.press("Hộ mới")
    chat.say("1")
    chat.say("Huy")
    assert chat.text.startswith("3/15")


def test_the_language_changes_in_the_middle_of_a_form(world: World) -> None:
    chat = surveying(world)
    chat.say("/ngonngu en")
    assert chat.turn.effects == (SetLocale("en"),)
    assert "How many people live in the household?" in chat.last.text


def test_a_language_named_where_languages_were_offered_is_no_answer(world: World) -> None:
    chat = Chat(world)
    chat.say("/khaosat")
    chat.press("Hộ mới")
    chat.say("1")
    chat.say("/ngonngu")
    chat.say("English")
    assert chat.turn.effects == (SetLocale("en"),)
    chat.say("English")  # nobody asked for a language any more: a name, as the form asks for one
    assert chat.turn.effects == ()
    assert chat.text.startswith("3/15")


def test_nothing_to_cancel_is_said(world: World) -> None:
    chat = Chat(world)
    for word in ("huỷ", "/quaylai", "bỏ qua"):
        chat.say(word)
        assert chat.text == "Hiện không có phiếu nào đang làm."


def test_number_of_an_identity_card_is_not_kept(world: World) -> None:
    chat = Chat(world)
    chat.say("/khaosat")
    chat.press("Hộ mới")
    chat.say("1")
    chat.say("Bùi Văn Chín 079201001234")
    assert "che số" in chat.text
    assert chat.turn.doing is not None
    assert "079201001234" not in json.dumps(asdict(chat.turn.doing))


# --------------------------------------------------------------------------- first contact


def test_whoever_writes_first_is_told_that_a_machine_answers(world: World) -> None:
    for text in ("quên mật khẩu VssID", "/trogiup", "khảo sát"):
        chat = Chat(world, CITIZEN, first=True)
        chat.say(text)
        assert chat.text.startswith("Em là máy trả lời tự động")
        assert "OTP" in chat.text


def test_the_greeting_itself_says_so_once(world: World) -> None:
    chat = Chat(world, CITIZEN, first=True)
    chat.say("/start")
    assert chat.text.count("máy trả lời tự động") == 1


# --------------------------------------------------------------------------- nothing breaks it

_TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from([word for command in COMMANDS for word in (f"/{command.name}", *command.words)]),
    st.sampled_from(["1", "4", "le van tam", "gửi", "Không", "VNeID là gì vậy?", "\u202e\u200b", "x" * 4000]),
)
_THINGS = st.one_of(
    _TEXTS.map(lambda text: {"text": text}),
    st.just({"location": Location(10.8, 105.9)}),
    st.just({"photo": Photo("a.jpg")}),
    st.sampled_from(["sticker", "voice", "video", "file", "contact"]).map(lambda kind: {"other": kind}),
    st.from_regex(r"(survey|form|q|progress|language|digest):[a-z0-9:.=+!~-]{0,20}", fullmatch=True).map(
        lambda payload: {"payload": payload}
    ),
    st.integers(0, 30).map(lambda number: {"press": number}),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    person=st.sampled_from([CITIZEN, MEMBER, LEADER]),
    things=st.lists(_THINGS, min_size=1, max_size=12),
)
def test_whatever_is_said_is_answered_and_can_be_stored(
    person: object, things: list[dict[str, object]]
) -> None:
    world = World()
    world.add("Lê Văn Tám")
    world.surveyed("Trần Thị Bảy")
    chat = Chat(world, person)  # type: ignore[arg-type]
    for thing in things:
        payloads = [choice.payload for reply in chat.turn.replies for choice in reply.choices] or ["/start"]
        pressed = (
            {"payload": payloads[int(str(thing["press"])) % len(payloads)]} if "press" in thing else thing
        )
        turn = chat.say(**pressed)  # type: ignore[arg-type]
        assert turn.replies
        assert all(reply.text.strip() for reply in turn.replies)
        assert all(
            len(c.payload.encode()) <= 64 and c.payload.isascii() for r in turn.replies for c in r.choices
        )
        if turn.doing:
            json.dumps(asdict(turn.doing))
