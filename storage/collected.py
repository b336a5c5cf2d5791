"""Submissions that came over OpenRosa: each taken once; what could not be counted is kept until settled."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import bindparam, select, update

from content.offline import Problem
from storage.database import Connection, Row, Statement, table
from storage.tables import CollectedRow, SurveyRow

_collected, _survey = table(CollectedRow), table(SurveyRow)


@dataclass(frozen=True, slots=True)
class Collected:
    """A submission. Counted, it is a revision of the survey `survey_id`; else `problem` says why it is not,
    and `xml` is what was sent. Neither: another one took its place, or it was thrown away."""

    instance_id: str
    person_id: int
    form: str
    version: str
    mark: bytes
    received_at: datetime
    survey_id: str | None = None
    problem: Problem | None = None
    xml: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A survey that is there: whose, of which hamlet and household."""

    survey_id: str
    form: str
    area_id: int
    household_id: int | None
    by: int | None


_columns = tuple(_collected.c[name] for name in Collected.__slots__)
_FIND = Statement(select(*_columns).where(_collected.c.instance_id == bindparam("instance")))
_PARKED = Statement(select(*_columns).where(_collected.c.xml.is_not(None)).order_by(_collected.c.received_at))
_COUNTED = Statement(
    update(_collected)
    .where(_collected.c.instance_id == bindparam("instance"))
    .values(survey_id=bindparam("survey"), problem=None, xml=None)
)
_STANDS = Statement(
    select(_survey.c.id, _survey.c.form, _survey.c.area_id, _survey.c.household_id, _survey.c.by).where(
        _survey.c.id == bindparam("survey")
    )
)


def mark(conn: Connection, xml: bytes) -> bytes:
    """By which the same submission is known again."""
    return conn.vault.fingerprint("openrosa submission", xml.hex())


def keep(conn: Connection, new: Collected) -> None:
    """Notes a submission."""
    conn.insert(
        _collected,
        instance_id=new.instance_id,
        person_id=new.person_id,
        form=new.form,
        version=new.version,
        mark=new.mark,
        survey_id=new.survey_id,
        problem=_dumped(new.problem),
        xml=new.xml,
        received_at=new.received_at,
    )


def settle(conn: Connection, instance_id: str, survey_id: str | None) -> None:
    """It became a revision of that survey; or (None) nothing is to be counted of it."""
    conn.run(_COUNTED, instance=instance_id, survey=survey_id)


def find(conn: Connection, instance_id: str) -> Collected | None:
    """The submission of that id."""
    row = conn.one(_FIND, instance=instance_id)
    return None if row is None else _made(row)


def parked(conn: Connection) -> list[Collected]:
    """What is not counted and not settled, oldest first."""
    return [_made(row) for row in conn.all(_PARKED)]


def standing(conn: Connection, survey_id: str) -> Standing | None:
    """The survey of that id."""
    row = conn.one(_STANDS, survey=survey_id)
    return None if row is None else Standing(*row)


def _dumped(problem: Problem | None) -> str | None:
    return None if problem is None else orjson.dumps([problem.key, dict(problem.values)]).decode()


def _made(row: Row) -> Collected:
    cells = dict(zip(Collected.__slots__, row, strict=True))
    cells["problem"] = Problem(*orjson.loads(row.problem)) if row.problem else None
    return Collected(**cells)
