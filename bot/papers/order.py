"""What file is to be made of which figures; made here, or apart in a process of its own.

`apart` starts `python -m bot.papers`, hands the figures over and waits: drawing and packing never hold up a
talk, and what they need of memory ends with them. The child has no settings: no key and no database.
"""

import asyncio
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from content.brief import Brief
from content.figures import week_name
from content.journal import Extract
from content.privacy import Notice
from content.report import Report
from content.teamwork import CrewForm, Homes, Slips, Teamwork

Kind = Literal["picture", "sheet", "csv", "report", "breach", "log"]
"""A "csv" is the sheet for a channel that takes no workbook."""

SECONDS = 120
"""What takes longer is given up."""

_ROOT = Path(__file__).parent.parent.parent
_WORDPROCESSING = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MEDIA: Mapping[Kind, tuple[str, str]] = {
    "picture": ("png", "image/png"),
    "sheet": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("csv", "text/csv"),
    "report": ("docx", _WORDPROCESSING),
    "breach": ("docx", _WORDPROCESSING),
    "log": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


_TEAMWORK: Mapping[type, str] = {Slips: "ma-moi", CrewForm: "danh-sach-to", Homes: "danh-sach-ho"}
"""How files about teams are named."""


class Failed(Exception):
    """The file could not be made: what the child said last."""


@dataclass(frozen=True, slots=True)
class Order:
    """A file to be made in a language: of a digest, a report, a breach, a team, the audit log. `named`:
    whoever gets it may see households. `titles` of articles by name."""

    kind: Kind
    locale: str
    told: Brief | Report | Notice | Teamwork | Extract
    named: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def ending(self) -> str:
        """How the file's name ends: "png"."""
        return _MEDIA[self.kind][0]

    @property
    def file_name(self) -> str:
        """As it is sent: `ban-tin-27811-2026-W47.png`."""
        if isinstance(self.told, Report):
            return f"bao-cao-{self.told.area.code}-{self.told.period.name}.{self.ending}"
        if isinstance(self.told, Notice):
            return f"thong-bao-su-co-{self.told.breach.number}.{self.ending}"
        if isinstance(self.told, Slips | CrewForm | Homes):
            return f"{_TEAMWORK[type(self.told)]}-{self.told.area.code}.{self.ending}"
        if isinstance(self.told, Extract):
            return f"nhat-ky-{self.told.area.code}-{self.told.on.isoformat()}.{self.ending}"
        figures = self.told.figures
        return f"ban-tin-{figures.area.code}-{week_name(figures.monday)}.{self.ending}"

    @property
    def media_type(self) -> str:
        return _MEDIA[self.kind][1]


def make(order: Order) -> bytes:
    """The file, made here and now."""
    # Each brings a library that nothing else needs.
    if isinstance(order.told, Report):
        from bot.papers.report import docx  # noqa: PLC0415

        return docx(order.told, order.locale, order.titles)
    if isinstance(order.told, Notice):
        from bot.papers.notice import docx as notify  # noqa: PLC0415

        return notify(order.told, order.locale)
    if isinstance(order.told, Slips | CrewForm | Homes):
        from bot.papers import crew  # noqa: PLC0415

        return (crew.csv if order.kind == "csv" else crew.xlsx)(order.told, order.locale)
    if isinstance(order.told, Extract):
        from bot.papers.log import csv as plain  # noqa: PLC0415
        from bot.papers.log import xlsx  # noqa: PLC0415

        return (plain if order.kind == "csv" else xlsx)(order.told, order.locale)
    if order.kind == "picture":
        from bot.papers.chart import png  # noqa: PLC0415

        return png(order.told, order.locale)
    from bot.papers import sheet  # noqa: PLC0415

    write = sheet.csv if order.kind == "csv" else sheet.xlsx
    return write(order.told, order.locale, named=order.named, titles=order.titles)


async def apart(order: Order, seconds: float = SECONDS) -> bytes:
    """The file, made in a process of its own. Raises Failed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.papers",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=_ROOT,
        env={"LC_ALL": "C.UTF-8"},
    )
    try:
        async with asyncio.timeout(seconds):
            made, said = await child.communicate(pickle.dumps(order))
    except TimeoutError:
        raise Failed(f"not made within {seconds:g} seconds") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise Failed(said.decode(errors="replace").strip().rpartition("\n")[2] or f"ended {child.returncode}")
    return made
