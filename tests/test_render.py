"""What a channel shows of a reply: within its limits, and nothing lost."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Limits
from bot.render import Part, from_json, render, split, to_json
from handlers.talk import Attached, Choice, Reply

TELEGRAM = Limits(text=4096, buttons=100, row=4, button_label=40)
ZALO = Limits(text=2000, buttons=5, row=1, button_label=20, caption=0)


def shown(part: Part) -> str:
    """A part as a person sees it, buttons in brackets."""
    rows = "\n".join("".join(f"[{button.label}]" for button in row) for row in part.buttons)
    return f"{part.text}\n{rows}" if rows else part.text


def answers(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"Ấp {number}", f"q:{number}") for number in range(1, count + 1))


def test_short_choices_stand_side_by_side_a_long_one_alone_and_what_is_no_answer_apart() -> None:
    reply = Reply(
        "Nhà mình có internet cáp quang không ạ?",
        (
            Choice("Có", "q:1"),
            Choice("Không", "q:2"),
            Choice("Không biết, để hỏi lại", "q:3"),
            Choice("Ý khác", "q:4"),
            Choice("Bỏ qua", "form:skip:4"),
            Choice("Quay lại", "form:back:4"),
            Choice("Khảo sát hộ", "/khaosat"),
            Choice("Trợ giúp", "/trogiup"),
        ),
    )
    assert shown(render(reply, TELEGRAM, "vi")[0]) == (
        "Nhà mình có internet cáp quang không ạ?\n[Có][Không]\n[Không biết, để hỏi lại]\n[Ý khác]\n"
        "[Bỏ qua][Quay lại]\n[Khảo sát hộ][Trợ giúp]"
    )


def test_more_choices_than_buttons_are_numbered_and_all_can_be_typed() -> None:
    (part,) = render(Reply("Chọn ấp:", answers(7)), ZALO, "vi")
    assert shown(part) == (
        "Chọn ấp:\n\n1. Ấp 1\n2. Ấp 2\n3. Ấp 3\n4. Ấp 4\n5. Ấp 5\n6. Ấp 6\n7. Ấp 7\n\n"
        "Xin gõ số thứ tự để chọn.\n[1. Ấp 1]\n[2. Ấp 2]\n[3. Ấp 3]\n[4. Ấp 4]\n[5. Ấp 5]"
    )


def test_a_label_too_long_for_a_button_is_read_in_the_text() -> None:
    long = "Chưa có ai hướng dẫn cách nộp hồ sơ trên mạng"
    (part,) = render(Reply("Vì sao ạ?", (Choice("Không cần", "q:1"), Choice(long, "q:2"))), ZALO, "vi")
    assert shown(part) == (f"Vì sao ạ?\n\n1. Không cần\n2. {long}\n[1. Không cần]\n[2. Chưa có ai hướng…]")


def test_a_channel_without_buttons_gets_numbers_only() -> None:
    (part,) = render(Reply("Chọn:", answers(2)), Limits(text=2000, buttons=0, row=1, button_label=20), "en")
    assert shown(part) == "Chọn:\n\n1. Ấp 1\n2. Ấp 2\n\nPlease type a number to choose."


def test_long_text_is_cut_between_paragraphs_and_the_buttons_come_last() -> None:
    paragraphs = ["Một. " * 10, "Hai. " * 10, "Ba. " * 10]
    parts = render(Reply("\n\n".join(paragraphs), answers(1)), Limits(60, 5, 1, 20), "vi")
    assert [part.text for part in parts] == [paragraph.strip() for paragraph in paragraphs]
    assert [len(part.buttons) for part in parts] == [0, 0, 1]


def test_a_cut_never_tears_a_letter_from_its_marks() -> None:
    decomposed = "e\u0302\u0301" * 40  # ế as three code points
    assert all(len(piece) % 3 == 0 for piece in split(decomposed, 50))


def test_a_file_goes_beside_a_short_text_and_before_a_long_one() -> None:
    chart = Attached("bieu-do.png", "image/png", b"\x89PNG")
    assert render(Reply("Tuần 47", attached=chart), TELEGRAM, "vi") == [Part("Tuần 47", attached=chart)]
    alone, text = render(Reply("Tuần 47", answers(1), attached=chart), ZALO, "vi")
    assert (alone.text, alone.attached, alone.buttons) == ("", chart, ())
    assert (text.text, text.attached, len(text.buttons)) == ("Tuần 47", None, 1)


def test_what_is_asked_for_has_a_button_in_the_persons_language() -> None:
    (part,) = render(Reply("Nhà ở đâu ạ?", ask="location"), TELEGRAM, "vi")
    assert (part.ask, part.ask_label) == ("location", "📍 Gửi vị trí")


def test_a_reply_that_says_nothing_gives_no_message() -> None:
    assert render(Reply(" \n"), TELEGRAM, "vi") == []


def test_choices_without_a_text_get_one() -> None:
    assert shown(render(Reply("", answers(1)), TELEGRAM, "vi")[0]) == "Mời chọn:\n[Ấp 1]"


# --------------------------------------------------------------------------- for any reply, on any channel

texts = st.text(st.sampled_from("aăậ đ.\n!👩\u200d\u0301") | st.characters(codec="utf-8"), max_size=400)
labels = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=60)
choices = st.lists(st.builds(Choice, labels, st.text("abc:019", min_size=1, max_size=80)), max_size=12)
files = st.none() | st.builds(Attached, st.just("a.png"), st.just("image/png"), st.binary(max_size=20))
replies = st.builds(Reply, texts, choices.map(tuple), st.sampled_from([None, "location", "photo"]), files)
limits = st.builds(
    Limits,
    text=st.integers(20, 300),
    buttons=st.integers(0, 12),
    row=st.integers(1, 5),
    button_label=st.integers(8, 60),
    payload=st.just(64),
    caption=st.integers(0, 100),
)


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(replies, limits)
def test_every_part_is_within_the_limits(reply: Reply, limits: Limits) -> None:
    for part in render(reply, limits, "vi"):
        assert len(part.text) <= (limits.caption if part.attached else limits.text)
        assert part.text.strip() or part.attached
        assert sum(map(len, part.buttons)) <= limits.buttons
        for row in part.buttons:
            assert 1 <= len(row) <= limits.row
            assert all(len(button.label) <= limits.button_label for button in row)
            assert all(len(button.payload) <= limits.payload for button in row)


@given(replies, limits)
def test_nothing_that_was_said_is_lost(reply: Reply, limits: Limits) -> None:
    parts = render(reply, limits, "vi")
    assert bare("".join(part.text for part in parts)).startswith(bare(reply.text))
    assert [part.attached for part in parts if part.attached] == ([reply.attached] if reply.attached else [])
    assert [part.ask for part in parts if part.ask] == ([reply.ask] if reply.ask else [])


@given(replies, limits)
def test_every_choice_is_a_button_or_a_number_that_is_its_place(reply: Reply, limits: Limits) -> None:
    parts = render(reply, limits, "vi")
    buttons = [button for part in parts for row in part.buttons for button in row]
    assert all(not part.buttons for part in parts[:-1])
    text = bare("".join(part.text for part in parts))
    if [(button.label, button.payload) for button in buttons] == [
        (choice.label, choice.payload) for choice in reply.choices
    ]:
        return
    listed = "".join(f"{number}.{choice.label}" for number, choice in enumerate(reply.choices, 1))
    assert bare(listed) in text


@given(replies, limits)
def test_the_outbox_gives_back_what_was_put_in(reply: Reply, limits: Limits) -> None:
    for part in render(reply, limits, "vi"):
        assert from_json(to_json(part), part.attached and part.attached.data) == part
