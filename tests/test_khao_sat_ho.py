"""The household questionnaire: what it asks whom, in which order, and what it does not take."""

import re
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer
from pyxform.xls2xform import convert
from typer.testing import CliRunner

from bot.commands.form_sheet import sheet
from content import interview, library
from content.form import Form
from content.indicators import counts
from content.interview import Asked, Finished, Given, Question, Refused, Review, World
from content.sheets import cells, table_cells, workbook
from content.xform import compile_form

FORMS = Path(__file__).parent.parent / "content" / "forms"
MARKDOWN = FORMS / "khao-sat-ho.md"
LANGUAGES = ("Tiếng Việt (vi)", "English (en)")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
GIVEN = {"xa": "xã Bình Hòa", "ap": "ấp 2", "ho": "12", "ten_ho": "Nguyễn Văn Sáu"}

CANONICAL = {
    "dong_y": "Đồng ý trả lời",
    "so_nguoi": "4",
    "nguoi_18": "2",
    "nguoi_15": "3",
    "dtdt": "2",
    "mang": "Cả cáp quang và 4G/5G",
    "vneid": "2",
    "dvc": "1",
    "dvc_cach": "Có người giúp",
    "vssid": "1",
    "kenh": "Zalo OA của xã",
    "thanh_toan": "2",
    "san_xuat": "Không",
    "can_giup": "Chưa cần",
}


app = typer.Typer()
app.command()(sheet)


@pytest.fixture(scope="module")
def form() -> Form:
    return compile_form(convert(MARKDOWN, validate=False).xform)


def world(language: str = "vi") -> World:
    return World(now=NOW, language=language)


class Talk:
    """One interview: what was asked, what was refused and why, and where it stands."""

    def __init__(self, form: Form, answers: Mapping[str, str], given: Mapping[str, str] = GIVEN) -> None:
        self.form = form
        self.asked: list[str] = []
        self.refused: dict[str, str] = {}
        self.step = interview.begin(form, world(), given)
        while isinstance(self.step, Asked):
            self._answer(self.step, answers)

    def _answer(self, step: Asked, answers: Mapping[str, str]) -> None:
        name = step.question.name
        assert name not in self.asked, f"{name} is asked twice: {self.refused}"
        self.asked.append(name)
        if name not in answers:
            self.step = interview.skip(self.form, step.state, world())
            return
        self.step = interview.answer(self.form, step.state, Given(text=answers[name]), world())
        if isinstance(self.step, Asked) and self.step.question.ref == step.question.ref:
            # Several may be chosen: the button that ends the choosing.
            done = Given(payload=self.step.question.done_payload)
            self.step = interview.answer(self.form, self.step.state, done, world())
        if isinstance(self.step, Refused):
            self.refused[name] = self.step.why
            self.step = interview.skip(self.form, self.step.state, world())

    def values(self) -> dict[str, str]:
        """What was submitted, by the question's name."""
        assert isinstance(self.step, Review), self.step
        finished = interview.finish(self.form, self.step.state, world())
        assert isinstance(finished, Finished)
        return {path.rpartition("/")[2]: value for path, value in finished.values.items()}


def question(form: Form, name: str, answers: Mapping[str, str], language: str = "vi") -> Question:
    """The question as it is shown after these answers."""
    step = interview.begin(form, world(language), GIVEN)
    while isinstance(step, Asked) and step.question.name != name:
        value = answers.get(step.question.name)
        step = (
            interview.skip(form, step.state, world(language))
            if value is None
            else interview.answer(form, step.state, Given(text=value), world(language))
        )
    assert isinstance(step, Asked)
    return step.question


# --------------------------------------------------------------------------- the file


def test_the_workbook_is_the_table_cell_by_cell() -> None:
    assert cells(MARKDOWN.with_suffix(".xlsx").read_bytes()) == table_cells(MARKDOWN.read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(library.DIALOGUES | library.SHEETS))
def test_what_runs_is_what_the_tables_say(name: str) -> None:
    assert list(library.check(name)) == []


def test_a_file_that_is_not_what_its_table_says_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for suffix in (".md", ".xlsx", ".xml"):
        shutil.copy(MARKDOWN.with_suffix(suffix), tmp_path)
    table = tmp_path / MARKDOWN.name
    table.write_text(table.read_text("utf-8").replace("Nhà mình có mấy người đang ở?", "Mấy người?"), "utf-8")
    monkeypatch.setattr(library, "_HERE", tmp_path)
    faults = list(library.check("khao-sat-ho"))
    assert [fault.partition(":")[0] for fault in faults] == [
        str(table.with_suffix(".xml")),
        str(table.with_suffix(".xlsx")),
    ]
    assert CliRunner().invoke(app, [str(table)]).exit_code == 0
    assert list(library.check("khao-sat-ho")) == []


