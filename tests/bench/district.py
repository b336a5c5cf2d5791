"""A district of any number of households, loaded in bulk: what a benchmark of digests counts."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import orjson
from sqlalchemy.engine import make_url

from bot import sample
from content.areas import Level, Listed
from content.households import QUESTIONNAIRE
from content.indicators import DONE, LISTED
from content.indicators import counts as counted
from content.people import Grant, Role
from content.vietnamese import fold
from storage import areas, counts, people
from storage.database import Connection, Database
from storage.secrets import Vault

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST, WEEKS = date(2026, 1, 5), 26
COMMUNES, HAMLETS, MEMBERS = 15, 20, 3
KINDS = 200
"""So many different sets of answers there are."""
SECRET = "a key that only the benchmark uses"
NOW = datetime(2026, 7, 5, 20, tzinfo=ZONE)
"""The last Sunday of the weeks."""

_TABLES = {
    "household": "id key area_id name address created_by created_at invented mark doubled",
    "counts": "id counts",
    "survey": "id form area_id household_id current consent revision by submitted_at invented",
    "survey_revision": (
        "survey_id revision version values xml form area_id household_id week seconds counts_id"
        " wording channel by started_at submitted_at"
    ),
    "tally": "area_id form week indicator numerator denominator",
}


@dataclass(slots=True)
class District:
    """What was made: the unit of each level, its hamlets, and the counts of each kind of household."""

    country: int
    district: int
    commune: int
    hamlets: list[tuple[int, int]]
    """(hamlet, commune)"""
    kinds: list[dict[str, tuple[int, int]]]
    members: dict[int, list[int]]


async def found(database: Database) -> District:
    """Units and people, as every size has them."""
    return await database.write(_found)


def _found(conn: Connection) -> District:
    since = date(2025, 7, 1)
    listed = [_unit("VN", "Việt Nam", Level.COUNTRY, None), _unit("80", "tỉnh", Level.PROVINCE, "VN")]
    listed.append(_unit("798", "huyện", Level.DISTRICT, "80"))
    for commune in range(COMMUNES):
        code = f"c{commune}"
        listed.append(_unit(code, f"xã {commune + 1}", Level.COMMUNE, "798"))
        listed += [_unit(f"{code}-{n}", f"ấp {n + 1}", Level.HAMLET, code) for n in range(HAMLETS)]
    areas.import_list(conn, listed)

    def number(code: str) -> int:
        unit = areas.by_code(conn, code, NOW.date())
        assert unit is not None
        return unit.id

    hamlets = [
        (number(f"c{commune}-{n}"), number(f"c{commune}"))
        for commune in range(COMMUNES)
        for n in range(HAMLETS)
    ]
    members: dict[int, list[int]] = defaultdict(list)
    for hamlet, _ in hamlets:
        for _ in range(MEMBERS):
            person = people.create(conn, "Nguyễn Văn Tám", "vi", NOW)
            people.grant(conn, person, Grant(Role.MEMBER, hamlet), since)
            members[hamlet].append(person)
    rng = Random(7)
    kinds = [
        counted(QUESTIONNAIRE, sample.answers(rng, sample.home(rng), WEEKS), consent=True)
        for _ in range(KINDS)
    ]
    return District(number("VN"), number("798"), number("c0"), hamlets, kinds, members)


def _unit(code: str, name: str, level: Level, above: str | None) -> Listed:
    since = date(2025, 7, 1)
    return Listed(code, name, level, since, None, ((since, above),) if above else (), None, True, 0)


@dataclass(frozen=True, slots=True)
class Visit:
    """A household by its number, surveyed once."""

    number: int
    hamlet: int
    by: int
    week: int
    at: datetime
    kind: int

    @property
    def name(self) -> str:
        """In every hamlet there are two who have the same, twice."""
        turn, hamlet = divmod(self.number - 1, HAMLETS * COMMUNES)
        return f"Nguyễn Văn {turn // 2} {hamlet}" if self.doubled else f"Lê Thị {self.number}"

    @property
    def doubled(self) -> bool:
        """Whether another one of the hamlet has the same name."""
        return self.number <= 4 * HAMLETS * COMMUNES


def visits(place: District, rows: int) -> Iterator[Visit]:
    """So many households in the order in which they were surveyed."""
    rng = Random(11)
    start, step = (
        datetime(FIRST.year, FIRST.month, FIRST.day, 8, tzinfo=ZONE),
        timedelta(days=7 * WEEKS - 1) / rows,
    )
    for number in range(rows):
        at = start + number * step
        hamlet, _ = place.hamlets[number % len(place.hamlets)]
        by = place.members[hamlet][number % MEMBERS]
        week = (at.date() - FIRST).days // 7
        yield Visit(number + 1, hamlet, by, week, at.astimezone(UTC), rng.randrange(KINDS))


async def load(url: str, place: District, rows: int) -> None:
    """Loads households, surveys, revisions and the tallies that their turns would have made."""
    vault = Vault(SECRET)
    empty, answers = vault.seal(""), vault.seal("x" * 600)
    numbers = [counts.number(kind) for kind in place.kinds]
    sums: Counter[tuple[int, int, int]] = Counter()
    by: Counter[tuple[int, int, int]] = Counter()
    loader = _Sqlite(url) if url.startswith("sqlite") else await _Postgresql.open(url)
    every = visits(place, rows)
    listed = loader.moment(datetime(2026, 1, 4, 10, tzinfo=UTC))
    sets = {number: orjson.dumps(kind).decode() for number, kind in zip(numbers, place.kinds, strict=True)}
    await loader.add("counts", list(sets.items()))
    mondays = [loader.day(FIRST + timedelta(days=7 * week)) for week in range(WEEKS)]
    while chunk := list(islice(every, 20_000)):
        for one in chunk:
            sums[one.hamlet, one.week, one.kind] += 1
            by[one.hamlet, one.week, one.by] += 1
        moments = [loader.moment(one.at) for one in chunk]
        begun = [loader.moment(one.at - timedelta(minutes=5)) for one in chunk]
        ids = [f"{one.number:032x}" for one in chunk]
        marks = [vault.fingerprint("household", fold(one.name)) for one in chunk]
        await loader.add(
            "household",
            [
                (v.number, key, v.hamlet, vault.seal(v.name), empty, None, listed, True, mark, v.doubled)
                for v, key, mark in zip(chunk, ids, marks, strict=True)
            ],
        )
        await loader.add(
            "survey",
            [
                (key, QUESTIONNAIRE, v.hamlet, v.number, True, True, 1, v.by, at, True)
                for v, key, at in zip(chunk, ids, moments, strict=True)
            ],
        )
        await loader.add(
            "survey_revision",
            [
                (
                    *(key, 1, "1", answers, empty, QUESTIONNAIRE, v.hamlet, v.number, mondays[v.week], 300),
                    *(numbers[v.kind], "", "test", v.by, start, at),
                )
                for v, key, start, at in zip(chunk, ids, begun, moments, strict=True)
            ],
        )
    await loader.add("tally", list(_tallies(place, sums, by, rows, loader)))
    await loader.close()


def _tallies(place: District, sums: Any, by: Any, rows: int, loader: Any) -> Iterator[tuple[Any, ...]]:
    found: dict[tuple[int, int, str], list[int]] = defaultdict(lambda: [0, 0])
    for (hamlet, week, kind), times in sums.items():
        for indicator, (n, d) in place.kinds[kind].items():
            sum_ = found[hamlet, week, indicator]
            sum_[0] += n * times
            sum_[1] += d * times
    for (hamlet, week, person), times in by.items():
        found[hamlet, week, f"@{person}"] = [times, times]
    for (hamlet, week, indicator), (n, d) in found.items():
        yield hamlet, QUESTIONNAIRE, loader.day(FIRST + timedelta(days=7 * week)), indicator, n, d
    for place_, (hamlet, _) in enumerate(place.hamlets):
        n = len(range(place_, rows, len(place.hamlets)))
        yield hamlet, "", loader.day(FIRST - timedelta(days=7)), LISTED, n, n
    assert DONE


class _Sqlite:
    def __init__(self, url: str) -> None:
        self._raw = sqlite3.connect(Path(make_url(url).database or ""), isolation_level=None)
        self._raw.execute("PRAGMA synchronous = OFF")
        self._raw.execute("PRAGMA cache_size = -200000")
        self._raw.execute("PRAGMA foreign_keys = OFF")

    def moment(self, at: datetime) -> Any:
        return at.isoformat(" ", "microseconds")[:26]

    def day(self, day: date) -> Any:
        return day.isoformat()

    async def add(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        columns = _TABLES[table].split()
        names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" for _ in columns)
        self._raw.execute("BEGIN")
        self._raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        self._raw.execute("COMMIT")

    async def close(self) -> None:
        self._raw.execute("ANALYZE")
        self._raw.close()


class _Postgresql:
    def __init__(self, raw: Any) -> None:
        self._raw = raw

    @classmethod
    async def open(cls, url: str) -> "_Postgresql":
        return cls(await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False)))

    def moment(self, at: datetime) -> Any:
        return at

    def day(self, day: date) -> Any:
        return day

    async def add(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        await self._raw.copy_records_to_table(table, records=rows, columns=_TABLES[table].split())

    async def close(self) -> None:
        await self._raw.execute("VACUUM ANALYZE")
        await self._raw.close()
