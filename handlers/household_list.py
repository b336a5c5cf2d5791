"""A list of households that was sent, held against those on the lists of the hamlets.

Who administers a hamlet adds to its list; the column of members gives households to them, which leaders and
communes may do too.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from content import crew
from content.areas import Area, Level
from content.assigning import Hand, Holder
from content.households import QUESTIONNAIRE, Household
from content.listing import Fault, Row
from content.roster import hamlet, listed, takes_back
from content.vietnamese import fold
from content.words import listed as joined
from handlers import giving, which_area
from handlers.comparing import Compared
from handlers.duties import Assign
from handlers.effects import AddHousehold, Audit, ChangeHousehold, Effect
from handlers.facts import Facts
from handlers.rights import may
from handlers.speech import capital, speak
from handlers.talk import Talk

_NAMED = 5


@dataclass(slots=True)
class _Hamlet:
    """What the rows of one hamlet come to. `given`: whom each household goes to, by its number or key;
    `lost`: how many each had before; `off`: who is off the list, and stays off it."""

    area: Area
    new: list[AddHousehold] = field(default_factory=list)
    changed: list[ChangeHousehold] = field(default_factory=list)
    given: dict[int | str, Holder | None] = field(default_factory=dict)
    lost: Counter[Holder] = field(default_factory=Counter)
    off: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def compare(talk: Talk, rows: Sequence[Row], facts: Facts) -> Compared:
    """By hamlet, which households are new, whose address changes, and who gets which. A household that is on
    its hamlet's list and not in the file stays: it may have surveys. One that was taken off stays off: the
    file may well be the one in which it stands twice."""
    by_hamlet: dict[str, list[Row]] = {}
    for row in rows:
        by_hamlet.setdefault(hamlet(row), []).append(row)
    faults: list[Fault] = []
    lines: list[str] = []
    effects: list[Effect] = []
    for words, there in by_hamlet.items():
        area = _hamlet(talk, words, there[0], facts)
        if isinstance(area, Fault):
            faults.append(area)
            continue
        found = _compared(talk, area, there, facts)
        faults += found.faults
        if found.new or found.changed or found.given:
            effects += _effects(talk, found, facts)
        if found.new or found.changed or found.given or found.off:
            lines.append(_line(talk, facts, found, len(there)))
    return Compared(tuple(faults), tuple(lines), tuple(effects))


def _hamlet(talk: Talk, words: str, row: Row, facts: Facts) -> Area | Fault:
    """The hamlet that is meant by its code or name, or why it is not clear."""
    mine = which_area.meant(talk, facts, words, "manage", "assign")
    hamlets = [area for area in mine if area.level is Level.HAMLET]
    return which_area.only(talk, facts, row, "hamlet", words, hamlets, "no-hamlet")


def _compared(talk: Talk, area: Area, rows: Sequence[Row], facts: Facts) -> _Hamlet:
    found = _Hamlet(area)
    manages = may(talk, facts, "manage", area.id)
    kept = facts.households(area.id, QUESTIONNAIRE)
    there = {(fold(one.name), fold(one.address)): one for one in kept}
    by_name: dict[str, list[Household]] = {}
    for one in kept:
        by_name.setdefault(fold(one.name), []).append(one)
    gone = facts.taken_off(area.id)
    off = {one.key for one in gone} | {(fold(one.name), fold(one.address)) for one in gone}
    twice = Counter(fold(row["name"]) for row in rows)
    hands = _hands(facts, area) if any(row["member"] for row in rows) else []
    for row in rows:
        household, name = listed(row), fold(row["name"])
        same = there.get((name, fold(household.address)))
        namesakes = by_name.get(name, [])
        if same is None and len(namesakes) == 1 and twice[name] == 1:
            same = namesakes[0]
            if household.address and manages:
                found.changed.append(ChangeHousehold(same.id, household.address))
        if same is None and not off.isdisjoint({household.key(area.code), (name, fold(household.address))}):
            found.off.append(household.name)
            continue
        if same is None and not manages:
            found.faults.append(Fault("not-listed", row, "name", {"hamlet": area.name}))
            continue
        if same is None:
            key = household.key(area.code)
            found.new.append(AddHousehold(key, area.id, household.name, household.address))
            _give(found, row, key, None, hands)
        else:
            _give(found, row, same.id, same.holder, hands)
    return found


def _hands(facts: Facts, area: Area) -> list[Hand]:
    return [one for one in facts.hands(area.id) if one.surveys]


def _give(found: _Hamlet, row: Row, home: int | str, holder: Holder | None, hands: Sequence[Hand]) -> None:
    """To whom the row gives the household, where it says so and that is new."""
    if not row["member"]:
        return
    if takes_back(row):
        if holder is not None:
            found.given[home] = None
            found.lost[holder] += 1
        return
    meant = set(crew.meant([(one.name, one.holder) for one in hands], row["member"]))
    if len(meant) != 1:
        names = ", ".join(dict.fromkeys(one.name for one in hands))
        key = "which-member" if meant else "no-member" if names else "no-team"
        values = {"member": row["member"], "hamlet": found.area.name, "names": names}
        found.faults.append(Fault(key, row, "member", values))
        return
    [to] = meant
    if to != holder:
        found.given[home] = to
        found.lost.update([holder] if holder else [])


def _effects(talk: Talk, found: _Hamlet, facts: Facts) -> list[Effect]:
    area = found.area
    effects: list[Effect] = [*found.new, *found.changed]
    if effects:
        after = f"{len(found.new)} +{len(found.changed)}"
        effects.append(Audit("import-households", f"area {area.id}", "", after))
    for holder in dict.fromkeys(found.given.values()):
        homes = tuple(home for home, to in found.given.items() if to == holder)
        effects.append(Assign(area.id, homes, holder))
        if holder and holder.person_id and holder.person_id != talk.person.id:
            effects.append(giving.told(talk, facts, holder.person_id, area, len(homes)))
    return effects + [
        giving.told(talk, facts, holder.person_id, area, number, "assigning.told_back")
        for holder, number in found.lost.items()
        if holder.person_id and holder.person_id != talk.person.id
    ]


def _line(talk: Talk, facts: Facts, found: _Hamlet, total: int) -> str:
    above = facts.path(found.area.id, talk.today)[-2:-1]
    place = capital(", ".join(one.name for one in (found.area, *above)))
    new, changed = found.new, len(found.changed)
    names = joined(talk.person.locale, [one.name for one in new[:_NAMED]])
    line = speak(talk, "lists.households", place=place, total=total, new=len(new), changed=changed)
    if new:
        line = f"{line} ({names}{'…' if len(new) > _NAMED else ''})"
    given = sum(to is not None for to in found.given.values())
    if given:
        line += speak(talk, "lists.households_given", n=given)
    if back := len(found.given) - given:
        line += speak(talk, "lists.households_back", n=back)
    if found.off:
        line += speak(talk, "lists.households_off", names=joined(talk.person.locale, found.off[:_NAMED]))
    return line
