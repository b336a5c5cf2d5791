"""What a handler hears and says: the message, where the talk stands, and the replies.

Part of the contract in `handlers.turn`.
"""

from dataclasses import field
from datetime import date, datetime, tzinfo
from typing import Any, Literal

from content.people import Person
from content.values import dataclass

# --------------------------------------------------------------------------- what was said


@dataclass(frozen=True, slots=True)
class Location:
    """WGS 84 degrees; `accuracy` in metres where the phone tells it."""

    latitude: float
    longitude: float
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that came with the message. `name` is what an answer holds (`<uuid>.jpg`)."""

    name: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class File:
    """Another file that came with the message: its own name, and how many bytes, where the channel tells.
    `kept` is what an answer holds (`<uuid>.ogg`)."""

    name: str
    size: int | None = None
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One message, whatever the channel. A button's press has its `payload`, and its label as `text`.

    `other` names what is neither: "sticker", "voice", "video", "file", "contact". `file` is what came as
    voice, video or file, where the channel can hand it over. `phone` is the person's own number (84…), given
    by the platform's button for it.
    """

    text: str = ""
    payload: str | None = None
    location: Location | None = None
    photo: Photo | None = None
    other: str | None = None
    file: File | None = None
    phone: str = ""


# --------------------------------------------------------------------------- where the talk stands


@dataclass(frozen=True, slots=True)
class Doing:
    """A form in progress: the answers and the place, never objects. It is stored as JSON as it stands.

    `purpose` names the handler that takes the finished form: "survey", "correct", "pick", "join".
    `state` belongs to `content.interview`; `about` to the purpose (the household, the area, when it began).
    """

    purpose: str
    form: str
    version: str
    state: dict[str, Any]
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Topic:
    """What was talked about last: the article that was told, which part of it, and the question as it was
    asked. `unsure`: the bot gave a choice of articles; `judged`: it was said whether the answer helped.
    """

    article: str | None = None
    part: int = 0
    asked: str = ""
    unsure: bool = False
    judged: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """Who speaks, where, when, and what was going on. `now` is aware; `new_id` is a UUID fresh for this turn.

    `first` says that this person never wrote before. `topic` is what was asked and answered last.
    """

    person: Person
    channel: str
    now: datetime
    new_id: str
    doing: Doing | None = None
    first: bool = False
    topic: Topic = Topic()

    @property
    def today(self) -> date:
        """The day at the district's clock (`now` carries its zone)."""
        return self.now.date()

    @property
    def zone(self) -> tzinfo:
        """The district's zone."""
        assert self.now.tzinfo is not None
        return self.now.tzinfo


# --------------------------------------------------------------------------- what is answered


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tap. The payload comes back when it is pressed: at most 64 bytes, safe to press twice."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a reply."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the person. Limits are not its business: `bot.render` fits it to the channel.

    `ask` lets a channel offer its own way of giving a location, a photo, or one's phone number; a reply that
    asks for the number is shown only where the channel has a way. `keyboard` says whether the
    choices answer a question that is open ("question") or are shortcuts that stay valid ("menu"). `numbers`:
    how many of the choices, from the first, may be chosen by their number; None: all. `again`: it is the
    message whose button was pressed, as it is now; where a channel can change that one, it says it there.
    `beside`: it only says that something is under way; what was offered before it still is.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    ask: Literal["location", "photo", "phone"] | None = None
    attached: Attached | None = None
    keyboard: Literal["question", "menu"] = "menu"
    numbers: int | None = None
    again: bool = False
    beside: bool = False
