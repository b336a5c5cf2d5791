"""`tocns digest`: a week's digest as files, exactly as staff receive them."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands import given
from bot.commands.failure import Fault
from bot.commands.setting import policy, settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from content.areas import Area
    from content.brief import Brief
    from storage.articles import Answers
    from storage.database import Connection

app = typer.Typer()


@app.command(epilog="Example: tocns digest --area 27811 --week 2026-W47 --out digests")
def digest(
    area: str = typer.Option(..., help="the area's code, as it is on the last day of the week"),
    week: str = typer.Option(..., help="as 2026-W47"),
    out: Path = typer.Option(..., help="the folder to write to; made where there is none"),
    on: str | None = typer.Option(None, help="tell it on the map of this day, as 2025-06-30"),
) -> None:
    """Writes digest.txt, digest.png and digest.xlsx for an area and a week.

    The text is what staff receive, and where that reads only some of the indicators, what the button under it
    gives: all of them.

    Of a commune or hamlet the workbook names the households to check, as its officials see them. An area that
    is no more (798, huyện Mộc Hóa) is told on its own last map.
    """
    from bot.papers.order import Order, make
    from content.areas import Level
    from content.disclosure import guarded
    from content.figures import Week, map_day, monday_of, week_name, week_named
    from content.households import QUESTIONNAIRE
    from handlers.bulletin import messages
    from storage import briefs

    found = settings(need_key=True)
    try:
        wanted = Week(week_named(week), found.zone)
    except ValueError as error:
        raise Fault(f"--week: {error}") from None
    day = day_given(on)
    today = datetime.now(found.zone).date()
    if wanted.monday > today:
        raise Fault(f"--week: {week} has not begun; the newest is {week_name(monday_of(today))}")

    answers = answers_of_pack()

    def told(conn: "Connection") -> "tuple[Brief, dict[str, str]]":
        here = area_given(conn, area, day or min(wanted.sunday, today))
        brief = briefs.brief(conn, QUESTIONNAIRE, here, wanted, day or map_day(here, wanted, today))
        if here.level not in {Level.COMMUNE, Level.HAMLET}:  # as staff above the communes receive it
            brief = replace(brief, figures=guarded(brief.figures, policy(found).smallest))
        return brief, dict(answers.titles(conn))

    brief, titles = stored(told)
    files = {
        "digest.txt": ("\n\n".join(messages(found.locale, brief.figures)) + "\n").encode(),
        "digest.png": make(Order("picture", found.locale, brief)),
        "digest.xlsx": make(Order("sheet", found.locale, brief, named=True, titles=titles)),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (out / name).write_bytes(data)
            print(out / name)
    except OSError as error:
        raise Fault(f"--out {out}: {error.strerror}; give a folder that can be written to") from None


def day_given(on: str | None) -> date | None:
    """The day of `--on`. Raises Fault."""
    return None if on is None else given.day("--on", on)


def area_given(conn: "Connection", code: str, on: date) -> "Area":
    """What the code of `--area` means on that day, or meant last. Raises Fault."""
    from storage import areas

    found = areas.by_code(conn, code, on) or areas.latest(conn, code)
    if found is None:
        raise Fault(f"--area: there is no area {code}; `tocns areas tree` lists them all")
    return found


def answers_of_pack() -> "Answers":
    """The approved answers, to be read with what was published in the chat."""
    from content import knowledge
    from storage.articles import Answers

    pack = knowledge.articles_of(settings().content_dir)
    return Answers(lambda: knowledge.load(pack))
