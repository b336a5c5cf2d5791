"""/baocao: what staff read, the way down, and who may see what."""

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from bot.app import facts
from bot.commands import areas as areas_command
from bot.commands import digest as digest_command
from bot.commands.failure import Fault
from bot.demo import fill
from content import knowledge
from content.areas import Area, Level
from content.figures import Check, Figures, Line, Share, Standing, Suspect, Week
from content.households import QUESTIONNAIRE
from content.people import Grant, Person, Role
from content.todo import todo
from handlers import routes
from handlers.bulletin import indicators, text
from handlers.talk import Reply, Said, Talk
from storage import areas, digests, households, list_changes, people, tallies
from storage.articles import Answers
from storage.database import Connection, Database

GOLDEN = Path(__file__).parent / "digests"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=ZONE)
MONDAY = date(2026, 11, 16)
SINCE = date(2025, 7, 1)
COMMUNE = Area(2, "27811", "xã Bình Hòa", Level.COMMUNE, SINCE)
PROVINCE = Area(1, "80", "tỉnh Tây Ninh", Level.PROVINCE, SINCE)


# --------------------------------------------------------------------------- word for word


def hamlet(number: int) -> Area:
    return Area(10 + number, f"27811-{number}", f"ấp {number}", Level.HAMLET, SINCE)


def standing(done: int, planned: int, refused: int = 0, **shares: tuple[int, int]) -> Standing:
    return Standing(done, refused, planned, {name: Share(*share) for name, share in shares.items()})


TOTAL = Line(
    COMMUNE,
    now=standing(
        1204, 1310, 3, dtdt_ho=(1100, 1204), dtdt_nguoi=(2100, 2600), vneid=(1820, 2600), thanh_toan=(0, 12)
    ),
    before=standing(1180, 1310, 3, dtdt_ho=(1083, 1180), dtdt_nguoi=(2040, 2550), vneid=(1785, 2550)),
    members=6,
    active=4,
)
LINES = (
    Line(hamlet(1), standing(700, 760), standing(690, 760), members=3, active=2),
    Line(hamlet(2), standing(504, 500), standing(490, 500), members=2, active=2),
    Line(hamlet(10), standing(0, 50), standing(0, 50), members=1, active=0),
)
CHECKS = (
    Check("over", hamlet(2), 4),
    Check("same-name", hamlet(1), 2, (Suspect(7, "Lê Văn Tám"), Suspect(9, "Le Van Tam"))),
    Check("fast", hamlet(1), 1, (Suspect(8, "Trần Thị Bảy"),)),
    Check("alike", hamlet(2), 3),
    Check("jump", hamlet(2), -21, indicator="vneid"),
)
WEEK = Figures(QUESTIONNAIRE, MONDAY, date(2026, 11, 22), TOTAL, LINES, ("Hai", "Ba"), CHECKS, invented=False)
NONE_YET = Line(PROVINCE, Standing(), Standing())
NOTHING = Figures(QUESTIONNAIRE, MONDAY, date(2026, 11, 22), NONE_YET, (), (), (), invented=True)
OTHER = replace(COMMUNE, id=3, code="27823", name="xã Mộc Hóa")
SILENT = replace(
    WEEK,
    total=replace(TOTAL, area=PROVINCE),
    lines=(
        Line(COMMUNE, standing(1203, 1300, 3), standing(1179, 1300, 3), members=5, active=4),
        Line(OTHER, standing(1, 10), standing(1, 10), members=1),
    ),
    idle=(),
    checks=(),
)


MANY = replace(
    SILENT,
    total=Line(PROVINCE, standing(100_500, 200_000), standing(100_500, 200_000), members=400, active=0),
    lines=tuple(
        Line(
            replace(COMMUNE, id=100 + n, name=f"xã số {n + 1}"),
            standing(5 * n, 1000),
            standing(5 * n, 1000),
            members=2,
        )
        for n in range(200)
    ),
    checks=tuple(
        Check("fast", replace(COMMUNE, id=100 + n, name=f"xã số {n + 1}"), n + 1) for n in range(30)
    ),
)


