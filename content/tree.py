"""An XML document as XPath 1.0 sees it (https://www.w3.org/TR/xpath-10/#data-model), cheap to change.

The answers of a form are such a tree. An element that holds only text keeps it itself; its text node comes to
be when somebody walks to it. Children are found by name through an index, so a path costs what it is long and
not what the form is wide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

Kind = Literal["document", "element", "attribute", "text", "comment", "instruction"]
DOCUMENT: Final[Kind] = "document"
ELEMENT: Final[Kind] = "element"
ATTRIBUTE: Final[Kind] = "attribute"
TEXT: Final[Kind] = "text"
COMMENT: Final[Kind] = "comment"
INSTRUCTION: Final[Kind] = "instruction"

LARGEST_XML = 32 * 1024 * 1024
"""Bytes; a form with the household list of a province as an external instance stays well below."""

_BARE_DOCTYPE = re.compile(rb"<!DOCTYPE\s+[\w:.-]+\s*>")
_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_NONE: tuple[Node, ...] = ()
_SPEAKING = frozenset({TEXT, ELEMENT})


class Node:
    """One node. `name` is the local name ("" for document, text and comment; the target of an instruction).

    `relevant` belongs to the form engine: an irrelevant node reads as "" in expressions, and what was
    answered is kept in it. `state` is free for whoever owns the tree; nothing here reads it. `namespaces` are
    the declarations made on this element: prefix ("" for the default) -> URI.
    """

    __slots__ = (
        "_attributes",
        "_children",
        "_index",
        "_text",
        "kind",
        "name",
        "namespace",
        "namespaces",
        "parent",
        "prefix",
        "relevant",
        "state",
    )

    def __init__(
        self, kind: Kind, name: str = "", text: str = "", namespace: str = "", prefix: str = ""
    ) -> None:
        self.kind: Kind = kind
        self.name = name
        self.namespace = namespace
        self.prefix = prefix
        self.namespaces: Mapping[str, str] | None = None
        self.parent: Node | None = None
        self.relevant = True
        self.state: object = None
        self._text = text
        self._children: list[Node] | None = None
        self._attributes: list[Node] | None = None
        self._index: dict[str, list[Node]] | None = None

    def __repr__(self) -> str:
        return f"<{self.kind} {self.path() if self.kind != TEXT else self._text!r}>"

    # -- reading

    @staticmethod
    def parse(xml: str | bytes, largest: int = LARGEST_XML) -> Node:
        """The document node of an XML text. ValueError, in words, where it isn't well-formed, is too large or
        has a DOCTYPE that declares anything (entities could make it grow without end)."""
        return _from_lxml(xml, largest)

    @property
    def children(self) -> Sequence[Node]:
        """Child nodes in document order (not attributes); changed by `append`, `insert`, `remove` only."""
        if self._children is not None:
            return self._children
        if self._text and self.kind == ELEMENT:
            text = Node(TEXT, "", self._text)
            text.parent = self
            self._children = [text]
            self._text = ""
            return self._children
        return _NONE

    @property
    def attributes(self) -> Sequence[Node]:
        """Attribute nodes in the order of the source; changed by `set_attribute` only."""
        return self._attributes if self._attributes is not None else _NONE

    def elements(self) -> list[Node]:
        """Child elements."""
        return [node for node in self._children if node.kind == ELEMENT] if self._children is not None else []

    def named(self, name: str) -> Sequence[Node]:
        """Child elements of that local name, whatever their namespace, in document order."""
        if self._children is None:
            return _NONE
        index = self._index
        if index is None:
            index = self._index = {}
            for node in self._children:
                if node.kind == ELEMENT:
                    index.setdefault(node.name, []).append(node)
        return index.get(name, _NONE)

    def child(self, name: str) -> Node | None:
        """The first child element of that local name."""
        found = self.named(name)
        return found[0] if found else None

    def attribute(self, name: str, namespace: str = "") -> str | None:
        """The value of an attribute, or None."""
        for node in self.attributes:
            if node.name == name and node.namespace == namespace:
                return node._text
        return None

    def string(self) -> str:
        """The string value, as XPath defines it; "" of what is irrelevant."""
        if not self.relevant:
            return ""
        if self._children is None:
            return self._text
        return "".join(node.string() for node in self._children if node.kind in _SPEAKING)

    def held(self) -> str:
        """The text that an element without child elements keeps, relevant or not."""
        return self._text if self._children is None else "".join(node._text for node in self._children)

    def root(self) -> Node:
        """The topmost ancestor, or the node itself."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node

    def ancestors(self) -> Iterator[Node]:
        """Parent, its parent, and so on up to the document."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def descendants(self) -> Iterator[Node]:
        """All nodes below (not attributes), in document order."""
        below = [iter(self.children)]
        while below:
            node = next(below[-1], None)
            if node is None:
                below.pop()
                continue
            yield node
            if node._children is not None or node._text:
                below.append(iter(node.children))

    def path(self) -> str:
        """Where it is: `/data/person[2]/name`; a place is named where siblings share the name."""
        if self.kind == DOCUMENT:
            return "/"
        above = self.parent.path().rstrip("/") if self.parent is not None else ""
        if self.kind == ATTRIBUTE:
            return f"{above}/@{self.qualified_name}"
        if self.kind != ELEMENT:
            label = f"processing-instruction('{self.name}')" if self.kind == INSTRUCTION else f"{self.kind}()"
            return f"{above}/{label}"
        same = self.parent.named(self.name) if self.parent is not None else _NONE
        place = f"[{same.index(self) + 1}]" if len(same) > 1 else ""
        return f"{above}/{self.qualified_name}{place}"

    @property
    def qualified_name(self) -> str:
        return f"{self.prefix}:{self.name}" if self.prefix else self.name

    # -- changing

    def set_text(self, text: str) -> None:
        """Makes `text` all that the node holds (of an element: child elements go too)."""
        for node in self._children or _NONE:
            node.parent = None
        self._children = None
        self._index = None
        self._text = text

    def set_attribute(self, name: str, text: str, namespace: str = "", prefix: str = "") -> None:
        if self._attributes is None:
            self._attributes = []
        for node in self._attributes:
            if node.name == name and node.namespace == namespace:
                node._text = text
                return
        added = Node(ATTRIBUTE, name, text, namespace, prefix)
        added.parent = self
        self._attributes.append(added)

    def fill(self, nodes: list[Node]) -> None:
        """Gives an element without children all of them at once; `nodes` must have no parents. The quick way
        to build a tree."""
        for node in nodes:
            node.parent = self
        self._children = nodes or None
        self._index = None

    def append(self, node: Node) -> Node:
        """Puts `node`, which must have no parent, last; returns it."""
        return self.insert(len(self.children), node)

    def insert(self, place: int, node: Node) -> Node:
        """Puts `node`, which must have no parent, before the child at `place` (from 0); returns it."""
        if node.parent is not None:
            raise ValueError(f"{node!r} is in a tree already")
        if self.kind not in {DOCUMENT, ELEMENT}:
            raise ValueError(f"{self!r} cannot have children")
        if self._children is None:
            self._children = list(self.children)
        self._children.insert(place, node)
        node.parent = self
        self._index = None
        return node

    def insert_after(self, sibling: Node, node: Node) -> Node:
        """Puts `node` right after `sibling`, a child of this node: the next instance of a repeat."""
        return self.insert(self.children.index(sibling) + 1, node)

    def remove(self, node: Node) -> None:
        """Takes a child out; it stands alone afterwards."""
        if self._children is None or node.parent is not self:
            raise ValueError(f"{node!r} is no child of {self!r}")
        self._children.remove(node)
        node.parent = None
        self._index = None
        if not self._children and self.kind == ELEMENT:
            self._children = None

    def dissolve(self) -> None:
        """Takes the tree below apart, when nobody needs it any more. Parents and children hold each other:
        else their memory would come back only when the collector of garbage has looked through everything."""
        nodes = [self]
        while nodes:
            node = nodes.pop()
            for held in (node._children, node._attributes):
                nodes += held or ()
            node.parent = node._children = node._attributes = node._index = None

    def clone(self) -> Node:
        """A deep copy without a parent; `relevant` is copied, `state` is not."""
        copy = Node(self.kind, self.name, self._text, self.namespace, self.prefix)
        copy.namespaces = self.namespaces
        copy.relevant = self.relevant
        if self._attributes is not None:
            copy._attributes = [_adopted(copy, node.clone()) for node in self._attributes]
        if self._children is not None:
            copy._children = [_adopted(copy, node.clone()) for node in self._children]
        return copy

    # -- writing

    def to_xml(self, keep: Callable[[Node], bool] | None = None) -> str:
        """As XML text without a declaration; child elements for which `keep` says no are left out.

        A namespace whose prefix isn't declared above is declared where it is used.
        """
        parts: list[str] = []
        _write(self, parts, {"xml": _XML_NAMESPACE, "": ""}, keep)
        return "".join(parts)


def element(name: str, text: str = "", namespace: str = "", prefix: str = "") -> Node:
    """A new element without a parent."""
    return Node(ELEMENT, name, text, namespace, prefix)


def in_document_order(nodes: Iterable[Node]) -> list[Node]:
    """Each node once, in document order. Nodes of different trees keep the order of first sight by tree."""
    unique = list(dict.fromkeys(nodes))
    if len(unique) < 2:
        return unique
    places: dict[Node, dict[Node, int]] = {}
    trees: dict[Node, int] = {}
    return sorted(unique, key=lambda node: _place(node, places, trees))


def _place(node: Node, places: dict[Node, dict[Node, int]], trees: dict[Node, int]) -> list[int]:
    """The way down from the root as numbers: attributes lie before children, both after their element."""
    way: list[int] = []
    while node.parent is not None:
        parent = node.parent
        siblings = places.get(parent)
        if siblings is None:
            attributes = parent.attributes
            siblings = {other: at - len(attributes) for at, other in enumerate(attributes)}
            siblings.update((other, at) for at, other in enumerate(parent.children))
            places[parent] = siblings
        way.append(siblings[node])
        node = parent
    way.append(trees.setdefault(node, len(trees)))
    way.reverse()
    return way


def _adopted(parent: Node, node: Node) -> Node:
    node.parent = parent
    return node


def _from_lxml(xml: str | bytes, largest: int) -> Node:
    data = xml.encode("utf-8") if isinstance(xml, str) else xml
    if len(data) > largest:
        raise ValueError(f"the XML is too large: {len(data)} bytes, at most {largest} are read")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        encoding="utf-8" if isinstance(xml, str) else None,
    )
    try:
        source = etree.fromstring(data.strip(), parser)
    except etree.XMLSyntaxError as fault:
        raise ValueError(f"not well-formed XML: {fault.msg or fault}") from None
    # A DOCTYPE may be a name and nothing else: entities could make the document grow without end.
    information = source.getroottree().docinfo
    if information is not None and information.internalDTD is not None and not _BARE_DOCTYPE.search(data):
        raise ValueError("XML whose DOCTYPE declares things or names a file is not read")
    document = Node(DOCUMENT)
    document._children = []
    before = list(source.itersiblings(preceding=True))[::-1]
    for item in (*before, source, *source.itersiblings()):
        document._children.append(_adopted(document, _convert(item, {})))
    return document


def _convert(source: etree._Element, declared: Mapping[str | None, str]) -> Node:
    if isinstance(source, etree._Comment):
        return Node(COMMENT, "", source.text or "")
    if isinstance(source, etree._ProcessingInstruction):
        return Node(INSTRUCTION, str(source.target or ""), source.text or "")
    namespace, name = _split(source.tag)
    node = Node(ELEMENT, name, "", namespace, source.prefix or "")
    known = source.nsmap
    if known != declared:
        node.namespaces = {prefix or "": uri for prefix, uri in known.items() if declared.get(prefix) != uri}
        if None in declared and None not in known:
            node.namespaces = {**node.namespaces, "": ""}
    if source.attrib:
        node._attributes = [_adopted(node, item) for item in _attributes(source, known)]
    if len(source) == 0:
        node._text = source.text or ""
        return node
    children: list[Node] = []
    _add_text(children, node, source.text)
    for item in source:
        children.append(_adopted(node, _convert(item, known)))
        _add_text(children, node, item.tail)
    node._children = children
    return node


def _attributes(source: etree._Element, known: Mapping[str | None, str]) -> Iterator[Node]:
    for key, text in source.attrib.items():
        namespace, name = _split(key)
        prefix = ""
        if namespace:
            prefix = next((short for short, uri in known.items() if short and uri == namespace), "xml")
        yield Node(ATTRIBUTE, str(name), str(text), namespace, prefix)


def _split(tag: str | bytes | bytearray | etree.QName) -> tuple[str, str]:
    name = str(tag)
    if name.startswith("{"):
        namespace, _, local = name[1:].partition("}")
        return namespace, local
    return "", name


def _add_text(children: list[Node], parent: Node, text: str | None) -> None:
    if not text:
        return
    if children and children[-1].kind == TEXT:
        children[-1]._text += text
        return
    children.append(_adopted(parent, Node(TEXT, "", text)))


def _write(node: Node, parts: list[str], known: dict[str, str], keep: Callable[[Node], bool] | None) -> None:
    if node.kind == TEXT:
        parts.append(escape(node._text))
    elif node.kind == COMMENT:
        parts.append(f"<!--{node._text}-->")
    elif node.kind == INSTRUCTION:
        parts.append(f"<?{node.name} {node._text}?>")
    elif node.kind == ATTRIBUTE:
        parts.append(f"{node.qualified_name}={quoteattr(node._text)}")
    elif node.kind == DOCUMENT:
        _write_children(node, parts, known, keep)
    else:
        _write_element(node, parts, known, keep)


def _write_element(
    node: Node, parts: list[str], known: dict[str, str], keep: Callable[[Node], bool] | None
) -> None:
    declared = dict(node.namespaces or {})
    for user in (node, *(item for item in node.attributes if item.namespace)):
        if declared.get(user.prefix, known.get(user.prefix)) != user.namespace:
            declared[user.prefix] = user.namespace
    parts.append(f"<{node.qualified_name}")
    for prefix, uri in declared.items():
        parts.append(f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}")
    for item in node.attributes:
        parts.append(f" {item.qualified_name}={quoteattr(item._text)}")
    if node._children is None and not node._text:
        parts.append("/>")
        return
    parts.append(">")
    if node._children is None:
        parts.append(escape(node._text))
    else:
        _write_children(node, parts, known | declared if declared else known, keep)
    parts.append(f"</{node.qualified_name}>")


def _write_children(
    node: Node, parts: list[str], known: dict[str, str], keep: Callable[[Node], bool] | None
) -> None:
    for item in node.children:
        if keep is None or item.kind != ELEMENT or keep(item):
            _write(item, parts, known, keep)
