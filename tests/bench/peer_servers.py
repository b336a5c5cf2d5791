"""The durable peers of `peers`, each a process: `python -m tests.bench.peer_servers NAME PORT FILE`.

The survey of five questions as the two frameworks' documentation leads one to write it when answers must
outlive a restart: the talk's state in a database by the framework's own way of keeping it, the answers by a
SQLModel session, SQLite with synchronous=FULL. Both answer the webhook only when the update was handled,
which is not their documentation's first choice, but the only one that is durable. What they say goes to a
stub.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from tests.bench.turn_servers import QUESTIONS, TOKEN, USER, make_app, serve_app


class Answer(SQLModel, table=True):
    """One answer of one person."""

    __tablename__ = "bench_answer"
    id: int | None = Field(default=None, primary_key=True)
    update_id: int
    chat: int
    question: int
    text: str


class Kept(SQLModel, table=True):
    """Where a talk stands, as the framework keeps it."""

    __tablename__ = "bench_kept"
    key: str = Field(primary_key=True)
    state: str | None = None
    data: str = "{}"


TABLES = [SQLModel.metadata.tables[name] for name in ("bench_answer", "bench_kept")]


class Store:
    """The peers' database."""

    def __init__(self, path: str) -> None:
        self.engine: AsyncEngine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        event.listen(self.engine.sync_engine, "connect", self._set_up)

    @staticmethod
    def _set_up(raw: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
            raw.execute(f"PRAGMA {pragma}")

    async def make(self, _app: Any = None) -> None:
        async with self.engine.begin() as connection:
            await connection.run_sync(lambda sync: SQLModel.metadata.create_all(sync, tables=TABLES))

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session
            await session.commit()

    async def answer(self, update_id: int, chat: int, question: int, text: str) -> None:
        async with self.session() as session:
            session.add(Answer(update_id=update_id, chat=chat, question=question, text=text))

    async def keep(self, key: str, **values: str | None) -> None:
        async with self.session() as session:
            row = await session.get(Kept, key) or Kept(key=key)
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)

    async def kept(self, key: str) -> Kept:
        async with self.session() as session:
            return await session.get(Kept, key) or Kept(key=key)


def aiogram(  # noqa: C901 (a bot is written in one piece, as their examples are)
    port: int, path: str
) -> None:
    """aiogram's FSM over a storage of one's own: https://docs.aiogram.dev/en/latest/dispatcher/finite_state_machine/storages.html"""
    from aiogram import Bot, Dispatcher, Router
    from aiogram.client.session.base import BaseSession
    from aiogram.filters import Command
    from aiogram.fsm.context import FSMContext
    from aiogram.fsm.state import State, StatesGroup
    from aiogram.fsm.storage.base import BaseStorage, StorageKey
    from aiogram.types import Chat, Message, Update

    store = Store(path)

    class Silent(BaseSession):
        async def make_request(self, bot: Bot, method: Any, timeout: int | None = None) -> Any:  # noqa: ASYNC109
            return Message(message_id=1, date=0, chat=Chat(id=1, type="private"))

        async def close(self) -> None: ...

        async def stream_content(self, *args: Any, **kwargs: Any) -> Any:
            yield b""

    class Database(BaseStorage):
        async def set_state(self, key: StorageKey, state: Any = None) -> None:
            name = state.state if isinstance(state, State) else state
            await store.keep(str(key.chat_id), state=name)

        async def get_state(self, key: StorageKey) -> str | None:
            return (await store.kept(str(key.chat_id))).state

        async def set_data(self, key: StorageKey, data: Any) -> None:
            await store.keep(str(key.chat_id), data=orjson.dumps(data).decode())

        async def get_data(self, key: StorageKey) -> dict[str, Any]:
            return dict(orjson.loads((await store.kept(str(key.chat_id))).data))

        async def close(self) -> None: ...

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
        async def answer(message: Message, state: FSMContext, event_update: Update) -> None:
            await store.answer(event_update.update_id, message.chat.id, index, message.text or "")
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
    dispatcher = Dispatcher(storage=Database())
    dispatcher.include_router(router)

    async def handle(body: bytes) -> None:
        await dispatcher.feed_update(bot, Update.model_validate_json(body, context={"bot": bot}))

    app = make_app(handle)
    app.on_startup.append(store.make)
    serve_app(app, port)


