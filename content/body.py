"""The body of an XForm: what is asked, how, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from content.expressions import Expression
from content.form import NO_WORDING, Asking, Choice, Control, FormFault, Itemset, Wording, plain
from content.itext import Expressions, Itext
from content.tree import Node

JR = "http://openrosa.org/javarosa"

_CONTROLS: Mapping[str, Control] = {
    "input": "input",
    "secret": "input",
    "textarea": "input",
    "select1": "select1",
    "select": "select",
    "rank": "rank",
    "range": "range",
    "upload": "upload",
    "trigger": "trigger",
}
PHONES_OWN = frozenset({"setgeopoint", "recordaudio"})
"""Actions for which a phone must do something by itself."""
_PARTS = frozenset({"label", "hint", "help", "alert", "item", "itemset"})


@dataclass(slots=True)
class Record:
    """What the body says of one node."""

    control: Control | None = None
    label: Wording = NO_WORDING
    hint: Wording = NO_WORDING
    appearance: str = ""
    choices: tuple[Choice, ...] = ()
    itemset: Itemset | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    media: str = ""
    shown: bool = False
    repeat: bool = False
    count: Expression | None = None
    fixed: bool = False


@dataclass(slots=True)
class _Place:
    """What is asked at one place of the body, before numbers are known."""

    path: str
    groups: tuple[str, ...]
    inside: list[_Place] | None = None


@dataclass(slots=True)
class Body:
    """The body by schema path, its actions with the path of their source, and the order of asking."""

    records: dict[str, Record] = field(default_factory=dict)
    actions: list[tuple[Node, str]] = field(default_factory=list)
    places: list[_Place] = field(default_factory=list)
    bind_ids: dict[str, str] = field(default_factory=dict)

    def asking(self, numbers: Mapping[str, int]) -> tuple[Asking, ...]:
        """The order of asking in numbers; what is not in the model is left out."""
        return _asking(self.places, numbers)


def _asking(places: list[_Place], numbers: Mapping[str, int]) -> tuple[Asking, ...]:
    return tuple(
        Asking(
            numbers[place.path],
            tuple(numbers[group] for group in place.groups if group in numbers),
            None if place.inside is None else _asking(place.inside, numbers),
        )
        for place in places
        if place.path in numbers
    )


def read_body(
    body: Node | None, itext: Itext, expressions: Expressions, root: str, binds: Mapping[str, str]
) -> Body:
    """Reads the body; notes faults in `expressions.faults`. `binds` gives the path of a bind by its id."""
    read = Body(bind_ids=dict(binds))
    if body is not None:
        _Walk(read, itext, expressions).children(body, root, (), read.places)
    return read


@dataclass(slots=True)
class _Walk:
    body: Body
    itext: Itext
    expressions: Expressions

    def children(self, node: Node, context: str, groups: tuple[str, ...], places: list[_Place]) -> None:
        for child in node.elements():
            if child.name == "group":
                self._group(child, context, groups, places)
            elif child.name == "repeat":
                self._repeat(child, context, groups, places)
            elif child.name in _CONTROLS:
                self._control(child, context, groups, places)
            elif child.name == "setvalue":
                self.body.actions.append((child, context))
            elif child.name not in _PARTS | PHONES_OWN:
                fault = FormFault("unknown-element", {"name": child.name}, context, warning=True)
                self.expressions.faults.append(fault)

    def _path(self, node: Node, context: str) -> str | None:
        """Where a control points to: `bind`, or an absolute or relative `ref`."""
        bound = self.body.bind_ids.get(node.attribute("bind") or "")
        ref = bound or node.attribute("ref") or node.attribute("nodeset")
        if ref is None:
            return None
        path = plain(ref).removeprefix("current()/")
        if path.startswith("/"):
            return path
        steps = context.split("/")
        for step in path.split("/"):
            if step == "..":
                steps.pop()
            elif step != ".":
                steps.append(step)
        return "/".join(steps)

    def _group(self, node: Node, context: str, groups: tuple[str, ...], places: list[_Place]) -> None:
        path = self._path(node, context)
        if path is None:
            self.children(node, context, groups, places)
            return
        loop = any(self._path(inner, path) == path for inner in node.named("repeat"))
        record = self.body.records.setdefault(path, Record())
        record.label = self._wording(node, "label", path)
        record.hint = self._wording(node, "hint", path)
        record.appearance = record.appearance or node.attribute("appearance") or ""
        record.shown = True
        self.children(node, path, groups if loop else (*groups, path), places)

    def _repeat(self, node: Node, context: str, groups: tuple[str, ...], places: list[_Place]) -> None:
        path = self._path(node, context)
        if path is None:
            self.expressions.faults.append(FormFault("no-ref", {"name": "repeat"}, context))
            return
        record = self.body.records.setdefault(path, Record())
        record.repeat = record.shown = True
        record.count = self.expressions.compile(node.attribute("count", JR), path, "repeat_count")
        record.fixed = (node.attribute("noAddRemove", JR) or "").strip() in {"true()", "true", "1"}
        record.appearance = node.attribute("appearance") or record.appearance
        place = _Place(path, groups, [])
        places.append(place)
        self.children(node, path, (), place.inside if place.inside is not None else [])

    def _control(self, node: Node, context: str, groups: tuple[str, ...], places: list[_Place]) -> None:
        path = self._path(node, context)
        if path is None:
            self.expressions.faults.append(FormFault("no-ref", {"name": node.name}, context))
            return
        known = self.body.records.get(path)
        if known is None or known.control is None:
            places.append(_Place(path, groups))
        self.body.records[path] = Record(
            control=_CONTROLS[node.name],
            label=self._wording(node, "label", path),
            hint=self._wording(node, "hint", path),
            appearance=node.attribute("appearance") or "",
            choices=tuple(self._choice(item, path) for item in node.named("item")),
            itemset=self._itemset(node.child("itemset"), path),
            parameters={attribute.name: attribute.string() for attribute in node.attributes},
            media=node.attribute("mediatype") or "",
        )
        self.body.actions.extend((action, path) for action in node.named("setvalue"))

    def _wording(self, node: Node, name: str, path: str) -> Wording:
        return self.itext.wording(node.child(name), lambda text: self.expressions.compile(text, path, name))

    def _choice(self, item: Node, path: str) -> Choice:
        value = item.child("value")
        return Choice(value.string() if value is not None else "", self._wording(item, "label", path))

    def _itemset(self, node: Node | None, path: str) -> Itemset | None:
        if node is None:
            return None
        nodeset = node.attribute("nodeset") or ""
        value, label = node.child("value"), node.child("label")
        value_ref = (value.attribute("ref") if value is not None else None) or "."
        label_ref = ((label.attribute("ref") if label is not None else None) or value_ref).strip()
        key = label_ref.startswith("jr:itext(") and label_ref.endswith(")")
        nodes = self.expressions.compile(nodeset, path, "choice_filter")
        found = self.expressions.compile(value_ref, path, "itemset")
        shown = self.expressions.compile(label_ref[9:-1] if key else label_ref, path, "itemset")
        if nodes is None or found is None or shown is None:
            return None
        return Itemset(nodes, found, shown, key, bool(nodes.references(path)) or nodes.volatile)
