"""Households of one name are found by their marks, as by a look at every name, whatever is done to them."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from content.areas import Level, Listed
from content.vietnamese import fold
from storage import areas, erasure, households, list_changes, namesakes
from storage.database import Connection, Database, table
from storage.households import NewHousehold
from storage.secrets import Vault
from storage.tables import HouseholdRow
from tests.test_digests import tried

NOW = datetime(2026, 11, 23, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
SINCE = date(2025, 7, 1)
NAMES = ("Nguyễn Văn Hai", "nguyen van hai", "Lê Thị Ba", "LÊ THỊ BA", "Trần Văn Tư", "…", "")
_household = table(HouseholdRow)

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "import", "rename", "erase", "merge", "off", "back"]),
        st.integers(0, 1),
        st.integers(0, 20),
        st.sampled_from(NAMES),
    ),
    max_size=12,
)


def places(conn: Connection) -> list[int]:
    """Two hamlets of one commune."""
    units = [
        ("VN", Level.COUNTRY, None),
        ("c", Level.COMMUNE, "VN"),
        ("a", Level.HAMLET, "c"),
        ("b", Level.HAMLET, "c"),
    ]
    listed = [
        Listed(code, f"đơn vị {code}", level, SINCE, None, ((SINCE, above),) if above else (), None, True, 0)
        for code, level, above in units
    ]
    areas.import_list(conn, listed)
    found = [areas.by_code(conn, code, NOW.date()) for code in ("a", "b")]
    return [area.id for area in found if area]


def act(conn: Connection, hamlets: list[int], steps: list[tuple[str, int, int, str]]) -> None:
    there: list[int] = []
    for number, (kind, where, which, name) in enumerate(steps):
        new = NewHousehold(f"k{number}", hamlets[where], name)
        if kind == "add":
            there.append(households.add(conn, new, None, NOW))
        elif kind == "import":
            more = NewHousehold(f"l{number}", hamlets[1 - where], name)
            there += households.add_all(conn, [new, more, new], None, NOW)
        elif kind == "rename" and there:
            households.correct(conn, there[which % len(there)], name, "")
        elif kind == "erase" and there:
            try:
                erasure.household(conn, there[which % len(there)], NOW)
            except erasure.Unknown:
                continue
        elif kind == "off" and there:
            list_changes.take_off(conn, there[which % len(there)], "twice", None, NOW)
        elif kind == "back" and there:
            list_changes.put_back(conn, there[which % len(there)], "asked", None, NOW)
        elif kind == "merge":  # as `storage.succession` moves those of a hamlet that is no more
            moved = update(_household).where(_household.c.area_id == hamlets[0])
            conn.run(moved.values(area_id=hamlets[1]))
            namesakes.settle_all(conn, hamlets)


def naive(conn: Connection) -> list[tuple[int, int]]:
    """By hamlet, how many there are of each name that several have."""
    rows = conn.all(select(_household.c.area_id, _household.c.name).where(_household.c.area_id.is_not(None)))
    names = Counter((row.area_id, fold(row.name)) for row in rows if fold(row.name))
    return sorted((area_id, n) for (area_id, _), n in names.items() if n > 1)


def found(conn: Connection) -> list[tuple[int, int]]:
    root = areas.by_code(conn, "VN", NOW.date())
    assert root is not None
    place = {"area": root.id, "on": NOW.date(), "level": Level.HAMLET.value}
    later = NOW.replace(hour=9)
    return sorted((row.area_id, row.n) for row in namesakes.found(conn, place, later))


@given(STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_the_same_are_found_as_by_opening_every_name(
    database_url: str, vault: Vault, steps: list[tuple[str, int, int, str]]
) -> None:
    def work(conn: Connection) -> None:
        hamlets = places(conn)
        act(conn, hamlets, steps)
        assert found(conn) == naive(conn)
        assert namesakes.compare(conn) == []

    tried(database_url, vault, work)


async def made(database: Database, work: Callable[[Connection, list[int]], None]) -> None:
    await database.write(lambda conn: work(conn, places(conn)))


async def test_a_household_is_found_by_its_whole_name_in_these_hamlets_only(database: Database) -> None:
    def work(conn: Connection, hamlets: list[int]) -> None:
        adding = [
            ("add", 0, 0, NAMES[0]),
            ("add", 1, 0, NAMES[0]),
            ("add", 0, 0, NAMES[2]),
            ("add", 0, 0, ""),
        ]
        act(conn, hamlets, adding)
        rows = {row.id: row for row in conn.all(select(_household))}

        def called(name: str, where: list[int]) -> list[tuple[int, str]]:
            numbers = namesakes.called(conn, name, where, 9)
            return [(rows[number].area_id, rows[number].name) for number in numbers]

        assert called("nguyen van HAI", hamlets[:1]) == [(hamlets[0], NAMES[0])]
        assert called("nguyen van HAI", hamlets) == [(hamlet, NAMES[0]) for hamlet in hamlets]
        assert called("nguyen van", hamlets) == called("…", hamlets) == called(NAMES[0], []) == []

    await made(database, work)


async def test_households_from_before_there_were_marks_get_theirs(database: Database) -> None:
    def before(conn: Connection, hamlets: list[int]) -> None:
        act(conn, hamlets, [("add", 0, 0, NAMES[0]), ("add", 0, 0, NAMES[1]), ("add", 1, 0, NAMES[0])])
        conn.run(update(_household).values(mark=None, doubled=False))

    await made(database, before)
    assert await database.read(found) == []
    assert await database.write(namesakes.mark_some)
    assert not await database.write(namesakes.mark_some)
    assert await database.read(found) == await database.read(naive) != []


async def test_what_was_tampered_with_is_told(database: Database) -> None:
    await made(database, lambda conn, hamlets: act(conn, hamlets, [("import", 0, 0, NAMES[0])] * 2))
    assert await database.read(namesakes.compare) == []
    one = select(_household.c.id).limit(1).scalar_subquery()
    await database.write(
        lambda conn: conn.run(update(_household).where(_household.c.id == one).values(doubled=False))
    )
    (line,) = await database.read(namesakes.compare)
    assert line.endswith("1 are marked wrongly")


async def test_a_mark_says_nothing_of_the_name_without_the_key(database: Database) -> None:
    await made(database, lambda conn, hamlets: act(conn, hamlets, [("add", 0, 0, NAMES[0])]))
    row = await database.read(lambda conn: conn.one(select(_household.c.mark)))
    other = Vault("another key that is long enough")
    folded = fold(NAMES[0])
    assert (
        row.mark == database.vault.fingerprint("household", folded) != other.fingerprint("household", folded)
    )
