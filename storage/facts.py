"""What handlers may look up, answered from the database: `handlers.turn.Facts`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from threading import Lock

from content.areas import Area, Listed
from content.backups import Standing as Backups
from content.broadcasting import Audience, Broadcast, Reach
from content.calendar import Calendar
from content.figures import Figures, Week, map_day
from content.form import Form
from content.households import QUESTIONNAIRE, Draft, Household, Progress, Survey
from content.knowledge import Knowledge
from content.people import Invitation, OpenInvitation, Person
from content.questionnaires import TRIAL, SentList, Sheet, Version
from content.questions import Asked, Proposal, Verdict
from content.reminding import Mate, Pause, Setting, Subscription
from content.tickets import Line as TicketLine
from content.tickets import Ticket
from storage import (
    areas,
    backups,
    broadcasts,
    digests,
    forms,
    households,
    people,
    questions,
    reminders,
    sheets,
    subscriptions,
    surveys,
    talks,
    tickets,
)
from storage.database import Connection
from storage.forms import Published

_MOST_NAMES = 10_000
"""How many names of versions are remembered: one a questionnaire, hamlet and day."""


class FormCache:
    """Compiled questionnaires, the most recently used of them; shared by all turns of a process.

    `load` makes a Form of an XForm (`content.xform.compile_form`). A version's content never changes, so its
    number in the database says all.
    """

    def __init__(self, load: Callable[[str], Form], most: int = 64) -> None:
        self._load = load
        self._most = most
        self._forms: dict[int | str, Form] = {}
        self._numbers: dict[tuple[str, str, int | None, date], int] = {}
        self._lock = Lock()  # turns and digests run on several threads

    def named(self, conn: Connection, form: str, version: str, area_id: int | None, on: date) -> Form | None:
        """The version of that name, as it is meant in the area on that day: what a form in progress asks for
        at every answer."""
        key = form, version, area_id, on
        number = self._numbers.get(key)
        if number is None:
            found = forms.version(conn, form, version, area_id, on)
            if found is None:
                return None
            number = found.id
            if len(self._numbers) >= _MOST_NAMES:
                self._numbers.clear()
            self._numbers[key] = number
        return self.get(conn, number)

    def get(self, conn: Connection, form_id: int | str) -> Form:
        """The questionnaire of that number, or of the file of that id. Raises KeyError."""
        with self._lock:
            form = self._forms.pop(form_id, None)
            if form is not None:
                self._forms[form_id] = form  # the dictionary's order is that of the last use
                return form
        stored = forms.xform(conn, form_id) if isinstance(form_id, int) else sheets.xform(conn, form_id)
        form = self._load(stored)
        with self._lock:
            self._forms[form_id] = form
            while len(self._forms) > self._most:
                del self._forms[next(iter(self._forms))]
        return form


@dataclass(frozen=True, slots=True)
class Shelf:
    """What all turns of a process share, and no turn changes: compiled questionnaires, the dialogues that are
    part of the program (by name), the approved answers, read at the first question, the links by which an
    invitation's code is used, and where phones reach this server with ODK Collect, if they do."""

    forms: FormCache
    dialogue: Callable[[str], Form | None]
    knowledge: Callable[[], Knowledge]
    links: Callable[[str], Sequence[str]] = lambda _: ()
    collect_url: str | None = None
    calendar: Calendar = field(default_factory=Calendar)
    pace: Mapping[str, float | None] = field(default_factory=dict)


