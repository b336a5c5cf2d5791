"""The composition root: builds everything once. What a test replaces comes in as an argument."""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal
from uuid import uuid4

from aiohttp.web import Application, AppRunner
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from bot import checking, fetching, keys, pulse, quotas, web, workshop
from bot import desk as desks
from bot import photos as pictures
from bot import sender as senders
from bot.channels.base import Channel, Hear, Inviting, Pace, Polled, Receipt, Shown
from bot.channels.webchat import WebChat
from bot.checking import Checking
from bot.chores import keep_at
from bot.clock import Clock
from bot.config import Settings
from bot.fetching import Fetching
from bot.leading import LISTENER, Asking, Duty, Leading, Sharing
from bot.metrics import Metrics
from bot.openrosa import PATH as OPENROSA
from bot.openrosa import OpenRosa, pushing
from bot.openrosa.pushing import Pusher
from bot.openrosa.remote import Remote
from bot.openrosa.telling import Teller
from bot.pulse import Pulse
from bot.quotas import Quotas
from bot.workshop import Workshop
from content import calendar as calendars
from content import knowledge, library
from content import postage as postages
from content import privacy as policies
from content.calendar import Calendar
from content.health import Machine
from content.people import Person
from content.postage import Postage
from content.privacy import Policy
from content.words import say
from content.xform import compile_form
from handlers import routes
from handlers.commands import COMMANDS
from storage import notes, outbox, people, revisions
from storage.articles import Answers
from storage.database import Connection, Database, Unavailable
from storage.facts import StoredFacts
from storage.shelf import FormCache, Shelf

log = logging.getLogger(__name__)

Part = Literal["all", "web", "worker"]
Persona = tuple[str, str, str]
"""(key, label, description) of somebody one may be in the demo."""


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

    @property
    def hear(self) -> Hear:
        """What channels hand over what they hear to."""
        return self.metrics.counting(self.beats.hearing(self.desk.hear))

    async def start(self, part: Part = "all") -> None:
        """Opens the database, delivers and hears, as far as the part goes. Raises NotReady, having stopped.

        What the web chat's pages show they read from the outbox themselves, so its messages are settled by
        whoever delivers.
        """
        try:
            await self._start(hears=part != "worker", sends=part != "web")
        except BaseException:
            await self.stop()
            raise
        # The imports have made a quarter of a million objects that live as long as the process: a full
        # collection over them would stop every talk for a tenth of a second.
        gc.collect()
        gc.freeze()
        gc.enable()

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
            links=_links(self.channels),
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
        try:
            there = await self.database.read(revisions.standing)
        except Unavailable as error:
            log.error("not ready: %s", error)
            return "no database"
        return there.amiss


def build(  # noqa: PLR0913 - what tests replace comes in by name
    settings: Settings,
    *,
    personas: Sequence[Persona] = (),
    channels: Mapping[str, Channel] | None = None,
    world: desks.World | None = None,
    handle: desks.Handle = routes.handle,
    hurried: bool = False,
) -> Service:
    """Builds a process from its settings, which must hold a secret key. With `personas` it is the demo: one
    may be anybody of them. `channels`, `world` and `handle` replace what the settings would give; `hurried`
    lets one person write as fast as a machine does, to measure how fast the answers come.
    Raises NotReady.
    """
    if settings.secret_key is None:
        raise NotReady("TOCNS_SECRET_KEY is not set")
    database = Database(settings.database_url, keys.vault(settings))
    try:
        postage = postages.read(postages.path_of(settings.content_dir))
    except postages.PostageError as error:
        raise NotReady(str(error)) from None
    try:
        policy = policies.read(policies.path_of(settings.content_dir))
    except policies.BadPolicy as error:
        raise NotReady(str(error)) from None
    try:
        calendar = calendars.load(settings.content_dir)
    except calendars.BadCalendar as error:
        raise NotReady(str(error)) from None
    if channels is None:
        channels = _channels(settings, database, postage, personas)
    zone = settings.zone
    world = world or desks.World(lambda: datetime.now(zone), lambda: str(uuid4()))
    metrics = Metrics(CollectorRegistry(), database, world.now)
    sender = senders.Sender(database, channels, world.now, postage)
    beats = Pulse(database, channels, world.now, sender.delivers)

    def count(channel: str, receipt: Receipt) -> None:
        metrics.sent(channel, receipt)
        beats.sent(channel, receipt)

    sender.count = count
    forms = FormCache(compile_form)
    answers = Answers(lambda: knowledge.load(knowledge.articles_of(settings.content_dir)))
    desk = desks.Desk(
        database=database,
        handle=handle,
        facts=facts(
            answers,
            forms,
            _collect_url(settings, demo=bool(personas)),
            _links(channels),
            calendar=calendar,
            pace={name: channel.limits.per_second for name, channel in channels.items()},
            files={name: channel.limits.files for name, channel in channels.items()},
            policy=policy,
            machine=pulse.machine(settings, channels, postage.ceiling),
        ),
        limits={name: channel.limits for name, channel in channels.items()},
        world=world,
        wake=sender.wake,
        locale=settings.locale,
        pace=None if hurried else Pace(burst=60, per_second=2),
    )
    openrosa = OpenRosa(database, forms, world.now, settings.locale, settings.public_url, Teller(desk))
    pusher = _pusher(settings, database, world)
    clock = Clock(database, desk, calendar, settings.zone, postage, policy)
    duties: list[Duty] = [clock]
    if settings.backup_dir is not None:
        from bot.backups import Backups  # noqa: PLC0415 - who makes none loads nothing of it

        duties.append(Backups(database, settings, settings.backup_dir, world.now))
    posts = [Leading(database, [senders.Courier(sender, name)], f"sender-{name}") for name in channels]
    return Service(
        settings=settings,
        database=database,
        channels=channels,
        desk=desk,
        sender=sender,
        metrics=metrics,
        openrosa=openrosa,
        leading=Leading(database, duties),
        sharing=Sharing(database, posts),
        answers=answers,
        beats=beats,
        checkups=_checkups(settings, database, postage, world),
        policy=policy,
        pusher=pusher,
    )


