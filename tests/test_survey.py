"""A household's survey by chat: picking, answering, looking over, sending, and all that may go wrong."""

from dataclasses import replace
from datetime import datetime

import pytest

from content import names
from content.people import Grant, Role
from content.understand import Labelled, Missed, one_choice
from content.words import say
from handlers.effects import AddHousehold, DropDraft, KeepDraft, KeepPhoto, NobodyMet, SubmitSurvey
from tests.fakes import BESIDE, CITIZEN, COMMUNE, HAMLET, LEADER, MEMBER, NOW, OFFICIAL, Chat, World

ANSWERS = ("1", "4", "4", "4", "2", "4", "0", "1", "4", "4", "0", "4", "9")
"""A household of four adults, from consent to what they want help with."""


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def chat(world: World) -> Chat:
    return Chat(world)


def fill(chat: Chat, *answers: str) -> None:
    for answer in answers:
        chat.say(answer)


def submitted(chat: Chat) -> SubmitSurvey:
    [survey] = [effect for effect in chat.turn.effects if isinstance(effect, SubmitSurvey)]
    return survey


def drafted(chat: Chat) -> KeepDraft:
    [draft] = [effect for effect in chat.turn.effects if isinstance(effect, KeepDraft)]
    return draft


# --------------------------------------------------------------------------- the whole way


def test_a_household_takes_one_action_a_question_and_three_more(chat: Chat, world: World) -> None:
    household = world.add("Nguyễn Văn Hai")
    chat.say("/khaosat")
    chat.press("Nguyễn Văn Hai")
    fill(chat, *ANSWERS)
    assert chat.last.text.startswith("14/14")
    chat.say("bỏ qua")
    chat.press("Gửi phiếu")
    survey = submitted(chat)
    assert chat.turn.doing is None
    assert (survey.household, survey.area_id, survey.consent) == (household.id, HAMLET.id, True)
    assert survey.values["/data/phieu/dtdt"] == "4"
    assert survey.values["/data/ap"] == "ấp 1"
    assert "Nhà mình có đồng ý trả lời khảo sát không?" in survey.wording
    assert survey.started_at == NOW
    assert survey.xml.startswith("<data")
    assert "xong 1/1 hộ" in chat.text
    assert chat.labels == ["Hộ tiếp theo", "Tiến độ"]


def test_a_household_that_did_not_change_takes_four_actions(chat: Chat, world: World) -> None:
    before = world.surveyed("Lê Văn Tám")
    chat.say("/khaosat")
    chat.say("le van tam")
    assert "ngày 16/11/2026" in chat.text
    chat.press("Không có gì thay đổi")
    chat.press("Gửi phiếu")
    survey = submitted(chat)
    assert survey.survey_id != before.id
    assert {path: survey.values[path] for path in before.values} == before.values
    assert survey.wording == before.wording


def test_a_new_household_is_added_with_its_survey(chat: Chat) -> None:
    chat.say("/khaosat")
    chat.press("Hộ mới")
    fill(chat, "1", "Bùi Văn Chín", *ANSWERS[1:], "bỏ qua", "gửi")
    added, survey = chat.turn.effects
    assert isinstance(added, AddHousehold)
    assert (added.name, added.area_id) == ("Bùi Văn Chín", HAMLET.id)
    assert isinstance(survey, SubmitSurvey)
    assert survey.household == added.key


def test_a_name_looked_for_in_vain_is_not_asked_again(chat: Chat) -> None:
    chat.say("/khaosat")
    chat.say("Bùi Văn Chín")
    chat.press("Hộ mới: Bùi Văn Chín")
    fill(chat, *ANSWERS, "bỏ qua", "gửi")
    [added] = [effect for effect in chat.turn.effects if isinstance(effect, AddHousehold)]
    assert added.name == "Bùi Văn Chín"


