"""Files about teams, gathered for `bot.workshop`: codes to hand out, the list of people to be filled in,
households with who holds them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bot.papers.order import Order
from content.areas import Area, Level
from content.crew import DAYS, ROLES
from content.households import QUESTIONNAIRE
from content.people import Person, Role, allowed, can, invitation_code, inviting
from content.teamwork import CrewForm, Home, Homes, Slip, Slips, picture
from content.words import day, say
from handlers.talk import Attached, Reply
from storage import areas, assignments, crews, households, people
from storage.database import Connection
from storage.jobs import Job

KINDS: Mapping[str, str] = {"codes": "invite", "crew": "invite", "homes": "assign"}
"""The kinds of job, and what one must be allowed to do in their area."""
_GIVEN = frozenset(ROLES.values())
Codes = dict[int, str]
"""Invitations by name, and the code that each is handed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A job: of which area, for whom, and whether their channel takes CSV only."""

    job: Job
    area: Area
    person: Person
    now: datetime
    csv: bool


def order(
    conn: Connection, asked: Asked, new_id: Callable[[], str], links: Callable[[str], Sequence[str]]
) -> tuple[Order | None, Codes]:
    """What is to be made, and the codes that it hands out; None where nothing is left to be."""
    codes: Codes = {}
    told: Slips | CrewForm | Homes
    if asked.job.kind == "codes":
        told, codes = _slips(conn, asked, new_id, links)
        if not codes:
            return None, codes
    elif asked.job.kind == "crew":
        told = _form(conn, asked)
    else:
        told = _homes(conn, asked)
    return Order("csv" if asked.csv else "sheet", asked.person.locale, told), codes


def hand_out(conn: Connection, codes: Mapping[int, str], now: datetime) -> None:
    """The codes serve from now on, in the transaction in which their file goes out."""
    for invitation_id, code in codes.items():
        people.recode(conn, invitation_id, code, _until(now))


def _until(now: datetime) -> datetime:
    return (now + timedelta(days=DAYS)).replace(hour=23, minute=59, second=59, microsecond=0)


def _slips(
    conn: Connection, asked: Asked, new_id: Callable[[], str], links: Callable[[str], Sequence[str]]
) -> tuple[Slips, Codes]:
    today = asked.now.date()
    codes: Codes = {}
    slips: list[Slip] = []
    for one in crews.of_batch(conn, asked.job.period):
        path = areas.path(conn, one.area_id, today)
        if not allowed(asked.person, inviting(one.role), [unit.id for unit in path]):
            continue
        code = codes[one.id] = invitation_code(UUID(new_id()).int)
        kept = assignments.kept_for(conn, one.id)
        place = ", ".join(unit.name for unit in reversed(path[-2:] if can(one.role, "survey") else path[-1:]))
        until = _until(asked.now).date()
        slips.append(Slip(one.name, one.role, place, one.team, code, tuple(links(code)), until, kept))
    return Slips(asked.area, tuple(slips)), codes


def _form(conn: Connection, asked: Asked) -> CrewForm:
    today = asked.now.date()
    path = [unit.id for unit in areas.path(conn, asked.area.id, today)]
    roles = tuple(role for role in Role if role in _GIVEN and allowed(asked.person, inviting(role), path))
    hamlets = areas.hamlets(conn, asked.area.id, today)
    own = [asked.area] if asked.area.level is Level.COMMUNE else []
    teams = dict.fromkeys(one.team for one in crews.hands(conn, asked.area.id, today) if one.team)
    return CrewForm(asked.area, (*hamlets, *own), roles, tuple(teams))


def _homes(conn: Connection, asked: Asked) -> Homes:
    today = asked.now.date()
    hands = crews.hands(conn, asked.area.id, today)
    names = {one.holder: one.name for one in hands}
    found: list[Home] = []
    for hamlet in areas.hamlets(conn, asked.area.id, today):
        for holder in assignments.loads(conn, hamlet.id, QUESTIONNAIRE, today).get(hamlet.id, {}):
            if holder and holder.person_id and holder not in names:
                person = people.find(conn, holder.person_id, today)
                names[holder] = person.name if person else ""
        listed = households.of_hamlet(conn, hamlet.id, QUESTIONNAIRE)
        for one in sorted(listed, key=lambda home: home.id):
            at = one.surveyed_at
            visited = at.astimezone(asked.now.tzinfo).date() if at else None
            member = names.get(one.holder, "") if one.holder else ""
            found.append(Home(one.name, one.address, hamlet, member, visited))
    field = dict.fromkeys(one.name for one in hands if one.surveys)
    return Homes(asked.area, tuple(found), tuple(field))


def alone(order: Order, files: frozenset[str] | None) -> Reply | None:
    """What is said in place of a file: one code by itself, as a message that can be passed on with its
    picture; and codes on a channel that takes neither workbook nor CSV. None where the file goes."""
    told, locale = order.told, order.locale
    if not isinstance(told, Slips):
        return None
    if len(told.slips) == 1:
        [slip] = told.slips
        shown = picture(slip.links[0] if slip.links else slip.typed)
        attached = None if files and "png" not in files else Attached("ma-moi.png", "image/png", shown)
        return Reply(_said(slip, locale), attached=attached)
    if files is None or files & {"xlsx", "csv"}:
        return None
    return Reply("\n\n".join(_said(slip, locale) for slip in told.slips))


def _said(slip: Slip, locale: str) -> str:
    lines = [
        say(
            locale,
            "teamwork.slip",
            name=slip.name,
            role=say(locale, f"roles.{slip.role}"),
            place=slip.place,
            team=f", {slip.team}" if slip.team else "",
            typed=slip.typed,
            day=day(locale, slip.until),
        )
    ]
    lines += [say(locale, "admin.invited_link", link=link) for link in slip.links]
    return "\n".join(lines)
