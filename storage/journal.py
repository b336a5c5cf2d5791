"""The audit log as it is read: newest first, by what is wanted, and only where the reader may.

A row names what was done to what; where that lies is looked up as the map stands today, so that who
administers a commune reads what was done in the hamlets that have come to it.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.sql import ColumnElement

from content.journal import ACTS, Act, Page, Wanted
from storage.database import Connection, Row, table
from storage.tables import (
    AreaChangeRow,
    AuditRow,
    BreachRow,
    BroadcastRow,
    FormRow,
    GrantRow,
    HouseholdRow,
    InvitationRow,
    PersonRow,
    RequestRow,
    TeamRow,
    TicketRow,
)

_audit, _person, _grant = table(AuditRow), table(PersonRow), table(GrantRow)
_broadcast, _change = table(BroadcastRow), table(AreaChangeRow)
_LIES: Mapping[str, Table] = {
    "household": table(HouseholdRow),
    "form": table(FormRow),
    "invitation": table(InvitationRow),
    "request": table(RequestRow),
    "breach": table(BreachRow),
    "ticket": table(TicketRow),
    "team": table(TeamRow),
}
"""Of each kind of subject, the table whose `area_id` says where it lies."""
_CHUNK, _MOST = 400, 8000
"""Rows looked at in one go; and until a reader of a part is shown what was found, and may ask for more."""
_PERSON = re.compile(r"\bperson (\d{1,18})\b")
_RECENT = 50_000
"""Rows in which it is looked up who did anything."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Who reads, and where: the numbers of all areas in which they may; None: everywhere."""

    reader: int
    areas: frozenset[int] | None
    zone: tzinfo


def page(  # noqa: PLR0913, PLR0917 - what is wanted, by whom, and which part of it
    conn: Connection,
    wanted: Wanted,
    within: frozenset[int] | None,
    sight: Sight,
    before: int,
    limit: int,
) -> Page:
    """The newest `limit` acts that are wanted and seen, of those before number `before` (0: of all).

    `within`: the areas that `wanted.area_id` means; None where it names none.
    """
    found: list[Act] = []
    last, looked = before, 0
    while looked < _MOST:
        rows = _rows(conn, wanted, sight.zone, last)
        for act in _placed(conn, rows):
            if _is_seen(act, within, sight):
                if len(found) == limit:
                    return Page(found, found[-1].number, _names(conn, found))
                found.append(act)
        if len(rows) < _CHUNK:
            return Page(found, None, _names(conn, found))
        last, looked = rows[-1].id, looked + len(rows)
    return Page(found, last, _names(conn, found))


def everyone(conn: Connection, wanted: Wanted, sight: Sight) -> Mapping[int, str]:
    """Who did anything of what is wanted, who did so last first: their names by number, "" where they have
    none to be shown. Whoever reads a part of the log finds those who hold or held a role there."""
    latest = (
        select(_audit.c.person_id, func.max(_audit.c.id).label("last"))
        .where(_audit.c.person_id.is_not(None), *_asked(wanted, sight.zone))
        .where(_audit.c.id > select(func.max(_audit.c.id) - _RECENT).scalar_subquery())
        .group_by(_audit.c.person_id)
        .order_by(func.max(_audit.c.id).desc())
    )
    who = [int(row.person_id) for row in conn.all(latest)]
    if sight.areas is not None:
        here = {
            int(row.person_id)
            for row in conn.all(select(_grant.c.person_id, _grant.c.area_id))
            if row.area_id in sight.areas
        }
        who = [one for one in who if one in here or one == sight.reader]
    names = _named(conn, who)
    return {one: names.get(one, "") for one in who}


# --------------------------------------------------------------------------- rows


def _rows(conn: Connection, wanted: Wanted, zone: tzinfo, before: int) -> list[Row]:
    older = [_audit.c.id < before] if before else []
    asked = select(_audit).where(*older, *_asked(wanted, zone))
    return conn.all(asked.order_by(_audit.c.id.desc()).limit(_CHUNK))


