"""A list of people that was sent, held against who is in the teams: whom it invites, and to which households.

Whoever is there already, or is invited by that name, is not invited again; the households of the list are
theirs all the same.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import NAMESPACE_OID, uuid5

from content import crew
from content.areas import Area, Level
from content.assigning import Hand, Holder, spread
from content.households import QUESTIONNAIRE, Household
from content.listing import Fault, Row
from content.people import Role, can, inviting
from content.staff import LEVELS
from content.words import day
from content.words import listed as joined
from handlers import giving, which_area
from handlers.comparing import Compared
from handlers.duties import Assign, InvitePerson
from handlers.effects import Audit, Effect, MakePaper
from handlers.facts import Facts
from handlers.rights import held
from handlers.speech import capital, speak
from handlers.talk import Talk

_NAMED, _LINES = 5, 30


@dataclass(slots=True)
class _Found:
    """A row that means something: who, where, whether new, and the households that it names."""

    row: Row
    name: str
    role: Role
    area: Area
    known: Hand | None
    homes: list[Household] = field(default_factory=list)
    rest: bool = False


def compare(talk: Talk, rows: Sequence[Row], facts: Facts) -> Compared:
    """Who is invited, and what households they get."""
    faults: list[Fault] = []
    found: list[_Found] = []
    for row in rows:
        one = _person(talk, row, facts)
        if isinstance(one, Fault):
            faults.append(one)
        else:
            found.append(one)
    faults += _homes(facts, found)
    if faults:
        return Compared(tuple(faults))
    _share(facts, found)
    batch = talk.new_id.replace("-", "")[:16]
    effects = list(_effects(talk, facts, found, batch))
    if not effects:
        return Compared(())
    lines = _lines(talk, facts, found)
    new = sum(one.known is None for one in found)
    if new:
        reach = held(talk, facts, "invite")[0]
        effects.append(MakePaper("codes", reach.id, batch))
    effects.append(Audit("import-crew", f"batch {batch}", "", f"{len(found)} rows, {new} invited"))
    return Compared((), tuple(lines), tuple(effects))


# --------------------------------------------------------------------------- who, and where


def _person(talk: Talk, row: Row, facts: Facts) -> _Found | Fault:
    role = crew.role_of(row)
    assert role is not None, "the check of the file found every role"
    area = _place(talk, row, role, facts)
    if isinstance(area, Fault):
        return area
    if area.level not in LEVELS[role]:
        return Fault(f"level-{role}", row, "place", {"place": area.name})
    known = _known(facts, row["name"], role, area)
    return _Found(row, row["name"], role, area, known)


def _place(talk: Talk, row: Row, role: Role, facts: Facts) -> Area | Fault:
    """The area that is meant by its code or name, where this person may invite somebody as that."""
    words = crew.place_of(row["place"])
    mine = which_area.meant(talk, facts, words, inviting(role))
    fitting = [area for area in mine if area.level in LEVELS[role]] or mine
    if not fitting and which_area.meant(talk, facts, words, "invite"):
        return Fault("role-not-yours", row, "role", {"role": row["role"]})
    return which_area.only(talk, facts, row, "place", words, fitting)


def _known(facts: Facts, name: str, role: Role, area: Area) -> Hand | None:
    """Who is there already under that name, in that role, or invited to it."""
    there = {(one.area_id, one.role, crew.called(one.name)): one for one in reversed(facts.hands(area.id))}
    return there.get((area.id, role, crew.called(name)))


# --------------------------------------------------------------------------- which households


def _homes(facts: Facts, found: Sequence[_Found]) -> Iterator[Fault]:
    """Finds the households that rows name; what is not clear about them."""
    lists: dict[int, Sequence[Household]] = {}
    taken: dict[int, int] = {}
    for one in found:
        work = crew.work_of(one.row)
        if not (work.rest or work.heads):
            continue
        if one.area.level is not Level.HAMLET or not can(one.role, "survey"):
            yield Fault("work-where", one.row, "work")
            continue
        if one.area.id not in lists:
            lists[one.area.id] = facts.households(one.area.id, QUESTIONNAIRE)
        one.rest = work.rest
        for head in work.heads:
            meant = _meant(lists[one.area.id], head)
            if len(meant) != 1:
                key = "which-home" if meant else "no-home"
                yield Fault(key, one.row, "work", {"head": head, "hamlet": one.area.name})
                continue
            first = taken.setdefault(meant[0].id, one.row.number)
            if first != one.row.number:
                yield Fault("home-twice", one.row, "work", {"head": head, "row": first})
            elif meant[0] not in one.homes:
                one.homes.append(meant[0])


def _meant(homes: Sequence[Household], head: str) -> list[Household]:
    """By the head's name, with or without the address: "Nguyễn Văn Hai (tổ 1)"."""
    whole = [(f"{home.name} ({home.address})", home) for home in homes if home.address]
    return crew.meant(whole, head) or crew.meant([(home.name, home) for home in homes], head)


