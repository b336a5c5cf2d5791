"""Effects on questions, what is made of them, the articles, and tickets; see `bot.effects`."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from bot.origin import Origin, note, where
from content.questions import Asked
from handlers import asking
from storage import articles, questions, talks, tickets
from storage.database import Connection


def _note_question(effect: asking.NoteQuestion, conn: Connection, origin: Origin) -> None:
    here = where(conn, origin)
    questions.add(conn, Asked(effect.text, effect.outcome, origin.talk.now, effect.article, here))


def _note_helped(effect: asking.NoteHelped, conn: Connection, origin: Origin) -> None:
    here = where(conn, origin)
    questions.judge(conn, effect.article, helped=effect.helped, area_id=here, now=origin.talk.now)


def _keep_topic(effect: asking.KeepTopic, conn: Connection, origin: Origin) -> None:
    stored = orjson.dumps(effect.topic).decode()
    talks.save_topic(conn, origin.talk.person.id, stored)


def _propose(effect: asking.Propose, conn: Connection, origin: Origin) -> None:
    questions.propose(conn, effect.kind, effect.article, effect.text, origin.talk.now)


def _settle_proposal(effect: asking.SettleProposal, conn: Connection, origin: Origin) -> None:
    questions.settle(conn, effect.number, origin.talk.now)
    verdict = "taken" if effect.taken else "refused"
    note(conn, origin, "settle-proposal", f"proposal {effect.number}", after=verdict)


def _publish_manuscripts(effect: asking.PublishManuscripts, conn: Connection, origin: Origin) -> None:
    found = articles.drafts(conn, effect.sheet_id, origin.talk.person.id)
    articles.publish_drafts(conn, effect.sheet_id, origin.talk.now)
    for one in found:
        note(conn, origin, "publish-article", f"article {one.id}", after="file")


def _publish_article(effect: asking.PublishArticle, conn: Connection, origin: Origin) -> None:
    articles.publish(conn, effect.article, origin.talk.person.id, origin.talk.now)
    note(conn, origin, "publish-article", f"article {effect.article.id}", after=effect.why)


def _withdraw_article(effect: asking.WithdrawArticle, conn: Connection, origin: Origin) -> None:
    found = articles.edition(conn, effect.number)
    articles.withdraw(conn, effect.number, origin.talk.now)
    was = found[0].article if found else ""
    note(conn, origin, "withdraw-article", f"edition {effect.number}", was)


# --------------------------------------------------------------------------- a person behind the bot


def _ask_team(effect: asking.AskTeam, conn: Connection, origin: Origin) -> None:
    talk = origin.talk
    tickets.ask(conn, effect.ticket_id, talk.person.id, effect.ticket, effect.level, talk.now)


def _take_ticket(effect: asking.TakeTicket, conn: Connection, origin: Origin) -> None:
    before = _stands(conn, effect.ticket_id)
    if tickets.take(conn, effect.ticket_id, origin.talk.person.id, origin.talk.now):
        note(conn, origin, "take", f"ticket {effect.ticket_id}", before, _stands(conn, effect.ticket_id))


def _wait_ticket(effect: asking.WaitTicket, conn: Connection, origin: Origin) -> None:
    before = _stands(conn, effect.ticket_id)
    tickets.wait(conn, effect.ticket_id, effect.level, origin.talk.now)
    note(conn, origin, "wait", f"ticket {effect.ticket_id}", before, _stands(conn, effect.ticket_id))


def _stands(conn: Connection, ticket_id: str) -> str:
    """Who has taken the question, by number; else whether it waits for somebody, or is closed."""
    there = tickets.find(conn, ticket_id)
    if there is None or there.status == "open":
        return "waiting"
    return f"person {there.taken_by}" if there.status == "taken" else "done"


def _say_in_ticket(effect: asking.SayInTicket, conn: Connection, origin: Origin) -> None:
    talk = origin.talk
    tickets.add_line(conn, effect.ticket_id, effect.by, talk.person.id, effect.text, talk.now)


def _book_visit(effect: asking.BookVisit, conn: Connection, origin: Origin) -> None:
    tickets.book(conn, effect.ticket_id, effect.on, effect.when, origin.talk.now)


def _close_ticket(effect: asking.CloseTicket, conn: Connection, origin: Origin) -> None:
    before = _stands(conn, effect.ticket_id)
    tickets.close(conn, effect.ticket_id, effect.outcome, origin.talk.now)
    note(conn, origin, "close", f"ticket {effect.ticket_id}", before, _stands(conn, effect.ticket_id))


WRITES: Mapping[type, Callable[[Any, Connection, Origin], None]] = {
    asking.NoteQuestion: _note_question,
    asking.NoteHelped: _note_helped,
    asking.KeepTopic: _keep_topic,
    asking.Propose: _propose,
    asking.SettleProposal: _settle_proposal,
    asking.PublishManuscripts: _publish_manuscripts,
    asking.PublishArticle: _publish_article,
    asking.WithdrawArticle: _withdraw_article,
    asking.AskTeam: _ask_team,
    asking.TakeTicket: _take_ticket,
    asking.WaitTicket: _wait_ticket,
    asking.SayInTicket: _say_in_ticket,
    asking.BookVisit: _book_visit,
    asking.CloseTicket: _close_ticket,
}
