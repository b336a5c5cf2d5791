"""An emulator of the Zalo Bot platform on loopback.

    async with ZaloBotApi() as api:             # api.url is what ZALO_BOT_API_URL takes
        mai = api.person("Mai")
        await mai.type("Xin chào")
        print(await mai.answer())

It holds to docs.zaloplatforms.com/docs/BOT and, where reports contradict each other, does either by a knob:
`replay` brings every update back on every poll, at once; `as_list` and `bare` change how updates are wrapped;
`in_seconds` the time; `timeout_status` how an idle poll ends. Webhooks are retried after what is not 200.
"""

import asyncio
import sys
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Self

import aiohttp
import orjson
from aiohttp import web

from tests.e2e.zalo_oa_api import Trouble
from tests.e2e.zalo_oa_people import people_routes

TOKEN = "123456789:secret-of-a-bot-that-is-nowhere-else"
MOST_TEXT, MOST_PEOPLE, MOST_MESSAGES = 2000, 50, 3000


class Fault(Exception):
    """The call is answered with this code, and HTTP status of the same."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code, self.description = code, description


class Person:
    """One person's phone. `blocked`: what the bot sends ends with a 403."""

    def __init__(self, api: "ZaloBotApi", number: int, name: str) -> None:
        self.api, self.id, self.name = api, f"ede6f1a2b3c4{number:08x}", name
        self.chat: list[dict[str, Any]] = []
        self.typing = 0
        self.blocked = False
        self._unread: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def receive(self, message: dict[str, Any]) -> None:
        self.chat.append(message)
        self._unread.put_nowait(message)

    async def answer(self, within: float = 8) -> str:
        """The text of the next message not read yet."""
        async with asyncio.timeout(within):
            message = await self._unread.get()
        return str(message.get("text") or message.get("caption") or "")

    async def type(self, text: str) -> None:
        await self.does("text", text=text)

    async def photo(self, data: bytes, *, old_name: bool = False) -> None:
        await self.does("image", **{"photo" if old_name else "photo_url": self.api.host(data), "caption": ""})

    async def sticker(self) -> None:
        await self.does("sticker", sticker="2041", url="https://stickers.example/2041")

    async def does(self, kind: str, **told: Any) -> None:
        """Any event of the documented names."""
        await self.api.happens(self.message(f"message.{kind}.received", **told))

    def message(self, event: str, **told: Any) -> dict[str, Any]:
        date = 1_763_800_000 + self.api.next_id()
        return {
            "event_name": event,
            "message": {
                "from": {"id": self.id, "display_name": self.name, "is_bot": False},
                "chat": {"id": self.id, "chat_type": "PRIVATE"},
                "message_id": f"2d758cb5e222{self.api.next_id():08x}",
                "date": date if self.api.in_seconds else date * 1000,
                **told,
            },
        }


