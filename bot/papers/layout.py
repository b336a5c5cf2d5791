"""The layout of administrative documents: Decree 30/2020/NĐ-CP, Appendix I. Knows pages and type, no figures.

Sizes and margins are those of the appendix: A4, margins 20/20/30/16 mm, Times New Roman, text 13–14
points, the page's number in the middle of the upper margin and not on the first page.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

FONT = "Times New Roman"
TEXT = 14
LEFT, CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
BOTH = WD_ALIGN_PARAGRAPH.JUSTIFY
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]+")  # XML has no way to write them


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, its width in millimetres, and where its cells stand."""

    heading: str
    width: float
    align: WD_ALIGN_PARAGRAPH = CENTRE


class Paper:
    """A document that is written from top to bottom. `draft` is the word that lies over every page."""

    def __init__(self, title: str, draft: str) -> None:
        self._document = Document()
        properties = self._document.core_properties
        properties.title, properties.author, properties.comments = title, "", draft
        self._break = False
        self._style()
        self._first_section(draft)

    def _style(self) -> None:
        style = self._document.styles["Normal"]
        style.font.name, style.font.size = FONT, Pt(TEXT)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.rPr.rFonts
        for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(script), FONT)
        style.element.rPr.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="vi-VN" w:eastAsia="vi-VN"/>'))
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
        style.paragraph_format.line_spacing = 1.0

    def _first_section(self, draft: str) -> None:
        section = self._document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin = section.bottom_margin = Mm(20)
        section.left_margin, section.right_margin = Mm(30), Mm(16)
        section.header_distance = Mm(10)
        section.different_first_page_header_footer = True
        _watermark(section.first_page_header.paragraphs[0], draft, 1)
        numbered = section.header.paragraphs[0]
        numbered.alignment = CENTRE
        _watermark(numbered, draft, 2)
        _page_number(numbered)

    def save(self) -> bytes:
        """The document as .docx."""
        found = BytesIO()
        self._document.save(found)
        return found.getvalue()

    # ------------------------------------------------------------------ text

    def heading(self, text: str, level: int = 1) -> None:
        """“I. …” (level 1), “1. …” (2), bold, kept with what follows."""
        paragraph = self._paragraph(text, bold=True)
        paragraph.paragraph_format.space_before = Pt(8 if level == 1 else 6)
        paragraph.paragraph_format.first_line_indent = Mm(10)
        paragraph.paragraph_format.keep_with_next = True

    def text(self, text: str, *, italic: bool = False, bold: bool = False) -> None:
        """A paragraph of the body."""
        paragraph = self._paragraph(text, italic=italic, bold=bold)
        paragraph.alignment, paragraph.paragraph_format.space_before = BOTH, Pt(6)
        paragraph.paragraph_format.first_line_indent = Mm(10)

    def centred(self, text: str, size: float = TEXT, *, bold: bool = False, italic: bool = False) -> None:
        """A line in the middle."""
        self._paragraph(text, size, bold=bold, italic=italic).alignment = CENTRE

    def gap(self, points: float = 6) -> None:
        """Some empty room."""
        self._document.add_paragraph().paragraph_format.line_spacing = Pt(points)

    def rule(self, width: float) -> None:
        """A short line in the middle, as under the subject; `width` in millimetres."""
        _rule(self._document.add_paragraph(), width)

    def new_page(self, *, landscape: bool = False) -> None:
        """An annex begins on a page of its own, which may lie on its side."""
        last = self._document.sections[-1]
        if landscape == (last.orientation == WD_ORIENT.LANDSCAPE):
            self._break = True
            return
        section = self._document.add_section(WD_SECTION.NEW_PAGE)
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = last.page_height, last.page_width
        section.different_first_page_header_footer = False

    def _paragraph(
        self,
        text: str,
        size: float = TEXT,
        *,
        bold: bool = False,
        italic: bool = False,
    ) -> Paragraph:
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.page_break_before = self._break
        self._break = False
        _run(paragraph, text, size, bold=bold, italic=italic)
        return paragraph

    # ------------------------------------------------------------------ blocks side by side

    def pair(self, widths: tuple[float, float]) -> tuple["Block", "Block"]:
        """Two blocks beside each other without a frame, `widths` in millimetres: the head, the foot."""
        table = self._document.add_table(1, 2)
        _fixed(table, widths, 0)
        row = table.rows[0]
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
        left, right = row.cells
        return Block(left), Block(right)

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        size: float = 11,
        *,
        total: bool = False,
    ) -> None:
        """A framed table; its headings stand again on every page, no row is torn apart. `total`: the last row
        is a sum."""
        table = self._document.add_table(len(rows) + 1, len(columns))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        _fixed(table, [column.width for column in columns], 1)
        texts = [[column.heading for column in columns], *rows]
        for number, (row, cells) in enumerate(zip(table.rows, texts, strict=True)):
            head, last = number == 0, total and number == len(rows)
            properties = row._tr.get_or_add_trPr()
            properties.append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
            if head:
                properties.append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
            for cell, column, text in zip(row.cells, columns, cells, strict=True):
                paragraph = cell.paragraphs[0]
                paragraph.alignment = CENTRE if head else column.align
                _run(paragraph, text, size, bold=head or last)


