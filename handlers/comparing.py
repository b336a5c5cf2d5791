"""What comes of comparing a list that was sent with what is kept."""

from dataclasses import dataclass

from content.listing import Fault
from handlers.effects import Effect


@dataclass(frozen=True, slots=True)
class Compared:
    """`faults`: what can't be taken in as it stands; `lines`: what would be new or changed, to be read;
    `effects`: what takes it in, none where nothing is new or changed."""

    faults: tuple[Fault, ...]
    lines: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
