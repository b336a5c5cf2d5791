"""The same person twice, made one: nothing is lost or counted twice, and what can't be is refused."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import UniqueConstraint, select, update
from sqlmodel import SQLModel

from content import indicators
from content.households import QUESTIONNAIRE
from content.people import Grant, Role
from content.privacy import Consent, Request
from content.reminding import Pause, Subscription
from content.tickets import NewTicket
from storage import (
    app_passwords,
    audit,
    consents,
    departing,
    merging,
    people,
    recounting,
    requests,
    staff,
    subscriptions,
    surveys,
    talks,
    tickets,
)
from storage.database import Connection, Database, table
from storage.surveys import Submission
from storage.tables import HouseholdRow, PersonRow, SurveyRow
from tests.test_departing import begin, drafts
from tests.test_staff import area, person
from tests.transcripts.stage import MORNING, ZONE, furnish

TODAY = MORNING.date()
_person, _survey, _household = table(PersonRow), table(SurveyRow), table(HouseholdRow)


def twin(conn: Connection, *, invented: bool = False) -> int:
    """Tâm once more, a leader of the same hamlet."""
    number = people.create(conn, "Tâm", "vi", MORNING, invented=invented)
    people.add_account(conn, number, "telegram", "tam-2", MORNING)
    people.grant(conn, number, Grant(Role.LEADER, area(conn, "27811-2")), TODAY)
    return number


def submit(conn: Connection, by: int, household: int) -> None:
    surveys.submit(
        conn,
        Submission(
            survey_id=str(UUID(int=by * 100 + household)),
            form=QUESTIONNAIRE,
            version="1",
            area_id=area(conn, "27811-2"),
            household_id=household,
            values={},
            xml="<data/>",
            consent=True,
            wording="",
            started_at=MORNING,
            submitted_at=MORNING,
            by=by,
            channel="text",
        ),
        indicators.counts,
    )


def ask(conn: Connection, number: int, citizen: int, helper: int | None = None) -> None:
    new = NewTicket(area(conn, "27811-2"), "VNeID", "chat", "", "")
    tickets.ask(conn, str(UUID(int=number)), citizen, new, "team", MORNING)
    if helper is not None:
        tickets.take(conn, str(UUID(int=number)), helper, MORNING)


# --------------------------------------------------------------------------- every table


def test_every_table_with_one_row_a_person_is_seen_to() -> None:
    """Where a person's number is part of a key, giving rows another number may meet a row that is there."""
    names = {each.name: column.name for each, column in merging.columns()}
    keyed = set()
    for each in SQLModel.metadata.sorted_tables:
        theirs = {column.name for of, column in merging.columns() if of is each}
        unique = [each.primary_key, *(one for one in each.constraints if isinstance(one, UniqueConstraint))]
        unique_columns = [{column.name for column in one.columns} for one in unique]
        unique_columns += [{c.name for c in index.columns} for index in each.indexes if index.unique]
        if any(theirs & columns for columns in unique_columns):
            keyed.add(each.name)
    assert keyed <= merging.OWN_WAY | {"pause"}, "say in storage/merging.py what becomes of such rows"
    assert names.keys() >= merging.OWN_WAY


async def test_everything_belongs_to_the_one_that_stays(database: Database) -> None:
    await database.write(furnish)

    def work(conn: Connection) -> Any:
        tam, other = person(conn, "tam"), twin(conn)
        homes = [row.id for row in conn.all(select(_household.c.id).order_by(_household.c.id).limit(4))]
        submit(conn, tam, homes[0])
        submit(conn, other, homes[1])
        begin(conn, other, "27811-2", homes[2])
        citizen = people.create(conn, "", "vi", MORNING)
        ask(conn, 1, citizen, other)
        ask(conn, 2, other)
        consents.give(conn, other, Consent("team", "tham-gia", "2", "…", "text", MORNING))
        app_passwords.keep(conn, other, "ha1", MORNING)
        subscriptions.subscribe(conn, other, Subscription("fri"), MORNING)
        subscriptions.pause(conn, Pause("busy", TODAY, person_id=other), other, MORNING)
        for one in (tam, other):
            subscriptions.claim(conn, one, "reminder", "2026-11-23", MORNING)
        subscriptions.claim(conn, other, "reminder", "2026-11-22", MORNING)
        audit.append(conn, audit.Entry(MORNING, other, "text", "take", "ticket 1"))
        found = merging.merge(conn, tam, other, MORNING)
        return tam, other, homes, found

    tam, other, homes, found = await database.write(work)
    assert (found.channels, found.drafts, found.helping, found.asked, found.surveys) == (
        ("telegram",),
        1,
        1,
        1,
        1,
    )
    assert [one.grant.role for one in found.roles] == [Role.LEADER]

    def look(conn: Connection) -> Any:
        one = people.find(conn, tam, TODAY)
        assert one is not None
        there = talks.load(conn, "telegram", "tam-2", MORNING)
        assert there is not None
        rows = conn.all(select(_survey.c.by).order_by(_survey.c.id))
        left = [
            each.name
            for each, column in merging.columns()
            if each.name != "audit" and conn.one(select(column).where(column == other)) is not None
        ]
        return {
            "roles": one.roles,
            "writes": there.person.id,
            "surveys": [row.by for row in rows],
            "tallies": recounting.compare(conn, QUESTIONNAIRE, ZONE),
            "drafts": drafts(conn, tam),
            "helps": [ticket.id for ticket in tickets.of_helper(conn, tam)],
            "asked": [ticket.id for ticket in tickets.of_citizen(conn, tam)],
            "agreed": len(consents.of(conn, tam)),
            "password": app_passwords.find(conn, tam),
            "digest": subscriptions.subscription(conn, tam).weekday,
            "paused": any(pause.person_id == tam for pause in subscriptions.pauses(conn, TODAY)),
            "told": subscriptions.last(conn, tam, "reminder"),
            "left": left,
            "chain": audit.verify(conn),
            "name": [row.name for row in conn.all(select(_person.c.name).where(_person.c.id == other))],
        }

    assert await database.write(look) == {
        "roles": {Role.CITIZEN, Role.MEMBER, Role.LEADER},
        "writes": tam,
        "surveys": [tam, tam],
        "tallies": [],
        "drafts": [(homes[2], other)],
        "helps": [str(UUID(int=1))],
        "asked": [str(UUID(int=2))],
        "agreed": 1,
        "password": "ha1",
        "digest": "fri",
        "paused": True,
        "told": "2026-11-23",
        "left": [],
        "chain": None,
        "name": [""],
    }


