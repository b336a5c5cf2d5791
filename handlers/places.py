"""A dialogue's question for an area (`khu_vuc`): buttons for those at hand; what is typed names one."""

from collections.abc import Sequence
from dataclasses import replace

from content.areas import Area
from handlers import dialogue, picking, rights
from handlers.dialogue import Purpose, preface
from handlers.facts import Facts
from handlers.rights import may
from handlers.speech import capital, speak
from handlers.talk import Choice, Doing, Said, Talk
from handlers.turn import Turn

QUESTION = "khu_vuc"
_MOST = 12


def hear(talk: Talk, doing: Doing, said: Said, facts: Facts, purpose: Purpose) -> Turn | None:
    """Takes a code or name for the area that is meant, and goes on with its code. None where something else
    is asked. `purpose` is that of the form, without this."""
    if doing.about.get("asked") != QUESTION or said.payload or not said.text.strip():
        return None
    offered = picking.meant(said.text, doing.about.get("offered", ()))
    if offered is not None:
        return take(talk, doing, int(offered.rpartition(":")[2]), facts, purpose)
    found = [area for area in facts.areas_named(said.text) if may(talk, facts, "manage", area.id)]
    if len(found) == 1:
        return take(talk, doing, found[0].id, facts, purpose)
    key = "admin.which_area" if found else "admin.no_area"
    text = speak(talk, key, words=" ".join(said.text.split())[:60])
    again = dialogue.again(talk, doing, facts, purpose)
    return preface(offer(talk, again, facts, found) if found else again, text)


def take(talk: Talk, doing: Doing, area_id: int, facts: Facts, purpose: Purpose) -> Turn:
    """The area answers the question: by its code, and its number is kept beside it (codes are used again)."""
    doing = replace(doing, about={**doing.about, "area_id": area_id})
    return dialogue.hear(talk, doing, Said(facts.area(area_id).code), facts, purpose)


def offer(talk: Talk, turn: Turn, facts: Facts, areas: Sequence[Area] | None = None) -> Turn:
    """The turn with buttons for the areas given, else for what this person administers and the next below."""
    doing = turn.doing
    assert doing is not None
    if areas is None:
        areas = _at_hand(talk, facts)
    choices = [
        Choice(_label(talk, facts, area), f"step:area:{doing.about['id'][:8]}:{area.id}")
        for area in areas[:_MOST]
    ]
    *before, last = turn.replies
    others = [choice for choice in last.choices if not choice.payload.startswith("step:area:")]
    pairs = [[choice.label, choice.payload] for choice in choices]
    doing = replace(doing, about={**doing.about, "offered": pairs})
    return replace(turn, replies=(*before, replace(last, choices=(*choices, *others))), doing=doing)


def _at_hand(talk: Talk, facts: Facts) -> list[Area]:
    found: dict[int, Area] = {}
    for unit in rights.held(talk, facts, "manage"):
        found[unit.id] = unit
        found.update((area.id, area) for area in facts.below(unit.id, talk.today))
    return list(found.values())


def _label(talk: Talk, facts: Facts, area: Area) -> str:
    """The area with what it lies in, where there is more than one of its name: "Ấp 2, xã Bình Hòa"."""
    above = facts.path(area.id, talk.today)[-2:-1]
    return capital(", ".join([area.name, *(one.name for one in above if area.level == "hamlet")]))
