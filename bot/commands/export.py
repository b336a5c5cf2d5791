"""`tocns export`: what was submitted, as a workbook, as CSV, or as OpenRosa submissions."""

import sys
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands import given
from bot.commands.digest import day_given
from bot.commands.failure import Fault
from bot.commands.setting import settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.spreadsheet import Output
    from content.form import Form
    from storage.database import Connection

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be handed out, and where to."""

    form: str
    format: str
    out: Path
    areas: Collection[int] | None
    since: datetime | None
    labels: bool
    split: bool


@app.command(epilog="Example: tocns export --form khao-sat-ho --format xlsx --out khao-sat.xlsx --area 27811")
def export(  # noqa: PLR0917 - options, which are given by name
    form: str = typer.Option(..., help="the questionnaire's id; `tocns form list` lists them"),
    format: str = typer.Option(..., help="xlsx, csv, or odk: a folder of OpenRosa submissions"),  # noqa: A002
    out: Path = typer.Option(..., help="the file to write; with odk, the folder"),
    area: str | None = typer.Option(None, help="only what lies under this area, by its code"),
    on: str | None = typer.Option(None, help="what --area means on the map of this day, as 2025-06-30"),
    since: str | None = typer.Option(None, help="only what was sent or corrected since, as 2026-11-01"),
    labels: bool = typer.Option(False, "--labels", help="labels of choices instead of their codes"),
    split_multiple: bool = typer.Option(False, "--split-multiple", help="one column more for each choice"),
) -> None:
    """Hands out the submissions of a questionnaire. That it was done stands in the audit log."""
    from storage import export as exports

    found = settings(need_key=True)
    if format not in {"xlsx", "csv", "odk"}:
        raise typer.BadParameter(f"--format {format}: must be xlsx, csv or odk")
    if format == "odk" and (labels or split_multiple):
        raise typer.BadParameter("--labels and --split-multiple are for xlsx and csv")
    moment, day = _moment(found, since), day_given(on)

    def prepare(conn: "Connection") -> tuple[_Wanted, int]:
        _known(conn, form)
        areas = _areas(conn, area, day or datetime.now(found.zone).date())
        wanted = _Wanted(form, format, out, areas, moment, labels, split_multiple)
        total = exports.count(conn, form, areas, moment)
        _audit(conn, wanted, area, datetime.now(found.zone), total)
        return wanted, total

    wanted, total = stored(prepare, write=True)
    try:
        written = stored(lambda conn: _write(conn, wanted, total, found))
    except OSError as error:
        raise Fault(f"--out {out}: {error.strerror or error}; give a place that can be written to") from None
    for path in written:
        print(path)


def _moment(found: "Settings", since: str | None) -> datetime | None:
    return None if since is None else datetime.combine(given.day("--since", since), time(), found.zone)


def _known(conn: "Connection", form: str) -> None:
    from storage import forms

    known = sorted({one.form for one in forms.published(conn)})
    if form not in known:
        there = ", ".join(known) or "none; `tocns form publish` publishes one"
        raise Fault(f"--form {form}: no such questionnaire; there is {there}")


def _areas(conn: "Connection", code: str | None, today: date) -> Collection[int] | None:
    """The units that lie under the one of that code: on that day's map, or on its own last one."""
    from storage import areas
    from storage import export as exports

    if code is None:
        return None
    unit = areas.by_code(conn, code, today) or areas.latest(conn, code)
    if unit is None:
        raise Fault(f"--area {code}: no unit has this code; `tocns areas tree` lists them")
    on = today if unit.valid_on(today) or unit.valid_to is None else unit.valid_to - timedelta(days=1)
    return exports.under(conn, unit.id, on)


def _audit(conn: "Connection", wanted: _Wanted, area: str | None, now: datetime, total: int) -> None:
    """Personal data leaves: that stands in the log before it does, so also where the writing breaks off."""
    from storage import audit

    since = wanted.since.date() if wanted.since else "-"
    what = f"{wanted.format} area={area or '-'} since={since} submissions={total}"
    audit.append(conn, audit.Entry(now, None, "cli", "export", f"form {wanted.form}", "", what))


def _write(conn: "Connection", wanted: _Wanted, total: int, found: "Settings") -> list[Path]:
    """Writes what can be read. Raises Fault at the end with what could not."""
    from content.submission import Unreadable
    from storage import export as exports

    damaged = []
    name = cache(lambda person: exports.name(conn, person) if person is not None else "")
    output = _output(conn, wanted, found)
    try:
        surveys = exports.surveys(conn, wanted.form, wanted.areas, wanted.since)
        where, hidden = sys.stderr, not sys.stderr.isatty()
        with typer.progressbar(surveys, length=total, label=wanted.form, file=where, hidden=hidden) as bar:
            for survey in bar:
                try:
                    output.add(survey, name(survey.by))
                except Unreadable:
                    damaged.append(survey.id)
    finally:
        output.close()
    if damaged:
        raise Fault(
            f"written but for {len(damaged)}, whose XML in the database is damaged; restore from a backup: "
            + ", ".join(damaged)
        )
    return output.paths


def _output(conn: "Connection", wanted: _Wanted, found: "Settings") -> "Output":
    from storage import export as exports
    from storage import forms, photos

    versions = [one for one in forms.published(conn) if one.form == wanted.form]
    if wanted.format == "odk":
        from bot.briefcase import Folder

        # Several areas may have published the same version: the newest stands for it.
        names = {f"{wanted.form}-{one.version}": forms.xform(conn, one.id) for one in reversed(versions)}
        names.pop(f"{wanted.form}-{versions[0].version}")
        return Folder(
            wanted.out,
            {wanted.form: forms.xform(conn, versions[0].id), **names},
            partial(exports.history, conn),
            partial(exports.files, conn),
            partial(photos.find, conn),
        )
    return _tables(wanted, [_compiled(conn, one.id) for one in versions], found)


def _compiled(conn: "Connection", number: int) -> "Form":
    from content.xform import compile_form
    from storage import forms

    return compile_form(forms.xform(conn, number), forms.files(conn, number))


def _tables(wanted: _Wanted, forms: list["Form"], found: "Settings") -> "Output":
    from bot.spreadsheet import CsvFiles, Workbook
    from content.tabular import Layout

    layout = Layout(forms, found.locale, labels=wanted.labels, split=wanted.split)
    out = wanted.out
    if out.is_dir() or not out.suffix:
        out.mkdir(parents=True, exist_ok=True)
        out /= f"{wanted.form}.{wanted.format}"
    out.parent.mkdir(parents=True, exist_ok=True)
    if wanted.format == "csv":
        return CsvFiles(out, layout, found.zone)
    return Workbook(out, layout, found.zone, wanted.form)
