"""Zalo's OAuth v4 for Official Accounts: an access token lives 25 hours; a refresh token serves once.

https://docs.zaloplatforms.com/docs/OA: POST /v4/oa/access_token, the app's secret in the header `secret_key`.
Who keeps the pair is not the channel's business (`bot.zalo_tokens`): it asks for one, and says when it died.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import orjson

_PATIENCE = aiohttp.ClientTimeout(total=15, sock_connect=5)
_BUSY = -32
_DAY = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class Pair:
    """What one renewal gives. The refresh token with which it was had is void from then on."""

    access: str
    refresh: str
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Tokens:
    """Where the channel gets an access token: `current()`; and a newer one than `renew(dead)` found dead.

    Both raise `Lost` or `Later`.
    """

    current: Callable[[], Awaitable[str]]
    renew: Callable[[str], Awaitable[str]]


class Lost(Exception):
    """There is no way to a new token but that an administrator of the OA grants one. The text says how."""


class Later(Exception):
    """No token now; it may be had soon."""


class Refused(Exception):
    """The refresh token is dead: it was used, or taken back."""


class Unanswered(Exception):
    """No answer that can be read. `spent`: the refresh token may have been used up all the same."""

    def __init__(self, why: str, *, spent: bool) -> None:
        super().__init__(why)
        self.spent = spent


@dataclass(frozen=True, slots=True)
class OAuth:
    """The token endpoint at `url` for one app."""

    url: str
    app_id: str
    app_secret: str

    async def refresh(self, refresh_token: str) -> Pair:
        """A new pair for the old one's refresh token. Raises Refused, Unanswered."""
        form = {"refresh_token": refresh_token, "app_id": self.app_id, "grant_type": "refresh_token"}
        headers = {"secret_key": self.app_secret}
        url = f"{self.url.rstrip('/')}/v4/oa/access_token"
        try:
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE) as session,
                session.post(url, data=form, headers=headers) as answer,
            ):
                status, body = answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unanswered(f"no connection ({type(error).__name__})", spent=False) from None
        except (TimeoutError, aiohttp.ClientError) as error:
            raise Unanswered(f"no answer ({type(error).__name__})", spent=True) from None
        if status >= 500 or status == 429:
            raise Unanswered(f"HTTP status {status}", spent=status == 504)
        return _read(body)


def _read(body: bytes) -> Pair:
    """Faults come with HTTP 200 too, often without a `message`."""
    try:
        told = orjson.loads(body)
        if "access_token" in told:
            lasts = timedelta(seconds=int(told.get("expires_in") or _DAY.total_seconds()))
            return Pair(told["access_token"], told["refresh_token"], lasts)
        error = int(told["error"])
    except (ValueError, KeyError, TypeError):
        raise Unanswered("the answer can't be read", spent=True) from None
    if error == _BUSY:
        raise Unanswered("too many requests", spent=False)
    words = (told.get(name) for name in ("error_name", "error_reason", "error_description", "message"))
    raise Refused(f"{error} {next(filter(None, words), '')}".strip())
