"""Erasing: a person from everything that is kept on them, and a household from its surveys.

What was counted stays counted: a survey loses what names anybody and keeps its numbers and choices. The
number of a person stays where a chain or a count hangs on it (the audit log, a ticket's day); nothing says
any more whose number it was. Backups made before are not touched: they age out (docs/admin/du-lieu-ca-nhan).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import orjson
from sqlalchemy import and_, delete, or_, select, update

from content.anonymising import anonymise
from content.form import Form
from content.xform import compile_form
from storage import absences, consents, forms, households, people, places, requests, tallies
from storage.absences import absence
from storage.database import Conflict, Connection, table
from storage.tables import (
    AccountRow,
    AppPasswordRow,
    AreaChangeRow,
    ArticleRow,
    AssignmentRow,
    CollectedRow,
    DeactivationRow,
    DraftRow,
    FormRow,
    GrantRow,
    HouseholdRow,
    InboxRow,
    InvitationRow,
    InviteeRow,
    JobRow,
    LinkRow,
    ListChangeRow,
    OccasionRow,
    OutboxRow,
    ParkedRow,
    PauseRow,
    PersonRow,
    PhotoRow,
    PushRow,
    RevisionRow,
    RoleMoveRow,
    SheetRow,
    SubscriptionRow,
    SurveyRow,
    TalkRow,
    TallyRow,
    TicketLineRow,
    TicketRow,
)

_account = table(AccountRow)
_person = table(PersonRow)
_talk = table(TalkRow)
_draft = table(DraftRow)
_ticket = table(TicketRow)
_line = table(TicketLineRow)
_outbox = table(OutboxRow)
_inbox = table(InboxRow)
_survey = table(SurveyRow)
_revision = table(RevisionRow)
_photo = table(PhotoRow)
_article = table(ArticleRow)
_change = table(AreaChangeRow)
_household = table(HouseholdRow)
_listed = table(ListChangeRow)
_collected = table(CollectedRow)
_push = table(PushRow)
_parked = table(ParkedRow)
_invitation = table(InvitationRow)
_invitee = table(InviteeRow)
_given = table(AssignmentRow)
_tally = table(TallyRow)
_article = table(ArticleRow)
_change = table(AreaChangeRow)
_form = table(FormRow)
_job = table(JobRow)

_OWN = (
    LinkRow,
    GrantRow,
    AppPasswordRow,
    DraftRow,
    TalkRow,
    SubscriptionRow,
    OccasionRow,
    PauseRow,
    RoleMoveRow,
    DeactivationRow,
    JobRow,
    SheetRow,
    AssignmentRow,
)
"""Tables whose rows belong to one person alone: they go as they are."""

SHORTEST = 3
"""Characters of a name that is looked for in what others were told."""
_BLANK = {"body": '{"text": ""}', "file": None, "status": "gone", "unique_key": None, "message_id": ""}
_ENDED = ("sent", "gone", "bad", "unsure")


@dataclass(frozen=True, slots=True)
class Erased:
    """What went. `anonymised`: surveys that keep their counts only; `pushed`: of those, how many were sent on
    to another server, where they must be erased too."""

    accounts: int = 0
    messages: int = 0
    tickets: int = 0
    anonymised: int = 0
    pushed: int = 0


class Unknown(LookupError):
    """There is no such person or household, or nothing is left of them."""


def person(conn: Connection, person_id: int, now: datetime) -> Erased:
    """Removes all that is kept on a person, in one transaction. Raises Unknown."""
    found = people.find(conn, person_id, now.date())
    accounts = conn.all(select(_account).where(_account.c.person_id == person_id))
    if found is None or not (found.name or found.grants or any(one.address for one in accounts)):
        raise Unknown(person_id)
    own = [account.id for account in accounts]
    said, tickets = _asked(conn, person_id, now)
    said |= _helped(conn, person_id, now)
    phones = {account.phone for account in accounts if account.phone}
    messages = _messages(conn, own, {found.name, *phones, *(a.address for a in accounts)}, said)
    for account in accounts:
        _events(conn, account.channel, account.address)
    for phone in phones:
        mark = conn.vault.fingerprint("phone", phone)
        conn.run(update(_invitation).where(_invitation.c.phone == mark).values(phone=None))
    _work(conn, person_id, found.name)
    conn.run(delete(_job).where(_job.c.account_id.in_(own)))
    for model in _OWN:
        rows = table(model)
        conn.run(delete(rows).where(rows.c.person_id == person_id))
    _accounts(conn, own)
    consents.withdraw(conn, person_id, None, now)
    requests.without_names(conn, person_id=person_id)
    _nobody(conn, person_id)
    return Erased(len(accounts), messages, tickets)


def household(conn: Connection, household_id: int, now: datetime) -> Erased:
    """Takes a household's name, address, and all that names anybody out of its surveys; it stays on the list
    as one of so many. Raises Unknown."""
    row = conn.one(select(_household).where(_household.c.id == household_id).with_for_update())
    if row is None or not row.name:
        raise Unknown(household_id)
    mine = select(_survey.c.id).where(_survey.c.household_id == household_id)
    surveys = [one.id for one in conn.all(mine)]
    nameless = _Anonymous(conn, now)
    for survey_id in surveys:
        nameless.survey(survey_id)
    places.forget(conn, surveys)
    households.correct(conn, household_id, "", "")
    _unfinished(conn, household_id)
    absences.forget(conn, household_id)
    messages = _messages(conn, [], {row.name, row.address}, set())
    requests.without_names(conn, household_id=household_id)
    pushed = conn.all(select(_push.c.survey_id).where(_push.c.survey_id.in_(surveys)).distinct())
    conn.run(delete(_push).where(_push.c.survey_id.in_(surveys)))
    return Erased(messages=messages, anonymised=len(surveys), pushed=len(pushed))


# --------------------------------------------------------------------------- surveys without names


class _Anonymous:
    """Takes what names anybody out of surveys, revision by revision; questionnaires are compiled once."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn = conn
        self._now = now
        self._form = lru_cache(maxsize=16)(self._compiled)

    def survey(self, survey_id: str) -> None:
        """All revisions of a survey, and its pictures."""
        rows = self._conn.all(
            select(
                _revision.c.revision,
                _revision.c.version,
                _revision.c["values"].label("answers"),
                _revision.c.xml,
                _survey.c.form,
                _survey.c.area_id,
            )
            .join(_survey, _survey.c.id == _revision.c.survey_id)
            .where(_revision.c.survey_id == survey_id, _revision.c.anonymised_at.is_(None))
        )
        for row in rows:
            form = self._form(row.form, row.version, row.area_id)
            values, xml = anonymise(form, orjson.loads(row.answers), row.xml)
            one = and_(_revision.c.survey_id == survey_id, _revision.c.revision == row.revision)
            left = {"values": orjson.dumps(values).decode(), "xml": xml, "anonymised_at": self._now}
            self._conn.run(update(_revision).where(one).values(left))
        self._conn.run(delete(_photo).where(_photo.c.survey_id == survey_id))

    def _compiled(self, form: str, version: str, area_id: int) -> Form | None:
        published = forms.version(self._conn, form, version, area_id, self._now.date())
        return (
            None
            if published is None
            else compile_form(forms.xform(self._conn, published.id), forms.files(self._conn, published.id))
        )


