"""What people type, brought to the words that articles use."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import phrasing


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ddawng kys", "dang ky"),
        ("nopoj", "nop"),
        ("mat65 khau63", "mat khau"),
        ("giuppp", "giup"),
        ("khoongg", "khong"),
        ("matkhau vssid", "mat khau vssid"),
        ("longanso", "long an so"),
        ("vss id", "vssid"),
        ("vê ét ét ai đi", "vssid"),
        ("vờ nờ e i đê", "vneid"),
        ("vi nét ai đi", "vneid"),
        ("vê ét sờ ai đê", "vssid"),
        ("cái mã quy rờ", "cai ma qr"),
        ("i thắc mô bai", "etax"),
        ("khai xanh cho con", "khai sinh cho con"),
        ("cờ hát pờ lây", "ch play"),
        ("etax mobi", "etax"),
        ("hổng xài", "khong dung"),
        ("mần khai sanh", "lam khai sinh"),
        ("pakn", "phan anh kien nghi"),
        ("lltp", "ly lich tu phap"),
    ],
)
def test_is_read_as_meant(typed: str, meant: str) -> None:
    assert " ".join(phrasing.normalize(typed)) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("quên mk vneid", "quen mat khau vneid"),
        ("mk là sinh viên", "minh la sinh vien"),
        ("đk tk vssid", "dang ky tai khoan vssid"),
        ("làm vậy đk không", "lam vay duoc khong"),
        ("thẻ bh", "the bao hiem"),
        ("bh mới có", "bay gio moi co"),
        ("đn vssid k dc", "dang nhap vssid khong duoc"),
        ("đn nhỏ có cần không", "doanh nghiep nho co can khong"),
        ("ký hđ điện tử", "ky hop dong dien tu"),
        ("xuất hđ cho khách", "xuat hoa don cho khach"),
    ],
)
def test_abbreviation_of_two_meanings_is_read_by_what_stands_beside_it(typed: str, meant: str) -> None:
    assert " ".join(phrasing.normalize(typed)) == meant


@pytest.mark.parametrize("word", ["hôn nhân", "kết hôn", "màn hình", "chi phí", "biểu mẫu", "lúa", "mã số"])
def test_words_that_only_look_like_dialect_stay(word: str) -> None:
    assert phrasing.normalize(word) == phrasing.fold(word).split()


def ideas(text: str) -> list[str]:
    words = phrasing.normalize(text)
    return phrasing.ideas_of(words, [phrasing.sound(word) for word in words], phrasing.lexicon())


def test_ideas_are_named_whatever_the_words() -> None:
    ways = ["quên mật khẩu VssID", "hổng nhớ pass vê ét ét ai đi", "lấy lại mk vsid"]
    found = [set(ideas(way)) for way in ways]
    assert all({"FORGET", "PASSWORD", "VSSID"} <= named for named in found)


def test_slip_that_sounds_the_same_names_the_same_idea() -> None:
    assert "CHILD" in ideas("cho chẻ em")
    assert "RESIDENCE" in ideas("đăng ký tạm chú")


def test_name_of_several_words_is_one_idea() -> None:
    assert phrasing.ideas(phrasing.normalize("Long An Số")) == 1
    assert phrasing.ideas(phrasing.normalize("dạ cho em hỏi Long An Số với ạ")) == 1
    assert phrasing.ideas(phrasing.normalize("quên mật khẩu Long An Số")) == 3


@given(st.text(max_size=120))
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    words = phrasing.normalize(text)
    assert all(word and not word.isspace() for word in words)
    ideas(text)


def test_table_that_is_not_in_order_names_file_and_line(tmp_path: Path) -> None:
    for name in ("spoken.tsv", "southern.tsv", "fillers.tsv", "general.tsv", "concepts.tsv"):
        (tmp_path / name).write_text("viết\tnghĩa\n", encoding="utf-8")
    (tmp_path / "abbreviations.tsv").write_text("# lời dặn\nviết\tnghĩa\nmk\n", encoding="utf-8")
    complaint = "abbreviations.tsv:3: cần 2 cột cách nhau bằng phím Tab"
    with pytest.raises(ValueError, match=re.escape(complaint)):
        phrasing.lexicon(tmp_path)
