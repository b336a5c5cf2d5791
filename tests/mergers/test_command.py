"""`tocns areas`: merging, splitting, renaming, dissolving, undoing from the command line."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from openpyxl import Workbook
from typer.testing import CliRunner

from bot.commands import areas
from bot.commands.failure import Fault
from storage.database import Database
from storage.secrets import Vault
from tests.mergers.district import OF_2023, District

KEY = "a secret key that only the tests use"
Run = Callable[..., Result]


@pytest.fixture
def run(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command on a database with the district of 2023; raises what the command tells as a fault."""
    monkeypatch.setenv("TOCNS_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TOCNS_SECRET_KEY", KEY)

    async def furnish() -> None:
        async with Database(sqlite_url, Vault(KEY)) as database:
            await database.write(District)

    asyncio.run(furnish())

    def invoke(*arguments: str) -> Result:
        result = CliRunner().invoke(areas.app, list(arguments))
        if isinstance(result.exception, Fault):
            raise result.exception
        return result

    return invoke


def test_the_merger_of_2025_is_put_down_line_by_line(run: Run) -> None:
    day = ("--on", "2025-07-01")
    said = [
        run("rename", "80", "--name", "tỉnh Tây Ninh", *day),
        run(
            "merge",
            "--into",
            "27811",
            "--name",
            "xã Bình Hòa",
            "--from",
            "27802,27808,27811",
            "--under",
            "80",
            *day,
        ),
        run(
            "merge",
            "--into",
            "27823",
            "--name",
            "xã Mộc Hóa",
            "--from",
            "27814,27820,27823",
            "--under",
            "80",
            *day,
        ),
        run("merge", "--into", "27793", "--name", "xã Bình Hiệp", "--from", "27796", "--under", "80", *day),
        run("dissolve", "798", *day),
    ]
    assert [one.exit_code for one in said] == [0] * 5
    assert "Không hộ nào mất hay đếm hai lần" in said[1].output
    assert "Lan, cán bộ xã: xã Bình Thạnh → xã Bình Hòa, thêm 4 ấp" in said[1].output
    assert "Sơn" in said[4].output
    assert "HẾT VAI" in said[4].output
    tree = run("tree").output
    assert "xã Bình Hòa  [27811]  2025-07-01" in tree
    assert "huyện Mộc Hóa" not in tree
    assert "huyện Mộc Hóa" in run("tree", "--on", "2025-06-30").output
    assert len(run("changes").output.splitlines()) == 6


def test_a_dry_run_shows_and_changes_nothing(run: Run) -> None:
    before = run("tree", "--on", "2030-01-01").output
    shown = run("merge", "--into", "27811", "--from", "27802", "--on", "2030-01-01", "--dry-run").output
    assert "xã Bình Hòa Đông (27811): 4 ấp" in shown
    assert run("tree", "--on", "2030-01-01").output == before


def test_a_change_ahead_is_on_the_map_of_its_day_and_can_be_undone(run: Run) -> None:
    before = run("tree", "--on", "2030-01-01").output
    put_down = run("merge", "--into", "27811", "--from", "27802, 27808", "--on", "2030-01-01").output
    assert "tocns areas undo 1" in put_down
    assert run("tree", "--on", "2030-01-01").output != before
    assert run("tree").output == run("tree", "--on", "2029-12-31").output
    assert "Undone: change 1" in run("undo", "1").output
    assert run("tree", "--on", "2030-01-01").output == before
    with pytest.raises(Fault, match="no change 1"):
        run("undo", "1")


def test_a_commune_is_split_by_its_hamlets_codes(run: Run) -> None:
    parts = ("27811=xã Một:mau-27811-1", "27812=xã Hai:mau-27811-2")
    run("split", "27811", "--into", parts[0], "--into", parts[1], "--on", "2030-01-01")
    tree = run("tree", "--on", "2030-01-01").output
    assert tree.index("xã Một") < tree.index("mau-27811-1")
    assert tree.index("xã Hai") < tree.index("mau-27811-2")


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (("merge", "--into", "27811", "--from", "1,2", "--on", "2030-01-01"), 2),
        (("merge", "--into", "99999", "--from", "27811", "--on", "2030-01-01"), 1),
        (("merge", "--into", "27811", "--from", "27811", "--on", "2030-01-01"), 1),
        (("merge", "--into", "27811", "--from", "27802", "--on", "1/1/2030"), 1),
        (("merge", "--into", "27811", "--from", "798", "--on", "2030-01-01"), 1),
        (("split", "27811", "--into", "27811", "--on", "2030-01-01"), 1),
        (("undo", "7"), 1),
    ],
)
def test_a_line_a_fault(run: Run, arguments: tuple[str, ...], lines: int) -> None:
    with pytest.raises(Fault) as told:
        run(*arguments)
    assert len(str(told.value).splitlines()) == lines


def test_what_is_missing_is_bad_usage(run: Run) -> None:
    assert run("merge", "--into", "27811").exit_code == 2


def test_a_list_is_taken_in_from_a_workbook_too(run: Run, tmp_path: Path) -> None:
    book = Workbook()
    for row in (
        ("Mã", "Tên", "Cấp", "Từ ngày", "Thuộc"),
        ("27811-9", "ấp 9", "ấp", "1/1/2024", "27811"),
    ):
        book.worksheets[0].append(row)
    book.save(tmp_path / "ap.xlsx")
    assert "1 of them new" in run("import", str(tmp_path / "ap.xlsx")).output
    assert "27811-9" in run("tree").output
    assert "0 of them new" in run("import", str(OF_2023)).output
    excel = "Mã;Tên;Cấp;Từ ngày;Thuộc\r\n27811-8;ấp 8;ấp;1/1/2024;27811\r\n"  # as it saves in Vietnam
    (tmp_path / "ap.csv").write_bytes(excel.encode("utf-8-sig"))
    assert "1 of them new" in run("import", str(tmp_path / "ap.csv")).output
    (tmp_path / "sai.xlsx").write_bytes(b"PK no workbook")
    run("merge", "--into", "27811", "--from", "27802", "--on", "2030-01-01")
    with pytest.raises(Fault, match="xã Bình Thạnh is no more since"):  # an old list does not undo a merger
        run("import", str(OF_2023))
    with pytest.raises(Fault, match="not an Excel workbook"):
        run("import", str(tmp_path / "sai.xlsx"))
    with pytest.raises(Fault, match="neither"):
        run("import", str(tmp_path / "sai.ods"))