def surveys_before(conn: Connection, before: datetime, now: datetime, most: int) -> int:
    """Takes what names anybody out of surveys whose answers were given before that time, and the names of
    households that were only known by them; at most so many surveys at once; how many they were."""
    old = (
        select(_revision.c.survey_id)
        .where(_revision.c.submitted_at < before, _revision.c.anonymised_at.is_(None))
        .distinct()
        .limit(most)
    )
    found = [row.survey_id for row in conn.all(old)]
    nameless = _Anonymous(conn, now)
    for survey_id in found:
        nameless.survey(survey_id)
    places.forget(conn, found)
    met = (
        select(_household.c.id)
        .join(_survey, _survey.c.household_id == _household.c.id)
        .where(_survey.c.id.in_(found), _household.c.created_at == _survey.c.submitted_at)
    )
    for row in conn.all(met):  # added with their first survey, not from the commune's own list
        later = and_(_survey.c.household_id == row.id, _survey.c.submitted_at >= before)
        if conn.one(select(_survey.c.id).where(later).limit(1)) is None:
            households.correct(conn, row.id, "", "")
    return len(found)


def _unfinished(conn: Connection, household_id: int) -> None:
    """Interviews of the household that are open or put aside."""
    conn.run(delete(_draft).where(_draft.c.household_id == household_id))
    for row in conn.all(select(_talk.c.person_id, _talk.c.doing).where(_talk.c.doing.is_not(None))):
        *_, about = orjson.loads(row.doing)
        if about.get("household") == household_id:
            conn.run(update(_talk).where(_talk.c.person_id == row.person_id).values(doing=None))


