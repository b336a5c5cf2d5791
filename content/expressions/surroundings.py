"""The environment that an XML document by itself gives to expressions: what `form eval` evaluates against."""

from __future__ import annotations

from datetime import datetime, tzinfo

from content.expressions.axes import XHTML
from content.expressions.values import Environment, ExpressionError, Value
from content.tree import Node


def surroundings(document: Node, now: datetime, zone: tzinfo, seed: str = "") -> Environment:
    """Of an XForm: a leading / means its primary instance, instance() and jr:itext() find what the model has.
    Of any other document: / is the document. Translations are those marked as default, else the first."""
    model = _model(document)
    within = model or document

    def instance(name: str) -> Node | None:
        for node in within.descendants():
            if node.name == "instance" and node.attribute("id") == name:
                return node
        return None

    def itext(key: str) -> Value:
        values = _translated(within, key)
        if values is None:
            raise ExpressionError(f"there is no itext “{key}”")
        return values

    return Environment(
        root=model.child("instance") if model is not None else document,
        now=now,
        zone=zone,
        instance=instance,
        itext=itext,
        seed=seed,
    )


def _model(document: Node) -> Node | None:
    html = document.child("html")
    head = html.child("head") if html is not None and html.namespace == XHTML else None
    model = head.child("model") if head is not None else None
    return model if model is not None and model.child("instance") is not None else None


def _translated(within: Node, key: str) -> list[Node] | None:
    itext = next((node for node in within.descendants() if node.name == "itext"), None)
    translations = itext.named("translation") if itext is not None else ()
    chosen = sorted(translations, key=lambda node: node.attribute("default") is None)[:1]
    for translation in chosen:
        for text in translation.named("text"):
            if text.attribute("id") == key:
                return [value for value in text.named("value") if value.attribute("form") is None]
    return None
