"""Values that an expression waits for, or a question begins with, and that no answer to it can be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import join, normpath

from content.datatypes import canonical
from content.dependencies import expressions
from content.form import Form, FormFault, Question
from content.tabular import choices

_PATH = r"(?P<path>\.{0,2}(?:/[\w.:-]+)+|\.)"
_VALUE = r"(?P<quote>['\"])(?P<value>[^'\"]*)(?P=quote)"
_WAITS = (
    re.compile(rf"{_PATH}\s*!?=\s*{_VALUE}"),
    re.compile(rf"{_VALUE}\s*!?=\s*{_PATH}"),
    re.compile(rf"selected\(\s*{_PATH}\s*,\s*{_VALUE}\s*\)"),
)
_SHOWN = 5


def never_said(form: Form) -> Iterator[FormFault]:
    """One warning for each such value, where the choices stand in the form."""
    known: dict[int, Mapping[str, str]] = {}
    yield from _defaults(form, known)
    for item in form.items:
        for attribute, expression in expressions(item):
            for found in (each for waits in _WAITS for each in waits.finditer(expression.source)):
                asked, value = form.item(normpath(join(item.path, found["path"]))), found["value"]
                if not value or not isinstance(asked, Question) or asked.control not in {"select1", "select"}:
                    continue
                offered = _offered(form, asked, known)
                if offered and value not in offered:
                    values = {"value": value, "name": asked.name, **_meant(value, offered)}
                    yield FormFault("never-said", values, item.path, attribute, warning=True)


def _defaults(form: Form, known: dict[int, Mapping[str, str]]) -> Iterator[FormFault]:
    for item in form.items:
        if not isinstance(item, Question) or not item.control or not item.default:
            continue
        begun = item.default
        if item.control not in {"select1", "select"}:
            if not canonical(item.bind.type, begun):
                values = {"value": begun, "type": item.bind.type}
                yield FormFault("default-type", values, item.path, "setvalue", warning=True)
            continue
        offered = _offered(form, item, known)
        chosen = begun.split() if item.control == "select" else [begun]
        if offered and not offered.keys() >= set(chosen):
            yield FormFault(
                "default-choice",
                {"value": begun, **_meant(begun, offered)},
                item.path,
                "setvalue",
                warning=True,
            )


def _offered(form: Form, asked: Question, known: dict[int, Mapping[str, str]]) -> Mapping[str, str]:
    if asked.number not in known:
        known[asked.number] = dict(choices(form, asked, form.default_language))
    return known[asked.number]


def _meant(value: str, offered: Mapping[str, str]) -> dict[str, str]:
    near = next((name for name, label in offered.items() if label == value), "")
    return {"known": ", ".join(list(offered)[:_SHOWN]) + ("…" if len(offered) > _SHOWN else ""), "near": near}
