"""Photos that are answers: got from their channels, cleaned, and kept."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot import photos as pictures
from bot.channels.base import Attachment, Channel
from storage import photos
from storage.database import Database

log = logging.getLogger(__name__)

LOOK = 3.0
"""Seconds between looks for photos to fetch."""
_AT_ONCE = 10


@dataclass(slots=True)
class Fetching:
    """Fetches for the channels given."""

    database: Database
    channels: Mapping[str, Channel]

    async def once(self) -> bool:
        """Fetches the photos that wait longest; False where none waits, or one was not had: it is tried again
        at the next look."""
        waiting = await self.database.read(lambda conn: photos.pending(conn, _AT_ONCE))
        had = [await self._fetch(photo) for photo in waiting]
        return bool(had) and all(had)

    async def _fetch(self, photo: photos.Pending) -> bool:
        channel = self.channels.get(photo.channel)
        if channel is None:
            return False
        try:
            data = await channel.fetch(Attachment(photo.ref))
            cleaned = await asyncio.to_thread(pictures.clean, data)
        except (OSError, pictures.NotAPhoto) as error:
            log.warning("photo %s of %s not had this time: %s", photo.name, photo.channel, error)
            await self.database.write(lambda conn: photos.failed(conn, photo.name))
            return False
        await self.database.write(lambda conn: photos.store(conn, photo.name, cleaned))
        return True
