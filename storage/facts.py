"""What handlers may look up, answered from the database: `handlers.turn.Facts`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock

from content.areas import Area
from content.figures import Figures, Week, map_day
from content.form import Form
from content.households import QUESTIONNAIRE, Draft, Household, Progress, Survey
from content.knowledge import Knowledge
from content.people import Invitation
from storage import areas, digests, forms, households, people, surveys, talks
from storage.database import Connection
from storage.forms import Published


class FormCache:
    """Compiled questionnaires, the most recently used of them; shared by all turns of a process.

    `load` makes a Form of an XForm (`content.xform.compile_form`). A version's content never changes, so its
    number in the database says all.
    """

    def __init__(self, load: Callable[[str], Form], most: int = 64) -> None:
        self._load = load
        self._most = most
        self._forms: dict[int, Form] = {}
        self._lock = Lock()  # turns and digests run on several threads

    def get(self, conn: Connection, form_id: int) -> Form:
        """The questionnaire of that number."""
        with self._lock:
            form = self._forms.pop(form_id, None)
            if form is not None:
                self._forms[form_id] = form  # the dictionary's order is that of the last use
                return form
        form = self._load(forms.xform(conn, form_id))
        with self._lock:
            self._forms[form_id] = form
            while len(self._forms) > self._most:
                del self._forms[next(iter(self._forms))]
        return form


@dataclass(frozen=True, slots=True)
class Shelf:
    """What all turns of a process share, and no turn changes: compiled questionnaires, the dialogues that are
    part of the program (by name), and the approved answers, read at the first question, and where
    phones reach this server with ODK Collect, if they do."""

    forms: FormCache
    dialogue: Callable[[str], Form | None]
    knowledge: Callable[[], Knowledge]
    collect_url: str | None = None


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

    def form(self, form: str, version: str | None = None, area_id: int | None = None) -> Form | None:
        """A dialogue of the program, or a questionnaire: the version named, or the newest for the area."""
        if (own := self._shelf.dialogue(form)) is not None:
            return own
        found = self._published(form, version, area_id)
        return None if found is None else self._shelf.forms.get(self._conn, found.id)

    def form_version(self, form: str, area_id: int | None = None) -> str | None:
        """The newest version published for the area."""
        found = forms.newest(self._conn, form, area_id, self._today)
        return None if found is None else found.version

    def _published(self, form: str, version: str | None, area_id: int | None) -> Published | None:
        if version is None:
            return forms.newest(self._conn, form, area_id, self._today)
        return forms.version(self._conn, form, version, area_id, self._today)

    def area(self, area_id: int) -> Area:
        """The unit; KeyError if there is none."""
        return areas.find(self._conn, area_id)

    def path(self, area_id: int, on: date) -> tuple[Area, ...]:
        """From the root down to the area itself."""
        return areas.path(self._conn, area_id, on)

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

    def figures(self, area_id: int, monday: date) -> Figures:
        """The week's figures of the household questionnaire, for the digest."""
        week = Week(monday, self._zone)
        on = map_day(self.area(area_id), week, self._today)
        return digests.figures(self._conn, QUESTIONNAIRE, area_id, week, on)

    def knowledge(self) -> Knowledge:
        """The approved answers; read at the first question."""
        return self._shelf.knowledge()

    def collect_url(self) -> str | None:
        """Where ODK Collect finds this server."""
        return self._shelf.collect_url
