"""One incoming event -> one transaction: the event's id, the new state, the effects, the outgoing messages.

Only when that is committed does `hear` return, and only then does a channel acknowledge. So handling happens
exactly once whatever is delivered twice or dies in between.
"""

import logging
import math
import re
import traceback
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import chain, takewhile
from pathlib import PurePath
from time import monotonic
from typing import Any, Protocol

import orjson

from bot import effects, render
from bot.channels.base import Attachment, Busy, Incoming, Limits, Pace
from bot.origin import Origin, Recipient
from content import payloads
from content.people import Person
from content.vietnamese import fold
from content.words import LOCALES, say
from handlers.facts import Facts
from handlers.speech import speak
from handlers.talk import Doing, File, Location, Photo, Reply, Said, Talk, Topic
from handlers.turn import Turn
from storage import inbox, notes, outbox, parked, people, reaching, talks
from storage.database import Connection, Database, Unavailable
from storage.parked import Parked

log = logging.getLogger(__name__)

FEW = 5
"""Buttons of a message, up to which a channel often lists choices in the text instead."""
SHORT_CHOICE = 4
"""Words up to which what a citizen types is looked for among the choices shown last: a question is longer."""
LONGEST_CHOICE, LOOK_BACK = 120, 4
"""Characters of a choice that is typed; messages of the last turn in which it is looked for."""

LIGHT, HEAVY = 0.2, 5
"""What an answer to an open question or a tap counts of a person's pace, and what a photo or file does."""
SLOWED, TOLD_AGAIN = 10, 60.0
"""Seconds for which at least one is asked to wait; and after which that may be said again."""

PRIORITY = {"reply": 0, "reminder": 1, "digest": 2, "broadcast": 3}


class Handle(Protocol):
    """What the desk asks: `handlers.routes.handle`."""

    def __call__(self, talk: Talk, said: Said, facts: Facts) -> Turn: ...


@dataclass(frozen=True, slots=True)
class World:
    """The clock (aware, at the district's zone) and where ids come from: what a test replaces."""

    now: Callable[[], datetime]
    new_id: Callable[[], str]


