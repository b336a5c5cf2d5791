"""The audit log in words: who did what to what, and what was before and after."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from content.journal import ACTS, Act
from content.privacy import DAYS
from content.words import clock, day, say
from handlers.facts import Facts

CHANNELS = ("telegram", "zalo_oa", "zalo_bot", "webchat", "openrosa", "terminal", "cli", "clock")
"""Over which acts come; `cli`: commands on the server, `clock`: what happens by itself."""
_NOBODYS = frozenset({"cli", "clock"})
_SUBJECTS = frozenset(
    {
        "account", "article", "breach", "broadcast", "change", "edition", "form", "household", "invitation",
        "batch", "person", "proposal", "request", "submission", "team", "ticket",
    }
)  # fmt: skip
_PHRASES = {
    "off": "off", "for good": "for_good", "from": "from", "roles": "roles", "surveys": "surveys",
    "sent on": "sent_on", "taken": "taken", "refused": "refused", "file": "file", "question": "question",
    "rows": "rows", "name": "name", "address": "address", "of": "of", "drafts": "drafts",
    "people": "people", "locked": "locked", "invited": "invited",
    "closed": "closed", "team": "team", "households": "households", "nobody": "nobody",
    "until": "until", "waiting": "waiting", "answered": "answered", "done": "done", "reported": "reported",
}  # fmt: skip
_ROLES = ("citizen", "member", "leader", "commune", "district", "admin")
_WORD = re.compile(
    rf"(?<![\w-])(?:(?P<day>\d{{4}}-\d\d-\d\d)|x(?P<uses>\d+)|(?P<days>\d+)d|area (?P<area>\d+)"
    rf"|person (?P<person>\d+)|invitation (?P<invitation>\d+)"
    rf"|(?P<role>{'|'.join(_ROLES)})|(?P<phrase>{'|'.join(_PHRASES)}))(?![\w-])"
)
_MORE = re.compile(r" (?=x\d+(?!\w)|\d+d(?!\w))")
"""What stands before how many may use an invitation, and for how many days."""


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the log in the reader's language, cell by cell."""

    at: datetime
    who: str
    channel: str
    did: str
    on: str
    before: str
    after: str

    @property
    def change(self) -> str:
        """What was before and after, in one cell."""
        return " → ".join(filter(None, (self.before, self.after)))


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells lines in a language, by a zone's clock. `names` are of those whom the reader may be told by name;
    `place` is what an area is called."""

    locale: str
    zone: tzinfo
    names: Mapping[int, str]
    place: Callable[[int], str]

    def told(self, act: Act) -> Told:
        """The line in words; what this program has no words for, an older or newer one wrote, stays as it
        is."""
        did = say(self.locale, f"journal.act_{act.action}") if act.action in ACTS else act.action
        return Told(
            act.at.astimezone(self.zone),
            self._who(act),
            channel(self.locale, act.channel),
            did,
            self._on(act),
            self._value(act.before),
            self._asked(act.after) if act.action == "file-request" else self._value(act.after),
        )

    def person(self, number: int) -> str:
        """By name, or by number where there is none to be told."""
        return self.names.get(number) or say(self.locale, "journal.person", number=number)

    def _who(self, act: Act) -> str:
        if act.person_id is not None:
            return self.person(act.person_id)
        return say(self.locale, f"journal.by_{act.channel}") if act.channel in _NOBODYS else "–"

    def _on(self, act: Act) -> str:
        kind, _, number = act.subject.partition(" ")
        if kind == "area" and number.isdecimal():
            return self.place(int(number))
        if kind == "person" and number.isdecimal():
            if act.action == "erase":  # who bears that number today, if anybody, is somebody else
                return say(self.locale, "journal.person", number=number)
            return "" if int(number) == act.person_id else self.person(int(number))
        where = self.place(act.area_id) if act.area_id is not None else ""
        named = number.partition("-")[0] if kind in {"ticket", "submission"} else number
        what = say(self.locale, f"journal.on_{kind}", number=named) if kind in _SUBJECTS else ""
        return ", ".join(filter(None, (what, where)))

    def _asked(self, kind: str) -> str:
        return say(self.locale, f"privacy.asks_{kind}") if kind in DAYS else kind

    def _value(self, text: str) -> str:
        return _WORD.sub(self._word, _MORE.sub(", ", text))

    def _word(self, found: re.Match[str]) -> str:
        locale, kind = self.locale, found.lastgroup or ""
        value = found[kind]
        match kind:
            case "day":
                told = day(locale, date.fromisoformat(value))
            case "area":
                told = self.place(int(value))
            case "person":
                told = self.person(int(value))
            case "invitation":
                told = say(locale, "journal.on_invitation", number=value)
            case "role":
                told = say(locale, f"roles.{value}")
            case "phrase":
                told = say(locale, f"journal.word_{_PHRASES[value]}")
            case _:
                told = say(locale, f"journal.{kind}", n=int(value))
        return told


def line(told: Told, locale: str) -> str:
    """One line of a chat: "22/11/2026 08:30 · Nguyễn Văn A (Telegram): mời người · ấp 2 · tổ viên"."""
    head = say(locale, "journal.line", day=day(locale, told.at.date()), time=clock(locale, told.at),
               who=told.who, channel=told.channel, did=told.did)  # fmt: skip
    return " · ".join(filter(None, (head, told.on, told.change)))


def cells(number: int, told: Told) -> tuple[str, ...]:
    """One row of a table: line, when, who, over which channel, act, on what, before, after."""
    at = f"{told.at:%Y-%m-%d %H:%M:%S}"
    return str(number), at, told.who, told.channel, told.did, told.on, told.before, told.after


def place_named(facts: Facts, area_id: int) -> str:
    """What an area is called; its number where it is no more: its change of the map was undone."""
    try:
        return facts.area(area_id).name
    except KeyError:
        return f"#{area_id}"


def channel(locale: str, name: str) -> str:
    """What a channel is called."""
    return say(locale, f"journal.channel_{name}") if name in CHANNELS else name
