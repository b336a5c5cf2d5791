"""What people ask, and who answers: the articles of the bot, or somebody of the team; effects and facts.

Part of the contract in `handlers.turn`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, Protocol

from content.article import Article
from content.people import Person
from content.questions import Asked, Proposal, Verdict
from content.tickets import Level, NewTicket, Side, Ticket
from content.tickets import Line as TicketLine
from content.values import dataclass
from handlers.talk import Topic

# --------------------------------------------------------------------------- what is to be written


@dataclass(frozen=True, slots=True)
class NoteQuestion:
    """A citizen's question and what came of it, without who asked: it feeds the content and the digest."""

    text: str
    outcome: Literal["sure", "unsure", "unknown"]
    article: str | None = None


@dataclass(frozen=True, slots=True)
class KeepTopic:
    """What is talked about from now on: "and then?" asks about it."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class NoteHelped:
    """Whether an answer helped, without who says so."""

    article: str
    helped: bool


@dataclass(frozen=True, slots=True)
class Propose:
    """What an admin may make content of: a "question" (another way of asking for the article), or what was
    done for somebody, for an "article" that there is not yet.
    """

    kind: Literal["question", "article"]
    text: str
    article: str | None = None


@dataclass(frozen=True, slots=True)
class SettleProposal:
    """An admin has taken up the proposal of that number, or refused it."""

    number: int
    taken: bool


@dataclass(frozen=True, slots=True)
class PublishManuscripts:
    """The articles of the checked file are told from now on."""

    sheet_id: str


@dataclass(frozen=True, slots=True)
class PublishArticle:
    """This version of the article is told from now on; `why` it was made, for the record of who did what."""

    article: Article
    why: Literal["question", "checked"]


@dataclass(frozen=True, slots=True)
class WithdrawArticle:
    """The published version of that number is told no more."""

    number: int


@dataclass(frozen=True, slots=True)
class AskTeam:
    """A question to a person. `ticket_id` is a UUID; `level` the highest that is told with this turn."""

    ticket_id: str
    ticket: NewTicket
    level: Level


@dataclass(frozen=True, slots=True)
class TakeTicket:
    """The person who speaks will help."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class WaitTicket:
    """The ticket waits for a helper again: given back by who had it, or reopened by who asked. `level` is the
    highest that is told of it with this turn.
    """

    ticket_id: str
    level: Level


@dataclass(frozen=True, slots=True)
class SayInTicket:
    """What was said in it, by which side."""

    ticket_id: str
    by: Side
    text: str


@dataclass(frozen=True, slots=True)
class BookVisit:
    """When somebody comes: the day, and the whole in words."""

    ticket_id: str
    on: date
    when: str


@dataclass(frozen=True, slots=True)
class CloseTicket:
    """It is done: what was done."""

    ticket_id: str
    outcome: str


AskingEffect = (
    NoteQuestion
    | KeepTopic
    | NoteHelped
    | Propose
    | SettleProposal
    | PublishManuscripts
    | PublishArticle
    | WithdrawArticle
    | AskTeam
    | TakeTicket
    | WaitTicket
    | SayInTicket
    | BookVisit
    | CloseTicket
)


# --------------------------------------------------------------------------- what may be looked up


class AskingFacts(Protocol):
    """What a handler may look up of questions, of who helps, and of tickets."""

    def person(self, person_id: int) -> Person | None:
        """Somebody, with the roles they hold today."""
        ...

    def helpers(self, area_id: int) -> Sequence[Person]:
        """Everybody who holds a role today in the area or in one that it lies in."""
        ...

    def ticket(self, ticket_id: str) -> Ticket | None:
        """A ticket as it stands; until the turn ends nobody else changes it."""
        ...

    def ticket_lines(self, ticket_id: str) -> Sequence[TicketLine]:
        """What was said in it, oldest first."""
        ...

    def my_tickets(self, person_id: int) -> Sequence[Ticket]:
        """What this person asked the team for, newest first."""
        ...

    def taken_tickets(self, person_id: int) -> Sequence[Ticket]:
        """What this person has taken and not closed, oldest first."""
        ...

    def waiting_tickets(self, area_ids: Sequence[int]) -> Sequence[Ticket]:
        """What nobody has taken yet in these areas and all that lies under them, oldest first."""
        ...

    def asked(self, area_id: int, monday: date) -> Sequence[Asked]:
        """What was asked in the week by people of the area, without who; at the top of the tree also by those
        of whom no area is known.
        """
        ...

    def verdicts(self, area_id: int, monday: date) -> Sequence[Verdict]:
        """Which answers helped in the week and which did not, as `asked`."""
        ...

    def proposals(self) -> Sequence[Proposal]:
        """What may become content and no admin has settled yet, oldest first."""
        ...
