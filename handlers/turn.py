"""The contract of the core: what a handler gets, and what it returns.

A handler is a function `(talk, said, facts) -> Turn`. It looks up, decides and returns; it never sends, never
writes, and knows no clock: what it needs of the world is in its arguments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, tzinfo
from typing import Any, Literal, Protocol

from content.areas import Area, Listed
from content.article import Article
from content.authoring import Edition
from content.backups import Standing as Backups
from content.broadcasting import Audience, Broadcast, Reach
from content.calendar import Calendar
from content.form import Form
from content.health import Health
from content.households import Draft, Household, Progress, Survey, Whose
from content.journal import Page, Wanted
from content.knowledge import Knowledge
from content.people import Guesses, Invitation, OpenInvitation, Person, Role
from content.privacy import Breach, Consent, Held, Kind, Policy, Purpose, Request
from content.questionnaires import SentList, Sheet, Version
from content.questions import Asked, Proposal, Verdict
from content.reminding import Mate, Pause, Setting, Subscription
from content.reorganizing import Asked as Reorganizing
from content.reorganizing import Change, Preview
from content.tickets import Level, NewTicket, Side, Ticket
from content.tickets import Line as TicketLine
from content.values import dataclass
from handlers.duties import DutyEffect, DutyFacts
from handlers.staff import StaffEffect, StaffFacts

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
    """

    text: str
    choices: tuple[Choice, ...] = ()
    ask: Literal["location", "photo", "phone"] | None = None
    attached: Attached | None = None
    keyboard: Literal["question", "menu"] = "menu"
    numbers: int | None = None
    again: bool = False


# --------------------------------------------------------------------------- what is to be written


@dataclass(frozen=True, slots=True)
class AddHousehold:
    """A household that was not on the list. `key` is a UUID by which other effects of the turn mean it."""

    key: str
    area_id: int
    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class ChangeHousehold:
    """A household is found elsewhere in its hamlet."""

    household_id: int
    address: str


@dataclass(frozen=True, slots=True)
class ImportAreas:
    """Units that are new or changed, those above before those below."""

    units: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class ChangeMap:
    """Units are merged, split, renamed or dissolved from a day on."""

    asked: Reorganizing


@dataclass(frozen=True, slots=True)
class UndoChange:
    """A change of the map whose day is ahead is taken back."""

    number: int


@dataclass(frozen=True, slots=True)
class ForgetList:
    """The list of that id was taken in: what it holds is kept where it belongs."""

    sheet_id: str


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
    """The photo or file of this message is an answer: fetch it from the channel, clean it where it is a
    picture, keep it. With `ticket_id` it goes to the other side of the ticket then.
    """

    name: str
    ticket_id: str | None = None


@dataclass(frozen=True, slots=True)
class Redeem:
    """Takes up an invitation: its role, area and team become the person's. `name` is how they are called."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class NoteGuess:
    """The person sent a code that is nobody's."""


@dataclass(frozen=True, slots=True)
class SetLocale:
    """The language the person is spoken to in from now on."""

    locale: str


@dataclass(frozen=True, slots=True)
class SetAppPassword:
    """The person's ODK Collect signs in with this from now on: `content.collect.ha1` of the password."""

    ha1: str


@dataclass(frozen=True, slots=True)
class OfferLink:
    """The code makes whoever sends it from another channel the same person, once, until `expires_at`."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TakeLink:
    """The account that speaks belongs from now on to the person who got this code."""

    code: str


@dataclass(frozen=True, slots=True)
class NoteQuestion:
    """A citizen's question and what came of it, without who asked: it feeds the content and the digest."""

    text: str
    outcome: Literal["sure", "unsure", "unknown"]
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """When the person gets the weekly digest from now on, and of which areas."""

    subscription: Subscription


@dataclass(frozen=True, slots=True)
class SetPause:
    """A person or an area is not reminded for a time; replaces a pause before."""

    pause: Pause


@dataclass(frozen=True, slots=True)
class LiftPause:
    """The person, or the area, is reminded again."""

    person_id: int | None = None
    area_id: int | None = None


