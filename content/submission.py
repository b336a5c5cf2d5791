"""A submission as OpenRosa carries it: the instance with its identity.

https://docs.getodk.org/openrosa-metadata/: `instanceID` names it for ever; an edited one has a new id, and
says with `deprecatedID` whose place it takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from content.tree import Node, element
from content.xform import ORX

CHANNEL = "openrosa"
"""What a survey says it came through that was sent by ODK Collect or another OpenRosa client."""
LARGEST = 4 * 1024 * 1024
"""Bytes of a submission's XML."""


class Unreadable(ValueError):
    """No submission: `key` names the sentence that says why (`offline.<key>`)."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was submitted, by its own account; `root` is the instance. `began` and `ended` are aware, by the
    clock of the phone; None where it does not say."""

    form: str
    version: str
    instance_id: str
    deprecated_id: str
    root: Node
    began: datetime | None = None
    ended: datetime | None = None

    @property
    def survey_id(self) -> str:
        """What a survey that begins with this submission is called: the id's UUID, or one made of the id."""
        return uuid_of(self.instance_id)


def read(xml: bytes) -> Submitted:
    """The submission of an XML text. Raises Unreadable."""
    root = _root(xml)
    form = root.attribute("id") or root.namespace
    meta = root.child("meta")
    identity = _text(meta, "instanceID") or root.attribute("instanceID") or ""
    if not form:
        raise Unreadable("no_form")
    if not identity or len(identity) > 200:
        raise Unreadable("no_instance_id")
    version = root.attribute("version") or root.attribute("version", ORX) or ""
    return Submitted(form, version, identity, _text(meta, "deprecatedID"), root, *_times(meta))


def _times(meta: Node | None) -> tuple[datetime | None, datetime | None]:
    began, ended = (_moment(_text(meta, name)) for name in ("timeStart", "timeEnd"))
    return began, ended


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _root(xml: bytes | str) -> Node:
    try:
        document = Node.parse(xml, LARGEST)
    except ValueError:
        raise Unreadable("not_xml") from None
    return document.elements()[0]


def _text(meta: Node | None, name: str) -> str:
    node = meta.child(name) if meta is not None else None
    return node.string().strip() if node is not None else ""


def uuid_of(identity: str) -> str:
    """The UUID of "uuid:…"; of another id, one that always is the same."""
    try:
        return str(UUID(identity.removeprefix("uuid:")))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"openrosa:{identity}"))


def identity(xml: str) -> str:
    """The instanceID that stands in the XML of a submission that was kept."""
    return _text(_root(xml).child("meta"), "instanceID")


def identified(xml: str, instance_id: str, deprecated_id: str = "") -> str:
    """The submission under these ids."""
    root = _root(xml)
    meta = root.child("meta")
    if meta is None:
        meta = root.append(element("meta"))
    for name, text in (("instanceID", instance_id), ("deprecatedID", deprecated_id)):
        node = meta.child(name)
        if node is None and text:
            node = meta.append(element(name, "", meta.namespace, meta.prefix))
        if node is not None:
            node.set_text(text)
    return root.to_xml()


def renamed(root: Node, names: dict[str, str]) -> str:
    """The XML of a submission with its files called otherwise: `names` are old name -> new name."""
    for node in list(root.descendants()):
        new = names.get(node.held()) if node.kind == root.kind and not node.elements() else None
        if new is not None:
            node.set_text(new)
    return root.to_xml()


def of_revision(survey_id: str, number: int) -> str:
    """The instanceID under which a revision that was made in the chat goes out."""
    if number == 1:
        return f"uuid:{survey_id}"
    return f"uuid:{uuid5(NAMESPACE_URL, f'openrosa:{survey_id}/{number}')}"


def message_of(body: str) -> str:
    """What an OpenRosa server says in its answer, as a person would read it; "" where it says nothing."""
    try:
        root = _root(body)
    except Unreadable:
        return ""
    node = root.child("message")
    return " ".join(node.string().split())[:300] if node is not None else ""
