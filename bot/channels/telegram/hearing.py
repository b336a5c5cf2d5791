"""What Telegram brings, read by aiogram and said in neutral words."""

import itertools
import logging
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ContentType
from aiogram.exceptions import AiogramError, ClientDecodeError
from aiogram.methods import GetUpdates
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message, Update, Voice
from aiogram.utils.token import TokenValidationError
from pydantic import ValidationError

from bot.channels.base import Attachment, Incoming
from content.values import dataclass

HEARD = ("message", "callback_query")
"""The updates to ask for. Being blocked needs none: the next send tells, and who comes back writes."""

_POLL_SECONDS = 30
_ADDRESSED = re.compile(r"^(/\w+)@\w+")
_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic"})

_OTHER = {
    ContentType.STICKER: "sticker",
    ContentType.DICE: "sticker",
    ContentType.VOICE: "voice",
    ContentType.AUDIO: "voice",
    ContentType.VIDEO: "video",
    ContentType.VIDEO_NOTE: "video",
    ContentType.ANIMATION: "video",
    ContentType.STORY: "video",
    ContentType.DOCUMENT: "file",
    ContentType.POLL: "file",
    ContentType.CONTACT: "contact",
}
"""What a person sends that no question takes. The rest (pinned, joined, …) is the platform's own notices."""

log = logging.getLogger(__name__)


class Unheard(Exception):
    """Telegram gave no updates; the text is for the operator."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One update. `incoming` is None where there is nothing for us to answer; `pressed` is the id of the
    button's press that Telegram wants acknowledged.
    """

    update_id: int
    incoming: Incoming | None = None
    pressed: str | None = None


class Listener:
    """Asks the Bot API server at `api_url` for updates. Raises ValueError for what is no token."""

    def __init__(self, token: str, api_url: str) -> None:
        try:
            self._bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(api_url)))
        except TokenValidationError:
            raise ValueError(
                "TOCNS_TELEGRAM_TOKEN: not a token as @BotFather gives it (123456:ABC-…)"
            ) from None

    async def updates(self, offset: int | None) -> list[Heard]:
        """Up to 100 updates from `offset` on, in order; waits up to half a minute for the first. Confirms all
        before `offset`. Raises Unheard.
        """
        ask = GetUpdates(offset=offset, timeout=_POLL_SECONDS, allowed_updates=list(HEARD))
        try:
            return [heard_of(update) for update in await self._bot(ask, request_timeout=_POLL_SECONDS + 10)]
        except ClientDecodeError as error:
            # One update of a kind that aiogram does not know yet must not block all that come after it.
            if isinstance(error.data, dict) and error.data.get("ok"):
                return [_heard_alone(raw) for raw in error.data["result"]]
            raise Unheard("the answer is not the Bot API's") from None
        except AiogramError as error:
            # Conflict: a second process polls this bot. Unauthorized: the token was revoked.
            raise Unheard(type(error).__name__) from None

    async def close(self) -> None:
        """Closes the connections."""
        await self._bot.session.close()


def read_update(body: bytes) -> Heard:
    """The update that a webhook brought. Raises ValueError for what is no update at all; one that can't be
    read is nothing to answer, for refused it would be brought for ever.
    """
    raw = orjson.loads(body)
    with suppress(AttributeError, KeyError, TypeError, ValueError, OverflowError):  # odd: aiogram says how
        if (heard := _heard_plain(raw)) is not None:
            return heard
    try:
        return heard_of(Update.model_validate(raw))
    except ValidationError:
        with suppress(TypeError, KeyError):
            return _heard_alone(raw)
        raise ValueError("not an update") from None


def _heard_plain(raw: Any) -> Heard | None:
    """A line of text or a button's press, which is nearly all that comes; None for the rest, and for what is
    not quite as the Bot API has it: aiogram reads those. Its models cost as much CPU as the rest of the
    webhook (docs/performance.md), and patterns of `match` five times what these lines do; a test holds both
    ways of reading equal. Raises what an update of another shape raises.
    """
    update_id = raw["update_id"]
    if (message := raw.get("message")) is not None:
        text, at = message["text"], message["date"]
        chat, sender = message["chat"], message["from"]
        if not (text and at > 0 and _is_plain(update_id, text, at, chat, sender)):
            return None
        if text.startswith("/"):
            text = _ADDRESSED.sub(r"\1", text)
        moment = datetime.fromtimestamp(at, UTC)
        return Heard(update_id, _from(sender, update_id, chat["id"], moment, text))
    pressed = raw["callback_query"]
    under, press, payload, sender = pressed["message"], pressed["id"], pressed["data"], pressed["from"]
    number, at, chat = under["message_id"], under["date"], under["chat"]
    known = isinstance(press, str) and isinstance(number, int)
    if not (known and at > 0 and _is_plain(update_id, payload, at, chat, sender)):
        return None
    rows = under.get("reply_markup", {}).get("inline_keyboard", ())
    labels = (button["text"] for row in rows for button in row if button.get("callback_data") == payload)
    label, moment = next(labels, ""), datetime.now(UTC)
    incoming = _from(sender, update_id, chat["id"], moment, label, payload, str(number))
    return Heard(update_id, incoming, press)


