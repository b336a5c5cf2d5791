"""A webhook load over keep-alive connections, one a person, each waiting for its answer before it goes on.

Raw asyncio streams and bodies made beforehand: a client library would cost more than the servers it measures.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import orjson


@dataclass(frozen=True, slots=True)
class Measured:
    """Turns answered a second, and latencies in milliseconds."""

    turns: int
    seconds: float
    p50: float
    p99: float
    refused: int

    @property
    def rate(self) -> float:
        """Turns a second."""
        return self.turns / self.seconds


def request(update_id: int, chat: int, text: str, secret: str) -> bytes:
    """A Telegram webhook delivery of a text message, as bytes on the wire."""
    message = {
        "message_id": update_id % 100_000 + 1,
        "date": 1_795_000_000,
        "chat": {"id": chat, "type": "private", "first_name": "Lan", "last_name": "Nguyễn"},
        "from": {"id": chat, "is_bot": False, "first_name": "Lan", "language_code": "vi"},
        "text": text,
    }
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    body = orjson.dumps({"update_id": update_id, "message": message})
    head = (
        "POST /webhook/telegram HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _tell(chat: int, story: Sequence[str], first_id: int, secret: str) -> Iterator[bytes]:
    for step, text in enumerate(cycle(story)):
        yield request(first_id + step, chat, text, secret)


async def _person(port: int, said: Iterator[bytes], steps: int, until: float, latencies: list[float]) -> int:
    """Tells a story of so many `steps` over and over, the last one to its end: who comes next begins anew."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    refused = step = 0
    while step % steps or time.perf_counter() < until:
        writer.write(next(said))
        step += 1
        began = time.perf_counter()
        head = await reader.readuntil(b"\r\n\r\n")
        latencies.append(time.perf_counter() - began)
        refused += not head.startswith(b"HTTP/1.1 200")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        if length:
            await reader.readexactly(length)
    writer.close()
    return refused


async def drive(
    port: int, people: int, story: Sequence[str], seconds: float, *, first_id: int, secret: str = ""
) -> Measured:
    """Lets `people` tell `story` over and over for `seconds`, all at once."""
    latencies: list[float] = []
    began = time.perf_counter()
    refused = await asyncio.gather(
        *(
            _person(
                port,
                _tell(1000 + n, story, first_id + n * 1_000_000, secret),
                len(story),
                began + seconds,
                latencies,
            )
            for n in range(people)
        )
    )
    took = time.perf_counter() - began
    ordered = sorted(latencies)
    return Measured(
        turns=len(ordered),
        seconds=took,
        p50=1000 * ordered[len(ordered) // 2],
        p99=1000 * ordered[int(len(ordered) * 0.99)],
        refused=sum(refused),
    )