# --------------------------------------------------------------------------- a person's traces


def help_asked(conn: Connection, person_id: int, now: datetime) -> int:
    """Empties what a person asked the team for, and what others were told of it; how many questions."""
    said, number = _asked(conn, person_id, now)
    _messages(conn, [], (), said)
    return number


def _asked(conn: Connection, person_id: int, now: datetime) -> tuple[set[str], int]:
    """Empties the questions of a person; what was said in them, and how many they were."""
    rows = conn.all(select(_ticket).where(_ticket.c.citizen_id == person_id))
    mine = [row.id for row in rows]
    said = {text for row in rows for text in (row.text, row.contact, row.visit, row.outcome)}
    said |= {row.text for row in conn.all(select(_line.c.text).where(_line.c.ticket_id.in_(mine)))}
    conn.run(delete(_line).where(_line.c.ticket_id.in_(mine)))
    conn.run(delete(_photo).where(_photo.c.ticket_id.in_(mine)))
    nothing = {"text": "", "contact": "", "wording": "", "visit": "", "outcome": ""}
    ended = {"status": "closed", "closed_at": now, "taken_by": None, "spoken_at": None}
    conn.run(update(_ticket).where(_ticket.c.citizen_id == person_id).values(**nothing, **ended))
    return said, len(mine)


def _helped(conn: Connection, person_id: int, now: datetime) -> set[str]:
    """What they had taken waits for another; what they said goes, and is returned."""
    said = {row.text for row in conn.all(select(_line.c.text).where(_line.c.person_id == person_id))}
    conn.run(delete(_line).where(_line.c.person_id == person_id))
    taken = and_(_ticket.c.taken_by == person_id, _ticket.c.status == "taken")
    again = {"status": "open", "waiting_since": now, "visit": "", "spoken_at": None}
    conn.run(update(_ticket).where(taken).values(taken_by=None, **again))
    conn.run(update(_ticket).where(_ticket.c.taken_by == person_id).values(taken_by=None))
    return said


def _messages(conn: Connection, accounts: list[int], names: Iterable[str], said: Iterable[str]) -> int:
    """Their own messages; what others were told with these names in it; and what passes on what they said,
    also where it has not gone out. How many."""
    gone = conn.run(delete(_outbox).where(_outbox.c.account_id.in_(accounts), _outbox.c.id != _last(conn)))
    conn.run(update(_outbox).where(_outbox.c.account_id.in_(accounts)).values(**_BLANK))
    called, told = _as_stored(names), _as_stored(said)
    if not (called or told):
        return gone
    found = [
        row.id
        for row in conn.all(select(_outbox.c.id, _outbox.c.body, _outbox.c.status))
        if any(text in row.body for text in told)
        or (row.status in _ENDED and any(name in row.body for name in called))
    ]
    last = _last(conn)
    for start in range(0, len(found), 500):
        some = _outbox.c.id.in_(found[start : start + 500])
        conn.run(delete(_outbox).where(some, _outbox.c.id != last))
    if last in found:
        conn.run(update(_outbox).where(_outbox.c.id == last).values(**_BLANK))
    return gone + len(found)


def _last(conn: Connection) -> int:
    """The newest message of all. It stays, blank: SQLite gives the number of a last row that was deleted to
    the next, and the web chat's pages count what they have seen by these numbers."""
    row = conn.one(select(_outbox.c.id).order_by(_outbox.c.id.desc()).limit(1))
    return row.id if row else 0


