"""Files that people send: forms of every kind load, and all that is wrong is told at once, with its place."""

import io
import time
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.faults import told
from content.form import FormError, FormFault
from content.sheets import workbook
from content.words import LOCALES
from content.workbook import LARGEST_FILE
from content.xform import compile_form
from content.xlsform import check, load
from tests.questionnaires import HOUSEHOLD, LANGUAGES

FORMS = sorted((Path(__file__).parents[1] / "content" / "forms").glob("*.*"))

XFORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
<h:title>T</h:title><model><instance><data id="t"><a/></data></instance>
<bind nodeset="/data/a" type="string"/></model></h:head><h:body><input ref="/data/a"/></h:body></h:html>"""


def survey(
    *rows: str, header: str = "| | type | name | label | relevant | constraint | calculation |"
) -> bytes:
    return "\n".join(["| survey |", header, *(f"| | {row} |" for row in rows)]).encode()


def faults(source: bytes, name: str = "form.md") -> list[FormFault]:
    return list(check(source, name).errors)


def places(source: bytes) -> list[tuple[str, int, str]]:
    return [(fault.key, fault.row, fault.column) for fault in faults(source)]


def changed(book: bytes, sheet: bytes) -> bytes:
    """The workbook with another first sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.infolist():
            is_sheet = part.filename.endswith("sheet1.xml")
            new.writestr(part.filename, sheet if is_sheet else old.read(part))
    return file.getvalue()


class TestLoading:
    @pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
    def test_every_form_of_the_project_loads_without_a_complaint(self, path: Path) -> None:
        checked = check(path.read_bytes(), path.name)
        assert checked.form is not None
        # Lists that the handlers bring along come from outside the form.
        assert {fault.key for fault in checked.faults} <= {"chat-external"}

    def test_a_table_and_the_workbook_made_of_it_are_the_same_form(self) -> None:
        table, book = check(HOUSEHOLD.encode(), "a.md"), check(workbook(HOUSEHOLD), "a.xlsx")
        assert table.xform == book.xform

    @pytest.mark.parametrize("name", ["a.md", "a.csv"])
    @pytest.mark.parametrize("source", [b"", b"no table", b"\xff\xfe\x00x", b"a,b\n\xe9,1"])
    def test_text_without_a_table_is_told_as_a_form_without_questions(self, source: bytes, name: str) -> None:
        assert [fault.key for fault in check(source, name).errors] == ["no-survey"]

    def test_the_settings_are_the_forms(self) -> None:
        form = load(HOUSEHOLD.encode(), "a.md")
        assert (form.id, form.version, form.title) == ("phieu-ho", "3", "Phiếu hộ")

    def test_the_languages_are_the_columns(self) -> None:
        assert load(LANGUAGES.encode(), "a.md").languages == ("Tiếng Việt (vi)", "English (en)")

    def test_a_csv_with_sheet_names_in_the_first_column_loads(self) -> None:
        csv = '"survey",,,\n,"type","name","label"\n,"text","ten","Họ tên"\n'
        assert load(csv.encode(), "a.csv").item("/data/ten") is not None

    def test_a_csv_of_an_excel_that_parts_by_semicolons_loads(self) -> None:
        csv = '"survey";;;\n;"type";"name";"label"\n;"text";"ten";"Họ, tên"\n'
        assert "Họ, tên" in check(csv.encode(), "a.csv").xform

    def test_the_old_vietnamese_code_page_is_read_and_composed(self) -> None:
        csv = '"survey",,,\n,"type","name","label"\n,"text","ten","Hộ gia đình"\n'
        old = csv.replace("ộ", "ô\u0323").replace("ì", "i\u0300").replace("ọ", "o\u0323").encode("cp1258")
        assert "Hộ gia đình" in check(old, "a.csv").xform

    def test_an_xform_of_another_server_loads_as_it_is(self) -> None:
        assert compile_form(XFORM).item("/data/a") is not None

    def test_three_hundred_questions_compile_within_a_second(self) -> None:
        rows = [f"integer | q{n} | Câu {n}? | ${{q{n - 1}}} > 1 | . < 9 | |" for n in range(1, 300)]
        xform = check(survey("integer | q0 | Câu 0? | | | |", *rows), "form.md").xform
        began = time.process_time()
        assert len(compile_form(xform).items) > 300
        assert time.process_time() - began < 1


