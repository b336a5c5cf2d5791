"""Thirty people invited by one file: codes handed out once, used once, lost ones made anew; forms and lists
that come back as they went out."""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from bot.papers.order import make
from bot.render import Part, from_json
from bot.workshop import Workshop
from content import crew
from content.households import QUESTIONNAIRE
from content.listing import Row
from content.lists import listing
from content.people import Role
from storage import areas, assignments, crews, households, outbox, people
from storage.database import Connection, Database
from storage.households import NewHousehold
from storage.tables import AuditRow
from tests.transcripts import stage as stages
from tests.transcripts.stage import MORNING, Stage, furnish

HEADS = ("Họ tên", "Vai", "Địa bàn", "Tổ", "Số điện thoại", "Giao hộ")
LINK = "https://t.me/bot?start="


def book(*rows: tuple[object, ...], heads: tuple[str, ...] = HEADS) -> bytes:
    made = Workbook()
    sheet = made.worksheets[0]
    for row in (heads, *rows):
        sheet.append(row)
    file = BytesIO()
    made.save(file)
    return file.getvalue()


@dataclass
class Town:
    """The stage of the stories, with the workshop that makes files, here in this process."""

    database: Database
    stage: Stage = field(init=False)

    def __post_init__(self) -> None:
        self.stage = Stage(self.database)

        async def here(order: object) -> bytes:
            return make(order)  # type: ignore[arg-type]

        self.workshop = Workshop(
            self.database, self.stage.desk, lambda _: {}, here, links=lambda code: [LINK + code]
        )

    async def send(self, who: str, data: bytes, name: str) -> list[str]:
        """Sends the file; what is found in it."""
        (stages.FILES / name).write_bytes(data)
        return await self.stage.speak(who, f"(file {name})")

    async def take(self, who: str, data: bytes, name: str) -> None:
        """Sends the file and says yes."""
        await self.send(who, data, name)
        await self.stage.speak(who, "[Nhập]")
        await self.stage.speak(who, "đồng ý")

    async def work(self, who: str) -> list[Part]:
        """What comes of all that waits to be made."""
        before = await self._last(who)
        while await self.workshop.once():
            pass

        def read(conn: Connection) -> list[Part]:
            account = people.account(conn, "text", who)
            assert account is not None
            rows = outbox.since(conn, account.id, before)
            return [from_json(row.body, row.file) for row in rows]

        return await self.database.read(read)

    async def _last(self, who: str) -> int:
        def read(conn: Connection) -> int:
            account = people.account(conn, "text", who)
            assert account is not None
            rows = outbox.since(conn, account.id, 0)
            return rows[-1].id if rows else 0

        return await self.database.read(read)


