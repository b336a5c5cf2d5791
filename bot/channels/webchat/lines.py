"""One open page of the web chat: a bell, and what the page is told when it rings."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.channels.base import Shown
from bot.channels.webchat import wire

log = logging.getLogger(__name__)

OVERLAP = 200
"""Ids that are read again at every look: transactions commit in another order than they take their ids, and a
reply may overtake a digest. The line, and the page, leave out what they have shown."""
PING = 15.0
"""Seconds after which the page is told that the line is alive: a phone notices a dead one only by silence."""


@dataclass(slots=True, eq=False)
class Line:
    """Tells one page what the bot says to its person.

    `missed` gives what was said under ids above a number, oldest first; the page has seen everything up to
    `after`. Where nobody rings, the line looks after `look_again` seconds.
    """

    socket: web.WebSocketResponse
    missed: Callable[[int], Awaitable[Sequence[Shown]]]
    after: int
    look_again: Callable[[], float]
    _bell: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _notes: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=100), init=False)
    _told: set[int] = field(default_factory=set, init=False)
    _stale: bool = field(default=True, init=False)
    _open: bool = field(default=True, init=False)
    _pinged: float = field(default=0.0, init=False)

    def note(self, note: dict[str, Any]) -> None:
        """Tells the page something that is not in the outbox."""
        self._notes.append(note)
        self._bell.set()

    def look(self) -> None:
        """Something new may be in the outbox."""
        self._stale = True
        self._bell.set()

    def hang_up(self) -> None:
        """Ends the line; the page comes back by itself."""
        self._open = False
        self._bell.set()

    async def run(self) -> None:
        """Until the line ends: what was missed, then whatever comes."""
        try:
            await self._tell_news()
            await self.socket.send_json({"type": "ready", "empty": not self._told and not self.after})
            while self._open:
                await self._ping()
                try:
                    await asyncio.wait_for(self._bell.wait(), self.look_again())
                except TimeoutError:
                    self._stale = True
                self._bell.clear()
                await self._tell_news()
            await self.socket.close(code=1001)
        except ConnectionError:
            log.debug("a page went away while it was told something")
        except Exception:
            log.exception("a page could not be told what was said; it will ask again")
            await self.socket.close(code=1011)

    async def _tell_news(self) -> None:
        while self._notes:
            await self.socket.send_json(self._notes.popleft())
        if not self._stale:
            return
        self._stale = False
        last = max(self._told, default=self.after)
        for shown in await self.missed(max(0, last - OVERLAP)):
            if shown.id not in self._told:
                await self.socket.send_json(wire.told(shown))
                self._told.add(shown.id)
        last = max(self._told, default=self.after)
        self._told = {known for known in self._told if known > last - OVERLAP}

    async def _ping(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._pinged >= PING:
            await self.socket.send_json({"type": "ping"})
            self._pinged = now