def test_of_two_hundred_communes_those_behind_and_those_ahead_are_read_and_it_stays_short() -> None:
    shown = text("vi", MANY)
    assert len(shown.splitlines()) < 40
    assert len(shown) < 2_000
    first, last = shown.index("xã số 1:"), shown.index("xã số 200:")
    assert first < shown.index("… và 191 đơn vị ở giữa") < last
    assert "… và 25 điểm nữa" in shown


def test_there_are_at_most_three_things_to_do_and_the_most_urgent_comes_first() -> None:
    assert [one.kind for one in todo(WEEK)] == ["check", "behind", "idle"]
    calm = replace(WEEK, checks=(), idle=(), lines=WEEK.lines[:2])
    assert todo(calm) == ()
    unlisted = replace(calm, lines=(*calm.lines, Line(hamlet(3), Standing(), Standing())))
    assert [(one.kind, one.count) for one in todo(unlisted)] == [("list", 1)]
    missed = replace(calm, targets={"vneid": 80.0})
    assert [(one.kind, one.count, one.indicator) for one in todo(missed)] == [("target", 260, "vneid")]


@pytest.mark.parametrize(
    ("parts", "there"),
    [((), ()), (("units",), ("Theo ấp",)), (("checks", "indicators"), ("Cần xem lại", "Tính theo hộ:"))],
)
def test_a_digest_has_the_parts_that_its_reader_wants(parts: tuple[str, ...], there: tuple[str, ...]) -> None:
    shown = text("vi", WEEK, parts)
    every = ("Theo ấp", "Cần xem lại", "Tính theo hộ:")
    assert tuple(one for one in every if one in shown) == there
    assert "Đã khảo sát 1.204/1.310 hộ" in shown


@pytest.mark.parametrize(
    ("name", "locale", "figures"),
    [
        ("tinh-200-xa", "vi", MANY),
        ("xa", "vi", WEEK),
        ("xa-en", "en", WEEK),
        ("chua-co-gi", "vi", NOTHING),
        ("tinh", "vi", SILENT),
    ],
)
def test_the_digest_reads_word_for_word(
    request: pytest.FixtureRequest, name: str, locale: str, figures: Figures
) -> None:
    path = GOLDEN / f"{name}.txt"
    if request.config.getoption("--update"):
        path.write_text(text(locale, figures) + "\n", encoding="utf-8")
    assert text(locale, figures) + "\n" == path.read_text(encoding="utf-8")


# --------------------------------------------------------------------------- in the chat


@dataclass
class Chat:
    """Somebody of the sample data, talking to the bot."""

    conn: Connection
    person: Person
    now: datetime = NOW

    def say(self, words: str = "", payload: str | None = None) -> tuple[Reply, ...]:
        talk = Talk(self.person, "webchat", self.now, "id")
        look_up = facts(Answers(knowledge.load))(self.conn, self.now, self.person)
        return routes.handle(talk, Said(words, payload), look_up).replies

    def tap(self, reply: Reply, label: str) -> Reply:
        (choice,) = [one for one in reply.choices if label in one.label]
        return self.say(choice.label, choice.payload)[0]


def as_(role: Role, conn: Connection) -> Chat:
    account = people.account(conn, "webchat", f"demo:{role}")
    assert account is not None
    person = people.find(conn, account.person_id, NOW.date())
    assert person is not None
    return Chat(conn, person)


@pytest.fixture
async def sample(sqlite_database: Database) -> Database:
    await sqlite_database.write(lambda conn: fill(conn, NOW))
    return sqlite_database


