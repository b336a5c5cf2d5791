"""What citizens asked, without who: it feeds the content and the digest."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storage.database import Connection, table
from storage.tables import QuestionRow

_question = table(QuestionRow)


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
