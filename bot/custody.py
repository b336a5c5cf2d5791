"""Effects on personal data: consents, what is asked for under the law, and breaches; see `bot.effects`."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bot.duties import given_up
from bot.origin import Origin, note, where
from content.assigning import Holder
from content.privacy import Consent, Request
from handlers import custody
from storage import app_passwords, breaches, consents, erasure, households, people, requests
from storage.database import Connection


def _give_consent(effect: custody.GiveConsent, conn: Connection, origin: Origin) -> None:
    talk = origin.talk
    new = Consent(effect.purpose, effect.form, effect.version, effect.wording, talk.channel, talk.now)
    consents.give(conn, talk.person.id, new)


def _withdraw_consent(effect: custody.WithdrawConsent, conn: Connection, origin: Origin) -> None:
    person_id, now = origin.talk.person.id, origin.talk.now
    consents.withdraw(conn, person_id, effect.purpose, now)
    if effect.purpose == "help":
        erasure.help_asked(conn, person_id, now)
        return
    with given_up(conn, origin, Holder("person", person_id)):
        ended = people.leave(conn, person_id, now.date())
    if ended:
        app_passwords.drop(conn, person_id)
        note(conn, origin, "leave", f"person {person_id}", before=f"{ended} roles")


def _rename(effect: custody.Rename, conn: Connection, origin: Origin) -> None:
    people.rename(conn, origin.talk.person.id, effect.name)


def _note_request(effect: custody.NoteRequest, conn: Connection, origin: Origin) -> None:
    talk = origin.talk
    here = where(conn, origin)
    done = Request(0, effect.kind, talk.now, person_id=talk.person.id, area_id=here)
    requests.file(conn, replace(done, answered_at=talk.now, done_at=talk.now))


def _ask_erasure(_: custody.AskErasure, conn: Connection, origin: Origin) -> None:
    person_id, now = origin.talk.person.id, origin.talk.now
    if all(of != person_id for _, of in requests.to_erase(conn)):
        asked = Request(0, "erase", now, person_id=person_id, area_id=where(conn, origin), answered_at=now)
        requests.file(conn, asked)


def _file_request(effect: custody.FileRequest, conn: Connection, origin: Origin) -> None:
    number = requests.file(conn, effect.request)
    note(conn, origin, "file-request", f"request {number}", after=effect.request.kind)


def _answer_request(effect: custody.AnswerRequest, conn: Connection, origin: Origin) -> None:
    before = _stands(conn, effect.number)
    requests.answer(conn, effect.number, origin.talk.now)
    note(conn, origin, "answer-request", f"request {effect.number}", before, _stands(conn, effect.number))


def _extend_request(effect: custody.ExtendRequest, conn: Connection, origin: Origin) -> None:
    before = _due(conn, effect.number)
    if requests.extend(conn, effect.number, origin.talk.now):
        note(conn, origin, "extend-request", f"request {effect.number}", before, _due(conn, effect.number))


def _settle_request(effect: custody.SettleRequest, conn: Connection, origin: Origin) -> None:
    before = _stands(conn, effect.number)
    if requests.settle(conn, effect.number, effect.outcome, origin.talk.now):
        note(conn, origin, "settle-request", f"request {effect.number}", before, _stands(conn, effect.number))


def _stands(conn: Connection, number: int) -> str:
    """How far a request has come."""
    there = requests.find(conn, number)
    if there is None or there.answered_at is None:
        return "waiting"
    return "answered" if there.done_at is None else "done"


def _due(conn: Connection, number: int) -> str:
    there = requests.find(conn, number)
    return there.done_by.isoformat() if there else ""


def _correct_household(effect: custody.CorrectHousehold, conn: Connection, origin: Origin) -> None:
    was = households.find(conn, effect.household_id)
    households.correct(conn, effect.household_id, effect.name, effect.address)
    new = {"name": was and was.name != effect.name, "address": was and was.address != effect.address}
    changed = " ".join(part for part, other in new.items() if other)  # which, never from what to what
    note(conn, origin, "correct-household", f"household {effect.household_id}", after=changed)


def _erase_household(effect: custody.EraseHousehold, conn: Connection, origin: Origin) -> None:
    with suppress(erasure.Unknown):  # pressed twice: it is gone already
        gone = erasure.household(conn, effect.household_id, origin.talk.now)
        after = f"{gone.anonymised} surveys, {gone.pushed} sent on"
        note(conn, origin, "erase-household", f"household {effect.household_id}", after=after)


def _open_breach(effect: custody.OpenBreach, conn: Connection, origin: Origin) -> None:
    note(conn, origin, "open-breach", f"breach {breaches.add(conn, effect.breach)}", after="waiting")


def _report_breach(effect: custody.ReportBreach, conn: Connection, origin: Origin) -> None:
    if breaches.report(conn, effect.number, origin.talk.now):
        note(conn, origin, "report-breach", f"breach {effect.number}", "waiting", "reported")


def _close_breach(effect: custody.CloseBreach, conn: Connection, origin: Origin) -> None:
    if breaches.close(conn, effect.number, origin.talk.now):  # never before it was reported
        note(conn, origin, "close-breach", f"breach {effect.number}", "reported", "done")


WRITES: Mapping[type, Callable[[Any, Connection, Origin], None]] = {
    custody.GiveConsent: _give_consent,
    custody.WithdrawConsent: _withdraw_consent,
    custody.Rename: _rename,
    custody.NoteRequest: _note_request,
    custody.AskErasure: _ask_erasure,
    custody.FileRequest: _file_request,
    custody.AnswerRequest: _answer_request,
    custody.ExtendRequest: _extend_request,
    custody.SettleRequest: _settle_request,
    custody.CorrectHousehold: _correct_household,
    custody.EraseHousehold: _erase_household,
    custody.OpenBreach: _open_breach,
    custody.ReportBreach: _report_breach,
    custody.CloseBreach: _close_breach,
}
