"""A service that is killed again and again loses and doubles nothing: `tocns bench faults` in small."""

import asyncio
import random

from tests.bench import faults

NOTHING = (
    "surveys_lost",
    "surveys_doubled",
    "figures_other_than_a_recount",
    "digests_told_twice",
    "digests_forgotten",
    "messages_left_waiting",
)


def test_what_was_acknowledged_is_there_once_however_often_the_service_is_killed(sqlite_url: str) -> None:
    found = asyncio.run(faults.survive(sqlite_url, 6, random.Random(7)))
    assert sum(found["deaths"].values()) == 6
    assert found["turns_acknowledged"] > 0
    assert {name: found[name] for name in NOTHING} == dict.fromkeys(NOTHING, 0)
