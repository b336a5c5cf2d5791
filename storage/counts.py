"""What surveys add to the indicators, each different set once: many households are alike.

A set's number is drawn from what is in it, so whoever writes it needs not look whether it is there.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from storage.database import Connection, Statement, table
from storage.tables import CountsRow

Counts = Mapping[str, Sequence[int]]
"""What a survey adds: indicator -> (numerator, denominator); see `content.indicators.counts`."""

counts = table(CountsRow)
_KEEP = Statement(
    insert(counts)
    .values(id=bindparam("id"), counts=bindparam("counts", type_=counts.c.counts.type))
    .on_conflict_do_nothing()
)


def number(added: Counts) -> int:
    """The number of a set: 63 bits of a hash of it. Of a million different sets two have the same with a
    probability of one to ten million."""
    text = json.dumps(
        {name: list(both) for name, both in added.items()}, sort_keys=True, separators=(",", ":")
    )
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def keep(conn: Connection, added: Counts) -> int:
    """Keeps a set where it is not there yet; its number."""
    id_ = number(added)
    conn.run(_KEEP, id=id_, counts={name: list(both) for name, both in added.items()})
    return id_
