"""The draft of the report: the layout of Decree 30/2020/NĐ-CP, and only figures that the submissions bear."""

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.shared import Mm
from PIL import Image, ImageStat

from bot.papers.report import docx
from content.disclosure import guarded_report
from content.indicators import DONE, REFUSED, catalogue
from content.periods import period_named
from content.report import Report
from content.targets import Target
from storage import areas, reports, targets
from storage.database import Connection
from storage.secrets import Vault
from tests.test_digests import FORM, ZONE, Place, Visit, answers, at, recounted, tried

JUNE = date(2025, 6, 30)
PLAN = [
    Target("CT1", "Hộ có cáp quang", 2025, indicator="cap_quang", percent=75, source="Kế hoạch 1"),
    Target("CT2", "Doanh nghiệp dùng hợp đồng điện tử", 2025, percent=50, outside=True),
    Target(
        "CT3",
        "Xã họp trực tuyến",
        2025,
        percent=90,
        numerator=6,
        denominator=7,
        counted_on=JUNE,
        inferred=True,
    ),
]


def some_visits(place: Place) -> list[Visit]:
    """Two weeks in two hamlets: surveys, a second one, a correction, a refusal; one after the month."""
    one, other = place.hamlets[:2]
    a, b, c, d = place.households[:4]
    first, second = place.members
    return [
        Visit("1", at(0), a, one, first, answers(mang="cap_quang", nguoi_18=3, dtdt=2, co_dtdt="co")),
        Visit("2", at(0, hour=10), b, one, first, answers(mang="khong", nguoi_18=2, dtdt=0, co_dtdt="khong")),
        Visit(
            "3", at(1), c, other, second, answers(mang="ca_hai", nguoi_18=4, dtdt=4, can_giup="vneid bhyt")
        ),
        Visit("4", at(1, hour=11), None, other, second, {}, consent=False),
        Visit("2", at(1, 2), b, one, first, answers(mang="di_dong", nguoi_18=2, dtdt=1, co_dtdt="co")),
        Visit("5", at(2), a, one, second, answers(mang="di_dong", nguoi_18=3, dtdt=3, co_dtdt="co")),
        Visit("6", at(2, 3), d, other, second, answers(mang="cap_quang", nguoi_18=1, dtdt=1)),
    ]


@pytest.fixture
def drafted(
    sqlite_url: str, vault: Vault
) -> Callable[..., tuple[Any, Report, list[Visit], dict[int, set[int]]]]:
    """The report on June of huyện Mộc Hóa as a document, with what it was made of."""

    def draft(name: str = "2025-06", code: str = "798", plan: list[Target] = PLAN) -> Any:
        def work(conn: Connection) -> Any:
            place = Place(conn)
            visits = some_visits(place)
            for visit in visits:
                visit.submit(conn)
            period = period_named(name, ZONE)
            here = areas.by_code(conn, code, period.last) or areas.latest(conn, code)
            assert here is not None
            if plan:
                targets.replace(conn, place.code("798", JUNE), plan)
            found = reports.report(conn, FORM, here, period, date(2025, 12, 31))
            hamlets = {
                line.area.id: {unit.id for unit in areas.hamlets(conn, line.area.id, found.on)}
                for line in (found.total, *found.lines)
            }
            return found, visits, hamlets

        found, visits, hamlets = tried(sqlite_url, vault, work)
        return Document(BytesIO(docx(found, "vi", {}))), found, visits, hamlets

    return draft


Drafted = Callable[..., tuple[Any, Report, list[Visit], dict[int, set[int]]]]


