"""The Zalo Bot platform: a bot of one static token, polled or by webhook. No buttons, places, files or edits.

https://docs.zaloplatforms.com/docs/BOT. What its own page leaves open is taken both ways: an update may come
alone or in a list, wrapped in `{"ok", "result"}` or bare, once or on every later poll. The token stands in
the path of every call, so no address of this API is ever logged or put into an error.
"""

import asyncio
import hmac
import logging
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import PurePosixPath
from time import monotonic
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp
import orjson
from aiohttp import web
from aiolimiter import AsyncLimiter

from bot.channels.base import (
    Attachment,
    Busy,
    Hear,
    Incoming,
    Limits,
    Outcome,
    Receipt,
    Shown,
    download,
    steady,
)

__all__ = ["ZaloBot"]

WEBHOOK = "/webhook/zalo-bot"
PHOTOS = "/zalo-bot/photo/"
_FILE_HOSTS = ("zdn.vn", "zadn.vn")
_POLL_SECONDS = 30
_FLOOR = 1.0
"""Seconds between two polls at least: a queue that brings back what was taken would be asked without
pause."""
_PHOTO_SECONDS = 600.0
_MOST_PHOTOS = 50
_TYPING_EVERY = 5.0

_OTHER = {
    "message.sticker.received": "sticker",
    "message.voice.received": "voice",
    "message.unsupported.received": "file",
}

log = logging.getLogger(__name__)

_Said = dict[str, Any]


