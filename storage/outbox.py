"""Messages on their way to people: put in with the turn, taken by the sender, never lost, seldom sent twice.

A row waits, is attempted, and then is sent, gone (the person left), bad (the platform will never take it) or
unsure (perhaps sent, and not to be repeated).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import ColumnElement

from storage.database import Connection, Row, Statement, table
from storage.tables import AccountRow, OutboxRow

AGAIN = ("reply",)
"""Kinds that may be sent twice: a question asked again is harmless, a digest is not."""

_FRESH = timedelta(days=6)
"""So old a digest still helps who comes back: the next is not due yet."""

_outbox, _account = table(OutboxRow), table(AccountRow)
_earlier = _outbox.alias("earlier")
WAITING: ColumnElement[str] = literal_column("'waiting'")
_ATTEMPTED: ColumnElement[str] = literal_column("'attempted'")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message as the sender needs it. `attempts` counts the calls before this one; `id` grows in time."""

    id: int
    account_id: int
    address: str
    kind: str
    body: str
    file: bytes | None
    attempts: int
    due_at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class Queue:
    """What is not sent yet: how many by channel and kind, how many of them wait for their people to write
    first (`held`), and since when the oldest of the others is due."""

    waiting: Mapping[tuple[str, str], int]
    held: int
    oldest: datetime | None


# Order within an account: what comes after a message that is on the wire, or that must be tried again later,
# stays behind it. A reply does not stay behind a digest.
_BEHIND = exists().where(
    _earlier.c.account_id == _outbox.c.account_id,
    _earlier.c.id < _outbox.c.id,
    _earlier.c.priority <= _outbox.c.priority,
    _earlier.c.status.in_([WAITING, _ATTEMPTED]),
    or_(_earlier.c.status == _ATTEMPTED, _earlier.c.due_at > bindparam("now")),
)
_SHOWN = (
    _outbox.c.id,
    _outbox.c.account_id,
    _account.c.address,
    _outbox.c.kind,
    _outbox.c.body,
    _outbox.c.file,
    _outbox.c.attempts,
    _outbox.c.due_at,
    _outbox.c.status,
)
_DUE = Statement(
    select(*_SHOWN)
    .join(_account, _account.c.id == _outbox.c.account_id)
    .where(
        _outbox.c.channel == bindparam("channel"),
        _outbox.c.status == WAITING,
        _outbox.c.due_at <= bindparam("now"),
        ~_BEHIND,
    )
    .order_by(_outbox.c.priority, _outbox.c.id)
    .limit(bindparam("most"))
)
_REPLY_DUE = Statement(
    select(_outbox.c.id)
    .where(
        _outbox.c.channel == bindparam("channel"),
        _outbox.c.status.in_([WAITING, _ATTEMPTED]),
        _outbox.c.priority == 0,
        _outbox.c.due_at <= bindparam("now"),
    )
    .limit(1)
)
_QUEUE = Statement(
    select(
        _outbox.c.channel,
        _outbox.c.kind,
        _outbox.c.held_at.is_not(None).label("held"),
        func.count().label("number"),
    )
    .where(_outbox.c.status == WAITING)
    .group_by(_outbox.c.channel, _outbox.c.kind, _outbox.c.held_at.is_not(None))
)
_OLDEST = Statement(
    select(_outbox.c.due_at)
    .where(_outbox.c.status == WAITING, _outbox.c.held_at.is_(None), _outbox.c.due_at <= bindparam("now"))
    .order_by(_outbox.c.due_at)
    .limit(1)
)
_PARTS = ("account_id", "channel", "kind", "priority", "body", "file", "due_at")
_PUT = Statement(insert(_outbox).values({name: bindparam(name) for name in _PARTS}))
_ONCE = Statement(
    insert(_outbox)
    .values({name: bindparam(name) for name in (*_PARTS, "unique_key", "broadcast_id")})
    .on_conflict_do_nothing()
    .returning(_outbox.c.id)
)
_ATTEMPT = Statement(
    update(_outbox)
    .where(_outbox.c.id == bindparam("row"))
    .values(status="attempted", attempts=_outbox.c.attempts + 1, attempted_at=bindparam("now"))
)
_SENT = Statement(
    update(_outbox)
    .where(_outbox.c.id == bindparam("row"))
    .values(
        status="sent",
        sent_at=bindparam("now"),
        message_id=bindparam("message"),
        cost=bindparam("cost"),
        held_at=None,
    )
)
_LATER = Statement(
    update(_outbox).where(_outbox.c.id == bindparam("row")).values(status="waiting", due_at=bindparam("due"))
)
_PUT_BACK = Statement(
    update(_outbox)
    .where(_outbox.c.id == bindparam("row"))
    .values(status="waiting", attempts=_outbox.c.attempts - 1)
)
_END = Statement(update(_outbox).where(_outbox.c.id == bindparam("row")).values(status=bindparam("how")))
_SINCE = Statement(
    select(*_SHOWN)
    .join(_account, _account.c.id == _outbox.c.account_id)
    .where(_outbox.c.account_id == bindparam("account"), _outbox.c.id > bindparam("after"))
    .order_by(_outbox.c.id)
    .limit(bindparam("most"))
)
_BESIDE = or_(_outbox.c.unique_key.like("job/%"), _outbox.c.unique_key.like("broadcast/%"))
"""What comes beside the talk and offers nothing: a file that was asked for, a message to all."""
_NEWEST = Statement(
    select(_outbox.c.body)
    .where(_outbox.c.account_id == bindparam("account"))
    .where(or_(_outbox.c.unique_key.is_(None), ~_BESIDE))
    .order_by(_outbox.c.id.desc())
    .limit(bindparam("most"))
)
_DONE = select(_outbox.c.id).where(
    _outbox.c.due_at < bindparam("before"), _outbox.c.status.not_in([WAITING, _ATTEMPTED])
)
_PURGE = Statement(delete(_outbox).where(_outbox.c.id.in_(_DONE.limit(bindparam("most")))))


