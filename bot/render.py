"""A neutral Reply -> what one channel can show: buttons or a numbered list, long text in parts. Pure.

What a channel cannot carry is never dropped: a choice without a button stands in the text with its number,
and the numbers are the places in `Reply.choices`, counted from 1, on every channel.
"""

import re
import unicodedata
from typing import Any, Literal

import orjson

from bot.channels.base import Button, Limits
from content.values import dataclass
from content.words import say
from handlers.talk import Attached, Choice, Reply

_ROW_WIDTH = 30
"""Characters that buttons side by side may show together on a 5-inch phone before they are cut off."""

_SENTENCE_END = re.compile(r"[.!?…:;](?=\s)")
_NUMBERS = re.compile(r"^\d+\. ", re.MULTILINE)
_JOINERS = "\u200d\ufe0e\ufe0f"


@dataclass(frozen=True, slots=True)
class Part:
    """One message that fits the channel. `buttons` are rows; `ask_label` is what the button that gives the
    location or the photo says, in the person's language. `listed` are the choices that stand in the text, in
    that order, the first `numbered` of them with their numbers. `goes_on`: another message of the same turn
    follows. `replaces`: the message of the channel's in whose place this one comes. `beside`: what was
    offered before still is.
    """

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    ask: Literal["location", "photo", "phone"] | None = None
    ask_label: str = ""
    attached: Attached | None = None
    listed: tuple[Button, ...] = ()
    numbered: int = 0
    goes_on: bool = False
    replaces: str = ""
    beside: bool = False


def render(reply: Reply, limits: Limits, locale: str) -> list[Part]:
    """The messages that make up `reply` on a channel with these limits, in the order in which they are sent.

    Choices, and what is asked for, are on the last one. A file goes with the text where that fits beside it,
    else before it. A reply that says nothing at all gives no message.
    """
    if reply.ask == "phone" and not limits.phone:
        return []
    text, attached = reply.text, reply.attached
    listed: tuple[Button, ...] = ()
    numbered = 0
    buttons = _buttons(reply.choices, limits)
    if buttons is None:
        text, buttons, numbered = _listed(reply, limits, locale)
        listed = tuple(Button(choice.label, choice.payload) for choice in reply.choices)
    elif not text.strip() and (buttons or reply.ask) and not (attached and limits.caption):
        text = say(locale, "render.choose")
    label = say(locale, f"render.ask_{reply.ask}") if reply.ask else ""
    if limits.hints and reply.ask in {"location", "photo"}:
        text += "\n\n" + say(locale, f"render.{reply.ask}_{limits.hints}")
    if len(text) <= (limits.text if attached is None else min(limits.caption, limits.text)):
        last = Part(text, _rows(buttons, limits.row), reply.ask, label, attached, listed, numbered)
        return [last] if text.strip() or attached else []
    *before, end = split(text, limits.text)
    parts = [Part("", attached=attached)] if attached else []
    parts += [Part(piece) for piece in before]
    return [*parts, Part(end, _rows(buttons, limits.row), reply.ask, label, listed=listed, numbered=numbered)]


def fits(part: Part, limits: Limits) -> bool:
    """Whether another channel can show the part, made for the first, without losing any of it."""
    buttons = [button for row in part.buttons for button in row]
    whole = len(buttons) <= limits.buttons or bool(part.listed)
    room = min(limits.text, limits.caption) if part.attached and part.text else limits.text
    return whole and len(part.text) <= room and all(len(b.label) <= limits.button_label for b in buttons)


def split(text: str, limit: int) -> list[str]:
    """`text` in pieces of at most `limit` characters: between paragraphs where it can be, else between lines,
    sentences, words. Only white space at the cuts is lost.
    """
    pieces = []
    text = text.strip()
    while len(text) > limit:
        cut = _cut(text, limit)
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*pieces, text]


def to_json(part: Part) -> str:
    """The body of an outbox row. The bytes of a file are not in it: they have a column of their own."""
    body: dict[str, Any] = {"text": part.text}
    if part.buttons:
        body["buttons"] = [[(button.label, button.payload) for button in row] for row in part.buttons]
    if part.ask:
        body["ask"] = (part.ask, part.ask_label)
    if part.listed:
        body["listed"] = [(button.label, button.payload) for button in part.listed]
        body["numbered"] = part.numbered
    if part.goes_on:
        body["goes_on"] = True
    if part.replaces:
        body["replaces"] = part.replaces
    if part.beside:
        body["beside"] = True
    if part.attached:
        body["file"] = (part.attached.name, part.attached.media_type)
    return orjson.dumps(body).decode()