def test_a_refusal_keeps_nothing_but_that_it_was(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    chat.press("Không đồng ý")
    chat.press("Xác nhận từ chối")
    survey = submitted(chat)
    assert (survey.consent, survey.household, survey.values, survey.xml) == (False, None, {}, "")
    assert survey.wording
    assert "Tám" not in chat.text


def test_a_new_household_that_refuses_is_not_added(chat: Chat) -> None:
    chat.say("/khaosat")
    chat.say("Bùi Văn Chín")
    chat.press("Hộ mới: Bùi Văn Chín")
    fill(chat, "không đồng ý", "gửi")
    assert [type(effect) for effect in chat.turn.effects] == [SubmitSurvey]


def test_a_refusal_by_mistake_is_taken_back(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    chat.press("Không đồng ý")
    chat.press("Sửa câu trả lời")
    chat.say("1")
    chat.press("Đồng ý trả lời")
    assert "mấy người đang ở" in chat.text


# --------------------------------------------------------------------------- consent


def test_consent_is_asked_anew_in_another_year(world: World) -> None:
    world.surveyed("Lê Văn Tám")
    chat = Chat(world, now=NOW.replace(year=2027))
    chat.say("/khaosat")
    chat.say("le van tam")
    assert "Nhà mình có đồng ý trả lời khảo sát không?" in chat.text
    chat.press("Đồng ý trả lời")
    fill(chat, *["bỏ qua"] * 9)
    assert "Không có gì thay đổi" in chat.labels


def test_consent_is_asked_anew_under_another_version(chat: Chat, world: World) -> None:
    world.surveyed("Lê Văn Tám", version="2025010101")
    chat.say("/khaosat")
    chat.say("le van tam")
    assert "Nhà mình có đồng ý trả lời khảo sát không?" in chat.text


def test_a_place_and_a_photo_are_not_brought_along(chat: Chat, world: World) -> None:
    before = world.surveyed("Lê Văn Tám")
    extra = {"/data/phieu/them": "vi_tri anh", "/data/phieu/vi_tri": "10.8 105.9 0 0"}
    world.surveys[0] = replace(before, values={**before.values, **extra, "/data/phieu/anh": "old.jpg"})
    chat.say("/khaosat")
    chat.say("le van tam")
    chat.say("không có gì thay đổi")
    chat.say("gửi")
    values = submitted(chat).values
    assert values["/data/phieu/them"] == "vi_tri anh"
    assert not values["/data/phieu/vi_tri"]
    assert not values["/data/phieu/anh"]


# --------------------------------------------------------------------------- picking


def test_the_list_shows_who_is_left_and_pages(chat: Chat, world: World) -> None:
    for number in range(1, 20):
        world.add(f"Hộ Thứ {number:02}")
    world.surveyed("Đã Làm")
    chat.say("/khaosat")
    assert "xong 1/20 hộ" in chat.text
    assert "Còn lại (19)" in chat.labels
    chat.say("còn lại")
    assert chat.labels == [*(f"Hộ Thứ {number:02}" for number in range(1, 9)), "Trang sau ›"]
    chat.press("Trang sau ›")
    chat.press("Trang sau ›")
    assert chat.labels == ["Hộ Thứ 17", "Hộ Thứ 18", "Hộ Thứ 19", "‹ Trang trước"]
    chat.say("2")
    assert "Hộ Thứ 18" in chat.text


def test_households_surveyed_before_are_found_by_name(chat: Chat, world: World) -> None:
    world.surveyed("Lê Văn Tám")
    world.add("Lê Văn Tâm")
    chat.say("/khaosat")
    chat.say("le van")
    assert chat.labels == ["Lê Văn Tám · ✓ 16/11/2026", "Lê Văn Tâm", "Hộ mới: Le Van"]


def test_a_mistyped_name_is_found_though_an_address_stands_with_it(chat: Chat, world: World) -> None:
    world.add("Nguyễn Văn Hai", address="tổ 1")
    world.add("Trần Thị Bảy", address="tổ 2, đường 839")
    chat.say("/khaosat")
    chat.say("nguyen van hia")
    assert "hộ nào là “nguyen van hia”" in chat.text
    assert chat.labels[:1] == ["Nguyễn Văn Hai · tổ 1"]


def test_two_of_the_same_name_are_told_apart_by_address(chat: Chat, world: World) -> None:
    world.add("Nguyễn Văn Hai", address="tổ 1")
    world.add("Nguyễn Văn Hai", address="tổ 2")
    chat.say("/khaosat")
    chat.say("nguyen van hai")
    assert chat.labels[:2] == ["Nguyễn Văn Hai · tổ 1", "Nguyễn Văn Hai · tổ 2"]


def test_several_hamlets_are_chosen_from_first(world: World) -> None:
    world.add("Huỳnh Văn Ba", BESIDE)
    chat = Chat(world, LEADER)
    chat.say("/khaosat")
    assert chat.labels == ["Ấp 1, xã Bình Hòa · 0/0", "Ấp 2, xã Bình Hòa · 0/1"]
    chat.say("ấp 2")
    assert "Huỳnh Văn Ba" in chat.labels


def test_a_name_that_many_people_bear_is_no_command(chat: Chat, world: World) -> None:
    world.add("Trần Quốc Huy")
    chat.say("/khaosat")
    chat.say("Huy")
    assert chat.labels[0] == "Trần Quốc Huy"
    chat.say("huỷ")
    assert chat.turn.doing is None


def test_a_new_name_like_one_on_the_list_is_noticed(chat: Chat, world: World) -> None:
    twin = world.surveyed("Nguyễn Văn Hai")
    chat.say("/khaosat")
    chat.press("Hộ mới")
    fill(chat, "1", "Nguyễn Văn Hia")
    assert "tên gần giống" in chat.text
    chat.press("Nguyễn Văn Hai")
    assert "đã khảo sát ngày 16/11/2026" in chat.text
    fill(chat, *ANSWERS[1:], "bỏ qua", "gửi")
    assert [type(effect) for effect in chat.turn.effects] == [SubmitSurvey]
    assert submitted(chat).household == twin.household_id


@pytest.mark.parametrize("name", ["nhà Khôi", "hộ Khôi", "Hồ Khôi", "Hồ Thôi", "Nhà Miên", "ho khoi"])
def test_a_name_that_sounds_like_a_refusal_is_a_name(chat: Chat, name: str) -> None:
    chat.say("/khaosat")
    chat.press("Hộ mới")
    fill(chat, "1", name)
    assert chat.turn.doing
    assert chat.turn.doing.about["name"] == names.written(name)


@pytest.mark.parametrize("said", ["không biết", "khỏi em ơi", "dạ thôi", "dạ khoi", "họ không muốn nói"])
def test_who_declines_to_name_the_head_is_not_called_so(chat: Chat, said: str) -> None:
    chat.say("/khaosat")
    chat.press("Hộ mới")
    fill(chat, "1", said)
    assert chat.turn.doing
    assert chat.turn.doing.about["name"] == ""


def test_where_no_questionnaire_is_open_it_is_said(chat: Chat, world: World) -> None:
    world.published = False
    chat.say("/khaosat")
    chat.press("Hộ mới")
    assert "Chưa có phiếu khảo sát nào mở cho ấp 1" in chat.text


def test_who_has_no_hamlet_is_told_whom_to_ask(world: World) -> None:
    nowhere = replace(MEMBER, grants=(Grant(Role.MEMBER, 1),))
    chat = Chat(world, nowhere)
    world.hamlets = lambda area_id, on: []  # type: ignore[method-assign]
    chat.say("/khaosat")
    assert "chưa được giao ấp nào" in chat.text


# --------------------------------------------------------------------------- drafts


def test_cancelling_keeps_the_draft_and_goes_on_where_it_was(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, "1", "4")
    asked = chat.text
    chat.say("/huy")
    assert drafted(chat).label == "Lê Văn Tám"
    assert chat.turn.doing is None
    chat.say("/khaosat")
    chat.press("Làm tiếp: Lê Văn Tám")
    assert chat.text.endswith(asked)
    assert [type(effect) for effect in chat.turn.effects] == [DropDraft]


def test_picking_a_household_put_aside_opens_its_draft(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, "1", "4", "huỷ", "/khaosat", "le van tam")
    assert chat.text.startswith("Mình làm tiếp phiếu hộ Lê Văn Tám")


def test_a_draft_is_kept_where_the_right_to_survey_was_lost_meanwhile(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, *ANSWERS, "bỏ qua")
    chat.person = replace(MEMBER, grants=(Grant(Role.MEMBER, BESIDE.id),))
    chat.say("gửi")
    assert drafted(chat).household_id is not None
    assert "không thuộc phần việc" in chat.text


# --------------------------------------------------------------------------- correcting


def test_a_correction_is_a_revision_of_the_same_survey(chat: Chat, world: World) -> None:
    before = world.surveyed("Đặng Văn Đực")
    chat.say("/khaosat")
    chat.press("Sửa phiếu đã gửi")
    chat.press("Đặng Văn Đực · 16/11/2026")
    assert "Sửa câu nào?" in chat.text
    chat.say("2")
    chat.say("5")
    assert "mấy người từ đủ 15 tuổi" in chat.text.lower()  # it matters now, and was never asked
    chat.say("4")
    chat.say("gửi")
    survey = submitted(chat)
    assert (survey.survey_id, survey.household) == (before.id, before.household_id)
    assert survey.values["/data/phieu/so_nguoi"] == "5"
    assert survey.wording == before.wording


def test_a_correction_keeps_the_photo_of_the_visit(chat: Chat, world: World) -> None:
    before = world.surveyed("Đặng Văn Đực")
    photo = {"/data/phieu/them": "anh", "/data/phieu/anh": "old.jpg"}
    world.surveys[0] = replace(before, values={**before.values, **photo})
    chat.send(f"survey:fix:{before.id}")
    chat.say("gửi")
    assert submitted(chat).values["/data/phieu/anh"] == "old.jpg"


def test_nobody_corrects_what_somebody_else_sent(world: World) -> None:
    survey = world.surveyed("Đặng Văn Đực", by=MEMBER)
    chat = Chat(world, LEADER)
    chat.send(f"survey:fix:{survey.id}")
    assert chat.turn.doing is None
    assert "không tìm thấy phiếu này" in chat.text


# --------------------------------------------------------------------------- what was only opened


@pytest.mark.parametrize(
    ("said", "kept"),
    [((), False), (("3",), False), (("quay lại",), False), (("1",), True), (("1", "quay lại"), True)],
)
def test_what_was_only_opened_is_closed_and_not_put_aside(
    chat: Chat, world: World, said: tuple[str, ...], kept: bool
) -> None:
    """It was reminded of for days, to the leader too."""
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, *said, "/huy")
    assert bool(chat.turn.effects) is kept
    assert ("Làm tiếp" in chat.labels) is kept
    assert chat.turn.doing is None


@pytest.mark.parametrize(
    ("said", "kept"), [((), False), (("có thay đổi",), True), (("3",), True), (("3", "1"), True)]
)
def test_last_answers_that_were_only_looked_at_are_closed_too(
    chat: Chat, world: World, said: tuple[str, ...], kept: bool
) -> None:
    world.surveyed("Lê Văn Tám")
    chat.say("/khaosat")
    chat.say("le van tam")
    fill(chat, *said, "/huy")
    assert bool(chat.turn.effects) is kept


def test_what_was_sent_before_is_told_to_be_kept(chat: Chat, world: World) -> None:
    world.surveyed("Lê Văn Tám")
    chat.say("/khaosat")
    fill(chat, "le van tam", "/huy")
    assert "phiếu đã gửi vẫn còn nguyên" in chat.text


def test_a_new_household_whose_name_was_typed_is_put_aside(chat: Chat) -> None:
    chat.say("/khaosat")
    fill(chat, "lý thị sen", "hộ mới: lý thị sen", "/huy")
    assert drafted(chat).label == "Lý Thị Sen"


# --------------------------------------------------------------------------- nobody at home


@pytest.mark.parametrize("said", ["Chưa gặp ai", "không có ai ở nhà", "vang nha"])
def test_nobody_was_met_at_a_household_surveyed_before(chat: Chat, world: World, said: str) -> None:
    world.surveyed("Lê Văn Tám")
    chat.say("/khaosat")
    chat.say("le van tam")
    assert chat.labels == ["Không có gì thay đổi", "Có thay đổi", "Chưa gặp ai"]
    chat.say(said)
    [household] = world.people
    assert chat.turn.effects == (NobodyMet(household),)
    assert chat.turn.doing is None


def test_once_something_is_answered_somebody_was_at_home(chat: Chat, world: World) -> None:
    """There and back again nothing is lost by a finger that slips."""
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    assert "Chưa gặp ai" in chat.labels
    chat.say("1")
    chat.say("quay lại")
    assert "Chưa gặp ai" not in chat.labels


def test_in_a_review_that_has_changed_nobody_is_absent_any_more(chat: Chat, world: World) -> None:
    world.surveyed("Lê Văn Tám")
    chat.say("/khaosat")
    chat.say("le van tam")
    chat.say("3")
    chat.say("3")
    assert "Chưa gặp ai" not in chat.labels
    chat.say("không có ai ở nhà")
    assert chat.turn.effects == ()
    assert chat.turn.doing is not None


# --------------------------------------------------------------------------- typed instead of tapped


def test_what_stands_behind_the_options_can_be_typed_by_its_label(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, *ANSWERS)
    assert chat.labels[3:] == ["Xong", "Bỏ qua", "Quay lại"]
    chat.say("quay lại")
    assert chat.text.startswith("13/14")
    chat.say("xong")
    assert chat.text.startswith("14/14")
    chat.say("bo qua")
    assert "Gửi phiếu" in chat.labels


@pytest.mark.parametrize("number", ["4", "5", "6", "7", "0", "2 6"])
def test_a_number_that_is_no_option_is_refused_and_moves_nowhere(
    chat: Chat, world: World, number: str
) -> None:
    """It was taken for "Bỏ qua" or "Quay lại", which stand behind the options and have no number there."""
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, *ANSWERS)
    open_ = chat.text
    chat.say(number)
    beyond = number.rpartition(" ")[2]
    assert chat.text == f"Ở đây không có lựa chọn số {beyond}. Xin chọn lại.\n\n{open_}"


