"""Keeps the tokens of an Official Account: renewed in time, by one process at a time, never lost by a crash.

A refresh token serves once. So whoever renews takes a lease that outlives the call, stores the new pair
before it is used, and where storing fails keeps the pair until it succeeds. What no care prevents, a crash
between Zalo's answer and the commit, shows at the next renewal: Zalo refuses, and an operator is told what
to do.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.channels.zalo_oa.tokens import Later, Lost, Pair, Refused, Tokens, Unanswered
from storage import tokens
from storage.database import Database, Unavailable
from storage.tokens import Kept

log = logging.getLogger(__name__)

EARLY = timedelta(hours=5)
"""How long before its end the access token, which lives 25 hours, is renewed."""
LEASE = timedelta(seconds=40)
"""Longer than a renewal can take."""
PAUSE = timedelta(minutes=1)
"""Between two tries while the old token still serves."""
_WAIT = 25.0
_LOOK_AGAIN = 0.1

MEND = (
    "Zalo's refresh token is dead. Have an administrator of the OA get a new one (developers.zalo.me, Tools,"
    " API Explorer, OA Access Token), set TOCNS_ZALO_OA_REFRESH_TOKEN to it and restart; what waits is then"
    " sent"
)


class Keeper:
    """The tokens of the channel called `name`, begun with the refresh token `seed` of the settings.

    `refresh` asks the platform (`OAuth.refresh`).
    """

    def __init__(
        self,
        database: Database,
        name: str,
        seed: str,
        refresh: Callable[[str], Awaitable[Pair]],
        now: Callable[[], datetime],
    ) -> None:
        self._database, self._name, self._seed = database, name, seed
        self._refresh, self._now = refresh, now
        self._lock = asyncio.Lock()
        self._kept: Kept | None = None
        self._unsaved: tuple[Kept, Kept] | None = None
        self._begun = self._told = False
        self._not_before: datetime | None = None

    @property
    def tokens(self) -> Tokens:
        """What the channel is given."""
        return Tokens(self.current, self.renew)

    async def current(self) -> str:
        """A living access token. Raises Lost, Later."""
        kept = self._kept
        if kept is not None and self._serves(kept, ""):
            return kept.access
        return await self._get("")

    async def renew(self, dead: str) -> str:
        """Another access token than this one, which the platform refused. Raises Lost, Later."""
        return await self._get(dead)

    async def _get(self, dead: str) -> str:
        async with self._lock:
            try:
                async with asyncio.timeout(_WAIT):
                    kept = await self._newest(dead)
            except TimeoutError:
                raise Later("another process is renewing Zalo's token") from None
            except Unavailable as error:
                raise Later(f"Zalo's token is in the database, which can't be reached: {error}") from None
            self._kept = kept
            return kept.access

    async def _newest(self, dead: str) -> Kept:
        await self._save()
        while True:
            kept = await self._look()
            if self._serves(kept, dead):
                return kept
            if kept.lost:
                raise self._lost()
            now = self._now()
            leased = await self._database.write(
                lambda conn, now=now: tokens.lease(conn, self._name, self._seed, now, now + LEASE)  # type: ignore[misc]
            )
            alive = self._alive(kept, dead)
            if leased is None and alive:
                return kept  # somebody else sees to the next one
            if leased is None:
                await asyncio.sleep(_LOOK_AGAIN)
            elif leased != kept:
                await self._database.write(lambda conn: tokens.release(conn, self._name))
            else:
                return await self._renewed(leased, alive=alive)

    async def _look(self) -> Kept:
        kept = await self._database.read(lambda conn: tokens.find(conn, self._name, self._seed))
        if kept is None and not self._begun:
            now = self._now()
            await self._database.write(lambda conn: tokens.begin(conn, self._name, self._seed, now))
            kept = await self._database.read(lambda conn: tokens.find(conn, self._name, self._seed))
        if kept is None:
            raise Lost("another process began with a newer TOCNS_ZALO_OA_REFRESH_TOKEN; restart this one")
        self._begun = True
        return kept

    async def _renewed(self, old: Kept, *, alive: bool) -> Kept:
        """Has the pair renewed, under the lease. `alive`: the old access token serves on where that fails."""
        try:
            pair = await self._refresh(old.refresh)
        except Refused as refused:
            log.error("%s (%s)", MEND, refused)
            self._told = True
            now = self._now()
            await self._database.write(lambda conn: tokens.lose(conn, self._name, old, now))
            if alive:
                return Kept(old.access, old.refresh, old.expires_at, lost=True)
            raise self._lost() from None
        except Unanswered as error:
            log.warning("Zalo's token was not renewed, it is tried again: %s", error)
            await self._database.write(lambda conn: tokens.release(conn, self._name))
            if alive:
                self._not_before = self._now() + PAUSE
                return old
            raise Later(f"Zalo's token was not renewed: {error}") from None
        new = Kept(pair.access, pair.refresh, self._now() + pair.lasts, lost=False)
        self._unsaved = old, new
        await self._save()
        return new

    async def _save(self) -> None:
        """Stores a pair that was had, and is used only then. Raises Unavailable, and keeps it."""
        if self._unsaved is None:
            return
        old, new = self._unsaved
        if not await self._database.write(lambda conn: tokens.swap(conn, self._name, old, new)):
            log.error("Zalo's token was renewed twice at once; the later pair is kept")
        self._unsaved = None

    def _lost(self) -> Lost:
        if not self._told:
            self._told = True
            log.error(MEND)
        return Lost(MEND)

    def _serves(self, kept: Kept, dead: str) -> bool:
        """Whether there is no need to renew, or no use in trying now."""
        due = self._now() >= kept.expires_at - EARLY
        pausing = self._not_before is not None and self._now() < self._not_before
        return self._alive(kept, dead) and (kept.lost or pausing or not due)

    def _alive(self, kept: Kept, dead: str) -> bool:
        return kept.access not in ("", dead) and self._now() < kept.expires_at
