"""Which revisions go on to another OpenRosa server: queued once each, taken one by one, tried again later."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, and_, bindparam, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from storage import notes
from storage.database import Connection, Statement, table
from storage.list_changes import BY_LIST
from storage.tables import PushRow, RevisionRow, SurveyRow

LEASE = timedelta(minutes=15)
"""So long a revision that was taken stays with whoever took it."""
_SEEN = "push.seen"
_OVERLAP = timedelta(days=1)
"""A revision may be committed after one that was submitted later: so far back it is looked for again."""
_MOST = 1000

_push, _revision, _survey = table(PushRow), table(RevisionRow), table(SurveyRow)


@dataclass(frozen=True, slots=True)
class Due:
    """A revision that is to be sent now; `attempts` counts this one."""

    survey_id: str
    revision: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A revision that the server will not take as it is."""

    survey_id: str
    revision: int
    error: str


_NEW = Statement(
    select(_revision.c.survey_id, _revision.c.revision, _revision.c.submitted_at)
    .join(_survey, _survey.c.id == _revision.c.survey_id)
    .outerjoin(
        _push, and_(_push.c.survey_id == _revision.c.survey_id, _push.c.revision == _revision.c.revision)
    )
    .where(
        _revision.c.submitted_at >= bindparam("since"),
        _revision.c.channel != BY_LIST,
        _survey.c.consent,
        ~_survey.c.invented,
        _push.c.survey_id.is_(None),
    )
    .order_by(_revision.c.submitted_at, _revision.c.survey_id, _revision.c.revision)
    .limit(_MOST)
)
_QUEUE = Statement(
    insert(_push)
    .values(
        survey_id=bindparam("survey"),
        revision=bindparam("revision"),
        status="waiting",
        attempts=literal(0, Integer),
        due_at=bindparam("now"),
        error="",
    )
    .on_conflict_do_nothing()
)
_earlier = _push.alias("earlier")
_DUE = Statement(
    select(_push.c.survey_id, _push.c.revision, _push.c.attempts)
    .where(
        _push.c.status == "waiting",
        _push.c.due_at <= bindparam("now"),
        # A revision goes after the one it deprecates.
        ~select(_earlier.c.revision)
        .where(
            _earlier.c.survey_id == _push.c.survey_id,
            _earlier.c.revision < _push.c.revision,
            _earlier.c.status == "waiting",
        )
        .exists(),
    )
    .order_by(_push.c.due_at, _push.c.survey_id, _push.c.revision)
    .limit(1)
    .with_for_update(skip_locked=True, of=_push)
)
_here = and_(_push.c.survey_id == bindparam("survey"), _push.c.revision == bindparam("of_revision"))
_LEASE = Statement(
    update(_push).where(_here).values(due_at=bindparam("until"), attempts=_push.c.attempts + 1)
)
_SENT = Statement(update(_push).where(_here).values(status="sent", sent_at=bindparam("now"), error=""))
_LATER = Statement(update(_push).where(_here).values(due_at=bindparam("due"), error=bindparam("why")))
_REFUSED = Statement(update(_push).where(_here).values(status="refused", error=bindparam("why")))
_LIST = Statement(
    select(_push.c.survey_id, _push.c.revision, _push.c.error)
    .where(_push.c.status == "refused")
    .order_by(_push.c.survey_id, _push.c.revision)
)
_AGAIN = Statement(
    update(_push)
    .where(_push.c.status == "refused")
    .values(status="waiting", due_at=bindparam("now"), error="")
)
_STATES = Statement(select(_push.c.status, func.count().label("n")).group_by(_push.c.status))


def queue(conn: Connection, now: datetime) -> int:
    """Queues the revisions that are not queued yet, at most a thousand, oldest first; how many.

    Sample data and refusals stay here. At the first call all that was ever submitted is new.
    """
    seen = notes.get(conn, _SEEN)
    since = datetime.fromisoformat(seen) - _OVERLAP if seen else datetime.fromisoformat("1970-01-01T00:00Z")
    rows = conn.all(_NEW, since=since)
    conn.run_many(_QUEUE, [{"survey": row.survey_id, "revision": row.revision, "now": now} for row in rows])
    if rows:
        notes.put(conn, _SEEN, rows[-1].submitted_at.isoformat(), now)
    return len(rows)


def take(conn: Connection, now: datetime) -> Due | None:
    """The revision that has waited longest; it is this caller's until `LEASE` is over."""
    row = conn.one(_DUE, now=now)
    if row is None:
        return None
    conn.run(_LEASE, survey=row.survey_id, of_revision=row.revision, until=now + LEASE)
    return Due(row.survey_id, row.revision, row.attempts + 1)


def sent(conn: Connection, due: Due, now: datetime) -> None:
    """The server has it."""
    conn.run(_SENT, survey=due.survey_id, of_revision=due.revision, now=now)


def later(conn: Connection, due: Due, why: str, at: datetime) -> None:
    """It did not get through; it is tried again then."""
    conn.run(_LATER, survey=due.survey_id, of_revision=due.revision, due=at, why=why)


def refused(conn: Connection, due: Due, why: str) -> None:
    """The server will not take it: an operator must look."""
    conn.run(_REFUSED, survey=due.survey_id, of_revision=due.revision, why=why)


def all_refused(conn: Connection) -> list[Refused]:
    """What the server will not take, with what it said."""
    return [Refused(*row) for row in conn.all(_LIST)]


def again(conn: Connection, now: datetime) -> int:
    """Queues what was refused once more; how many."""
    return conn.run(_AGAIN, now=now)


def counts(conn: Connection) -> dict[str, int]:
    """How many revisions stand where: by status."""
    return {row.status: row.n for row in conn.all(_STATES)}