@dataclass(slots=True)
class Desk:
    """Takes what channels hear. `facts` makes what a person's handlers may look up, within the turn's own
    connection; `wake` is called with a channel's name when something waits to be sent there. `pace`: how fast
    one person may write (None: as they like)."""

    database: Database
    handle: Handle
    facts: Callable[[Connection, datetime, Person], Facts]
    limits: Mapping[str, Limits]
    world: World
    wake: Callable[[str], None]
    locale: str = "vi"
    pace: Pace | None = None
    untaken: int = field(default=0, init=False)
    """Events in a row that could not be stored: the database is away, or its disk is full."""
    _slowed: dict[str, float] = field(default_factory=dict, init=False)

    async def hear(self, incoming: Incoming) -> None:
        """Handles the event once and for all; returns when that is durable.

        An event that was handled before changes nothing. One whose handler fails is parked with the error,
        and its person is told. Raises Busy where the database could not take it: then nothing has happened.
        """
        try:
            await self.database.write(lambda conn: self._turn(conn, incoming), brief=True)
        except Unavailable as error:
            if not self.untaken:
                log.error("events not taken, the platform will deliver them again: %s", error)
            self.untaken += 1
            raise Busy from error
        except Exception as error:
            await self._park(incoming, error)
        self._took()
        self.wake(incoming.channel)

    async def try_again(self) -> None:
        """Writes something, where what came last could not be stored. Raises Unavailable as long as that is
        so."""
        if self.untaken:
            await self.database.write(lambda conn: notes.put(conn, "tried", "", self.world.now()))
            self._took()

    def _took(self) -> None:
        if self.untaken:
            log.warning("events are taken again; %d were not", self.untaken)
        self.untaken = 0

    async def replay(self, number: int) -> None:
        """Handles a parked event again. Raises what its handler raises; LookupError if there is none such."""

        def again(conn: Connection) -> str:
            event = next((event for event in parked.waiting(conn) if event.id == number), None)
            if event is None:
                raise LookupError(number)
            now = self.world.now()
            incoming = load_incoming(event.event)
            known = talks.load(conn, incoming.channel, incoming.address, now)
            self._answer(conn, incoming, now, known)
            parked.replayed(conn, number, now)
            return event.channel

        self.wake(await self.database.write(again))

    def _turn(self, conn: Connection, incoming: Incoming) -> None:
        now, channel = self.world.now(), incoming.channel
        holds = self.limits[channel].window is not None
        new, known = talks.begin(conn, channel, incoming.event_id, incoming.address, now, holds=holds)
        if new:
            self._answer(conn, incoming, now, known)

    def _answer(
        self, conn: Connection, incoming: Incoming, now: datetime, known: talks.Standing | None
    ) -> None:
        if incoming.deed != "said":
            self._noticed(conn, incoming, now)
            return
        standing = known or self._met(conn, incoming, now)
        if standing.held:
            reaching.release(conn, standing.account_id, now)
        if incoming.phone:
            people.set_phone(conn, standing.account_id, incoming.phone)
        new_id = self.world.new_id()
        doing = load_doing(standing.doing)
        topic = load_topic(standing.topic)
        to = Recipient(standing.account_id, incoming.channel, standing.person.locale)
        talk = Talk(standing.person, incoming.channel, now, new_id, doing, standing.first, topic)
        if wait := self._wait(incoming, doing):
            self._heard(conn, standing.account_id, incoming, now)
            self._slow(conn, talk, to, incoming.address, wait)
            return
        said = _said(incoming, new_id)
        typed = said.payload is None and 0 < len(said.text) <= LONGEST_CHOICE and said.text[0] != "/"
        # Where choices are listed, all type them; elsewhere a number or a short label, between forms, and
        # those who work with it any.
        listed = self.limits[incoming.channel].buttons <= FEW
        short = len(said.text.split()) <= SHORT_CHOICE
        if typed and (listed or (doing is None and (short or standing.person.grants))):
            said = _chosen(said, outbox.newest(conn, standing.account_id, LOOK_BACK))
        turn = self.handle(talk, said, self.facts(conn, now, standing.person))
        effects.write(conn, turn.effects, Origin(talk, incoming, self.enqueue))
        if turn.doing is not doing:
            talks.save(conn, standing.person.id, dump_doing(turn.doing), now)
        self._heard(conn, standing.account_id, incoming, now)
        for left, reply in zip(range(len(turn.replies) - 1, -1, -1), turn.replies, strict=True):
            self.enqueue(conn, to, reply, goes_on=left > 0, replaces=incoming.message, now=now)

    def _wait(self, incoming: Incoming, doing: Doing | None) -> float:
        """Seconds for which this person is too fast. Answers and taps hardly count: who knows a questionnaire
        by heart is quicker than who floods."""
        if self.pace is None:
            return 0
        cost = LIGHT if doing or incoming.payload else HEAVY if incoming.photo or incoming.file else 1
        return self.pace.wait(f"{incoming.channel}:{incoming.address}", cost, monotonic())

    def _slow(self, conn: Connection, talk: Talk, to: Recipient, address: str, wait: float) -> None:
        """Says so once a minute; what comes before they slow down is dropped, and nothing else is lost."""
        who, at = f"{to.channel}:{address}", monotonic()
        if at - self._slowed.get(who, -TOLD_AGAIN) < TOLD_AGAIN:
            return
        if len(self._slowed) > 10_000:
            self._slowed.clear()
        self._slowed[who] = at
        log.warning("somebody on %s writes too fast; what they send is dropped meanwhile", to.channel)
        self.enqueue(conn, to, Reply(speak(talk, "desk.slow", n=max(SLOWED, math.ceil(wait)))))

    def _noticed(self, conn: Connection, incoming: Incoming, now: datetime) -> None:
        """A deed with nothing to answer, of somebody known."""
        account = people.account(conn, incoming.channel, incoming.address)
        if account is None:
            return
        if incoming.deed == "left":
            outbox.gone(conn, account.id)
        else:
            reaching.release(conn, account.id, now)
            self._heard(conn, account.id, incoming, now)

    def _heard(self, conn: Connection, account_id: int, incoming: Incoming, now: datetime) -> None:
        """The platform's window, where it has one, is open again."""
        if self.limits[incoming.channel].window:
            people.heard(conn, account_id, min(incoming.at, now).astimezone(now.tzinfo))

    def _met(self, conn: Connection, incoming: Incoming, now: datetime) -> talks.Standing:
        """Somebody who writes for the first time."""
        locale = incoming.locale[:2] if incoming.locale[:2] in LOCALES else self.locale
        return talks.open_account(conn, incoming.channel, incoming.address, incoming.name, locale, now)

    def enqueue(  # noqa: PLR0913 (what a message is, and what it belongs to)
        self,
        conn: Connection,
        to: Recipient,
        reply: Reply,
        kind: str = "reply",
        key: str | None = None,
        *,
        broadcast_id: int | None = None,
        goes_on: bool = False,
        replaces: str = "",
        now: datetime | None = None,
    ) -> None:
        """Puts a reply, fitted to the channel, into the outbox; with a `key`, once however often. A
        broadcast's messages have a key. `goes_on`: more of the same turn follows, and a number that is typed
        means what is listed there. `replaces`: the message whose button was pressed, for a reply that
        says `again` what stood there. `now`: the turn's own moment, if it is one's. To a channel that is not
        set up nothing can go."""
        if to.channel not in self.limits:
            log.warning("account %d is on %s, which is not set up: not told", to.account_id, to.channel)
            return
        if goes_on:
            reply = replace(reply, numbers=0)
        parts = render.render(reply, self.limits[to.channel], to.locale)
        instead = replaces if reply.again and len(parts) == 1 else ""
        for number, fitted in enumerate(parts):
            part = fitted
            if goes_on or instead or reply.beside:
                part = replace(fitted, goes_on=goes_on, replaces=instead, beside=reply.beside)
            message: dict[str, Any] = {
                "account_id": to.account_id,
                "channel": to.channel,
                "kind": kind,
                "priority": PRIORITY[kind],
                "body": render.to_json(part),
                "file": part.attached.data if part.attached else None,
                "due_at": now or self.world.now(),
            }
            if key is None:
                outbox.put(conn, **message)
            else:
                once = f"{key}/{number}"
                outbox.enqueue(conn, **message, unique_key=once, broadcast_id=broadcast_id)

    def recipients(self, conn: Connection, person: Person) -> list[Recipient]:
        """Where a person can be written to now, on channels of ours; the newest account last."""
        accounts = (one for one in people.accounts(conn, person.id) if one.channel in self.limits)
        return [Recipient(one.id, one.channel, person.locale) for one in accounts if one.reachable]

    async def _park(self, incoming: Incoming, error: Exception) -> None:
        """Keeps the event with the error, tells its person, and leaves the talk as it was."""
        trace = "".join(traceback.format_exception(error))

        def park(conn: Connection) -> int | None:
            now = self.world.now()
            if not inbox.take(conn, incoming.channel, incoming.event_id, now):
                return None
            event = Parked(incoming.channel, incoming.event_id, dump_incoming(incoming), trace, now)
            number = parked.park(conn, event)
            standing = talks.load(conn, incoming.channel, incoming.address, now)
            standing = standing or self._met(conn, incoming, now)
            to = Recipient(standing.account_id, incoming.channel, standing.person.locale)
            self.enqueue(conn, to, Reply(say(to.locale, "desk.sorry")))
            return number

        try:
            number = await self.database.write(park)
        except Unavailable as unavailable:
            raise Busy from unavailable
        if number is not None:
            # The message of an error may quote what a person wrote: it is in the database, not in the log.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error(
                "event parked as %d: %s at %s:%s; mend it, then `tocns replay %d`",
                number,
                type(error).__name__,
                where.filename,
                where.lineno,
                number,
            )


