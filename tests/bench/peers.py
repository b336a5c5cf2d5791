"""`tocns bench peers`: the durable survey beside the same as the two frameworks lead one to write it.

Speed in rounds, one server after the other, each on one core and the load on the other. Then each is killed
(SIGKILL) while members answer, begins again on the same file, and is brought again what it had not
acknowledged: an answer that was acknowledged and is not there is lost, one that is there twice is doubled.
"""

import asyncio
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.bench.processes import cpu_of, resident
from tests.bench.turn_ours import PEOPLE, SECRET, STORY
from tests.bench.turns import SIMPLE, start_server
from tests.bench.wire import Measured, drive, request

PORT = 18_600
PEERS = ("aiogram", "ptb", "ours")
SECONDS = 4.0


def run(rounds: int = 3) -> dict[str, Any]:
    """Turns a second, p99, CPU a turn, memory; lost and doubled answers under a kill."""
    with tempfile.TemporaryDirectory(prefix="tocns-") as folder:
        files = {name: Path(folder) / f"{name}.db" for name in PEERS}
        figures = _speed(files, rounds)
        for place, name in enumerate(PEERS):
            figures[name] |= asyncio.run(_killed(name, PORT + 10 + place, Path(folder) / f"killed-{name}.db"))
    better = max(figures["aiogram"]["turns_per_second"], figures["ptb"]["turns_per_second"])
    leaner = min(figures["aiogram"]["resident_mib"], figures["ptb"]["resident_mib"])
    return {
        "people": PEOPLE,
        **figures,
        "goals": {
            "ten times the better peer": figures["ours"]["turns_per_second"] >= 10 * better,
            "less memory": figures["ours"]["resident_mib"] < leaner,
            "nothing lost, nothing doubled": not (figures["ours"]["lost"] or figures["ours"]["doubled"]),
        },
    }


def _start(name: str, port: int, file: Path) -> "subprocess.Popen[str]":
    return start_server("tests.bench.peer_servers", name, port, str(file))


def _story(name: str) -> tuple[str, ...]:
    return STORY if name == "ours" else SIMPLE


def _speed(files: dict[str, Path], rounds: int) -> dict[str, dict[str, Any]]:
    servers = {name: _start(name, PORT + place, files[name]) for place, name in enumerate(PEERS)}
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    measured: dict[str, list[Measured]] = {name: [] for name in PEERS}
    spent = Counter[str]()
    try:
        for turn in range(rounds):
            for place, (name, server) in enumerate(servers.items()):
                before, first = cpu_of(server.pid), 1 + turn * 1_000_000_000
                driving = drive(PORT + place, PEOPLE, _story(name), SECONDS, first_id=first, secret=SECRET)
                measured[name].append(asyncio.run(driving))
                spent[name] += round(1e6 * (cpu_of(server.pid) - before))
        return {
            name: {
                "turns_per_second": round(statistics.median(one.rate for one in all_rounds)),
                "p99_ms": round(min(one.p99 for one in all_rounds), 1),
                "cpu_us_per_turn": round(spent[name] / sum(one.turns for one in all_rounds)),
                "resident_mib": round(resident(servers[name].pid)),
            }
            for name, all_rounds in measured.items()
        }
    finally:
        for server in servers.values():
            server.kill()
            server.wait()


# --------------------------------------------------------------------------- killed


class Talk:
    """One member's deliveries: those acknowledged, and the one that was not."""

    def __init__(self, number: int, story: tuple[str, ...]) -> None:
        self.chat = 1000 + number
        self.acknowledged: list[int] = []
        self.open: bytes | None = None
        self._said: Iterator[tuple[int, str]] = zip(
            range(1 + number * 1_000_000, (number + 1) * 1_000_000), cycle(story), strict=False
        )

    async def go_on(self, port: int, until: float) -> None:
        """Says one thing after the other; gives up where the service dies, and begins with that again."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            update_id, text = next(self._said)
            self.open = request(update_id, self.chat, text, SECRET)
            writer.write(self.open)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise OSError("refused")
            if "/" not in text:
                self.acknowledged.append(update_id)
            self.open = None
        writer.close()


async def _killed(name: str, port: int, file: Path) -> dict[str, int]:
    server = _start(name, port, file)
    talks = [Talk(number, _story(name)) for number in range(PEOPLE)]
    try:
        going_on = [asyncio.create_task(talk.go_on(port, time.perf_counter() + 30)) for talk in talks]
        await asyncio.sleep(3)
        with suppress(TimeoutError):  # on a busy machine the slowest have answered nobody by then
            async with asyncio.timeout(25):
                while sum(len(talk.acknowledged) for talk in talks) < PEOPLE:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        server.kill()
        server.wait()
        await asyncio.gather(*going_on, return_exceptions=True)
        server = _start(name, port, file)
        for talk in talks:
            await _again(port, talk)
    finally:
        server.kill()
        server.wait()
    there = _answers(name, file)
    acknowledged = {update_id for talk in talks for update_id in talk.acknowledged}
    return {
        "acknowledged": len(acknowledged),
        "lost": len(acknowledged - there.keys()),
        "doubled": sum(times - 1 for times in there.values()),
    }


async def _again(port: int, talk: Talk) -> None:
    """What was not acknowledged is delivered until it is, as Telegram does."""
    for _ in range(100 if talk.open else 0):
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(talk.open or b"")
            head = await reader.readuntil(b"\r\n\r\n")
            writer.close()
            if head.startswith(b"HTTP/1.1 200"):
                return
        await asyncio.sleep(0.05)


def _answers(name: str, file: Path) -> Counter[int]:
    """How often each update was written down. Of ours the event's id stands in the turn's own transaction;
    what the answers themselves became, `faults` counts."""
    query = "SELECT event_id FROM inbox" if name == "ours" else "SELECT update_id FROM bench_answer"
    with sqlite3.connect(file) as database:
        return Counter(int(update_id) for (update_id,) in database.execute(query))
