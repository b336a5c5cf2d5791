"""Huyện Mộc Hóa before July 2025, with its people, households and surveys; and what became of it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import content
from content.areas import Area, read_list
from content.households import QUESTIONNAIRE
from content.indicators import counts
from content.people import Grant, Role
from content.reorganizing import Asked, Heir, Kind
from storage import areas, households, people, surveys
from storage.database import Connection
from storage.households import NewHousehold
from storage.surveys import Submission

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LISTS = Path(content.__file__).parent / "areas"
DAY = date(2025, 7, 1)
EVE = date(2025, 6, 30)
REHEARSED = datetime(2025, 6, 20, 9, tzinfo=ZONE)
CARRIED = datetime(2025, 7, 1, 0, 1, tzinfo=ZONE)

PROVINCE = Asked(Kind.RENAME, DAY, ("80",), (Heir("80", "tỉnh Tây Ninh"),))
BINH_HOA = Asked(Kind.MERGE, DAY, ("27802", "27808", "27811"), (Heir("27811", "xã Bình Hòa"),), under="80")
MOC_HOA = Asked(Kind.MERGE, DAY, ("27814", "27820", "27823"), (Heir("27823", "xã Mộc Hóa"),), under="80")
BINH_HIEP = Asked(Kind.MERGE, DAY, ("27796",), (Heir("27793", "xã Bình Hiệp"),), under="80")
DISTRICT = Asked(Kind.DISSOLVE, DAY, ("798",))
MERGER = (PROVINCE, BINH_HOA, MOC_HOA, BINH_HIEP, DISTRICT)
"""The merger of July 2025, as it is put down."""

PEOPLE = {
    "Lan": (Role.COMMUNE, "27802"),
    "Hùng": (Role.COMMUNE, "27811"),
    "Sơn": (Role.DISTRICT, "798"),
    "Thu": (Role.DISTRICT, "80"),
    "Quân": (Role.ADMIN, "VN"),
    "Tâm": (Role.MEMBER, "mau-27802-1"),
    "Bảy": (Role.LEADER, "27823"),
}


OF_2023 = LISTS / "moc-hoa-2023.csv"
"""The list that comes with the program to rehearse on: the map before the merger."""


@dataclass
class District:
    """What is in the database: two households a hamlet, and every other hamlet's first one surveyed."""

    conn: Connection
    people: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        began = datetime(2025, 5, 5, 8, tzinfo=ZONE)
        areas.import_list(self.conn, read_list(OF_2023.read_text("utf-8")))
        for name, (role, code) in PEOPLE.items():
            person = people.create(self.conn, name, "vi", began)
            people.grant(self.conn, person, Grant(role, self.unit(code, EVE).id), began.date())
            people.add_account(self.conn, person, "text", name, began)
            self.people[name] = person
        for number, hamlet in enumerate(areas.hamlets(self.conn, self.unit("VN", EVE).id, EVE)):
            for which in range(2):
                key = f"{hamlet.code}-{which}"
                home = households.add(self.conn, NewHousehold(key, hamlet.id, f"Hộ {key}"), None, began)
                if number % 2 and not which:
                    self.survey(home, hamlet.id, began + timedelta(days=number), f"s-{key}")

    def unit(self, code: str, on: date) -> Area:
        found = areas.by_code(self.conn, code, on)
        assert found is not None, code
        return found

    def survey(
        self, household: int | None, hamlet: int, at: datetime, survey: str, *, consent: bool = True
    ) -> None:
        surveys.submit(
            self.conn,
            Submission(
                survey_id=survey,
                form=QUESTIONNAIRE,
                version="1",
                area_id=hamlet,
                household_id=household,
                values={"/data/phieu/nguoi_lon": "2"} if consent else {},
                xml="<data/>" if consent else "",
                consent=consent,
                wording="",
                started_at=at - timedelta(minutes=5),
                submitted_at=at,
                by=self.people["Tâm"],
                channel="text",
            ),
            counts,
        )
