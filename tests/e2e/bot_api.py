"""An emulator of Telegram's Bot API on loopback: for tests, and to try the bot without Telegram.

    async with BotApi() as api:                 # api.url is what TELEGRAM_API_URL takes
        mai = api.person("Mai")
        await mai.type("/start")
        print(await mai.answer())

It holds to what https://core.telegram.org/bots/api says and knows neither aiogram nor python-telegram-bot:
they are what it judges. Updates are confirmed by offset, webhooks carry the secret and are retried, limits
are checked, and a trouble can be scripted for any method. People are in `bot_api_people`, also over HTTP
(`/people`). Started by itself, `python -m tests.e2e.bot_api 8081` waits for a bot and for people on that
port.
"""

import asyncio
import re
import sys
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

import orjson
from aiohttp import web

from tests.e2e.bot_api_people import Person, people_routes
from tests.e2e.bot_api_updates import Fault, Params, Updates

TOKEN = "123456:AAE-of_a_bot_that_is_nowhere_else"  # the shape that clients check; it opens nothing
JSON_FIELDS = ("reply_markup", "allowed_updates", "commands", "scope", "entities", "link_preview_options")


@dataclass(frozen=True)
class Trouble:
    """What happens to one call instead of (or beside) its being answered."""

    code: int = 0  # an error in the Bot API's JSON
    description: str = ""
    retry_after: int | None = None
    delay: float = 0  # seconds before the answer
    drop: str = ""  # "before": the connection breaks, nothing was done; "after": it breaks, but it was done
    body: bytes | None = None  # an answer that isn't the Bot API's, with `code` as its status


