"""Sums of the units above the hamlets: a district's digest costs the same however many households it has.

A submission adjusts its hamlet's tallies and notes that hamlet's week as fresh; no two ever wait for the
row of one province. A worker rolls up what is fresh, a batch a transaction. Whoever asks in between gets what
is rolled up and what is fresh in one statement: at any moment the figures are those of the tallies.

Sums hold for one map: that of today. Another map's are added up from the hamlets, slower and as right. When
the map changes (a day on which units merge, or an imported list), the worker begins anew.

What wants checking is counted here too, hamlet by hamlet, as tallies that begin with "!".
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from itertools import groupby
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, func, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert

from content.areas import Level
from content.figures import Week
from content.indicators import ALIKE, DONE, FAR, FAST, LISTED, OVER
from storage import notes, suspicions
from storage.database import Connection, Row, Statement, table
from storage.maps import BOUNDS, LINES, LOCK, SUMS, area, link, rise
from storage.tables import RollupRow
from storage.tallies import FRESHEN, fresh, tally

BATCH = 200
"""Hamlets' weeks that one transaction rolls up: no turn waits longer than some milliseconds."""
CLEARED = 50
"""Units of which one transaction begins anew."""
_CLEARING = "clearing"
_EVER = date.max

Place = Mapping[str, Any]
Sums = dict[int, dict[str, tuple[int, int]]]
"""By line and indicator: numerator and denominator."""
_Unit = tuple[str, str]
"""(form, indicator)."""

rollup = table(RollupRow)

_newest = (
    select(func.max(rollup.c.week))
    .where(rollup.c.area_id == LINES.c.id, rollup.c.week <= bindparam("monday"))
    .correlate(LINES)
    .scalar_subquery()
)
_OF_FORM: BindParameter[str] = bindparam("form")
_RISEN = rise(select(fresh.c.area_id.label("id")).distinct(), "risen")
_open = {name: tally.c[name] - tally.c[f"rolled_{name}"] for name in ("numerator", "denominator")}
_parts = union_all(
    select(LINES.c.id.label("line"), rollup.c.indicator, rollup.c.numerator, rollup.c.denominator)
    .join_from(LINES, rollup, (rollup.c.area_id == LINES.c.id) & (rollup.c.week == _newest))
    .where(rollup.c.form.in_([_OF_FORM, ""])),
    select(LINES.c.id, tally.c.indicator, func.sum(_open["numerator"]), func.sum(_open["denominator"]))
    .join_from(_RISEN, LINES, LINES.c.id == _RISEN.c.unit)
    .join(fresh, fresh.c.area_id == _RISEN.c.id)
    .outerjoin(  # inner, SQLite would begin with the tallies, of which there are many
        tally,
        (tally.c.area_id == fresh.c.area_id)
        & (tally.c.form == fresh.c.form)
        & (tally.c.week == fresh.c.week)
        & tally.c.indicator.not_like("@%"),
    )
    .where(fresh.c.form.in_([_OF_FORM, ""]), fresh.c.week <= bindparam("monday"))
    .group_by(LINES.c.id, tally.c.indicator),
).subquery()
_SUMS = Statement(
    select(
        _parts.c.line,
        _parts.c.indicator,
        func.sum(_parts.c.numerator).label("numerator"),
        func.sum(_parts.c.denominator).label("denominator"),
    ).group_by(_parts.c.line, _parts.c.indicator)
)


def sums(conn: Connection, place: Place, form: str, monday: date) -> Sums:
    """How far the lines of a place had come by the end of a week; right only where it `holds`."""
    found: Sums = defaultdict(dict)
    for row in conn.all(_SUMS, **place, form=form, monday=monday):
        if row.indicator is None:
            continue  # a week in which nothing was counted
        found[row.line][row.indicator] = (int(row.numerator), int(row.denominator))
    return found


def holds(conn: Connection, on: date) -> bool:
    """Whether the sums are those of that day's map."""
    first, _, until = (notes.get(conn, SUMS) or "").partition("/")
    return bool(until) and first <= on.isoformat() < until


# ------------------------------------------------------------------ the worker's part

