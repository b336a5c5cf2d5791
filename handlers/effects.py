"""What is to be written after a turn: each effect a record, and `Effect`, all there are.

Part of the contract in `handlers.turn`; those of personal data stand in `handlers.custody`, of questions
in `handlers.asking`, of people with roles in `handlers.staff`, of who holds which household in
`handlers.duties`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from content.areas import Listed
from content.broadcasting import Audience
from content.households import Why
from content.people import Role
from content.places import Square
from content.reminding import Pause, Setting, Subscription
from content.reorganizing import Asked as Reorganizing
from content.targets import Target
from content.values import dataclass
from handlers.asking import AskingEffect
from handlers.custody import CustodyEffect
from handlers.duties import DutyEffect
from handlers.staff import StaffEffect
from handlers.talk import Doing, Reply


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
class NobodyMet:
    """There was nobody at the household today."""

    household_id: int


@dataclass(frozen=True, slots=True)
class TakeOffList:
    """A household leaves its hamlet's list: its surveys are kept and not counted any more."""

    household_id: int
    why: Why


@dataclass(frozen=True, slots=True)
class PutOnList:
    """A household is on the list again that it left, and its surveys count again."""

    household_id: int


@dataclass(frozen=True, slots=True)
class ImportAreas:
    """Units that are new or changed, those above before those below."""

    units: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class ReplaceTargets:
    """What the area's plan sets for a year, in place of what it had for it."""

    area_id: int
    targets: tuple[Target, ...]


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
    instance as submitted; `values` the same by node path. `wording` is the consent as it was shown;
    `square` where the answers say that it was made.
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
    square: Square | None = None


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
    """A text goes out to so many people, from `due_at` on. The same key again is the same broadcast."""

    key: str
    text: str
    audience: Audience
    due_at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class StopBroadcast:
    """What has not gone out of a broadcast stays here."""

    broadcast_id: int


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


Effect = (
    StaffEffect
    | DutyEffect
    | CustodyEffect
    | AskingEffect
    | AddHousehold
    | ChangeHousehold
    | NobodyMet
    | TakeOffList
    | PutOnList
    | ImportAreas
    | ReplaceTargets
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
)
