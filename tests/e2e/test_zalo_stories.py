"""The golden stories over the wires of both Zalo channels: what is kept in the end is the same, and nothing
went wrong on the way. Where a phone shows no button for a choice, its number or its name is typed.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete

from bot.desk import World
from bot.service import Service
from storage import outbox, parked, people
from storage.database import Connection, Database, table
from storage.secrets import Vault
from storage.tables import AccountRow
from tests.e2e import served
from tests.e2e.served import KEY, over_zalo_bot, over_zalo_oa
from tests.e2e.test_telegram_story import picture
from tests.e2e.zalo_bot_api import ZaloBotApi
from tests.e2e.zalo_oa_api import ZaloOaApi
from tests.transcripts.stage import MORNING, PEOPLE, STORIES, furnish, kept

TOLD = [story for story in STORIES if not re.search(r"^! |^> \(file ", story.read_text(), re.M)]
"""Stories of people alone: without the clock's jobs, and without files, which a Zalo bot can't take."""


class Wire:
    """Plays a story over one of the emulated platforms, as people with a phone in their hand."""

    def __init__(self, api: Any, channel: str) -> None:
        self.api, self.channel = api, channel
        self.now = MORNING
        self.phones: dict[str, Any] = {}
        self.heard: dict[str, int] = {}

    def phone(self, who: str) -> Any:
        if who not in self.phones:
            self.phones[who] = self.api.person(PEOPLE[who][0] if who in PEOPLE else "")
        return self.phones[who]

    def furnish(self, conn: Connection) -> None:
        """The world of the stories, with everybody on this channel."""
        furnish(conn)
        for who in PEOPLE:
            account = people.account(conn, "text", who)
            assert account
            number = people.add_account(conn, account.person_id, self.channel, self.phone(who).id, MORNING)
            people.heard(conn, number, MORNING)
        conn.run(delete(table(AccountRow)).where(table(AccountRow).c.channel == "text"))

    async def play(self, story: str, service: Service) -> list[str]:
        who = ""
        for line in story.splitlines():
            mark, rest = line[:1], line[1:].strip()
            if mark == "@":
                who = rest
            elif mark == "~":
                amount, unit = rest.split()
                self.pass_time(timedelta(**{unit: int(amount)}))
            elif mark == ">":
                deed, twice, _ = rest.partition(" ×2")
                await asyncio.gather(*(self.do(self.phone(who), deed) for _ in range(2 if twice else 1)))
                await at_rest(service)
        return await service.database.read(kept)

    def pass_time(self, by: timedelta) -> None:
        self.now += by
        if self.channel == "zalo_oa":
            self.api.advance(by)

    async def do(self, phone: Any, deed: str) -> None:
        before = len(phone.chat)
        await self._do(phone, deed)
        self.heard[phone.id] = before

    async def _do(self, phone: Any, deed: str) -> None:
        if pressed := re.fullmatch(r"\[(.*)\]", deed):
            await self.choose(phone, pressed[1])
        elif place := re.fullmatch(r"\(location ([\d.]+), ([\d.]+)\)", deed):
            if self.channel == "zalo_oa":
                await phone.location(place[1], place[2])
            else:
                await phone.type(f"{place[1]}, {place[2]}")
        elif long := re.fullmatch(r"\(text of (\d+) characters\)", deed):
            await phone.type("dài " * (int(long[1]) // 4))
        elif deed == "(photo)":
            await phone.photo(picture())
        elif deed == "(voice)" and self.channel == "zalo_oa":
            await phone.attach("user_send_audio", "audio", {"url": "https://x.zdn.vn/a.amr"})
        elif deed == "(voice)":
            await phone.does("voice", voice_url="https://x.zdn.vn/a.aac")
        elif deed == "(sticker)":
            await phone.sticker()
        else:
            await phone.type(deed)

    async def choose(self, phone: Any, label: str) -> None:
        """Taps the button, the newest of that name; or types the number or the name of what is listed."""
        for age, message in enumerate(reversed(phone.chat)):
            buttons = getattr(message, "buttons", {})
            named = {re.sub(r"^(\d+\.|•) ", "", name): name for name in buttons}
            if label in named:
                await phone.tap(named[label])
                return
            text = message.text if self.channel == "zalo_oa" else str(message.get("text"))
            if found := re.search(rf"^(\d+\.|•) {re.escape(label)}$", text, re.M):
                if age >= len(phone.chat) - self.heard.get(phone.id, 0) and age > 0:
                    pytest.skip(f"presses [{label}] of an earlier message, where this phone shows no button")
                by_number = found[1] != "•" and age == 0
                await phone.type(found[1].rstrip(".") if by_number else label)
                return
        raise AssertionError(f"[{label}] is shown nowhere")


async def at_rest(service: Service) -> None:
    """Waits until all that was said has been answered and has arrived."""
    async with asyncio.timeout(10):
        while any(  # noqa: ASYNC110 - the service is at work meanwhile
            status in ("waiting", "attempted") for _, status in await service.database.read(outbox.backlog)
        ):
            await asyncio.sleep(0.01)
    assert [event.error for event in await service.database.read(parked.waiting)] == []


@asynccontextmanager
async def serving(wire: Wire, url: str) -> AsyncIterator[Service]:
    async with Database(url, Vault(KEY)) as database:
        await database.write(wire.furnish)
    world = World(lambda: wire.now, lambda: str(uuid4()))
    over = over_zalo_oa(wire.api) if wire.channel == "zalo_oa" else over_zalo_bot(wire.api)
    async with served.serving(served.settings(url, **over), world=world) as service:
        if wire.channel == "zalo_oa":
            wire.api.webhooks.url = f"http://127.0.0.1:{service.port}/webhook/zalo-oa"
            wire.api.skew = MORNING - datetime.now(UTC)
            for phone in wire.phones.values():
                phone.interacted = wire.api.now()
        else:
            async with asyncio.timeout(5):
                while not wire.api.webhook:  # noqa: ASYNC110 - the service sets it
                    await asyncio.sleep(0.01)
        yield service


@pytest.mark.parametrize("story", TOLD, ids=lambda path: path.stem)
@pytest.mark.parametrize("channel", ["zalo_oa", "zalo_bot"])
async def test_a_story_ends_on_zalo_as_it_ends_anywhere(channel: str, story: Path, sqlite_url: str) -> None:
    told = story.read_text()
    async with ZaloOaApi() if channel == "zalo_oa" else ZaloBotApi() as api:
        wire = Wire(api, channel)
        async with serving(wire, sqlite_url) as service:
            found = await wire.play(told, service)
    assert sorted(found) == sorted(line for line in told.splitlines() if line.startswith("="))
