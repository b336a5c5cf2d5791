"""Sample data: a place, its people, and six weeks of surveys up to now. All of it is invented and says so.

Submissions go the way of real ones: the questionnaire's own engine takes the answers, and the storage counts
them in the same transaction.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from bot.sample import Home, answers, home, names
from content import interview, library, places
from content.areas import Area, read_list
from content.form import Form
from content.households import QUESTIONNAIRE
from content.indicators import counts
from content.interview import Asked, Finished, World
from content.people import Grant, Role
from content.words import say
from content.xform import compile_form
from storage import areas, forms, households, people, rollups, surveys
from storage.database import Connection
from storage.households import NewHousehold
from storage.surveys import Submission

WEEKS = 6
HOUSEHOLDS = (22, 28)
"""A hamlet has from so many to so many."""

_LISTS = Path(__file__).parent.parent / "content" / "areas"
_CHANNEL = "webchat"
_HOME_HAMLET = "mau-27802-1"
"""Where the member and the leader that one may be survey: in the new commune 27811, xã Bình Hòa."""


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody one may be in the demo; `address` is theirs in the web chat."""

    key: str
    label: str
    description: str
    address: str


@dataclass(slots=True)
class _Member:
    person_id: int
    hamlet: Area
    eager: float  # the share of weeks in which they go out


@dataclass(slots=True)
class _Sample:
    """What is being made, and what it is made with."""

    conn: Connection
    now: datetime
    rng: Random
    names: Iterator[str]
    form: Form
    personas: list[Persona] = field(default_factory=list)
    members: list[_Member] = field(default_factory=list)
    communes: dict[int, str] = field(default_factory=dict)  # a hamlet's commune by name
    waiting: dict[int, list[tuple[int, str, Home]]] = field(default_factory=dict)
    wordings: dict[str, str] = field(default_factory=dict)

    @property
    def began(self) -> datetime:
        """Monday morning of the first of the whole weeks; the one that has begun comes on top."""
        monday = self.now - timedelta(days=self.now.weekday(), weeks=WEEKS)
        return monday.replace(hour=7, minute=30, second=0, microsecond=0)

    def area(self, code: str) -> Area:
        found = areas.by_code(self.conn, code, self.now.date())
        assert found is not None
        return found


def fill(conn: Connection, now: datetime, seed: str = "tocns") -> list[Persona]:
    """Fills an empty, migrated database; who one may be. `now` carries the district's zone."""
    rng = Random(seed)  # noqa: S311 (repeatable, not secret)
    form = compile_form(library.xform(QUESTIONNAIRE))
    sample = _Sample(conn, now, rng, names(rng), form)
    for name in ("moc-hoa", "ap-mau"):
        areas.import_list(conn, read_list((_LISTS / f"{name}.csv").read_text("utf-8")))
    _publish(sample)
    _officials(sample)
    for commune in areas.below(conn, sample.area("80").id, now.date()):
        for hamlet in areas.hamlets(conn, commune.id, now.date()):
            sample.communes[hamlet.id] = commune.name
            _team(sample, hamlet)
            _homes(sample, hamlet)
    _survey(sample)
    while rollups.work(conn, now):
        pass
    order = list(Role)
    return sorted(sample.personas, key=lambda one: order.index(Role(one.key)))


def _publish(sample: _Sample) -> None:
    form = sample.form
    new = forms.Publication(
        form=form.id,
        version=form.version,
        title=form.title,
        xform=library.xform(QUESTIONNAIRE),
        source=library.sheet(QUESTIONNAIRE),
        source_name=f"{QUESTIONNAIRE}.xlsx",
        area_id=sample.area("VN").id,
    )
    forms.publish(sample.conn, new, None, sample.began - timedelta(days=7))


# --------------------------------------------------------------------------- people


