"""The contract of the core: what a handler gets, and what it returns.

A handler is a function `(talk, said, facts) -> Turn`. It looks up, decides and returns; it never sends, never
writes, and knows no clock: what it needs of the world is in its arguments.

What is said and answered stands in `handlers.talk`, what may be looked up in `handlers.facts`, what is to be
written in `handlers.effects`.
"""

from content.values import dataclass
from handlers.effects import Effect
from handlers.talk import Doing, Reply


@dataclass(frozen=True, slots=True)
class Turn:
    """All that comes of one message, committed whole or not at all. `doing` is where the talk stands now.

    `ends`: whatever form was in progress is over. What is answered beside a form leaves it open otherwise.
    """

    replies: tuple[Reply, ...]
    doing: Doing | None = None
    effects: tuple[Effect, ...] = ()
    ends: bool = False
