"""`tocns bench country`: turns and a commune's digest at ten thousand households and at millions, in one run.

On PostgreSQL. One hamlet is filled by the functions that fill it in service; the others are its copies, made
in SQL: so every row is as it would be, except that names and answers repeat and that numbers of surveys grow
in order. Backup and export are measured for as long as `BOUND` says; what is longer is told by what was
written by then.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import asyncpg
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from bot.app import build
from bot.channels.base import Incoming
from bot.config import Settings
from bot.service import Service
from content.figures import Week
from content.households import QUESTIONNAIRE
from content.people import Grant, Role
from storage import areas, briefs, copying, households, people, recounting, surveys
from storage.database import Connection, Database
from storage.secrets import Vault
from tests.bench.copies import COPIED, HAMLET, copied, first_hamlet, lay_out
from tests.bench.databases import fresh
from tests.bench.district import FIRST, NOW, SECRET, WEEKS, ZONE

SMALL = 10_000
TURNS = 40
"""Surveys whose turns are measured."""
BOUND = 90.0
"""Seconds for a backup."""
AT_ONCE = 50
"""Hamlets copied in a transaction."""
FREE = 1_000_000_000
"""Numbers from here on are given by the database: what is copied lies below."""
SPELLED = ("/khaosat", "1", "1", "1", "1", "2", "1", "/bo_qua", "Gửi phiếu")
STEPS = ("begin", "household", *("answer",) * 6, "send")
SETTINGS = ("max_wal_size = '8GB'", "checkpoint_timeout = '1h'")
HURRIED = ("fsync", "full_page_writes")
"""What is off while rows are copied, and on for all that is measured."""


def run(households: int = 5_000_000, answers: int = 20_000_000, small: int = SMALL) -> dict[str, Any]:
    """Milliseconds, seconds and bytes at `small` households and at all of them."""
    with fresh("postgresql", SETTINGS) as url:
        return asyncio.run(_Country(url, max(1, round(answers / households))).grow(small, households))


class _Country:
    """A database that grows. `rounds`: how often each household was surveyed."""

    def __init__(self, url: str, rounds: int) -> None:
        self.url, self.rounds = url, rounds
        self.plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.hamlets: list[int] = []
        self.there = 0
        self.said = 0
        self.bytes_a_household = 0.0

    async def grow(self, small: int, large: int) -> dict[str, Any]:
        """Fills it to the one size and then to the other, and measures at both."""
        hamlets = [max(1, round(size / HAMLET)) for size in (small, large)]
        async with Database(self.url, Vault(SECRET)) as database:
            self.hamlets = await database.write(lambda conn: lay_out(conn, max(hamlets)))
            await database.write(lambda conn: first_hamlet(conn, self.hamlets[0], self.rounds))
        self.there = 1
        await self._takefirst_hamlet()
        found: dict[str, Any] = {"surveys_a_household": self.rounds, "hamlets_on_the_map": len(self.hamlets)}
        for size in hamlets:
            began = time.perf_counter()
            await self._fill(size)
            loaded = round(time.perf_counter() - began, 1)
            if size == hamlets[0]:
                found["copies_agree_with_a_recount"] = await self._agrees()
            found[f"{size * HAMLET} households"] = {"load_s": loaded, **await self._measure()}
        first, last = (found[f"{size * HAMLET} households"] for size in hamlets)
        return found | {
            "large_to_small": {
                name: round(last[name] / first[name], 2) for name in ("turn_ms", "commune_digest_ms")
            }
        }

    # ------------------------------------------------------------------ filling

    async def _takefirst_hamlet(self) -> None:
        """What stands in the database is all of the first hamlet: kept aside, to be copied."""
        raw = await asyncpg.connect(self.plain)
        try:
            await raw.execute("CREATE SCHEMA bench")
            for name in COPIED:
                await raw.execute(f"CREATE TABLE bench.{name} AS SELECT * FROM public.{name}")
                if "id" in SQLModel.metadata.tables[name].columns and name != "survey":
                    await raw.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {FREE})")
            await raw.execute("CREATE TABLE bench.place (n bigint PRIMARY KEY, area bigint)")
            await raw.copy_records_to_table(
                "place", schema_name="bench", records=list(enumerate(self.hamlets))
            )
            await raw.execute("ANALYZE")
        finally:
            await raw.close()

    async def _fill(self, hamlets: int) -> None:
        starts = iter(range(self.there, hamlets, AT_ONCE))
        raw = await asyncpg.connect(self.plain)
        try:
            for name in HURRIED:
                await raw.execute(f"ALTER SYSTEM SET {name} = off")
            await raw.execute("SELECT pg_reload_conf()")
            await asyncio.gather(*(self._copy(starts, hamlets) for _ in range(os.cpu_count() or 1)))
            for name in HURRIED:
                await raw.execute(f"ALTER SYSTEM RESET {name}")
            await raw.execute("SELECT pg_reload_conf()")
            await raw.execute("CHECKPOINT")
            await raw.execute("VACUUM ANALYZE")
        finally:
            await raw.close()
        self.there = max(self.there, hamlets)

    async def _copy(self, starts: Iterator[int], end: int) -> None:
        raw = await asyncpg.connect(self.plain)
        try:
            await raw.execute("SET session_replication_role = replica")  # no look-up for each reference
            for start in starts:
                async with raw.transaction():
                    for name in COPIED:
                        await raw.execute(copied(name, start, min(end, start + AT_ONCE)))
        finally:
            await raw.close()

    async def _agrees(self) -> bool:
        async with Database(self.url, Vault(SECRET)) as database:
            return not await database.read(lambda conn: recounting.compare(conn, QUESTIONNAIRE, ZONE))

    # ------------------------------------------------------------------ measuring

    async def _measure(self) -> dict[str, Any]:
        turns = await self._turns()
        async with Database(self.url, Vault(SECRET)) as database:
            digest = await _digest(database)
        return {**turns, **digest, **await self._sizes(), **await asyncio.to_thread(self._out)}

    async def _turns(self) -> dict[str, Any]:
        """Surveys of one member, over the desk, one turn after the other: as long as one alone waits."""
        service = _service(self.url)
        await service.database.open()
        try:
            who = await service.database.write(lambda conn: _newcomer(conn, self.hamlets[0], self.said))
            spent: dict[str, list[float]] = {step: [] for step in STEPS}
            for survey in range(TURNS):
                for step, text in zip(STEPS, SPELLED, strict=True):
                    self.said += 1
                    at = datetime.now(ZONE)
                    began = time.perf_counter()
                    await service.desk.hear(Incoming("telegram", str(self.said), who, at, text))
                    if survey:  # the first compiles the questionnaire
                        spent[step].append(1000 * (time.perf_counter() - began))
            sent = await service.database.read(lambda conn: _sent(conn, who))
            assert sent == TURNS, f"{sent} of {TURNS} surveys are there"
        finally:
            await service.database.close()
        every = [one for times in spent.values() for one in times]
        return {
            "turn_ms": round(statistics.mean(every), 2),
            "turn_p99_ms": round(sorted(every)[int(0.99 * len(every))], 2),
            "turn_ms_by_step": {step: round(statistics.median(times), 2) for step, times in spent.items()},
        }

    async def _sizes(self) -> dict[str, Any]:
        raw = await asyncpg.connect(self.plain)
        try:
            tables = await raw.fetch(
                "SELECT relname, pg_table_size(oid) AS size, pg_indexes_size(oid) AS indexes, reltuples"
                " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " ORDER BY pg_total_relation_size(oid) DESC LIMIT 6"
            )
            indexes = await raw.fetch(
                "SELECT relname, pg_relation_size(oid) AS size FROM pg_class WHERE relkind = 'i'"
                " AND relnamespace = 'public'::regnamespace ORDER BY pg_relation_size(oid) DESC LIMIT 8"
            )
        finally:
            await raw.close()
        return {
            "tables_mb": {
                row["relname"]: {
                    "rows": int(row["reltuples"]),
                    "table": round(row["size"] / 2**20, 1),
                    "indexes": round(row["indexes"] / 2**20, 1),
                }
                for row in tables
            },
            "indexes_mb": {row["relname"]: round(row["size"] / 2**20, 1) for row in indexes},
        }

    def _out(self) -> dict[str, Any]:
        return {**self._backup(), **self._export()}

    def _backup(self) -> dict[str, Any]:
        """As `tocns backup` writes it, for `BOUND` seconds at most."""
        with tempfile.TemporaryFile() as file:
            began, whole = time.perf_counter(), False
            with suppress(_Enough):
                copying.write(self.url, Vault(SECRET), _Bounded(file), datetime.now(ZONE))  # type: ignore[arg-type]
                whole = True
            took, size = time.perf_counter() - began, file.tell()
        if whole:
            self.bytes_a_household = size / (self.there * HAMLET)
            return {"backup_s": round(took, 1), "backup_mb": round(size / 2**20, 1)}
        expected = self.bytes_a_household * self.there * HAMLET
        return {
            "backup_broken_off_after_s": round(took, 1),
            "backup_mb_by_then": round(size / 2**20, 1),
            "backup_s_for_all_at_that_rate": round(took * expected / size),
        }

    def _export(self) -> dict[str, Any]:
        """Of one commune, by the command."""
        with tempfile.TemporaryDirectory(prefix="tocns-") as folder:
            out = Path(folder) / "commune.csv"
            options = ("--form", QUESTIONNAIRE, "--format", "csv", "--area", "c0", "--out", str(out))
            given = {"TOCNS_DATABASE_URL": self.url, "TOCNS_SECRET_KEY": SECRET}
            root = Path(__file__).parent.parent.parent
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "bot", "export", *options],
                cwd=folder, env={**os.environ, **given, "PYTHONPATH": str(root)}, check=True,
                capture_output=True,
            )  # fmt: skip
            took = time.perf_counter() - began
            with out.open("rb") as file:
                rows = sum(1 for _ in file) - 1
        return {"export_of_a_commune_s": round(took, 1), "export_submissions": rows}


class _Enough(Exception):
    """The time is over."""


class _Bounded:
    """A file to be written for so long."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._until = time.perf_counter() + BOUND

    def write(self, data: bytes) -> int:
        if time.perf_counter() > self._until:
            raise _Enough
        return self._file.write(data)


