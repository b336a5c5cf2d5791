"""Photos that are answers: noted with the turn, fetched from the channel and cleaned afterwards."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from storage.database import Connection, Statement, table
from storage.tables import PhotoRow

TRIES = 5
"""After so many a photo counts as lost."""

_photo = table(PhotoRow)


@dataclass(frozen=True, slots=True)
class Pending:
    """A photo that is to be cleaned: `data` as it came with the message, or `ref`, by which the channel
    fetches it; `ticket_id` where it is passed on in a ticket."""

    name: str
    channel: str
    ref: str
    person_id: int
    data: bytes | None = None
    ticket_id: str | None = None


_PENDING = Statement(
    select(
        _photo.c.name, _photo.c.channel, _photo.c.ref, _photo.c.person_id, _photo.c.raw, _photo.c.ticket_id
    )
    .where(_photo.c.data.is_(None), _photo.c.tries < TRIES)
    .order_by(_photo.c.created_at)
    .limit(bindparam("most"))
)


_STORE = Statement(
    update(_photo).where(_photo.c.name == bindparam("of_name")).values(data=bindparam("data"), raw=None)
)
_ATTACH = Statement(
    update(_photo).where(_photo.c.name == bindparam("of_name")).values(survey_id=bindparam("survey"))
)


def keep(conn: Connection, photo: Pending, now: datetime) -> None:
    """Notes a photo that is to be fetched and cleaned."""
    conn.insert(
        _photo,
        name=photo.name,
        channel=photo.channel,
        ref=photo.ref,
        person_id=photo.person_id,
        raw=photo.data,
        ticket_id=photo.ticket_id,
        created_at=now,
    )


def pending(conn: Connection, limit: int) -> list[Pending]:
    """What is still to be fetched and cleaned, oldest first."""
    return [Pending(*row) for row in conn.all(_PENDING, most=limit)]


def store(conn: Connection, name: str, data: bytes) -> None:
    """The photo, cleaned."""
    conn.run(_STORE, of_name=name, data=data)


def failed(conn: Connection, name: str) -> None:
    """It could not be fetched this time."""
    conn.run(update(_photo).where(_photo.c.name == name).values(tries=_photo.c.tries + 1))


def is_lost(conn: Connection, name: str) -> bool:
    """Whether it was tried as often as it is tried."""
    row = conn.one(select(_photo.c.tries).where(_photo.c.name == name))
    return row is not None and row.tries >= TRIES


def find(conn: Connection, name: str) -> bytes | None:
    """The picture; None where there is none (yet)."""
    row = conn.one(select(_photo.c.data).where(_photo.c.name == name))
    return None if row is None else row.data


def attach(conn: Connection, survey_id: str, names: Collection[str]) -> None:
    """The photos belong to this survey."""
    conn.run_many(_ATTACH, [{"of_name": name, "survey": survey_id} for name in names])
