"""What people do on an emulated Official Account, and the webhook that tells of it as Zalo's does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
from aiohttp import web

if TYPE_CHECKING:
    from tests.e2e.zalo_oa_api import ZaloOaApi

OA_ID = "9000000000000000001"
LADDER = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between the deliveries of one event: 30 s, 5, 15, 30 minutes and an hour, in a small world."""


@dataclass(frozen=True)
class Message:
    """What somebody sees: text, buttons by label with what they carry, an image or file, a form to fill."""

    id: str
    text: str = ""
    buttons: dict[str, str] = field(default_factory=dict)
    image: str = ""
    file: str = ""
    form: str = ""


class Person:
    """One person's phone. `refuses` is the fault with which the OA's messages end; `interacted` opens the
    window."""

    def __init__(self, api: "ZaloOaApi", id_: str, name: str, phone: str) -> None:
        self.api, self.id, self.name, self.phone = api, id_, name, phone
        self.interacted: datetime | None = None
        self.follows = False
        self.refuses = 0
        self.chat: list[Message] = []
        self._unread: asyncio.Queue[Message] = asyncio.Queue()

    # ------------------------------------------------------------------ what they see

    def receive(self, message: dict[str, Any], message_id: str) -> None:
        payload = message.get("attachment", {}).get("payload", {})
        element = (payload.get("elements") or [{}])[0]
        shown = Message(
            message_id,
            message.get("text", ""),
            {button["title"]: button["payload"] for button in payload.get("buttons", ())},
            image=element.get("attachment_id", ""),
            file=payload.get("token", ""),
            form=element.get("title", "") if payload.get("template_type") == "request_user_info" else "",
        )
        self.chat.append(shown)
        self._unread.put_nowait(shown)

    async def answer(self, within: float = 8) -> Message:
        """The next message not read yet."""
        async with asyncio.timeout(within):
            return await self._unread.get()

    # ------------------------------------------------------------------ what they do

    async def type(self, text: str) -> None:
        await self._say("user_send_text", {"text": text})

    async def tap(self, label: str) -> None:
        """A button of any message so far, the newest of that label: its payload comes back as text."""
        carried = next(m.buttons[label] for m in reversed(self.chat) if label in m.buttons)
        await self._say("user_send_text", {"text": carried})

    async def photo(self, data: bytes) -> None:
        url = self.api.host(data)
        await self._attach("user_send_image", "image", {"url": url, "thumbnail": url})

    async def file(self, data: bytes, name: str) -> None:
        """Sends a file from the phone."""
        told = {
            "url": self.api.host(data),
            "name": name,
            "size": str(len(data)),
            "type": name.rpartition(".")[2],
        }
        await self._attach("user_send_file", "file", told)

    async def sticker(self) -> None:
        await self._attach(
            "user_send_sticker", "sticker", {"id": "2041", "url": "https://zalo.example/s.png"}
        )

    async def location(self, latitude: str, longitude: str) -> None:
        coordinates = {"latitude": latitude, "longitude": longitude}
        message = _attached("location", {"coordinates": coordinates})
        await self._say("user_send_location", {"text": "12 đường số 3", **message})

    async def attach(self, event: str, kind: str, payload: dict[str, Any]) -> None:
        """Any other attachment."""
        await self._attach(event, kind, payload)

    async def follow(self) -> None:
        self.follows, self.interacted = True, self.api.now()
        await self._send({"event_name": "follow", "oa_id": OA_ID, "follower": {"id": self.id}})

    async def unfollow(self) -> None:
        self.follows = False
        await self._send({"event_name": "unfollow", "oa_id": OA_ID, "follower": {"id": self.id}})

    async def open_chat(self) -> None:
        self.interacted = self.api.now()
        await self._send({"event_name": "user_click_chatnow", "oa_id": OA_ID, "user_id": self.id})

    async def fill_in(self, *, old_shape: bool = False) -> None:
        """Sends the form that asks for the phone number."""
        self.interacted = self.api.now()
        info: dict[str, Any] = {"name": self.name, "phone": int(self.phone) if old_shape else self.phone}
        info |= {"address": "12 đường số 3", "city": "Long An"} if old_shape else {"full_address": {}}
        await self._send({"event_name": "user_submit_info", **self._to_oa(), "info": info})

    async def see(self) -> None:
        """The receipts that a phone gives; roles are inverted in them."""
        last = self.chat[-1].id
        to = {"sender": {"id": OA_ID}, "recipient": {"id": self.id}}
        await self._send({"event_name": "user_received_message", **to, "message": {"msg_id": last}})
        await self._send({"event_name": "user_seen_message", **to, "message": {"msg_ids": [last]}})

    async def _attach(self, event: str, kind: str, payload: dict[str, Any]) -> None:
        await self._say(event, _attached(kind, payload))

    async def _say(self, event: str, message: dict[str, Any]) -> None:
        self.interacted = self.api.now()
        await self._send(
            {"event_name": event, **self._to_oa(), "message": {**message, "msg_id": self.api.next_id()}}
        )

    def _to_oa(self) -> dict[str, Any]:
        return {"sender": {"id": self.id}, "recipient": {"id": OA_ID}, "user_id_by_app": f"5{self.id[1:]}"}

    async def _send(self, event: dict[str, Any]) -> None:
        await self.api.webhooks.deliver(event)


