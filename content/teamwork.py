"""What files about teams are made of: codes to hand out, the list of people to be filled in, households with
who holds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from content.areas import Area
from content.people import Role


@dataclass(frozen=True, slots=True)
class Slip:
    """What one person is handed: their code, the links by which it is used, until when, and how many
    households are kept for them."""

    name: str
    role: Role
    place: str
    team: str
    code: str
    links: Sequence[str]
    until: date
    households: int

    @property
    def typed(self) -> str:
        """What is typed where there is no link to tap."""
        return f"/start {self.code}"


@dataclass(frozen=True, slots=True)
class Slips:
    """The codes of a batch, by area and name."""

    area: Area
    slips: Sequence[Slip]


@dataclass(frozen=True, slots=True)
class CrewForm:
    """A list of people to be filled in. `places`: where they may work, as name and code; `roles` that may be
    given; `teams` there are."""

    area: Area
    places: Sequence[Area]
    roles: Sequence[Role]
    teams: Sequence[str]


@dataclass(frozen=True, slots=True)
class Home:
    """A household with whoever holds it, and when it was visited."""

    name: str
    address: str
    hamlet: Area
    member: str
    visited: date | None


@dataclass(frozen=True, slots=True)
class Homes:
    """The households of an area, hamlet by hamlet in the order of their lists; `members`: who may be given
    some."""

    area: Area
    homes: Sequence[Home]
    members: Sequence[str]


Teamwork = Slips | CrewForm | Homes


def picture(text: str, scale: int = 6) -> bytes:
    """The text as a QR code: a PNG of `scale` pixels a module."""
    import segno  # noqa: PLC0415 (only who asks for a code pays for it)

    out = BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=scale, border=3)
    return out.getvalue()
