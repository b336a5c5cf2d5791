"""Another OpenRosa server, such as ODK Central or Kobo, seen as a client: what Collect does when it sends.

https://docs.getodk.org/openrosa-form-submission/: HEAD tells where to send to and how much at once; then the
XML goes with as many files as fit, again with the next ones until all are there.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import urljoin, urlsplit

import aiohttp
from multidict import CIMultiDictProxy

from bot.openrosa.answers import LENGTH, VERSION
from bot.openrosa.receiving import ACCEPTED, XML_PART
from content.submission import message_of

TIMEOUT = aiohttp.ClientTimeout(total=120, connect=15)
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})

File = tuple[str, bytes]


class Later(Exception):
    """Not taken now; `seconds` is when to come again, where the server says."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class Never(Exception):
    """The server will not take it as it is."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where submissions go in: the address, the bytes it takes at once, and how one signs in: by the header
    `Authorization` (Basic; "" for none) or by `digest`."""

    url: str
    most: int
    authorization: str
    digest: aiohttp.DigestAuthMiddleware | None


@dataclass(frozen=True, slots=True)
class Remote:
    """The server at `url`, as an account of it."""

    url: str
    user: str | None
    password: str | None

    @property
    def submission_url(self) -> str:
        """Where the protocol has submissions."""
        return f"{self.url.rstrip('/').removesuffix('/submission')}/submission"

    async def open(self, session: aiohttp.ClientSession) -> Door:
        """Shakes hands. Raises Later."""
        door = Door(self.submission_url, ACCEPTED, "", None)
        status, headers = await _head(session, door)
        if status == 401:
            door = self._signing_in(door, headers.getall("WWW-Authenticate", []))
            status, headers = await _head(session, door)
        if status in {401, 403}:
            raise Later(f"the server does not let {self.user} in ({status})")
        if status >= 500 or status == 429:
            seconds = headers.get("Retry-After", "")
            raise Later(f"the server answers {status}", float(seconds) if seconds.isdecimal() else None)
        if status != 204:
            raise Later(f"HEAD was answered with {status}, not 204: no OpenRosa server at {door.url}")
        url = urljoin(door.url, headers.get("Location", door.url))
        if urlsplit(url).hostname != urlsplit(door.url).hostname:
            raise Later(f"the server sends us on to another host, {urlsplit(url).hostname}")
        length = headers.get(LENGTH, "")
        most = int(length) if length.isdecimal() else ACCEPTED
        return Door(url, most, door.authorization, door.digest)

    def _signing_in(self, door: Door, challenges: Sequence[str]) -> Door:
        if self.user is None or self.password is None:
            raise Later("the server wants an account: set TOCNS_OPENROSA_PUSH_USER and _PASSWORD")
        if any(one.lower().startswith("digest") for one in challenges):
            digest = aiohttp.DigestAuthMiddleware(self.user, self.password)
            return Door(door.url, door.most, "", digest)
        parts = urlsplit(door.url)
        if parts.scheme != "https" and parts.hostname not in _LOCAL:
            raise Later("the server wants the password in clear, over http: use https")
        pair = b64encode(f"{self.user}:{self.password}".encode()).decode()
        return Door(door.url, door.most, f"Basic {pair}", None)

    async def send(self, session: aiohttp.ClientSession, door: Door, xml: bytes, files: list[File]) -> None:
        """Sends a submission whole; sending it again does no harm. Raises Later, Never."""
        if len(xml) > door.most:
            raise Never(f"its XML has {len(xml)} bytes, the server takes {door.most}")
        parts = list(_parts(len(xml), files, door.most))
        for number, part in enumerate(parts, 1):
            await _post(session, door, xml, part, last=number == len(parts))


def _parts(size: int, files: Sequence[File], most: int) -> Iterator[list[File]]:
    """The files in lots that fit beside the XML; at least one lot, and one file in each."""
    part: list[File] = []
    filled = size
    for file in files:
        if part and filled + len(file[1]) > most:
            yield part
            part, filled = [], size
        part.append(file)
        filled += len(file[1])
    yield part


def _headers(door: Door) -> dict[str, str]:
    headers = {VERSION: "1.0", "Date": formatdate(usegmt=True)}
    return headers | ({"Authorization": door.authorization} if door.authorization else {})


def _middlewares(door: Door) -> tuple[aiohttp.DigestAuthMiddleware, ...]:
    return () if door.digest is None else (door.digest,)


async def _head(session: aiohttp.ClientSession, door: Door) -> tuple[int, CIMultiDictProxy[str]]:
    try:
        async with session.head(
            door.url,
            headers=_headers(door),
            middlewares=_middlewares(door),
            allow_redirects=False,
        ) as answer:
            return answer.status, answer.headers
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Later(f"not reached: {type(error).__name__}") from error


async def _post(
    session: aiohttp.ClientSession, door: Door, xml: bytes, files: Sequence[File], *, last: bool
) -> None:
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field(XML_PART, xml, filename="submission.xml", content_type="text/xml")
    for name, data in files:
        form.add_field(name, data, filename=name, content_type="application/octet-stream")
    if not last:
        form.add_field("*isIncomplete*", "yes")
    try:
        async with session.post(
            door.url,
            data=form,
            headers=_headers(door),
            middlewares=_middlewares(door),
            allow_redirects=False,
        ) as answer:
            _judge(answer.status, await answer.text(errors="replace"), answer.headers.get("Retry-After", ""))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Later(f"not reached: {type(error).__name__}") from error


def _judge(status: int, body: str, retry_after: str) -> None:
    if status in {201, 202}:
        return
    said = f"{status} {message_of(body)}".strip()
    if status in {400, 409, 413, 415, 422}:
        raise Never(said)
    raise Later(said, float(retry_after) if retry_after.isdecimal() else None)
