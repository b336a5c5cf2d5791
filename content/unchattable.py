"""What a form asks for that a chat carries otherwise than ODK Collect does, and what happens instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from content.bundle import LARGEST_PICTURE, PICTURES
from content.form import Form, FormFault, Item, Question

OTHERWISE = {
    "audio": "chat-audio",
    "video": "chat-video",
    "file": "chat-file",
    "geotrace": "chat-geotrace",
    "geoshape": "chat-geotrace",
}
"""Types that a chat cannot take, with the sentence that says so."""
_LOOKS_ONLY = frozenset({
    "minimal", "quick", "quickcompact", "autocomplete", "search", "likert", "columns", "columns-pack",
    "columns-flex", "compact", "list-nolabel", "label", "list", "no-buttons", "multiline", "numbers",
    "thousands-sep", "horizontal", "horizontal-compact", "vertical", "distress", "picker", "spinner",
    "rating", "new", "new-front", "front", "new-rear", "field-list", "table-list", "no-ticks",
    "hidden-answer", "printer", "month-year", "year", "no-calendar", "hidden",
})  # fmt: skip
"""Appearances that change how a screen looks, and nothing that a chat would ask otherwise."""


def chat_warnings(form: Form) -> Iterator[FormFault]:
    """One warning for each question that is asked otherwise, or whose choices come from a file."""
    for item in form.items:
        if isinstance(item, Question) and item.control is not None:
            kind = _kind(item)
            if kind in OTHERWISE:
                yield FormFault(OTHERWISE[kind], {"name": item.name}, item.path, "type", warning=True)
        yield from _appearances(item)
    for name in missing_lists(form):
        yield FormFault("chat-external", {"name": name}, warning=True)
    for name in sorted(form.shown - form.pictures.keys()):
        kind = "chat-picture" if PurePath(name).suffix.lower() in PICTURES else "chat-media"
        yield FormFault(kind, {"name": name, "n": str(LARGEST_PICTURE >> 20)}, warning=True)


def missing_lists(form: Form) -> list[str]:
    """The files of the lists that the form reads and that are not with it: without them it has no choices."""
    return sorted({form.files[name] for name in form.external})


def _kind(item: Question) -> str:
    if item.control == "upload":
        kind = item.media.partition("/")[0]
        return kind if kind in {"audio", "video", "image"} else "file"
    return item.bind.type


def _appearances(item: Item) -> Iterator[FormFault]:
    for word in item.appearance.split():
        if word.lower() not in _LOOKS_ONLY and not word.startswith(("columns-", "w", "ex:", "search(")):
            values = {"name": item.name, "appearance": word}
            yield FormFault("chat-appearance", values, item.path, "appearance", warning=True)
