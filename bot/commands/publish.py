"""`tocns form publish` and `tocns form list`: versions of questionnaires in the database of the settings."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands.failure import Fault
from bot.commands.setting import settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from storage.database import Connection
    from storage.forms import Published


def publish(
    file: Path = typer.Argument(help="An XLSForm (.xlsx, .csv, .md) or XForm (.xml)."),
    area: str = typer.Option(help="Code of the area for which, and for all under it, it is published."),
    start: str | None = typer.Option(None, help="The day from which it is used, e.g. 2026-12-01."),
) -> None:
    """Checks FILE and publishes it as a version. Example: tocns form publish ho.xlsx --area 27811"""
    from content.faults import told
    from content.xlsform import check

    try:
        source = file.read_bytes()
    except OSError as error:
        raise Fault(f"{file}: {error.strerror or error}; give the path of a form") from None
    checked = check(source, file.name)
    form = checked.form
    if form is None:
        raise Fault("\n".join(f"{file.name}: {told(fault, 'vi')}" for fault in checked.errors))
    if not form.version:
        raise Fault(f"{file.name}: settings, version: there is none; write one, new whenever it changes")
    now = datetime.now(settings().zone)
    begins = _day(start, now.date())

    def keep(conn: "Connection") -> str:
        from storage import areas, audit, forms

        unit = areas.by_code(conn, area, now.date())
        if unit is None:
            raise Fault(f"--area {area}: no unit has this code today; `tocns areas tree` lists them")
        if forms.is_taken(conn, form.id, form.version, checked.xform):
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
            source_name=file.name,
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
    try:
        day = date.fromisoformat(start) if start else today
    except ValueError:
        raise Fault(f"--start {start}: not a day; write it as 2026-12-01") from None
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
