"""Files that mean harm, or come from another age: each is refused or read, within 10 seconds of CPU time and
300 MB."""

import io
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from bot import examining
from bot.examining import SECONDS, examine
from content.bundle import Bundle, packed
from content.questionnaires import Examined
from content.sheets import workbook

ROOT = Path(__file__).parent.parent
FILES = Path(__file__).parent / "transcripts" / "files"
SURVEY = """
| survey |
| | type | name | label | relevant | calculation | constraint |
| | text | ten | Tên? | | | |
{rows}
| settings |
| | form_id | form_title | version |
| | thu | Thử | 1 |
"""


def form(*rows: str) -> bytes:
    return workbook(SURVEY.format(rows="\n".join(rows)))


async def examined(source: bytes, name: str = "a.xlsx", locale: str = "vi") -> Examined:
    """What is found, in the time there is."""
    began = _spent()
    found = await examine(source, name, locale)
    assert _spent() - began < SECONDS + 2
    return found


def _spent() -> float:
    """CPU seconds of the children that ended: how busy the machine is besides makes no difference."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def repacked(source: bytes, **parts: bytes) -> bytes:
    """The workbook with parts of it replaced or added; a path's "/" is written "__"."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = {name.replace("/", "__"): name for name in old.namelist()}
        for name in old.namelist():
            if name.replace("/", "__") not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(names.get(name, name.replace("__", "/")), data)
    return out.getvalue()


async def test_a_form_that_is_right_is_found_right() -> None:
    found = await examined((FILES / "nuoc-sach.xlsx").read_bytes(), "nuoc-sach.xlsx")
    assert (found.errors, found.form, found.version, found.title) == ((), "nuoc-sach", "1", "Nước sạch")
    assert (found.questions, found.asks_consent) == (8, True)
    assert found.xform.startswith("<?xml")


async def test_all_three_mistakes_are_told_at_once_with_sheet_row_and_column() -> None:
    found = await examined((FILES / "nuoc-sach-sai.xlsx").read_bytes(), "nuoc-sach-sai.xlsx")
    assert [fault.partition(":")[0] for fault in found.errors] == [
        "survey, dòng 5, cột type",
        "survey, dòng 7, cột relevant",
        "survey, dòng 11, cột relevant",
    ]
    assert "nguon" in found.errors[1]
    assert found.xform == ""


async def test_the_report_is_in_the_language_of_who_asked() -> None:
    found = await examined((FILES / "nuoc-sach-sai.xlsx").read_bytes(), "nuoc-sach-sai.xlsx", "en")
    assert "row 5" in found.errors[0]


async def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = repacked(form(), xl__media__image1=b"\0" * (200 << 20))
    assert len(bomb) < 1 << 20
    [fault] = (await examined(bomb)).errors
    assert "lớn bất thường" in fault


async def test_a_part_that_lies_about_its_size_does_not_get_the_memory() -> None:
    bomb = bytearray(repacked(form(), xl__workbook=b" " * (400 << 20)))
    entry = bomb.rfind(b"xl/workbook", 0, bomb.rfind(b"PK\x05\x06"))
    header = bomb.rfind(b"PK\x01\x02", 0, entry)
    bomb[header + 24 : header + 28] = (1000).to_bytes(4, "little")
    [fault] = (await examined(bytes(bomb))).errors
    assert "không phải sổ Excel" in fault or "quá 10 giây tính toán hay 300 MB" in fault


BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">
%s]>
""" % b"\n".join(
    b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 20) for letter in range(ord("b"), ord("k"))
)


@pytest.mark.parametrize("name", ["xl__workbook.xml", "xl__worksheets__sheet1.xml"])
async def test_an_xml_bomb_in_the_workbook_is_refused(name: str) -> None:
    inside = {
        "xl__workbook.xml": b"<workbook>&j;</workbook>",
        "xl__worksheets__sheet1.xml": b"<worksheet>&j;</worksheet>",
    }
    found = await examined(repacked(form(), **{name: BILLION_LAUGHS + inside[name]}))
    assert ["DOCTYPE" in fault for fault in found.errors] == [True]


async def test_an_xml_bomb_as_a_form_is_refused() -> None:
    [fault] = (await examined(BILLION_LAUGHS + b"<html>&j;</html>", "a.xml")).errors
    assert "Maximum entity amplification" in fault


async def test_an_external_entity_brings_nothing_in(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mat-khau-bi-mat")
    right = (await examined(form())).xform
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    head, _, rest = right.partition("?>")
    found = await examined((head + "?>" + entity + rest.replace("Tên?", "&e;")).encode(), "a.xml")
    assert ["DOCTYPE" in fault for fault in found.errors] == [True]
    assert not any("mat-khau-bi-mat" in fault for fault in found.errors)


async def test_ten_thousand_rows_are_read_in_time() -> None:
    found = await examined(form(*(f"| | text | c{n} | Câu {n}? | | | |" for n in range(10_000))))
    assert (found.errors, found.questions) == ((), 10_001)


async def test_ten_thousand_rows_that_hang_together_cost_half_of_what_they_may() -> None:
    rows = [
        row
        for n in range(2_000)
        for row in (
            f"| | begin group | g{n} | Nhóm {n} | {f'${{n{n - 1}}} > 3' if n else ''} | | |",
            f"| | integer | n{n} | Số {n}? | | | . > 0 and . < 100 |",
            f"| | text | s{n} | Tên {n}? | ${{n{n}}} > 5 | | |",
            f"| | calculate | k{n} | | | ${{n{n}}} + 1 | |",
            "| | end group | | | | | |",
        )
    ]
    began = _spent()
    found = await examine(form(*rows), "a.xlsx", "vi")
    assert (found.errors, found.questions) == ((), 4_001)
    assert _spent() - began < SECONDS * 0.7


async def test_a_thousand_rows_of_ten_thousand_that_are_wrong_are_all_told() -> None:
    rows = [f"| | {'intger' if n % 10 == 0 else 'integer'} | c{n} | ${{c0}}? | | | |" for n in range(10_000)]
    found = await examined(form(*rows))
    assert sum("intger" in fault and "dòng" in fault for fault in found.errors) == 1_000


@pytest.mark.parametrize("depth", [41, 250, 2_000])
async def test_groups_nested_too_deep_are_told_with_the_row_and_the_way_out(depth: int) -> None:
    opened = [f"| | begin group | g{n} | Nhóm {n} | | | |" for n in range(depth)]
    closed = ["| | end group | | | | | |"] * depth
    found = await examined(form(*opened, "| | text | x | X? | | | |", *closed))
    [fault] = found.errors
    assert fault.startswith("survey, dòng 43, cột type: Nhóm lồng nhau quá 40 tầng")
    assert "end group" in fault
    assert found.warnings == ()


async def test_groups_as_deep_as_they_may_be_run() -> None:
    opened = [f"| | begin group | g{n} | Nhóm {n} | | | |" for n in range(40)]
    closed = ["| | end group | | | | | |"] * 40
    found = await examined(form(*opened, "| | text | x | X? | | | |", *closed))
    assert (found.errors, found.questions) == ((), 2)


async def test_a_list_too_long_to_be_kept_is_refused_in_time() -> None:
    asked = form("| | select_one_from_file dai.csv | o | Ô nào? | | | |")
    for rows in (b"a,b\n" * 1_200_000, b"1,2,3,4,5,6,7,8,9,10\n" * 40_000):
        sent = packed(Bundle("a.xlsx", asked, {"dai.csv": b"name,label,c,d,e,f,g,h,i,j\n" + rows}))
        found = await examined(sent, "a.zip")
        assert len(found.errors) == 1
        assert "dai.csv" in found.errors[0]
    right = packed(Bundle("a.xlsx", asked, {"dai.csv": b"name,label\n" + b"1,2\n" * 10_000}))
    assert (await examined(right, "a.zip")).errors == ()


async def test_a_circular_calculation_is_named() -> None:
    found = await examined(
        form("| | calculate | a | | | ${b} + 1 | |", "| | calculate | b | | | ${a} + 1 | |")
    )
    assert any("vòng quanh" in fault for fault in found.errors)


async def test_a_formula_that_nobody_computed_is_a_cell_left_blank() -> None:
    book = load_workbook(io.BytesIO(form()))
    book["survey"]["C2"] = '=HYPERLINK("http://example.org","x")'
    book["survey"]["A3"] = "=A2"
    book["survey"]["B3"] = "b"
    book["choices" if "choices" in book.sheetnames else "settings"]["C2"] = "=1+1"
    out = io.BytesIO()
    book.save(out)
    found = await examined(out.getvalue())
    assert any("label" in fault or "type" in fault for fault in found.errors)
    assert not any("HYPERLINK" in fault for fault in found.errors)
    told = [fault for fault in found.warnings if "công thức" in fault]
    assert [fault.partition(":")[0] for fault in told] == [
        "settings, dòng 2",
        "survey, dòng 2",
        "survey, dòng 3",
    ]
    assert "Ô C2" in told[1]


async def test_a_formula_with_its_result_is_its_result() -> None:
    sheet = zipfile.ZipFile(io.BytesIO(form())).read("xl/worksheets/sheet1.xml")
    written = b't="inlineStr"><is><t>ten</t></is>'
    computed = sheet.replace(written, b't="str"><f>LOWER("TEN")</f><v>ten</v>')
    assert computed != sheet
    found = await examined(repacked(form(), **{"xl__worksheets__sheet1.xml": computed}))
    assert (found.errors, found.form) == ((), "thu")
    assert not [fault for fault in found.warnings if "công thức" in fault]


@pytest.mark.parametrize("pad", [b"<!--" + b"x" * 5_000 + b"-->", b""])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_a_doctype_is_found_wherever_it_stands(pad: bytes, encoding: str) -> None:
    entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    sheet = f'<?xml version="1.0" encoding="{encoding}"?>{pad.decode()}{entity}<worksheet>&e;</worksheet>'
    found = await examined(repacked(form(), **{"xl__worksheets__sheet1.xml": sheet.encode(encoding)}))
    assert ["DOCTYPE" in fault for fault in found.errors] == [True]


async def test_more_rows_than_anybody_asks_are_refused_in_time() -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("survey")
    sheet.append(["type", "name", "label"])
    for number in range(60_000):
        sheet.append(["text", f"c{number}", "Câu?"])
    out = io.BytesIO()
    book.save(out)
    [fault] = (await examined(out.getvalue())).errors
    assert "dài quá 40000 dòng" in fault or "dài quá 40.000 dòng" in fault


async def test_a_pattern_that_is_none_is_told_with_its_row() -> None:
    found = await examined(form("| | text | b | B? | | | regex(., '(') |"))
    assert [fault.partition(":")[0] for fault in found.errors] == ["survey, dòng 3, cột constraint"]


async def test_an_expression_as_long_as_a_book_is_quoted_in_part() -> None:
    found = await examined(form(f"| | text | b | B? | {'(' * 20_000} | | |"), "a.xlsx")
    assert found.errors
    assert all(len(fault) < 1_000 for fault in found.errors)


async def test_a_regex_that_would_run_for_ever_is_checked_in_time() -> None:
    found = await examined(form("| | text | b | B? | | | regex(., '(a+)+$') |"))
    assert (found.errors, found.questions) == ((), 2)


async def test_macros_are_not_run() -> None:
    with_macro = repacked(form(), xl__vbaProject=b"\xd0\xcf\x11\xe0" + b"Shell" * 100)
    found = await examined(with_macro, "a.xlsm")
    assert (found.errors, found.form) == ((), "thu")


async def test_a_wrong_sheet_name_is_told_with_those_that_are_there() -> None:
    book = load_workbook(io.BytesIO(form()))
    book["survey"].title = "Khảo sát"
    out = io.BytesIO()
    book.save(out)
    found = await examined(out.getvalue())
    assert any("survey" in fault and "Khảo sát" in fault for fault in found.errors)


async def test_cells_that_merging_emptied_are_named() -> None:
    book = load_workbook(io.BytesIO(form()))
    book["survey"].merge_cells("A2:C2")
    out = io.BytesIO()
    book.save(out)
    found = await examined(out.getvalue())
    assert [fault.partition(":")[0] for fault in found.errors] == ["survey, dòng 2, cột name"]
    book["survey"].unmerge_cells("A2:C2")
    for row in (2, 3):
        for column, value in enumerate(("text", f"c{row}", "?"), 1):
            book["survey"].cell(row, column, value)
    book["survey"].merge_cells("A2:A3")
    out = io.BytesIO()
    book.save(out)
    [fault] = (await examined(out.getvalue())).errors
    assert fault.startswith("survey, dòng 3: Dòng này chưa có loại câu hỏi")
    assert "bỏ gộp" in fault


async def test_text_of_the_old_vietnamese_code_page_is_read() -> None:
    table = '"survey",,,\n,"type","name","label"\n,"text","ten","Tên người này?"\n"settings",,,\n'
    table += ',"form_id","version","form_title"\n,"thu","1","Thử"\n'
    old = table.replace("ười", "ươ\u0300i").replace("ử", "ư\u0309").encode("cp1258")
    found = await examined(old, "a.csv")
    assert found.errors == ()
    assert "Tên người này?" in found.xform
    wide = await examined(table.encode("utf-16"), "a.csv")
    assert "Tên người này?" in wide.xform


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (b"", "a.xlsx"),
        (b"PK\x03\x04", "a.xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 2000, "a.xlsx"),
        (b"\xff\xfe\0\0" * 50, "a.csv"),
        (b"", "a.md"),
        (b"<", "a.xml"),
        (b"<h:html/>", "a.xml"),
        (bytes(range(256)) * 40, "a.xml"),
    ],
)
async def test_what_is_no_form_gets_a_sentence(source: bytes, name: str) -> None:
    found = await examined(source, name)
    assert found.errors
    assert not any("Traceback" in fault for fault in found.errors)


async def test_an_empty_workbook_gets_a_sentence() -> None:
    out = io.BytesIO()
    Workbook().save(out)
    assert (await examined(out.getvalue())).errors


async def test_a_form_without_a_version_is_not_published() -> None:
    source = workbook(SURVEY.format(rows="").replace("| version |", "| style |"))
    [fault] = (await examined(source)).errors
    assert "cột version" in fault


@pytest.mark.parametrize("taken", ["tham-gia", "@thu", "x" * 65])
async def test_a_name_that_is_the_programs_own_or_too_long_is_not_taken(taken: str) -> None:
    found = await examined(workbook(SURVEY.format(rows="").replace("| thu |", f"| {taken} |")))
    assert ["form_id" in fault for fault in found.errors] == [True]


# --------------------------------------------------------------------------- the limits themselves


async def test_a_check_that_takes_too_long_is_ended_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "PATIENCE", 0.05)
    [fault] = (await examine(form(), "a.xlsx", "vi")).errors
    assert "bất thường" in fault


async def test_a_check_that_computes_for_ever_is_ended_long_before_its_time_by_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = "from bot import examining as e; e.SECONDS = 1; e._confine()\nwhile True: pass"
    monkeypatch.setattr(examining, "CHILD", ("-c", code))
    began = _spent()
    [fault] = (await examine(form(), "a.xlsx", "vi")).errors
    assert "bất thường" in fault
    assert 0.5 < _spent() - began < 5


async def test_a_check_that_a_busy_machine_lets_wait_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import time; from bot import examining as e; e.SECONDS = 2; time.sleep(2.5); e.main()"
    monkeypatch.setattr(examining, "CHILD", ("-c", code))
    monkeypatch.setattr(examining, "SECONDS", 2)
    assert (await examine(form(), "a.xlsx", "vi")).errors == ()


def test_the_child_may_not_take_more_memory_than_it_is_given() -> None:
    code = "from bot import examining; examining._confine(); bytearray(examining.MEMORY)"
    child = [sys.executable, "-c", code]
    ended = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.stderr.rstrip().endswith("MemoryError")


async def test_the_child_knows_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCNS_SECRET_KEY", "hush")
    code = "import os; print(sorted(os.environ))"
    monkeypatch.setattr(examining, "CHILD", ("-c", code))
    told = (await examining._ask_child(b"", "/tmp")).decode()
    assert "TMPDIR" in told
    assert "TOCNS" not in told
