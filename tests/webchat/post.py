"""A bot behind the web chat that repeats what it is told, and what a browser would do with it."""

import asyncio
from collections import defaultdict
from uuid import uuid4

from aiohttp import ClientSession

from bot import web as server
from bot.channels.base import Busy, Incoming, Shown
from bot.channels.webchat import WebChat
from bot.photos import clean

PERSONAS = [
    ("citizen", "Người dân", "Hỏi về thủ tục"),
    ("member", "Tổ viên", "Khảo sát từng hộ"),
]


class Post:
    """A bot that remembers what it was told and repeats it: an inbox and an outbox in a list."""

    def __init__(self) -> None:
        self.heard: list[Incoming] = []
        self.said: defaultdict[str, list[Shown]] = defaultdict(list)
        self.may_finish = asyncio.Event()
        self.may_finish.set()
        self.busy = False
        self.chat: WebChat

    async def hear(self, incoming: Incoming) -> None:
        await self.may_finish.wait()
        if self.busy:
            raise Busy
        if any(known.event_id == incoming.event_id for known in self.heard):
            return
        self.heard.append(incoming)
        await self.tell(incoming.address, f"Dạ: {incoming.text}")

    async def tell(self, address: str, text: str, **more: object) -> Shown:
        number = 1 + sum(len(said) for said in self.said.values())
        shown = Shown(number, text, **more)
        self.said[address].append(shown)
        await self.chat.send(address, shown)
        return shown

    async def missed(self, address: str, after: int) -> list[Shown]:
        return [shown for shown in self.said[address] if shown.id > after]


def chat_of(post: Post, mode: str, **more: object) -> WebChat:
    post.chat = WebChat(mode, post.missed, clean, server.page_words(), personas=PERSONAS, **more)
    return post.chat


async def say(client: ClientSession, text: str, event_id: str | None = None, **more: object) -> int:
    body = {"id": event_id or str(uuid4()), "text": text, **more}
    return (await client.post("/chat/say", json=body)).status


async def hears(client: ClientSession, count: int, after: int = 0, query: str = "") -> list[dict]:
    """The next `count` messages of the bot on a fresh connection."""
    told = []
    async with asyncio.timeout(3), client.ws_connect(f"/chat/live?after={after}{query}") as socket:
        while len(told) < count:
            message = await socket.receive_json()
            if message["type"] == "shown":
                told.append(message)
    return told
