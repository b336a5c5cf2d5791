"""What people see of an instance in a language: labels, hints, choices; what is required, what is amiss."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from content.answers import item_of, loops_of
from content.expressions import Context, Expression
from content.form import PLAIN, Bind, Form, Item, Itemset, Question, Text, Wording, plain
from content.instance import Instance
from content.tree import Node
from content.understand import Labelled

_NAMES = {"vi": ("vi", "vietnamese", "tiếng việt"), "en": ("en", "english", "tiếng anh")}


def label_of(form: Form, path: str, wanted: str) -> str:
    """The label of a question for "vi", where no interview is open; values that it would say are left out."""
    text = form.items[form.numbers[plain(path)]].label.of(language_of(form, wanted))
    return "".join(part for part in text if isinstance(part, str))


def language_of(form: Form, wanted: str) -> str:
    """The form's language for "vi": "vi", "Tiếng Việt (vi)" or "Vietnamese"; else the form's default."""
    for language in form.languages:
        if language.lower() == wanted or language.endswith(f"({wanted})"):
            return language
    names = _NAMES.get(wanted, ())
    return next((lang for lang in form.languages if lang.lower() in names), form.default_language)


class Showing:
    """An instance seen in one language; it serves the instance's expressions with labels in that language."""

    __slots__ = ("instance", "language")

    def __init__(self, instance: Instance, language: str) -> None:
        self.instance = instance
        self.language = language
        instance.environment.choice_label = self._choice_label
        instance.environment.itext = self._itext

    # -- texts

    def text(self, node: Node, wording: Wording, shape: str = PLAIN) -> str:
        """A wording with its values filled in, as seen from `node`; "" where there is none."""
        if wording.key is not None:
            key = wording.key.string(Context(node, self.instance.environment))
            return self._filled(node, self._of_key(key).of(self.language, shape))
        return self._filled(node, wording.of(self.language, shape))

    def label(self, node: Node) -> str:
        """The question or the heading."""
        return self.text(node, item_of(node).label)

    def picture(self, node: Node) -> tuple[str, bytes] | None:
        """The picture of the question, by its file's name; None where there is none, or not at hand."""
        name = self.text(node, item_of(node).label, "image").rpartition("/")[2]
        data = self.instance.form.pictures.get(name)
        return None if data is None else (name, data)

    def hint(self, node: Node, shape: str = PLAIN) -> str:
        """What is said beside the question; `shape` "guidance" for what is told to interviewers."""
        return self.text(node, item_of(node).hint, shape)

    def in_default(self, node: Node, wording: Wording) -> str:
        """A wording in the form's own default language."""
        return self._filled(node, wording.of(self.instance.form.default_language))

    def constraint_message(self, node: Node) -> str:
        """What the form says to an answer that it does not take; "" where it says nothing."""
        return self.text(node, item_of(node).bind.constraint_message)

    def required_message(self, node: Node) -> str:
        """What the form says where an answer is needed; "" where it says nothing."""
        return self.text(node, item_of(node).bind.required_message)

    def _filled(self, node: Node, text: Text) -> str:
        if not text:
            return ""
        if len(text) == 1 and isinstance(text[0], str):
            return text[0]
        context = Context(node, self.instance.environment)
        return "".join(part if isinstance(part, str) else part.string(context) for part in text)

    def _of_key(self, key: str) -> Wording:
        return self.instance.form.itext.get(key, Wording())

    def _itext(self, key: str) -> str:
        return self._filled(self.instance.root, self._of_key(key).of(self.language))

    # -- choices

    def choices(self, node: Node) -> Sequence[Labelled]:
        """What may be chosen now, in order."""
        item = item_of(node)
        if not isinstance(item, Question):
            return ()
        if not self._is_fixed(item):
            return self._choices(node, item)
        made = _made(self.instance.form)
        known = made.get((item.number, self.language))
        if known is None:
            known = made[item.number, self.language] = tuple(self._choices(node, item))
        return known

    def _choices(self, node: Node, item: Question) -> list[Labelled]:
        if item.itemset is None:
            return [Labelled(choice.value, self.text(node, choice.label)) for choice in item.choices]
        environment = self.instance.environment
        offered = []
        for value, source in self.instance.offered(node, item):
            label = item.itemset.label.string(Context(source, environment))
            if item.itemset.key:
                label = self._filled(node, self._of_key(label).of(self.language))
            offered.append(Labelled(value, label))
        return offered

    def is_fixed(self, item: Item) -> bool:
        """Whether a question, its hint and its choices say the same in every interview."""
        return (
            isinstance(item, Question) and item.number in _worded(self.instance.form) and self._is_fixed(item)
        )

    def _is_fixed(self, item: Question) -> bool:
        """Whether the choices are the same in every interview, and read from the form's own lists."""
        form = self.instance.form
        if item.number not in _fixed(form):
            return False
        lists = item.itemset.nodes.instances if item.itemset is not None else ()
        return all(self.instance.environment.instance(name) is form.instances.get(name) for name in lists)

    def choice_label(self, node: Node, value: str) -> str:
        """The label of one choice; the value itself where it is none of the choices."""
        return next((choice.label for choice in self.choices(node) if choice.value == value), value)

    def _choice_label(self, value: str, path: str, seen_from: Node) -> str:
        node = self._find(path.strip(), seen_from)
        if node is None:
            return ""
        return next((choice.label for choice in self.choices(node) if choice.value == value), "")

    def _find(self, path: str, seen_from: Node) -> Node | None:
        """The node that a path without predicates means, in the same repeat instances where it can be."""
        if not path.startswith("/"):
            return _walk(path, seen_from)
        number = self.instance.form.numbers.get(plain(path))
        if number is None:
            return None
        loops = self.instance.form.items[number].loops
        around = loops_of(seen_from)
        common = [node for node, loop in zip(around, loops, strict=False) if item_of(node).number == loop]
        found = self.instance.all_of(number, common[-1] if common else None)
        return found[0] if found else None

    # -- states

    def required(self, node: Node) -> bool:
        """Whether an answer is needed as things stand."""
        return self._holds(node, item_of(node).bind.required)

    def readonly(self, node: Node) -> bool:
        """Whether the node or a group around it is readonly."""
        here: Node | None = node
        while here is not None and isinstance(here.state, Item):
            if self._holds(here, here.state.bind.readonly):
                return True
            here = here.parent
        return False

    def violation(self, node: Node) -> Literal["required", "constraint"] | None:
        """What is amiss with a relevant value."""
        bind: Bind = item_of(node).bind
        if not node.relevant:
            return None
        if not node.held():
            return "required" if bind.required is not None and self.required(node) else None
        if bind.constraint is not None and not self._holds(node, bind.constraint):
            return "constraint"
        return None

    def takes(self, node: Node) -> bool:
        """Whether a value brought along is one that the form would take today."""
        item = item_of(node)
        if self.violation(node) is not None or not isinstance(item, Question):
            return False
        if item.control not in {"select1", "select"} or not node.held():
            return True
        values = {choice.value for choice in self.choices(node)}
        chosen = node.held().split() if item.control == "select" else [node.held()]
        return values.issuperset(chosen)

    def _holds(self, node: Node, expression: Expression | None) -> bool:
        if expression is None:
            return False
        return expression.boolean(Context(node, self.instance.environment))


