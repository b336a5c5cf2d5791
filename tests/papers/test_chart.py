"""The digest's picture: what it says can be read, whole and on a phone, whatever there is to be drawn."""

from dataclasses import replace
from io import BytesIO
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFont, ImageStat

from bot.papers import chart
from content.areas import Level
from content.brief import Brief
from tests.papers.briefs import BRIEF, EVERY, FIGURES, LINES, MANY, NOTHING

DOCS = Path(__file__).parents[2] / "docs" / "images" / "bieu-do.png"
EACH = pytest.mark.parametrize("brief", EVERY.values(), ids=EVERY.keys())
LOCALES = pytest.mark.parametrize("locale", ["vi", "en"])


@EACH
@LOCALES
def test_no_text_is_cut_off_or_written_over_another(brief: Brief, locale: str) -> None:
    sheet = chart.drawn(brief, locale)
    for text, (left, top, right, bottom) in sheet.texts:
        assert chart.MARGIN - 2 <= left < right <= chart.WIDTH - chart.MARGIN + 1, text
        assert 0 <= top < bottom <= sheet.image.height - 10, text
    for (one, a), (other, b) in combinations(sheet.texts, 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{one!r} lies on {other!r}"


@EACH
def test_it_is_a_picture_that_every_channel_takes(brief: Brief) -> None:
    data = chart.png(brief, "vi")
    image = Image.open(BytesIO(data))
    assert (image.format, image.width) == ("PNG", 1080)
    # https://core.telegram.org/bots/api#sendphoto: width and height together, their ratio; 1 MB is Zalo OA's.
    assert image.width + image.height <= 10_000
    assert image.height / image.width < 20
    assert len(data) < 1_000_000


def test_letters_are_large_enough_for_a_phone_held_in_the_hand() -> None:
    # 1080 pixels are some 65 mm there: letters from head to foot of 27 pixels are 1.6 mm high.
    heights = [box[3] - box[1] for text, box in chart.drawn(BRIEF, "vi").texts if len(text) > 8]
    assert min(heights) >= 27


def test_of_two_hundred_communes_those_behind_and_those_ahead_are_shown_and_the_rest_counted() -> None:
    said = [text for text, _ in chart.drawn(MANY, "vi").texts]
    shown = [text for text in said if text.startswith("xã Số")]
    assert len(shown) == chart.MOST
    assert any(text.startswith("… 176 đơn vị") for text in said)
    assert shown[0].startswith("xã Số 0 ")
    assert "1.998/2.000 hộ (99,9%)" in said


def test_what_is_written_is_what_the_words_say() -> None:
    said = [text for text, _ in chart.drawn(BRIEF, "vi").texts]
    assert "Đã khảo sát 1.204/1.310 hộ · tuần này +24" in said
    assert "700/760 hộ (92,1%)" in said
    assert "504/500 hộ (nhiều hơn danh sách)" in said
    assert "chưa có danh sách hộ" in said
    assert "1.204" in said


def test_without_data_it_says_so() -> None:
    said = [text for text, _ in chart.drawn(NOTHING, "vi").texts]
    assert "Chưa có số liệu tuần nào." in said
    assert "Số liệu mẫu, không phải số thật." in said


def test_bars_are_as_long_as_their_shares() -> None:
    image = chart.drawn(BRIEF, "vi").image
    room = chart.WIDTH - 2 * chart.MARGIN
    for ink, share in ((chart._BEFORE, 690 / 760), (chart._NEW, 10 / 760)):
        row = _row_of(image, chart._BEFORE)
        colour = tuple(bytes.fromhex(ink[1:]))
        drawn = sum(
            image.getpixel((x, row)) == colour for x in range(chart.MARGIN, chart.WIDTH - chart.MARGIN)
        )
        assert abs(drawn - room * share) <= 1


def _row_of(image: Image.Image, ink: str) -> int:
    """The middle of the first bar: below the key, at the left margin."""
    colour = tuple(bytes.fromhex(ink[1:]))
    rows = [y for y in range(320, image.height) if image.getpixel((chart.MARGIN + 1, y)) == colour]
    return rows[0] + 5


def test_the_colours_differ_to_whoever_sees_no_red_or_no_green() -> None:
    inks = [tuple(bytes.fromhex(ink[1:])) for ink in (chart._BEFORE, chart._NEW, chart._TRACK)]
    # By how light they are alone, which nobody sees differently: at least 40 of 255 apart.
    light = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in inks)
    assert min(b - a for a, b in pairwise(light)) > 40


def test_the_font_has_every_letter_of_vietnamese() -> None:
    font = ImageFont.truetype(str(chart._FONT), 40)
    nothing = bytes(font.getmask("\uffff"))
    letters = (
        "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ…–“”▲▼·"
    )
    assert [each for each in letters + letters.upper() if bytes(font.getmask(each)) == nothing] == []


def test_the_picture_in_the_documentation_is_the_one_that_is_drawn(request: pytest.FixtureRequest) -> None:
    drawn = chart.drawn(BRIEF, "vi").image
    if request.config.getoption("--update"):
        DOCS.write_bytes(chart.png(BRIEF, "vi"))
    kept = Image.open(DOCS).convert("RGB")
    assert kept.size == drawn.size
    # Another release of FreeType may smooth an edge otherwise: a tenth of a per cent is no other picture.
    assert max(ImageStat.Stat(ImageChops.difference(kept, drawn)).mean) < 0.5


def test_the_country_is_told_by_provinces_and_thousands_gained_are_grouped() -> None:
    province = replace(LINES[0], area=replace(LINES[0].area, level=Level.PROVINCE))
    gained = replace(FIGURES.total, now=replace(FIGURES.total.now, done=FIGURES.total.before.done + 3_980))
    figures = replace(FIGURES, lines=(province,), total=gained)
    written = [text for text, _ in chart.drawn(replace(BRIEF, figures=figures), "vi").texts]
    assert "Theo tỉnh, thành phố" in written
    assert any(text.endswith("tuần này +3.980") for text in written)
