"""What wants checking in a week: surveys and households that somebody should look at again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.sql import Select

from content.areas import Area
from content.figures import ALIKE, FAST_SECONDS, Check, Suspect, Week
from content.periods import Period
from content.vietnamese import fold
from storage.areas import as_area
from storage.database import Connection, Row, Statement, table
from storage.maps import UNDER, area
from storage.tables import HouseholdRow, RevisionRow, SurveyRow

_household = table(HouseholdRow)
_revision = table(RevisionRow)
_survey = table(SurveyRow)
_earlier = _survey.alias("earlier")


def _surveys(form: Any, start: Any, end: Any) -> Select[Any]:
    """First revisions from `start` until before `end`, oldest first."""
    return (
        select(
            _survey.c.area_id,
            _survey.c.household_id,
            _revision.c.by,
            _revision.c.started_at,
            _revision.c.submitted_at,
            _revision.c.counts,
            exists()
            .where(_earlier.c.household_id == _survey.c.household_id, _earlier.c.form == _survey.c.form)
            .where(_earlier.c.id != _survey.c.id, _earlier.c.submitted_at <= _survey.c.submitted_at)
            .label("again"),
        )
        .join_from(_survey, _revision, (_revision.c.survey_id == _survey.c.id) & (_revision.c.revision == 1))
        .where(_survey.c.form == form, _survey.c.household_id.is_not(None))
        .where(_survey.c.submitted_at >= start, _survey.c.submitted_at < end)
        .order_by(_survey.c.submitted_at)
    )


_SURVEYS = Statement(
    _surveys(*map(bindparam, ("form", "start", "end"))).join(UNDER, _survey.c.area_id == UNDER.c.id)
)
_HOUSEHOLDS = Statement(
    select(_household.c.id, _household.c.name, _household.c.area_id)
    .join_from(UNDER, _household, _household.c.area_id == UNDER.c.id)
    .where(_household.c.created_at < bindparam("end"))
    .order_by(_household.c.id)
)
_HAMLETS = Statement(select(area).join(UNDER, UNDER.c.id == area.c.id))

Found = dict[tuple[str, int], list[int]]
"""(kind, hamlet) -> households."""


def found(
    conn: Connection, place: Mapping[str, Any], form: str, week: Week | Period, *, named: bool
) -> list[Check]:
    """The week's suspicious surveys and, where the households may be `named`, those of one name.

    `place` says which units, as `storage.maps.UNDER` takes it. Names are read only where they are needed: a
    province's digest counts and leaves the names to its communes.
    """
    surveys = conn.all(_SURVEYS, **place, form=form, start=week.start, end=week.end)
    suspects: Found = {**_fast(surveys), **_alike(surveys)}
    names: dict[int, str] = {}
    if named:
        households = conn.all(_HOUSEHOLDS, **place, end=week.end)
        suspects |= _same_name(households)
        names = {row.id: row.name for row in households}
    if not suspects:
        return []
    hamlets = {row.id: as_area(row) for row in conn.all(_HAMLETS, **place)}
    return [_check(kind, hamlets[hamlet], ids, names) for (kind, hamlet), ids in sorted(suspects.items())]


def counted(conn: Connection, hamlets: Sequence[int], form: str, week: Week) -> dict[tuple[str, int], int]:
    """How many surveys of the week are suspicious, by kind (as tallies name it) and hamlet."""
    surveys = conn.all(_surveys(form, week.start, week.end).where(_survey.c.area_id.in_(hamlets)))
    found: Found = {**_fast(surveys), **_alike(surveys)}
    return {(f"!{kind}", hamlet): len(households) for (kind, hamlet), households in found.items()}


def _check(kind: str, hamlet: Area, households: list[int], names: Mapping[int, str]) -> Check:
    named = tuple(Suspect(id_, names[id_]) for id_ in households if id_ in names)
    return Check(kind, hamlet, len(households), named)


def _fast(surveys: Iterable[Row]) -> Found:
    """First surveys of a household that took too little time to be asked. A second visit may well be quick:
    what was answered before stands there already."""
    suspects: Found = defaultdict(list)
    for row in surveys:
        if not row.again and row.submitted_at - row.started_at < timedelta(seconds=FAST_SECONDS):
            suspects["fast", row.area_id].append(row.household_id)
    return suspects


def _alike(surveys: Iterable[Row]) -> Found:
    """Surveys of one person in one hamlet whose answers all count the same."""
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in surveys:
        counts = frozenset((name, tuple(share)) for name, share in row.counts.items())
        groups[row.area_id, row.by, counts].append(row.household_id)
    suspects: Found = defaultdict(list)
    for (hamlet, *_), households in groups.items():
        if len(households) >= ALIKE:
            suspects["alike", hamlet] += households
    return suspects


def _same_name(households: Iterable[Row]) -> Found:
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row in households:
        groups[row.area_id, fold(row.name)].append(row.id)
    suspects: Found = defaultdict(list)
    for (hamlet, _), ids in groups.items():
        if len(ids) > 1:
            suspects["same-name", hamlet] += ids
    return suspects
