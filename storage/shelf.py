"""What all turns of a process share, and no turn changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from content.calendar import Calendar
from content.form import Form
from content.health import Machine
from content.privacy import Policy
from storage import forms, sheets
from storage.articles import Answers
from storage.database import Connection

_MOST_NAMES = 10_000
"""How many names of versions are remembered: one a questionnaire, hamlet and day."""


class FormCache:
    """Compiled questionnaires, the most recently used of them; shared by all turns of a process.

    `load` makes a Form of an XForm and the files that go with it (`content.xform.compile_form`). A
    version's content never changes, so its number in the database says all.
    """

    def __init__(self, load: Callable[[str, Mapping[str, bytes]], Form], most: int = 64) -> None:
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
        if isinstance(form_id, int):
            form = self._load(forms.xform(conn, form_id), forms.files(conn, form_id))
        else:
            form = self._load(sheets.xform(conn, form_id), sheets.files(conn, form_id))
        with self._lock:
            self._forms[form_id] = form
            while len(self._forms) > self._most:
                del self._forms[next(iter(self._forms))]
        return form


@dataclass(frozen=True, slots=True)
class Shelf:
    """What all turns of a process share, and no turn changes: compiled questionnaires, the dialogues that are
    part of the program (by name), the approved answers, read at the first question, the links by which an
    invitation's code is used, where phones reach this server with ODK Collect, if they do, and what is
    known of the machine."""

    forms: FormCache
    dialogue: Callable[[str], Form | None]
    answers: Answers
    links: Callable[[str], Sequence[str]] = lambda _: ()
    collect_url: str | None = None
    calendar: Calendar = field(default_factory=Calendar)
    pace: Mapping[str, float | None] = field(default_factory=dict)
    prices: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    machine: Callable[[], Machine] = lambda: Machine("")
