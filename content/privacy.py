"""Personal data: what is asked for under the law and until when it must be done, how long things are kept,
and which numbers are too small to leave the commune.

The deadlines are those of Decree 356/2025/NĐ-CP, article 5, under Law 91/2025/QH15.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from content.calendar import Calendar

PATH = Path(__file__).parent / "templates" / "privacy.yaml"

Kind = Literal["see", "correct", "withdraw", "protect", "erase"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DAYS: Mapping[Kind, int] = {"see": 10, "correct": 10, "withdraw": 15, "protect": 15, "erase": 20}
"""Days from the request until it must be done; as many again where it was extended, once."""
ANSWER_WITHIN = 2
"""Working days until whoever asks must have been answered."""

REPORT_WITHIN = timedelta(hours=72)
"""From when a breach was found until the authority must know of it (Law 91/2025/QH15, article 23)."""

Purpose = Literal["team", "help"]
"""What a person agrees to in the chat: to work in the team under their name; to be helped by a person."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody agreed to: the words as they were shown, with the version of the form that holds them."""

    purpose: Purpose
    form: str
    version: str
    wording: str
    channel: str
    given_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants to see, correct, or have erased what is kept on them, or takes their consent back.

    It is about an account's person, or about a household that asked by mouth. `who` is how they are called
    and `text` what they want, in their words; `outcome` what was done. `number` 0: not filed yet.
    """

    number: int
    kind: Kind
    asked_at: datetime
    who: str = ""
    text: str = ""
    person_id: int | None = None
    household_id: int | None = None
    area_id: int | None = None
    taken_by: int | None = None
    answered_at: datetime | None = None
    extended_at: datetime | None = None
    done_at: datetime | None = None
    outcome: str = ""

    def answer_by(self, calendar: Calendar) -> date:
        """The last day on which whoever asks must be answered: working days from the day after."""
        day, left = self.asked_at.date(), ANSWER_WITHIN
        while left:
            day += timedelta(days=1)
            left -= calendar.working(day)
        return day

    @property
    def done_by(self) -> date:
        """The last day on which it must be done."""
        return self.asked_at.date() + timedelta(days=DAYS[self.kind] * (2 if self.extended_at else 1))


@dataclass(frozen=True, slots=True)
class Breach:
    """Personal data was lost, seen or used against the rules. `found_at` starts the clock of 72 hours.

    `what` happened (when, where, by whom), `whose` data and how many people, `data` of which kinds,
    `effects`, `measures` taken, and the `contact` of who is responsible: what the law wants told.
    """

    number: int
    area_id: int
    found_at: datetime
    opened_at: datetime
    opened_by: int
    what: str
    whose: str
    data: str
    effects: str
    measures: str
    contact: str
    reported_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def report_by(self) -> datetime:
        """Until then the authority must know of it."""
        return self.found_at + REPORT_WITHIN

    def hours_left(self, now: datetime) -> int:
        """Whole hours until then; negative when it is too late."""
        return int((self.report_by - now) // timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Notice:
    """A case as it is told to the authority: where it happened, and the zone in which its times are told."""

    breach: Breach
    place: str
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that is kept on a person: `kind` names its label, its reason and its end in the catalogue
    (`privacy.kind_…`, `privacy.why_…`), `text` is the thing itself, `kept` the kind of `Policy.kept` that
    ends it ("": with the account).
    """

    kind: str
    text: str
    kept: str = ""
    at: datetime | None = None


# ------------------------------------------------------------------ the policy


class BadPolicy(Exception):
    """The file is not in order: what, where, and how to mend it."""


KEPT: Mapping[str, int] = {
    "events": 30,
    "messages": 30,
    "talks": 30,
    "drafts": 120,
    "tickets": 30,
    "questions": 30,
    "parked": 30,
    "photos": 120,
    "names": 90,
    "requests": 730,
    "audit": 1095,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """How many days each kind is kept, and the smallest number that may leave the commune."""

    kept: Mapping[str, int] = field(default_factory=lambda: KEPT)
    smallest: int = 5

    def before(self, kind: str, now: datetime) -> datetime:
        """What is older than this moment is to go."""
        return now - timedelta(days=self.kept[kind])

    def names_before(self, now: datetime) -> datetime:
        """Surveys of before this moment are to lose what names anybody: a year's, so many days after it."""
        year = (now - timedelta(days=self.kept["names"])).year
        return datetime.combine(date(year, 1, 1), time(), now.tzinfo)


def path_of(pack: Path | None) -> Path:
    """The file of a district's own pack, or the project's where it brings none."""
    own = pack / "templates" / "privacy.yaml" if pack else None
    return own if own and own.is_file() else PATH


def read(path: Path = PATH) -> Policy:
    """What the file says. Raises BadPolicy."""
    try:
        found: Any = yaml.safe_load(path.read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadPolicy(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict) or found.keys() - {"kept", "smallest"}:
        raise BadPolicy(f"{path}: only `kept` and `smallest` may stand here")
    kept = found.get("kept") or {}
    if not isinstance(kept, dict) or (unknown := sorted(kept.keys() - KEPT.keys())):
        raise BadPolicy(f"{path}: `kept` has kinds of its own: {unknown}; use {', '.join(KEPT)}")
    for kind, days in kept.items():
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 3650:
            raise BadPolicy(f"{path}: kept.{kind}: {days!r}; give days, from 1 to 3650")
    smallest = found.get("smallest", 5)
    if not isinstance(smallest, int) or isinstance(smallest, bool) or not 1 <= smallest <= 100:
        raise BadPolicy(f"{path}: smallest: {smallest!r}; give a number from 1 (nothing is hidden) to 100")
    return Policy({**KEPT, **kept}, smallest)
