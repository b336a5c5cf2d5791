"""The stage of the stories: the real desk on a real database, a few hamlets, and a channel of plain text.

A story is a text file. Its own lines:

    # …                     about the story
    @ tam                   who speaks from here on (`PEOPLE`, or a new name: somebody the bot never met);
                            what they were told meanwhile follows
    ~ 3 days                time passes ("minutes", "hours", "days")
    ! remind                the clock's job of that name looks; then what anybody was told, under @ their name
    > text                  typed
    > [Label]               presses the last button of that label; with ×2 after it, twice at once
    > (file nuoc-sach.xlsx) a file of `tests/transcripts/files`; what is found in it follows
    > (sticker)             or (voice), (photo), (location 10.78, 105.94), (text of 4000 characters)

What the bot says comes below: `<` and lines set in, the choices in brackets. At the end of a story stands
what was kept, in lines that begin with `=`.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.app import facts
from bot.channels.base import Attachment, Incoming, Limits, Shown
from bot.checking import Checking
from bot.clock import Clock
from bot.desk import Desk, World
from bot.sender import shown
from content import knowledge, library
from content.areas import read_list
from content.calendar import Calendar
from content.households import QUESTIONNAIRE
from content.people import Grant, Role
from content.xform import compile_form
from handlers import routes
from storage import areas, forms, households, outbox, parked, people
from storage.articles import Answers
from storage.database import Connection, Database
from storage.forms import Publication
from storage.households import NewHousehold
from storage.people import Offer
from storage.tables import DraftRow, HouseholdRow, SurveyRow

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)
LIMITS = Limits(text=4096, buttons=40, row=8, button_label=200)

AREAS = """\
code,name,level,valid_from,valid_to,parent,under_from,became,invented
VN,Việt Nam,country,1976-07-02,,,,,
80,tỉnh Tây Ninh,province,2025-07-01,,VN,,,
27811,xã Bình Hòa,commune,2025-07-01,,80,,,
27811-1,ấp 1,hamlet,2025-07-01,,27811,,,
27811-2,ấp 2,hamlet,2025-07-01,,27811,,,
27793,xã Mộc Hóa,commune,2025-07-01,,80,,,
27793-1,ấp 1,hamlet,2025-07-01,,27793,,,
"""

PEOPLE = {
    "tam": ("Tâm", Role.MEMBER, "27811-2"),
    "hung": ("Hùng", Role.LEADER, "27811"),
    "lan": ("Lan", Role.COMMUNE, "27811"),
    "son": ("Sơn", Role.DISTRICT, "80"),
    "quan": ("Quân", Role.ADMIN, "80"),
    "thao": ("Thảo", Role.ADMIN, "80"),
    "trung": ("Trung", Role.ADMIN, "VN"),
}

HOUSEHOLDS = {
    "27811-2": (
        ("Nguyễn Văn Hai", "tổ 1"),
        ("Trần Thị Bảy", "tổ 1"),
        ("Lê Văn Tám", "tổ 2"),
        ("Phạm Thị Út", "tổ 2"),
        ("Nguyễn Thị Lành", "tổ 3"),
        ("Võ Văn Kiệt Em", ""),
        ("Đặng Văn Đực", ""),
    ),
    "27811-1": (("Huỳnh Văn Ba", ""), ("Ngô Thị Sáu", "")),
}

INVITATIONS = {"MOI-2026": 30, "CU-2026": -1}
"""Codes, with the days for which they hold; each serves once, for members of xã Bình Hòa, ấp 2."""


@dataclass(slots=True)
class Stage:
    """Plays a story, line by line."""

    database: Database
    now: datetime = MORNING
    seen: dict[str, int] = field(default_factory=dict)
    labels: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _events: count = field(default_factory=lambda: count(1))
    _ids: count = field(default_factory=lambda: count(1))
    answers: Answers = field(default_factory=lambda: Answers(knowledge.load))
    desk: Desk = field(init=False)
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        # Where it is not, the turn that needs it is begun again, and takes another id than in a story that
        # comes later.
        knowledge.load().prepare()
        world = World(lambda: self.now, lambda: str(UUID(int=next(self._ids) << 96)))
        self.desk = Desk(
            self.database,
            routes.handle,
            facts(self.answers, pace={"text": None}),
            {"text": LIMITS},
            world,
            lambda _: None,
        )
        self.clock = Clock(self.database, self.desk, Calendar(), ZONE)

    async def play(self, story: str) -> str:
        """The story with what the bot says now."""
        played: list[str] = []
        who = ""
        for line in story.splitlines():
            mark = line[:1]
            if mark in {"#", "@"} and played and played[-1][0] != "#":
                played.append("")
            if mark in {"#", "@", "~", "!", ">"} and line.strip():
                played.append(line)
            if mark == "@":
                who = line[1:].strip()
                played += await self.told(who)
            elif mark == "~":
                amount, unit = line[1:].split()
                self.now += timedelta(**{unit: int(amount)})
            elif mark == "!":
                played += await self.look(line[1:].strip())
            elif mark == ">":
                played += await self.speak(who, line[1:].strip())
        return "\n".join([*played, "", *await self.database.read(kept)]).rstrip() + "\n"

    async def look(self, job: str) -> list[str]:
        """What the clock's job tells people by itself."""
        await getattr(self.clock, job)()
        told = []
        for who, (name, _, _) in PEOPLE.items():
            messages = await self._answers(who)
            told += [f"  → {name}"] if messages else []
            told += [text for message in messages for text in lines(message)]
        return told

    async def told(self, who: str) -> list[str]:
        """What was said to somebody before they speak."""
        known = await self.database.read(lambda conn: people.account(conn, "text", who))
        return [text for message in await self._answers(who) for text in lines(message)] if known else []

    async def speak(self, who: str, line: str) -> list[str]:
        """What the bot answers, as the story shows it."""
        line, twice, _ = line.partition(" ×2")
        for _ in range(2 if twice else 1):
            await self.desk.hear(self._incoming(who, line))
        await Checking(self.database, {}, self.desk, lambda: self.now, self.answers.get).once()
        return [text for message in await self._answers(who) for text in lines(message)]

    async def _answers(self, who: str) -> list[Shown]:
        def read(conn: Connection) -> list[Shown]:
            account = people.account(conn, "text", who)
            assert account is not None
            for event in parked.waiting(conn):
                raise AssertionError(event.error)
            return [shown(row) for row in outbox.since(conn, account.id, self.seen.get(who, 0))]

        messages = await self.database.read(read)
        for message in messages:
            self.seen[who] = message.id
            for row in message.buttons:
                self.labels.setdefault(who, []).extend((button.label, button.payload) for button in row)
        return messages

    def _incoming(self, who: str, line: str) -> Incoming:
        event = f"event-{next(self._events)}"
        more: dict[str, object] = {"text": line}
        if pressed := re.fullmatch(r"\[(.*)\]", line):
            label = pressed[1]
            payload = self._payload(who, label)
            more = {"text": label, "payload": payload}
        elif place := re.fullmatch(r"\(location ([\d.]+), ([\d.]+)\)", line):
            more = {"latitude": float(place[1]), "longitude": float(place[2])}
        elif long := re.fullmatch(r"\(text of (\d+) characters\)", line):
            more = {"text": "dài " * (int(long[1]) // 4)}
        elif line == "(photo)":
            more = {"photo": Attachment("photo-1", "image/jpeg", 4, b"JPEG")}
        elif sent := re.fullmatch(r"\(file (\S+)\)", line):
            data = (FILES / sent[1]).read_bytes()
            more = {"other": "file", "file": Attachment("file-1", "", len(data), data, sent[1])}
        elif line in {"(sticker)", "(voice)"}:
            more = {"other": line.strip("()")}
        name = PEOPLE[who][0] if who in PEOPLE else ""
        return Incoming("text", event, who, self.now, name=name, **more)  # type: ignore[arg-type]

    def _payload(self, who: str, label: str) -> str:
        shown_ = self.labels.get(who, [])
        for known, payload in reversed(shown_):
            if known == label:
                return payload
        raise AssertionError(f"{who} sees no button [{label}]; there were {[known for known, _ in shown_]}")


def lines(message: Shown) -> list[str]:
    """A message as a story shows it."""
    first, *rest = message.text.split("\n")
    buttons = " ".join(f"[{button.label}]" for row in message.buttons for button in row)
    asked = f"({message.ask_label})" if message.ask else ""
    text = [first, *rest, *filter(None, [f"{buttons} {asked}".strip()])]
    return [f"{'<' if place == 0 else ' '} {line}".rstrip() for place, line in enumerate(text)]


def kept(conn: Connection) -> list[str]:
    """What the database holds in the end: surveys and drafts."""
    # SQLModel's attributes are columns in a query, which the type checker can't know.
    surveys = conn.all(
        select(
            SurveyRow.revision,  # type: ignore[call-overload]
            SurveyRow.current,
            SurveyRow.consent,
            HouseholdRow.name,
            HouseholdRow.created_by,
        )
        .join(HouseholdRow, HouseholdRow.id == SurveyRow.household_id, isouter=True)
        .order_by(SurveyRow.submitted_at, SurveyRow.id)
    )
    drafts = conn.all(select(DraftRow.label).order_by(DraftRow.id))  # type: ignore[call-overload]
    written = []
    for row in surveys:
        who = row.name or "(không tên)"
        new = ", hộ mới" if row.created_by else ""
        old = "" if row.current else ", không còn tính"
        refused = "" if row.consent else ", từ chối"
        written.append(f"= phiếu: {who}, bản {row.revision}{new}{refused}{old}")
    return [*written, *(f"= phiếu dở: {row.label}" for row in drafts)]


def furnish(conn: Connection) -> None:
    """The hamlets, people, households, invitations and the questionnaire that every story finds."""
    yesterday = MORNING - timedelta(days=1)
    areas.import_list(conn, read_list(AREAS))
    ids = {
        code: area.id
        for code in re.findall(r"^([^,\n]+),", AREAS, re.M)
        if (area := areas.by_code(conn, code, MORNING.date()))
    }
    for address, (name, role, code) in PEOPLE.items():
        person = people.create(conn, name, "vi", yesterday)
        people.grant(conn, person, Grant(role, ids[code]), yesterday.date())
        people.add_account(conn, person, "text", address, yesterday)
    for code, listed in HOUSEHOLDS.items():
        for number, (name, address) in enumerate(listed):
            key = str(UUID(int=ids[code] * 1000 + number))
            households.add(conn, NewHousehold(key, ids[code], name, address), None, yesterday)
    team = people.team(conn, ids["27811-2"], "Tổ công nghệ số ấp 2")
    for code, days in INVITATIONS.items():
        offer = Offer(Role.MEMBER, ids["27811-2"], team, 1, MORNING + timedelta(days=days))
        people.invite(conn, code, offer, yesterday)
    source = library.xform(QUESTIONNAIRE)
    form = compile_form(source)
    new = Publication(form.id, form.version, form.title, source, b"", "khao-sat-ho.md", ids["80"])
    forms.publish(conn, new, None, yesterday)


FILES = Path(__file__).parent / "files"
STORIES = sorted(Path(__file__).parent.glob("*.txt"))
