"""A small place with something of everything, and somebody of every role above, inside, under, beside it."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from content import interview, library
from content.areas import read_list
from content.assigning import Holder
from content.broadcasting import Audience
from content.households import QUESTIONNAIRE, Draft
from content.indicators import counts
from content.interview import World
from content.people import Grant, Role
from content.privacy import Breach, Request
from content.reorganizing import Asked, Heir, Kind
from content.tickets import NewTicket
from content.xform import compile_form
from storage import (
    areas,
    assignments,
    audit,
    breaches,
    broadcasts,
    crews,
    forms,
    households,
    outbox,
    people,
    questions,
    reorganizing,
    requests,
    sheets,
    surveys,
    talks,
    tickets,
)
from storage.database import Connection, table
from storage.forms import Publication
from storage.households import NewHousehold
from storage.surveys import Submission
from storage.tables import DeactivationRow, GrantRow

_grant = table(GrantRow)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=ZONE)
MONDAY = date(2026, 11, 23)
YESTERDAY = NOW - timedelta(days=1)

AREAS = """code,name,level,valid_from,valid_to,parent,under_from,became,invented
VN,Việt Nam,country,2025-07-01,,,2025-07-01,,
80,tỉnh Tây Ninh,province,2025-07-01,,VN,2025-07-01,,
79,tỉnh Bên Cạnh,province,2025-07-01,,VN,2025-07-01,,
A,xã Bình Hòa,commune,2025-07-01,,80,2025-07-01,,
B,xã Mộc Hóa,commune,2025-07-01,,80,2025-07-01,,
a1,ấp 1,hamlet,2025-07-01,,A,2025-07-01,,
a2,ấp 2,hamlet,2025-07-01,,A,2025-07-01,,
b1,ấp Kế,hamlet,2025-07-01,,B,2025-07-01,,
"""
SECRETS = (
    "Nguyễn Văn Kín",
    "0900000123",
    "cha tui bệnh nặng",
    "Tám Tổ Viên",
    "Chín Tổ Viên",
    "Mười Chưa Vào",
)
"""What must reach nobody who has no business in ấp 1: a household's name, a citizen's number and need, and
names of who is in the team, was locked out of it, or is invited to it."""

WHERE = {"V": "VN", "P": "80", "X": "A", "A": "a1", "a": "a2", "x": "B", "p": "79"}
"""Letters of the table: the whole country, the province, the commune, the hamlet itself; beside them the
other hamlet, the other commune, the other province."""
ROLES = tuple(role for role in Role if role is not Role.CITIZEN)
HELD = {f"{role}@{letter}": (role, code) for role in ROLES for letter, code in WHERE.items()}
"""Everybody by the name under which the test knows them: role, and letter of the area that it is held for."""
OWNERS = ("its member", "its citizen", "its admin")
"""The member who made survey and draft and took the ticket; who asked for help; who sent the form."""


@dataclass(frozen=True, slots=True)
class Place:
    """The numbers of what there is: all of it belongs to ấp 1 of xã Bình Hòa."""

    country: int
    province: int
    commune: int
    hamlet: int
    beside: int
    household: int
    survey: str
    draft: str
    ticket: str
    taken: str
    closed: str
    version: int
    sheet: str
    invitation: int
    broadcast: int
    member: int
    article: str
    change: int
    request: int
    breach: int
    locked: int
    held: int
    twin: int
    team: int
    invitee: int


def furnish(conn: Connection) -> Place:
    """All that is there, the day before."""
    areas.import_list(conn, read_list(AREAS))
    ids = {code: _area(conn, code) for code in ("VN", "80", "79", "A", "B", "a1", "a2", "b1")}
    member = people.create(conn, "Tám Tổ Viên", "vi", YESTERDAY)
    people.grant(conn, member, Grant(Role.MEMBER, ids["a1"]), YESTERDAY.date())
    account = people.add_account(conn, member, "text", "its member", YESTERDAY)
    for key, (role, code) in HELD.items():
        person = people.create(conn, key, "vi", YESTERDAY)
        people.grant(conn, person, Grant(role, ids[code]), YESTERDAY.date())
        people.add_account(conn, person, "text", key, YESTERDAY)
    admin = people.create(conn, "Quản Trị Viên", "vi", YESTERDAY)
    people.grant(conn, admin, Grant(Role.ADMIN, ids["A"]), YESTERDAY.date())
    sender = people.add_account(conn, admin, "text", "its admin", YESTERDAY)
    citizen = people.create(conn, "", "vi", YESTERDAY)
    people.add_account(conn, citizen, "text", "citizen", YESTERDAY)
    asker = people.create(conn, "", "vi", YESTERDAY)
    people.add_account(conn, asker, "text", "its citizen", YESTERDAY)
    version = _publish(conn, ids["a1"])
    homes = [
        households.add(conn, NewHousehold(_uuid(n), ids["a1"], f"Nguyễn Văn Kín {n}"), None, YESTERDAY)
        for n in (1, 2, 3)
    ]
    assignments.give(conn, homes[1:2], Holder("person", member), None, YESTERDAY)
    audit.append(conn, audit.Entry(YESTERDAY, member, "text", "app-password", f"person {member}"))
    return Place(
        country=ids["VN"],
        province=ids["80"],
        commune=ids["A"],
        hamlet=ids["a1"],
        beside=ids["a2"],
        household=homes[0],
        survey=_survey(conn, homes[0], ids["a1"], member),
        draft=_draft(conn, homes[1], ids["a1"], member),
        ticket=_ticket(conn, 20, asker, ids["a1"]),
        taken=_ticket(conn, 21, asker, ids["a1"], member),
        closed=_ticket(conn, 22, asker, ids["a1"], member, closed=True),
        version=version,
        sheet=_sheet(conn, admin, sender),
        invitation=_invite(conn, ids["a1"]),
        broadcast=_broadcast(conn, ids["a1"], member, account),
        member=member,
        article="vssid/quen-mat-khau",
        change=_change(conn),
        request=_request(conn, homes[0], ids["a1"]),
        breach=_breach(conn, ids["a1"], admin),
        locked=_locked(conn, ids["a1"]),
        held=_held(conn, member),
        twin=_twin(conn, ids["a1"]),
        team=people.team(conn, ids["a1"], "Tổ Kín"),
        invitee=_invitee(conn, ids["a1"]),
    )


def _invitee(conn: Connection, hamlet: int) -> int:
    """Somebody is invited by name and has not joined."""
    offer = people.Offer(Role.MEMBER, hamlet, None, 1, NOW + timedelta(days=9))
    number = people.invite(conn, "FGHJK-23456", offer, YESTERDAY)
    crews.name(conn, number, "Mười Chưa Vào", "batch")
    return number


def _request(conn: Connection, household: int, hamlet: int) -> int:
    """The household wants its name erased."""
    asked = Request(0, "erase", YESTERDAY, "Nguyễn Văn Kín 1", "", household_id=household, area_id=hamlet)
    return requests.file(conn, asked)


def _breach(conn: Connection, hamlet: int, by: int) -> int:
    """A list was lost in the hamlet."""
    words = dict.fromkeys(("what", "whose", "data", "effects", "measures", "contact"), "Nguyễn Văn Kín")
    return breaches.add(conn, Breach(0, hamlet, YESTERDAY, YESTERDAY, by, **words))


def _locked(conn: Connection, hamlet: int) -> int:
    """A member whose roles were taken away."""
    person = people.create(conn, "Chín Tổ Viên", "vi", YESTERDAY)
    before = YESTERDAY.date() - timedelta(days=9)
    people.grant(conn, person, Grant(Role.MEMBER, hamlet), before)
    people.leave(conn, person, YESTERDAY.date())
    held = [one.id for one in conn.all(select(_grant.c.id).where(_grant.c.person_id == person))]
    conn.insert(DeactivationRow, person_id=person, grants=held, at=YESTERDAY, by=None, lifted_at=None)
    return person


def _held(conn: Connection, person: int) -> int:
    row = conn.one(select(_grant.c.id).where(_grant.c.person_id == person))
    assert row is not None
    return int(row.id)


def _twin(conn: Connection, hamlet: int) -> int:
    """The same member once more."""
    person = people.create(conn, "Tám Tổ Viên", "vi", YESTERDAY)
    people.grant(conn, person, Grant(Role.LEADER, hamlet), YESTERDAY.date())
    return person


def _change(conn: Connection) -> int:
    """The commune is to be renamed."""
    asked = Asked(Kind.RENAME, date(2027, 1, 1), ("A",), (Heir("A", "xã Bình Hòa Mới"),))
    return reorganizing.put_down(conn, asked, None, YESTERDAY).id


def _area(conn: Connection, code: str) -> int:
    found = areas.by_code(conn, code, NOW.date())
    assert found is not None
    return found.id


def _uuid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def _publish(conn: Connection, area_id: int) -> int:
    source = library.xform(QUESTIONNAIRE)
    form = compile_form(source)
    new = Publication(form.id, form.version, form.title, source, b"| survey |", "khao-sat-ho.md", area_id)
    return forms.publish(conn, new, None, YESTERDAY).id


def _survey(conn: Connection, household: int, hamlet: int, by: int) -> str:
    form = compile_form(library.xform(QUESTIONNAIRE))
    submission = Submission(
        survey_id=_uuid(10),
        form=form.id,
        version=form.version,
        area_id=hamlet,
        household_id=household,
        values={"/data/dong_y": "co"},
        xml="<data/>",
        consent=True,
        wording="Bà con đồng ý không?",
        started_at=YESTERDAY,
        submitted_at=YESTERDAY,
        by=by,
        channel="text",
    )
    surveys.submit(conn, submission, counts)
    return submission.survey_id


def _draft(conn: Connection, household: int, hamlet: int, by: int) -> str:
    form = compile_form(library.xform(QUESTIONNAIRE))
    world = World(now=YESTERDAY, seed=_uuid(11))
    state = interview.begin(form, world, {"ho": str(household), "ten_ho": "Nguyễn Văn Kín 2"}).state
    about = {
        "id": _uuid(11),
        "area": hamlet,
        "place": "ấp 1, xã Bình Hòa",
        "household": household,
        "key": "",
        "name": "Nguyễn Văn Kín 2",
        "began": YESTERDAY.isoformat(),
        **dict.fromkeys(("wording", "last", "at", "asked"), ""),
    }
    draft = Draft(household, "Nguyễn Văn Kín 2", form.id, form.version, state, YESTERDAY, about=about)
    talks.keep_draft(conn, by, draft)
    return f"{household}:"


def _ticket(
    conn: Connection, number: int, asker: int, hamlet: int, helper: int | None = None, *, closed: bool = False
) -> str:
    new = NewTicket(hamlet, "cha tui bệnh nặng", "call", "0900000123", "Để gọi lại.")
    tickets.ask(conn, _uuid(number), asker, new, "team", YESTERDAY)
    if helper is not None:
        tickets.take(conn, _uuid(number), helper, YESTERDAY)
    tickets.add_line(conn, _uuid(number), "citizen", asker, "cha tui bệnh nặng", YESTERDAY)
    if closed:
        tickets.close(conn, _uuid(number), "Đã giúp xong.", YESTERDAY)
    return _uuid(number)


def _sheet(conn: Connection, by: int, account: int) -> str:
    source = re.sub(r'(<data [^>]*version=")[^"]*"', r'\g<1>99"', library.xform(QUESTIONNAIRE), count=1)
    sheets.keep(conn, sheets.Sent(_uuid(30), by, account, "phieu.xml", "", source.encode()), YESTERDAY)
    right = sheets.Right(QUESTIONNAIRE, "99", "Phiếu mới", source)
    sheets.settle(conn, _uuid(30), source.encode(), right, YESTERDAY)
    return _uuid(30)


def _invite(conn: Connection, hamlet: int) -> int:
    offer = people.Offer(Role.MEMBER, hamlet, None, 1, NOW + timedelta(days=9))
    return people.invite(conn, "ABCDE-23456", offer, YESTERDAY)


def _broadcast(conn: Connection, hamlet: int, by: int, account: int) -> int:
    new = broadcasts.New(_uuid(40), "Họp lúc 8 giờ", Audience((Role.MEMBER,), hamlet), YESTERDAY, 1)
    number = broadcasts.start(conn, new, by, YESTERDAY)
    assert number is not None
    message = outbox.enqueue(
        conn,
        account_id=account,
        channel="text",
        kind="broadcast",
        priority=3,
        body='{"text":"x"}',
        due_at=YESTERDAY,
        unique_key="broadcast",
        broadcast_id=number,
    )
    assert message is not None
    outbox.bad(conn, message)
    questions.propose(conn, "question", "vssid/quen-mat-khau", "mở khóa vssid sao ta", YESTERDAY)
    return number
