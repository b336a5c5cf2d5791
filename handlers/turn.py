"""The contract of the core: what a handler gets, and what it returns.

A handler is a function `(talk, said, facts) -> Turn`. It looks up, decides and returns; it never sends, never
writes, and knows no clock: what it needs of the world is in its arguments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any, Literal, Protocol

from content.areas import Area
from content.form import Form
from content.households import Draft, Household, Progress, Survey
from content.knowledge import Knowledge
from content.people import Invitation, Person

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
class Said:
    """One message, whatever the channel. A button's press has its `payload`, and its label as `text`.

    `other` names a kind that no question takes: "sticker", "voice", "video", "file", "contact".
    """

    text: str = ""
    payload: str | None = None
    location: Location | None = None
    photo: Photo | None = None
    other: str | None = None


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
class Talk:
    """Who speaks, where, when, and what was going on. `now` is aware; `new_id` is a UUID fresh for this turn.

    `first` says that this person never wrote before.
    """

    person: Person
    channel: str
    now: datetime
    new_id: str
    doing: Doing | None = None
    first: bool = False

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

    `ask` lets a channel offer its own way of giving a location or a photo. `keyboard` says whether the
    choices answer a question that is open ("question") or are shortcuts that stay valid ("menu").
    """

    text: str
    choices: tuple[Choice, ...] = ()
    ask: Literal["location", "photo"] | None = None
    attached: Attached | None = None
    keyboard: Literal["question", "menu"] = "menu"


# --------------------------------------------------------------------------- what is to be written


@dataclass(frozen=True, slots=True)
class AddHousehold:
    """A household that was not on the list. `key` is a UUID by which other effects of the turn mean it."""

    key: str
    area_id: int
    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class SubmitSurvey:
    """A finished questionnaire. `household` is an id, the key of an `AddHousehold` of this turn, or None
    where the person refused (`consent` False): then nothing that names anybody is kept.

    `survey_id` names the survey: the same id again is a revision of it, never a second survey. `xml` is the
    instance as submitted; `values` the same by node path. `wording` is the consent as it was shown.
    """

    survey_id: str
    form: str
    version: str
    area_id: int
    household: int | str | None
    values: Mapping[str, str]
    xml: str
    consent: bool
    wording: str
    started_at: datetime
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeepDraft:
    """Puts the interview aside, under the person and the household; replaces an older draft of the same.

    `key` is that of the household where it is not on the list yet, else "".
    """

    doing: Doing
    household_id: int | None
    label: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class DropDraft:
    """Forgets the draft: it is under way again or thrown away."""

    form: str
    household_id: int | None
    key: str = ""


@dataclass(frozen=True, slots=True)
class KeepPhoto:
    """The photo of this message is an answer: fetch it from the channel, clean it, keep it."""

    name: str


@dataclass(frozen=True, slots=True)
class Redeem:
    """Takes up an invitation: its role, area and team become the person's. `name` is how they are called."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class SetLocale:
    """The language the person is spoken to in from now on."""

    locale: str


@dataclass(frozen=True, slots=True)
class SetAppPassword:
    """The person's ODK Collect signs in with this from now on: `content.collect.ha1` of the password."""

    ha1: str


@dataclass(frozen=True, slots=True)
class NoteQuestion:
    """A citizen's question and what came of it, without who asked: it feeds the content and the digest."""

    text: str
    outcome: Literal["sure", "unsure", "unknown"]
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Tell:
    """A message to somebody else. `key` is unique for what it says: told once however often the turn runs."""

    person_id: int
    reply: Reply
    kind: Literal["reply", "reminder", "digest", "broadcast"]
    key: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Who did what to what; written with time, person and channel by the desk."""

    action: str
    subject: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class MakePaper:
    """A file is to be made for the person apart from the turn: the "picture" or the "sheet" of an area's
    digest (`period` is the week's name), or the draft of its "report" (the period's name)."""

    kind: Literal["picture", "sheet", "report"]
    area_id: int
    period: str


Effect = (
    AddHousehold
    | SubmitSurvey
    | KeepDraft
    | DropDraft
    | KeepPhoto
    | Redeem
    | SetLocale
    | SetAppPassword
    | NoteQuestion
    | Tell
    | Audit
    | MakePaper
)


@dataclass(frozen=True, slots=True)
class Turn:
    """All that comes of one message, committed whole or not at all. `doing` is where the talk stands now."""

    replies: tuple[Reply, ...]
    doing: Doing | None = None
    effects: tuple[Effect, ...] = ()


# --------------------------------------------------------------------------- what may be looked up


class Facts(Protocol):
    """What a handler may look up, within the turn's own transaction. Days choose the map, of then or now."""

    def form(self, form: str, version: str | None = None, area_id: int | None = None) -> Form | None:
        """A form: the version named, or the newest published for the area; None where there is none.

        The dialogue forms that come with the program ("chon-ho", "tham-gia") are found by their id alone.
        """
        ...

    def form_version(self, form: str, area_id: int | None = None) -> str | None:
        """The newest version published for the area."""
        ...

    def area(self, area_id: int) -> Area:
        """The unit; KeyError if there is none."""
        ...

    def path(self, area_id: int, on: date) -> tuple[Area, ...]:
        """From the root down to the area itself, as the tree stood on that day."""
        ...

    def below(self, area_id: int, on: date) -> Sequence[Area]:
        """The units right under this one on that day, by name as people count: ấp 2 before ấp 10."""
        ...

    def hamlets(self, area_id: int, on: date) -> Sequence[Area]:
        """All hamlets under this area (or itself, if it is one) on that day."""
        ...

    def households(self, hamlet_id: int, form: str) -> Sequence[Household]:
        """The hamlet's households, with when each was last surveyed by this questionnaire."""
        ...

    def left(self, hamlet_id: int, form: str, limit: int, offset: int = 0) -> Sequence[Household]:
        """A page of the hamlet's households that were not surveyed yet, in the order of its list."""
        ...

    def household(self, household_id: int) -> Household | None:
        """One household, or None."""
        ...

    def last_survey(self, household_id: int, form: str) -> Survey | None:
        """The newest answers of a household."""
        ...

    def survey(self, survey_id: str) -> Survey | None:
        """The newest revision of a survey by its id."""
        ...

    def my_surveys(self, person_id: int, form: str, limit: int) -> Sequence[Survey]:
        """The surveys this person submitted last, newest first."""
        ...

    def drafts(self, person_id: int) -> Sequence[Draft]:
        """What this person has put aside, newest first."""
        ...

    def progress(self, area_id: int, form: str, on: date) -> Sequence[Progress]:
        """Done of planned for every hamlet under the area."""
        ...

    def invitation(self, code: str) -> Invitation:
        """What the code would give now."""
        ...

    def figures(self, area_id: int, monday: date) -> Any:
        """The week's figures for the digest: `content.figures.Figures`."""
        ...

    def knowledge(self) -> Knowledge:
        """The approved answers, and the way to them."""
        ...

    def collect_url(self) -> str | None:
        """The address that ODK Collect asks for as its server; None where phones can't reach this one."""
        ...
