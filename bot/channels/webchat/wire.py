"""What goes between the web chat's page and the server: JSON in, JSON out."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from bot.channels.base import Shown

MESSAGE_ID = re.compile(r"[0-9]{1,18}")
EVENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PAYLOAD_LIMIT = 64
PICTURES = frozenset({"image/png", "image/jpeg", "image/webp"})
"""What a browser shows in the page; any other file is offered for download."""


class Refusal(web.HTTPException):
    """An answer other than "received"; whoever reads it learns what to do."""

    def __init__(self, status: int, body: dict[str, Any], headers: Mapping[str, str]) -> None:
        self.status_code = status
        super().__init__(headers=headers, text=orjson.dumps(body).decode(), content_type="application/json")


def answer(value: object) -> web.Response:
    """JSON that nobody on the way keeps."""
    return web.Response(
        body=orjson.dumps(value), content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def read(body: bytes) -> dict[str, Any]:
    """What the page gives of an Incoming, by field, and the `id`. Raises ValueError, TypeError or
    KeyError.
    """
    given = orjson.loads(body)
    said: dict[str, Any] = {"id": given["id"], "text": given.get("text", ""), "payload": given.get("payload")}
    if not EVENT_ID.fullmatch(said["id"]) or not isinstance(said["text"], str):
        raise ValueError("id or text")
    if "message" in given:
        said["message"] = str(given["message"])
        if not MESSAGE_ID.fullmatch(said["message"]):
            raise ValueError("message")
    if said["payload"] is not None and not _is_payload(said["payload"]):
        raise ValueError("payload")
    # PostgreSQL takes no NUL in text, and nobody types one.
    said["text"] = said["text"].replace("\x00", "")
    if "latitude" in given:
        said["latitude"] = _number(given["latitude"], -90, 90)
        said["longitude"] = _number(given["longitude"], -180, 180)
        said["accuracy"] = None if given.get("accuracy") is None else _number(given["accuracy"], 0, 1e7)
    return said


def _is_payload(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.encode()) <= PAYLOAD_LIMIT and "\x00" not in value


def _number(value: object, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError("number")
    return float(value)


def told(shown: Shown) -> dict[str, Any]:
    """A message as the page takes it. A file's bytes are fetched apart."""
    message: dict[str, Any] = {"type": "shown", "id": shown.id, "text": shown.text}
    if shown.buttons:
        message["buttons"] = [
            [{"label": button.label, "payload": button.payload} for button in row] for row in shown.buttons
        ]
    if shown.replaces:
        message["replaces"] = int(shown.replaces)
    if shown.ask:
        message["ask"], message["ask_label"] = shown.ask, shown.ask_label
    if shown.data is not None:
        message["file"] = {"name": shown.file_name, "image": shown.media_type in PICTURES}
    return message
