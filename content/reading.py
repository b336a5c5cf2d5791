"""From what was given to the value of a question: by its type, in words or by location and photo."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath

from content import understand
from content.form import Question
from content.steps import Given
from content.understand import Labelled, Missed

NUMBERS = frozenset({"integer", "decimal"})
_UPLOADS = {"image": "image", "audio": "audio", "video": "video"}
_INPUTS = {
    "int": "integer",
    "integer": "integer",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
    "dateTime": "dateTime",
    "geopoint": "geopoint",
    "geotrace": "geotrace",
    "geoshape": "geoshape",
    "barcode": "barcode",
}


def type_of(item: Question) -> str:
    """The question's type by its XLSForm name."""
    match item.control:
        case "select1":
            return "select_one"
        case "select":
            return "select_multiple"
        case "rank" | "range":
            return item.control
        case "trigger":
            return "acknowledge"
        case "upload":
            return _UPLOADS.get(item.media.partition("/")[0], "file")
    return _INPUTS.get(item.bind.type, "text")


def read(item: Question, given: Given, choices: Sequence[Labelled], now: datetime) -> str | Missed:
    """The value that was given, as it is submitted; `choices` are those offered now."""
    kind = type_of(item)
    if given.location is not None:
        return _location(kind, given.location)
    if given.photo is not None or given.file is not None:
        return _file(kind, given)
    if given.other is not None or kind in _NOT_TYPED:
        return Missed(_NOT_TYPED.get(kind, "interview.kind_not_taken"))
    if kind == "range":
        return _range(item, given.text)
    if kind in _CHOOSING:
        return _CHOOSING[kind](given.text, choices) if choices else Missed("interview.no_choices")
    return _TYPED.get(kind, _typed_text)(given.text, now)


def leaves_blank(item: Question, text: str, missed: Missed) -> bool:
    """Whether what was not understood says that there is nothing to say: "không biết", as the hints have it;
    and "không" to a photo, or where none of several choices need be taken."""
    if understand.is_unsaid(text):
        return missed.key != "understand.ambiguous"
    kind = type_of(item)
    none_of_them = kind == "select_multiple" and missed.key == "understand.choice"
    return (kind not in {*_CHOOSING, "range"} or none_of_them) and understand.is_no(text)


_NOT_TYPED = {
    "image": "interview.want_photo",
    "audio": "interview.want_audio",
    "video": "interview.want_video",
    "file": "interview.want_file",
}
_BY_PHOTO = frozenset({"image", "file", "barcode"})
_ENDINGS = {
    "audio": frozenset({".aac", ".amr", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".weba"}),
    "video": frozenset({".3gp", ".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm"}),
    "image": frozenset({".jpg"}),
}
_COMES_AS = {"audio": "voice", "video": "video"}


def _file(kind: str, given: Given) -> str | Missed:
    """A photo or file, by what it came as or by its ending: a channel may know no more of it."""
    if given.photo is not None:
        return given.photo if kind in _BY_PHOTO else Missed("interview.no_photo_here")
    name = given.file or ""
    by_ending = PurePath(name).suffix in _ENDINGS.get(kind, ())
    if kind == "file" or by_ending or given.other == _COMES_AS.get(kind, ""):
        return name
    return Missed(_NOT_TYPED.get(kind, "interview.kind_not_taken"))


def place(location: tuple[float, float, float | None]) -> str:
    """A shared location as a geopoint."""
    latitude, longitude, accuracy = location
    return f"{latitude} {longitude} 0 {accuracy or 0}"


def _location(kind: str, location: tuple[float, float, float | None]) -> str | Missed:
    if kind != "geopoint":
        return Missed("interview.no_location_here")
    return place(location)


def _typed_text(text: str, _now: datetime) -> str | Missed:
    return understand.free_text(text)


_TYPED: Mapping[str, Callable[[str, datetime], str | Missed]] = {
    "integer": lambda text, _: understand.whole_number(text),
    "decimal": lambda text, _: understand.decimal_number(text),
    "date": lambda text, now: understand.a_day(text, now.date()),
    "time": understand.a_time,
    "dateTime": understand.a_moment,
    "geopoint": lambda text, _: understand.a_place(text),
}


def _several(text: str, choices: Sequence[Labelled]) -> str | Missed:
    found = understand.several_choices(text, choices)
    return found if isinstance(found, Missed) else " ".join(found)


def _ranked(text: str, choices: Sequence[Labelled]) -> str | Missed:
    """All the choices, in the order of the numbers typed: "2 1 3"."""
    places = [int(found) for found in re.findall(r"\d+", text[:200])]
    if sorted(places) != list(range(1, len(choices) + 1)):
        return Missed("understand.rank", {"n": len(choices)})
    return " ".join(choices[place - 1].value for place in places)


def _range(item: Question, text: str) -> str | Missed:
    """A number between the ends of the range, on one of its steps."""
    whole = item.bind.type in {"int", "integer"}
    found = understand.whole_number(text) if whole else understand.decimal_number(text)
    if isinstance(found, Missed):
        return found
    start, end, step = (
        _parameter(item, name, default) for name, default in (("start", 1.0), ("end", 10.0), ("step", 1.0))
    )
    steps = (float(found) - start) / step if step else 0.0
    inside = min(start, end) <= float(found) <= max(start, end)
    if not inside or abs(steps - round(steps)) > 1e-9:
        values = {name: f"{value:g}" for name, value in (("start", start), ("end", end), ("step", step))}
        return Missed("understand.range", values)
    return found


def _parameter(item: Question, name: str, default: float) -> float:
    try:
        return float(item.parameters.get(name, default))
    except ValueError:
        return default


def _acknowledged(text: str, choices: Sequence[Labelled]) -> str | Missed:
    """The one button's label, or any way of saying yes."""
    return choices[0].value if understand.is_yes(text) else understand.one_choice(text, choices)


_CHOOSING: Mapping[str, Callable[[str, Sequence[Labelled]], str | Missed]] = {
    "select_one": understand.one_choice,
    "select_multiple": _several,
    "rank": _ranked,
    "acknowledge": _acknowledged,
}
