"""Surveys go on to another OpenRosa server: each revision once, in order, whatever happens on the way."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select, update

from bot.openrosa.pushing import Pusher
from bot.openrosa.remote import Remote
from storage import pushes
from storage.database import Connection, table
from storage.tables import PushRow, RevisionRow, SurveyRow
from tests.e2e.collect import Collect
from tests.e2e.field import ANSWERS, Field, field
from tests.e2e.openrosa_server import PASSWORD, USER, OpenRosaServer
from tests.e2e.test_collect import FORM, picture, ready


@dataclass
class Road:
    """From a phone over the service to the other server."""

    there: Field
    server: OpenRosaServer
    phone: Collect
    pusher: Pusher
    now: datetime

    async def push(self, later: timedelta = timedelta()) -> int:
        self.now += later
        return await self.pusher.round()

    async def states(self) -> dict[str, int]:
        return await self.there.service.database.read(pushes.counts)


Open = Callable[..., Any]


@pytest.fixture
async def open_road(database_url: str) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def opened(user: str | None = USER, **options: Any) -> Road:
            there = await stack.enter_async_context(field(database_url))
            server = await stack.enter_async_context(OpenRosaServer(**options))
            remote = Remote(server.url, user, PASSWORD if user else None)
            pusher = Pusher(there.service.database, remote, lambda: road.now)
            road = Road(there, server, await ready(there), pusher, there.now + timedelta(minutes=5))
            return road

        yield opened


def answers(**more: str) -> dict[str, str]:
    return ANSWERS | {"ten_moi": "Bùi Văn Sơn"} | more


@pytest.mark.parametrize("auth", ["basic", "digest", "none"])
async def test_what_is_submitted_reaches_the_other_server_once(open_road: Open, auth: str) -> None:
    road = await open_road(auth=auth)
    filled = road.phone.fill(FORM, answers())
    await road.phone.send(filled)
    assert await road.push() == 1
    assert await road.push() == 0
    assert road.server.faults == []
    assert list(road.server.taken) == [filled.instance_id]
    one = road.server.taken[filled.instance_id]
    assert (one.form, one.version) == (FORM, "2026112202")
    assert etree.fromstring(one.xml).findtext("phieu/ten_moi") == "Bùi Văn Sơn"
    assert await road.states() == {"sent": 1}


async def test_revisions_follow_their_original_and_say_what_they_deprecate(open_road: Open) -> None:
    road = await open_road()
    first = road.phone.fill(FORM, answers())
    await road.phone.send(first)
    second = road.phone.fill(FORM, answers(vneid="2"), edits=first)
    await road.phone.send(second)
    assert await road.push() == 2
    assert road.server.faults == []
    assert road.server.order == [first.instance_id, second.instance_id]
    assert road.server.taken[second.instance_id].deprecates == first.instance_id


async def test_pictures_go_along_in_parts_that_the_server_takes(open_road: Open) -> None:
    road = await open_road(most=40_000)
    filled = road.phone.fill(FORM, answers(them="anh", anh="anh.jpg"), anh=picture(500, noise=True))
    await road.phone.send(filled)
    await road.push()
    assert road.server.faults == []
    [one] = road.server.taken.values()
    [(name, data)] = one.files.items()
    assert name.encode() in one.xml
    assert data.startswith(b"\xff\xd8")
    assert one.complete


async def test_what_does_not_get_through_is_tried_again_less_and_less_often(open_road: Open) -> None:
    road = await open_road()
    await road.phone.send(road.phone.fill(FORM, answers()))
    road.server.down = True
    assert await road.push() == 0
    assert await road.push(timedelta(seconds=29)) == 0  # the server said 30
    tries = []
    await road.server.__aexit__()  # now it can't even be reached
    for _ in range(4):
        await road.push(timedelta(hours=1))
        [row] = await road.there.service.database.read(lambda conn: conn.all(select(table(PushRow))))
        tries.append((row.attempts, (row.due_at - road.now) // timedelta(minutes=1)))
    assert tries == [(2, 2), (3, 4), (4, 8), (5, 16)]
    await road.server.__aenter__()
    road.server.down = False
    road.pusher.remote = Remote(road.server.url, USER, PASSWORD)
    assert await road.push(timedelta(hours=7)) == 1
    assert road.server.faults == []


async def test_what_the_server_never_takes_stands_in_nobodys_way(open_road: Open) -> None:
    road = await open_road(most=900)  # smaller than any survey's XML
    await road.phone.send(road.phone.fill(FORM, answers()))
    assert await road.push() == 0
    [refused] = await road.there.service.database.read(pushes.all_refused)
    assert "bytes" in refused.error
    road.server.most = 10_000_000
    await road.phone.send(road.phone.fill(FORM, answers(ten_moi="Trần Văn Mới")))
    assert await road.push() == 1
    assert await road.there.service.database.write(lambda conn: pushes.again(conn, road.now)) == 1
    assert await road.push() == 1
    assert await road.states() == {"sent": 2}


async def test_what_is_damaged_in_the_database_stands_in_nobodys_way(open_road: Open) -> None:
    road = await open_road()
    await road.phone.send(road.phone.fill(FORM, answers()))
    cut = update(table(RevisionRow)).values(xml="<data")
    await road.there.service.database.write(lambda conn: conn.run(cut))
    await road.phone.send(road.phone.fill(FORM, answers(ten_moi="Trần Văn Mới")))
    assert await road.push() == 1
    [refused] = await road.there.service.database.read(pushes.all_refused)
    assert "restore it from a backup" in refused.error


async def test_a_wrong_account_waits_for_the_operator_and_loses_nothing(open_road: Open) -> None:
    road = await open_road(user=None)
    await road.phone.send(road.phone.fill(FORM, answers()))
    assert await road.push() == 0
    road.pusher.remote = Remote(road.server.url, "somebody", "else")
    assert await road.push(timedelta(hours=7)) == 0
    road.pusher.remote = Remote(road.server.url, USER, PASSWORD)
    assert await road.push(timedelta(hours=7)) == 1


async def test_refusals_and_sample_data_stay_here(open_road: Open) -> None:
    road = await open_road()
    await road.phone.send(road.phone.fill(FORM, {"dong_y": "khong"}))
    await road.phone.send(road.phone.fill(FORM, answers()))

    def invent(conn: Connection) -> None:
        conn.run(update(table(SurveyRow)).values(invented=True))

    await road.there.service.database.write(invent)
    assert await road.push() == 0
    assert await road.states() == {}


async def test_two_processes_never_send_the_same_at_once(open_road: Open) -> None:
    road = await open_road()
    await road.phone.send(road.phone.fill(FORM, answers()))
    database = road.there.service.database
    await database.write(lambda conn: pushes.queue(conn, road.now))
    assert await database.write(lambda conn: pushes.take(conn, road.now)) is not None
    assert await database.write(lambda conn: pushes.take(conn, road.now)) is None
    # Whoever took it died: it is taken again when the lease is over.
    assert await road.push(pushes.LEASE) == 1
    assert road.server.faults == []
