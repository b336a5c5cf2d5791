"""One worker leads; when it dies, the next goes on within seconds."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.leading import LOOK, Leading, Sharing
from storage.database import Database
from storage.secrets import Vault

ROOT = Path(__file__).parent.parent
NOW = "2026-11-23T08:00:00+07:00"


class Duty:
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.began = asyncio.Event()

    async def start(self) -> None:
        self.done.append("start")
        self.began.set()

    async def stop(self) -> None:
        self.done.append("stop")


@asynccontextmanager
async def worker(url: str, job: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.workers", url, NOW, job, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()


async def test_only_one_leads_and_another_goes_on_when_it_gives_back(
    database: Database, vault: Vault
) -> None:
    first, second = Duty(), Duty()
    async with Database(database.url, vault) as other:
        one, two = Leading(database, [first]), Leading(other, [second])
        await one.start()
        await two.start()
        assert (first.done, second.done) == (["start"], [])
        await one.stop()
        assert first.done == ["start", "stop"]
        await asyncio.wait_for(second.began.wait(), 5)
        await two.stop()
        assert second.done == ["start", "stop"]


async def test_duties_end_in_the_opposite_order_and_begin_again_with_leadership(database: Database) -> None:
    order: list[str] = []

    class Named(Duty):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        async def start(self) -> None:
            order.append(f"+{self.name}")

        async def stop(self) -> None:
            order.append(f"-{self.name}")

    leading = Leading(database, [Named("sender"), Named("clock")])
    for _ in range(2):
        await leading.start()
        await leading.stop()
    assert order == ["+sender", "+clock", "-clock", "-sender"] * 2


async def test_a_worker_that_is_killed_is_followed_by_another_within_seconds(
    database: Database, vault: Vault
) -> None:
    duty = Duty()
    async with worker(database.url, "lead") as process:
        assert await line(process) == "leads"
        assert await line(process) == "ready"
        leading = Leading(database, [duty])
        await leading.start()
        assert duty.done == [], "it still lives"
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await asyncio.wait_for(duty.began.wait(), 5)
        await leading.stop()


async def test_two_processes_never_lead_at_once(database: Database) -> None:
    async with worker(database.url, "lead") as one:
        assert await line(one) == "leads"
        async with worker(database.url, "lead") as two:
            assert await line(two) == "ready", "it waits"
            one.send_signal(signal.SIGKILL)
            assert await line(two) == "leads"


async def test_workers_share_the_channels_and_take_over_those_of_one_that_is_killed(
    database: Database,
) -> None:
    async with worker(database.url, "share:telegram,zalo_oa") as one:
        assert {await line(one), await line(one)} == {"leads telegram", "leads zalo_oa"}
        assert await line(one) == "ready"
        async with worker(database.url, "share:telegram,zalo_oa") as two:
            assert await line(two) == "ready"
            assert await line(one) == "ends zalo_oa", "who has two gives one to who has none"
            assert await line(two) == "leads zalo_oa"
            one.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            assert await line(two) == "leads telegram"
            assert time.monotonic() - killed < 10


async def test_who_is_alone_keeps_all_its_channels(database: Database) -> None:
    duties = [Duty(), Duty()]
    sharing = Sharing(
        database, [Leading(database, [duty], name) for duty, name in zip(duties, "ab", strict=True)]
    )
    await sharing.start()
    await asyncio.sleep(4 * LOOK)
    assert [duty.done for duty in duties] == [["start"], ["start"]]
    await sharing.stop()
    assert [duty.done for duty in duties] == [["start", "stop"]] * 2


async def test_leadership_of_one_name_says_nothing_of_another(database: Database, vault: Vault) -> None:
    async with Database(database.url, vault) as other:
        mine, theirs = await database.lead("a"), await other.lead("b")
        assert mine is not None
        assert theirs is not None
        assert await database.lead("b") is None
        assert await other.lead("a") is None
        await mine.release()
        assert (await mine.holds(), await theirs.holds()) == (False, True)
        taken = await other.lead("a")
        assert taken is not None
        await taken.release()
        await theirs.release()


async def test_a_leader_whose_connection_is_cut_finds_out_and_stops(database: Database, vault: Vault) -> None:
    lease = await database.lead("worker")
    assert lease is not None
    assert await lease.holds()
    assert await database.lead("worker") is None
    assert await database.lead("another name") is not None
    await lease.release()
    assert not await lease.holds()
    again = await database.lead("worker")
    assert again is not None
    await again.release()
