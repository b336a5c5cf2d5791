"""The people of the emulator: what they do with their phone, and what they see on it."""

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from tests.e2e.bot_api_updates import Fault

if TYPE_CHECKING:
    from tests.e2e.bot_api import BotApi

Message = dict[str, Any]
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 2000 + b"\xff\xd9"


class Person:
    """Somebody who talks to the bot. `messages` is the private chat, both sides, as it stands now."""

    def __init__(self, api: "BotApi", id: int, name: str, language: str) -> None:  # noqa: A002
        self.api, self.id, self.name, self.language = api, id, name, language
        self.messages: list[Message] = []
        self.keyboard: list[list[dict[str, Any]]] = []
        self.spinning: set[str] = set()
        self.toasts: list[str] = []
        self.known = False
        self.blocked = False
        self._told: list[Message] = []
        self._read = 0
        self._answered = asyncio.Condition()

    # ------------------------------------------------------------------ what they do

    async def type(self, text: str) -> int:
        """Sends a text. Like all that follow, gives the update's id."""
        entities = {}
        if text.startswith("/"):
            entities = {
                "entities": [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
            }
        return await self._send({"text": text, **entities})

    async def tap(self, label: str) -> int:
        """Presses a button: under the text field, or under the newest message that has it."""
        for button in (button for row in self.keyboard for button in row):
            if button["text"] == label:
                self.keyboard = []
                return await (self.location() if button.get("request_location") else self.type(label))
        for message in reversed(self.messages):
            for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
                for button in row:
                    if button["text"] == label:
                        return await self.press(message, button["callback_data"])
        raise LookupError(f"{label!r} is on no button:\n{self.screen()}")

    async def press(self, message: Message, data: str) -> int:
        """Presses a button of any message, however old."""
        press = {
            "id": str(self.api.next_id()),
            "from": self._user(),
            "chat_instance": str(self.id),
            "data": data,
        }
        self.spinning.add(press["id"])
        return await self.api.updates.happen("callback_query", {**press, "message": message}, self.id)

    async def photo(self, data: bytes = JPEG, caption: str = "") -> int:
        return await self._send(
            {"photo": self.api.photo_sizes(data), **({"caption": caption} if caption else {})}
        )

    async def document(self, name: str, media_type: str, data: bytes = b"%PDF-1.7") -> int:
        return await self._send(
            {"document": {**self.api.keep(data), "file_name": name, "mime_type": media_type}}
        )

    async def location(
        self, latitude: float = 10.7769, longitude: float = 105.9953, accuracy: float = 12.5
    ) -> int:
        place = {"latitude": latitude, "longitude": longitude, "horizontal_accuracy": accuracy}
        return await self._send({"location": place})

    async def sticker(self) -> int:
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return await self._send({"sticker": {**self.api.keep(b"RIFF"), **shape}})

    async def voice(self, data: bytes = b"OggS") -> int:
        return await self._send({"voice": {**self.api.keep(data), "duration": 3}})

    async def video(self) -> int:
        size = {"width": 640, "height": 480, "duration": 4}
        return await self._send({"video": {**self.api.keep(b"ftyp"), **size}})

    async def contact(self) -> int:
        return await self._send({"contact": {"phone_number": "+84900000000", "first_name": "Bảy"}})

    async def edit(self, message: Message, text: str) -> int:
        """Changes a message they sent."""
        message |= {"text": text, "edit_date": int(time.time())}
        return await self.api.updates.happen("edited_message", message, self.id)

    async def type_in_group(self, text: str) -> int:
        group = {"id": -1001234567890, "type": "supergroup", "title": "Ấp 2"}
        message = {**self._message({"text": text}, self._user()), "chat": group}
        return await self.api.updates.happen("message", message, group["id"])

    async def block(self) -> None:
        self.blocked = True

    async def unblock(self) -> None:
        self.blocked = False

    # ------------------------------------------------------------------ what they see

    async def answer(self, timeout: float = 5) -> Message:  # noqa: ASYNC109
        """The bot's next message that was not read yet, new or changed. TimeoutError tells what is on the
        screen."""
        async with self._answered:
            try:
                async with asyncio.timeout(timeout):
                    await self._answered.wait_for(lambda: len(self._told) > self._read)
            except TimeoutError:
                raise TimeoutError(f"no answer; {self.name} sees:\n{self.screen()}") from None
        self._read += 1
        return self._told[self._read - 1]

    def screen(self) -> str:
        """The chat as text: buttons in brackets, those under the text field at the end."""
        lines = [line for message in self.messages for line in self._lines(message)]
        return "\n".join([*lines, *map(_row, self.keyboard)])

    def _lines(self, message: Message) -> list[str]:
        kind = next(
            (k for k in ("photo", "document", "location", "sticker", "voice", "video") if k in message), ""
        )
        who = "bot" if message["from"]["is_bot"] else self.name
        said = " ".join(
            filter(None, (kind and f"<{kind}>", message.get("text") or message.get("caption", "")))
        )
        return [f"{who}: {said}", *map(_row, message.get("reply_markup", {}).get("inline_keyboard", ()))]

    # ------------------------------------------------------------------ what the server does to their chat

    def receive(self, content: dict[str, Any], markup: Any) -> Message:
        """A message of the bot arrives."""
        _check_markup(markup or {})
        message = self._message(content, self.api.me)
        self._place(message, markup)
        self.messages.append(message)
        self._notice(message)
        return message

    def see_edited(self, message_id: int, text: str | None, markup: Any) -> Message:
        _check_markup(markup or {})
        message = self._bots(message_id, "edit")
        before = orjson.dumps((message.get("text"), message.get("reply_markup")))
        if text is not None:
            message["text"] = text
        message.pop("reply_markup", None)
        self._place(message, markup)
        if orjson.dumps((message.get("text"), message.get("reply_markup"))) == before:
            raise Fault(400, "Bad Request: message is not modified")
        message["edit_date"] = int(time.time())
        self._notice(message)
        return message

    def see_deleted(self, message_id: int) -> None:
        self.messages.remove(self._bots(message_id, "delete"))

    # ------------------------------------------------------------------ within

    async def _send(self, content: dict[str, Any]) -> int:
        self.known = True
        message = self._message(content, self._user())
        self.messages.append(message)
        return await self.api.updates.happen("message", message, self.id)

    def _user(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": self.language}

    def _message(self, content: dict[str, Any], sender: dict[str, Any]) -> Message:
        chat = {"id": self.id, "type": "private", "first_name": self.name}
        return {
            "message_id": self.api.next_id(),
            "from": sender,
            "chat": chat,
            "date": int(time.time()),
            **content,
        }

    def _place(self, message: Message, markup: Any) -> None:
        """An inline keyboard belongs to its message; the other belongs to the chat."""
        if not markup:
            return
        if "inline_keyboard" in markup:
            message["reply_markup"] = markup
        elif "keyboard" in markup:
            self.keyboard = [
                [{"text": b} if isinstance(b, str) else b for b in row] for row in markup["keyboard"]
            ]
        elif markup.get("remove_keyboard"):
            self.keyboard = []

    def _bots(self, message_id: int, verb: str) -> Message:
        for message in self._from_bot():
            if message["message_id"] == message_id:
                return message
        raise Fault(400, f"Bad Request: message to {verb} not found")

    def _from_bot(self) -> list[Message]:
        return [message for message in self.messages if message["from"]["is_bot"]]

    def _notice(self, message: Message) -> None:
        self._told.append(message)

        async def tell() -> None:
            async with self._answered:
                self._answered.notify_all()

        self._telling = asyncio.create_task(tell())


def _row(row: Sequence[dict[str, Any]]) -> str:
    return "  " + "".join(f"[{button['text']}]" for button in row)


def _check_markup(markup: dict[str, Any]) -> None:
    inline = [button for row in markup.get("inline_keyboard", ()) for button in row]
    if len(inline) > 100:
        raise Fault(400, "Bad Request: reply markup is too long")
    for button in inline:
        if not button.get("text"):
            raise Fault(400, "Bad Request: can't parse inline keyboard button: text must be non-empty")
        if len(button) != 2:
            raise Fault(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
        if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
            raise Fault(400, "Bad Request: BUTTON_DATA_INVALID")
    for button in (button for row in markup.get("keyboard", ()) for button in row):
        if not (button if isinstance(button, str) else button.get("text")):
            raise Fault(400, "Bad Request: can't parse keyboard button: text must be non-empty")


# --------------------------------------------------------------------------- over HTTP


def people_routes(api: "BotApi") -> list[web.RouteDef]:
    """`POST /people {"name", "language"}`; `POST /people/ID/type {"text"}`, and so for every deed of a
    person; `GET /people/ID/answer?timeout=5`; `GET /people/ID/screen`.
    """
    deeds = ("type", "tap", "location", "sticker", "voice", "video", "contact", "photo", "block", "unblock")

    def answer(value: Any) -> web.Response:
        return web.Response(body=orjson.dumps(value), content_type="application/json")

    async def come(request: web.Request) -> web.Response:
        return answer({"id": api.person(**await request.json()).id})

    async def act(request: web.Request) -> web.Response:
        person = api.people[int(request.match_info["id"])]
        if request.match_info["deed"] not in deeds:
            raise web.HTTPNotFound
        given = await request.json() if request.can_read_body else {}
        return answer({"update_id": await getattr(person, request.match_info["deed"])(**given)})

    async def read(request: web.Request) -> web.Response:
        person = api.people[int(request.match_info["id"])]
        try:
            return answer(await person.answer(float(request.query.get("timeout", 5))))
        except TimeoutError:
            return web.Response(status=204)

    async def screen(request: web.Request) -> web.Response:
        return web.Response(text=api.people[int(request.match_info["id"])].screen())

    return [
        web.post("/people", come),
        web.post("/people/{id}/{deed}", act),
        web.get("/people/{id}/answer", read),
        web.get("/people/{id}/screen", screen),
    ]
