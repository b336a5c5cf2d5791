"""Who hears of a submission that can't be counted: the member who sent it, and who leads them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.desk import Desk
from content.people import Person, allowed
from content.words import say
from handlers.talk import Reply
from storage import areas, people
from storage.collected import Collected
from storage.database import Connection


@dataclass(frozen=True, slots=True)
class Teller:
    """Puts it into the outbox, through the desk."""

    desk: Desk

    def __call__(self, conn: Connection, member: Person, parked: Collected) -> None:
        """Tells them, each once however often it is called."""
        assert parked.problem is not None
        why = parked.problem.told(member.locale)
        self._tell(conn, member, parked, say(member.locale, "offline.told_member", why=why))
        for leader in _leaders(conn, member, self.desk.world.now().date()):
            why = parked.problem.told(leader.locale)
            text = say(leader.locale, "offline.told_leader", name=member.name, why=why, id=parked.instance_id)
            self._tell(conn, leader, parked, text)

    def _tell(self, conn: Connection, person: Person, parked: Collected, text: str) -> None:
        for to in self.desk.recipients(conn, person):
            self.desk.enqueue(conn, to, Reply(text), "reply", f"parked/{parked.instance_id}/{to.account_id}")


def _leaders(conn: Connection, member: Person, today: date) -> Iterator[Person]:
    """The leaders of the member's teams; where there are none, the administrators."""
    above = {area.id for grant in member.grants for area in areas.path(conn, grant.area_id, today)}
    leaders = [
        leader
        for leader in people.who_may(conn, "lead", today)
        if leader.id != member.id and allowed(leader, "lead", above)
    ]
    yield from leaders or people.who_may(conn, "manage", today)
