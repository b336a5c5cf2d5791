"""What handlers may look up of the service itself: who did what, and how it stands."""

from collections.abc import Mapping

from content.backups import Standing as Backups
from content.health import Health
from content.journal import Page, Wanted
from content.people import NotAllowed, allowed, reach
from storage import (
    areas,
    audit,
    backups,
    collected,
    journal,
    notes,
    outbox,
    parked,
    pulse,
    pushes,
    reaching,
    revisions,
)
from storage.journal import Sight
from storage.reader import ForReader


class WatchFacts(ForReader):
    """The part of `storage.facts.StoredFacts` that is about the service."""

    def acts(self, wanted: Wanted, before: int, limit: int) -> Page:
        """The newest acts that are wanted, as far as the reader administers where they were done."""
        within = None
        if wanted.area_id is not None:
            self._must("manage", wanted.area_id)
            within = self._under(wanted.area_id)
        return journal.page(self._conn, wanted, within, self._sight(), before, limit)

    def actors(self, wanted: Wanted) -> Mapping[int, str]:
        """Who did any of them."""
        return journal.everyone(self._conn, wanted, self._sight())

    def _sight(self) -> Sight:
        if not allowed(self._reader, "manage"):
            raise NotAllowed("the audit log")
        if self._everywhere("manage"):
            return Sight(self._reader.id, None, self._zone)
        held = (self._under(area_id) for area_id in reach(self._reader, "manage"))
        return Sight(self._reader.id, frozenset().union(*held), self._zone)

    def _under(self, area_id: int) -> frozenset[int]:
        return frozenset(areas.under(self._conn, area_id, self._today))

    def backups(self) -> Backups:
        """How it stands with the backups."""
        return backups.standing(self._conn)

    def health(self) -> Health:
        """How the service is: numbers, times and names of channels."""
        if not allowed(self._reader, "manage"):
            raise NotAllowed("the service's health")
        conn, now = self._conn, self._now
        machine = self._shelf.machine()
        queue = outbox.queue(conn, now)
        left, _, package = (notes.get(conn, f"{notes.QUOTA}zalo_oa") or "").partition("/")
        broken, odd = notes.get(conn, audit.CHECKED) or "", notes.get(conn, notes.RECOUNT) or "0"
        standing = revisions.standing(conn)
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return Health(
            machine=machine,
            channels=pulse.channels(conn, machine.channels, self._zone),
            waiting=sum(queue.waiting.values()),
            oldest=queue.oldest,
            held=queue.held,
            parked=parked.count(conn),
            uncounted=len(collected.parked(conn)),
            unpushed=pushes.counts(conn).get("refused", 0),
            odd_sums=int(odd),
            checked_at=notes.at(conn, notes.RECOUNT),
            broken=int(broken) if broken else None,
            backups=backups.standing(conn),
            left=int(left) if left else None,
            package=int(package or 0),
            spent=reaching.spent(conn, month),
            revision=standing.at,
            current=not standing.is_newer,
        )
