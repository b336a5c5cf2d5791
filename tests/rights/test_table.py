"""Who may do what, tried: everything that can be said to the bot, by everybody, at the real desk on a real
database, held against a table that people read (`tests/data/rights.tsv`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlmodel import SQLModel

from bot.app import facts
from bot.channels.base import Limits
from bot.desk import Desk, World
from bot.render import from_json
from content.knowledge import load
from content.people import Role
from content.words import say
from handlers import routes
from storage import outbox, people
from storage.articles import Answers
from storage.database import Connection, Database, Statement
from tests.rights.place import HELD, NOW, OWNERS, ROLES, SECRETS, WHERE, Place, furnish
from tests.rights.said import incoming, lines, names_a_target

TABLE = Path(__file__).parent.parent / "data" / "rights.tsv"
LEGEND = """\
# Who may do what. Everything below was said to the bot by everybody, and the bot did it for those named.
# What is in braces is of ấp 1, xã Bình Hòa. Letters: for what area the role is held.
#   V the country, P its province, X xã Bình Hòa, A ấp 1;
#   beside them: a ấp 2, x another commune, p another province.
# "owner": the member who made survey and draft and took the ticket, the citizen who asked for help, the admin
#   who sent the questionnaire. Behind "/" are those for whom something is written.
# "-": a courteous refusal, and nothing changes. Made by `pytest tests/rights/test_table.py --update`.
"""
REFUSALS = (
    "routes.only_survey", "routes.only_see-progress", "routes.only_see-digest", "routes.only_broadcast",
    "routes.only_manage-reminders", "routes.only_manage", "routes.past", "routes.no_such",
    "routes.only_see-people", "people.gone", "people.elsewhere", "teams.gone", "start.locked",
    "routes.nothing_open", "routes.no_more", "routes.other_file",
    "visits.not_here", "visits.not_mine", "visits.draft_gone",
    "survey.not_yours", "survey.gone", "survey.past", "digest.not_yours", "progress.not_yours",
    "reminders.not_yours", "reminders.gone", "tickets.gone", "admin.gone", "admin.not_yours", "howto.gone",
    "picking.no_fixes", "start.code_unknown", "joining.no_invitation", "start.code_locked",
    "articles.not_yours", "articles.published_already",
    "routes.only_assign", "routes.only_invite", "assigning.gone", "assigning.not_yours", "crew.gone",
    "crew.not_yours", "admin.no_such_invitation",
)  # fmt: skip
"""The sentences by which something is refused."""

ALWAYS = {"account", "inbox", "outbox", "person", "talk"}
"""Tables that any message touches: that somebody spoke, and what they were answered."""
EVERYTHING = {
    table.name: Statement(select(*table.c).order_by(*table.primary_key.columns))
    for table in SQLModel.metadata.sorted_tables
    if table.name not in ALWAYS
}

_TOUCHED = text("SELECT name FROM touched LIMIT 1")
_YOU = [say("vi", "speech.citizen"), say("vi", "speech.team")]


@dataclass(slots=True)
class Answer:
    """What came of it: the bot's words, and whether anything but the talk is different."""

    texts: list[str]
    changed: bool

    @property
    def refused(self) -> bool:
        return any(text in refusals() for text in self.texts) or not self.texts


class Undo(Exception):
    """Nothing of the attempt stays."""


def refusals() -> set[str]:
    return {say("vi", key, you=you, You=you[:1].upper() + you[1:]) for key in REFUSALS for you in _YOU}


@dataclass(slots=True)
class Attempts:
    """Says everything to the desk, in one transaction, and takes each back."""

    desk: Desk
    conn: Connection
    place: Place
    before: str = ""

    def __post_init__(self) -> None:
        watch(self.conn)
        self.before = stands(self.conn)

    def attempt(self, who: str, line: str) -> Answer:
        answers: list[Answer] = []
        try:
            with self.conn.savepoint():
                said = incoming(line, self.place, who)
                account = people.account(self.conn, "text", who)
                assert account is not None
                before = outbox.since(self.conn, account.id, 0)
                self.desk._turn(self.conn, said)
                rows = outbox.since(self.conn, account.id, before[-1].id if before else 0)
                texts = [from_json(row.body).text for row in rows]
                changed = bool(self.conn.one(_TOUCHED)) and stands(self.conn) != self.before
                answers.append(Answer(texts, changed))
                raise Undo
        except Undo:
            return answers[0]


