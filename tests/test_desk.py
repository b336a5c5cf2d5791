"""The desk: one event, one transaction, whatever is delivered twice or breaks in between."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from bot import render
from bot.channels.base import Attachment, Busy, Incoming, Limits
from bot.desk import Desk, Handle, World, dump_incoming, load_incoming
from handlers.effects import AddHousehold, Audit, KeepPhoto, Tell
from handlers.facts import Facts
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn
from storage import audit, outbox, parked, people, photos, talks
from storage.database import Connection, Database, Unavailable

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
LIMITS = {"test": Limits(text=200, buttons=10, row=2, button_label=20)}


def incoming(event_id: str, text: str = "", address: str = "a", **more: object) -> Incoming:
    return Incoming("test", event_id, address, datetime.now(UTC), text, **more)  # type: ignore[arg-type]


def counting(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A bot that counts, in a form of one number."""
    number = talk.doing.state["n"] + 1 if talk.doing else 1
    return Turn((Reply(f"{number}: {said.text}"),), Doing("count", "count", "1", {"n": number}))


@pytest.fixture
def make(database: Database) -> Callable[..., Desk]:
    ids = count(1)

    def make(handle: Handle = counting, wake: Callable[[str], None] = lambda _: None) -> Desk:
        world = World(lambda: NOW, lambda: f"id-{next(ids)}")
        return Desk(database, handle, lambda *_: None, LIMITS, world, wake)  # type: ignore[arg-type, return-value]

    return make


async def said_to(database: Database, address: str = "a") -> list[str]:
    def read(conn: Connection) -> list[str]:
        account = people.account(conn, "test", address)
        return [row.body for row in outbox.since(conn, account.id, 0)] if account else []

    return await database.read(read)


async def test_an_event_is_answered_and_moves_the_talk(make: Callable[..., Desk], database: Database) -> None:
    woken: list[str] = []
    desk = make(wake=woken.append)
    await desk.hear(incoming("1", "một"))
    await desk.hear(incoming("2", "hai"))
    assert await said_to(database) == ['{"text":"1: một"}', '{"text":"2: hai"}']
    assert woken == ["test", "test"]


async def test_the_same_event_again_changes_nothing(make: Callable[..., Desk], database: Database) -> None:
    desk = make()
    for _ in range(3):
        await desk.hear(incoming("1", "một"))
    assert await said_to(database) == ['{"text":"1: một"}']


async def test_the_same_event_many_times_at_once_has_one_effect(
    make: Callable[..., Desk], database: Database
) -> None:
    desk = make()
    await asyncio.gather(*(desk.hear(incoming("1", "một")) for _ in range(8)))
    assert await said_to(database) == ['{"text":"1: một"}']


async def test_what_one_person_says_at_once_is_handled_one_after_the_other(
    make: Callable[..., Desk], database: Database
) -> None:
    desk = make()
    await desk.hear(incoming("0", "x"))
    await asyncio.gather(*(desk.hear(incoming(str(n), "x")) for n in range(1, 20)))
    said = await said_to(database)
    assert sorted(said) == sorted(f'{{"text":"{n}: x"}}' for n in range(1, 21))


async def test_people_do_not_see_each_others_talk(make: Callable[..., Desk], database: Database) -> None:
    desk = make()
    await asyncio.gather(*(desk.hear(incoming(f"{who}", "x", address=who)) for who in "abc"))
    for who in "abc":
        assert await said_to(database, who) == ['{"text":"1: x"}']


def failing(talk: Talk, said: Said, facts: Facts) -> Turn:
    if said.text == "nổ":
        raise ZeroDivisionError("bà Sáu ở ấp 2")
    return counting(talk, said, facts)


