"""What forms and interviews say by a key that is made up elsewhere is in every language's catalogue."""

import re
from pathlib import Path

import pytest

from content.complaints import KEYS
from content.expressions import ExpressionError, compile_expression
from content.faults import told
from content.form import FormFault
from content.misreadings import KEYS as MISREAD
from content.unchattable import OTHERWISE
from content.words import LOCALES, catalogue

CONTENT = Path(__file__).parent.parent / "content"
MISSED = re.compile(r'"((?:interview|understand)\.[a-z_]+)"')
FAULTS = re.compile(r'(?:FormFault|_refused)\(\s*"([a-z-]+)"')


def said() -> set[str]:
    """Every key that a source of the form engine names."""
    keys = {
        f"form.{key}"
        for key in (*OTHERWISE.values(), *KEYS, *MISREAD, "chat-picture", "chat-media", "pyxform")
    }
    for path in CONTENT.glob("*.py"):
        source = path.read_text("utf-8")
        keys |= set(MISSED.findall(source))
        keys |= {f"form.{key}" for key in FAULTS.findall(source)}
    return keys


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_there(locale: str) -> None:
    assert len(said()) > 60
    assert said() <= set(catalogue(locale))


@pytest.mark.parametrize("locale", LOCALES)
def test_no_sentence_is_left_over(locale: str) -> None:
    prefixes = ("interview.", "understand.", "form.")
    own = {key for key in catalogue(locale) if key.startswith(prefixes)}
    printed = set(re.findall(r'"((?:interview|form)\.[a-z_]+)"', _commands()))
    assert own <= said() | printed | {"form.row", "form.column", "form.near"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("(1 + 2", "thiếu dấu “)”"),
        ("1 2", "thiếu phép toán (and, or, =, +…) trước “2” ở ký tự thứ 3"),
        ("1 + ", "thiếu giá trị hoặc tên câu ở cuối"),
        ("1 + = 2", "trước “=” ở ký tự thứ 5"),
        ("'a", "chuỗi mở bằng ' ở ký tự thứ 1 chưa đóng lại"),
        ("“a”", "dấu ngoặc kép kiểu Word"),
        ("1 # 2", "“#” ở ký tự thứ 3 không có nghĩa"),
        ("khong(1)", "không có hàm khong()"),
        ("selected('a')", "selected() cần 2 tham số, đang có 1"),
        ("round()", "round() cần từ 1 đến 2 tham số, đang có 0"),
        ("join()", "join() cần ít nhất 1 tham số, đang có 0"),
        ("count(1)", "count() cần tên của một câu"),
        ("$a + 1", "không có biến $a"),
        ("regex('a', '(')", "mẫu “(” của regex() viết chưa đúng"),
        ("digest('a', 'MD6')", "không có “MD6”"),
        ("(" * 200, "lồng nhau quá 100 tầng"),
    ],
)
def test_what_is_wrong_in_an_expression_is_said_in_vietnamese(source: str, words: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_expression(source)
    fault = FormFault("bad-expression", {"expression": source, "problem": str(raised.value), "at": ""})
    assert words in told(fault, "vi")
    assert "is wrong" in told(fault, "en")


def _commands() -> str:
    folder = CONTENT.parent / "bot" / "commands"
    return "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
