"""Answers that take more than a line of text: points of a line, recordings and files, a whole field-list; and
what becomes of an interview whose form cannot be worked out."""

import json

import pytest

from content import interview
from content.interview import Asked, Finished, Given, Question, Refused, Review, Step
from content.rehearsal import rehearse
from tests.questionnaires import WORLD, form

ON_THE_MAP = """
| survey | | | |
| | type | name | label |
| | geotrace | muong | Con mương |
| | geoshape | ruong | Thửa ruộng |
| | text | ten | Tên |
"""
RECORDED = """
| survey | | | | |
| | type | name | label | required |
| | audio | ke | Kể chuyện | yes |
| | video | quay | Quay lại | |
| | file | giay | Giấy tờ | |
| | image | anh | Ảnh | |
| | barcode | ma | Mã | |
"""
TOGETHER = """
| survey | | | | | | | |
| | type | name | label | appearance | relevant | constraint | required |
| | begin_group | nguoi | Người | field-list | | | |
| | text | ten | Họ tên | | | | yes |
| | integer | tuoi | Tuổi | | | . < 120 | |
| | note | luu_y | Ghi theo giấy tờ | | | | |
| | select_one gioi | gioi | Giới tính | | | | |
| | text | nghe | Nghề | | ${tuoi} >= 15 | | |
| | end_group | | | | | | |
| | text | ghi_chu | Ghi chú | | | | |
| choices | | | |
| | list_name | name | label |
| | gioi | nam | Nam |
| | gioi | nu | Nữ |
"""


class Filling:
    """One interview; the state goes through JSON at every step, as in the database."""

    def __init__(self, of: str) -> None:
        self.form = form(of)
        self.step: Step = interview.begin(self.form, WORLD)

    @property
    def state(self) -> dict:
        return json.loads(json.dumps(self.step.state))

    @property
    def question(self) -> Question:
        assert isinstance(self.step, (Asked, Refused)), self.step
        assert self.step.question is not None
        return self.step.question

    def give(self, text: str = "", **given: object) -> Step:
        self.step = interview.answer(self.form, self.state, Given(text=text, **given), WORLD)
        return self.step

    def press(self, payload: str | None) -> Step:
        assert payload is not None
        return self.give(payload=payload)

    def lines(self, *lines: str) -> Step:
        self.step = interview.answer_lines(self.form, self.state, lines, WORLD)
        return self.step

    def skip(self) -> Step:
        self.step = interview.skip(self.form, self.state, WORLD)
        return self.step

    def values(self) -> dict[str, str]:
        finished = interview.finish(self.form, self.state, WORLD)
        assert isinstance(finished, Finished), finished
        return {path.rpartition("/")[2]: value for path, value in finished.values.items()}