def test_where_there_is_one_choice_it_is_named() -> None:
    read = one_choice("chưa", [Labelled("OK", "Tôi đã đọc")])
    assert read == Missed("understand.choice_one", {"label": "Tôi đã đọc"})


def test_what_stands_under_a_refusal_can_be_typed(chat: Chat, world: World) -> None:
    world.add("Nguyễn Văn Hai")
    chat.say("/khaosat")
    chat.press("Nguyễn Văn Hai")
    chat.say("dạ ko đồng ý")
    chat.say("thôi")
    assert chat.text.startswith("Xin bấm một nút bên dưới: hộ này không đồng ý khảo sát.")
    chat.say("xác nhận từ chối")
    assert submitted(chat).consent is False


def test_a_number_is_an_answer_where_a_number_is_asked_for(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, "1", "3", "3", "2")
    assert chat.text.startswith("5/13")


@pytest.mark.parametrize("number", ["2", "5", "13"])
def test_from_an_answer_that_was_looked_at_again_the_survey_can_be_sent(
    chat: Chat, world: World, number: str
) -> None:
    world.surveyed("Lê Văn Tám")
    chat.say("/khaosat")
    chat.say("le van tam")
    chat.say(number)
    assert "Gửi phiếu" not in chat.labels
    chat.say("gửi phiếu")
    assert submitted(chat)


