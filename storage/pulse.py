"""What processes say of their channels, minute by minute: notes, read together by whoever asks."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Literal

from sqlalchemy import bindparam, select

from content.health import Channel
from storage import notes
from storage.database import Connection, Statement, table
from storage.tables import NoteRow

Sign = Literal["hears", "sends", "heard", "sent", "failed", "faults"]
"""A process hears it, delivers for it; something was heard, sent, failed to be sent; what its platform said
of the set-up."""
_note = table(NoteRow)
_PREFIX = "pulse/"
_ALL = Statement(
    select(_note.c.name, _note.c.value, _note.c.at).where(_note.c.name.like(bindparam("pattern")))
)


def put(conn: Connection, channel: str, sign: Sign, at: datetime, value: str = "") -> None:
    """Notes a sign of a channel. `value`: why it hears nothing though it listens ("hears"), why sending
    failed, or the faults, a line each."""
    notes.put(conn, f"{_PREFIX}{channel}/{sign}", value, at)


def channels(conn: Connection, names: Iterable[str], zone: tzinfo) -> list[Channel]:
    """What is known of the channels of those names; times in the zone."""
    found = {row.name: (row.value, row.at.astimezone(zone)) for row in conn.all(_ALL, pattern=f"{_PREFIX}%")}

    def sign(channel: str, name: Sign) -> tuple[str, datetime | None]:
        return found.get(f"{_PREFIX}{channel}/{name}", ("", None))

    return [
        Channel(
            name,
            hears_at=sign(name, "hears")[1],
            sends_at=sign(name, "sends")[1],
            heard_at=sign(name, "heard")[1],
            sent_at=sign(name, "sent")[1],
            failed_at=sign(name, "failed")[1],
            reason=sign(name, "failed")[0],
            deaf=sign(name, "hears")[0],
            faults=tuple(sign(name, "faults")[0].splitlines()),
        )
        for name in names
    ]
