"""A bot of a few lines behind the real web chat: what the page does can be tried without the real bot."""

from collections import defaultdict

from aiohttp import web

from bot import web as server
from bot.channels.base import Busy, Button, Incoming, Pace, Shown
from bot.channels.webchat import WebChat
from bot.photos import clean

PERSONAS = [
    ("citizen", "Người dân", "Hỏi về thủ tục, VNeID, bảo hiểm xã hội"),
    ("member", "Tổ viên", "Đến từng nhà khảo sát, ấp Cái Sậy"),
]


QUESTION = """7/14 · Trong nhà
Nhà mình có mấy người?

• Tính cả trẻ em
• Không tính người đi làm xa

Mời chọn:"""


class Bot:
    """Asks how many people live here, and says back whatever else it is told."""

    def __init__(self, mode: str = "demo", pace: Pace | None = None) -> None:
        self.heard: list[Incoming] = []
        self.said: defaultdict[str, list[Shown]] = defaultdict(list)
        self.busy = False
        self.ticks: list[str] = []
        self.mode, self.pace = mode, pace or Pace(burst=1000)
        self.runner: web.AppRunner | None = None
        self.port = 0
        self.count = 0

    async def start(self) -> str:
        """Begins to serve, again on the same port; the address."""
        self.chat = WebChat(
            self.mode, self.missed, clean, server.page_words(), personas=PERSONAS, pace=self.pace
        )
        self.runner = await server.serve(server.build([self.chat], self.hear, {}), "127.0.0.1", self.port)
        self.port = self.runner.addresses[0][1]
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        await self.chat.stop()
        await self.runner.cleanup()

    async def hear(self, incoming: Incoming) -> None:
        if self.busy:
            raise Busy
        if any(known.event_id == incoming.event_id for known in self.heard):
            return
        self.heard.append(incoming)
        text = incoming.payload or incoming.text
        if text == "/start":
            await self.tell(incoming.address, "Chào anh/chị!", ["Khảo sát", "Tiến độ"])
        elif text == "khao sat":
            await self.ask(incoming.address)
        elif text == "mạng":
            await self.tell(incoming.address, "Dùng mạng gì?", ["Wifi", "4G"])
        elif text.startswith("net "):
            self.ticks.append(text.removeprefix("net "))
            chosen = f"Đã chọn: {', '.join(self.ticks)}"
            await self.tell(incoming.address, chosen, ["Wifi", "4G"], replaces=incoming.message)
        elif incoming.photo:
            await self.tell(incoming.address, f"Em đã nhận ảnh {incoming.photo.size} byte")
        elif incoming.latitude is not None:
            await self.tell(incoming.address, f"Em đã nhận vị trí {incoming.latitude}")
        else:
            await self.tell(incoming.address, f"Em đã nhận: {text}")

    async def ask(self, address: str) -> None:
        await self.tell(address, QUESTION, ["Một người", "Hai người", "Từ ba người trở lên"])

    async def tell(
        self, address: str, text: str, labels: list[str] | tuple[()] = (), **more: object
    ) -> Shown:
        self.count += 1
        buttons = tuple((Button(label, label),) for label in labels)
        if labels and labels[0] == "Wifi":
            buttons = tuple((Button(label, f"net {label}"),) for label in labels)
        if labels and labels[0] == "Khảo sát":
            buttons = ((Button("Khảo sát", "khao sat"), Button("Tiến độ", "tien do")),)
        shown = Shown(self.count, text, buttons, **more)
        self.said[address].append(shown)
        await self.chat.send(address, shown)
        return shown

    async def missed(self, address: str, after: int) -> list[Shown]:
        return [shown for shown in self.said[address] if shown.id > after]

    def texts(self) -> list[str]:
        """What was heard, but for the greeting."""
        return [incoming.text for incoming in self.heard if incoming.text != "/start"]
