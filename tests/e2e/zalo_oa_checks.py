"""What Zalo refuses: shapes, lengths and numbers of the messages and uploads of an Official Account."""

from collections.abc import Callable
from typing import Any

from aiohttp.web import FileField

MOST_TEXT, MOST_BUTTONS, MOST_TITLE, MOST_PAYLOAD, MOST_SUBTITLE = 2000, 5, 100, 1000, 500
_BUTTONS = {"oa.open.url", "oa.query.show", "oa.query.hide", "oa.open.sms", "oa.open.phone"}
_ENDINGS = {"image": ("jpg", "jpeg", "png"), "file": ("pdf", "doc", "docx", "csv")}
_LARGEST = {"image": 1 << 20, "file": 5 << 20}


class Fault(Exception):
    """The call is answered with this code, and HTTP status 200."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def check_message(message: Any, alive: Callable[[str, str], None]) -> None:
    """A body of message/cs. `alive` refuses a handle that is not an upload of that kind."""
    if not isinstance(message, dict) or message.keys() - {"text", "attachment", "quote_message_id"}:
        raise Fault(-201, "message is invalid")
    text, attachment = message.get("text"), message.get("attachment")
    if text is None and attachment is None:
        raise Fault(-201, "message is invalid")
    if text is not None and not (isinstance(text, str) and text):
        raise Fault(-201, "text is invalid")
    if text is not None and len(text.encode("utf-16-le")) // 2 > MOST_TEXT:
        raise Fault(-210, "text is over the limit")
    if attachment is not None:
        _check_attachment(attachment, alive)


def _check_attachment(attachment: dict[str, Any], alive: Callable[[str, str], None]) -> None:
    payload = attachment.get("payload", {})
    if attachment.get("type") == "file":
        alive("file", payload["token"])
        return
    if attachment.get("type") != "template":
        raise Fault(-201, "attachment type is invalid")
    kind = payload.get("template_type")
    if kind is None:
        _check_buttons(payload.get("buttons"))
    elif kind == "media":
        element = _one(payload)
        if element.get("media_type") != "image":
            raise Fault(-201, "media_type is invalid")
        alive("image", element["attachment_id"])
    elif kind == "request_user_info":
        element = _one(payload)
        if len(element["title"]) > MOST_TITLE or len(element["subtitle"]) > MOST_SUBTITLE:
            raise Fault(-201, "title is invalid")
    else:
        raise Fault(-233, "template_type is not supported")


def _one(payload: dict[str, Any]) -> dict[str, Any]:
    elements = payload.get("elements", [])
    if len(elements) != 1:
        raise Fault(-201, "elements is invalid")
    element: dict[str, Any] = elements[0]
    return element


def _check_buttons(buttons: Any) -> None:
    if not isinstance(buttons, list) or not 0 < len(buttons) <= MOST_BUTTONS:
        raise Fault(-201, "buttons is invalid")
    for button in buttons:
        if not 0 < len(button["title"]) <= MOST_TITLE or button["type"] not in _BUTTONS:
            raise Fault(-201, "button is invalid")
        if button["type"].startswith("oa.query") and not (
            isinstance(button["payload"], str) and 0 < len(button["payload"]) <= MOST_PAYLOAD
        ):
            raise Fault(-201, "payload is invalid")


def check_upload(kind: str, part: Any) -> bool:
    """Whether the upload gives a handle. Raises Fault for a file that is refused."""
    if not isinstance(part, FileField):
        raise Fault(-201, "file is invalid")
    name, dot, ending = part.filename.rpartition(".")
    if not name or not dot:
        return False
    if ending.lower() not in _ENDINGS[kind]:
        raise Fault(-201, "file type is invalid")
    if len(part.file.read()) > _LARGEST[kind]:
        raise Fault(-210, "file is over the limit")
    return True


def check_form(params: list[dict[str, Any]], data: Any, faults: tuple[int, int]) -> str:
    """The text of a template with its parameters filled. `faults`: the codes for missing and for too long."""
    if not isinstance(data, dict):
        raise Fault(faults[0], "template_data is missing")
    for param in params:
        value = data.get(param["name"])
        if param["require"] and not value:
            raise Fault(faults[0], f"{param['name']} is missing")
        if value and len(value) > param["maxLength"]:
            raise Fault(faults[1], f"{param['name']} is over the limit")
    return " | ".join(f"{name}: {value}" for name, value in data.items())
