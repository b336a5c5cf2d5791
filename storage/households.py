"""Households as teams work through them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import BindParameter, and_, bindparam, case, func, null, select, union_all, update
from sqlalchemy.dialects.postgresql import insert

from content.assigning import holder_of
from content.households import Household, Progress, Whose
from content.values import dataclass
from storage import areas, namesakes, tallies
from storage.absences import absence
from storage.areas import counting_order
from storage.database import Connection, Row, Statement, table
from storage.tables import AreaLink, AssignmentRow, HouseholdRow, SurveyRow

_household, _survey, _link = table(HouseholdRow), table(SurveyRow), table(AreaLink)
_given = table(AssignmentRow)


@dataclass(frozen=True, slots=True)
class NewHousehold:
    """A household to be listed. `key` is its UUID: the same key again is the same household."""

    key: str
    area_id: int
    name: str
    address: str = ""
    invented: bool = False


_ADD = Statement(
    insert(_household)
    .values(
        {
            name: bindparam(name)
            for name in ("key", "area_id", "name", "address", "created_by", "created_at", "invented", "mark")
        }
    )
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(_household.c.id)
)
_BY_KEY = Statement(select(_household.c.id).where(_household.c.key == bindparam("of_key")))
_shown = (
    _household.c.id,
    _household.c.area_id,
    _household.c.name,
    _household.c.address,
    func.max(_survey.c.submitted_at, type_=_survey.c.submitted_at.type).label("surveyed_at"),
    _household.c.invented,
    _given.c.person_id.label("person_id"),
    _given.c.invitation_id.label("invitation_id"),
    absence.c.on.label("absent_on"),
)
_held = _given.c.household_id == _household.c.id
_unmet = absence.c.household_id == _household.c.id
_counted = and_(_survey.c.household_id == _household.c.id, _survey.c.current)
_FIND = Statement(
    select(
        *(column for column in _shown if column is not _household.c.area_id),
        func.coalesce(_household.c.area_id, _household.c.left_of).label("area_id"),
        _household.c.left_of,
    )
    .outerjoin(_survey, _counted)
    .outerjoin(_given, _held)
    .outerjoin(absence, _unmet)
    .where(_household.c.id == bindparam("household"))
    .group_by(_household.c.id, _given.c.household_id, absence.c.household_id)
)
_OF_HAMLET = Statement(
    select(*_shown)
    .outerjoin(_survey, and_(_counted, _survey.c.form == bindparam("form")))
    .outerjoin(_given, _held)
    .outerjoin(absence, _unmet)
    .where(_household.c.area_id == bindparam("hamlet"))
    .group_by(_household.c.id, _given.c.household_id, absence.c.household_id)
)
_left = (
    select(
        _household.c.id,
        _household.c.area_id,
        _household.c.name,
        _household.c.address,
        null().label("surveyed_at"),
        _household.c.invented,
        _given.c.person_id,
        _given.c.invitation_id,
        absence.c.on.label("absent_on"),
    )
    .outerjoin(_survey, and_(_counted, _survey.c.form == bindparam("form")))
    .outerjoin(_given, _held)
    .outerjoin(absence, _unmet)
    .where(_household.c.area_id == bindparam("hamlet"), _survey.c.household_id.is_(None))
    .limit(bindparam("most"))
    .offset(bindparam("skipped"))
)
_in_order = (_household.c.id,)
# Whoever chooses where to go next sees those first where nobody has been.
_to_visit = (absence.c.on.is_not(None), absence.c.on, _household.c.id)
_LEFT: dict[Whose, Statement] = {
    "all": Statement(_left.order_by(*_in_order)),
    "mine": Statement(_left.where(_given.c.person_id == bindparam("person")).order_by(*_to_visit)),
    "free": Statement(_left.where(_given.c.household_id.is_(None)).order_by(*_to_visit)),
}
_hamlet: BindParameter[int] = bindparam("hamlet", type_=_link.c.parent_id.type)
# Under a hamlet lies nothing but the hamlets that became part of it.
_with_merged = union_all(
    select(_hamlet),
    select(_link.c.child_id).where(_link.c.parent_id == _hamlet, _link.c.valid_from <= bindparam("on")),
)
_progress = (
    select(
        func.count(_household.c.id).label("planned"),
        func.count(_survey.c.household_id).label("done"),  # it is in the index: no row of a survey is read
    )
    .select_from(_household)
    .outerjoin(_survey, and_(_counted, _survey.c.form == bindparam("form")))
)
_here = _household.c.area_id == bindparam("hamlet")
_LISTED = Statement(_progress.where(_here))
_STANDS = Statement(
    _progress.add_columns(func.count(absence.c.household_id).label("absent"))
    .outerjoin(absence, and_(_unmet, _survey.c.household_id.is_(None)))
    .where(_here)
)
_LISTED_THEN = Statement(
    _progress.where(
        func.coalesce(_household.c.listed_in, _household.c.area_id).in_(_with_merged),
        _household.c.left_of.is_(None),
    )
)
_REFUSED = Statement(
    select(func.coalesce(func.sum(case((_survey.c.consent, 0), else_=1)), 0).label("refused")).where(
        _survey.c.area_id.in_(_with_merged),
        _survey.c.form == bindparam("form"),
        _survey.c.current,
    )
)


def add(conn: Connection, household: NewHousehold, by: int | None, now: datetime) -> int:
    """Puts a household on its hamlet's list; its number, also where the key is there already. `now` carries
    the district's zone."""
    number = _put(conn, household, by, now)
    namesakes.settle(conn, household.area_id, namesakes.mark(conn, household.name))
    return number


