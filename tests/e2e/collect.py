"""ODK Collect as a server sees it: scans a settings code, takes forms in, fills them in, sends them.

It does over HTTP what the app does, step by step, and shares no code with the server: Digest by RFC 2617,
hashes checked on arrival, HEAD before POST, parts no larger than the server said, and 201 or 202 as the only
successes.
"""

import base64
import hashlib
import json
import re
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
from lxml import etree

LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
RESPONSE = "{http://openrosa.org/http/response}"
XFORMS = "{http://www.w3.org/2002/xforms}"


class Failed(Exception):
    """What Collect shows under “Sent failed”; the form stays on the phone."""


@dataclass
class Blank:
    """A blank form on the phone, with its media."""

    form_id: str
    version: str
    hash: str
    xml: bytes
    media: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Filled:
    """A finalized form with its files."""

    xml: bytes
    instance_id: str
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Collect:
    """One phone. `basic` signs in with Basic, as the app does over https."""

    server_url: str
    username: str
    password: str
    basic: bool = False
    forms: dict[str, Blank] = field(default_factory=dict)
    accepted: int = 10_000_000
    posts: int = 0
    _challenge: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    @classmethod
    def scan(cls, text: str) -> "Collect":
        """Sets itself up from what a settings code says."""
        settings = json.loads(zlib.decompress(base64.b64decode(text)))
        assert settings["admin"] == {}
        general = settings["general"]
        return cls(general["server_url"], general["username"], general["password"])

    # ----------------------------------------------------------------- blank forms

    async def refresh(self) -> list[str]:
        """Makes the forms on the phone the same as the server's; the ids of those that were downloaded."""
        status, headers, body = await self._call("GET", f"{self.server_url}/formList")
        if status == 401:
            raise Failed("authentication")
        assert status == 200, body
        assert headers["X-OpenRosa-Version"] == "1.0"
        assert headers["Content-Type"].startswith("text/xml")
        listed = etree.fromstring(body)
        assert listed.tag == f"{LIST}xforms"
        downloaded, there = [], set()
        for one in listed:
            said = {child.tag.removeprefix(LIST): child.text or "" for child in one}
            there.add(said["formID"])
            if await self._take(said):
                downloaded.append(said["formID"])
        self.forms = {name: form for name, form in self.forms.items() if name in there}
        return downloaded

    async def _take(self, said: Mapping[str, str]) -> bool:
        known = self.forms.get(said["formID"])
        media = await self._manifest(said["manifestUrl"]) if "manifestUrl" in said else {}
        if known and known.hash == said["hash"] and known.media == media:
            return False
        _, _, xml = await self._call("GET", said["downloadUrl"])
        assert f"md5:{hashlib.md5(xml).hexdigest()}" == said["hash"]
        self.forms[said["formID"]] = Blank(said["formID"], said["version"], said["hash"], xml, media)
        return True

    async def _manifest(self, url: str) -> dict[str, bytes]:
        _, _, body = await self._call("GET", url)
        files = {}
        for one in etree.fromstring(body):
            assert one.tag == f"{MANIFEST}mediaFile"
            _, _, data = await self._call("GET", one.findtext(f"{MANIFEST}downloadUrl"))
            assert f"md5:{hashlib.md5(data).hexdigest()}" == one.findtext(f"{MANIFEST}hash")
            files[one.findtext(f"{MANIFEST}filename")] = data
        return files

    # ----------------------------------------------------------------- filling in

    def fill(
        self, form_id: str, answers: Mapping[str, str], *, edits: "Filled | None" = None, **files: bytes
    ) -> Filled:
        """Fills in the blank form: `answers` by question name, questions without one are irrelevant or blank.

        With `edits` the form is a finalized one, edited. `files` are given by name without ".jpg".
        """
        model = etree.fromstring(self.forms[form_id].xml).find(f".//{XFORMS}instance")
        root = model[0]
        for node in root.iter():
            name = etree.QName(node).localname
            if name in answers:
                node.text = answers[name]
        meta = next(node for node in root.iter() if etree.QName(node).localname == "meta")
        identity = f"uuid:{uuid4()}"
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        for name, text in {"instanceID": identity, "timeStart": now, "timeEnd": now}.items():
            found = meta.find(f"{{*}}{name}")
            if found is not None:
                found.text = text
        if edits is not None:
            etree.SubElement(meta, meta[0].tag.replace("instanceID", "deprecatedID")).text = edits.instance_id
        xml = re.sub(rb' xmlns(:\w+)?="http://www.w3.org/[^"]*"', b"", etree.tostring(root))
        return Filled(xml, identity, {f"{name}.jpg": data for name, data in files.items()})

    # ----------------------------------------------------------------- sending

    async def send(self, filled: Filled) -> str:
        """Sends a finalized form; what the server said. Raises Failed where it stays on the phone."""
        url = f"{self.server_url}/submission?deviceID=collect%3Atest"
        status, headers, _ = await self._call("HEAD", url)
        if status == 401:
            raise Failed("authentication")
        if status != 204:
            raise Failed(f"HEAD {status}")
        self.accepted = int(headers.get("X-OpenRosa-Accept-Content-Length", self.accepted))
        if "Location" in headers:
            assert urlsplit(headers["Location"]).hostname == urlsplit(url).hostname
            url = headers["Location"] + "?deviceID=collect%3Atest"
        said, left = "", list(filled.files.items())
        while True:
            part, size = {}, len(filled.xml)
            while left and (not part or size + len(left[0][1]) <= self.accepted):
                name, data = left.pop(0)
                part[name] = data
                size += len(data)
            said = await self._post(url, filled.xml, part, more=bool(left))
            if not left:
                return said

    async def _post(self, url: str, xml: bytes, files: Mapping[str, bytes], *, more: bool) -> str:
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("xml_submission_file", xml, filename="khao-sat.xml", content_type="text/xml")
        for name, data in files.items():
            form.add_field(name, data, filename=name, content_type="image/jpeg")
        if more:
            form.add_field("*isIncomplete*", "yes")
        self.posts += 1
        status, headers, body = await self._call("POST", url, form)
        assert headers["X-OpenRosa-Version"] == "1.0"
        said = etree.fromstring(body).findtext(f"{RESPONSE}message") if body else ""
        if status not in {201, 202}:
            raise Failed(f"{status} {said}")
        return f"{status} {said}"

    # ----------------------------------------------------------------- HTTP

    async def _call(self, method: str, url: str, data: Any = None) -> tuple[int, Mapping[str, str], bytes]:
        async with aiohttp.ClientSession() as session:
            for attempt in (1, 2):
                headers = {
                    "X-OpenRosa-Version": "1.0",
                    "Date": format_datetime(datetime.now(UTC), usegmt=True),
                    **self._credentials(method, url),
                }
                call = session.request(method, url, headers=headers, data=data, allow_redirects=False)
                async with call as answer:
                    if answer.status == 401 and attempt == 1 and self._asked(answer.headers):
                        continue
                    return answer.status, answer.headers, await answer.read()
        raise AssertionError("unreachable")

    def _asked(self, headers: Any) -> bool:
        """Whether the server's challenge can be met with what is not tried yet."""
        before = self._challenge.get("nonce")
        for challenge in headers.getall("WWW-Authenticate"):
            if challenge.startswith("Basic") and self.basic:
                return False
            if challenge.startswith("Digest"):
                self._challenge = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        return not self.basic and self._challenge.get("nonce") != before

    def _credentials(self, method: str, url: str) -> dict[str, str]:
        if self.basic:
            pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        if not self._challenge:
            return {}
        parts = urlsplit(url)
        uri = parts.path + (f"?{parts.query}" if parts.query else "")
        self._count += 1
        nc, cnonce = f"{self._count:08x}", secrets.token_hex(8)
        nonce, realm = self._challenge["nonce"], self._challenge["realm"]
        one = _md5(f"{self.username}:{realm}:{self.password}")
        response = _md5(f"{one}:{nonce}:{nc}:{cnonce}:auth:{_md5(f'{method}:{uri}')}")
        return {
            "Authorization": (
                f'Digest username="{self.username}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
                f'qop=auth, nc={nc}, cnonce="{cnonce}", response="{response}", algorithm=MD5'
            )
        }


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
