"""What handlers may look up of personal data: consents, what is kept on somebody, requests, and breaches."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from content.privacy import Breach, Consent, Held, Policy, Request
from storage import breaches, consents, holdings, households, requests
from storage.reader import ForReader

_MOST_BREACHES = 100


class CustodyFacts(ForReader):
    """The part of `storage.facts.StoredFacts` that is about people's own data."""

    def consents(self) -> Sequence[Consent]:
        """All that the reader agreed to in the chat."""
        return consents.of(self._conn, self._reader.id)

    def holdings(self) -> Sequence[Held]:
        """All that is kept on the reader."""
        return holdings.of(self._conn, self._reader.id)

    def policy(self) -> Policy:
        """How long things are kept."""
        return self._shelf.policy

    def takes_file(self, channel: str, ending: str) -> bool:
        """Whether the channel carries such files."""
        files = self._shelf.files.get(channel)
        return files is None or ending in files

    def requests(self) -> Sequence[Request]:
        """What was asked for where the reader administers and is not done."""
        return [self._dated(one) for one in requests.open_ones(self._conn) if self._administers(one.area_id)]

    def request(self, number: int) -> Request | None:
        """One of them."""
        one = requests.find(self._conn, number)
        return self._dated(one) if one and self._administers(one.area_id) else None

    def _administers(self, area_id: int | None) -> bool:
        return self._everywhere("manage") if area_id is None else self._may("manage", area_id)

    def _dated(self, one: Request) -> Request:
        return replace(one, asked_at=one.asked_at.astimezone(self._zone))

    def household_kept(self, household_id: int) -> Mapping[str, Any] | None:
        """All that is kept on a household."""
        found = households.find(self._conn, household_id)
        if found is None:
            return None
        self._must("see-households", found.area_id)
        return holdings.of_household(self._conn, household_id)

    def breaches(self) -> Sequence[Breach]:
        """The register where the reader administers."""
        return [
            one for one in breaches.newest(self._conn, _MOST_BREACHES) if self._may("manage", one.area_id)
        ]

    def breach(self, number: int) -> Breach | None:
        """One case of it."""
        one = breaches.find(self._conn, number)
        return one if one and self._may("manage", one.area_id) else None