def _as_stored(texts: Iterable[str]) -> list[str]:
    """As they stand within a message's JSON; what is too short to mean anybody is left out."""
    return [orjson.dumps(text).decode()[1:-1] for text in texts if len(text) >= SHORTEST]


def _events(conn: Connection, channel: str, address: str) -> None:
    """Events of theirs that were parked; and their ids, where the channel writes the address into them."""
    for row in conn.all(select(_parked.c.id, _parked.c.event).where(_parked.c.channel == channel)):
        event, _, _ = row.event.partition("\n")
        if orjson.loads(event).get("address") == address:
            conn.run(delete(_parked).where(_parked.c.id == row.id))
    theirs = and_(_inbox.c.channel == channel, _inbox.c.event_id.startswith(f"{address}:", autoescape=True))
    conn.run(delete(_inbox).where(theirs))


def _work(conn: Connection, person_id: int, name: str) -> None:
    """What they did for others stays, without who did it."""
    by = _revision.c.by == person_id
    for row in conn.all(
        select(
            _revision.c.survey_id,
            _revision.c.revision,
            _revision.c["values"].label("answers"),
            _revision.c.xml,
        ).where(by)
    ):  # a questionnaire may ask for the name of who asks
        if len(name) >= SHORTEST and (name in row.answers or name in row.xml):
            values = {path: "" if v == name else v for path, v in orjson.loads(row.answers).items()}
            one = and_(_revision.c.survey_id == row.survey_id, _revision.c.revision == row.revision)
            left = {"values": orjson.dumps(values).decode(), "xml": row.xml.replace(f">{name}<", "><")}
            conn.run(update(_revision).where(one).values(left))
    conn.run(update(_revision).where(by).values({"by": None}))
    conn.run(update(_survey).where(_survey.c.by == person_id).values({"by": None}))
    conn.run(delete(_tally).where(_tally.c.indicator == tallies.by(person_id)))
    conn.run(update(_household).where(_household.c.created_by == person_id).values(created_by=None))
    conn.run(update(_listed).where(_listed.c.by == person_id).values(by=None))
    conn.run(update(_form).where(_form.c.published_by == person_id).values(published_by=None))
    conn.run(update(_given).where(_given.c.given_by == person_id).values(given_by=None))
    conn.run(update(absence).where(absence.c.person_id == person_id).values(person_id=None))
    conn.run(delete(_invitee).where(_invitee.c.joined_by == person_id))
    conn.run(update(_change).where(_change.c.created_by == person_id).values(created_by=None))
    conn.run(update(_article).where(_article.c.made_by == person_id).values(made_by=None))
    conn.run(update(_invitation).where(_invitation.c.created_by == person_id).values(created_by=None))
    conn.run(update(_change).where(_change.c.created_by == person_id).values(created_by=None))
    conn.run(update(_article).where(_article.c.made_by == person_id).values(made_by=None))
    unsettled = _collected.c.person_id == person_id
    conn.run(update(_collected).where(unsettled).values(xml=None, problem=None))
    taken = _photo.c.person_id == person_id
    conn.run(delete(_photo).where(taken, or_(_photo.c.survey_id.is_(None), _photo.c.data.is_(None))))
    conn.run(update(_photo).where(taken).values(ref="", raw=None))


def _accounts(conn: Connection, accounts: list[int]) -> None:
    """They go; one that the newest message hangs on stays, and is nobody's address."""
    hung_on = select(_outbox.c.account_id).where(_outbox.c.account_id.in_(accounts))
    held = {row.account_id for row in conn.all(hung_on)}
    for number in accounts:
        one = _account.c.id == number
        if number in held:
            nothing = {"address": "", "phone": None, "heard_at": None, "reachable": False}
            mark = conn.vault.fingerprint("erased", str(number))
            conn.run(update(_account).where(one).values(fingerprint=mark, **nothing))
        else:
            conn.run(delete(_account).where(one))


def _nobody(conn: Connection, person_id: int) -> None:
    """The row goes; where something counted or chained hangs on its number, only that number stays."""
    conn.run(update(_person).where(_person.c.id == person_id).values(name="", locale="vi"))
    try:
        with conn.savepoint():
            conn.run(delete(_person).where(_person.c.id == person_id))
    except Conflict:
        return