def _walk(path: str, node: Node) -> Node | None:
    here: Node | None = node
    for step in plain(path).split("/"):
        if here is None:
            return None
        if step == "..":
            here = here.parent
        elif step not in {".", "current()"}:
            here = here.child(step)
    return here


@lru_cache(maxsize=64)
def _made(_form: Form) -> dict[tuple[int, str], tuple[Labelled, ...]]:
    """The fixed choices made so far, by item and language."""
    return {}


@lru_cache(maxsize=64)
def _fixed(form: Form) -> frozenset[int]:
    """The questions whose choices no answer, no clock and no chance has a part in."""
    outputs = any(not _is_plain(wording) for wording in form.itext.values())
    return frozenset(
        item.number
        for item in form.questions()
        if all(_is_plain(choice.label) for choice in item.choices)
        and (item.itemset is None or _is_read_only(item.itemset, outputs))
    )


@lru_cache(maxsize=64)
def _worded(form: Form) -> frozenset[int]:
    """The questions that say no answer, neither themselves nor in their hint."""
    plain_ones = (item for item in form.questions() if _is_plain(item.label) and _is_plain(item.hint))
    return frozenset(item.number for item in plain_ones)


def _is_plain(wording: Wording) -> bool:
    texts = (text for shapes in wording.texts.values() for text in shapes.values())
    return wording.key is None and all(isinstance(part, str) for text in texts for part in text)


def _is_read_only(itemset: Itemset, outputs: bool) -> bool:
    """Whether all is read from nodes by their names. `outputs`: there are translations that say answers."""
    if itemset.live or (itemset.key and outputs) or not itemset.nodes.functions <= {"instance"}:
        return False
    return all(
        not read.functions and all(path.startswith("/item/") for path in read.references("/item"))
        for read in (itemset.value, itemset.label)
    )