async def test_what_both_have_stays_once(database: Database) -> None:
    await database.write(furnish)

    def work(conn: Connection) -> Any:
        tam, other = person(conn, "tam"), twin(conn)
        hamlet = area(conn, "27811-2")
        people.grant(conn, other, Grant(Role.MEMBER, hamlet), TODAY - timedelta(days=9))
        for who, day, password in ((tam, "mon", "his"), (other, "fri", "hers")):
            app_passwords.keep(conn, who, password, MORNING)
            subscriptions.subscribe(conn, who, Subscription(day), MORNING)
            subscriptions.pause(conn, Pause("stop", None, person_id=who), who, MORNING)
        begin(conn, tam, "27811-2", 1)
        departing.put_aside(conn, tam)
        begin(conn, other, "27811-2", 1, MORNING + timedelta(hours=1))
        assert merging.merge(conn, tam, other, MORNING) is not None
        one = staff.find(conn, tam, TODAY)
        assert one is not None
        kept = app_passwords.find(conn, tam), subscriptions.subscription(conn, tam).weekday
        return one.held, kept, drafts(conn, tam), other

    held, kept, left, other = await database.write(work)
    assert sorted((each.grant.role, each.since) for each in held) == [
        (Role.LEADER, TODAY),
        (Role.MEMBER, TODAY - timedelta(days=9)),
    ]
    assert kept == ("his", "mon")
    assert left == [(1, other)]


# --------------------------------------------------------------------------- refused


@pytest.mark.parametrize("why", ["invented", "locked", "erasing", "helping"])
async def test_what_stands_in_the_way_is_said_and_nothing_changes(database: Database, why: str) -> None:
    await database.write(furnish)

    def work(conn: Connection) -> Any:
        tam, other = person(conn, "tam"), twin(conn, invented=why == "invented")
        if why == "locked":
            departing.deactivate(conn, other, None, MORNING)
        if why == "erasing":
            requests.file(conn, Request(0, "erase", MORNING, person_id=other))
        if why == "helping":
            ask(conn, 3, other, tam)
        before = merging.look(conn, tam, other, TODAY).problems
        merged = merging.merge(conn, tam, other, MORNING)
        account = people.account(conn, "telegram", "tam-2")
        assert account is not None
        return before, merged, account.person_id == other

    assert await database.write(work) == ((why,), None, True)


async def test_an_open_question_of_one_to_the_team_is_no_obstacle(database: Database) -> None:
    await database.write(furnish)

    def work(conn: Connection) -> Any:
        tam, other = person(conn, "tam"), twin(conn)
        ask(conn, 4, other)
        return merging.merge(conn, tam, other, MORNING)

    assert await database.write(work) is not None


async def test_of_one_role_twice_the_one_in_a_team_stays(database: Database) -> None:
    await database.write(furnish)

    def work(conn: Connection) -> Any:
        tam, hamlet = person(conn, "tam"), area(conn, "27811-2")
        other, team = people.create(conn, "Tâm", "vi", MORNING), people.team(conn, hamlet, "Tổ 1")
        people.grant(conn, other, Grant(Role.MEMBER, hamlet, team), TODAY)
        found = merging.merge(conn, tam, other, MORNING)
        one = people.find(conn, tam, TODAY)
        assert one is not None
        assert found is not None
        return found.roles, one.grants, Grant(Role.MEMBER, hamlet, team)

    roles, grants, wanted = await database.write(work)
    assert (roles, grants) == ((), (wanted,))


async def test_who_never_did_anything_is_gone_with_their_number(database: Database) -> None:
    await database.write(furnish)

    def work(conn: Connection) -> Any:
        tam, other = person(conn, "tam"), twin(conn)
        conn.run(update(_person).where(_person.c.id == tam).values(name=""))
        merging.merge(conn, tam, other, MORNING)
        one = people.find(conn, tam, TODAY)
        assert one is not None
        return one.name, conn.one(select(_person.c.id).where(_person.c.id == other))

    assert await database.write(work) == ("Tâm", None)
