"""The questions of a `field-list`, which ODK shows on one screen: in a chat they are one message where each
can be typed."""

from __future__ import annotations

from content.answers import item_of
from content.asking import Agenda, Slot
from content.form import Group, Question
from content.reading import type_of
from content.tree import Node

_TYPED = frozenset({
    "text", "integer", "decimal", "date", "time", "dateTime", "select_one", "select_multiple", "rank",
    "range", "acknowledge", "barcode",
})  # fmt: skip
MOST_CHOICES = 20
"""Of a longer list one message would be a page: it is asked by itself."""


def list_of(node: Node) -> Node | None:
    """The innermost field-list that holds the node; None where none does."""
    here = node.parent
    while here is not None and here.state is not None:
        item = item_of(here)
        if isinstance(item, Group) and "field-list" in item.appearance.split():
            return here
        here = here.parent
    return None


def together(agenda: Agenda, slot: Slot) -> list[Slot]:
    """The open questions of the slot's field-list from the slot on, as far as one message can answer them;
    none where that is the slot alone."""
    group = list_of(slot.node)
    if group is None:
        return []
    found: list[Slot] = []
    for following in agenda.following(slot.key):
        if list_of(following.node) is not group or not _is_typed(agenda, following):
            break
        if following.key == slot.key or following.key not in agenda.done:
            found.append(following)
    return found if len(found) > 1 else []


def _is_typed(agenda: Agenda, slot: Slot) -> bool:
    item = item_of(slot.node)
    if slot.kind != "question" or not isinstance(item, Question) or type_of(item) not in _TYPED:
        return False
    if agenda.showing.instance.form.pictures and agenda.showing.picture(slot.node) is not None:
        return False
    return len(agenda.showing.choices(slot.node)) <= MOST_CHOICES
