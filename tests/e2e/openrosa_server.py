"""A small OpenRosa server that checks what the protocol demands of who sends to it, and forgives nothing.

What it finds wrong is in `faults`, and answered with 400. Its rules are those of the specification
(https://docs.getodk.org/openrosa-form-submission/, openrosa-http, openrosa-authentication) and of what ODK
Central does beyond it: an instance is known by its instanceID, the same again is taken again, another under
that id is a conflict, and what deprecates an instance that is not there is refused.
"""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Literal

from aiohttp import web
from lxml import etree

USER, PASSWORD, REALM = "huyen", "mat khau cua may chu", "central"
NONCE = "7d2c9e5f"


@dataclass
class Instance:
    """A submission that was taken."""

    form: str
    version: str
    xml: bytes
    deprecates: str
    files: dict[str, bytes] = field(default_factory=dict)
    complete: bool = False


@dataclass
class OpenRosaServer:
    """Serves `/submission`, signed in by Basic or Digest. `down` answers 503; `most` is what it takes."""

    auth: Literal["basic", "digest", "none"] = "digest"
    most: int = 10_000_000
    forms: frozenset[str] = frozenset({"khao-sat-ho"})
    location: str = "/v1/submission"
    taken: dict[str, Instance] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    posts: int = 0
    down: bool = False
    url: str = ""
    _shaken: bool = False
    _counts: set[str] = field(default_factory=set)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> "OpenRosaServer":
        app = web.Application(client_max_size=1 << 30)
        app.router.add_head("/submission", self._head)
        app.router.add_post(self.location, self._post)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    # ----------------------------------------------------------------- the two requests

    async def _head(self, request: web.Request) -> web.Response:
        refusal = self._check(request)
        if refusal is not None:
            return refusal
        self._shaken = True
        where = f"{self.url}{self.location}"
        return self._answer(
            204, headers={"Location": where, "X-OpenRosa-Accept-Content-Length": str(self.most)}
        )

    async def _post(self, request: web.Request) -> web.Response:
        self.posts += 1
        refusal = self._check(request)
        if refusal is not None:
            return refusal
        if not self._shaken:
            return self._wrong("POST without a HEAD before it")
        if request.content_type != "multipart/form-data":
            return self._wrong(f"content type {request.content_type}")
        parts = await self._parts(request)
        if isinstance(parts, str):
            return self._wrong(parts)
        xml, files, more = parts
        if len(xml) + sum(map(len, files.values())) > self.most and len(files) > 1:
            return self._wrong("several files, and more than was said to be taken")
        return self._take(xml, files, more)

    async def _parts(self, request: web.Request) -> tuple[bytes, dict[str, bytes], bool] | str:
        xml, files, more, first = b"", {}, False, True
        data = await request.post()
        for name, part in data.items():
            if name == "xml_submission_file":
                if not first:
                    return "the XML is not the first part"
                if not isinstance(part, web.FileField) or part.content_type != "text/xml":
                    return "the XML is no file of type text/xml"
                xml = part.file.read()
            elif name == "*isIncomplete*":
                more = part == "yes"
            elif isinstance(part, web.FileField) and part.filename == name:
                files[name] = part.file.read()
            else:
                return f"part {name} is no file of that name"
            first = False
        return (xml, files, more) if xml else "no part xml_submission_file"

    def _take(self, xml: bytes, files: dict[str, bytes], more: bool) -> web.Response:
        root = etree.fromstring(xml)
        form, version = root.get("id"), root.get("version")
        meta = next((child for child in root if etree.QName(child).localname == "meta"), None)
        said = {etree.QName(child).localname: child.text or "" for child in ([] if meta is None else meta)}
        identity, deprecates = said.get("instanceID", ""), said.get("deprecatedID", "")
        if form not in self.forms:
            return self._answer(404, "no such form")
        if not version or not re.fullmatch(r"uuid:[0-9a-f-]{36}", identity):
            return self._wrong(f"version {version}, instanceID {identity}")
        if deprecates and deprecates not in self.taken:
            return self._wrong(f"{identity} deprecates {deprecates}, which is not here")
        known = self.taken.get(identity)
        if known is not None and known.xml != xml:
            return self._answer(409, "another submission has this instanceID")
        if known is None:
            self.order.append(identity)
            known = self.taken[identity] = Instance(form, version, xml, deprecates)
        known.files |= files
        known.complete = known.complete or not more
        if known.complete and not set(re.findall(rb">([\w-]+\.jpg)<", xml)) <= {
            name.encode() for name in known.files
        }:
            return self._wrong(f"{identity}: files are missing")
        return self._answer(202 if more else 201, "full submission upload was successful!")

    # ----------------------------------------------------------------- what every request must have

    def _check(self, request: web.Request) -> web.Response | None:
        if request.headers.get("X-OpenRosa-Version") != "1.0":
            return self._wrong("no X-OpenRosa-Version: 1.0")
        try:
            parsedate_to_datetime(request.headers.get("Date", ""))
        except ValueError:
            return self._wrong("no Date")
        if self.down:
            return self._answer(503, "down", headers={"Retry-After": "30"})
        given = request.headers.get("Authorization")
        if self.auth == "none" or (given and self._knows(request, given)):
            return None
        challenge = (
            f'Digest realm="{REALM}", qop="auth", nonce="{NONCE}"'
            if self.auth == "digest"
            else f'Basic realm="{REALM}"'
        )
        return self._answer(401, headers={"WWW-Authenticate": challenge})

    def _knows(self, request: web.Request, given: str) -> bool:
        if self.auth == "basic":
            return given == "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        said = {
            name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', given)
        }
        if said.get("nonce") != NONCE or said.get("uri") != request.raw_path or said.get("qop") != "auth":
            return False
        if said["nc"] + said["cnonce"] in self._counts:
            self.faults.append("a nonce count was used twice")
        self._counts.add(said["nc"] + said["cnonce"])
        one, two = _md5(f"{USER}:{REALM}:{PASSWORD}"), _md5(f"{request.method}:{said['uri']}")
        return said["response"] == _md5(f"{one}:{NONCE}:{said['nc']}:{said['cnonce']}:auth:{two}")

    def _wrong(self, why: str) -> web.Response:
        self.faults.append(why)
        return self._answer(400, why)

    def _answer(self, status: int, text: str = "", headers: dict[str, str] | None = None) -> web.Response:
        body = (
            '<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">'
            f'<message nature="">{text}</message></OpenRosaResponse>'
        )
        return web.Response(
            status=status,
            body=body.encode() if text else None,
            content_type="text/xml",
            headers={"X-OpenRosa-Version": "1.0", **(headers or {})},
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
