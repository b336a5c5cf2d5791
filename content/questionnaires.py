"""Questionnaires as those who are responsible for them see them: files that were sent, versions in use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zlib import crc32

from content.households import QUESTIONNAIRE
from content.listing import Row

LARGEST = 5 * 1024 * 1024
"""Bytes of a questionnaire's file."""
LONGEST_ID = 64
"""Characters of a questionnaire's `form_id`."""
KINDS = frozenset({".xlsx", ".xlsm", ".csv", ".md", ".xml", ".zip", ".geojson"})

TRIAL = "@"
"""Before the id of a file that was sent: the name by which its questionnaire is tried, unpublished."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that was sent and found right. `newest_id` is the newest version there was when it was checked,
    of whatever area; 0: none."""

    id: str
    person_id: int
    name: str
    form: str
    version: str
    title: str
    newest_id: int


@dataclass(frozen=True, slots=True)
class SentList:
    """A list that was sent, of which kind (`content.lists`), and its rows."""

    id: str
    person_id: int
    name: str
    kind: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A published version. `under_way` counts the interviews begun with it and not sent yet."""

    id: int
    form: str
    version: str
    title: str
    area_id: int
    published_at: datetime
    withdrawn_at: datetime | None
    valid_from: date
    published_by: int | None
    under_way: int = 0


@dataclass(frozen=True, slots=True)
class Examined:
    """What the check of a file found, in the words of its sender's language, a line each fault. The rest is
    there where nothing is wrong. `asks_consent`: whether it asks for consent (the question `dong_y`).

    Of a list (`content.lists`) `listed` says which kind it is; `rows` are those in which nothing is wrong by
    itself, as `content.listing.Row` has them, `heads` its columns as the file heads them, and `places` sheet
    and row of each of the errors.

    `missing` are the lists that it reads and that were not sent with it: it can be tried, not published.

    `unread`: it could not be told what the file is, so its error is for whoever sent it.
    """

    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    form: str = ""
    version: str = ""
    title: str = ""
    questions: int = 0
    asks_consent: bool = False
    xform: str = ""
    listed: str = ""
    rows: tuple[Any, ...] = ()
    heads: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    places: tuple[Any, ...] = ()
    unread: bool = False


def suffix(form: str) -> str:
    """What a button's payload ends in where the questionnaire is not the one of every household."""
    return "" if form == QUESTIONNAIRE else f":{mark(form)}"


def mark(form: str) -> str:
    """A questionnaire in a button's payload, which holds 64 bytes: eight hexadecimal digits of its id."""
    return f"{crc32(form.encode()):08x}"
