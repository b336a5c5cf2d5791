"""What handlers may look up of people with roles: `handlers.staff.StaffFacts`."""

from collections.abc import Sequence

from content.people import NotAllowed, reach
from content.staff import Burden, Card, Colleague, Held, Merging, Team
from storage import merging, staff, teams
from storage.reader import ForReader


class StoredStaff(ForReader):
    """The part of `storage.facts.StoredFacts` about people with roles."""

    def staff(self) -> Sequence[Colleague]:
        """Everybody with a role where the reader may see who works there."""
        return staff.active(self._conn, reach(self._reader, "see-people"), self._today)

    def former_staff(self) -> Sequence[Colleague]:
        """Everybody without a role who held one where the reader administers."""
        return staff.former(self._conn, reach(self._reader, "manage"), self._today)

    def card(self, person_id: int) -> Card | None:
        """One of those."""
        found = staff.find(self._conn, person_id, self._today)
        if found is None or not self._sees(found):
            return None
        return staff.card(self._conn, found)

    def _sees(self, one: Colleague) -> bool:
        action = "see-people" if one.state == "active" else "manage"
        return any(self._may(action, held.grant.area_id) for held in one.held)

    def burden(self, person_id: int) -> Burden:
        """What somebody has open."""
        found = staff.find(self._conn, person_id, self._today)
        theirs = [held.grant.area_id for held in found.held] if found else []
        if person_id != self._reader.id and not any(self._may("manage", area_id) for area_id in theirs):
            raise NotAllowed(f"what person {person_id} has open")
        return staff.burden(self._conn, person_id, self._now)

    def merging(self, stays: int, goes: int) -> Merging:
        """What would pass from one to the other."""
        for number in (stays, goes):
            found = staff.find(self._conn, number, self._today)
            if found is None or not all(self._may("manage", held.grant.area_id) for held in found.held):
                raise NotAllowed(f"to merge person {number}")
        return merging.look(self._conn, stays, goes, self._today)

    def is_locked(self) -> bool:
        """Whether the reader's own roles were taken away."""
        return staff.locked(self._conn, self._reader.id) is not None

    def own_roles(self) -> Sequence[Held]:
        """The roles that the reader holds today."""
        found = staff.find(self._conn, self._reader.id, self._today)
        return found.held if found and found.state == "active" else ()

    def teams(self) -> Sequence[Team]:
        """The teams where the reader may see who works there."""
        return teams.under(self._conn, reach(self._reader, "see-people"), self._today)

    def team(self, team_id: int) -> Team | None:
        """One of those."""
        found = teams.find(self._conn, team_id, self._today)
        return found if found and self._may("see-people", found.area_id) else None