# --------------------------------------------------------------------------- between bytes and values


def dump_doing(doing: Doing | None) -> str | None:
    """The form in progress as it is stored."""
    if doing is None:
        return None
    return orjson.dumps([doing.purpose, doing.form, doing.version, doing.state, doing.about]).decode()


def load_doing(stored: str | None) -> Doing | None:
    """What `dump_doing` wrote."""
    return Doing(*orjson.loads(stored)) if stored else None


def load_topic(stored: str | None) -> Topic:
    """What `bot.effects` wrote of a topic."""
    return Topic(**orjson.loads(stored)) if stored else Topic()


def dump_incoming(incoming: Incoming) -> str:
    """An event as it is parked, the bytes of a photo or file included."""
    event: dict[str, Any] = asdict(incoming)
    for kind in ("photo", "file"):
        if event[kind] and event[kind]["data"] is not None:
            event[kind]["data"] = b64encode(event[kind]["data"]).decode()
    return orjson.dumps(event).decode()


def load_incoming(stored: str) -> Incoming:
    """What `dump_incoming` wrote."""
    event = orjson.loads(stored)
    event["at"] = datetime.fromisoformat(event["at"])
    for kind in ("photo", "file"):
        if came := event.get(kind):
            data = b64decode(came["data"]) if came["data"] is not None else None
            event[kind] = Attachment(**(came | {"data": data}))
    return Incoming(**event)


