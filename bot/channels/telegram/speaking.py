"""Everything that is said to Telegram, by python-telegram-bot over aiohttp."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
from aiolimiter import AsyncLimiter
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import BaseRequest, RequestData

from bot.channels.base import Outcome, Receipt, Shown, steady

PACE = 25
"""Messages a second: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""
_LARGEST_FILE = 20 * 1024 * 1024  # what getFile hands out: https://core.telegram.org/bots/api#getfile
_LARGEST_PHOTO = 10 * 1024 * 1024  # https://core.telegram.org/bots/api#sending-files
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
_BURST = 20
"""Messages that a chat gets at once. Telegram tolerates short bursts, and somebody who taps fast is not kept
waiting; for longer it takes one a second.
"""
_NOBODY = ("chat not found", "user not found", "peer_id_invalid", "user_deactivated")


class NotSetUp(Exception):
    """Telegram did not take the webhook or the commands; the text is for the operator."""


class Speaker:
    """One bot's voice; also its set-up, and the files people sent. `username` is "" until it is learnt."""

    def __init__(self, token: str, api_url: str, per_second: int = PACE) -> None:
        api_url = api_url.rstrip("/")
        size, period = steady(per_second)
        self._transport = _Transport()
        self._bot = ExtBot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=self._transport,
            get_updates_request=self._transport,
            # 30 at once after a pause is what Telegram answers with 429. And no retries here: waiting out a
            # 429 would hold up every other chat; the outbox is told the seconds instead.
            rate_limiter=AIORateLimiter(overall_max_rate=size, overall_time_period=period, max_retries=0),
        )
        self._chats: dict[int, AsyncLimiter] = {}
        self.username = ""
        self._spinners: set[asyncio.Task[None]] = set()
        # It logs a 429 with a traceback; for us that is a receipt like any other.
        logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)

    async def open(self) -> None:
        """Makes ready to connect; calls nobody."""
        await self._transport.initialize()

    async def close(self) -> None:
        """Closes the connections. What was being sent is unsure, so whoever sends stops before."""
        for spinner in self._spinners:
            spinner.cancel()
        await asyncio.gather(*self._spinners, return_exceptions=True)
        await self._transport.shutdown()

    # ------------------------------------------------------------------ set-up

    async def set_up_webhook(
        self, commands: Sequence[tuple[str, str]], url: str, secret: str, heard: Sequence[str]
    ) -> None:
        """Has updates of the kinds `heard` delivered to `url`. Raises NotSetUp."""
        try:
            await self._bot.set_webhook(url, secret_token=secret, allowed_updates=list(heard))
            await self._bot.set_my_commands(commands)
        except TelegramError as error:
            raise NotSetUp(_reason(error)) from None

    async def set_up_polling(self, commands: Sequence[tuple[str, str]]) -> None:
        """Takes an older webhook away: while there is one, updates can't be polled. Raises NotSetUp."""
        try:
            await self._bot.delete_webhook()
            await self._bot.set_my_commands(commands)
        except TelegramError as error:
            raise NotSetUp(_reason(error)) from None

    async def learn_name(self) -> None:
        """Asks what the bot is called. Raises NotSetUp."""
        try:
            self.username = (await self._bot.get_me()).username or ""
        except TelegramError as error:
            raise NotSetUp(_reason(error)) from None

    # ------------------------------------------------------------------ messages

    async def send(self, chat: int, shown: Shown) -> Receipt:
        """See `base.Channel.send`. Waits until the pace allows it."""
        await self._pace(chat).acquire()
        markup = _markup(shown)
        try:
            if shown.replaces and shown.data is None and isinstance(markup, InlineKeyboardMarkup):
                with suppress(_Unchangeable):
                    return await self._change(chat, shown, markup)
            if shown.data is None:
                sent = await self._bot.send_message(chat, shown.text, reply_markup=markup)
            else:
                photo = shown.media_type in _PHOTOS and len(shown.data) <= _LARGEST_PHOTO
                give = self._bot.send_photo if photo else self._bot.send_document
                sent = await give(
                    chat,
                    shown.data,
                    filename=shown.file_name,
                    caption=shown.text or None,
                    reply_markup=markup,
                )
        except TelegramError as error:
            return _receipt(error)
        return Receipt(Outcome.SENT, message_id=str(sent.message_id))

    async def _change(self, chat: int, shown: Shown, markup: InlineKeyboardMarkup) -> Receipt:
        """Puts what is shown in the place of an older message. Raises _Unchangeable where that one is gone
        or too old. Said a second time it changes nothing: Telegram calls that a fault, we do not.
        """
        try:
            await self._bot.edit_message_text(
                shown.text, chat_id=chat, message_id=int(shown.replaces), reply_markup=markup
            )
        except BadRequest as error:
            if "not modified" not in error.message.lower():
                raise _Unchangeable from None
        return Receipt(Outcome.SENT, message_id=shown.replaces)

    def _pace(self, chat: int) -> AsyncLimiter:
        """One a second in a chat, after a burst."""
        if len(self._chats) > 1000:
            self._chats = {key: pace for key, pace in self._chats.items() if not pace.has_capacity(_BURST)}
        return self._chats.setdefault(chat, AsyncLimiter(max_rate=_BURST, time_period=_BURST))

    def stop_spinner(self, callback_query_id: str) -> None:
        """Lets a pressed button rest, in the background. Too late or twice is an error that means nothing."""

        async def answer() -> None:
            with suppress(TelegramError):
                await self._bot.answer_callback_query(callback_query_id)

        task = asyncio.create_task(answer())
        self._spinners.add(task)
        task.add_done_callback(self._spinners.discard)

    async def fetch(self, file_id: str) -> bytes:
        """A file of at most 20 MB. Raises OSError."""
        try:
            file = await self._bot.get_file(file_id)
            if (file.file_size or 0) > _LARGEST_FILE:
                raise OSError("the file is larger than 20 MB")
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            raise OSError(f"Telegram did not hand out the file: {_reason(error)}") from None