@dataclass(frozen=True, slots=True)
class SetReminder:
    """When the people of an area are reminded from now on, and whether."""

    area_id: int
    setting: Setting


@dataclass(frozen=True, slots=True)
class StartBroadcast:
    """A text goes out to many, from `due_at` on. The same key again is the same broadcast."""

    key: str
    text: str
    audience: Audience
    due_at: datetime


@dataclass(frozen=True, slots=True)
class StopBroadcast:
    """What has not gone out of a broadcast stays here."""

    broadcast_id: int


@dataclass(frozen=True, slots=True)
class KeepTopic:
    """What is talked about from now on: "and then?" asks about it."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class NoteHelped:
    """Whether an answer helped, without who says so."""

    article: str
    helped: bool


@dataclass(frozen=True, slots=True)
class Propose:
    """What an admin may make content of: a "question" (another way of asking for the article), or what was
    done for somebody, for an "article" that there is not yet.
    """

    kind: Literal["question", "article"]
    text: str
    article: str | None = None


@dataclass(frozen=True, slots=True)
class SettleProposal:
    """An admin has taken up the proposal of that number, or refused it."""

    number: int
    taken: bool


@dataclass(frozen=True, slots=True)
class PublishManuscripts:
    """The articles of the checked file are told from now on."""

    sheet_id: str


@dataclass(frozen=True, slots=True)
class PublishArticle:
    """This version of the article is told from now on; `why` it was made, for the record of who did what."""

    article: Article
    why: Literal["question", "checked"]


@dataclass(frozen=True, slots=True)
class WithdrawArticle:
    """The published version of that number is told no more."""

    number: int


@dataclass(frozen=True, slots=True)
class AskTeam:
    """A question to a person. `ticket_id` is a UUID; `level` the highest that is told with this turn."""

    ticket_id: str
    ticket: NewTicket
    level: Level


@dataclass(frozen=True, slots=True)
class TakeTicket:
    """The person who speaks will help."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class WaitTicket:
    """The ticket waits for a helper again: given back by who had it, or reopened by who asked. `level` is the
    highest that is told of it with this turn.
    """

    ticket_id: str
    level: Level


@dataclass(frozen=True, slots=True)
class SayInTicket:
    """What was said in it, by which side."""

    ticket_id: str
    by: Side
    text: str


@dataclass(frozen=True, slots=True)
class BookVisit:
    """When somebody comes: the day, and the whole in words."""

    ticket_id: str
    on: date
    when: str


@dataclass(frozen=True, slots=True)
class CloseTicket:
    """It is done: what was done."""

    ticket_id: str
    outcome: str


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
class CheckForm:
    """The file of this message is a questionnaire or a list: keep it under the id, check it apart, tell the
    person."""

    sheet_id: str
    name: str


@dataclass(frozen=True, slots=True)
class PublishForm:
    """The checked file becomes a version for the area, current from the day on."""

    sheet_id: str
    area_id: int
    valid_from: date


@dataclass(frozen=True, slots=True)
class WithdrawForm:
    """No new interview begins with the version of that number."""

    number: int


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation: what it gives, to how many, for how many days."""

    code: str
    role: Role
    area_id: int
    team: str
    uses: int
    days: int


@dataclass(frozen=True, slots=True)
class RevokeInvitation:
    """Nobody can use the invitation any more."""

    invitation_id: int


@dataclass(frozen=True, slots=True)
class MakePaper:
    """A file is to be made for the person apart from the turn: the "picture" or the "sheet" of an area's
    digest (`period` is the week's name), the draft of its "report" (the period's name), or
    "breach" (its number); the "codes" of a batch of invitations by name (`period`), the
    "crew" list to be filled in, or the list of its "homes" with who holds them; of the audit "log" what is
    `wanted` (the code of `content.journal.Wanted`)."""

    kind: Literal["picture", "sheet", "report", "breach", "codes", "crew", "homes", "log"]
    area_id: int
    period: str = ""
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class GiveConsent:
    """The person agrees to `wording`, as it stands in that version of the form."""

    purpose: Purpose
    form: str
    version: str
    wording: str


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """The person takes back what they agreed to for this purpose: what was kept for it alone goes, the role
    in the team ends."""

    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Rename:
    """How the person who speaks is called from now on; "": nobody by name."""

    name: str


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """The person asked for this under the law, and it was done at once."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class AskErasure:
    """The person wants everything on them erased: as soon as they have been told that it will be."""