def watch(conn: Connection) -> None:
    """From here on the database itself notes when a table is written to: what was not need not be read."""
    conn.run(text("CREATE TEMP TABLE touched (name TEXT)"))
    for name in EVERYTHING:
        for verb in ("INSERT", "UPDATE", "DELETE"):
            conn.run(
                text(
                    f"CREATE TEMP TRIGGER touched_{name}_{verb} AFTER {verb} ON main.{name} "
                    f"BEGIN INSERT INTO touched VALUES ('{name}'); END"
                )
            )


def stands(conn: Connection) -> str:
    """All that is kept, but for the talks themselves, as one number."""
    found = hashlib.blake2b()
    for name, every in EVERYTHING.items():
        for row in conn.all(every):
            found.update(repr((name, tuple(row))).encode())
    return found.hexdigest()


async def tried(database: Database) -> dict[str, dict[str, Answer]]:
    """What came of every line, said by everybody."""
    ids = iter(range(1, 10**6))
    world = World(lambda: NOW, lambda: str(UUID(int=next(ids) << 96)))
    limits = Limits(text=4096, buttons=100, row=4, button_label=60)
    desk = Desk(database, routes.handle, facts(Answers(load)), {"text": limits}, world, lambda _: None)

    def all_of_it(conn: Connection) -> dict[str, dict[str, Answer]]:
        attempts = Attempts(desk, conn, furnish(conn))
        everybody = ("citizen", *HELD, *OWNERS)
        return {
            line: {who: attempts.attempt(who, line) for who in everybody}
            for line in lines()
            if not line.startswith("#")
        }

    return await database.write(all_of_it)


def table(found: dict[str, dict[str, Answer]]) -> str:
    """As people read it."""
    rows = ["\t".join(("said", *Role, "owner"))]
    for line in lines():
        if line.startswith("#"):
            rows += ["", line]
            continue
        answers = found[line]
        cells = [_cell({"yes": answers["citizen"]})]
        cells += [_cell({letter: answers[f"{role}@{letter}"] for letter in WHERE}) for role in ROLES]
        cells.append(_cell({who.removeprefix("its "): answers[who] for who in OWNERS}, " "))
        rows.append("\t".join((line, *cells)))
    return LEGEND + "\n".join(rows) + "\n"


def _cell(answers: Mapping[str, Answer], between: str = "") -> str:
    """For whom it is done / for whom something is written."""
    may = [name for name, answer in answers.items() if not answer.refused]
    writes = [name for name, answer in answers.items() if answer.changed]
    return "/".join(filter(None, (between.join(may), between.join(writes)))) or "-"


@pytest.mark.timeout(900)  # thousands of turns, and on a busy machine they take their time
async def test_everything_by_everybody(sqlite_database: Database, request: pytest.FixtureRequest) -> None:
    found = await tried(sqlite_database)
    made = table(found)
    if request.config.getoption("--update"):
        TABLE.write_text(made, "utf-8")
    assert made == TABLE.read_text("utf-8"), "look at the difference: who may do more, or less, than before?"
    for line, answers in found.items():
        for who, answer in answers.items():
            _nothing_slips(line, who, answer)


def _nothing_slips(line: str, who: str, answer: Answer) -> None:
    if answer.refused:
        assert not answer.changed, f"{who} was refused “{line}”, and yet something changed"
    if names_a_target(line) and who[-2:] in {"@a", "@x", "@p"}:
        assert answer.refused, f"“{line}” is done for {who}, who is beside it: {answer.texts}"
    if who == "citizen" or who[-2:] in {"@a", "@x", "@p"}:
        told = "\n".join(answer.texts)
        assert not [secret for secret in SECRETS if secret in told], f"“{line}” tells {who} too much: {told}"
