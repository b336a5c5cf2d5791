"""What comes by itself: who wants it when, who is left in peace, and what each was told already."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from content.reminding import USUAL_PARTS, Pause, Setting, Subscription
from storage.database import Connection, Row, Statement, table
from storage.grants import held, may
from storage.tables import GrantRow, OccasionRow, PauseRow, ReminderRow, SubscriptionRow

_occasion, _subscription = table(OccasionRow), table(SubscriptionRow)
_pause, _reminder, _grant = table(PauseRow), table(ReminderRow), table(GrantRow)


def _put(into: Any, key: list[str], *columns: str) -> Statement:
    """Adds a row, or changes the one of that key."""
    new = insert(into).values({name: bindparam(name, type_=into.c[name].type) for name in (*key, *columns)})
    kept = {name: new.excluded[name] for name in columns}
    return Statement(new.on_conflict_do_update(index_elements=key, set_=kept))


# --------------------------------------------------------------------------- told once

_CLAIM = Statement(
    insert(_occasion)
    .values({name: bindparam(name) for name in ("person_id", "kind", "period", "at")})
    .on_conflict_do_nothing()
)
_LAST = Statement(
    select(func.max(_occasion.c.period).label("period")).where(
        _occasion.c.person_id == bindparam("person"), _occasion.c.kind == bindparam("of_kind")
    )
)


def claim(conn: Connection, person_id: int, kind: str, period: str, now: datetime) -> bool:
    """Takes it on to tell a person of a kind of thing for a period, in the transaction that tells. False:
    that was done before, by whichever process and whatever its clock said."""
    return conn.run(_CLAIM, person_id=person_id, kind=kind, period=period, at=now) == 1


def last(conn: Connection, person_id: int, kind: str) -> str | None:
    """The greatest period of that kind for which the person was told."""
    row = conn.one(_LAST, person=person_id, of_kind=kind)
    return row.period if row else None


def told(conn: Connection, kind: str, since: date) -> set[tuple[int, str]]:
    """Who was told of that kind, for which days from `since` on."""
    asked = select(_occasion.c.person_id, _occasion.c.period).where(
        _occasion.c.kind == kind, _occasion.c.period >= since.isoformat()
    )
    return {(row.person_id, row.period) for row in conn.all(asked)}


def purge(conn: Connection, before: datetime) -> int:
    """Forgets what was told before that time: longer ago than anything can be due from; how much."""
    return conn.run(delete(_occasion).where(_occasion.c.at < before))


# --------------------------------------------------------------------------- the weekly digest


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody who may see digests, and when they get theirs. `began`: the day of their first such role."""

    person_id: int
    began: date
    subscription: Subscription


_SUBSCRIBE = _put(_subscription, ["person_id"], "weekday", "hour", "areas", "active", "changed_at", "parts")
_SUBSCRIBERS = Statement(
    select(_grant.c.person_id, func.min(_grant.c.valid_from).label("began"), _subscription)
    .outerjoin(_subscription, _subscription.c.person_id == _grant.c.person_id)
    .where(held(), may("see-digest"))
    .group_by(_grant.c.person_id, _subscription.c.person_id)
    .order_by(_grant.c.person_id)
)


def subscribe(conn: Connection, person_id: int, wanted: Subscription, now: datetime) -> None:
    """The person gets the digest so from now on."""
    conn.run(
        _SUBSCRIBE,
        person_id=person_id,
        weekday=wanted.weekday,
        hour=wanted.hour,
        areas=list(wanted.areas),
        active=wanted.active,
        changed_at=now,
        parts=list(wanted.parts),
    )


def subscription(conn: Connection, person_id: int) -> Subscription:
    """When the person gets the digest; the usual where they never said."""
    row = conn.one(select(_subscription).where(_subscription.c.person_id == person_id))
    return _subscribed(row) if row else Subscription()


def subscribers(conn: Connection, today: date) -> list[Subscriber]:
    """Everybody who may see digests today, with when they get theirs."""
    return [
        Subscriber(row[0], row.began, _subscribed(row) if row.weekday else Subscription())
        for row in conn.all(_SUBSCRIBERS, today=today)
    ]


def _subscribed(row: Row) -> Subscription:
    parts = USUAL_PARTS if row.parts is None else tuple(row.parts)
    return Subscription(row.weekday, row.hour, tuple(row.areas), row.active, row.changed_at, parts)


# --------------------------------------------------------------------------- pauses and settings

_PAUSE_PERSON = _put(_pause, ["person_id"], "area_id", "kind", "until", "set_by", "set_at")
_PAUSE_AREA = _put(_pause, ["area_id"], "person_id", "kind", "until", "set_by", "set_at")
_SET = _put(_reminder, ["area_id"], "hour", "active", "changed_by", "changed_at")


def pause(conn: Connection, new: Pause, by: int, now: datetime) -> None:
    """Leaves a person or an area in peace, in place of any pause before."""
    conn.run(
        _PAUSE_AREA if new.area_id else _PAUSE_PERSON,
        person_id=new.person_id,
        area_id=new.area_id,
        kind=new.kind,
        until=new.until,
        set_by=by,
        set_at=now,
    )


def resume(conn: Connection, *, person_id: int | None = None, area_id: int | None = None) -> bool:
    """Lifts the pause of a person, or of an area; whether there was one."""
    whose = _pause.c.area_id == area_id if area_id else _pause.c.person_id == person_id
    return conn.run(delete(_pause).where(whose)) > 0


def pauses(conn: Connection, today: date) -> list[Pause]:
    """All pauses that hold on that day."""
    holds = or_(_pause.c.until.is_(None), _pause.c.until >= today)
    rows = conn.all(select(_pause).where(holds).order_by(_pause.c.id))
    return [Pause(row.kind, row.until, row.person_id, row.area_id) for row in rows]


def set_reminder(conn: Connection, area_id: int, new: Setting, by: int, now: datetime) -> None:
    """People of the area, and of all under it that has no own setting, are reminded so from now on."""
    conn.run(_SET, area_id=area_id, hour=new.hour, active=new.active, changed_by=by, changed_at=now)


def settings(conn: Connection) -> dict[int, Setting]:
    """Every area's own setting."""
    rows = conn.all(select(_reminder))
    return {row.area_id: Setting(row.hour, row.active, row.changed_at) for row in rows}