def test_what_is_ticked_and_not_finished_is_not_left_out_of_what_is_sent(chat: Chat, world: World) -> None:
    world.surveyed("Lê Văn Tám")
    chat.say("/khaosat")
    chat.say("le van tam")
    chat.say("9")
    assert "Xong" in chat.labels
    chat.press(chat.labels[0])
    chat.say("gửi phiếu")
    assert chat.turn.effects == ()
    assert "Xong" in chat.labels


def test_a_survey_that_is_not_answered_yet_cannot_be_sent(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, "1", "gửi phiếu")
    assert chat.turn.effects == ()
    assert chat.turn.doing is not None


def test_in_the_list_of_answers_a_number_that_is_none_sends_nothing(chat: Chat, world: World) -> None:
    world.surveyed("Lê Văn Tám")
    chat.say("/khaosat")
    chat.say("le van tam")
    chat.say("có thay đổi")
    assert chat.labels[-1] == "Gửi phiếu"
    chat.say(str(len(chat.labels)))
    assert chat.text.startswith(say("vi", "questionnaire.at_review"))
    assert chat.labels[-1] == "Gửi phiếu"


# --------------------------------------------------------------------------- photos


def test_a_photo_that_answers_is_kept_and_goes_with_the_survey(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, *ANSWERS, "3")
    chat.photo("a.jpg")
    assert chat.turn.effects == (KeepPhoto("a.jpg"),)
    chat.say("gửi")
    assert submitted(chat).photos == ("a.jpg",)


