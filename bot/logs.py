"""The log: one line a happening, nothing personal in it."""

import logging
import logging.config
import sys
from datetime import UTC, datetime

import orjson


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


def configure(kind: str, level: str) -> None:
    """Sets the process's log up: `kind` is "console" or "json"; everything goes to stderr."""
    handler = logging.StreamHandler(sys.stderr)
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