@dataclass(frozen=True, slots=True)
class FileRequest:
    """Somebody without an account asks for something about their data."""

    request: Request


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """Whoever asked has been told that it was heard."""

    number: int


@dataclass(frozen=True, slots=True)
class ExtendRequest:
    """It needs as many days again, once."""

    number: int


@dataclass(frozen=True, slots=True)
class SettleRequest:
    """It is done: what was done."""

    number: int
    outcome: str


@dataclass(frozen=True, slots=True)
class CorrectHousehold:
    """The household's name and address as they should be."""

    household_id: int
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class EraseHousehold:
    """The household's name goes, and what names anybody in its surveys; what was counted stays."""

    household_id: int


@dataclass(frozen=True, slots=True)
class OpenBreach:
    """A breach of personal data goes into the register."""

    breach: Breach


@dataclass(frozen=True, slots=True)
class ReportBreach:
    """The authority has been told of it."""

    number: int


@dataclass(frozen=True, slots=True)
class CloseBreach:
    """Nothing is left to do about it."""

    number: int


Effect = (
    StaffEffect
    | DutyEffect
    | GiveConsent
    | WithdrawConsent
    | Rename
    | NoteRequest
    | AskErasure
    | FileRequest
    | AnswerRequest
    | ExtendRequest
    | SettleRequest
    | CorrectHousehold
    | EraseHousehold
    | OpenBreach
    | ReportBreach
    | CloseBreach
    | AddHousehold
    | ChangeHousehold
    | ImportAreas
    | ForgetList
    | ChangeMap
    | UndoChange
    | SubmitSurvey
    | KeepDraft
    | DropDraft
    | KeepPhoto
    | Redeem
    | NoteGuess
    | SetLocale
    | OfferLink
    | TakeLink
    | SetAppPassword
    | NoteQuestion
    | Tell
    | Audit
    | CheckForm
    | MakePaper
    | PublishForm
    | WithdrawForm
    | Invite
    | Subscribe
    | SetPause
    | LiftPause
    | SetReminder
    | StartBroadcast
    | StopBroadcast
    | RevokeInvitation
    | KeepTopic
    | NoteHelped
    | Propose
    | SettleProposal
    | PublishManuscripts
    | PublishArticle
    | WithdrawArticle
    | AskTeam
    | TakeTicket
    | WaitTicket
    | SayInTicket
    | BookVisit
    | CloseTicket
)


@dataclass(frozen=True, slots=True)
class Turn:
    """All that comes of one message, committed whole or not at all. `doing` is where the talk stands now."""

    replies: tuple[Reply, ...]
    doing: Doing | None = None
    effects: tuple[Effect, ...] = ()


# --------------------------------------------------------------------------- what may be looked up