class TestPoints:
    def test_a_line_is_gathered_from_shared_locations(self) -> None:
        filling = Filling(ON_THE_MAP)
        assert (filling.question.ask, filling.question.done_payload) == ("location", None)
        filling.give(location=(10.5, 106.5, 4.0))
        assert "Đã có 1 điểm" in filling.question.hint
        assert filling.question.done_payload is None, "one point is no line"
        filling.give("10.6, 106.6")
        filling.press(filling.question.done_payload)
        assert filling.question.name == "ruong"
        for _ in range(2):
            filling.skip()
        assert filling.values()["muong"] == "10.5 106.5 0.0 4.0;10.6 106.6 0.0 0.0"

    def test_a_shape_is_closed_and_shown_by_its_corners(self) -> None:
        filling = Filling(ON_THE_MAP)
        filling.skip()
        for place in ("10.1, 106.1", "10.2, 106.1", "10.2, 106.2"):
            filling.give(place)
        filling.give("xong")
        filling.skip()
        assert isinstance(filling.step, Review)
        assert filling.step.lines[1].value == "📍 3 điểm"
        shape = filling.values()["ruong"].split(";")
        assert len(shape) == 4
        assert shape[0] == shape[-1] == "10.1 106.1 0.0 0.0"

    def test_a_wrong_point_is_taken_out_again(self) -> None:
        filling = Filling(ON_THE_MAP)
        for place in ("10.1, 106.1", "10.2, 106.2", "99.9, 106.3", "10.3, 106.3"):
            filling.give(place)
        assert "Đã có 3 điểm" in filling.question.hint
        undo = filling.question.undo_payload
        filling.press(undo)
        assert "Đã có 2 điểm" in filling.question.hint
        filling.press(filling.question.done_payload)
        assert isinstance(filling.press(undo), Refused), "the button of a question that is past"
        assert filling.step.reason == "stale"

    def test_all_points_may_be_typed_at_once(self) -> None:
        told, _ = rehearse(
            form(ON_THE_MAP),
            [
                ("muong", "10.1, 106.1; 10.2, 106.2"),
                ("ruong", "10.1, 106.1\n10.2, 106.2\n10.3, 106.1"),
                ("ten", "a"),
            ],
            WORLD.now,
        )
        assert (told["complete"], told["rejected"]) == (True, [])
        assert told["values"]["/data/muong"] == "10.1 106.1 0.0 0.0;10.2 106.2 0.0 0.0"
        assert told["values"]["/data/ruong"].count(";") == 3

    @pytest.mark.parametrize("given", ["đằng kia", "10.1, 106.1; đằng kia", "91, 10; 92, 11", ""])
    def test_what_is_no_place_is_told(self, given: str) -> None:
        step = Filling(ON_THE_MAP).give(given)
        assert isinstance(step, Refused)
        assert "10.7626, 106.6602; 10.7630" in step.why

    def test_too_few_points_are_told(self) -> None:
        filling = Filling(ON_THE_MAP)
        filling.give("10.1, 106.1")
        step = filling.give("xong")
        assert isinstance(step, Refused)
        assert "ít nhất 2 điểm" in step.why
        assert filling.give("10.2, 106.2").question.done_payload, "the first point is still there"

    def test_a_line_reopened_can_be_kept_or_made_anew(self) -> None:
        filling = Filling(ON_THE_MAP)
        filling.give("10.1, 106.1; 10.2, 106.2")
        filling.skip()
        filling.skip()
        filling.step = interview.reopen(filling.form, filling.state, "muong", WORLD)
        assert filling.question.value == "📍 2 điểm"
        filling.press(filling.question.default_payload)
        assert isinstance(filling.step, Review)
        filling.step = interview.reopen(filling.form, filling.state, "muong", WORLD)
        filling.give("1, 2; 3, 4; 5, 6")
        assert filling.values()["muong"] == "1.0 2.0 0.0 0.0;3.0 4.0 0.0 0.0;5.0 6.0 0.0 0.0"


class TestRecordings:
    def test_each_kind_is_taken_by_what_it_came_as(self) -> None:
        filling = Filling(RECORDED)
        for given in (
            {"file": "a.ogg", "other": "voice"},
            {"file": "b.mp4", "other": "video"},
            {"file": "c.pdf", "other": "file"},
            {"photo": "d.jpg"},
            {"photo": "e.jpg"},
        ):
            filling.give(**given)
        assert isinstance(filling.step, Review)
        assert list(filling.values().values())[:5] == ["a.ogg", "b.mp4", "c.pdf", "d.jpg", "e.jpg"]

    def test_a_file_is_known_by_its_ending_too(self) -> None:
        filling = Filling(RECORDED)
        for name in ("a.m4a", "b.mov"):
            filling.give(file=name, other="file")
        filling.give(photo="c.jpg")
        filling.give(file="d.jpg", other="file")
        assert filling.question.name == "ma"

    @pytest.mark.parametrize(
        "given", [{"file": "a.pdf", "other": "file"}, {"photo": "a.jpg"}, {"other": "sticker"}, {"text": "à"}]
    )
    def test_another_kind_is_refused_with_what_helps(self, given: dict[str, object]) -> None:
        step = Filling(RECORDED).give(**given)
        assert isinstance(step, Refused)
        assert "tin thoại" in step.why or "không cần ảnh" in step.why

    def test_a_barcode_is_typed_as_well(self) -> None:
        filling = Filling(RECORDED)
        filling.give(file="a.ogg", other="voice")
        for _ in range(3):
            filling.skip()
        filling.give("893 456")
        assert filling.values()["ma"] == "893 456"


