"""The web chat: a page in the browser, HTTP for what the person says, a WebSocket for what the bot says.

The outbox is the one truth of what the bot said. A live connection is only a bell: when it rings, the
connection reads from the outbox what its person has not seen. So nothing is lost while a phone is in a
tunnel, a reload shows the talk again, and a message sent by another process arrives too. What the person said
is kept by the browser alone.

A WebSocket and not server-sent events: browsers open six HTTP connections a site, and the demo's six people
in six tabs would use them all up.
"""

import asyncio
import hashlib
import math
import re
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.helpers import content_disposition_header

from bot.channels.base import Attachment, Hear, Incoming, Limits, Outcome, Pace, Receipt, Shown
from bot.channels.webchat import wire
from bot.channels.webchat.lines import Line
from bot.channels.webchat.pages import Pages

__all__ = ["WebChat"]

Missed = Callable[[str, int], Awaitable[Sequence[Shown]]]
"""(address, after) -> what was said to the address under higher ids and is due, oldest first, with its files;
of a long history the newest few hundred.
"""

LIMITS = Limits(text=8000, buttons=60, row=3, button_label=200, caption=8000)
TEXT_LIMIT = 8000
PHOTO_LIMIT = 10 * 1024 * 1024
FILE_LIMIT = 5 * 1024 * 1024
FILE_NAME_LIMIT = 200
OPEN_LIMIT = 20
"""Connections a person may have open at once."""
LOOK_AGAIN, LOOK_AGAIN_ALONE = 15.0, 2.0
"""Seconds until a connection looks although nobody rang; the shorter where another process delivers."""
_SESSION_DAYS = 180


async def _first_edition() -> str:
    return ""