_FRESH = Statement(
    select(fresh)
    .order_by(fresh.c.week, fresh.c.area_id, fresh.c.form)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def work(conn: Connection, now: datetime) -> bool:
    """Does a transaction's worth of what there is to do; whether there was any. One worker at a time; `now`
    carries the district's zone."""
    today, zone = now.date(), now.tzinfo
    assert zone is not None
    conn.lock(LOCK)
    if holds(conn, today):
        return _roll(conn, zone, today)
    state, _, cursor = (notes.get(conn, SUMS) or "").partition(":")
    last = _clear(conn, int(cursor) if state == _CLEARING else 0)
    notes.put(conn, SUMS, _span(conn, today) if last is None else f"{_CLEARING}:{last}", now)
    return True


def _span(conn: Connection, today: date) -> str:
    """From which day until before which other the map is today's."""
    days = [row.day for row in conn.all(BOUNDS) if row.day is not None]
    first = max((day for day in days if day <= today), default=date.min)
    return f"{first.isoformat()}/{min((day for day in days if day > today), default=_EVER).isoformat()}"


def _clear(conn: Connection, after: int) -> int | None:
    """Takes the next units' sums away, and counts their hamlets' weeks as fresh; the last of them."""
    units = [
        row.id
        for row in conn.all(select(area.c.id).where(area.c.id > after).order_by(area.c.id).limit(CLEARED))
    ]
    if not units:
        return None
    weeks = select(tally.c.week, tally.c.area_id, tally.c.form).where(tally.c.area_id.in_(units)).distinct()
    again = insert(fresh).from_select(["week", "area_id", "form"], weeks)
    conn.run(
        again.on_conflict_do_update(
            index_elements=list(fresh.primary_key), set_={"form": again.excluded.form}
        )
    )
    conn.run(update(tally).where(tally.c.area_id.in_(units)).values(rolled_numerator=0, rolled_denominator=0))
    conn.run(delete(rollup).where(rollup.c.area_id.in_(units)))
    return int(units[-1])


def _roll(conn: Connection, zone: tzinfo, on: date) -> bool:
    """Rolls up the oldest of what is fresh."""
    found = conn.all(_FRESH, most=BATCH)
    if not found:
        return False
    everywhere = sorted({row.area_id for row in found})
    above = _above(conn, everywhere, on)
    _count_surplus(conn, everywhere, on)
    changes: dict[tuple[int, date, _Unit], list[int]] = defaultdict(lambda: [0, 0])
    for (week, form), rows in groupby(found, key=lambda row: (row.week, row.form)):
        hamlets = [row.area_id for row in rows]
        if form:  # who is only listed was asked nothing
            _count_checks(conn, hamlets, form, Week(week, zone), on)
        for row in _taken(conn, hamlets, form, week):
            for unit in above[row.area_id]:
                change = changes[unit, week, (form, row.indicator)]
                change[0] += row.numerator - row.rolled_numerator
                change[1] += row.denominator - row.rolled_denominator
    _add(conn, changes)
    return True


def _above(conn: Connection, hamlets: Sequence[int], on: date) -> dict[int, list[int]]:
    """The units above each hamlet."""
    up = rise(select(area.c.id).where(area.c.id.in_(hamlets)), "up", on)
    found: dict[int, list[int]] = defaultdict(list)
    for row in conn.all(select(up.c.id, up.c.unit).where(up.c.level != Level.HAMLET.value)):
        found[row.id].append(row.unit)
    return found


def _taken(conn: Connection, hamlets: Sequence[int], form: str, week: date) -> list[Row]:
    """What these hamlets' week holds that is not rolled up; from now on it is."""
    here = (tally.c.area_id.in_(hamlets), tally.c.form == form, tally.c.week == week)
    new = or_(
        tally.c.numerator != tally.c.rolled_numerator, tally.c.denominator != tally.c.rolled_denominator
    )
    found = conn.all(select(tally).where(*here, new, tally.c.indicator.not_like("@%")))
    values = {"rolled_numerator": tally.c.numerator, "rolled_denominator": tally.c.denominator}
    conn.run(update(tally).where(*here, new).values(**values))
    conn.run(delete(fresh).where(fresh.c.area_id.in_(hamlets), fresh.c.form == form, fresh.c.week == week))
    return found


_given = insert(rollup).values({each.name: bindparam(each.name, type_=each.type) for each in rollup.c})
_ADD = Statement(
    _given.on_conflict_do_update(
        index_elements=list(rollup.primary_key),
        set_={name: rollup.c[name] + _given.excluded[name] for name in ("numerator", "denominator")},
    )
)


def _add(conn: Connection, changes: Mapping[tuple[int, date, _Unit], Sequence[int]]) -> None:
    """Adds what a week changed to its unit's sums in that week and in every later one that has sums."""
    weeks = _weeks(conn, {(unit, week) for unit, week, _ in changes})
    found: dict[tuple[int, date, _Unit], list[int]] = defaultdict(lambda: [0, 0])
    for (unit, week, name), change in changes.items():
        for later in (each for each in weeks[unit] if each >= week):
            sum_ = found[unit, later, name]
            sum_[0] += change[0]
            sum_[1] += change[1]
    conn.run_many(
        _ADD,
        [
            {
                "area_id": unit,
                "week": week,
                "form": form,
                "indicator": indicator,
                "numerator": numerator,
                "denominator": denominator,
            }
            for (unit, week, (form, indicator)), (numerator, denominator) in sorted(found.items())
        ],
    )


_WEEKS = Statement(
    select(rollup.c.week)
    .where(rollup.c.area_id == bindparam("unit"), rollup.c.week >= bindparam("first"))
    .distinct()
)
_BEFORE = Statement(
    select(func.max(rollup.c.week, type_=rollup.c.week.type).label("week")).where(
        rollup.c.area_id == bindparam("unit"), rollup.c.week < bindparam("new")
    )
)
_copied = [rollup.c[name] for name in ("area_id", "form", "indicator", "numerator", "denominator")]
_COPY = Statement(
    insert(rollup).from_select(
        ["area_id", "form", "indicator", "numerator", "denominator", "week"],
        select(*_copied, bindparam("new", type_=rollup.c.week.type)).where(
            rollup.c.area_id == bindparam("unit"), rollup.c.week == bindparam("old")
        ),
    )
)


def _weeks(conn: Connection, touched: Iterable[tuple[int, date]]) -> dict[int, set[date]]:
    """Of each unit the weeks from the first touched one on, where each week touched begins as the one before
    it ended."""
    found: dict[int, set[date]] = {}
    for unit, week in sorted(touched):
        if unit not in found:
            found[unit] = {row.week for row in conn.all(_WEEKS, unit=unit, first=week)}
        if week not in found[unit]:
            before = conn.one(_BEFORE, unit=unit, new=week)
            if before is not None and before.week is not None:
                conn.run(_COPY, unit=unit, old=before.week, new=week)
            found[unit].add(week)
    return found


# ------------------------------------------------------------------ what wants checking

_new = insert(tally).values({each.name: bindparam(each.name, type_=each.type) for each in tally.c})
_SET = Statement(
    _new.on_conflict_do_update(
        index_elements=list(tally.primary_key),
        set_={name: _new.excluded[name] for name in ("numerator", "denominator")},
    )
)


def _count_checks(conn: Connection, hamlets: Sequence[int], form: str, week: Week, on: date) -> None:
    """Counts anew which surveys of the hamlets' week somebody should look at."""
    here = (tally.c.area_id.in_(hamlets), tally.c.form == form, tally.c.week == week.monday)
    kept = {
        (row.indicator, row.area_id): row.numerator
        for row in conn.all(select(tally).where(*here, tally.c.indicator.in_([FAST, ALIKE, FAR])))
    }
    found = suspicions.counted(conn, hamlets, form, week, on)
    _set(
        conn,
        (
            (hamlet, form, week.monday, name, found.get((name, hamlet), 0))
            for name, hamlet in found.keys() | kept.keys()
            if found.get((name, hamlet), 0) != kept.get((name, hamlet), 0)
        ),
    )


def _count_surplus(conn: Connection, hamlets: Sequence[int], on: date) -> None:
    """Counts anew how many more are done than are listed: by week, what the week added to that."""
    lies_in = _merged(conn, hamlets, on)
    wrong: list[tuple[int, str, date, str, int]] = []
    wanted = (tally.c.area_id.in_(lies_in), tally.c.indicator.in_([DONE, LISTED, OVER]))
    by_hamlet: dict[int, dict[_Unit, dict[date, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in conn.all(select(tally).where(*wanted)):
        if row.indicator == OVER and lies_in[row.area_id] != row.area_id:
            if row.numerator:  # from before it became part of another, which tells it from now on
                wrong.append((row.area_id, row.form, row.week, OVER, 0))
            continue
        sums_ = by_hamlet[lies_in[row.area_id]][row.form, row.indicator]
        sums_[row.week] = sums_.get(row.week, 0) + row.numerator
    for hamlet, kept in by_hamlet.items():
        listed = kept.get(("", LISTED), {})
        for form in {form for form, name in kept if name == DONE}:
            right, over = _surplus(kept[form, DONE], listed), kept.get((form, OVER), {})
            weeks = sorted(
                week for week in right.keys() | over.keys() if right.get(week, 0) != over.get(week, 0)
            )
            wrong += [(hamlet, form, week, OVER, right.get(week, 0)) for week in weeks]
    _set(conn, wrong)
    for hamlet, form, week, _, _ in wrong:
        conn.run(FRESHEN, area_id=hamlet, form=form, week=week)


def _merged(conn: Connection, hamlets: Sequence[int], on: date) -> dict[int, int]:
    """The hamlets, those that became part of them and those that they became part of, each with the one that
    is there: a household may be listed in one and surveyed in the other."""
    pairs = select(link.c.child_id, link.c.parent_id).join(area, area.c.id == link.c.parent_id)
    until = or_(link.c.valid_to.is_(None), link.c.valid_to > on)
    pairs = pairs.where(area.c.level == Level.HAMLET.value, link.c.valid_from <= on, until)
    up = {row.child_id: row.parent_id for row in conn.all(pairs.where(link.c.child_id.in_(hamlets)))}
    there = {up.get(hamlet, hamlet) for hamlet in hamlets}
    down = {row.child_id: row.parent_id for row in conn.all(pairs.where(link.c.parent_id.in_(there)))}
    return {**{hamlet: hamlet for hamlet in there}, **down}


def _surplus(done: Mapping[date, int], listed: Mapping[date, int]) -> dict[date, int]:
    """By week, how much more (or less) than before was done above what was listed; weeks of no change left
    out."""
    found, over, balance = {}, 0, 0
    for week in sorted(done.keys() | listed.keys()):
        balance += done.get(week, 0) - listed.get(week, 0)
        if (now := max(0, balance)) != over:
            found[week], over = now - over, now
    return found


def _set(conn: Connection, rows: Iterable[tuple[int, str, date, str, int]]) -> None:
    conn.run_many(
        _SET,
        [
            {
                "area_id": hamlet,
                "form": form,
                "week": week,
                "indicator": name,
                "numerator": n,
                "denominator": n,
                "rolled_numerator": 0,
                "rolled_denominator": 0,
            }
            for hamlet, form, week, name, n in rows
        ],
    )


# ------------------------------------------------------------------ the slow way, to hold it against


def compare(conn: Connection, today: date) -> list[str]:
    """Where sums and what was rolled up of the tallies differ: one line each; empty where all agree (or where
    nothing holds, since the worker is about to begin anew)."""
    if not holds(conn, today):
        return []
    kept = {
        (row.area_id, row.form, row.indicator, row.week): (row.numerator, row.denominator)
        for row in conn.all(select(rollup))
    }
    weeks: dict[int, set[date]] = defaultdict(set)
    for unit, _, _, week in kept:
        weeks[unit].add(week)
    right: dict[tuple[int, str, str, date], tuple[int, int]] = {}
    for (unit, form, name), rows in groupby(_rolled(conn, today), key=lambda row: row[:3]):
        added = {
            row.week: (int(row.numerator), int(row.denominator))
            for row in rows
            if row.numerator or row.denominator
        }
        for week in weeks[unit] | added.keys():
            parts = [both for first, both in added.items() if first <= week]
            right[unit, form, name, week] = (sum(n for n, _ in parts), sum(d for _, d in parts))
    nothing = (0, 0)
    return [
        f"sum of area {key[0]}, {key[1] or 'households'}, {key[2]}, by the week of {key[3]}: "
        f"{kept.get(key, nothing)} is kept, {right.get(key, nothing)} is right"
        for key in sorted(kept.keys() | right.keys())
        if kept.get(key, nothing) != right.get(key, nothing)
    ]


def _rolled(conn: Connection, on: date) -> Iterator[Row]:
    up = rise(select(tally.c.area_id.label("id")).distinct(), "up", on)
    sums_ = (func.sum(tally.c[f"rolled_{name}"]).label(name) for name in ("numerator", "denominator"))
    yield from conn.all(
        select(up.c.unit, tally.c.form, tally.c.indicator, tally.c.week, *sums_)
        .join_from(up, tally, tally.c.area_id == up.c.id)
        .where(up.c.level != Level.HAMLET.value, tally.c.indicator.not_like("@%"))
        .group_by(up.c.unit, tally.c.form, tally.c.indicator, tally.c.week)
        .order_by(up.c.unit, tally.c.form, tally.c.indicator, tally.c.week)
    )
