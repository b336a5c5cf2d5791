"""Where somebody may do something: the areas that a handler works with. `content.people.allowed` decides."""

from content.areas import Area
from content.people import allowed, reach
from handlers.facts import Facts
from handlers.talk import Talk

_LONGEST = 18
"""Digits of a number that a button names: what is longer is no number of ours."""


def path(talk: Talk, facts: Facts, area_id: int) -> list[int]:
    """The ids from the root down to the area, today: what `content.people.allowed` asks for."""
    return [unit.id for unit in facts.path(area_id, talk.today)]


def held(talk: Talk, facts: Facts, action: str) -> list[Area]:
    """The areas for which this person may do it, with all that lies under each."""
    return [facts.area(area_id) for area_id in reach(talk.person, action)]


def area(talk: Talk, facts: Facts, action: str, named: int | str) -> Area | None:
    """The unit of that number, as a button names it; None where there is no such, or this person may not do
    that there today."""
    number = str(named)
    if not number.isdecimal() or len(number) > _LONGEST:
        return None
    units = facts.path(int(number), talk.today)
    return units[-1] if units and allowed(talk.person, action, [unit.id for unit in units]) else None


def may(talk: Talk, facts: Facts, action: str, area_id: int) -> bool:
    """Whether this person may do it in that area today; a unit that does not exist is nobody's."""
    return area(talk, facts, action, area_id) is not None


def everywhere(talk: Talk, facts: Facts, action: str) -> bool:
    """Whether this person may do it for the whole tree: for what belongs to no area, or to everybody."""
    roots = facts.roots(talk.today)
    return bool(roots) and all(allowed(talk.person, action, [root.id]) for root in roots)