def flood(seconds: int) -> Trouble:
    return Trouble(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


BLOCKED = Trouble(403, "Forbidden: bot was blocked by the user")
DOWN = Trouble(502, body=b"<html><body>502 Bad Gateway</body></html>")


class BotApi:
    """One bot's server. `retry_pause` is how long a refused webhook waits at first; it doubles up to a
    second.
    """

    def __init__(self, token: str = TOKEN, *, retry_pause: float = 0.05) -> None:
        self.token = token
        self.me = {
            "id": int(token.split(":", maxsplit=1)[0]),
            "is_bot": True,
            "first_name": "Tổ CNSCĐ",
            "username": "tocns_bot",
        }
        self.people: dict[int, Person] = {}
        self.files: dict[str, bytes] = {}
        self.commands: list[dict[str, str]] = []
        self.calls: list[tuple[str, Params]] = []
        self.troubles: dict[str, deque[Trouble]] = defaultdict(deque)
        self._ids = iter(range(700_000, 10**9))
        self.updates = Updates(self._ids, self._call_in_reply, retry_pause)

    # ------------------------------------------------------------------ life

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.updates.close()
        await self._runner.cleanup()

    async def listen(self, port: int = 0) -> None:
        app = web.Application(client_max_size=60 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.add_routes(people_routes(self))
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def person(self, name: str, language: str = "vi") -> Person:
        """Somebody with Telegram on their phone, who has not written to the bot yet."""
        person = Person(self, 5_000_000 + len(self.people), name, language)
        self.people[person.id] = person
        return person

    def trouble(self, method: str, *troubles: Trouble) -> None:
        """The next calls of `method` go like this, one each."""
        self.troubles[method.lower()].extend(troubles)

    def called(self, method: str) -> list[Params]:
        """The parameters of all calls of `method` so far, refused ones too."""
        return [params for name, params in self.calls if name == method.lower()]

    def next_id(self) -> int:
        return next(self._ids)

    # ------------------------------------------------------------------ requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].lower()
        params = await _params(request)
        self.calls.append((method, params))
        trouble = self.troubles[method].popleft() if self.troubles[method] else Trouble()
        await asyncio.sleep(trouble.delay)
        if trouble.drop == "before":
            return _break(request)
        if trouble.body is not None:
            return web.Response(status=trouble.code, body=trouble.body, content_type="text/html")
        try:
            if request.match_info["token"] != self.token:
                raise Fault(401, "Unauthorized")
            if trouble.code:
                raise Fault(trouble.code, trouble.description, trouble.retry_after)
            answer = {"ok": True, "result": await self.call(method, params)}
        except Fault as fault:
            answer = {"ok": False, "error_code": fault.code, "description": fault.description}
            if fault.retry_after is not None:
                answer["parameters"] = {"retry_after": fault.retry_after}
        if trouble.drop == "after":
            return _break(request)
        status = answer.get("error_code", 200)
        return web.Response(status=status, body=orjson.dumps(answer), content_type="application/json")

    async def call(self, method: str, params: Params) -> Any:
        methods: dict[str, Callable[[Params], Awaitable[Any]]] = {
            "getme": self._get_me,
            "getupdates": self.updates.get,
            "setwebhook": self.updates.set_webhook,
            "deletewebhook": self.updates.delete_webhook,
            "getwebhookinfo": self.updates.webhook_info,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "senddocument": self._send_document,
            "sendchataction": self._send_action,
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_markup,
            "deletemessage": self._delete_message,
            "answercallbackquery": self._answer_press,
            "getfile": self._get_file,
        }
        if method not in methods:
            raise Fault(404, "Not Found")
        return await methods[method](params)

    async def _call_in_reply(self, params: Params) -> None:
        """The answer to a webhook may be a call; nobody learns what came of it."""
        method = params.pop("method", "").lower()
        self.calls.append((method, params))
        try:
            await self.call(method, params)
        except Fault as fault:
            self.updates.webhook.error = fault.description

    # ------------------------------------------------------------------ methods

    async def _get_me(self, params: Params) -> dict[str, Any]:
        can = {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        return {**self.me, **can}

    async def _set_commands(self, params: Params) -> bool:
        commands = params.get("commands", [])
        if len(commands) > 100:
            raise Fault(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise Fault(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise Fault(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = commands
        return True

    async def _get_commands(self, params: Params) -> list[dict[str, str]]:
        return self.commands

    async def _send_message(self, params: Params) -> dict[str, Any]:
        text = params.get("text", "").strip()
        _check_length(text, 4096, "message text is empty", "message is too long")
        return self._reader(params).receive({"text": text}, params.get("reply_markup"))

    async def _send_photo(self, params: Params) -> dict[str, Any]:
        reader = self._reader(params)
        data, _ = self._given_file(params, "photo")
        if len(data) > 10 * 2**20:
            raise Fault(413, "Request Entity Too Large")
        photo = {"photo": self.photo_sizes(data)}
        return reader.receive(photo | _caption(params), params.get("reply_markup"))

    async def _send_document(self, params: Params) -> dict[str, Any]:
        reader = self._reader(params)
        data, (name, media_type) = self._given_file(params, "document")
        document = {"document": {**self.keep(data), "file_name": name, "mime_type": media_type}}
        return reader.receive(document | _caption(params), params.get("reply_markup"))

    async def _send_action(self, params: Params) -> bool:
        self._reader(params)
        return True

    async def _edit_text(self, params: Params) -> dict[str, Any]:
        text = params.get("text", "").strip()
        _check_length(text, 4096, "message text is empty", "MESSAGE_TOO_LONG")
        return self._reader(params).see_edited(int(params["message_id"]), text, params.get("reply_markup"))

    async def _edit_markup(self, params: Params) -> dict[str, Any]:
        return self._reader(params).see_edited(int(params["message_id"]), None, params.get("reply_markup"))

    async def _delete_message(self, params: Params) -> bool:
        self._reader(params).see_deleted(int(params["message_id"]))
        return True

    async def _answer_press(self, params: Params) -> bool:
        for person in self.people.values():
            if params.get("callback_query_id") in person.spinning:
                person.spinning.remove(params["callback_query_id"])
                person.toasts += [params["text"]] if params.get("text") else []
                return True
        raise Fault(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")

    def _reader(self, params: Params) -> Person:
        person = self.people.get(int(params.get("chat_id", 0)))
        if person is None or not person.known:
            raise Fault(400, "Bad Request: chat not found")
        if person.blocked:
            raise Fault(403, "Forbidden: bot was blocked by the user")
        return person

    # ------------------------------------------------------------------ files

    def keep(self, data: bytes) -> dict[str, Any]:
        """Keeps a file; gives its ids and size as the Bot API does."""
        file_id = f"AgACAgUAAx{self.next_id()}"
        self.files[file_id] = data
        return {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": len(data)}

    def photo_sizes(self, data: bytes) -> list[dict[str, Any]]:
        """A photo as it comes: a thumbnail first, the largest size last."""
        small = {**self.keep(data[: len(data) // 10]), "width": 90, "height": 67}
        return [small, {**self.keep(data), "width": 1280, "height": 960}]

    async def _get_file(self, params: Params) -> dict[str, Any]:
        file_id = params.get("file_id", "")
        if file_id not in self.files:
            raise Fault(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self.files[file_id])
        if size > 20 * 2**20:
            raise Fault(400, "Bad Request: file is too big")
        path = f"photos/{file_id}.jpg"
        return {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": size, "file_path": path}

    async def _download(self, request: web.Request) -> web.Response:
        file_id = request.match_info["path"].rpartition("/")[2].partition(".")[0]
        if request.match_info["token"] != self.token or file_id not in self.files:
            raise web.HTTPNotFound
        return web.Response(body=self.files[file_id])

    def _given_file(self, params: Params, field: str) -> tuple[bytes, tuple[str, str]]:
        """The bytes, name and type of an uploaded file, or of one that Telegram has (by its id)."""
        value = params.get(field)
        if isinstance(value, str) and value.startswith("attach://"):
            value = params.get(value.removeprefix("attach://"))
        if isinstance(value, web.FileField):
            return value.file.read(), (value.filename, value.content_type)
        if value in self.files:
            return self.files[value], ("file", "application/octet-stream")
        raise Fault(400, f"Bad Request: there is no {field} in the request")


# --------------------------------------------------------------------------- what comes over the wire


async def _params(request: web.Request) -> Params:
    """Parameters in any of the four ways that the Bot API takes."""
    params: Params = dict(request.query)
    if request.content_type == "application/json":
        params |= orjson.loads(await request.read() or b"{}")
    elif request.method == "POST":
        params |= dict(await request.post())
    for field in JSON_FIELDS:
        if isinstance(params.get(field), str):
            params[field] = orjson.loads(params[field] or "null")
    return {name: value for name, value in params.items() if value is not None}


def _break(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()


def _check_length(text: str, most: int, empty: str, long: str) -> None:
    if not text:
        raise Fault(400, f"Bad Request: {empty}")
    if len(text) > most:
        raise Fault(400, f"Bad Request: {long}")


def _caption(params: Params) -> dict[str, str]:
    caption = params.get("caption", "")
    if len(caption) > 1024:
        raise Fault(400, "Bad Request: message caption is too long")
    return {"caption": caption} if caption else {}


async def main(port: int) -> None:
    api = BotApi()
    await api.listen(port)
    print(f"TOCNS_TELEGRAM_API_URL={api.url} TOCNS_TELEGRAM_TOKEN={api.token}")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8081))
