"""The types of columns that are our own: the same on both engines."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware datetime: UTC in the database whatever the engine does with zones; aware UTC when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        return _utc_text if dialect.name == "sqlite" else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _utc_text(value: datetime | None) -> str | None:
    """As SQLAlchemy writes it to SQLite, 2026-11-22 08:30:15.123456."""
    return None if value is None else _written(value)


@lru_cache(maxsize=64)
def _written(value: datetime) -> str:
    # The moment of a turn is written into every row of it.
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


_LEAST = timedelta(microseconds=1)


def behind(at: datetime, last: datetime | None) -> datetime:
    """The moment `at`, where need be put off to the first that a column can tell from `last`, in its zone."""
    return at if last is None or last < at else (last + _LEAST).astimezone(at.tzinfo)


class Sealed(TypeDecorator[str]):
    """Text that `storage.database` encrypts on the way in and decrypts on the way out."""

    impl = LargeBinary
    cache_ok = True


class SealedBytes(TypeDecorator[bytes]):
    """As Sealed, for a file: a photo of somebody's home is personal data too."""

    impl = LargeBinary
    cache_ok = True


# SQLite makes only an INTEGER PRIMARY KEY the row's own id; anything else costs a second tree.
Id = BigInteger().with_variant(Integer, "sqlite")