def ptb(  # noqa: C901
    port: int, path: str
) -> None:
    """python-telegram-bot's ConversationHandler with a persistence of one's own, written each second (the
    default is each minute): https://docs.python-telegram-bot.org/en/stable/telegram.ext.basepersistence.html"""
    from telegram import Update
    from telegram.ext import (
        Application,
        BasePersistence,
        CommandHandler,
        ContextTypes,
        ConversationHandler,
        MessageHandler,
        PersistenceInput,
        filters,
    )
    from telegram.request import BaseRequest

    store = Store(path)
    message = {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}
    sent, me = (orjson.dumps({"ok": True, "result": result}) for result in (message, USER))

    class Silent(BaseRequest):
        read_timeout = 5.0

        async def initialize(self) -> None: ...

        async def shutdown(self) -> None: ...

        async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
            return 200, me if url.endswith("getMe") else sent

    class Database(BasePersistence[Any, Any, Any]):
        def __init__(self) -> None:
            super().__init__(PersistenceInput(bot_data=False, chat_data=False), update_interval=1)

        async def get_conversations(self, name: str) -> dict[Any, Any]:
            await store.make()
            async with store.session() as session:
                rows = (await session.exec(_all())).all()
            return {tuple(map(int, row.key.split())): int(row.state) for row in rows if row.state}

        async def update_conversation(self, name: str, key: Any, new_state: Any) -> None:
            state = None if new_state is None else str(new_state)
            await store.keep(" ".join(map(str, key)), state=state)

        async def get_user_data(self) -> dict[int, Any]:
            return {}

        async def update_user_data(self, user_id: int, data: Any) -> None:
            await store.keep(f"user {user_id}", data=orjson.dumps(data).decode())

        async def refresh_user_data(self, user_id: int, user_data: Any) -> None: ...
        async def drop_user_data(self, user_id: int) -> None: ...
        async def flush(self) -> None: ...
        async def get_bot_data(self) -> Any: ...
        async def get_chat_data(self) -> Any: ...
        async def get_callback_data(self) -> Any: ...
        async def update_bot_data(self, data: Any) -> None: ...
        async def update_chat_data(self, chat_id: int, data: Any) -> None: ...
        async def update_callback_data(self, data: Any) -> None: ...
        async def refresh_bot_data(self, bot_data: Any) -> None: ...
        async def refresh_chat_data(self, chat_id: int, chat_data: Any) -> None: ...
        async def drop_chat_data(self, chat_id: int) -> None: ...

    async def begin(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        await update.message.reply_text(QUESTIONS[0])
        return 0

    def ask(index: int) -> Callable[[Update, ContextTypes.DEFAULT_TYPE], Awaitable[int]]:
        async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
            said = update.message
            await store.answer(update.update_id, said.chat.id, index, said.text)
            context.user_data[f"q{index}"] = said.text
            if index == 4:
                await said.reply_text(f"Đã ghi: {context.user_data}")
                return ConversationHandler.END
            await said.reply_text(QUESTIONS[index + 1])
            return index + 1

        return answer

    builder = Application.builder().token(TOKEN).request(Silent()).get_updates_request(Silent())
    application = builder.updater(None).persistence(Database()).build()
    application.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("khaosat", begin)],
            states={n: [MessageHandler(filters.TEXT & ~filters.COMMAND, ask(n))] for n in range(5)},
            fallbacks=[],
            persistent=True,
            name="survey",
        )
    )

    async def handle(body: bytes) -> None:
        await application.process_update(Update.de_json(orjson.loads(body), application.bot))

    async def start(_: Any) -> None:
        await store.make()
        await application.initialize()
        await application.start()

    app = make_app(handle)
    app.on_startup.append(start)
    serve_app(app, port)


def _all() -> Any:
    from sqlmodel import select

    return select(Kept)


def ours(port: int, path: str) -> None:
    """The product, as in `turns`."""
    from tests.bench.turn_ours import serve

    asyncio.run(serve(port, path))


if __name__ == "__main__":
    {"aiogram": aiogram, "ptb": ptb, "ours": ours}[sys.argv[1]](int(sys.argv[2]), sys.argv[3])
