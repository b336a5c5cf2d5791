"""`tocns areas`: the administrative units, with the day from which each holds, and how they change."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands import given
from bot.commands.failure import LANGUAGE, Fault
from bot.commands.setting import settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from content.areas import Area, Listed
    from content.reorganizing import Asked, Heir, Impossible, Preview
    from storage.database import Connection

app = typer.Typer(
    no_args_is_help=True, help="Administrative units. Example: tocns areas tree --on 2025-06-30"
)

_ON = typer.Option(help="the first day on which it holds, as 2027-01-01")
_DRY_RUN = typer.Option(False, "--dry-run", help="only show what would change")
_UNDER = typer.Option("", help="code of the unit above the new one, where that is not plain")


@app.command("import", epilog="Example: tocns areas import content/areas/moc-hoa.csv")
def import_(file: Path = typer.Argument(help=".csv or .xlsx; its columns: content/areas/README.md")) -> None:
    """Takes in the units of a list; all of them, or none where anything is wrong."""
    from content import areas as lists
    from content.listing import Fault as Wrong
    from content.listing import Row, told
    from storage import areas, audit, succession

    listed = _listed(file)
    now = datetime.now(settings().zone)

    def take(conn: "Connection") -> int:
        wrong = [
            Wrong(one.key, Row("", one.unit.line, {}), one.column, one.values)
            for one in lists.compare(listed, areas.register(conn))
        ]
        if wrong:
            raise Fault("\n".join(f"{file}: {line}" for line in told(wrong, {}, LANGUAGE)))
        new = areas.import_list(conn, listed)
        succession.hand_over(conn, now)
        told_of = f"{new} of {len(listed)}"
        audit.append(conn, audit.Entry(now, None, "cli", "import-areas", "areas", "", told_of))
        return new

    new = stored(take, write=True)
    print(f"{len(listed)} units, {new} of them new.")


def _listed(file: Path) -> "list[Listed]":
    from content import areas
    from content.faults import told as told_of_file
    from content.form import FormError
    from content.listing import is_table, read, tables, told

    if not is_table(file.name):
        raise Fault(f"{file}: neither .csv nor .xlsx; save it as one of these")
    try:
        found = read(tables(file.read_bytes(), file.name), areas.LIST)
    except OSError as error:
        raise Fault(f"{file}: {error.strerror}; give the path of a list") from None
    except FormError as error:
        amiss = [told_of_file(fault, LANGUAGE) for fault in error.faults] or ["is no list"]
        raise Fault("\n".join(f"{file}: {line}" for line in amiss)) from None
    if found.faults:
        raise Fault("\n".join(f"{file}: {line}" for line in told(found.faults, found.heads, LANGUAGE)))
    return areas.listed(found.rows)


@app.command(epilog="Example: tocns areas tree --on 2025-06-30")
def tree(on: str | None = typer.Option(None, help="the day, as 2025-06-30; today unless given")) -> None:
    """Prints the tree as it stood on a day: name, code, and since when."""
    zone = settings().zone
    day = datetime.now(zone).date() if on is None else given.day("--on", on)
    lines = stored(lambda conn: list(_lines(conn, day)))
    if not lines:
        raise Fault(f"there are no units on {day}; `tocns areas import FILE.csv` takes them in")
    print("\n".join(lines))


def _lines(conn: "Connection", on: date) -> Iterator[str]:
    from storage import areas

    def under(unit: "Area", depth: int) -> Iterator[str]:
        yield f"{'  ' * depth}{unit.name}  [{unit.code}]  {unit.valid_from}"
        for below in areas.below(conn, unit.id, on):
            yield from under(below, depth + 1)

    for root in areas.roots(conn, on):
        yield from under(root, 0)


# --------------------------------------------------------------------------- changes of the map


@app.command(
    epilog='Example: tocns areas merge --into 27811 --name "xã Bình Hòa" --from 27802,27808,27811 '
    "--on 2025-07-01"
)
def merge(  # noqa: PLR0917 - options, which are given by name
    into: str = typer.Option(help="code of the unit that the others become part of; it may be a new one"),
    sources: list[str] = typer.Option(..., "--from", help="codes of the units that end, with commas"),
    on: str = _ON,
    name: str = typer.Option("", help="name of the unit, where it is new: xã Bình Hòa"),
    under: str = _UNDER,
    dry_run: bool = _DRY_RUN,
) -> None:
    """Merges units of one level from a day on: shows what changes for people and figures, then puts it down.

    Where the day is ahead it can be undone until then (`tocns areas undo`).
    """
    from content.reorganizing import Asked, Heir, Kind

    heir = Heir(into.strip(), name.strip())
    _carry(Asked(Kind.MERGE, given.day("--on", on), _codes(sources), (heir,), under.strip()), dry_run)


@app.command(
    epilog='Example: tocns areas split 27811 --into "27802=xã Bình Thạnh:27811-1,27811-2" '
    '--into "27811=xã Bình Hòa:27811-3" --on 2027-01-01'
)
def split(
    code: str = typer.Argument(help="the unit that is split"),
    into: list[str] = typer.Option(
        help="a new unit and what comes under it: CODE=NAME:CODE,CODE; twice or more"
    ),
    on: str = _ON,
    under: str = _UNDER,
    dry_run: bool = _DRY_RUN,
) -> None:
    """Splits a unit from a day on: each unit below it goes to one of the new ones."""
    from content.reorganizing import Asked, Kind

    heirs = tuple(_heir(one) for one in into)
    _carry(Asked(Kind.SPLIT, given.day("--on", on), (code.strip(),), heirs, under.strip()), dry_run)


@app.command(epilog='Example: tocns areas rename 80 --name "tỉnh Tây Ninh" --on 2025-07-01')
def rename(
    code: str = typer.Argument(help="the unit"),
    name: str = typer.Option(help="its new name"),
    on: str = _ON,
    new_code: str = typer.Option("", help="its new code, where that changes too"),
    dry_run: bool = _DRY_RUN,
) -> None:
    """Gives a unit another name from a day on; before that day it keeps the old one."""
    from content.reorganizing import Asked, Heir, Kind

    heir = Heir(new_code.strip() or code.strip(), name.strip())
    _carry(Asked(Kind.RENAME, given.day("--on", on), (code.strip(),), (heir,)), dry_run)


@app.command(epilog="Example: tocns areas dissolve 798 --on 2025-07-01")
def dissolve(
    code: str = typer.Argument(help="the unit that is no more, such as a district"),
    on: str = _ON,
    dry_run: bool = _DRY_RUN,
) -> None:
    """Ends a unit from a day on: what lies under it comes under the unit above; roles held for it end."""
    from content.reorganizing import Asked, Kind

    _carry(Asked(Kind.DISSOLVE, given.day("--on", on), (code.strip(),)), dry_run)


@app.command(epilog="Example: tocns areas changes")
def changes() -> None:
    """Lists the changes of the map that were put down, with their numbers."""
    from handlers.map_words import title
    from storage import reorganizing

    locale, today = settings().locale, datetime.now(settings().zone).date()
    found = stored(reorganizing.changes)
    for one in found:
        print(f"{one.id}  {title(locale, one)}{'' if one.on <= today else '  *'}")
    print("* can be undone: tocns areas undo NUMBER" if found else "No change was put down.")


@app.command(epilog="Example: tocns areas undo 3")
def undo(
    number: int = typer.Argument(max=given.MOST, help="the change's number: tocns areas changes"),
) -> None:
    """Takes back a change whose day is ahead: the map is as if it had never been put down."""
    from content.reorganizing import Impossible
    from handlers.map_words import title
    from storage import audit, reorganizing

    now = datetime.now(settings().zone)

    def take_back(conn: "Connection") -> str:
        change = reorganizing.undo(conn, number, now)
        audit.append(conn, audit.Entry(now, None, "cli", "undo-areas", f"change {number}"))
        return title(settings().locale, change)

    try:
        print(stored(take_back, write=True))
    except Impossible as error:
        raise _faults(error) from None
    print(f"Undone: change {number}.")


_OPTIONS = {
    "unknown": "tocns areas tree --on DAY",
    "no-name": "--name NAME",
    "which-under": "--under CODE",
    "unknown-under": "--under CODE",
    "under-level": "--under CODE",
    "under-goes-on": "--under",
    "undo-unknown": "tocns areas changes",
}
"""What of this command mends a fault."""


def _faults(found: "Impossible") -> Fault:
    from handlers.map_words import fault

    lines = [
        f"{fault(LANGUAGE, one)} ({_OPTIONS[one.key]})" if one.key in _OPTIONS else fault(LANGUAGE, one)
        for one in found.faults
    ]
    return Fault("\n".join(lines))


def _codes(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(code.strip() for one in given for code in one.split(",") if code.strip())


def _heir(text: str) -> "Heir":
    from content.reorganizing import Heir

    code, equals, rest = text.partition("=")
    name, colon, takes = rest.partition(":")
    if not (equals and colon):
        raise Fault(f"--into {text}: write it as CODE=NAME:CODE,CODE (what comes under it after the colon)")
    return Heir(code.strip(), name.strip(), _codes([takes]))


def _carry(asked: "Asked", dry_run: bool) -> None:
    """Shows what the change does and, unless that was all, puts it down."""
    from content.households import QUESTIONNAIRE
    from content.reorganizing import Impossible
    from handlers.map_words import preview
    from storage import audit, previews, reorganizing, succession

    now = datetime.now(settings().zone)

    def work(conn: "Connection") -> "tuple[Preview, int]":
        found = previews.preview(conn, asked, QUESTIONNAIRE, now)
        if dry_run:
            return found, 0
        change = reorganizing.put_down(conn, asked, None, now)
        entry = audit.Entry(now, None, "cli", f"{asked.kind}-areas", f"change {change.id}", "", str(asked.on))
        audit.append(conn, entry)
        succession.hand_over(conn, now)
        return found, change.id

    try:
        found, number = stored(work, write=True)
    except Impossible as error:
        raise _faults(error) from None
    print(preview(settings().locale, found))
    if dry_run:
        print("\nNothing was changed (--dry-run).")
    elif found.past:
        print(f"\nDone: change {number}.")
    else:
        print(f"\nPut down: change {number}. Undo it until then with `tocns areas undo {number}`.")
