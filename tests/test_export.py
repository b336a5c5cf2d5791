"""`tocns export`: what was submitted comes out whole, as a workbook, as CSV and as OpenRosa submissions."""

import csv
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from lxml import etree
from sqlalchemy import select

from bot.__main__ import main
from content import interview, library
from content.areas import read_list
from content.households import QUESTIONNAIRE
from content.inert import inert
from content.interview import Asked, Finished, World
from content.xform import compile_form
from content.xlsform import load
from storage import areas, forms, households, people, photos, surveys
from storage.areas import import_list
from storage.database import Connection, Database, table
from storage.forms import Publication
from storage.households import NewHousehold
from storage.photos import Pending
from storage.surveys import Submission
from storage.tables import AuditRow

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 18, 8, 30, tzinfo=ZONE)
KEY = "a secret key that only the tests use"
IDS = count(1)
AREAS = """\
code,name,level,valid_from,valid_to,parent,under_from,became,invented
VN,Việt Nam,country,1976-07-02,,,,,
80,tỉnh Tây Ninh,province,2025-07-01,,VN,,,
27811,xã Bình Hòa,commune,2025-07-01,,80,,,
27811-1,ấp 1,hamlet,2025-07-01,,27811,,,
27811-2,ấp 2,hamlet,2025-07-01,,27811,,,
27793,xã Mộc Hóa,commune,2025-07-01,,80,,,
27793-1,ấp 1,hamlet,2025-07-01,,27793,,,
"""