async def test_a_commune_goes_from_the_digest_to_a_hamlet_and_to_what_looks_odd(sample: Database) -> None:
    def story(conn: Connection) -> None:
        chat = as_(Role.COMMUNE, conn)
        (week,) = chat.say("/baocao")
        assert week.text.startswith("BẢN TIN tuần 47")
        assert "xã Bình Hòa" in week.text
        assert "Số liệu mẫu" in week.text
        odd = chat.tap(week, "cần xem lại")
        assert "40 giây" in odd.text
        assert odd.text.count("(mẫu)") > odd.text.count("⚠")  # the households are named
        assert "trùng tên" in odd.text
        assert "Hộ ở ấp nào" in chat.tap(odd, "Ghi yêu cầu của hộ").text, "the way to give one another name"
        off = chat.tap(odd, "Bỏ một hộ khỏi danh sách")
        assert "Hộ ở ấp nào" in off.text, "a commune has several"
        assert chat.tap(odd, "Về bản tin") == week
        below = chat.tap(week, "ấp Bình Thạnh 1")
        assert "ấp Bình Thạnh 1 (mẫu) · địa giới" in below.text
        done, listed = re.search(r"Đã khảo sát (\d+)/(\d+) hộ", below.text).groups()  # type: ignore[union-attr]
        homes = chat.tap(below, "Xem từng hộ")
        assert f"đã khảo sát {done}/{listed} hộ" in homes.text
        more = chat.tap(homes, "Trang sau")
        told = [line for line in (homes.text + more.text).splitlines() if line.startswith("•")]
        assert (len(told), sum("✓" in line for line in told)) == (int(listed), int(done))
        assert [line for line in told if "✓" in line] == told[int(listed) - int(done) :]
        assert chat.tap(more, "Trang trước") == homes
        assert chat.tap(more, "Về bản tin") == below

    await sample.read(story)


async def test_the_province_goes_down_to_a_commune_but_sees_no_household(sample: Database) -> None:
    def story(conn: Connection) -> None:
        chat = as_(Role.DISTRICT, conn)
        (week,) = chat.say("báo cáo")
        assert "Theo xã:" in week.text
        commune = chat.tap(week, "xã Bình Hòa")
        odd = chat.tap(commune, "cần xem lại")
        assert "trùng tên" in odd.text
        assert "Hộ:" not in odd.text
        hamlet = chat.tap(commune, "ấp Bình Thạnh 1")
        assert not any("từng hộ" in choice.label for choice in hamlet.choices)

    await sample.read(story)


async def test_sums_that_can_not_be_are_told_in_a_sentence_with_who_can_mend_them(sample: Database) -> None:
    def spoil(conn: Connection) -> None:
        (hamlet, *_) = areas.hamlets(conn, commune(conn).id, NOW.date())
        where = tallies.HamletWeek(QUESTIONNAIRE, hamlet.id, NOW - timedelta(weeks=5))
        tallies.adjust(conn, where, {"vneid": (999, 0)}, tallies.NOTHING)

    def commune(conn: Connection) -> Area:
        found = areas.by_code(conn, "27811", NOW.date())
        assert found is not None
        return found

    await sample.write(spoil)

    def story(conn: Connection) -> None:
        chat = as_(Role.COMMUNE, conn)
        for (reply,) in (
            chat.say("/baocao 2026-W42"),
            chat.say(payload=f"digest:check:{commune(conn).id}:2026-W42"),
        ):
            assert "`tocns check --mend`" in reply.text

    await sample.read(story)


async def test_one_goes_to_other_weeks_and_not_before_the_first_nor_past_this_one(sample: Database) -> None:
    def story(conn: Connection) -> None:
        chat = as_(Role.ADMIN, conn)
        (week,) = chat.say("/baocao")
        assert not any("▶" in choice.label for choice in week.choices)
        before = chat.tap(week, "◀ Tuần 46")
        assert before.text.startswith("BẢN TIN tuần 46")
        assert chat.tap(before, "Tuần 47 ▶") == week
        assert chat.say("/baocao 2026-w46")[0].text == before.text
        (first,) = chat.say("/baocao 2026-W40")
        assert not any("◀" in choice.label for choice in first.choices)
        assert "Chưa đến tuần 48" in chat.say("/baocao 2026-W48")[0].text
        (unknown,) = chat.say("/baocao lung tung")
        assert "/baocao tuần 46" in unknown.text
        assert chat.tap(unknown, "Tuần trước") == before
        assert chat.say("báo cáo tuần trước")[0].text == before.text

    await sample.read(story)


@pytest.mark.parametrize("role", [Role.CITIZEN, Role.MEMBER, Role.LEADER])
async def test_who_is_no_official_gets_no_digest(sample: Database, role: Role) -> None:
    def story(conn: Connection) -> None:
        chat = as_(role, conn)
        area = areas.by_code(conn, "27811", NOW.date())
        assert area is not None
        for replies in (chat.say("/baocao"), chat.say(payload=f"digest:week:{area.id}:2026-W47")):
            assert all("BẢN TIN" not in reply.text for reply in replies)
            assert replies

    await sample.read(story)