class TestComplaining:
    def test_all_mistakes_are_told_at_once_each_with_its_row_and_column(self) -> None:
        assert places(
            survey(
                "integer | so nguoi | Mấy người? | | . > | |",
                "text | vi_sao | Vì sao? | ${so_nguoj} = 1 | | |",
                "text | so_nguoi | Ai? | la_gi(1) | | |",
                "intejer | tuoi | Tuổi? | | | |",
                "select_one mang | mang | Mạng? | | | |",
                "text | tuoi | Lại tuổi? | | | |",
                "begin_group | g | Nhóm | | | |",
            )
        ) == [
            ("bad-name", 2, "name"),
            ("bad-expression", 2, "constraint"),
            ("unknown-name", 3, "relevant"),
            ("bad-expression", 4, "relevant"),
            ("unknown-type", 5, "type"),
            ("unknown-list", 6, "type"),
            ("name-twice", 7, "name"),
            ("begin-without-end", 8, "type"),
        ]

    def test_what_pyxform_stops_at_is_told_once_and_where_it_is(self) -> None:
        assert places(survey("texxt | a | Tên? | | | |", "integerr | b | Tuổi? | | | |")) == [
            ("unknown-type", 2, "type"),
            ("unknown-type", 3, "type"),
        ]

    def test_what_only_shows_in_the_compiled_form_has_its_row_too(self) -> None:
        assert places(
            survey(
                "integer | n | Mấy? | | . > | |",
                "begin_group | g | Nhóm | | | |",
                "calculate | a | | | | ${b} + 1 |",
                "calculate | b | | | | ${a} + 1 |",
                "end_group | | | | | |",
                "text | t | Gì? | instance('zz')/root/item/name = 'a' | | |",
            )
        ) == [
            ("bad-expression", 2, "constraint"),
            ("cycle", 4, "calculation"),
            ("unknown-instance", 7, "relevant"),
        ]

    def test_a_slip_of_the_finger_comes_with_what_was_probably_meant(self) -> None:
        (fault,) = faults(survey("text | mang | Mạng? | | | |", "text | b | B | ${mag} = 1 | | |"))
        assert told(fault, "vi") == (
            "survey, dòng 3, cột relevant: Không có câu nào tên “mag”. Có phải là “mang”?"
        )
        assert told(fault, "en").startswith("survey, row 3, column relevant: No question is called “mag”.")

    def test_a_missing_survey_sheet_is_told_with_the_sheets_there_are(self) -> None:
        (fault,) = faults(b"| Sheet1 |\n| | type | name |\n| | text | a |\n")
        assert fault.key == "no-survey" or "survey" in fault.values["problem"]

    def test_a_first_row_that_holds_other_names_is_told_with_what_it_holds(self) -> None:
        (fault,) = faults(b"| survey |\n| | Lo\xe1\xba\xa1i | name |\n| | text | a |\n")
        assert "trong tệp đang là: Loại, name." in told(fault, "vi")

    def test_a_sheet_without_a_question_is_not_said_to_be_missing(self) -> None:
        (fault,) = faults(survey())
        assert fault.key == "empty-survey"

    def test_a_question_without_a_label_is_told_with_its_row(self) -> None:
        assert places(survey("text | a | A | | | |", "text | b | | | | |")) == [("py-no-label", 3, "label")]

    def test_a_condition_on_what_no_choice_is_called_is_a_warning_with_what_was_probably_meant(self) -> None:
        listed = ("choices |", "| list_name | name | label |", "| ck | co | Có |", "| ck | khong | Không |")
        choices = "".join(f"\n| {row}" for row in listed).encode()
        rows = (
            "select_one ck | a | A | | | |",
            "text | b | B | ${a} = 'Có' | | |",
            "text | c | C | selected(${a}, 'co') and ${a} != '' | | |",
            "text | d | D | selected(${a}, 'khongg') | . = 'gì cũng được' | |",
        )
        found = check(survey(*rows) + choices, "form.md").warnings
        assert [(one.key, one.row, one.values["near"]) for one in found] == [
            ("never-said", 3, "co"),
            ("never-said", 5, ""),
        ]

    @pytest.mark.parametrize(
        ("row", "told"),
        [
            ("select_one ck | a | A | Có", [("default-choice", "co")]),
            ("select_multiple ck | a | A | co khong", []),
            ("select_multiple ck | a | A | co x", [("default-choice", "")]),
            ("integer | a | A | mười", [("default-type", None)]),
            ("date | a | A | 31/12/2026", [("default-type", None)]),
            ("date | a | A | 2026-12-31", []),
            ("date | a | A | today()", []),
        ],
    )
    def test_a_default_that_no_answer_can_be_is_a_warning(
        self, row: str, told: list[tuple[str, str | None]]
    ) -> None:
        listed = (
            "| choices | |",
            "| | list_name | name | label |",
            "| | ck | co | Có |",
            "| | ck | khong | K |",
        )
        choices = "".join(f"\n{line}" for line in listed).encode()
        table = survey(f"{row} |", header="| | type | name | label | default |") + choices
        assert [(one.key, one.values.get("near")) for one in check(table, "form.md").warnings] == told

    def test_a_column_that_is_nearly_one_is_a_warning_and_a_column_of_ones_own_is_none(self) -> None:
        header = "| | type | name | label::Vi (vi) | relevent | stt của em | choice filter |"
        [fault] = check(survey("text | a | A | x | 1 | |", header=header), "form.md").warnings
        assert (fault.key, fault.values["name"], fault.values["near"]) == (
            "column-near",
            "relevent",
            "relevant",
        )

    @pytest.mark.parametrize(
        ("row", "key"),
        [
            ("select_one | a | A | | | |", "no-list"),
            ("Select one ck | a | A | | | |", "unknown-type"),
            ("text | a | A | $(b) = 1 | | |", "bad-expression"),
        ],
    )
    def test_a_slip_in_a_row_is_told_with_its_row_in_the_readers_language(self, row: str, key: str) -> None:
        fault, *_ = [one for one in check(survey(row), "form.md").errors if one.row]
        assert (fault.key, fault.row) == (key, 2)
        assert "must" not in told(fault, "vi")

    def test_a_space_in_the_name_of_a_choice_of_several_is_told_in_the_readers_language(self) -> None:
        choices = b"\n| choices | |\n| | list_name | name | label |\n| | ck | c o | C |"
        [fault] = check(survey("select_multiple ck | a | A | | | |") + choices, "form.md").errors
        assert fault.key == "py-choice-spaces"

    @pytest.mark.parametrize("word", ["Có", "x"])
    def test_a_word_that_does_not_mean_yes_in_required_is_told(self, word: str) -> None:
        header = "| | type | name | label | required |"
        (fault,) = check(survey(f"text | a | A | {word} |", header=header), "form.md").warnings
        assert (fault.key, fault.row, fault.column) == ("required-word", 2, "required")

    def test_what_a_chat_carries_otherwise_is_a_warning_with_what_will_happen(self) -> None:
        checked = check(survey("audio | a | Ghi âm | | | |"), "form.md")
        assert checked.form is not None
        assert [fault.key for fault in checked.warnings] == ["chat-audio"]

    def test_what_only_a_phone_does_by_itself_is_a_warning_with_its_row(self) -> None:
        table = """
| survey | | | | |
| | type | name | label | trigger |
| | start-geopoint | dau | | |
| | text | ten | Tên | |
| | background-geopoint | sau | | ${ten} |
"""
        checked = check(table.encode(), "form.md")
        assert [(one.key, one.row, one.values["name"]) for one in checked.warnings] == [
            ("chat-action", 2, "dau"),
            ("chat-action", 4, "sau"),
        ]
        assert checked.warnings[0].row == 2

    def test_every_fault_can_be_said_in_every_language(self) -> None:
        source = survey(
            "intejer | so nguoi | M | ${x} | . > | |",
            "select_one z | | L | la(1) | | |",
            "end_group | | | | | |",
        )
        for fault in faults(source):
            for locale in LOCALES:
                assert "{" not in told(fault, locale)


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("source", "name", "key"),
        [
            (b"", "a.xlsx", "not-a-workbook"),
            (b"MZ\x90\x00 no workbook", "a.xlsx", "not-a-workbook"),
            (b"%PDF-1.7", "a.pdf", "unknown-kind"),
            (b"| survey |", "a", "unknown-kind"),
            (b"x" * (LARGEST_FILE + 1), "a.xlsx", "too-large"),
            (b"<a>", "a.xml", "bad-xml"),
            (b"<a/>", "a.xml", "no-model"),
            (b"", "a.xml", "bad-xml"),
            (b"\x00\x01\x02", "a.xml", "bad-xml"),
        ],
    )
    def test_what_is_no_form_is_refused_in_words(self, source: bytes, name: str, key: str) -> None:
        assert [fault.key for fault in faults(source, name)] == [key]

    def test_a_zip_bomb_is_not_unpacked(self) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bomb:
            bomb.writestr("xl/worksheets/sheet1.xml", b"0" * 80_000_000)
        began = time.process_time()
        assert [fault.key for fault in faults(file.getvalue(), "a.xlsx")] == ["zip-bomb"]
        assert time.process_time() - began < 1

    def test_a_workbook_with_entities_is_not_opened(self) -> None:
        bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
        assert [fault.key for fault in faults(changed(workbook(HOUSEHOLD), bomb), "a.xlsx")] == ["doctype"]

    @given(places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6))
    @settings(max_examples=60, deadline=None)
    def test_a_damaged_workbook_is_refused_or_read_but_never_breaks_anything(
        self, places: list[tuple[int, int]]
    ) -> None:
        damaged = bytearray(workbook(HOUSEHOLD))
        for place, byte in places:
            damaged[place % len(damaged)] = byte
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's, on what it leaves out
            checked = check(bytes(damaged), "a.xlsx")
        assert checked.form is not None or checked.errors

    @given(place=st.integers(0, len(XFORM)), junk=st.text("<>/\"'[]().$abc ", max_size=8))
    @settings(max_examples=100, deadline=None)
    def test_a_damaged_xform_is_refused_or_read_but_never_breaks_anything(
        self, place: int, junk: str
    ) -> None:
        damaged = XFORM[:place] + junk + XFORM[place + len(junk) :]
        checked = check(damaged.encode(), "a.xml")
        assert checked.form is not None or checked.errors

    @pytest.mark.parametrize(
        "doctype",
        [
            '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
            '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ],
    )
    def test_an_xml_with_entities_is_refused(self, doctype: str) -> None:
        with pytest.raises(FormError) as refused:
            compile_form(doctype + XFORM)
        assert refused.value.faults[0].key == "bad-xml"

    def test_groups_nested_without_end_are_refused(self) -> None:
        for depth in (41, 200, 500):
            deep = "<g>" * depth + "<a/>" + "</g>" * depth
            with pytest.raises(FormError) as refused:
                compile_form(XFORM.replace("<a/>", deep, 1))
            assert [fault.key for fault in refused.value.faults] == ["too-deep"]

    def test_ten_thousand_rows_are_read_in_time(self) -> None:
        rows = [f"integer | q{n} | Câu {n}? | | . < {n} | |" for n in range(10_000)]
        began = time.process_time()
        assert check(survey(*rows), "form.md").form is not None
        assert time.process_time() - began < 10