def _person(sample: _Sample, grant: Grant | None, key: Role | None = None, place: str = "") -> int:
    """Somebody new; with `key`, one may be them."""
    name = next(sample.names)
    since = sample.began - timedelta(days=7)
    person = people.create(sample.conn, name, "vi", since, invented=True)
    if grant is not None:
        people.grant(sample.conn, person, grant, since.date())
    if key is not None:
        address = f"demo:{key}"
        people.add_account(sample.conn, person, _CHANNEL, address, since)
        what = say("vi", f"demo.{key}_does")
        description = " · ".join(filter(None, (name, place, what)))
        sample.personas.append(Persona(key, say("vi", f"demo.{key}"), description, address))
    return person


def _officials(sample: _Sample) -> None:
    province, country = sample.area("80"), sample.area("VN")
    _person(sample, None, Role.CITIZEN)
    _person(sample, Grant(Role.ADMIN, country.id), Role.ADMIN)
    _person(sample, Grant(Role.DISTRICT, province.id), Role.DISTRICT, province.name)
    for commune in areas.below(sample.conn, province.id, sample.now.date()):
        one_may_be = Role.COMMUNE if commune.code == "27811" else None
        _person(sample, Grant(Role.COMMUNE, commune.id), one_may_be, commune.name)


def _team(sample: _Sample, hamlet: Area) -> None:
    """A leader and two members; some second members seldom go out."""
    name = say("vi", "demo.team", hamlet=hamlet.name)
    team = people.team(sample.conn, hamlet.id, name, invented=True)
    own = hamlet.code == _HOME_HAMLET
    for place, (role, eager) in enumerate(((Role.LEADER, 0.35), (Role.MEMBER, 0.65), (Role.MEMBER, 0.5))):
        key = role if own and place < 2 else None
        person = _person(sample, Grant(role, hamlet.id, team), key, hamlet.name)
        idle = hamlet.code.endswith("-2") and place == 2
        sample.members.append(_Member(person, hamlet, 0.25 if idle else eager))


def _homes(sample: _Sample, hamlet: Area) -> None:
    """The hamlet's list. In one hamlet a household stands twice."""
    rng = sample.rng
    listed = [next(sample.names) for _ in range(rng.randint(*HOUSEHOLDS))]
    if hamlet.code == "mau-27811-1":
        listed[-1] = listed[0]
    waiting = sample.waiting[hamlet.id] = []
    for name in listed:
        new = NewHousehold(_uuid(rng), hamlet.id, name, invented=True)
        number = households.add(sample.conn, new, None, sample.began - timedelta(days=7))
        waiting.append((number, name, home(rng)))
    rng.shuffle(waiting)


# --------------------------------------------------------------------------- surveys


@dataclass(frozen=True, slots=True)
class _Visit:
    """A household visited: when they sat down, and how long it took. `survey_id`: which survey it is."""

    member: _Member
    household: int
    name: str
    home: Home
    began: datetime
    took: timedelta
    survey_id: str
    week: int


def _survey(sample: _Sample) -> None:
    """Week by week; what would be in the future has not happened."""
    _oddities(sample)
    seen: list[_Visit] = []
    for week in range(WEEKS + 1):
        for member in sample.members:
            if sample.rng.random() < member.eager:
                seen += _outing(sample, member, week)
        for visit in _again(sample, [visit for visit in seen if visit.week <= week - 2], week):
            seen.remove(visit)


def _outing(sample: _Sample, member: _Member, week: int) -> Iterator[_Visit]:
    """An afternoon or evening on which a member goes from house to house."""
    rng, waiting = sample.rng, sample.waiting[member.hamlet.id]
    clock = _some_day(sample, week)
    for household, name, of in [waiting.pop() for _ in range(min(len(waiting), rng.randint(1, 3)))]:
        took = timedelta(seconds=rng.randint(170, 560))
        if clock + took >= sample.now:
            waiting.append((household, name, of))
            continue
        visit = _Visit(member, household, name, of, clock, took, _uuid(rng), week)
        clock += took + timedelta(minutes=rng.randint(4, 20))
        if rng.random() < 0.04:
            _refuse(sample, visit)
        else:
            _submit(sample, visit, answers(rng, of, week))
            yield visit


