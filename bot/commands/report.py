"""`tocns report`: the draft of the official report."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands.digest import answers_of_pack, area_given, day_given
from bot.commands.failure import Fault
from bot.commands.setting import policy, settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from content.report import Report
    from storage.database import Connection

app = typer.Typer()


@app.command(epilog="Example: tocns report --area 27811 --period 2026-Q4 --out bao-cao.docx")
def report(
    area: str = typer.Option(..., help="the area's code, as it is on the last day of the period"),
    period: str = typer.Option(..., help="a year as 2026, a quarter as 2026-Q4, a month as 2026-11"),
    out: Path = typer.Option(..., help="the file to write, as bao-cao.docx"),
    on: str | None = typer.Option(None, help="tell it on the map of this day, as 2025-06-30"),
) -> None:
    """Writes the draft of the report on an area's period, in the layout of Decree 30/2020/NĐ-CP."""
    from bot.papers.order import Order, make
    from content.disclosure import guarded_report
    from content.households import QUESTIONNAIRE
    from content.periods import period_named
    from storage import reports

    found = settings(need_key=True)
    try:
        wanted = period_named(period, found.zone)
    except ValueError as error:
        raise Fault(f"--period: {error}") from None
    today = datetime.now(found.zone).date()
    if wanted.first > today:
        raise Fault(f"--period: {period} begins on {wanted.first}; there is nothing to report yet")
    if out.suffix.lower() != ".docx":
        raise Fault(f"--out {out}: the report is a Word file; name it {out.with_suffix('.docx')}")

    day, answers = day_given(on), answers_of_pack()

    def told(conn: "Connection") -> "tuple[Report, dict[str, str]]":
        here = area_given(conn, area, day or min(wanted.last, today))
        told = reports.report(conn, QUESTIONNAIRE, here, wanted, today, day)
        return guarded_report(told, policy(found).smallest), dict(answers.titles(conn))

    report, titles = stored(told)
    data = make(Order("report", found.locale, report, titles=titles))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(data)
    except OSError as error:
        raise Fault(f"--out {out}: {error.strerror}; give a file that can be written") from None
    print(out)
