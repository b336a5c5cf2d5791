"""Personal data, consents, requests under the law, breaches: effects, and what may be looked up.

Part of the contract in `handlers.turn`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from content.privacy import Breach, Consent, Held, Kind, Policy, Purpose, Request
from content.values import dataclass

# --------------------------------------------------------------------------- what is to be written


@dataclass(frozen=True, slots=True)
class GiveConsent:
    """The person agrees to `wording`, as it stands in that version of the form."""

    purpose: Purpose
    form: str
    version: str
    wording: str


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """The person takes back what they agreed to for this purpose: what was kept for it alone goes, the role
    in the team ends."""

    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Rename:
    """How the person who speaks is called from now on; "": nobody by name."""

    name: str


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """The person asked for this under the law, and it was done at once."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class AskErasure:
    """The person wants everything on them erased: as soon as they have been told that it will be."""


@dataclass(frozen=True, slots=True)
class FileRequest:
    """Somebody without an account asks for something about their data."""

    request: Request


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """Whoever asked has been told that it was heard."""

    number: int


@dataclass(frozen=True, slots=True)
class ExtendRequest:
    """It needs as many days again, once."""

    number: int


@dataclass(frozen=True, slots=True)
class SettleRequest:
    """It is done: what was done."""

    number: int
    outcome: str


@dataclass(frozen=True, slots=True)
class CorrectHousehold:
    """The household's name and address as they should be."""

    household_id: int
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class EraseHousehold:
    """The household's name goes, and what names anybody in its surveys; what was counted stays."""

    household_id: int


@dataclass(frozen=True, slots=True)
class OpenBreach:
    """A breach of personal data goes into the register."""

    breach: Breach


@dataclass(frozen=True, slots=True)
class ReportBreach:
    """The authority has been told of it."""

    number: int


@dataclass(frozen=True, slots=True)
class CloseBreach:
    """Nothing is left to do about it."""

    number: int


CustodyEffect = (
    GiveConsent
    | WithdrawConsent
    | Rename
    | NoteRequest
    | AskErasure
    | FileRequest
    | AnswerRequest
    | ExtendRequest
    | SettleRequest
    | CorrectHousehold
    | EraseHousehold
    | OpenBreach
    | ReportBreach
    | CloseBreach
)


# --------------------------------------------------------------------------- what may be looked up


class CustodyFacts(Protocol):
    """What a handler may look up of personal data, and of what is asked about it."""

    def consents(self) -> Sequence[Consent]:
        """All that whoever speaks agreed to in the chat, oldest first, also what they took back."""
        ...

    def holdings(self) -> Sequence[Held]:
        """All that is kept on whoever speaks."""
        ...

    def policy(self) -> Policy:
        """How long things are kept, and which numbers are too small to leave the commune."""
        ...

    def takes_file(self, channel: str, ending: str) -> bool:
        """Whether the channel carries files of that ending."""
        ...

    def requests(self) -> Sequence[Request]:
        """What was asked for where this person administers and is not done, the first asked first."""
        ...

    def request(self, number: int) -> Request | None:
        """One of them; until the turn ends nobody else changes it."""
        ...

    def household_kept(self, household_id: int) -> Mapping[str, Any] | None:
        """All that is kept on a household, with its surveys (`storage.holdings`)."""
        ...

    def breaches(self) -> Sequence[Breach]:
        """The register where this person administers, newest first."""
        ...

    def breach(self, number: int) -> Breach | None:
        """One case of it."""
        ...
