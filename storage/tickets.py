"""Citizens' questions to a person: asked, taken by one, talked about, closed, asked again."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from content.people import Person
from content.tickets import Level, Line, NewTicket, Side, Ticket
from storage import people
from storage.database import Connection, Row, Statement, table
from storage.tables import GrantRow, PhotoRow, TicketLineRow, TicketRow

_ticket, _line, _grant = table(TicketRow), table(TicketLineRow), table(GrantRow)
_photo = table(PhotoRow)

_FIND = Statement(select(_ticket).where(_ticket.c.id == bindparam("ticket")).with_for_update())
_OF_CITIZEN = Statement(
    select(_ticket)
    .where(_ticket.c.citizen_id == bindparam("citizen"))
    .order_by(_ticket.c.asked_at.desc())
    .limit(bindparam("most"))
)
_OF_HELPER = Statement(
    select(_ticket)
    .where(_ticket.c.taken_by == bindparam("helper"), _ticket.c.status == "taken")
    .order_by(_ticket.c.asked_at, _ticket.c.id)
)
_HOME = Statement(
    select(_ticket.c.area_id)
    .where(_ticket.c.citizen_id == bindparam("citizen"))
    .order_by(_ticket.c.asked_at.desc())
    .limit(1)
)
_WAITING = Statement(
    select(_ticket)
    .where(_ticket.c.status == "open", _ticket.c.level != "commune")
    .order_by(_ticket.c.id)
    .with_for_update()
)
_SILENT = Statement(
    select(_ticket)
    .where(
        _ticket.c.status == "taken",
        _ticket.c.taken_at > bindparam("since"),
        _ticket.c.spoken_at.is_(None),
        _ticket.c.visit_on.is_(None),
    )
    .order_by(_ticket.c.id)
)
_NOTHING = {"text": "", "contact": "", "wording": "", "visit": "", "outcome": ""}
"""What is left of the words of a ticket that is kept for its dates only."""
_LINES = Statement(select(_line).where(_line.c.ticket_id == bindparam("ticket")).order_by(_line.c.id))


def _read(row: Row) -> Ticket:
    return Ticket(
        row.id,
        row.citizen_id,
        row.area_id,
        row.text,
        row.reach,
        row.contact,
        row.status,
        row.level,
        row.taken_by,
        row.asked_at,
        row.waiting_since,
        row.visit,
        row.outcome,
        row.spoken_at,
    )


# --------------------------------------------------------------------------- looked up


def find(conn: Connection, ticket_id: str) -> Ticket | None:
    """The ticket as it stands; until the transaction ends nobody else changes it."""
    row = conn.one(_FIND, ticket=ticket_id)
    return None if row is None else _read(row)


def of_citizen(conn: Connection, person_id: int, most: int = 10) -> list[Ticket]:
    """What a person has asked for, newest first."""
    return [_read(row) for row in conn.all(_OF_CITIZEN, citizen=person_id, most=most)]


def of_helper(conn: Connection, person_id: int) -> list[Ticket]:
    """What a person has taken and not closed, oldest first."""
    return [_read(row) for row in conn.all(_OF_HELPER, helper=person_id)]


def waiting(conn: Connection, area_ids: list[int], most: int = 20) -> list[Ticket]:
    """What nobody has taken yet in these areas, oldest first."""
    here = and_(_ticket.c.area_id.in_(area_ids), _ticket.c.status == "open")
    return [
        _read(row)
        for row in conn.all(
            select(_ticket).where(here).order_by(_ticket.c.asked_at, _ticket.c.id).limit(most)
        )
    ]


def untaken(conn: Connection, area_ids: Iterable[int], levels: Iterable[Level]) -> int:
    """How many wait in these areas of which one of these levels was the last to be told."""
    here = and_(_ticket.c.area_id.in_(sorted(area_ids)), _ticket.c.status == "open")
    found = conn.one(select(func.count().label("n")).where(here, _ticket.c.level.in_(list(levels))))
    return int(found.n) if found else 0


def lines(conn: Connection, ticket_id: str) -> list[Line]:
    """What was said in it, oldest first."""
    return [Line(row.by, row.text, row.at) for row in conn.all(_LINES, ticket=ticket_id)]


def home(conn: Connection, person_id: int) -> int | None:
    """The area that a person named when they asked for help last."""
    row = conn.one(_HOME, citizen=person_id)
    return None if row is None else int(row.area_id)


def helpers(conn: Connection, path: list[int], today: date) -> list[Person]:
    """Everybody who holds a role in one of the areas on that day."""
    held = select(_grant.c.person_id).where(
        _grant.c.area_id.in_(path),
        _grant.c.valid_from <= today,
        or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > today),
    )
    numbers = sorted({row.person_id for row in conn.all(held)})
    found = (people.find(conn, number, today) for number in numbers)
    return [person for person in found if person is not None]


def unheeded(conn: Connection) -> list[Ticket]:
    """What waits and may climb; until the transaction ends nobody else changes it."""
    return [_read(row) for row in conn.all(_WAITING)]


def silent(conn: Connection, since: datetime) -> list[tuple[Ticket, datetime]]:
    """What was taken after `since`, and when, of which nothing has been heard: neither a word nor a visit."""
    return [(_read(row), row.taken_at) for row in conn.all(_SILENT, since=since)]


# --------------------------------------------------------------------------- changed


def ask(  # noqa: PLR0913, PLR0917 (who asks for what, when)
    conn: Connection, ticket_id: str, citizen_id: int, new: NewTicket, level: Level, now: datetime
) -> None:
    """Keeps a question under this UUID."""
    conn.insert(
        _ticket,
        id=ticket_id,
        citizen_id=citizen_id,
        area_id=new.area_id,
        text=new.text,
        reach=new.reach,
        contact=new.contact,
        wording=new.wording,
        status="open",
        level=level,
        taken_by=None,
        asked_at=now,
        waiting_since=now,
        taken_at=None,
        spoken_at=None,
        closed_at=None,
        visit="",
        outcome="",
    )


def take(conn: Connection, ticket_id: str, person_id: int, now: datetime) -> bool:
    """Gives it to one helper; False where somebody has it, or it is closed."""
    free = and_(_ticket.c.id == ticket_id, _ticket.c.status == "open")
    return conn.run(update(_ticket).where(free).values(status="taken", taken_by=person_id, taken_at=now)) == 1


def wait(conn: Connection, ticket_id: str, level: Level, now: datetime) -> None:
    """It waits for a helper again: who had it gives it back, or who asked asks again."""
    fresh = {"status": "open", "level": level, "taken_by": None, "waiting_since": now}
    clean = {"spoken_at": None, "closed_at": None, "visit": ""}
    conn.run(update(_ticket).where(_ticket.c.id == ticket_id).values(**fresh, **clean))


def add_line(conn: Connection, ticket_id: str, by: Side, person_id: int, text: str, now: datetime) -> None:  # noqa: PLR0913, PLR0917
    """Keeps what was said."""
    conn.insert(_line, ticket_id=ticket_id, by=by, person_id=person_id, text=text, at=now)
    if by == "team":
        conn.run(update(_ticket).where(_ticket.c.id == ticket_id).values(spoken_at=now))


def book(conn: Connection, ticket_id: str, on: date, when: str, now: datetime) -> None:
    """Keeps when somebody comes: the day, and the time in words. The team has spoken: who cannot be at home
    then just says so."""
    booked = {"visit": when, "visit_on": on, "spoken_at": now}
    conn.run(update(_ticket).where(_ticket.c.id == ticket_id).values(**booked))


def visits(conn: Connection, person_id: int, first: date, last: date) -> list[Ticket]:
    """The visits that a person has booked from one day to another."""
    mine = (_ticket.c.taken_by == person_id, _ticket.c.status == "taken")
    meant = select(_ticket).where(*mine, _ticket.c.visit_on >= first, _ticket.c.visit_on <= last)
    return [_read(row) for row in conn.all(meant.order_by(_ticket.c.visit_on, _ticket.c.id))]


def close(conn: Connection, ticket_id: str, outcome: str, now: datetime) -> None:
    """Keeps what was done."""
    done = {"status": "closed", "outcome": outcome, "closed_at": now, "spoken_at": now}
    conn.run(update(_ticket).where(_ticket.c.id == ticket_id).values(**done))


def climb(conn: Connection, ticket_id: str, level: Level) -> None:
    """A higher level has been told."""
    conn.run(update(_ticket).where(_ticket.c.id == ticket_id).values(level=level))


def forget(conn: Connection, before: datetime) -> int:
    """Of what was closed before then neither words, photos nor ways to reach anybody are left; how many they
    were."""
    old = and_(_ticket.c.status == "closed", _ticket.c.closed_at < before, _ticket.c.wording != "")
    for left in (_line, _photo):
        conn.run(delete(left).where(left.c.ticket_id.in_(select(_ticket.c.id).where(old))))
    return conn.run(update(_ticket).where(old).values(**_NOTHING))
