"""What a report tells, from the database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import orjson
from sqlalchemy import bindparam, func, or_, select

from content.areas import Area, Level
from content.figures import Line, Share, Standing
from content.indicators import Indicator, catalogue
from content.periods import Period
from content.report import Activity, Helped, Report, Result, Succession
from content.targets import Target
from storage import areas, questions, suspicions, targets
from storage.areas import as_area, counting_order
from storage.database import Connection, Statement, table
from storage.grants import may
from storage.list_changes import BY_LIST
from storage.maps import UNDER, area
from storage.standings import standings
from storage.tables import AreaSuccession, GrantRow, RevisionRow, SurveyRow, TicketRow

_grant, _succession = table(GrantRow), table(AreaSuccession)
_survey, _revision, _ticket = table(SurveyRow), table(RevisionRow), table(TicketRow)
NOTE = "/ghi_chu"
"""How the path of a member's own note ends."""

_UNITS = Statement(select(area).join(UNDER, UNDER.c.id == area.c.id).where(UNDER.c.line == UNDER.c.id))
_INVENTED = Statement(select(area.c.id).join(UNDER, area.c.id == UNDER.c.id).where(area.c.invented).limit(1))
_SURVEYS = Statement(
    select(UNDER.c.line, _revision.c.by, func.count().label("n"))
    .join_from(UNDER, _survey, _survey.c.area_id == UNDER.c.id)
    .join(_revision, _revision.c.survey_id == _survey.c.id)
    .where(_survey.c.form == bindparam("form"), UNDER.c.line.is_not(None), _revision.c.channel != BY_LIST)
    .where(_revision.c.submitted_at >= bindparam("start"), _revision.c.submitted_at < bindparam("end"))
    .group_by(UNDER.c.line, _revision.c.by)
)
_MEMBERS = Statement(
    select(UNDER.c.line, _grant.c.person_id, _grant.c.team_id)
    .join_from(UNDER, _grant, _grant.c.area_id == UNDER.c.id)
    .where(may("survey"))
    .where(_grant.c.valid_from <= bindparam("last"))
    .where(or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > bindparam("first")))
    .distinct()
)
_asked_in = (_ticket.c.asked_at >= bindparam("start"), _ticket.c.asked_at < bindparam("end"))
_HELPED = Statement(
    select(_ticket.c.status, _ticket.c.level, func.count().label("n"))
    .join_from(UNDER, _ticket, _ticket.c.area_id == UNDER.c.id)
    .where(*_asked_in)
    .group_by(_ticket.c.status, _ticket.c.level)
)
_ANSWERS = Statement(
    select(_revision.c["values"].label("answers"))
    .join_from(UNDER, _survey, _survey.c.area_id == UNDER.c.id)
    .join(_revision, (_revision.c.survey_id == _survey.c.id) & (_revision.c.revision == _survey.c.revision))
    .where(_survey.c.form == bindparam("form"), _survey.c.consent)
    .where(_survey.c.submitted_at >= bindparam("start"), _survey.c.submitted_at < bindparam("end"))
)
_SUCCESSIONS = Statement(
    select(_succession.c.old_id, _succession.c.new_id, _succession.c.on)
    .where(_succession.c.on <= bindparam("day"))
    .where(or_(*(one.in_(select(UNDER.c.id)) for one in (_succession.c.old_id, _succession.c.new_id))))
)


def report(  # noqa: PLR0913, PLR0917 - what is told, of which time, and on which map
    conn: Connection, form: str, here: Area, period: Period, today: date, on: date | None = None
) -> Report:
    """The report on an area's period, as far as it has come by `today`; told on the map of the day `on`, else
    on the period's last.

    An area that is no more (or was not yet) is told on its own last (or first) one.
    """
    as_of = max(min(period.last, today), period.first - timedelta(days=1))
    on = on or as_of
    on = min(on, here.valid_to - timedelta(days=1)) if here.valid_to else on
    on = max(on, here.valid_from)
    near = here.level in {Level.COMMUNE, Level.HAMLET}
    place = {"area": here.id, "on": on, "level": (Level.HAMLET if near else Level.COMMUNE).value}
    work, activity = _activity(conn, place, form, period)
    units = sorted(map(as_area, conn.all(_UNITS, **place)), key=lambda unit: counting_order(unit.name))
    lines = _lines(conn, place, form, period, units, activity)
    total = _total(here, lines, work)
    planned = targets.in_force(conn, here.id, period.first.year, on)
    path = areas.path(conn, here.id, on)
    return Report(
        form=form,
        period=period,
        as_of=as_of,
        on=on,
        total=total,
        lines=() if here.level == Level.HAMLET else lines,
        above=path[-2] if len(path) > 1 else None,
        results=_results(form, planned, total, period.first.year),
        planned=bool(planned),
        work=work,
        activity=activity,
        questions=questions.summary(conn, place, period.start, period.end),
        helped=_helped(conn, place, period),
        notes=_notes(conn, place, form, period) if near else 0,
        checks=tuple(suspicions.found(conn, place, form, period, near=near, named=0)),
        successions=_successions(conn, place, as_of),
        invented=conn.one(_INVENTED, **place) is not None,
    )


