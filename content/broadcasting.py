"""A message to many: whom it is for, how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from content.people import Role


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a broadcast is for: who holds one of the `roles` in or under the area (None: anywhere), who is
    spoken to in the language and reached on the channel ("": any). Citizens belong to no area.
    """

    roles: tuple[Role, ...]
    area_id: int | None = None
    locale: str = ""
    channel: str = ""

    @property
    def with_citizens(self) -> bool:
        """Whether it is also for those who hold no role."""
        return Role.CITIZEN in self.roles


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom an audience is today: people by the channel on which each would be written to, and how many can't
    be written to at all, with the names of the first of them."""

    channels: Mapping[str, int] = field(default_factory=dict)
    unreachable: int = 0
    names: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """How many would be written to."""
        return sum(self.channels.values())

    def seconds(self, pace: Mapping[str, float | None]) -> float:
        """How long that takes at the channels' paces (messages a second; None: no limit)."""
        return max((n / (pace.get(name) or 100) for name, n in self.channels.items()), default=0.0)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One that was confirmed. `counts`: its messages by status of the outbox; `total` people are written to,
    `without` can't be, which is known as soon as all messages are made.

    `status`: "queueing" (messages are being made), "queued" (all made, not all ended), "done", "stopped".
    """

    id: int
    text: str
    audience: Audience
    status: Literal["queueing", "queued", "done", "stopped"]
    total: int
    by: int
    created_at: datetime
    due_at: datetime
    counts: Mapping[str, int] = field(default_factory=dict)
    without: int = 0

    @property
    def sent(self) -> int:
        return self.counts.get("sent", 0)

    @property
    def failed(self) -> int:
        """Messages that ended without arriving for certain."""
        return sum(self.counts.get(status, 0) for status in ("gone", "bad", "unsure"))

    @property
    def unreached(self) -> int:
        """How many people it did not reach for certain, or could not be written to."""
        return self.failed + self.without

    @property
    def ended(self) -> bool:
        """Whether nothing more of it will go out."""
        return self.status in {"done", "stopped"}
