"""The targets of plans that were sent as a list, held against those that are kept."""

from collections.abc import Sequence

from content import targets
from content.areas import Area
from content.listing import Fault, Row
from content.targets import Target
from content.words import listed as joined
from content.words import number
from handlers import rights, which_area
from handlers.comparing import Compared
from handlers.effects import Audit, Effect, ReplaceTargets
from handlers.facts import Facts
from handlers.speech import capital, speak
from handlers.talk import Talk

_NAMED = 5


def compare(talk: Talk, rows: Sequence[Row], facts: Facts) -> Compared:
    """By area and year, how many targets take the place of how many. Rows that name no area mean the one that
    this person administers."""
    faults: list[Fault] = []
    by_place: dict[str, list[Row]] = {}
    for row in rows:
        by_place.setdefault(row["place"], []).append(row)
    plans: dict[int, tuple[Area, list[Target]]] = {}
    for words, there in by_place.items():
        area = _area(talk, words, there[0], facts)
        if isinstance(area, Fault):
            faults.append(area)
            continue
        plan = plans.setdefault(area.id, (area, []))[1]
        known = {(one.year, one.code) for one in plan}  # of the same area, called otherwise
        for row in there:
            one = targets.target(row)
            if (one.year, one.code) in known:
                faults.append(Fault("target-twice", row, "code", {"value": one.code}))
            plan.append(one)
    lines: list[str] = []
    effects: list[Effect] = []
    for area, plan in plans.values():
        for year in sorted({one.year for one in plan}):
            new = tuple(one for one in plan if one.year == year)
            before = facts.targets(area.id, year)
            if list(new) != list(before):
                key = "lists.targets" if before else "lists.targets_new"
                names = joined(talk.person.locale, [_told(talk, one) for one in new[:_NAMED]])
                names += "…" if len(new) > _NAMED else ""
                values = {"place": capital(area.name), "n": len(new), "before": len(before), "names": names}
                lines.append(speak(talk, key, year=str(year), **values))
                note = Audit("import-targets", f"area {area.id}", str(len(before)), f"{len(new)} of {year}")
                effects += [ReplaceTargets(area.id, new), note]
    return Compared(tuple(faults), tuple(lines), tuple(effects))


def _told(talk: Talk, one: Target) -> str:
    """The target with its level: 90% typed as 0.9 is seen before it is taken in."""
    locale = talk.person.locale
    return one.title if one.percent is None else f"{one.title} {number(locale, one.percent)}%"


def _area(talk: Talk, words: str, row: Row, facts: Facts) -> Area | Fault:
    """The area that is meant by its code or name, or why it is not clear."""
    mine = which_area.meant(talk, facts, words, "manage") if words else rights.held(talk, facts, "manage")
    return which_area.only(talk, facts, row, "place", words, mine)