def enqueue(  # noqa: PLR0913 (a message has so many parts)
    conn: Connection,
    *,
    account_id: int,
    channel: str,
    kind: str,
    priority: int,
    body: str,
    due_at: datetime,
    file: bytes | None = None,
    unique_key: str | None = None,
    broadcast_id: int | None = None,
) -> int | None:
    """Puts a message in; its number, or None where one with that unique key is there already, whatever became
    of it."""
    values = {
        "account_id": account_id,
        "channel": channel,
        "kind": kind,
        "priority": priority,
        "body": body,
        "file": file,
        "due_at": due_at,
        "unique_key": unique_key,
    }
    if unique_key is None:
        return conn.insert(_outbox, **values)
    row = conn.one(_ONCE, broadcast_id=broadcast_id, **values)
    return None if row is None else int(row.id)


def put(conn: Connection, **parts: Any) -> None:
    """Puts a message in that may come more than once, and whose number nobody asks: the parts of `enqueue`
    but for `unique_key` and `broadcast_id`."""
    conn.later(_PUT, **parts)


def take(conn: Connection, channel: str, now: datetime, limit: int) -> list[Waiting]:
    """What is due on a channel, replies first, marked as attempted: from the commit on it may have been sent.

    Of each account the rows come in their order, and are to be sent one after the other. Whoever stops in the
    middle puts the rest back: `later`, `put_back`.
    """
    conn.lock(f"outbox {channel}")
    rows = conn.all(_DUE, channel=channel, now=now, most=limit)
    conn.run_many(_ATTEMPT, [{"row": row.id, "now": now} for row in rows])
    return [_waiting(row) for row in rows]


def replies_due(conn: Connection, channel: str, now: datetime) -> bool:
    """Whether a reply is on the channel's wire, or could go now."""
    return conn.one(_REPLY_DUE, channel=channel, now=now) is not None


def queue(conn: Connection, now: datetime) -> Queue:
    """What waits to be sent."""
    counted = conn.all(_QUEUE)
    oldest = conn.one(_OLDEST, now=now)
    waiting: dict[tuple[str, str], int] = {}
    for row in counted:
        waiting[row.channel, row.kind] = waiting.get((row.channel, row.kind), 0) + row.number
    return Queue(
        waiting, sum(row.number for row in counted if row.held), oldest.due_at if oldest is not None else None
    )


def sent(conn: Connection, row_id: int, message_id: str, now: datetime, cost: int = 0) -> None:
    """The platform took it, under that name, for so many VND."""
    all_sent(conn, [(row_id, message_id, cost)], now)


