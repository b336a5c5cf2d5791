"""The chat in a terminal: what is printed, and what a typed line means."""

import pytest

from bot.channels.base import Attachment, Button, Incoming, Outcome, Shown
from bot.channels.terminal import Terminal

MENU = Shown(1, "Mời chọn:", ((Button("Khảo sát", "/khaosat"), Button("Tiến độ", "/tiendo")),))
QUESTION = Shown(2, "Mấy người?", ((Button("Giữ: 4", "q:1:keep"),), (Button("Quay lại", "form:back:1"),)))


async def typed(shown: Shown, *lines: str) -> tuple[list[Incoming], list[str]]:
    """What the bot hears when these lines are typed after this message, and what was printed."""
    printed: list[str] = []
    heard: list[Incoming] = []
    left = list(lines)
    terminal = Terminal(lambda: left.pop(0) if left else None, printed.append)

    async def hear(incoming: Incoming) -> None:
        heard.append(incoming)

    assert (await terminal.send("terminal", shown)).outcome is Outcome.SENT
    await terminal.talk(hear)
    return heard, printed


async def test_choices_are_printed_with_their_numbers() -> None:
    _, printed = await typed(MENU)
    assert printed == ["Mời chọn:", "  1. Khảo sát", "  2. Tiến độ"]


async def test_a_number_or_a_label_picks() -> None:
    heard, _ = await typed(MENU, "2", "khảo sát", "2.")
    assert [(said.text, said.payload) for said in heard] == [
        ("Tiến độ", "/tiendo"),
        ("Khảo sát", "/khaosat"),
        ("Tiến độ", "/tiendo"),
    ]


async def test_at_an_open_question_a_bare_number_is_the_answer() -> None:
    heard, _ = await typed(QUESTION, "2", "2.")
    assert [(said.text, said.payload) for said in heard] == [("2", None), ("Quay lại", "form:back:1")]


async def test_whatever_else_is_typed_is_said_as_it_stands_and_nothing_is_said_twice() -> None:
    heard, _ = await typed(MENU, "  xin chào ", "", "   ", "7", "²")
    assert [(said.text, said.payload) for said in heard] == [("xin chào", None), ("7", None), ("²", None)]
    assert len({said.event_id for said in heard}) == len(heard)


async def test_a_file_is_named_where_it_cannot_be_shown() -> None:
    _, printed = await typed(Shown(3, "Bản tin", file_name="tuan.png", media_type="image/png", data=b"1234"))
    assert printed == ["Bản tin", "[tuan.png, 4 byte]"]


async def test_nobody_can_fetch_a_file_from_a_terminal() -> None:
    with pytest.raises(OSError, match="no file x"):
        await Terminal(lambda: None, print).fetch(Attachment("x"))