HOME = """
| survey |
| | type | name | label |
| | text | ten | Tên |
| | integer | tuoi | Tuổi |
| | decimal | cao | Cao |
| | date | ngay | Ngày |
| | dateTime | luc | Lúc |
| | time | gio | Giờ |
| | geopoint | noi | Nơi |
| | begin_repeat | nguoi | Người |
| | text | goi | Gọi là gì |
| | select_multiple may | may | Máy |
| | begin_repeat | con | Con |
| | text | be | Bé |
| | end_repeat | | |
| | end_repeat | | |

| choices |
| | list_name | name | label |
| | may | dt | Điện thoại |
| | may | mt | Máy tính |

| settings |
| | form_id | form_title | version |
| | nha | Nhà | 1 |
"""
VALUES = {
    "/data/ten": "=HYPERLINK(1)",
    "/data/tuoi": "41",
    "/data/cao": "1.62",
    "/data/ngay": "2026-11-18",
    "/data/luc": "2026-11-18T01:30:00.000Z",
    "/data/gio": "07:15:00.000+07:00",
    "/data/noi": "10.5 106.25 3 8",
    "/data/nguoi[1]/goi": 'Hai, "Tư"\nNăm',
    "/data/nguoi[1]/may": "dt mt",
    "/data/nguoi[2]/goi": "-1",
    "/data/nguoi[2]/may": "",
    "/data/nguoi[2]/con[1]/be": "Bi",
    "/data/nguoi[2]/con[2]/be": "+84",
}


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """Runs the command; its exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCNS_DATABASE_URL", database_url)
    monkeypatch.setenv("TOCNS_SECRET_KEY", KEY)

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["tocns", "export", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return run


class Village:
    """A hamlet or two, a member, and ways to survey there."""

    def __init__(self, conn: Connection) -> None:
        import_list(conn, read_list(AREAS))
        self.hamlets = {
            code: found.id
            for code in ("27811-1", "27811-2", "27793-1", "VN")
            if (found := areas.by_code(conn, code, NOW.date()))
        }
        self.member = people.create(conn, "Tâm", "vi", NOW)

    def publish(self, conn: Connection, xform: str) -> None:
        form = compile_form(xform)
        new = Publication(form.id, form.version, form.title, xform, b"", "f.xlsx", self.hamlets["VN"])
        forms.publish(conn, new, None, NOW)

    def submit(self, conn: Connection, form: str, values: dict[str, str], **more: Any) -> str:
        number = next(IDS)
        code = more.pop("hamlet", "27811-2")
        household = households.add(
            conn, NewHousehold(f"key-{number}", self.hamlets[code], "Ông An"), None, NOW
        )
        given: dict[str, Any] = {
            "survey_id": f"00000000-0000-4000-8000-{number:012}",
            "form": form,
            "version": "1",
            "area_id": self.hamlets[code],
            "household_id": household,
            "values": values,
            "xml": f'<data id="{form}" version="1"><meta><instanceID>uuid:x</instanceID></meta></data>',
            "consent": True,
            "wording": "",
            "started_at": NOW,
            "submitted_at": NOW,
            "by": self.member,
            "channel": "quiet",
        }
        submission = Submission(**(given | more))
        surveys.submit(conn, submission, lambda *_, consent: {})
        return submission.survey_id


@pytest.fixture
async def village(database: Database) -> Village:
    return await database.write(Village)


async def at_home(database: Database, village: Village, **more: Any) -> str:
    """One submission with every type, and repeats in repeats."""

    def work(conn: Connection) -> str:
        village.publish(conn, load(HOME.encode(), "nha.md").source)
        return village.submit(conn, "nha", VALUES, **more)

    return await database.write(work)


def in_thread(run: Callable[..., int], *arguments: str) -> Any:
    """The command has an event loop of its own."""
    import asyncio

    return asyncio.to_thread(run, *arguments)


def rows(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in text
    return list(csv.DictReader(StringIO(text.decode("utf-8-sig"), newline="")))


# --------------------------------------------------------------------------- xlsx


async def test_a_workbook_has_a_sheet_a_repeat_with_real_dates_and_numbers(
    run: Callable[..., int], database: Database, village: Village, tmp_path: Path
) -> None:
    survey_id = await at_home(database, village)
    assert await in_thread(run, "--form", "nha", "--format", "xlsx", "--out", "nha.xlsx") == 0
    book = openpyxl.load_workbook(tmp_path / "nha.xlsx")
    assert book.sheetnames == ["nha", "nguoi", "con"]
    sheet = book["nha"]
    head = [cell.value for cell in sheet[1]]
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.freeze_panes == "A2"
    row = dict(zip(head, sheet[2], strict=True))
    assert row["SubmissionDate"].value == NOW.replace(tzinfo=None)
    assert (row["ten"].value, row["ten"].data_type) == ("=HYPERLINK(1)", "s")
    assert (row["tuoi"].value, row["cao"].value) == (41, 1.62)
    assert row["ngay"].value.date() == date(2026, 11, 18)
    assert row["luc"].value == NOW.replace(tzinfo=None)  # at the district's clock
    assert row["gio"].value == time(7, 15)
    assert [row[f"noi-{part}"].value for part in ("Latitude", "Longitude", "Altitude", "Accuracy")] == [
        10.5,
        106.25,
        3,
        8,
    ]
    assert row["KEY"].value == f"uuid:{survey_id}"
    assert (row["SubmitterName"].value, row["AreaCode"].value) == ("Tâm", "27811-2")
    inner = [[cell.value for cell in line] for line in book["con"].iter_rows()]
    assert inner[0] == ["nguoi/con/be", "PARENT_KEY", "KEY"]
    assert inner[1] == ["Bi", f"uuid:{survey_id}/nguoi[2]", f"uuid:{survey_id}/nguoi[2]/con[1]"]
    assert book["con"]["A3"].data_type == "s"


async def test_labels_stand_for_codes_and_each_choice_has_a_column(
    run: Callable[..., int], database: Database, village: Village, tmp_path: Path
) -> None:
    await at_home(database, village)
    options = ("--labels", "--split-multiple")
    assert await in_thread(run, "--form", "nha", "--format", "xlsx", "--out", "nha.xlsx", *options) == 0
    sheet = openpyxl.load_workbook(tmp_path / "nha.xlsx")["nguoi"]
    lines = [[cell.value for cell in line][:4] for line in sheet.iter_rows()]
    assert lines == [
        ["nguoi/goi", "nguoi/may", "nguoi/may/Điện thoại", "nguoi/may/Máy tính"],
        ['Hai, "Tư"\nNăm', "Điện thoại, Máy tính", 1, 1],
        ["-1", None, None, None],
    ]


# --------------------------------------------------------------------------- csv


async def test_csv_files_are_linked_by_keys(
    run: Callable[..., int], database: Database, village: Village, tmp_path: Path
) -> None:
    survey_id = await at_home(database, village)
    out = ("--out", "nha.csv", "--split-multiple")
    assert await in_thread(run, "--form", "nha", "--format", "csv", *out) == 0
    [home] = rows(tmp_path / "nha.csv")
    assert home["KEY"] == f"uuid:{survey_id}"
    assert home["noi-Latitude"] == "10.5"
    assert home["ten"] == "'=HYPERLINK(1)", "Excel opens a CSV as it opens a workbook"
    first, second = rows(tmp_path / "nha-nguoi.csv")
    assert first["nguoi/goi"] == 'Hai, "Tư"\nNăm'
    assert (first["nguoi/may"], first["nguoi/may/dt"], first["nguoi/may/mt"]) == ("dt mt", "1", "1")
    assert second["nguoi/may/dt"] == ""  # not asked is not no
    assert first["PARENT_KEY"] == home["KEY"]
    children = rows(tmp_path / "nha-con.csv")
    assert [child["PARENT_KEY"] for child in children] == [second["KEY"]] * 2


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|'x'!A0", "\t=1"])
def test_nothing_that_was_typed_runs_in_a_spreadsheet(cell: str) -> None:
    assert inert(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-5", "+84 901 234 567", "-10.7,106.1", "Nguyễn Văn Hai", "", "a=b"])
def test_numbers_and_words_stay_as_they_are(cell: str) -> None:
    assert inert(cell) == cell


async def test_columns_of_all_versions_are_there_the_newest_first(
    run: Callable[..., int], database: Database, village: Village, tmp_path: Path
) -> None:
    await at_home(database, village)
    newer = HOME.replace("| | text | ten | Tên |", "| | text | que | Quê |").replace(
        "| Nhà | 1 |", "| Nhà | 2 |"
    )

    def work(conn: Connection) -> None:
        form = compile_form(load(newer.encode(), "nha.md").source)
        new = Publication("nha", "2", "Nhà", form.source, b"", "f.xlsx", village.hamlets["VN"])
        forms.publish(conn, new, None, NOW + timedelta(days=1))
        village.submit(conn, "nha", {"/data/que": "Mộc Hóa"}, version="2")

    await database.write(work)
    assert await in_thread(run, "--form", "nha", "--format", "csv", "--out", "nha.csv") == 0
    old, new = rows(tmp_path / "nha.csv")
    assert (old["ten"], old["que"], old["FormVersion"]) == ("'=HYPERLINK(1)", "", "1")
    assert (new["ten"], new["que"], new["FormVersion"]) == ("", "Mộc Hóa", "2")
    assert list(old)[1] == "que"


async def test_an_area_and_a_day_limit_what_goes_out(
    run: Callable[..., int], database: Database, village: Village, tmp_path: Path
) -> None:
    old = NOW - timedelta(days=30)
    near = await at_home(database, village)
    await database.write(lambda conn: village.submit(conn, "nha", VALUES, hamlet="27793-1"))
    late = await database.write(lambda conn: village.submit(conn, "nha", VALUES, submitted_at=old))
    options = ("--form", "nha", "--format", "csv", "--out", "nha.csv")
    assert await in_thread(run, *options, "--area", "27811", "--since", "2026-11-01") == 0
    assert [row["KEY"] for row in rows(tmp_path / "nha.csv")] == [f"uuid:{near}"]
    # What was corrected since counts as new.
    await database.write(lambda conn: village.submit(conn, "nha", VALUES, survey_id=late))
    assert await in_thread(run, *options, "--area", "27811", "--since", "2026-11-01") == 0
    assert {row["KEY"]: row["Edits"] for row in rows(tmp_path / "nha.csv")} == {
        f"uuid:{near}": "0",
        f"uuid:{late}": "1",
    }


# --------------------------------------------------------------------------- odk


def answered(name: str) -> Finished:
    """A household's questionnaire, answered in the chat with a picture."""
    form = compile_form(library.xform(QUESTIONNAIRE))
    given = {"ho": "7", "dong_y": "co", "so_nguoi": "4", "nguoi_18": "4", "dtdt": "4", "mang": "di_dong"}
    given |= {"kenh": "khong", "san_xuat": "khong", "can_giup": "khong", "them": "anh", "anh": name}
    world = World(NOW)
    step = interview.begin(form, world, given)
    while isinstance(step, Asked):
        step = interview.skip(form, step.state, world)
    finished = interview.finish(form, step.state, world)
    assert isinstance(finished, Finished)
    return finished