def _asked(wanted: Wanted, zone: tzinfo) -> Iterator[ColumnElement[bool]]:
    if wanted.who is not None:
        yield _audit.c.person_id == wanted.who
    if wanted.kind is not None:
        yield _audit.c.action.in_([action for action, kind in ACTS.items() if kind == wanted.kind])
    if wanted.since is not None:
        yield _audit.c.at >= datetime.combine(wanted.since, time(), zone)
    if wanted.until is not None:
        yield _audit.c.at < datetime.combine(wanted.until, time(), zone)
    if wanted.channel is not None:
        yield _audit.c.channel == wanted.channel


def _is_seen(act: Act, within: frozenset[int] | None, sight: Sight) -> bool:
    if within is not None and not act.concerns(within):
        return False
    return sight.areas is None or act.concerns(sight.areas) or act.person_id == sight.reader


# --------------------------------------------------------------------------- where a subject lies


def _placed(conn: Connection, rows: Sequence[Row]) -> Iterator[Act]:
    subjects = {row.subject for row in rows}
    lie, of_map = _places(conn, subjects), _changed(conn, subjects)
    for row in rows:
        changed = of_map.get(row.subject, ())
        first = next(iter(changed), lie.get(row.subject))
        yield Act(
            row.id, row.at, row.person_id, row.channel, row.action, row.subject, row.before, row.after,
            first, frozenset(changed),
        )  # fmt: skip


def _changed(conn: Connection, subjects: Collection[str]) -> dict[str, tuple[int, ...]]:
    """Of every change of the map the areas that it concerns: those that ended by it, then their heirs."""
    named = (subject.partition(" ") for subject in subjects)
    numbers = [int(n) for kind, _, n in named if kind == "change" and n.isdecimal() and len(n) <= 18]
    rows = conn.all(select(_change.c.id, _change.c.wanted).where(_change.c.id.in_(sorted(numbers))))
    return {f"change {row.id}": (*row.wanted["ended"], *row.wanted["heirs"]) for row in rows}


def _places(conn: Connection, subjects: Collection[str]) -> dict[str, int]:
    """The area of each subject that lies in one."""
    named: dict[str, set[Any]] = defaultdict(set)
    for subject in subjects:
        kind, _, number = subject.partition(" ")
        if kind == "ticket":
            named[kind].add(number)
        elif number.isdecimal() and len(number) <= 18:
            named[kind].add(int(number))
    found = {f"area {number}": number for number in named.pop("area", ())}
    for kind, numbers in named.items():
        found |= {f"{kind} {number}": area_id for number, area_id in _lying(conn, kind, numbers)}
    return found


def _lying(conn: Connection, kind: str, numbers: set[Any]) -> Iterable[tuple[Any, int]]:
    if kind == "person":
        held = select(_grant.c.person_id, _grant.c.area_id).where(_grant.c.person_id.in_(sorted(numbers)))
        return [(row.person_id, row.area_id) for row in conn.all(held.order_by(_grant.c.id))]
    if kind == "broadcast":
        sent = select(_broadcast.c.id, _broadcast.c.audience).where(_broadcast.c.id.in_(sorted(numbers)))
        rows = conn.all(sent)
        return [(row.id, row.audience["area_id"]) for row in rows if row.audience.get("area_id")]
    if (of := _LIES.get(kind)) is None:
        return ()
    lies = func.coalesce(of.c.area_id, of.c.left_of) if kind == "household" else of.c.area_id
    there = select(of.c.id, lies.label("area")).where(of.c.id.in_(sorted(numbers)), lies.is_not(None))
    return [(row.id, row.area) for row in conn.all(there)]


# --------------------------------------------------------------------------- names


def _names(conn: Connection, acts: Sequence[Act]) -> Mapping[int, str]:
    """Of those who did something, of those it was done to, and of those named in it."""
    who = {act.person_id for act in acts if act.person_id is not None}
    for act in acts:
        told = (number for text in (act.subject, act.before, act.after) for number in _PERSON.findall(text))
        who |= {int(number) for number in told}
    return _named(conn, who)


def _named(conn: Connection, numbers: Collection[int]) -> Mapping[int, str]:
    """Of those who hold or held a role: what citizens are called is nobody's business here."""
    if not numbers:
        return {}
    held = select(_grant.c.person_id).where(_grant.c.person_id == _person.c.id).exists()
    rows = conn.all(select(_person.c.id, _person.c.name).where(_person.c.id.in_(sorted(numbers)), held))
    return {row.id: row.name for row in rows if row.name}
