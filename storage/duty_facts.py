"""What handlers may look up of teams and of who holds which household: `handlers.duties.DutyFacts`."""

from collections.abc import Mapping, Sequence

from content.assigning import Hand, Holder, Load
from content.people import inviting
from storage import assignments, crews
from storage.reader import ForReader


class StoredDuties(ForReader):
    """The part of `storage.facts.StoredFacts` that is about teams."""

    def hands(self, area_id: int) -> Sequence[Hand]:
        """Who works under the area, and who is invited there by name."""
        self._must("assign", area_id)
        return crews.hands(self._conn, area_id, self._today)

    def loads(self, area_id: int, form: str) -> Mapping[int, Mapping[Holder | None, Load]]:
        """By hamlet under the area: how many households each holds, and how many of those are done."""
        self._must("assign", area_id)
        return assignments.loads(self._conn, area_id, form, self._today)

    def own_loads(self, form: str) -> Mapping[int, Load]:
        """By hamlet: how many households whoever speaks holds, and how many of those are done."""
        return assignments.own(self._conn, self._reader.id, form)

    def invitee(self, invitation_id: int) -> Hand | None:
        """Who was invited by name with that number and has not joined."""
        found = crews.waiting(self._conn, invitation_id)
        if found is None or not self._may(inviting(found.role), found.area_id):
            return None
        holder = Holder("invitation", found.id)
        return Hand(holder, found.name, found.role, found.area_id, found.team, found.expires_at)
