"""The sender: in order within a talk, replies first, nothing lost, and twice only what is harmless twice."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from bot.channels.base import Attachment, Hear, Limits, Outcome, Receipt, Shown
from bot.sender import FEW, LONGEST_RETRY, Sender, later
from storage import outbox, people
from storage.database import Connection, Database, Unavailable

START = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@dataclass
class Scripted:
    """A channel that answers as it is told, then with success; it remembers what got through."""

    name: str = "test"
    limits: Limits = field(default_factory=lambda: Limits(text=200, buttons=5, row=2, button_label=20))
    answers: list[Receipt] = field(default_factory=list)
    tried: list[tuple[str, str]] = field(default_factory=list)
    arrived: list[tuple[str, str]] = field(default_factory=list)

    def routes(self, hear: Hear) -> Sequence[web.RouteDef]:
        return []

    async def start(self, hear: Hear, *, listen: bool, send: bool) -> None: ...

    async def hush(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, address: str, shown: Shown) -> Receipt:
        self.tried.append((address, shown.text))
        receipt = self.answers.pop(0) if self.answers else Receipt(Outcome.SENT, "m")
        if receipt.outcome is Outcome.SENT:
            self.arrived.append((address, shown.text))
        return receipt

    async def fetch(self, attachment: Attachment) -> bytes:
        raise OSError


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


async def person(database: Database, address: str) -> int:
    def add(conn: Connection) -> int:
        return people.add_account(conn, people.create(conn, address, "vi", START), "test", address, START)

    return await database.write(add)


async def put(database: Database, account: int, *texts: str, kind: str = "reply", priority: int = 0) -> None:
    def add(conn: Connection) -> None:
        for text in texts:
            outbox.enqueue(
                conn, account_id=account, channel="test", kind=kind, priority=priority,
                body=f'{{"text":"{text}"}}', due_at=START,
            )  # fmt: skip

    await database.write(add)


@asynccontextmanager
async def sending(database: Database, channel: Scripted, clock: Clock) -> AsyncIterator[Sender]:
    sender = Sender(database, {"test": channel}, clock)
    await sender.start("test")
    yield sender
    await sender.stop("test")


async def settled(database: Database, sender: Sender) -> dict[str, int]:
    """Waits until nothing is on the wire and nothing that is due waits."""
    for _ in range(200):
        sender.wake("test")
        await asyncio.sleep(0.01)
        backlog = await database.read(outbox.backlog)
        if ("test", "attempted") not in backlog:
            due = await database.write(lambda conn: len(outbox.take(conn, "test", sender.now(), 0)))
            assert due == 0
            return {status: count for (_, status), count in backlog.items()}
    raise AssertionError("the sender does not come to rest")


async def rest(database: Database, channel: Scripted, sender: Sender, tries: int) -> dict[str, int]:
    for _ in range(500):
        sender.wake("test")
        await asyncio.sleep(0.01)
        if len(channel.tried) >= tries:
            return await settled(database, sender)
    raise AssertionError(f"only {len(channel.tried)} of {tries} were tried")


async def test_what_waits_is_delivered_in_its_order(database: Database) -> None:
    channel, clock = Scripted(), Clock()
    account = await person(database, "a")
    await put(database, account, "1", "2", "3")
    async with sending(database, channel, clock) as sender:
        assert await rest(database, channel, sender, 3) == {"sent": 3}
    assert [text for _, text in channel.arrived] == ["1", "2", "3"]


async def test_a_reply_goes_before_a_broadcast(database: Database) -> None:
    clock = Clock()
    for n in range(3):
        await put(database, await person(database, f"b{n}"), "loa", kind="broadcast", priority=3)
    await put(database, await person(database, "a"), "đáp")
    rows = await database.write(lambda conn: outbox.take(conn, "test", clock(), 1))
    assert [row.body for row in rows] == ['{"text":"đáp"}']


async def test_what_is_not_taken_now_is_tried_again_later_and_holds_its_talk(database: Database) -> None:
    channel, clock = Scripted(answers=[Receipt(Outcome.RETRY, retry_after=30)]), Clock()
    account = await person(database, "a")
    await put(database, account, "1", "2")
    async with sending(database, channel, clock) as sender:
        assert await rest(database, channel, sender, 1) == {"waiting": 2}
        assert channel.arrived == [], "the second must not overtake the first"
        clock.now += timedelta(seconds=31)
        assert await rest(database, channel, sender, 3) == {"sent": 2}
    assert [text for _, text in channel.arrived] == ["1", "2"]


async def test_one_persons_trouble_does_not_hold_up_another(database: Database) -> None:
    channel, clock = Scripted(answers=[Receipt(Outcome.RETRY, retry_after=900)]), Clock()
    for who in "ab":
        await put(database, await person(database, who), who)
    async with sending(database, channel, clock) as sender:
        assert await rest(database, channel, sender, 2) == {"sent": 1, "waiting": 1}


async def test_a_message_that_can_never_be_taken_does_not_stop_the_rest(database: Database) -> None:
    channel, clock = Scripted(answers=[Receipt(Outcome.BAD, reason="too long")]), Clock()
    await put(database, await person(database, "a"), "hỏng", "lành")
    async with sending(database, channel, clock) as sender:
        assert await rest(database, channel, sender, 2) == {"bad": 1, "sent": 1}


async def test_what_is_to_be_tried_a_few_times_ends_then_and_lets_the_rest_through(
    database: Database,
) -> None:
    failed = Receipt(Outcome.RETRY, reason="-200 send failed", few=True)
    channel, clock = Scripted(answers=[failed] * FEW), Clock()
    await put(database, await person(database, "a"), "1", "2")
    async with sending(database, channel, clock) as sender:
        for tries in range(1, FEW):
            assert await rest(database, channel, sender, tries) == {"waiting": 2}
            clock.now += LONGEST_RETRY
        assert await rest(database, channel, sender, FEW + 1) == {"bad": 1, "sent": 1}
    assert [text for _, text in channel.arrived] == ["2"]


async def test_who_has_left_is_not_written_to(database: Database) -> None:
    channel, clock = Scripted(answers=[Receipt(Outcome.GONE)]), Clock()
    account = await person(database, "a")
    await put(database, account, "1", "2")
    async with sending(database, channel, clock) as sender:
        assert await rest(database, channel, sender, 1) == {"gone": 2}


async def test_an_unsure_reply_is_sent_again_and_an_unsure_digest_is_not(database: Database) -> None:
    channel, clock = Scripted(answers=[Receipt(Outcome.UNSURE), Receipt(Outcome.UNSURE)]), Clock()
    await put(database, await person(database, "a"), "câu hỏi")
    await put(database, await person(database, "b"), "bản tin", kind="digest", priority=2)
    async with sending(database, channel, clock) as sender:
        assert await rest(database, channel, sender, 2) == {"unsure": 1, "waiting": 1}
        clock.now += timedelta(minutes=1)
        assert await rest(database, channel, sender, 3) == {"unsure": 1, "sent": 1}
    assert channel.arrived == [("a", "câu hỏi")]


async def test_after_a_crash_on_the_wire_a_reply_goes_again_and_a_digest_does_not(database: Database) -> None:
    channel, clock = Scripted(), Clock()
    await put(database, await person(database, "a"), "câu hỏi")
    await put(database, await person(database, "b"), "bản tin", kind="digest", priority=2)
    await database.write(lambda conn: outbox.take(conn, "test", clock(), 10))  # … and the process dies here
    async with sending(database, channel, clock) as sender:
        assert await rest(database, channel, sender, 1) == {"sent": 1, "unsure": 1}
    assert channel.arrived == [("a", "câu hỏi")]


async def test_what_was_sent_as_the_database_went_away_is_written_down_when_it_is_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left as attempted, it would hold up its talk until a restart, and then go a second time."""
    channel, clock, write, down = Scripted(), Clock(), database.write, 3
    account = await person(database, "a")
    await put(database, account, "1")

    async def flaky(work: Callable[[Connection], Any], *, brief: bool = False) -> Any:
        nonlocal down
        if channel.tried and down:
            down -= 1
            raise Unavailable("it is away")
        return await write(work, brief=brief)

    monkeypatch.setattr(database, "write", flaky)
    async with sending(database, channel, clock) as sender:
        await rest(database, channel, sender, 1)
        assert down == 0
        await put(database, account, "2")
        assert await rest(database, channel, sender, 2) == {"sent": 2}
    assert [text for _, text in channel.arrived] == ["1", "2"]


