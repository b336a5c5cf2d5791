"""Three citizens, twenty messages each, in the web chat and on Telegram: all are answered, and alike."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import func, select

from storage.database import Database, Statement, table
from storage.tables import OutboxRow
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_people import Person
from tests.e2e.browser import PATIENCE, Chat, chromium, phone
from tests.e2e.test_telegram_story import text_of, told
from tests.e2e.test_ticket_story import prepared, serving

outbox = table(OutboxRow)
_ON_ITS_WAY = Statement(
    select(func.count().label("n")).select_from(outbox).where(outbox.c.status.in_(("waiting", "attempted")))
)
STORIES = Path(__file__).parents[1] / "transcripts"


def typed(story: str) -> list[str]:
    """What the citizen of a story types, without presses and what is no text."""
    sections = re.split(r"^@ ", (STORIES / f"{story}.txt").read_text("utf-8"), flags=re.M)[1:]
    who = sections[0].partition("\n")[0]
    own = "".join(section for section in sections if section.startswith(f"{who}\n"))
    return [line for line in re.findall(r"^> (?![\[(])(.+)$", own, re.M) if not line.startswith("/")]


def heard(person: Person) -> list[str]:
    """What the bot has said to them on Telegram, the first line of each message."""
    return [text_of(message).split("\n")[0] for message in person.messages if message["from"]["is_bot"]]


async def as_many(web: Chat, person: Person, database: Database) -> tuple[list[str], list[str]]:
    """All that the bot has said, on Telegram and in the web chat, once nothing is on its way and both show as
    many messages."""
    async with asyncio.timeout(PATIENCE / 1000):
        while True:
            on_its_way = await database.read(lambda conn: conn.one(_ON_ITS_WAY).n)
            said, shown = heard(person), await web.log.locator(".bot").all_inner_texts()
            if not on_its_way and len(shown) == len(said):
                return said, shown
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("story", ["ba-cu-khong-dau", "sinh-vien", "ba-buon"])
async def test_every_message_is_answered_on_both_channels_alike(
    story: str,
    api: BotApi,
    sqlite_url: str,
) -> None:
    await prepared(sqlite_url)
    async with serving(api, sqlite_url) as service, chromium() as browser:
        web = await Chat.open(await phone(browser, f"http://127.0.0.1:{service.settings.http_port}"))
        await expect(web.log.locator(".bot").first).to_be_visible()  # the greeting, which is no answer
        person = api.person("Tư")
        await told(person, "type", "/start")
        for text in typed(story):
            before = len(heard(person))
            await person.type(text)
            await web.answer(text)
            said, shown = await as_many(web, person, service.database)
            assert len(said) > before, text
            for line, bubble in zip(said[before:], shown[before:], strict=True):
                assert line in bubble, text
        assert web.faults == []