async def _digest(database: Database) -> dict[str, Any]:
    week = Week(FIRST + timedelta(days=7 * (WEEKS - 1)), ZONE)

    def told(conn: Connection) -> object:
        commune = areas.by_code(conn, "c0", NOW.date())
        assert commune
        return briefs.brief(conn, QUESTIONNAIRE, commune, week, NOW.date())

    times = []
    for _ in range(5):
        began = time.perf_counter()
        await database.read(told)
        times.append(1000 * (time.perf_counter() - began))
    return {"commune_digest_ms": round(min(times), 1)}


# --------------------------------------------------------------------------- who speaks


def _newcomer(conn: Connection, hamlet: int, said: int) -> str:
    """A member who begins with that many households to survey; their address."""
    now = datetime.now(ZONE)
    address = str(FREE + said)
    member = people.create(conn, "Tổ viên mới", "vi", now)
    people.add_account(conn, member, "telegram", address, now)
    people.grant(conn, member, Grant(Role.MEMBER, hamlet), now.date())
    listed = [households.NewHousehold(f"new-{said}-{n}", hamlet, f"Lê Thị {said} {n}") for n in range(TURNS)]
    households.add_all(conn, listed, member, now)
    return address


def _sent(conn: Connection, address: str) -> int:
    account = people.account(conn, "telegram", address)
    assert account
    return len(surveys.mine(conn, account.person_id, QUESTIONNAIRE, 2 * TURNS))


def _service(url: str) -> Service:
    settings = Settings(
        _env_file=None,
        database_url=url,
        secret_key=SECRET,  # type: ignore[arg-type]
        telegram_token="42:bench",  # type: ignore[arg-type]
        telegram_mode="webhook",
        telegram_webhook_secret="bench-secret",  # type: ignore[arg-type]
        public_url="https://bench.invalid",
        log_level="ERROR",
    )
    return build(settings, hurried=True)