def all_sent(conn: Connection, rows: Iterable[tuple[int, str, int]], now: datetime) -> None:
    """As `sent`, for many: number, the platform's name and VND of each."""
    conn.run_many(
        _SENT, [{"row": row, "message": name, "now": now, "cost": cost} for row, name, cost in rows]
    )


def later(conn: Connection, row_id: int, due_at: datetime) -> None:
    """Not taken now: to be tried again."""
    conn.run(_LATER, row=row_id, due=due_at)


def put_back(conn: Connection, row_id: int) -> None:
    """It was taken from the outbox but not tried, since one before it failed: due as before."""
    conn.run(_PUT_BACK, row=row_id)


def bad(conn: Connection, row_id: int) -> None:
    """The platform will never take it."""
    conn.run(_END, row=row_id, how="bad")


def gone(conn: Connection, account_id: int) -> int:
    """The person can't be written to any more: everything on its way to that account ends; how much that was.

    They are reachable again as soon as they write (`storage.talks.load`).
    """
    conn.run(update(_account).where(_account.c.id == account_id).values(reachable=False))
    open_ = and_(_outbox.c.account_id == account_id, _outbox.c.status.in_([WAITING, _ATTEMPTED]))
    return conn.run(update(_outbox).where(open_).values(status="gone"))


def back(conn: Connection, account_id: int, now: datetime) -> None:
    """They wrote again: the week's digest goes on, where it ended because they had left."""
    ended = and_(_outbox.c.account_id == account_id, _outbox.c.kind == "digest", _outbox.c.status == "gone")
    of_the_week = _outbox.c.due_at > now - _FRESH
    conn.run(update(_outbox).where(ended, of_the_week).values(status="waiting", due_at=now))


def unsure(conn: Connection, row_id: int, due_at: datetime) -> None:
    """Perhaps sent: the connection broke. What may be sent twice waits again; the rest stays unsure."""
    again = and_(_outbox.c.id == row_id, _outbox.c.kind.in_(AGAIN))
    if conn.run(update(_outbox).where(again).values(status="waiting", due_at=due_at)) == 0:
        conn.run(_END, row=row_id, how="unsure")


def recover(conn: Connection, channel: str) -> int:
    """After a restart: what was attempted without an end known waits again if it may be sent twice, else is
    unsure; how many rows that were."""
    left = and_(_outbox.c.channel == channel, _outbox.c.status == _ATTEMPTED)
    again = conn.run(update(_outbox).where(left, _outbox.c.kind.in_(AGAIN)).values(status="waiting"))
    return again + conn.run(update(_outbox).where(left).values(status="unsure"))


def newest(conn: Connection, account_id: int, most: int) -> list[str]:
    """The bodies of what an account was told last, the newest first; what came beside the talk left out."""
    return [str(row.body) for row in conn.all(_NEWEST, account=account_id, most=most)]


def since(conn: Connection, account_id: int, after: int, limit: int = 1000) -> list[Waiting]:
    """What an account was sent or is to be sent after the row numbered `after`: what somebody missed, oldest
    first. A page asks for its last ids again (`OVERLAP` of the web chat's lines): were the limit not well
    above that number, all that is new would lie behind what the page has shown already.
    """
    return [_waiting(row) for row in conn.all(_SINCE, account=account_id, after=after, most=limit)]


def backlog(conn: Connection) -> dict[tuple[str, str], int]:
    """How many messages stand how, by channel and status."""
    counted = select(_outbox.c.channel, _outbox.c.status, func.count().label("rows"))
    rows = conn.all(counted.group_by(_outbox.c.channel, _outbox.c.status))
    return {(row.channel, row.status): row.rows for row in rows}


def is_open(conn: Connection, person_id: int) -> bool:
    """Whether something is on its way to that person that is not held back by the platform."""
    mine = select(_account.c.id).where(_account.c.person_id == person_id)
    open_ = and_(_outbox.c.account_id.in_(mine), _outbox.c.status.in_([WAITING, _ATTEMPTED]))
    return conn.one(select(_outbox.c.id).where(open_, _outbox.c.held_at.is_(None)).limit(1)) is not None


def purge(conn: Connection, before: datetime, most: int) -> int:
    """Forgets messages of before that time that are done with, at most so many; how many."""
    return conn.run(_PURGE, before=before, most=most)


def _waiting(row: Row) -> Waiting:
    return Waiting(*row)
