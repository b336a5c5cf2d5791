"""Leaves a platform alone while it is down, and tries again by itself: one message first, then all."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.base import Outcome, Receipt

log = logging.getLogger(__name__)

FAILURES = 5
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=2)
_ANSWERS = frozenset({Outcome.SENT, Outcome.BAD, Outcome.GONE, Outcome.WINDOW})
"""A platform that says so is up."""


@dataclass(slots=True)
class Breaker:
    """Of one channel. Opens after five failures in a row; while open, one message is tried after each
    pause."""

    channel: str
    failures: int = 0
    pause: timedelta = SHORTEST
    closed_until: datetime | None = None

    def room(self, now: datetime, most: int) -> int:
        """How many messages may be tried now."""
        if self.closed_until is None:
            return most
        return 1 if now >= self.closed_until else 0

    def saw(self, receipt: Receipt, now: datetime) -> None:
        """How a send ended."""
        if receipt.outcome in _ANSWERS:
            if self.closed_until is not None:
                log.info("%s answers again; what waits is sent now", self.channel)
            self.failures, self.pause, self.closed_until = 0, SHORTEST, None
            return
        if receipt.outcome is Outcome.RETRY and receipt.retry_after is not None:
            return  # it answers, and says when
        self.failures += 1
        trial = self.closed_until is not None and now >= self.closed_until
        if trial:
            self.pause = min(LONGEST, self.pause * 2)
        if trial or self.failures == FAILURES:
            if not trial:
                log.error(
                    "%s does not take messages (%s); they wait, and are tried again by themselves",
                    self.channel,
                    receipt.reason,
                )
            self.closed_until = now + self.pause