async def test_revisions_are_submissions_that_deprecate_each_other_with_their_pictures(
    run: Callable[..., int], database: Database, village: Village, tmp_path: Path
) -> None:
    name = "0f8fad5b-d9cb-469f-a165-70867728950e.jpg"
    finished = answered(name)

    def work(conn: Connection) -> str:
        village.publish(conn, library.xform(QUESTIONNAIRE))
        photos.keep(conn, Pending(name, "quiet", "", village.member), NOW)
        photos.store(conn, name, b"\xff\xd8picture")
        more = {"version": "2026112202", "xml": finished.xml, "photos": (name,)}
        survey_id = village.submit(conn, QUESTIONNAIRE, finished.values, **more)
        village.submit(conn, QUESTIONNAIRE, finished.values, survey_id=survey_id, **more)
        village.submit(
            conn, QUESTIONNAIRE, {}, consent=False, household_id=None, xml="", version="2026112202"
        )
        return survey_id

    survey_id = await database.write(work)
    options = ("--form", QUESTIONNAIRE, "--format", "odk", "--out", "phieu")
    assert await in_thread(run, *options) == 0
    folder = tmp_path / "phieu"
    assert compile_form((folder / f"{QUESTIONNAIRE}.xml").read_text("utf-8")).id == QUESTIONNAIRE
    found = {}
    for instance in (folder / "instances").iterdir():
        root = etree.parse(instance / "submission.xml").getroot()
        assert root.get("id") == QUESTIONNAIRE
        assert (instance / name).read_bytes() == b"\xff\xd8picture"
        identity = root.findtext("meta/instanceID")
        assert instance.name == identity.replace(":", "")
        found[identity] = root.findtext("meta/deprecatedID")
    first = f"uuid:{survey_id}"
    assert found.pop(first) is None
    assert list(found.values()) == [first]


