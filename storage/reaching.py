"""What waits for a platform to let us write to its person, who they are, and what writing has cost.

Where a platform has a window (`bot.windows`), a message outside it is held until its person writes, goes to
another account of theirs, or is paid for.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, func, select, update

from storage.database import Connection, Statement, table
from storage.outbox import WAITING, later
from storage.tables import AccountRow, OutboxRow

_outbox, _account = table(OutboxRow), table(AccountRow)


@dataclass(frozen=True, slots=True)
class Other:
    """Another account of the same person."""

    account_id: int
    channel: str
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reach:
    """How the person of an account can be reached. `phone` is "" where it is not known."""

    account_id: int
    person_id: int
    heard_at: datetime | None
    phone: str
    others: tuple[Other, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits for the platform to let us write."""

    id: int
    channel: str
    kind: str
    person_id: int
    held_at: datetime


_REACH = Statement(
    select(_account.c.person_id, _account.c.heard_at, _account.c.phone).where(
        _account.c.id == bindparam("account")
    )
)
_OTHERS = Statement(
    select(_account.c.id, _account.c.channel, _account.c.heard_at)
    .where(
        _account.c.person_id == bindparam("person"),
        _account.c.id != bindparam("account"),
        _account.c.reachable.is_(True),
    )
    .order_by(_account.c.id)
)
_RELEASE = Statement(
    update(_outbox)
    .where(
        _outbox.c.account_id == bindparam("account"),
        _outbox.c.status == WAITING,
        _outbox.c.held_at.is_not(None),
    )
    .values(due_at=bindparam("now"), held_at=None)
)
_HELD = Statement(
    select(_outbox.c.id, _outbox.c.channel, _outbox.c.kind, _account.c.person_id, _outbox.c.held_at)
    .join(_account, _account.c.id == _outbox.c.account_id)
    .where(_outbox.c.status == WAITING, _outbox.c.held_at.is_not(None))
    .order_by(_outbox.c.held_at, _outbox.c.id)
    .limit(bindparam("most"))
)
_SPENT = Statement(
    select(func.sum(_outbox.c.cost).label("cost")).where(
        _outbox.c.cost > 0, _outbox.c.sent_at >= bindparam("begin")
    )
)


def reach(conn: Connection, account_id: int) -> Reach:
    """How a person can be reached: when they were last heard on this account, their number, other
    accounts."""
    row = conn.one(_REACH, account=account_id)
    assert row is not None, "a message has an account"
    others = conn.all(_OTHERS, account=account_id, person=row.person_id)
    return Reach(
        account_id, row.person_id, row.heard_at, row.phone or "", tuple(Other(*other) for other in others)
    )


def hold(conn: Connection, row_id: int, due_at: datetime, now: datetime) -> bool:
    """It waits: the platform does not let us write to the person. It is looked at again at `due_at`, or as
    soon as they write. Whether it was not held before."""
    later(conn, row_id, due_at)
    new = and_(_outbox.c.id == row_id, _outbox.c.held_at.is_(None))
    return conn.run(update(_outbox).where(new).values(held_at=now)) == 1


def move(conn: Connection, row_id: int, to: Other, now: datetime) -> None:
    """It goes to the person's other account instead."""
    there = {"account_id": to.account_id, "channel": to.channel, "held_at": None, "attempts": 0}
    conn.run(update(_outbox).where(_outbox.c.id == row_id).values(status="waiting", due_at=now, **there))


def release(conn: Connection, account_id: int, now: datetime) -> int:
    """The person wrote: what was held goes now; how much that is."""
    return conn.run(_RELEASE, account=account_id, now=now)


def held(conn: Connection, limit: int) -> list[Held]:
    """What waits because the platform does not let us write, longest first."""
    return [Held(*row) for row in conn.all(_HELD, most=limit)]


def spent(conn: Connection, begin: datetime) -> int:
    """What messages have cost since then, in VND."""
    row = conn.one(_SPENT, begin=begin)
    return int(row.cost or 0) if row else 0