def _is_plain(update_id: Any, text: Any, date: Any, chat: dict[str, Any], sender: dict[str, Any]) -> bool:
    """Whether each is of the Bot API's type, and somebody writes by themselves."""
    return (
        isinstance(update_id, int)
        and isinstance(text, str)
        and isinstance(date, int)
        and chat["type"] == "private"
        and isinstance(chat["id"], int)
        and isinstance(sender["id"], int)
        and isinstance(sender["first_name"], str)
    )


def _from(  # noqa: PLR0913, PLR0917 - what every message has, and what a press has besides
    sender: dict[str, Any],
    update_id: int,
    chat: int,
    at: datetime,
    text: str,
    payload: str | None = None,
    message: str = "",
) -> Incoming:
    first, last = sender["first_name"], sender.get("last_name")
    return Incoming(
        channel="telegram",
        event_id=str(update_id),
        address=str(chat),
        at=at,
        text=text,
        payload=payload,
        message=message,
        name=f"{first} {last}" if last else first,
        locale=sender.get("language_code") or "",
    )


def _heard_alone(raw: dict[str, Any]) -> Heard:
    try:
        return heard_of(Update.model_validate(raw))
    except ValidationError:
        log.warning("update %s is of a kind that can't be read; it is left out", raw["update_id"])
        return Heard(raw["update_id"])


def heard_of(update: Update) -> Heard:
    """What an update of any kind says, as aiogram reads it."""
    if update.callback_query is not None:
        press = update.callback_query
        return Heard(update.update_id, _pressed(update.update_id, press), press.id)
    if update.message is not None and update.message.chat.type == "private":
        return Heard(update.update_id, _said(update.update_id, update.message))
    return Heard(update.update_id)


def _said(update_id: int, message: Message) -> Incoming | None:
    text = message.text or message.caption or ""
    if text.startswith("/"):
        text = _ADDRESSED.sub(r"\1", text)
    place, photo, other = message.location, _photo(message), None
    if not (message.text or place or photo):
        other = _OTHER.get(ContentType(message.content_type))
        if other is None:
            return None
    sender = message.from_user
    return Incoming(
        channel="telegram",
        event_id=str(update_id),
        address=str(message.chat.id),
        at=message.date,
        text=text,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        accuracy=place.horizontal_accuracy if place else None,
        photo=photo,
        other=other,
        file=_file(message) if other in {"voice", "video", "file"} else None,
        name=sender.full_name if sender else "",
        locale=(sender.language_code or "") if sender else "",
    )


def _pressed(update_id: int, press: CallbackQuery) -> Incoming | None:
    message = press.message
    if press.data is None or message is None or message.chat.type != "private":
        return None
    markup = message.reply_markup if isinstance(message, Message) else None
    return Incoming(
        channel="telegram",
        event_id=str(update_id),
        address=str(message.chat.id),
        at=datetime.now(UTC),  # a press carries no time of its own
        text=_label(markup, press.data),
        payload=press.data,
        message=str(message.message_id),
        name=press.from_user.full_name,
        locale=press.from_user.language_code or "",
    )


def _label(markup: InlineKeyboardMarkup | None, payload: str) -> str:
    """What the pressed button said; "" where the message is too old for Telegram to bring it along."""
    buttons = itertools.chain.from_iterable(markup.inline_keyboard if markup else ())
    return next((button.text for button in buttons if button.callback_data == payload), "")


def _photo(message: Message) -> Attachment | None:
    """The largest size of a photo; a picture sent as a file counts as well."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Attachment(largest.file_id, "image/jpeg", largest.file_size)
    document = message.document
    if document is not None and document.mime_type in _PICTURES:
        return Attachment(document.file_id, document.mime_type, document.file_size)
    return None


def _file(message: Message) -> Attachment | None:
    came = message.document or message.audio or message.voice or message.video or message.animation
    if came is None:
        note = message.video_note
        return Attachment(note.file_id, "video/mp4", note.file_size) if note is not None else None
    name = "" if isinstance(came, Voice) else came.file_name or ""
    return Attachment(came.file_id, came.mime_type or "", came.file_size, name=name)
