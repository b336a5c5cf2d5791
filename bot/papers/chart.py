"""A week's digest as a picture: how far each unit has come, and the weeks behind. Made to be read on a phone.

Blue is what was done before, orange what the week added: told apart also by those who see red and green alike
(Okabe and Ito, https://jfly.uni-koeln.de/color/). Every bar says its numbers.
"""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from content.brief import Brief, Point
from content.figures import Figures, Line, told_by
from content.words import percent, say, signed, week

WIDTH = 1080
MOST = 24
"""So many units are shown; of more, those that are furthest behind and those furthest ahead."""
AHEAD = 6
MARGIN = 48

_FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
_INK, _FAINT, _TRACK, _PAPER = "#1a1a1a", "#5c5c5c", "#e3e6ea", "#ffffff"
_BEFORE, _NEW = "#0072b2", "#e69f00"
_TITLE, _HEAD, _TEXT, _SMALL, _LEAST = 56, 44, 40, 36, 24
_ROW, _BAR = 124, 40
_PLOT = 300


class Sheet:
    """A picture that is written from top to bottom, and what was written where: `texts` holds each text with
    its box, so that a test can tell that none is cut or written over another."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (WIDTH, height), _PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.texts: list[tuple[str, tuple[float, float, float, float]]] = []

    def write(
        self, at: tuple[float, float], text: str, size: int, ink: str = _INK, anchor: str = "la"
    ) -> None:
        """Writes a line of text; `anchor` as Pillow has it."""
        font = _font(size)
        self.texts.append((text, self.draw.textbbox(at, text, font=font, anchor=anchor)))
        self.draw.text(at, text, font=font, fill=ink, anchor=anchor)

    def above(self, at: tuple[float, float], text: str, size: int) -> None:
        """Writes a text above the middle of `at`, and no line goes through it."""
        left, top, right, bottom = self.draw.textbbox(at, text, font=_font(size), anchor="mb")
        self.draw.rectangle((left - 4, top - 2, right + 4, bottom + 2), fill=_PAPER)
        self.write(at, text, size, anchor="mb")

    def line(self, top: float, text: str, size: int, ink: str = _INK) -> None:
        """Writes a text as wide as the page, smaller where it would not fit."""
        self.write((MARGIN, top), text, fitting(text, size, WIDTH - 2 * MARGIN), ink)

    def bar(self, left: float, top: float, width: float, ink: str) -> None:
        """A piece of a bar."""
        if width >= 1:
            self.draw.rectangle((left, top, left + width - 1, top + _BAR - 1), fill=ink)


def png(brief: Brief, locale: str) -> bytes:
    """The picture of a digest as PNG, 1080 pixels wide."""
    found = BytesIO()
    drawn(brief, locale).image.save(found, "PNG", optimize=True)
    return found.getvalue()


def drawn(brief: Brief, locale: str) -> Sheet:
    """The picture of a digest, with what is written on it."""
    figures = brief.figures
    behind, ahead, hidden = _chosen(figures.lines or (figures.total,))
    rows = len(behind) + len(ahead)
    height = 900 + _ROW * (rows + 1) + _PLOT
    sheet = Sheet(height)
    top = _heading(sheet, figures, locale)
    top = _bars(sheet, top, behind, locale)
    if hidden:
        sheet.line(top + 30, say(locale, "chart.hidden", n=hidden), _SMALL, _FAINT)
        top = _bars(sheet, top + _ROW, ahead, locale)
    top = _trend(sheet, top + 20, brief.trend, locale)
    sheet.image = sheet.image.crop((0, 0, WIDTH, int(top)))
    return sheet


def _chosen(lines: Sequence[Line]) -> tuple[list[Line], list[Line], int]:
    """All units in their order; of too many, those behind and those ahead, and how many lie between."""
    if len(lines) <= MOST:
        return list(lines), [], 0
    by_share = sorted(lines, key=_share)
    behind, ahead = by_share[: MOST - AHEAD], by_share[-AHEAD:]
    return behind, ahead, len(lines) - MOST


def _share(line: Line) -> float:
    return line.now.done / (max(line.now.planned, line.now.done) or 1)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), size, layout_engine=ImageFont.Layout.BASIC)


# --------------------------------------------------------------------------- the parts


def _heading(sheet: Sheet, figures: Figures, locale: str) -> float:
    """Whose picture it is and of when, the whole, and what the colours say; where the next part begins."""
    now = figures.total.now
    sheet.write((MARGIN, 36), shortened(figures.area.name, _TITLE, WIDTH - 2 * MARGIN), _TITLE)
    sheet.line(116, week(locale, figures.monday), _TEXT, _FAINT)
    done = say(
        locale, "chart.done", done=now.done, planned=now.planned, new=signed(locale, figures.total.new)
    )
    sheet.line(180, done, _HEAD)
    top = 260.0
    if figures.invented:
        sheet.line(top, say(locale, "digest.invented").lstrip("⚠ "), _SMALL, _FAINT)
        top += 64
    left: float = MARGIN
    for ink, key in ((_BEFORE, "chart.before"), (_NEW, "chart.new"), (_TRACK, "chart.left")):
        sheet.draw.rectangle((left, top + 4, left + 34, top + 38), fill=ink)
        text = say(locale, key)
        sheet.write((left + 44, top), text, _SMALL)
        left += 44 + _font(_SMALL).getlength(text) + 28
    sheet.line(top + 76, say(locale, f"chart.by_{told_by(figures.area, figures.lines)}"), _HEAD)
    return top + 76 + _HEAD + 30


def _bars(sheet: Sheet, top: float, lines: Sequence[Line], locale: str) -> float:
    room = WIDTH - 2 * MARGIN
    for line in lines:
        now, before = line.now, line.before
        said = _said(line, locale)
        sheet.write((WIDTH - MARGIN, top), said, _SMALL, anchor="ra")
        name = shortened(line.area.name, _TEXT, room - _font(_SMALL).getlength(said) - 30)
        sheet.write((MARGIN, top), name, _TEXT)
        whole = max(now.planned, now.done)
        sheet.bar(MARGIN, top + 58, room, _TRACK)
        if whole:
            old = room * max(0, min(before.done, now.done)) / whole
            sheet.bar(MARGIN, top + 58, old, _BEFORE)
            sheet.bar(MARGIN + old, top + 58, room * now.done / whole - old, _NEW)
        top += _ROW
    return top


def _said(line: Line, locale: str) -> str:
    now = line.now
    if not (now.planned or now.done):
        return say(locale, "chart.no_list")
    share = (
        percent(locale, now.done, now.planned) if now.done <= now.planned else say(locale, "digest.over_list")
    )
    return say(locale, "chart.line", done=now.done, planned=now.planned, share=share)


def _trend(sheet: Sheet, top: float, points: Sequence[Point], locale: str) -> float:
    """Households done by the end of each week, as columns; where the picture ends."""
    sheet.line(top, say(locale, "chart.trend"), _HEAD)
    top += _HEAD + 24
    if not points:
        sheet.line(top, say(locale, "chart.no_trend"), _TEXT, _FAINT)
        return top + _TEXT + MARGIN
    goal = points[-1].planned
    most = max(goal, *(point.done for point in points)) or 1
    wide = (WIDTH - 2 * MARGIN) / max(len(points), 4)
    bottom = top + 110 + _PLOT
    sheet.line(top, say(locale, "chart.goal", planned=goal), _SMALL, _FAINT)
    level = bottom - _PLOT * goal / most
    for dash in range(MARGIN, WIDTH - MARGIN, 24):
        sheet.draw.line((dash, level, dash + 12, level), fill=_FAINT, width=2)
    size = fitting(say(locale, "chart.number", value=points[-1].done), _SMALL, wide - 10)
    for place, point in enumerate(points):
        middle = MARGIN + wide * (place + 0.5)
        high = _PLOT * point.done / most
        old = high
        if place == len(points) - 1:  # only what it added is of this week
            old = _PLOT * min(point.done, points[place - 1].done if place else 0) / most
        for low, top_, ink in ((0.0, old, _BEFORE), (old, high, _NEW)):
            if top_ - low >= 1:
                box = (middle - wide * 0.32, bottom - top_, middle + wide * 0.32, bottom - low)
                sheet.draw.rectangle(box, fill=ink)
        value = say(locale, "chart.number", value=point.done)
        sheet.above((middle, bottom - high - 6), value, size)
        label = say(locale, "chart.week", week=str(point.monday.isocalendar().week))
        sheet.write((middle, bottom + 12), label, _SMALL, anchor="ma")
    sheet.draw.line((MARGIN, bottom, WIDTH - MARGIN, bottom), fill=_FAINT, width=2)
    return bottom + 12 + _SMALL + MARGIN


def fitting(text: str, size: int, room: float) -> int:
    """The size at which the text fits into `room` pixels: the one asked for, or less."""
    return next((less for less in range(size, _LEAST, -1) if _font(less).getlength(text) <= room), _LEAST)


def shortened(text: str, size: int, room: float) -> str:
    """The text as far as it fits into `room` pixels, with "…" where it does not."""
    font = _font(size)
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(f"{text.rstrip()}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…"
