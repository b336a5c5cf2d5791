"""Where effects come from: the turn, and how its messages leave; what every effect may need of it."""

from dataclasses import field
from typing import Protocol

from bot.channels.base import Incoming
from content.values import dataclass
from handlers.talk import Reply, Talk
from storage import audit, tickets
from storage.database import Connection


@dataclass(frozen=True, slots=True)
class Recipient:
    """An account, and the language its person is spoken to in."""

    account_id: int
    channel: str
    locale: str


class Enqueue(Protocol):
    """Puts a reply into the outbox; with a `key`, once however often it is called."""

    def __call__(
        self, conn: Connection, to: Recipient, reply: Reply, kind: str = "reply", key: str | None = None
    ) -> None: ...


@dataclass(slots=True)
class Origin:
    """The turn that the effects come from. `added` maps the keys of its new households to their ids."""

    talk: Talk
    incoming: Incoming
    enqueue: Enqueue
    added: dict[str, int] = field(default_factory=dict)


def note(  # noqa: PLR0913, PLR0917 - an entry has so many parts
    conn: Connection, origin: Origin, action: str, subject: str, before: str = "", after: str = ""
) -> None:
    """Writes down who did what, in the turn's own transaction."""
    talk = origin.talk
    audit.append(conn, audit.Entry(talk.now, talk.person.id, talk.channel, action, subject, before, after))


def where(conn: Connection, origin: Origin) -> int | None:
    """The area that a question is counted for: that of the person's work, else the one they named last."""
    person = origin.talk.person
    return person.grants[0].area_id if person.grants else tickets.home(conn, person.id)
