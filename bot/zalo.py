"""The Zalo channels, from the settings. Imported only where one of them is set up."""

from collections.abc import Callable, Iterator
from datetime import datetime

from bot.channels.base import Channel
from bot.channels.zalo_bot import ZaloBot
from bot.channels.zalo_oa import ZaloOA
from bot.channels.zalo_oa.tokens import OAuth
from bot.config import Settings
from bot.zalo_tokens import Keeper
from content.postage import Postage
from storage import people
from storage.database import Database


def channels(
    settings: Settings, database: Database, postage: Postage, now: Callable[[], datetime]
) -> Iterator[Channel]:
    """Those that are set up. Raises ValueError, naming the setting, for what cannot work."""
    if settings.zalo_oa_app_id:
        yield _official_account(settings, database, postage, now)
    if settings.zalo_bot_token:
        secret = settings.zalo_bot_webhook_secret
        yield ZaloBot(
            token=settings.zalo_bot_token.get_secret_value(),
            api_url=settings.zalo_bot_api_url,
            mode=settings.zalo_bot_mode,
            secret=secret.get_secret_value() if secret else "",
            public_url=settings.public_url or "",
        )


def _official_account(
    settings: Settings, database: Database, postage: Postage, now: Callable[[], datetime]
) -> ZaloOA:
    app_id, secret_key = settings.zalo_oa_app_id, settings.zalo_oa_secret_key
    app_secret, seed = settings.zalo_oa_app_secret, settings.zalo_oa_refresh_token
    assert app_id, "the settings are complete, or were refused"
    assert secret_key
    assert app_secret
    assert seed
    oauth = OAuth(settings.zalo_oa_oauth_url, app_id, app_secret.get_secret_value())
    keeper = Keeper(database, ZaloOA.name, seed.get_secret_value(), oauth.refresh, now)

    async def known(address: str) -> bool:
        found = await database.read(lambda conn: people.account(conn, ZaloOA.name, address))
        return found is not None

    return ZaloOA(
        app_id=app_id,
        secret_key=secret_key.get_secret_value(),
        tokens=keeper.tokens,
        known=known,
        api_url=settings.zalo_oa_api_url,
        zns_url=settings.zalo_zns_api_url,
        public_url=settings.public_url or "",
        templates=[wording.id for wording in postage.templates.values()],
    )