def add_all(conn: Connection, households: Iterable[NewHousehold], by: int | None, now: datetime) -> list[int]:
    """Puts many households on their lists, as from an imported file; their numbers."""
    households = list(households)
    numbers = [_put(conn, household, by, now) for household in households]
    namesakes.settle_all(conn, (household.area_id for household in households))
    return numbers


def _put(conn: Connection, household: NewHousehold, by: int | None, now: datetime) -> int:
    row = conn.one(
        _ADD,
        key=household.key,
        area_id=household.area_id,
        name=household.name,
        address=household.address,
        created_by=by,
        created_at=now,
        invented=household.invented,
        mark=namesakes.mark(conn, household.name),
    )
    if row is None:
        there = conn.one(_BY_KEY, of_key=household.key)
        assert there is not None
        return int(there.id)
    tallies.enlist(conn, household.area_id, now)
    return int(row.id)


def move(conn: Connection, household_id: int, address: str) -> None:
    """The household is found elsewhere in its hamlet."""
    conn.run(update(_household).where(_household.c.id == household_id).values(address=address))


def correct(conn: Connection, household_id: int, name: str, address: str) -> None:
    """What the household is called and where it is, from now on."""
    row = update(_household).where(_household.c.id == household_id)
    conn.run(row.values(name=name, address=address))
    namesakes.rename(conn, household_id, name)


def find(conn: Connection, household_id: int) -> Household | None:
    """One household, also one that is off its list; `surveyed_at` of whatever questionnaire was last."""
    row = conn.one(_FIND, household=household_id)
    return None if row is None else replace(_made(row), is_listed=row.left_of is None)


def by_key(conn: Connection, key: str) -> int | None:
    """The number of the household with that key."""
    row = conn.one(_BY_KEY, of_key=key)
    return None if row is None else int(row.id)


def of_hamlet(conn: Connection, hamlet_id: int, form: str) -> list[Household]:
    """The hamlet's households by name, each with when it was last surveyed by this questionnaire."""
    rows = conn.all(_OF_HAMLET, hamlet=hamlet_id, form=form)
    return sorted(map(_made, rows), key=lambda one: (counting_order(one.name), one.id))


def left(  # noqa: PLR0913, PLR0917 - of which hamlet, whose, and which page
    conn: Connection,
    hamlet_id: int,
    form: str,
    limit: int,
    offset: int = 0,
    whose: Whose = "all",
    person_id: int = 0,
) -> list[Household]:
    """A page of the hamlet's households not surveyed yet, in the order in which they were listed: that needs
    no name, so a page costs the same in a hamlet of thirty and of three thousand. `whose`: all, those given
    to that person ("mine"), or to nobody ("free"); of these last where nobody was met."""
    page = {"hamlet": hamlet_id, "form": form, "most": limit, "skipped": offset}
    who = {"person": person_id} if whose == "mine" else {}
    rows = conn.all(_LEFT[whose], **page, **who)
    return [_made(row) for row in rows]


def count(conn: Connection, hamlet_id: int, form: str) -> tuple[int, int]:
    """Done and listed in the hamlet that works through the households today."""
    row = conn.one(_LISTED, hamlet=hamlet_id, form=form)
    assert row is not None
    return row.done, row.planned


def progress(
    conn: Connection, area_id: int, form: str, on: date, today: date | None = None
) -> list[Progress]:
    """Done of planned for each hamlet under the area on the map of that day, as it stands now. Households are
    counted in the hamlet that works through them; on a map of before `today` where they were listed. A
    refusal names nobody, so it is counted where it was met."""
    found, past = [], today is not None and on < today
    for hamlet in areas.hamlets(conn, area_id, on):
        here = {"hamlet": hamlet.id, "form": form}
        listed = conn.one(_LISTED_THEN, **here, on=on) if past else conn.one(_STANDS, **here)
        refused = conn.one(_REFUSED, **here, on=on)
        assert listed is not None
        assert refused is not None
        absent = 0 if past else listed.absent
        found.append(Progress(hamlet.id, hamlet.name, listed.done, listed.planned, refused.refused, absent))
    return found


def _made(row: Row) -> Household:
    name = row.name or f"#{row.id}"  # erased, or kept long enough: it is still one of so many
    holder = holder_of(row.person_id, row.invitation_id)
    return Household(
        row.id,
        row.area_id,
        name,
        row.address,
        row.surveyed_at,
        row.invented,
        holder,
        absent_on=row.absent_on,
    )