def test_a_photo_where_none_was_asked_for_is_not_kept(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    chat.photo()
    assert chat.turn.effects == ()


# --------------------------------------------------------------------------- old buttons, forged buttons


def test_a_review_of_an_earlier_household_cannot_send_another(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    world.add("Trần Thị Bảy")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, *ANSWERS, "bỏ qua")
    send = next(choice.payload for choice in chat.last.choices if choice.label == "Gửi phiếu")
    chat.send(send)
    assert submitted(chat)
    chat.send(send)
    assert chat.turn.effects == ()
    assert "đã gửi hoặc đã cất" in chat.text
    chat.say("/khaosat")
    chat.say("tran thi bay")
    fill(chat, *ANSWERS, "bỏ qua")
    chat.send(send)
    assert chat.turn.effects == ()
    assert "Nút đó của phiếu trước" in chat.text


def test_going_back_twice_by_one_button_goes_back_once(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, "1", "4")
    back = next(choice.payload for choice in chat.last.choices if choice.label == "Quay lại")
    chat.send(back)
    assert chat.text.startswith("2/14")
    chat.send(back)
    assert "2/14" in chat.text
    assert chat.text.startswith("Nút đó là của câu trước")


@pytest.mark.parametrize(
    "payload",
    [
        "survey:pick:999",
        "survey:pick:x",
        "survey:area:999",
        "survey:area:99999999999999999999",
        "survey:left:4:0",
        "survey:new:4",
        "survey:draft:5:",
        "survey:drop:0:zzz",
        "survey:fix:00000000-0000-0000-0000-000000000000",
        "survey:send:00000000:",
        "survey:open:00000000:1",
        "survey:",
        "survey:pick",
        "form:back:3",
        "form:",
        "q:3=1",
        "progress:2",
        "language:xx",
        "nothing:at:all",
    ],
)
def test_a_button_for_what_is_gone_or_not_yours_does_nothing(chat: Chat, payload: str) -> None:
    chat.send(payload)
    assert chat.turn.effects == ()
    assert chat.turn.doing is None
    assert len(chat.turn.replies) == 1


@pytest.mark.parametrize("person", [CITIZEN, OFFICIAL])
def test_who_does_not_survey_cannot_by_any_button(world: World, person: object) -> None:
    world.add("Lê Văn Tám")
    chat = Chat(world, person)  # type: ignore[arg-type]
    for payload in ("survey:pick:100", "survey:area:3", "survey:left:3:0", "survey:new:3", "survey:fixes"):
        chat.send(payload)
        assert chat.turn.doing is None
        assert "Tám" not in chat.text


def test_a_household_beside_ones_own_hamlet_is_out_of_reach(chat: Chat, world: World) -> None:
    beside = world.add("Huỳnh Văn Ba", BESIDE)
    chat.send(f"survey:pick:{beside.id}")
    assert chat.turn.doing is None
    assert "Ba" not in chat.text


def test_old_buttons_leave_the_open_questionnaire_as_it_is(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    other = world.add("Trần Thị Bảy")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, "1", "4")
    state = chat.turn.doing.state if chat.turn.doing else None
    for payload in (f"survey:pick:{other.id}", "survey:area:3", "survey:fixes", "survey:new:3"):
        chat.send(payload)
        assert chat.turn.doing is not None
        assert chat.turn.doing.state == state
        assert "phiếu hộ Lê Văn Tám" in chat.text
        assert "3/14" in chat.text


def test_an_answer_typed_where_another_question_stands_is_asked_again(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, "1", "4")
    chat.channel = "other"  # where one still sees how many people there are
    chat.say("4")
    assert chat.text.startswith("Câu này vừa hỏi ở kênh kia")
    assert "Trong 4 người đó, mấy người từ đủ 18 tuổi?" in chat.text
    chat.say("3")
    assert "Mấy người từ đủ 15 tuổi, tính cả 3 người lớn?" in chat.text


def test_at_the_review_either_channel_sends(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, *ANSWERS, "bỏ qua")
    chat.channel = "other"
    chat.say("gửi phiếu")
    assert submitted(chat).consent


def test_who_wants_another_household_puts_the_open_form_aside_by_a_tap(chat: Chat, world: World) -> None:
    world.add("Lê Văn Tám")
    world.add("Nguyễn Văn Hai")
    chat.say("/khaosat")
    chat.press("Lê Văn Tám")
    fill(chat, "1", "4")
    chat.say("hộ khác")
    assert "đang làm dở phiếu hộ Lê Văn Tám" in chat.turn.replies[0].text
    chat.press("Cất phiếu này")
    assert drafted(chat).label == "Lê Văn Tám"
    chat.press("Hộ khác")
    assert "Nguyễn Văn Hai" in chat.labels


def test_a_correction_reopens_under_the_hamlet_of_its_household(world: World) -> None:
    chat = Chat(world, replace(LEADER, grants=(Grant(Role.LEADER, COMMUNE.id),)))
    world.surveyed("Đặng Văn Đực", by=LEADER)
    chat.send(f"survey:fix:{world.surveys[0].id}")
    chat.say("gửi")
    assert submitted(chat).area_id == HAMLET.id
    assert submitted(chat).started_at == datetime.fromisoformat(NOW.isoformat())
