"""Three citizens, twenty messages each, in the web chat and on Telegram: all are answered, and alike."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.bot_api import BotApi
from tests.e2e.browser import Chat, chromium, phone
from tests.e2e.test_telegram_story import text_of, told
from tests.e2e.test_ticket_story import prepared, serving

STORIES = Path(__file__).parents[1] / "transcripts"


def typed(story: str) -> list[str]:
    """What the citizen of a story types, without presses and what is no text."""
    sections = re.split(r"^@ ", (STORIES / f"{story}.txt").read_text("utf-8"), flags=re.M)[1:]
    who = sections[0].partition("\n")[0]
    own = "".join(section for section in sections if section.startswith(f"{who}\n"))
    return [line for line in re.findall(r"^> (?![\[(])(.+)$", own, re.M) if not line.startswith("/")]


async def replies(web: Chat, before: int) -> list[str]:
    """What the web chat answered with, once nothing more comes."""
    bubbles = web.log.locator(".bot")
    seen = -1
    while (count := await bubbles.count()) != seen:
        seen = count
        await asyncio.sleep(0.15)
    return [await bubbles.nth(place).inner_text() for place in range(before, seen)]


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
        for number, text in enumerate(typed(story)):
            await person.type(text)
            first = text_of(await person.answer()).split("\n")[0]
            before = await web.log.locator(".bot").count()
            await web.answer(text)
            shown = await replies(web, before)
            assert first in shown[0], (number, text)
            for _ in range(len(shown) - 1):
                await person.answer()
        assert web.faults == []
