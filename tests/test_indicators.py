"""What is counted: one unit an indicator, no share above one, blank is not zero."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.indicators import DONE, REFUSED, Unreadable, catalogue, counts, load, questions
from content.sheets import table_cells

FORM = "khao-sat-ho"
MARKDOWN = Path(__file__).parent.parent / "content" / "forms" / f"{FORM}.md"

FAMILY = {
    "/data/dong_y": "co",
    "/data/phieu/so_nguoi": "4",
    "/data/phieu/nguoi_18": "2",
    "/data/phieu/nguoi_15": "3",
    "/data/phieu/nguoi_15_so": "3",
    "/data/phieu/dtdt": "2",
    "/data/phieu/co_dtdt": "co",
    "/data/phieu/mang": "ca_hai",
    "/data/phieu/vneid": "1",
    "/data/phieu/vneid_so": "1",
    "/data/phieu/dvc": "0",
    "/data/phieu/vssid": "1",
    "/data/phieu/vssid_so": "1",
    "/data/phieu/kenh": "zalo_oa tong_dai",
    "/data/phieu/thanh_toan": "3",
    "/data/phieu/san_xuat": "khong",
    "/data/phieu/can_giup": "khong",
}


def rows(sheet: str) -> list[dict[str, str]]:
    header, *lines = table_cells(MARKDOWN.read_text(encoding="utf-8"))[sheet]
    return [dict(zip(header, line, strict=True)) for line in lines]


def test_a_household_counts_as_one_and_its_people_as_people() -> None:
    assert counts(FORM, FAMILY, consent=True) == {
        DONE: (1, 1),
        "dtdt_ho": (1, 1),
        "dtdt_nguoi": (2, 2),
        "may_2g": (0, 1),
        "cap_quang": (1, 1),
        "internet": (1, 1),
        "vneid": (1, 2),
        "dvc": (0, 2),
        "vssid": (1, 2),
        "app_tinh": (0, 1),
        "zalo_oa": (1, 1),
        "tong_dai": (1, 1),
        "thanh_toan": (3, 3),
        "can_giup": (0, 1),
    }


def test_who_neither_produces_nor_trades_is_in_no_rate_of_producers() -> None:
    found = counts(FORM, FAMILY, consent=True)
    assert found.keys().isdisjoint({"hoa_don", "etax", "ban_mang"})


def test_a_trader_is_no_farm_household() -> None:
    trader = FAMILY | {"/data/phieu/san_xuat": "kinh_doanh", "/data/phieu/kinh_te/gian_hang": "co_ban"}
    assert "ban_mang" not in counts(FORM, trader, consent=True)
    farmer = trader | {"/data/phieu/san_xuat": "nong_san"}
    assert counts(FORM, farmer, consent=True)["ban_mang"] == (1, 1)


def test_what_was_left_blank_is_in_neither_numerator_nor_denominator() -> None:
    silent = {path: value for path, value in FAMILY.items() if not path.endswith(("dvc", "thanh_toan"))}
    found = counts(FORM, silent, consent=True)
    assert found.keys().isdisjoint({"dvc", "thanh_toan"})
    assert counts(FORM, silent | {"/data/phieu/dvc": ""}, consent=True) == found


def test_a_refusal_counts_itself_and_nothing_else() -> None:
    assert counts(FORM, {"/data/dong_y": "khong"}, consent=False) == {REFUSED: (1, 1)}
    assert counts(FORM, FAMILY, consent=False) == {REFUSED: (1, 1)}


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FAMILY)), st.text(max_size=4) | st.integers(-3, 9).map(str)))
def test_no_numerator_ever_exceeds_its_denominator(values: dict[str, str]) -> None:
    for numerator, denominator in counts(FORM, FAMILY | values, consent=True).values():
        assert 0 <= numerator <= denominator
        assert denominator > 0


def test_more_users_than_people_count_nowhere() -> None:
    assert "vneid" not in counts(FORM, FAMILY | {"/data/phieu/vneid_so": "3"}, consent=True)


def test_every_indicator_counts_from_questions_and_choices_that_the_questionnaire_has() -> None:
    survey = {row["name"]: row["type"] for row in rows("survey")}
    assert questions(catalogue(FORM)) <= survey.keys()
    choices: dict[str, set[str]] = {}
    for row in rows("choices"):
        choices.setdefault(row["list_name"], set()).add(row["name"])
    for one in catalogue(FORM).indicators:
        for condition in (one.numerator, one.otherwise, one.unit.among):
            if isinstance(condition, tuple) and survey[condition[0]].startswith("select"):
                assert condition[1] <= choices[survey[condition[0]].split()[1]], one.id


def test_every_indicator_says_what_it_is_in_both_languages() -> None:
    for one in catalogue(FORM).indicators:
        for texts in (one.titles, one.definitions, one.unit.names):
            assert texts.keys() == {"vi", "en"}, one.id
        assert re.fullmatch(r"[a-z0-9_]+", one.id)


def test_a_questionnaire_without_a_catalogue_counts_households_only() -> None:
    assert counts("phieu-rieng", {"/data/x": "1"}, consent=True) == {DONE: (1, 1)}


GOOD = """
form: f
units:
  ho: {vi: hộ, en: households}
  nguoi: {vi: người, en: people, of: n}
indicators:
  - {id: a, unit: ho, counts: {x: [co]}}
  - {id: b, unit: nguoi, counts: m, target: 80}
"""


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("unit: ho, counts", "unit: nha, counts", "indicator a: unit is missing or not among `units`"),
        ("counts: {x: [co]}", "counts: x", "indicator a: its unit is households"),
        ("counts: m", "counts: {m: [co]}", r"indicator b: its unit is people \(n\)"),
        ("target: 80", "target: 180", "indicator b: target is 180"),
        ("target: 80", "target: tám mươi", "indicator b: target is 'tám mươi'"),
        ("id: b", "id: a", "indicator a: the id stands 2 times"),
        ("id: b", "id: '=b'", "indicator =b: id is missing or begins"),
        ("form: f", "", "`form` is missing"),
        ("indicators:", "indicators: [", "no YAML"),
    ],
)
def test_a_fault_in_a_catalogue_is_named(wrong: str, right: str, said: str) -> None:
    assert [one.id for one in load(GOOD).indicators] == ["a", "b"]
    with pytest.raises(Unreadable, match=said):
        load(GOOD.replace(wrong, right))
