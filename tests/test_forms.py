"""Questionnaires version by version: the nearest area's newest begins, and an old version never changes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from storage import forms
from storage.database import Connection, Database
from storage.forms import Publication, VersionTaken
from storage.tables import AreaLink, AreaRow

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
TODAY = NOW.date()
SINCE = date(2025, 7, 1)


def tree(conn: Connection) -> tuple[int, int, int]:
    """A province, a commune in it, another commune."""
    province, commune, other = (
        conn.insert(AreaRow, code=name, name=name, level=level, valid_from=SINCE)
        for name, level in (("tỉnh", "province"), ("xã 1", "commune"), ("xã 2", "commune"))
    )
    for child in (commune, other):
        conn.insert(AreaLink, child_id=child, parent_id=province, valid_from=SINCE)
    return province, commune, other


def publish(conn: Connection, version: str, area: int, xform: str = "", minutes: int = 0) -> forms.Published:
    new = Publication("ho", version, "Hộ", xform or f"<h:html>{version}</h:html>", b"source", "ho.xlsx", area)
    return forms.publish(conn, new, None, NOW + timedelta(minutes=minutes))


async def test_the_newest_version_of_the_nearest_area_is_used(database: Database) -> None:
    def write(conn: Connection) -> list[str | None]:
        province, commune, other = tree(conn)
        publish(conn, "1", province)
        publish(conn, "2", province, minutes=1)
        publish(conn, "1a", commune, minutes=2)
        found = [forms.newest(conn, "ho", area, TODAY) for area in (province, commune, other, None)]
        return [each.version if each else None for each in found]

    assert await database.write(write) == ["2", "1a", "2", "1a"]


async def test_an_area_outside_has_none(database: Database) -> None:
    def write(conn: Connection) -> list[object]:
        _, commune, other = tree(conn)
        publish(conn, "1", commune)
        return [forms.newest(conn, "ho", other, TODAY), forms.newest(conn, "khác", commune, TODAY)]

    assert await database.write(write) == [None, None]


async def test_a_withdrawn_version_begins_nowhere_and_is_still_there(database: Database) -> None:
    def write(conn: Connection) -> tuple[str | None, str | None]:
        province, commune, _ = tree(conn)
        publish(conn, "1", province)
        second = publish(conn, "2", province, minutes=1)
        forms.withdraw(conn, second.id, NOW)
        begins, runs = (
            forms.newest(conn, "ho", commune, TODAY),
            forms.version(conn, "ho", "2", commune, TODAY),
        )
        return begins.version if begins else None, forms.xform(conn, runs.id) if runs else None

    assert await database.write(write) == ("1", "<h:html>2</h:html>")


async def test_the_same_version_again_must_be_the_same(database: Database) -> None:
    def write(conn: Connection) -> tuple[int, int, int]:
        province, *_ = tree(conn)
        first, second = publish(conn, "1", province), publish(conn, "1", province, minutes=5)
        return province, first.id, second.id

    province, first, second = await database.write(write)
    assert first == second
    with pytest.raises(VersionTaken, match="another version"):
        await database.write(lambda conn: publish(conn, "1", province, "<other/>"))


async def test_two_areas_may_use_one_version_name_for_different_questions(database: Database) -> None:
    def write(conn: Connection) -> list[str]:
        province, commune, other = tree(conn)
        publish(conn, "1", province, "<general/>")
        publish(conn, "1", commune, "<own/>")
        found = [forms.version(conn, "ho", "1", area, TODAY) for area in (commune, other)]
        return [forms.xform(conn, each.id) for each in found if each]

    assert await database.write(write) == ["<own/>", "<general/>"]


async def test_all_versions_are_listed_newest_first(database: Database) -> None:
    def write(conn: Connection) -> list[str]:
        province, *_ = tree(conn)
        for minute, version in enumerate(("1", "2", "3")):
            publish(conn, version, province, minutes=minute)
        return [each.version for each in forms.published(conn)]

    assert await database.write(write) == ["3", "2", "1"]


async def test_a_number_that_is_no_forms_is_a_key_error(database: Database) -> None:
    with pytest.raises(KeyError):
        await database.read(lambda conn: forms.xform(conn, 404))


# --------------------------------------------------------------------------- start dates


def starting(conn: Connection, version: str, area: int, day: date) -> forms.Published:
    new = Publication("ho", version, "Hộ", f"<h:html>{version}</h:html>", b"", "ho.xlsx", area, day)
    return forms.publish(conn, new, None, NOW)


async def test_a_version_is_current_from_its_day_on(database: Database) -> None:
    def write(conn: Connection) -> list[str | None]:
        _, commune, _ = tree(conn)
        publish(conn, "1", commune)
        starting(conn, "2", commune, TODAY + timedelta(days=9))
        days = (TODAY, TODAY + timedelta(days=8), TODAY + timedelta(days=9))
        found = [forms.newest(conn, "ho", commune, day) for day in days]
        return [each.version if each else None for each in found]

    assert await database.write(write) == ["1", "1", "2"]


async def test_the_day_counts_before_the_hour_of_publishing(database: Database) -> None:
    def write(conn: Connection) -> list[str | None]:
        _, commune, _ = tree(conn)
        starting(conn, "2", commune, TODAY + timedelta(days=9))
        publish(conn, "1", commune, minutes=5)
        found = [forms.newest(conn, "ho", commune, TODAY + timedelta(days=days)) for days in (0, 9)]
        return [each.version if each else None for each in found]

    assert await database.write(write) == ["1", "2"]


async def test_what_is_asked_in_an_area_is_a_version_of_each_questionnaire(database: Database) -> None:
    def write(conn: Connection) -> list[tuple[str, str]]:
        province, commune, _ = tree(conn)
        publish(conn, "1", province)
        publish(conn, "2", commune, minutes=1)
        water = Publication("nuoc", "1", "Nước", "<x/>", b"", "nuoc.xlsx", province)
        forms.publish(conn, water, None, NOW)
        return [(one.form, one.version) for one in forms.current(conn, commune, TODAY)]

    assert await database.write(write) == [("ho", "2"), ("nuoc", "1")]


async def test_the_file_comes_back_byte_for_byte(database: Database) -> None:
    def write(conn: Connection) -> tuple[str, bytes]:
        _, commune, _ = tree(conn)
        return forms.source(conn, publish(conn, "1", commune).id)

    assert await database.write(write) == ("ho.xlsx", b"source")
