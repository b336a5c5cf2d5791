"""`tocns digest`: a week's digest as a file, exactly as staff receive it."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands.failure import Fault
from bot.commands.setting import settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from content.areas import Area
    from storage.database import Connection

app = typer.Typer()


@app.command(epilog="Example: tocns digest --area 27811 --week 2026-W47 --out digests")
def digest(
    area: str = typer.Option(..., help="the area's code, as it is on the last day of the week"),
    week: str = typer.Option(..., help="as 2026-W47"),
    out: Path = typer.Option(..., help="the folder to write to; made where there is none"),
    on: str | None = typer.Option(None, help="tell it on the map of this day, as 2025-06-30"),
) -> None:
    """Writes digest.txt for an area and a week.

    An area that is no more (798, huyện Mộc Hóa) is told on its own last map.
    """
    from content.figures import Week, map_day, week_named
    from content.households import QUESTIONNAIRE
    from handlers.digest import text
    from storage import digests

    found = settings(need_key=True)
    try:
        wanted = Week(week_named(week), found.zone)
    except ValueError as error:
        raise Fault(f"--week: {error}") from None
    day = _day(on)
    today = datetime.now(found.zone).date()

    def told(conn: "Connection") -> str:
        here = _area(conn, area, day or min(wanted.sunday, today))
        shown = digests.figures(conn, QUESTIONNAIRE, here.id, wanted, day or map_day(here, wanted, today))
        return text(found.locale, shown)

    words = stored(told)
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = out / "digest.txt"
        file.write_text(words + "\n", encoding="utf-8")
    except OSError as error:
        raise Fault(f"--out {out}: {error.strerror}; give a folder that can be written to") from None
    print(file)


def _day(on: str | None) -> date | None:
    try:
        return None if on is None else date.fromisoformat(on)
    except ValueError:
        raise Fault(f"--on: {on!r} is no day; write it as 2025-06-30") from None


def _area(conn: "Connection", code: str, on: date) -> "Area":
    """What the code means on that day, or meant last."""
    from storage import areas

    found = areas.by_code(conn, code, on) or areas.latest(conn, code)
    if found is None:
        raise Fault(f"--area: there is no area {code}; `tocns areas tree` lists them all")
    return found
