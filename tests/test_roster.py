"""A hamlet's list of households, read from the workbook that people keep."""

from io import BytesIO

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from content import roster
from content.roster import Listed, Unreadable


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_names_and_addresses_are_read_by_the_heads_of_their_columns() -> None:
    found = roster.load(
        workbook(("STT", "Họ và tên", "Địa chỉ"), (1, " Nguyễn  Văn Sáu ", "tổ 2"), (2, "Bà Bảy", None)),
        "ap-2.xlsx",
    )
    assert found == [Listed("Nguyễn Văn Sáu", "tổ 2"), Listed("Bà Bảy")]


def test_every_fault_is_told_at_once_with_its_row() -> None:
    rows = ("Chủ hộ",), ("A",), ("Lê Văn Tám",), (None,), ("le van tam",), ("x" * 61,)
    with pytest.raises(Unreadable) as told:
        roster.load(workbook(*rows), "ap-2.xlsx")
    lines = str(told.value).splitlines()
    assert [line.split(", ")[1] for line in lines] == ["row 2", "row 5", "row 6"]
    assert "the same as row 3" in lines[1]


@pytest.mark.parametrize(
    "file", [b"", b"no workbook", workbook(("STT", "Ghi chú"), (1, "x")), workbook(("Chủ hộ",))]
)
def test_what_is_no_list_is_refused_in_a_sentence(file: bytes) -> None:
    with pytest.raises(Unreadable):
        roster.load(file, "ap-2.xlsx")


def test_the_same_list_again_adds_nothing(
    sqlite_url: str, tmp_path: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.commands import areas, households

    monkeypatch.setenv("TOCNS_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TOCNS_SECRET_KEY", "a secret key that only the tests use")
    lists = tmp_path / "ap.xlsx"  # type: ignore[operator]
    lists.write_bytes(workbook(("Chủ hộ", "Địa chỉ"), ("Bà Sáu", "tổ 1"), ("Ông Tư", "tổ 1")))
    run = CliRunner().invoke
    for file in ("moc-hoa.csv", "ap-mau.csv"):
        assert run(areas.app, ["import", f"content/areas/{file}"]).exit_code == 0
    arguments = ["import", str(lists), "--area", "mau-27811-1"]
    assert "2 of them new" in run(households.app, arguments).output
    assert "0 of them new" in run(households.app, arguments).output
    assert "no hamlet" in str(run(households.app, ["import", str(lists), "--area", "27811"]).exception)
