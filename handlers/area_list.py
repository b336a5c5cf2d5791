"""A list of administrative units that was sent, held against the register."""

from collections.abc import Sequence

from content import areas
from content.areas import Listed
from content.listing import Fault, Row
from content.words import listed as joined
from handlers import rights
from handlers.comparing import Compared
from handlers.effects import Audit, ImportAreas
from handlers.facts import Facts
from handlers.speech import speak
from handlers.talk import Talk

_NAMED = 8


def compare(talk: Talk, rows: Sequence[Row], facts: Facts) -> Compared:
    """Which units are new and which change; what refers to a unit that there is not, or stands where this
    person does not administer."""
    register = facts.register()
    units = areas.listed(rows)
    of = {(row.number, row["code"]): row for row in rows}
    misfits = list(areas.compare(units, register))
    faults = [
        Fault(found.key, of[found.unit.line, found.unit.code], found.column, found.values)
        for found in misfits
    ]
    unfit = {found.unit.key for found in misfits}
    known = {unit.key: unit for unit in register}
    new = [unit for unit in units if unit.key not in known]
    changed = [unit for unit in units if unit.key in known and not unit.says_the_same(known[unit.key])]
    faults += [
        Fault("not-yours", of[unit.line, unit.code], "parent", {"code": unit.code})
        for unit in (*new, *changed)
        if unit.key not in unfit and not _manages(talk, facts, unit, units)
    ]
    if not (new or changed):
        return Compared(tuple(faults))
    lines = [
        speak(talk, f"lists.areas_{key}", n=len(some), names=_names(talk, some))
        for key, some in (("new", new), ("changed", changed))
        if some
    ]
    if any(unit.became for unit in (*new, *changed)):
        lines.append(speak(talk, "lists.areas_became"))
    note = Audit("import-areas", "areas", "", f"{len(new)} +{len(changed)}")
    return Compared(tuple(faults), tuple(lines), (ImportAreas((*new, *changed)), note))


def _names(talk: Talk, units: Sequence[Listed]) -> str:
    names = [f"{unit.name} ({unit.code})" for unit in units[:_NAMED]]
    return joined(talk.person.locale, names) + ("…" if len(units) > _NAMED else "")


def _manages(talk: Talk, facts: Facts, unit: Listed, units: Sequence[Listed]) -> bool:
    """Whether this person administers what the unit stands under, as it is today or as the list itself says;
    what is no more, only who administers the whole."""
    if rights.everywhere(talk, facts, "manage"):
        return True
    above = {code for _, code in unit.under}
    listed = [one for one in units if one.code in above and one is not unit]
    if listed:
        return all(_manages(talk, facts, one, units) for one in listed)
    kept = [area for code in above or {unit.code} for area in facts.areas_named(code)]
    return bool(kept) and all(rights.may(talk, facts, "manage", area.id) for area in kept)
