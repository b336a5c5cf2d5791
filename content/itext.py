"""Texts of an XForm: labels, hints and messages, fixed or from `<itext>`, with the values to be filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape

from content.expressions import Expression, ExpressionError, compile_expression
from content.form import NO_WORDING, PLAIN, FormFault, Text, Wording
from content.tree import ELEMENT, TEXT, Node

Compile = Callable[[str], Expression | None]
"""Compiles an expression, or notes a fault and gives None."""

MEDIA = frozenset({"image", "big-image", "audio", "video"})
"""Shapes of a label that name a file."""
_FIXED_KEY = re.compile(r"""\s*jr:itext\(\s*(['"])(.*?)\1\s*\)\s*""", re.DOTALL)
_COMPUTED_KEY = re.compile(r"\s*jr:itext\((.*)\)\s*", re.DOTALL)


@dataclass(slots=True)
class Expressions:
    """Compiles the expressions of a form, each source once, and notes what is wrong."""

    namespaces: Mapping[str, str]
    faults: list[FormFault]
    known: dict[str, Expression | None] = field(default_factory=dict)

    def compile(self, source: str | None, path: str, attribute: str) -> Expression | None:
        if source is None or not source.strip():
            return None
        if source not in self.known:
            try:
                self.known[source] = compile_expression(source, self.namespaces)
            except ExpressionError as error:
                self.known[source] = None
                at = str(error.offset) if error.offset is not None else ""
                values = {"expression": source, "problem": str(error), "at": at}
                self.faults.append(FormFault("bad-expression", values, path, attribute))
        return self.known[source]


class Itext:
    """The texts of a form by id and language."""

    def __init__(self, model: Node, compile_in_text: Compile) -> None:
        self.languages: list[str] = []
        self.default = ""
        self.by_key: dict[str, Wording] = {}
        texts: dict[str, dict[str, Mapping[str, Text]]] = {}
        for itext in model.named("itext"):
            for translation in itext.named("translation"):
                self._read(translation, texts, compile_in_text)
        if self.languages and not self.default:
            self.default = self.languages[0]
        self.by_key = {key: Wording(by_language) for key, by_language in texts.items()}

    def _read(
        self, translation: Node, texts: dict[str, dict[str, Mapping[str, Text]]], compile_in_text: Compile
    ) -> None:
        language = translation.attribute("lang") or ""
        if language not in self.languages:
            self.languages.append(language)
        default = translation.attribute("default")
        if default is not None and default.strip() not in {"false()", "false", "0"}:
            self.default = language
        for text in translation.named("text"):
            shapes = {_shape(value): read_text(value, compile_in_text) for value in text.named("value")}
            texts.setdefault(text.attribute("id") or "", {})[language] = shapes

    def media(self) -> frozenset[str]:
        """The names of the files that labels show or play: `jr://images/a.png` is a.png."""
        shapes = (text for wording in self.by_key.values() for text in wording.texts.values())
        named = (text for shape in shapes for name, text in shape.items() if name in MEDIA)
        return frozenset(part.rpartition("/")[2] for text in named for part in text if isinstance(part, str))

    def wording(self, element: Node | None, compile_in_text: Compile) -> Wording:
        """What a `<label>` or `<hint>` says."""
        if element is None:
            return NO_WORDING
        ref = element.attribute("ref")
        if ref is None:
            return Wording({"": {PLAIN: read_text(element, compile_in_text)}})
        return self.referred(ref, compile_in_text)

    def referred(self, ref: str, compile_in_text: Compile) -> Wording:
        """What a reference says: `jr:itext('id')`, an itext id that is computed, or a path to a value."""
        fixed = _FIXED_KEY.fullmatch(ref)
        if fixed:
            return self.by_key.get(fixed[2], NO_WORDING)
        computed = _COMPUTED_KEY.fullmatch(ref)
        expression = compile_in_text(computed[1] if computed else ref)
        if expression is None:
            return NO_WORDING
        return Wording(key=expression) if computed else Wording({"": {PLAIN: (expression,)}})

    def message(self, said: str | None, compile_in_text: Compile) -> Wording:
        """What `jr:constraintMsg` or `jr:requiredMsg` says: a text, or a reference to one."""
        if not said:
            return NO_WORDING
        if _COMPUTED_KEY.fullmatch(said):
            return self.referred(said, compile_in_text)
        return Wording({"": {PLAIN: (said,)}})


def _shape(value: Node) -> str:
    shape = value.attribute("form") or PLAIN
    return PLAIN if shape == "long" else shape


def read_text(element: Node, compile_in_text: Compile) -> Text:
    """Words and `<output value="…"/>`s of an element, in order; other elements count as what they hold."""
    parts: list[str | Expression] = []
    for node in element.children:
        if node.kind == TEXT:
            parts.append(node.string())
        elif node.kind == ELEMENT and node.name == "output":
            # pyxform escapes what stands in instance(…) twice; an expression has no use for an ampersand.
            source = unescape(node.attribute("value") or node.attribute("ref") or "")
            expression = compile_in_text(source)
            if expression is not None:
                parts.append(expression)
        elif node.kind == ELEMENT:
            parts.extend(read_text(node, compile_in_text))
    if len(parts) == 1 and isinstance(parts[0], str):
        return (parts[0].strip(),) if parts[0].strip() else ()
    return tuple(parts)
