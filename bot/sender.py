"""The outbox -> channel.send, after the commit: in order within a talk, replies first, with retries.

A row is marked attempted before the call. So after a crash it is known which messages may have gone out: a
reply is sent again (a question twice is harmless), a digest or broadcast is not.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot import render
from bot.channels.base import Channel, Outcome, Receipt, Shown
from storage import outbox
from storage.database import Connection, Database, Unavailable

Settled = tuple[outbox.Waiting, Receipt | None]
"""A message and how its sending ended; None where it was not tried, since one before it failed."""

log = logging.getLogger(__name__)

BATCH = 100
LOOK_AGAIN = 0.5
"""Seconds until the outbox is looked at again although nobody called: other processes write to it too."""
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=2), timedelta(minutes=10)


def later(attempts: int, receipt: Receipt) -> timedelta:
    """How long until the next try: what the platform says, else doubling from 2 s up to 10 minutes."""
    if receipt.retry_after is not None:
        return timedelta(seconds=receipt.retry_after)
    return min(LONGEST_RETRY, FIRST_RETRY * (1 << min(attempts, 16)))


@dataclass(slots=True)
class Sender:
    """Delivers for the channels given. One sender a channel at a time."""

    database: Database
    channels: Mapping[str, Channel]
    now: Callable[[], datetime]
    _wakes: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _stopping: bool = False

    def wake(self, channel: str) -> None:
        """Something new waits for this channel."""
        self._wakes[channel].set()

    async def start(self) -> None:
        """Takes up what a crash left behind, then delivers until stopped."""
        for name in self.channels:
            await self.database.write(partial(outbox.recover, channel=name))
            self._tasks.append(asyncio.create_task(self._deliver(name), name=f"sender-{name}"))

    async def stop(self) -> None:
        """Finishes what is on the wire, then stops."""
        self._stopping = True
        for wake in self._wakes.values():
            wake.set()
        await asyncio.gather(*self._tasks)
        self._tasks.clear()

    async def _deliver(self, name: str) -> None:
        wake = self._wakes[name]
        while not self._stopping:
            wake.clear()
            try:
                busy = await self._round(name)
            except Unavailable as error:
                log.error("outbox of %s: database unavailable, trying again: %s", name, error)
                busy = False
            except Exception:
                log.exception("outbox of %s: a fault of ours; trying again", name)
                busy = False
            if not busy and not self._stopping:
                with suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), LOOK_AGAIN)

    async def _round(self, name: str) -> bool:
        """Sends what is due, up to a batch. Whether there was any."""
        rows = await self.database.write(lambda conn: outbox.take(conn, name, self.now(), BATCH))
        if not rows:
            return False
        talks: dict[int, list[outbox.Waiting]] = defaultdict(list)
        for row in rows:
            talks[row.account_id].append(row)
        results = await asyncio.gather(*(self._talk(self.channels[name], talk) for talk in talks.values()))
        settled = [result for talk in results for result in talk]
        await self.database.write(lambda conn: self._settle(conn, name, settled))
        return True

    async def _talk(self, channel: Channel, rows: Sequence[outbox.Waiting]) -> list[Settled]:
        """Sends the messages of one talk in their order; stops at the first that does not get through."""
        settled = []
        for row in rows:
            receipt = await self._send(channel, row)
            settled.append((row, receipt))
            if receipt.outcome not in (Outcome.SENT, Outcome.BAD):
                break
        # What was not tried is put back first: where the person has left, that ends it too.
        return [*((row, None) for row in rows[len(settled) :]), *settled]

    async def _send(self, channel: Channel, row: outbox.Waiting) -> Receipt:
        try:
            return await channel.send(row.address, shown(row))
        except Exception:
            log.exception("%s: sending message %d raised; it is tried again", channel.name, row.id)
            return Receipt(Outcome.UNSURE)

    def _settle(self, conn: Connection, channel: str, settled: Sequence[Settled]) -> None:
        now = self.now()
        for row, receipt in settled:
            if receipt is None:
                outbox.put_back(conn, row.id)
                continue
            due = now + later(row.attempts, receipt)
            match receipt.outcome:
                case Outcome.SENT:
                    outbox.sent(conn, row.id, receipt.message_id, now)
                case Outcome.BAD:
                    outbox.bad(conn, row.id)
                    log.error("%s never takes message %d: %s", channel, row.id, receipt.reason)
                case Outcome.GONE:
                    outbox.gone(conn, row.account_id)
                    log.info("%s: account %d has left", channel, row.account_id)
                case Outcome.UNSURE:
                    outbox.unsure(conn, row.id, due)
                case Outcome.RETRY | Outcome.WINDOW | Outcome.CONFIG:
                    outbox.later(conn, row.id, due)
                    if receipt.outcome is Outcome.CONFIG:
                        log.error(
                            "%s refuses us: %s; `tocns check` says what to mend", channel, receipt.reason
                        )


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
    )
