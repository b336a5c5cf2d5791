"""What the buttons of an interview send: `q:<key><verb><choice>`, at most 64 bytes of ASCII.

A press says what shall be, not what shall change, so that pressing twice has the effect of once.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

_LONGEST = 64
_PRESSED = re.compile(r"q:(\d+(?:\.\d+)*)([=+\-!~])(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Press:
    """A button's press: of the question `key`, `verb` and the `choice` as `named` has it.

    Verbs: "=" this is the answer, "+" this is among several, "-" it is not, "!" the choosing is over, "~" the
    answer that is there stays.
    """

    key: str
    verb: str
    choice: str


def pressed(payload: str) -> Press | None:
    """The press that a payload means; None where it is none of an interview's."""
    found = _PRESSED.fullmatch(payload)
    return Press(found[1], found[2], found[3]) if found else None


def choose(key: str, value: str) -> str:
    """This choice is the answer."""
    return f"q:{key}={named(key, value)}"


def add(key: str, value: str) -> str:
    """This choice is among the answers."""
    return f"q:{key}+{named(key, value)}"


def drop(key: str, value: str) -> str:
    """This choice is not among the answers."""
    return f"q:{key}-{named(key, value)}"


def done(key: str) -> str:
    """All are chosen."""
    return f"q:{key}!"


def keep(key: str) -> str:
    """The answer that is there stays."""
    return f"q:{key}~"


def named(key: str, value: str) -> str:
    """How a choice is named in a payload: by its value, or a hash of it where that is long or not ASCII."""
    short = len(key) + len(value) + 3 <= _LONGEST
    if short and value.isascii() and value.isprintable() and value[:1] != "#":
        return value
    return f"#{zlib.crc32(value.encode()):08x}"
