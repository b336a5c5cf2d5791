"""Households as teams work through them."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any, Literal

from content.assigning import Holder
from content.values import dataclass

QUESTIONNAIRE = "khao-sat-ho"
"""The questionnaire that every household is asked, and that progress and digest are told of."""
FILLING = frozenset({"survey", "correct"})
"""What a talk is about (`handlers.talk.Doing.purpose`) whose form is a household's questionnaire."""


def is_only_opened(about: Mapping[str, Any]) -> bool:
    """Whether nothing was done in a questionnaire (`about` as `handlers.questionnaire` has it): it is closed,
    not put aside. The name of a new household was typed, and is kept nowhere else."""
    is_named = bool(about.get("name")) and about.get("household") is None
    return not about.get("begun", True) and not is_named


@dataclass(frozen=True, slots=True)
class Household:
    """A household of a hamlet. `name` is its head's, as neighbours say it; `surveyed_at` the last survey;
    `holder` whom it was given to; `is_listed` False where it was taken off the hamlet's list; `absent_on` the
    day on which nobody was met there, until it is surveyed."""

    id: int
    area_id: int
    name: str
    address: str = ""
    surveyed_at: datetime | None = None
    invented: bool = False
    holder: Holder | None = None
    is_listed: bool = True
    absent_on: date | None = None


Why = Literal["twice", "moved", "nobody"]
"""Why a household is taken off the list: it stands there twice, it moved away, there is no such household."""


@dataclass(frozen=True, slots=True)
class TakenOff:
    """A household that is off its hamlet's list since `at`. `key` is its UUID."""

    id: int
    key: str
    name: str
    address: str
    why: Why
    at: datetime


Whose = Literal["all", "mine", "free"]
"""Which of the households left: all, those given to whoever asks, or those given to nobody."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The newest revision of a household's answers to a questionnaire.

    `values` maps absolute node paths (`/data/ho/so_nguoi`) to submitted strings; irrelevant nodes are absent.
    `wording` is the consent as it was shown: a later survey that does not ask again goes on under it.
    """

    id: str
    revision: int
    household_id: int
    form: str
    version: str
    values: dict[str, str]
    submitted_at: datetime
    by: int | None
    wording: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An interview put aside: `purpose`, `state` and `about` as the talk had them.

    `key` tells apart the drafts of households that are not on the list yet.
    """

    household_id: int | None
    household_name: str
    form: str
    version: str
    state: dict[str, Any]
    updated_at: datetime
    purpose: str = "survey"
    about: dict[str, Any] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a hamlet has come: households done of those listed; `refused` said no to the survey, at
    `absent` of those that are not done nobody was met."""

    area_id: int
    name: str
    done: int
    planned: int
    refused: int = 0
    absent: int = 0
