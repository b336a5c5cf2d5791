"""Everything that is asked of Zalo's OpenAPI: messages, uploads, names, and whether the set-up serves."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from aiolimiter import AsyncLimiter

from bot.channels.base import Button, Outcome, Receipt, Shown, download, steady
from bot.channels.zalo_oa import messages
from bot.channels.zalo_oa.answers import ASSET_GONE, Answer, Failed, receipt
from bot.channels.zalo_oa.payloads import wrap
from bot.channels.zalo_oa.pictures import shrunk
from bot.channels.zalo_oa.tokens import Later, Lost, Tokens

_PATIENCE = aiohttp.ClientTimeout(total=30, sock_connect=5, sock_read=20)
_KEPT = timedelta(days=6)  # an upload dies after seven days
_MOST_KEPT = 500
_LARGEST = {"image": 1 << 20, "file": 5 << 20}
FILE_HOSTS = ("zdn.vn", "zadn.vn")
"""Where Zalo keeps what people send; nothing is fetched from elsewhere but the API's own host."""
_IMAGES = {"image/jpeg": "jpg", "image/png": "png"}
_DOCUMENTS = frozenset({"pdf", "doc", "docx", "csv"})


class Speaker:
    """One Official Account's voice. `key` binds the payloads of buttons to their person; at most
    `per_second` calls a second go out (4,000 a minute are allowed an app).
    """

    def __init__(self, api_url: str, zns_url: str, tokens: Tokens, key: str, per_second: float) -> None:
        self._api, self._zns = api_url.rstrip("/"), zns_url.rstrip("/")
        self._tokens = tokens
        self._key = key
        self._hosts = (*FILE_HOSTS, urlsplit(api_url).hostname or "")
        self._pace = AsyncLimiter(*steady(per_second))
        self._uploads: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
        self._uploading: dict[str, asyncio.Lock] = {}
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Makes ready to connect; calls nobody."""
        self._session = aiohttp.ClientSession(timeout=_PATIENCE)

    async def close(self) -> None:
        """Closes the connections. What was being sent is unsure, so whoever sends stops before."""
        if self._session is not None:
            await self._session.close()

    # ------------------------------------------------------------------ messages

    async def send(self, address: str, shown: Shown) -> Receipt:
        """See `base.Channel.send`. Waits until the pace allows it."""
        try:
            return receipt(await self._say(address, shown), datetime.now(UTC))
        except Failed as failed:
            return failed.receipt

    async def _say(self, address: str, shown: Shown) -> Answer:
        if shown.template is not None:
            if shown.template.phone:
                body = messages.by_phone(shown.template, f"tocns-{shown.id}")
                return await self._call("POST", f"{self._zns}/message/template", zns=True, json_body=body)
            return await self._post("/v3.0/oa/message/template", messages.by_user(address, shown.template))
        if shown.data is not None:
            return await self._give(address, shown)
        if messages.too_long(shown.text):
            raise Failed(Receipt(Outcome.BAD, reason="the text is longer than 2,000 UTF-16 units"))

        def wrapped(button: Button) -> str:
            return wrap(self._key, address, button.payload, button.label)

        return await self._post("/v3.0/oa/message/cs", messages.cs(address, shown, wrapped))

    async def _give(self, address: str, shown: Shown) -> Answer:
        """A file: uploaded once, then named in every message; where Zalo has forgotten it, uploaded anew."""
        shown = await _fitting(shown)
        assert shown.data is not None
        kind, name = _sort_of(shown)
        for fresh in (False, True):
            handle = await self._uploaded(kind, name, shown.data, fresh=fresh)
            body = (messages.image if kind == "image" else messages.file)(address, handle)
            answer = await self._post("/v3.0/oa/message/cs", body)
            if answer.error != ASSET_GONE:
                break
        return answer

    async def _uploaded(self, kind: str, name: str, data: bytes, *, fresh: bool) -> str:
        """The handle of a file; the same bytes to many people are uploaded once."""
        digest = sha256(name.encode() + b"\0" + data).hexdigest()
        async with self._uploading.setdefault(digest, asyncio.Lock()):
            kept = self._uploads.get(digest)
            if kept and kept[1] > datetime.now(UTC) and not fresh:
                return kept[0]

            def form() -> aiohttp.FormData:
                parts = aiohttp.FormData(quote_fields=False)
                parts.add_field("file", data, filename=name)
                return parts

            answer = await self._call("POST", f"{self._api}/v2.0/oa/upload/{kind}", form=form)
            if answer.error:
                raise Failed(receipt(answer, datetime.now(UTC)))
            handle = str(answer.data.get("attachment_id") or answer.data.get("token") or "")
            if not handle:
                raise Failed(Receipt(Outcome.BAD, reason=f"Zalo took no {kind} of this sort"))
            self._uploads[digest] = handle, datetime.now(UTC) + _KEPT
        self._uploading.pop(digest, None)
        while len(self._uploads) > _MOST_KEPT:
            self._uploads.popitem(last=False)
        return handle

    # ------------------------------------------------------------------ looking up

    async def get(self, path: str, data: dict[str, Any] | None = None) -> Answer:
        """A question to the OA host, whose parameters are JSON in one. Raises Failed."""
        params = {"data": json.dumps(data)} if data else None
        return await self._call("GET", self._api + path, params=params)

    async def template(self, template_id: str) -> Answer:
        """What an approved template is like. Raises Failed."""
        url = f"{self._zns}/template/info/v2"
        return await self._call("GET", url, zns=True, params={"template_id": template_id})

    async def quota(self) -> Answer:
        """What is left of the package of consultation messages. Raises Failed."""
        asked = {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
        return await self._post("/v3.0/oa/quota/message", asked)

    async def fetch(self, url: str) -> bytes:
        """A file that somebody sent, at most 20 MB; its address needs no token. Raises OSError."""
        assert self._session is not None
        return await download(self._session, url, self._hosts)

    # ------------------------------------------------------------------ calls

    async def _post(self, path: str, body: messages.Body) -> Answer:
        return await self._call("POST", self._api + path, json_body=body)

    async def _call(  # noqa: PLR0913 - a request has so many parts
        self,
        method: str,
        url: str,
        *,
        zns: bool = False,
        json_body: messages.Body | None = None,
        form: Callable[[], aiohttp.FormData] | None = None,
        params: dict[str, str] | None = None,
    ) -> Answer:
        """One call, once more with a new token where the old one had died. Raises Failed."""

        async def ask(token: str) -> Answer:
            body = form() if form else orjson.dumps(json_body) if json_body is not None else None
            return _read(zns, *await self._request(method, url, token, params, body))

        token = await _had(self._tokens.current())
        answer = await ask(token)
        if answer.token_dead:
            answer = await ask(await _had(self._tokens.renew(token)))
        return answer

    async def _request(
        self, method: str, url: str, token: str, params: dict[str, str] | None, body: Any
    ) -> tuple[int, bytes, str]:
        """Status, body, and how long to wait if that is said. Raises Failed."""
        assert self._session is not None
        headers = {"access_token": token}
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/json"
        await self._pace.acquire()
        try:
            async with self._session.request(
                method, url, headers=headers, params=params, data=body
            ) as answer:
                return answer.status, await answer.read(), answer.headers.get("Retry-After", "")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _failed(Outcome.RETRY, f"no connection ({type(error).__name__})") from None
        except (TimeoutError, aiohttp.ClientError) as error:
            raise _failed(Outcome.UNSURE, f"no answer ({type(error).__name__})") from None


async def _had(token: Awaitable[str]) -> str:
    try:
        return await token
    except Lost as lost:
        raise _failed(Outcome.CONFIG, str(lost)) from None
    except Later as later:
        raise _failed(Outcome.RETRY, str(later)) from None


def _read(zns: bool, status: int, body: bytes, wait: str) -> Answer:
    if status == 429:
        seconds = float(wait) if wait.isdecimal() else None
        raise Failed(Receipt(Outcome.RETRY, retry_after=seconds, reason="HTTP status 429"))
    # 504: a server behind the gateway may have taken it.
    if status >= 500:
        raise _failed(Outcome.UNSURE if status == 504 else Outcome.RETRY, f"HTTP status {status}")
    try:
        told = orjson.loads(body)
        data = told.get("data")
        rows = tuple(row for row in data if isinstance(row, dict)) if isinstance(data, list) else ()
        about = data if isinstance(data, dict) else {}
        return Answer(int(told["error"]), str(told.get("message", "")), about, zns, rows)
    except (ValueError, KeyError, TypeError, AttributeError):
        # With status 200 it was taken, as far as one can tell; else something between Zalo and us answered.
        unsure = Outcome.UNSURE if status == 200 else Outcome.RETRY
        raise _failed(unsure, f"an answer that can't be read, HTTP status {status}") from None


def _failed(outcome: Outcome, reason: str) -> Failed:
    return Failed(Receipt(outcome, reason=reason))


async def _fitting(shown: Shown) -> Shown:
    """A picture that is too large for Zalo, made smaller; all else as it is."""
    limit = _LARGEST["image"]
    if shown.data is None or shown.media_type not in _IMAGES or len(shown.data) <= limit:
        return shown
    data = await asyncio.to_thread(shrunk, shown.data, limit)
    name = shown.file_name.rpartition(".")[0] or shown.file_name or "anh"
    if data is None:
        return shown
    return replace(shown, data=data, media_type="image/jpeg", file_name=f"{name}.jpg")


def _sort_of(shown: Shown) -> tuple[str, str]:
    """("image" or "file", the name with its ending, without which an upload is answered with nothing).
    Raises Failed for what Zalo never takes.
    """
    assert shown.data is not None
    ending = _IMAGES.get(shown.media_type)
    kind = "image" if ending and len(shown.data) <= _LARGEST["image"] else "file"
    name = shown.file_name or f"anh.{ending or 'bin'}"
    if kind == "file" and name.rpartition(".")[2].lower() not in _DOCUMENTS:
        raise Failed(Receipt(Outcome.BAD, reason="Zalo takes jpg and png up to 1 MB, pdf, doc, docx and csv"))
    if len(shown.data) > _LARGEST[kind]:
        raise Failed(Receipt(Outcome.BAD, reason="Zalo takes files up to 5 MB"))
    if kind == "image" and not name.lower().endswith((".jpg", ".jpeg", ".png")):
        name = f"{name}.{ending}"
    return kind, name