def body(document: Any) -> str:
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def cells(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


# --------------------------------------------------------------------------- every figure


def share(sums: dict[int, dict[str, list[int]]], hamlets: set[int], name: str) -> tuple[int, int]:
    """A numerator and its denominator over some hamlets, added by hand."""
    found = [sums[hamlet][name] for hamlet in hamlets if name in sums.get(hamlet, {})]
    return sum(n for n, _ in found), sum(d for _, d in found)


def percent(numerator: int, denominator: int) -> str:
    return f"{100 * numerator / denominator:.1f}%".replace(".", ",") if denominator else "–"


def test_the_table_of_targets_says_what_a_recount_by_hand_says(drafted: Drafted) -> None:
    document, found, visits, hamlets = drafted()
    now, before = recounted(visits, found.period.end), recounted(visits, found.period.start)
    inside = hamlets[found.area.id]
    (table,) = [table for table in document.tables if table.rows[0].cells[-1].text == "Tình trạng"]
    _, *rows = cells(table)
    known = {one.id: one for one in catalogue(FORM).indicators}
    named = [one.indicator for one in PLAN] + [name for name in known if name != "cap_quang"]
    for row, name in zip(rows, named, strict=True):
        if name:
            numerator, denominator = share(now, inside, name)
            earlier = percent(*share(before, inside, name))
        else:
            (target,) = [one for one in PLAN if one.title == row[1]]
            numerator, denominator, earlier = target.numerator or 0, target.denominator or 0, "–"
        assert row[3:5] == ([str(numerator), str(denominator)] if denominator else ["–", "–"])
        assert row[5:7] == [percent(numerator, denominator), earlier]
    assert [row[-1] for row in rows[:3]] == ["chưa đạt", "chưa có cơ sở đánh giá", "chưa đạt"]
    assert rows[0][:4] == [
        "1",
        "Hộ có cáp quang",
        "hộ",
        "1",
    ]  # of three: a changed over, c stays, b never had


def test_the_annex_traces_every_figure_to_its_unit(drafted: Drafted) -> None:
    document, found, visits, hamlets = drafted()
    now, before = recounted(visits, found.period.end), recounted(visits, found.period.start)
    in_june = [one for one in visits if one.when < found.period.end]
    (survey, *shares) = [table for table in document.tables if table.rows[0].cells[0].text == "Đơn vị"]
    _, *rows, total = cells(survey)
    for row, line in zip([*rows, total], (*found.lines, found.total), strict=True):
        inside = hamlets[line.area.id]
        done, refused = share(now, inside, DONE)[0], share(now, inside, REFUSED)[0]
        earlier = share(before, inside, DONE)[0]
        assert [int(row[2]), int(row[5]), int(row[7]), int(row[8])] == [
            done,
            earlier,
            done - earlier,
            refused,
        ]
        assert int(row[9]) == sum(one.hamlet in inside for one in in_june)
    checked = 0
    for table in shares:
        head, *rows, total = cells(table)
        for column, heading in enumerate(head[1:], 1):
            at_ = int(heading.partition(".")[0]) - 1
            name = found.results[at_].target.indicator
            for row, line in zip([*rows, total], (*found.lines, found.total), strict=True):
                numerator, denominator = share(now, hamlets[line.area.id], name)
                assert row[column] == (f"{numerator}/{denominator}" if denominator else "–")
                checked += 1
    assert checked == 16 * (len(found.lines) + 1)


def test_the_sentences_say_the_same_numbers(drafted: Drafted) -> None:
    document, found, visits, _ = drafted()
    text = body(document)
    june = recounted(visits, found.period.end)
    done = sum(sums.get(DONE, [0])[0] for sums in june.values())
    planned = found.total.now.planned
    rate = percent(done, planned)
    surveyed = f"Đã khảo sát {done}/{planned} hộ trong danh sách ({rate})"
    assert f"{surveyed}; cuối kỳ trước chưa có danh sách hộ." in text
    assert "Từ trước đến nay có 1 lượt từ chối." in text
    assert "Trong kỳ các tổ gửi 6 phiếu" in text
    counts = [
        int(n) for n in re.findall(r"(\d+) chỉ tiêu", text.partition("Trong tổng số")[2].partition(".")[0])
    ]
    assert counts[0] == sum(counts[1:]) == len(found.results) == 18
    assert "Tỷ lệ chỉ tiêu đạt: 1/18 trên tổng số (5,6%); 1/3 trên số chỉ tiêu đánh giá được (33,3%)" in text
    assert "Hộ có cáp quang: 33,3%, chưa đạt mức 75%; còn thiếu 2 hộ." in text


def test_a_period_is_told_against_the_one_before_where_there_was_a_list(drafted: Drafted) -> None:
    later, found, *_ = drafted("2025-Q3", "27811")
    now, before = found.total.now, found.total.before
    assert before.planned
    grown = f"tăng {now.done - before.done} hộ" if now.done > before.done else "không tăng"
    assert f"{grown} so với cuối kỳ trước ({before.done}/{before.planned} hộ)" in body(later)
    assert "có thể lệch 0,1" in body(later)


def test_a_period_without_a_list_is_told_so_and_not_as_nothing_of_nothing(drafted: Drafted) -> None:
    document, *_ = drafted("2024-12")
    text = body(document)
    assert "Chưa có danh sách hộ và chưa có phiếu nào." in text
    assert "0/0 hộ" not in text
    assert "- Chưa có danh sách hộ." in text
    assert "đơn vị không có thêm hộ nào" not in text
    assert "có thể lệch" not in text


def test_whatever_stands_in_place_of_a_small_number_is_explained_and_only_then(drafted: Drafted) -> None:
    document, found, _, _ = drafted()
    assert "là số nhỏ" not in body(document)
    handed_up = Document(BytesIO(docx(guarded_report(found, 5), "vi", {})))
    assert "<5" in "".join(cell for table in handed_up.tables for row in cells(table) for cell in row)
    assert "“<5” là số nhỏ, “…” là số mà nêu ra thì suy được số nhỏ" in body(handed_up)


# --------------------------------------------------------------------------- the layout of Decree 30


def test_the_head_and_foot_are_those_of_the_decree(drafted: Drafted) -> None:
    document, *_ = drafted()
    left, right = (cell.text.split("\n") for cell in document.tables[0].rows[0].cells)
    assert left[:4] == ["ỦY BAN NHÂN DÂN", "TỈNH LONG AN", "ỦY BAN NHÂN DÂN", "HUYỆN MỘC HÓA"]
    assert right[:2] == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    text = body(document)
    assert "BÁO CÁO" in text
    assert "khảo sát hộ tháng\u00a06\u00a0năm\u00a02025" in text
    assert "Kính gửi: [" in text
    recipients, signature = next(
        [cell.text for cell in table.rows[0].cells]
        for table in document.tables
        if table.rows[0].cells[0].text.startswith("Nơi nhận:")
    )
    assert recipients.split("\n")[1] == "- Như trên;"
    assert recipients.endswith("- Lưu: VT, [đơn vị soạn thảo].")
    assert signature.split("\n")[:2] == ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"]
    for part in (
        "I. KẾT QUẢ",
        "II. HOẠT ĐỘNG",
        "III. NGƯỜI DÂN",
        "IV. KHÓ KHĂN",
        "V. ĐỀ XUẤT",
        "Phụ lục III",
    ):
        assert f"\n{part}" in text


def test_a_draft_bears_no_number_no_date_no_name_and_no_seal(drafted: Drafted) -> None:
    document, *_ = drafted()
    left, right = (cell.text.split("\n") for cell in document.tables[0].rows[0].cells)
    assert re.fullmatch(r"Số:\s+/BC-UBND", left[-1])
    assert re.fullmatch(r"Mộc Hóa, ngày\s+tháng\s+năm\s*", right[-1])
    assert body(document).count("DỰ THẢO") == 1
    assert not document.inline_shapes
    for section in document.sections:
        for header in (section.header, section.first_page_header):
            assert "DỰ THẢO" in header._element.xml or header.is_linked_to_previous
    assert "[Họ và tên]" in "".join(cell.text for table in document.tables for cell in table.rows[0].cells)


def test_page_and_type_are_within_the_decrees_limits(drafted: Drafted) -> None:
    document, *_ = drafted()
    first = document.sections[0]
    assert (round(first.page_width / Mm(1)), round(first.page_height / Mm(1))) == (210, 297)
    assert first.different_first_page_header_footer
    assert "PAGE" in first.header._element.xml
    assert "PAGE" not in first.first_page_header._element.xml
    for name, least, most in (("top", 20, 25), ("bottom", 20, 25), ("left", 30, 35), ("right", 15, 20)):
        assert least <= getattr(first, f"{name}_margin") / Mm(1) <= most + 0.01
    style = document.styles["Normal"]
    assert (style.font.name, style.font.size.pt) == ("Times New Roman", 14)


def test_a_name_that_word_would_not_take_as_it_stands_is_written_as_it_stands(drafted: Drafted) -> None:
    plan = [Target("<&>", 'Hộ "A" & <b>', 2025, percent=50, note="a\x0bb")]
    document, *_ = drafted(plan=plan)
    assert any('Hộ "A" & <b>' in cell for table in document.tables for row in cells(table) for cell in row)


@pytest.mark.parametrize(
    ("code", "head"),
    [("VN", "[TÊN CƠ QUAN BAN HÀNH]"), ("80", "ỦY BAN NHÂN DÂN\nTỈNH TÂY NINH"), ("27811", "XÃ BÌNH HÒA")],
)
def test_whoever_the_area_is_there_is_a_report(drafted: Drafted, code: str, head: str) -> None:
    document, *_ = drafted("2025-Q3", code, [])
    assert head in document.tables[0].rows[0].cells[0].text


# --------------------------------------------------------------------------- as it is printed


def prints() -> bool:
    """Whether there is what prints the report, and a font as wide as the one that the decree asks for."""
    if not all(map(shutil.which, ("soffice", "pdftotext", "pdftoppm", "fc-list"))):
        return False
    fonts = subprocess.run(["fc-list", ":", "family"], check=True, capture_output=True, text=True).stdout
    return any(name in fonts for name in ("Times New Roman", "Liberation Serif", "Tinos"))


@pytest.mark.skipif(
    not prints(),
    reason="LibreOffice Writer, poppler-utils, or a font of Times New Roman's measures is not installed here",
)
def test_libreoffice_opens_it_and_prints_it_as_it_should_look(drafted: Drafted, tmp_path: Path) -> None:
    document, *_ = drafted()
    document.save(str(tmp_path / "a.docx"))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"

    def printed() -> tuple[list[str], Image.Image]:
        convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
        subprocess.run([*convert, str(tmp_path / "a.docx")], check=True, capture_output=True, timeout=120)
        pdf = str(tmp_path / "a.pdf")
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True)
        subprocess.run(
            ["pdftoppm", "-r", "50", "-f", "3", "-l", "3", "-png", pdf, str(tmp_path / "p")], check=True
        )
        (page,) = tmp_path.glob("p*.png")
        return text.stdout.split("\f")[:-1], Image.open(page).convert("L")

    pages, third = printed()
    assert 5 <= len(pages) <= 9
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n" in pages[0]  # on one line
    assert [page.split()[0] for page in pages[1:]] == [str(number) for number in range(2, len(pages) + 1)]
    assert not pages[0].strip().startswith("1")
    assert all(len(page.split()) > 5 for page in pages)  # none is empty
    # The watermark: light grey, over a part of the page that has little text.
    grey = sum(third.histogram()[200:250])
    assert grey > 0.01 * third.width * third.height
    assert ImageStat.Stat(third).mean[0] > 200