def _chosen(said: Said, shown: Sequence[str]) -> Said:
    """What was typed is a choice, where the last message listed it under that number, or one of the last
    turn showed it under that name; `shown` are bodies, the newest first. The answers of a question are the
    form's own to read: there "2" may stand for more than a press.
    """
    text = said.text.strip()
    all_parts = [part for part in map(render.from_json, shown) if not part.beside]
    parts = all_parts[:1] + list(takewhile(lambda part: part.goes_on, all_parts[1:]))
    offered = [button for part in parts for button in part.listed or chain(*part.buttons)]
    listed = [button for button in offered if fold(button.label) == fold(text)]
    if text.isdecimal():
        number = int(text) if len(text) < 4 else 0
        listed = (
            list(parts[0].listed[number - 1 : number]) if parts and 0 < number <= parts[0].numbered else []
        )
    if not listed or ((press := payloads.pressed(listed[0].payload)) and press.verb in "=+-"):
        return said
    return replace(said, text=listed[0].label, payload=listed[0].payload)


_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
"""Kept as JPEG, made anew."""


def _ending(name: str, other: str | None) -> str:
    """How the name of a kept file ends; where its own does not say, by what it came as."""
    suffix = re.sub(r"[^.a-z0-9]", "", PurePath(name).suffix.lower())[:8]
    if suffix in _PICTURES:
        return ".jpg"
    return suffix or {"voice": ".ogg", "video": ".mp4"}.get(other or "", "")


def _said(incoming: Incoming, new_id: str) -> Said:
    location = None
    if incoming.latitude is not None and incoming.longitude is not None:
        location = Location(incoming.latitude, incoming.longitude, incoming.accuracy)
    photo = Photo(f"{new_id}.jpg", incoming.photo.size) if incoming.photo else None
    came, file = incoming.file, None
    if came is not None:
        file = File(came.name, came.size, new_id + _ending(came.name, incoming.other))
    return Said(
        incoming.text, incoming.payload, location, photo, incoming.other, phone=incoming.phone, file=file
    )
