"""`tocns person`: what is kept on somebody, handed out or erased."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from bot.commands.failure import Fault
from bot.commands.given import MOST
from bot.commands.setting import settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from storage.database import Connection
    from storage.erasure import Erased

app = typer.Typer(
    no_args_is_help=True, help="A person's data: hand it out, or erase it. Example: tocns person export 17"
)

_ID = "the person's number, or ho:NUMBER for a household; /quantri shows both"
_HOUSEHOLD = "ho:"


@app.command(epilog="Example: tocns person export 17 > 17.json · tocns person export ho:204")
def export(id_: str = typer.Argument(metavar="ID", help=_ID)) -> None:
    """Prints all that is kept on a person, as JSON; that it was handed out stands in the audit log."""
    import orjson

    from storage import audit

    number, household = _number(id_)
    now = datetime.now(settings(need_key=True).zone)

    def work(conn: "Connection") -> Mapping[str, Any] | None:
        kept = _household(conn, number) if household else _person(conn, number)
        if kept is not None:
            what = f"{'household' if household else 'person'} {number}"
            audit.append(conn, audit.Entry(now, None, "cli", "export-person", what))
        return kept

    kept = stored(work, write=True)
    if kept is None:
        raise Fault(_unknown(id_))
    print(orjson.dumps(kept, option=orjson.OPT_INDENT_2).decode())


@app.command(epilog="Example: tocns person erase 17")
def erase(id_: str = typer.Argument(metavar="ID", help=_ID)) -> None:
    """Erases a person from everywhere; surveys keep their counts and lose their names. Backups age out."""
    from storage import audit, erasure

    number, household = _number(id_)
    now = datetime.now(settings(need_key=True).zone)

    def work(conn: "Connection") -> "Erased":
        gone = (erasure.household if household else erasure.person)(conn, number, now)
        what = f"{'household' if household else 'person'} {number}"
        audit.append(conn, audit.Entry(now, None, "cli", "erase", what))
        return gone

    try:
        gone = stored(work, write=True)
    except erasure.Unknown:
        raise Fault(_unknown(id_)) from None
    print(
        f"{id_}: erased. accounts {gone.accounts}, messages {gone.messages}, questions {gone.tickets}, "
        f"surveys without names {gone.anonymised}."
    )
    print("Backups made before this still hold the data, until they age out: keep no other copies of them.")
    if gone.pushed:
        print(f"{gone.pushed} surveys were sent on to another OpenRosa server: erase them there too.")


def _number(id_: str) -> tuple[int, bool]:
    household = id_.startswith(_HOUSEHOLD)
    digits = id_.removeprefix(_HOUSEHOLD)
    if not digits.isdecimal() or len(digits) > len(str(MOST)) or int(digits) > MOST:
        raise Fault(f"{id_}: give the number of a person, such as 17, or of a household, such as ho:204")
    return int(digits), household


def _unknown(id_: str) -> str:
    return f"{id_}: there is no such person or household, or nothing is left of them"


def _person(conn: "Connection", number: int) -> dict[str, object] | None:
    from dataclasses import asdict

    from storage import holdings

    kept = holdings.of(conn, number)
    return {"person": number, "kept": [asdict(one) for one in kept]} if kept else None


def _household(conn: "Connection", number: int) -> dict[str, object] | None:
    from storage import holdings

    return holdings.of_household(conn, number)
