"""Values that an expression waits for and that no choice of the question has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import join, normpath

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
    for item in form.items:
        for attribute, expression in expressions(item):
            for found in (each for waits in _WAITS for each in waits.finditer(expression.source)):
                asked, value = form.item(normpath(join(item.path, found["path"]))), found["value"]
                if not value or not isinstance(asked, Question) or asked.control not in {"select1", "select"}:
                    continue
                if asked.number not in known:
                    known[asked.number] = dict(choices(form, asked, form.default_language))
                offered = known[asked.number]
                if offered and value not in offered:
                    values = {"value": value, "name": asked.name, **_meant(value, offered)}
                    yield FormFault("never-said", values, item.path, attribute, warning=True)


def _meant(value: str, offered: Mapping[str, str]) -> dict[str, str]:
    near = next((name for name, label in offered.items() if label == value), "")
    return {"known": ", ".join(list(offered)[:_SHOWN]) + ("…" if len(offered) > _SHOWN else ""), "near": near}
