"""`tocns bench turns`: committed survey turns a second over the Telegram webhook, beside four others.

(a) `bare` parses the body and answers; (b) `rows` also commits an answer and a state row in groups, FULL: the
limit; (c) `aiogram`, (d) `ptb`: a form of five questions as their documentation writes it, in memory, nothing
durable. The servers run one after the other, in rounds, on one core; the load on the other.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.bench.processes import cpu_of
from tests.bench.turn_ours import PEOPLE, SECRET, STORY
from tests.bench.wire import Measured, drive

PORT = 18_500
ROUNDS, SECONDS = 3, 4.0
SIMPLE = ("/khaosat", "1", "1", "1", "1", "1")
SERVERS = ("bare", "rows", "aiogram", "ptb", "ours")


def run() -> dict[str, Any]:
    """Turns a second (median of the rounds), CPU a turn, p99 of the best round, and ratios to the others."""
    servers = {
        name: start_server("tests.bench.turn_servers", name, PORT + place)
        for place, name in enumerate(SERVERS)
    }
    try:
        measured, spent = _measure({name: server.pid for name, server in servers.items()})
    finally:
        for server in servers.values():
            server.kill()
            server.wait()
    rate = {name: statistics.median(one.rate for one in rounds) for name, rounds in measured.items()}
    return {
        "people": PEOPLE,
        "seconds": ROUNDS * SECONDS,
        "turns_per_second": {name: round(value) for name, value in rate.items()},
        "cpu_us_per_turn": {
            name: round(1e6 * spent[name] / sum(one.turns for one in rounds))
            for name, rounds in measured.items()
        },
        "p99_ms": {name: round(min(one.p99 for one in rounds), 1) for name, rounds in measured.items()},
        "refused": sum(one.refused for rounds in measured.values() for one in rounds),
        "ours_to": {name: round(rate["ours"] / rate[name], 2) for name in SERVERS[:-1]},
        "goals": {
            "at least 40 % of rows": rate["ours"] >= 0.4 * rate["rows"],
            "faster than aiogram": rate["ours"] > rate["aiogram"],
            "faster than ptb": rate["ours"] > rate["ptb"],
        },
    }


def start_server(module: str, name: str, port: int, *more: str) -> "subprocess.Popen[str]":
    """Starts one of the servers of a module, on the first core; returns when it answers."""
    root = Path(__file__).parent.parent.parent
    server = subprocess.Popen(
        [sys.executable, "-m", module, name, str(port), *more],
        cwd=root, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(server.pid, {min(os.sched_getaffinity(0))})
    assert server.stdout
    for line in server.stdout:
        if line.strip() == "ready":
            break
    _await(port)
    return server


def _await(port: int) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server on port {port} does not answer")


def _measure(pids: dict[str, int]) -> tuple[dict[str, list[Measured]], dict[str, float]]:
    """What was measured in the rounds, and the CPU seconds that each server spent on them."""
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    measured: dict[str, list[Measured]] = {name: [] for name in SERVERS}
    spent = dict.fromkeys(SERVERS, 0.0)
    for turn in range(ROUNDS):
        for place, name in enumerate(SERVERS):
            story = STORY if name == "ours" else SIMPLE
            first_id = 1 + turn * 1_000_000_000
            before = cpu_of(pids[name])
            measured[name].append(
                asyncio.run(drive(PORT + place, PEOPLE, story, SECONDS, first_id=first_id, secret=SECRET))
            )
            spent[name] += cpu_of(pids[name]) - before
    return measured, spent
