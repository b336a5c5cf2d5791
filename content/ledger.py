"""What is kept of an interview between turns, written so that a turn adds what it changed and copies no more.

The state holds layers, the oldest first; what a later one says goes before. A layer that has grown to half of
the one before it is joined with that one: of n things kept there are log n layers, and each thing is written
log n times in the end. A layer is text, which is read only where an interview is built from its state: to
store a state and to get it back costs next to nothing.

Beside them stands a mark, made of the mark before and what has changed since: two states with one mark are
alike, in whichever process they were made, and to compare them is to compare their marks.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, TypeVar

import orjson

V = TypeVar("V", bound=str | int)

Layer = dict[str, dict[str, Any]]
"""What became of the keys of each part; "" or 0 of a key that is gone."""


class Kept(dict[str, V]):
    """A dict that notes what becomes of its keys in `changed`, where `gone` stands for a key dropped."""

    __slots__ = ("changed", "gone")

    def __init__(self, gone: V) -> None:
        super().__init__()
        self.gone = gone
        self.changed: dict[str, V] = {}

    def __setitem__(self, key: str, value: V) -> None:
        if self.get(key) != value:
            self.changed[key] = value
            super().__setitem__(key, value)

    def drop(self, key: str) -> None:
        """Takes a key out, if it is there."""
        if key in self:
            self.changed[key] = self.gone
            del self[key]

    def become(self, other: Mapping[str, V]) -> None:
        """Holds what the other holds, and nothing else."""
        for key in self.keys() - other.keys():
            self.drop(key)
        for key, value in other.items():
            self[key] = value


class Ledger:
    """Writes down what is kept, by the names of its parts."""

    __slots__ = ("_layers", "_mark", "_parts", "_rest")

    def __init__(self, parts: Mapping[str, Kept[str] | Kept[int]]) -> None:
        self._parts = parts
        self._layers: list[str] = []
        self._mark = ""
        self._rest: dict[str, Any] = {}

    def read(self, state: Mapping[str, Any]) -> None:
        """Fills the parts, which must be empty, with what `written` gave."""
        self._layers, self._mark = state["k"], state["t"]
        self._rest = {name: value for name, value in state.items() if name not in {"k", "t"}}
        for name, held in _joined(self._layers, lowest=True).items():
            dict.update(self._parts[name], held)

    def written(self, **rest: Any) -> dict[str, Any]:
        """The state as things stand, ready for JSON; `rest` is small and written whole each time."""
        added: Layer = {name: dict(part.changed) for name, part in self._parts.items() if part.changed}
        for name in added:
            self._parts[name].changed = {}
        if added:
            self._layers = _laid([*self._layers, _text(added)])
        if added or rest != self._rest or not self._mark:
            self._rest = rest
            self._mark = blake2b(repr((self._mark, added, rest)).encode(), digest_size=12).hexdigest()
        return {"t": self._mark, "k": self._layers, **rest}

    def stands_as(self, state: Mapping[str, Any]) -> bool:
        """Whether the state is the one written last, and nothing has changed since."""
        return bool(state["t"] == self._mark) and not any(part.changed for part in self._parts.values())


def told(state: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a state says of a part."""
    return _joined(state["k"], lowest=True).get(name, {})


def _laid(layers: list[str]) -> list[str]:
    """Joins the last layers until each is less than half as long as the one before."""
    upto = len(layers) - 1
    length = len(layers[upto])
    while upto and length * 2 >= len(layers[upto - 1]):
        upto -= 1
        length += len(layers[upto])
    if upto < len(layers) - 1:
        layers[upto:] = [_text(_joined(layers[upto:], lowest=upto == 0))]
    return layers


def _joined(layers: list[str], *, lowest: bool) -> Layer:
    """Several layers as one; where nothing is below, what is gone leaves no trace."""
    joined: Layer = {}
    for layer in layers:
        for name, part in orjson.loads(layer).items():
            joined.setdefault(name, {}).update(part)
    if lowest:
        return {
            name: {key: v for key, v in part.items() if v not in {"", 0}} for name, part in joined.items()
        }
    return joined


def _text(layer: Layer) -> str:
    return orjson.dumps(layer).decode()
