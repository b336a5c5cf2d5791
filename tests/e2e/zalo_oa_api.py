"""An emulator of Zalo's Official Account API, its OAuth and its templates, on loopback.

    async with ZaloOaApi() as api:          # api.openapi, api.oauth, api.business are the settings' addresses
        api.webhook = "http://127.0.0.1:8080/webhook/zalo-oa"
        mai = api.person("Mai")
        await mai.type("Xin chào")
        print((await mai.answer()).text)

It holds to what is published (docs.zaloplatforms.com) and knows nothing of the channel that it judges:
headers, shapes, lengths and numbers of buttons are checked, faults come with HTTP status 200, tokens expire,
refresh tokens serve once, the window closes, uploads die after a week. What people do is in
`zalo_oa_people`.
"""

import asyncio
import sys
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Self

import orjson
from aiohttp import web

from tests.e2e.zalo_oa_checks import Fault, check_form, check_message, check_upload
from tests.e2e.zalo_oa_people import OA_ID, Person, Webhooks, people_routes

APP_ID, APP_SECRET, OA_SECRET = "4100000000000000001", "app-secret-for-tests", "oa-secret-for-tests"
FREE, OPEN = timedelta(hours=48), timedelta(days=7)


@dataclass(frozen=True)
class Trouble:
    """What happens to one call instead of (or beside) its being answered."""

    error: int = 0  # a fault in Zalo's JSON, with HTTP status 200
    status: int = 0  # an answer that is not Zalo's
    delay: float = 0
    drop: str = ""  # "before": the connection breaks, nothing was done; "after": it breaks, but it was done
    cut: bool = False  # it was done, and half of the JSON arrives
    headers: tuple[tuple[str, str], ...] = ()


DOWN = Trouble(status=502)


