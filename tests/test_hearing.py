"""A webhook's plain texts and presses are read without aiogram's models, and exactly as with them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from aiogram.types import Update
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.hearing import Heard, heard_of, read_update

NOW = datetime(2026, 11, 22, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
some = texts.filter(bool)
commands = st.sampled_from(["/start", "/start@tocns_bot ABC", "/khaosat@x", "/"])
numbers = st.integers(1, 2**52)
seconds = st.integers(0, 4_000_000_000)


def maybe(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Keys that may be absent."""
    return st.fixed_dictionaries({}, optional=values)


def merged(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda dicts: {key: value for each in dicts for key, value in each.items()})


senders = merged(
    st.fixed_dictionaries({"id": numbers, "is_bot": st.just(False), "first_name": texts}),
    maybe(last_name=texts, language_code=st.sampled_from(["vi", "en", ""])),
)
chats = st.fixed_dictionaries({"id": numbers, "type": st.sampled_from(["private", "private", "group"])})
messages = merged(
    st.fixed_dictionaries({"message_id": numbers, "date": seconds, "chat": chats}),
    maybe(**{"from": senders}),
    maybe(text=texts | commands)  # a message has one content
    | maybe(caption=texts, location=st.just({"latitude": 10.7, "longitude": 105.9})),
)
buttons = merged(
    st.fixed_dictionaries({"text": some}), maybe(callback_data=some, url=st.just("https://a.invalid/"))
)
shown = merged(
    messages,
    maybe(reply_markup=st.fixed_dictionaries({"inline_keyboard": st.lists(st.lists(buttons, max_size=3))})),
)
presses = merged(
    st.fixed_dictionaries({"id": some, "from": senders, "chat_instance": some}),
    maybe(data=some, message=shown),
)
updates = merged(
    st.fixed_dictionaries({"update_id": numbers}), maybe(message=messages) | maybe(callback_query=presses)
)


def still(heard: Heard) -> Heard:
    """A press carries no time of its own: both ways take the clock's."""
    return (
        replace(heard, incoming=heard.incoming and replace(heard.incoming, at=NOW))
        if heard.pressed
        else heard
    )


def typed(update: dict[str, Any]) -> Heard | None:
    try:
        return heard_of(Update.model_validate(update))
    except ValueError:
        return None


@given(updates)
def test_what_is_read_from_the_json_is_what_aiogram_reads(update: dict[str, Any]) -> None:
    expected = typed(update)
    if expected is not None:
        assert still(read_update(orjson.dumps(update))) == still(expected)


def pressed(markup: Any) -> dict[str, Any]:
    message = {"message_id": 41, "date": 1, "chat": {"id": 5, "type": "private"}, "reply_markup": markup}
    sender = {"id": 5, "is_bot": False, "first_name": "Lan"}
    press = {"id": "p", "from": sender, "chat_instance": "c", "data": "q:+w", "message": message}
    return {"update_id": 3, "callback_query": press}


def test_a_press_says_its_label_and_names_the_message_that_it_was_made_on() -> None:
    update = pressed({"inline_keyboard": [[{"text": "Wifi", "callback_data": "q:+w"}]]})
    heard, expected = read_update(orjson.dumps(update)), typed(update)
    assert heard.incoming
    assert (heard.incoming.text, heard.incoming.payload, heard.incoming.message) == ("Wifi", "q:+w", "41")
    assert expected
    assert still(heard) == still(expected)


def test_a_markup_that_is_none_is_no_label() -> None:
    assert read_update(orjson.dumps(pressed([7]))) == Heard(3)
