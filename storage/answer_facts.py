"""What handlers may look up of questions: the articles, what was asked, and the people behind the bot."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from content.article import Article
from content.authoring import Edition
from content.knowledge import Knowledge
from content.people import NotAllowed, Person, allowed
from content.questions import Asked, Proposal, Verdict
from content.tickets import HELPS, Line, Ticket
from storage import areas, articles, people, questions, tickets
from storage.reader import ForReader


class StoredAnswers(ForReader):
    """The part of `storage.facts.StoredFacts` about questions and who answers them."""

    def knowledge(self) -> Knowledge:
        """The approved answers as they stand; read at the first question."""
        return self._shelf.answers.get(self._conn)

    def manuscripts(self, sheet_id: str) -> Sequence[Article]:
        """What a file of articles holds that the reader sent and nobody has published yet."""
        return articles.drafts(self._conn, sheet_id, self._reader.id)

    def editions(self, most: int) -> Sequence[Edition]:
        """The articles published in the chat, newest first."""
        return articles.editions(self._conn, most) if allowed(self._reader, "manage") else ()

    def edition(self, number: int) -> tuple[Edition, str] | None:
        """One of them, and its file's text."""
        return articles.edition(self._conn, number) if allowed(self._reader, "manage") else None

    # ----------------------------------------------------------------- a person behind the bot

    def person(self, person_id: int) -> Person | None:
        """Somebody, with the roles they hold today."""
        return people.find(self._conn, person_id, self._today)

    def helpers(self, area_id: int) -> Sequence[Person]:
        """Everybody who holds a role today in the area or in one that it lies in."""
        path = [area.id for area in areas.path(self._conn, area_id, self._today)]
        return tickets.helpers(self._conn, path, self._today)

    def ticket(self, ticket_id: str) -> Ticket | None:
        """A ticket as it stands; until the turn ends nobody else changes it."""
        found = tickets.find(self._conn, ticket_id)
        if found is None or found.citizen_id == self._reader.id or self._may(HELPS, found.area_id):
            return found
        return None

    def ticket_lines(self, ticket_id: str) -> Sequence[Line]:
        """What was said in it."""
        return tickets.lines(self._conn, ticket_id) if self.ticket(ticket_id) else ()

    def my_tickets(self, person_id: int) -> Sequence[Ticket]:
        """What this person asked the team for, newest first."""
        self._is_own(person_id)
        return tickets.of_citizen(self._conn, person_id)

    def taken_tickets(self, person_id: int) -> Sequence[Ticket]:
        """What this person has taken and not closed."""
        self._is_own(person_id)
        return tickets.of_helper(self._conn, person_id)

    def waiting_tickets(self, area_ids: Sequence[int]) -> Sequence[Ticket]:
        """What nobody has taken yet in these areas and under them."""
        for area_id in area_ids:
            self._must(HELPS, area_id)
        return tickets.waiting(
            self._conn,
            sorted({one for area_id in area_ids for one in areas.under(self._conn, area_id, self._today)}),
        )

    # ----------------------------------------------------------------- what is asked

    def asked(self, area_id: int, monday: date) -> Sequence[Asked]:
        """What was asked in the week by people of the area."""
        self._must("see-digest", area_id)
        return questions.between(self._conn, *self._week(monday), self._counted(area_id))

    def verdicts(self, area_id: int, monday: date) -> Sequence[Verdict]:
        """Which answers helped in the week, and which did not."""
        self._must("see-digest", area_id)
        return questions.verdicts(self._conn, *self._week(monday), self._counted(area_id))

    def proposals(self) -> Sequence[Proposal]:
        """What may become content."""
        if not self._everywhere("manage"):
            raise NotAllowed("proposals come from the whole tree")
        return questions.proposals(self._conn)

    def _week(self, monday: date) -> tuple[datetime, datetime]:
        start = datetime.combine(monday, time(), self._zone)
        return start, start + timedelta(days=7)

    def _counted(self, area_id: int) -> list[int] | None:
        """The areas whose questions count; None, all, with those whose area nobody knows, at the top."""
        whole = len(areas.path(self._conn, area_id, self._today)) <= 1
        return None if whole else areas.under(self._conn, area_id, self._today)