# --------------------------------------------------------------------------- how far


def _lines(  # noqa: PLR0913, PLR0917 (all of it is needed, and nothing else is)
    conn: Connection,
    place: Mapping[str, Any],
    form: str,
    period: Period,
    units: Sequence[Area],
    activity: Mapping[int, Activity],
) -> tuple[Line, ...]:
    now = standings(conn, place, form, period.end)
    before = standings(conn, place, form, period.start)
    nothing = Activity()
    return tuple(
        Line(
            unit,
            now.get(unit.id, Standing()),
            before.get(unit.id, Standing()),
            members=activity.get(unit.id, nothing).members,
            active=activity.get(unit.id, nothing).active,
        )
        for unit in units
    )


def _total(here: Area, lines: Sequence[Line], work: Activity) -> Line:
    now, before = _sum([line.now for line in lines]), _sum([line.before for line in lines])
    return Line(here, now, before, members=work.members, active=work.active)


def _sum(all_: Sequence[Standing]) -> Standing:
    names = {name for one in all_ for name in one.shares}
    shares = {
        name: Share(
            sum(one.shares[name].numerator for one in all_ if name in one.shares),
            sum(one.shares[name].denominator for one in all_ if name in one.shares),
        )
        for name in names
    }
    done, refused = sum(one.done for one in all_), sum(one.refused for one in all_)
    return Standing(done, refused, sum(one.planned for one in all_), shares)


def _results(form: str, planned: Sequence[Target], total: Line, year: int) -> tuple[Result, ...]:
    """The plan's lines in their order; then whatever else the questionnaire counts."""
    named = {one.indicator for one in planned}
    others = [_own(one, year) for one in catalogue(form).indicators if one.id not in named]
    return tuple(_result(one, total) for one in (*planned, *others))


def _result(target: Target, total: Line) -> Result:
    if not target.indicator:
        return Result(target, target.entered, Share())
    shares = (standing.shares.get(target.indicator, Share()) for standing in (total.now, total.before))
    return Result(target, *shares)


def _own(indicator: Indicator, year: int) -> Target:
    """What the catalogue itself says of an indicator that the plan does not name."""
    return Target(
        code="",
        title=indicator.titles["vi"],
        year=year,
        unit=indicator.unit.names["vi"],
        indicator=indicator.id,
        percent=indicator.target,
        source=indicator.source,
    )


# --------------------------------------------------------------------------- what was done


def _activity(
    conn: Connection, place: Mapping[str, Any], form: str, period: Period
) -> tuple[Activity, dict[int, Activity]]:
    """What was done in all, and by unit. Somebody who works in two units is one person in all."""
    people: dict[int, set[int]] = defaultdict(set)
    teams: dict[int, set[int]] = defaultdict(set)
    for row in conn.all(_MEMBERS, **place, first=period.first, last=period.last):
        people[row.line].add(row.person_id)
        teams[row.line] |= {row.team_id} - {None}
    surveys: dict[int, int] = defaultdict(int)
    workers: dict[int, set[int]] = defaultdict(set)
    for row in conn.all(_SURVEYS, **place, form=form, start=period.start, end=period.end):
        surveys[row.line] += row.n
        workers[row.line].add(row.by)
    by_unit = {
        line: Activity(len(teams[line]), len(people[line]), len(people[line] & workers[line]), surveys[line])
        for line in people.keys() | surveys.keys()
    }
    all_teams, all_people, all_workers = (set().union(*found.values()) for found in (teams, people, workers))
    work = Activity(len(all_teams), len(all_people), len(all_people & all_workers), sum(surveys.values()))
    return work, by_unit


def _helped(conn: Connection, place: Mapping[str, Any], period: Period) -> Helped:
    found: dict[str, int] = defaultdict(int)
    for row in conn.all(_HELPED, **place, start=period.start, end=period.end):
        found["asked"] += row.n
        found["closed"] += row.n if row.status == "closed" else 0
        found["waiting"] += row.n if row.status == "open" else 0
        found["climbed"] += row.n if row.level != "team" else 0
    return Helped(**found)


def _notes(conn: Connection, place: Mapping[str, Any], form: str, period: Period) -> int:
    """Surveys with a note. Answers are sealed, so each is opened: a commune's report can wait for that."""
    rows = conn.all(_ANSWERS, **place, form=form, start=period.start, end=period.end)
    return sum(any(path.endswith(NOTE) for path in orjson.loads(row.answers)) for row in rows)


def _successions(conn: Connection, place: Mapping[str, Any], day: date) -> tuple[Succession, ...]:
    found = [
        Succession(areas.find(conn, row.old_id), areas.find(conn, row.new_id), row.on)
        for row in conn.all(_SUCCESSIONS, **place, day=day)
    ]
    return tuple(sorted(found, key=lambda one: (one.on, one.new.code, counting_order(one.old.name))))
