"""`tocns bench load`: the service as it is served, under the crowd of `crowd`, over HTTP.

`tocns serve` in processes of its own: one on SQLite (`synchronous=FULL`), two web processes and a worker on
PostgreSQL; this process is the driver, and the platforms that the service speaks to. People speak at first
as fast as answers come; with `--minutes` then at half of that rate. In the end everybody finishes the survey
that they are in, and what was acknowledged is held against what is in the database.
"""

import asyncio
import gc
import json
import os
import statistics
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
from pyxform.xls2xform import convert
from sqlalchemy.engine import make_url

from content.areas import Level, Listed
from content.people import Grant, Role
from storage import areas, forms, namesakes, outbox, people, rollups, tallies
from storage.database import Connection, Database, table
from storage.secrets import Vault
from storage.tables import HouseholdRow
from tests.bench import census, crowd
from tests.bench.crowd import CHANNELS, Crowd, Person
from tests.bench.databases import ENGINES, fresh
from tests.bench.driver import Driver
from tests.bench.processes import cpu_of, cpu_of_server, resident
from tests.bench.served import KEY, platforms, serving, telegram, zalo_oa

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PARTS = {"sqlite": ("all",), "postgresql": ("web", "web", "worker")}
MEMBERS, ON_TELEGRAM = 0.8, 0.6
"""Shares of the people."""
TEAM = 30
"""Hamlets of a commune; each member has one."""
FASTEST = 10_000
"""Turns a second that the crowd would take at first, were they answered at once."""
WARM = 3.0
"""Seconds that are not measured."""
AHEAD = 9
"""Turns that each has at most before, a survey's: strangers become known, caches fill, and people stand at
all places of a survey. Without, all would begin one in the same second, and nothing else was measured."""
CONNECTIONS = 100
"""Deliveries at once, over both platforms; Telegram makes up to 100 (setWebhook: max_connections)."""
FAMILIES = ("Nguyễn Văn Tám", "Trần Thị Hoa", "Lê Văn Ba", "Phạm Thị Lan", "Huỳnh Văn Út")
MOST_TURNS = 4_000
"""A second: so many households are listed that this rate does not use them up."""
INTERVALS = 10
GROWTH = 1.1
FORM = """
| survey |
| | type | name | label | required |
| | select_one co_khong | dong_y | Nhà mình đồng ý trả lời không? | yes |
| | select_one co_khong | dtdt | Có điện thoại thông minh không? | yes |
| | select_one co_khong | cap_quang | Có cáp quang không? | yes |
| | select_one co_khong | vneid | Có VNeID không? | yes |
| | select_one co_khong | vssid | Có VssID không? | yes |
| | image | anh | Gửi ảnh ngôi nhà | |
| choices |
| | list_name | name | label |
| | co_khong | co | Có |
| | co_khong | khong | Không |
| settings |
| | form_id | form_title | version |
| | khao-sat-ho | Năm câu và một ảnh | 1 |
"""


def run(engine: str = "", people: int = 10_000, seconds: int = 20, minutes: int = 0) -> dict[str, Any]:
    """Turns a second, latency, CPU and memory, on one engine or both; what was lost or doubled."""
    found: dict[str, Any] = {"people": people, "connections": CONNECTIONS}
    for each in (engine,) if engine else ENGINES:
        with fresh(each) as url:
            found[each] = asyncio.run(measure(url, each, people, seconds, 60 * minutes))
    return found


async def measure(url: str, engine: str, many: int, seconds: float, soak: float) -> dict[str, Any]:
    """The crowd on an empty database of that engine: as fast as it goes, then `soak` seconds at half of
    that."""
    chance = Random(1)
    everybody = Crowd()
    persons = _persons(many, everybody, chance)
    # Nine turns a survey, and somebody is always faster than the others.
    listed = 8 + int(2 * MOST_TURNS * (seconds + soak) / 9 / (many * MEMBERS))
    async with Database(url, Vault(KEY)) as database:
        await fill(database, persons, listed)
        gc.collect()
        gc.freeze()
        async with (
            platforms() as platform,
            serving(url, PARTS[engine], telegram(platform), zalo_oa(platform)) as (ports, pids),
        ):
            everybody.photo = f"{platform}/photo.jpg"
            server = await _server_of(url) if engine == "postgresql" else 0
            watched = Watched(database, Driver(ports, CONNECTIONS, everybody, chance), pids, server)
            found = await watched.run(persons, everybody, seconds, soak)
        return found | await database.read(lambda conn: census.take(conn, persons, everybody))


