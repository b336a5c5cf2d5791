"""Teams: made, renamed, closed, and who is in them."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import and_, bindparam, select, update

from content.people import Grant, Role
from content.staff import Team
from storage import people
from storage.database import Connection, Row, Statement, table
from storage.grants import held
from storage.maps import UNDER
from storage.tables import GrantRow, InvitationRow, PersonRow, TeamRow

_team, _grant, _person = table(TeamRow), table(GrantRow), table(PersonRow)
_invitation = table(InvitationRow)

_shown = (
    _team.c.id,
    _team.c.area_id,
    _team.c.name,
    _grant.c.person_id,
    _grant.c.role,
    _person.c.name.label("person"),
)
_in_it = and_(_grant.c.team_id == _team.c.id, held())
_UNDER = Statement(
    select(*_shown)
    .select_from(UNDER)
    .join(_team, _team.c.area_id == UNDER.c.id)
    .outerjoin(_grant, _in_it)
    .outerjoin(_person, _person.c.id == _grant.c.person_id)
    .where(_team.c.closed_on.is_(None))
    .order_by(_team.c.id, _grant.c.id)
)
_ONE = Statement(
    select(*_shown)
    .select_from(_team)
    .outerjoin(_grant, _in_it)
    .outerjoin(_person, _person.c.id == _grant.c.person_id)
    .where(_team.c.id == bindparam("team"), _team.c.closed_on.is_(None))
    .order_by(_grant.c.id)
)
_MEMBERS = Statement(select(_grant).where(_grant.c.team_id == bindparam("team"), held()))


def under(conn: Connection, area_ids: Iterable[int], today: date) -> list[Team]:
    """The teams that work in these areas and under them, with how many people each has today."""
    found: dict[int, Team] = {}
    for area_id in area_ids:
        rows = conn.all(_UNDER, area=area_id, on=today, level="", today=today)
        found.update((one.id, one) for one in _gathered(rows))
    return list(found.values())


def find(conn: Connection, team_id: int, today: date) -> Team | None:
    """One team that was not closed."""
    found = _gathered(conn.all(_ONE, team=team_id, today=today))
    return found[0] if found else None


def rename(conn: Connection, team_id: int, name: str) -> str | None:
    """How the team is called from now on; the name before, None where there is no such team."""
    row = conn.one(select(_team.c.name).where(_team.c.id == team_id, _team.c.closed_on.is_(None)))
    if row is None:
        return None
    conn.run(update(_team).where(_team.c.id == team_id).values(name=name))
    return str(row.name)


def close(conn: Connection, team_id: int, now: datetime) -> int | None:
    """The team is no more from that day on: who was in it keeps their role without it, and what invited into
    it holds no more. How many people were in it; None where there is no such team."""
    on = now.date()
    still = and_(_team.c.id == team_id, _team.c.closed_on.is_(None))
    if conn.run(update(_team).where(still).values(closed_on=on)) == 0:
        return None
    members = conn.all(_MEMBERS, team=team_id, today=on)
    for row in members:
        conn.run(update(_grant).where(_grant.c.id == row.id).values(valid_to=on))
        people.grant(conn, row.person_id, Grant(Role(row.role), row.area_id), on)
    invited = and_(_invitation.c.team_id == team_id, _invitation.c.expires_at > now)
    conn.run(update(_invitation).where(invited).values(expires_at=now))
    return len({row.person_id for row in members})


def _gathered(rows: list[Row]) -> list[Team]:
    """Rows of one team a role of somebody's -> teams."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return [
        Team(
            number,
            own[0].area_id,
            own[0].name,
            len({row.person_id for row in own if row.person_id}),
            tuple(row.person for row in own if row.role and Grant(Role(row.role), 0).allows("lead")),
        )
        for number, own in found.items()
    ]