@pytest.fixture
async def town(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr(stages, "FILES", tmp_path)
    await database.write(furnish)
    return Town(database)


def sheet_of(part: Part) -> list[tuple[object, ...]]:
    assert part.attached is not None
    return list(load_workbook(BytesIO(part.attached.data)).worksheets[0].iter_rows(values_only=True))


async def test_thirty_people_are_invited_join_and_are_counted(town: Town, database: Database) -> None:
    rows = [
        (f"Người Thứ {'ABCDEFGHIJKLMNOPQRSTUVWXYZĐƠƯÂ'[n]}", "Tổ viên", "ấp 2", "", "", "chia đều")
        for n in range(30)
    ]
    await town.take("lan", book(*rows), "ba-muoi.xlsx")
    [paper] = await town.work("lan")
    assert paper.attached is not None
    assert paper.attached.name == "ma-moi-27811.xlsx"
    assert "30 người" in paper.text
    made = sheet_of(paper)
    assert len(made) == 31
    pictures = load_workbook(BytesIO(paper.attached.data)).worksheets[0]._images
    assert len(pictures) == 30
    codes = {str(row[1]): str(row[5]) for row in made[1:]}
    assert len(set(codes.values())) == 30
    assert LINK + codes["Người Thứ A"] in str(made[1][6])

    for who, name in (("a", "Người Thứ A"), ("b", "Người Thứ B")):
        await town.stage.speak(who, f"/start {codes[name]}")
        told = await town.stage.speak(who, "[Đồng ý]")
        assert any(f"Em gọi anh/chị là {name}" in line for line in told)
    again = await town.stage.speak("c", f"/start {codes['Người Thứ A']}")
    assert any("đã có người dùng" in line for line in again), again

    def check(conn: Connection) -> None:
        hamlet = areas.by_code(conn, "27811-2", MORNING.date())
        assert hamlet is not None
        hands = crews.hands(conn, hamlet.id, MORNING.date())
        came = [one.name for one in hands if one.joined_at]
        assert sorted(came) == ["Người Thứ A", "Người Thứ B"]
        assert sum(not one.joined for one in hands) == 28
        loads = assignments.loads(conn, hamlet.id, QUESTIONNAIRE, MORNING.date())[hamlet.id]
        assert sum(load.total for load in loads.values()) == 7
        assert None not in loads
        actions = [one.action for one in conn.all(select(AuditRow.action))]  # type: ignore[call-overload]
        assert actions.count("invite") == 30
        assert actions.count("redeem") == 2

    await database.read(check)


async def test_what_is_kept_for_who_has_not_joined_is_not_shared_out_anew(
    town: Town, database: Database
) -> None:
    await town.take(
        "lan",
        book(
            ("Hoa", "Tổ viên", "ấp 2", "", "", "Nguyễn Văn Hai; Trần Thị Bảy; Lê Văn Tám"),
            ("Mai", "Tổ viên", "ấp 2"),
        ),
        "2.xlsx",
    )
    [paper] = await town.work("lan")
    codes = {str(row[1]): str(row[5]) for row in sheet_of(paper)[1:]}
    await town.stage.speak("mai", f"/start {codes['Mai']}")
    await town.stage.speak("mai", "[Đồng ý]")
    for said in ("/phancong", "[Ấp 2]", "[Chia đều 4 hộ chưa giao]", "[Chia như vậy]", "[Về ấp 2]"):
        await town.stage.speak("hung", said)
    told = await town.stage.speak("hung", "[Chia lại tất cả]")
    assert any("3 hộ để sẵn cho người chưa tham gia thì giữ nguyên" in line for line in told), told
    assert any("cả 4 hộ" in line for line in told), told
    await town.stage.speak("hung", "[Chia như vậy]")

    def kept(conn: Connection) -> list[int]:
        hamlet = areas.by_code(conn, "27811-2", MORNING.date())
        assert hamlet is not None
        loads = assignments.loads(conn, hamlet.id, QUESTIONNAIRE, MORNING.date())[hamlet.id]
        return sorted(load.total for holder, load in loads.items() if holder and not holder.joined)

    assert await database.read(kept) == [3]


async def test_a_lost_code_is_made_anew_and_the_old_one_serves_no_more(town: Town) -> None:
    await town.take("lan", book(("Hoa", "Tổ viên", "ấp 2")), "mot.xlsx")
    [first] = await town.work("lan")
    assert first.attached is not None
    assert first.attached.media_type == "image/png"
    old = first.text.split("/start ")[1].split()[0]
    for label in ("/phancong", "[Danh sách tổ, lời mời]", "[Hoa]", "[Mã mới]"):
        await town.stage.speak("lan", label)
    [second] = await town.work("lan")
    new = second.text.split("/start ")[1].split()[0]
    assert old != new
    assert LINK + new in second.text
    refused = await town.stage.speak("x", f"/start {old}")
    assert any("không thấy lời mời" in line for line in refused), refused
    assert any("Đồng ý" in line for line in await town.stage.speak("y", f"/start {new}"))


async def test_what_an_invitation_was_stands_beside_that_it_was_revoked(
    town: Town, database: Database
) -> None:
    await town.take("lan", book(("Hoa", "Tổ viên", "ấp 2")), "mot.xlsx")
    for label in ("/phancong", "[Danh sách tổ, lời mời]", "[Hoa]", "[Thu hồi lời mời]"):
        await town.stage.speak("lan", label)

    def check(conn: Connection) -> None:
        hamlet = areas.by_code(conn, "27811-2", MORNING.date())
        [row] = conn.all(select(AuditRow).where(AuditRow.action == "revoke-invitation"))  # type: ignore[arg-type]
        assert hamlet is not None
        assert row.before == f"member area {hamlet.id} x1"

    await database.read(check)


async def test_who_says_no_is_kept_by_name_no_longer(town: Town, database: Database) -> None:
    await town.take("lan", book(("Hoa", "Tổ viên", "ấp 2", "", "", "chia đều")), "mot.xlsx")
    [paper] = await town.work("lan")
    code = paper.text.split("/start ")[1].split()[0]
    assert any("dành cho Hoa" in line for line in await town.stage.speak("x", f"/start {code}"))
    await town.stage.speak("x", "[Không đồng ý]")

    def check(conn: Connection) -> None:
        hamlet = areas.by_code(conn, "27811-2", MORNING.date())
        assert hamlet is not None
        assert "Hoa" not in {one.name for one in crews.hands(conn, hamlet.id, MORNING.date())}
        assert people.invitation(conn, code, MORNING).problem == "expired"
        loads = assignments.loads(conn, hamlet.id, QUESTIONNAIRE, MORNING.date())[hamlet.id]
        assert list(loads) == [None]

    await database.read(check)


async def test_a_file_that_its_asker_may_not_have_any_more_hands_out_nothing(
    town: Town, database: Database
) -> None:
    await town.take("lan", book(("Hoa", "Tổ viên", "ấp 2")), "mot.xlsx")

    def end(conn: Connection) -> None:
        account = people.account(conn, "text", "lan")
        assert account is not None
        people.leave(conn, account.person_id, MORNING.date())

    await database.write(end)
    assert await town.work("lan") == []


async def test_the_form_that_is_handed_out_is_read_again(town: Town) -> None:
    for said in ("/phancong", "[Danh sách tổ, lời mời]", "[Lấy tệp mẫu (Excel)]"):
        await town.stage.speak("lan", said)
    [paper] = await town.work("lan")
    assert paper.attached is not None
    form = load_workbook(BytesIO(paper.attached.data))
    assert [sheet.sheet_state for sheet in form.worksheets] == ["visible", "hidden", "visible"]
    sheet = form.worksheets[0]
    assert [cell.value for cell in sheet[1]] == list(HEADS)
    places = [row[0] for row in form.worksheets[1].iter_rows(min_row=2, values_only=True)]
    assert places == ["ấp 1 (27811-1)", "ấp 2 (27811-2)", "xã Bình Hòa (27811)"]
    for column, value in enumerate(("Hoa", "tổ viên", places[1], "", "0901234567", "chia đều"), 1):
        sheet.cell(2, column, value)
    file = BytesIO()
    form.save(file)
    found = listing(file.getvalue(), "danh-sach-to.xlsx")
    assert found is not None
    assert (found.kind, len(found.rows), found.faults) == ("crew", 1, ())
    told = await town.send("lan", file.getvalue(), "mau.xlsx")
    assert any("mời 1 tổ viên; giao 7 hộ" in line for line in told)


async def test_the_list_of_households_goes_out_and_comes_back(town: Town, database: Database) -> None:
    def odd(conn: Connection) -> None:
        hamlet = areas.by_code(conn, "27811-2", MORNING.date())
        assert hamlet is not None
        households.add(conn, NewHousehold("odd", hamlet.id, "=1+1", "@tổ"), None, MORNING)

    await database.write(odd)
    for said in ("/phancong", "[Ấp 2]", "[Danh sách hộ (Excel)]"):
        await town.stage.speak("hung", said)
    [paper] = await town.work("hung")
    assert paper.attached is not None
    form = load_workbook(BytesIO(paper.attached.data))
    sheet = form.worksheets[0]
    assert sheet.max_row == 9
    assert (sheet.cell(9, 1).value, sheet.cell(9, 1).data_type) == ("=1+1", "s")
    assert [row[0] for row in form.worksheets[1].iter_rows(min_row=2, values_only=True)] == ["Tâm"]
    for row in (2, 3):
        sheet.cell(row, 4, "Tâm")
    file = BytesIO()
    form.save(file)
    told = await town.send("hung", file.getvalue(), "ho.xlsx")
    assert any("0 hộ mới, 0 hộ đổi địa chỉ, giao 2 hộ" in line for line in told), told
    await town.stage.speak("hung", "[Nhập]")
    await town.stage.speak("hung", "đồng ý")
    assert any("được giao 2 hộ" in line for line in await town.stage.told("tam"))

    def written(conn: Connection) -> list[tuple[str, str, str]]:
        rows = conn.all(select(AuditRow).where(AuditRow.action == "assign"))  # type: ignore[arg-type]
        return [(row.subject, row.before, row.after) for row in rows]

    def numbers(conn: Connection) -> tuple[int, int]:
        hamlet, tam = areas.by_code(conn, "27811-2", MORNING.date()), people.account(conn, "text", "tam")
        assert hamlet is not None
        assert tam is not None
        return hamlet.id, tam.person_id

    ap2, who = await database.read(numbers)
    assert await database.read(written) == [
        (f"area {ap2}", "nobody: 2 households", f"person {who}: 2 households")
    ]
    for said in ("/phancong", "[Ấp 2]", "[Tâm]", "[Thu hồi hết hộ chưa làm]", "[Thu hồi]"):
        heard = await town.stage.speak("hung", said)
    assert any("thu hồi 2 hộ" in line for line in heard), heard
    assert (await database.read(written))[-1][1:] == (f"person {who}: 2 households", "nobody: 2 households")


def row(**cells: str) -> Row:
    return Row("", 2, {"name": "Hoa", "role": "tổ viên", "place": "ấp 2", **cells})


@pytest.mark.parametrize(
    ("cells", "keys"),
    [
        ({}, []),
        ({"name": "H"}, ["name-length"]),
        ({"name": "Hoa 2"}, ["name-digits"]),
        ({"role": "trưởng ấp"}, ["role"]),
        ({"team": "x" * 81}, ["team-length"]),
        ({"phone": "0123"}, ["phone"]),
        ({"phone": "901234567"}, []),
        ({"phone": "+84 90 123 45 67"}, []),
    ],
)
def test_what_is_wrong_in_a_row_by_itself(cells: dict[str, str], keys: list[str]) -> None:
    assert [fault.key for fault in crew.check([row(**cells)])] == keys


def test_two_names_that_differ_in_a_mark_are_two_people() -> None:
    assert (
        list(crew.check([row(name="Nguyễn Thị Hoa"), Row("", 3, dict(row(name="Nguyễn Thị Hòa").cells))]))
        == []
    )
    twice = [row(name="Nguyễn Thị Hoa"), Row("", 3, row(name="NGUYỄN  thị hoa").cells)]
    assert [fault.key for fault in crew.check(twice)] == ["same-person"]
    homes = [("Trần Hòa", 1), ("Trần Hoa", 2), ("Lê Sáu", 3)]
    assert (crew.meant(homes, "Trần Hoa"), crew.meant(homes, "le sau"), crew.meant(homes, "tran hoà")) == (
        [2],
        [3],
        [1, 2],
    )


def test_a_number_without_its_zero_is_a_number() -> None:
    assert crew.phone_of(row(phone="901234567")) == crew.phone_of(row(phone="0901 234 567")) == "84901234567"
    assert crew.phone_of(row()) is None


def test_households_in_a_cell() -> None:
    assert crew.work_of(row(work="Chia đều")) == crew.Work(rest=True)
    assert crew.work_of(row(work="Bà Sáu; Ông Tư (tổ 1)\ncả ấp")) == crew.Work(
        True, ("Bà Sáu", "Ông Tư (tổ 1)")
    )
    assert crew.work_of(row()) == crew.Work()


def test_every_role_that_can_be_written_is_one_that_can_be_given() -> None:
    assert set(crew.ROLES.values()) == {*Role} - {Role.CITIZEN}
