"""Draws the pictures of the articles: `python deploy/pictures.py`, after a change of what is below.

Our own drawings, 720 pixels wide with letters of 34 and more, so that they are read on a 5-inch phone. What a
picture shows is said in words in its article (`shows:`), for those who cannot see it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parent.parent
FONT = ROOT / "bot" / "papers" / "fonts" / "DejaVuSans.ttf"
OUT = ROOT / "content" / "articles" / "pictures"

WIDTH, EDGE, CARD, ICON, GAP = 720, 28, 132, 92, 18
INK, PAPER, LINE = "#1d2b36", "#ffffff", "#c9d4dc"
BLUE, RED, GREEN, AMBER = "#1565a8", "#b3261e", "#2e7d32", "#9a5b00"

Pen = ImageDraw.ImageDraw
Icon = Callable[[Pen, int, int, str], None]
"""Draws a sign of 92 by 92 pixels with its upper left corner there, in that colour."""


def letters(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


def phone(pen: Pen, x: int, y: int, colour: str) -> None:
    pen.rounded_rectangle((x + 22, y + 2, x + 70, y + 90), 10, outline=colour, width=6)
    pen.line((x + 38, y + 78, x + 54, y + 78), fill=colour, width=5)


def call(pen: Pen, x: int, y: int, colour: str) -> None:
    phone(pen, x - 12, y, colour)
    for r in (14, 26):
        pen.arc((x + 62 - r, y + 30 - r, x + 62 + r, y + 30 + r), -60, 60, fill=colour, width=6)


def card(pen: Pen, x: int, y: int, colour: str) -> None:
    pen.rounded_rectangle((x + 2, y + 18, x + 90, y + 76), 8, outline=colour, width=6)
    pen.ellipse((x + 14, y + 30, x + 34, y + 50), fill=colour)
    pen.rounded_rectangle((x + 12, y + 52, x + 36, y + 66), 6, fill=colour)
    for down in (34, 48, 62):
        pen.line((x + 46, y + down, x + 78, y + down), fill=colour, width=5)


def qr(pen: Pen, x: int, y: int, colour: str) -> None:
    for dx, dy in ((4, 4), (56, 4), (4, 56)):
        pen.rectangle((x + dx, y + dy, x + dx + 32, y + dy + 32), outline=colour, width=6)
        pen.rectangle((x + dx + 12, y + dy + 12, x + dx + 20, y + dy + 20), fill=colour)
    for dx, dy in ((56, 56), (76, 56), (66, 66), (56, 78), (80, 80)):
        pen.rectangle((x + dx, y + dy, x + dx + 9, y + dy + 9), fill=colour)


def house(pen: Pen, x: int, y: int, colour: str) -> None:
    pen.polygon(((x + 46, y + 6), (x + 90, y + 46), (x + 2, y + 46)), fill=colour)
    pen.rectangle((x + 14, y + 46, x + 78, y + 88), outline=colour, width=6)
    pen.rectangle((x + 38, y + 62, x + 54, y + 88), fill=colour)


def person(pen: Pen, x: int, y: int, colour: str) -> None:
    pen.ellipse((x + 30, y + 4, x + 62, y + 36), fill=colour)
    pen.pieslice((x + 12, y + 42, x + 80, y + 130), 180, 360, fill=colour)


def finger(pen: Pen, x: int, y: int, colour: str) -> None:
    for r in (12, 24, 36):
        pen.arc((x + 46 - r, y + 46 - r, x + 46 + r, y + 46 + r), 150, 390, fill=colour, width=6)


def message(pen: Pen, x: int, y: int, colour: str) -> None:
    pen.rounded_rectangle((x + 2, y + 10, x + 90, y + 70), 12, outline=colour, width=6)
    pen.polygon(((x + 20, y + 68), (x + 20, y + 90), (x + 44, y + 68)), fill=colour)
    for down in (30, 48):
        pen.line((x + 20, y + down, x + 72, y + down), fill=colour, width=6)


def wifi(pen: Pen, x: int, y: int, colour: str) -> None:
    for r in (20, 36, 52):
        pen.arc((x + 46 - r, y + 74 - r, x + 46 + r, y + 74 + r), 225, 315, fill=colour, width=8)
    pen.ellipse((x + 38, y + 66, x + 54, y + 82), fill=colour)


def bars(pen: Pen, x: int, y: int, colour: str) -> None:
    for n in range(4):
        pen.rectangle((x + 8 + n * 21, y + 68 - n * 18, x + 22 + n * 21, y + 84), fill=colour)


def money(pen: Pen, x: int, y: int, colour: str) -> None:
    pen.rounded_rectangle((x + 2, y + 20, x + 90, y + 74), 6, outline=colour, width=6)
    pen.ellipse((x + 32, y + 33, x + 60, y + 61), outline=colour, width=6)


def key(pen: Pen, x: int, y: int, colour: str) -> None:
    pen.ellipse((x + 4, y + 28, x + 42, y + 66), outline=colour, width=8)
    pen.line((x + 42, y + 47, x + 88, y + 47), fill=colour, width=8)
    for dx in (66, 82):
        pen.line((x + dx, y + 47, x + dx, y + 66), fill=colour, width=8)


def lookup(pen: Pen, x: int, y: int, colour: str) -> None:
    pen.ellipse((x + 8, y + 8, x + 62, y + 62), outline=colour, width=8)
    pen.line((x + 56, y + 56, x + 86, y + 86), fill=colour, width=10)


def paper(pen: Pen, x: int, y: int, colour: str) -> None:
    pen.rectangle((x + 16, y + 4, x + 76, y + 88), outline=colour, width=6)
    for down in (26, 44, 62):
        pen.line((x + 30, y + down, x + 62, y + down), fill=colour, width=6)


def clock(pen: Pen, x: int, y: int, colour: str) -> None:
    pen.ellipse((x + 6, y + 6, x + 86, y + 86), outline=colour, width=7)
    pen.line((x + 46, y + 46, x + 46, y + 22), fill=colour, width=7)
    pen.line((x + 46, y + 46, x + 64, y + 58), fill=colour, width=7)


def big(pen: Pen, x: int, y: int, colour: str) -> None:
    pen.text((x, y + 44), "a", fill=colour, font=letters(40))
    pen.text((x + 28, y - 4), "A", fill=colour, font=letters(84))


@dataclass(frozen=True)
class Line:
    """A card of a picture: a sign, what it says in large letters, and smaller below."""

    icon: Icon
    says: str
    more: str = ""


@dataclass(frozen=True)
class Picture:
    """Cards below each other. `steps`: they follow one another, so they are numbered and joined."""

    title: str
    lines: Sequence[Line]
    colour: str = BLUE
    steps: bool = False
    end: str = ""
    end_colour: str = GREEN


PICTURES = {
    "lua-dao": Picture(
        "Gặp một dấu hiệu: CÚP MÁY",
        (
            Line(call, "Xưng công an, ngân hàng,", "cán bộ gọi bảo cập nhật"),
            Line(message, "Gửi link, tệp cài đặt", "ngoài CH Play, App Store"),
            Line(key, "Đòi mã OTP, mật khẩu"),
            Line(money, "Bắt chuyển tiền, đóng phí"),
            Line(clock, "Giục gấp, dọa khóa,", "bảo đừng nói với ai"),
        ),
        RED,
        end="Hỏi lại Công an xã, Ủy ban xã",
    ),
    "otp": Picture(
        "Mã OTP là chìa khóa nhà mình",
        (
            Line(message, "Mã gửi về máy cô/chú", "chỉ để cô/chú tự gõ"),
            Line(call, "Ai gọi hỏi mã: không đọc", "kể cả công an, ngân hàng, em"),
        ),
        RED,
        end="Lỡ đọc: gọi ngân hàng khóa ngay",
        end_colour=AMBER,
    ),
    "the-bhyt": Picture(
        "Đi khám: đưa một trong ba",
        (
            Line(card, "Căn cước gắn chíp", "đem theo cho chắc"),
            Line(phone, "VNeID", "Ví giấy tờ, Thẻ BHYT"),
            Line(qr, "VssID", "Quản lý cá nhân, Thẻ BHYT"),
        ),
        end="Thay được thẻ giấy",
    ),
    "muc-2": Picture(
        "Làm định danh mức 2",
        (
            Line(card, "Đem căn cước,", "điện thoại"),
            Line(house, "Tới Công an xã", "xã nào cũng được"),
            Line(finger, "Chụp ảnh, lấy vân tay"),
            Line(message, "Về chờ tin nhắn", "báo đã duyệt"),
        ),
        steps=True,
        end="Rồi kích hoạt trên máy",
    ),
    "nop-ho-so": Picture(
        "Nộp hồ sơ tại nhà",
        (
            Line(lookup, "Tìm đúng thủ tục", "trên dichvucong.gov.vn"),
            Line(house, "Chọn tỉnh Tây Ninh,", "rồi chọn xã"),
            Line(paper, "Điền chỗ có dấu *"),
            Line(phone, "Đính ảnh giấy tờ", "rõ chữ"),
            Line(message, "Bấm Gửi,", "chép mã hồ sơ ra giấy"),
        ),
        steps=True,
    ),
    "quet-ma": Picture(
        "Quét mã trả tiền",
        (
            Line(qr, "Quét mã người bán"),
            Line(person, "Nhìn tên người nhận", "khác tên: dừng lại"),
            Line(money, "Gõ số tiền, xác nhận"),
            Line(phone, "Đưa người bán xem", "báo thành công"),
        ),
        steps=True,
    ),
    "chu-to": Picture(
        "Phóng to chữ trên điện thoại",
        (
            Line(phone, "Mở Cài đặt"),
            Line(lookup, "Chọn Màn hình", "(và độ sáng)"),
            Line(big, "Chọn Cỡ chữ,", "kéo cho vừa mắt"),
        ),
        steps=True,
    ),
    "wifi-4g": Picture(
        "Hai cách có mạng",
        (
            Line(wifi, "Wi-Fi: mạng trong nhà", "chọn tên mạng, gõ mật khẩu"),
            Line(bars, "4G: mạng của sim", "bấm Dữ liệu di động"),
        ),
        end="Vuốt từ mép trên màn hình xuống",
        end_colour=BLUE,
    ),
}


def draw(picture: Picture) -> Image.Image:
    """The picture as it is sent."""
    head, foot = 120, 104 if picture.end else EDGE
    height = head + len(picture.lines) * (CARD + GAP) + foot
    image = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, 92), fill=picture.colour)
    write(pen, (WIDTH // 2, 46), picture.title, 40, PAPER, "mm")
    for number, line in enumerate(picture.lines, 1):
        top = head + (number - 1) * (CARD + GAP)
        _card(pen, picture, line, number, top)
    if picture.end:
        pen.rounded_rectangle((EDGE, height - 92, WIDTH - EDGE, height - 20), 16, fill=picture.end_colour)
        write(pen, (WIDTH // 2, height - 56), picture.end, 36, PAPER, "mm")
    return image.quantize(32)


def _card(pen: Pen, picture: Picture, line: Line, number: int, top: int) -> None:
    pen.rounded_rectangle((EDGE, top, WIDTH - EDGE, top + CARD), 16, outline=LINE, width=3)
    left = EDGE + 20
    if picture.steps:
        pen.ellipse((left, top + 40, left + 52, top + 92), fill=picture.colour)
        write(pen, (left + 26, top + 66), str(number), 34, PAPER, "mm")
        left += 68
        if number < len(picture.lines):
            x, y = EDGE + 46, top + CARD
            pen.polygon(((x - 14, y), (x + 14, y), (x, y + GAP)), fill=picture.colour)
    line.icon(pen, left, top + 20, picture.colour)
    middle = top + (42 if line.more else CARD // 2)
    write(pen, (left + ICON + 24, middle), line.says, 36, INK, "lm")
    if line.more:
        write(pen, (left + ICON + 24, top + 92), line.more, 34, INK, "lm")


def write(  # noqa: PLR0913, PLR0917 - what is written, where and how
    pen: Pen, at: tuple[int, int], text: str, size: int, colour: str, anchor: str
) -> None:
    """Text that fits: a line that would run out of the picture is a fault of what is written above."""
    font = letters(size)
    left, _, right, _ = pen.textbbox(at, text, font=font, anchor=anchor)
    assert left >= 0, f"too long: {text}"
    assert right <= WIDTH - EDGE, f"too long: {text}"
    pen.text(at, text, fill=colour, font=font, anchor=anchor)


if __name__ == "__main__":
    for name, picture in PICTURES.items():
        draw(picture).save(OUT / f"{name}.png", optimize=True)
