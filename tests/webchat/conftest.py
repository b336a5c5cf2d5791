"""A web chat for citizens over real HTTP, the bot behind it, and browsers that visit."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer

from bot import web as server
from tests.webchat.post import Post, chat_of

Visit = Callable[..., Awaitable[ClientSession]]


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
async def citizens(post: Post) -> AsyncIterator[TestServer]:
    app = server.build([chat_of(post, "citizen")], post.hear, {})
    async with TestServer(app) as running:
        yield running
        await post.chat.stop()


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    """Opens browsers, each with cookies of its own; `greeted=False` has not opened the page yet."""
    async with AsyncExitStack() as open_browsers:

        async def browse(running: TestServer, *, greeted: bool = True) -> ClientSession:
            session = ClientSession(running.make_url("/"), cookie_jar=CookieJar(unsafe=True))
            await open_browsers.enter_async_context(session)
            if greeted:
                assert (await session.get("/chat/hello")).status == 200
            return session

        yield browse
