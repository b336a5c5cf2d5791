"""What citizens asked, without who: it feeds the content and the digest."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from content.brief import Questions
from storage.database import Connection, Statement, table
from storage.maps import UNDER
from storage.tables import QuestionRow

_question = table(QuestionRow)
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


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what came of it: "sure", "unsure" or "unknown"; `article` is what was answered with."""

    text: str
    outcome: str
    asked_at: datetime
    article: str | None = None
    area_id: int | None = None


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


def between(conn: Connection, start: datetime, end: datetime) -> list[Asked]:
    """What was asked from `start` until before `end`, oldest first."""
    query = select(_question).where(_question.c.asked_at >= start, _question.c.asked_at < end)
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