@pytest.mark.parametrize("verb", ["week", "check"])
@pytest.mark.parametrize("code", ["27823", "80", "VN", "mau-27820-1", "27820-of-2023"])
async def test_a_commune_sees_neither_above_nor_beside_itself(sample: Database, code: str, verb: str) -> None:
    def story(conn: Connection) -> None:
        chat = as_(Role.COMMUNE, conn)
        day = date(2024, 1, 1) if code.endswith("2023") else NOW.date()
        area = areas.by_code(conn, code.removesuffix("-of-2023"), day)
        assert area is not None
        (reply,) = chat.say(payload=f"digest:{verb}:{area.id}:2026-W47")
        assert "địa bàn mình phụ trách" in reply.text

    await sample.read(story)


async def test_what_became_the_commune_is_read_on_the_map_of_then(sample: Database) -> None:
    def story(conn: Connection) -> None:
        chat = as_(Role.COMMUNE, conn)
        (now,) = chat.say("/baocao 2026-W47")
        then = chat.tap(now, "Theo địa bàn đến 30/06/2025")
        assert "theo các đơn vị cũ ngày 30/06/2025" in then.text
        labels = [choice.label for choice in then.choices]
        assert labels == ["xã Bình Hòa Đông", "xã Bình Hòa Trung", "xã Bình Thạnh", "Theo địa bàn hôm nay"]
        done = re.search(r"Đã khảo sát (\S+) hộ", now.text)
        assert done
        assert f"Cộng: {done[1]} hộ" in then.text
        old = chat.tap(then, "xã Bình Hòa Đông")
        assert "xã Bình Hòa Đông · địa giới ngày 30/06/2025" in old.text
        assert chat.tap(then, "Theo địa bàn hôm nay").text == now.text

    await sample.read(story)


@pytest.mark.parametrize(
    "payload",
    [
        "digest:",
        "digest:week",
        "digest:week:x:2026-W47",
        "digest:week:1:",
        "digest:week:-1:2026-W47",
        "digest:week:1:2026-W47:more",
        "digest:check:999999:2026-W47",
        f"digest:week:{9**30}:2026-W47",
    ],
)
async def test_a_button_that_names_nothing_gets_one_clear_sentence(sample: Database, payload: str) -> None:
    def story(conn: Connection) -> None:
        chat = as_(Role.COMMUNE, conn)
        (reply,) = chat.say(payload=payload)
        assert "địa bàn mình phụ trách" in reply.text

    await sample.read(story)


async def test_on_monday_the_week_that_ended_is_told_until_a_survey_comes_in(
    sample: Database,
) -> None:
    def story(conn: Connection) -> None:
        chat = as_(Role.COMMUNE, conn)
        chat.now = NOW + timedelta(hours=12)
        (week,) = chat.say("/baocao")
        assert week.text.startswith("BẢN TIN tuần 47")
        this = chat.tap(week, "Tuần 48 ▶")
        assert "địa giới ngày 23/11/2026" in this.text
        chat.now = NOW + timedelta(hours=36)
        assert chat.say("/baocao")[0].text.startswith("BẢN TIN tuần 48")

    await sample.read(story)


async def test_who_answers_for_two_communes_is_asked_which(sample: Database) -> None:
    def story(conn: Connection) -> None:
        chat = as_(Role.COMMUNE, conn)
        other = areas.by_code(conn, "27823", NOW.date())
        assert other is not None
        chat.person = replace(chat.person, grants=(*chat.person.grants, Grant(Role.COMMUNE, other.id)))
        (which,) = chat.say("/baocao")
        assert [choice.label for choice in which.choices] == ["xã Bình Hòa", "xã Mộc Hóa"]
        assert "xã Mộc Hóa · địa giới" in chat.tap(which, "Mộc Hóa").text

    await sample.read(story)


# --------------------------------------------------------------------------- on the command line


