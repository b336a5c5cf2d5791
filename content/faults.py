"""What is wrong in a form, as a sentence: where, what, and how to mend it."""

from __future__ import annotations

from content.form import FormFault
from content.misreadings import explained
from content.words import say

LONGEST = 300


def told(fault: FormFault, locale: str) -> str:
    """The fault in one line: "survey, dòng 7, cột relevant: …"."""
    values = {name: _cut(value) for name, value in fault.values.items() if isinstance(value, str)}
    if fault.key == "bad-expression":
        values["problem"] = explained(values["problem"], locale)
    sentence = say(locale, f"form.{fault.key}", **values)
    near = fault.values.get("near")
    if near:
        sentence = f"{sentence} {say(locale, 'form.near', near=near)}"
    return f"{where}: {sentence}" if (where := _where(fault, locale)) else sentence


def _cut(text: str) -> str:
    """What is quoted of a file may be as long as the file."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _where(fault: FormFault, locale: str) -> str:
    if fault.row:
        parts = [fault.sheet, say(locale, "form.row", n=fault.row)]
        if fault.column:
            parts.append(say(locale, "form.column", column=fault.column))
        return ", ".join(filter(None, parts))
    return " ".join(filter(None, (fault.path, f"({fault.attribute})" if fault.attribute else "")))
