"""`tocns areas`: the administrative units, with the day from which each holds."""

from collections.abc import Iterator
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

app = typer.Typer(
    no_args_is_help=True, help="Administrative units. Example: tocns areas tree --on 2025-06-30"
)


@app.command("import", epilog="Example: tocns areas import content/areas/moc-hoa.csv")
def import_(file: Path = typer.Argument(help="CSV; its columns: content/areas/README.md")) -> None:
    """Takes in the units of a list; all of them, or none where anything is wrong."""
    from content.areas import Unreadable, read_list
    from storage import areas
    from storage.areas import UnknownArea

    try:
        listed = read_list(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Fault(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Fault(f"{file}: not UTF-8; save it as CSV UTF-8") from None
    except Unreadable as error:
        raise Fault("\n".join(f"{file}: {line}" for line in str(error).splitlines())) from None
    try:
        new = stored(lambda conn: areas.import_list(conn, listed), write=True)
    except UnknownArea as error:
        raise Fault(f"{file}: {error}") from None
    print(f"{len(listed)} units, {new} of them new.")


@app.command(epilog="Example: tocns areas tree --on 2025-06-30")
def tree(on: str | None = typer.Option(None, help="the day, as 2025-06-30; today unless given")) -> None:
    """Prints the tree as it stood on a day: name, code, and since when."""
    zone = settings().zone
    try:
        day = datetime.now(zone).date() if on is None else date.fromisoformat(on)
    except ValueError:
        raise Fault(f"--on: {on!r} is no day; write it as 2025-06-30") from None
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
