"""What an Official Account's webhook brings, said in neutral words, and whether it is Zalo that says it.

https://docs.zaloplatforms.com/docs/OA, "Webhook". Events of a kind that is not listed here are answered
with 200 and left out: receipts, "seen", reactions, tags, groups, anonymous visitors, and the echo of all that
the OA itself sends (`oa_send_*`).
"""

import hmac
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b, sha256
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bot.channels.base import Attachment, Incoming

Event = Mapping[str, Any]
Open = Callable[[str, str], tuple[str, str] | None]
"""(address, text) -> (payload, label) where the text is the tap of a button."""

_LONGEST_ID = 80
_PICTURES = frozenset({"jpg", "jpeg", "png", "image/jpeg", "image/png"})
_OTHER = {
    "user_send_sticker": "sticker",
    "user_send_gif": "sticker",
    "user_send_audio": "voice",
    "user_send_video": "video",
    "user_send_file": "file",
    "user_send_business_card": "contact",
}

log = logging.getLogger(__name__)


def signed(header: str, app_ids: tuple[str, ...], body: bytes, timestamp: str, secret: str) -> str | None:
    """The first of `app_ids` under which the signature holds, or None.

    `mac=` + hex(SHA-256(app id + body as received + the body's timestamp + the OA's secret key)): plain
    concatenation, no HMAC. The prefix may be missing.
    """
    given = header.strip().removeprefix("mac=").lower()
    found = None
    for app_id in app_ids:
        mac = sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()
        if hmac.compare_digest(given.encode("utf-8", "surrogateescape"), mac.encode()):
            found = found or app_id
    return found


def read_event(event: Event, channel: str, unwrap: Open) -> Incoming | None:
    """What the event means; None where there is nothing to store or answer.

    Raises KeyError, TypeError or ValueError for an event that has not the shape its name promises.
    """
    name = str(event.get("event_name", ""))
    read = _READERS.get(name)
    if read is None:
        return None
    address = _user(event)
    told: dict[str, Any] = {
        "channel": channel,
        "event_id": _event_id(name, event, address),
        "address": address,
        "at": datetime.fromtimestamp(int(event["timestamp"]) / 1000, UTC),
    }
    return Incoming(**told, **read(event, lambda text: unwrap(address, text)))


def _user(event: Event) -> str:
    """Whose deed it is: three families of events say it in three ways. Above 2^53, so never a float."""
    if "follower" in event:
        return str(event["follower"]["id"])
    if "sender" in event:
        return str(event["sender"]["id"])
    return str(event["user_id"])


def _event_id(name: str, event: Event, address: str) -> str:
    """By what a second delivery is known: the message's id; events without one by person and time."""
    message_id = (event.get("message") or {}).get("msg_id")
    event_id = f"{name}:{message_id}" if message_id else f"{name}:{address}:{event['timestamp']}"
    if len(event_id) > _LONGEST_ID:
        event_id = blake2b(event_id.encode(), digest_size=32).hexdigest()
    return event_id


# --------------------------------------------------------------------------- one reader a kind

Told = dict[str, Any]
Tap = Callable[[str], tuple[str, str] | None]


def _text(event: Event, tap: Tap) -> Told:
    text = str(event["message"]["text"])
    if tapped := tap(text):
        return {"payload": tapped[0], "text": tapped[1]}
    return {"text": text}


def _link(event: Event, _: Tap) -> Told:
    """A link is text; where Zalo took it out of the text, it is put back."""
    text, url = str(event["message"].get("text") or ""), str(_attached(event).get("url") or "")
    return {"text": text if url in text else f"{text} {url}".strip()}


def _image(event: Event, _: Tap) -> Told:
    photo = Attachment(str(_attached(event)["url"]), "image/jpeg")
    return {"photo": photo, "text": str(event["message"].get("text") or "")}


def _file(event: Event, _: Tap) -> Told:
    """A picture sent as a file is a picture."""
    payload = _attached(event)
    name = str(payload.get("name") or "")
    kind = str(payload.get("type") or "").lower() or name.rpartition(".")[2].lower()
    size = int(payload["size"]) if str(payload.get("size") or "").isdecimal() else None
    if kind not in _PICTURES:
        return {"other": "file", "file": Attachment(str(payload["url"]), size=size, name=name)}
    media_type = "image/png" if kind.endswith("png") else "image/jpeg"
    return {"photo": Attachment(str(payload["url"]), media_type, size)}


def _location(event: Event, _: Tap) -> Told:
    """Degrees come as strings. The name of the place that comes along is no answer."""
    place = _attached(event)["coordinates"]
    return {"latitude": float(place["latitude"]), "longitude": float(place["longitude"])}


def _other(event: Event, _: Tap) -> Told:
    return {"other": _OTHER[event["event_name"]]}


def _recorded(event: Event, _: Tap) -> Told:
    """Sound or video; its address ends as the file does."""
    url = str(_attached(event)["url"])
    name = PurePosixPath(urlsplit(url).path).name
    return {"other": _OTHER[event["event_name"]], "file": Attachment(url, name=name)}


def _followed(_event: Event, _: Tap) -> Told:
    """Who follows is greeted as who writes /start."""
    return {"text": "/start"}


def _left(_event: Event, _: Tap) -> Told:
    return {"deed": "left"}


def _opened(_event: Event, _: Tap) -> Told:
    """A tap on the OA's own button opens the window and says nothing."""
    return {"deed": "touched"}


def _submitted(event: Event, _: Tap) -> Told:
    """The form that asks for a phone number: older events have it as a number."""
    phone = "".join(filter(str.isdecimal, str(event["info"].get("phone") or "")))
    return {"phone": phone, "name": str(event["info"].get("name") or "")} if phone else {"deed": "touched"}


def _attached(event: Event) -> Mapping[str, Any]:
    payload: Mapping[str, Any] = event["message"]["attachments"][0]["payload"]
    return payload


_READERS: Mapping[str, Callable[[Event, Tap], Told]] = {
    "user_send_text": _text,
    "user_send_link": _link,
    "user_send_image": _image,
    "user_send_location": _location,
    "user_submit_info": _submitted,
    "follow": _followed,
    "unfollow": _left,
    "user_click_chatnow": _opened,
    **dict.fromkeys(_OTHER, _other),
    "user_send_file": _file,
    "user_send_audio": _recorded,
    "user_send_video": _recorded,
}
