"""What people ask, and what became of it: values without anybody's name, and questions that are alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from content.vietnamese import fold

ALIKE = 72.0
"""From this likeness on (0 to 100, of the words whatever their order) two questions are one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what came of it: "sure", "unsure" or "unknown"; `article` is what was answered with."""

    text: str
    outcome: str
    asked_at: datetime
    article: str | None = None
    area_id: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How often an article was said to have helped, and how often not."""

    article: str
    helped: int
    failed: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What may become content: `kind` "question" (another way of asking for `article`) or "article"."""

    id: int
    kind: str
    article: str | None
    text: str
    proposed_at: datetime


def alike(texts: Iterable[str]) -> list[Sequence[str]]:
    """The texts in groups of those that ask for much the same, the largest group first.

    Each joins the first group whose first text it is like: no chain of small
    likenesses draws strangers together.
    """
    from rapidfuzz import fuzz  # noqa: PLC0415 - 2.6 MB that most turns do without

    groups: list[tuple[str, list[str]]] = []
    for text in texts:
        folded = fold(text)
        for founder, members in groups:
            if fuzz.token_set_ratio(founder, folded) >= ALIKE:
                members.append(text)
                break
        else:
            groups.append((folded, [text]))
    return sorted((members for _, members in groups), key=len, reverse=True)
