"""Which household is given to whom."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, select, update

from content.assigning import Holder, Load, holder_of
from content.people import Person, reach
from storage import areas
from storage.absences import absence
from storage.database import Connection, Statement, table
from storage.maps import UNDER
from storage.tables import AssignmentRow, HouseholdRow, SurveyRow

_given, _household, _survey = table(AssignmentRow), table(HouseholdRow), table(SurveyRow)
_AT_ONCE = 500

_unmet = and_(absence.c.household_id == _household.c.id, _survey.c.id.is_(None))
_counted = and_(
    _survey.c.household_id == _household.c.id, _survey.c.current, _survey.c.form == bindparam("form")
)
_LOADS = Statement(
    select(
        _household.c.area_id,
        _given.c.person_id,
        _given.c.invitation_id,
        func.count(_household.c.id).label("total"),
        func.count(_survey.c.id).label("done"),
        func.count(absence.c.household_id).label("absent"),
    )
    .join_from(UNDER, _household, _household.c.area_id == UNDER.c.id)
    .outerjoin(_given, _given.c.household_id == _household.c.id)
    .outerjoin(_survey, _counted)
    .outerjoin(absence, _unmet)
    .group_by(_household.c.area_id, _given.c.person_id, _given.c.invitation_id)
)
_OWN = Statement(
    select(
        _household.c.area_id,
        func.count(_household.c.id).label("total"),
        func.count(_survey.c.id).label("done"),
    )
    .join_from(_given, _household, _household.c.id == _given.c.household_id)
    .outerjoin(_survey, _counted)
    .where(_given.c.person_id == bindparam("person"))
    .group_by(_household.c.area_id)
)


def give(
    conn: Connection, household_ids: Iterable[int], holder: Holder | None, by: int | None, now: datetime
) -> None:
    """The households are theirs from now on, whosever they were; without a holder, nobody's."""
    for some in _parts(household_ids):
        conn.run(delete(_given).where(_given.c.household_id.in_(some)))
        if holder is not None:
            theirs = {"person_id": holder.person_id, "invitation_id": holder.invitation_id}
            new = {**theirs, "given_by": by, "given_at": now}
            conn.insert_many(_given, ({"household_id": one, **new} for one in some))


def holders(conn: Connection, household_ids: Iterable[int]) -> dict[Holder | None, int]:
    """Who holds these households, and how many of them each; under None those that nobody holds."""
    found: dict[Holder | None, int] = {}
    for some in _parts(household_ids):
        rows = conn.all(select(_given).where(_given.c.household_id.in_(some)).order_by(_given.c.household_id))
        held = [holder_of(row.person_id, row.invitation_id) for row in rows]
        for holder in (*held, *[None] * (len(some) - len(held))):
            found[holder] = found.get(holder, 0) + 1
    return found


def _parts(household_ids: Iterable[int]) -> Iterator[list[int]]:
    every = list(dict.fromkeys(household_ids))
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]


def loads(conn: Connection, area_id: int, form: str, on: date) -> dict[int, dict[Holder | None, Load]]:
    """By hamlet under the area: how many households each holds, and how many of those were asked the
    questionnaire; under None those that nobody holds."""
    found: dict[int, dict[Holder | None, Load]] = {}
    for row in conn.all(_LOADS, area=area_id, on=on, level="", form=form):
        holder = holder_of(row.person_id, row.invitation_id)
        found.setdefault(row.area_id, {})[holder] = Load(row.total, row.done, row.absent)
    return found


def own(conn: Connection, person_id: int, form: str) -> dict[int, Load]:
    """By hamlet: how many households the person holds, and how many of those were asked the questionnaire."""
    return {row.area_id: Load(row.total, row.done) for row in conn.all(_OWN, person=person_id, form=form)}


def held_by(conn: Connection, holder: Holder) -> dict[int, int]:
    """By hamlet: how many households they hold."""
    counted = select(_household.c.area_id, func.count().label("n")).join_from(_given, _household)
    rows = conn.all(
        counted.where(_theirs(holder)).group_by(_household.c.area_id).order_by(_household.c.area_id)
    )
    return {row.area_id: row.n for row in rows}


def _theirs(holder: Holder) -> ColumnElement[bool]:
    column = _given.c.person_id if holder.kind == "person" else _given.c.invitation_id
    return column == holder.id


def kept_for(conn: Connection, invitation_id: int) -> int:
    """How many households are kept for whoever takes up the invitation."""
    found = conn.one(select(func.count().label("n")).where(_given.c.invitation_id == invitation_id))
    return int(found.n) if found else 0


def taken_up(conn: Connection, invitation_id: int, person_id: int) -> None:
    """What was kept for whoever takes up the invitation is that person's."""
    kept = _given.c.invitation_id == invitation_id
    conn.run(update(_given).where(kept).values(person_id=person_id, invitation_id=None))


def pass_on(conn: Connection, person: Person, to: int, area_id: int, on: date) -> int:
    """What the one holds in the area and visits no more, by the roles they still have, is the other's; how
    many households."""
    own = {one for held in reach(person, "survey") for one in areas.under(conn, held, on)}
    lost = set(areas.under(conn, area_id, on)) - own
    there = select(_household.c.id).where(_household.c.area_id.in_(sorted(lost)))
    theirs = and_(_given.c.person_id == person.id, _given.c.household_id.in_(there))
    return conn.run(update(_given).where(theirs).values(person_id=to))


def keep_within(conn: Connection, person: Person, on: date) -> int:
    """What the person holds where they survey no more on that day is nobody's again; how many households."""
    own = {one for area_id in reach(person, "survey") for one in areas.under(conn, area_id, on)}
    beyond = select(_household.c.id).where(_household.c.area_id.not_in(own))
    theirs = and_(_given.c.person_id == person.id, _given.c.household_id.in_(beyond))
    return conn.run(delete(_given).where(theirs))


def release(conn: Connection, holder: Holder) -> int:
    """All that they hold is nobody's again; how many households."""
    return conn.run(delete(_given).where(_theirs(holder)))
