"""What handlers may look up, answered from the database: `handlers.facts.Facts`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from content.areas import Area, Listed
from content.broadcasting import Audience, Broadcast, Reach
from content.calendar import Calendar
from content.disclosure import guarded
from content.figures import Figures, Week, map_day
from content.form import Form
from content.households import QUESTIONNAIRE, Draft, Household, Progress, Survey, TakenOff, Whose
from content.people import Guesses, Invitation, NotAllowed, OpenInvitation, Person, allowed, inviting, reach
from content.questionnaires import TRIAL, SentList, Sheet, Version
from content.reminding import Mate, Pause, Setting, Subscription
from content.reorganizing import Asked as Reorganizing
from content.reorganizing import Change, Preview
from content.targets import Target
from storage import (
    areas,
    broadcasts,
    digests,
    forms,
    guesses,
    households,
    list_changes,
    namesakes,
    people,
    previews,
    reminders,
    reorganizing,
    sheets,
    subscriptions,
    surveys,
    talks,
    targets,
)
from storage.answer_facts import StoredAnswers
from storage.custody import CustodyFacts
from storage.database import Connection
from storage.duty_facts import StoredDuties
from storage.forms import Published
from storage.shelf import Shelf
from storage.staff_facts import StoredStaff
from storage.watch import WatchFacts

_MOST_CALLED = 9
"""Households of one name; who has more of them picks from the list."""
_MOST_BROADCASTS = 200
"""Of so many newest, those are shown that somebody may see."""


class StoredFacts(StoredAnswers, CustodyFacts, WatchFacts, StoredStaff, StoredDuties):
    """Answers within the turn's own transaction. `now` carries the district's zone; its day chooses the map
    where none is asked for.

    `reader` is whom it is answered: what they may not see is not there for them; to ask for an area of which
    they may not is a fault of whoever asks (NotAllowed).
    """

    def __init__(self, conn: Connection, now: datetime, shelf: Shelf, reader: Person) -> None:
        assert now.tzinfo is not None
        self._conn = conn
        self._now = now
        self._zone = now.tzinfo
        self._today = now.date()
        self._shelf = shelf
        self._reader = reader
        self._households: dict[int, Household | None] = {}
        self._paths: dict[tuple[int, date], tuple[Area, ...]] = {}
        self._drafts: Sequence[Draft] | None = None

    # ----------------------------------------------------------------- who may see what

    def _may(self, action: str, area_id: int) -> bool:
        return allowed(self._reader, action, [area.id for area in self.path(area_id, self._today)])

    def _must(self, action: str, area_id: int) -> None:
        if not self._may(action, area_id):
            raise NotAllowed(f"{action} in area {area_id}")

    def _everywhere(self, action: str) -> bool:
        tops = self.roots(self._today)
        return bool(tops) and all(self._may(action, top.id) for top in tops)

    # ----------------------------------------------------------------- forms, areas, households

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
        self._must("see-households", hamlet_id)
        return households.of_hamlet(self._conn, self._worked(hamlet_id), form)

    def left(
        self, hamlet_id: int, form: str, limit: int, offset: int = 0, whose: Whose = "all"
    ) -> Sequence[Household]:
        """A page of the hamlet's households that were not surveyed yet."""
        self._must("see-households", hamlet_id)
        here = self._worked(hamlet_id)
        return households.left(self._conn, here, form, limit, offset, whose, self._reader.id)

    def _worked(self, hamlet_id: int) -> int:
        """The hamlet that works through the households today: what a talk began in may have become part of
        another meanwhile."""
        here = areas.hamlets(self._conn, hamlet_id, self._today)
        return here[0].id if here else hamlet_id

    def household(self, household_id: int) -> Household | None:
        """One household, or None."""
        if household_id not in self._households:
            found = households.find(self._conn, household_id)
            seen = found if found and self._may("see-households", found.area_id) else None
            self._households[household_id] = seen
        return self._households[household_id]

    def households_called(self, name: str) -> Sequence[Household]:
        """The households of just that name where the reader surveys."""
        mine = (areas.hamlets(self._conn, area, self._today) for area in reach(self._reader, "survey"))
        hamlets = {hamlet.id for under in mine for hamlet in under}
        numbers = namesakes.called(self._conn, name, hamlets, _MOST_CALLED)
        return [one for one in map(self.household, numbers) if one]

    def targets(self, area_id: int, year: int) -> Sequence[Target]:
        """What the area's own plan sets for the year."""
        self._must("manage", area_id)
        return targets.of_area(self._conn, area_id, year)

    def taken_off(self, hamlet_id: int) -> Sequence[TakenOff]:
        """The households that are off the hamlet's list."""
        self._must("see-households", hamlet_id)
        return list_changes.taken_off(self._conn, self._worked(hamlet_id))

    def last_survey(self, household_id: int, form: str) -> Survey | None:
        """The newest answers of a household."""
        return surveys.last(self._conn, household_id, form) if self.household(household_id) else None

    def survey(self, survey_id: str) -> Survey | None:
        """The newest revision of a survey."""
        found = surveys.find(self._conn, survey_id)
        return found if found and self.household(found.household_id) else None

    def my_surveys(self, person_id: int, form: str, limit: int) -> Sequence[Survey]:
        """The surveys this person submitted last, newest first."""
        self._is_own(person_id)
        return surveys.mine(self._conn, person_id, form, limit)

    def has_sent(self, person_id: int, form: str) -> bool:
        """Whether this person submitted any survey, refusals left out."""
        self._is_own(person_id)
        return surveys.any_of(self._conn, person_id, form)

    def drafts(self, person_id: int) -> Sequence[Draft]:
        """What this person has put aside, newest first."""
        self._is_own(person_id)
        if self._drafts is None:
            self._drafts = talks.drafts(self._conn, person_id)
        return self._drafts

    def progress(self, area_id: int, form: str, on: date) -> Sequence[Progress]:
        """Done of planned for every hamlet under the area."""
        self._must("see-progress", area_id)
        return households.progress(self._conn, area_id, form, on, self._today)

    def count(self, hamlet_id: int, form: str) -> tuple[int, int]:
        """Households done, and listed, in one hamlet today."""
        self._must("see-progress", hamlet_id)
        return households.count(self._conn, self._worked(hamlet_id), form)

    def invitation(self, code: str) -> Invitation:
        """What the code would give now."""
        return people.invitation(self._conn, code, self._now)

    def guesses(self) -> Guesses:
        """How many wrong codes the reader, and everybody, sent in this hour."""
        return guesses.count(self._conn, self._reader.id, self._now)

    def linked(self, code: str) -> Person | None:
        """Who got this code to join another account to themselves."""
        person_id = people.linked(self._conn, code, self._now)
        return people.find(self._conn, person_id, self._today) if person_id else None

    def figures(self, area_id: int, monday: date, on: date | None = None, named: int = 0) -> Figures:
        """The week's figures of the household questionnaire, for the digest."""
        self._must("see-digest", area_id)
        week = Week(monday, self._zone)
        on = on or map_day(self.area(area_id), week, self._today)
        exact = self._may("see-households", area_id)
        found = digests.figures(self._conn, QUESTIONNAIRE, area_id, week, on, named=named if exact else 0)
        return found if exact else guarded(found, self._shelf.policy.smallest)

    # ----------------------------------------------------------------- what comes by itself

    def calendar(self) -> Calendar:
        """Days on which nothing goes out of its own accord."""
        return self._shelf.calendar

    def subscription(self, person_id: int) -> Subscription:
        """When the person gets the weekly digest."""
        self._is_own(person_id)
        return subscriptions.subscription(self._conn, person_id)

    def pauses(self) -> Sequence[Pause]:
        """Whom and which areas nobody reminds today."""
        return subscriptions.pauses(self._conn, self._today)

    def reminder_settings(self) -> Mapping[int, Setting]:
        """The areas that have an own setting of reminders."""
        return subscriptions.settings(self._conn)

    def mates(self, area_id: int) -> Sequence[Mate]:
        """Who surveys under the area, and how their work stands."""
        self._must("manage-reminders", area_id)
        return reminders.mates(self._conn, area_id, self._today, self._zone)

    def reach(self, audience: Audience) -> Reach:
        """Whom an audience is now."""
        if not self._may_send(audience):
            raise NotAllowed("broadcast to that audience")
        return broadcasts.reach(self._conn, audience, self._shelf.pace, self._now)

    def _may_send(self, audience: Audience) -> bool:
        """Who belongs to no area, or to any, may be written to by who may do so everywhere."""
        if audience.area_id is None or audience.with_citizens:
            return self._everywhere("broadcast")
        return self._may("broadcast", audience.area_id)

    def pace(self) -> Mapping[str, float | None]:
        """The channels, and how many messages a second each takes."""
        return self._shelf.pace

    def prices(self) -> Mapping[str, int]:
        """The channels where one may not write to anybody at any time, and what a broadcast costs there."""
        return self._shelf.prices

    def broadcasts(self, limit: int) -> Sequence[Broadcast]:
        """The newest broadcasts, newest first."""
        newest = broadcasts.newest(self._conn, _MOST_BROADCASTS)
        return [one for one in newest if self._may_send(one.audience)][:limit]

    def broadcast(self, broadcast_id: int) -> Broadcast | None:
        """One broadcast, with how far it has come."""
        found = broadcasts.find(self._conn, broadcast_id)
        return found if found and self._may_send(found.audience) else None

    def unreached(self, broadcast_id: int, limit: int) -> Sequence[str]:
        """The names of people whom a broadcast did not reach."""
        seen = self.broadcast(broadcast_id)
        return broadcasts.unreached(self._conn, broadcast_id, limit) if seen else ()

    def same_broadcast(self, text: str, audience: Audience, since: datetime) -> Broadcast | None:
        """The newest broadcast of the same text to the same audience since that time."""
        return broadcasts.same(self._conn, text, audience, since)

    def collect_url(self) -> str | None:
        """Where ODK Collect finds this server."""
        return self._shelf.collect_url

    # ----------------------------------------------------------------- for those who are responsible

    def sheet(self, sheet_id: str) -> Sheet | None:
        """A questionnaire's file that was sent and found right."""
        found = sheets.find(self._conn, sheet_id)
        return found if found and found.person_id == self._reader.id else None

    def sent_list(self, sheet_id: str) -> SentList | None:
        """A list that was sent and found right."""
        found = sheets.find_list(self._conn, sheet_id)
        return found if found and found.person_id == self._reader.id else None

    def rehearse(self, asked: Reorganizing) -> Preview:
        """What a change of the map would do; nothing of it is kept."""
        for code in filter(None, (*asked.ends, *(heir.code for heir in asked.heirs), asked.under)):
            if unit := areas.by_code(self._conn, code, asked.on - timedelta(days=1)):
                self._must("manage", unit.id)
        return previews.preview(self._conn, asked, QUESTIONNAIRE, self._now)

    def changes(self) -> Sequence[Change]:
        """The changes of the map that were put down."""
        return reorganizing.changes(self._conn)

    def map_before(self, area_id: int, on: date) -> tuple[date, Sequence[Area]] | None:
        """The last day of the map before that of `on`, and the units by which the area is told on it."""
        return areas.before(self._conn, area_id, on)

    def may_undo(self, number: int) -> None:
        """Raises where that change of the map can't be taken back."""
        reorganizing.check_undo(self._conn, number, self._today)

    def register(self) -> Sequence[Listed]:
        """Every unit there is or was."""
        return areas.register(self._conn)

    def newest_version(self, form: str) -> int:
        """The number of the version published last; until the turn ends nobody else publishes."""
        return forms.newest_number(self._conn, form)

    def is_taken(self, sheet: Sheet) -> bool:
        """Whether the file's version is published with other questions."""
        xform, files = sheets.xform(self._conn, sheet.id), sheets.files(self._conn, sheet.id)
        return forms.is_taken(self._conn, sheet.form, sheet.version, xform, files)

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
        found = forms.find(self._conn, number)
        if found is None or not self._may("manage", found.area_id):
            raise KeyError(number)
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
        every = people.open_invitations(self._conn, self._now)
        return [one for one in every if self._may(inviting(one.role), one.area_id)]

    def invitation_links(self, code: str) -> Sequence[str]:
        """Where one taps to use the code."""
        return self._shelf.links(code)


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
