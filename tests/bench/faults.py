"""`tocns bench faults`: the service is killed hundreds of times, and then everything is counted.

Members survey by the webhook of a platform that delivers until it is told 200, now and then twice, late, or
at the same time as the next. Meanwhile the service dies (SIGKILL of a real process) at a touch of disk or
network that a seed chooses, and begins again. In the end every acknowledged answer is there once, nothing
that was announced went out twice, nothing waits, and every talk goes on.
"""

import asyncio
import json
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import orjson
from aiohttp import web
from sqlalchemy import func, select

from content.households import QUESTIONNAIRE
from storage import recounting
from storage.database import Connection, Database, table
from storage.secrets import Vault
from storage.tables import AccountRow, OutboxRow, RevisionRow, SurveyRow
from tests.bench.databases import ENGINES, fresh
from tests.bench.mortal import DIGEST, SECRET
from tests.bench.turn_ours import fill

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
KEY = "a key for a database that lives a minute"
PEOPLE, LIVES_A_DIGEST = 8, 4
LATEST_TOUCH = 500
"""A life ends at one of its first so many touches: some ten turns, or in the middle of its start."""
QUESTIONS = ("dong_y", "dtdt", "cap_quang", "vneid", "vssid")
ANSWERS = {"1": "co", "2": "khong"}


def run(kills: int = 200, seed: int = 1) -> dict[str, Any]:
    """What was acknowledged, kept, lost and doubled, on both engines; where the deaths were."""
    found: dict[str, Any] = {"kills": kills, "seed": seed}
    for engine in ENGINES:
        with fresh(engine) as url:
            found[engine] = asyncio.run(survive(url, kills, random.Random(seed)))
    return found


async def survive(url: str, kills: int, chance: random.Random) -> dict[str, Any]:
    """Kills the service on that empty database so often, and counts what is left."""
    async with Database(url, Vault(KEY)) as database:
        # One household more for each survey that can be sent in the time.
        await database.write(lambda conn: fill(conn, datetime.now(ZONE), PEOPLE, "zalo_bot", 20 + kills))
    async with _platform(url) as platform:
        deaths = await platform.live_and_die(kills, chance)
    async with Database(url, Vault(KEY)) as database:
        found = await database.read(lambda conn: _count(conn, platform))
    return {"deaths": dict(deaths.most_common()), **found}


# --------------------------------------------------------------------------- the people and their platform


