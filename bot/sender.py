"""The outbox -> channel.send, after the commit: in order within a talk, replies first, with retries.

A row is marked attempted before the call. So after a crash it is known which messages may have gone out: a
reply is sent again (a question twice is harmless), a digest or broadcast is not.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot import render, windows
from bot.breaker import Breaker
from bot.channels.base import Channel, Outcome, Receipt, Shown, Template
from content.postage import NOTHING_SPENT, Postage, Wording
from storage import outbox, people, reaching
from storage.database import Connection, Database, Unavailable


@dataclass(frozen=True, slots=True)
class Going:
    """How a message goes: in an approved wording or as it is, for so many VND."""

    template: Template | None
    cost: int


Ways = dict[int, Going]
"""By the number of the message; what is not here does not go now."""

Settled = tuple[outbox.Waiting, Receipt | None]
"""A message and how its sending ended; None where it was not tried, since one before it failed."""

Ended = tuple[Sequence[Settled], Ways]
"""A round that was sent."""

log = logging.getLogger(__name__)

BATCH = 100
ROUND = 0.6
"""Seconds that a round takes at most, by the pace of its channel."""
LOOK_AGAIN = 0.5
"""Seconds until the outbox is looked at again although nobody called: other processes write to it too."""
LOOK_AT_HELD = timedelta(hours=1)
"""What waits for its person is looked at again: the month may be new, or another channel joined."""
FEW = 8
"""Times that a message is tried which the platform says to try a few times: over some four minutes."""
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=2), timedelta(minutes=10)


def later(attempts: int, receipt: Receipt) -> timedelta:
    """How long until the next try: what the platform says, else doubling from 2 s up to 10 minutes."""
    if receipt.retry_after is not None:
        return timedelta(seconds=receipt.retry_after)
    return min(LONGEST_RETRY, FIRST_RETRY * (1 << min(attempts, 16)))


@dataclass(slots=True)
class Sender:
    """Delivers for the channels given. One sender a channel at a time: see `Courier`."""

    database: Database
    channels: Mapping[str, Channel]
    now: Callable[[], datetime]
    postage: Postage = NOTHING_SPENT
    count: Callable[[str, Receipt], None] = lambda _channel, _receipt: None
    _breakers: dict[str, Breaker] = field(default_factory=dict)
    _wakes: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _stopping: set[str] = field(default_factory=set)
    _refused: dict[str, str] = field(default_factory=dict)
    _failures: dict[int, int] = field(default_factory=dict)
    """By message, how often the platform said to try it again, but not for ever."""
    _ended: dict[str, Ended] = field(default_factory=dict)
    """By channel, what was sent and is not written down yet."""

    def delivers(self, channel: str) -> bool:
        """Whether this is the process that sends on it."""
        return channel in self._tasks

    def wake(self, channel: str) -> None:
        """Something new waits for this channel."""
        self._wakes[channel].set()

    async def start(self, channel: str) -> None:
        """Takes up what a crash left behind, then delivers on the channel until stopped. Only for who leads
        (`bot.leading`): what another sender has on the wire would look like left behind."""
        self._stopping.discard(channel)
        await self.database.write(partial(outbox.recover, channel=channel))
        self._tasks[channel] = asyncio.create_task(self._deliver(channel), name=f"sender-{channel}")

    async def stop(self, channel: str) -> None:
        """Finishes what is on the wire, then stops."""
        self._stopping.add(channel)
        self._wakes[channel].set()
        if task := self._tasks.pop(channel, None):
            await task

    async def drain(self, seconds: float) -> None:
        """Waits until every reply that is due on the channels it delivers on has gone out, at most so long;
        what else waits goes later."""

        def due(conn: Connection) -> bool:
            return any(outbox.replies_due(conn, name, self.now()) for name in tuple(self._tasks))

        with suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(seconds):
                while self._tasks:
                    if not await self.database.read(due):
                        return
                    await asyncio.sleep(0.02)

    async def _deliver(self, name: str) -> None:
        wake = self._wakes[name]
        while name not in self._stopping:
            wake.clear()
            try:
                busy = await self._round(name)
            except Unavailable as error:
                log.error("outbox of %s: database unavailable, trying again: %s", name, error)
                busy = False
            except Exception:
                log.exception("outbox of %s: a fault of ours; trying again", name)
                busy = False
            if not busy and name not in self._stopping:
                with suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), LOOK_AGAIN)
        with suppress(Unavailable):  # then it counts as left behind, as after a crash
            await self._written(name, room=0)

    def _most(self, name: str) -> int:
        """How many at once: a reply that comes now waits for the round before it, so a round that the
        platform's pace would draw out is short."""
        pace = self.channels[name].limits.per_second
        return BATCH if pace is None else max(1, min(BATCH, int(pace * ROUND)))

    async def _round(self, name: str) -> bool:
        """Writes down how the round before ended and sends what is due, up to a batch. Whether there was any.

        One transaction does both: the platform waits for one commit between two rounds, not for two.
        """
        breaker = self._breakers.setdefault(name, Breaker(name))
        room = breaker.room(self.now(), self._most(name))
        rows, ways = await self._written(name, room)
        if not rows:
            return False
        talks: dict[int, list[outbox.Waiting]] = defaultdict(list)
        for row in rows:
            if row.id in ways:
                talks[row.account_id].append(row)
        results = await asyncio.gather(
            *(self._talk(self.channels[name], talk, ways) for talk in talks.values())
        )
        settled = [result for talk in results for result in talk]
        self._ended[name] = settled, ways
        for _, receipt in settled:
            if receipt is not None:
                breaker.saw(receipt, self.now())
                self.count(name, receipt)
        return True

    async def _written(self, name: str, room: int) -> tuple[list[outbox.Waiting], Ways]:
        """Writes down what was sent and takes so many that are due. Where the database can't be reached, what
        was sent is kept, and written as soon as it can: else it would hold up its talk until a restart."""
        ended = self._ended.pop(name, None)

        def work(conn: Connection) -> tuple[list[outbox.Waiting], Ways]:
            if ended is not None:
                self._settle(conn, name, *ended)
            return self._take(conn, name, room) if room else ([], {})

        if ended is None and not room:
            return [], {}
        try:
            return await self.database.write(work)
        except Exception:
            if ended is not None:
                await self._alone(name, ended)
            raise

    async def _alone(self, name: str, ended: Ended) -> None:
        """Writes down what was sent though nothing more could be taken, be it by a fault of ours."""
        try:
            await self.database.write(lambda conn: self._settle(conn, name, *ended))
        except Unavailable:
            self._ended[name] = ended

    def _take(self, conn: Connection, name: str, room: int) -> tuple[list[outbox.Waiting], Ways]:
        """What is due, and how each may go. What may not go is held, or moved to another channel, at once."""
        now, window = self.now(), self.channels[name].limits.window
        rows = outbox.take(conn, name, now, room)
        if window is None:
            return rows, {row.id: Going(None, 0) for row in rows}
        ways: Ways = {}
        spent = reaching.spent(conn, windows.month_of(now)) if rows else 0
        for row in rows:
            reach = reaching.reach(conn, row.account_id)
            case = windows.Case(
                row.kind, reach.heard_at, bool(reach.phone), self._other(row, reach.others, now), spent
            )
            match windows.way(case, window, self.postage, now):
                case windows.Open(cost):
                    ways[row.id] = Going(None, cost)
                    spent += cost
                case windows.ByTemplate(wording) as by:
                    ways[row.id] = Going(self._filled(conn, row, wording, reach, now), by.cost)
                    spent += by.cost
                case windows.Elsewhere(account_id, channel):
                    reaching.move(conn, row.id, reaching.Other(account_id, channel, None), now)
                    self.wake(channel)
                case windows.Wait(why):
                    if reaching.hold(conn, row.id, now + LOOK_AT_HELD, now):
                        log.warning(
                            "%s: message %d to account %d waits: %s", name, row.id, row.account_id, why
                        )
        return rows, ways

    def _other(
        self, row: outbox.Waiting, others: Sequence[reaching.Other], now: datetime
    ) -> windows.Elsewhere | None:
        """The person's account on a channel that is set up, free now, and shows all that the message
        holds."""
        part = render.from_json(row.body)
        for other in others:
            channel = self.channels.get(other.channel)
            if channel is None or not windows.is_free(other.heard_at, channel.limits.window, now):
                continue
            if render.fits(part, channel.limits):
                return windows.Elsewhere(other.account_id, other.channel)
        return None

    def _filled(
        self, conn: Connection, row: outbox.Waiting, wording: Wording, reach: reaching.Reach, now: datetime
    ) -> Template:
        person = people.find(conn, reach.person_id, now.date())
        assert person is not None, "an account has a person"
        text = render.from_json(row.body).text
        values = wording.fill(text=text, name=person.name, day=f"{now:%d/%m/%Y}")
        return Template(wording.id, values, reach.phone if wording.by_phone else "")

    async def _talk(self, channel: Channel, rows: Sequence[outbox.Waiting], ways: Ways) -> list[Settled]:
        """Sends the messages of one talk in their order; stops at the first that does not get through."""
        settled = []
        for row in rows:
            receipt = await self._send(channel, row, ways[row.id].template)
            settled.append((row, receipt))
            if receipt.outcome not in (Outcome.SENT, Outcome.BAD):
                break
        # What was not tried is put back first: where the person has left, that ends it too.
        return [*((row, None) for row in rows[len(settled) :]), *settled]

    async def _send(self, channel: Channel, row: outbox.Waiting, template: Template | None) -> Receipt:
        try:
            receipt = await channel.send(row.address, replace(shown(row), template=template))
        except Exception:
            log.exception("%s: sending message %d raised; it is tried again", channel.name, row.id)
            return Receipt(Outcome.UNSURE)
        failures = self._failures.pop(row.id, 0) + 1
        if receipt.few and failures < FEW:
            self._failures[row.id] = failures
        elif receipt.few:
            return Receipt(Outcome.BAD, reason=f"{receipt.reason}, {failures} times")
        return receipt

    def _settle(self, conn: Connection, channel: str, settled: Sequence[Settled], ways: Ways) -> None:
        now = self.now()
        took = [(row.id, receipt) for row, receipt in settled if receipt and receipt.outcome is Outcome.SENT]
        outbox.all_sent(conn, ((row, told.message_id, ways[row].cost) for row, told in took), now)
        for row, receipt in settled:
            if receipt is None:
                outbox.put_back(conn, row.id)
                continue
            due = now + later(row.attempts, receipt)
            match receipt.outcome:
                case Outcome.BAD:
                    outbox.bad(conn, row.id)
                    log.error("%s never takes message %d: %s", channel, row.id, receipt.reason)
                case Outcome.GONE:
                    outbox.gone(conn, row.account_id)
                    log.info("%s: account %d has left", channel, row.account_id)
                case Outcome.UNSURE:
                    outbox.unsure(conn, row.id, due)
                case Outcome.WINDOW:
                    people.unheard(conn, row.account_id)
                    reaching.hold(conn, row.id, due, now)
                    log.warning("%s: message %d can't go now: %s", channel, row.id, receipt.reason)
                case Outcome.RETRY | Outcome.CONFIG:
                    outbox.later(conn, row.id, due)
                    if receipt.outcome is Outcome.CONFIG and self._refused.get(channel) != receipt.reason:
                        self._refused[channel] = receipt.reason
                        log.error(
                            "%s refuses us: %s; `tocns check` says what to mend", channel, receipt.reason
                        )


@dataclass(frozen=True, slots=True)
class Courier:
    """The duty of delivering on one channel."""

    sender: Sender
    channel: str

    async def start(self) -> None:
        """See `Sender.start`."""
        await self.sender.start(self.channel)

    async def stop(self) -> None:
        """See `Sender.stop`."""
        await self.sender.stop(self.channel)


def shown(row: outbox.Waiting) -> Shown:
    """A row of the outbox as a channel shows it."""
    part = render.from_json(row.body, row.file)
    attached = part.attached
    return Shown(
        id=row.id,
        text=part.text,
        buttons=part.buttons,
        ask=part.ask,
        ask_label=part.ask_label,
        file_name=attached.name if attached else "",
        media_type=attached.media_type if attached else "",
        data=attached.data if attached else None,
        replaces=part.replaces,
    )
