"""What is kept no longer than its purpose needs: a function a kind, run every night."""

from collections.abc import Callable, Mapping
from datetime import datetime

import orjson
from sqlalchemy import delete, func, select, update

from content.households import FILLING
from content.privacy import Policy
from storage import audit, consents, crews, erasure, inbox, jobs, outbox, parked, requests, tickets
from storage.absences import absence
from storage.database import Connection, Database, table
from storage.secrets import SEALED_NOTHING
from storage.tables import DraftRow, PhotoRow, ProposalRow, QuestionRow, RevisionRow, SheetRow, TalkRow

_talk, _draft, _photo, _question = table(TalkRow), table(DraftRow), table(PhotoRow), table(QuestionRow)
_proposal, _sheet, _revision = table(ProposalRow), table(SheetRow), table(RevisionRow)

BATCH = 200
"""Surveys that one transaction takes the names out of: no turn waits for more."""
ROWS = 1000
"""Events or messages that one transaction forgets."""


async def forget(database: Database, policy: Policy, now: datetime) -> Mapping[str, int]:
    """Removes what has been kept long enough, each kind in transactions of its own; how much of each."""
    found = {}
    for kind, work in KINDS.items():
        before = policy.names_before(now) if kind == "names" else policy.before(kind, now)
        found[kind] = 0
        while done := await database.write(lambda conn, work=work, before=before: work(conn, before, now)):  # type: ignore[misc]
            found[kind] += done
            if kind not in _IN_BATCHES:
                break
    return found


def _events(conn: Connection, before: datetime, _: datetime) -> int:
    return inbox.purge(conn, before, ROWS)


def _messages(conn: Connection, before: datetime, _: datetime) -> int:
    """What was sent to people, files made for them, and the names of those invited who never came."""
    files = conn.run(delete(_sheet).where(_sheet.c.sent_at < before)) + jobs.forget(conn, before)
    return files + crews.forget(conn, before) + outbox.purge(conn, before, ROWS)


def _talks(conn: Connection, before: datetime, _: datetime) -> int:
    """Dialogues that nobody went on with, and what was talked about. A survey that lies open is put aside by
    its own command; one that has lain longer than drafts may is gone."""
    old = _talk.c.updated_at < before
    conn.run(update(_talk).where(old, _talk.c.topic.is_not(None)).values(topic=None))
    found = 0
    for row in conn.all(select(_talk.c.person_id, _talk.c.doing).where(old, _talk.c.doing.is_not(None))):
        if orjson.loads(row.doing)[0] not in FILLING:
            found += conn.run(update(_talk).where(_talk.c.person_id == row.person_id).values(doing=None))
    return found


def _drafts(conn: Connection, before: datetime, _: datetime) -> int:
    lying = (_talk.c.updated_at < before, _talk.c.doing.is_not(None))
    left = conn.run(update(_talk).where(*lying).values(doing=None))
    conn.run(delete(absence).where(absence.c.on < before.date()))
    return left + conn.run(delete(_draft).where(_draft.c.updated_at < before))


def _tickets(conn: Connection, before: datetime, _: datetime) -> int:
    return tickets.forget(conn, before)


def _questions(conn: Connection, before: datetime, _: datetime) -> int:
    """The words; that there was a question, and which article answered it, stays for the figures."""
    conn.run(delete(_proposal).where(_proposal.c.settled_at < before))
    with_words = func.length(_question.c.text) > SEALED_NOTHING
    return conn.run(update(_question).where(_question.c.asked_at < before, with_words).values(text=""))


def _parked(conn: Connection, before: datetime, _: datetime) -> int:
    return parked.forget(conn, before)


def _photos(conn: Connection, before: datetime, _: datetime) -> int:
    return conn.run(delete(_photo).where(_photo.c.created_at < before))


def _names(conn: Connection, before: datetime, now: datetime) -> int:
    return erasure.surveys_before(conn, before, now, BATCH)


def _requests(conn: Connection, before: datetime, _: datetime) -> int:
    return requests.forget(conn, before) + consents.forget(conn, before)


def _audit(conn: Connection, before: datetime, now: datetime) -> int:
    return audit.forget(conn, before, now)


KINDS: Mapping[str, Callable[[Connection, datetime, datetime], int]] = {
    "events": _events,
    "messages": _messages,
    "talks": _talks,
    "drafts": _drafts,
    "tickets": _tickets,
    "questions": _questions,
    "parked": _parked,
    "photos": _photos,
    "names": _names,
    "requests": _requests,
    "audit": _audit,
}
"""By the kinds of `content.privacy.KEPT`: every one has its work here."""
_IN_BATCHES = frozenset({"events", "messages", "names"})