class ZaloOaApi:
    """One Official Account with one app. `calls` holds all requests; `sent` what arrived, with its price
    class."""

    def __init__(self) -> None:
        self.skew = timedelta()
        self.people: dict[str, Person] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.troubles: dict[str, deque[Trouble]] = defaultdict(deque)
        self.templates: dict[str, dict[str, Any]] = {}
        self.tracked: list[str] = []
        self.billed: list[str] = []
        self.verified = True
        self.always_down = False
        self.package = 500
        self.per_minute = 4000
        self._minute: deque[datetime] = deque()
        self.seed = "rt-0"
        self.refresh_token, self.spent = self.seed, set[str]()
        self.access: dict[str, datetime] = {}
        self.renewals = 0
        self._uploads: dict[str, tuple[str, datetime]] = {}
        self._files: dict[str, bytes] = {}
        self._numbers = count(1)
        self.webhooks = Webhooks(self)

    # ------------------------------------------------------------------ life and time

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def listen(self, port: int = 0) -> None:
        app = web.Application(client_max_size=20 << 20)
        app.router.add_post("/oauth/v4/oa/access_token", self._token)
        app.router.add_get("/files/{name}", self._file)
        app.router.add_route("*", "/{host:openapi|business}/{path:.+}", self._handle)
        app.add_routes(people_routes(self.people, self.person))
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.openapi, self.business = f"{self.url}/openapi", f"{self.url}/business"
        self.oauth = f"{self.url}/oauth"

    async def __aexit__(self, *_: object) -> None:
        await self.webhooks.close()
        await self._runner.cleanup()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def advance(self, by: timedelta) -> None:
        """Lets time pass, for tokens, windows and uploads."""
        self.skew += by

    def person(self, name: str, phone: str = "84901234567") -> Person:
        """Somebody with Zalo on their phone, who has not written to the OA yet."""
        person = Person(self, str(7_000_000_000_000_000_001 + len(self.people)), name, phone)
        self.people[person.id] = person
        return person

    def trouble(self, path: str, *troubles: Trouble) -> None:
        """The next calls of the path go like this, one each."""
        self.troubles[path].extend(troubles)

    def called(self, path: str) -> list[dict[str, Any]]:
        """The bodies (or parameters) of all calls of the path so far, refused ones too."""
        return [body for called, body in self.calls if called == path]

    def next_id(self) -> str:
        return f"{next(self._numbers):016x}"

    def host(self, data: bytes) -> str:
        """Puts a file where people's attachments are; its address."""
        name = f"{next(self._numbers)}.jpg"
        self._files[name] = data
        return f"{self.url}/files/{name}"

    def expire_tokens(self) -> None:
        """All access tokens end now, as at their time."""
        self.access = dict.fromkeys(self.access, self.now())

    # ------------------------------------------------------------------ OAuth

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = dict(await request.post())
        self.calls.append(("access_token", form))
        trouble = self.troubles["access_token"].popleft() if self.troubles["access_token"] else Trouble()
        await asyncio.sleep(trouble.delay)
        if trouble.status:
            return web.Response(status=trouble.status, text="<html>Bad Gateway</html>")
        answer = {"error": trouble.error} if trouble.error else self._renew(request, form)
        if trouble.drop:
            return _break(request)
        return web.Response(body=orjson.dumps(answer), content_type="text/json")

    def _renew(self, request: web.Request, form: dict[str, Any]) -> dict[str, Any]:
        if request.headers.get("secret_key") != APP_SECRET:
            return {"error": -14004, "error_name": "Invalid secret key", "error_description": ""}
        if request.content_type != "application/x-www-form-urlencoded" or form.get("app_id") != APP_ID:
            return {"error": -14002, "error_name": "Invalid appId", "error_reason": ""}
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh_token:
            return {"error": -14014, "error_name": "Invalid refresh token", "error_reason": "used or unknown"}
        self.spent.add(self.refresh_token)
        self.renewals += 1
        self.refresh_token = f"rt-{self.renewals}"
        access = f"at-{self.renewals}"
        self.access = {access: self.now() + timedelta(hours=25)}  # the old one is void
        return {"access_token": access, "refresh_token": self.refresh_token, "expires_in": "90000"}

    # ------------------------------------------------------------------ calls

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["path"]
        body = await _body(request)
        self.calls.append((path, body))
        trouble = self.troubles[path].popleft() if self.troubles[path] else Trouble()
        await asyncio.sleep(trouble.delay)
        if trouble.drop == "before":
            return _break(request)
        if trouble.status or self.always_down:
            status = trouble.status or 503
            return web.Response(status=status, text="<html>Bad Gateway</html>", headers=dict(trouble.headers))
        try:
            if trouble.error:
                raise Fault(trouble.error, "as told")
            self._count()
            self._authorize(request)
            answer = {"error": 0, "message": "Success", "data": self._call(request, path, body)}
        except Fault as fault:
            answer = {"error": fault.code, "message": fault.message}
        if trouble.drop == "after":
            return _break(request)
        raw = orjson.dumps(answer)
        limits = {"X-RateLimit-Limit": "4000", "X-RateLimit-Remain": "3999"}
        return web.Response(
            body=raw[: len(raw) // 2] if trouble.cut else raw, content_type="text/json", headers=limits
        )

    def _count(self) -> None:
        """So many calls a minute an app, refused ones not counted."""
        while self._minute and self._minute[0] <= self.now() - timedelta(minutes=1):
            self._minute.popleft()
        if len(self._minute) >= self.per_minute:
            raise Fault(-32, "Your application reached limited per minute")
        self._minute.append(self.now())

    def _authorize(self, request: web.Request) -> None:
        """A bare `access_token` header; Bearer or a token in the address is none."""
        zns = request.match_info["host"] == "business"
        until = self.access.get(request.headers.get("access_token", ""))
        if until is None:
            raise Fault(-124 if zns else -216, "Access token is invalid")
        if until <= self.now():
            raise Fault(-124 if zns else -220, "Access token has expired")

    def _call(self, request: web.Request, path: str, body: dict[str, Any]) -> Any:
        calls = {
            ("openapi", "POST", "/v3.0/oa/message/cs"): self._cs,
            ("openapi", "POST", "/v3.0/oa/message/template"): self._template_by_user,
            ("openapi", "POST", "/v2.0/oa/upload/image"): lambda b: self._upload("image", b),
            ("openapi", "POST", "/v2.0/oa/upload/file"): lambda b: self._upload("file", b),
            ("openapi", "GET", "/v3.0/oa/user/detail"): self._detail,
            ("openapi", "GET", "/v2.0/oa/getoa"): self._about,
            ("openapi", "POST", "/v3.0/oa/quota/message"): self._quota,
            ("business", "POST", "/message/template"): self._template_by_phone,
            ("business", "GET", "/template/info/v2"): self._template_info,
        }
        if path in ("/v2.0/oa/message", "/v3.0/oa/message/transaction", "/v3.0/oa/message/promotion"):
            raise Fault(-240, "MessageV2 API has been shut down, please switch to MessageV3")
        call = calls.get((request.match_info["host"], request.method, path))
        if call is None:
            raise Fault(404, f"no such path: {path}")
        return call(body)

    # ------------------------------------------------------------------ messages

    def _cs(self, body: dict[str, Any]) -> dict[str, Any]:
        person = self._recipient(body.get("recipient", {}).get("user_id"))
        check_message(body["message"], self._alive)
        if person.refuses:
            raise Fault(person.refuses, "the user does not take this")
        if person.interacted is None:
            raise Fault(-232, "User has not interacted with OA")
        silence = self.now() - person.interacted
        if silence > OPEN:
            raise Fault(-230, "User has not interacted with OA in the past 7 days")
        if silence > FREE:
            self.billed.append(person.id)
        return self._delivered(person, body["message"])

    def _delivered(self, person: Person, message: dict[str, Any]) -> dict[str, Any]:
        message_id = self.next_id()
        person.receive(message, message_id)
        self.webhooks.echo(person, message, message_id)
        return {
            "message_id": message_id,
            "user_id": person.id,
            "sent_time": str(int(self.now().timestamp() * 1000)),
        }

    def _template_by_user(self, body: dict[str, Any]) -> dict[str, Any]:
        person = self._recipient(body.get("user_id"))
        if "tracking_id" in body:
            raise Fault(-201, "tracking_id is invalid")
        text = self._filled(body, (-201, -201))
        return self._delivered(person, {"text": text})

    def _template_by_phone(self, body: dict[str, Any]) -> dict[str, Any]:
        if not str(body.get("phone", "")).startswith("84"):
            raise Fault(-108, "Phone number is invalid")
        tracking = body.get("tracking_id")
        if not tracking or len(tracking) > 48:
            raise Fault(-1122, "tracking_id is missing")
        text = self._filled(body, (-1122, -1121))
        person = next((one for one in self.people.values() if one.phone == body["phone"]), None)
        if person is None:
            raise Fault(-118, "Zalo account does not exist")
        self.tracked.append(tracking)
        sent = self._delivered(person, {"text": text})
        return {"msg_id": sent["message_id"], "sent_time": sent["sent_time"], "sending_mode": "1"}

    def _filled(self, body: dict[str, Any], faults: tuple[int, int]) -> str:
        template = self.templates.get(str(body.get("template_id")))
        if template is None or template["status"] != "ENABLE":
            raise Fault(-131 if template else -109, "Template is not approved")
        return check_form(template["listParams"], body.get("template_data"), faults)

    def _template_info(self, body: dict[str, Any]) -> dict[str, Any]:
        template = self.templates.get(str(body.get("template_id")))
        if template is None:
            raise Fault(-109, "Template ID is invalid")
        return {"templateId": body["template_id"], **template}

    def _recipient(self, user_id: Any) -> Person:
        if not isinstance(user_id, str) or user_id not in self.people:
            raise Fault(-201, "user_id is invalid")
        return self.people[user_id]

    # ------------------------------------------------------------------ files and looking up

    def _upload(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        if not check_upload(kind, body.get("file")):
            return {}  # a file without an ending is taken, and nothing is given for it
        handle = f"{kind}-{self.next_id()}"
        self._uploads[handle] = kind, self.now() + timedelta(days=7)
        return {"attachment_id" if kind == "image" else "token": handle}

    def _alive(self, kind: str, handle: str) -> None:
        known, until = self._uploads.get(handle, ("", self.now()))
        if known != kind:
            raise Fault(-201, "attachment_id is invalid")
        if until <= self.now():
            raise Fault(-100, "attachment_id has expired")

    def forget_uploads(self) -> None:
        """All uploads are too old now."""
        self._uploads = {handle: (kind, self.now()) for handle, (kind, _) in self._uploads.items()}

    def _detail(self, params: dict[str, Any]) -> dict[str, Any]:
        person = self._recipient(orjson.loads(params["data"])["user_id"])
        return {"user_id": person.id, "display_name": person.name, "user_is_follower": person.follows}

    def _about(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"oaid": OA_ID, "name": "Tổ CNSCĐ", "is_verified": self.verified, "package_name": "Growth"}

    def _quota(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        if body.get("quota_owner") != "OA" or body.get("product_type") != "cs" or not body.get("quota_type"):
            raise Fault(-201, "quota_owner is invalid")
        left = self.package - len(self.billed)
        return [{"quota_type": body["quota_type"], "remain": str(left), "total": str(self.package)}]

    async def _file(self, request: web.Request) -> web.Response:
        data = self._files.get(request.match_info["name"])
        return web.Response(body=data, content_type="image/jpeg") if data else web.Response(status=404)


async def _body(request: web.Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query)
    if request.content_type == "application/json":
        body = orjson.loads(await request.read())
        return body if isinstance(body, dict) else {}
    if request.content_type == "multipart/form-data":
        return dict(await request.post())
    return {}


def _break(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return web.Response()


async def main(port: int, bot: str) -> None:
    """Serves until stopped; tells the settings with which `tocns serve` speaks to it."""
    api = ZaloOaApi()
    await api.listen(port)
    api.webhooks.url = f"{bot}/webhook/zalo-oa"
    print(f"TOCNS_ZALO_OA_APP_ID={APP_ID}")
    print(f"TOCNS_ZALO_OA_APP_SECRET={APP_SECRET}")
    print(f"TOCNS_ZALO_OA_SECRET_KEY={OA_SECRET}")
    print(f"TOCNS_ZALO_OA_REFRESH_TOKEN={api.seed}")
    print(f"TOCNS_ZALO_OA_API_URL={api.openapi}")
    print(f"TOCNS_ZALO_OA_OAUTH_URL={api.oauth}")
    print(f"TOCNS_ZALO_ZNS_API_URL={api.business}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8080"))
