"""What hangs on a unit that is no more passes to its heirs: roles, lists, invitations, times of reminders.

`hand_over` finds it by itself, whatever ended the unit (a change of the map, an imported list), so that it
may run at any time and as often as one likes.
"""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from content.areas import Area, Level
from content.people import Grant, Role
from storage import areas, namesakes, people
from storage.database import Connection, Row, Statement, table
from storage.tables import (
    AreaRow,
    AreaSuccession,
    FormRow,
    GrantRow,
    HouseholdRow,
    InvitationRow,
    PauseRow,
    ReminderRow,
    RoleMoveRow,
    SubscriptionRow,
    TeamRow,
)

_area, _succession, _grant = table(AreaRow), table(AreaSuccession), table(GrantRow)
_household, _team, _invitation = table(HouseholdRow), table(TeamRow), table(InvitationRow)
_reminder, _pause, _form = table(ReminderRow), table(PauseRow), table(FormRow)
_subscription, _move = table(SubscriptionRow), table(RoleMoveRow)

_gone = _area.c.valid_to <= bindparam("day")
_GRANTS = Statement(
    select(_grant, _area.c.valid_to.label("ended"))
    .join(_area, _area.c.id == _grant.c.area_id)
    .where(_gone, or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > bindparam("day")))
    .order_by(_grant.c.id)
)
_HEIRS = Statement(
    select(_succession.c.new_id)
    .where(_succession.c.old_id == bindparam("area"), _succession.c.on <= bindparam("day"))
    .order_by(_succession.c.new_id)
)
_HAMLETS = Statement(
    select(_area.c.id)
    .where(_gone, _area.c.level == Level.HAMLET.value)
    .where(
        or_(
            select(_household.c.id).where(_household.c.area_id == _area.c.id).exists(),
            select(_household.c.id).where(_household.c.left_of == _area.c.id).exists(),
            select(_team.c.id).where(_team.c.area_id == _area.c.id).exists(),
        )
    )
)
_INVITED = Statement(
    select(_invitation.c.id, _invitation.c.area_id)
    .join(_area, _area.c.id == _invitation.c.area_id)
    .where(_gone, _invitation.c.expires_at > bindparam("now"), _invitation.c.uses_left > 0)
)
_SETTINGS = Statement(select(_reminder).join(_area, _area.c.id == _reminder.c.area_id).where(_gone))
_PAUSED = Statement(select(_pause).join(_area, _area.c.id == _pause.c.area_id).where(_gone))
_PUBLISHED = Statement(
    select(_form)
    .join(_area, _area.c.id == _form.c.area_id)
    .where(_gone, _form.c.withdrawn_at.is_(None))
    .order_by(_form.c.id)
)
_PREDECESSORS = Statement(select(_succession.c.old_id).where(_succession.c.new_id == bindparam("area")))
_UNTOLD = Statement(select(_move).where(_move.c.told_at.is_(None)).order_by(_move.c.id))
_TOLD = Statement(update(_move).where(_move.c.id == bindparam("move")).values(told_at=bindparam("now")))


@dataclass(frozen=True, slots=True)
class Move:
    """A role that ended with its area: `now` are the areas it is held for instead, none where it ended."""

    id: int
    person_id: int
    role: Role
    before: Area
    now: tuple[Area, ...]
    on: date


def hand_over(conn: Connection, now: datetime) -> int:
    """Passes on what hangs on units that are no more by `now` (at the district's clock); how many roles
    moved.

    Nothing reaches further than what the unit became part of; a role for a unit that became nothing ends.
    """
    conn.lock("areas")
    day = now.date()
    grants = conn.all(_GRANTS, day=day)
    for row in grants:
        _pass_on(conn, row, day)
    for row in conn.all(_HAMLETS, day=day):
        _move_hamlet(conn, row.id, day)
    for row in conn.all(_INVITED, day=day, now=now):
        heirs = _heirs(conn, row.area_id, day)
        values = {"area_id": heirs[0]} if len(heirs) == 1 else {"expires_at": now}
        conn.run(update(_invitation).where(_invitation.c.id == row.id).values(**values))
    _move_settings(conn, day)
    _publish_on(conn, day, now)
    return len(grants)


def is_waiting(conn: Connection, now: datetime) -> bool:
    """Whether something hangs on a unit that is no more; cheap, since it is asked every minute."""
    day = now.date()
    found = (_GRANTS, _HAMLETS, _SETTINGS, _PAUSED, _PUBLISHED)
    return conn.one(_INVITED, day=day, now=now) is not None or any(
        conn.one(statement, day=day) is not None for statement in found
    )