def test_a_table_made_into_a_workbook_keeps_every_cell() -> None:
    survey = "| survey |\n| | type | name | label |\n| | text | a | = 1 + 1 |\n"
    table = f"{survey}| settings |\n| | version |\n| | 007 |\n"
    assert cells(workbook(table)) == table_cells(table)
    assert cells(workbook(table))["survey"][1] == ["text", "a", "= 1 + 1"]
    assert cells(workbook(table))["settings"][1] == ["007"]


def test_what_holds_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no table found"):
        workbook("# Not a form\n")


def test_table_and_workbook_are_the_same_form() -> None:
    made = [convert(MARKDOWN.with_suffix(suffix), validate=False) for suffix in (".md", ".xlsx")]
    assert made[0].xform == made[1].xform
    assert [result.warnings for result in made] == [[], []]


@pytest.mark.skipif(shutil.which("java") is None, reason="ODK Validate needs a Java runtime")
def test_odk_validate_takes_it() -> None:
    assert convert(MARKDOWN, validate=True).warnings == []


def test_whatever_is_shown_is_there_in_both_languages() -> None:
    tables = table_cells(MARKDOWN.read_text("utf-8"))
    for table in ("survey", "choices"):
        header, *lines = tables[table]
        for row in (dict(zip(header, line, strict=True)) for line in lines):
            for kind in {column.partition("::")[0] for column in header if "::" in column}:
                texts = [row[f"{kind}::{language}"] for language in LANGUAGES]
                assert all(texts) or not any(texts), (row["name"], kind)


def test_every_question_says_what_it_counts_and_every_limit_how_to_mend_it() -> None:
    header, *lines = table_cells(MARKDOWN.read_text("utf-8"))["survey"]
    for row in (dict(zip(header, line, strict=True)) for line in lines):
        if row["type"].split()[0] in {
            "integer",
            "text",
            "select_one",
            "select_multiple",
            "geopoint",
            "image",
        }:
            assert row["hint::Tiếng Việt (vi)"], row["name"]
        assert bool(row["constraint"]) == bool(row["constraint_message::Tiếng Việt (vi)"]), row["name"]
        assert bool(row["required"]) == bool(row["required_message::Tiếng Việt (vi)"]), row["name"]


# --------------------------------------------------------------------------- consent


def test_consent_says_what_the_law_wants_said(form: Form) -> None:
    asked = question(form, "dong_y", {})
    wording = f"{asked.label} {asked.hint}"
    for part in (
        "UBND xã Bình Hòa giữ và chịu trách nhiệm",  # who controls
        "để thống kê và biết nhà nào cần giúp",  # the purpose
        "tên chủ hộ và ấp",  # which data
        "không hỏi số căn cước",
        "dữ liệu nhạy cảm",
        "giữ đến 31/03/2027",  # how long
        "tự nguyện",
        "xem, sửa, xóa hay rút lại đồng ý",  # rights, and how to withdraw
        "dữ liệu của tôi",
        "xin trả lời đúng",  # duties
        "Im lặng không phải là đồng ý",
        "91/2025/QH15",
    ):
        assert part in wording
    assert [option.chosen for option in asked.options] == [False, False]


def test_a_refusal_ends_the_form(form: Form) -> None:
    talk = Talk(form, {"dong_y": "Không đồng ý"})
    assert talk.asked == ["dong_y"]
    assert talk.values()["dong_y"] == "khong"
    assert "so_nguoi" not in talk.values()


def test_consent_cannot_be_skipped(form: Form) -> None:
    step = interview.begin(form, world(), GIVEN)
    assert isinstance(step, Asked)
    refused = interview.skip(form, step.state, world())
    assert isinstance(refused, Refused)
    assert refused.why == "Cần nhà mình nói rõ đồng ý hay không rồi mới hỏi tiếp được."


def test_being_called_back_is_a_purpose_of_its_own(form: Form) -> None:
    wants = CANONICAL | {"can_giup": "VNeID", "goi_lai": "Không đồng ý"}
    talk = Talk(form, wants)
    assert "goi_lai" in talk.asked
    assert "sdt" not in talk.asked
    assert talk.values()["dong_y"] == "co"
    agreed = Talk(form, wants | {"goi_lai": "Đồng ý cho liên hệ lại", "sdt": "0900 000 000"})
    assert agreed.values()["sdt"] == "0900 000 000"
    silent = Talk(form, wants | {"goi_lai": "Đồng ý cho liên hệ lại"})
    assert silent.asked[-2:] == ["sdt", "them"]
    assert "goi_lai" not in Talk(form, CANONICAL).asked


