"""The log: one line a happening, nothing personal in it."""

import logging
import logging.config
import sys
from datetime import UTC, datetime

import orjson

MINUTE = 60.0
MOST_SAID = 1000
"""So many different lines are remembered, and those of the last minute."""


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


class OnceAMinute(logging.Filter):
    """Lets a warning or an error that comes again and again through once a minute, with how often it came:
    where a database is away for an hour, that is one line a minute and not a hundred."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be said now. What can't be told apart is said: to log must not fail who logs."""
        if record.levelno < logging.WARNING:
            return True
        try:
            return self._is_due(record)
        except Exception:
            return True

    def _is_due(self, record: logging.LogRecord) -> bool:
        now, cause = record.created, record.exc_info[:2] if record.exc_info else ()
        what = (record.name, record.levelno, record.getMessage(), *map(str, cause))
        since, more = self._said.get(what, (-MINUTE, 0))
        if abs(now - since) < MINUTE:  # a clock set back by an hour silences nothing
            self._said[what] = since, more + 1
            return False
        if more:
            record.msg, record.args = f"{record.getMessage()} ({more} times more)", ()
        if len(self._said) >= MOST_SAID:
            self._said = {said: one for said, one in [*self._said.items()] if abs(now - one[0]) < MINUTE}
        self._said[what] = now, 0
        return True


def configure(kind: str, level: str) -> None:
    """Sets the process's log up: `kind` is "console" or "json"; everything goes to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(OnceAMinute())
    if kind == "json":
        handler.setFormatter(JsonLines())
    else:
        line = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
        handler.setFormatter(logging.Formatter(line, "%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Their lines below a warning hold addresses and message texts, or tell step by step what nobody asked.
    for library in (
        "alembic",
        "httpx",
        "httpcore",
        "aiogram",
        "telegram",
        "apscheduler",
        "asyncio",
        "aiohttp.access",
    ):
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLogger().level))
    # Each look that comes while the one before is at work is a warning to it, and meant so to us (bot.clock).
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    # Whoever asks the pool for a connection and gets none says so.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
