"""One process of tocns: how it starts, what it does while it lives, how it stops."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiohttp.web import Application, AppRunner

from bot import checking, fetching, memory, pulse, quotas, web, workshop
from bot import desk as desks
from bot import sender as senders
from bot.channels.base import Channel, Hear, Polled, invitation_links
from bot.checking import Checking
from bot.chores import keep_at
from bot.config import Settings
from bot.fetching import Fetching
from bot.leading import LISTENER, Asking, Leading, Sharing
from bot.metrics import Metrics
from bot.openrosa import OpenRosa, pushing
from bot.openrosa.pushing import Pusher
from bot.pulse import Pulse
from bot.quotas import Quotas
from bot.workshop import Workshop
from content.privacy import Policy
from storage import revisions
from storage.articles import Answers
from storage.database import Database, Unavailable

log = logging.getLogger(__name__)

Part = Literal["all", "web", "worker"]


DRAIN = 5.0
"""Seconds in which the last replies go out when the service is told to stop."""
LEAVE = 3.0
"""Seconds in which a balancer that asks `/health/ready` every second notices that it is to send no more."""


class NotReady(Exception):
    """The service can't start: what is missing, and the command that mends it."""


@dataclass(slots=True)
class Service:
    """One process of tocns, built and not yet started."""

    settings: Settings
    database: Database
    channels: Mapping[str, Channel]
    desk: desks.Desk
    sender: senders.Sender
    metrics: Metrics
    openrosa: OpenRosa
    leading: Leading
    sharing: Sharing
    answers: Answers
    beats: Pulse
    checkups: pulse.Checkups | None = None
    policy: Policy = field(default_factory=Policy)
    pusher: Pusher | None = None
    port: int = 0
    _started: list[Channel] = field(default_factory=list)
    _chores: list[asyncio.Task[None]] = field(default_factory=list)
    _runners: list[AppRunner] = field(default_factory=list)
    _asking: Leading | None = None
    _leaving: bool = False
    _unready: bool = False

    @property
    def hear(self) -> Hear:
        """What channels hand over what they hear to."""
        return self.metrics.counting(self.beats.hearing(self.desk.hear))

    async def start(self, part: Part = "all") -> None:
        """Opens the database, delivers and hears, as far as the part goes. Raises NotReady, having stopped.

        What the web chat's pages show they read from the outbox themselves, so its messages are settled by
        whoever delivers.
        """
        memory.give_back()
        try:
            await self._start(hears=part != "worker", sends=part != "web")
        except BaseException:
            await self.stop()
            raise
        memory.settle()

    async def _start(self, *, hears: bool, sends: bool) -> None:
        try:
            await self.database.open()
            there = await self.database.read(revisions.standing)
        except Unavailable as error:
            raise NotReady(str(error)) from None
        if there.amiss:
            raise NotReady(there.amiss)
        if there.is_newer:
            log.warning("the database is at %s, newer than this program, and serves it still", there.at)
        asked = [
            channel for channel in self.channels.values() if isinstance(channel, Polled) and channel.polls
        ]
        for channel in self.channels.values():
            self._started.append(channel)
            await channel.start(self.hear, listen=hears and channel not in asked, send=sends)
        if sends:
            await self.sharing.start()
            await self.leading.start()
            self._keep_at_chores()
        if hears:
            await self._listen()
            if asked:
                self._asking = Leading(
                    self.database, [Asking(channel, self.hear) for channel in asked], LISTENER
                )
                await self._asking.start()
        self.beats.listens = hears
        beating = keep_at(self.beats.once, pulse.EVERY, "what channels do")
        self._chores.append(asyncio.create_task(beating, name="chore"))
        if self.settings.metrics_port is not None:
            app = web.inner(self._ready_checks, self.metrics.registry, self.metrics.look)
            await self._serve(app, self.settings.metrics_host, self.settings.metrics_port)

    def _keep_at_chores(self) -> None:
        """What whoever delivers does besides, as it comes up."""
        papers = Workshop(
            self.database,
            self.desk,
            self.answers.titles,
            policy=self.policy,
            links=invitation_links(self.channels),
        )
        files = Checking(self.database, self.channels, self.desk, self.desk.world.now, self.answers.get)
        chores = [
            keep_at(Fetching(self.database, self.channels, self.desk).once, fetching.LOOK, "photos"),
            keep_at(files.once, checking.LOOK, "files of questionnaires"),
            keep_at(papers.once, workshop.LOOK, "papers"),
            keep_at(Quotas(self.database, self.channels, self.desk.world.now).once, quotas.EVERY, "quotas"),
        ]
        if self.checkups is not None:
            chores.append(keep_at(self.checkups.once, pulse.CHECKED_EVERY, "what platforms say"))
        if self.pusher is not None:
            chores.append(keep_at(self.pusher.once, pushing.LOOK_AGAIN, "push"))
        self._chores = [asyncio.create_task(chore, name="chore") for chore in chores]

    async def leave(self) -> None:
        """Says that it is not ready any more, and hears on until whoever balances the load has noticed: then
        nothing is under way to it as it stops."""
        self._leaving = True
        if self.port:
            await asyncio.sleep(LEAVE)

    async def stop(self) -> None:
        """Hears no more, finishes the turns under way, sends their replies, then closes all that was opened:
        within seconds, whatever hangs. What is not done is done after the next start."""
        if self._asking is not None:
            await self._asking.stop()
        for channel in self._started:
            await channel.hush()
        for runner in self._runners:
            await runner.cleanup()
        await self.sender.drain(DRAIN)
        await self.leading.stop()
        await self.sharing.stop()
        for task in self._chores:
            task.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        for channel in self._started:
            await channel.stop()
        self._started.clear()
        await self.database.close()

    @property
    def _ready_checks(self) -> Mapping[str, web.Check]:
        return {"service": self._stays, "database": self._database_ready}

    async def _stays(self) -> str | None:
        return "it is being stopped" if self._leaving else None

    async def _listen(self) -> None:
        app = web.build(
            list(self.channels.values()),
            self.hear,
            self._ready_checks,
            registry=self.metrics.registry,
            look=self.metrics.look,
            routes=self.openrosa.routes(),
        )
        self.port = await self._serve(app, self.settings.http_host, self.settings.http_port)

    async def _serve(self, app: Application, host: str, port: int) -> int:
        """Listens; the port that was taken. Raises NotReady."""
        try:
            runner = await web.serve(app, host, port)
        except OSError as error:
            where = f"{host}:{port}"
            raise NotReady(f"can't listen on {where}: {error.strerror}; choose another port") from None
        self._runners.append(runner)
        return int(runner.addresses[0][1])

    async def _database_ready(self) -> str | None:
        why = "no database"
        try:
            there = await self.database.read(revisions.standing)
            why = "the database stores nothing: is its disk full?"
            await self.desk.try_again()
        except Unavailable as error:
            if not self._unready:  # whoever balances the load asks every second
                log.error("not ready: %s: %s", why, error)
            self._unready = True
            return why
        self._unready = False
        return there.amiss
