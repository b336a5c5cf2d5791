"""The chat in a terminal: text and numbered choices out, lines in; a number or a label picks."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from aiohttp import web

from bot.channels.base import Attachment, Button, Hear, Incoming, Limits, Outcome, Receipt, Shown

LIMITS = Limits(text=100_000, buttons=100, row=1, button_label=500, caption=100_000)

_OF_A_QUESTION = ("q:", "form:")
"""Payloads of the buttons under an open question. There a bare number is an answer ("3" people, or the third
option), and only the core knows which."""


@dataclass(slots=True, eq=False)
class Terminal:
    """Channel `terminal`: one person, who sits in front of it.

    `read` gives the next line that is typed, without its end, and None when there is no more; it may block.
    `write` prints. `address` is who the person is: `terminal` is somebody whom the bot does not know.
    """

    read: Callable[[], str | None]
    write: Callable[[str], None]
    address: str = "terminal"
    name: str = field(default="terminal", init=False)
    limits: Limits = field(default=LIMITS, init=False)
    _offered: list[Button] = field(default_factory=list, init=False)

    def routes(self, hear: Hear) -> Sequence[web.RouteDef]:  # noqa: ARG002
        """A terminal is not reached over HTTP."""
        return ()

    async def start(self, hear: Hear, *, listen: bool, send: bool) -> None:
        """Nothing to open: `talk` is the conversation."""

    async def hush(self) -> None:
        """Nothing to do: `talk` ends by itself."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def talk(self, hear: Hear) -> None:
        """Hears line by line until there are no more."""
        while (line := await asyncio.to_thread(self.read)) is not None:
            if line.strip():
                await hear(self._incoming(line.strip()))

    def _incoming(self, line: str) -> Incoming:
        picked = self._picked(line)
        return Incoming(
            channel=self.name,
            event_id=str(uuid4()),
            address=self.address,
            at=datetime.now(UTC),
            text=picked.label if picked else line,
            payload=picked.payload if picked else None,
        )

    def _picked(self, line: str) -> Button | None:
        """The choice that the line means: by its label, by its number, and at an open question by its number
        with a dot ("2.").
        """
        number = line.removesuffix(".")
        if number.isdecimal():
            asked = any(button.payload.startswith(_OF_A_QUESTION) for button in self._offered)
            known = 0 < int(number) <= len(self._offered)
            return self._offered[int(number) - 1] if known and (number != line or not asked) else None
        folded = line.casefold()
        return next((button for button in self._offered if button.label.casefold() == folded), None)

    async def send(self, address: str, shown: Shown) -> Receipt:  # noqa: ARG002
        """Prints the message; its choices are those that can be picked from now on."""
        self.write(shown.text)
        if shown.data is not None:
            self.write(f"[{shown.file_name}, {len(shown.data)} byte]")
        buttons = [button for row in shown.buttons for button in row]
        if buttons:
            self._offered = buttons
        for number, button in enumerate(buttons, 1):
            self.write(f"  {number}. {button.label}")
        return Receipt(Outcome.SENT)

    async def fetch(self, attachment: Attachment) -> bytes:
        """Nobody sends files from a terminal."""
        raise OSError(f"a terminal has no file {attachment.ref}")