async def test_what_is_damaged_in_the_database_is_named_and_the_rest_is_written(
    run: Callable[..., int],
    database: Database,
    village: Village,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    finished = answered("0f8fad5b-d9cb-469f-a165-70867728950e.jpg")

    def work(conn: Connection) -> list[str]:
        village.publish(conn, library.xform(QUESTIONNAIRE))
        return [
            village.submit(conn, QUESTIONNAIRE, finished.values, version="2026112202", xml=xml)
            for xml in (finished.xml, finished.xml[:-5])
        ]

    whole, damaged = await database.write(work)
    assert await in_thread(run, "--form", QUESTIONNAIRE, "--format", "odk", "--out", "phieu") == 1
    said = capsys.readouterr().err
    assert (
        f"written but for 1, whose XML in the database is damaged; restore from a backup: {damaged}" in said
    )
    assert whole not in said
    assert (tmp_path / "phieu" / "instances" / f"uuid{whole}" / "submission.xml").is_file()


# --------------------------------------------------------------------------- by the book


async def test_every_export_stands_in_the_audit_log(
    run: Callable[..., int], database: Database, village: Village
) -> None:
    await at_home(database, village)
    assert await in_thread(run, "--form", "nha", "--format", "csv", "--out", "n.csv", "--area", "27811") == 0
    [row] = await database.read(lambda conn: conn.all(select(table(AuditRow))))
    assert (row.action, row.subject, row.channel) == ("export", "form nha", "cli")
    assert row.after == "csv area=27811 since=- submissions=1"


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("--form", "khac", "--format", "csv", "--out", "x"), 1, "no such questionnaire; there is nha"),
        (("--form", "nha", "--format", "csv", "--out", "x", "--area", "1"), 1, "no unit has this code"),
        (("--form", "nha", "--format", "csv", "--out", "x", "--since", "hôm qua"), 1, "2025-06-30"),
        (("--form", "nha", "--format", "pdf", "--out", "x"), 2, "xlsx, csv or odk"),
        (("--form", "nha", "--format", "csv", "--out", "/proc/x/y.csv"), 1, "can be written to"),
    ],
)
async def test_what_is_wrong_is_said_in_a_line(  # noqa: PLR0917 - fixtures
    run: Callable[..., int],
    database: Database,
    village: Village,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    why: str,
) -> None:
    await at_home(database, village)
    assert await in_thread(run, *arguments) == code
    said = capsys.readouterr().err
    assert why in said
    assert "Traceback" not in said
