"""/quantri: whose it is, what a file from anybody else comes to, and buttons that are pressed late."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.app import facts
from bot.channels.base import Attachment
from bot.checking import Checking
from content import knowledge
from content.areas import read_list
from content.people import Grant, Person, Role, invitation_code
from content.questionnaires import Examined
from handlers import forms, routes
from handlers.effects import CheckForm
from handlers.talk import Doing, File, Said, Talk
from handlers.turn import Turn
from storage import areas, people
from storage.articles import Answers
from storage.database import Connection, Database
from storage.tables import AuditRow, FormRow, InvitationRow
from tests.fakes import CITIZEN, LEADER, MEMBER, OFFICIAL, Chat, World
from tests.transcripts.stage import MORNING, Stage, furnish

ADMIN_OF_COMMUNE = "bay"


def send(chat: Chat, name: str, size: int | None = 1000) -> Turn:
    return chat.say("", other="file", file=File(name, size))


# --------------------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (CITIZEN, "chưa đọc được tệp"),
        (MEMBER, "chưa đọc được tệp"),
        (LEADER, "chỉ tiêu kế hoạch thì quản trị viên gửi"),
        (OFFICIAL, "chỉ tiêu kế hoạch thì quản trị viên gửi"),
    ],
    ids=["citizen", "member", "leader", "commune"],
)
def test_a_file_from_anybody_else_is_not_kept(person: object, said: str) -> None:
    chat = Chat(World(), person)  # type: ignore[arg-type]
    turn = send(chat, "bai.md")
    assert turn.effects == ()
    assert said in chat.text


@pytest.mark.parametrize("person", [LEADER, OFFICIAL], ids=lambda one: one.highest)
def test_a_table_of_who_is_responsible_is_looked_at_for_it_may_be_a_list(person: object) -> None:
    turn = send(Chat(World(), person), "phieu.xlsx")  # type: ignore[arg-type]
    assert [type(effect) for effect in turn.effects] == [CheckForm]


@pytest.mark.parametrize("person", [CITIZEN, MEMBER], ids=lambda one: one.highest)
def test_a_table_of_anybody_else_is_not_kept(person: object) -> None:
    assert send(Chat(World(), person), "phieu.xlsx").effects == ()  # type: ignore[arg-type]


def admin() -> Chat:
    return Chat(World(), replace(OFFICIAL, grants=(Grant(Role.ADMIN, 1),)))


@pytest.mark.parametrize("name", ["a.xlsx", "A.XLSX", "phiếu nước.csv", "a.md", "a.xml", "a.xlsm"])
def test_a_questionnaires_file_is_taken(name: str) -> None:
    [effect] = send(admin(), name).effects
    assert isinstance(effect, CheckForm)
    assert effect.name.lower() == name.lower()


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [("a.pdf", 10, ".xlsx"), ("khong-duoi", 10, ".xlsx"), ("", 10, ".xlsx"), ("a.xlsx", 6 << 20, "5 MB")],
)
def test_any_other_file_is_told_how_to_mend_it(name: str, size: int, said: str) -> None:
    chat = admin()
    assert send(chat, name, size).effects == ()
    assert said in chat.text


def test_a_files_name_brings_no_path_and_no_markup() -> None:
    [effect] = send(admin(), "../../etc/<b>ho\n.xlsx").effects
    assert isinstance(effect, CheckForm)
    assert not set("/<>\n") & set(effect.name)


def test_a_long_list_of_faults_comes_as_a_file_too() -> None:
    faults = tuple(f"survey, dòng {n}, cột type: sai" for n in range(2, 50))
    [reply] = forms.checked("vi", "x", "a.xlsx", Examined(faults, ()))
    assert "có 48 lỗi" in reply.text
    assert "Còn 36 dòng" in reply.text
    assert reply.choices == ()
    assert reply.attached is not None
    assert all(fault in reply.attached.data.decode("utf-8-sig") for fault in faults)


def test_a_form_that_does_not_ask_for_consent_is_warned_of() -> None:
    right = Examined((), (), "a", "1", "A", 3, asks_consent=False, xform="<x/>")
    [reply] = forms.checked("vi", "x", "a.xlsx", right)
    assert "dong_y" in reply.text
    assert [choice.label for choice in reply.choices] == ["Làm thử", "Phát hành"]


# --------------------------------------------------------------------------- rights


async def play(database: Database, *lines: str) -> str:
    """What was said to the admin of one commune."""

    def commune_admin(conn: Connection) -> None:
        furnish(conn)
        commune = areas.by_code(conn, "27793", MORNING.date())
        assert commune
        person = people.create(conn, "Bảy", "vi", MORNING)
        people.grant(conn, person, Grant(Role.ADMIN, commune.id), MORNING.date())
        people.add_account(conn, person, "text", ADMIN_OF_COMMUNE, MORNING)

    await database.write(commune_admin)
    return await Stage(database).play("\n".join([f"@ {ADMIN_OF_COMMUNE}", *(f"> {line}" for line in lines)]))


async def test_an_admin_reaches_no_area_beside_or_above_their_own(sqlite_database: Database) -> None:
    told = await play(
        sqlite_database, "(file nuoc-sach.xlsx)", "[Phát hành]", "xã Bình Hòa", "80", "xã Mộc Hóa", "hôm nay"
    )
    assert told.count("Em không thấy địa bàn nào anh/chị phụ trách") == 2
    assert "cho xã Mộc Hóa" in told


async def test_a_unit_of_a_split_is_called_by_a_number_that_is_a_provinces_code(
    sqlite_database: Database,
) -> None:
    columns = "code,name,level,valid_from,valid_to,parent,under_from,became,invented"
    units = f"{columns}\nVN,Việt Nam,country,1976-07-02,,,,,\n1,Hà Nội,province,2025-07-01,,VN,,,\n"
    await sqlite_database.write(lambda conn: areas.import_list(conn, read_list(units)))
    begin = ("/quantri", "[Địa bàn]", "[Sáp nhập, tách, đổi tên]", "[Tách một đơn vị]", "xã Mộc Hóa")
    told = await play(sqlite_database, *begin, "27793", "xã Mộc Hóa", "1")
    assert "Thêm một “Đơn vị mới” nữa?" in told


async def test_an_admin_sees_only_what_is_published_in_their_own(sqlite_database: Database) -> None:
    assert "Chưa có phiếu nào" in await play(sqlite_database, "/quantri", "[Phiếu khảo sát]")


async def test_a_questionnaire_of_who_administers_nothing_is_not_kept(sqlite_database: Database) -> None:
    await sqlite_database.write(furnish)
    told = await Stage(sqlite_database).play("@ lan\n> (file nuoc-sach.xlsx)")
    assert "chỉ tiêu kế hoạch thì quản trị viên gửi" in told
    assert "Phát hành" not in told


async def test_buttons_that_were_not_shown_do_nothing(sqlite_database: Database) -> None:
    await sqlite_database.write(furnish)
    look = facts(Answers(knowledge.load))

    def press(conn: Connection) -> None:
        known = people.account(conn, "text", "quan")
        assert known
        other = areas.by_code(conn, "27793", MORNING.date())
        assert other
        person = people.find(conn, known.person_id, MORNING.date())
        assert person
        stranger = replace(person, id=person.id + 500, grants=(Grant(Role.ADMIN, other.id),))
        [form] = conn.all(select(FormRow.__table__.c.id))  # type: ignore[attr-defined]
        [*_, invited] = conn.all(select(InvitationRow.__table__.c.id))  # type: ignore[attr-defined]
        for payload in (
            f"quantri:file:{form.id}",
            f"quantri:withdrawn:{form.id}",
            f"crew:end:{invited.id}",
            f"quantri:publish:{'0' * 36}",
            f"quantri:try:{'0' * 36}",
            "quantri:version:999999",
            "step:area:00000000:1",
            "step:mine:00000000:1",
        ):
            talk = Talk(stranger, "text", MORNING, "0" * 36)
            turn = routes.handle(talk, Said(payload=payload), look(conn, MORNING, stranger))
            assert turn.effects == (), payload
            assert turn.doing is None, payload
            assert turn.replies[0].attached is None, payload

    await sqlite_database.write(press)


async def test_publishing_withdrawing_and_inviting_are_in_the_audit(sqlite_database: Database) -> None:
    await play(
        sqlite_database,
        *("(file nuoc-sach.xlsx)", "[Phát hành]", "27793", "hôm nay", "[Phiếu khảo sát]", "[Nước sạch 1]"),
        *("[Thu hồi]", "[Thu hồi bản này]", "/quantri", "[Mời người]", "[Cán bộ xã]", "27793", "1", "1"),
        *("[Lời mời đang mở]", "/quantri", "[Lời mời đang mở]", "[Thu hồi 1]"),
    )

    def read(conn: Connection) -> list[str]:
        table = AuditRow.__table__  # type: ignore[attr-defined]
        return [row.action for row in conn.all(select(table.c.action).order_by(table.c.id))]

    assert await sqlite_database.read(read) == ["publish", "withdraw", "invite", "revoke-invitation"]


async def test_a_file_that_can_not_be_had_is_asked_for_again(sqlite_database: Database) -> None:
    await sqlite_database.write(furnish)
    stage = Stage(sqlite_database)
    incoming = stage._incoming("quan", "x")
    lost = replace(incoming, text="", other="file", file=Attachment("gone", name="a.xlsx"))
    await stage.desk.hear(lost)
    checking = Checking(sqlite_database, {}, stage.desk, lambda: stage.now, stage.answers.get)
    for _ in range(3):
        assert await checking.once()
    assert not await checking.once()
    said = [line for message in await stage._answers("quan") for line in message.text.splitlines()]
    assert said[-1] == "Em chưa tải được tệp a.xlsx. Anh/chị gửi lại giúp em nhé."


# --------------------------------------------------------------------------- codes


def test_a_code_is_easy_to_read_aloud_and_each_lot_has_its_own() -> None:
    codes = {invitation_code(lot) for lot in range(1, 5000)}
    assert len(codes) == 4999
    assert all(len(code) == 11 and not set("01OIL") & set(code) for code in codes)


async def test_an_official_invites_to_no_other_role_and_into_no_other_commune(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(furnish)
    look = facts(Answers(knowledge.load))

    def press(conn: Connection) -> None:
        known = people.account(conn, "text", "lan")
        assert known
        lan = people.find(conn, known.person_id, MORNING.date())
        assert lan
        here, beside = (areas.by_code(conn, code, MORNING.date()) for code in ("27811", "27793"))
        assert here
        assert beside

        def say(said: Said, doing: Doing | None = None, who: Person = lan) -> Turn:
            talk = Talk(who, "text", MORNING, "0" * 36, doing)
            return routes.handle(talk, said, look(conn, MORNING, who))

        first = say(Said(payload="crew:invite"))
        asked, [member, leader] = first.doing, [choice.payload for choice in first.replies[-1].choices]
        assert "leader" in leader
        assert asked
        forged = say(Said(payload=member.replace("member", "admin")), asked).doing
        assert forged
        assert forged.about["asked"] == "vai"
        where = say(Said(payload=member), asked).doing
        assert where
        elsewhere = say(Said(payload=f"step:area:00000000:{beside.id}"), where).doing
        assert elsewhere
        assert elsewhere.about["asked"] == "khu_vuc"
        taken = say(Said(payload=f"step:area:00000000:{here.id}"), where).doing
        assert taken
        assert taken.about["asked"] == "to"
        citizen = replace(lan, grants=())  # the role ended in the middle
        last = say(Said("1"), say(Said("/bo_qua"), taken, citizen).doing, citizen).doing
        turn = say(Said("7"), last, citizen)
        assert turn.effects == ()
        assert turn.doing is None

    await sqlite_database.write(press)
