"""When one may write first: free, for money, by template, elsewhere, or later; and what comes of it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from bot import windows
from bot.breaker import FAILURES, LONGEST, SHORTEST, Breaker
from bot.channels.base import Limits, Outcome, Receipt, Shown, Window
from bot.sender import LOOK_AT_HELD, Sender
from bot.windows import ByTemplate, Case, Elsewhere, Open, Wait, better_now, way
from content.postage import Postage, Wording
from storage import outbox, people, reaching, talks
from storage.database import Connection, Database, Statement
from tests.test_sender import START, Clock, Scripted

WINDOW = Window(timedelta(hours=48), timedelta(days=7), 55)
REMINDER = Wording("100", 560, {"noi_dung": "text", "ten": "name", "ngay": "day"}, longest=20)
BY_PHONE = Wording("200", 800, {"noi_dung": "text"}, by_phone=True)
RICH = Postage(10_000, {"reminder": REMINDER, "digest": BY_PHONE})
OTHER = Elsewhere(9, "telegram")

hours = st.integers(0, 24 * 30)


def case(
    silent: float | None, kind: str = "reminder", *, phone: bool = False, other: bool = False, spent: int = 0
) -> Case:
    heard = None if silent is None else START - timedelta(hours=silent)
    return Case(kind, heard, phone, OTHER if other else None, spent)


def decided(of: Case, postage: Postage = RICH) -> windows.Way:
    return way(of, WINDOW, postage, START)


@pytest.mark.parametrize("silent", [0, 1, 48])
def test_for_two_days_it_is_free_whatever_has_been_spent(silent: int) -> None:
    assert decided(case(silent, spent=10**9), Postage()) == Open()


@pytest.mark.parametrize("silent", [48.01, 100, 167.9])
def test_up_to_a_week_it_costs_and_stays_under_the_ceiling(silent: float) -> None:
    assert decided(case(silent)) == Open(55)
    assert decided(case(silent, spent=9_946)) == Wait(
        "the month's ceiling is reached, or the person's number is not known"
    )
    assert decided(case(silent, spent=9_946, other=True)) == OTHER
    assert isinstance(decided(case(silent), Postage()), Wait), "nothing is spent that nobody allowed"


@pytest.mark.parametrize("silent", [168, 1000, None])
def test_after_a_week_only_a_template_or_another_way(silent: float | None) -> None:
    assert decided(case(silent)) == ByTemplate(REMINDER)
    assert decided(case(silent, "digest", phone=True)) == ByTemplate(BY_PHONE)
    assert isinstance(decided(case(silent, "digest")), Wait), "the number is not known"
    assert decided(case(silent, "digest", other=True)) == OTHER
    assert decided(case(silent, "broadcast", other=True)) == OTHER
    assert decided(case(silent, "broadcast")) == Wait("the person has not written for too long")
    assert isinstance(decided(case(silent, spent=9_500)), Wait)


@given(
    silent=st.one_of(st.none(), hours), kind=st.sampled_from(["reply", "reminder", "digest"]),
    phone=st.booleans(), other=st.booleans(), spent=st.integers(0, 20_000), ceiling=st.integers(0, 20_000),
)  # fmt: skip
def test_nothing_goes_over_the_ceiling_and_nothing_waits_that_could_go(  # noqa: PLR0917
    silent: int | None, kind: str, phone: bool, other: bool, spent: int, ceiling: int
) -> None:
    found = decided(
        case(silent, kind, phone=phone, other=other, spent=spent), Postage(ceiling, RICH.templates)
    )
    assert found.cost == 0 or spent + found.cost <= ceiling
    if isinstance(found, Wait):
        assert not other
        assert silent is None or silent > 48
    if isinstance(found, Open):
        assert silent is not None
        assert silent < 168


@pytest.mark.parametrize(
    ("silent", "ahead", "expected"),
    [
        (1, 12, False),  # free then too
        (40, 12, True),  # free now, for money then
        (60, 12, False),  # for money either way
        (160, 12, True),  # the week is up before
        (170, 12, False),  # too late already
    ],
)
def test_what_is_planned_for_after_the_window_closes_goes_before(
    silent: int, ahead: int, expected: bool
) -> None:
    heard = START - timedelta(hours=silent)
    assert better_now(START + timedelta(hours=ahead), heard, WINDOW, START) is expected
    assert not better_now(START + timedelta(hours=ahead), None, WINDOW, START)


# --------------------------------------------------------------------------- the outbox


class Oa(Scripted):
    """A channel with a window; it remembers the templates that it was given."""

    def __init__(self, name: str = "zalo_oa", window: Window | None = WINDOW) -> None:
        super().__init__(name, Limits(text=200, buttons=5, row=1, button_label=20, window=window))
        self.shown: list[Shown] = []

    async def send(self, address: str, shown: Shown) -> Receipt:
        self.shown.append(shown)
        return await super().send(address, shown)


@asynccontextmanager
async def sending(
    database: Database, clock: Clock, *channels: Oa, postage: Postage = RICH
) -> AsyncIterator[Sender]:
    sender = Sender(database, {channel.name: channel for channel in channels}, clock, postage)
    for channel in channels:
        await sender.start(channel.name)
    yield sender
    for channel in channels:
        await sender.stop(channel.name)


async def person(database: Database, heard: timedelta | None, *, phone: str = "") -> int:
    """Somebody on Zalo, heard so long ago; their account."""

    def add(conn: Connection) -> int:
        person_id = people.create(conn, "Lan", "vi", START)
        account = people.add_account(conn, person_id, "zalo_oa", f"address {person_id}", START)
        if heard is not None:
            people.heard(conn, account, START - heard)
        if phone:
            people.set_phone(conn, account, phone)
        return account

    return await database.write(add)


async def put(database: Database, account: int, text: str, kind: str = "reminder") -> int:
    def add(conn: Connection) -> int | None:
        return outbox.enqueue(
            conn, account_id=account, channel="zalo_oa", kind=kind, priority=1, body=f'{{"text":"{text}"}}',
            due_at=START,
        )  # fmt: skip

    number = await database.write(add)
    assert number
    return number


async def comes_to(database: Database, sender: Sender, expected: dict[tuple[str, str], int]) -> None:
    """Waits until the messages stand so."""
    async with asyncio.timeout(5):
        while await database.read(outbox.backlog) != expected:
            sender.wake("zalo_oa")
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    assert await database.read(outbox.backlog) == expected


async def spent(database: Database) -> int:
    return await database.read(lambda conn: reaching.spent(conn, windows.month_of(START)))


async def test_inside_two_days_a_message_goes_free_and_later_its_price_is_kept(database: Database) -> None:
    channel, clock = Oa(), Clock()
    await put(database, await person(database, timedelta(hours=1)), "sớm")
    await put(database, await person(database, timedelta(days=3)), "muộn")
    async with sending(database, clock, channel) as sender:
        await comes_to(database, sender, {("zalo_oa", "sent"): 2})
    assert await spent(database) == 55


async def test_a_burst_stops_at_the_ceiling_and_goes_on_in_the_next_month(database: Database) -> None:
    channel, clock = Oa(), Clock()
    accounts = [await person(database, timedelta(days=3)) for _ in range(5)]
    for account in accounts:
        await put(database, account, "muộn")
    async with sending(database, clock, channel, postage=Postage(ceiling=120)) as sender:
        await comes_to(database, sender, {("zalo_oa", "sent"): 2, ("zalo_oa", "waiting"): 3})
        assert await spent(database) == 110
        clock.now = december = START + timedelta(days=8)

        def written_since(conn: Connection) -> None:
            for account in accounts:
                people.heard(conn, account, december - timedelta(days=3))

        await database.write(written_since)
        await comes_to(database, sender, {("zalo_oa", "sent"): 4, ("zalo_oa", "waiting"): 1})
    held = await database.read(lambda conn: reaching.held(conn, 10))
    assert [(one.channel, one.kind) for one in held] == [("zalo_oa", "reminder")]


async def test_outside_the_week_the_approved_wording_goes_filled_and_cut(database: Database) -> None:
    channel, clock = Oa(), Clock()
    await put(
        database, await person(database, timedelta(days=8)), "Chiều nay anh chị còn ba hộ chưa khảo sát"
    )
    async with sending(database, clock, channel) as sender:
        await comes_to(database, sender, {("zalo_oa", "sent"): 1})
    template = channel.shown[0].template
    assert template
    assert dict(template.values) == {"noi_dung": "Chiều nay anh chị…", "ten": "Lan", "ngay": "23/11/2026"}
    assert (template.id, template.phone) == ("100", "")
    assert await spent(database) == 560


async def test_a_wording_by_phone_goes_to_the_number_that_the_person_gave(database: Database) -> None:
    channel, clock = Oa(), Clock()
    await put(database, await person(database, timedelta(days=8), phone="84901234567"), "Bản tin", "digest")
    async with sending(database, clock, channel) as sender:
        await comes_to(database, sender, {("zalo_oa", "sent"): 1})
    template = channel.shown[0].template
    assert template
    assert template.phone == "84901234567"


async def test_who_can_be_reached_elsewhere_is_reached_there(database: Database) -> None:
    zalo, telegram, clock = Oa(), Oa("telegram", None), Clock()
    account = await person(database, timedelta(days=8))

    def join(conn: Connection) -> None:
        person_id = reaching.reach(conn, account).person_id
        people.add_account(conn, person_id, "telegram", "42", START)

    await database.write(join)
    await put(database, account, "Bản tin", "broadcast")
    async with sending(database, clock, zalo, telegram) as sender:
        await comes_to(database, sender, {("telegram", "sent"): 1})
    assert telegram.arrived == [("42", "Bản tin")]
    assert zalo.tried == []


async def test_who_cannot_be_reached_is_listed_and_gets_it_all_when_they_write(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    channel, clock = Oa(), Clock()
    account = await person(database, timedelta(days=8))
    numbers = [await put(database, account, text, "broadcast") for text in ("một", "hai")]
    async with sending(database, clock, channel) as sender:
        await comes_to(database, sender, {("zalo_oa", "waiting"): 2})
        clock.now += LOOK_AT_HELD
        await comes_to(database, sender, {("zalo_oa", "waiting"): 2})
        held = await database.read(lambda conn: reaching.held(conn, 10))
        assert [one.id for one in held] == numbers
        assert {one.held_at for one in held} == {START}
        assert caplog.text.count("has not written for too long") == 2, "once a message"

        def writes(conn: Connection) -> None:
            people.heard(conn, account, clock.now)
            assert reaching.release(conn, account, clock.now) == 2

        await database.write(writes)
        await comes_to(database, sender, {("zalo_oa", "sent"): 2})
    assert [text for _, text in channel.arrived] == ["một", "hai"]
    assert await database.read(lambda conn: reaching.held(conn, 10)) == []


async def test_who_writes_is_not_asked_all_that_waits_for_them_whether_something_is_held(
    database: Database,
) -> None:
    """Every turn of theirs would go through hundreds of messages that they have been told, or shall be."""
    account = await person(database, timedelta(hours=1))
    for _ in range(300):
        await put(database, account, "Tin", "reply")

    def how(conn: Connection, statement: Statement, **params: Any) -> str:
        plan = copy(conn._planner.plan(statement))
        sqlite = conn.engine == "sqlite"
        plan.sql = ("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + plan.sql
        return "\n".join(str(tuple(row)) for row in conn._fetch(plan, plan.values(params)))

    def look(conn: Connection) -> list[str]:
        conn.run(text("ANALYZE outbox"))
        event = {"channel": "zalo_oa", "event_id": "1", "received_at": START}
        who = {"fingerprint": conn.vault.fingerprint("zalo_oa", "1"), "today": START.date()}
        return [
            how(conn, talks._LOAD[True], **who),
            *([how(conn, talks._BEGIN[True], **event, **who)] if conn.engine == "postgresql" else []),
            how(conn, reaching._RELEASE, account=account, now=START),
        ]

    for plan in await database.write(look):
        read = set(re.findall(r"ix_outbox_\w+", plan))
        assert read == {"ix_outbox_held_account"}, plan


async def test_where_the_platform_says_its_window_is_closed_it_is_believed(database: Database) -> None:
    channel, clock = Oa(), Clock()
    channel.answers = [Receipt(Outcome.WINDOW, reason="-232")]
    account = await person(database, timedelta(hours=1))
    await put(database, account, "chào", "broadcast")
    async with sending(database, clock, channel) as sender:
        await comes_to(database, sender, {("zalo_oa", "waiting"): 1})
        clock.now += LOOK_AT_HELD
        await comes_to(database, sender, {("zalo_oa", "waiting"): 1})
    assert len(channel.tried) == 1
    assert (await database.read(lambda conn: reaching.reach(conn, account))).heard_at is None


async def test_an_older_deed_that_is_told_late_does_not_shorten_the_window(database: Database) -> None:
    account = await person(database, timedelta(hours=1))

    await database.write(lambda conn: people.heard(conn, account, START - timedelta(days=5)))
    reach = await database.read(lambda conn: reaching.reach(conn, account))
    assert reach.heard_at == START - timedelta(hours=1)


# --------------------------------------------------------------------------- the breaker


def test_a_platform_that_is_down_is_left_alone_tried_with_one_and_taken_up_again() -> None:
    breaker, now = Breaker("zalo_oa"), START
    for _ in range(FAILURES):
        assert breaker.room(now, 100) == 100
        breaker.saw(Receipt(Outcome.RETRY, reason="HTTP status 502"), now)
    assert breaker.room(now, 100) == 0
    assert breaker.room(now + SHORTEST, 100) == 1
    breaker.saw(Receipt(Outcome.UNSURE), now + SHORTEST)
    assert breaker.room(now + SHORTEST * 2, 100) == 0, "the next pause is longer"
    assert breaker.room(now + SHORTEST * 3, 100) == 1
    breaker.saw(Receipt(Outcome.SENT), now + SHORTEST * 3)
    assert breaker.room(now + SHORTEST * 3, 100) == 100


def test_the_pauses_of_the_breaker_grow_to_two_minutes_at_most() -> None:
    breaker, now = Breaker("zalo_oa"), START
    waits: list[timedelta] = []
    for _ in range(30):
        while not breaker.room(now, 1):
            now += timedelta(seconds=1)
        began = now
        breaker.saw(Receipt(Outcome.UNSURE), now)
        if breaker.closed_until:
            waits.append(breaker.closed_until - began)
    assert waits[0] == SHORTEST
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST


@pytest.mark.parametrize("outcome", [Outcome.BAD, Outcome.GONE, Outcome.WINDOW, Outcome.SENT])
def test_a_platform_that_answers_about_one_person_is_not_down(outcome: Outcome) -> None:
    breaker = Breaker("zalo_oa")
    for _ in range(3 * FAILURES):
        breaker.saw(Receipt(Outcome.UNSURE), START)
        breaker.saw(Receipt(outcome), START)
    breaker.saw(Receipt(Outcome.RETRY, retry_after=30), START)
    assert breaker.room(START, 100) == 100
