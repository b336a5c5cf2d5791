"""A list of households that was sent, held against those on the lists of the hamlets."""

from collections import Counter
from collections.abc import Sequence

from content.areas import Area, Level
from content.households import QUESTIONNAIRE, Household
from content.listing import Fault, Row
from content.roster import hamlet, listed
from content.vietnamese import fold
from content.words import listed as joined
from handlers.comparing import Compared
from handlers.rights import may
from handlers.speech import capital, speak
from handlers.turn import AddHousehold, Audit, ChangeHousehold, Effect, Facts, Talk

_NAMED = 5


def compare(talk: Talk, rows: Sequence[Row], facts: Facts) -> Compared:
    """By hamlet, which households are new and whose address changes. A household that is on its hamlet's list
    and not in the file stays: it may have surveys."""
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
        new, changed = _compared(area, there, facts)
        if not (new or changed):
            continue
        effects += [*new, *changed]
        effects.append(Audit("import-households", f"area {area.id}", "", f"{len(new)} +{len(changed)}"))
        lines.append(_line(talk, facts, area, new, len(changed), len(there)))
    return Compared(tuple(faults), tuple(lines), tuple(effects))


def _hamlet(talk: Talk, words: str, row: Row, facts: Facts) -> Area | Fault:
    """The hamlet that is meant by its code or name, or why it is not clear."""
    named = [area for area in facts.areas_named(words) if area.level is Level.HAMLET] if words else []
    mine = [area for area in named if may(talk, facts, "manage", area.id)]
    if len(mine) == 1:
        return mine[0]
    key = "which-hamlet" if mine else "no-hamlet"
    codes = joined(talk.person.locale, [f"{area.name} ({area.code})" for area in mine[:_NAMED]])
    return Fault(key, row, "hamlet", {"hamlet": words, "codes": codes})


def _compared(
    area: Area, rows: Sequence[Row], facts: Facts
) -> tuple[list[AddHousehold], list[ChangeHousehold]]:
    kept = facts.households(area.id, QUESTIONNAIRE)
    there = {(fold(one.name), fold(one.address)) for one in kept}
    by_name: dict[str, list[Household]] = {}
    for one in kept:
        by_name.setdefault(fold(one.name), []).append(one)
    twice = Counter(fold(row["name"]) for row in rows)
    new, changed = [], []
    for row in rows:
        household, name = listed(row), fold(row["name"])
        if (name, fold(household.address)) in there:
            continue
        namesakes = by_name.get(name, [])
        if len(namesakes) == 1 and twice[name] == 1:
            if household.address:
                changed.append(ChangeHousehold(namesakes[0].id, household.address))
        else:
            new.append(AddHousehold(household.key(area.code), area.id, household.name, household.address))
    return new, changed


def _line(  # noqa: PLR0913, PLR0917 - so much is told of a hamlet
    talk: Talk, facts: Facts, area: Area, new: Sequence[AddHousehold], changed: int, total: int
) -> str:
    above = facts.path(area.id, talk.today)[-2:-1]
    place = capital(", ".join(one.name for one in (area, *above)))
    names = joined(talk.person.locale, [one.name for one in new[:_NAMED]])
    line = speak(talk, "lists.households", place=place, total=total, new=len(new), changed=changed)
    return f"{line} ({names}{'…' if len(new) > _NAMED else ''})" if new else line
