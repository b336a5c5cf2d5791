"""What Prometheus is told: turns and sends as they happen, and what waits in the database at each look.

deploy/grafana.json and deploy/alerts.yaml read these names.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bot.channels.base import Busy, Hear, Incoming, Receipt
from content.backups import Standing
from storage import backups, outbox, parked
from storage.database import Connection, Database, Unavailable

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Look:
    """What is read from the database at one look, and by which clock."""

    now: datetime
    queue: outbox.Queue
    parked: int
    backups: Standing


class Metrics:
    """The figures of one process. They name channels and kinds, never people."""

    def __init__(self, registry: CollectorRegistry, database: Database, now: Callable[[], datetime]) -> None:
        self.registry = registry
        self._database = database
        self._now = now
        gauge = partial(Gauge, registry=registry, namespace="tocns")
        self._turns = Counter("tocns_turns", "Events heard", ["channel", "outcome"], registry=registry)
        self._seconds = Histogram(
            "tocns_turn_seconds", "From an event to its turn on the disk", ["channel"], registry=registry
        )
        self._sends = Counter("tocns_sends", "Messages tried", ["channel", "outcome"], registry=registry)
        self._up = gauge("database_up", "Whether the database answers")
        self._waiting = gauge("outbox_waiting", "Messages that wait to be sent", ["channel", "kind"])
        self._oldest = gauge("outbox_oldest_seconds", "How long the oldest message that is due has waited")
        self._held = gauge("outbox_held", "Messages that wait for their people to write first")
        self._parked = gauge("parked", "Events whose handling failed: tocns replay lists them")
        self._made = gauge("backup_made_timestamp_seconds", "When the newest good backup was made; 0 never")
        self._size = gauge("backup_size_bytes", "Size of the newest good backup")
        self._verified = gauge("backup_verified_timestamp_seconds", "When one was restored last; 0 never")
        self._failed = gauge("backup_failed", "Whether the last backup, or the look at one, failed")

    def counting(self, hear: Hear) -> Hear:
        """The same, counted."""

        turns, seconds = cache(self._turns.labels), cache(self._seconds.labels)

        async def counted(incoming: Incoming) -> None:
            began = perf_counter()
            try:
                await hear(incoming)
            except Busy:
                turns(incoming.channel, "busy").inc()
                raise
            turns(incoming.channel, "done").inc()
            seconds(incoming.channel).observe(perf_counter() - began)

        return counted

    def sent(self, channel: str, receipt: Receipt) -> None:
        """A message was tried."""
        self._sends.labels(channel, receipt.outcome.value).inc()

    async def look(self) -> None:
        """Reads from the database what waits there; where it does not answer, says that and keeps quiet."""
        try:
            look = await self._database.read(self._read)
        except Unavailable as error:
            log.error("no figures without the database: %s", error)
            self._up.set(0)
            self._waiting.clear()
            return
        self._up.set(1)
        self._show(look)

    def _read(self, conn: Connection) -> _Look:
        now = self._now()
        return _Look(now, outbox.queue(conn, now), parked.count(conn), backups.standing(conn))

    def _show(self, look: _Look) -> None:
        self._waiting.clear()
        for (channel, kind), count in look.queue.waiting.items():
            self._waiting.labels(channel, kind).set(count)
        oldest = look.queue.oldest
        self._oldest.set(max(0.0, (look.now - oldest).total_seconds()) if oldest else 0)
        self._held.set(look.queue.held)
        self._parked.set(look.parked)
        made, verified = look.backups.made, look.backups.verified
        self._made.set(made.made_at.timestamp() if made else 0)
        self._size.set(made.size if made else 0)
        at = verified.verified_at if verified else None
        self._verified.set(at.timestamp() if at else 0)
        self._failed.set(look.backups.failed is not None)
