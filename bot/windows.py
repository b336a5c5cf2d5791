"""Whether a message may go to somebody now, how, and for how much. Pure.

A platform with a window lets one write free for a while after a person's last deed there, then for money,
then not at all but by an approved template. Where it may not go, it goes by another channel of the person's,
or it waits and is listed: nothing is thrown away.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.base import Window
from content.postage import Postage, Wording


@dataclass(frozen=True, slots=True)
class Open:
    """It goes as it is, for `cost` VND."""

    cost: int = 0


@dataclass(frozen=True, slots=True)
class ByTemplate:
    """It goes in an approved wording, to the phone number where the wording says so."""

    wording: Wording

    @property
    def cost(self) -> int:
        """VND."""
        return self.wording.price


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """It goes to another account of the person's."""

    account_id: int
    channel: str
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Wait:
    """It waits until the person writes; `why` is for the operator."""

    why: str
    cost: int = 0


Way = Open | ByTemplate | Elsewhere | Wait


@dataclass(frozen=True, slots=True)
class Case:
    """What the decision rests on: the kind of message, when the person was last heard there (None: never, as
    far as one knows), whether their number is known, the account elsewhere by which they can be reached free
    now, and what the month has cost so far.
    """

    kind: str
    heard_at: datetime | None
    has_phone: bool
    other: Elsewhere | None
    spent: int


def way(case: Case, window: Window, postage: Postage, now: datetime) -> Way:
    """How the message goes: free, for money within the month's ceiling, by template, elsewhere, or later."""
    silence = now - case.heard_at if case.heard_at else None
    if silence is not None and silence <= window.free:
        return Open()
    affordable = postage.ceiling - case.spent
    if silence is not None and silence < window.open and window.price <= affordable:
        return Open(window.price)
    closed = silence is None or silence >= window.open
    wording = postage.templates.get(case.kind) if closed else None
    if wording and wording.price <= affordable and (case.has_phone or not wording.by_phone):
        return ByTemplate(wording)
    if case.other is not None:
        return case.other
    if not closed or wording:
        return Wait("the month's ceiling is reached, or the person's number is not known")
    return Wait("the person has not written for too long")


def dearest(kind: str, window: Window | None, postage: Postage) -> int:
    """VND that a message of the kind may cost at most on a channel of that window; 0: it costs nothing."""
    if window is None or not postage.ceiling:
        return 0
    wording = postage.templates.get(kind)
    return min(postage.ceiling, max(window.price, wording.price if wording else 0))


def better_now(later: datetime, heard_at: datetime | None, window: Window, now: datetime) -> bool:
    """Whether what is planned for later should rather go now: it may go now, and by then it would cost more
    or not go at all. A weekly message to somebody heard a week ago stands at the very edge.
    """
    if heard_at is None or now - heard_at >= window.open:
        return False
    return _class(now - heard_at, window) < _class(later - heard_at, window)


def _class(silence: timedelta, window: Window) -> int:
    """0: free, 1: for money, 2: closed."""
    return (silence > window.free) + (silence >= window.open)


def is_free(heard_at: datetime | None, window: Window | None, now: datetime) -> bool:
    """Whether one may write there now and it costs nothing."""
    return window is None or (heard_at is not None and now - heard_at <= window.free)


def month_of(now: datetime) -> datetime:
    """When the month began, at the district's clock."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
