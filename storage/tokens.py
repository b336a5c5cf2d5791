"""Pairs of tokens that a platform changes: the refresh token serves once, so nobody uses it without a lease.

What is kept is never known to one process alone: the lease is committed before the platform is asked, and the
new pair before it is used.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from storage.database import Connection, Statement, table
from storage.tables import TokenRow

_token = table(TokenRow)
_FIND = Statement(select(_token).where(_token.c.name == bindparam("of_name")))
_begin = insert(_token).values(
    {
        name: bindparam(name)
        for name in ("name", "access", "refresh", "expires_at", "seed", "leased_until", "lost_at")
    }
)
_BEGIN = Statement(
    _begin.on_conflict_do_update(
        index_elements=["name"],
        set_={
            name: _begin.excluded[name]
            for name in ("access", "refresh", "expires_at", "seed", "leased_until", "lost_at")
        },
    )
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A pair as it is kept. `access` is "" where none was had yet; `lost`: the refresh token is dead."""

    access: str
    refresh: str
    expires_at: datetime
    lost: bool


def find(conn: Connection, name: str, seed: str) -> Kept | None:
    """The pair that goes back to `seed`; None where there is none: a new seed begins a new chain."""
    row = conn.one(_FIND, of_name=name)
    if row is None or row.seed != conn.vault.fingerprint("token", seed):
        return None
    return Kept(row.access, row.refresh, row.expires_at, row.lost_at is not None)


def begin(conn: Connection, name: str, seed: str, now: datetime) -> None:
    """Where no chain goes back to the seed: begins one with it, in place of one that began with another."""
    conn.lock(f"token {name}")
    if find(conn, name, seed) is None:
        conn.run(
            _BEGIN,
            name=name,
            access="",
            refresh=seed,
            expires_at=now,
            seed=conn.vault.fingerprint("token", seed),
            leased_until=None,
            lost_at=None,
        )


def lease(conn: Connection, name: str, seed: str, now: datetime, until: datetime) -> Kept | None:
    """The pair, whose refresh token from now on nobody else uses until then; None where somebody does
    already, or the chain is another by now."""
    conn.lock(f"token {name}")
    kept = find(conn, name, seed)
    free = or_(_token.c.leased_until.is_(None), _token.c.leased_until <= now)
    taken = kept and conn.run(update(_token).where(_token.c.name == name, free).values(leased_until=until))
    return kept if taken else None


def swap(conn: Connection, name: str, old: Kept, new: Kept) -> bool:
    """Puts the new pair in the place of the old, and ends the lease. False: the old one is not there."""
    conn.lock(f"token {name}")
    row = conn.one(_FIND, of_name=name)
    if row is None or row.refresh != old.refresh:
        return False
    values = {"access": new.access, "refresh": new.refresh, "expires_at": new.expires_at}
    conn.run(update(_token).where(_token.c.name == name).values(leased_until=None, lost_at=None, **values))
    return True


def release(conn: Connection, name: str) -> None:
    """Ends the lease; the pair is as it was."""
    conn.run(update(_token).where(_token.c.name == name).values(leased_until=None))


def lose(conn: Connection, name: str, old: Kept, now: datetime) -> None:
    """The platform says that the pair's refresh token is dead. The access token may live on for a while."""
    row = conn.one(_FIND, of_name=name)
    if row is not None and row.refresh == old.refresh:
        dead = and_(_token.c.name == name, _token.c.lost_at.is_(None))
        conn.run(update(_token).where(_token.c.name == name).values(leased_until=None))
        conn.run(update(_token).where(dead).values(lost_at=now))
