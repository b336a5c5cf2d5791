"""What every answer of an OpenRosa server has in common: https://docs.getodk.org/openrosa-http/"""

from email.utils import formatdate
from xml.sax.saxutils import escape

from aiohttp import web

VERSION = "X-OpenRosa-Version"
LENGTH = "X-OpenRosa-Accept-Content-Length"


def headers() -> dict[str, str]:
    """The headers that the protocol asks for."""
    return {VERSION: "1.0", "Date": formatdate(usegmt=True), "Content-Language": "vi"}


def document(text: str) -> web.Response:
    """An XML document."""
    return web.Response(body=text.encode(), content_type="text/xml", charset="utf-8", headers=headers())


def message(status: int, text: str, **more: str) -> web.Response:
    """The envelope that clients show to the person."""
    nature = "submit_success" if status < 300 else "submit_failure"
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response">'
        f'<message nature="{nature}">{escape(text)}</message></OpenRosaResponse>'
    )
    return web.Response(
        status=status,
        body=body.encode(),
        content_type="text/xml",
        charset="utf-8",
        headers={**headers(), **more},
    )
