"""The one shape of a channel: hear a request, send what is shown, say what the platform can carry.

A channel imports this file and nothing else of ours.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, web

from content.values import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came in: its bytes where they are at hand, else `ref` for `fetch` to get them."""

    ref: str
    media_type: str = ""
    size: int | None = None
    data: bytes | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event of a platform, in neutral words.

    `event_id` is unique within the channel: the same id again is the same event. `address` is where an answer
    goes (chat id, user id). `at` is the platform's time, aware. `other` names what is neither
    text, place nor photo: "sticker", "voice", "video", "file", "contact". `file` is what came as voice, video
    or file, where it can be had.

    `deed` "touched": the person did something that opens the platform's window, with nothing to answer;
    "left": they may not be written to until they come back. `phone` is the number they gave when asked.
    `message` is the platform's id of the message whose button was pressed, where its messages can be changed.
    """

    channel: str
    event_id: str
    address: str
    at: datetime
    text: str = ""
    payload: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    photo: Attachment | None = None
    other: str | None = None
    name: str = ""
    locale: str = ""
    file: Attachment | None = None
    deed: Literal["said", "touched", "left"] = "said"
    phone: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """What a person sees and what comes back."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Template:
    """A message whose wording the platform approved beforehand: its number there, and what fills it. `phone`:
    to this number instead of the address.
    """

    id: str
    values: Mapping[str, str]
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as this channel can carry it. `buttons` are rows. `id` is the outbox row's, growing.

    `ask` asks the channel to offer its own way of giving a location, a photo or one's phone number; a button
    for it says `ask_label`. `template` goes in place of all else. `replaces` is the id of the platform's own
    (`Incoming.message`) that this takes the place of; a channel that cannot change a message sends it anew.
    """

    id: int
    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    ask: Literal["location", "photo", "phone"] | None = None
    ask_label: str = ""
    file_name: str = ""
    media_type: str = ""
    data: bytes | None = None
    template: Template | None = None
    replaces: str = ""


class Outcome(StrEnum):
    """The closed list of ways in which a send can end."""

    SENT = "sent"
    GONE = "gone"  # the person blocked the bot or left: do not write again until they do
    BAD = "bad"  # the platform will never take this message: a fault of ours
    RETRY = "retry"  # not taken now; `retry_after` seconds if the platform says
    UNSURE = "unsure"  # perhaps taken: the connection broke after the request went out
    CONFIG = "config"  # token dead, permission missing: an operator must act
    WINDOW = "window"  # the platform does not let us write to this person now


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a send ended; `reason` is for the operator's log and holds nothing personal. `few`: the platform
    says to try this one again a few times, not for ever.
    """

    outcome: Outcome
    message_id: str = ""
    retry_after: float | None = None
    reason: str = ""
    few: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """When one may write to a person on a platform: `free` for so long after they last did something there,
    then at `price` (VND a message) until `open` has passed, then no more but by template.
    """

    free: timedelta
    open: timedelta
    price: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may hold, and the pace.

    `text` and `button_label` count characters; `buttons` all of a message; `row` buttons side by side;
    `payload` bytes of a button's payload; `caption` characters of text beside a file (0: a file goes alone);
    `per_second` messages a second over all people (None: no limit). `window` where the platform has one.
    `phone`: it can ask for the person's own number. `hints` where it has no button for what a message asks
    for: the texts `render.<ask>_<hints>` say the way. `files`: endings of the files it takes (None: all).
    """

    text: int
    buttons: int
    row: int
    button_label: int
    payload: int = 64
    caption: int = 1024
    per_second: float | None = None
    per_person_per_second: float | None = None
    window: Window | None = None
    phone: bool = False
    hints: str = ""
    files: frozenset[str] | None = None


LATE = 0.16
"""Seconds of a pace that may be made up."""


def steady(per_second: float) -> tuple[float, float]:
    """Size and period of a leaky bucket (aiolimiter's) that holds a pace although the loop, or the outbox, is
    late. In a bucket of the size of one message all lateness is lost: with two milliseconds of it 25 a second
    become 24, and 300 become 190. This one makes up what was missed in the last 0.16 s, so within a second at
    most 16 % more go out: of Telegram's 25, four.
    """
    size = max(1.0, per_second * LATE)
    return size, size / per_second


MOST_PACED = 10_000
"""People of whom is kept how fast they write, before those who have long been silent are forgotten."""


@dataclass(slots=True)
class Pace:
    """How fast one person may write: `burst` messages at once, then `per_second`; kept in this process."""

    burst: float = 30
    per_second: float = 2
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)
    _most: int = MOST_PACED

    def wait(self, address: str, cost: float, now: float) -> float:
        """Seconds to wait before this may be said; 0 where it may be said now, which then counts."""
        left, since = self._left.get(address, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.per_second)
        if left < cost:
            return (cost - left) / self.per_second
        if len(self._left) >= self._most:
            self._forget(now)
        self._left[address] = (left - cost, now)
        return 0

    def _forget(self, now: float) -> None:
        full = self.burst / self.per_second
        self._left = {who: (left, since) for who, (left, since) in self._left.items() if now - since < full}
        # Where more than that write at once, not at every word of theirs.
        self._most = max(MOST_PACED, 2 * len(self._left))


DOWNLOAD_LIMIT = 20 << 20
"""Bytes of a file that somebody sent."""


def _is_of(url: str, hosts: Collection[str]) -> bool:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    known = any(host == one or host.endswith(f".{one}") for one in hosts if one)
    return parts.scheme in {"http", "https"} and known


async def download(session: ClientSession, url: str, hosts: Collection[str]) -> bytes:
    """A file from an address that came with a message, at most 20 MB; raises OSError where it can't be had.

    Only from the platform's own `hosts` and those under them. Redirects are not followed: they may lead into
    the operator's network.
    """
    if not _is_of(url, hosts):
        raise OSError("the file is not where the platform keeps files")
    try:
        async with session.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise OSError(f"the platform did not hand out the file: HTTP status {answer.status}")
            data = bytearray()
            async for chunk in answer.content.iter_chunked(1 << 16):
                data += chunk
                if len(data) > DOWNLOAD_LIMIT:
                    raise OSError("the file is larger than 20 MB")
            return bytes(data)
    except (ClientError, TimeoutError, ValueError) as error:
        raise OSError(f"the platform did not hand out the file: {type(error).__name__}") from None


Hear = Callable[[Incoming], Awaitable[None]]
"""Returns when the event is safely stored and handled; a channel acknowledges only then.
Raises `Busy` where it could not be stored: the channel must let the platform deliver it again."""


class Busy(Exception):
    """The event was not stored: do not acknowledge it."""


class Channel(Protocol):
    """What `bot.app` wires: one platform."""

    name: str
    limits: Limits

    def routes(self, hear: Hear) -> Sequence[web.RouteDef]:
        """The HTTP paths the platform (or the browser) calls."""
        ...

    async def start(self, hear: Hear, *, listen: bool, send: bool) -> None:
        """Opens connections; with `listen`, begins polling where the platform is polled."""
        ...

    async def hush(self) -> None:
        """Hears no more; what was heard is handled to its end. It still sends."""
        ...

    async def stop(self) -> None:
        """Closes connections, after `hush`."""
        ...

    async def send(self, address: str, shown: Shown) -> Receipt:
        """Delivers one message; never raises for what the platform answers."""
        ...

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file that came in. Raises OSError where it can't be had."""
        ...


@runtime_checkable
class Polled(Protocol):
    """A channel whose platform may be asked for what is new, and answers one process at a time."""

    polls: bool
    deaf: str
    """Why the platform hands nothing over now; "" where it does, or is not asked. Nothing personal."""

    @property
    def listens(self) -> bool:
        """Whether this process is the one that asks, or is called."""
        ...

    async def listen(self, hear: Hear) -> None:
        """Begins to ask; it can be begun again after `hush`."""
        ...

    async def hush(self) -> None:
        """Asks no more; what was heard is handled to its end."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """A channel that can ask its platform whether the set-up serves."""

    async def check(self) -> list[str]:
        """What is wrong, a sentence each with how to mend it; needs no `start`; answers within seconds."""
        ...


@runtime_checkable
class Inviting(Protocol):
    """A channel on which an invitation can be taken up by following a link."""

    def invitation(self, code: str) -> str | None:
        """The link; None while it is not known."""
        ...


def invitation_links(channels: Mapping[str, Channel]) -> Callable[[str], Sequence[str]]:
    """By which links an invitation's code is used on the channels of this process."""
    inviting = [channel for channel in channels.values() if isinstance(channel, Inviting)]
    return lambda code: [link for channel in inviting if (link := channel.invitation(code))]


@dataclass(frozen=True, slots=True)
class Quota:
    """How many messages that cost are left of a package, and how many it had."""

    left: int
    total: int


@runtime_checkable
class Metered(Protocol):
    """A channel whose platform tells what is left of a package of messages."""

    async def quota(self) -> Quota | None:
        """What it says now; None where it does not answer."""
        ...
