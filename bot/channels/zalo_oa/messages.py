"""The bodies of `POST /v3.0/oa/message/cs` and of the two template calls. Pure.

https://docs.zaloplatforms.com/docs/OA, "Gửi tin tư vấn"; the limits are those of its tables.
"""

import unicodedata
from collections.abc import Callable
from typing import Any

from bot.channels.base import Button, Shown, Template

MOST_TEXT = 2000  # "1 đến 2.000 ký tự"; which characters is not said, so the stricter count: UTF-16 units
_TITLE, _SUBTITLE = 100, 500

Body = dict[str, Any]


def cs(address: str, shown: Shown, wrap: Callable[[Button], str]) -> Body:
    """A text, with its buttons where there are some; or the form that asks for a phone number."""
    message: Body = {"text": _composed(shown.text)}
    if shown.ask == "phone":
        message["attachment"] = _template("request_user_info", elements=[_request(shown)])
        message.pop("text")
    elif buttons := [button for row in shown.buttons for button in row]:
        # Without a `template_type`: text with buttons has none.
        message["attachment"] = _template(
            None,
            buttons=[
                {"title": _composed(b.label)[:_TITLE], "type": "oa.query.hide", "payload": wrap(b)}
                for b in buttons
            ],
        )
    return _to(address, message)


def image(address: str, attachment_id: str) -> Body:
    """A picture that was uploaded."""
    element = {"media_type": "image", "attachment_id": attachment_id}
    return _to(address, {"attachment": _template("media", elements=[element])})


def file(address: str, token: str) -> Body:
    """A document that was uploaded."""
    return _to(address, {"attachment": {"type": "file", "payload": {"token": token}}})


def by_user(address: str, template: Template) -> Body:
    """For `POST /v3.0/oa/message/template`."""
    return {"user_id": address, "template_id": template.id, "template_data": dict(template.values)}


def by_phone(template: Template, tracking_id: str) -> Body:
    """For `POST /message/template` of the business host: the number as 84…"""
    return {
        "phone": template.phone,
        "template_id": template.id,
        "template_data": dict(template.values),
        "tracking_id": tracking_id,
    }


def too_long(text: str) -> bool:
    """Whether Zalo would refuse the text, which it does rather than cut it."""
    return len(_composed(text).encode("utf-16-le")) // 2 > MOST_TEXT


def _request(shown: Shown) -> Body:
    title, _, subtitle = _composed(shown.text).partition("\n")
    return {"title": title[:_TITLE], "subtitle": (subtitle.strip() or title)[:_SUBTITLE]}


def _template(kind: str | None, **parts: Any) -> Body:
    payload = parts if kind is None else {"template_type": kind, **parts}
    return {"type": "template", "payload": payload}


def _to(address: str, message: Body) -> Body:
    return {"recipient": {"user_id": address}, "message": message}


def _composed(text: str) -> str:
    """NFC: the same Vietnamese sentence is a third longer otherwise."""
    return unicodedata.normalize("NFC", text)
