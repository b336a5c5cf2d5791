"""What may be spent on messages, and the approved templates: `templates/zalo.yaml` of the content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).parent / "templates" / "zalo.yaml"
KINDS = frozenset({"reminder", "digest", "broadcast"})
"""Kinds of messages that a template may carry: a reply is given while somebody is there."""
_FILLS = frozenset({"text", "name", "day"})
_KEYS = frozenset({"id", "price", "values", "longest", "by_phone"})


class PostageError(Exception):
    """The file is not in order: where, what, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A template that the platform approved. `price` is in VND a message; `values` says what fills each of
    its parameters: "text" (cut to `longest` characters), "name" or "day". `by_phone`: to the number, not the
    account.
    """

    id: str
    price: int
    values: Mapping[str, str]
    longest: int = 200
    by_phone: bool = False

    def fill(self, *, text: str, name: str, day: str) -> dict[str, str]:
        """The parameters of one message. A text that is too long ends at a word, with "…"."""
        given = {"text": _cut(text, self.longest), "name": name, "day": day}
        return {parameter: given[what] for parameter, what in self.values.items()}


@dataclass(frozen=True, slots=True)
class Postage:
    """`ceiling` is what a month's messages may cost, in VND; `templates` are by kind of message."""

    ceiling: int = 0
    templates: Mapping[str, Wording] = field(default_factory=dict)


NOTHING_SPENT = Postage()
"""Where nothing is said: nothing may cost."""


def path_of(pack: Path | None) -> Path:
    """The file of a district's own pack, or the project's where it brings none."""
    own = pack / "templates" / "zalo.yaml" if pack else None
    return own if own and own.is_file() else PATH


def read(path: Path = PATH) -> Postage:
    """What the file says. Raises PostageError."""
    try:
        told = yaml.safe_load(path.read_text("utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise PostageError(f"{path.name}: can't be read: {' '.join(str(error).split())}") from None
    if not isinstance(told, dict) or told.keys() - {"ceiling", "templates"}:
        raise PostageError(f"{path.name}: only `ceiling` and `templates` are known here")
    ceiling = _whole(path, "ceiling", told.get("ceiling", 0))
    templates = told.get("templates") or {}
    if not isinstance(templates, dict) or templates.keys() - KINDS:
        raise PostageError(f"{path.name}: templates: use the kinds {', '.join(sorted(KINDS))}")
    return Postage(ceiling, {kind: _wording(path, kind, one) for kind, one in templates.items()})


def _wording(path: Path, kind: str, told: Any) -> Wording:
    where = f"{path.name}: templates: {kind}"
    if not isinstance(told, dict) or told.keys() - _KEYS or not {"id", "price", "values"} <= told.keys():
        raise PostageError(f"{where}: needs id, price and values; may have longest and by_phone")
    values = told["values"]
    if not isinstance(values, dict) or not values or set(values.values()) - _FILLS:
        raise PostageError(f"{where}: values: fill each parameter with one of {', '.join(sorted(_FILLS))}")
    price = _whole(path, f"{kind}: price", told["price"])
    longest = _whole(path, f"{kind}: longest", told.get("longest", 200))
    return Wording(str(told["id"]), price, values, longest, bool(told.get("by_phone", False)))


def _whole(path: Path, what: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise PostageError(f"{path.name}: {what}: must be a whole number, not {value!r}")
    return value


def _cut(text: str, longest: int) -> str:
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    return text[:longest].rpartition(" ")[0].rstrip(" ,;:") + "…" if " " in text[:longest] else text[:longest]