def people_routes(
    people: Mapping[str, Any],
    meet: Callable[[str], Any],
    deeds: str = "type|tap|sticker|location|follow|unfollow|open_chat|fill_in|see",
) -> list[web.RouteDef]:
    """To be people by hand: `POST /people`, `POST /people/ID/type` (or tap, follow, …), `GET
    /people/ID/screen`."""

    async def new(request: web.Request) -> web.Response:
        return web.json_response({"id": meet((await request.json(loads=orjson.loads))["name"]).id})

    async def act(request: web.Request) -> web.Response:
        given = orjson.loads(await request.read() or b"{}")
        await getattr(people[request.match_info["id"]], request.match_info["deed"])(*given.values())
        return web.json_response({})

    async def screen(request: web.Request) -> web.Response:
        chat = people[request.match_info["id"]].chat
        seen = [message if isinstance(message, dict) else asdict(message) for message in chat]
        return web.json_response(seen, dumps=lambda v: orjson.dumps(v, default=len).decode())

    return [
        web.post("/people", new),
        web.post(f"/people/{{id}}/{{deed:{deeds}}}", act),
        web.get("/people/{id}/screen", screen),
    ]


def _attached(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"attachments": [{"type": kind, "payload": payload}]}


class Webhooks:
    """Delivers events: signed over the raw bytes, 2 seconds of patience, again after what is not 200.

    `twice` delivers each event twice at the same time. `statuses` are all the answers.
    """

    def __init__(self, api: "ZaloOaApi") -> None:
        self._api = api
        self.url = ""
        self.twice = False
        self.first_term = ""  # "" is the app's id
        self.prefix = "mac="
        self.statuses: list[int] = []
        self.history: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def deliver(self, event: dict[str, Any]) -> None:
        """Until it is answered with 200, or the ladder ends."""
        from tests.e2e.zalo_oa_api import APP_ID

        stamped = {"app_id": APP_ID, "timestamp": str(int(self._api.now().timestamp() * 1000)), **event}
        body = orjson.dumps(stamped)
        self.history.append(body)
        deliveries: list[Awaitable[None]] = [self.deliver_raw(body) for _ in range(1 + self.twice)]
        await asyncio.gather(*deliveries)

    async def deliver_raw(self, body: bytes) -> None:
        """One event as it was, perhaps long ago."""
        for number, pause in enumerate((*LADDER, None)):
            retry = {"num_retry": str(number)} if number else {}
            if await self.post(body, self.sign(body), **retry) == 200 or pause is None:
                return
            await asyncio.sleep(pause)

    def sign(self, body: bytes, secret: str = "") -> str:
        """hex(SHA-256(app id + body + timestamp + secret)), plain concatenation."""
        from tests.e2e.zalo_oa_api import APP_ID, OA_SECRET

        timestamp = str(orjson.loads(body)["timestamp"])
        first = self.first_term or APP_ID
        mac = sha256(first.encode() + body + timestamp.encode() + (secret or OA_SECRET).encode()).hexdigest()
        return self.prefix + mac

    async def post(self, body: bytes, signature: str = "", **headers: str) -> int:
        """One call of the webhook; its status, 0 where there was none within two seconds."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(2))
        headers |= {"Content-Type": "application/json"}
        if signature:
            headers["X-ZEvent-Signature"] = signature
        try:
            async with self._session.post(self.url, data=body, headers=headers) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        self.statuses.append(status)
        return status

    def echo(self, person: Person, message: dict[str, Any], message_id: str) -> None:
        """Zalo tells the OA of all that the OA sends, its own calls too."""
        if not self.url:
            return
        to = {"sender": {"id": OA_ID}, "recipient": {"id": person.id}}
        told = {"text": message.get("text", ""), "msg_id": message_id}
        task = asyncio.create_task(self.deliver({"event_name": "oa_send_text", **to, "message": told}))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
