"""Households as teams work through them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Household:
    """A household of a hamlet. `name` is its head's, as neighbours say it; `surveyed_at` the newest survey."""

    id: int
    area_id: int
    name: str
    address: str = ""
    surveyed_at: datetime | None = None
    invented: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """The newest revision of a household's answers to a questionnaire.

    `values` maps absolute node paths (`/data/ho/so_nguoi`) to submitted strings; irrelevant nodes are absent.
    """

    id: str
    revision: int
    household_id: int
    form: str
    version: str
    values: dict[str, str]
    submitted_at: datetime
    by: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """An interview put aside. `state` is what `content.interview` resumes from."""

    household_id: int | None
    household_name: str
    form: str
    version: str
    state: dict[str, Any]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a hamlet has come: households done of those listed; `refused` said no to the survey."""

    area_id: int
    name: str
    done: int
    planned: int
    refused: int = 0
