"""Summary rows: what a hamlet's week added to each indicator. Digests read these and no submissions.

Whatever a submission changes is added in the week in which it happened, also where it takes back what was
counted in an earlier week: so the figures of a past week never change afterwards, and the figures so far are
the sum over the weeks. `storage.recounting` tells the same from the revisions, and holds the two together.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from content.figures import monday_of
from content.indicators import LISTED
from content.values import dataclass
from storage.counts import Counts
from storage.database import Connection, Statement, table
from storage.tables import FreshRow, TallyRow

Tally = tuple[int, int]

NOTHING: Counts = {}

tally = table(TallyRow)
fresh = table(FreshRow)

_COLUMNS = ("area_id", "form", "week", "indicator", "numerator", "denominator")
_given = insert(tally).values({name: bindparam(name, type_=tally.c[name].type) for name in _COLUMNS})
_again = insert(fresh).values({each.name: bindparam(each.name, type_=each.type) for each in fresh.c})
# Not "do nothing": who adds to a week waits for who rolls it up, and is noted after them.
FRESHEN = Statement(
    _again.on_conflict_do_update(index_elements=list(fresh.primary_key), set_={"form": _again.excluded.form})
)
"""Notes a hamlet's week as holding what is not rolled up; always before its tallies change."""
_ADD = Statement(
    _given.on_conflict_do_update(
        index_elements=["form", "area_id", "week", "indicator"],
        set_={name: tally.c[name] + _given.excluded[name] for name in ("numerator", "denominator")},
    )
)


def by(person_id: int) -> str:
    """The row that counts what a person submitted in a hamlet's week."""
    return f"@{person_id}"


@dataclass(frozen=True, slots=True)
class HamletWeek:
    """Where a submission counts: the hamlet it was made in, and the week of `at`, which is aware and
    carries the district's zone: that decides where a week ends."""

    form: str
    area_id: int
    at: datetime


def adjust(
    conn: Connection, where: HamletWeek, old: Counts, new: Counts, person_id: int | None = None
) -> None:
    """Takes `old` back and adds `new`, in the submission's own transaction.

    `old` is what the same household (or the same survey) counted until now: `NOTHING` where it is the first.
    A household that was surveyed in another hamlet before needs two calls, one for each. `person_id`: who
    submitted; given once a submission.
    """
    changes = dict(_changes(old, new))
    if person_id is not None:
        changes[by(person_id)] = (1, 1)
    _add(conn, where, sorted(changes.items()))


def pass_on(conn: Connection, goes: int, stays: int) -> None:
    """What one submitted counts for another from now on."""
    for row in conn.all(select(tally).where(tally.c.indicator == by(goes))):
        at = datetime.combine(row.week, time())
        _add(conn, HamletWeek(row.form, row.area_id, at), [(by(stays), (row.numerator, row.denominator))])
    conn.run(delete(tally).where(tally.c.indicator == by(goes)))


def enlist(conn: Connection, area_id: int, at: datetime, households: int = 1) -> None:
    """Counts households that came onto a hamlet's list (less than 0: that left it) in the week of `at`."""
    _add(conn, HamletWeek("", area_id, at), [(LISTED, (households, households))])


def _changes(old: Counts, new: Counts) -> Iterator[tuple[str, Tally]]:
    for name in old.keys() | new.keys():
        (n1, d1), (n2, d2) = old.get(name, (0, 0)), new.get(name, (0, 0))
        if (n1, d1) != (n2, d2):
            yield name, (n2 - n1, d2 - d1)


def _add(conn: Connection, where: HamletWeek, changes: Sequence[tuple[str, Tally]]) -> None:
    # In one order of keys everywhere: two submissions at once never wait for each other in a circle.
    week = monday_of(where.at.date())
    if changes:
        conn.run(FRESHEN, area_id=where.area_id, form=where.form, week=week)
    conn.run_many(
        _ADD,
        [
            {
                "form": where.form,
                "area_id": where.area_id,
                "week": week,
                "indicator": name,
                "numerator": numerator,
                "denominator": denominator,
            }
            for name, (numerator, denominator) in changes
        ],
    )