async def test_what_was_sent_is_written_down_though_nothing_more_can_be_taken_by_a_fault_of_ours(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, clock, take = Scripted(), Clock(), outbox.take
    account = await person(database, "a")
    await put(database, account, "1")

    def faulty(conn: Connection, name: str, now: datetime, limit: int) -> list[outbox.Waiting]:
        if channel.tried:
            raise KeyError("a fault")
        return take(conn, name, now, limit)

    monkeypatch.setattr(outbox, "take", faulty)
    async with sending(database, channel, clock):
        async with asyncio.timeout(5):
            while await database.read(outbox.backlog) != {("test", "sent"): 1}:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert channel.arrived == [("a", "1")]


async def test_who_stops_writes_down_what_was_sent(database: Database) -> None:
    @dataclass
    class Slow(Scripted):
        async def send(self, address: str, shown: Shown) -> Receipt:
            await asyncio.sleep(0.2)
            return await super().send(address, shown)

    channel = Slow()
    await put(database, await person(database, "a"), "1")
    async with sending(database, channel, Clock()):
        await asyncio.sleep(0.1)
    assert await database.read(outbox.backlog) == {("test", "sent"): 1}


async def test_a_reply_comes_between_the_rounds_of_a_long_broadcast(sqlite_database: Database) -> None:
    """However much waits, at a channel's pace a round takes less than a second, and a reply is next."""

    @dataclass
    class Paced(Scripted):
        async def send(self, address: str, shown: Shown) -> Receipt:
            async with self.gate:
                await asyncio.sleep(1 / 25)
            return await super().send(address, shown)

    limits = Limits(text=200, buttons=5, row=2, button_label=20, per_second=25)
    channel, clock = Paced(limits=limits), Clock()
    channel.gate = asyncio.Lock()  # type: ignore[attr-defined]
    for n in range(200):
        await put(
            sqlite_database, await person(sqlite_database, f"b{n}"), "loa", kind="broadcast", priority=3
        )
    asker = await person(sqlite_database, "a")
    async with sending(sqlite_database, channel, clock):
        await asyncio.sleep(0.7)
        await put(sqlite_database, asker, "đáp")
        async with asyncio.timeout(1):
            while ("a", "đáp") not in channel.arrived:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


def test_waiting_doubles_up_to_a_limit_unless_the_platform_says_how_long() -> None:
    waits = [later(attempts, Receipt(Outcome.RETRY)) for attempts in range(20)]
    assert waits[0] == timedelta(seconds=2)
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_RETRY
    assert later(9, Receipt(Outcome.RETRY, retry_after=7)) == timedelta(seconds=7)
