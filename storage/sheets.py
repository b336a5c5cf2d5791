"""Files that admins sent: kept sealed, checked apart, and forgotten after a month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import and_, bindparam, delete, or_, select, update

from content.bundle import unpacked
from content.listing import Row
from content.questionnaires import SentList, Sheet
from storage import forms
from storage.database import Connection, Statement, table
from storage.tables import SheetRow

TRIES = 3
"""After so many a file counts as one that cannot be had or checked."""
KEPT = timedelta(days=30)
"""What is published has a copy of its own, for ever."""
_PATIENCE = timedelta(minutes=2)
"""After that whoever took the file up has died."""

_sheet = table(SheetRow)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it came: its bytes, or `ref`, by which the channel fetches it."""

    id: str
    person_id: int
    account_id: int
    name: str
    ref: str
    source: bytes | None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Right:
    """What a file that is right holds: a questionnaire; of a list (`listed`) the rows, as in JSON. `name`:
    what it is called now that the files it names are with it."""

    form: str = ""
    version: str = ""
    title: str = ""
    xform: str = ""
    listed: str = ""
    rows: tuple[Any, ...] = ()
    name: str = ""


_NEXT = Statement(
    select(*(_sheet.c[name] for name in Sent.__slots__))
    .where(
        _sheet.c.checked_at.is_(None),
        or_(_sheet.c.taken_at.is_(None), _sheet.c.taken_at < bindparam("given_up")),
    )
    .order_by(_sheet.c.sent_at)
    .limit(1)
)
_FIND = Statement(
    select(*(_sheet.c[name] for name in Sheet.__slots__)).where(
        _sheet.c.id == bindparam("sheet"), _sheet.c.xform != ""
    )
)
_LIST = Statement(
    select(_sheet.c.id, _sheet.c.person_id, _sheet.c.name, _sheet.c.listed, _sheet.c.rows).where(
        _sheet.c.id == bindparam("sheet"), _sheet.c.listed != ""
    )
)
_LATEST = Statement(
    select(*(_sheet.c[name] for name in Sheet.__slots__))
    .where(_sheet.c.person_id == bindparam("person"), _sheet.c.xform != "")
    .order_by(_sheet.c.sent_at.desc())
    .limit(1)
)
_NAMED = Statement(select(_sheet.c.name, _sheet.c.source).where(_sheet.c.id == bindparam("sheet")))
_HELD = Statement(select(_sheet.c.xform, _sheet.c.source).where(_sheet.c.id == bindparam("sheet")))


def keep(conn: Connection, sent: Sent, now: datetime) -> None:
    """Keeps a file that is to be checked; forgets those that are old."""
    conn.run(delete(_sheet).where(_sheet.c.sent_at < now - KEPT))
    conn.insert(
        _sheet,
        id=sent.id,
        person_id=sent.person_id,
        account_id=sent.account_id,
        name=sent.name,
        ref=sent.ref,
        source=sent.source,
        form="",
        version="",
        title="",
        xform="",
        newest_id=0,
        tries=0,
        sent_at=now,
        taken_at=None,
        checked_at=None,
    )


def is_waiting(conn: Connection, now: datetime) -> bool:
    """Whether there is a file to take."""
    return conn.one(_NEXT, given_up=now - _PATIENCE) is not None


def take(conn: Connection, now: datetime) -> Sent | None:
    """The file that waits longest; nobody else gets it, unless whoever took it is not heard of again."""
    conn.lock("sheets")
    row = conn.one(_NEXT, given_up=now - _PATIENCE)
    if row is None:
        return None
    conn.run(update(_sheet).where(_sheet.c.id == row.id).values(taken_at=now, tries=_sheet.c.tries + 1))
    return Sent(*row)


def settle(conn: Connection, sheet_id: str, source: bytes, right: Right | None, now: datetime) -> bool:
    """What the check found; None: the file is wrong, and nothing of it is kept. False where somebody else
    settled it before."""
    found: dict[str, Any] = {"source": None, "checked_at": now}
    if right is not None:
        found |= {
            "source": None if right.listed else source,
            "listed": right.listed,
            "rows": orjson.dumps(right.rows).decode() if right.listed else None,
            "form": right.form,
            "version": right.version,
            "title": right.title,
            "xform": right.xform,
            "newest_id": forms.newest_number(conn, right.form),
        }
        found |= {"name": right.name} if right.name else {}
    waiting = and_(_sheet.c.id == sheet_id, _sheet.c.checked_at.is_(None))
    return conn.run(update(_sheet).where(waiting).values(**found)) > 0


def again(conn: Connection, sheet_id: str) -> None:
    """It could not be had this time: it waits once more."""
    conn.run(update(_sheet).where(_sheet.c.id == sheet_id).values(taken_at=None))


def find(conn: Connection, sheet_id: str) -> Sheet | None:
    """A questionnaire that was found right; None for any other file, and where it was forgotten."""
    row = conn.one(_FIND, sheet=sheet_id)
    return None if row is None else Sheet(*row)


def find_list(conn: Connection, sheet_id: str) -> SentList | None:
    """A list that was found right; None for any other file, and where it was forgotten or taken."""
    row = conn.one(_LIST, sheet=sheet_id)
    if row is None or row.rows is None:
        return None
    rows = tuple(Row(*one) for one in orjson.loads(row.rows))
    return SentList(row.id, row.person_id, row.name, row.listed, rows)


def forget_list(conn: Connection, sheet_id: str) -> None:
    """It was taken: what it holds is kept where it belongs."""
    conn.run(update(_sheet).where(_sheet.c.id == sheet_id).values(rows=None))


def latest(conn: Connection, person_id: int) -> Sheet | None:
    """The questionnaire that this person sent last of those that were found right."""
    row = conn.one(_LATEST, person=person_id)
    return None if row is None else Sheet(*row)


def files(conn: Connection, sheet_id: str) -> Mapping[str, bytes]:
    """The files that were sent with it. Raises KeyError where it is not kept."""
    row = conn.one(_NAMED, sheet=sheet_id)
    if row is None or row.source is None:
        raise KeyError(sheet_id)
    return unpacked(row.source, row.name).files


def xform(conn: Connection, sheet_id: str) -> str:
    """The XForm of a file that was found right. Raises KeyError where there is none."""
    row = conn.one(_HELD, sheet=sheet_id)
    if row is None or not row.xform:
        raise KeyError(sheet_id)
    return str(row.xform)


def source(conn: Connection, sheet_id: str) -> bytes:
    """The file as it was sent. Raises KeyError where it is not kept."""
    row = conn.one(_HELD, sheet=sheet_id)
    if row is None or row.source is None:
        raise KeyError(sheet_id)
    return bytes(row.source)
