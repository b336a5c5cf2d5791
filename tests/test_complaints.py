"""What pyxform finds wrong is said in the reader's language."""

import re

import pytest
from pyxform.errors import ErrorCode

from content.complaints import KEYS, recognised
from content.faults import told
from content.words import say
from content.xlsform import check

ENGLISH = re.compile(r"\b(must|should|invalid|please)\b", re.IGNORECASE)


def test_every_message_of_pyxforms_list_is_known() -> None:
    ours = {"INTERNAL_001", "INTERNAL_002"}  # would be pyxform's own fault
    messages = {code.name: code.value.format(row=3, sheet="survey", column="name") for code in ErrorCode}
    keys = {name: recognised(text.removeprefix("[row : 3] "))[0] for name, text in messages.items()}
    assert {name for name, key in keys.items() if key == "pyxform"} == ours


@pytest.mark.parametrize("key", KEYS)
def test_every_sentence_is_vietnamese(key: str) -> None:
    names = ("name", "kind", "keys", "list", "sheet", "columns", "rest", "problem", "found")
    values = {name: f"<{name}>" for name in names}
    assert not ENGLISH.search(say("vi", f"form.{key}", **values))


@pytest.mark.parametrize(
    ("problem", "key", "values"),
    [
        ("Unknown question type 'chọn'.", "py-type", {"name": "chọn"}),
        (
            "[row : 5] Unmatched 'begin_group'. No matching 'end_group' was found for the name 'ho'.",
            "pyxform",
            {},
        ),
        (
            "Unmatched 'end_repeat'. No matching 'begin_repeat' was found for the name 'x'.",
            "py-end",
            {"kind": "repeat"},
        ),
        ("Language 'French' is missing the choices image column.", "py-language", {"columns": "image"}),
        (
            "Language 'French (fr)' is missing the survey columns hint, label.",
            "py-language",
            {"columns": "hint, label"},
        ),
        ("A message of a later version", "pyxform", {}),
    ],
)
def test_what_is_named_in_a_message_is_named_in_the_sentence(
    problem: str, key: str, values: dict[str, str]
) -> None:
    found, filled = recognised(problem)
    assert found == key
    assert values.items() <= filled.items()
    assert filled["problem"] == problem


def test_the_place_stays_with_the_sentence() -> None:
    rows = ("| survey | | | |", "| | type | name | label |", "| | text | a b | Câu ${khong_co} |")
    form = "\n".join(rows)
    lines = [told(fault, "vi") for fault in check(form.encode(), "form.md").errors]
    assert all(re.match(r"survey, dòng 2, cột \w+: ", line) for line in lines), lines
    assert not any(ENGLISH.search(line) for line in lines)