def _persons(many: int, everybody: Crowd, chance: Random) -> list[Person]:
    found = []
    for number in range(many):
        kind = crowd.member if number < MEMBERS * many else crowd.citizen
        channel = CHANNELS[chance.random() >= ON_TELEGRAM]
        found.append(kind(channel, number, everybody, Random(chance.random())))
    return found


class Watched:
    """A driver at work, and what is to be seen of the service meanwhile."""

    def __init__(self, database: Database, driver: Driver, pids: Sequence[int], server: int) -> None:
        self._database, self._driver = database, driver
        self._pids, self._server = pids, server

    async def run(
        self, persons: Sequence[Person], everybody: Crowd, seconds: float, soak: float
    ) -> dict[str, Any]:
        """All of it, to the last answer."""
        driver = self._driver
        driver.think = max(1.0, len(persons) / FASTEST)
        await driver.start(persons, AHEAD)
        try:
            await asyncio.sleep(WARM)
            at_start = self._memory()
            found = {"memory_mib_at_start": at_start, "as_fast_as_it_goes": await self._interval(seconds)}
            if soak:
                rate = found["as_fast_as_it_goes"]["turns_per_second"] / 2
                driver.think = max(1.0, len(persons) / rate)
                await asyncio.sleep(2 * driver.think)  # until those who waited have been heard
                found["soak"] = await self._soak(soak)
            everybody.ending = True
            driver.hurry()
            async with asyncio.timeout(600):
                while driver.speaking:  # noqa: ASYNC110 - nobody tells of it
                    await asyncio.sleep(0.1)
            return found | {"acknowledged": driver.acknowledged, "delivered_again": driver.refused}
        finally:
            await driver.stop()

    async def _soak(self, seconds: float) -> dict[str, Any]:
        """Interval after interval, each told on stderr as it ends; whether anything grew."""
        intervals = []
        for _ in range(INTERVALS):
            intervals.append(await self._interval(seconds / INTERVALS))
            print(json.dumps(intervals[-1]), file=sys.stderr, flush=True)
        memory = [sum(one["memory_mib"]) for one in intervals]
        first, last = intervals[: INTERVALS // 3], intervals[-(INTERVALS // 3) :]
        p99 = [statistics.median(one["p99_ms"] for one in some) for some in (first, last)]
        return {
            "intervals": intervals,
            "memory_grew_to": round(memory[-1] / memory[0], 3),
            "p99_grew_to": round(p99[1] / p99[0], 2),
            "verdict": {
                "memory grew by no more than 10 %": memory[-1] <= GROWTH * memory[0],
                "latency did not grow": p99[1] <= 1.25 * p99[0],
                "nobody waits at the end": last[-1]["people_waiting"] < last[-1]["turns_per_second"],
            },
        }

    async def _interval(self, seconds: float) -> dict[str, Any]:
        driver = self._driver
        driver.take_latencies()
        before, own, began = self._cpu(), cpu_of(os.getpid()), perf_counter()
        await asyncio.sleep(seconds)
        took = perf_counter() - began
        seen = driver.take_latencies()
        turns = max(1, len(seen))
        used = [now - then for now, then in zip(self._cpu(), before, strict=True)]
        driven = cpu_of(os.getpid()) - own
        queue = await self._database.read(lambda conn: outbox.queue(conn, datetime.now(ZONE)))
        return {
            "turns_per_second": round(len(seen) / took, 1),
            "p50_ms": round(1000 * seen[turns // 2], 1) if seen else None,
            "p99_ms": round(1000 * seen[int(0.99 * turns)], 1) if seen else None,
            "cpu_us_per_turn": round(1e6 * sum(used) / turns),
            "cores_of_each_process": [round(each / took, 2) for each in used],
            "cores_of_the_driver": round(driven / took, 2),
            "memory_mib": self._memory(),
            "people_waiting": driver.waiting,
            # What the pace of the platforms, 25 and 20 messages a second, lets through is less than is said.
            "outbox": sum(queue.waiting.values()),
        }

    def _cpu(self) -> list[float]:
        """Of each process of the service; of the database server's last."""
        return [*map(cpu_of, self._pids), *([cpu_of_server(self._server)] if self._server else [])]

    def _memory(self) -> list[float]:
        return [round(resident(pid), 1) for pid in self._pids]


# --------------------------------------------------------------------------- what the service stands on


def unit(code: str, name: str, level: Level, above: str | None) -> Listed:
    """A unit that holds from July 2025 on."""
    since = date(2025, 7, 1)
    return Listed(code, name, level, since, None, ((since, above),) if above else (), None, True, 0)


async def fill(database: Database, persons: Sequence[Person], listed: int) -> None:
    """A hamlet with that many households for each member, and the questionnaire for all."""
    now, since = datetime.now(ZONE), date(2025, 7, 1)
    members = [person for person in persons if person.says.__name__ == "_surveys"]

    def found(conn: Connection) -> list[int]:
        units = [unit("VN", "Việt Nam", Level.COUNTRY, None), unit("1", "tỉnh Thử", Level.PROVINCE, "VN")]
        communes = range(-(-len(members) // TEAM))
        units += [unit(f"c{n}", f"xã {n + 1}", Level.COMMUNE, "1") for n in communes]
        units += [unit(f"h{n}", f"ấp {n + 1}", Level.HAMLET, f"c{n // TEAM}") for n in range(len(members))]
        areas.import_list(conn, units)
        everywhere = areas.by_code(conn, "VN", now.date())
        assert everywhere
        xform = convert(FORM, file_type=".md", form_name="data").xform
        new = forms.Publication("khao-sat-ho", "1", "Sáu câu", xform, b"", "", everywhere.id)
        forms.publish(conn, new, None, now)
        numbers = {hamlet.code: hamlet.id for hamlet in areas.hamlets(conn, everywhere.id, now.date())}
        return [numbers[f"h{n}"] for n in range(len(members))]

    def settle(conn: Connection, some: Sequence[tuple[Person, int]]) -> None:
        rows = [
            {
                "key": f"{hamlet}-{number}",
                "area_id": hamlet,
                "name": (name := f"{FAMILIES[number % len(FAMILIES)]} {number // len(FAMILIES) + 1}"),
                "address": "",
                "created_at": now,
                "invented": True,
                "mark": namesakes.mark(conn, name),  # else the worker would make it while turns are measured
            }
            for _, hamlet in some
            for number in range(listed)
        ]
        conn.insert_many(table(HouseholdRow), rows)
        for person, hamlet in some:
            tallies.enlist(conn, hamlet, now, listed)
            number = people.create(conn, "Tổ viên", "vi", now)
            people.add_account(conn, number, person.channel, person.address, now)
            people.grant(conn, number, Grant(Role.MEMBER, hamlet), since)

    settled = list(zip(members, await database.write(found), strict=True))
    for start in range(0, len(settled), 200):
        await database.write(lambda conn, start=start: settle(conn, settled[start : start + 200]))
    # Else the worker would add up a whole country's lists while turns are measured.
    while await database.write(lambda conn: rollups.work(conn, now)):
        pass


async def _server_of(url: str) -> int:
    """The process id of the database server, which is on this machine."""
    raw = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
    try:
        folder = Path(await raw.fetchval("SHOW data_directory"))
    finally:
        await raw.close()
    return int((folder / "postmaster.pid").read_text("utf-8").splitlines()[0])
