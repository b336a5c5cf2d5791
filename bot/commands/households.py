"""`tocns households`: the lists that teams work through."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands.failure import Fault
from bot.commands.setting import settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from storage.database import Connection

app = typer.Typer(
    no_args_is_help=True, help="Lists of households. Example: tocns households import ap-2.xlsx …"
)


@app.callback()
def households() -> None:
    """Lists of households."""


@app.command("import", epilog="Example: tocns households import ap-2.xlsx --area 27811-2")
def import_(
    file: Path = typer.Argument(help='.xlsx or .csv; the first row names the columns: "Chủ hộ", "Địa chỉ"'),
    area: str = typer.Option(help="code of the hamlet"),
) -> None:
    """Puts the households of FILE on a hamlet's list: all of them, or none where a row is wrong."""
    from content import roster
    from content.areas import Level
    from storage import areas, audit, list_changes
    from storage import households as lists

    now = datetime.now(settings().zone)
    try:
        listed = roster.load(file.read_bytes(), file.name)
    except OSError as error:
        raise Fault(f"{file}: {error.strerror}; give the path of a list") from None
    except roster.Unreadable as error:
        raise Fault("\n".join(f"{file}: {line}" for line in str(error).splitlines())) from None

    def add(conn: "Connection") -> tuple[str, int, int]:
        unit = areas.by_code(conn, area, now.date())
        if unit is None or unit.level is not Level.HAMLET:
            raise Fault(f"--area {area}: no hamlet has this code today; `tocns areas tree` lists them")
        keys = [one.key(area) for one in listed]
        fresh = sum(lists.by_key(conn, key) is None for key in keys)
        off = {one.key for one in list_changes.taken_off(conn, unit.id)} & set(keys)
        new = [
            lists.NewHousehold(key, unit.id, one.name, one.address, unit.invented)
            for key, one in zip(keys, listed, strict=True)
        ]
        lists.add_all(conn, new, None, now)
        audit.append(
            conn, audit.Entry(now, None, "cli", "import-households", f"area {unit.id}", "", str(fresh))
        )
        return unit.name, fresh, len(off)

    name, fresh, off = stored(add, write=True)
    stay = f" {off} were taken off the list before, and stay off it." if off else ""
    print(f"{name}: {len(listed)} households, {fresh} of them new.{stay}")
