"""What backups were made and verified: the record that outlives the process, not the files themselves."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from content.backups import Backup, Standing
from storage.database import Connection, Row, table
from storage.tables import BackupRow

KEPT = timedelta(days=400)
"""So long it is known that a backup was made; the file itself goes by the settings."""

_backup = table(BackupRow)


def made(conn: Connection, backup: Backup) -> None:
    """A backup was made, or with `fault` it was not."""
    conn.insert(
        _backup,
        name=backup.name,
        made_at=backup.made_at,
        size=backup.size,
        rows=backup.rows,
        verified_at=backup.verified_at,
        fault=backup.fault,
    )
    conn.run(delete(_backup).where(_backup.c.made_at < backup.made_at - KEPT))


def verified(conn: Connection, name: str, now: datetime, fault: str = "") -> None:
    """The newest backup of that name was restored into an empty place, and was whole unless there is a
    `fault`. One that is not on record is nobody's business here."""
    newest = select(_backup.c.id).where(_backup.c.name == name).order_by(_backup.c.id.desc()).limit(1)
    found = {"fault": fault} if fault else {"verified_at": now, "fault": ""}
    conn.run(update(_backup).where(_backup.c.id == newest.scalar_subquery()).values(**found))


def standing(conn: Connection) -> Standing:
    """How it stands with the backups of this database."""
    newest_first = select(_backup).order_by(_backup.c.made_at.desc(), _backup.c.id.desc()).limit(1)
    newest = _read(conn.one(newest_first))
    return Standing(
        _read(conn.one(newest_first.where(_backup.c.fault == ""))),
        _read(
            conn.one(
                select(_backup)
                .where(_backup.c.verified_at.is_not(None), _backup.c.fault == "")
                .order_by(_backup.c.verified_at.desc())
                .limit(1)
            )
        ),
        newest if newest is not None and newest.fault else None,
    )


def _read(row: Row | None) -> Backup | None:
    if row is None:
        return None
    return Backup(row.name, row.made_at, row.size, row.rows, row.verified_at, row.fault)
