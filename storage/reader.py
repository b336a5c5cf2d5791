"""On whose behalf handlers look something up: what every part of `storage.facts.StoredFacts` stands on."""

from abc import abstractmethod
from datetime import date, datetime, tzinfo

from content.people import NotAllowed, Person
from storage.database import Connection
from storage.shelf import Shelf


class ForReader:
    """One turn's transaction and its moment, who reads, and what they may; `StoredFacts` fills it in."""

    _conn: Connection
    _shelf: Shelf
    _reader: Person
    _zone: tzinfo
    _now: datetime
    _today: date

    @abstractmethod
    def _may(self, action: str, area_id: int) -> bool: ...

    @abstractmethod
    def _must(self, action: str, area_id: int) -> None: ...

    @abstractmethod
    def _everywhere(self, action: str) -> bool: ...

    def _is_own(self, person_id: int) -> None:
        if person_id != self._reader.id:
            raise NotAllowed("what belongs to somebody else")
