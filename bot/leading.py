"""One process at a time does what only one may: delivers and minds the clock, asks a platform that is polled.
When it dies, another takes over within seconds.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from bot.channels.base import Hear, Polled
from storage.database import Database, Lease, Unavailable

log = logging.getLogger(__name__)

NAME = "worker"
LISTENER = "listener"
LOOK = 1.0
"""Seconds between looks: whether we still lead, or may."""


class Duty(Protocol):
    """What only the leader does. It can be begun again after it was stopped."""

    async def start(self) -> None:
        """Begins."""
        ...

    async def stop(self) -> None:
        """Finishes what is under way, then ends."""
        ...


@dataclass(slots=True)
class Asking:
    """The duty of whoever asks a polled platform."""

    channel: Polled
    hear: Hear

    async def start(self) -> None:
        """Begins to ask."""
        await self.channel.listen(self.hear)

    async def stop(self) -> None:
        """What was heard is handled to its end."""
        await self.channel.hush()


@dataclass(slots=True)
class Leading:
    """Runs for leadership until stopped, and does the duties, in their order, while it has it."""

    database: Database
    duties: Sequence[Duty]
    name: str = NAME
    _lease: Lease | None = None
    _begun: list[Duty] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Leads at once where nobody does. Raises Unavailable."""
        self._stopping.clear()
        await self._look()
        self._task = asyncio.create_task(self._run(), name="leading")

    async def stop(self) -> None:
        """Ends the duties, then gives leadership back, so that another goes on without a gap."""
        self._stopping.set()
        if self._task is not None:
            await self._task
            self._task = None
        await self._end()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK)
            if not self._stopping.is_set():
                try:
                    await self._look()
                except Unavailable as error:
                    log.error("no leadership without the database, trying again: %s", error)
                except Exception:
                    log.exception("running for leadership: a fault of ours; trying again")

    async def _look(self) -> None:
        if self._lease is not None and not await self._lease.holds():
            log.error("leadership is lost: another %s goes on", self.name)
            await self._end()
        if self._lease is None:
            self._lease = await self.database.lead(self.name)
            if self._lease is not None:
                await self._begin()

    async def _begin(self) -> None:
        try:
            for duty in self.duties:
                await duty.start()
                self._begun.append(duty)
        except BaseException:
            await self._end()
            raise

    async def _end(self) -> None:
        while self._begun:
            await self._begun.pop().stop()
        lease, self._lease = self._lease, None
        if lease is not None:
            await lease.release()