def _markup(shown: Shown) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove:
    """Buttons under the message. Where the place is asked for, buttons under the text field instead: only
    those can send it, and what the others say comes back as text. A message without buttons takes them away
    again.
    """
    if shown.ask == "location":
        rows = [[KeyboardButton(shown.ask_label or "📍", request_location=True)]]
        rows += [[KeyboardButton(button.label) for button in row] for row in shown.buttons]
        return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)
    if not shown.buttons:
        return ReplyKeyboardRemove()
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(b.label, callback_data=b.payload) for b in row] for row in shown.buttons]
    )


# --------------------------------------------------------------------------- how a send ended


class _Unchangeable(Exception):
    """The message cannot be changed: its place is taken by a new one."""


class _NotTaken(NetworkError):
    """Telegram certainly did not take the request."""


def _receipt(error: TelegramError) -> Receipt:
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
        return Receipt(Outcome.RETRY, retry_after=seconds, reason=_reason(error))
    return Receipt(_outcome(error), reason=_reason(error))


def _outcome(error: TelegramError) -> Outcome:
    match error:
        case Forbidden() | ChatMigrated():
            return Outcome.GONE
        case InvalidToken():
            return Outcome.CONFIG
        case BadRequest():
            nobody = any(word in error.message.lower() for word in _NOBODY)
            return Outcome.GONE if nobody else Outcome.BAD
        case _NotTaken() | Conflict():
            return Outcome.RETRY
        case _:
            return Outcome.UNSURE


def _reason(error: TelegramError) -> str:
    return f"{type(error).__name__.lstrip('_')}: {error.message}"


# --------------------------------------------------------------------------- transport


class _Transport(BaseRequest):
    """aiohttp under python-telegram-bot: its own transport (httpx) costs ten times the CPU a message."""

    _session: aiohttp.ClientSession

    async def initialize(self) -> None:
        timeout = aiohttp.ClientTimeout(total=60, sock_connect=5, sock_read=self.read_timeout)
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def shutdown(self) -> None:
        await self._session.close()

    @property
    def read_timeout(self) -> float:
        return 20

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """Status and body. The errors do not quote aiohttp's: those hold the address, and it holds the
        token.
        """
        if self._session.closed:
            raise _NotTaken("the bot is stopping")
        try:
            async with self._session.request(method, url, **_body(request_data)) as answer:
                status, payload = answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _NotTaken(f"no connection ({type(error).__name__})") from None
        except TimeoutError:
            raise TimedOut("no answer in time") from None
        except aiohttp.ClientError as error:
            raise NetworkError(f"connection lost ({type(error).__name__})") from None
        if status == 413:
            raise BadRequest("the file is too large")
        # 504: a server behind the gateway may have taken it. A fault that isn't told in the Bot API's own
        # JSON comes from something between it and us, and must not count as the person having left.
        if status != 504 and (status >= 500 or (status >= 400 and not payload.startswith(b"{"))):
            raise _NotTaken(f"HTTP status {status}")
        return status, payload


def _body(request: RequestData | None) -> dict[str, Any]:
    if request is None:
        return {}
    if not request.contains_files:
        return {"data": orjson.dumps(request.parameters), "headers": {"Content-Type": "application/json"}}
    form = aiohttp.FormData(quote_fields=False)  # or Vietnamese file names arrive as %E1%BB…
    for name, value in request.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, media_type) in request.multipart_data.items():
        form.add_field(name, content, filename=file_name, content_type=media_type)
    return {"data": form}
