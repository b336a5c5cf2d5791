"""What is left of a survey when nobody may be named by it any more: answers that are numbers or choices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from content.form import Form, plain

if TYPE_CHECKING:
    from lxml import etree

_NUMBER = re.compile(r"-?\d{1,6}(\.\d+)?")
"""No phone and no identity card has so few digits."""
_ASKED = frozenset({"select1", "select", "rank", "range", "trigger"})
_COUNTED = frozenset({"int", "decimal", "boolean", "date"})


def anonymise(form: Form | None, values: Mapping[str, str], xml: str) -> tuple[dict[str, str], str]:
    """The answers without names, free text, numbers of phones, places and pictures; and the XML likewise.

    Where the questionnaire is not known (None), only short numbers are left.
    """
    kept = {path: value for path, value in values.items() if _harmless(form, path, value)}
    return kept, _stripped(form, xml) if xml else ""


def _harmless(form: Form | None, path: str, value: str) -> bool:
    """Whether the answer names nobody: what was chosen or counted; of what was worked out, the same."""
    item = form.item(path) if form else None
    control = getattr(item, "control", None)
    if control in _ASKED:
        return True
    if control is not None and (item is None or item.bind.type not in _COUNTED):
        return False
    return bool(_NUMBER.fullmatch(value)) or value in _choices(form)


def _choices(form: Form | None) -> frozenset[str]:
    if form is None:
        return frozenset()
    return frozenset(choice.value for question in form.questions() for choice in question.choices)


def _stripped(form: Form | None, xml: str) -> str:
    from lxml import etree  # noqa: PLC0415 - only who erases needs it

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(xml.encode(), parser)
    for node in root.iter(etree.Element):
        if len(node) or not node.text or _identity(node):
            continue
        if not _harmless(form, _path(node), node.text):
            node.text = None
    return etree.tostring(root, encoding="unicode")


def _identity(node: etree._Element) -> bool:
    """The names by which the survey itself is known: `instanceID` and `deprecatedID` name nobody."""
    return _name(node) in {"instanceID", "deprecatedID"}


def _name(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _path(node: etree._Element) -> str:
    names = [_name(node), *(_name(above) for above in node.iterancestors())]
    return plain("/" + "/".join(reversed(names)))
