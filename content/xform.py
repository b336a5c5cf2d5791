"""XForm XML -> Form (https://getodk.github.io/xforms-spec/): what pyxform writes and ODK serves.

All faults of a form are collected; a form that cannot run raises `FormError` with all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath

from content.answers import key_of
from content.body import PHONES_OWN, Body, Record, read_body
from content.bundle import LARGEST_PICTURE, PICTURES, read_list
from content.dependencies import dependencies
from content.form import (
    NO_BIND,
    Bind,
    Form,
    FormError,
    FormFault,
    Group,
    Item,
    Question,
    Repeat,
    Setvalue,
    Wording,
    plain,
)
from content.itext import Expressions, Itext
from content.tree import Node, element

JR = "http://openrosa.org/javarosa"
ORX = "http://openrosa.org/xforms"
XFORMS = "http://www.w3.org/2002/xforms"
LARGEST_FORM = 8 * 1024 * 1024
DEEPEST = 40
"""Groups within groups: nobody reads a form by then, and what walks its tree recurses."""

_MODEL = frozenset({"instance", "itext", "bind", "setvalue", "submission"})
_EXPRESSIONS = ("relevant", "required", "readonly", "calculate", "constraint")


def compile_form(xform: str | bytes, files: Mapping[str, bytes] | None = None) -> Form:
    """The form of an XForm. FormError with everything that is wrong where it cannot run. `files` are those
    that go with it, by name: lists that it reads, pictures that it shows.

    Costs some tens of milliseconds for a form of 300 questions: keep the result.
    """
    try:
        document = Node.parse(xform, LARGEST_FORM)
    except ValueError as error:
        if "Excessive depth" in str(error):  # libxml2's, at 256
            raise FormError((FormFault("too-deep", {"n": str(DEEPEST)}),)) from None
        raise FormError((FormFault("bad-xml", {"problem": str(error)}),)) from None
    reader = _Reader(document, files or {})
    form = reader.form(xform if isinstance(xform, str) else xform.decode("utf-8", "replace"))
    errors = tuple(fault for fault in reader.faults if not fault.warning)
    if errors or form is None:
        raise FormError(tuple(reader.faults))
    return form


class _Reader:
    """Reads one XForm, from the model's binds through the body to the tree of items."""

    def __init__(self, document: Node, files: Mapping[str, bytes]) -> None:
        self.given = files
        self.sources: dict[str, str] = {}
        self.faults: list[FormFault] = []
        self.items: list[Item | None] = []
        self.numbers: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.values: dict[str, str] = {}
        self.bind_ids: dict[str, str] = {}
        html = next(iter(document.elements()), None)
        self.head = html.child("head") if html is not None else None
        self.body_node = html.child("body") if html is not None else None
        self.model = self.head.child("model") if self.head is not None else None
        self.namespaces: dict[str, str] = {}
        for node in (html, self.head, self.model):
            self.namespaces.update((node.namespaces or {}) if node is not None else {})
        self.namespaces.pop("", None)
        self.expressions = Expressions(self.namespaces, self.faults)

    def form(self, source: str) -> Form | None:
        primary = self._primary()
        if self.model is None or primary is None or self.head is None:
            self.faults.append(FormFault("no-model"))
            return None
        self.namespaces.update({k: v for k, v in (primary.namespaces or {}).items() if k})
        self.itext = Itext(self.model, lambda text: self.expressions.compile(text, "", "label"))
        root = f"/{primary.name}"
        self.binds = self._binds(self.model, root)
        self.body: Body = read_body(self.body_node, self.itext, self.expressions, root, self.bind_ids)
        _complete_meta(primary, ORX in self.namespaces.values())
        self._read_item(primary, "", None, (), 0)
        items = tuple(item for item in self.items if item is not None)
        self._open(primary, 0, ())
        self._unknown_paths()
        self._unknown_actions()
        actions = tuple(self._actions())
        instances, external = self._instances()
        reaches, order = dependencies(items, self.numbers, self.faults, set(instances) | external)
        title = self.head.child("title")
        shown = self.itext.media()
        return Form(
            id=primary.attribute("id") or primary.namespace or primary.name,
            version=primary.attribute("version") or primary.attribute("version", ORX) or "",
            title=title.string().strip() if title is not None else "",
            languages=tuple(self.itext.languages),
            default_language=self.itext.default,
            items=items,
            numbers=self.numbers,
            asking=self.body.asking(self.numbers),
            actions=actions,
            triggers=_by_source(actions),
            reaches=reaches,
            order=order,
            live=tuple(_is_live(item) for item in items),
            counts=self.counts,
            values=self.values,
            itext=self.itext.by_key,
            instances=instances,
            external=external,
            namespaces=self.namespaces,
            declared=_declared(primary, self.namespaces),
            warnings=tuple(fault for fault in self.faults if fault.warning),
            source=source,
            files=self.sources,
            shown=shown,
            pictures={name: self.given[name] for name in shown if _is_picture(name, self.given)},
        )

    def _primary(self) -> Node | None:
        for instance in self.model.named("instance") if self.model is not None else ():
            if instance.elements():
                return instance.elements()[0]
            return None
        return None

    # -- model

    def _binds(self, model: Node, root: str) -> dict[str, Bind]:
        binds: dict[str, Bind] = {}
        for node in model.named("bind"):
            nodeset = (node.attribute("nodeset") or node.attribute("ref") or "").strip()
            path = nodeset if nodeset.startswith("/") else f"{root}/{nodeset}"
            if node.attribute("id"):
                self.bind_ids[node.attribute("id") or ""] = path
            binds[plain(path)] = self._bind(node, path)
        return binds

    def _bind(self, node: Node, path: str) -> Bind:
        found = {name: self.expressions.compile(node.attribute(name), path, name) for name in _EXPRESSIONS}
        return Bind(
            type=(node.attribute("type") or "string").rpartition(":")[2],
            relevant=found["relevant"],
            required=found["required"],
            readonly=found["readonly"],
            calculate=found["calculate"],
            constraint=found["constraint"],
            constraint_message=self._message(node, "constraintMsg", path),
            required_message=self._message(node, "requiredMsg", path),
            preload=node.attribute("preload", JR) or "",
            preload_params=node.attribute("preloadParams", JR) or "",
        )

    def _message(self, node: Node, name: str, path: str) -> Wording:
        return self.itext.message(
            node.attribute(name, JR), lambda text: self.expressions.compile(text, path, name)
        )

    def _read_item(self, node: Node, above: str, up: int | None, loops: tuple[int, ...], deep: int) -> int:
        """Makes the item of a node, and of all below; returns its number."""
        number = len(self.items)
        self.items.append(None)
        path = f"{above}/{node.qualified_name}"
        key = plain(path)
        self.numbers.setdefault(key, number)
        record = self.body.records.get(key, Record())
        common = Item(
            number=number,
            path=path,
            name=node.name,
            namespace="" if node.namespace == XFORMS else node.namespace,
            prefix=node.prefix if node.namespace != XFORMS else "",
            up=up,
            loops=loops,
            bind=self.binds.get(key, NO_BIND),
            label=record.label,
            hint=record.hint,
            appearance=record.appearance,
            attributes=_attributes(node),
        )
        grouping = record.repeat or bool(node.elements())
        if grouping and deep > DEEPEST:
            self.faults.append(FormFault("too-deep", {"n": str(DEEPEST)}, path))
        elif grouping:
            self.items[number] = self._group(node, common, record, deep)
            return number
        self.items[number] = _question(common, record, node.string())
        return number

    def _group(self, node: Node, common: Item, record: Record, deep: int) -> Group:
        loops = (*common.loops, common.number) if record.repeat else common.loops
        children = tuple(
            self._read_item(child, common.path, common.number, loops, deep + 1) for child in _schema(node)
        )
        shared = {name: getattr(common, name) for name in Item.__slots__}
        shared |= {"loops": loops, "children": children, "end": len(self.items)}
        if not record.repeat:
            return Group(**shared, shown=record.shown)
        return Repeat(
            **shared,
            shown=record.shown,
            count=record.count,
            fixed=record.fixed,
            initial=0 if _is_template(node) else 1,
        )

    def _open(self, node: Node, number: int, indices: tuple[int, ...]) -> None:
        """What the form opens with: how often each repeat is there, and the values that stand in it."""
        item = self.items[number]
        if isinstance(item, Question):
            if node.string():
                self.values[key_of(number, indices)] = node.string()
            return
        if not isinstance(item, Group):
            return
        for child in item.children:
            below = self.items[child]
            if below is None:
                continue
            found = [same for same in node.named(below.name) if same.namespace == _namespace(below, same)]
            if not isinstance(below, Repeat):
                if found:  # an instance of a repeat may lack what its template has
                    self._open(found[0], child, indices)
                continue
            instances = [same for same in found if not _is_template(same)]
            if not instances and below.fixed:
                instances = found[:1]
            self.counts[key_of(child, indices)] = len(instances)
            for place, instance in enumerate(instances, 1):
                self._open(instance, child, (*indices, place))

    def _unknown_paths(self) -> None:
        if any(fault.key == "too-deep" for fault in self.faults):
            return  # what is below was not read
        for path in (*self.binds, *self.body.records):
            if path not in self.numbers and not path.rpartition("/")[2].startswith("@"):
                self.faults.append(FormFault("unknown-node", {"path": path}, path, warning=True))

    def _unknown_actions(self) -> None:
        """Actions that only an app on a phone can carry out are left out, wherever they stand."""
        for node in self.model.elements() if self.model is not None else ():
            if node.name not in _MODEL | PHONES_OWN:
                fault = FormFault("unknown-element", {"name": node.name}, warning=True)
                self.faults.append(fault)
        in_model = self.model.elements() if self.model is not None else ()
        in_body = self.body_node.descendants() if self.body_node is not None else ()
        for node in (*in_model, *in_body):
            if node.name in PHONES_OWN:
                ref = node.attribute("ref") or ""
                values = {"name": plain(ref).rpartition("/")[2]}
                self.faults.append(FormFault("chat-action", values, ref, "type", warning=True))

    def _actions(self) -> Iterable[Setvalue]:
        found = [(node, None) for node in self.model.named("setvalue")] if self.model is not None else []
        for node, source in (*found, *self.body.actions):
            ref = node.attribute("ref") or self.bind_ids.get(node.attribute("bind") or "", "")
            target = self.numbers.get(plain(ref))
            if target is None:
                fault = FormFault("unknown-node", {"path": ref}, ref, "setvalue", warning=True)
                self.faults.append(fault)
                continue
            yield Setvalue(
                events=frozenset((node.attribute("event") or "").split()),
                target=target,
                place=self.expressions.compile(ref, ref, "setvalue") if "[" in ref else None,
                value=self.expressions.compile(node.attribute("value"), ref, "setvalue"),
                text=node.string(),
                source=self.numbers.get(plain(source)) if source is not None else None,
            )

    def _instances(self) -> tuple[dict[str, Node], frozenset[str]]:
        instances: dict[str, Node] = {}
        external: set[str] = set()
        model = self.model
        for node in list(model.named("instance"))[1:] if model is not None else ():
            name = node.attribute("id") or ""
            if name in instances or name in external:
                self.faults.append(FormFault("instance-twice", {"name": name}))
            src = node.attribute("src")
            if src and not node.elements():
                self.sources[name] = file = src.rpartition("/")[2]
                if (read := self._list(file)) is None:
                    external.add(name)
                else:
                    instances[name] = read
            else:
                if model is not None:
                    model.remove(node)
                instances[name] = node
        return instances, frozenset(external)

    def _list(self, file: str) -> Node | None:
        """What a file that goes with the form lists; None where it is not at hand."""
        if file not in self.given:
            return None
        try:
            return read_list(file, self.given[file])
        except ValueError as error:
            self.faults.append(FormFault("bad-file", {"name": file, "problem": str(error)}))
            return None


