"""What stands in the audit log of an act: what was before, and what is after."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot import effects
from bot.channels.base import Incoming
from bot.origin import Origin
from content import knowledge
from content.assigning import Holder
from content.people import Person
from content.reminding import Pause
from handlers.asking import CloseTicket, TakeTicket, WaitTicket, WithdrawArticle
from handlers.custody import (
    AnswerRequest,
    CloseBreach,
    ExtendRequest,
    ReportBreach,
    SettleRequest,
    WithdrawConsent,
)
from handlers.duties import Decline, RenewCodes
from handlers.effects import (
    Effect,
    LiftPause,
    RevokeInvitation,
    SetPause,
    StopBroadcast,
    UndoChange,
)
from handlers.staff import Deactivate, EndRole, GiveTicket, HandOver, MoveRole
from handlers.talk import Talk
from storage import articles, assignments
from storage.database import Connection, Database
from storage.tables import AuditRow
from tests.rights.place import NOW, Place, furnish

Acts = Callable[[Place], list[Effect]]
AREA = "area {p.hamlet}"
HELD = "person {p.member}: 1 households"
INVITED = "member area {p.hamlet} x1"
CASES: list[tuple[Acts, list[tuple[str, str, str, str]]]] = [
    (lambda p: [TakeTicket(p.ticket)], [("take", "ticket {p.ticket}", "waiting", "person 2")]),
    (
        lambda p: [GiveTicket(p.taken, 2)],
        [("give-ticket", "ticket {p.taken}", "person {p.member}", "person 2")],
    ),
    (lambda p: [WaitTicket(p.taken, "team")], [("wait", "ticket {p.taken}", "person {p.member}", "waiting")]),
    (lambda p: [WaitTicket(p.closed, "team")], [("wait", "ticket {p.closed}", "done", "waiting")]),
    (lambda p: [CloseTicket(p.taken, "")], [("close", "ticket {p.taken}", "person {p.member}", "done")]),
    (
        lambda p: [AnswerRequest(p.request), SettleRequest(p.request, "")],
        [
            ("answer-request", "request {p.request}", "waiting", "answered"),
            ("settle-request", "request {p.request}", "answered", "done"),
        ],
    ),
    (
        lambda p: [SettleRequest(p.request, "")],
        [("settle-request", "request {p.request}", "waiting", "done")],
    ),
    (
        lambda p: [ExtendRequest(p.request)],
        [("extend-request", "request {p.request}", "2026-12-13", "2027-01-02")],
    ),
    (
        lambda p: [ReportBreach(p.breach), CloseBreach(p.breach)],
        [
            ("report-breach", "breach {p.breach}", "waiting", "reported"),
            ("close-breach", "breach {p.breach}", "reported", "done"),
        ],
    ),
    (lambda p: [UndoChange(p.change)], [("undo-areas", "change {p.change}", "2027-01-01", "")]),
    (
        lambda p: [StopBroadcast(p.broadcast)],
        [("stop-broadcast", "broadcast {p.broadcast}", "0 of 1 people", "")],
    ),
    (
        lambda p: [WithdrawArticle(1)],
        [("withdraw-article", "edition 1", "vssid/quen-mat-khau", "")],
    ),
    (
        lambda p: [
            SetPause(Pause("paused", date(2026, 11, 30), person_id=p.member)),
            SetPause(Pause("paused", None, person_id=p.member)),
            LiftPause(person_id=p.member),
        ],
        [
            ("pause-reminders", "person {p.member}", "", "2026-11-30"),
            ("pause-reminders", "person {p.member}", "2026-11-30", "for good"),
            ("resume-reminders", "person {p.member}", "for good", ""),
        ],
    ),
    (
        lambda p: [SetPause(Pause("paused", None, area_id=p.hamlet)), LiftPause(area_id=p.hamlet)],
        [("pause-reminders", AREA, "", "for good"), ("resume-reminders", AREA, "for good", "")],
    ),
    (
        lambda p: [RenewCodes((p.invitee,), "b")],
        [("renew-code", "invitation {p.invitee}", "until 2026-12-03", "")],
    ),
    (
        lambda p: [Decline("FGHJK-23456")],
        [
            ("assign", AREA, "invitation {p.invitee}: 1 households", "nobody: 1 households"),
            ("decline-invitation", "invitation {p.invitee}", INVITED, ""),
        ],
    ),
    (
        lambda p: [RevokeInvitation(p.invitee)],
        [
            ("assign", AREA, "invitation {p.invitee}: 1 households", "nobody: 1 households"),
            ("revoke-invitation", "invitation {p.invitee}", INVITED, ""),
        ],
    ),
    (
        lambda p: [EndRole(p.member, p.held)],
        [
            ("assign", AREA, HELD, "nobody: 1 households"),
            ("end-role", "person {p.member}", "member " + AREA, ""),
        ],
    ),
    (
        lambda p: [MoveRole(p.member, p.held, p.beside, "")],
        [
            ("assign", AREA, HELD, "nobody: 1 households"),
            ("move-role", "person {p.member}", "member " + AREA, "member area {p.beside}"),
        ],
    ),
    (
        lambda p: [HandOver(p.member, p.held, p.twin)],
        [
            ("assign", AREA, HELD, "person {p.twin}: 1 households"),
            ("hand-over", "person {p.member}", "person {p.member}: member " + AREA, "person {p.twin}"),
        ],
    ),
    (
        lambda p: [Deactivate(p.member)],
        [
            ("assign", AREA, HELD, "nobody: 1 households"),
            ("lock-person", "person {p.member}", "1 roles, 0 invitations, 0 sessions", "locked"),
        ],
    ),
]


@pytest.mark.parametrize(
    ("acts", "lines"), CASES, ids=lambda case: case[-1][0] if isinstance(case, list) else ""
)
async def test_what_was_before_stands_beside_what_is_after(
    database: Database, acts: Acts, lines: list[tuple[str, str, str, str]]
) -> None:
    place = await database.write(filled)
    written = await database.write(lambda conn: done(conn, acts(place), 2))
    assert written == [tuple(cell.format(p=place) for cell in one) for one in lines]


async def test_whoever_leaves_the_team_holds_no_households_in_the_log_either(database: Database) -> None:
    place = await database.write(filled)
    written = await database.write(lambda conn: done(conn, [WithdrawConsent("team")], place.member))
    assert written == [
        ("assign", f"area {place.hamlet}", f"person {place.member}: 1 households", "nobody: 1 households"),
        ("leave", f"person {place.member}", "1 roles", ""),
    ]


def filled(conn: Connection) -> Place:
    """The small place; a household is kept for whoever is invited, and an article was published."""
    place = furnish(conn)
    assignments.give(conn, [place.household], Holder("invitation", place.invitee), None, NOW)
    articles.publish(conn, knowledge.load().articles[place.article], place.member, NOW - timedelta(days=1))
    return place


def done(conn: Connection, what: list[Effect], by: int) -> list[tuple[str, ...]]:
    """What is written down of it."""
    known = conn.all(select(AuditRow.id))  # type: ignore[call-overload]
    talk = Talk(Person(by, ""), "text", NOW, "0" * 36)

    def unheard(*_: object, **__: object) -> None:
        raise AssertionError("nobody is told anything")

    effects.write(conn, what, Origin(talk, Incoming("text", "event", "x", NOW), unheard))
    rows = conn.all(select(AuditRow).order_by(AuditRow.id))  # type: ignore[arg-type]
    return [(row.action, row.subject, row.before, row.after) for row in rows[len(known) :]]
