"""How a function says its name, its arguments and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from content.expressions.values import Value

Kind = Literal["string", "number", "boolean", "nodes", "value", "later"]
"""What an argument is turned into before the call; "value": as it is; "later": a closure."""

_KINDS: dict[str, Kind] = {
    "s": "string",
    "n": "number",
    "b": "boolean",
    "p": "nodes",
    "v": "value",
    "l": "later",
}
Check = Callable[[str], object]
Body = TypeVar("Body", bound=Callable[..., Value])


@dataclass(frozen=True, slots=True)
class Function:
    """`call(context, *arguments)`. Of more arguments than `kinds` the last `period` kinds repeat.

    `volatile`: another call may give something else. `reads_context`: called without arguments it reads the
    context node. `checks`: by an argument's place, what raises ExpressionError where a text that stands there
    can only fail.
    """

    name: str
    call: Callable[..., Value]
    kinds: tuple[Kind, ...]
    least: int
    most: int | None
    gives: Kind
    volatile: bool
    reads_context: bool
    checks: Mapping[int, Check]

    def kind(self, place: int) -> Kind:
        """What the argument at `place` (from 0) is turned into."""
        return self.kinds[min(place, len(self.kinds) - 1)]

    def arity(self) -> str:
        """How many arguments it takes, in words."""
        if self.most is None:
            count = f"at least {self.least}" if self.least else "any number of"
        elif self.least < self.most:
            count = f"{self.least} to {self.most}"
        else:
            count = str(self.least) if self.least else "no"
        return f"{count} argument" if count.endswith(" 1") or count == "1" else f"{count} arguments"


FUNCTIONS: dict[str, Function] = {}


def function(
    name: str,
    signature: str,
    *,
    volatile: bool = False,
    reads_context: bool = False,
    checks: Mapping[int, Check] | None = None,
) -> Callable[[Body], Body]:
    """Enters a function into the table. The signature reads `s n n? -> s`: string, number, optional number,
    gives a string; `v*` any number of values. Letters: s n b, p node-set, v any value, l evaluated later.
    """
    given, _, gives = signature.partition("->")
    kinds: list[Kind] = []
    least, endless = 0, False
    for word in given.split():
        kinds.append(_KINDS[word[0]])
        endless = endless or word.endswith("*")
        least += len(word) == 1

    def enter(body: Body) -> Body:
        FUNCTIONS[name] = Function(
            name,
            body,
            tuple(kinds),
            least,
            None if endless else len(kinds),
            _KINDS[gives.strip()],
            volatile,
            reads_context,
            checks or {},
        )
        return body

    return enter
