"""The web chat's own files, read once and kept in memory, compressed: there are few and they are small."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from aiohttp import web

_STATIC = Path(__file__).parents[1] / "static"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_FILLED = (".html", ".webmanifest")


@dataclass(frozen=True, slots=True)
class _File:
    plain: bytes
    zipped: bytes
    media_type: str
    etag: str


class Pages:
    """Serves what lies in `static`. `words` fill the `$name` places of the page and the manifest."""

    def __init__(self, words: Mapping[str, str]) -> None:
        filling = {
            key.removeprefix("page."): escape(text) for key, text in words.items() if key.startswith("page.")
        }
        self._files = {
            path.name: _load(path, filling) for path in sorted(_STATIC.iterdir()) if path.suffix in _TYPES
        }

    async def index(self, request: web.Request) -> web.Response:
        """The page."""
        return self._answer(request, "index.html")

    async def file(self, request: web.Request) -> web.Response:
        """A file of the page by its name."""
        return self._answer(request, request.match_info["name"])

    def _answer(self, request: web.Request, name: str) -> web.Response:
        file = self._files.get(name)
        if file is None:
            raise web.HTTPNotFound
        # Asked for at every visit, and answered 304 with no body: so an update is seen at once.
        headers = {"Cache-Control": "no-cache", "ETag": file.etag, "Vary": "Accept-Encoding"}
        if request.headers.get("If-None-Match") == file.etag:
            return web.Response(status=304, headers=headers)
        zipped = "gzip" in request.headers.get("Accept-Encoding", "") and len(file.zipped) < len(file.plain)
        if zipped:
            headers["Content-Encoding"] = "gzip"
        return web.Response(
            body=file.zipped if zipped else file.plain,
            content_type=file.media_type,
            charset="utf-8" if file.media_type.startswith("text/") else None,
            headers=headers,
        )


def _load(path: Path, filling: Mapping[str, str]) -> _File:
    plain = path.read_bytes()
    if path.suffix in _FILLED:
        plain = Template(plain.decode()).substitute(filling).encode()
    etag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
    return _File(plain, gzip.compress(plain, mtime=0), _TYPES[path.suffix], etag)
