"""Delivers what a crowd says, as platforms do: some connections each, an event again until it is told 200.

Protocols over raw sockets, no client library and no streams: a turn costs the driver some 60 µs. A person
speaks again only after the answer to what they said before, when they have thought for a while; a connection
carries one delivery at a time.
"""

import asyncio
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count
from random import Random
from time import perf_counter

from tests.bench.crowd import Crowd, Person, next_event

TICK = 0.004
"""Seconds between looks for who has thought enough."""
AGAIN = 0.5
"""Seconds until an event that was not taken is delivered again."""


class Connection(asyncio.Protocol):
    """One delivery at a time; `done` is told whether it was taken."""

    def __init__(self, done: "Callable[[Connection, bool], None]") -> None:
        self.carries: Person | None = None
        self.since = 0.0
        self._done = done
        self._transport: asyncio.Transport | None = None
        self._answer = b""

    def deliver(self, person: Person) -> None:
        """Sends what the person said."""
        assert self._transport is not None
        self.carries, self.since, self._answer = person, perf_counter(), b""
        self._transport.write(person.open)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if end and len(body) >= _length(head):
            self._done(self, self._answer.startswith(b"HTTP/1.1 200"))

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._done(self, False)

    @property
    def is_open(self) -> bool:
        """Whether it can carry another."""
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Hangs up."""
        self._done = lambda _connection, _taken: None
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    start = head.lower().find(b"content-length:")
    return 0 if start < 0 else int(head[start + 15 :].split(b"\r\n", 1)[0])


class Driver:
    """Lets people speak. `ports` are those of the service's processes: connections go to them by turns, as a
    balancer lets them, so what a person says goes to whichever is free."""

    def __init__(self, ports: Sequence[int], connections: int, crowd: Crowd, chance: Random) -> None:
        self._ports, self._connections = ports, connections
        self._crowd, self._chance = crowd, chance
        self._idle: deque[Connection] = deque()
        self._all: set[Connection] = set()
        self._ready: deque[Person] = deque()
        self._thinking: list[tuple[float, int, Person]] = []
        self._rested: list[Person] = []
        self._order = count()
        self._ticking: asyncio.Task[None] | None = None
        self._dialling: set[asyncio.Task[None]] = set()
        self.think = 0.0
        """Seconds that people think, on the average; how long each time is of chance (exponential)."""
        self.speaking = 0
        """People who have not come to their end."""
        self.acknowledged = 0
        self.refused = 0
        """Deliveries that were not taken, and were made again."""
        self.latencies = array("d")
        """Seconds from the bytes on the wire to the whole answer, since they were last taken away."""

    async def start(self, people: Sequence[Person], most: int) -> None:
        """Connects, and has everybody say up to so many things without thinking, some fewer than others: as
        the service has known them for long, and they stand at all places of what they do. Then everybody
        speaks within the first time of thinking."""
        for number in range(self._connections):
            await self._dial(self._ports[number % len(self._ports)])
        for person in people:
            person.ahead = self._chance.randint(1, most)
        self._ready.extend(people)
        self.speaking = len(people)
        self._ticking = asyncio.create_task(self._tick())
        while len(self._rested) < len(people):  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.1)
        now = perf_counter()
        for person in self._rested:
            self._later(person, now + self._chance.uniform(0, self.think))

    async def stop(self) -> None:
        """Hangs up."""
        if self._ticking is not None:
            self._ticking.cancel()
        for task in self._dialling:
            task.cancel()
        for connection in self._all:
            connection.close()

    @property
    def waiting(self) -> int:
        """People who would speak, and for whom no connection is free."""
        return len(self._ready)

    def hurry(self) -> None:
        """Nobody thinks any more."""
        self.think = 0.0
        self._ready.extend(person for _, _, person in sorted(self._thinking, key=lambda each: each[:2]))
        self._thinking.clear()

    def take_latencies(self) -> list[float]:
        """The seconds since this was last asked, sorted."""
        taken, self.latencies = sorted(self.latencies), array("d")
        return taken

    async def _dial(self, port: int) -> None:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self._done), "127.0.0.1", port
        )
        self._all.add(connection)
        self._idle.append(connection)

    def _dial_again(self) -> None:
        async def dial() -> None:
            while True:
                await asyncio.sleep(AGAIN)
                try:
                    await self._dial(self._chance.choice(self._ports))
                except OSError:
                    continue
                return

        task = asyncio.create_task(dial())
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)

    async def _tick(self) -> None:
        while True:
            now = perf_counter()
            while self._thinking and self._thinking[0][0] <= now:
                self._ready.append(heappop(self._thinking)[2])
            self._go()
            await asyncio.sleep(TICK)

    def _go(self) -> None:
        while self._ready and self._idle:
            connection = self._idle.popleft()
            if not connection.is_open:
                continue
            person = self._ready.popleft()
            person.open = person.open or next_event(person, self._crowd)
            if person.open:
                connection.deliver(person)
            else:
                self.speaking -= 1
                self._idle.appendleft(connection)

    def _later(self, person: Person, at: float) -> None:
        heappush(self._thinking, (at, next(self._order), person))

    def _done(self, connection: Connection, taken: bool) -> None:
        person, connection.carries = connection.carries, None
        now = perf_counter()
        if person is not None and taken:
            person.open = b""
            self.acknowledged += 1
            self.latencies.append(now - connection.since)
            person.ahead -= 1
            if person.ahead == 0:
                self._rested.append(person)
            elif self.think and person.ahead < 0:
                self._later(person, now + self._chance.expovariate(1 / self.think))
            else:
                self._ready.append(person)
        elif person is not None:
            self.refused += 1
            self._later(person, now + AGAIN)
        if connection.is_open:
            self._idle.append(connection)
        else:
            self._all.discard(connection)
            self._dial_again()
        self._go()
