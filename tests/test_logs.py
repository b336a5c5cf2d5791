"""The log: libraries say no more than they are asked."""

import subprocess
import sys

import pytest

TELLING = """
import logging
from bot import logs
logs.configure("console", "{level}")
logging.getLogger("apscheduler.scheduler").warning("skipped")
logging.getLogger("apscheduler.executors.default").warning("missed")
logging.getLogger("telegram").info("to +84901234567")
logging.getLogger("bot.clock").error("ours")
"""


@pytest.mark.parametrize(("level", "told"), [("DEBUG", ["missed", "ours"]), ("ERROR", ["ours"])])
def test_libraries_are_heard_from_a_warning_on_and_never_below_the_level_that_is_set(
    level: str, told: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TELLING.format(level=level)], capture_output=True, text=True, check=True
    )
    assert [line.rpartition(": ")[2] for line in done.stderr.splitlines()] == told