def _checkups(
    settings: Settings, database: Database, postage: Postage, world: desks.World
) -> pulse.Checkups | None:
    """Asks the Zalo platforms, where one is set up: they alone can be asked."""
    if not (settings.zalo_oa_app_id or settings.zalo_bot_token):
        return None
    from bot import zalo  # noqa: PLC0415 - who has no Zalo loads nothing of it

    def fresh() -> Mapping[str, Channel]:
        return {one.name: one for one in zalo.channels(settings, database, postage, world.now)}

    return pulse.Checkups(database, fresh, world.now)


def _links(channels: Mapping[str, Channel]) -> Callable[[str], Sequence[str]]:
    """The links by which an invitation's code is used on the channels of this process."""
    inviting = [channel for channel in channels.values() if isinstance(channel, Inviting)]
    return lambda code: [link for channel in inviting if (link := channel.invitation(code))]


def facts(  # noqa: PLR0913 - what turns share comes in by name
    answers: Answers,
    forms: FormCache | None = None,
    collect_url: str | None = None,
    links: Callable[[str], Sequence[str]] = lambda _: (),
    *,
    calendar: Calendar | None = None,
    pace: Mapping[str, float | None] = MappingProxyType({}),
    files: Mapping[str, frozenset[str] | None] = MappingProxyType({}),
    policy: Policy | None = None,
    machine: Callable[[], Machine] = lambda: Machine(""),
) -> Callable[[Connection, datetime, Person], StoredFacts]:
    """What the handlers of a person may look up. Compiled questionnaires, which never change, are shared by
    all turns."""
    cache = forms or FormCache(compile_form)
    shelf = Shelf(
        cache,
        library.dialogue,
        answers,
        links=links,
        collect_url=collect_url,
        calendar=calendar or Calendar(),
        pace=pace,
        files=files,
        policy=policy or Policy(),
        machine=machine,
    )
    return lambda conn, now, reader: StoredFacts(conn, now, shelf, reader)


def _collect_url(settings: Settings, *, demo: bool) -> str | None:
    """Where phones find the OpenRosa server; in the demo, where this machine does."""
    here = f"http://{settings.http_host}:{settings.http_port}" if demo else None
    base = settings.public_url or here
    return None if base is None else base.rstrip("/") + OPENROSA


def _pusher(settings: Settings, database: Database, world: desks.World) -> Pusher | None:
    if settings.openrosa_push_url is None:
        return None
    password = settings.openrosa_push_password
    secret = password.get_secret_value() if password else None
    return Pusher(
        database, Remote(settings.openrosa_push_url, settings.openrosa_push_user, secret), world.now
    )


def _channels(
    settings: Settings, database: Database, postage: Postage, personas: Sequence[Persona]
) -> dict[str, Channel]:
    channels: list[Channel] = []
    if personas or settings.webchat == "citizen":
        channels.append(
            WebChat(
                "demo" if personas else "citizen",
                missed_in(database, "webchat"),
                pictures.clean,
                web.page_words(),
                personas=personas,
                locale=settings.locale,
                public_url=settings.public_url,
                edition=edition_of(database),
            )
        )
    if settings.telegram_token is not None:
        channels.append(_telegram(settings, settings.telegram_token))
    if settings.zalo_oa_app_id or settings.zalo_bot_token:
        from bot import zalo  # noqa: PLC0415 - who has no Zalo loads nothing of it

        channels.extend(zalo.channels(settings, database, postage, lambda: datetime.now(settings.zone)))
    if not channels:
        raise NotReady(
            "no channel is set up: set TOCNS_ZALO_OA_APP_ID, TOCNS_ZALO_BOT_TOKEN or TOCNS_TELEGRAM_TOKEN, or"
            " TOCNS_WEBCHAT=citizen"
        )
    return {channel.name: channel for channel in channels}


def _telegram(settings: Settings, token: SecretStr) -> Channel:
    # 200 MB of libraries that only this channel needs.
    from bot.channels.telegram import Telegram  # noqa: PLC0415

    secret = settings.telegram_webhook_secret
    return Telegram(
        token=token.get_secret_value(),
        api_url=settings.telegram_api_url,
        mode=settings.telegram_mode,
        secret=secret.get_secret_value() if secret else "",
        public_url=settings.public_url or "",
        commands=[
            (command.name, say(settings.locale, f"commands.{command.name}"))
            for command in COMMANDS
            if command.shown
        ],
    )


def missed_in(database: Database, channel: str) -> Callable[[str, int], Awaitable[list[Shown]]]:
    """What was said to an address after the outbox's row of that number."""

    def look(conn: Connection, address: str, after: int) -> list[Shown]:
        account = people.account(conn, channel, address)
        if account is None:
            return []
        return [senders.shown(row) for row in outbox.since(conn, account.id, after)]

    async def missed(address: str, after: int) -> list[Shown]:
        return await database.read(lambda conn: look(conn, address, after))

    return missed


def edition_of(database: Database) -> Callable[[], Awaitable[str]]:
    """Which life of the database this is: another one after it was made anew or restored."""

    async def edition() -> str:
        return await database.read(lambda conn: notes.get(conn, notes.EDITION) or "")

    return edition
