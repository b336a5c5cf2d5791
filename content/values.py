"""How the values are made of which a turn makes some fifty: messages, choices, questions, who says what.

    from content.values import dataclass

    @dataclass(frozen=True, slots=True)
    class Choice: ...

A frozen dataclass sets each field by `object.__setattr__`, four times as dear as assigning it, and that was
6 % of a turn's CPU (docs/performance.md). So it is mypy, which reads all our code, that lets nobody assign to
these, and not the running program once more. They compare and hash as frozen ones do.
"""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool, eq: bool = True) -> Callable[[type[T]], type[T]]:
        """`dataclasses.dataclass` of a value: as if frozen."""
        return dataclasses.dataclass(slots=slots, eq=eq, unsafe_hash=frozen and eq)