async def test_where_a_handler_fails_the_event_is_parked_and_the_person_told(
    make: Callable[..., Desk], database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    desk = make(failing)
    await desk.hear(incoming("1", "một"))
    await desk.hear(incoming("2", "nổ"))
    await desk.hear(incoming("2", "nổ"))
    await desk.hear(incoming("3", "ba"))
    waiting = await database.read(parked.waiting)
    assert [load_incoming(event.event).text for event in waiting] == ["nổ"]
    assert "ZeroDivisionError" in waiting[0].error
    said = await said_to(database)
    assert [said[0], said[2]] == ['{"text":"1: một"}', '{"text":"2: ba"}'], "the talk goes on where it stood"
    assert "trục trặc" in said[1]
    assert len([r for r in caplog.records if "parked" in r.message]) == 1, "the operator is told once"
    assert "bà Sáu" not in caplog.text, "what people write is not in the log"


async def test_a_parked_event_is_handled_after_the_mend(
    make: Callable[..., Desk], database: Database
) -> None:
    await make(failing).hear(incoming("1", "nổ"))
    (event,) = await database.read(parked.waiting)
    mended = make(counting)
    await mended.replay(event.id)
    assert (await said_to(database))[-1] == '{"text":"1: nổ"}'
    assert await database.read(parked.waiting) == []
    with pytest.raises(LookupError):
        await mended.replay(event.id)


async def test_what_the_database_could_not_take_is_not_acknowledged(make: Callable[..., Desk]) -> None:
    class Gone:
        async def write(self, work: object) -> None:
            raise Unavailable("no disk")

    desk = make()
    desk.database = Gone()  # type: ignore[assignment]
    with pytest.raises(Busy):
        await desk.hear(incoming("1", "một"))


async def test_effects_are_written_with_the_turn_or_not_at_all(
    make: Callable[..., Desk], database: Database
) -> None:
    def half(talk: Talk, said: Said, facts: Facts) -> Turn:
        note = Audit("test", "something")
        return Turn((Reply("xong"),), None, (note, AddHousehold("k", 404, "hộ")))

    desk = make(half)
    await desk.hear(
        incoming("1", "một")
    )  # the area does not exist: the household is refused, and with it all
    assert len(await database.read(parked.waiting)) == 1
    assert await database.read(audit.verify) is None
    assert "xong" not in "".join(await said_to(database))


async def test_somebody_else_is_told_once_however_often(
    make: Callable[..., Desk], database: Database
) -> None:
    other = await database.write(lambda conn: people.create(conn, "Tư", "vi", NOW))
    await database.write(lambda conn: people.add_account(conn, other, "test", "b", NOW))

    def tell(talk: Talk, said: Said, facts: Facts) -> Turn:
        return Turn((), None, (Tell(other, Reply("có việc"), "reminder", "visit/1"),))

    desk = make(tell)
    await desk.hear(incoming("1"))
    await desk.hear(incoming("2"))
    assert await said_to(database, "b") == ['{"text":"có việc"}']


async def test_who_is_on_a_channel_that_is_not_set_up_any_more_holds_up_nobodys_turn(
    make: Callable[..., Desk], database: Database
) -> None:
    other = await database.write(lambda conn: people.create(conn, "Tư", "vi", NOW))
    await database.write(lambda conn: people.add_account(conn, other, "gone", "b", NOW))
    await database.write(lambda conn: people.add_account(conn, other, "test", "b", NOW))
    told = Tell(other, Reply("có việc"), "reminder", "visit/1")
    await make(lambda talk, said, facts: Turn((), None, (told,))).hear(incoming("1"))
    assert await database.read(parked.waiting) == []
    assert await said_to(database, "b") == ['{"text":"có việc"}']


async def test_a_photo_that_came_with_its_bytes_is_kept_with_the_turn(
    make: Callable[..., Desk], database: Database
) -> None:
    names: list[str] = []

    def keep(talk: Talk, said: Said, facts: Facts) -> Turn:
        assert said.photo
        names.append(said.photo.name)
        return Turn((), None, (KeepPhoto(said.photo.name),))

    await make(keep).hear(incoming("1", photo=Attachment("ref", "image/jpeg", 3, b"jpg")))
    assert await database.read(lambda conn: photos.find(conn, names[0])) == b"jpg"


async def test_long_replies_and_many_choices_fit_the_channel(
    make: Callable[..., Desk], database: Database
) -> None:
    def much(talk: Talk, said: Said, facts: Facts) -> Turn:
        return Turn((Reply("Câu dài. " * 60, (Choice("Có", "a"), Choice("Không", "b"))),))

    await make(much).hear(incoming("1"))
    said = await said_to(database)
    assert len(said) > 1
    assert "buttons" in said[-1]


async def test_what_is_in_progress_survives_a_restart(database: Database, make: Callable[..., Desk]) -> None:
    await make().hear(incoming("1", "x"))
    await make().hear(incoming("2", "x"))
    standing = await database.write(lambda conn: talks.load(conn, "test", "a", NOW))
    assert standing
    assert '{"n":2}' in (standing.doing or "")


async def test_a_reply_that_says_a_message_again_takes_its_place(
    make: Callable[..., Desk], database: Database
) -> None:
    def ticked(talk: Talk, said: Said, facts: Facts) -> Turn:
        return Turn((Reply(said.text, again=said.payload is not None),))

    desk = make(ticked)
    await desk.hear(incoming("1", "typed"))
    await desk.hear(incoming("2", "pressed", payload="q:1", message="77"))
    await desk.hear(incoming("3", "pressed where nothing can be changed", payload="q:1"))
    await desk.hear(incoming("4", "long " * 50, payload="q:1", message="77"))
    bodies = [render.from_json(body) for body in await said_to(database)]
    assert [part.replaces for part in bodies[:3]] == ["", "77", ""]
    assert len(bodies) > 4, "too long for one message"
    assert {part.replaces for part in bodies[3:]} == {""}


def test_an_event_survives_being_parked() -> None:
    event = incoming(
        "1", "x", photo=Attachment("r", "image/jpeg", 3, b"\x00\xff"), latitude=10.7, longitude=106.1
    )
    assert load_incoming(dump_incoming(event)) == event