class Facts(StaffFacts, DutyFacts, Protocol):
    """What a handler may look up, within the turn's own transaction. Days choose the map, of then or now."""

    # ----------------------------------------------------------------- personal data

    def consents(self) -> Sequence[Consent]:
        """All that whoever speaks agreed to in the chat, oldest first, also what they took back."""
        ...

    def holdings(self) -> Sequence[Held]:
        """All that is kept on whoever speaks."""
        ...

    def policy(self) -> Policy:
        """How long things are kept, and which numbers are too small to leave the commune."""
        ...

    def takes_file(self, channel: str, ending: str) -> bool:
        """Whether the channel carries files of that ending."""
        ...

    def requests(self) -> Sequence[Request]:
        """What was asked for where this person administers and is not done, the first asked first."""
        ...

    def request(self, number: int) -> Request | None:
        """One of them; until the turn ends nobody else changes it."""
        ...

    def household_kept(self, household_id: int) -> Mapping[str, Any] | None:
        """All that is kept on a household, with its surveys (`storage.holdings`)."""
        ...

    def breaches(self) -> Sequence[Breach]:
        """The register where this person administers, newest first."""
        ...

    def breach(self, number: int) -> Breach | None:
        """One case of it."""
        ...

    # ----------------------------------------------------------------- forms and places

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

    def roots(self, on: date) -> Sequence[Area]:
        """The units that stand under nothing on that day."""
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

    def left(
        self, hamlet_id: int, form: str, limit: int, offset: int = 0, whose: Whose = "all"
    ) -> Sequence[Household]:
        """A page of the hamlet's households that were not surveyed yet, in the order of its list: all, those
        given to whoever speaks, or those given to nobody."""
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

    def count(self, hamlet_id: int, form: str) -> tuple[int, int]:
        """Households done, and listed, in one hamlet today: what `progress` tells, without the refusals."""
        ...

    def invitation(self, code: str) -> Invitation:
        """What the code would give now; "tel:84…" finds what is meant for whoever owns that number."""
        ...

    def guesses(self) -> Guesses:
        """How many wrong codes the reader, and everybody, sent in this hour."""
        ...

    def linked(self, code: str) -> Person | None:
        """Who got this code to join another account to themselves, while it holds."""
        ...

    def figures(self, area_id: int, monday: date, on: date | None = None, named: int = 0) -> Any:
        """The week's figures for the digest: `content.figures.Figures`; on the map of a day, else that of the
        week. At most so many households behind each thing that wants checking are `named`."""
        ...

    def knowledge(self) -> Knowledge:
        """The approved answers, and the way to them."""
        ...

    def calendar(self) -> Calendar:
        """Days on which nothing goes out of its own accord."""
        ...

    def subscription(self, person_id: int) -> Subscription:
        """When the person gets the weekly digest."""
        ...

    def pauses(self) -> Sequence[Pause]:
        """Whom and which areas nobody reminds today."""
        ...

    def reminder_settings(self) -> Mapping[int, Setting]:
        """The areas that have an own setting of reminders."""
        ...

    def mates(self, area_id: int) -> Sequence[Mate]:
        """Who surveys under the area, and how their work stands."""
        ...

    def reach(self, audience: Audience) -> Reach:
        """Whom an audience is today."""
        ...

    def pace(self) -> Mapping[str, float | None]:
        """The channels, and how many messages a second each takes (None: no limit)."""
        ...

    def broadcasts(self, limit: int) -> Sequence[Broadcast]:
        """The newest broadcasts, newest first."""
        ...

    def broadcast(self, broadcast_id: int) -> Broadcast | None:
        """One broadcast, with how far it has come."""
        ...

    def unreached(self, broadcast_id: int, limit: int) -> Sequence[str]:
        """The names of people whom a broadcast did not reach."""
        ...

    def same_broadcast(self, text: str, audience: Audience, since: datetime) -> Broadcast | None:
        """The newest broadcast of the same text to the same audience since that time."""
        ...

    def collect_url(self) -> str | None:
        """The address that ODK Collect asks for as its server; None where phones can't reach this one."""
        ...

    def sheet(self, sheet_id: str) -> Sheet | None:
        """A questionnaire's file that was sent and found right; None for any other."""
        ...

    def sent_list(self, sheet_id: str) -> SentList | None:
        """A list that was sent and found right; None for any other."""
        ...

    def rehearse(self, asked: Reorganizing) -> Preview:
        """What a change of the map would do; nothing of it is kept. Raises `content.reorganizing.Impossible`
        with everything that stands in its way."""
        ...

    def changes(self) -> Sequence[Change]:
        """The changes of the map that were put down, by their day."""
        ...

    def map_before(self, area_id: int, on: date) -> tuple[date, Sequence[Area]] | None:
        """The last day of the map before that of `on`, as far as it concerns the area, and the units by which
        it is told on that map: those under it, or those that became it. None where it never changed."""
        ...

    def may_undo(self, number: int) -> None:
        """Raises `content.reorganizing.Impossible` where that change can't be taken back."""
        ...

    def register(self) -> Sequence[Listed]:
        """Every unit there is or was."""
        ...

    def newest_version(self, form: str) -> int:
        """The number of the version published last, for whatever area; 0 if none. Until the turn ends nobody
        else publishes.
        """
        ...

    def is_taken(self, sheet: Sheet) -> bool:
        """Whether the file's version is published somewhere with other questions."""
        ...

    def versions(self) -> Sequence[Version]:
        """All published versions, by questionnaire, newest first, with what is under way on each."""
        ...

    def version(self, number: int) -> Version | None:
        """A published version by its number."""
        ...

    def questionnaires(self, area_id: int) -> Sequence[Version]:
        """What is asked in the area today: of each questionnaire the version that counts there."""
        ...

    def form_file(self, number: int) -> tuple[str, bytes]:
        """The file that a version was made of: its name, and its content byte for byte. KeyError if none."""
        ...

    def areas_named(self, words: str) -> Sequence[Area]:
        """The units of today that are meant by a code or a name, the larger first."""
        ...

    def called(self, person_id: int) -> str:
        """The name of a person; "" where there is none."""
        ...

    def open_invitations(self) -> Sequence[OpenInvitation]:
        """Those that can still be used, the first to expire first."""
        ...

    def invitation_links(self, code: str) -> Sequence[str]:
        """Where one taps to use the code: a link of each channel that has such."""
        ...

    def manuscripts(self, sheet_id: str) -> Sequence[Article]:
        """What a file of articles holds that the reader sent and nobody has published yet."""
        ...

    def editions(self, most: int) -> Sequence[Edition]:
        """The articles published in the chat, newest first."""
        ...

    def edition(self, number: int) -> tuple[Edition, str] | None:
        """One of them, and its file's text; None where there is none."""
        ...

    # ----------------------------------------------------------------- a person behind the bot

    def person(self, person_id: int) -> Person | None:
        """Somebody, with the roles they hold today."""
        ...

    def helpers(self, area_id: int) -> Sequence[Person]:
        """Everybody who holds a role today in the area or in one that it lies in."""
        ...

    def ticket(self, ticket_id: str) -> Ticket | None:
        """A ticket as it stands; until the turn ends nobody else changes it."""
        ...

    def ticket_lines(self, ticket_id: str) -> Sequence[TicketLine]:
        """What was said in it, oldest first."""
        ...

    def my_tickets(self, person_id: int) -> Sequence[Ticket]:
        """What this person asked the team for, newest first."""
        ...

    def taken_tickets(self, person_id: int) -> Sequence[Ticket]:
        """What this person has taken and not closed, oldest first."""
        ...

    def waiting_tickets(self, area_ids: Sequence[int]) -> Sequence[Ticket]:
        """What nobody has taken yet in these areas and all that lies under them, oldest first."""
        ...

    # ----------------------------------------------------------------- what is asked

    def asked(self, area_id: int, monday: date) -> Sequence[Asked]:
        """What was asked in the week by people of the area, without who; at the top of the tree also by those
        of whom no area is known.
        """
        ...

    def verdicts(self, area_id: int, monday: date) -> Sequence[Verdict]:
        """Which answers helped in the week and which did not, as `asked`."""
        ...

    def proposals(self) -> Sequence[Proposal]:
        """What may become content and no admin has settled yet, oldest first."""
        ...

    # ----------------------------------------------------------------- how the service is

    def backups(self) -> Backups:
        """How it stands with the backups."""
        ...

    def acts(self, wanted: Wanted, before: int, limit: int) -> Page:
        """The newest acts of the audit log that are wanted, of those before number `before` (0: of all), as
        far as whoever speaks administers where they were done, or did them."""
        ...

    def actors(self, wanted: Wanted) -> Mapping[int, str]:
        """Who did any of them, who did so last first: names by number, "" for who is not to be named."""
        ...

    def health(self) -> Health:
        """How the service is: channels, queue, backups, disks, and what else somebody may have to act on."""
        ...