def from_json(body: str, data: bytes | None = None) -> Part:
    """The part that `to_json` wrote; `data` is the file of the row."""
    read = orjson.loads(body)
    ask, label = read.get("ask") or (None, "")
    rows = tuple(tuple(Button(*button) for button in row) for row in read.get("buttons", ()))
    attached = Attached(read["file"][0], read["file"][1], data or b"") if "file" in read else None
    listed = tuple(Button(*button) for button in read.get("listed", ()))
    return Part(
        read["text"],
        rows,
        ask,
        label,
        attached,
        listed,
        numbered=read.get("numbered", 0),
        goes_on="goes_on" in read,
        replaces=read.get("replaces", ""),
        beside="beside" in read,
    )


# --------------------------------------------------------------------------- choices


def _buttons(choices: tuple[Choice, ...], limits: Limits) -> list[Button] | None:
    """A button for every choice under its own label, or None where that does not fit."""
    if len(choices) > limits.buttons:
        return None
    buttons = []
    for choice in choices:
        if len(choice.label) > limits.button_label or len(choice.payload.encode()) > limits.payload:
            return None
        buttons.append(Button(choice.label, choice.payload))
    return buttons


def _listed(reply: Reply, limits: Limits, locale: str) -> tuple[str, list[Button], int]:
    """The text with all choices listed, buttons for as many of them as the channel takes, and how many of the
    choices have a number.

    No number that is typed may mean two things: where the text has numbers of its own, or the answer may be
    one, the choices are named instead.
    """
    numbered = len(reply.choices) if reply.numbers is None else reply.numbers
    if _NUMBERS.search(reply.text):
        numbered = 0
    lines = [
        f"{number}. {choice.label}" if number <= numbered else f"• {choice.label}"
        for number, choice in enumerate(reply.choices, 1)
    ]
    buttons = [
        Button(_short(line, limits.button_label), choice.payload)
        for line, choice in zip(lines, reply.choices, strict=True)
        if len(choice.payload.encode()) <= limits.payload
    ][: limits.buttons]
    text = "\n\n".join(filter(None, (reply.text.rstrip(), "\n".join(lines))))
    if len(buttons) < len(lines):
        text += "\n\n" + say(locale, "render.type_number" if numbered else "render.type_label")
    return text, buttons, numbered


def _short(label: str, limit: int) -> str:
    return label if len(label) <= limit else label[: limit - 1].rstrip() + "…"


def _rows(buttons: list[Button], most: int) -> tuple[tuple[Button, ...], ...]:
    """Short labels side by side, in the order of the choices; a long one has a row to itself. Answers do not
    share a row with what is no answer (back, skip; their payloads begin otherwise): a finger slips.
    """
    rows: list[list[Button]] = []
    row: list[Button] = []
    widest, kind = 0, ""
    for button in buttons:
        width, before = max(widest, len(button.label)), kind
        kind = "/" if button.payload[:1] == "/" else button.payload.partition(":")[0]
        if row and (len(row) == most or width * (len(row) + 1) > _ROW_WIDTH or kind != before):
            rows.append(row)
            row, width = [], len(button.label)
        row.append(button)
        widest = width
    if row:
        rows.append(row)
    return tuple(map(tuple, rows))


# --------------------------------------------------------------------------- text


def _cut(text: str, limit: int) -> int:
    """Where to cut: the coarsest boundary in the second half of what fits, so that no piece is a scrap."""
    least = limit // 2
    for boundary in ("\n\n", "\n"):
        if (found := text.rfind(boundary, least, limit + 1)) > 0:
            return found
    ends = [match.end() for match in _SENTENCE_END.finditer(text, least, limit + 1) if match.end() <= limit]
    if ends:
        return ends[-1]
    if (found := text.rfind(" ", least, limit + 1)) > 0:
        return found
    cut = limit
    while cut > least and _joins(text[cut - 1], text[cut]):
        cut -= 1
    return cut if cut > least else limit


def _joins(before: str, after: str) -> bool:
    """Whether a cut between the two would tear a letter from its mark or an emoji apart."""
    return before == "\u200d" or after in _JOINERS or unicodedata.combining(after) > 0