def _share(facts: Facts, found: Sequence[_Found]) -> None:
    """The rest of each hamlet, which nobody has and no row names, among whoever shall share in it."""
    by_hamlet: dict[int, list[_Found]] = {}
    for one in found:
        if one.rest:
            by_hamlet.setdefault(one.area.id, []).append(one)
    for hamlet, sharing in by_hamlet.items():
        named = {home.id for one in found for home in one.homes}
        homes = {home.id: home for home in giving.free(facts, hamlet) if home.id not in named}
        loads = facts.loads(hamlet, QUESTIONNAIRE).get(hamlet, {})
        # Rows have no holder yet: each is meant by its place.
        places = {Holder("invitation", place): one for place, one in enumerate(sharing)}
        now = {
            place: len(one.homes)
            + (loads[one.known.holder].left if one.known and one.known.holder in loads else 0)
            for place, one in places.items()
        }
        for place, mine in spread(list(homes), now).items():
            places[place].homes += [homes[number] for number in mine]


# --------------------------------------------------------------------------- what comes of it


def _effects(talk: Talk, facts: Facts, found: Sequence[_Found], batch: str) -> Iterator[Effect]:
    for one in found:
        key = str(uuid5(NAMESPACE_OID, f"{talk.new_id}/{one.row.sheet}/{one.row.number}"))
        if one.known is None:
            phone, team = crew.phone_of(one.row) or "", one.row["team"]
            yield InvitePerson(key, one.name, one.role, one.area.id, team, phone, crew.DAYS, batch)
        to = one.known.holder if one.known else key
        fresh = [home for home in one.homes if one.known is None or home.holder != to]
        if fresh:
            yield Assign(one.area.id, tuple(home.id for home in fresh), to)
            if one.known and one.known.joined:
                yield giving.told(talk, facts, one.known.holder.id, one.area, len(fresh))


def _lines(talk: Talk, facts: Facts, found: Sequence[_Found]) -> Iterator[str]:
    """By area: whom the list invites and how many households are given; then what holds for all."""
    by_area: dict[int, list[_Found]] = {}
    for one in found:
        by_area.setdefault(one.area.id, []).append(one)
    for place, there in enumerate(by_area.values()):
        if place < _LINES:
            yield _line(talk, facts, there)
    if len(by_area) > _LINES:
        yield speak(talk, "lists.crew_more", n=len(by_area) - _LINES)
    moved = [home for one in found for home in one.homes if home.holder and _is_moved(one, home)]
    if moved:
        names = joined(talk.person.locale, [home.name for home in moved[:_NAMED]])
        more = "…" if len(moved) > _NAMED else ""
        yield speak(talk, "lists.crew_moved", n=len(moved), names=f"{names}{more}")
    if any(one.known is None for one in found):
        until = day(talk.person.locale, talk.today + timedelta(days=crew.DAYS))
        yield speak(talk, "lists.crew_codes", day=until)


def _is_moved(one: _Found, home: Household) -> bool:
    return one.known is None or one.known.holder != home.holder


def _line(talk: Talk, facts: Facts, there: Sequence[_Found]) -> str:
    area = there[0].area
    above = facts.path(area.id, talk.today)[-2:-1]
    place = capital(", ".join(unit.name for unit in (area, *above)))
    new = [one for one in there if one.known is None]
    roles = Counter(one.role for one in new)
    told = [f"{many} {speak(talk, f'roles.{role}')}" for role, many in roles.items()]
    parts = [speak(talk, "lists.crew_invited", roles=joined(talk.person.locale, told))] if new else []
    if len(there) > len(new):
        parts.append(speak(talk, "lists.crew_known", n=len(there) - len(new)))
    shares = [f"{one.name} {len(one.homes)}" for one in there if one.homes]
    if shares:
        total = sum(len(one.homes) for one in there)
        names = joined(talk.person.locale, shares[:_NAMED]) + ("…" if len(shares) > _NAMED else "")
        parts.append(speak(talk, "lists.crew_homes", n=total, names=names))
    return f"• {place}: {'; '.join(parts)}"
