"""The hamlets of `country`: the first filled by what fills it in service, the others its copies in SQL."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from pyxform.xls2xform import convert
from sqlmodel import SQLModel

from bot import sample
from content.areas import Level
from content.households import QUESTIONNAIRE
from content.indicators import counts
from content.people import Grant, Role
from storage import areas, forms, households, people, surveys
from storage.database import Connection
from tests.bench.district import FIRST, NOW, WEEKS, ZONE
from tests.bench.load import FORM, unit

HAMLET, TEAM = 300, 27
"""Households of a hamlet; hamlets of a commune, which then has some 8,100."""
PROVINCES, MEMBERS, KINDS = 34, 3, 100
COPIED = ("person", "talk", "grants", "household", "survey", "survey_revision", "tally")


def lay_out(conn: Connection, hamlets: int) -> list[int]:
    """The units, and the questionnaire; the numbers of the hamlets."""
    communes = -(-hamlets // TEAM)
    units = [unit("VN", "Việt Nam", Level.COUNTRY, None)]
    units += [unit(f"p{n}", f"tỉnh {n + 1}", Level.PROVINCE, "VN") for n in range(PROVINCES)]
    units += [unit(f"c{n}", f"xã {n + 1}", Level.COMMUNE, f"p{n % PROVINCES}") for n in range(communes)]
    units += [unit(f"h{n}", f"ấp {n + 1}", Level.HAMLET, f"c{n // TEAM}") for n in range(hamlets)]
    areas.import_list(conn, units)
    country = areas.by_code(conn, "VN", NOW.date())
    assert country
    xform = convert(FORM, file_type=".md", form_name="data").xform
    new = forms.Publication(QUESTIONNAIRE, "1", "Năm câu và một ảnh", xform, b"", "", country.id)
    forms.publish(conn, new, None, NOW)
    numbers = {each.code: each.id for each in areas.hamlets(conn, country.id, NOW.date())}
    return [numbers[f"h{n}"] for n in range(hamlets)]


def first_hamlet(conn: Connection, hamlet: int, rounds: int) -> None:
    """One hamlet: its members, its households, and what they answered in the course of the weeks."""
    since, rng = date(2025, 7, 1), Random(7)
    first = datetime.combine(FIRST, datetime.min.time(), ZONE)
    members = [people.create(conn, f"Tổ viên {n}", "vi", first) for n in range(MEMBERS)]
    for member in members:
        people.grant(conn, member, Grant(Role.MEMBER, hamlet), since)
    listed = [households.NewHousehold(f"{n:08x}", hamlet, f"Nguyễn Văn {n}") for n in range(HAMLET)]
    numbers = households.add_all(conn, listed, None, first)
    kinds = [sample.answers(rng, sample.home(rng), WEEKS) for _ in range(KINDS)]
    for turn in range(rounds):
        for place, number in enumerate(numbers):
            days = 7 * (turn * WEEKS + place % WEEKS) // rounds + place % 6
            at = first + timedelta(days=days, hours=8 + place % 9)
            given = {f"/data/{name}": value for name, value in rng.choice(kinds).items()}
            submission = surveys.Submission(
                survey_id=f"{turn:04x}{place:08x}",
                form=QUESTIONNAIRE,
                version="1",
                area_id=hamlet,
                household_id=number,
                values=given,
                xml="<data>"
                + "".join(f"<{path[6:]}>{value}</{path[6:]}>" for path, value in given.items())
                + "</data>",
                consent=True,
                wording="Nhà mình đồng ý trả lời không?",
                started_at=at - timedelta(minutes=6),
                submitted_at=at,
                by=members[place % MEMBERS],
                channel="telegram",
                invented=True,
            )
            surveys.submit(conn, submission, counts)


_OTHERWISE = {
    "area_id": "p.area",
    "by": f"t.by + p.n * {MEMBERS}",
    "household_id": f"t.household_id + p.n * {HAMLET}",
    "indicator": (
        f"CASE WHEN t.indicator LIKE '@%' THEN '@' || (substr(t.indicator, 2)::bigint + p.n * {MEMBERS})"
        " ELSE t.indicator END"
    ),
    "key": "lpad(to_hex(p.n), 8, '0') || t.key",
    "person_id": f"t.person_id + p.n * {MEMBERS}",
    "survey_id": "lpad(to_hex(p.n), 8, '0') || t.survey_id",
}
"""What is not the same in a copy, by column; `p.n` is the number of its hamlet."""
_IDS = {
    "person": f"t.id + p.n * {MEMBERS}",
    "grants": f"t.id + p.n * {MEMBERS}",
    "household": f"t.id + p.n * {HAMLET}",
    "survey": "lpad(to_hex(p.n), 8, '0') || t.id",
}


def copied(name: str, start: int, end: int) -> str:
    """The statement that copies a table's rows of the first hamlet to those of these numbers."""
    columns: Sequence[str] = SQLModel.metadata.tables[name].columns.keys()
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(
        _IDS[name] if column == "id" else _OTHERWISE.get(column, f't."{column}"') for column in columns
    )
    return (
        f"INSERT INTO public.{name} ({names}) SELECT {values}"
        f" FROM bench.place p CROSS JOIN bench.{name} t WHERE p.n >= {start} AND p.n < {end}"
    )
