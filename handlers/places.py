"""A dialogue's question for an area (`khu_vuc`): buttons for those at hand; what is typed names one."""

from collections.abc import Sequence
from dataclasses import replace

from content.areas import Area, Level
from content.people import Role
from content.staff import LEVELS
from handlers import dialogue, picking, rights, which_area
from handlers.dialogue import Purpose, preface
from handlers.facts import Facts
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
    mine = which_area.meant(talk, facts, said.text, _action(doing))
    found = _fitting(doing, mine)
    if len(found) == 1:
        return take(talk, doing, found[0].id, facts, purpose)
    again = dialogue.again(talk, doing, facts, purpose)
    words = " ".join(said.text.split())[:60]
    if found:
        return preface(_buttons(talk, again, facts, found), speak(talk, "admin.which_area", words=words))
    if mine:
        wrong = speak(talk, f"lists.level-{doing.about['role']}", place=capital(mine[0].name))
        return preface(again, wrong)
    return preface(again, speak(talk, "admin.no_area", words=words))


def press(talk: Talk, doing: Doing, area_id: int, facts: Facts, purpose: Purpose) -> Turn | None:
    """A button with an area, under the question. None where it is not for this one, or asked no more."""
    area = rights.area(talk, facts, _action(doing), area_id)
    if doing.about.get("asked") != QUESTION or area is None or not _fitting(doing, [area]):
        return None
    return take(talk, doing, area_id, facts, purpose)


def take(talk: Talk, doing: Doing, area_id: int, facts: Facts, purpose: Purpose) -> Turn:
    """The area answers the question: by its code, and its number is kept beside it (codes are used again)."""
    doing = replace(doing, about={**doing.about, "area_id": area_id})
    return dialogue.hear(talk, doing, Said(facts.area(area_id).code), facts, purpose)


def offer(talk: Talk, turn: Turn, facts: Facts, action: str = "manage", role: Role | None = None) -> Turn:
    """The turn with buttons for the areas in which this person may do that, and the next below; where it is
    for a role, those that are of a level at which it is held."""
    doing = turn.doing
    assert doing is not None
    doing = replace(doing, about={**doing.about, "action": action, "role": role})
    return _buttons(talk, replace(turn, doing=doing), facts, _fitting(doing, _at_hand(talk, facts, action)))


def _action(doing: Doing) -> str:
    return str(doing.about.get("action", "manage"))


def _fitting(doing: Doing, areas: Sequence[Area]) -> Sequence[Area]:
    """Those in which the role can be held that the question is for, if for one."""
    role = doing.about.get("role")
    return [area for area in areas if area.level in LEVELS[Role(role)]] if role else areas


def _buttons(talk: Talk, turn: Turn, facts: Facts, areas: Sequence[Area]) -> Turn:
    doing = turn.doing
    assert doing is not None
    shown = areas[:_MOST]
    told = _labels(talk, facts, shown)
    mark = doing.about["id"][:8]
    choices = [Choice(label, f"step:area:{mark}:{area.id}") for area, label in zip(shown, told, strict=True)]
    *before, last = turn.replies
    others = [choice for choice in last.choices if not choice.payload.startswith("step:area:")]
    pairs = [[choice.label, choice.payload] for choice in choices]
    doing = replace(doing, about={**doing.about, "offered": pairs})
    return replace(turn, replies=(*before, replace(last, choices=(*choices, *others))), doing=doing)


def _at_hand(talk: Talk, facts: Facts, action: str) -> list[Area]:
    found: dict[int, Area] = {}
    for unit in rights.held(talk, facts, action):
        found[unit.id] = unit
        found.update((area.id, area) for area in facts.below(unit.id, talk.today))
    return list(found.values())


def _labels(talk: Talk, facts: Facts, areas: Sequence[Area]) -> list[str]:
    """The areas; hamlets of several communes each with its own: "Ấp 2, xã Bình Hòa"."""
    above = {one.id: facts.path(one.id, talk.today)[-2:-1] for one in areas if one.level is Level.HAMLET}
    alone = len(set(above.values())) == 1
    return [
        capital(", ".join([one.name, *(unit.name for unit in above.get(one.id, ()) if not alone)]))
        for one in areas
    ]
