"""What many of these tests need: Telegram, emulated."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.bot_api import BotApi


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api
