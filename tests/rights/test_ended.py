"""A role that ends in the middle of a dialogue: what is answered after that writes nothing by that role."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from bot.app import facts
from bot.channels.base import Incoming, Limits
from bot.desk import Desk, World, load_doing
from bot.render import from_json
from content.knowledge import load
from handlers import routes
from storage import outbox, people
from storage.articles import Answers
from storage.database import Connection, Database, table
from storage.tables import GrantRow, TalkRow
from tests.rights.place import HELD, NOW, Place, furnish
from tests.rights.said import incoming, lines
from tests.rights.test_table import EVERYTHING, Undo

ANSWERS = ("1", "A", "Họp tổ lúc tám giờ", "2", "25/11/2026", "3", "GỬI", "đồng ý", "8:00", "1")
"""Tried one after the other at whatever is asked: between them they get to the end of every dialogue."""
OWN = {"survey", "correct", "pick", "support", "join", "rename"}
"""Dialogues about one's own: a questionnaire is put aside, anybody asks for help and is called by a name."""
FREE = ("question", "verdict", "draft", "consent", "talk", "occasion", "proposal")
"""What anybody's talk may leave: questions without who asked, what they put aside, what they agreed to."""

_talk, _grant = table(TalkRow), table(GrantRow)


def kept(conn: Connection) -> dict[str, str]:
    every = {name: rows for name, rows in EVERYTHING.items() if name not in FREE}
    return {name: repr([tuple(row) for row in conn.all(rows)]) for name, rows in every.items()}


def openers() -> Iterator[tuple[str, str]]:
    for line in lines():
        if not line.startswith("#"):
            for who in (
                *(key for key in HELD if key.endswith(("@X", "@V", "@A"))),
                "its member",
                "its admin",
            ):
                yield line, who


class Trial:
    """One dialogue, opened by who may, and gone on with by who may no more."""

    def __init__(self, desk: Desk, conn: Connection, place: Place) -> None:
        self.desk, self.conn, self.place = desk, conn, place
        self.number = 0

    def purpose(self, person_id: int) -> str | None:
        row = self.conn.one(select(_talk.c.doing).where(_talk.c.person_id == person_id))
        doing = load_doing(row.doing) if row else None
        return doing.purpose if doing else None

    def say(self, who: str, text: str) -> None:
        self.number += 1
        self.desk._turn(self.conn, Incoming("text", f"ended {self.number}", who, NOW, text=text))

    def told(self, account_id: int) -> list[str]:
        return [from_json(row.body).text for row in outbox.since(self.conn, account_id, 0)]

    def run(self, line: str, who: str) -> str | None:
        """The purpose of the dialogue that was opened; None where none was."""
        account = people.account(self.conn, "text", who)
        assert account is not None
        self.desk._turn(self.conn, incoming(line, self.place, who))
        opened = self.purpose(account.person_id)
        if opened is None or opened in OWN:
            return None
        self.conn.run(_grant.delete().where(_grant.c.person_id == account.person_id))
        before = kept(self.conn)
        for answer in ANSWERS:
            self.say(who, answer)
        after = kept(self.conn)
        changed = [name for name in after if after[name] != before[name]]
        assert not changed, f"“{line}” by {who} without a role wrote {changed}: {self.told(account.id)}"
        return opened


async def test_what_is_answered_after_a_role_ended_writes_nothing(sqlite_database: Database) -> None:
    ids = iter(range(1, 10**6))
    world = World(lambda: NOW, lambda: str(UUID(int=next(ids) << 96)))
    limits = {"text": Limits(text=4096, buttons=100, row=4, button_label=60)}
    desk = Desk(sqlite_database, routes.handle, facts(Answers(load)), limits, world, lambda _: None)

    def all_of_it(conn: Connection) -> set[str]:
        trial, tried = Trial(desk, conn, furnish(conn)), set[str]()
        for line, who in openers():
            try:
                with conn.savepoint():
                    opened = trial.run(line, who)
                    tried |= {opened} if opened else set()
                    raise Undo
            except Undo:
                pass
        return tried

    tried = await sqlite_database.write(all_of_it)
    assert {
        "remind",
        "pause",
        "subscribe",
        "broadcast",
        "publish",
        "trial",
        "invite",
        "visit",
        "close",
    } <= tried
