"""Where Telegram is not set up its libraries are never loaded: who serves Zalo only does not pay for them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

RUN = """
import asyncio, importlib.abc, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"aiogram", "telegram"}:
            raise ModuleNotFoundError(f"{name} is not installed here")

sys.meta_path.insert(0, Absent())

import bot.__main__
from bot.app import build
from bot.config import Settings

secret = "k" * 32
database = sys.argv[1]
settings = Settings(_env_file=None, database_url=database, secret_key=secret, webchat="citizen", http_port=0)

async def live():
    service = build(settings)
    await service.start()
    await service.stop()

asyncio.run(live())
"""


def test_the_service_runs_where_the_libraries_of_telegram_are_absent(sqlite_url: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", RUN, sqlite_url], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
