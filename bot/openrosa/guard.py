"""Who asks: Digest and Basic authentication with a member's app password.

https://docs.getodk.org/openrosa-authentication/, https://www.rfc-editor.org/rfc/rfc2617. Collect answers
Digest wherever it is asked for it, and Basic over https only.
"""

import re
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from urllib.parse import unquote

from aiohttp import web
from multidict import CIMultiDict

from bot.openrosa.answers import message
from content.collect import REALM, ha1, hex_md5, person_of
from content.people import Person
from content.words import say
from storage import app_passwords, people
from storage.database import Connection, Database

NONCE_LIFE = 600
"""Seconds for which a nonce serves. What comes twice in that time is taken once: nothing is gained by it."""
_PART = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets in whoever knows the app password of a person."""

    database: Database
    now: Callable[[], datetime]
    locale: str

    async def person(self, request: web.Request) -> Person | None:
        """Who asks, with their roles of today; None where it is nobody: then `refuse`."""
        kind, _, rest = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "digest":
            return await self._digest(request, rest)
        if kind.lower() == "basic":
            return await self._basic(rest)
        return None

    def refuse(self, request: web.Request) -> web.Response:
        """401, with the two ways to sign in."""
        stale = self._is_stale(request.headers.get("Authorization", ""))
        challenge = f'Digest realm="{REALM}", qop="auth", algorithm=MD5, nonce="{self._nonce()}"'
        answer = message(401, say(self.locale, "offline.sign_in"))
        ways = CIMultiDict(answer.headers)
        ways.add("WWW-Authenticate", f"{challenge}, stale=true" if stale else challenge)
        ways.add("WWW-Authenticate", f'Basic realm="{REALM}", charset="UTF-8"')
        return web.Response(status=401, body=answer.body, headers=ways)

    # ----------------------------------------------------------------- the two ways

    async def _basic(self, credentials: str) -> Person | None:
        try:
            username, _, password = b64decode(credentials, validate=True).decode().partition(":")
        except (BadBase64, UnicodeDecodeError):
            return None
        return await self._known(username, lambda kept: compare_digest(kept, ha1(username.strip(), password)))

    async def _digest(self, request: web.Request, text: str) -> Person | None:
        given = {name.lower(): quoted or bare for name, quoted, bare in _PART.findall(text)}
        if given.get("realm") != REALM or given.get("algorithm", "MD5").upper() != "MD5":
            return None
        if not self._is_fresh(given.get("nonce", "")) or not _means(given.get("uri", ""), request):
            return None
        body = hex_md5(f"{request.method}:{given['uri']}")
        middle = given["nonce"]
        if given.get("qop"):
            middle = ":".join((middle, given.get("nc", ""), given.get("cnonce", ""), given["qop"]))
        response = given.get("response", "").lower()

        def fits(kept: str) -> bool:
            return compare_digest(hex_md5(f"{kept}:{middle}:{body}").encode(), response.encode())

        return await self._known(given.get("username", ""), fits)

    async def _known(self, username: str, fits: Callable[[str], bool]) -> Person | None:
        person_id = person_of(username)
        if person_id is None:
            return None

        def look(conn: Connection) -> Person | None:
            kept = app_passwords.find(conn, person_id)
            if kept is None or not fits(kept):
                return None
            return people.find(conn, person_id, self.now().date())

        return await self.database.read(look)

    # ----------------------------------------------------------------- nonces, known to every process

    def _nonce(self) -> str:
        seconds = f"{int(self.now().timestamp()):x}"
        return f"{seconds}-{self._mark(seconds)}"

    def _mark(self, seconds: str) -> str:
        return self.database.vault.fingerprint("openrosa nonce", seconds).hex()

    def _is_ours(self, nonce: str) -> bool:
        seconds, _, mark = nonce.partition("-")
        return compare_digest(mark.encode(), self._mark(seconds).encode())

    def _is_fresh(self, nonce: str) -> bool:
        if not self._is_ours(nonce):
            return False
        age = self.now().timestamp() - int(nonce.partition("-")[0], 16)
        return -60 <= age <= NONCE_LIFE

    def _is_stale(self, authorization: str) -> bool:
        """Whether it was a nonce of ours that is too old: the client then tries again by itself."""
        found = re.search(r'nonce="([0-9a-f]+-[0-9a-f]+)"', authorization)
        return found is not None and self._is_ours(found[1]) and not self._is_fresh(found[1])


def _means(uri: str, request: web.Request) -> bool:
    """Whether the signed address is what was asked for: its path, or the whole of it; a proxy between may
    have written it with other escapes."""
    path = unquote(request.raw_path)
    return unquote(uri) in {path, f"{request.scheme}://{request.host}{path}"}
