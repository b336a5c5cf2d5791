"""The emulator is honest: two independent clients read all its answers; it refuses what Telegram refuses."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import telegram
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import AiogramError
from aiogram.types import BotCommand, BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup

from tests.e2e.bot_api import DOWN, BotApi, Trouble, flood
from tests.e2e.bot_api_people import JPEG, Person

BUTTONS = {"inline_keyboard": [[{"text": "Có", "callback_data": "q:1"}]]}


@pytest.fixture
async def aiogram_bot(api: BotApi) -> AsyncIterator[Bot]:
    async with Bot(api.token, session=AiohttpSession(api=TelegramAPIServer.from_base(api.url))) as bot:
        yield bot


@pytest.fixture
async def ptb_bot(api: BotApi) -> AsyncIterator[telegram.Bot]:
    url = f"{api.url}/bot", f"{api.url}/file/bot"
    async with telegram.Bot(api.token, base_url=url[0], base_file_url=url[1]) as bot:
        yield bot


async def everything_happens(person: Person) -> None:
    """One update of every kind."""
    await person.type("/start ABC")
    await person.photo(caption="Nhà")
    await person.document("a.pdf", "application/pdf")
    await person.location()
    await person.sticker()
    await person.voice()
    await person.video()
    await person.contact()
    await person.type_in_group("/start")
    await person.edit(person.messages[0], "sửa")
    person.receive({"text": "?"}, BUTTONS)
    await person.tap("Có")


async def test_aiogram_reads_every_answer(api: BotApi, aiogram_bot: Bot) -> None:
    bot, mai = aiogram_bot, api.person("Mai")
    await everything_happens(mai)
    assert (await bot.me()).username == "tocns_bot"
    updates = await bot.get_updates(allowed_updates=["message", "edited_message", "callback_query"])
    assert len(updates) == 11
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Có", callback_data="q:1")]])
    sent = await bot.send_message(mai.id, "Chào", reply_markup=markup)
    assert sent.reply_markup
    assert sent.reply_markup.model_dump() == markup.model_dump()
    await bot.edit_message_text("Chào cô", chat_id=mai.id, message_id=sent.message_id)
    await bot.edit_message_reply_markup(chat_id=mai.id, message_id=sent.message_id, reply_markup=markup)
    await bot.delete_message(mai.id, sent.message_id)
    photo = await bot.send_photo(mai.id, BufferedInputFile(JPEG, "a.jpg"), caption="Ảnh")
    assert photo.photo
    document = await bot.send_document(mai.id, BufferedInputFile(b"x", "so-lieu.xlsx"))
    assert document.document
    assert document.document.file_name == "so-lieu.xlsx"
    assert await bot.send_chat_action(mai.id, "typing")
    assert await bot.answer_callback_query(next(iter(mai.spinning)))
    assert await bot.set_my_commands([BotCommand(command="khaosat", description="Khảo sát")])
    assert [command.command for command in await bot.get_my_commands()] == ["khaosat"]
    got = await bot.download(photo.photo[-1].file_id)
    assert got
    assert got.read() == JPEG
    assert await bot.set_webhook("http://127.0.0.1:1/", secret_token="a")
    assert (await bot.get_webhook_info()).url == "http://127.0.0.1:1/"
    assert await bot.delete_webhook()


async def test_python_telegram_bot_reads_every_answer(api: BotApi, ptb_bot: telegram.Bot) -> None:
    bot, mai = ptb_bot, api.person("Mai")
    await everything_happens(mai)
    assert bot.username == "tocns_bot"
    updates = await bot.get_updates(allowed_updates=["message", "edited_message", "callback_query"])
    assert len(updates) == 11
    markup = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Có", callback_data="q:1")]])
    sent = await bot.send_message(mai.id, "Chào", reply_markup=markup)
    assert sent.reply_markup == markup
    await bot.edit_message_text("Chào cô", mai.id, sent.message_id)
    await bot.edit_message_reply_markup(mai.id, sent.message_id, reply_markup=markup)
    await bot.delete_message(mai.id, sent.message_id)
    photo = await bot.send_photo(mai.id, JPEG, caption="Ảnh")
    document = await bot.send_document(mai.id, b"x", filename="so-lieu.xlsx")
    assert document.document
    assert document.document.file_name == "so-lieu.xlsx"
    assert await bot.send_chat_action(mai.id, "typing")
    assert await bot.answer_callback_query(next(iter(mai.spinning)))
    assert await bot.set_my_commands([("khaosat", "Khảo sát")])
    assert [command.command for command in await bot.get_my_commands()] == ["khaosat"]
    file = await bot.get_file(photo.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == JPEG
    assert await bot.set_webhook("http://127.0.0.1:1/", secret_token="a")
    assert (await bot.get_webhook_info()).url == "http://127.0.0.1:1/"
    assert await bot.delete_webhook()


def buttons(count: int, data: str = "q:1") -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Có", "callback_data": data}]] * count}


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": "a" * 4097}, "message is too long"),
        ({"text": "a", "reply_markup": buttons(1, "a" * 65)}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": buttons(1, "ấ" * 22)}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": buttons(101)}, "reply markup is too long"),
        ({"text": "a", "chat_id": 1}, "chat not found"),
    ],
)
async def test_what_telegram_refuses_is_refused(api: BotApi, params: dict[str, Any], refusal: str) -> None:
    mai = api.person("Mai")
    await mai.type("/start")
    async with aiohttp.ClientSession(api.url) as session:
        answer = await session.post(f"/bot{api.token}/sendMessage", json={"chat_id": mai.id, **params})
        assert answer.status == 400
        assert await answer.json() == {
            "ok": False,
            "error_code": 400,
            "description": f"Bad Request: {refusal}",
        }


async def test_who_never_wrote_cannot_be_written_to(api: BotApi, ptb_bot: telegram.Bot) -> None:
    with pytest.raises(telegram.error.BadRequest, match="Chat not found"):
        await ptb_bot.send_message(api.person("Mai").id, "Chào")


async def test_an_update_comes_again_until_its_offset_is_passed(api: BotApi, aiogram_bot: Bot) -> None:
    mai = api.person("Mai")
    first, second = await mai.type("một"), await mai.type("hai")
    assert [update.update_id for update in await aiogram_bot.get_updates()] == [first, second]
    assert [update.update_id for update in await aiogram_bot.get_updates(offset=second)] == [second]
    assert await aiogram_bot.get_updates(offset=second + 1) == []


async def test_troubles_come_as_scripted_and_pass(api: BotApi, aiogram_bot: Bot) -> None:
    mai = api.person("Mai")
    await mai.type("/start")
    api.trouble("sendMessage", flood(7), DOWN, Trouble(drop="before"), Trouble(drop="after"))
    for _ in range(4):
        with pytest.raises(AiogramError):
            await aiogram_bot.send_message(mai.id, "Chào")
    assert [message["text"] for message in mai.messages] == [
        "/start",
        "Chào",
    ]  # the last trouble came after it
    await aiogram_bot.send_message(mai.id, "Lần nữa")
    assert len(api.called("sendMessage")) == 5


async def test_a_person_can_be_driven_over_http(api: BotApi, ptb_bot: telegram.Bot) -> None:
    async with aiohttp.ClientSession(api.url) as session:
        who = (await (await session.post("/people", json={"name": "Bảy"})).json())["id"]
        await session.post(f"/people/{who}/type", json={"text": "Xin chào"})
        await ptb_bot.send_message(who, "Dạ, em nghe ạ.")
        answer = await (await session.get(f"/people/{who}/answer")).json()
        assert answer["text"] == "Dạ, em nghe ạ."
        screen = await (await session.get(f"/people/{who}/screen")).text()
        assert screen == "Bảy: Xin chào\nbot: Dạ, em nghe ạ."
