"""People's names: found as they are typed, and told apart."""

import pytest

from content.names import alike, same, search, written

PEOPLE = ["Nguyễn Văn Hai", "Nguyễn Thị Lành", "Trần Văn Bé Tư", "Lê Thị Bảy", "Lê Văn Bảy", "Đặng Văn Đực"]


def found(text: str) -> list[str]:
    return search(text, PEOPLE, lambda name: name)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("nguyen van hai", "Nguyễn Văn Hai"),
        ("NGUYỄN VĂN HAI", "Nguyễn Văn Hai"),
        ("hai", "Nguyễn Văn Hai"),
        ("hai nguyen", "Nguyễn Văn Hai"),
        ("duc", "Đặng Văn Đực"),
        ("lan", "Nguyễn Thị Lành"),
        ("chú tư", "Trần Văn Bé Tư"),
        ("nhà chú tư", "Trần Văn Bé Tư"),
        ("nguyen van hia", "Nguyễn Văn Hai"),
    ],
)
def test_a_name_is_found_as_people_type_it(typed: str, first: str) -> None:
    assert found(typed)[0] == first


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("nguyễn thị  tẻo", "Nguyễn Thị Tẻo"),
        ("NGUYỄN THỊ TẺO", "Nguyễn Thị Tẻo"),
        ("đặng văn đực", "Đặng Văn Đực"),
        ("K'Brăk", "K'Brăk"),
        ("Út Anh", "Út Anh"),
        ("tâm", "Tâm"),
        ("", ""),
    ],
)
def test_a_name_is_put_down_as_names_are_written(typed: str, name: str) -> None:
    assert written(typed) == name


def test_all_that_fit_are_found_the_whole_name_first() -> None:
    assert found("bay") == ["Lê Thị Bảy", "Lê Văn Bảy"]
    assert found("le van bay") == ["Lê Văn Bảy"]


@pytest.mark.parametrize("typed", ["Huỳnh Quốc Cường", "", "???", "chú"])
def test_who_is_not_there_is_not_found(typed: str) -> None:
    assert found(typed) == []


def test_names_are_the_same_but_for_marks_case_and_spaces() -> None:
    assert same("Nguyễn  Văn HAI", "nguyen van hai")
    assert not same("Nguyễn Văn Hai", "Nguyễn Văn Hải Em")


def test_names_that_may_be_one_mistyped_are_told() -> None:
    assert alike("Nguyễn Văn Hia", PEOPLE, lambda name: name) == ["Nguyễn Văn Hai"]
    assert alike("Đặng Văn Đức", PEOPLE, lambda name: name)[0] == "Đặng Văn Đực"
    assert alike("Phạm Quốc Toàn", PEOPLE, lambda name: name) == []
