"""What is kept on a person, for them to see and to take along."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any

import orjson
from sqlalchemy import func, select

from content.households import QUESTIONNAIRE
from content.privacy import Held
from storage import areas, assignments, consents, requests, tickets
from storage.absences import absence
from storage.database import Connection, table
from storage.tables import (
    AccountRow,
    AppPasswordRow,
    AreaRow,
    DeactivationRow,
    DraftRow,
    GrantRow,
    HouseholdRow,
    OutboxRow,
    ParkedRow,
    PersonRow,
    PhotoRow,
    RevisionRow,
    SheetRow,
    SubscriptionRow,
    SurveyRow,
    TalkRow,
    TeamRow,
)

_person, _account, _grant, _area = table(PersonRow), table(AccountRow), table(GrantRow), table(AreaRow)
_talk, _draft, _photo, _sheet = table(TalkRow), table(DraftRow), table(PhotoRow), table(SheetRow)
_survey, _outbox, _parked, _team = table(SurveyRow), table(OutboxRow), table(ParkedRow), table(TeamRow)
_household, _revision = table(HouseholdRow), table(RevisionRow)
_lock = table(DeactivationRow)
_subscription, _password = table(SubscriptionRow), table(AppPasswordRow)


def of(conn: Connection, person_id: int) -> list[Held]:
    """Everything that is kept on a person, with when it came; empty where there is no such person."""
    person = conn.one(select(_person).where(_person.c.id == person_id))
    if person is None:
        return []
    found = [Held("name", person.name, at=person.created_at)] if person.name else []
    found.append(Held("locale", person.locale))
    for part in (_accounts, _work, _agreed, _asked, _open, _left, _told):
        found += part(conn, person_id)
    return found


def _accounts(conn: Connection, person_id: int) -> Iterator[Held]:
    rows = conn.all(select(_account).where(_account.c.person_id == person_id).order_by(_account.c.id))
    for row in rows:
        yield Held("account", f"{row.channel}: {row.address}", at=row.created_at)
        if row.phone:
            yield Held("phone", row.phone)


def _work(conn: Connection, person_id: int) -> Iterator[Held]:
    grants = conn.all(
        select(
            _grant.c.role, _grant.c.valid_from, _grant.c.valid_to, _area.c.name, _team.c.name.label("team")
        )
        .join(_area, _area.c.id == _grant.c.area_id)
        .outerjoin(_team, _team.c.id == _grant.c.team_id)
        .where(_grant.c.person_id == person_id)
        .order_by(_grant.c.id)
    )
    for row in grants:
        until = f" – {row.valid_to.isoformat()}" if row.valid_to else ""
        where = ", ".join(filter(None, (row.name, row.team)))
        began = datetime.combine(row.valid_from, time(12), UTC)
        yield Held("role", f"{row.role}: {where}{until}", at=began)
    for row in conn.all(
        select(_lock.c.at).where(_lock.c.person_id == person_id, _lock.c.lifted_at.is_(None))
    ):
        yield Held("locked", "", at=row.at)
    for area_id, load in assignments.own(conn, person_id, QUESTIONNAIRE).items():
        yield Held("households", f"{areas.find(conn, area_id).name}: {load.total}")
    surveys = conn.one(select(func.count().label("n")).where(_survey.c.by == person_id))
    if surveys and surveys.n:
        yield Held("surveys", str(surveys.n), "names")
    absences = conn.one(select(func.count().label("n")).where(absence.c.person_id == person_id))
    if absences and absences.n:
        yield Held("absences", str(absences.n), "drafts")
    if conn.one(select(_password.c.created_at).where(_password.c.person_id == person_id)):
        yield Held("password", "")
    yield from (
        Held("subscription", f"{row.weekday} {row.hour.isoformat('minutes')}", at=row.changed_at)
        for row in conn.all(select(_subscription).where(_subscription.c.person_id == person_id))
    )


def _agreed(conn: Connection, person_id: int) -> Iterator[Held]:
    for one in consents.of(conn, person_id):
        kind = "withdrawn" if one.withdrawn_at else "consent"
        told = f"{one.wording} ({one.form} {one.version})"
        yield Held(kind, told, "requests", one.withdrawn_at or one.given_at)
    for asked in requests.of(conn, person_id):
        yield Held("request", asked.kind, "requests", asked.asked_at)


def _asked(conn: Connection, person_id: int) -> Iterator[Held]:
    for ticket in tickets.of_citizen(conn, person_id, most=100):
        words = [ticket.text, ticket.contact, ticket.visit, ticket.outcome]
        words += [line.text for line in tickets.lines(conn, ticket.id)]
        if any(words):
            yield Held("ticket", " · ".join(filter(None, words)), "tickets", ticket.asked_at)


def _open(conn: Connection, person_id: int) -> Iterator[Held]:
    talk = conn.one(select(_talk).where(_talk.c.person_id == person_id))
    if talk and talk.doing:
        yield Held("talk", str(orjson.loads(talk.doing)[1]), "talks", talk.updated_at)
    if talk and talk.topic and (asked := orjson.loads(talk.topic).get("asked")):
        yield Held("topic", asked, "talks", talk.updated_at)
    drafts = conn.all(select(_draft.c.label, _draft.c.updated_at).where(_draft.c.person_id == person_id))
    yield from (Held("draft", row.label, "drafts", row.updated_at) for row in drafts)


def _left(conn: Connection, person_id: int) -> Iterator[Held]:
    photos = conn.all(select(_photo.c.name, _photo.c.created_at).where(_photo.c.person_id == person_id))
    yield from (Held("photo", row.name, "photos", row.created_at) for row in photos)
    sheets = conn.all(select(_sheet.c.name, _sheet.c.sent_at).where(_sheet.c.person_id == person_id))
    yield from (Held("file", row.name, "messages", row.sent_at) for row in sheets)


def _told(conn: Connection, person_id: int) -> Iterator[Held]:
    accounts = conn.all(select(_account).where(_account.c.person_id == person_id))
    mine = [row.id for row in accounts]
    rows = conn.all(
        select(_outbox.c.body, _outbox.c.due_at).where(_outbox.c.account_id.in_(mine)).order_by(_outbox.c.id)
    )
    for row in rows:
        yield Held("message", str(orjson.loads(row.body).get("text", "")), "messages", row.due_at)
    theirs = {(row.channel, row.address) for row in accounts}
    for row in conn.all(select(_parked.c.channel, _parked.c.event, _parked.c.parked_at)):
        event = orjson.loads(row.event.partition("\n")[0])
        if (row.channel, event.get("address")) in theirs:
            yield Held("parked", str(event.get("text", "")), "parked", row.parked_at)


def of_household(conn: Connection, household_id: int) -> dict[str, Any] | None:
    """All that is kept on a household: itself, and every revision of its surveys with all its answers; None
    where there is no such household or its name was erased."""
    row = conn.one(select(_household).where(_household.c.id == household_id))
    if row is None or not row.name:
        return None
    revisions = conn.all(
        select(
            _survey.c.id,
            _survey.c.form,
            _revision.c.revision,
            _revision.c.version,
            _revision.c["values"].label("answers"),
            _revision.c.wording,
            _revision.c.submitted_at,
            _survey.c.consent,
        )
        .join(_revision, _revision.c.survey_id == _survey.c.id)
        .where(_survey.c.household_id == household_id)
        .order_by(_revision.c.submitted_at)
    )
    unmet = conn.one(select(absence.c.on).where(absence.c.household_id == household_id))
    return {
        "household": household_id,
        "name": row.name,
        "address": row.address,
        "since": row.created_at,
        **({"nobody_met": unmet.on} if unmet else {}),
        "surveys": [
            {
                "id": one.id,
                "form": one.form,
                "version": one.version,
                "revision": one.revision,
                "submitted_at": one.submitted_at,
                "consent": one.consent,
                "wording": one.wording,
                "answers": orjson.loads(one.answers),
                "photos": [
                    photo.name
                    for photo in conn.all(select(_photo.c.name).where(_photo.c.survey_id == one.id))
                ],
            }
            for one in revisions
        ],
    }