def _is_picture(name: str, files: Mapping[str, bytes]) -> bool:
    """Whether a chat can show it."""
    data = files.get(name)
    return data is not None and PurePath(name).suffix.lower() in PICTURES and len(data) <= LARGEST_PICTURE


def _is_live(item: Item) -> bool:
    """Whether answers elsewhere can change the item."""
    if item.bind.relevant is not None or item.bind.calculate is not None:
        return True
    if isinstance(item, Repeat):
        return item.count is not None
    return isinstance(item, Question) and item.itemset is not None and item.itemset.live


def _by_source(actions: Iterable[Setvalue]) -> dict[int, tuple[Setvalue, ...]]:
    found: dict[int, list[Setvalue]] = {}
    for action in actions:
        if action.source is not None:
            found.setdefault(action.source, []).append(action)
    return {source: tuple(waiting) for source, waiting in found.items()}


def _question(common: Item, record: Record, default: str) -> Question:
    return Question(
        **{name: getattr(common, name) for name in Item.__slots__},
        control=record.control,
        default=default,
        choices=record.choices,
        itemset=record.itemset,
        parameters=record.parameters,
        media=record.media,
    )


def _schema(node: Node) -> list[Node]:
    """One child of each name: the template where there is one, else the first."""
    chosen: dict[tuple[str, str], Node] = {}
    for child in node.elements():
        name = (child.namespace, child.name)
        if name not in chosen or (_is_template(child) and not _is_template(chosen[name])):
            chosen[name] = child
    return list(chosen.values())


