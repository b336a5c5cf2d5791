"""Telegram: aiogram hears (`hearing`), python-telegram-bot speaks (`speaking`). Both are heavy to import:
this package is imported only where a token is set.

Served are private chats only: in a group a survey would show a household's answers to everybody there, so
what is written in groups is ignored. Edited messages are ignored too: an answer is mended in the review.
Bot API: https://core.telegram.org/bots/api
"""

import asyncio
import hmac
import logging
import random
import re
from collections.abc import Iterator, Sequence
from typing import Literal

import orjson
from aiohttp import web

from bot.channels.base import Attachment, Busy, Hear, Incoming, Limits, Receipt, Shown
from bot.channels.telegram.hearing import HEARD, Heard, Listener, Unheard, read_update
from bot.channels.telegram.speaking import PACE, NotSetUp, Speaker

__all__ = ["Telegram"]

WEBHOOK = "/webhook/telegram"
_LARGEST_UPDATE = 256 * 1024
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")

log = logging.getLogger(__name__)


class Telegram:
    """One bot on Telegram, or on the Bot API server at `api_url`.

    `commands` are (word, description) for the menu button. Mode "webhook" needs `public_url` and a `secret`
    of 1 to 256 letters, digits, _ and -. Raises ValueError, naming the setting, for what cannot work.
    """

    name = "telegram"
    # A message holds 4096 characters and 100 buttons; a phone shows about 40 characters of a label.
    limits = Limits(
        text=4096, buttons=100, row=4, button_label=40, caption=1024, per_second=PACE, per_person_per_second=1
    )

    def __init__(  # noqa: PLR0913 - one argument a setting
        self,
        *,
        token: str,
        api_url: str = "https://api.telegram.org",
        mode: Literal["polling", "webhook"] = "polling",
        secret: str = "",
        public_url: str = "",
        commands: Sequence[tuple[str, str]] = (),
    ) -> None:
        if mode == "webhook" and not _SECRET.fullmatch(secret):
            raise ValueError("TOCNS_TELEGRAM_WEBHOOK_SECRET: a webhook needs 1 to 256 of A-Z a-z 0-9 _ -")
        if mode == "webhook" and not public_url:
            raise ValueError("TOCNS_PUBLIC_URL: Telegram needs an address to which it can deliver")
        self.polls = mode == "polling"
        self._secret = secret
        self._url = public_url.rstrip("/") + WEBHOOK
        self._commands = tuple(commands)
        self._listener = Listener(token, api_url)
        self._speaker = Speaker(token, api_url)
        self._listening: asyncio.Task[None] | None = None
        self._naming: asyncio.Task[None] | None = None
        self._waiting = True
        self.deaf = ""

    # ------------------------------------------------------------------ life

    async def start(self, hear: Hear, *, listen: bool, send: bool) -> None:  # noqa: ARG002
        """Does not wait for Telegram: where it can't be reached, that is tried again in the background.
        A process that doesn't `send` opens the same connections, for the set-up and for files. One that does
        not listen, since another one polls, asks for the bot's name too: invitations are made in any.
        """
        await self._speaker.open()
        self._naming = asyncio.create_task(self._learn_name(), name="telegram's name")
        if listen:
            await self.listen(hear)

    async def listen(self, hear: Hear) -> None:
        """Sets the bot up, then asks where it is polled: a second process would be told of a conflict."""
        self._listening = asyncio.create_task(self._listen(hear), name="telegram")

    @property
    def listens(self) -> bool:
        """Whether this process asks, or set up that it is called."""
        return self._listening is not None

    async def hush(self) -> None:
        """What was received is handled to its end; the rest is delivered again after the next start."""
        listening, self._listening = self._listening, None
        if listening is not None:
            if self._waiting:
                listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def stop(self) -> None:
        """Closes the connections."""
        await self.hush()
        if self._naming is not None:
            self._naming.cancel()
            await asyncio.gather(self._naming, return_exceptions=True)
        await self._listener.close()
        await self._speaker.close()

    async def _learn_name(self) -> None:
        for pause in _pauses():
            try:
                await self._speaker.learn_name()
                break
            except NotSetUp as error:
                log.info("Telegram did not tell the bot's name, asking again in %.0f s: %s", pause, error)
                await asyncio.sleep(pause)

    async def _listen(self, hear: Hear) -> None:
        """Sets the bot up at Telegram, then polls where it is polled."""
        for pause in _pauses():
            try:
                if self.polls:
                    await self._speaker.set_up_polling(self._commands)
                else:
                    await self._speaker.set_up_webhook(self._commands, self._url, self._secret, HEARD)
                break
            except NotSetUp as error:
                self.deaf = str(error)
                log.warning("Telegram did not take the set-up, trying again in %.0f s: %s", pause, error)
                await asyncio.sleep(pause)
        self.deaf = ""
        if self.polls:
            await self._poll(hear)

    def invitation(self, code: str) -> str | None:
        """The deep link that sends `/start CODE`; None until Telegram has told the bot's name.
        https://core.telegram.org/bots/features#deep-linking
        """
        name = self._speaker.username
        return f"https://t.me/{name}?start={code.replace('-', '')}" if name else None

    # ------------------------------------------------------------------ hearing

    def routes(self, hear: Hear) -> Sequence[web.RouteDef]:
        """The webhook; nothing where Telegram is polled."""
        if self.polls:
            return ()
        secret = self._secret.encode()

        async def webhook(request: web.Request) -> web.Response:
            given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
            if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret):
                return web.Response(status=403)
            if (request.content_length or 0) > _LARGEST_UPDATE:
                return web.Response(status=413)
            try:
                heard = read_update(await request.read())
            except ValueError:
                return web.Response(status=400)
            try:
                if heard.incoming is not None:
                    await hear(heard.incoming)
            except Busy:
                return web.Response(status=503)
            if heard.pressed is None:
                return web.Response()
            # The answer may name one method to call, which saves a request:
            # https://core.telegram.org/bots/api#making-requests-when-getting-updates
            stop_spinner = {"method": "answerCallbackQuery", "callback_query_id": heard.pressed}
            return web.Response(body=orjson.dumps(stop_spinner), content_type="application/json")

        return (web.post(WEBHOOK, webhook),)

    async def _poll(self, hear: Hear) -> None:
        """Asks for what is new. An update is confirmed, by the next offset, only when `hear` has returned."""
        offset: int | None = None
        pauses = _pauses()
        while self._listening is not None:
            try:
                batch = await self._listener.updates(offset)
            except Unheard as error:
                pause, self.deaf = next(pauses), str(error)
                log.warning("Telegram gave no updates, asking again in %.0f s: %s", pause, error)
                await asyncio.sleep(pause)
                continue
            self._waiting, self.deaf = False, ""
            missed = await self._take(batch, hear)
            self._waiting = True
            if missed is not None:
                offset = missed
                await asyncio.sleep(next(pauses))
                continue
            pauses = _pauses()
            if batch:
                offset = batch[-1].update_id + 1

    async def _take(self, batch: Sequence[Heard], hear: Hear) -> int | None:
        """Handles a batch: the talks side by side, each in its order. Gives the first update that could not
        be stored, or None. Telegram delivers again from there; what was stored already changes nothing.
        """
        talks: dict[str, list[tuple[int, Incoming]]] = {}
        for heard in batch:
            if heard.pressed is not None:
                self._speaker.stop_spinner(heard.pressed)
            if heard.incoming is not None:
                talks.setdefault(heard.incoming.address, []).append((heard.update_id, heard.incoming))

        async def take_talk(talk: list[tuple[int, Incoming]]) -> int | None:
            for update_id, incoming in talk:
                try:
                    await hear(incoming)
                except Busy:
                    return update_id
                except Exception:
                    log.exception("update %d was not handled; it will be taken up again", update_id)
                    return update_id
            return None

        missed = await asyncio.gather(*map(take_talk, talks.values()))
        return min((update_id for update_id in missed if update_id is not None), default=None)

    # ------------------------------------------------------------------ speaking

    async def send(self, address: str, shown: Shown) -> Receipt:
        """Waits its turn: 25 messages a second over all chats; in each one a second after a burst of 20."""
        return await self._speaker.send(int(address), shown)

    async def fetch(self, attachment: Attachment) -> bytes:
        """A file of up to 20 MB by its file id. Raises OSError where it can't be had."""
        return await self._speaker.fetch(attachment.ref)


def _pauses() -> Iterator[float]:
    """Growing pauses between tries, 1 to 30 seconds, uneven so that processes don't try in step."""
    seconds = 1.0
    while True:
        yield seconds * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        seconds = min(30.0, seconds * 2)
