"""`tocns targets`: what the plans of areas set, year by year."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands.digest import area_given
from bot.commands.failure import LANGUAGE, Fault
from bot.commands.setting import settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from storage.database import Connection

app = typer.Typer(
    no_args_is_help=True, help="Targets of the areas' plans. Example: tocns targets list --area 27811"
)


@app.command("import", epilog="Example: tocns targets import content/indicators/chi-tieu-2023.csv --area 798")
def import_(
    file: Path = typer.Argument(help="xlsx or csv; its columns: content/indicators/chi-tieu-2023.csv"),
    area: str = typer.Option(..., help="the code of the area whose plan it is"),
) -> None:
    """Takes in the targets of a plan, in place of those of the same years; all, or none where anything is
    wrong."""
    from content.targets import Unreadable, load, target
    from content.vietnamese import fold
    from storage import audit, targets

    found = settings(need_key=True)
    try:
        rows = load(file.read_bytes(), file.name, LANGUAGE)
    except OSError as error:
        raise Fault(f"{file}: {error.strerror}; give the path of a list") from None
    except Unreadable as error:
        raise Fault("\n".join(f"{file}: {line}" for line in str(error).splitlines())) from None
    now = datetime.now(found.zone)
    plan = [target(row) for row in rows]
    years = sorted({one.year for one in plan})

    def keep(conn: "Connection") -> str:
        here = area_given(conn, area, now.date())
        for row in rows:
            if row["place"] and fold(row["place"]) not in {fold(here.code), fold(here.name)}:
                what = f"row {row.number} is of “{row['place']}”, and --area {area} is {here.name}"
                raise Fault(f"{file}: {what}; leave that row out, or its area empty")
        targets.replace(conn, here.id, plan)
        after = f"{len(plan)} targets of {', '.join(map(str, years))}"
        audit.append(conn, audit.Entry(now, None, "cli", "import-targets", f"area {here.id}", "", after))
        return here.name

    name = stored(keep, write=True)
    print(f"{name}: {len(plan)} targets of {', '.join(map(str, years))}.")


@app.command("list", epilog="Example: tocns targets list --area 27811 --year 2026")
def list_(
    area: str = typer.Option(..., help="the area's code"),
    year: int | None = typer.Option(None, min=1900, max=2999, help="this year unless given"),
) -> None:
    """Prints what holds for an area in a year: its own plan, or that of the nearest unit above with one."""
    from storage import targets

    today = datetime.now(settings(need_key=True).zone).date()
    wanted = year or today.year
    found = stored(lambda conn: targets.in_force(conn, area_given(conn, area, today).id, wanted, today))
    if not found:
        raise Fault(
            f"no targets of {wanted} for {area}; `tocns targets import FILE --area CODE` takes them in"
        )
    for one in found:
        level = "-" if one.percent is None else f"{one.percent:g}%"
        counted = one.indicator or (f"{one.numerator}/{one.denominator}" if one.denominator else "-")
        print("\t".join((one.code, level, counted, one.title)))
