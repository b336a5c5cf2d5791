"""Backups: made every night, the old ones removed, and once a week the newest restored into an empty place.

Each is the work of a process of its own, so that no turn waits for it. `tocns backup` and `tocns restore`
are the same functions by hand.
"""

import asyncio
import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

from bot import keys, logs
from bot.chores import keep_at
from bot.config import Settings
from content.backups import Backup, is_due, is_verification_due, kept
from storage import audit, backups, copying, revisions
from storage.audit import Entry
from storage.copying import Refused
from storage.database import Connection, Database, Missing, Unavailable
from storage.direct import reading
from storage.secrets import Vault

log = logging.getLogger(__name__)

LOOK = 60.0
"""Seconds between looks whether something is due."""
ENDING = ".backup"
_NAME = re.compile(r"tocns-(\d{8}T\d{6}Z)\.backup")
_TOLD = 3
"""How a process ends that failed, and has said why in log and record."""


def name_at(moment: datetime) -> str:
    """What the night's backup is called: `tocns-20261122T192000Z.backup`, by the time in UTC."""
    return f"tocns-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}{ENDING}"


def make(settings: Settings, file: Path, now: datetime) -> Backup:
    """Writes a backup: readable by its owner alone, complete on the disk before it has its name. It is put on
    record. Raises Refused, Unavailable, OSError."""
    part = file.with_name(f"{file.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as into:
            rows = copying.write(settings.database_url, _vault(settings), into, now)
            into.flush()
            os.fsync(into.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    made = Backup(file.name, now, file.stat().st_size, rows)
    _record(settings, lambda conn: backups.made(conn, made))
    return made


def note(settings: Settings, entry: Entry) -> None:
    """Puts down in the audit log what somebody did with backups."""
    _record(settings, lambda conn: audit.append(conn, entry))


def verify(settings: Settings, file: Path, now: datetime) -> int:
    """Restores a backup into an empty place, opens what is sealed in it, and throws that away; how many rows
    there were. The place is a schema of its own in the PostgreSQL database of the settings, else an SQLite
    file beside the backup. What came of it is put on record. Raises Refused where it is not whole,
    Unavailable, OSError.
    """
    vault = _vault(settings)
    try:
        rows = _tried(settings, vault, file, now)
    except Refused as refusal:
        fault = str(refusal)
        _record(settings, lambda conn: backups.verified(conn, file.name, now, fault))
        raise
    _record(settings, lambda conn: backups.verified(conn, file.name, now))
    return rows


def _tried(settings: Settings, vault: Vault, file: Path, now: datetime) -> int:
    if settings.database_url.startswith("postgresql"):
        with file.open("rb") as source:
            rows = copying.try_out(settings.database_url, vault, source, now)
        if rows is not None:
            return rows
        log.warning(
            "the backup is tried in SQLite: the database's user may not make a schema there; "
            "GRANT CREATE ON DATABASE … TO that user, and PostgreSQL itself is tried"
        )
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=file.parent) as folder:
        url = f"sqlite+aiosqlite:///{folder}/verify.db"
        with file.open("rb") as source:
            rows = copying.restore(url, vault, source, now)
        reading(url, lambda raw: copying.open_sample(raw, vault))
        return rows


def tidy(settings: Settings, folder: Path) -> int:
    """Removes the backups that have had their time, and what a crash left; how many backups went."""
    found = {_made_at(match[1]): file for file in folder.iterdir() if (match := _NAME.fullmatch(file.name))}
    stay = kept(
        (at.astimezone(settings.zone) for at in found),
        settings.backup_days,
        settings.backup_weeks,
        settings.backup_months,
    )
    gone = [file for at, file in found.items() if at not in stay]
    for file in gone:
        file.unlink(missing_ok=True)
    for left in folder.glob(".verify-*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in folder.glob(f"tocns-*{ENDING}.part"):
        left.unlink(missing_ok=True)
    return len(gone)


def _made_at(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _vault(settings: Settings) -> Vault:
    assert settings.secret_key is not None
    return keys.vault(settings)


def _record(settings: Settings, note: Callable[[Connection], object]) -> None:
    """Writes it down, where the database has this program's tables: a backup before an upgrade has not."""

    async def write() -> None:
        async with Database(settings.database_url, _vault(settings)) as database:
            if not (await database.read(revisions.standing)).amiss:
                await database.write(note)

    with suppress(Missing):
        asyncio.run(write())


# --------------------------------------------------------------------------- what the service does by itself


def nightly(settings: Settings, folder: Path, now: datetime) -> None:
    """The night's backup, with what is to be said of it in log and record."""
    _set_up_log(settings)
    began = monotonic()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = make(settings, folder / name_at(now), now)
        gone = tidy(settings, folder)
    except (Refused, Unavailable, OSError) as error:
        fault = f"{error.strerror}: {folder}" if isinstance(error, OSError) else str(error)
        log.error("no backup made: %s; it is tried again in an hour", fault)
        with suppress(Unavailable):
            _record(settings, lambda conn: backups.made(conn, Backup("", now, 0, 0, fault=fault)))
        sys.exit(_TOLD)
    log.info(
        "backup %s made: %d rows, %d bytes, %.1f s; %d old ones removed",
        made.name,
        made.rows,
        made.size,
        monotonic() - began,
        gone,
    )


def weekly(settings: Settings, folder: Path, now: datetime, name: str) -> None:
    """Restores the backup of that name into an empty place, with what is to be said of it."""
    _set_up_log(settings)
    try:
        rows = verify(settings, folder / name, now)
    except (Refused, Unavailable, OSError) as error:
        fault = f"{error.strerror}: {folder / name}" if isinstance(error, OSError) else str(error)
        log.error("backup %s can not be relied on: %s; a new one is made in an hour", name, fault)
        with suppress(Unavailable):
            _record(settings, lambda conn: backups.verified(conn, name, now, fault))
        sys.exit(_TOLD)
    log.info("backup %s restored into an empty place and found whole: %d rows", name, rows)


def _set_up_log(settings: Settings) -> None:
    logs.configure(settings.log_format, settings.log_level)


@dataclass(slots=True)
class Backups:
    """A duty of who leads: looks every minute whether a backup, or a look at one, is due."""

    database: Database
    settings: Settings
    folder: Path
    now: Callable[[], datetime]
    _looking: asyncio.Task[None] | None = field(default=None, init=False)

    async def start(self) -> None:
        """Begins; what was missed while the service was off is made up at once."""
        self._looking = asyncio.create_task(keep_at(self.once, LOOK, "backups"), name="backups")

    async def stop(self) -> None:
        """Breaks off what is under way: it is begun anew after the next start."""
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def once(self) -> bool:
        """Does what is due; whether there may be more to do."""
        standing = await self.database.read(backups.standing)
        now = self.now().astimezone(self.settings.zone)
        if is_due(standing, now):
            return await self._apart(nightly, (self.settings, self.folder, now), now)
        newest = standing.made
        if newest is not None and is_verification_due(standing, now) and _NAME.fullmatch(newest.name):
            if (await self.database.read(revisions.standing)).is_newer:
                return False  # only the newer program, which is coming in, can take it back
            return await self._apart(weekly, (self.settings, self.folder, now, newest.name), now)
        return False

    async def _apart(self, work: Callable[..., None], given: tuple[object, ...], now: datetime) -> bool:
        """In a process of its own, which ends with this one; whether it went well."""
        process = get_context("spawn").Process(target=work, args=given, daemon=True)
        process.start()
        try:
            await asyncio.to_thread(process.join)
        finally:
            process.kill()  # nothing, where it has ended
        if process.exitcode not in {0, _TOLD}:
            fault = f"the process that makes it ended with {process.exitcode}: the log may say why"
            log.error("no backup made: %s; it is tried again in an hour", fault)
            await self.database.write(lambda conn: backups.made(conn, Backup("", now, 0, 0, fault=fault)))
        return process.exitcode == 0
