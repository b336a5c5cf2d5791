"""Choice lists that come from outside the form, as the secondary instance that expressions read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from content.tree import ELEMENT, Node, element

Rows = Sequence[Mapping[str, str]]

_KEPT = 16
_made: OrderedDict[int, tuple[Rows, Node]] = OrderedDict()


def rows_as_node(rows: Rows) -> Node:
    """`<instance><root><item>…</item></root></instance>`, as the specification has it for CSV files.

    The tree of rows that were seen lately is kept: the same list object is the same list.
    """
    known = _made.get(id(rows))
    if known is not None and known[0] is rows:
        return known[1]
    instance = as_instance(rows)
    _made[id(rows)] = (rows, instance)
    while len(_made) > _KEPT:
        _made.popitem(last=False)
    return instance


def as_instance(rows: Rows) -> Node:
    """The same, made anew."""
    root = element("root")
    root.fill([_item(row) for row in rows])
    instance = Node(ELEMENT, "instance")
    instance.fill([root])
    return instance


def _item(row: Mapping[str, str]) -> Node:
    item = element("item")
    item.fill([element(name, text) for name, text in row.items()])
    return item
