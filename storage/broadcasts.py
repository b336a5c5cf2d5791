"""Messages to many: whom they are for, made in batches, and how far they have come."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import and_, bindparam, exists, false, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import ColumnElement, Select

from content.broadcasting import Audience, Broadcast, Reach
from content.people import Role
from storage.database import Connection, Row, Statement, table
from storage.grants import held
from storage.maps import UNDER
from storage.tables import AccountRow, BroadcastRow, GrantRow, OutboxRow, PersonRow

_broadcast, _outbox = table(BroadcastRow), table(OutboxRow)
_person, _account, _grant = table(PersonRow), table(AccountRow), table(GrantRow)

NAMED = 20
_OPEN = ("waiting", "attempted")
_UNREACHED = ("gone", "bad", "unsure")


@dataclass(frozen=True, slots=True)
class New:
    """A broadcast that was confirmed. `key` is the UUID under which it was written, `people` how many it is
    for."""

    key: str
    text: str
    audience: Audience
    due_at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class Addressee:
    """One of the people it is for, and the account to write to."""

    person_id: int
    account_id: int
    channel: str
    locale: str


# --------------------------------------------------------------------------- whom it is for


def _held(today: Any) -> ColumnElement[bool]:
    return and_(_grant.c.person_id == _person.c.id, held(today))


def _who(audience: Audience, now: datetime) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Which people an audience is, and the values that the condition takes."""
    today, params = now.date(), {}
    holding = and_(_held(today), or_(*(_grant.c.role == role.value for role in audience.roles)))
    if audience.area_id is not None:
        holding = and_(holding, _grant.c.area_id.in_(select(UNDER.c.id)))
        params = {"area": audience.area_id, "on": today, "level": ""}
    meant: ColumnElement[bool] = exists().where(holding)
    if audience.with_citizens:
        meant = or_(meant, ~exists().where(_held(today)))
    return (and_(meant, _person.c.locale == audience.locale) if audience.locale else meant), params


def _account_of(audience: Audience, channels: Collection[str]) -> Any:
    """The account by which a person is written to: of those that can be reached, the newest."""
    usable = (_account.c.channel == name for name in channels if audience.channel in {"", name})
    fitting = and_(_account.c.person_id == _person.c.id, _account.c.reachable, or_(false(), *usable))
    return select(func.max(_account.c.id)).where(fitting).correlate(_person).scalar_subquery()


def _addressed(
    audience: Audience, channels: Collection[str], now: datetime
) -> tuple[Select[Any], dict[str, Any]]:
    meant, params = _who(audience, now)
    query = (
        select(_person.c.id, _account.c.id.label("account_id"), _account.c.channel, _person.c.locale)
        .join(_account, _account.c.id == _account_of(audience, channels))
        .where(meant)
    )
    return query, params


def reach(conn: Connection, audience: Audience, channels: Collection[str], now: datetime) -> Reach:
    """Whom the audience is now, by the channels that are set up. `now` carries the district's zone."""
    query, params = _addressed(audience, channels, now)
    addressed = query.subquery()
    counted = select(addressed.c.channel, func.count().label("n")).group_by(addressed.c.channel)
    meant, _ = _who(audience, now)
    without = and_(meant, _account_of(audience, channels).is_(None))
    missing = conn.one(select(func.count(_person.c.id).label("n")).where(without), **params)
    names = conn.all(select(_person.c.name).where(without).order_by(_person.c.id).limit(NAMED), **params)
    return Reach(
        {row.channel: row.n for row in conn.all(counted, **params)},
        missing.n if missing else 0,
        tuple(row.name for row in names),
    )


# --------------------------------------------------------------------------- confirmed, made, stopped

_START = Statement(
    insert(_broadcast)
    .values(
        {
            column.name: bindparam(column.name, type_=column.type)
            for column in _broadcast.c
            if column.name != "id"
        }
    )
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(_broadcast.c.id)
)


def start(conn: Connection, new: New, by: int, now: datetime) -> int | None:
    """Takes on a broadcast; its number, or None where it was taken on before."""
    row = conn.one(
        _START,
        key=new.key,
        fingerprint=_fingerprint(conn, new.text, new.audience),
        text=new.text,
        audience=_dump(new.audience),
        status="queueing",
        total=new.people,
        cursor=0,
        due_at=new.due_at,
        created_by=by,
        created_at=now,
        finished_at=None,
        result=None,
    )
    return None if row is None else int(row.id)


def same(conn: Connection, text: str, audience: Audience, since: datetime) -> Broadcast | None:
    """The newest of the same text to the same audience since that time that was not stopped."""
    alike = and_(
        _broadcast.c.fingerprint == _fingerprint(conn, text, audience),
        _broadcast.c.created_at >= since,
        _broadcast.c.status != "stopped",
    )
    row = conn.one(select(_broadcast).where(alike).order_by(_broadcast.c.id.desc()))
    return _made(conn, row) if row else None


def working(conn: Connection, now: datetime) -> list[int]:
    """The numbers of those that are not at their end, the oldest first, as far as they are due."""
    open_ = and_(_broadcast.c.status.in_(["queueing", "queued"]), _broadcast.c.due_at <= now)
    return [row.id for row in conn.all(select(_broadcast.c.id).where(open_).order_by(_broadcast.c.id))]


