"""How the service is, and what of it somebody has to act on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from content.backups import Standing

BEAT = timedelta(minutes=1)
"""So often a process says that it hears a channel, or delivers for it."""
SILENT = 3 * BEAT
"""From when one that said nothing is taken for stopped."""
SLOW = timedelta(minutes=10)
"""From when a message that is due has waited too long."""
SPARE = 2 << 30
"""Bytes that a disk must have free; besides, room for three more backups where those are kept."""
FULL = 100 << 20
"""Bytes below which a disk is as good as full."""
NEARLY = 0.9
"""Of a month's money, or of a package of messages: from when it has to be looked at."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What is known of a channel: when a process last said that it hears it, and delivers for it; when it
    last heard something, sent something, failed to, and why. `deaf`: why its platform hands nothing over;
    `faults`: what that said of the set-up."""

    name: str
    hears_at: datetime | None = None
    sends_at: datetime | None = None
    heard_at: datetime | None = None
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    reason: str = ""
    deaf: str = ""
    faults: Sequence[str] = ()

    @property
    def fails(self) -> bool:
        """Whether the last try to send something failed."""
        return self.failed_at is not None and (self.sent_at is None or self.sent_at < self.failed_at)

    def up(self, now: datetime) -> bool:
        """Whether messages come and go."""
        return not any(self.troubles(now))

    def troubles(self, now: datetime) -> Iterator["Trouble"]:
        """What is wrong with it."""
        if self.hears_at is None or now - self.hears_at > SILENT:
            yield Trouble("unheard", {"channel": self.name})
        elif self.deaf:
            yield Trouble("deaf", {"channel": self.name, "reason": self.deaf})
        if self.sends_at is None or now - self.sends_at > SILENT:
            yield Trouble("undelivered", {"channel": self.name})
        elif self.fails:
            yield Trouble("failing", {"channel": self.name, "reason": self.reason})
        for fault in self.faults:
            yield Trouble("fault", {"channel": self.name, "reason": fault})


@dataclass(frozen=True, slots=True)
class Disk:
    """A place where the service keeps something ("database", "backups"): bytes free, and of how many."""

    place: str
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Machine:
    """What only the process knows: its version, whether it makes backups by itself, its disks, what a month's
    messages may cost (VND; 0: nothing is paid for), and the channels that are set up."""

    version: str
    backs_up: bool = False
    ceiling: int = 0
    channels: Sequence[str] = ()
    disks: Sequence[Disk] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """How it all stands. Numbers: messages that wait and since when the oldest is due, those that wait until
    their people write, events whose handling failed, submissions that could not be counted, surveys that
    another server refused, sums that differ from a recount. `broken`: the line of the audit log from which
    the chain does not hold; `left` and `package` of paid messages, `spent` this month (VND)."""

    machine: Machine
    channels: Sequence[Channel] = ()
    waiting: int = 0
    oldest: datetime | None = None
    held: int = 0
    parked: int = 0
    uncounted: int = 0
    unpushed: int = 0
    odd_sums: int = 0
    checked_at: datetime | None = None
    broken: int | None = None
    backups: Standing = field(default_factory=Standing)
    left: int | None = None
    package: int = 0
    spent: int = 0
    revision: str = ""
    current: bool = True

    def troubles(self, now: datetime) -> Iterator["Trouble"]:
        """What somebody has to act on, the gravest first."""
        if self.broken is not None:
            yield Trouble("broken", {"n": self.broken})
        if not self.current:
            yield Trouble("revision", {"revision": self.revision})
        for channel in self.channels:
            yield from channel.troubles(now)
        yield from self._queue(now)
        yield from self._kept(now)
        yield from self._paid()

    def _queue(self, now: datetime) -> Iterator["Trouble"]:
        if self.oldest is not None and now - self.oldest > SLOW:
            yield Trouble("slow", {"n": self.waiting, "minutes": int((now - self.oldest) / BEAT)})
        for key, number in (
            ("parked", self.parked),
            ("uncounted", self.uncounted),
            ("unpushed", self.unpushed),
            ("odd_sums", self.odd_sums),
            ("held", self.held),
        ):
            if number:
                yield Trouble(key, {"n": number})

    def _kept(self, now: datetime) -> Iterator["Trouble"]:
        trouble = self.backups.trouble(now) if self.machine.backs_up else "off"
        if trouble is not None:
            failed = self.backups.failed
            yield Trouble(f"backup_{trouble}", {"reason": failed.fault if failed else ""})
        size = self.backups.made.size if self.backups.made else 0
        for disk in self.machine.disks:
            needed = max(SPARE, 3 * size) if disk.place == "backups" else SPARE
            if disk.free < needed:
                yield Trouble("disk", {"place": disk.place, "bytes": disk.free})

    def _paid(self) -> Iterator["Trouble"]:
        if self.left is not None and 0 < self.package * NEARLY <= self.package - self.left:
            yield Trouble("package", {"left": self.left, "total": self.package})
        if self.machine.ceiling and self.spent >= self.machine.ceiling * NEARLY:
            yield Trouble("ceiling", {"spent": self.spent, "ceiling": self.machine.ceiling})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something to act on: `health.<key>` says what it is and what to do."""

    key: str
    values: dict[str, str | int]