def _declared(primary: Node, known: dict[str, str]) -> dict[str, str]:
    """The namespaces that the submitted instance must declare on its root."""
    used = {node.namespace for node in (primary, *primary.descendants()) if node.prefix}
    used |= {attribute.namespace for node in (primary, *primary.elements()) for attribute in node.attributes}
    return {prefix: uri for prefix, uri in {"orx": ORX, **known}.items() if uri in used}


def _is_template(node: Node) -> bool:
    return node.attribute("template", JR) is not None


def _namespace(item: Item, node: Node) -> str:
    return item.namespace or (XFORMS if node.namespace == XFORMS else "")


def _attributes(node: Node) -> tuple[tuple[str, str, str, str], ...]:
    return tuple(
        (attribute.name, attribute.string(), attribute.namespace, attribute.prefix)
        for attribute in node.attributes
        if attribute.namespace != JR
    )


def _complete_meta(primary: Node, prefixed: bool) -> None:
    """OpenRosa demands an instanceID: https://docs.getodk.org/openrosa-metadata/."""
    meta = primary.child("meta")
    if meta is None:
        meta = primary.append(element("meta", "", ORX, "orx") if prefixed else element("meta"))
    if meta.child("instanceID") is None:
        meta.append(element("instanceID", "", meta.namespace, meta.prefix))