@dataclass
class Member:
    """One who surveys: what was acknowledged to them, and what they were told."""

    address: str
    acknowledged: list[tuple[str, ...]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    turns: int = 0


@dataclass
class Platform:
    """Delivers what members say, and takes what the service sends."""

    port: int
    session: aiohttp.ClientSession
    lives: "asyncio.subprocess.Process"
    members: dict[str, Member]
    stopping: bool = False
    resting: int = 0
    events: int = 0

    async def live_and_die(self, kills: int, chance: random.Random) -> Counter[str]:
        """The members survey until the service has died so often; then, with a service that lives, to the end
        of their survey and one word more."""
        surveying = [
            asyncio.create_task(self._survey(member, random.Random(chance.random())))
            for member in self.members.values()
        ]
        deaths: Counter[str] = Counter()
        for number in range(kills):
            deaths[await self._life(number, chance)] += 1
        self.stopping = True
        await self._begin(0, kills // LIVES_A_DIGEST)
        await asyncio.wait_for(asyncio.gather(*surveying), 120)
        for member in self.members.values():
            await self._goes_on(member)
        await self._rest()
        return deaths

    async def _life(self, number: int, chance: random.Random) -> str:
        """One life of the service; the site of its death."""
        by_hand = chance.random() < 0.25  # a kill from outside comes in the middle of anything
        pid = await self._begin(0 if by_hand else chance.randint(1, LATEST_TOUCH), number // LIVES_A_DIGEST)
        if by_hand:
            await asyncio.sleep(chance.uniform(0.05, 1.5))
            os.kill(pid, signal.SIGKILL)
        site = "from outside"
        while "dead" not in (line := await self._line()):
            site = line["site"]
        return site

    async def _begin(self, die_at: int, digest: int) -> int:
        assert self.lives.stdin
        self.lives.stdin.write(json.dumps({"die_at": die_at, "digest": digest}).encode() + b"\n")
        while True:
            line = await self._line()
            if "pid" in line:
                return int(line["pid"])

    async def _line(self) -> dict[str, Any]:
        assert self.lives.stdout
        line = await self.lives.stdout.readline()
        if not line:
            raise RuntimeError("the service's process has ended")
        return dict(json.loads(line))

    # ------------------------------------------------------------------ saying

    async def _survey(self, member: Member, chance: random.Random) -> None:
        """Households one after the other, each question answered as chance has it."""
        late: list[bytes] = []
        while not self.stopping:
            answers = ["1", *(chance.choice("12") for _ in QUESTIONS[1:])]  # who says no is asked no more
            for text in ("/khaosat", "1", *answers, "Gửi phiếu"):
                event = self._event(member, text)
                doubled = [late.pop(chance.randrange(len(late)))] if late and chance.random() < 0.3 else []
                if chance.random() < 0.2:
                    doubled.append(event)
                if chance.random() < 0.2:
                    late.append(event)
                await asyncio.gather(self._deliver(event), *map(self._deliver, doubled))
                member.turns += 1
            member.acknowledged.append(tuple(ANSWERS[given] for given in answers))

    async def _deliver(self, event: bytes) -> None:
        """Until it is acknowledged, as platforms do."""
        headers = {"X-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
        while True:
            with suppress(aiohttp.ClientError, TimeoutError):
                url = f"http://127.0.0.1:{self.port}/webhook/zalo-bot"
                async with self.session.post(url, data=event, headers=headers) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.02)

    def _event(self, member: Member, text: str) -> bytes:
        self.events += 1
        message = {
            "from": {"id": member.address, "display_name": "Lan", "is_bot": False},
            "chat": {"id": member.address, "chat_type": "PRIVATE"},
            "message_id": f"{self.events:016x}",
            "date": int(datetime.now(ZONE).timestamp() * 1000),
            "text": text,
        }
        return orjson.dumps({"event_name": "message.text.received", "message": message})

    async def _goes_on(self, member: Member) -> None:
        """Something is said, and something is answered to it."""
        before = len(member.told)
        await self._deliver(self._event(member, "/trogiup"))
        async with asyncio.timeout(30):
            while not any("/" in text for text in member.told[before:]):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def _rest(self) -> None:
        """Until nothing was sent for a while."""
        before = -1
        while before != (sent := sum(len(member.told) for member in self.members.values())):
            before = sent
            await asyncio.sleep(3)

    # ------------------------------------------------------------------ taking

    async def take(self, request: web.Request) -> web.Response:
        """What the service sends."""
        said = orjson.loads(await request.read() or b"{}")
        if request.match_info["method"] == "sendMessage":
            self.members[said["chat_id"]].told.append(said["text"])
        return web.json_response({"ok": True, "result": {"message_id": str(self.events)}})


@asynccontextmanager
async def _platform(url: str) -> AsyncIterator[Platform]:
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    members = {str(1000 + n): Member(str(1000 + n)) for n in range(PEOPLE)}
    with tempfile.TemporaryDirectory() as folder:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            port = free_port()
            settings = Path(folder) / "settings.json"
            lives = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.mortal", str(settings),
                cwd=Path(__file__).parent.parent.parent,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            platform = Platform(port, session, lives, members)
            app.router.add_route("*", "/bot{token}/{method}", platform.take)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            settings.write_text(json.dumps(_settings(url, port, runner.addresses[0][1])), "utf-8")
            try:
                yield platform
            finally:
                os.killpg(lives.pid, signal.SIGKILL)
                await lives.wait()
                await runner.cleanup()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _settings(url: str, port: int, platform: int) -> dict[str, Any]:
    return {
        "database_url": url,
        "secret_key": KEY,
        "http_port": port,
        "zalo_bot_token": "1:bench",
        "zalo_bot_api_url": f"http://127.0.0.1:{platform}",
        "zalo_bot_mode": "webhook",
        "zalo_bot_webhook_secret": SECRET,
        "public_url": "https://bench.invalid",
        "log_level": "ERROR",
    }


# --------------------------------------------------------------------------- counting


_survey, _revision = table(SurveyRow), table(RevisionRow)
_outbox, _account = table(OutboxRow), table(AccountRow)
_STATUS = select(_outbox.c.kind, _outbox.c.status, func.count().label("n")).group_by(
    _outbox.c.kind, _outbox.c.status
)
_KEPT = (
    select(_account.c.address, _revision.c["values"])
    .join(_survey, _survey.c.id == _revision.c.survey_id)
    .join(_account, _account.c.person_id == _survey.c.by)
)


def _count(conn: Connection, platform: Platform) -> dict[str, Any]:
    """What is in the database against what was acknowledged and told."""
    members = platform.members.values()
    acknowledged = Counter((member.address, answers) for member in members for answers in member.acknowledged)
    kept = Counter((row.address, _answers(row.values)) for row in conn.all(_KEPT))
    told = Counter((m.address, text) for m in members for text in m.told if text.startswith(DIGEST))
    rows = Counter({(row.kind, row.status): row.n for row in conn.all(_STATUS)})
    announced = sum(n for (kind, _), n in rows.items() if kind == "digest")
    return {
        "turns_acknowledged": sum(member.turns for member in members),
        "surveys_acknowledged": acknowledged.total(),
        "surveys_lost": (acknowledged - kept).total(),
        "surveys_doubled": (kept - acknowledged).total(),
        "figures_other_than_a_recount": len(recounting.compare(conn, QUESTIONNAIRE, ZONE)),
        "digests_announced": announced,
        "digests_told": len(told),
        "digests_told_twice": told.total() - len(told),
        # Whether the platform took it before the service died, nobody can know: it is listed, not repeated.
        "digests_unsure": rows["digest", "unsure"],
        "digests_forgotten": max(0, announced - len(told) - rows["digest", "unsure"]),
        "messages_left_waiting": sum(n for (_, how), n in rows.items() if how in {"waiting", "attempted"}),
    }


def _answers(values: str) -> tuple[str, ...]:
    held = {path.rpartition("/")[2]: value for path, value in orjson.loads(values).items()}
    return tuple(held[name] for name in QUESTIONS)
