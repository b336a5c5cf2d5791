"""One process at a time does what only one may: delivers on a channel, minds the clock, asks a platform that
is polled. When it dies, another takes over within seconds. Workers share the channels: who has none is given
one by who has several.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from bot.channels.base import Hear, Polled
from storage.database import Database, Lease, Unavailable

log = logging.getLogger(__name__)

NAME = "worker"
"""Under this name one leads who minds the clock. As long as any worker runs, somebody holds it."""
LISTENER = "listener"
SPARE = "spare"
"""Held by a worker that has no channel and waits for one."""
LOOK = 1.0
"""Seconds between looks: whether we still lead, or may."""
REST = 3 * LOOK
"""Seconds for which who gave leadership away does not run for it."""


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
    """Runs for leadership under a name until stopped, and does the duties, in their order, while it has
    it."""

    database: Database
    duties: Sequence[Duty]
    name: str = NAME
    _lease: Lease | None = None
    _begun: list[Duty] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _rests_until: float = 0.0

    @property
    def leads(self) -> bool:
        """Whether it has it."""
        return self._lease is not None

    async def start(self) -> None:
        """Leads at once where nobody does. Raises Unavailable."""
        self._stopping.clear()
        await self._look()
        self._task = asyncio.create_task(_every_look(self._look, self._stopping), name=f"leading {self.name}")

    async def stop(self) -> None:
        """Ends the duties, then gives leadership back, so that another goes on without a gap."""
        self._stopping.set()
        if self._task is not None:
            await self._task
            self._task = None
        async with self._looking:
            await self._end()

    async def give(self) -> None:
        """Ends the duties and leaves leadership to another; runs for it again if nobody takes it."""
        async with self._looking:
            self._rests_until = asyncio.get_running_loop().time() + REST
            await self._end()

    async def _look(self) -> None:
        async with self._looking:
            if self._lease is not None and not await self._lease.holds():
                log.error("leadership of %s is lost: another process goes on", self.name)
                await self._end()
            if self._lease is None and asyncio.get_running_loop().time() >= self._rests_until:
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


@dataclass(slots=True)
class Sharing:
    """The leaderships that workers share out: one of a worker that has several goes to one that has none."""

    database: Database
    posts: Sequence[Leading]
    _waits: Lease | None = None
    _wanted: int = 0
    _task: asyncio.Task[None] | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Leads at once where nobody does. Raises Unavailable."""
        self._stopping.clear()
        for post in self.posts:
            await post.start()
        self._task = asyncio.create_task(_every_look(self._look, self._stopping), name="sharing")

    async def stop(self) -> None:
        """Gives all of them back, with their duties ended."""
        self._stopping.set()
        if self._task is not None:
            await self._task
            self._task = None
        await self._wait_no_more()
        await asyncio.gather(*(post.stop() for post in self.posts))

    async def _look(self) -> None:
        led = [post for post in self.posts if post.leads]
        if led:
            await self._wait_no_more()
        elif self._waits is None:
            self._waits = await self.database.lead(SPARE)
        # Twice in a row: once may be another one that looks, as we do.
        self._wanted = self._wanted + 1 if len(led) > 1 and await self._somebody_waits() else 0
        if self._wanted == 2:
            self._wanted = 0
            log.info("%s goes to a worker that has no channel", led[-1].name)
            await led[-1].give()

    async def _somebody_waits(self) -> bool:
        lease = await self.database.lead(SPARE)
        if lease is None:
            return True
        await lease.release()
        return False

    async def _wait_no_more(self) -> None:
        waits, self._waits = self._waits, None
        if waits is not None:
            await waits.release()


async def _every_look(look: Callable[[], Awaitable[None]], stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), LOOK)
        if not stopping.is_set():
            try:
                await look()
            except Unavailable as error:
                log.error("no leadership without the database, trying again: %s", error)
            except Exception:
                log.exception("running for leadership: a fault of ours; trying again")
