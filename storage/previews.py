"""What a change of the map would do: it is carried out, looked at, and taken back, all in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select

from content.areas import Area, Level
from content.indicators import DONE, LISTED
from content.people import Role
from content.reorganizing import Asked, Change, Count, Preview, Shift
from content.vietnamese import fold
from storage import areas, reorganizing, succession
from storage.areas import as_area
from storage.database import Connection, Statement, table
from storage.grants import grant, held
from storage.maps import UNDER
from storage.tables import (
    AreaRow,
    FormRow,
    InvitationRow,
    PersonRow,
    ReminderRow,
    SubscriptionRow,
    TargetRow,
)
from storage.tallies import tally

_area, _person, _form = table(AreaRow), table(PersonRow), table(FormRow)
_invitation, _reminder = table(InvitationRow), table(ReminderRow)
_subscription, _target = table(SubscriptionRow), table(TargetRow)

_UNDER = Statement(select(UNDER.c.id))
_HAMLETS = Statement(
    select(_area.c.id).join(UNDER, UNDER.c.id == _area.c.id).where(_area.c.level == Level.HAMLET.value)
)
_SUMS = Statement(
    select(tally.c.indicator, func.sum(tally.c.numerator).label("n"))
    .join_from(UNDER, tally, tally.c.area_id == UNDER.c.id)
    .where(or_(tally.c.form == bindparam("form"), tally.c.form == ""))
    .where(or_(tally.c.indicator == DONE, tally.c.indicator == LISTED))
    .group_by(tally.c.indicator)
)
_OTHERS = Statement(
    select(_area).where(
        _area.c.level == bindparam("of_level"),
        _area.c.valid_from <= bindparam("day"),
        or_(_area.c.valid_to.is_(None), _area.c.valid_to > bindparam("day")),
    )
)
_REUSED = Statement(
    select(_area).where(_area.c.code == bindparam("code"), _area.c.valid_from < bindparam("day"))
)


class _Seen(Exception):
    """What is looked at has been: the change is taken back."""


@dataclass(slots=True)
class _Reach:
    """Roles that are held at a time: by number of the grant, whose, which, where, and the hamlets reached."""

    rows: dict[int, tuple[int, str, Role, int]]
    hamlets: dict[int, frozenset[int]]


def preview(conn: Connection, asked: Asked, form: str, now: datetime) -> Preview:
    """What the change would do. Nothing of it stays written. Raises `content.reorganizing.Impossible`."""
    eve, found = asked.on - timedelta(days=1), []
    concerned = reorganizing.concerned(conn, asked)
    before = _reach(conn, max(eve, now.date()), eve, concerned)
    try:
        with conn.savepoint():
            change = reorganizing.put_down(conn, asked, None, now)
            counted = [_count(conn, form, area, eve) for area in _old(change)]
            succession.hand_over(conn, _moment(asked.on, now))
            found.append(_look(conn, change, (before, concerned), counted, form, now))
            raise _Seen
    except _Seen:
        return found[0]


def _moment(day: date, now: datetime) -> datetime:
    """The day's first moment; where it has been, now."""
    return max(datetime.combine(day, time(), now.tzinfo), now)


def _old(change: Change) -> list[Area]:
    """The units there were: those that end, and the one that goes on."""
    on = [area for area in change.heirs if area.id not in change.began]
    return [*change.ended, *on]


def _look(  # noqa: PLR0913, PLR0917 - what was seen before, and what is looked at now
    conn: Connection,
    change: Change,
    reached: tuple[_Reach, set[int]],
    counted: list[Count],
    form: str,
    now: datetime,
) -> Preview:
    before, concerned = reached
    day = max(change.on, now.date())
    heirs = change.heirs or tuple(_stands_in(conn, area, change.on) for area in change.ended)
    units = {area.id for area in change.ended}
    after = _reach(conn, day, change.on, concerned | {area.id for area in heirs})
    return Preview(
        change=change,
        parents={area.id: _stands_in(conn, area, change.on) for area in change.heirs},
        moved=sum(
            unit.valid_on(change.on)
            for area in change.ended
            for unit in areas.below(conn, area.id, change.on - timedelta(days=1))
        ),
        before=tuple(counted),
        after=tuple(_count(conn, form, area, change.on) for area in heirs),
        shifts=tuple(_shifts(conn, before, after, change)),
        invitations=_many(conn, _invitation, units, _invitation.c.expires_at > now),
        reminders=_many(conn, _reminder, units),
        subscriptions=_chosen(conn, units),
        targets=_many(conn, _target, units),
        forms=_lost(conn, units, {area.id for area in change.heirs}),
        reused=tuple(_reused(conn, change)),
        namesakes=tuple(_namesakes(conn, change)),
        past=change.on <= now.date(),
    )