# --------------------------------------------------------------------------- who is asked what


def test_an_ordinary_household_meets_fifteen_questions_from_easy_to_personal(form: Form) -> None:
    talk = Talk(form, CANONICAL)
    assert talk.asked == [*CANONICAL, "them"]
    assert talk.refused == {}
    assert len(talk.asked) == 15


def test_a_household_that_is_not_on_the_list_is_asked_its_name(form: Form) -> None:
    new = {"xa": "xã Bình Hòa", "ap": "ấp 2"}
    talk = Talk(form, CANONICAL | {"ten_moi": "Trần Thị Bảy"}, new)
    assert talk.asked[:2] == ["dong_y", "ten_moi"]
    assert talk.values()["ten_moi"] == "Trần Thị Bảy"


def test_a_household_without_a_smartphone_is_asked_why_and_not_about_apps(form: Form) -> None:
    talk = Talk(
        form,
        CANONICAL
        | {"dtdt": "0", "dtdt_chung": "Không", "dtdt_vi_sao": "Không biết dùng", "may_2g": "Có", "dvc": "0"}
        | {"mang": "Không có", "dvc_vi_sao": "Khó quá, không biết bấm", "thanh_toan": "0"},
    )
    assert talk.asked[4:8] == ["dtdt", "dtdt_chung", "dtdt_vi_sao", "may_2g"]
    assert not {"vneid", "vssid"} & set(talk.asked)
    values = talk.values()
    found = counts("khao-sat-ho", values, consent=True)
    assert found["dtdt_ho"] == (0, 1)
    assert found["may_2g"] == (1, 1)
    assert found["vneid"] == (0, 2)
    assert found["internet"] == (0, 1)


def test_a_shared_phone_makes_a_household_with_a_smartphone_but_no_adult_with_one(form: Form) -> None:
    values = Talk(form, CANONICAL | {"dtdt": "0", "dtdt_chung": "Có"}).values()
    found = counts("khao-sat-ho", values, consent=True)
    assert found["dtdt_ho"] == (1, 1)
    assert found["dtdt_nguoi"] == (0, 2)
    assert found["vneid"] == (2, 2)


@pytest.mark.parametrize("trade", ["Sản xuất nông sản để bán", "Buôn bán, kinh doanh", "Cả hai"])
def test_only_who_produces_or_trades_is_asked_about_it(form: Form, trade: str) -> None:
    economy = {"hoa_don": "Có", "etax": "Không", "gian_hang": "Có, đã bán được trong 12 tháng qua"}
    talk = Talk(form, CANONICAL | economy | {"san_xuat": trade})
    assert [name for name in talk.asked if name in economy] == list(economy)
    found = counts("khao-sat-ho", talk.values(), consent=True)
    assert (found["hoa_don"], found["etax"]) == ((1, 1), (0, 1))
    assert ("ban_mang" in found) == (trade != "Buôn bán, kinh doanh")


def test_where_all_are_adults_nobody_is_asked_for_those_of_fifteen(form: Form) -> None:
    talk = Talk(form, CANONICAL | {"so_nguoi": "2"})
    assert "nguoi_15" not in talk.asked
    assert talk.values()["nguoi_15_so"] == "2"


def test_note_location_and_photo_are_asked_only_where_somebody_wants_to_add_them(form: Form) -> None:
    talk = Talk(form, CANONICAL | {"them": "Ghi chú", "ghi_chu": "Nhà sau trường học"})
    assert talk.asked[-2:] == ["them", "ghi_chu"]
    assert Talk(form, CANONICAL | {"them": "1 2 3"}).asked[-3:] == ["ghi_chu", "vi_tri", "anh"]


# --------------------------------------------------------------------------- what is not taken


