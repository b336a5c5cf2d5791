"""The composition root: builds everything once. What a test replaces comes in as an argument."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import MappingProxyType
from uuid import uuid4

from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from bot import desk as desks
from bot import keys, pulse, web, windows
from bot import photos as pictures
from bot import sender as senders
from bot.channels.base import Channel, Pace, Receipt, Shown, invitation_links
from bot.channels.webchat import WebChat
from bot.clock import Clock
from bot.config import Settings
from bot.leading import Duty, Leading, Sharing
from bot.metrics import Metrics
from bot.openrosa import PATH as OPENROSA
from bot.openrosa import OpenRosa
from bot.openrosa.pushing import Pusher
from bot.openrosa.remote import Remote
from bot.openrosa.telling import Teller
from bot.pulse import Pulse
from bot.service import NotReady, Service
from content import calendar as calendars
from content import knowledge, library
from content import postage as postages
from content import privacy as policies
from content.article import DIRECTORY, ArticleError, read_articles
from content.calendar import Calendar
from content.health import Machine
from content.people import Person
from content.postage import Postage
from content.privacy import Policy
from content.words import say
from content.xform import compile_form
from handlers import routes
from handlers.commands import COMMANDS
from storage import notes, outbox, people
from storage.articles import Answers
from storage.database import Connection, Database
from storage.facts import StoredFacts
from storage.shelf import FormCache, Shelf

log = logging.getLogger(__name__)

Persona = tuple[str, str, str]
"""(key, label, description) of somebody one may be in the demo."""


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
    if (own := knowledge.articles_of(settings.content_dir)) != DIRECTORY:
        try:  # read when the first question comes, which is late to hear of a fault
            read_articles(own)
        except ArticleError as error:
            raise NotReady(str(error)) from None
    zone = settings.zone
    world = world or desks.World(lambda: datetime.now(zone), lambda: str(uuid4()))
    if channels is None:
        channels = channels_of(settings, database, postage, world.now, personas)
    metrics = Metrics(CollectorRegistry(), database, world.now)
    sender = senders.Sender(database, channels, world.now, postage)
    beats = Pulse(database, channels, world.now, sender.delivers)

    def count(channel: str, receipt: Receipt) -> None:
        metrics.sent(channel, receipt)
        beats.sent(channel, receipt)

    sender.count = count
    _tell_who_delivers(channels, sender)
    forms = FormCache(compile_form)
    answers = Answers(lambda: knowledge.load(knowledge.articles_of(settings.content_dir)))
    desk = desks.Desk(
        database=database,
        handle=handle,
        facts=facts(
            answers,
            forms,
            _collect_url(settings, demo=bool(personas)),
            invitation_links(channels),
            calendar=calendar,
            pace={name: channel.limits.per_second for name, channel in channels.items()},
            prices={
                name: windows.dearest("broadcast", channel.limits.window, postage)
                for name, channel in channels.items()
                if channel.limits.window is not None
            },
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


def _tell_who_delivers(channels: Mapping[str, Channel], sender: senders.Sender) -> None:
    for channel in channels.values():
        if isinstance(channel, WebChat):
            channel.delivers = partial(sender.delivers, channel.name)


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


def facts(  # noqa: PLR0913 - what turns share comes in by name
    answers: Answers,
    forms: FormCache | None = None,
    collect_url: str | None = None,
    links: Callable[[str], Sequence[str]] = lambda _: (),
    *,
    calendar: Calendar | None = None,
    pace: Mapping[str, float | None] = MappingProxyType({}),
    prices: Mapping[str, int] = MappingProxyType({}),
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
        prices=prices,
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


def channels_of(
    settings: Settings,
    database: Database,
    postage: Postage,
    now: Callable[[], datetime],
    personas: Sequence[Persona] = (),
) -> dict[str, Channel]:
    """The channels whose settings are present, by name. Raises ValueError, naming the setting, for what
    cannot work; NotReady where there is none."""
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

        channels.extend(zalo.channels(settings, database, postage, now))
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
