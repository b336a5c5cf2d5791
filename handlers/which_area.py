"""Which area is meant by its code or name: in a dialogue and in a list alike."""

from collections.abc import Sequence

from content.areas import Area
from content.listing import Fault, Row
from content.words import listed
from handlers import rights
from handlers.facts import Facts
from handlers.talk import Talk

_NAMED = 5


def meant(talk: Talk, facts: Facts, words: str, *actions: str) -> list[Area]:
    """The units of today that the words name, in which this person may do one of these."""
    found = facts.areas_named(words.strip()) if words.strip() else ()
    return [area for area in found if any(rights.may(talk, facts, action, area.id) for action in actions)]


def told(talk: Talk, facts: Facts, areas: Sequence[Area]) -> str:
    """Areas of one name, told apart: "Ấp 1, xã Bình Hòa (27811-1)"; the first few."""
    return listed(talk.person.locale, [_told(talk, facts, area) for area in areas[:_NAMED]])


def _told(talk: Talk, facts: Facts, area: Area) -> str:
    above = facts.path(area.id, talk.today)[-2:-1]
    return f"{', '.join(one.name for one in (area, *above))} ({area.code})"


def only(  # noqa: PLR0913, PLR0917 - where it stands, and what was found
    talk: Talk,
    facts: Facts,
    row: Row,
    column: str,
    words: str,
    fitting: Sequence[Area],
    none: str = "no-place",
) -> Area | Fault:
    """The one area that fits the words of a row; else what is to be told: `none` where none does."""
    if len(fitting) == 1:
        return fitting[0]
    key = "which-place" if fitting else none
    return Fault(key, row, column, {"place": words, "codes": told(talk, facts, fitting)})
