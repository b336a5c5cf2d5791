"""Folding: what a person typed is compared without diacritics, case, punctuation and invisible characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.vietnamese import fold


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Hoà", "hoa"),
        ("hòa", "hoa"),
        ("hoa", "hoa"),
        ("Đường dây nóng", "duong day nong"),
        ("  Ấp   2,  xã Bình Hoà Tây! ", "ap 2 xa binh hoa tay"),
        ("Long An Số (app)", "long an so app"),
        ("không\u200b có\u200f", "khong co"),
        ("ơ\u0323 nghe\u0323", "o nghe"),
        ("4 người 👨‍👩‍👧", "4 nguoi"),
        ("so_nguoi", "so nguoi"),
        ("１２３", "123"),
        ("", ""),
        ("🙂", ""),
    ],
)
def test_text_is_compared_as_a_hurried_person_types_it(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="aăâeêioôơuưyđàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệ bcgh\u200b\u200e\u202e"))
def test_folded_vietnamese_is_ascii_words_parted_by_single_spaces(text: str) -> None:
    folded = fold(text)
    assert folded.isascii()
    assert folded == " ".join(folded.split())


@given(st.text(alphabet="hoàáảãạòóỏõọ "))
def test_where_the_tone_mark_is_placed_makes_no_difference(text: str) -> None:
    old = text
    for new_way, old_way in (("oà", "òa"), ("oá", "óa"), ("oả", "ỏa"), ("oã", "õa"), ("oạ", "ọa")):
        old = old.replace(new_way, old_way)
    assert fold(text) == fold(old)
