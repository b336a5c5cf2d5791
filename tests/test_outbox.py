"""Messages on their way: order, priority, what a crash leaves, what must not be sent twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.webchat.lines import OVERLAP
from storage import inbox, outbox, people
from storage.database import Connection, Database

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
PRIORITY = {"reply": 0, "reminder": 1, "digest": 2, "broadcast": 3}


def meet(conn: Connection, address: str) -> int:
    return people.add_account(conn, people.create(conn, address, "vi", NOW), "web", address, NOW)


def put(conn: Connection, account: int, body: str, kind: str = "reply", key: str | None = None) -> int | None:
    return outbox.enqueue(
        conn,
        account_id=account,
        channel="web",
        kind=kind,
        priority=PRIORITY[kind],
        body=body,
        due_at=NOW,
        unique_key=key,
    )


def take(conn: Connection, now: datetime = NOW, limit: int = 100) -> list[str]:
    return [row.body for row in outbox.take(conn, "web", now, limit)]


async def test_an_event_is_taken_once(database: Database) -> None:
    def hear(conn: Connection) -> list[bool]:
        return [inbox.take(conn, *event, NOW) for event in (("web", "1"), ("web", "1"), ("telegram", "1"))]

    assert await database.write(hear) == [True, False, True]
    assert await database.write(lambda conn: inbox.take(conn, "web", "1", NOW)) is False


async def test_old_events_are_forgotten(database: Database) -> None:
    await database.write(lambda conn: inbox.take(conn, "web", "old", NOW - timedelta(days=8)))
    await database.write(lambda conn: inbox.take(conn, "web", "new", NOW))
    assert await database.write(lambda conn: inbox.purge(conn, NOW - timedelta(days=7), 10)) == 1
    assert await database.write(lambda conn: inbox.take(conn, "web", "new", NOW)) is False


async def test_replies_come_before_reminders_before_digests_before_broadcasts(database: Database) -> None:
    def write(conn: Connection) -> None:
        for kind in ("broadcast", "digest", "reminder", "reply"):
            put(conn, meet(conn, kind), kind, kind)

    await database.write(write)
    assert await database.write(take) == ["reply", "reminder", "digest", "broadcast"]


async def test_what_was_taken_is_not_taken_again_and_knows_where_it_goes(database: Database) -> None:
    await database.write(lambda conn: put(conn, meet(conn, "chat-7"), "one"))
    (row,) = await database.write(lambda conn: outbox.take(conn, "web", NOW, 10))
    assert (row.address, row.body, row.kind, row.attempts, row.due_at) == ("chat-7", "one", "reply", 0, NOW)
    assert await database.write(take) == []


async def test_a_message_that_must_wait_keeps_those_after_it_waiting(database: Database) -> None:
    def write(conn: Connection) -> None:
        an, binh = meet(conn, "an"), meet(conn, "binh")
        for account, body in ((an, "an 1"), (an, "an 2"), (binh, "binh 1")):
            put(conn, account, body)

    await database.write(write)
    first, second, _ = await database.write(lambda conn: outbox.take(conn, "web", NOW, 10))

    def settle(conn: Connection) -> None:
        outbox.later(conn, first.id, LATER)
        outbox.put_back(conn, second.id)

    await database.write(settle)
    assert await database.write(take) == []
    retried = await database.write(lambda conn: outbox.take(conn, "web", LATER, 10))
    assert [(row.body, row.attempts) for row in retried] == [("an 1", 1), ("an 2", 0)]


async def test_a_message_on_the_wire_keeps_those_after_it_waiting(database: Database) -> None:
    account = await database.write(lambda conn: meet(conn, "an"))
    await database.write(lambda conn: put(conn, account, "one"))
    (one,) = await database.write(lambda conn: outbox.take(conn, "web", NOW, 10))
    await database.write(lambda conn: put(conn, account, "two"))
    assert await database.write(take) == []
    await database.write(lambda conn: outbox.sent(conn, one.id, "m1", NOW))
    assert await database.write(take) == ["two"]


async def test_a_reply_does_not_wait_for_a_digest(database: Database) -> None:
    def write(conn: Connection) -> None:
        account = meet(conn, "an")
        put(conn, account, "digest", "digest")
        put(conn, account, "reply")

    await database.write(write)
    assert await database.write(lambda conn: take(conn, limit=1)) == ["reply"]


async def test_a_key_is_put_in_once_whatever_became_of_it(database: Database) -> None:
    account = await database.write(lambda conn: meet(conn, "an"))
    assert await database.write(lambda conn: put(conn, account, "tuần 47", "digest", "digest/1/2026-W47"))
    (row,) = await database.write(lambda conn: outbox.take(conn, "web", NOW, 10))
    await database.write(lambda conn: outbox.sent(conn, row.id, "m", NOW))
    again = await database.write(lambda conn: put(conn, account, "tuần 47", "digest", "digest/1/2026-W47"))
    assert again is None
    assert await database.write(take) == []


@pytest.mark.parametrize(
    ("kind", "status"),
    [("reply", "waiting"), ("reminder", "unsure"), ("digest", "unsure"), ("broadcast", "unsure")],
)
async def test_after_a_crash_a_reply_is_sent_again_and_nothing_else(
    database: Database, kind: str, status: str
) -> None:
    await database.write(lambda conn: put(conn, meet(conn, "an"), kind, kind))
    await database.write(take)
    assert await database.write(lambda conn: outbox.recover(conn, "telegram")) == 0
    assert await database.write(lambda conn: outbox.recover(conn, "web")) == 1
    assert await database.read(outbox.backlog) == {("web", status): 1}


@pytest.mark.parametrize(("kind", "status"), [("reply", "waiting"), ("digest", "unsure")])
async def test_an_unsure_send_is_repeated_only_where_that_is_harmless(
    database: Database, kind: str, status: str
) -> None:
    await database.write(lambda conn: put(conn, meet(conn, "an"), kind, kind))
    (row,) = await database.write(lambda conn: outbox.take(conn, "web", NOW, 10))
    await database.write(lambda conn: outbox.unsure(conn, row.id, LATER))
    assert await database.read(outbox.backlog) == {("web", status): 1}
    assert await database.write(take) == []


async def test_who_has_left_is_not_written_to(database: Database) -> None:
    def write(conn: Connection) -> int:
        account = meet(conn, "an")
        put(conn, account, "one")
        put(conn, account, "two")
        put(conn, meet(conn, "binh"), "three")
        return account

    account = await database.write(write)
    await database.write(lambda conn: outbox.take(conn, "web", NOW, 1))
    assert await database.write(lambda conn: outbox.gone(conn, account)) == 2
    assert await database.write(take) == ["three"]
    found = await database.read(lambda conn: people.account(conn, "web", "an"))
    assert found is not None
    assert found.reachable is False


async def test_who_is_back_gets_the_weeks_digest_that_ended_and_nothing_else(database: Database) -> None:
    def write(conn: Connection) -> int:
        account = meet(conn, "an")
        put(conn, account, "digest", "digest", "digest/1")
        put(conn, account, "reply")
        put(conn, account, "reminder", "reminder", "reminder/1")
        outbox.gone(conn, account)
        return account

    account = await database.write(write)
    await database.write(lambda conn: outbox.back(conn, account, NOW + timedelta(days=7)))
    assert await database.write(lambda conn: take(conn, NOW + timedelta(days=8))) == [], "the next one is due"
    await database.write(lambda conn: outbox.back(conn, account, NOW + timedelta(days=3)))
    assert await database.write(lambda conn: take(conn, NOW + timedelta(days=3))) == ["digest"]


async def test_what_was_missed_is_shown_in_order_and_only_ones_own(database: Database) -> None:
    def write(conn: Connection) -> tuple[int, list[int | None]]:
        an, binh = meet(conn, "an"), meet(conn, "binh")
        rows = [put(conn, an, "1"), put(conn, binh, "x"), put(conn, an, "2"), put(conn, an, "3")]
        return an, rows

    account, rows = await database.write(write)
    missed = await database.read(lambda conn: outbox.since(conn, account, rows[0] or 0))
    assert [row.body for row in missed] == ["2", "3"]
    assert [row.id for row in missed] == [rows[2], rows[3]]


async def test_purging_leaves_what_is_open(database: Database) -> None:
    def write(conn: Connection) -> None:
        put(conn, meet(conn, "an"), "sent")
        (row,) = outbox.take(conn, "web", NOW, 10)
        outbox.sent(conn, row.id, "m", NOW)
        put(conn, meet(conn, "binh"), "open")

    await database.write(write)
    assert await database.write(lambda conn: outbox.purge(conn, NOW + timedelta(days=1), 10)) == 1
    assert await database.write(take) == ["open"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 2), st.sampled_from(sorted(PRIORITY))),
        st.tuples(st.just("take"), st.integers(1, 4), st.just("")),
        st.tuples(st.just("settle"), st.integers(0, 5), st.sampled_from(["sent", "later", "bad"])),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_an_account_never_gets_two_messages_of_a_kind_in_the_wrong_order(
    sqlite_database: Database, steps: list[tuple[str, int, str]]
) -> None:
    def play(conn: Connection) -> None:
        accounts = [meet(conn, f"{id(steps)}-{conn.vault.seal('')!r}-{number}") for number in range(3)]
        clock, wire, delivered = NOW, {}, {}
        for step, number, word in steps:
            clock += timedelta(seconds=1)
            if step == "put":
                put(conn, accounts[number], "", word)
            elif step == "take":
                wire |= {
                    row.id: row
                    for row in outbox.take(conn, "web", clock, number)
                    if row.account_id in accounts
                }
            elif wire:
                row = wire.pop(sorted(wire)[0])
                if word == "later":
                    outbox.later(conn, row.id, clock + timedelta(seconds=number))
                    for behind in [each for each in wire.values() if each.account_id == row.account_id]:
                        outbox.put_back(conn, wire.pop(behind.id).id)
                elif word == "bad":
                    outbox.bad(conn, row.id)
                else:
                    outbox.sent(conn, row.id, "", clock)
                    order = delivered.setdefault((row.account_id, row.kind), [])
                    assert not order or order[-1] < row.id
                    order.append(row.id)

    await sqlite_database.write(play)


async def test_a_page_with_a_long_talk_behind_it_still_hears_what_is_new(database: Database) -> None:
    """It asks again for the last `OVERLAP` ids, all of which may be of one talk."""

    def write(conn: Connection) -> tuple[int, list[int | None]]:
        an = meet(conn, "an")
        return an, [put(conn, an, str(number)) for number in range(OVERLAP + 2)]

    account, rows = await database.write(write)
    missed = await database.read(lambda conn: outbox.since(conn, account, (rows[-2] or 0) - OVERLAP))
    assert missed[-1].id == rows[-1]