class _Refused(Exception):
    """The API said no: `code` is its own or the HTTP status."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code


class _Unanswered(Exception):
    """No answer that can be read; `taken`: the call may have been carried out."""

    def __init__(self, reason: str, *, taken: bool) -> None:
        super().__init__(reason)
        self.taken = taken


class ZaloBot:
    """One bot. Mode "webhook" needs `public_url` and a `secret` of 8 to 256 characters; photos that the bot
    sends need `public_url` in either mode, for Zalo fetches them. Raises ValueError for what cannot work.
    """

    name = "zalo_bot"
    # Text: "1 đến 2000 ký tự". No pace is published; 10 a second is a guess. Groups are not served: a survey
    # there would show a household's answers to everybody.
    limits = Limits(
        text=1900,
        buttons=0,
        row=1,
        button_label=40,
        caption=1900,
        per_second=10,
        hints="zalo_bot",
        files=frozenset({"jpg", "png"}),
    )

    def __init__(
        self,
        *,
        token: str,
        api_url: str = "https://bot-api.zaloplatforms.com",
        mode: Literal["polling", "webhook"] = "polling",
        secret: str = "",
        public_url: str = "",
    ) -> None:
        if mode == "webhook" and not 8 <= len(secret) <= 256:
            raise ValueError("TOCNS_ZALO_BOT_WEBHOOK_SECRET: must have 8 to 256 characters")
        if mode == "webhook" and not public_url:
            raise ValueError("TOCNS_PUBLIC_URL: Zalo needs an address to which it can deliver")
        self._base = f"{api_url.rstrip('/')}/bot{token}/"
        self.polls, self._secret, self._public_url = mode == "polling", secret, public_url.rstrip("/")
        self._hosts = (*_FILE_HOSTS, urlsplit(api_url).hostname or "")
        self._pace = AsyncLimiter(*steady(self.limits.per_second or 1))
        self.deaf = ""
        self._session: aiohttp.ClientSession | None = None
        self._listening: asyncio.Task[None] | None = None
        self._photos: OrderedDict[str, tuple[bytes, str, float]] = OrderedDict()
        self._typing: set[asyncio.Task[None]] = set()
        self._typed: dict[str, float] = {}

    # ------------------------------------------------------------------ life

    async def start(self, hear: Hear, *, listen: bool, send: bool) -> None:  # noqa: ARG002
        """Does not wait for Zalo: where it can't be reached, that is tried again in the background."""
        self._open()
        if listen:
            await self.listen(hear)

    async def listen(self, hear: Hear) -> None:
        """Sets the bot up, then asks where it is polled: two that ask would take each other's updates."""
        self._listening = asyncio.create_task(self._listen(hear), name="zalo_bot")

    @property
    def listens(self) -> bool:
        """Whether this process asks, or set up that it is called."""
        return self._listening is not None

    async def hush(self) -> None:
        """What was received and not handled is delivered again, or was handled already."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def stop(self) -> None:
        """Closes the connections."""
        await self.hush()
        tasks = list(self._typing)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _open(self) -> None:
        timeout = aiohttp.ClientTimeout(total=60, sock_connect=5, sock_read=_POLL_SECONDS + 10)
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def _listen(self, hear: Hear) -> None:
        """Sets the bot up, then polls where it is polled: a webhook that is set keeps polls silent."""
        pause = 1.0
        while True:
            try:
                if self.polls:
                    await self._call("deleteWebhook")
                else:
                    url = self._public_url + WEBHOOK
                    await self._call("setWebhook", url=url, secret_token=self._secret)
                break
            except (_Refused, _Unanswered) as error:
                self.deaf = str(error)
                log.warning("the Zalo bot was not set up, trying again in %.0f s: %s", pause, error)
                await asyncio.sleep(pause)
                pause = min(60.0, pause * 2)
        self.deaf = ""
        while self.polls:
            began = monotonic()
            pause = await self._poll(hear, pause)
            await asyncio.sleep(max(_FLOOR - (monotonic() - began), pause))

    async def _poll(self, hear: Hear, pause: float) -> float:
        """Asks once; how long to wait before the next time."""
        try:
            found = await self._call("getUpdates", timeout=str(_POLL_SECONDS))
            for update in found if isinstance(found, list) else [found]:
                if (incoming := _incoming(update)) is not None:
                    await hear(incoming)
        except _Refused as refused:
            if refused.code == 408:  # nothing new within the time: the usual end of a poll
                return 0.0
            self.deaf = str(refused)
            log.warning("the Zalo bot gave no updates: %s", refused)
        except (_Unanswered, Busy) as error:
            self.deaf = str(error) or type(error).__name__
            log.warning("the Zalo bot's updates wait: %s", error)
        else:
            self.deaf = ""
            return 0.0
        return min(30.0, max(1.0, pause * 2))

    # ------------------------------------------------------------------ hearing

    def routes(self, hear: Hear) -> Sequence[web.RouteDef]:
        """The webhook, where there is one, and the photos that Zalo fetches."""
        secret = self._secret.encode()

        async def webhook(request: web.Request) -> web.Response:
            given = request.headers.get("X-Bot-Api-Secret-Token", "")
            if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret):
                return web.Response(status=403)
            try:
                update = orjson.loads(await request.read() or b"{}")
            except ValueError:
                return web.Response(status=400)
            incoming = _incoming(update)
            try:
                if incoming is not None:
                    await hear(incoming)
            except Busy:
                return web.Response(status=503)
            return web.Response()

        async def photo(request: web.Request) -> web.Response:
            data, media_type, until = self._photos.get(request.match_info["name"], (b"", "", 0.0))
            if monotonic() > until:
                return web.Response(status=404)
            return web.Response(body=data, content_type=media_type)

        shown = web.get(PHOTOS + "{name}", photo)
        return (shown,) if self.polls else (web.post(WEBHOOK, webhook), shown)

    # ------------------------------------------------------------------ speaking

    async def send(self, address: str, shown: Shown) -> Receipt:
        """A text, or a photo with it, as soon as the pace allows it. Shows "typing" beside it where the
        person has waited a while."""
        await self._pace.acquire()
        self._show_typing(address)
        try:
            # Without an address of ours Zalo can't fetch a picture; what is said with it stands in for it.
            if shown.data is None or (shown.text and not self._public_url):
                sent = await self._call("sendMessage", chat_id=address, text=shown.text)
            else:
                photo = self._hosted(shown)
                sent = await self._call("sendPhoto", chat_id=address, photo=photo, caption=shown.text)
        except _Refused as refused:
            return _receipt(refused)
        except _Unanswered as error:
            return Receipt(Outcome.UNSURE if error.taken else Outcome.RETRY, reason=str(error))
        message_id = sent.get("message_id") if isinstance(sent, dict) else None
        return Receipt(Outcome.SENT, message_id=str(message_id or ""))

    async def fetch(self, attachment: Attachment) -> bytes:
        """A picture by the address that came with it, at most 20 MB. Raises OSError."""
        assert self._session is not None
        return await download(self._session, attachment.ref, self._hosts)

    def _hosted(self, shown: Shown) -> str:
        """Where Zalo fetches the picture in the next minutes: there is no upload. Raises _Refused."""
        assert shown.data is not None
        if shown.media_type not in ("image/jpeg", "image/png"):
            raise _Refused(400, "the Zalo bot platform takes no files but jpg and png pictures")
        if not self._public_url:
            raise _Refused(400, "TOCNS_PUBLIC_URL is not set: Zalo can't fetch the picture")
        name = f"{secrets.token_urlsafe(24)}.{'png' if shown.media_type.endswith('png') else 'jpg'}"
        self._photos[name] = shown.data, shown.media_type, monotonic() + _PHOTO_SECONDS
        while len(self._photos) > _MOST_PHOTOS:
            self._photos.popitem(last=False)
        return self._public_url + PHOTOS + name

    def _show_typing(self, address: str) -> None:
        """In the background, and not for every message of a burst."""
        now = monotonic()
        if now - self._typed.get(address, -_TYPING_EVERY) < _TYPING_EVERY:
            return
        if len(self._typed) > 1000:
            self._typed = {who: at for who, at in self._typed.items() if now - at < _TYPING_EVERY}
        self._typed[address] = now

        async def typing() -> None:
            with suppress(_Refused, _Unanswered):
                await self._call("sendChatAction", chat_id=address, action="typing")

        task = asyncio.create_task(typing())
        self._typing.add(task)
        task.add_done_callback(self._typing.discard)

    # ------------------------------------------------------------------ is the set-up right

    async def check(self) -> list[str]:
        """Whether the token serves, and whether the webhook is set where it should be."""
        self._open()
        try:
            async with asyncio.timeout(10):
                await self._call("getMe")
                return await self._webhook_faults()
        except _Refused as refused:
            if refused.code == 401:
                return ["zalo_bot: the token is dead: get it from Zalo Bot Manager, set TOCNS_ZALO_BOT_TOKEN"]
            return [f"zalo_bot: {refused}"]
        except (_Unanswered, TimeoutError) as error:
            return [f"zalo_bot: Zalo does not answer ({error or 'time limit'}); try again later"]
        finally:
            assert self._session is not None
            await self._session.close()

    async def _webhook_faults(self) -> list[str]:
        try:
            info = await self._call("getWebhookInfo")
        except _Refused as refused:
            if refused.code != 404:  # none is set
                raise
            info = {}
        there = str(info.get("url") or "") if isinstance(info, dict) else ""
        if self.polls and there:
            return [
                "zalo_bot: a webhook is set, so polls stay silent: start the service once, it takes it away"
            ]
        if not self.polls and there != self._public_url + WEBHOOK:
            return ["zalo_bot: the webhook is not set to this service: start it, it sets the webhook"]
        return []

    # ------------------------------------------------------------------ calls

    async def _call(self, method: str, **parameters: str) -> Any:
        """The `result` of a method; None where there is none. Raises _Refused, _Unanswered."""
        assert self._session is not None
        body = orjson.dumps({name: value for name, value in parameters.items() if value})
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(self._base + method, data=body, headers=headers) as answer:
                status, payload = answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _Unanswered(f"no connection ({type(error).__name__})", taken=False) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _Unanswered(f"no answer ({type(error).__name__})", taken=True) from None
        return _result(status, payload)


def _result(status: int, payload: bytes) -> Any:
    """Success is `ok` with a code of 0 or none; a fault may come with HTTP status 200."""
    try:
        told = orjson.loads(payload)
        ok, code = bool(told["ok"]), int(told.get("error_code") or 0)
    except (ValueError, KeyError, TypeError, AttributeError):
        taken = status in (200, 504)
        raise _Unanswered(f"an answer that can't be read, HTTP status {status}", taken=taken) from None
    if status >= 500:
        raise _Unanswered(f"HTTP status {status}", taken=status == 504)
    if not ok or code:
        raise _Refused(code or status, str(told.get("description", "")))
    return told.get("result")


def _receipt(refused: _Refused) -> Receipt:
    outcome = {401: Outcome.CONFIG, 403: Outcome.GONE, 404: Outcome.GONE, 408: Outcome.RETRY}
    if refused.code == 429:  # the month's messages or people are used up, or too many at once: not said which
        return Receipt(Outcome.RETRY, retry_after=60, reason=str(refused))
    return Receipt(outcome.get(refused.code, Outcome.BAD), reason=str(refused))


# --------------------------------------------------------------------------- what was said


def _incoming(update: Any) -> Incoming | None:
    """One update; None where there is nothing to answer: other bots, groups, kinds unknown, no update at
    all."""
    if isinstance(update, Mapping) and "event_name" not in update:
        update = update.get("result")
    if not isinstance(update, Mapping):
        return None
    try:
        return _read(str(update["event_name"]), update["message"])
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        log.warning("an update has not its documented shape (%r); it is left out", error)
        return None


def _read(event: str, message: _Said) -> Incoming | None:
    sender, chat = message["from"], message["chat"]
    if sender.get("is_bot") or chat.get("chat_type", "PRIVATE") != "PRIVATE":
        return None
    told: _Said = {}
    if event == "message.text.received":
        told["text"] = str(message["text"])
    elif event == "message.image.received":
        told["photo"] = Attachment(str(message.get("photo_url") or message["photo"]), "image/jpeg")
        told["text"] = str(message.get("caption") or "")
    elif event in _OTHER:
        told["other"] = _OTHER[event]
        if url := str(message.get("voice_url") or ""):
            told["file"] = Attachment(url, name=PurePosixPath(urlsplit(url).path).name)
    else:
        return None
    seconds = int(message["date"])
    return Incoming(
        channel=ZaloBot.name,
        event_id=str(message["message_id"])[:80],
        address=str(chat["id"]),
        # Milliseconds; older samples have seconds.
        at=datetime.fromtimestamp(seconds / 1000 if seconds >= 10**12 else seconds, UTC),
        name=str(sender.get("display_name") or ""),
        **told,
    )
