"""Files that somebody is to get: asked for within a turn, made by a worker, each once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from storage.database import Connection, Statement, table
from storage.tables import JobRow

LEASE = timedelta(minutes=5)
"""Whoever took a job has so long; then it counts as left behind by a crash."""
TRIES = 3

_job = table(JobRow)
_ASKED = (
    "kind", "person_id", "account_id", "area_id", "period", "wanted", "unique_key", "asked_at", "tries",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """`kind`: "picture", "sheet" (of the digest of the week `period`) "report" (of the period), or "log" (of
    the audit log what is `wanted`). It goes to the account that asked; None: to all of the person's. `tries`
    counts this one."""

    id: int
    kind: str
    person_id: int
    account_id: int | None
    area_id: int
    period: str
    tries: int
    wanted: str = ""


_ASK = Statement(
    insert(_job)
    .values({name: bindparam(name) for name in _ASKED})
    .on_conflict_do_nothing()
    .returning(_job.c.id)
)
_OPEN = Statement(
    select(
        _job.c.id,
        _job.c.kind,
        _job.c.person_id,
        _job.c.account_id,
        _job.c.area_id,
        _job.c.period,
        (_job.c.tries + 1).label("tries"),
        _job.c.wanted,
    )
    .where(_job.c.done_at.is_(None))
    .where(or_(_job.c.leased_until.is_(None), _job.c.leased_until <= bindparam("now")))
    .order_by(_job.c.id)
    .limit(1)
)
_TAKE = Statement(
    update(_job)
    .where(_job.c.id == bindparam("row"))
    .values(leased_until=bindparam("until"), tries=_job.c.tries + 1)
)
_DONE = Statement(
    update(_job)
    .where(_job.c.id == bindparam("row"), _job.c.done_at.is_(None))
    .values(done_at=bindparam("now"))
)
_AGAIN = Statement(update(_job).where(_job.c.id == bindparam("row")).values(leased_until=bindparam("at")))


def ask(  # noqa: PLR0913 (a job has so many parts)
    conn: Connection,
    *,
    kind: str,
    person_id: int,
    area_id: int,
    period: str,
    key: str,
    now: datetime,
    account_id: int | None = None,
    wanted: str = "",
) -> bool:
    """Asks for a file; False where one with that `key` was asked for already, whatever became of it."""
    values = {
        "kind": kind,
        "person_id": person_id,
        "account_id": account_id,
        "area_id": area_id,
        "period": period,
        "wanted": wanted,
        "unique_key": key,
        "asked_at": now,
        "tries": 0,
    }
    return conn.one(_ASK, **values) is not None


def take(conn: Connection, now: datetime) -> Job | None:
    """The oldest job that waits, or that whoever had it left behind; nobody else gets it for `LEASE`."""
    conn.lock("jobs")
    row = conn.one(_OPEN, now=now)
    if row is None:
        return None
    conn.run(_TAKE, row=row.id, until=now + LEASE)
    return Job(
        row.id, row.kind, row.person_id, row.account_id, row.area_id, row.period, row.tries, row.wanted
    )


def done(conn: Connection, job_id: int, now: datetime) -> bool:
    """Ends a job, in the transaction that sends what it made; False where another has ended it already."""
    return conn.run(_DONE, row=job_id, now=now) == 1


def forget(conn: Connection, before: datetime) -> int:
    """Forgets jobs that were done before that time; how many."""
    return conn.run(delete(_job).where(_job.c.done_at < before))


def again(conn: Connection, job_id: int, at: datetime) -> None:
    """It did not succeed: to be taken again from that moment on."""
    conn.run(_AGAIN, row=job_id, at=at)