@pytest.fixture
def settings(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A service whose database holds the sample data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCNS_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TOCNS_SECRET_KEY", "a secret key that only the tests use")


def run(*arguments: str) -> str:
    found, *rest = arguments
    app = {"digest": digest_command.app, "areas": areas_command.app}[found]
    result = CliRunner().invoke(app, rest)
    if isinstance(result.exception, Fault):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.usefixtures("settings")
async def test_the_file_is_word_for_word_what_staff_receive(sample: Database, tmp_path: Path) -> None:
    def told(conn: Connection) -> str:
        area = areas.by_code(conn, "27811", NOW.date())
        assert area is not None
        figures = digests.figures(conn, QUESTIONNAIRE, area.id, Week(MONDAY, ZONE), NOW.date())
        return f"{text('vi', figures)}\n\n{indicators('vi', figures)}"

    out = tmp_path / "out"
    await asyncio.to_thread(run, "digest", "--area", "27811", "--week", "2026-W47", "--out", str(out))
    assert (out / "digest.txt").read_text("utf-8") == await sample.read(told) + "\n"
    await asyncio.to_thread(run, "digest", "--area", "798", "--week", "2026-W47", "--out", str(out))
    old = (out / "digest.txt").read_text("utf-8")
    assert "huyện Mộc Hóa · địa giới ngày 30/06/2025" in old
    assert "xã Bình Hòa Đông" in old
    for arguments, said in (
        (("--area", "1", "--week", "2026-W47", "--out", str(out)), "there is no area 1"),
        (("--area", "798", "--week", "2999-W05", "--out", str(out)), "2999-W05 has not begun"),
        (("--area", "798", "--week", "2026-47", "--out", str(out)), "--week: '2026-47' is no week"),
        (("--area", "798", "--week", "2026-W47", "--out", str(out / "digest.txt")), "--out"),
        (("--area", "798", "--week", "2026-W47", "--out", str(out), "--on", "x"), "--on: 'x' is no day"),
    ):
        with pytest.raises(Fault, match=said):
            await asyncio.to_thread(run, "digest", *arguments)


@pytest.mark.usefixtures("settings")
def test_areas_are_taken_in_and_shown_as_they_stood_on_a_day(tmp_path: Path) -> None:
    lists = Path(areas_command.__file__).parents[2] / "content" / "areas"
    with pytest.raises(Fault, match="there are no units"):
        run("areas", "tree")
    assert run("areas", "import", str(lists / "moc-hoa.csv")) == "14 units, 14 of them new.\n"
    assert run("areas", "import", str(lists / "moc-hoa.csv")) == "14 units, 0 of them new.\n"
    assert "xã Bình Hòa Đông  [27811]" in run("areas", "tree", "--on", "2025-06-30")
    assert "xã Bình Hòa  [27811]" in run("areas", "tree", "--on", "2025-07-01")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text((lists / "ap-mau.csv").read_text("utf-8").replace(",27796,", ",99999,"), "utf-8")
    with pytest.raises(Fault, match="no unit above has the code 99999"):
        run("areas", "import", str(wrong))
    assert "mẫu" not in run("areas", "tree")  # all of a list, or none
    with pytest.raises(Fault, match="No such file"):
        run("areas", "import", str(tmp_path / "none.csv"))
    wrong.write_bytes("xã Tân Lập".encode("utf-16"))
    with pytest.raises(Fault, match="column name: is not there"):
        run("areas", "import", str(wrong))


async def test_households_that_are_off_the_list_are_shown_by_hamlet(sample: Database) -> None:
    def story(conn: Connection) -> None:
        chat = as_(Role.COMMUNE, conn)
        (week,) = chat.say("/baocao")
        homes = chat.tap(chat.tap(week, "ấp Bình Thạnh 1"), "Xem từng hộ")
        hamlet = int(next(one.payload for one in homes.choices if "Bỏ một hộ" in one.label).split(":")[2])
        for home in households.of_hamlet(conn, hamlet, QUESTIONNAIRE)[:9]:
            list_changes.take_off(conn, home.id, "twice", chat.person.id, NOW)
        gone = chat.tap(chat.tap(chat.tap(week, "ấp Bình Thạnh 1"), "Xem từng hộ"), "Hộ đã bỏ (9)")
        assert sum("Đưa lại" in one.label for one in gone.choices) == 8
        assert sum("Đưa lại" in one.label for one in chat.tap(gone, "Trang sau").choices) == 1
        assert not [one for one in chat.tap(week, "cần xem lại").choices if "Hộ đã bỏ" in one.label]

    await sample.write(story)