class TestTogether:
    def test_the_questions_of_a_list_are_one_message(self) -> None:
        together = Filling(TOGETHER).question.together
        assert together == (
            "1. Họ tên",
            "2. Tuổi",
            "Ghi theo giấy tờ",
            "3. Giới tính (1 Nam · 2 Nữ)",
        )

    def test_a_line_answers_each_and_what_becomes_relevant_is_asked(self) -> None:
        filling = Filling(TOGETHER)
        filling.lines("Lan", "35", "nữ")
        assert filling.question.name == "nghe"
        assert filling.question.together == ()
        filling.give("Làm ruộng")
        filling.skip()
        assert [filling.values()[name] for name in ("ten", "tuoi", "gioi")] == ["Lan", "35", "nu"]

    def test_a_line_more_answers_what_became_relevant(self) -> None:
        filling = Filling(TOGETHER)
        filling.lines("Lan", "35", "2", "Làm ruộng")
        assert filling.question.name == "ghi_chu"

    def test_a_dash_leaves_blank_where_that_is_allowed(self) -> None:
        filling = Filling(TOGETHER)
        assert isinstance(filling.lines("-", "35"), Refused)
        assert filling.question.name == "ten"
        filling.lines("Lan", "-", "1")
        assert filling.question.name == "ghi_chu"

    def test_what_was_taken_before_a_wrong_line_stays(self) -> None:
        filling = Filling(TOGETHER)
        step = filling.lines("Lan", "350", "nữ")
        assert isinstance(step, Refused)
        assert filling.question.name == "tuoi"
        assert step.why.endswith("Các dòng sau chưa được ghi, lát nữa xin gõ lại:\nnữ")
        filling.lines("35", "nữ")
        assert filling.question.name == "nghe"

    def test_lines_beyond_the_list_are_told_and_answer_nothing_else(self) -> None:
        filling = Filling(TOGETHER)
        step = filling.lines("Lan", "9", "nữ", "học sinh")
        assert isinstance(step, Asked)
        assert step.notes == ("Các dòng sau chưa dùng đến:\nhọc sinh",)
        assert filling.question.name == "ghi_chu"

    def test_one_by_one_goes_as_ever(self) -> None:
        filling = Filling(TOGETHER)
        filling.give("Lan")
        assert filling.question.together == ("1. Tuổi", "Ghi theo giấy tờ", "2. Giới tính (1 Nam · 2 Nữ)")
        filling.give("9")
        assert filling.question.together == ()
        filling.give("1")
        assert filling.question.name == "ghi_chu"


BROKEN = """
| survey | | | | | |
| | type | name | label | constraint | relevant |
| | text | a | A | regex(., base64-decode('XihhfGF8YWEpKyQ=')) | |
| | text | b | B | regex(., concat('(', '')) | |
| | text | c | C | | regex(${a}, concat('(', '')) |
| | text | d | D | | |
"""


class TestBroken:
    """An expression that fails as it runs ends no interview: it counts as blank, and one is told."""

    def test_a_failing_relevance_is_told_once_and_hides_its_question(self) -> None:
        filling = Filling(BROKEN)
        assert isinstance(filling.step, Asked)
        [told] = filling.step.notes
        assert "biểu thức không tính được" in told
        filling.skip()
        filling.skip()
        assert filling.question.name == "d"

    def test_a_pattern_that_would_run_for_ever_refuses_the_answer_and_says_so(self) -> None:
        # ^(a|a|aa)+$, which as it stands no table of Markdown holds
        filling = Filling(BROKEN)
        step = filling.give("a" * 40 + "!")
        assert isinstance(step, Refused)
        assert "chạy quá lâu" in step.why
        assert filling.give("aaa").question.name == "b"

    def test_a_pattern_that_is_none_refuses_the_answer_and_says_so(self) -> None:
        filling = Filling(BROKEN)
        filling.skip()
        step = filling.give("x")
        assert isinstance(step, Refused)
        assert "regex(., concat('(', ''))" in step.why
