"""A small world for tests of handlers: what they may look up, without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from content import library, names
from content.areas import Area, Level
from content.assigning import Hand, Holder, Load
from content.backups import Standing as Backups
from content.broadcasting import Audience, Broadcast, Reach
from content.calendar import Calendar
from content.form import Form
from content.households import QUESTIONNAIRE, Draft, Household, Progress, Survey, Whose
from content.knowledge import Knowledge, load
from content.people import Grant, Guesses, Invitation, Person, Role
from content.privacy import Consent, Held, Policy
from content.questionnaires import Version
from content.reminding import Mate, Pause, Setting, Subscription
from content.staff import Burden
from content.staff import Held as HeldRole
from content.tickets import Line as TicketLine
from content.tickets import Ticket
from content.vietnamese import fold
from content.xform import compile_form
from handlers import routes
from handlers.asking import KeepTopic
from handlers.effects import KeepDraft
from handlers.talk import Photo, Reply, Said, Talk, Topic
from handlers.turn import Turn

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
SINCE = date(2025, 7, 1)

PROVINCE = Area(1, "80", "tỉnh Tây Ninh", Level.PROVINCE, SINCE)
COMMUNE = Area(2, "27811", "xã Bình Hòa", Level.COMMUNE, SINCE)
HAMLET = Area(3, "27811-1", "ấp 1", Level.HAMLET, SINCE)
BESIDE = Area(4, "27811-2", "ấp 2", Level.HAMLET, SINCE)

MEMBER = Person(11, "Tâm", grants=(Grant(Role.MEMBER, HAMLET.id),))
LEADER = Person(12, "Hùng", grants=(Grant(Role.LEADER, COMMUNE.id),))
OFFICIAL = Person(13, "Lan", grants=(Grant(Role.COMMUNE, COMMUNE.id),))
CITIZEN = Person(14, "")

_FORMS: dict[str, Form] = {}


def form(name: str) -> Form:
    """A form that comes with the program, compiled once for all tests."""
    if name not in _FORMS:
        _FORMS[name] = compile_form(library.xform(name))
    return _FORMS[name]


@dataclass
class World:
    """`handlers.facts.Facts`: a province, a commune, two hamlets, and the households one puts in."""

    people: dict[int, Household] = field(default_factory=dict)
    surveys: list[Survey] = field(default_factory=list)
    put_aside: list[Draft] = field(default_factory=list)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    links: dict[str, Person] = field(default_factory=dict)
    tickets: list[Ticket] = field(default_factory=list)
    published: bool = True
    paused: list[Pause] = field(default_factory=list)
    collect: str | None = None

    def form(self, form_: str, version: str | None = None, area_id: int | None = None) -> Form | None:
        return form(form_) if self.published or form_ != QUESTIONNAIRE else None

    def holdings(self) -> Sequence[Held]:
        return [Held("name", "Tâm")]

    def policy(self) -> Policy:
        return Policy()

    def consents(self) -> Sequence[Consent]:
        return []

    def area(self, area_id: int) -> Area:
        return {area.id: area for area in (PROVINCE, COMMUNE, HAMLET, BESIDE)}[area_id]

    def roots(self, on: date) -> Sequence[Area]:
        return [PROVINCE]

    def path(self, area_id: int, on: date) -> tuple[Area, ...]:
        if area_id not in {PROVINCE.id, COMMUNE.id, HAMLET.id, BESIDE.id}:
            return ()
        whole = (PROVINCE, COMMUNE, self.area(area_id))
        return whole if area_id > COMMUNE.id else whole[:area_id]

    def below(self, area_id: int, on: date) -> Sequence[Area]:
        return {PROVINCE.id: [COMMUNE], COMMUNE.id: [HAMLET, BESIDE]}.get(area_id, [])

    def hamlets(self, area_id: int, on: date) -> Sequence[Area]:
        return [self.area(area_id)] if area_id > COMMUNE.id else [HAMLET, BESIDE]

    def households(self, hamlet_id: int, form_: str) -> Sequence[Household]:
        return [household for household in self.people.values() if household.area_id == hamlet_id]

    def left(
        self, hamlet_id: int, form_: str, limit: int, offset: int = 0, whose: Whose = "all"
    ) -> Sequence[Household]:
        waiting = [h for h in self.households(hamlet_id, form_) if h.surveyed_at is None]
        return sorted(waiting, key=lambda household: household.id)[offset : offset + limit]

    def households_called(self, name: str) -> Sequence[Household]:
        return [household for household in self.people.values() if names.same(household.name, name)]

    def household(self, household_id: int) -> Household | None:
        return self.people.get(household_id)

    def last_survey(self, household_id: int, form_: str) -> Survey | None:
        return next((one for one in self.surveys if one.household_id == household_id), None)

    def survey(self, survey_id: str) -> Survey | None:
        return next((one for one in self.surveys if one.id == survey_id), None)

    def my_surveys(self, person_id: int, form_: str, limit: int) -> Sequence[Survey]:
        return [one for one in self.surveys if one.by == person_id][:limit]

    def has_sent(self, person_id: int, form_: str) -> bool:
        return bool(self.my_surveys(person_id, form_, 1))

    def drafts(self, person_id: int) -> Sequence[Draft]:
        return self.put_aside

    def progress(self, area_id: int, form_: str, on: date) -> Sequence[Progress]:
        return [
            Progress(hamlet.id, hamlet.name, sum(1 for h in there if h.surveyed_at), len(there))
            for hamlet in self.hamlets(area_id, on)
            for there in [self.households(hamlet.id, form_)]
        ]

    def count(self, hamlet_id: int, form_: str) -> tuple[int, int]:
        there = self.households(hamlet_id, form_)
        return sum(1 for household in there if household.surveyed_at), len(there)

    def hands(self, area_id: int) -> Sequence[Hand]:
        return []

    def loads(self, area_id: int, form_: str) -> Mapping[int, Mapping[Holder | None, Load]]:
        return {}

    def own_roles(self) -> Sequence[HeldRole]:
        return ()

    def burden(self, person_id: int) -> Burden:
        return Burden()

    def own_loads(self, form_: str) -> Mapping[int, Load]:
        return {}

    def invitation(self, code: str) -> Invitation:
        return self.invitations.get(code) or Invitation(code, "unknown")

    def is_locked(self) -> bool:
        return False

    def guesses(self) -> Guesses:
        return Guesses()

    def linked(self, code: str) -> Person | None:
        return self.links.get(code)

    def map_before(self, area_id: int, on: date) -> tuple[date, Sequence[Area]] | None:
        return None

    def figures(self, area_id: int, monday: date, on: date | None = None, named: int = 0) -> Any:
        raise NotImplementedError("digests are tested on a database")

    def questionnaires(self, area_id: int) -> Sequence[Version]:
        return []

    def knowledge(self) -> Knowledge:
        return load()

    def collect_url(self) -> str | None:
        return self.collect

    def areas_named(self, words: str) -> Sequence[Area]:
        wanted = fold(words)
        return [area for area in (PROVINCE, COMMUNE, HAMLET, BESIDE) if wanted in fold(area.name)]

    def person(self, person_id: int) -> Person | None:
        everybody = (MEMBER, LEADER, OFFICIAL, CITIZEN)
        return next((person for person in everybody if person.id == person_id), None)

    def helpers(self, area_id: int) -> Sequence[Person]:
        path = {area.id for area in self.path(area_id, NOW.date())}
        return [p for p in (MEMBER, LEADER, OFFICIAL) if path & {grant.area_id for grant in p.grants}]

    def ticket(self, ticket_id: str) -> Ticket | None:
        return next((one for one in self.tickets if one.id == ticket_id), None)

    def ticket_lines(self, ticket_id: str) -> Sequence[TicketLine]:
        return []

    def my_tickets(self, person_id: int) -> Sequence[Ticket]:
        return [one for one in self.tickets if one.citizen_id == person_id]

    def taken_tickets(self, person_id: int) -> Sequence[Ticket]:
        return [one for one in self.tickets if one.taken_by == person_id]

    def waiting_tickets(self, area_ids: Sequence[int]) -> Sequence[Ticket]:
        return [one for one in self.tickets if one.status == "open"]

    def takes_file(self, channel: str, ending: str) -> bool:
        return True

    def calendar(self) -> Calendar:
        return Calendar()

    def subscription(self, person_id: int) -> Subscription:
        return Subscription()

    def pauses(self) -> Sequence[Pause]:
        return self.paused

    def reminder_settings(self) -> Mapping[int, Setting]:
        return {}

    def mates(self, area_id: int) -> Sequence[Mate]:
        return [Mate(MEMBER.id, MEMBER.name, HAMLET.id, HAMLET.name, NOW.date())]

    def reach(self, audience: Audience) -> Reach:
        return Reach({"test": 2}, 1, ("Bảy",))

    def pace(self) -> Mapping[str, float | None]:
        return {"test": None}

    def prices(self) -> Mapping[str, int]:
        return {}

    def broadcasts(self, limit: int) -> Sequence[Broadcast]:
        return []

    def broadcast(self, broadcast_id: int) -> Broadcast | None:
        return None

    def unreached(self, broadcast_id: int, limit: int) -> Sequence[str]:
        return []

    def same_broadcast(self, text: str, audience: Audience, since: datetime) -> Broadcast | None:
        return None

    def backups(self) -> Backups:
        return Backups()

    def add(self, name: str, area: Area = HAMLET, **more: Any) -> Household:
        """A household more."""
        household = Household(100 + len(self.people), area.id, name, **more)
        self.people[household.id] = household
        return household

    def surveyed(self, name: str, by: Person = MEMBER, **more: Any) -> Survey:
        """A household that agreed and gave the answers that the questionnaire must have, a week ago."""
        before = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
        household = self.add(name, surveyed_at=before)
        answers = {"so_nguoi": "4", "nguoi_18": "4", "dtdt": "4", "mang": "di_dong", "kenh": "khong"}
        answers |= {"san_xuat": "khong", "can_giup": "khong"}
        values = {"/data/dong_y": "co", **{f"/data/phieu/{name}": value for name, value in answers.items()}}
        survey = Survey(
            id=str(UUID(int=household.id)),
            revision=1,
            household_id=household.id,
            form=QUESTIONNAIRE,
            version=form(QUESTIONNAIRE).version,
            values=values,
            submitted_at=before,
            by=by.id,
            wording="Nhà mình có đồng ý không?",
        )
        self.surveys.append(replace(survey, **more))
        return self.surveys[-1]


@dataclass
class Chat:
    """One person's talk with the bot; drafts are put aside in the world as the desk would."""

    world: World
    person: Person = MEMBER
    first: bool = False
    now: datetime = NOW
    turn: Turn = field(default_factory=lambda: Turn(()))
    topic: Topic = field(default_factory=Topic)
    _turns: int = 0
    channel: str = "test"

    def say(self, text: str = "", **more: Any) -> Turn:
        """Says something and remembers what came of it."""
        self._turns += 1
        new_id = str(UUID(int=self._turns << 96))
        talk = Talk(self.person, self.channel, self.now, new_id, self.turn.doing, self.first, self.topic)
        self.turn = routes.handle(talk, Said(text, **more), self.world)
        for effect in self.turn.effects:
            if isinstance(effect, KeepTopic):
                self.topic = effect.topic
            if isinstance(effect, KeepDraft):
                doing = effect.doing
                draft = Draft(
                    household_id=effect.household_id,
                    household_name=effect.label,
                    form=doing.form,
                    version=doing.version,
                    state=doing.state,
                    updated_at=self.now,
                    purpose=doing.purpose,
                    about=doing.about,
                    key=effect.key,
                )
                self.world.put_aside.insert(0, draft)
        return self.turn

    def press(self, label: str) -> Turn:
        """Presses the button of that label, of the last turn."""
        choices = {choice.label: choice.payload for reply in self.turn.replies for choice in reply.choices}
        return self.say(label, payload=choices[label])

    def send(self, payload: str) -> Turn:
        """What a client sends that was shown another button, or none."""
        return self.say("", payload=payload)

    def photo(self, name: str = "a.jpg") -> Turn:
        return self.say("", photo=Photo(name))

    @property
    def text(self) -> str:
        """All that was answered last."""
        return "\n---\n".join(reply.text for reply in self.turn.replies)

    @property
    def labels(self) -> list[str]:
        """The labels of all buttons of the last turn."""
        return [choice.label for reply in self.turn.replies for choice in reply.choices]

    @property
    def last(self) -> Reply:
        return self.turn.replies[-1]
