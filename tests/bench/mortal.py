"""The product as `faults` kills it: a process that dies at the touch of disk or network it is told to die at.

`python -m tests.bench.mortal SETTINGS.json` reads lives from standard input, a line each:
`{"die_at": 217, "digest": 3}`. A life is a fork of this process, which has imported everything and opened
nothing: a service on the port of the settings, that kills itself (SIGKILL) at its 217th touch; 0 lives until
it is killed from outside. Its process id and the site of its death are told on standard output.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg.transaction
from aiohttp import web

import storage.postgresql
import storage.sqlite
from bot.app import build
from bot.channels.zalo_bot import ZaloBot
from bot.config import Settings
from bot.effects import Recipient
from bot.service import Service
from handlers.talk import Reply
from storage import people
from storage.database import Connection

SECRET = "a-secret-of-the-webhook"
DIGEST = "Bản tin số "


class Death:
    """Counts the touches of this life, and ends it at the appointed one."""

    def __init__(self) -> None:
        self.at = 0
        self.touches = 0

    def touch(self, site: str) -> None:
        self.touches += 1
        if self.touches == self.at:
            os.write(1, json.dumps({"site": site}).encode() + b"\n")
            os.kill(os.getpid(), signal.SIGKILL)


DEATH = Death()


def _around(owner: Any, name: str, site: str) -> None:
    """Makes a touch of what is before and what is after each call of the method."""
    method: Callable[..., Any] = getattr(owner, name)

    def touched(*args: Any, **kwargs: Any) -> Any:
        DEATH.touch(f"before {site}")
        result = method(*args, **kwargs)
        DEATH.touch(f"after {site}")
        return result

    async def touched_later(*args: Any, **kwargs: Any) -> Any:
        DEATH.touch(f"before {site}")
        result = await method(*args, **kwargs)
        DEATH.touch(f"after {site}")
        return result

    setattr(owner, name, touched_later if asyncio.iscoroutinefunction(method) else touched)


def _make_mortal() -> None:
    for connection in (storage.sqlite.SqliteConnection, storage.postgresql.PostgresqlConnection):
        for name in ("_fetch", "_fetch_one", "_run", "_run_many", "_insert"):
            _around(connection, name, "a statement")
    _around(asyncpg.transaction.Transaction, "start", "BEGIN")
    _around(asyncpg.transaction.Transaction, "commit", "COMMIT")
    _around(ZaloBot, "_call", "a call of the platform")
    _around(web.Response, "prepare", "the head of an answer")
    _around(web.Response, "write_eof", "an answer")
    connect = storage.sqlite.connect

    def mortal(path: Path) -> Any:
        return _Raw(connect(path))

    storage.sqlite.connect = mortal
    # How fast the platform takes messages is not what is tried here.
    ZaloBot.limits = replace(ZaloBot.limits, per_second=2000)


class _Raw:
    """A connection of sqlite3 whose BEGIN and COMMIT are touches."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def execute(self, sql: str, *values: Any) -> Any:
        word = sql.partition(" ")[0]
        if word not in {"BEGIN", "COMMIT"}:
            return self._raw.execute(sql, *values)
        DEATH.touch(f"before {word}")
        result = self._raw.execute(sql, *values)
        DEATH.touch(f"after {word}")
        return result


async def _live(settings: dict[str, Any], digest: int) -> None:
    # Who writes faster than anybody reads is told that it was not taken: that is no loss.
    service = build(Settings(_env_file=None, **settings), hurried=True)
    await service.start("all")
    await service.database.write(lambda conn: _announce(conn, service, digest))
    await asyncio.Event().wait()


def _announce(conn: Connection, service: Service, digest: int) -> None:
    """What the clock does of its own accord: to everybody, under a key, in a transaction."""
    now = datetime.now(service.settings.zone)
    for person in people.who_may(conn, "survey", now.date()):
        for account in people.accounts(conn, person.id):
            to = Recipient(account.id, account.channel, person.locale)
            said = Reply(f"{DIGEST}{digest}")
            service.desk.enqueue(conn, to, said, "digest", f"digest {digest}/{person.id}")


def main() -> None:
    """One life after the other, as long as standard input tells of more."""
    settings = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    _make_mortal()
    for line in sys.stdin:
        life = json.loads(line)
        pid = os.fork()
        if pid == 0:
            DEATH.at = life["die_at"]
            asyncio.run(_live(settings, life["digest"]))
            os._exit(1)
        print(json.dumps({"pid": pid}), flush=True)
        os.waitpid(pid, 0)
        print(json.dumps({"dead": pid}), flush=True)


if __name__ == "__main__":
    main()
