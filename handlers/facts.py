"""What a handler may look up.

Part of the contract in `handlers.turn`; `storage.facts` answers.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from content.areas import Area, Listed
from content.article import Article
from content.authoring import Edition
from content.backups import Standing as Backups
from content.broadcasting import Audience, Broadcast, Reach
from content.calendar import Calendar
from content.form import Form
from content.health import Health
from content.households import Draft, Household, Progress, Survey, TakenOff, Whose
from content.journal import Page, Wanted
from content.knowledge import Knowledge
from content.people import Guesses, Invitation, OpenInvitation, Person
from content.questionnaires import SentList, Sheet, Version
from content.reminding import Mate, Pause, Setting, Subscription
from content.reorganizing import Asked as Reorganizing
from content.reorganizing import Change, Preview
from content.targets import Target
from handlers.asking import AskingFacts
from handlers.custody import CustodyFacts
from handlers.duties import DutyFacts
from handlers.staff import StaffFacts


class Facts(StaffFacts, DutyFacts, CustodyFacts, AskingFacts, Protocol):
    """What a handler may look up, within the turn's own transaction. Days choose the map, of then or now."""

    # ----------------------------------------------------------------- forms and places

    def form(self, form: str, version: str | None = None, area_id: int | None = None) -> Form | None:
        """A form: the version named, or the newest published for the area; None where there is none.

        The dialogue forms that come with the program ("chon-ho", "tham-gia") are found by their id alone.
        """
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

    def households_called(self, name: str) -> Sequence[Household]:
        """The households of just that name, however it is written, where whoever speaks surveys."""
        ...

    def taken_off(self, hamlet_id: int) -> Sequence[TakenOff]:
        """The households that are off the hamlet's list, those first that left it last."""
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

    def has_sent(self, person_id: int, form: str) -> bool:
        """Whether this person submitted any survey, refusals left out."""
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

    def targets(self, area_id: int, year: int) -> Sequence[Target]:
        """What the area's own plan sets for the year, for who administers there."""
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

    def prices(self) -> Mapping[str, int]:
        """The channels on which who has been silent for long is written to for money or not at all: VND that
        a message of a broadcast may cost there at most (0: nothing may be spent)."""
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
