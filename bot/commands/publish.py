"""`tocns form publish` and `tocns form list`: versions of questionnaires in the database of the settings."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands import given
from bot.commands.failure import LANGUAGE, Fault
from bot.commands.setting import settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from storage.database import Connection
    from storage.forms import Published


def publish(
    file: Path = typer.Argument(
        help="An XLSForm (.xlsx, .csv, .md) or XForm (.xml), or a .zip of it and its files."
    ),
    area: str = typer.Option(help="Code of the area for which, and for all under it, it is published."),
    start: str | None = typer.Option(None, help="The day from which it is used, e.g. 2026-12-01."),
) -> None:
    """Checks FILE and publishes it as a version, with the lists and pictures that it names, which lie beside
    it. Example: tocns form publish ho.xlsx --area 27811"""
    from bot.commands.beside import checked as checked_with_files
    from content.bundle import ENDING, packed, unpacked
    from content.faults import told
    from content.unchattable import missing_lists

    bundle, checked = checked_with_files(file)
    form = checked.form
    if form is None:
        raise Fault("\n".join(f"{file.name}: {told(fault, LANGUAGE)}" for fault in checked.errors))
    if not form.version:
        raise Fault(f"{file.name}: settings, version: there is none; write one, new whenever it changes")
    if missing := missing_lists(form):
        raise Fault(f"{file.name}: it reads {', '.join(missing)}; put that beside it, or all in a .zip")
    alone = not bundle.files
    source, source_name = (
        (bundle.source, file.name) if alone else (packed(bundle), file.with_suffix(ENDING).name)
    )
    now = datetime.now(settings().zone)
    begins = _day(start, now.date())

    def keep(conn: "Connection") -> str:
        from storage import areas, audit, forms

        unit = areas.by_code(conn, area, now.date())
        if unit is None:
            raise Fault(f"--area {area}: no unit has this code today; `tocns areas tree` lists them")
        if forms.is_taken(conn, form.id, form.version, checked.xform, unpacked(source, source_name).files):
            raise Fault(
                f"{file.name}: {form.id} {form.version} is published already with other questions; "
                "write a new version in the settings sheet"
            )
        new = forms.Publication(
            form=form.id,
            version=form.version,
            title=form.title or form.id,
            xform=checked.xform,
            source=source,
            source_name=source_name,
            area_id=unit.id,
            valid_from=begins,
        )
        forms.publish(conn, new, None, now)
        after = f"{form.id} {form.version} from {begins}"
        audit.append(conn, audit.Entry(now, None, "cli", "publish", f"area {unit.id}", "", after))
        return unit.name

    where = stored(keep, write=True)
    print(f"{form.id} {form.version}: published for {where}, in use from {begins}")


def _day(start: str | None, today: date) -> date:
    day = given.day("--start", start) if start else today
    if day < today:
        raise Fault(f"--start {start}: that day is past; answers of then were given to the version before")
    return day


def listed() -> None:
    """Lists the versions, newest first, a line each: form, version, area, day, title, and what is withdrawn.

    Example: tocns form list
    """
    from storage import areas, forms

    def look(conn: "Connection") -> list[str]:
        return [_line(one, areas.find(conn, one.area_id).code) for one in forms.published(conn)]

    for line in stored(look):
        print(line)


def _line(one: "Published", code: str) -> str:
    since = "always" if one.valid_from.year == 1970 else str(one.valid_from)
    state = ["withdrawn"] if one.withdrawn_at else []
    return "\t".join([one.form, one.version, code, since, one.title, *state])
