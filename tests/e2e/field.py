"""A service with a hamlet, its team and a questionnaire, for those who work where there is no network."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy import select

from bot.app import missed_in
from bot.channels.base import Attachment, Hear, Incoming, Limits, Outcome, Receipt, Shown
from bot.service import Service
from content import library
from content.areas import read_list
from content.collect import settings_text
from content.households import QUESTIONNAIRE
from content.people import Grant, Role
from content.xform import compile_form
from storage import areas, forms, households, people
from storage.database import Connection, table
from storage.forms import Publication
from storage.households import NewHousehold
from storage.tables import RevisionRow, SurveyRow, TallyRow
from tests.e2e import served
from tests.e2e.collect import Collect
from tests.transcripts.stage import AREAS, HOUSEHOLDS

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TEAM = {
    "tam": ("Tâm", Role.MEMBER, "27811-2"),
    "hung": ("Hùng", Role.LEADER, "27811"),
    "quyen": ("Quyên", Role.ADMIN, "VN"),
}
ANSWERS = {
    "dong_y": "co",
    "so_nguoi": "4",
    "nguoi_18": "2",
    "nguoi_15": "3",
    "dtdt": "2",
    "mang": "di_dong",
    "vneid": "1",
    "dvc": "0",
    "kenh": "zalo_oa tong_dai",
    "san_xuat": "khong",
    "can_giup": "khong",
}
"""What a household of four says; Collect leaves out what it did not ask."""


class Quiet:
    """A channel of plain text; what is said on it is read from the outbox."""

    name = "quiet"
    limits = Limits(text=4096, buttons=40, row=8, button_label=200)

    def routes(self, hear: Hear) -> Sequence[web.RouteDef]:
        return ()

    async def start(self, hear: Hear, **_: bool) -> None: ...

    async def hush(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, address: str, shown: Shown) -> Receipt:
        return Receipt(Outcome.SENT)

    async def fetch(self, attachment: Attachment) -> bytes:
        raise OSError("nothing comes in here")


@dataclass
class Field:
    """The service, its people by name, and the time of day there."""

    service: Service
    people: dict[str, int]
    now: datetime
    _events: Any

    async def hear(self, who: str, text: str = "", payload: str | None = None) -> list[Shown]:
        """Somebody says something; what they are told since."""
        before = await self.told(who)
        event = Incoming("quiet", f"e{next(self._events)}", who, self.now, text, payload)
        await self.service.desk.hear(event)
        return (await self.told(who))[len(before) :]

    async def told(self, who: str) -> list[Shown]:
        """All that somebody was told."""
        return await missed_in(self.service.database, "quiet")(who, 0)

    async def collect(self, who: str) -> Collect:
        """The person's phone, set up with what the chat gave."""
        [shown] = await self.hear(who, payload="offline:make")
        assert shown.data is not None
        assert shown.data.startswith(b"\x89PNG")
        said = dict(re.findall(r"(Máy chủ|Tên|Mật khẩu): (\S+)", shown.text))
        text = settings_text(said["Máy chủ"], said["Tên"], said["Mật khẩu"], "Khảo sát ấp 2")
        return Collect.scan(text)

    async def surveys(self) -> list[Any]:
        """All surveys, each with what was answered last."""
        survey, revision = table(SurveyRow), table(RevisionRow)
        latest = (revision.c.survey_id == survey.c.id) & (revision.c.revision == survey.c.revision)
        query = select(
            survey, revision.c["values"].label("answers"), revision.c.xml, revision.c.channel
        ).join(revision, latest)
        return await self.service.database.read(
            lambda conn: conn.all(query.order_by(survey.c.submitted_at, survey.c.id))
        )

    async def households(self, code: str = "27811-2") -> dict[str, Any]:
        """The households of a hamlet by name."""

        def look(conn: Connection) -> dict[str, Any]:
            hamlet = areas.by_code(conn, code, self.now.date())
            assert hamlet is not None
            return {one.name: one for one in households.of_hamlet(conn, hamlet.id, QUESTIONNAIRE)}

        return await self.service.database.read(look)

    async def figure(self, indicator: str) -> tuple[int, int]:
        """An indicator over all hamlets and weeks."""
        rows = await self.service.database.read(
            lambda conn: conn.all(select(table(TallyRow)).where(table(TallyRow).c.indicator == indicator))
        )
        return sum(row.numerator for row in rows), sum(row.denominator for row in rows)


@asynccontextmanager
async def field(url: str, **more: Any) -> AsyncIterator[Field]:
    """The service running on a migrated, empty database; settings come on top."""
    async with served.serving(served.settings(url, **more), "web", channels={"quiet": Quiet()}) as service:
        now = datetime.now(ZONE)
        staff = await service.database.write(lambda conn: prepare(conn, now))
        yield Field(service, staff, now, count(1))


def prepare(conn: Connection, now: datetime) -> dict[str, int]:
    """Two communes with hamlets, a team, the households' list, and the questionnaire."""
    areas.import_list(conn, read_list(AREAS))
    country = areas.by_code(conn, "VN", now.date())
    assert country is not None
    xform = library.xform(QUESTIONNAIRE)
    form = compile_form(xform)
    new = Publication(form.id, form.version, form.title, xform, b"", "khao-sat-ho.xlsx", country.id)
    forms.publish(conn, new, None, now - timedelta(days=1))
    for code, listed in HOUSEHOLDS.items():
        hamlet = areas.by_code(conn, code, now.date())
        assert hamlet is not None
        for number, (name, address) in enumerate(listed):
            household = NewHousehold(f"{code}-{number}", hamlet.id, name, address)
            households.add(conn, household, None, now)
    staff = {}
    for key, (name, role, code) in TEAM.items():
        area = areas.by_code(conn, code, now.date())
        assert area is not None
        staff[key] = people.create(conn, name, "vi", now)
        people.add_account(conn, staff[key], "quiet", key, now)
        people.grant(conn, staff[key], Grant(role, area.id), now.date())
    return staff
