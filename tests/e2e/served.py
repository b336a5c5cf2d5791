"""The whole service in this process, on a port of its own, over the emulated platforms that a test names."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from bot.app import build
from bot.config import Settings
from bot.service import Part, Service
from tests.e2e.bot_api import BotApi
from tests.e2e.zalo_bot_api import TOKEN, ZaloBotApi
from tests.e2e.zalo_oa_api import APP_ID, APP_SECRET, OA_SECRET, ZaloOaApi

KEY = "a secret key that only the tests use"
SECRET = "toi-la-telegram_2026"
"""Telegram's, of the webhook."""
HOOK = "bi-mat-cua-webhook"
"""The Zalo bot's."""


def free_port() -> int:
    """A port at which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def over_telegram(api: BotApi, mode: str = "polling") -> dict[str, Any]:
    """What is set for Telegram."""
    return {
        "telegram_token": SecretStr(api.token),
        "telegram_api_url": api.url,
        "telegram_mode": mode,
        "telegram_webhook_secret": SecretStr(SECRET),
    }


def over_zalo_oa(api: ZaloOaApi) -> dict[str, Any]:
    """What is set for a Zalo Official Account."""
    return {
        "zalo_oa_app_id": APP_ID,
        "zalo_oa_secret_key": SecretStr(OA_SECRET),
        "zalo_oa_app_secret": SecretStr(APP_SECRET),
        "zalo_oa_refresh_token": SecretStr(api.seed),
        "zalo_oa_api_url": api.openapi,
        "zalo_oa_oauth_url": api.oauth,
        "zalo_zns_api_url": api.business,
    }


def over_zalo_bot(api: ZaloBotApi, mode: str = "webhook") -> dict[str, Any]:
    """What is set for a Zalo bot."""
    return {
        "zalo_bot_token": SecretStr(TOKEN),
        "zalo_bot_api_url": api.url,
        "zalo_bot_mode": mode,
        "zalo_bot_webhook_secret": SecretStr(HOOK),
    }


def settings(url: str, **more: Any) -> Settings:
    """The settings of a service on this database, which finds itself at its own address."""
    port = free_port()
    common = {"http_port": port, "public_url": f"http://127.0.0.1:{port}", "secret_key": SecretStr(KEY)}
    return Settings(_env_file=None, database_url=url, **(common | more))


@asynccontextmanager
async def serving(settings: Settings, part: Part = "all", **replaced: Any) -> AsyncIterator[Service]:
    """The service while it runs; `replaced` is what `bot.app.build` takes by name."""
    service = build(settings, **replaced)
    await service.start(part)
    try:
        yield service
    finally:
        await service.stop()
