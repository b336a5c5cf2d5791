"""The log: libraries say no more than they are asked."""

import logging
import subprocess
import sys

import pytest

from bot.logs import MINUTE, OnceAMinute

TELLING = """
import logging
from bot import logs
logs.configure("console", "{level}")
logging.getLogger("apscheduler.scheduler").warning("skipped")
logging.getLogger("apscheduler.executors.default").warning("missed")
logging.getLogger("telegram").info("to +84901234567")
logging.getLogger("bot.clock").error("ours")
"""


def test_what_comes_again_and_again_is_said_once_a_minute_with_how_often() -> None:
    once, said = OnceAMinute(), []

    def log(at: float, text: str, level: int = logging.ERROR, cause: Exception | None = None) -> None:
        exc_info = (type(cause), cause, None) if cause else None
        record = logging.LogRecord("bot.x", level, "", 0, text, (), exc_info)
        record.created = at
        if once.filter(record):
            said.append((at, record.getMessage()))

    for second in range(130):
        log(1000.0 + second, "no database")
    log(1001.0, "no disk")
    for _ in range(2):
        log(1001.0, "hello", logging.INFO)
    for cause in (KeyError("a"), KeyError("b"), KeyError("b")):
        log(1002.0, "a fault of ours", cause=cause)
    assert MINUTE == 60
    assert said == [
        (1000.0, "no database"),
        (1060.0, "no database (59 times more)"),
        (1120.0, "no database (59 times more)"),
        (1001.0, "no disk"),
        (1001.0, "hello"),
        (1001.0, "hello"),
        (1002.0, "a fault of ours"),
        (1002.0, "a fault of ours"),
    ]


def test_what_is_logged_wrongly_fails_nobody_and_a_clock_set_back_silences_nothing() -> None:
    once = OnceAMinute()
    assert once.filter(logging.LogRecord("bot.x", logging.ERROR, "", 0, "%d", ("seven",), None))
    record = logging.LogRecord("bot.x", logging.ERROR, "", 0, "no database", (), None)
    assert once.filter(record)
    record.created -= 3600
    assert once.filter(record)


@pytest.mark.parametrize(("level", "told"), [("DEBUG", ["missed", "ours"]), ("ERROR", ["ours"])])
def test_libraries_are_heard_from_a_warning_on_and_never_below_the_level_that_is_set(
    level: str, told: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TELLING.format(level=level)], capture_output=True, text=True, check=True
    )
    assert [line.rpartition(": ")[2] for line in done.stderr.splitlines()] == told
