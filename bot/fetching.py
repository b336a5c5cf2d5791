"""Photos and files that came in: had from their channel, pictures cleaned, kept, passed on in a ticket."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.base import Attachment, Channel
from bot.desk import Desk
from bot.origin import Recipient
from bot.photos import NotAPhoto, clean
from content.people import Person
from content.words import say
from handlers.talk import Attached, Choice, Reply
from storage import people, photos, tickets
from storage.database import Connection, Database
from storage.photos import Pending

log = logging.getLogger(__name__)

LOOK = 3.0
"""Seconds between looks for photos to fetch."""
_AT_ONCE = 10


@dataclass(slots=True)
class Fetching:
    """Fetches for the channels given; `desk` tells people of photos in their tickets."""

    database: Database
    channels: Mapping[str, Channel]
    desk: Desk

    async def once(self) -> bool:
        """Fetches the photos that wait longest; False where none waits, or one was not had: it is tried again
        at the next look."""
        waiting = await self.database.read(lambda conn: photos.pending(conn, _AT_ONCE))
        had = [await self._fetch(photo) for photo in waiting]
        return bool(had) and all(had)

    async def _fetch(self, photo: Pending) -> bool:
        channel = self.channels.get(photo.channel)
        try:
            if photo.data is not None:
                data = photo.data
            elif channel is not None:
                data = await channel.fetch(Attachment(photo.ref))
            else:
                return False
            cleaned = await asyncio.to_thread(clean, data) if photo.name.endswith(".jpg") else data
        except (OSError, NotAPhoto) as error:
            log.warning("photo %s of %s not had this time: %s", photo.name, photo.channel, error)
            woken, had = await self.database.write(lambda conn: self._failed(conn, photo)), False
        else:
            woken, had = await self.database.write(lambda conn: self._had(conn, photo, cleaned)), True
        for name in woken:
            self.desk.wake(name)
        return had

    def _had(self, conn: Connection, photo: Pending, cleaned: bytes) -> set[str]:
        photos.store(conn, photo.name, cleaned)
        ticket = tickets.find(conn, photo.ticket_id) if photo.ticket_id else None
        if ticket is None or ticket.status == "closed":
            return set()
        by = "citizen" if photo.person_id == ticket.citizen_id else "team"
        other = ticket.taken_by if by == "citizen" else ticket.citizen_id
        attached = Attached(photo.name, "image/jpeg", cleaned)
        return self._tell(conn, other, photo, f"tickets.photo_by_{by}", attached)

    def _failed(self, conn: Connection, photo: Pending) -> set[str]:
        photos.failed(conn, photo.name)
        if photo.ticket_id is None or not photos.is_lost(conn, photo.name):
            return set()
        return self._tell(conn, photo.person_id, photo, "tickets.photo_lost")

    def _tell(
        self,
        conn: Connection,
        person_id: int | None,
        photo: Pending,
        key: str,
        attached: Attached | None = None,
    ) -> set[str]:
        """Tells somebody of a photo in a ticket, on every account of theirs; the channels that are woken."""
        person: Person | None = (
            people.find(conn, person_id, self.desk.world.now().date()) if person_id else None
        )
        woken = set()
        for account in people.accounts(conn, person.id) if person else ():
            if person and account.reachable:
                way = Choice(say(person.locale, "tickets.do_write"), f"ticket:write:{photo.ticket_id}")
                reply = Reply(say(person.locale, key), (way,), attached=attached)
                to = Recipient(account.id, account.channel, person.locale)
                self.desk.enqueue(conn, to, reply, "reply", f"ticket/{key}/{photo.name}/{account.id}")
                woken.add(account.channel)
        return woken