@pytest.mark.parametrize(
    ("name", "wrong", "why"),
    [
        ("so_nguoi", "0", "Số người từ 1 đến 30"),
        ("so_nguoi", "31", "Số người từ 1 đến 30"),
        ("nguoi_18", "5", "Nhà có 4 người, nên số này từ 0 đến 4."),
        ("nguoi_15", "1", r"Số này từ 2 \(người lớn\) đến 4 \(cả nhà\)."),
        ("dtdt", "3", "Nhà có 2 người từ đủ 18 tuổi, nên số này từ 0 đến 2."),
        ("vneid", "3", "Nhà có 2 người từ đủ 18 tuổi"),
        ("thanh_toan", "4", "Nhà có 3 người từ đủ 15 tuổi, nên số này từ 0 đến 3."),
        ("kenh", "1 4", '"Không dùng" thì không chọn thêm kênh khác'),
        ("can_giup", "1 9", '"Chưa cần" thì không chọn thêm việc khác'),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(form: Form, name: str, wrong: str, why: str) -> None:
    step = interview.begin(form, world(), GIVEN)
    while isinstance(step, Asked) and step.question.name != name:
        step = interview.answer(form, step.state, Given(text=CANONICAL[step.question.name]), world())
        if isinstance(step, Asked) and step.question.multiple and step.question.value:
            step = interview.answer(form, step.state, Given(payload=step.question.done_payload), world())
    assert isinstance(step, Asked)
    refused = interview.answer(form, step.state, Given(text=wrong), world())
    if isinstance(refused, Asked):
        refused = interview.answer(form, refused.state, Given(payload=refused.question.done_payload), world())
    assert isinstance(refused, Refused)
    assert re.search(why, refused.why), refused.why


@pytest.mark.parametrize(
    ("name", "answers", "wrong"),
    [
        ("ghi_chu", {"them": "Ghi chú"}, "số căn cước 080123456789"),
        ("sdt", {"can_giup": "VNeID", "goi_lai": "Đồng ý cho liên hệ lại"}, "12345"),
    ],
)
def test_document_numbers_and_odd_phone_numbers_are_not_taken(
    form: Form, name: str, answers: dict[str, str], wrong: str
) -> None:
    talk = Talk(form, CANONICAL | answers | {name: wrong})
    assert name in talk.refused
    assert name not in {key for key, value in talk.values().items() if value}


# --------------------------------------------------------------------------- blank is not zero


def test_what_is_not_known_is_skipped_and_counts_nowhere(form: Form) -> None:
    answers = {name: value for name, value in CANONICAL.items() if name not in {"dvc", "thanh_toan"}}
    talk = Talk(form, answers)
    assert not {"dvc_cach", "dvc_vi_sao"} & set(talk.asked)
    found = counts("khao-sat-ho", talk.values(), consent=True)
    assert found.keys().isdisjoint({"dvc", "thanh_toan"})
    assert found["vneid"] == (2, 2)


@pytest.mark.parametrize("said", ["không", "không biết", "ko rõ", "không muốn trả lời", "từ chối", "để sau"])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("so_nguoi", "Xin cho biết số người, vì các câu sau dựa vào số này."),
        ("mang", "Xin chọn một cách; không có mạng thì chọn Không có."),
        ("kenh", "Xin chọn ít nhất một; không dùng kênh nào thì chọn Không dùng."),
    ],
)
def test_who_declines_what_must_be_answered_hears_why_and_nothing_is_taken_for_an_answer(
    form: Form, name: str, why: str, said: str
) -> None:
    """ "Không rõ" was a slip of the finger for "Không có", and a home without a network in the figures."""
    refused = Talk(form, CANONICAL | {name: said}).refused
    no_is_an_answer = said == "không" and name != "so_nguoi"
    assert refused.get(name) == (None if no_is_an_answer else why)


@pytest.mark.parametrize("said", ["không", "không nhớ", "từ chối", "không cho biết"])
@pytest.mark.parametrize("name", ["sdt", "them"])
def test_who_declines_what_need_not_be_answered_leaves_it_blank(form: Form, name: str, said: str) -> None:
    helped = CANONICAL | {"can_giup": "VNeID", "goi_lai": "Đồng ý", name: said}
    talk = Talk(form, helped)
    assert name not in talk.refused
    assert talk.values()[name] == ""


def test_where_the_number_of_smartphones_is_not_known_the_household_is_still_asked(form: Form) -> None:
    answers = {name: value for name, value in CANONICAL.items() if name != "dtdt"}
    talk = Talk(form, answers | {"dtdt_chung": "Có"})
    found = counts("khao-sat-ho", talk.values(), consent=True)
    assert found["dtdt_ho"] == (1, 1)
    assert "dtdt_nguoi" not in found


def test_it_is_asked_in_english_too(form: Form) -> None:
    asked = question(form, "nguoi_18", {"dong_y": "Agree to answer", "so_nguoi": "4"}, "en")
    assert asked.label == "Of these 4, how many are 18 or older?"
    assert asked.hint == "Later questions ask of these adults. Unit: people aged 18 and over."
