"""Who did what: rows that are only ever added, each sealed to the one before by a keyed hash."""

from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from sqlalchemy import bindparam, delete, select

from storage import notes
from storage.database import Connection, Row, Statement, table
from storage.tables import AuditRow

_audit = table(AuditRow)
CHECKED = "audit.checked"
"""The note of the night's look at the chain: "" where it holds, else the number of the line."""
_HEAD = "audit.head"
_CHUNK = 1000
_BEGINNING = ""
_BEGINS = "audit.begins"

_LAST = Statement(select(_audit.c.hash).order_by(_audit.c.id.desc()).limit(1))
_PAGE = Statement(select(_audit).where(_audit.c.id > bindparam("after")).order_by(_audit.c.id).limit(_CHUNK))


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: by whom, through which channel, to what; `before` and `after` without personal data."""

    at: datetime
    person_id: int | None
    channel: str
    action: str
    subject: str
    before: str = ""
    after: str = ""


def append(conn: Connection, entry: Entry) -> int:
    """Adds a row; its number."""
    conn.lock("audit")  # a chain has one end
    last = conn.one(_LAST)
    mark = _mark(conn, last.hash.hex() if last else _beginning(conn), entry)
    number = conn.insert(
        _audit,
        at=entry.at,
        person_id=entry.person_id,
        channel=entry.channel,
        action=entry.action,
        subject=entry.subject,
        before=entry.before,
        after=entry.after,
        hash=mark,
    )
    notes.put(conn, _HEAD, mark.hex(), entry.at)
    return number


def verify(conn: Connection) -> int | None:
    """The number of the first row that does not follow from those before it: it, or one before it, was
    changed, put in or removed. None where the chain holds. Where rows are missing at the end, the
    number after the last."""
    before, after = _beginning(conn), 0
    while rows := conn.all(_PAGE, after=after):
        for row in rows:
            if row.hash != _mark(conn, before, _entry(row)):
                return int(row.id)
            before, after = row.hash.hex(), row.id
    return None if before == (notes.get(conn, _HEAD) or _BEGINNING) else after + 1


def forget(conn: Connection, before: datetime, now: datetime) -> int:
    """Forgets the rows of before that time; the chain begins from then on after the last of them. How many.

    Where it begins is noted under a keyed hash, so that nobody else can cut the log shorter unnoticed.
    """
    conn.lock("audit")
    last = conn.one(
        select(_audit.c.id, _audit.c.hash).where(_audit.c.at < before).order_by(_audit.c.id.desc())
    )
    if last is None:
        return 0
    mark = last.hash.hex()
    notes.put(conn, _BEGINS, f"{mark} {conn.vault.fingerprint(_BEGINS, mark).hex()}", now)
    return conn.run(delete(_audit).where(_audit.c.id <= last.id))


def _beginning(conn: Connection) -> str:
    mark, _, proof = (notes.get(conn, _BEGINS) or "").partition(" ")
    proven = bool(mark) and conn.vault.fingerprint(_BEGINS, mark).hex() == proof
    return mark if proven else _BEGINNING


def _entry(row: Row) -> Entry:
    return Entry(row.at, row.person_id, row.channel, row.action, row.subject, row.before, row.after)


def _mark(conn: Connection, before: str, entry: Entry) -> bytes:
    cells = [
        entry.at.astimezone(UTC).isoformat(),
        entry.person_id,
        entry.channel,
        entry.action,
        entry.subject,
        entry.before,
        entry.after,
    ]
    return conn.vault.fingerprint("audit", before, orjson.dumps(cells).decode())