class ZaloBotApi:
    """One bot's server."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.troubles: dict[str, deque[Trouble]] = defaultdict(deque)
        self.replay = self.as_list = self.bare = self.in_seconds = self.twice = False
        self.timeout_status = 408
        self.most_wait = 0.5
        self.sent = 0
        self.webhook: dict[str, Any] = {}
        self.statuses: list[int] = []
        self.history: list[dict[str, Any]] = []
        self._secret = ""
        self._queue: deque[dict[str, Any]] = deque()
        self._arrived = asyncio.Event()
        self._files: dict[str, bytes] = {}
        self._numbers = count(1)

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def listen(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/files/{name}", self._file)
        app.add_routes(people_routes(self.people, self.person, "type|sticker"))
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def person(self, name: str) -> Person:
        """Somebody with Zalo on their phone, who has not written to the bot yet."""
        person = Person(self, len(self.people) + 1, name)
        self.people[person.id] = person
        return person

    def trouble(self, method: str, *troubles: Trouble) -> None:
        """The next calls of the method go like this, one each."""
        self.troubles[method].extend(troubles)

    def called(self, method: str) -> list[dict[str, Any]]:
        """The parameters of all calls of `method` so far, refused ones too."""
        return [params for name, params in self.calls if name == method]

    def next_id(self) -> int:
        return next(self._numbers)

    def host(self, data: bytes) -> str:
        """Puts a file where people's pictures are; its address."""
        name = f"{self.next_id()}.jpg"
        self._files[name] = data
        return f"{self.url}/files/{name}"

    async def _file(self, request: web.Request) -> web.Response:
        data = self._files.get(request.match_info["name"])
        return web.Response(body=data) if data else web.Response(status=404)

    # ------------------------------------------------------------------ events

    async def happens(self, update: dict[str, Any]) -> None:
        """Delivers to the webhook, where one is set, until it takes it; else keeps for the next poll."""
        self.history.append(update)
        if not self.webhook:
            for _ in range(1 + self.twice):
                self._queue.append(update)
            self._arrived.set()
            return
        await asyncio.gather(*(self.deliver(update) for _ in range(1 + self.twice)))

    async def deliver(self, update: dict[str, Any], secret: str = "") -> None:
        """One event, up to five times."""
        body = update if self.bare else {"ok": True, "result": update}
        headers = {"X-Bot-Api-Secret-Token": secret or self._secret}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session:
            for pause in (0.05, 0.1, 0.2, 0.4, 0.8):
                async with session.post(self.webhook["url"], json=body, headers=headers) as answer:
                    self.statuses.append(answer.status)
                if self.statuses[-1] in (200, 403):
                    return
                await asyncio.sleep(pause)

    # ------------------------------------------------------------------ methods

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        raw = await request.read()
        params = {**request.query, **(orjson.loads(raw) if raw else {})}
        self.calls.append((method, params))
        trouble = self.troubles[method].popleft() if self.troubles[method] else Trouble()
        await asyncio.sleep(trouble.delay)
        if trouble.drop == "before":
            return self._break(request)
        if trouble.status:
            return web.Response(status=trouble.status, text="<html>Bad Gateway</html>")
        status = 200
        try:
            if request.match_info["token"] != TOKEN:
                raise Fault(401, "Unauthorized")
            if trouble.error:
                raise Fault(trouble.error, "as told")
            answer = {"ok": True, **await self._call(method, params)}
        except Fault as fault:
            status = self.timeout_status if fault.code == 408 else fault.code
            answer = {"ok": False, "description": fault.description, "error_code": fault.code}
        if trouble.drop == "after":
            return self._break(request)
        body = orjson.dumps(answer)
        body = body[: len(body) // 2] if trouble.cut else body
        return web.Response(status=status, body=body, content_type="application/json")

    def _break(self, request: web.Request) -> web.StreamResponse:
        assert request.transport
        request.transport.abort()
        return web.Response()

    async def _call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        methods: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendChatAction": self._chat_action,
        }
        if method not in methods:
            raise Fault(404, "Not Found")
        return await methods[method](params)

    async def _get_me(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "result": {"id": "1459", "account_name": "bot.ToCNSCD", "account_type": "BASIC"},
            "error_code": 0,
        }

    async def _get_updates(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.webhook:
            raise Fault(400, "getUpdates is not available while a webhook is set")
        wait = min(self.most_wait, max(0.0, float(params.get("timeout", 30))))
        if not self._queue:
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), wait)
            except TimeoutError:
                raise Fault(408, "Request timeout") from None
        update = self._queue[0]
        if self.replay:
            self._queue.rotate(-1)
        else:
            self._queue.popleft()
        return {"result": [update] if self.as_list else update}

    async def _set_webhook(self, params: dict[str, Any]) -> dict[str, Any]:
        secret = params.get("secret_token", "")
        if not params.get("url") or not 8 <= len(secret) <= 256:
            raise Fault(400, "Bad Request: url and secret_token of 8 to 256 characters")
        self.webhook, self._secret = {"url": params["url"], "updated_at": 1763800000000}, secret
        return {"result": self.webhook}

    async def _delete_webhook(self, _: dict[str, Any]) -> dict[str, Any]:
        self.webhook = {}
        return {"result": {"url": "", "updated_at": 1763800000000}}

    async def _webhook_info(self, _: dict[str, Any]) -> dict[str, Any]:
        if not self.webhook:
            raise Fault(404, "Not Found")
        return {"result": self.webhook}

    async def _send_message(self, params: dict[str, Any]) -> dict[str, Any]:
        text = params.get("text")
        if not isinstance(text, str) or not 0 < len(text.encode("utf-16-le")) // 2 <= MOST_TEXT:
            raise Fault(400, "Bad Request: text must have 1 to 2000 characters")
        return self._sent(params, {"text": text})

    async def _send_photo(self, params: dict[str, Any]) -> dict[str, Any]:
        """Zalo fetches the picture from the address."""
        if len(params.get("caption", "")) > MOST_TEXT:
            raise Fault(400, "Bad Request: caption is too long")
        async with aiohttp.ClientSession() as session, session.get(params["photo"]) as answer:
            if answer.status != 200 or not answer.content_type.startswith("image/"):
                raise Fault(400, "Bad Request: photo can't be fetched")
            data = await answer.read()
        return self._sent(params, {"photo": data, "caption": params.get("caption", "")})

    async def _chat_action(self, params: dict[str, Any]) -> dict[str, Any]:
        if params.get("action") != "typing":
            raise Fault(400, "Bad Request: unknown action")
        self._person(params).typing += 1
        return {}

    def _sent(self, params: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
        person = self._person(params)
        if person.blocked:
            raise Fault(403, "Internal server error")
        if self.sent >= MOST_MESSAGES or len(self.people) > MOST_PEOPLE:
            raise Fault(429, "Quota exceeded")
        self.sent += 1
        person.receive(message)
        return {"result": {"message_id": f"{self.next_id():016x}", "date": 1763800000000}}

    def _person(self, params: dict[str, Any]) -> Person:
        if params.get("chat_id") not in self.people:
            raise Fault(400, "Bad Request: chat_id is invalid")
        return self.people[params["chat_id"]]


async def main(port: int) -> None:
    """Serves until stopped; tells the settings with which `tocns serve` speaks to it."""
    api = ZaloBotApi()
    await api.listen(port)
    print(f"TOCNS_ZALO_BOT_TOKEN={TOKEN}")
    print(f"TOCNS_ZALO_BOT_API_URL={api.url}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
