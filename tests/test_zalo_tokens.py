"""Zalo's tokens: renewed in time, by one process at a time, and not lost by what can go wrong meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.channels.zalo_oa.tokens import Later, Lost, Pair, Refused, Unanswered
from bot.zalo_tokens import EARLY, LEASE, MEND, PAUSE, Keeper
from storage import tokens
from storage.database import Connection, Database, Unavailable
from storage.secrets import Vault

LASTS = timedelta(hours=25)


@dataclass
class Zalo:
    """Gives a new pair for the newest refresh token, once; whoever used an older one is refused."""

    now: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    newest: str = "rt-0"
    given: int = 0
    asked: list[str] = field(default_factory=list)
    trouble: list[Unanswered] = field(default_factory=list)
    pause: float = 0.0

    async def refresh(self, refresh_token: str) -> Pair:
        self.asked.append(refresh_token)
        await asyncio.sleep(self.pause)
        trouble = self.trouble.pop(0) if self.trouble else None
        if trouble and not trouble.spent:
            raise trouble
        if refresh_token != self.newest:
            raise Refused("-14014 Invalid refresh token")
        self.given += 1
        self.newest = f"rt-{self.given}"
        if trouble:
            raise trouble
        return Pair(f"at-{self.given}", self.newest, LASTS)

    def clock(self) -> datetime:
        return self.now


@pytest.fixture
def zalo() -> Zalo:
    return Zalo()


def process(zalo: Zalo, database: Database, seed: str = "rt-0") -> Keeper:
    """The keeper of a process of its own: nothing is shared but the database."""
    return Keeper(database, "zalo_oa", seed, zalo.refresh, zalo.clock)


async def test_the_first_token_is_had_with_the_settings_refresh_token(zalo: Zalo, database: Database) -> None:
    keeper = process(zalo, database)
    assert await keeper.current() == "at-1"
    assert await keeper.current() == "at-1"
    assert zalo.asked == ["rt-0"]


async def test_a_restarted_process_goes_on_with_what_was_kept(zalo: Zalo, database: Database) -> None:
    await process(zalo, database).current()
    assert await process(zalo, database).current() == "at-1"
    zalo.now += LASTS
    assert await process(zalo, database).current() == "at-2"
    assert zalo.asked == ["rt-0", "rt-1"]


async def test_it_is_renewed_before_it_ends(zalo: Zalo, database: Database) -> None:
    keeper = process(zalo, database)
    await keeper.current()
    zalo.now += LASTS - EARLY - timedelta(seconds=1)
    assert await keeper.current() == "at-1"
    zalo.now += timedelta(seconds=1)
    assert await keeper.current() == "at-2"


async def test_many_processes_and_calls_renew_once_between_them(zalo: Zalo, database: Database) -> None:
    zalo.pause = 0.2
    processes = [process(zalo, database) for _ in range(4)]
    calls = [keeper.current() for keeper in processes for _ in range(5)]
    assert set(await asyncio.gather(*calls)) == {"at-1"}
    again = [keeper.renew("at-1") for keeper in processes for _ in range(5)]
    assert set(await asyncio.gather(*again)) == {"at-2"}
    assert zalo.asked == ["rt-0", "rt-1"]


async def test_a_token_that_another_process_renewed_is_not_renewed_again(
    zalo: Zalo, database: Database
) -> None:
    one, two = process(zalo, database), process(zalo, database)
    await one.current()
    await two.current()
    assert await one.renew("at-1") == "at-2"
    assert await two.renew("at-1") == "at-2", "what the other has had serves"
    assert len(zalo.asked) == 2


async def test_a_crash_before_zalo_was_asked_holds_the_next_up_no_longer_than_the_lease(
    zalo: Zalo, database: Database
) -> None:
    def crash(conn: Connection) -> None:
        tokens.begin(conn, "zalo_oa", "rt-0", zalo.now)
        tokens.lease(conn, "zalo_oa", "rt-0", zalo.now, zalo.now + LEASE)

    await database.write(crash)
    waiting = asyncio.create_task(process(zalo, database).current())
    await asyncio.sleep(0.3)
    assert not waiting.done()
    zalo.now += LEASE
    assert await waiting == "at-1"


async def test_an_answer_that_did_not_arrive_is_asked_for_once_more_then_the_chain_is_lost(
    zalo: Zalo, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    zalo.trouble = [Unanswered("no answer", spent=True)]
    keeper = process(zalo, database)
    with pytest.raises(Later):
        await keeper.current()
    for _ in range(3):
        with pytest.raises(Lost, match="TOCNS_ZALO_OA_REFRESH_TOKEN"):
            await keeper.current()
    assert zalo.asked == ["rt-0", "rt-0"], "a dead token is not used for ever"
    assert caplog.text.count(MEND) == 1, "one line that says what to do"
    with pytest.raises(Lost):
        await process(zalo, database).current()
    assert len(zalo.asked) == 2


async def test_while_zalo_is_down_the_old_token_serves_and_is_not_renewed_at_every_message(
    zalo: Zalo, database: Database
) -> None:
    keeper = process(zalo, database)
    await keeper.current()
    zalo.now += LASTS - EARLY
    zalo.trouble = [Unanswered("HTTP status 502", spent=False)] * 2
    assert {await keeper.current() for _ in range(9)} == {"at-1"}
    assert len(zalo.asked) == 2
    zalo.now += PAUSE
    assert await keeper.current() == "at-1"
    zalo.now += PAUSE
    assert await keeper.current() == "at-2"


async def test_what_is_left_of_the_old_token_is_used_though_the_refresh_token_is_dead(
    zalo: Zalo, database: Database
) -> None:
    keeper = process(zalo, database)
    await keeper.current()
    zalo.newest = "granted anew"
    zalo.now += LASTS - EARLY
    assert await keeper.current() == "at-1"
    assert await keeper.current() == "at-1"
    assert len(zalo.asked) == 2
    zalo.now += EARLY
    with pytest.raises(Lost):
        await keeper.current()


async def test_a_new_refresh_token_in_the_settings_begins_anew(zalo: Zalo, database: Database) -> None:
    zalo.newest = "another"
    old = process(zalo, database)
    with pytest.raises(Lost):
        await old.current()
    zalo.newest = "rt-new"
    assert await process(zalo, database, "rt-new").current() == "at-1"
    with pytest.raises(Lost):
        await old.current()  # which must not take the new chain away
    assert await process(zalo, database, "rt-new").current() == "at-1"


class Failing(Database):
    """A database that can't store for a while."""

    failures = 0

    async def write(self, work: Callable[[Connection], object]) -> object:  # type: ignore[override]
        if self.failures:
            self.failures -= 1
            raise Unavailable("disk full")
        return await super().write(work)


@pytest.fixture
async def failing(database_url: str, vault: Vault) -> AsyncIterator[Failing]:
    async with Failing(database_url, vault) as opened:
        yield opened


async def test_a_pair_that_could_not_be_stored_is_kept_until_it_is_and_not_used_before(
    zalo: Zalo, failing: Failing
) -> None:
    keeper = process(zalo, failing)
    zalo.pause = 0.1
    waiting = asyncio.create_task(keeper.current())
    await asyncio.sleep(0.05)  # the lease is taken, Zalo is being asked
    failing.failures = 2
    with pytest.raises(Later):
        await waiting
    with pytest.raises(Later):
        await keeper.current()
    assert await keeper.current() == "at-1"
    assert zalo.asked == ["rt-0"]
    assert await process(zalo, failing).current() == "at-1"


async def test_tokens_are_sealed_at_rest(zalo: Zalo, database: Database) -> None:
    await process(zalo, database).current()
    row = await database.read(lambda conn: conn.one(text("SELECT access, refresh, seed FROM token")))
    assert row
    for cell in row:
        assert b"at-1" not in bytes(cell)
        assert b"rt-" not in bytes(cell)
