"""The same person twice, made one: everything of the one belongs to the other from then on.

Every column that names a person is changed, whatever table it stands in, but for those that need more than
that (`OWN_WAY`) and the audit log, whose chain says for ever under which number something was done.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Table, and_, bindparam, delete, func, select, update
from sqlmodel import SQLModel

from content.people import Grant
from content.staff import Merging, Problem
from storage import departing, grants, people, requests, staff, tallies
from storage.database import Conflict, Connection, Statement, table
from storage.tables import (
    AppPasswordRow,
    DraftRow,
    GrantRow,
    LinkRow,
    OccasionRow,
    PauseRow,
    PersonRow,
    SubscriptionRow,
    TalkRow,
    TicketRow,
)

_person, _talk, _draft, _grant = table(PersonRow), table(TalkRow), table(DraftRow), table(GrantRow)
_link, _occasion, _ticket = table(LinkRow), table(OccasionRow), table(TicketRow)

_ONE_EACH = (AppPasswordRow, SubscriptionRow, PauseRow)
"""Tables with at most one row a person: that of who stays goes before."""
OWN_WAY = frozenset({"audit", "talk", "draft", "link", "occasion", "app_password", "subscription"})
"""Tables whose rows are not simply given another number."""

_LOCK = Statement(
    select(_talk.c.person_id)
    .where(_talk.c.person_id.in_([bindparam("one"), bindparam("other")]))
    .order_by(_talk.c.person_id)
    .with_for_update()
)
_HELD = Statement(select(_grant).where(_grant.c.person_id == bindparam("person"), grants.held()))


def columns() -> list[tuple[Table, Column[Any]]]:
    """Every column of every table that names a person."""
    return [
        (each, column)
        for each in SQLModel.metadata.sorted_tables
        for column in each.columns
        if any(key.target_fullname == "person.id" for key in column.foreign_keys)
    ]


# --------------------------------------------------------------------------- before it is done


def look(conn: Connection, stays: int, goes: int, today: date) -> Merging:
    """What would pass from the one to the other, and what stands in the way."""
    one, other = staff.find(conn, stays, today), staff.find(conn, goes, today)
    mine = one.held if one else ()
    brought = other.held if other and other.state == "active" else ()
    card = staff.card(conn, other) if other else None
    asked = conn.one(select(func.count().label("n")).where(_ticket.c.citizen_id == goes))
    return Merging(
        channels=card.channels if card else (),
        roles=tuple(each for each in brought if not any(_same(each.grant, own.grant) for own in mine)),
        drafts=card.drafts if card else 0,
        asked=asked.n if asked else 0,
        helping=card.helping if card else 0,
        surveys=card.surveys if card else 0,
        given=card.given if card else 0,
        problems=tuple(_problems(conn, stays, goes)),
    )


def _problems(conn: Connection, stays: int, goes: int) -> list[Problem]:
    both = (stays, goes)
    found: list[Problem] = []
    rows = conn.all(select(_person.c.invented).where(_person.c.id.in_(both)))
    if len({row.invented for row in rows}) > 1:
        found.append("invented")
    if any(staff.locked(conn, number) for number in both):
        found.append("locked")
    if any(person_id in both for _, person_id in requests.to_erase(conn)):
        found.append("erasing")
    open_ = and_(_ticket.c.citizen_id.in_(both), _ticket.c.taken_by.in_(both), _ticket.c.status == "taken")
    if conn.one(select(_ticket.c.id).where(open_).limit(1)) is not None:
        found.append("helping")
    return found


# --------------------------------------------------------------------------- done


def merge(conn: Connection, stays: int, goes: int, now: datetime) -> Merging | None:
    """Makes two one, and says what passed; None where something stands in the way."""
    conn.all(_LOCK, one=stays, other=goes)
    found = look(conn, stays, goes, now.date())
    if found.problems or stays == goes:
        return None
    departing.put_aside(conn, goes)
    for row in conn.all(select(_draft).where(_draft.c.person_id == goes).order_by(_draft.c.id)):
        departing.keep(conn, row, stays)
    for number in (stays, goes):
        conn.run(delete(_link).where(_link.c.person_id == number))
    conn.run(delete(_talk).where(_talk.c.person_id == goes))
    _roles(conn, stays, goes, now.date())
    _one_each(conn, stays, goes)
    _occasions(conn, stays, goes)
    tallies.pass_on(conn, goes, stays)
    for each, column in columns():
        if each.name not in OWN_WAY:
            conn.run(update(each).where(column == goes).values({column.name: stays}))
    _name(conn, stays, goes, now.date())
    return found


def _roles(conn: Connection, stays: int, goes: int, today: date) -> None:
    """Of a role that both hold, the one in a team stays; if both are or neither is, the one held longer."""
    mine = conn.all(_HELD, person=stays, today=today)
    for row in conn.all(_HELD, person=goes, today=today):
        twin = next((one for one in mine if _same(grants.read(one), grants.read(row))), None)
        if twin is not None:
            over = max((twin, row), key=lambda one: (not one.team_id, one.valid_from, one.id))
            conn.run(update(_grant).where(_grant.c.id == over.id).values(valid_to=today))


def _same(one: Grant, other: Grant) -> bool:
    """Whether it is one role, though one of the two may not say in which team."""
    teams = {one.team_id, other.team_id} - {None}
    return replace(one, team_id=None) == replace(other, team_id=None) and len(teams) < 2


def _one_each(conn: Connection, stays: int, goes: int) -> None:
    for model in _ONE_EACH:
        rows = table(model)
        if conn.one(select(rows.c.person_id).where(rows.c.person_id == stays)) is not None:
            conn.run(delete(rows).where(rows.c.person_id == goes))
        else:
            conn.run(update(rows).where(rows.c.person_id == goes).values(person_id=stays))


def _occasions(conn: Connection, stays: int, goes: int) -> None:
    """What either was told, they were told."""
    told = conn.all(select(_occasion.c.kind, _occasion.c.period).where(_occasion.c.person_id == stays))
    for row in told:
        same = and_(_occasion.c.kind == row.kind, _occasion.c.period == row.period)
        conn.run(delete(_occasion).where(_occasion.c.person_id == goes, same))
    conn.run(update(_occasion).where(_occasion.c.person_id == goes).values(person_id=stays))


def _name(conn: Connection, stays: int, goes: int, today: date) -> None:
    """Who goes is forgotten, but for the number where the audit log names it."""
    one, other = people.find(conn, stays, today), people.find(conn, goes, today)
    if one and other and not one.name and other.name:
        people.rename(conn, stays, other.name)
    people.rename(conn, goes, "")
    try:
        with conn.savepoint():
            conn.run(delete(_person).where(_person.c.id == goes))
    except Conflict:
        return
