"""Changes of the map: checked against the register, written with their periods of validity, and undone.

What is written holds from its day on by itself: until then nobody meets it. What hangs on a unit that ends
(roles, lists, invitations) is moved on that day by `storage.succession`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update

from content.areas import Area, Level
from content.reorganizing import Asked, Change, Fault, Heir, Impossible, Kind
from storage import areas, maps
from storage.areas import as_area
from storage.database import Conflict, Connection, Row, Statement, table
from storage.tables import AreaChangeRow, AreaLink, AreaRow, AreaSuccession

_area, _link, _succession = table(AreaRow), table(AreaLink), table(AreaSuccession)
_change = table(AreaChangeRow)
_DAY = timedelta(days=1)
_LEVELS = list(Level)

_LINKS_UNDER = Statement(
    select(_link).where(
        _link.c.parent_id == bindparam("area"),
        or_(_link.c.valid_to.is_(None), _link.c.valid_to > bindparam("day")),
    )
)
_LINKS_ABOVE = Statement(
    select(_link).where(
        _link.c.child_id == bindparam("area"),
        or_(_link.c.valid_to.is_(None), _link.c.valid_to > bindparam("day")),
    )
)
_BEGINS = Statement(
    select(_area)
    .where(_area.c.code == bindparam("code"), _area.c.valid_from >= bindparam("day"))
    .order_by(_area.c.valid_from)
)
_CHANGES = Statement(select(_change).order_by(_change.c.on, _change.c.id))


@dataclass(slots=True)
class _Heir:
    """A unit that takes others up: one that goes on (`area`), or one that begins."""

    asked: Heir
    area: Area | None
    above: Area | None
    takes: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    """A change in which nothing is wrong: the units that end, those that take them up, and under which heir
    (by its place) each unit under one that ends comes; without heirs, under `above`."""

    asked: Asked
    ends: list[Area]
    heirs: list[_Heir]
    level: Level
    above: Area | None


@dataclass(slots=True)
class _Steps:
    """What is written, so that it can be taken back: the newest last."""

    conn: Connection
    done: list[list[Any]] = field(default_factory=list)

    def begin(self, **values: Any) -> int:
        number = self.conn.insert(_area, **values)
        self.done.append(["area", number])
        return number

    def end(self, area_id: int, on: date) -> None:
        self.done.append(["end", area_id])
        self.conn.run(update(_area).where(_area.c.id == area_id).values(valid_to=on))

    def link(self, child_id: int, parent_id: int, on: date) -> None:
        number = self.conn.insert(_link, child_id=child_id, parent_id=parent_id, valid_from=on, valid_to=None)
        self.done.append(["link", number])

    def move(self, link: Row, parent_id: int, on: date) -> None:
        """The unit below comes under another one from that day on."""
        if link.valid_from == on:
            self.done.append(["parent", link.id, link.parent_id])
            self.conn.run(update(_link).where(_link.c.id == link.id).values(parent_id=parent_id))
        else:
            self.done.append(["unlink", link.id])
            self.conn.run(update(_link).where(_link.c.id == link.id).values(valid_to=on))
            self.link(link.child_id, parent_id, on)

    def succeed(self, old_id: int, new_id: int, on: date) -> None:
        number = self.conn.insert(_succession, old_id=old_id, new_id=new_id, on=on)
        self.done.append(["succession", number])


# --------------------------------------------------------------------------- carried out


def put_down(conn: Connection, asked: Asked, by: int | None, now: datetime) -> Change:
    """Writes the change, to hold from its day on. Raises Impossible, with everything that stands in its way;
    then nothing was written."""
    maps.changed(conn)
    plan = _Planning(conn, asked).plan()
    steps = _Steps(conn)
    began = _write(conn, plan, steps)
    wanted = {
        "ended": [area.id for area in plan.ends],
        "heirs": [heir.area.id for heir in plan.heirs if heir.area],
        "began": began,
    }
    number = conn.insert(
        _change,
        kind=asked.kind.value,
        on=asked.on,
        wanted=wanted,
        steps=steps.done,
        created_by=by,
        created_at=now,
        undone_at=None,
    )
    found = find(conn, number)
    assert found is not None
    return found


def concerned(conn: Connection, asked: Asked) -> set[int]:
    """The units whose reach the change may alter: those that end or take them up, and all that they lie in.
    Raises Impossible."""
    plan, eve = _Planning(conn, asked).plan(), asked.on - _DAY
    above = [heir.area or heir.above for heir in plan.heirs] + [plan.above]
    paths = [areas.path(conn, area.id, eve) for area in plan.ends]
    paths += [areas.path(conn, area.id, asked.on) for area in above if area is not None]
    return {area.id for path in paths for area in path}


def _write(conn: Connection, plan: _Plan, steps: _Steps) -> list[int]:
    on, began = plan.asked.on, []
    under = {area.id: conn.all(_LINKS_UNDER, area=area.id, day=on) for area in plan.ends}
    for area in plan.ends:
        steps.end(area.id, on)
    for heir in plan.heirs:
        if heir.area is None:
            number = steps.begin(
                code=heir.asked.code,
                name=heir.asked.name,
                level=plan.level.value,
                valid_from=on,
                valid_to=None,
                invented=all(area.invented for area in plan.ends),
            )
            assert heir.above is not None
            steps.link(number, heir.above.id, on)
            heir.area = areas.find(conn, number)
            began.append(number)
    for area in plan.ends:
        _bequeath(conn, plan, area, under[area.id], steps)
    return began


def _bequeath(conn: Connection, plan: _Plan, area: Area, under: Sequence[Row], steps: _Steps) -> None:
    """What lay under the unit comes under its heir; the unit itself lies in its only heir."""
    on, heirs = plan.asked.on, [heir for heir in plan.heirs if heir.area]
    for heir in heirs:
        assert heir.area is not None
        steps.succeed(area.id, heir.area.id, on)
    if len(heirs) == 1 and heirs[0].area:
        for link in [*conn.all(_LINKS_ABOVE, area=area.id, day=on), *under]:
            steps.move(link, heirs[0].area.id, on)
        return
    exist = {unit.id for unit in areas.below(conn, area.id, on)}
    for link in under:
        to = next((heir.area for heir in heirs if link.child_id in heir.takes), None) or plan.above
        if link.child_id in exist and to is not None:
            steps.move(link, to.id, on)


# --------------------------------------------------------------------------- undone


def undo(conn: Connection, number: int, now: datetime) -> Change:
    """Takes a change back whose day is ahead. Raises Impossible."""
    maps.changed(conn)
    change = check_undo(conn, number, now.date())
    row = conn.one(select(_change.c.steps).where(_change.c.id == number))
    assert row is not None
    try:
        with conn.savepoint():
            for step in reversed(row.steps):
                _take_back(conn, *step)
    except Conflict:
        raise Impossible((Fault("undo-used", {"day": change.on}),)) from None
    conn.run(update(_change).where(_change.c.id == number).values(undone_at=now))
    return change


def check_undo(conn: Connection, number: int, today: date) -> Change:
    """The change, where it can be taken back. Raises Impossible."""
    change = find(conn, number)
    if change is None or change.undone_at is not None:
        raise Impossible((Fault("undo-unknown", {"number": number}),))
    if change.on <= today:
        raise Impossible((Fault("undo-late", {"day": change.on}),))
    touched = _units(change)
    later = [one for one in changes(conn) if one.id > number and touched & _units(one)]
    if later:
        raise Impossible((Fault("undo-later", {"number": later[-1].id, "day": later[-1].on}),))
    return change


def _units(change: Change) -> set[int]:
    return {area.id for area in (*change.ended, *change.heirs)}


def _take_back(conn: Connection, what: str, number: int, before: int | None = None) -> None:
    match what:
        case "area":
            conn.run(delete(_area).where(_area.c.id == number))
        case "end":
            conn.run(update(_area).where(_area.c.id == number).values(valid_to=None))
        case "link":
            conn.run(delete(_link).where(_link.c.id == number))
        case "unlink":
            conn.run(update(_link).where(_link.c.id == number).values(valid_to=None))
        case "parent":
            conn.run(update(_link).where(_link.c.id == number).values(parent_id=before))
        case "succession":
            conn.run(delete(_succession).where(_succession.c.id == number))


def changes(conn: Connection) -> list[Change]:
    """Every change that was put down and not undone, by its day."""
    return [_made(conn, row) for row in conn.all(_CHANGES) if row.undone_at is None]


def find(conn: Connection, number: int) -> Change | None:
    """One change, undone or not. What began by one that was undone is no more to be found."""
    row = conn.one(select(_change).where(_change.c.id == number))
    return None if row is None else _made(conn, row)


def _made(conn: Connection, row: Row) -> Change:
    numbers = [*row.wanted["ended"], *row.wanted["heirs"]]
    there = {unit.id: as_area(unit) for unit in conn.all(select(_area).where(_area.c.id.in_(numbers)))}
    ended, heirs = (
        tuple(there[number] for number in row.wanted[name] if number in there) for name in ("ended", "heirs")
    )
    return Change(
        row.id,
        Kind(row.kind),
        row.on,
        ended,
        heirs,
        tuple(row.wanted["began"]),
        row.created_at,
        row.undone_at,
    )


# --------------------------------------------------------------------------- checked


@dataclass(slots=True)
class _Planning:
    """Looks a change through, collecting all that is wrong with it."""

    conn: Connection
    asked: Asked
    faults: list[Fault] = field(default_factory=list)

    def plan(self) -> _Plan:
        asked = self.asked
        ends = self._ends()
        level = ends[0].level if ends else Level.COMMUNE
        into = self._going_on(ends, level) if asked.kind is Kind.MERGE else None
        if into is not None:
            ends = [area for area in ends if area.id != into.id]
        for area in ends:
            self._free(area)
        above = self._above(ends, into) if ends else None
        heirs = self._heirs(ends, into, above)
        if asked.kind is Kind.SPLIT and ends:
            self._share_out(ends[0], heirs)
        if not ends and not self.faults:
            self._fault("nothing")
        if self.faults:
            raise Impossible(tuple(self.faults))
        return _Plan(asked, ends, heirs, level, above)

    def _fault(self, key: str, **values: object) -> None:
        self.faults.append(Fault(key, values))

    @property
    def _eve(self) -> date:
        return self.asked.on - _DAY

    def _ends(self) -> list[Area]:
        found: list[Area] = []
        for code in self.asked.ends:
            area = self._known(code)
            if area is None:
                continue
            if area in found:
                self._fault("twice", code=code)
            else:
                found.append(area)
        for area in found:
            if area.level is Level.COUNTRY:
                self._fault("country", name=area.name)
            elif area.level != found[0].level:
                self._fault("levels", code=area.code, name=area.name, other=found[0].name)
        if self.asked.kind in {Kind.SPLIT, Kind.DISSOLVE}:
            for area in found:
                if area.level is Level.HAMLET:
                    self._fault(f"hamlet-{self.asked.kind}", name=area.name)
        return found

    def _known(self, code: str) -> Area | None:
        """The unit that has the code on the day before; else says what became of it."""
        if (area := areas.by_code(self.conn, code, self._eve)) is not None:
            return area
        last = areas.latest(self.conn, code)
        if last is None:
            self._fault("unknown", code=code)
        elif last.valid_to is not None and last.valid_to <= self._eve:
            heirs = ", ".join(f"{one.name} ({one.code})" for one in areas.heirs(self.conn, last.id))
            self._fault("gone", code=code, name=last.name, day=last.valid_to, heirs=heirs or "–")
        else:
            self._fault("not-yet", code=code, name=last.name, day=last.valid_from)
        return None

    def _free(self, area: Area) -> None:
        """Nothing of the unit may be settled for later already."""
        on = self.asked.on
        if area.valid_to is not None:
            self._fault("ends-already", code=area.code, name=area.name, day=area.valid_to)
            return
        links = [
            *self.conn.all(_LINKS_UNDER, area=area.id, day=on),
            *self.conn.all(_LINKS_ABOVE, area=area.id, day=on),
        ]
        later = [link for link in links if link.valid_from > on or link.valid_to is not None]
        if later:
            days = [day for link in later for day in (link.valid_from, link.valid_to) if day and day > on]
            self._fault("changes-later", name=area.name, day=min(days, default=on))

    def _going_on(self, ends: Sequence[Area], level: Level) -> Area | None:
        """The unit into which others are merged and which goes on as it is."""
        [heir] = self.asked.heirs
        there = areas.by_code(self.conn, heir.code, self.asked.on)
        if there is None or (there in ends and heir.name and heir.name != there.name):
            return None
        if heir.name and heir.name != there.name:
            self._fault("taken", code=heir.code, name=there.name)
        elif ends and there.level != level:
            self._fault("level-into", code=there.code, name=there.name, other=ends[0].name)
        elif there.valid_to is not None:
            self._fault("ends-already", code=there.code, name=there.name, day=there.valid_to)
        return there

    def _above(self, ends: Sequence[Area], into: Area | None) -> Area | None:
        """Under which unit the heirs stand."""
        on = self.asked.on
        if self.asked.under:
            found = areas.by_code(self.conn, self.asked.under, on)
            if found is None:
                self._fault("unknown-under", code=self.asked.under)
            elif _LEVELS.index(found.level) >= _LEVELS.index(ends[0].level):
                self._fault("under-level", code=found.code, name=found.name, other=ends[0].name)
            return found
        above = {unit.id: unit for area in ends for unit in self._parents(area)}
        if into is not None or len(above) == 1:
            return next(iter(above.values()), None)
        names = ", ".join(f"{unit.name} ({unit.code})" for unit in above.values())
        self._fault("which-under", names=names or "–")
        return None

    def _parents(self, area: Area) -> Iterator[Area]:
        """Where the unit would stand on the day, were there no change."""
        path = areas.path(self.conn, area.id, self.asked.on)
        yield from path[-2:-1]

    def _heirs(self, ends: Sequence[Area], into: Area | None, above: Area | None) -> list[_Heir]:
        if into is not None:
            if self.asked.under:
                self._fault("under-goes-on", name=into.name)
            return [_Heir(self.asked.heirs[0], into, None)]
        found, codes = [], set()
        for heir in self.asked.heirs:
            if heir.code in codes:
                self._fault("twice", code=heir.code)
            codes.add(heir.code)
            there = areas.by_code(self.conn, heir.code, self.asked.on)
            begins = self.conn.all(_BEGINS, code=heir.code, day=self.asked.on)
            if there is not None and there not in ends:
                self._fault("taken", code=heir.code, name=there.name)
            elif there is None and begins:
                row = begins[0]
                self._fault("taken-later", code=heir.code, name=row.name, day=row.valid_from)
            elif not heir.name.strip():
                self._fault("no-name", code=heir.code)
            found.append(_Heir(heir, None, above))
        if self.asked.kind is Kind.RENAME and ends and found:
            one, heir = ends[0], found[0].asked
            if (heir.code, heir.name) == (one.code, one.name) and not self.asked.under:
                self._fault("nothing")
        return found

    def _share_out(self, area: Area, heirs: Sequence[_Heir]) -> None:
        """Each unit under the one that is split comes under exactly one heir."""
        below = areas.below(self.conn, area.id, self.asked.on)
        by_code = {unit.code: unit for unit in below}
        if len(heirs) < 2:
            self._fault("split-one", name=area.name)
        taken: set[str] = set()
        for heir in heirs:
            if not heir.asked.takes:
                self._fault("split-none", name=heir.asked.name or heir.asked.code)
            for code in heir.asked.takes:
                if code not in by_code:
                    self._fault("split-not-below", code=code, name=area.name)
                elif code in taken:
                    self._fault("split-twice", code=code, name=by_code[code].name)
                else:
                    heir.takes.append(by_code[code].id)
                taken.add(code)
        left = [f"{unit.name} ({unit.code})" for unit in below if unit.code not in taken]
        if left:
            self._fault("split-left", names=", ".join(left))
