"""A worker in a process of its own, for tests that kill it: `python -m tests.workers URL NOW JOB`.

JOB `lead`: runs for leadership, and prints a line as it begins and ends. `share:NAME,NAME`: shares these
leaderships with others; the line names which. `clock`: looks for digests and
reminders over and over, without asking who leads, as two workers would whose leadership were broken.
"""

import asyncio
import sys
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from bot.app import facts
from bot.channels.base import Limits
from bot.clock import Clock
from bot.desk import Desk, World
from bot.leading import Leading, Sharing
from content import knowledge
from content.calendar import Calendar
from handlers import routes
from storage.articles import Answers
from storage.database import Database
from storage.secrets import Vault

LIMITS = Limits(text=4096, buttons=40, row=8, button_label=200)
SECRET = "a secret key that only the tests use"


def clock(database: Database, now: "list[datetime]") -> Clock:
    """A clock on the test channel; the first of `now` is what it shows."""
    world = World(lambda: now[0], lambda: str(uuid4()))
    desk = Desk(
        database, routes.handle, facts(Answers(knowledge.load)), {"test": LIMITS}, world, lambda _: None
    )
    zone = now[0].tzinfo
    assert zone is not None
    return Clock(database, desk, Calendar(), zone)


class Spoken:
    """A duty that says so."""

    def __init__(self, of: str = "") -> None:
        self._of = of

    async def start(self) -> None:
        print(f"leads {self._of}".strip(), flush=True)

    async def stop(self) -> None:
        print(f"ends {self._of}".strip(), flush=True)


async def main(url: str, now: str, job: str) -> None:
    async with Database(url, Vault(SECRET)) as database:
        if job == "lead":
            leading = Leading(database, [Spoken()])
            await leading.start()
            print("ready", flush=True)
            await asyncio.sleep(60)
        if job.startswith("share:"):
            names = job.removeprefix("share:").split(",")
            sharing = Sharing(database, [Leading(database, [Spoken(name)], name) for name in names])
            await sharing.start()
            print("ready", flush=True)
            await asyncio.sleep(60)
        shown = [datetime.fromisoformat(now)]
        worker = clock(database, shown)
        print("ready", flush=True)
        for _ in count():
            await worker.digests()
            await worker.remind()
            shown[0] += timedelta(minutes=20)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