class Block:
    """One side of a pair: lines one under the other."""

    def __init__(self, cell: Any) -> None:
        self._cell, self._fresh = cell, True

    def line(
        self,
        text: str,
        size: float = TEXT,
        *,
        bold: bool = False,
        italic: bool = False,
        align: WD_ALIGN_PARAGRAPH = CENTRE,
    ) -> None:
        """A line of text."""
        paragraph = self._next()
        paragraph.alignment = align
        _run(paragraph, text, size, bold=bold, italic=italic)

    def rule(self, width: float) -> None:
        """A short line in the middle; `width` in millimetres."""
        _rule(self._next(), width)

    def _next(self) -> Paragraph:
        paragraph: Paragraph = self._cell.paragraphs[0] if self._fresh else self._cell.add_paragraph()
        self._fresh = False
        return paragraph


# --------------------------------------------------------------------------- below python-docx


def _run(paragraph: Paragraph, text: str, size: float, *, bold: bool = False, italic: bool = False) -> None:
    run = paragraph.add_run(_CONTROLS.sub(" ", text))
    run.font.size, run.bold, run.italic = Pt(size), bold, italic


def _fixed(table: Any, widths: Sequence[float], padding: float) -> None:
    """Columns as wide as they are told to be, in Word and in LibreOffice; all in millimetres."""
    table.autofit = False
    sides = "".join(f'<w:{side} w:w="{padding * 56.7:.0f}" w:type="dxa"/>' for side in ("left", "right"))
    table._tbl.tblPr.append(parse_xml(f"<w:tblCellMar {nsdecls('w')}>{sides}</w:tblCellMar>"))
    for grid, width in zip(table._tbl.tblGrid.gridCol_lst, widths, strict=True):
        grid.w = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def _rule(paragraph: Paragraph, width: float) -> None:
    # A drawn line: Word and LibreOffice place it alike, and a row of underscores would be text.
    paragraph.alignment = CENTRE
    paragraph.paragraph_format.line_spacing = Pt(6)
    points = width * 72 / 25.4
    paragraph.add_run()._r.append(
        parse_xml(
            f'<w:pict {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml">'
            f'<v:rect style="width:{points:.0f}pt;height:0.8pt" fillcolor="black" stroked="f"/></w:pict>'
        )
    )


def _watermark(paragraph: Paragraph, text: str, number: int) -> None:
    """The word that lies slantwise behind the text, as Word's own watermark does."""
    paragraph.add_run()._r.append(
        parse_xml(
            f'<w:pict {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml" '
            'xmlns:o="urn:schemas-microsoft-com:office:office">'
            '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
            'path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/>'
            '<v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/>'
            '<v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/>'
            '<v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>'
            '<v:path textpathok="t"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
            f'<v:shape id="PowerPlusWaterMarkObject{number}" o:spid="_x0000_s20{number}" type="#_x0000_t136" '
            'style="position:absolute;margin-left:0;margin-top:0;width:420pt;height:105pt;rotation:315;'
            "z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
            'mso-position-vertical:center;mso-position-vertical-relative:margin" '
            'fillcolor="#d9d9d9" stroked="f"><v:fill opacity=".5"/>'
            f'<v:textpath style="font-family:&quot;{FONT}&quot;;font-size:1pt" string="{text}"/>'
            "</v:shape></w:pict>"
        )
    )


def _page_number(paragraph: Paragraph) -> None:
    for kind, code in (("begin", ""), ("", "PAGE"), ("end", "")):
        inner = f'<w:fldChar w:fldCharType="{kind}"/>' if kind else f"<w:instrText>{code}</w:instrText>"
        size = f'<w:rPr><w:sz w:val="{2 * 13}"/></w:rPr>'
        paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{size}{inner}</w:r>"))
