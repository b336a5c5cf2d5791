"""A channel's pace is held although everything is late, and never overrun."""

import asyncio
import selectors
from typing import Any

import pytest
from aiolimiter import AsyncLimiter

from bot.channels.base import steady
from bot.channels.telegram.speaking import PACE

TELEGRAMS = 30
"""Messages a second: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""


class _Late(asyncio.SelectorEventLoop):
    """A loop in which no time passes but that for which it sleeps, and each time two milliseconds more."""

    def __init__(self) -> None:
        super().__init__(_Sleepless(self))
        self.at = 0.0

    def time(self) -> float:
        return self.at


class _Sleepless(selectors.SelectSelector):
    def __init__(self, loop: _Late) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout:
            self._loop.at += timeout + 0.002
        return []


def sent(messages: int, size: float, period: float, stall: float) -> list[float]:
    """When so many went out; after each hundred there is a pause, as when the outbox is looked at."""

    async def send() -> list[float]:
        bucket, times = AsyncLimiter(size, period), []
        for number in range(messages):
            await bucket.acquire()
            times.append(asyncio.get_running_loop().time())
            if number % 100 == 99:
                await asyncio.sleep(stall)
        return times

    loop = _Late()
    try:
        return loop.run_until_complete(send())
    finally:
        loop.close()


@pytest.mark.parametrize("per_second", [10, PACE, 300, 400])
def test_the_pace_is_held_within_two_per_cent_though_all_is_late(per_second: int) -> None:
    size, period = steady(per_second)
    times = sent(3_000, size, period, stall=0.1)[int(size) :]
    assert len(times) / (times[-1] - times[0]) == pytest.approx(per_second, rel=0.02)


def test_a_bucket_of_one_message_loses_all_lateness() -> None:
    times = sent(3_000, 1, 1 / 300, stall=0.1)
    assert len(times) / (times[-1] - times[0]) < 0.7 * 300


def test_no_second_has_more_messages_than_telegram_takes() -> None:
    times = sent(200, *steady(PACE), stall=0)
    most = max(sum(start <= at < start + 1 for at in times) for start in times)
    assert PACE < most < TELEGRAMS
