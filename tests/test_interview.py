"""An interview in chat: one question after the other, understood or refused, until the review and the end."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content import interview
from content.form import Form
from content.interview import Asked, Finished, Given, Question, Refused, Review, Step, World
from content.ledger import told
from tests.questionnaires import HOUSEHOLD, KINDS, LANGUAGES, MEMBERS, WORLD, form


def say(step: Step, *texts: str, world: World = WORLD, of: str = HOUSEHOLD) -> Step:
    """Types one answer after the other."""
    for text in texts:
        step = interview.answer(form(of), carried(step), Given(text=text), world)
    return step


def press(step: Step, payload: str, of: str = HOUSEHOLD) -> Step:
    return interview.answer(form(of), carried(step), Given(payload=payload), WORLD)


def carried(step: Step) -> dict:
    """The state as the database gives it back."""
    return json.loads(json.dumps(step.state))


def begun(of: str = HOUSEHOLD, given: dict[str, str] | None = None) -> Step:
    return interview.begin(form(of), WORLD, given)


def question(step: Step) -> Question:
    assert isinstance(step, (Asked, Refused)), step
    assert step.question is not None
    return step.question


def payload(step: Step, label: str) -> str:
    return next(option.payload for option in question(step).options if option.label == label)


def at_nets() -> Step:
    return say(begun(), "có", "4", "3")


class TestAsking:
    def test_the_first_question_comes_with_its_choices_and_the_progress(self) -> None:
        step = begun()
        first = question(step)
        assert (first.name, first.label, first.type) == ("dong_y", "Cô/chú đồng ý không?", "select_one")
        assert [option.label for option in first.options] == ["Có", "Không"]
        assert (first.number, first.total, first.required) == (1, 4, True)

    def test_an_answer_to_an_empty_state_is_the_first_of_a_new_interview(self) -> None:
        step = interview.answer(form(HOUSEHOLD), {}, Given(text="có"), WORLD)
        assert question(step) == question(say(begun(), "có"))

    def test_what_is_chosen_is_marked_and_not_where_somebody_else_is_asked_the_same(self) -> None:
        chosen = interview.reopen(form(HOUSEHOLD), carried(say(begun(), "có")), "dong_y", WORLD)
        assert [option.chosen for option in question(chosen).options] == [True, False]
        assert [option.chosen for option in question(begun()).options] == [False, False]

    def test_what_an_answer_makes_relevant_is_asked_and_counted(self) -> None:
        step = say(begun(), "có")
        assert (question(step).name, question(step).number, question(step).total) == ("so_nguoi", 2, 8)

    def test_what_is_not_relevant_is_never_asked(self) -> None:
        assert question(say(begun(), "không")).name == "dien_thoai"

    def test_a_question_names_the_group_it_stands_in(self) -> None:
        assert question(say(begun(), "có")).group == "Hộ gia đình"

    def test_notes_come_with_the_question_after_them_their_values_filled_in(self) -> None:
        step = at_nets()
        assert isinstance(step, Asked)
        assert step.notes == ("Có 1 trẻ em.",)

    def test_every_payload_is_short_ascii_and_begins_with_q(self) -> None:
        for option in question(at_nets()).options:
            assert option.payload.startswith("q:")
            assert option.payload.isascii()
            assert len(option.payload) <= 64

    def test_a_photo_and_a_location_are_asked_in_the_channels_own_way(self) -> None:
        step = interview.skip(form(HOUSEHOLD), carried(say(begun(), "không")), WORLD)
        assert question(step).ask == "location"
        step = interview.answer(form(HOUSEHOLD), carried(step), Given(location=(10.5, 106.2, 8.0)), WORLD)
        assert question(step).ask == "photo"
        step = interview.answer(form(HOUSEHOLD), carried(step), Given(photo="a.jpg"), WORLD)
        assert isinstance(step, Review)

    def test_a_default_is_offered_as_a_tap_and_not_taken_silently(self) -> None:
        step = say(at_nets(), "2")
        assert (question(step).name, question(step).value) == ("toc_do", "1,5")
        taken = press(step, question(step).default_payload or "")
        assert question(taken).name == "dien_thoai"

    def test_the_language_can_change_in_the_middle(self) -> None:
        step = begun(LANGUAGES)
        assert question(step).label == "Có mạng không?"
        english = replace(WORLD, language="en")
        step = interview.answer(form(LANGUAGES), carried(step), Given(text="yes"), english)
        assert question(step).label == "Which one?"
        assert question(interview.resume(form(LANGUAGES), carried(step), WORLD)).label == "Mạng gì?"


class TestRefusing:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("nhiều lắm", "Xin gõ một số, ví dụ 4 hoặc “bốn”."),
            ("40", "Từ 1 đến 30 người."),
            ("2 hay 3", "Xin gõ một số, ví dụ 4 hoặc “bốn”."),
            ("4,5", "Câu này cần số nguyên, ví dụ 4 (không có phần lẻ)."),
            ("\u200b\u200f", "Xin gõ một số, ví dụ 4 hoặc “bốn”."),
            ("🙂", "Xin gõ một số, ví dụ 4 hoặc “bốn”."),
            ("x" * 4000, "Xin gõ một số, ví dụ 4 hoặc “bốn”."),
            ("مرحبا بكم", "Xin gõ một số, ví dụ 4 hoặc “bốn”."),
            ("9" * 150, "Số này lớn quá. Xin kiểm tra lại."),
        ],
    )
    def test_what_cannot_be_taken_gets_one_sentence_and_the_question_again(self, text: str, why: str) -> None:
        before = say(begun(), "có")
        step = say(before, text)
        assert isinstance(step, Refused)
        assert (step.why, step.reason) == (why, "invalid")
        assert question(step) == question(before)
        assert step.state == before.state

    def test_a_sticker_or_a_photo_where_a_number_was_asked_is_refused(self) -> None:
        before = say(begun(), "có")
        for other in (Given(other="sticker"), Given(photo="a.jpg"), Given(location=(10.0, 106.0, None))):
            step = interview.answer(form(HOUSEHOLD), carried(before), other, WORLD)
            assert isinstance(step, Refused)
            assert step.state == before.state

    def test_a_button_of_a_past_question_changes_nothing_and_says_where_one_stands(self) -> None:
        first = begun()
        yes = payload(first, "Có")
        second = press(first, yes)
        again = press(second, yes)
        assert isinstance(again, Refused)
        assert again.reason == "stale"
        assert question(again).name == "so_nguoi"
        assert again.state == second.state

    @pytest.mark.parametrize("payload", ["q:", "q:999=1", "q:1=", "q:1=zzz", "q:1+co", "survey:x", "q:-1=co"])
    def test_a_button_that_never_was_is_stale(self, payload: str) -> None:
        step = press(begun(), payload)
        assert isinstance(step, Refused)
        assert step.reason == "stale"

    def test_a_required_question_cannot_be_skipped(self) -> None:
        step = interview.skip(form(HOUSEHOLD), carried(begun()), WORLD)
        assert isinstance(step, Refused)
        assert question(step).name == "dong_y"

    @pytest.mark.parametrize(
        "typed",
        [
            "không biết",
            "ko rõ",
            "dạ hông biết ạ",
            "chưa rõ",
            "I don't know",
            "từ chối",
            "ko muốn trả lời",
            "để sau nha",
        ],
    )
    def test_who_does_not_say_leaves_it_blank_where_that_is_allowed(self, typed: str) -> None:
        pace = say(say(begun(), "có", "4", "3", "1"), "hôm qua")
        assert question(pace).name == "toc_do"
        step = say(pace, typed)
        assert question(step).name == "dien_thoai"
        assert isinstance(step, Asked)
        refused = say(say(begun(), "có"), typed)
        assert isinstance(refused, Refused)
        assert refused.why == "Câu này cần được trả lời, chưa bỏ qua được ạ."

    @pytest.mark.parametrize("typed", ["không", "dạ ko có", "không cho"])
    def test_no_to_an_optional_text_that_it_cannot_be_leaves_it_blank(self, typed: str) -> None:
        phone = say(say(begun(), "có", "4", "3", "1"), "hôm qua", "2")
        assert question(phone).name == "dien_thoai"
        assert question(say(phone, typed)).name == "vi_tri"
        assert question(say(phone, typed, typed)).name == "anh"
        assert isinstance(say(phone, typed, typed, typed), Review)

    def test_no_where_an_answer_is_needed_is_told_what_fits(self) -> None:
        refused = say(say(begun(), "có"), "không có")
        assert isinstance(refused, Refused)
        assert question(refused).name == "so_nguoi"
        assert refused.why == "Từ 1 đến 30 người."

    def test_a_count_beyond_reason_is_refused_and_the_draft_untouched(self) -> None:
        step = say(begun(MEMBERS), "0912345678", of=MEMBERS)
        assert isinstance(step, Refused)
        assert step.state == begun(MEMBERS).state


class TestChoosingSeveral:
    def test_taps_toggle_and_the_last_button_ends(self) -> None:
        step = press(at_nets(), payload(at_nets(), "Cáp quang, wifi"))
        assert [option.chosen for option in question(step).options] == [True, False, False]
        step = press(step, payload(step, "Mạng 4G"))
        step = press(step, payload(step, "Cáp quang, wifi"))
        assert [option.chosen for option in question(step).options] == [False, True, False]
        step = press(step, question(step).done_payload or "")
        assert question(step).name == "toc_do"
        assert told(step.state, "v")[self._key("mang")] == "4g"

    @staticmethod
    def _key(name: str) -> str:
        return next(str(item.number) for item in form(HOUSEHOLD).items if item.name == name)

    def test_a_tap_that_comes_twice_has_the_effect_of_one(self) -> None:
        once = press(at_nets(), payload(at_nets(), "Mạng 4G"))
        twice = press(once, payload(at_nets(), "Mạng 4G"))
        assert twice.state == once.state

    @pytest.mark.parametrize(
        "typed", ["1 2", "1,2", "1, 2", "2 và 1", "wifi, 4g", "mang 4g; cap quang, wifi"]
    )
    def test_numbers_or_labels_typed_in_a_row_answer_at_once(self, typed: str) -> None:
        step = say(at_nets(), typed)
        assert told(step.state, "v")[self._key("mang")] == "wifi 4g"

    def test_the_choosing_can_be_ended_in_words(self) -> None:
        step = press(at_nets(), payload(at_nets(), "Mạng 4G"))
        assert question(say(step, "xong")).name == "toc_do"

    def test_a_choice_that_stands_alone_ends_at_once(self) -> None:
        step = press(at_nets(), payload(at_nets(), "Không dùng"))
        assert question(step).name == "vi_sao"

    def test_ending_with_nothing_chosen_is_refused_where_an_answer_is_needed(self) -> None:
        step = press(at_nets(), question(at_nets()).done_payload or "")
        assert isinstance(step, Refused)

    def test_what_the_form_forbids_together_is_refused_with_its_message(self) -> None:
        step = say(at_nets(), "1 3")
        assert isinstance(step, Refused)
        assert step.why == "Không thì chỉ chọn một."


class TestReview:
    def complete(self) -> Step:
        step = say(at_nets(), "1", "hôm qua", "20", "0912 345 678")
        step = interview.skip(form(HOUSEHOLD), carried(step), WORLD)
        return interview.skip(form(HOUSEHOLD), carried(step), WORLD)

    def test_everything_answered_is_shown_as_people_read_it(self) -> None:
        step = self.complete()
        assert isinstance(step, Review)
        assert {line.label: line.value for line in step.lines} == {
            "Cô/chú đồng ý không?": "Có",
            "Hộ có mấy người?": "4",
            "Mấy người từ 15 tuổi?": "3",
            "Dùng mạng nào?": "Cáp quang, wifi",
            "Dùng từ ngày nào?": "21/11/2026",
            "Tốc độ (Mbps)?": "20",
            "Số điện thoại": "0912345678",
            "Vị trí": "",
            "Ảnh": "",
        }

    def test_a_reopened_answer_brings_what_becomes_relevant_and_drops_what_does_not(self) -> None:
        step = self.complete()
        assert isinstance(step, Review)
        ref = next(line.ref for line in step.lines if line.label == "Dùng mạng nào?")
        step = interview.reopen(form(HOUSEHOLD), carried(step), ref, WORLD)
        step = say(step, "không")
        assert question(step).name == "vi_sao"
        step = say(step, "Nhà xa")
        assert isinstance(step, Review)
        assert "Dùng từ ngày nào?" not in {line.label for line in step.lines}

    def test_the_end_gives_the_values_and_the_xml_of_what_is_relevant(self) -> None:
        finished = interview.finish(form(HOUSEHOLD), carried(self.complete()), WORLD)
        assert isinstance(finished, Finished)
        assert finished.values["/data/ho/so_nguoi"] == "4"
        assert finished.values["/data/ho/tre_em"] == "1"
        assert "/data/ho/vi_sao" not in finished.values
        root = ElementTree.fromstring(finished.xml)
        assert (root.attrib["id"], root.attrib["version"]) == ("phieu-ho", "3")
        assert root.findtext("ho/tu_ngay") == "2026-11-21"
        assert root.find("ho/vi_sao") is None
        assert (root.findtext("meta/instanceID") or "").startswith("uuid:")

    def test_finishing_too_early_asks_the_first_question_that_is_amiss(self) -> None:
        step = say(begun(), "có", "4")
        early = interview.finish(form(HOUSEHOLD), carried(step), WORLD)
        assert isinstance(early, Refused)
        assert question(early).name == "tu_15"

    def test_a_number_lowered_later_brings_back_what_no_longer_fits_at_once(self) -> None:
        step = self.complete()
        assert isinstance(step, Review)
        ref = next(line.ref for line in step.lines if line.label == "Hộ có mấy người?")
        step = say(interview.reopen(form(HOUSEHOLD), carried(step), ref, WORLD), "2")
        assert isinstance(step, Asked)
        assert question(step).name == "tu_15"
        assert step.notes == ("Câu trả lời này chưa hợp lệ. Xin kiểm tra rồi trả lời lại.",)
        assert question(step).default_payload is None, "what does not fit is not offered to be kept"
        assert isinstance(say(step, "1"), Review)
        finished = interview.finish(form(HOUSEHOLD), carried(step), WORLD)
        assert isinstance(finished, Refused)
        assert question(finished).name == "tu_15"

    def test_text_at_the_review_is_not_an_answer_to_anything(self) -> None:
        step = say(self.complete(), "gửi")
        assert isinstance(step, Refused)
        assert step.question is None


class TestBack:
    def test_back_asks_the_question_before_with_its_answer(self) -> None:
        step = interview.back(form(HOUSEHOLD), carried(at_nets()), WORLD)
        assert (question(step).name, question(step).value) == ("tu_15", "3")

    def test_back_at_the_first_question_asks_it_again(self) -> None:
        assert question(interview.back(form(HOUSEHOLD), carried(begun()), WORLD)).name == "dong_y"

    def test_back_and_the_same_answer_changes_nothing(self) -> None:
        step = interview.back(form(HOUSEHOLD), carried(at_nets()), WORLD)
        again = say(step, "3")
        assert {**again.state, "t": ""} == {**at_nets().state, "t": ""}
        assert question(again) == question(at_nets())


class TestKnownBeforehand:
    def test_what_is_given_is_not_asked_first(self) -> None:
        step = begun(given={"dong_y": "co", "/data/ho/so_nguoi": "4"})
        assert question(step).name == "tu_15"

    def test_a_household_surveyed_before_begins_with_the_review(self) -> None:
        before = TestReview().complete()
        finished = interview.finish(form(HOUSEHOLD), carried(before), WORLD)
        assert isinstance(finished, Finished)
        step = begun(given=finished.values)
        assert isinstance(step, Review)
        assert isinstance(before, Review)
        assert step.lines == before.lines
        again = interview.finish(form(HOUSEHOLD), carried(step), replace(WORLD, seed="another"))
        assert isinstance(again, Finished)
        assert {k: v for k, v in again.values.items() if "meta" not in k} == {
            k: v for k, v in finished.values.items() if "meta" not in k
        }

    def test_a_value_that_the_form_no_longer_takes_is_asked_again(self) -> None:
        step = begun(given={"dong_y": "co", "so_nguoi": "99", "tu_15": "3", "mang": "fax"})
        assert question(step).name == "so_nguoi"
        assert question(say(step, "5")).name == "mang"


class TestRepeats:
    def test_a_counted_repeat_is_asked_as_often_as_the_count_says(self) -> None:
        step = say(begun(MEMBERS), "2", "An", "Bình", of=MEMBERS)
        assert question(step).name == "tinh"

    def test_a_free_repeat_asks_for_one_more_until_no(self) -> None:
        step = say(begun(MEMBERS), "0", "1", "1", "Ba", "40", "Ruộng", of=MEMBERS)
        assert (question(step).type, question(step).label) == ("repeat", "Thêm một “Thành viên” nữa?")
        step = say(step, "có", of=MEMBERS)
        assert question(step).label == "Tên người thứ 2?"
        step = say(step, "Con", "7", of=MEMBERS)
        assert question(step).type == "repeat"
        step = say(step, "thôi, không", "không", of=MEMBERS)
        assert isinstance(step, Review)
        assert step.notes == ("Tổng số tuổi là 47",)

    def test_the_button_for_one_more_adds_one_even_when_it_is_pressed_twice(self) -> None:
        step = say(begun(MEMBERS), "0", "1", "1", "Ba", "40", "Ruộng", of=MEMBERS)
        more = question(step).options[0].payload
        added = press(step, more, MEMBERS)
        again = press(added, more, MEMBERS)
        assert isinstance(again, Refused)
        assert again.state == added.state

    def test_a_button_for_one_more_that_never_was_is_stale(self) -> None:
        step = say(begun(MEMBERS), "0", "1", "1", "Ba", "40", "Ruộng", of=MEMBERS)
        pressed = press(step, question(step).options[0].payload.replace("=1", "=7"), MEMBERS)
        assert isinstance(pressed, Refused)
        assert pressed.reason == "stale"

    FAMILY = ("0", "1", "1", "Ba", "40", "Ruộng", "có", "Con", "7", "có", "Út", "20", "Học", "không")

    def family(self) -> Review:
        step = say(begun(MEMBERS), *self.FAMILY, of=MEMBERS)
        assert isinstance(step, Review)
        return step

    def test_the_review_offers_to_take_each_round_out_and_to_add_one(self) -> None:
        entries = self.family().entries
        assert [(entry.label, entry.there) for entry in entries] == [
            ("Thành viên 1 (Ba)", True),
            ("Thành viên 2 (Con)", True),
            ("Thành viên 3 (Út)", True),
            ("Thành viên", False),
        ]

    def test_a_round_is_taken_out_with_its_answers_and_nothing_is_asked_again(self) -> None:
        review = self.family()
        gone = interview.remove(form(MEMBERS), carried(review), review.entries[1].ref, WORLD)
        assert isinstance(gone, Review)
        assert [entry.label for entry in gone.entries] == [
            "Thành viên 1 (Ba)",
            "Thành viên 2 (Út)",
            "Thành viên",
        ]
        assert gone.notes == ("Tổng số tuổi là 60",)
        said = [line.value for line in gone.lines]
        assert [value for value in said if value in {"Ba", "Con", "Út", "Ruộng", "Học"}] == [
            "Ba",
            "Ruộng",
            "Út",
            "Học",
        ]

    def test_a_round_can_be_added_from_the_review(self) -> None:
        review = self.family()
        asked = interview.reopen(form(MEMBERS), carried(review), review.entries[-1].ref, WORLD)
        assert question(asked).type == "repeat"
        step = say(asked, "có", "Năm", "5", of=MEMBERS)
        assert question(step).type == "repeat", "and one more?"
        step = say(step, "không", of=MEMBERS)
        assert isinstance(step, Review)
        assert [entry.label for entry in step.entries][3:] == ["Thành viên 4 (Năm)", "Thành viên"]

    @pytest.mark.parametrize("ref", ["", "4711", "1", "5.9", "4.1", "nobody"])
    def test_what_is_no_round_or_is_counted_by_the_form_is_not_taken_out(self, ref: str) -> None:
        review = say(begun(MEMBERS), "2", "An", "Bình", *self.FAMILY[1:], of=MEMBERS)
        refused = interview.remove(form(MEMBERS), carried(review), ref, WORLD)
        assert isinstance(refused, Refused)
        assert refused.state == review.state

    def test_a_choice_filtered_away_by_a_later_answer_is_asked_again(self) -> None:
        step = say(begun(MEMBERS), "0", "Long An", "Mộc Hóa", of=MEMBERS)
        step = interview.back(form(MEMBERS), carried(step), WORLD)
        step = interview.back(form(MEMBERS), carried(step), WORLD)
        assert question(step).name == "tinh"
        step = say(step, "Tây Ninh", of=MEMBERS)
        assert question(step).name == "xa"
        assert [option.label for option in question(step).options] == ["Tân Biên"]

    def test_a_question_with_nothing_to_choose_from_says_so(self) -> None:
        step = say(begun(MEMBERS), "0", of=MEMBERS)
        step = interview.skip(form(MEMBERS), carried(step), WORLD)
        step = say(step, "1", of=MEMBERS)
        assert isinstance(step, Refused)
        assert "chưa có lựa chọn" in step.why

    def test_values_of_a_repeat_can_be_brought_along(self) -> None:
        known = {
            "n": "0",
            "tinh": "la",
            "xa": "bh",
            "/data/nguoi[1]/ten": "Ba",
            "/data/nguoi[1]/tuoi": "40",
            "/data/nguoi[2]/ten": "Má",
            "/data/nguoi[2]/tuoi": "39",
        }
        step = begun(MEMBERS, known)
        finished = interview.finish(form(MEMBERS), carried(step), WORLD)
        assert isinstance(finished, Finished)
        assert finished.values["/data/nguoi[2]/ten"] == "Má"
        assert finished.values["/data/tong"] == "79"


class TestKinds:
    """Every type that a chat can ask."""

    WORLD = replace(
        WORLD,
        facts={"username": "hoa", "instanceID": "uuid:known"},
        instances={"ho": [{"name": "h1", "label": "Nguyễn Văn Ba"}, {"name": "h2", "label": "Trần Thị Tư"}]},
    )

    def answered(self, *texts: str) -> Step:
        step = interview.begin(form(KINDS), self.WORLD)
        for text in texts:
            step = interview.answer(form(KINDS), carried(step), Given(text=text), self.WORLD)
        return step

    SENSIBLE = ("ok", "2 giờ chiều", "15/8/2026 14:05", "8934", "5", "2 1 3", "việc ba", "nguyen van ba")

    def test_words_are_plain_whatever_marks_the_form_holds(self) -> None:
        assert question(self.answered()).label == "Đọc kỹ rồi bấm Đã hiểu"
        step = self.answered(*self.SENSIBLE[:6])
        assert question(step).label == "Chọn một (https://example.org)"

    def test_what_is_only_to_be_read_has_one_button(self) -> None:
        step = self.answered()
        assert [option.label for option in question(step).options] == ["Đã hiểu"]
        taken = interview.answer(
            form(KINDS), carried(step), Given(payload=question(step).options[0].payload), self.WORLD
        )
        assert question(taken).name == "gio"

    def test_guidance_is_shown_with_the_hint(self) -> None:
        assert question(self.answered("ok")).hint == "Giờ trên đồng hồ"

    def test_what_is_not_translated_is_asked_in_the_forms_own_language(self) -> None:
        english = replace(self.WORLD, language="en")
        step = interview.resume(form(KINDS), carried(self.answered("ok")), english)
        assert question(step).label == "Mấy giờ?"

    @pytest.mark.parametrize(
        ("before", "typed", "why"),
        [
            (1, "trưa trưa", "Em chưa hiểu giờ này. Xin gõ như 14:05 hoặc “2 giờ chiều”."),
            (2, "hôm qua", "Xin gõ cả ngày và giờ, ví dụ 15/8/2026 14:05."),
            (4, "7", "Xin gõ một số từ 0 đến 10, mỗi bậc 5."),
            (5, "2 1", "Xin gõ đủ 3 số theo thứ tự, ví dụ 2 1 3."),
            (8, "đây", "Xin gửi tin thoại (giữ nút micro để ghi âm)"),
        ],
    )
    def test_each_type_says_how_it_wants_to_be_answered(self, before: int, typed: str, why: str) -> None:
        step = self.answered(*self.SENSIBLE[:before], typed)
        assert isinstance(step, Refused)
        assert step.why.startswith(why)

    def test_a_rank_lists_its_choices_with_their_numbers(self) -> None:
        assert question(self.answered(*self.SENSIBLE[:5])).hint == "1. Việc một\n2. Việc hai\n3. Việc ba"

    def test_long_and_non_ascii_choices_have_short_ascii_payloads(self) -> None:
        step = self.answered(*self.SENSIBLE[:6])
        for option in question(step).options:
            assert option.payload.isascii()
            assert len(option.payload) <= 64
            taken = interview.answer(form(KINDS), carried(step), Given(payload=option.payload), self.WORLD)
            assert option.value in told(taken.state, "v").values()

    def test_choices_may_come_from_outside_the_form(self) -> None:
        step = self.answered(*self.SENSIBLE[:7])
        assert [option.label for option in question(step).options] == ["Nguyễn Văn Ba", "Trần Thị Tư"]

    def test_the_end_holds_each_answer_as_odk_writes_it(self) -> None:
        step = interview.skip(form(KINDS), carried(self.answered(*self.SENSIBLE)), self.WORLD)
        assert isinstance(step, Review)
        later = replace(self.WORLD, now=self.WORLD.now.replace(hour=21))
        finished = interview.finish(form(KINDS), carried(step), later)
        assert isinstance(finished, Finished)
        values = {path.rpartition("/")[2]: value for path, value in finished.values.items()}
        assert values == {
            "bat_dau": "2026-11-22T20:00:00.000+07:00",
            "ket_thuc": "2026-11-22T21:00:00.000+07:00",
            "hom_nay": "2026-11-22",
            "ai": "hoa",
            "dong_y": "OK",
            "gio": "14:00:00.000+07:00",
            "luc": "2026-08-15T14:05:00.000+07:00",
            "ma": "8934",
            "diem": "5",
            "xep": f"{'rat_dai_' * 10} a ấp",
            "mot": "ấp",
            "ho": "h1",
            "chi_doc": "",
            "thu_am": "",
            "instanceID": "uuid:known",
        }
        assert {line.label: line.value for line in step.lines}["Mấy giờ?"] == "14:00"

    def test_what_is_readonly_is_a_note(self) -> None:
        step = self.answered(*self.SENSIBLE)
        assert isinstance(step, Asked)
        assert step.notes == ("Chỉ để đọc",)

    def test_a_repeat_is_named_with_its_number(self) -> None:
        step = say(begun(MEMBERS), "0", "1", "1", of=MEMBERS)
        assert question(step).group == "Thành viên 1"


# --------------------------------------------------------------------------- properties

ANYTHING = st.one_of(
    st.sampled_from(["có", "không", "1", "2", "3", "0", "1 2", "hôm qua", "An", "0912345678", "10.5, 106.2"]),
    st.text(max_size=20),
)
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["say", "say", "say", "tap", "back", "skip", "reopen"]), ANYTHING, st.integers(0, 9)
    ),
    max_size=40,
)


def walk(the_form: Form, step: Step, actions: list[tuple[str, str, int]]) -> Step:
    """Does what the actions say; at each step the state goes through JSON."""
    for action, text, number in actions:
        state = carried(step)
        resumed = interview.resume(the_form, state, WORLD)
        assert resumed.state == state
        asked = step.question if not isinstance(step, Review) else None
        if action == "back":
            step = interview.back(the_form, state, WORLD)
        elif action == "skip":
            step = interview.skip(the_form, state, WORLD)
        elif action == "reopen" and isinstance(step, Review):
            step = interview.reopen(the_form, state, step.lines[number % len(step.lines)].ref, WORLD)
        elif action == "tap" and asked is not None and asked.options:
            tapped = asked.options[number % len(asked.options)].payload
            step = interview.answer(the_form, state, Given(payload=tapped), WORLD)
        else:
            step = interview.answer(the_form, state, Given(text=text), WORLD)
        if isinstance(step, Refused):
            assert step.state == state
    return step


SENSIBLE = {
    "integer": "1",
    "decimal": "2",
    "text": "0912345678",
    "date": "hôm qua",
    "geopoint": "10.5, 106.2",
    "select_one": "1",
    "select_multiple": "1",
    "repeat": "không",
}


def carried_through(the_form: Form, step: Step) -> Step:
    """Answers sensibly what is still open."""
    for _ in range(100):
        if isinstance(step, Review):
            return step
        state = carried(step)
        asked = step.question
        if asked is None:
            return interview.resume(the_form, state, WORLD)
        if asked.type in SENSIBLE and (asked.options or not asked.type.startswith("select")):
            step = interview.answer(the_form, state, Given(text=SENSIBLE[asked.type]), WORLD)
        else:
            step = interview.skip(the_form, state, WORLD)
    raise AssertionError(f"no end: {step}")


@pytest.mark.parametrize("of", [HOUSEHOLD, MEMBERS], ids=["household", "members"])
@given(actions=ACTIONS)
@settings(max_examples=40, deadline=None)
def test_any_walk_ends_in_a_review_with_every_relevant_required_question_answered(
    of: str, actions: list[tuple[str, str, int]]
) -> None:
    the_form = form(of)
    step = carried_through(the_form, walk(the_form, begun(of), actions))
    for _ in range(20):
        finished = interview.finish(the_form, carried(step), WORLD)
        if isinstance(finished, Finished):
            break
        step = carried_through(the_form, finished)
    assert isinstance(finished, Finished)
    ElementTree.fromstring(finished.xml)
    for item in the_form.questions():
        if item.bind.required is not None and not item.loops and item.path in finished.values:
            assert finished.values[item.path]


@given(actions=ACTIONS)
@settings(max_examples=40, deadline=None)
def test_the_same_words_always_lead_to_the_same_place(actions: list[tuple[str, str, int]]) -> None:
    assert walk(form(HOUSEHOLD), begun(), actions) == walk(form(HOUSEHOLD), begun(), actions)
