"""Puts the figures right where they differ from a recount: `tocns check --mend`.

First the order: a survey made after the clock was set back once counted in the week that the clock showed,
and took back there what that week had not had. It is moved to where it would count now: just after all that
was submitted of its household before (`storage.surveys`). Then every tally that is wrong is written anew, in
one transaction for which submissions wait; the sums above follow as they always do (`storage.rollups`).
"""

from datetime import date, datetime, tzinfo

from sqlalchemy import bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from content.figures import monday_of
from storage.columns import behind
from storage.database import Connection, Row, Statement, table
from storage.places import place
from storage.recounting import Recount, Texts, Week
from storage.tables import RevisionRow, SurveyRow
from storage.tallies import FRESHEN, tally

_LOCK = text("LOCK TABLE tally IN SHARE ROW EXCLUSIVE MODE")
"""On PostgreSQL; on SQLite whoever writes, writes alone."""

_survey, _revision = table(SurveyRow), table(RevisionRow)
_other, _before = _survey.alias("other"), _revision.alias("before")
_OVERTAKEN = Statement(
    select(_survey.c.id)
    .join(_other, (_other.c.household_id == _survey.c.household_id) & (_other.c.form == _survey.c.form))
    .where(_survey.c.form == bindparam("form"), _survey.c.current, _other.c.id != _survey.c.id)
    .where(_other.c.submitted_at >= _survey.c.submitted_at)
    .distinct()
)
_BACKWARD = Statement(
    select(_revision.c.survey_id.label("id"))
    .join(_before, _before.c.survey_id == _revision.c.survey_id)
    .where(_revision.c.form == bindparam("form"), _revision.c.revision > 1)
    .where(_before.c.revision == _revision.c.revision - 1)
    .where(_before.c.submitted_at >= _revision.c.submitted_at)
    .distinct()
)
_REVISIONS = Statement(
    select(
        *(_revision.c[name] for name in ("revision", "form", "area_id", "household_id")),
        *(_revision.c[name] for name in ("week", "submitted_at")),
    )
    .where(_revision.c.survey_id == bindparam("survey"))
    .order_by(_revision.c.revision)
)
_OF_OTHERS = Statement(
    select(func.max(_revision.c.submitted_at, type_=_revision.c.submitted_at.type).label("at"))
    .join(_survey, _survey.c.id == _revision.c.survey_id)
    .where(_survey.c.household_id == bindparam("household"), _survey.c.form == bindparam("form"))
    .where(_survey.c.id != bindparam("survey"))
)
_cell = (
    tally.c.form == bindparam("form"),
    tally.c.area_id == bindparam("area_id"),
    tally.c.week == bindparam("week"),
    tally.c.indicator == bindparam("indicator"),
)
_DROP = Statement(delete(tally).where(*_cell))
_COLUMNS = ("form", "area_id", "week", "indicator", "numerator", "denominator")
_given = insert(tally).values({name: bindparam(name, type_=tally.c[name].type) for name in _COLUMNS})
_SET = Statement(
    _given.on_conflict_do_update(
        index_elements=["form", "area_id", "week", "indicator"],
        set_={name: _given.excluded[name] for name in ("numerator", "denominator")},
    )
)


def mend(conn: Connection, form: str, zone: tzinfo) -> int:
    """Puts right what differs; how many hamlets' weeks that were. Afterwards a recount agrees."""
    if conn.engine == "postgresql":
        conn.run(_LOCK)
    overtaken = {row.id for row in conn.all(_OVERTAKEN, form=form)}
    for survey_id in sorted(overtaken | {row.id for row in conn.all(_BACKWARD, form=form)}):
        _set_right(conn, survey_id, zone, overtaken=survey_id in overtaken)
    count = Recount(conn, form, zone)
    mended = 0
    for units in count.portions():
        for cell, kept, right in count.wrong(*units, []):
            _rewrite(conn, cell, kept, right)
            mended += 1
    return mended


def _set_right(conn: Connection, survey_id: str, zone: tzinfo, *, overtaken: bool) -> None:
    """Moves the survey's revisions behind what they were made after; where it was `overtaken`, behind all
    that was submitted of its household's others."""
    rows = conn.all(_REVISIONS, survey=survey_id)
    last: datetime | None = None
    if overtaken:
        others = conn.one(_OF_OTHERS, household=rows[0].household_id, form=rows[0].form, survey=survey_id)
        last = others.at if others else None
    for row in rows:
        at = behind(row.submitted_at, last)
        if at != row.submitted_at:
            _move(conn, survey_id, row, at, monday_of(at.astimezone(zone).date()))
        last = at


def _move(conn: Connection, survey_id: str, row: Row, at: datetime, week: date) -> None:
    moved = _revision.c.survey_id == survey_id, _revision.c.revision == row.revision
    conn.run(update(_revision).where(*moved).values(submitted_at=at, week=week))
    if row.revision == 1:
        conn.run(update(_survey).where(_survey.c.id == survey_id).values(submitted_at=at))
        conn.run(update(place).where(place.c.survey_id == survey_id).values(submitted_at=at, week=week))
    for each in {row.week, week}:
        conn.run(FRESHEN, form=row.form, area_id=row.area_id, week=each)


def _rewrite(conn: Connection, cell: Week, kept: Texts, right: Texts) -> None:
    form, area_id, week = cell
    where = {"form": form, "area_id": area_id, "week": week}
    conn.run(FRESHEN, **where)
    sums = {name: (int(n), int(d)) for name, n, d in (one.rsplit(" ", 2) for one in right)}
    for name in {one.rsplit(" ", 2)[0] for one in kept} - sums.keys():
        if name.startswith("@"):  # whoever has such a row has worked in the week
            conn.run(_DROP, **where, indicator=name)
        else:  # what was rolled up of it is taken back by who rolls up
            sums[name] = (0, 0)
    conn.run_many(
        _SET,
        [{**where, "indicator": name, "numerator": n, "denominator": d} for name, (n, d) in sums.items()],
    )
