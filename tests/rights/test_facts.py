"""What a handler may look up ends where its person's reach ends, whatever the handler asks for."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bot.app import facts
from content.broadcasting import Audience
from content.journal import Wanted
from content.knowledge import load
from content.people import Grant, NotAllowed, Person, Role
from content.reorganizing import Asked, Heir, Kind
from handlers.facts import Facts
from storage.articles import Answers
from storage.database import Connection, Database
from tests.rights.place import MONDAY, NOW, Place, furnish

Ask = Callable[[Facts, Place], Any]

OPEN = {
    "form": "what is asked is no secret",
    "questionnaires": "",
    "newest_version": "",
    "is_taken": "",
    "versions": "names of questionnaires",
    "version": "",
    "area": "areas are public",
    "path": "",
    "roots": "",
    "below": "",
    "hamlets": "",
    "areas_named": "",
    "guesses": "two numbers",
    "own_roles": "the reader's own only",
    "is_locked": "the reader's own only",
    "invitation": "whoever has the code",
    "linked": "whoever has the code",
    "invitation_links": "",
    "knowledge": "public answers",
    "calendar": "",
    "pace": "",
    "prices": "",
    "collect_url": "",
    "pauses": "numbers of people and areas, no names",
    "reminder_settings": "",
    "person": "to tell somebody something, not to show them",
    "helpers": "a citizen's question goes to them",
    "called": "who took a ticket, who published",
    "same_broadcast": "only whether it was sent",
    "register": "areas are public",
    "changes": "",
    "may_undo": "",
    "map_before": "",
    "editions": "articles are public; only administrators are shown who published them",
    "edition": "",
    "policy": "how long things are kept",
    "takes_file": "what a channel carries",
    "consents": "the reader's own only",
    "own_loads": "the reader's own only",
    "households_called": "where the reader surveys only",
    "holdings": "the reader's own only",
    "backups": "when and how large, no word of what is in them",
}
"""What everybody's handlers may look up, and why."""

RENAMED = Asked(Kind.RENAME, date(2027, 1, 1), ("a1",), (Heir("a1", "ấp Mới"),))
_AUDIENCE = Audience((Role.MEMBER,), None)
GUARDED: dict[str, tuple[Role, Ask]] = {
    "households": (Role.MEMBER, lambda f, p: f.households(p.hamlet, "khao-sat-ho")),
    "left": (Role.MEMBER, lambda f, p: f.left(p.hamlet, "khao-sat-ho", 5)),
    "household": (Role.MEMBER, lambda f, p: f.household(p.household)),
    "taken_off": (Role.MEMBER, lambda f, p: [*f.taken_off(p.hamlet), p]),
    "targets": (Role.ADMIN, lambda f, p: [*f.targets(p.hamlet, 2026), p]),
    "last_survey": (Role.MEMBER, lambda f, p: f.last_survey(p.household, "khao-sat-ho")),
    "survey": (Role.MEMBER, lambda f, p: f.survey(p.survey)),
    "progress": (Role.MEMBER, lambda f, p: f.progress(p.hamlet, "khao-sat-ho", NOW.date())),
    "count": (Role.MEMBER, lambda f, p: f.count(p.hamlet, "khao-sat-ho")),
    "figures": (Role.COMMUNE, lambda f, p: f.figures(p.hamlet, MONDAY)),
    "merging": (Role.ADMIN, lambda f, p: f.merging(p.twin, p.member)),
    "burden": (Role.ADMIN, lambda f, p: [*f.burden(p.member).drafts]),
    "teams": (Role.LEADER, lambda f, p: f.teams()),
    "team": (Role.LEADER, lambda f, p: f.team(p.team)),
    "staff": (Role.LEADER, lambda f, p: [one for one in f.staff() if one.id == p.member]),
    "card": (Role.LEADER, lambda f, p: f.card(p.member)),
    "former_staff": (Role.ADMIN, lambda f, p: [one for one in f.former_staff() if one.id == p.locked]),
    "mates": (Role.LEADER, lambda f, p: f.mates(p.hamlet)),
    "ticket": (Role.MEMBER, lambda f, p: f.ticket(p.ticket)),
    "ticket_lines": (Role.MEMBER, lambda f, p: f.ticket_lines(p.ticket)),
    "waiting_tickets": (Role.MEMBER, lambda f, p: f.waiting_tickets([p.hamlet])),
    "asked": (Role.COMMUNE, lambda f, p: [*f.asked(p.hamlet, MONDAY), p]),
    "verdicts": (Role.COMMUNE, lambda f, p: [*f.verdicts(p.hamlet, MONDAY), p]),
    "open_invitations": (Role.ADMIN, lambda f, _: f.open_invitations()),
    "form_file": (Role.ADMIN, lambda f, p: f.form_file(p.version)),
    "rehearse": (Role.ADMIN, lambda f, p: f.rehearse(RENAMED)),
    "reach": (Role.ADMIN, lambda f, p: f.reach(Audience((Role.MEMBER,), p.hamlet))),
    "broadcasts": (Role.ADMIN, lambda f, _: f.broadcasts(5)),
    "broadcast": (Role.ADMIN, lambda f, p: f.broadcast(p.broadcast)),
    "requests": (Role.ADMIN, lambda f, _: f.requests()),
    "request": (Role.ADMIN, lambda f, p: f.request(p.request)),
    "household_kept": (Role.MEMBER, lambda f, p: f.household_kept(p.household)),
    "breaches": (Role.ADMIN, lambda f, _: f.breaches()),
    "breach": (Role.ADMIN, lambda f, p: f.breach(p.breach)),
    "hands": (Role.LEADER, lambda f, p: f.hands(p.hamlet)),
    "loads": (Role.LEADER, lambda f, p: f.loads(p.hamlet, "khao-sat-ho")),
    "invitee": (Role.COMMUNE, lambda f, p: f.invitee(p.invitee)),
    "unreached": (Role.ADMIN, lambda f, p: f.unreached(p.broadcast, 5)),
    "acts": (Role.ADMIN, lambda f, p: f.acts(Wanted(area_id=p.hamlet), 0, 5)),
    "actors": (Role.ADMIN, lambda f, p: f.actors(Wanted()).get(p.member)),
}
"""What is looked up in the hamlet, and the least role that sees it there."""

