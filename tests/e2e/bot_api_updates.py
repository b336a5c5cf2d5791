"""The updates of the emulator: kept until they are confirmed, polled or brought to a webhook."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout

Params = dict[str, Any]
DEFAULT_UPDATES = frozenset({"message", "edited_message", "callback_query", "my_chat_member"})


class Fault(Exception):
    """What the Bot API refuses, with its own words."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.retry_after = code, description, retry_after


@dataclass
class Webhook:
    url: str
    secret: str = ""
    max_connections: int = 40
    error: str = ""
    error_at: int = 0


class Updates:
    """What happened and was not confirmed yet. `call` takes what a webhook's answer asks to have called.
    A refused webhook is tried again after `retry_pause` seconds, doubled up to one.
    """

    def __init__(
        self, ids: Iterator[int], call: Callable[[Params], Awaitable[None]], retry_pause: float
    ) -> None:
        self.ids, self.retry_pause = ids, retry_pause
        self.webhook = Webhook("")
        self.history: list[dict[str, Any]] = []
        self.deliveries: list[tuple[int, int]] = []
        self._call = call
        self._client = ClientSession(timeout=ClientTimeout(total=10))
        self._allowed = DEFAULT_UPDATES
        self._pending: list[dict[str, Any]] = []
        self._arrived = asyncio.Condition()
        self._polls = 0
        self._workers: dict[int, asyncio.Task[None]] = {}

    async def close(self) -> None:
        self._stop_delivering()
        await self._client.close()

    async def happen(self, kind: str, content: Any, talk: int) -> int:
        """Something happened in a talk: it waits to be polled, or is brought to the webhook. Gives the
        update id.
        """
        update_id = next(self.ids)
        if kind in self._allowed:
            as_it_was = orjson.loads(orjson.dumps(content))
            self.history.append({"update_id": update_id, kind: as_it_was})
            await self.deliver(self.history[-1], talk)
        return update_id

    async def deliver(self, update: dict[str, Any], talk: int) -> None:
        """Brings an update, be it for the second time."""
        async with self._arrived:
            self._pending.append({"talk": talk, "update": update})
            self._arrived.notify_all()
        self._start_delivering()

    async def get(self, params: Params) -> list[Any]:
        if self.webhook.url:
            raise Fault(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"
            )
        self._allow(params)
        offset, limit = int(params.get("offset", 0)), min(int(params.get("limit", 100)), 100)
        until = time.monotonic() + min(int(params.get("timeout", 0)), 50)
        async with self._arrived:
            self._polls += 1
            mine = self._polls
            self._arrived.notify_all()
            self._pending = [it for it in self._pending if it["update"]["update_id"] >= offset]
            while not self._pending and (left := until - time.monotonic()) > 0:
                try:
                    await asyncio.wait_for(self._arrived.wait(), left)
                except TimeoutError:
                    break
                if self._polls != mine:
                    raise Fault(
                        409,
                        "Conflict: terminated by other getUpdates request; "
                        "make sure that only one bot instance is running",
                    )
            return [it["update"] for it in self._pending[:limit]]

    def _allow(self, params: Params) -> None:
        if (allowed := params.get("allowed_updates")) is not None:
            self._allowed = frozenset(allowed) or DEFAULT_UPDATES

    # ------------------------------------------------------------------ webhook

    async def set_webhook(self, params: Params) -> bool:
        secret = params.get("secret_token", "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise Fault(400, "Bad Request: secret token contains unallowed characters")
        self._allow(params)
        await self.delete_webhook(params)
        self.webhook = Webhook(params.get("url", ""), secret, int(params.get("max_connections", 40)))
        self._start_delivering()
        return True

    async def delete_webhook(self, params: Params) -> bool:
        self._stop_delivering()
        self.webhook = Webhook("")
        if str(params.get("drop_pending_updates", "")).lower() == "true":
            self._pending.clear()
        return True

    async def webhook_info(self, params: Params) -> dict[str, Any]:
        hook = self.webhook
        error = {"last_error_date": hook.error_at, "last_error_message": hook.error} if hook.error else {}
        return {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._pending),
            "max_connections": hook.max_connections,
            "allowed_updates": sorted(self._allowed),
            **error,
        }

    def _start_delivering(self) -> None:
        """One talk's updates go one after another, those of different talks beside each other."""
        if not self.webhook.url:
            return
        for talk in {it["talk"] for it in self._pending}:
            if talk not in self._workers or self._workers[talk].done():
                self._workers[talk] = asyncio.create_task(self._deliver_talk(talk))

    def _stop_delivering(self) -> None:
        for worker in self._workers.values():
            worker.cancel()
        self._workers.clear()

    async def _deliver_talk(self, talk: int) -> None:
        pause = self.retry_pause
        while waiting := [it for it in self._pending if it["talk"] == talk]:
            if await self._post(waiting[0]["update"]):
                self._pending = [it for it in self._pending if it is not waiting[0]]
                pause = self.retry_pause
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, 1.0)

    async def _post(self, update: dict[str, Any]) -> bool:
        headers = {"Content-Type": "application/json"}
        if self.webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook.secret
        status, reply = 0, b""
        try:
            async with self._client.post(
                self.webhook.url, data=orjson.dumps(update), headers=headers
            ) as answer:
                status, reply = answer.status, await answer.read()
        except (ClientError, TimeoutError) as error:
            self.webhook.error = f"Connection failed: {type(error).__name__}"
        self.deliveries.append((update["update_id"], status))
        if not 200 <= status < 300:
            self.webhook.error_at = int(time.time())
            self.webhook.error = (
                f"Wrong response from the webhook: {status}" if status else self.webhook.error
            )
            return False
        if reply.startswith(b"{"):
            await self._call(orjson.loads(reply))
        return True