def untold(conn: Connection) -> list[Move]:
    """The moves of which nobody has been told."""
    return [
        Move(
            row.id,
            row.person_id,
            Role(row.role),
            areas.find(conn, row.old_id),
            tuple(areas.find(conn, number) for number in row.new),
            row.on,
        )
        for row in conn.all(_UNTOLD)
    ]


def mark_told(conn: Connection, moves: list[Move], now: datetime) -> None:
    """Whoever has to know of these has been told."""
    conn.run_many(_TOLD, [{"move": move.id, "now": now} for move in moves])


def _heirs(conn: Connection, area_id: int, day: date) -> list[int]:
    """The units that are there on that day of those that the unit became, by however many steps."""
    found: dict[int, None] = {}
    for row in conn.all(_HEIRS, area=area_id, day=day):
        if areas.find(conn, row.new_id).valid_on(day):
            found[row.new_id] = None
        else:
            found |= dict.fromkeys(_heirs(conn, row.new_id, day))
    return list(found)


def _pass_on(conn: Connection, row: Row, day: date) -> None:
    on = max(row.ended, row.valid_from)
    heirs = _heirs(conn, row.area_id, day)
    conn.run(update(_grant).where(_grant.c.id == row.id).values(valid_to=on))
    for heir in heirs:
        people.grant(conn, row.person_id, Grant(Role(row.role), heir, row.team_id), on)
    for first, last in _subscribed(conn, row):
        areas_ = list(dict.fromkeys((*first, *heirs, *last)))
        conn.run(update(_subscription).where(_subscription.c.person_id == row.person_id).values(areas=areas_))
    conn.insert(
        _move, person_id=row.person_id, role=row.role, old_id=row.area_id, new=heirs, on=on, told_at=None
    )


def _subscribed(conn: Connection, row: Row) -> list[tuple[list[int], list[int]]]:
    """The areas of which this person chose to get the digest, parted at the one that ended."""
    there = conn.one(select(_subscription.c.areas).where(_subscription.c.person_id == row.person_id))
    if there is None or row.area_id not in there.areas:
        return []
    place = there.areas.index(row.area_id)
    return [(there.areas[:place], there.areas[place + 1 :])]


def _move_hamlet(conn: Connection, hamlet: int, day: date) -> None:
    """Its households are worked through in the hamlet it became; they are counted where they were listed."""
    heirs = _heirs(conn, hamlet, day)
    if len(heirs) != 1:
        return
    listed = func.coalesce(_household.c.listed_in, _household.c.area_id)
    conn.run(
        update(_household).where(_household.c.area_id == hamlet).values(area_id=heirs[0], listed_in=listed)
    )
    conn.run(update(_household).where(_household.c.left_of == hamlet).values(left_of=heirs[0]))
    namesakes.settle_all(conn, heirs)
    conn.run(update(_team).where(_team.c.area_id == hamlet).values(area_id=heirs[0]))


def _move_settings(conn: Connection, day: date) -> None:
    """Own times of reminders, and pauses, pass to the heirs that have none; of several the first one's."""
    for source, rows in ((_reminder, conn.all(_SETTINGS, day=day)), (_pause, conn.all(_PAUSED, day=day))):
        for row in rows:
            kept = {
                column.name: getattr(row, column.name)
                for column in source.c
                if column.name not in {"id", "area_id"}
            }
            for heir in _heirs(conn, row.area_id, day):
                if conn.one(select(source.c.area_id).where(source.c.area_id == heir)) is None:
                    conn.insert(source, **kept, area_id=heir)
            conn.run(delete(source).where(source.c.area_id == row.area_id))


def _publish_on(conn: Connection, day: date, now: datetime) -> None:
    """A questionnaire goes on to be asked where every unit that became the heir had it: as when it was only
    renamed. What one of several had alone would be asked in the others too: that is for people to decide."""
    rows = conn.all(_PUBLISHED, day=day)
    for (form, version), same in groupby(
        sorted(rows, key=lambda row: (row.form, row.version, row.id)), key=lambda row: (row.form, row.version)
    ):
        by_area = {row.area_id: row for row in same}
        for area_id, row in by_area.items():
            for heir in _heirs(conn, area_id, day):
                had = {one.old_id for one in conn.all(_PREDECESSORS, area=heir)}
                there = select(_form.c.id).where(
                    and_(_form.c.form == form, _form.c.version == version, _form.c.area_id == heir)
                )
                if had <= by_area.keys() and conn.one(there) is None:
                    values = {
                        column.name: getattr(row, column.name) for column in _form.c if column.name != "id"
                    }
                    conn.insert(_form, **{**values, "area_id": heir})
        for row in by_area.values():
            conn.run(update(_form).where(_form.c.id == row.id).values(withdrawn_at=now))
