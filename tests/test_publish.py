"""`tocns form publish` and `tocns form list`, as an operator calls them."""

import subprocess
import sys
from pathlib import Path

import pytest

from content.areas import read_list
from content.xform import compile_form
from storage import areas, forms
from storage.database import Connection, Database
from storage.secrets import Vault
from tests.transcripts.stage import AREAS, FILES

ROOT = Path(__file__).parent.parent
KEY = "a secret key that only the tests use"


def tocns(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = {"TOCNS_DATABASE_URL": url, "TOCNS_SECRET_KEY": KEY, "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "bot", "form", *arguments]
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)


@pytest.fixture
async def url(sqlite_url: str) -> str:
    def furnish(conn: Connection) -> None:
        areas.import_list(conn, read_list(AREAS))

    async with Database(sqlite_url, Vault(KEY)) as database:
        await database.write(furnish)
    return sqlite_url


async def test_a_version_is_published_and_listed(url: str) -> None:
    file = str(FILES / "nuoc-sach.xlsx")
    done = tocns(url, "publish", file, "--area", "27811", "--start", "2099-12-01")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "nuoc-sach 1: published for xã Bình Hòa, in use from 2099-12-01\n"
    assert tocns(url, "list").stdout == "nuoc-sach\t1\t27811\t2099-12-01\tNước sạch\n"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("nuoc-sach.xlsx", "--area", "99999"), "no unit has this code"),
        (("nuoc-sach.xlsx", "--area", "27811", "--start", "mai"), "is no day"),
        (("nuoc-sach.xlsx", "--area", "27811", "--start", "2020-01-01"), "past"),
        (("khong-co.xlsx", "--area", "27811"), "No such file"),
        (("nuoc-sach-sai.xlsx", "--area", "27811"), "row 11"),
    ],
)
async def test_what_is_wrong_is_said_in_a_line_and_nothing_is_published(
    url: str, arguments: tuple[str, ...], fault: str
) -> None:
    name, *rest = arguments
    done = tocns(url, "publish", str(FILES / name), *rest)
    assert done.returncode == 1
    assert fault in done.stderr
    assert "Traceback" not in done.stderr
    assert tocns(url, "list").stdout == ""


FORM = """
| survey | | | |
| | type | name | label |
| | select_one_from_file tram.csv | tram | Trạm nào? |
| settings | | |
| | form_id | version |
| | tram | 1 |
"""


async def test_the_lists_that_a_form_reads_are_taken_from_beside_it(url: str, tmp_path: Path) -> None:
    file = tmp_path / "tram.md"
    file.write_text(FORM, encoding="utf-8")
    without = tocns(url, "publish", str(file), "--area", "27811")
    assert without.returncode == 1
    assert "it reads tram.csv" in without.stderr
    (tmp_path / "tram-media").mkdir()
    (tmp_path / "tram-media" / "tram.csv").write_text("name,label\na,Trạm A\n", encoding="utf-8")
    assert tocns(url, "check", str(file)).stderr == ""
    done = tocns(url, "publish", str(file), "--area", "27811")
    assert (done.returncode, done.stderr) == (0, "")

    def look(conn: Connection) -> tuple[list[str], bool]:
        [one] = forms.published(conn)
        form = compile_form(forms.xform(conn, one.id), forms.files(conn, one.id))
        return [item.string() for item in form.instances["tram"].descendants()], bool(form.external)

    async with Database(url, Vault(KEY)) as database:
        texts, waits = await database.read(look)
    assert "Trạm A" in texts
    assert not waits
    (tmp_path / "tram-media" / "tram.csv").write_text("name,label\nb,Trạm B\n", encoding="utf-8")
    other = tocns(url, "publish", str(file), "--area", "27811")
    assert "write a new version" in other.stderr