@dataclass(slots=True, eq=False)
class WebChat:
    """Channel `webchat`.

    `mode` "citizen": everybody is an anonymous citizen, known by a random token in a cookie; the address is
    the token's hash, so that who reads the database cannot take part in anybody's talk. "demo": one picks who
    to be from `personas` (key, label, description), each tab for itself; the address is `demo:<key>`.

    `clean` makes a photo anew without what the phone wrote into it; ValueError where it is none. `words` is
    what the page itself says, by language (`bot.web.page_words`), `locale` the language it opens in.
    `public_url` is where the page is reached from outside. `edition` changes when the database is made anew
    or restored: browsers then forget what they kept of the talk before. `delivers` says whether it is this
    process that sends on the channel: where another one does, open connections look more often.
    """

    mode: Literal["demo", "citizen"]
    missed: Missed
    clean: Callable[[bytes], bytes]
    words: Mapping[str, Mapping[str, str]]
    personas: Sequence[tuple[str, str, str]] = ()
    locale: str = "vi"
    public_url: str | None = None
    edition: Callable[[], Awaitable[str]] = _first_edition
    delivers: Callable[[], bool] = lambda: True
    pace: Pace = field(default_factory=Pace)
    name: str = field(default="webchat", init=False)
    limits: Limits = field(default=LIMITS, init=False)
    _lines: defaultdict[str, set[Line]] = field(default_factory=lambda: defaultdict(set), init=False)
    _cleaning: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1), init=False)
    _stopping: bool = field(default=False, init=False)
    _hear: Hear = field(init=False)

    # ----------------------------------------------------------------- the shape of a channel

    def routes(self, hear: Hear) -> Sequence[web.RouteDef]:
        """The page and its files, and what the page calls."""
        self._hear = hear
        pages = Pages(self.words[self.locale])
        return [
            web.get("/", pages.index),
            web.get("/static/{name}", pages.file),
            web.get("/chat/hello", self._hello),
            web.post("/chat/say", self._say),
            web.post("/chat/photo", self._photo),
            web.post("/chat/file", self._sent_file),
            web.post("/chat/forget", self._forget),
            web.get("/chat/live", self._live),
            web.get(r"/chat/files/{id:\d{1,18}}", self._file),
        ]

    async def start(self, hear: Hear, *, listen: bool, send: bool) -> None:
        """Nothing to open."""

    def _look_again(self) -> float:
        return LOOK_AGAIN if self.delivers() else LOOK_AGAIN_ALONE

    async def hush(self) -> None:
        """Hangs up on everybody; their pages come back by themselves when there is a server again."""
        self._stopping = True
        for lines in self._lines.values():
            for line in lines:
                line.hang_up()

    async def stop(self) -> None:
        """Nothing else to close."""
        await self.hush()

    async def send(self, address: str, shown: Shown) -> Receipt:  # noqa: ARG002
        """Rings the person's open connections. Always sent: who is away fetches it on coming back."""
        self._look(address)
        return Receipt(Outcome.SENT)

    async def fetch(self, attachment: Attachment) -> bytes:
        """A photo of the web chat comes with its bytes; there is nowhere else to get it from."""
        if attachment.data is None:
            raise OSError("a photo of the web chat is not kept by the channel")
        return attachment.data

    # ----------------------------------------------------------------- who speaks

    async def _hello(self, request: web.Request) -> web.Response:
        """What the page needs to begin. It is here that a browser gets its cookie, and not with the page: one
        who follows a link from elsewhere comes without a SameSite=Strict cookie, and would get a new one.
        """
        self._guard(request)
        response = wire.answer(
            {
                "mode": self.mode,
                "locale": self.locale,
                "edition": await self.edition(),
                "words": self.words,
                "personas": [
                    {"key": key, "label": label, "description": description}
                    for key, label, description in self.personas
                ],
            }
        )
        response.set_cookie(
            self._cookie,
            request.cookies.get(self._cookie) or secrets.token_urlsafe(32),
            max_age=_SESSION_DAYS * 86400,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=self._secure,
        )
        return response

    async def _forget(self, request: web.Request) -> web.Response:
        """Ends the session on this device: the next visit is by somebody new."""
        self._guard(request)
        response = wire.answer({})
        response.del_cookie(self._cookie, path="/", httponly=True, samesite="Strict", secure=self._secure)
        return response

    @property
    def _secure(self) -> bool:
        return urlsplit(self.public_url or "").scheme == "https"

    @property
    def _cookie(self) -> str:
        # The prefix makes browsers refuse the cookie from a neighbouring host or over plain HTTP.
        return "__Host-tocns" if self._secure else "tocns"

    def _guard(self, request: web.Request) -> None:
        """Refuses what another site's page has a browser do. A program that is no browser sends neither
        header, and has no cookie but its own.
        """
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        if origin is not None:
            ours = urlsplit(origin).netloc in {request.host, urlsplit(self.public_url or "").netloc} - {""}
        else:
            ours = site in (None, "same-origin", "none")
        if not ours:
            raise self._refusal(request, 403, "foreign")

    def _address(self, request: web.Request) -> str:
        """Where answers to whoever made this request go."""
        self._guard(request)
        token = request.cookies.get(self._cookie, "")
        if len(token) < 40:
            raise self._refusal(request, 401, "session")
        if self.mode == "citizen":
            return "web:" + hashlib.sha256(token.encode()).hexdigest()[:32]
        key = request.query.get("as", "")
        if key not in {persona[0] for persona in self.personas}:
            raise self._refusal(request, 401, "persona")
        return f"demo:{key}"

    # ----------------------------------------------------------------- what the person says

    async def _say(self, request: web.Request) -> web.Response:
        address = self._address(request)
        if request.content_type != "application/json":
            raise self._refusal(request, 415, "request")
        try:
            said = wire.read(await request.read())
        except web.HTTPRequestEntityTooLarge:
            raise self._refusal(request, 413, "too_long") from None
        except (ValueError, TypeError, KeyError):
            raise self._refusal(request, 400, "request") from None
        if len(said["text"]) > TEXT_LIMIT:
            raise self._refusal(request, 413, "too_long")
        words = self.words[self._language(request)]
        echo = words["location.sent"] if "latitude" in said else said["text"]
        return await self._take(request, address, said, echo=echo)

    async def _photo(self, request: web.Request) -> web.Response:
        address = self._address(request)
        if not request.content_type.startswith("image/"):
            # Also what keeps other sites' forms out: a browser asks before it sends this type across.
            raise self._refusal(request, 415, "photo")
        event_id = request.query.get("id", "")
        if not wire.EVENT_ID.fullmatch(event_id):
            raise self._refusal(request, 400, "request")
        data = await self._body(request, PHOTO_LIMIT)
        if data is None:
            raise self._refusal(request, 413, "photo_large")
        try:
            async with self._cleaning:
                cleaned = await asyncio.to_thread(self.clean, data)
        except ValueError:
            raise self._refusal(request, 415, "photo") from None
        photo = Attachment(ref=event_id, media_type="image/jpeg", size=len(cleaned), data=cleaned)
        echo = self.words[self._language(request)]["photo.sent"]
        return await self._take(request, address, {"id": event_id, "photo": photo}, echo=echo, cost=5)

    async def _sent_file(self, request: web.Request) -> web.Response:
        """Any other file, by its name; whether it is one that helps is not for the channel to say."""
        address = self._address(request)
        event_id, name = request.query.get("id", ""), request.query.get("name", "").replace("\x00", "")
        # Also what keeps other sites' forms out: a browser asks before it sends this type across.
        if request.content_type != "application/octet-stream":
            raise self._refusal(request, 415, "request")
        if not wire.EVENT_ID.fullmatch(event_id) or not 0 < len(name) <= FILE_NAME_LIMIT:
            raise self._refusal(request, 400, "request")
        data = await self._body(request, FILE_LIMIT)
        if data is None:
            raise self._refusal(request, 413, "file_large")
        file = Attachment(event_id, request.content_type, len(data), data, name)
        said = {"id": event_id, "file": file, "other": "file"}
        return await self._take(request, address, said, echo=f"📎 {name}", cost=5)

    async def _body(self, request: web.Request, limit: int) -> bytes | None:
        """What was sent; None where it is more than it may be."""
        data = bytearray()
        if (request.content_length or 0) > limit:
            return None
        async for chunk in request.content.iter_chunked(1 << 16):
            data += chunk
            if len(data) > limit:
                return None
        return bytes(data)

    async def _take(
        self, request: web.Request, address: str, said: dict[str, Any], *, echo: str, cost: float = 1
    ) -> web.Response:
        """Has it handled; the answer to the request, the tick, says that it is stored."""
        wait = self.pace.wait(address, cost, asyncio.get_running_loop().time())
        if wait:
            raise self._refusal(request, 429, "pace", retry_after=wait)
        event_id, pressed = said.pop("id"), int(said.get("message") or 0)
        self._note(address, type="said", id=event_id, text=echo, message=pressed, received=False)
        self._note(address, type="typing", on=True)
        try:
            await self._hear(
                Incoming(
                    channel=self.name,
                    # With the address, since nobody may use up an id of somebody else's.
                    event_id=f"{address}:{event_id}",
                    address=address,
                    at=datetime.now(UTC),
                    locale=self._language(request),
                    **said,
                )
            )
            self._note(address, type="said", id=event_id, text=echo, message=pressed, received=True)
        finally:
            self._note(address, type="typing", on=False)
            self._look(address)
        return wire.answer({"received": event_id})

    def _language(self, request: web.Request) -> str:
        language = request.query.get("lang", "")
        return language if language in self.words else self.locale

    def _refusal(
        self, request: web.Request, status: int, code: str, *, retry_after: float | None = None
    ) -> web.HTTPException:
        """An answer that says in one sentence what is amiss and how to mend it."""
        why = self.words[self._language(request)][f"refused.{code}"]
        body: dict[str, Any] = {"refused": code, "why": why}
        headers = {"Cache-Control": "no-store"}
        if retry_after is not None:
            body["retry_after"] = retry_after
            headers["Retry-After"] = str(math.ceil(retry_after))
        return wire.Refusal(status, body, headers)

    # ----------------------------------------------------------------- what the bot says

    def _note(self, address: str, **note: Any) -> None:
        for line in self._lines.get(address, ()):
            line.note(note)

    def _look(self, address: str) -> None:
        for line in self._lines.get(address, ()):
            line.look()

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        address = self._address(request)
        after = request.query.get("after", "0")
        if not re.fullmatch(r"\d{1,18}", after):
            raise self._refusal(request, 400, "request")
        if self._stopping or len(self._lines.get(address, ())) >= OPEN_LIMIT:
            raise self._refusal(request, 503, "busy")
        # No compression: its buffers cost more than these short messages.
        socket = web.WebSocketResponse(heartbeat=25, compress=False, max_msg_size=1024)
        await socket.prepare(request)
        line = Line(socket, partial(self.missed, address), int(after), self._look_again)
        self._lines[address].add(line)
        running = asyncio.create_task(line.run())
        try:
            # The page nudges after each tick: what it said may have been handled by another process.
            async for _ in socket:
                if not self.pace.wait(address, 0.1, asyncio.get_running_loop().time()):
                    line.look()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            self._lines[address].discard(line)
            if not self._lines[address]:
                del self._lines[address]
        return socket

    async def _file(self, request: web.Request) -> web.Response:
        address, wanted = self._address(request), int(request.match_info["id"])
        for shown in await self.missed(address, wanted - 1):
            if shown.id == wanted and shown.data is not None:
                inline = shown.media_type in wire.PICTURES
                disposition = content_disposition_header(
                    "inline" if inline else "attachment", filename=shown.file_name
                )
                return web.Response(
                    body=shown.data,
                    content_type=shown.media_type or "application/octet-stream",
                    headers={"Content-Disposition": disposition, "Cache-Control": "private, max-age=86400"},
                )
        raise self._refusal(request, 404, "file")
