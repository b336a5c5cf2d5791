"""The catalogues: what is said, how numbers and days are written, and which faults are found."""

from datetime import date, datetime
from pathlib import Path

import pytest

from content import words

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


def catalogue(root: Path, vi: str, en: str, name: str = "a") -> Path:
    for locale, text in (("vi", vi), ("en", en)):
        (root / locale).mkdir(exist_ok=True)
        (root / locale / f"{name}.po").write_text(HEAD + text)
    return root


def entry(key: str, text: str) -> str:
    return f'\nmsgid "{key}"\nmsgstr "{text}"\n'


# --------------------------------------------------------------------------- the project's own


def test_the_catalogues_agree_and_have_every_text_that_the_program_says() -> None:
    assert words.check() == []


def test_what_is_said_in_one_language_is_not_the_other() -> None:
    assert words.say("vi", "review.send") == "Gửi phiếu"
    assert words.say("en", "review.send") == "Send"


def test_a_language_that_there_is_not_gets_vietnamese() -> None:
    assert words.say("fr", "review.send") == "Gửi phiếu"


def test_a_key_that_there_is_not_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError):
        words.say("vi", "nothing.of.the.kind")


def test_the_plural_goes_by_the_number() -> None:
    said = [words.say("en", "picking.left_all", Place="Ấp 2", n=n) for n in (1, 2)]
    assert said == ["Ấp 2 · 1 household not surveyed yet", "Ấp 2 · 2 households not surveyed yet"]
    assert words.say("vi", "picking.left_all", Place="Ấp 2", n=2) == "Ấp 2 · còn 2 hộ chưa khảo sát"


def test_a_key_may_stand_in_one_file_only(tmp_path: Path) -> None:
    root = catalogue(tmp_path, entry("a.b", "Có"), entry("a.b", "Yes"))
    catalogue(root, entry("a.b", "Có"), entry("a.b", "Yes"), name="b")
    assert [fault.split("/")[-1] for fault in words.check(root, sources=[])] == ["a.po:5", "a.po:5"]


# --------------------------------------------------------------------------- numbers and days


@pytest.mark.parametrize(("locale", "written"), [("vi", "8.994"), ("en", "8,994")])
def test_numbers_are_written_as_the_language_does(locale: str, written: str) -> None:
    assert words.number(locale, 8994) == written
    assert words.number(locale, 94) == "94"


def test_a_share_of_nothing_is_blank_not_zero() -> None:
    assert words.percent("vi", 0, 0) == "–"
    assert words.percent("vi", 3, 4) == "75,0%"
    assert words.percent("en", 2, 3) == "66.7%"
    assert words.percent("vi", 8949, 8950) == "99,9%", "not all"
    assert words.percent("vi", 7999, 10000, 80) == "79,9%", "not met"
    assert words.percent("vi", 7999, 10000) == words.percent("vi", 8, 10, 80) == "80,0%"


def test_days_weeks_and_hours() -> None:
    sunday = date(2026, 11, 22)
    assert words.day("vi", sunday) == "22/11/2026"
    assert words.day("en", sunday) == "22 Nov 2026"
    assert words.weekday("vi", sunday) == "Chủ Nhật"
    assert words.week("vi", date(2026, 11, 16)) == "tuần 47 (16/11/2026 – 22/11/2026)"
    assert words.clock("vi", datetime(2026, 11, 22, 14, 5)) == "14:05"  # noqa: DTZ001 - the wall's hour


def test_several_things_in_a_row() -> None:
    assert words.listed("vi", ["VNeID", "VssID", "1022"]) == "VNeID, VssID và 1022"
    assert words.listed("vi", ["VNeID"]) == "VNeID"


# --------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("vi", "en", "fault"),
    [
        (entry("a.b", "Có {n}"), entry("a.b", "Yes"), "fills in other names than vi: n"),
        (entry("a.b", "Có"), "", "a.b has no text in en"),
        ("", entry("a.b", "Yes"), "a.b has no text in vi"),
        (entry("a.b", "Có") * 2, entry("a.b", "Yes"), "a.b stands here twice"),
        (entry("a.b", ""), entry("a.b", "Yes"), "a.b is empty"),
        (entry("a.b", "Có {"), entry("a.b", "Yes"), "braces that do not pair"),
    ],
)
def test_a_fault_of_a_catalogue_is_told_with_its_line(tmp_path: Path, vi: str, en: str, fault: str) -> None:
    found = words.check(catalogue(tmp_path, vi, en), sources=[])
    assert any(fault in line for line in found)
    assert all(".po:" in line.split(" ")[0] for line in found)


def test_how_one_is_called_need_not_be_in_every_language(tmp_path: Path) -> None:
    root = catalogue(tmp_path, entry("a.b", "Mời {you} vào"), entry("a.b", "Come in"))
    assert words.check(root, sources=[]) == []


def test_a_key_that_the_program_says_but_nobody_wrote_is_found(tmp_path: Path) -> None:
    root = catalogue(tmp_path, entry("a.b", "Có"), entry("a.b", "Yes"))
    program = tmp_path / "program.py"
    program.write_text(
        "say(locale, 'a.b')\n"
        "speak(talk, 'a.x' if new else 'a.b')\n"
        "say(locale, f'a.{verb}')\n"
        "words.say(locale, f'c.{verb}')\n"
        "print(locale, 'a.y')\n"
    )
    assert words.check(root, sources=[program]) == [
        f"{program}:2: no text has the key a.x",
        f"{program}:4: no text has the key c.*",
    ]


def test_a_broken_file_is_told_not_raised(tmp_path: Path) -> None:
    root = catalogue(tmp_path, 'msgid "a.b"\nmsgstr Có\n', entry("a.b", "Yes"))
    assert any("a.po:" in fault for fault in words.check(root, sources=[]))


def test_one_of_a_thing_is_told_in_the_singular_in_english() -> None:
    assert words.say("en", "digest.todo_check", n=1) == "Look again at 1 odd point."
    assert words.say("en", "digest.todo_silent", n=2) == "Ask 2 places from which nothing came this week."