class StoredFacts:
    """Answers within the turn's own transaction. `now` carries the district's zone; its day chooses the map
    where none is asked for."""

    def __init__(self, conn: Connection, now: datetime, shelf: Shelf) -> None:
        assert now.tzinfo is not None
        self._conn = conn
        self._now = now
        self._zone = now.tzinfo
        self._today = now.date()
        self._shelf = shelf
        self._paths: dict[tuple[int, date], tuple[Area, ...]] = {}

    def form(self, form: str, version: str | None = None, area_id: int | None = None) -> Form | None:
        """A dialogue of the program, or a questionnaire: the version named, or the newest for the area."""
        if (own := self._shelf.dialogue(form)) is not None:
            return own
        if form.startswith(TRIAL):
            return self._tried(form.removeprefix(TRIAL))
        if version is not None:
            return self._shelf.forms.named(self._conn, form, version, area_id, self._today)
        newest = forms.newest(self._conn, form, area_id, self._today)
        return None if newest is None else self._shelf.forms.get(self._conn, newest.id)

    def _tried(self, sheet_id: str) -> Form | None:
        try:
            return self._shelf.forms.get(self._conn, sheet_id)
        except KeyError:  # forgotten meanwhile
            return None

    def form_version(self, form: str, area_id: int | None = None) -> str | None:
        """The newest version published for the area."""
        found = forms.newest(self._conn, form, area_id, self._today)
        return None if found is None else found.version

    def area(self, area_id: int) -> Area:
        """The unit; KeyError if there is none."""
        return areas.find(self._conn, area_id)

    def path(self, area_id: int, on: date) -> tuple[Area, ...]:
        """From the root down to the area itself."""
        known = self._paths.get((area_id, on))
        if known is None:  # a turn asks several times, and reads before it writes
            known = self._paths[area_id, on] = areas.path(self._conn, area_id, on)
        return known

    def roots(self, on: date) -> Sequence[Area]:
        """The units that stand under nothing."""
        return areas.roots(self._conn, on)

    def below(self, area_id: int, on: date) -> Sequence[Area]:
        """The units right under this one."""
        return areas.below(self._conn, area_id, on)

    def hamlets(self, area_id: int, on: date) -> Sequence[Area]:
        """All hamlets under this area, or itself."""
        return areas.hamlets(self._conn, area_id, on)

    def households(self, hamlet_id: int, form: str) -> Sequence[Household]:
        """The hamlet's households, with when each was last surveyed by this questionnaire."""
        return households.of_hamlet(self._conn, hamlet_id, form)

    def left(self, hamlet_id: int, form: str, limit: int, offset: int = 0) -> Sequence[Household]:
        """A page of the hamlet's households that were not surveyed yet."""
        return households.left(self._conn, hamlet_id, form, limit, offset)

    def household(self, household_id: int) -> Household | None:
        """One household, or None."""
        return households.find(self._conn, household_id)

    def last_survey(self, household_id: int, form: str) -> Survey | None:
        """The newest answers of a household."""
        return surveys.last(self._conn, household_id, form)

    def survey(self, survey_id: str) -> Survey | None:
        """The newest revision of a survey."""
        return surveys.find(self._conn, survey_id)

    def my_surveys(self, person_id: int, form: str, limit: int) -> Sequence[Survey]:
        """The surveys this person submitted last, newest first."""
        return surveys.mine(self._conn, person_id, form, limit)

    def drafts(self, person_id: int) -> Sequence[Draft]:
        """What this person has put aside, newest first."""
        return talks.drafts(self._conn, person_id)

    def progress(self, area_id: int, form: str, on: date) -> Sequence[Progress]:
        """Done of planned for every hamlet under the area."""
        return households.progress(self._conn, area_id, form, on)

    def invitation(self, code: str) -> Invitation:
        """What the code would give now."""
        return people.invitation(self._conn, code, self._now)

    def linked(self, code: str) -> Person | None:
        """Who got this code to join another account to themselves."""
        person_id = people.linked(self._conn, code, self._now)
        return people.find(self._conn, person_id, self._today) if person_id else None

    def figures(self, area_id: int, monday: date) -> Figures:
        """The week's figures of the household questionnaire, for the digest."""
        week = Week(monday, self._zone)
        on = map_day(self.area(area_id), week, self._today)
        return digests.figures(self._conn, QUESTIONNAIRE, area_id, week, on)

    def knowledge(self) -> Knowledge:
        """The approved answers; read at the first question."""
        return self._shelf.knowledge()

    # ----------------------------------------------------------------- what comes by itself

    def calendar(self) -> Calendar:
        """Days on which nothing goes out of its own accord."""
        return self._shelf.calendar

    def subscription(self, person_id: int) -> Subscription:
        """When the person gets the weekly digest."""
        return subscriptions.subscription(self._conn, person_id)

    def pauses(self) -> Sequence[Pause]:
        """Whom and which areas nobody reminds today."""
        return subscriptions.pauses(self._conn, self._today)

    def reminder_settings(self) -> Mapping[int, Setting]:
        """The areas that have an own setting of reminders."""
        return subscriptions.settings(self._conn)

    def mates(self, area_id: int) -> Sequence[Mate]:
        """Who surveys under the area, and how their work stands."""
        return reminders.mates(self._conn, area_id, self._today, self._zone)

    def reach(self, audience: Audience) -> Reach:
        """Whom an audience is now."""
        return broadcasts.reach(self._conn, audience, self._now)

    def pace(self) -> Mapping[str, float | None]:
        """The channels, and how many messages a second each takes."""
        return self._shelf.pace

    def broadcasts(self, limit: int) -> Sequence[Broadcast]:
        """The newest broadcasts, newest first."""
        return broadcasts.newest(self._conn, limit)

    def broadcast(self, broadcast_id: int) -> Broadcast | None:
        """One broadcast, with how far it has come."""
        return broadcasts.find(self._conn, broadcast_id)

    def unreached(self, broadcast_id: int, limit: int) -> Sequence[str]:
        """The names of people whom a broadcast did not reach."""
        return broadcasts.unreached(self._conn, broadcast_id, limit)

    def same_broadcast(self, text: str, audience: Audience, since: datetime) -> Broadcast | None:
        """The newest broadcast of the same text to the same audience since that time."""
        return broadcasts.same(self._conn, text, audience, since)

    def collect_url(self) -> str | None:
        """Where ODK Collect finds this server."""
        return self._shelf.collect_url

    # ----------------------------------------------------------------- for those who are responsible

    def sheet(self, sheet_id: str) -> Sheet | None:
        """A questionnaire's file that was sent and found right."""
        return sheets.find(self._conn, sheet_id)

    def sent_list(self, sheet_id: str) -> SentList | None:
        """A list that was sent and found right."""
        return sheets.find_list(self._conn, sheet_id)

    def register(self) -> Sequence[Listed]:
        """Every unit there is or was."""
        return areas.register(self._conn)

    def newest_version(self, form: str) -> int:
        """The number of the version published last; until the turn ends nobody else publishes."""
        return forms.newest_number(self._conn, form)

    def is_taken(self, sheet: Sheet) -> bool:
        """Whether the file's version is published with other questions."""
        return forms.is_taken(self._conn, sheet.form, sheet.version, sheets.xform(self._conn, sheet.id))

    def versions(self) -> Sequence[Version]:
        """All published versions, by questionnaire, newest first."""
        begun = talks.under_way(self._conn)
        return [_version(one, begun[one.form, one.version]) for one in forms.published(self._conn)]

    def version(self, number: int) -> Version | None:
        """A published version by its number."""
        found = forms.find(self._conn, number)
        return None if found is None else _version(found)

    def questionnaires(self, area_id: int) -> Sequence[Version]:
        """What is asked in the area today, a version of each questionnaire."""
        return [_version(one) for one in forms.current(self._conn, area_id, self._today)]

    def form_file(self, number: int) -> tuple[str, bytes]:
        """The file that a version was made of, byte for byte."""
        return forms.source(self._conn, number)

    def areas_named(self, words: str) -> Sequence[Area]:
        """The units of today that are meant by a code or a name."""
        return areas.named(self._conn, words, self._today)

    def called(self, person_id: int) -> str:
        """The name of a person; "" where there is none."""
        found = people.find(self._conn, person_id, self._today)
        return found.name if found else ""

    def open_invitations(self) -> Sequence[OpenInvitation]:
        """Those that can still be used."""
        return people.open_invitations(self._conn, self._now)

    def invitation_links(self, code: str) -> Sequence[str]:
        """Where one taps to use the code."""
        return self._shelf.links(code)

    # ----------------------------------------------------------------- a person behind the bot

    def person(self, person_id: int) -> Person | None:
        """Somebody, with the roles they hold today."""
        return people.find(self._conn, person_id, self._today)

    def helpers(self, area_id: int) -> Sequence[Person]:
        """Everybody who holds a role today in the area or in one that it lies in."""
        path = [area.id for area in areas.path(self._conn, area_id, self._today)]
        return tickets.helpers(self._conn, path, self._today)

    def ticket(self, ticket_id: str) -> Ticket | None:
        """A ticket as it stands; until the turn ends nobody else changes it."""
        return tickets.find(self._conn, ticket_id)

    def ticket_lines(self, ticket_id: str) -> Sequence[TicketLine]:
        """What was said in it."""
        return tickets.lines(self._conn, ticket_id)

    def my_tickets(self, person_id: int) -> Sequence[Ticket]:
        """What this person asked the team for, newest first."""
        return tickets.of_citizen(self._conn, person_id)

    def taken_tickets(self, person_id: int) -> Sequence[Ticket]:
        """What this person has taken and not closed."""
        return tickets.of_helper(self._conn, person_id)

    def waiting_tickets(self, area_ids: Sequence[int]) -> Sequence[Ticket]:
        """What nobody has taken yet in these areas and under them."""
        return tickets.waiting(
            self._conn,
            sorted({one for area_id in area_ids for one in areas.under(self._conn, area_id, self._today)}),
        )

    # ----------------------------------------------------------------- what is asked

    def asked(self, area_id: int, monday: date) -> Sequence[Asked]:
        """What was asked in the week by people of the area."""
        return questions.between(self._conn, *self._week(monday), self._counted(area_id))

    def verdicts(self, area_id: int, monday: date) -> Sequence[Verdict]:
        """Which answers helped in the week, and which did not."""
        return questions.verdicts(self._conn, *self._week(monday), self._counted(area_id))

    def proposals(self) -> Sequence[Proposal]:
        """What may become content."""
        return questions.proposals(self._conn)

    def _week(self, monday: date) -> tuple[datetime, datetime]:
        start = datetime.combine(monday, time(), self._zone)
        return start, start + timedelta(days=7)

    def _counted(self, area_id: int) -> list[int] | None:
        """The areas whose questions count; None, all, with those whose area nobody knows, at the top."""
        whole = len(areas.path(self._conn, area_id, self._today)) <= 1
        return None if whole else areas.under(self._conn, area_id, self._today)

    def backups(self) -> Backups:
        """How it stands with the backups."""
        return backups.standing(self._conn)


def _version(row: Published, under_way: int = 0) -> Version:
    return Version(
        row.id,
        row.form,
        row.version,
        row.title,
        row.area_id,
        row.published_at,
        row.withdrawn_at,
        row.valid_from,
        row.published_by,
        under_way,
    )
