"""The servers that `turns` compares, each a process: `python -m tests.bench.turn_servers NAME PORT`.

All take the same webhook bodies and answer 200 when the update is handled. What a bot says goes to a stub in
the process for the two frameworks (their network is not what is measured); ours writes it to the outbox.
"""

import asyncio
import gc
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

QUESTIONS = ("Có điện thoại thông minh?", "Có cáp quang?", "Có VNeID?", "Có VssID?", "Có trả tiền qua mạng?")
TOKEN = "42:bench"
USER = {"id": 42, "is_bot": True, "first_name": "bench", "username": "bench_bot"}


def serve_app(app: web.Application, port: int) -> None:
    """Serves it until the process is ended, and says when it is ready."""
    gc.collect()
    gc.freeze()
    web.run_app(app, host="127.0.0.1", port=port, print=lambda _: print("ready", flush=True), access_log=None)


def make_app(handle: Callable[[bytes], Awaitable[None]]) -> web.Application:
    """A webhook that answers when the body is handled."""

    async def webhook(request: web.Request) -> web.Response:
        await handle(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/webhook/telegram", webhook)
    return app


def bare(port: int) -> None:
    """(a) parses the body and answers: what HTTP costs."""

    async def handle(body: bytes) -> None:
        orjson.loads(body)

    serve_app(make_app(handle), port)


def rows(port: int) -> None:
    """(b) the same with an answer row and a state row, committed in groups, synchronous=FULL: the limit."""
    jobs: list[tuple[tuple[int, int, str], asyncio.Future[None]]] = []
    wake = threading.Condition()
    path = Path(tempfile.mkdtemp()) / "rows.db"

    def write(loop: asyncio.AbstractEventLoop) -> None:
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE answer (update_id INTEGER PRIMARY KEY, chat INTEGER, text TEXT)")
        db.execute("CREATE TABLE state (chat INTEGER PRIMARY KEY, step INTEGER)")
        while True:
            with wake:
                while not jobs:
                    wake.wait()
                batch = jobs[:]
                jobs.clear()
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT OR IGNORE INTO answer VALUES (?,?,?)", [job for job, _ in batch])
            db.executemany(
                "INSERT INTO state VALUES (?,1) ON CONFLICT DO UPDATE SET step = step + 1",
                [(job[1],) for job, _ in batch],
            )
            db.execute("COMMIT")
            loop.call_soon_threadsafe(done, [future for _, future in batch])

    def done(futures: list[asyncio.Future[None]]) -> None:
        for future in futures:
            if not future.done():
                future.set_result(None)

    async def handle(body: bytes) -> None:
        update = orjson.loads(body)
        message = update["message"]
        future = asyncio.get_running_loop().create_future()
        with wake:
            jobs.append(((update["update_id"], message["chat"]["id"], message["text"]), future))
            wake.notify()
        await future

    async def start(_: web.Application) -> None:
        threading.Thread(target=write, args=(asyncio.get_running_loop(),), daemon=True).start()

    app = make_app(handle)
    app.on_startup.append(start)
    serve_app(app, port)


def aiogram(port: int) -> None:
    """(c) a five-question form as aiogram's documentation writes it: FSM, MemoryStorage, nothing durable."""
    from aiogram import Bot, Dispatcher, Router
    from aiogram.client.session.base import BaseSession
    from aiogram.filters import Command
    from aiogram.fsm.context import FSMContext
    from aiogram.fsm.state import State, StatesGroup
    from aiogram.types import Chat, Message, Update

    class Silent(BaseSession):
        async def make_request(self, bot: Bot, method: Any, timeout: int | None = None) -> Any:  # noqa: ASYNC109
            return Message(message_id=1, date=0, chat=Chat(id=1, type="private"))

        async def close(self) -> None: ...

        async def stream_content(self, *args: Any, **kwargs: Any) -> Any:
            yield b""

    class Form(StatesGroup):
        q0 = State()
        q1 = State()
        q2 = State()
        q3 = State()
        q4 = State()

    states = (Form.q0, Form.q1, Form.q2, Form.q3, Form.q4)
    router = Router()

    @router.message(Command("khaosat"))
    async def begin(message: Message, state: FSMContext) -> None:
        await state.set_state(states[0])
        await message.answer(QUESTIONS[0])

    def ask(index: int) -> None:
        @router.message(states[index])
        async def answer(message: Message, state: FSMContext) -> None:
            await state.update_data({f"q{index}": message.text})
            if index == 4:
                await message.answer(f"Đã ghi: {await state.get_data()}")
                await state.clear()
            else:
                await state.set_state(states[index + 1])
                await message.answer(QUESTIONS[index + 1])

    for index in range(5):
        ask(index)
    bot = Bot(TOKEN, session=Silent())
    dispatcher = Dispatcher()
    dispatcher.include_router(router)

    async def handle(body: bytes) -> None:
        await dispatcher.feed_update(bot, Update.model_validate_json(body, context={"bot": bot}))

    serve_app(make_app(handle), port)


def ptb(port: int) -> None:
    """(d) the same as python-telegram-bot's documentation writes it: ConversationHandler in memory."""
    from telegram import Update
    from telegram.ext import (
        Application,
        CommandHandler,
        ContextTypes,
        ConversationHandler,
        MessageHandler,
        filters,
    )
    from telegram.request import BaseRequest

    message = {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}
    sent = orjson.dumps({"ok": True, "result": message})
    me = orjson.dumps({"ok": True, "result": USER})

    class Silent(BaseRequest):
        read_timeout = 5.0

        async def initialize(self) -> None: ...

        async def shutdown(self) -> None: ...

        async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
            return 200, me if url.endswith("getMe") else sent

    async def begin(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        await update.message.reply_text(QUESTIONS[0])
        return 0

    def ask(index: int) -> Callable[[Update, ContextTypes.DEFAULT_TYPE], Awaitable[int]]:
        async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
            context.user_data[f"q{index}"] = update.message.text
            if index == 4:
                await update.message.reply_text(f"Đã ghi: {context.user_data}")
                return ConversationHandler.END
            await update.message.reply_text(QUESTIONS[index + 1])
            return index + 1

        return answer

    builder = Application.builder().token(TOKEN).request(Silent()).get_updates_request(Silent())
    application = builder.updater(None).build()
    application.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("khaosat", begin)],
            states={n: [MessageHandler(filters.TEXT & ~filters.COMMAND, ask(n))] for n in range(5)},
            fallbacks=[],
        )
    )

    async def handle(body: bytes) -> None:
        await application.process_update(Update.de_json(orjson.loads(body), application.bot))

    app = make_app(handle)
    app.on_startup.append(lambda _: application.initialize())
    serve_app(app, port)


def ours(port: int) -> None:
    """The product: one process, SQLite, synchronous=FULL, the Telegram webhook, the outbox written."""
    from tests.bench.turn_ours import serve

    asyncio.run(serve(port))


if __name__ == "__main__":
    {"bare": bare, "rows": rows, "aiogram": aiogram, "ptb": ptb, "ours": ours}[sys.argv[1]](int(sys.argv[2]))