def _some_day(sample: _Sample, week: int) -> datetime:
    """A working hour of the week; of this week, one that has been."""
    monday, rng = sample.began + timedelta(weeks=week), sample.rng
    days = max(1, min(7, (sample.now - monday).days))
    return monday + timedelta(days=rng.randrange(days), hours=rng.randint(0, 10), minutes=rng.randrange(60))


def _again(sample: _Sample, seen: list[_Visit], week: int) -> Iterator[_Visit]:
    """Some households are asked again, and some surveys are corrected by who made them; which they were."""
    for visit in sample.rng.sample(seen, min(len(seen), 5)):
        corrected = sample.rng.random() < 0.4
        later = replace(
            visit,
            began=_some_day(sample, week),
            week=week,
            survey_id=visit.survey_id if corrected else _uuid(sample.rng),
        )
        if later.began + later.took < sample.now:
            _submit(sample, later, answers(sample.rng, visit.home, week))
            yield visit


def _oddities(sample: _Sample) -> None:
    """What somebody should look at: a survey too quick to have been asked, and three that are the same."""
    week = WEEKS if sample.now - sample.began > timedelta(weeks=WEEKS, days=1) else WEEKS - 1
    for code, many, took in (("mau-27802-2", 1, 25), ("mau-27820-1", 3, 65)):
        member = next(one for one in sample.members if one.hamlet.code == code)
        same = answers(sample.rng, _TWINS, week)
        clock = sample.began + timedelta(weeks=week, hours=1)
        for household, name, _ in [sample.waiting[member.hamlet.id].pop() for _ in range(many)]:
            visit = _Visit(
                member, household, name, _TWINS, clock, timedelta(seconds=took), _uuid(sample.rng), week
            )
            _submit(sample, visit, same)
            clock += timedelta(minutes=2)


_TWINS = Home(people=2, adults=2, from_15=2, phones=2, shared=False, net="ca_hai", trade="khong")


def _submit(sample: _Sample, visit: _Visit, answered: Mapping[str, str]) -> None:
    """Through the questionnaire itself. Raises ValueError for an answer that it would not take."""
    hamlet = visit.member.hamlet
    place = {"xa": sample.communes[hamlet.id], "ap": hamlet.name}
    known = {**place, "ho": str(visit.household), "ten_ho": visit.name}
    world = World(now=visit.began, seed=visit.survey_id)
    step = interview.begin(sample.form, world, {**known, **answered})
    finished = interview.finish(sample.form, step.state, world)
    if not isinstance(finished, Finished):
        raise ValueError(f"{visit.name}: {finished.why}: {answered}")
    _keep(sample, visit, finished)


def _refuse(sample: _Sample, visit: _Visit) -> None:
    _keep(sample, visit, None)


def _keep(sample: _Sample, visit: _Visit, finished: Finished | None) -> None:
    submission = Submission(
        survey_id=visit.survey_id,
        form=sample.form.id,
        version=sample.form.version,
        area_id=visit.member.hamlet.id,
        household_id=visit.household if finished else None,
        values=finished.values if finished else {},
        xml=finished.xml if finished else "",
        consent=finished is not None,
        wording=_wording(sample, visit.member.hamlet, visit.began),
        started_at=visit.began,
        submitted_at=visit.began + visit.took,
        by=visit.member.person_id,
        channel=_CHANNEL,
        invented=True,
        square=places.square(sample.form, finished.values) if finished else None,
    )
    surveys.submit(sample.conn, submission, counts)


def _wording(sample: _Sample, hamlet: Area, when: datetime) -> str:
    """The consent as it was shown, which names the commune."""
    commune = sample.communes[hamlet.id]
    if commune not in sample.wordings:
        step = interview.begin(sample.form, World(now=when), {"xa": commune, "ap": hamlet.name})
        assert isinstance(step, Asked)
        sample.wordings[commune] = f"{step.question.label}\n\n{step.question.hint}".strip()
    return sample.wordings[commune]


def _uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))
