"""What citizens asked, without who: it feeds the content and the digest."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update

from content.brief import Questions
from content.questions import Asked, Proposal, Verdict
from storage.database import Connection, Statement, table
from storage.maps import UNDER
from storage.tables import ProposalRow, QuestionRow, VerdictRow

_question, _verdict, _proposal = table(QuestionRow), table(VerdictRow), table(ProposalRow)
_SUMMARY = Statement(
    select(
        _question.c.outcome,
        _question.c.article,
        _question.c.area_id.is_(None).label("unplaced"),
        func.count().label("n"),
    )
    .where(_question.c.asked_at >= bindparam("start"), _question.c.asked_at < bindparam("end"))
    .where(or_(_question.c.area_id.is_(None), _question.c.area_id.in_(select(UNDER.c.id))))
    .group_by(_question.c.outcome, _question.c.article, _question.c.area_id.is_(None))
)


def add(conn: Connection, asked: Asked) -> int:
    """Keeps a question; its number."""
    return conn.insert(
        _question,
        text=asked.text,
        outcome=asked.outcome,
        article=asked.article,
        area_id=asked.area_id,
        asked_at=asked.asked_at,
    )


def between(
    conn: Connection, start: datetime, end: datetime, area_ids: list[int] | None = None
) -> list[Asked]:
    """What was asked from `start` until before `end`, oldest first; of some areas, or of all and of none."""
    query = select(_question).where(_question.c.asked_at >= start, _question.c.asked_at < end)
    if area_ids is not None:
        query = query.where(_question.c.area_id.in_(area_ids))
    rows = conn.all(query.order_by(_question.c.id))
    return [Asked(row.text, row.outcome, row.asked_at, row.article, row.area_id) for row in rows]


def summary(conn: Connection, place: Mapping[str, Any], start: datetime, end: datetime) -> Questions:
    """How many questions came from the place (as `storage.maps.UNDER` takes it), and those of nobody knows
    where, from `start` until before `end`."""
    found: dict[str, int] = defaultdict(int)
    topics: dict[str, int] = defaultdict(int)
    for row in conn.all(_SUMMARY, **place, start=start, end=end):
        found[row.outcome] += row.n
        found["unplaced"] += row.n if row.unplaced else 0
        if row.outcome == "sure" and row.article:
            topics[row.article] += row.n
    most = sorted(topics.items(), key=lambda topic: (-topic[1], topic[0]))
    return Questions(found["sure"], found["unsure"], found["unknown"], found["unplaced"], tuple(most))


# --------------------------------------------------------------------------- what helped, what may be added


def judge(conn: Connection, article: str, *, helped: bool, area_id: int | None, now: datetime) -> None:
    """Keeps whether an answer helped, without who says so."""
    conn.insert(_verdict, article=article, helped=helped, area_id=area_id, at=now)


def verdicts(
    conn: Connection, start: datetime, end: datetime, area_ids: list[int] | None = None
) -> list[Verdict]:
    """What helped from `start` until before `end`, the most judged first; of some areas, or of all."""
    query = select(_verdict.c.article, _verdict.c.helped).where(_verdict.c.at >= start, _verdict.c.at < end)
    if area_ids is not None:
        query = query.where(_verdict.c.area_id.in_(area_ids))
    counted = Counter((row.article, bool(row.helped)) for row in conn.all(query))
    articles = {article for article, _ in counted}
    found = [Verdict(article, counted[article, True], counted[article, False]) for article in articles]
    return sorted(found, key=lambda one: (-one.helped - one.failed, one.article))


def propose(conn: Connection, kind: str, article: str | None, text: str, now: datetime) -> int:
    """Puts it on the admin's list; its number."""
    return conn.insert(_proposal, kind=kind, article=article, text=text, proposed_at=now, settled_at=None)


def proposals(conn: Connection, most: int = 10) -> list[Proposal]:
    """What no admin has settled yet, oldest first."""
    query = select(_proposal).where(_proposal.c.settled_at.is_(None)).order_by(_proposal.c.id).limit(most)
    return [Proposal(row.id, row.kind, row.article, row.text, row.proposed_at) for row in conn.all(query)]


def settle(conn: Connection, number: int, now: datetime) -> None:
    """The proposal has been taken up or refused."""
    waiting = (_proposal.c.id == number, _proposal.c.settled_at.is_(None))
    conn.run(update(_proposal).where(*waiting).values(settled_at=now))