def batch(
    conn: Connection, number: int, limit: int, channels: Collection[str], now: datetime
) -> list[Addressee]:
    """The next people to make messages for, and its place moved behind them. When there is nobody left, it is
    queued, and who can't be written to is noted. Empty where it was stopped."""
    row = conn.one(select(_broadcast).where(_broadcast.c.id == number).with_for_update())
    if row is None or row.status != "queueing":
        return []
    query, params = _addressed(_load(row.audience), channels, now)
    query = query.where(_person.c.id > row.cursor).order_by(_person.c.id).limit(limit)
    found = [Addressee(*one) for one in conn.all(query, **params)]
    moved: dict[str, Any] = {"cursor": found[-1].person_id} if found else {"status": "queued"}
    if not found:
        made = conn.one(select(func.count().label("n")).where(_outbox.c.broadcast_id == number))
        moved |= {"total": made.n if made else 0, "result": _left_out(conn, row, now)}
    conn.run(update(_broadcast).where(_broadcast.c.id == number).values(**moved))
    return found


def _left_out(conn: Connection, row: Row, now: datetime) -> dict[str, Any]:
    """Whom it is for and who got no message, as they can't be written to: how many, and the first of them."""
    meant, params = _who(_load(row.audience), now)
    got_one = exists().where(
        _outbox.c.broadcast_id == row.id,
        _outbox.c.account_id == _account.c.id,
        _account.c.person_id == _person.c.id,
    )
    without = and_(meant, ~got_one)
    number = conn.one(select(func.count(_person.c.id).label("n")).where(without), **params)
    first = conn.all(select(_person.c.id).where(without).order_by(_person.c.id).limit(NAMED), **params)
    return {"without": number.n if number else 0, "people": [one.id for one in first]}


def settle(conn: Connection, number: int, now: datetime) -> bool:
    """Ends a broadcast whose messages have all ended; whether it ended now."""
    waiting = exists().where(_outbox.c.broadcast_id == number, _outbox.c.status.in_(_OPEN))
    over = and_(_broadcast.c.id == number, _broadcast.c.status == "queued", ~waiting)
    if conn.run(update(_broadcast).where(over).values(status="done", finished_at=now)) != 1:
        return False
    _keep_counts(conn, number)
    return True


def stop(conn: Connection, number: int, now: datetime) -> bool:
    """Nothing more of it goes out but what is on the wire; whether there was anything to stop."""
    running = and_(_broadcast.c.id == number, _broadcast.c.status.in_(["queueing", "queued"]))
    stopped = conn.run(update(_broadcast).where(running).values(status="stopped", finished_at=now))
    kept = and_(_outbox.c.broadcast_id == number, _outbox.c.status == "waiting")
    conn.run(update(_outbox).where(kept).values(status="stopped"))
    if stopped == 1:
        _keep_counts(conn, number)
    return stopped == 1


def _keep_counts(conn: Connection, number: int) -> None:
    """Notes how its messages stand: they are forgotten before it is."""
    row = conn.one(select(_broadcast.c.result).where(_broadcast.c.id == number))
    noted = (row.result if row else None) or {}
    result = noted | {"counts": _standing(conn, number)}
    conn.run(update(_broadcast).where(_broadcast.c.id == number).values(result=result))


# --------------------------------------------------------------------------- looked at


def find(conn: Connection, number: int) -> Broadcast | None:
    """One, with how its messages stand."""
    row = conn.one(select(_broadcast).where(_broadcast.c.id == number))
    return _made(conn, row) if row else None


def newest(conn: Connection, limit: int) -> list[Broadcast]:
    """The last of them, newest first."""
    rows = conn.all(select(_broadcast).order_by(_broadcast.c.id.desc()).limit(limit))
    return [_made(conn, row) for row in rows]


def unreached(conn: Connection, number: int, limit: int = NAMED) -> list[str]:
    """The names of people whose message did not arrive for certain, then of those who can't be written to."""
    query = (
        select(_person.c.name)
        .join_from(_outbox, _account, _account.c.id == _outbox.c.account_id)
        .join(_person, _person.c.id == _account.c.person_id)
        .where(_outbox.c.broadcast_id == number, _outbox.c.status.in_(_UNREACHED))
        .order_by(_outbox.c.id)
        .limit(limit)
    )
    failed = [row.name for row in conn.all(query)]
    row = conn.one(select(_broadcast.c.result).where(_broadcast.c.id == number))
    without = row.result.get("people", []) if row and row.result else []
    names = select(_person.c.name).where(_person.c.id.in_(without)).order_by(_person.c.id)
    return [*failed, *(one.name for one in conn.all(names))][:limit]


def _standing(conn: Connection, number: int) -> dict[str, int]:
    """How many of its messages stand how."""
    counted = select(_outbox.c.status, func.count().label("n")).where(_outbox.c.broadcast_id == number)
    return {line.status: line.n for line in conn.all(counted.group_by(_outbox.c.status))}


def _made(conn: Connection, row: Row) -> Broadcast:
    counts, result = _standing(conn, row.id), row.result or {}
    if sum(counts.values()) < sum(result.get("counts", {}).values()):  # some are forgotten already
        counts = result["counts"]
    return Broadcast(
        row.id,
        row.text,
        _load(row.audience),
        row.status,
        row.total,
        row.created_by,
        row.created_at,
        row.due_at,
        counts,
        result.get("without", 0),
    )


def _dump(audience: Audience) -> dict[str, Any]:
    return {
        "roles": [role.value for role in audience.roles],
        "area": audience.area_id,
        "locale": audience.locale,
        "channel": audience.channel,
    }


def _load(stored: Mapping[str, Any]) -> Audience:
    roles = tuple(Role(role) for role in stored["roles"])
    return Audience(roles, stored["area"], stored["locale"], stored["channel"])


def _fingerprint(conn: Connection, text: str, audience: Audience) -> bytes:
    whom = orjson.dumps(_dump(audience), option=orjson.OPT_SORT_KEYS).decode()
    return conn.vault.fingerprint("broadcast", f"{whom} {' '.join(text.split())}")