def _stands_in(conn: Connection, area: Area, on: date) -> Area:
    path = areas.path(conn, area.id, on)
    return path[-2] if len(path) > 1 else area


def _count(conn: Connection, form: str, area: Area, on: date) -> Count:
    place = {"area": area.id, "on": on, "level": ""}
    sums = {row.indicator: int(row.n) for row in conn.all(_SUMS, **place, form=form)}
    hamlets = len(areas.hamlets(conn, area.id, on))
    return Count(area, hamlets, sums.get(LISTED, 0), sums.get(DONE, 0))


# --------------------------------------------------------------------------- people


def _reach(conn: Connection, day: date, on: date, units: set[int]) -> _Reach:
    """The roles that are held on `day` for these units, with the hamlets they reach on the map of `on`."""
    rows = {
        row.id: (row.person_id, row.name, Role(row.role), row.area_id)
        for row in conn.all(_holders(units, day))
    }
    places = sorted({area_id for *_, area_id in rows.values()})
    hamlets = {area_id: _hamlets(conn, area_id, on) for area_id in places}
    return _Reach(rows, hamlets)


def _holders(units: set[int], day: date) -> Select[Any]:
    return (
        select(grant.c.id, grant.c.person_id, grant.c.role, grant.c.area_id, _person.c.name)
        .join(_person, _person.c.id == grant.c.person_id)
        .where(held(day), grant.c.area_id.in_(sorted(units)))
        .order_by(grant.c.id)
    )


def _hamlets(conn: Connection, area_id: int, on: date) -> frozenset[int]:
    return frozenset(row.id for row in conn.all(_HAMLETS, area=area_id, on=on, level=""))


def _shifts(conn: Connection, before: _Reach, after: _Reach, change: Change) -> Iterable[Shift]:
    """Roles that move or end, and those that reach more or less than before."""
    now: dict[tuple[int, Role], set[int]] = {}
    for person, _, role, area_id in after.rows.values():
        now.setdefault((person, role), set()).add(area_id)
    heirs, new = [area.id for area in change.heirs], set(change.began)
    ended = {area.id for area in change.ended}
    for person, name, role, area_id in before.rows.values():
        stays = area_id not in ended
        held_now = [area_id] if stays else [one for one in heirs if one in now.get((person, role), set())]
        was = before.hamlets[area_id]
        reached = frozenset[int]().union(*(after.hamlets.get(one, frozenset()) for one in held_now)) - new
        gains, loses = len(reached - was), len(was - reached)
        if not stays or gains or loses:
            found = tuple(areas.find(conn, one) for one in held_now)
            yield Shift(name, role, areas.find(conn, area_id), found, gains, loses)


# --------------------------------------------------------------------------- what else hangs on it


def _many(conn: Connection, source: object, units: set[int], *where: object) -> int:
    rows = conn.one(
        select(func.count().label("n")).select_from(source).where(source.c.area_id.in_(units), *where)  # type: ignore[attr-defined, arg-type]
    )
    return int(rows.n) if rows else 0


def _chosen(conn: Connection, units: set[int]) -> int:
    return sum(bool(units & set(row.areas)) for row in conn.all(select(_subscription.c.areas)))


def _lost(conn: Connection, units: set[int], heirs: set[int]) -> tuple[str, ...]:
    """Questionnaires of the units that end which no heir goes on asking."""
    own = conn.all(select(_form.c.form, _form.c.title).where(_form.c.area_id.in_(units)))
    go_on = conn.all(select(_form.c.form).where(_form.c.area_id.in_(heirs), _form.c.withdrawn_at.is_(None)))
    kept = {row.form for row in go_on}
    return tuple(sorted({row.title for row in own if row.form not in kept}))


def _reused(conn: Connection, change: Change) -> Iterable[Area]:
    for area in change.heirs:
        if area.id in change.began:
            yield from (as_area(row) for row in conn.all(_REUSED, code=area.code, day=change.on))


def _namesakes(conn: Connection, change: Change) -> Sequence[tuple[Area, Area | None]]:
    """Other units of the same level that are called alike on that day, each with what it lies in."""
    began = [area for area in change.heirs if area.id in change.began]
    if not began:
        return ()
    names = {fold(area.name).partition(" ")[2] or fold(area.name) for area in began}
    own, found = {area.id for area in began}, []
    for row in conn.all(_OTHERS, of_level=began[0].level.value, day=change.on):
        name = fold(row.name)
        if row.id not in own and (name.partition(" ")[2] or name) in names:
            area = as_area(row)
            found.append((area, _stands_in(conn, area, change.on)))
    return found
