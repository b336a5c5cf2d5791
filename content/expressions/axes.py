"""Axes and node tests (XPath 1.0, sections 2.2 and 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from content.expressions.syntax import Axis, KindTest, NameTest
from content.tree import ATTRIBUTE, COMMENT, ELEMENT, INSTRUCTION, TEXT, Node

Walk = Callable[[Node], Iterable[Node]]
Test = Callable[[Node], bool]

XFORMS: Final = "http://www.w3.org/2002/xforms"
XHTML: Final = "http://www.w3.org/1999/xhtml"
JAVAROSA: Final = "http://openrosa.org/javarosa"
_KNOWN = {
    "h": XHTML,
    "html": XHTML,
    "xhtml": XHTML,
    "xf": XFORMS,
    "xforms": XFORMS,
    "jr": JAVAROSA,
    "odk": "http://www.opendatakit.org/xforms",
    "orx": "http://openrosa.org/xforms",
    "enk": "http://enketo.org/xforms",
    "entities": "http://www.opendatakit.org/xforms/entities",
    "ev": "http://www.w3.org/2001/xml-events",
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "xml": "http://www.w3.org/XML/1998/namespace",
}

REVERSE: Final = frozenset({"ancestor", "ancestor-or-self", "preceding", "preceding-sibling"})
"""Axes on which position 1 is the nearest, not the first."""


def _parent(node: Node) -> Iterable[Node]:
    return () if node.parent is None else (node.parent,)


def _self(node: Node) -> Iterable[Node]:
    return (node,)


def _children(node: Node) -> Iterable[Node]:
    return node.children


def _attributes(node: Node) -> Iterable[Node]:
    return node.attributes


def _descendant_or_self(node: Node) -> Iterator[Node]:
    yield node
    yield from node.descendants()


def _ancestor_or_self(node: Node) -> Iterator[Node]:
    yield node
    yield from node.ancestors()


def _siblings(node: Node) -> tuple[Sequence[Node], int]:
    """All children of the parent and the node's place; an attribute has no siblings."""
    if node.parent is None or node.kind == ATTRIBUTE:
        return (), 0
    return node.parent.children, node.parent.children.index(node)


def _following_siblings(node: Node) -> Sequence[Node]:
    siblings, place = _siblings(node)
    return siblings[place + 1 :]


def _preceding_siblings(node: Node) -> Sequence[Node]:
    siblings, place = _siblings(node)
    return siblings[:place][::-1]


def _following(node: Node) -> Iterator[Node]:
    if node.kind == ATTRIBUTE and node.parent is not None:
        node = node.parent
        yield from node.descendants()
    for above in _ancestor_or_self(node):
        for sibling in _following_siblings(above):
            yield from _descendant_or_self(sibling)


def _preceding(node: Node) -> Iterator[Node]:
    if node.kind == ATTRIBUTE and node.parent is not None:
        node = node.parent
    for above in _ancestor_or_self(node):
        for sibling in _preceding_siblings(above):
            yield from reversed(list(_descendant_or_self(sibling)))


AXES: dict[Axis, Walk] = {
    "ancestor": Node.ancestors,
    "ancestor-or-self": _ancestor_or_self,
    "attribute": _attributes,
    "child": _children,
    "descendant": Node.descendants,
    "descendant-or-self": _descendant_or_self,
    "following": _following,
    "following-sibling": _following_siblings,
    "parent": _parent,
    "preceding": _preceding,
    "preceding-sibling": _preceding_siblings,
    "self": _self,
}
"""In axis order: reverse axes give the nearest node first. ODK has no namespace axis."""


def is_own(node: Node) -> bool:
    """Whether a name without prefix may mean this element: it stands in no namespace, in XForms' or in the
    default namespace that the form gave its data. XHTML is the page around the form."""
    namespace = node.namespace
    return not namespace or namespace == XFORMS or (not node.prefix and namespace != XHTML)


def test_for(axis: Axis, test: NameTest | KindTest, namespaces: Mapping[str, str]) -> Test:
    """The node test as a function."""
    if isinstance(test, KindTest):
        return _kind_test(test)
    principal = ATTRIBUTE if axis == "attribute" else ELEMENT
    name = test.name
    if test.prefix is not None:
        within = _namespace_test(test.prefix, namespaces)
        if name == "*":
            return lambda node: node.kind == principal and within(node)
        return lambda node: node.name == name and node.kind == principal and within(node)
    if name == "*":
        return lambda node: node.kind == principal
    if axis == "attribute":
        return lambda node: node.name == name and not node.namespace
    return lambda node: node.name == name and node.kind == ELEMENT and is_own(node)


def _namespace_test(prefix: str, namespaces: Mapping[str, str]) -> Test:
    """By the caller's namespaces, then by the names that forms use; else by the prefix as it is written."""
    if prefix in namespaces:
        uri = namespaces[prefix]
        return lambda node: node.namespace == uri
    known = _KNOWN.get(prefix)
    if known is None:
        return lambda node: node.prefix == prefix
    return lambda node: node.namespace.rstrip("/") == known or node.prefix == prefix


def _kind_test(test: KindTest) -> Test:
    if test.kind == "node":
        return lambda _node: True
    if test.kind == "processing-instruction":
        target = test.target
        return lambda node: node.kind == INSTRUCTION and target in {None, node.name}
    kind = TEXT if test.kind == "text" else COMMENT
    return lambda node: node.kind == kind
