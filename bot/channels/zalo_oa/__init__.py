"""Zalo Official Account, OpenAPI v3: a webhook hears (`hearing`), `speaking` sends.

Zalo has no button for a place or a photo, no edits and no callbacks: a tap comes back as text (`payloads`).
https://docs.zaloplatforms.com/docs/OA
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from bot.channels.base import Attachment, Busy, Hear, Incoming, Limits, Quota, Receipt, Shown, Window
from bot.channels.zalo_oa.answers import MENDS, QUOTA_SPENT, Answer, Failed
from bot.channels.zalo_oa.hearing import read_event, signed
from bot.channels.zalo_oa.payloads import unwrap
from bot.channels.zalo_oa.speaking import Speaker
from bot.channels.zalo_oa.tokens import Later, Lost, Tokens

__all__ = ["ZaloOA"]

WEBHOOK = "/webhook/zalo-oa"
_ANSWER_WITHIN = 1.8
"""Seconds. Zalo wants its answer within two, and after some slow ones delivers nothing any more."""
_NAME_WITHIN = 0.7
_NAMES_KEPT = 10_000
_LOOK_AT_TOKEN = 3600.0

log = logging.getLogger(__name__)


class ZaloOA:
    """One Official Account. `secret_key` is the OA's, of the console's webhook page; `tokens` give the access
    token; `known` says whether an address wrote before, so that only strangers' names are looked up.
    `templates` are the numbers of those in use, `public_url` is where the webhook is: for `check`.
    """

    name = "zalo_oa"
    # Text, buttons and label: the tables of "Gửi tin tư vấn" (2,000 characters, 5 buttons, 100 characters),
    # kept smaller where a phone shows less and where what is counted is not said. The window, sure: free for
    # 48 hours, closed after 7 days; its price of 55 VND is of older pages. 4,000 calls a minute an app.
    limits = Limits(
        text=1900,
        buttons=5,
        row=1,
        button_label=40,
        caption=0,
        per_second=20,
        window=Window(timedelta(hours=48), timedelta(days=7), 55),
        phone=True,
        hints="zalo_oa",
        files=frozenset({"jpg", "png", "pdf", "doc", "docx", "csv"}),
    )

    def __init__(  # noqa: PLR0913 - one argument a setting
        self,
        *,
        app_id: str,
        secret_key: str,
        tokens: Tokens,
        known: Callable[[str], Awaitable[bool]],
        api_url: str = "https://openapi.zalo.me",
        zns_url: str = "https://business.openapi.zalo.me",
        public_url: str = "",
        templates: Iterable[str] = (),
    ) -> None:
        self._app_id, self._secret = app_id, secret_key
        self._tokens, self._known = tokens, known
        self._public_url, self._templates = public_url.rstrip("/"), tuple(templates)
        self._speaker = Speaker(api_url, zns_url, tokens, secret_key, self.limits.per_second or 1)
        self._names: OrderedDict[str, str] = OrderedDict()
        self._keeping: asyncio.Task[None] | None = None
        self._storing: set[asyncio.Task[None]] = set()
        self._complained = 0.0
        self.refused = 0
        """Webhook calls whose signature did not hold, since the start."""

    # ------------------------------------------------------------------ life

    async def start(self, hear: Hear, *, listen: bool, send: bool) -> None:  # noqa: ARG002
        """Does not wait for Zalo. Who sends also keeps the token alive when there is nothing to send."""
        await self._speaker.open()
        if send:
            self._keeping = asyncio.create_task(self._keep_token(), name="zalo_oa-token")

    async def hush(self) -> None:
        """Nothing to do: Zalo calls the webhook, and delivers again what is not answered."""

    async def stop(self) -> None:
        """Finishes storing what was received, then closes the connections."""
        if self._keeping is not None:
            self._keeping.cancel()
        await asyncio.gather(*filter(None, (self._keeping,)), *self._storing, return_exceptions=True)
        await self._speaker.close()

    async def _keep_token(self) -> None:
        """Unused for three months, the refresh token would die."""
        while True:
            with suppress(Lost, Later):  # whoever keeps the tokens has said it in the log
                await self._tokens.current()
            await asyncio.sleep(_LOOK_AT_TOKEN)

    # ------------------------------------------------------------------ hearing

    def routes(self, hear: Hear) -> Sequence[web.RouteDef]:
        """The webhook."""

        async def webhook(request: web.Request) -> web.Response:
            body = await request.read()
            try:
                event = orjson.loads(body or b"{}")
                if not isinstance(event, dict):
                    raise ValueError
            except ValueError:
                return web.Response(status=400)
            if "event_name" not in event:
                return web.Response()  # the console tries the address so, unsigned, when it is saved
            if not self._is_zalo(request.headers.get("X-ZEvent-Signature", ""), body, event):
                return web.Response(status=403)
            incoming = self._read(event)
            if incoming is None:
                return web.Response()
            return await self._store(hear, incoming)

        return (web.post(WEBHOOK, webhook),)

    def _is_zalo(self, header: str, body: bytes, event: dict[str, Any]) -> bool:
        """Some receivers report the OA's id in the place of the app's; without the secret neither serves."""
        recipient = event.get("recipient") if isinstance(event.get("recipient"), dict) else {}
        oa_id = str(event.get("oa_id") or (recipient or {}).get("id") or "")
        by = signed(header, (self._app_id, oa_id), body, str(event.get("timestamp", "")), self._secret)
        if by is None:
            self.refused += 1
            if monotonic() - self._complained > 60 or self.refused == 1:
                self._complained = monotonic()
                log.error(
                    "webhook refused, the signature does not hold (%d so far): TOCNS_ZALO_OA_SECRET_KEY must"
                    " be the OA secret key of the console's webhook page",
                    self.refused,
                )
        elif by != self._app_id:
            log.info("webhook signed with the OA's id, not the app's")
        return by is not None

    def _read(self, event: dict[str, Any]) -> Incoming | None:
        """An event that can't be read is left out: refused, it would be brought again for ever."""
        try:
            return read_event(event, self.name, self._unwrap)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError, OSError) as error:
            name = str(event["event_name"])[:40]
            log.warning("an event %s has not its documented shape (%s); it is left out", name, repr(error))
            return None

    def _unwrap(self, address: str, text: str) -> tuple[str, str] | None:
        return unwrap(self._secret, address, text)

    async def _store(self, hear: Hear, incoming: Incoming) -> web.Response:
        """200 once it is stored. What takes longer than Zalo waits goes on, and Zalo is asked to come again:
        the second delivery finds it done.
        """

        async def store() -> None:
            name = incoming.name or await self._name(incoming.address)
            await hear(replace(incoming, name=name))

        task = asyncio.create_task(store())
        self._storing.add(task)
        task.add_done_callback(self._done)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                await asyncio.shield(task)
        except (Busy, TimeoutError):
            return web.Response(status=503)
        return web.Response()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._storing.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has answered 503; who did not is delivered again

    async def _name(self, address: str) -> str:
        """How a stranger calls themselves, if Zalo says it quickly; asked once."""
        if address in self._names:
            return self._names[address]
        name = ""
        if not await self._known(address):
            with suppress(Failed, TimeoutError):
                async with asyncio.timeout(_NAME_WITHIN):
                    answer = await self._speaker.get("/v3.0/oa/user/detail", {"user_id": address})
                    name = str(answer.data.get("display_name") or "")
        self._names[address] = name
        while len(self._names) > _NAMES_KEPT:
            self._names.popitem(last=False)
        return name

    # ------------------------------------------------------------------ speaking

    async def send(self, address: str, shown: Shown) -> Receipt:
        """Waits its turn: 20 messages a second over all people."""
        return await self._speaker.send(address, shown)

    async def fetch(self, attachment: Attachment) -> bytes:
        """A picture by the address that came with it. Raises OSError where it can't be had."""
        return await self._speaker.fetch(attachment.ref)

    async def quota(self) -> Quota | None:
        """See `base.Metered`: the package's messages for between 48 hours and 7 days."""
        try:
            return _quota(await self._speaker.quota())
        except Failed as failed:
            log.info("what is left of the package is not known: %s", failed.receipt.reason)
            return None

    # ------------------------------------------------------------------ is the set-up right

    async def check(self) -> list[str]:
        """Token, permission, the OA's standing, the templates in use, and whether the webhook is reached."""
        await self._speaker.open()
        try:
            async with asyncio.timeout(20):
                about = await self._speaker.get("/v2.0/oa/getoa")
                faults = _standing(about)
                left = _quota(await self._speaker.quota()) if not faults else None
                if left is not None and left.total and not left.left:
                    faults.append(f"zalo_oa: {MENDS[QUOTA_SPENT]}")
                for template in self._templates:
                    faults += _usable(template, await self._speaker.template(template))
        except Failed as failed:
            faults = [f"zalo_oa: {failed.receipt.reason}"]
        except TimeoutError:
            faults = ["zalo_oa: Zalo does not answer; try again later"]
        finally:
            await self._speaker.close()
        return [*faults, *await self._webhook_faults()]

    async def _webhook_faults(self) -> list[str]:
        """The console's own trial: an empty call from outside must be answered."""
        if not self._public_url:
            return [
                "zalo_oa: TOCNS_PUBLIC_URL is not set; Zalo needs an https address to which it can deliver"
            ]
        url = self._public_url + WEBHOOK
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session,
                session.post(url, json={}) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return [
                f"zalo_oa: webhook: {url} can't be reached ({type(error).__name__}); is the service running?"
            ]
        return [] if status == 200 else [f"zalo_oa: webhook: {url} answers {status} instead of 200"]


def _standing(about: Answer) -> list[str]:
    if about.error:
        return [f"zalo_oa: {about.reason}"]
    if about.data.get("is_verified") is False:
        return ["zalo_oa: the OA is not verified: have it verified in Zalo's OA Manager"]
    return []


def _quota(answer: Answer) -> Quota | None:
    """All packages together; numbers come as strings, and a field may be missing."""
    numbers = [(str(row.get("remain", "")), str(row.get("total", ""))) for row in answer.rows]
    told = [(int(left), int(total)) for left, total in numbers if left.isdecimal() and total.isdecimal()]
    if answer.error or not told:
        return None
    return Quota(sum(left for left, _ in told), sum(total for _, total in told))


def _usable(template: str, answer: Answer) -> list[str]:
    if answer.error:
        return [f"zalo_oa: template {template}: {answer.reason}; correct its number in templates/zalo.yaml"]
    status = str(answer.data.get("status", ""))
    if status not in ("ENABLE", "1"):
        return [f"zalo_oa: template {template} is not approved ({status}); it can't be used before it is"]
    return []
