"""What people agreed to in the chat, and when they took it back."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from content.privacy import Consent, Purpose
from storage.database import Connection, Statement, table
from storage.tables import ConsentRow

_consent = table(ConsentRow)
_OF = Statement(
    select(*(_consent.c[name] for name in Consent.__slots__))
    .where(_consent.c.person_id == bindparam("person"))
    .order_by(_consent.c.id)
)


def give(conn: Connection, person_id: int, consent: Consent) -> None:
    """Keeps a consent with the words that were shown; one for the same purpose before it no longer holds."""
    withdraw(conn, person_id, consent.purpose, consent.given_at)
    conn.insert(
        _consent,
        person_id=person_id,
        purpose=consent.purpose,
        form=consent.form,
        version=consent.version,
        wording=consent.wording,
        channel=consent.channel,
        given_at=consent.given_at,
    )


def withdraw(conn: Connection, person_id: int, purpose: Purpose | None, now: datetime) -> int:
    """From now on nothing is agreed to for that purpose (None: for any); how many consents that ends."""
    held = [_consent.c.person_id == person_id, _consent.c.withdrawn_at.is_(None)]
    if purpose is not None:
        held.append(_consent.c.purpose == purpose)
    return conn.run(update(_consent).where(*held).values(withdrawn_at=now))


def of(conn: Connection, person_id: int) -> list[Consent]:
    """All a person ever agreed to, oldest first."""
    return [Consent(*row) for row in conn.all(_OF, person=person_id)]


def forget(conn: Connection, before: datetime) -> int:
    """Forgets consents that were taken back before that time; how many."""
    return conn.run(delete(_consent).where(_consent.c.withdrawn_at < before))