OWN: dict[str, Ask] = {
    "has_sent": lambda f, p: f.has_sent(p.member, "khao-sat-ho"),
    "my_surveys": lambda f, p: f.my_surveys(p.member, "khao-sat-ho", 5),
    "drafts": lambda f, p: f.drafts(p.member),
    "subscription": lambda f, p: f.subscription(p.member),
    "my_tickets": lambda f, p: f.my_tickets(p.member),
    "taken_tickets": lambda f, p: f.taken_tickets(p.member),
    "sheet": lambda f, p: f.sheet(p.sheet),
    "manuscripts": lambda f, p: f.manuscripts(p.sheet),
    "sent_list": lambda f, p: f.sent_list(p.sheet),
}
"""What nobody sees but whose it is."""

ADMINISTRATORS: dict[str, Ask] = {"health": lambda f, _: f.health()}
"""What is for whoever administers anything: times and numbers, and nobody's data."""

WHOLE: dict[str, Ask] = {
    "proposals": lambda f, p: [*f.proposals(), p],
    "reach": lambda f, _: f.reach(_AUDIENCE),
}
"""What is for who administers the whole tree."""


@pytest.fixture
async def place(sqlite_database: Database) -> Place:
    return await sqlite_database.write(furnish)


async def ask(database: Database, reader: Person, place: Place, question: Ask) -> Any:
    """What `reader` is answered; None where it is nothing, or they must not ask."""

    def look(conn: Connection) -> Any:
        try:
            return question(facts(Answers(load))(conn, NOW, reader), place) or None
        except (NotAllowed, KeyError):
            return None

    return await database.write(look)  # as in a turn


def test_every_question_is_in_one_of_the_lists() -> None:
    asked = {name for part in Facts.__mro__ for name in vars(part) if not name.startswith("_")}
    assert asked == OPEN.keys() | GUARDED.keys() | OWN.keys() | WHOLE.keys() | ADMINISTRATORS.keys()


@pytest.mark.parametrize("question", ADMINISTRATORS)
async def test_how_the_service_is_administrators_are_told(
    sqlite_database: Database, place: Place, question: str
) -> None:
    for role in Role:
        answer = await ask(
            sqlite_database,
            Person(999, "", grants=(Grant(role, place.country),)),
            place,
            ADMINISTRATORS[question],
        )
        assert (answer is not None) == (role is Role.ADMIN)


@pytest.mark.parametrize("question", GUARDED)
async def test_an_area_is_seen_by_its_own_and_from_above_never_from_beside(
    sqlite_database: Database, place: Place, question: str
) -> None:
    role, asked = GUARDED[question]
    for area, seen in ((place.hamlet, True), (place.commune, True), (place.beside, False)):
        reader = Person(999, "", grants=(Grant(role, area),))
        answer = await ask(sqlite_database, reader, place, asked)
        assert (answer is not None) == seen, f"{question} by {role} of {area}: {answer}"
    assert await ask(sqlite_database, Person(999, ""), place, asked) is None


@pytest.mark.parametrize("question", OWN)
async def test_what_is_somebodys_own_nobody_else_sees(
    sqlite_database: Database, place: Place, question: str
) -> None:
    everything = Person(999, "", grants=tuple(Grant(role, place.country) for role in Role))
    assert await ask(sqlite_database, everything, place, OWN[question]) is None


@pytest.mark.parametrize("question", WHOLE)
async def test_what_belongs_to_no_area_is_for_who_is_there_for_all(
    sqlite_database: Database, place: Place, question: str
) -> None:
    for area, seen in ((place.country, True), (place.commune, False)):
        reader = Person(999, "", grants=(Grant(Role.ADMIN, area),))
        assert (await ask(sqlite_database, reader, place, WHOLE[question]) is not None) == seen
