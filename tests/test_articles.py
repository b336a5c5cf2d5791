"""Articles made in the chat: who may publish what, what every process then tells, and what is due."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from openpyxl import Workbook
from PIL import Image
from sqlalchemy import select

from bot.checking import Checking
from content import article, authoring, knowledge
from content.article import Article
from content.knowledge import Knowledge, Sure
from content.people import Grant, Role
from handlers import articles, telling
from handlers.talk import Talk
from storage import areas, people, questions
from storage.articles import Answers
from storage.database import Connection, Database
from storage.secrets import Vault
from storage.tables import AuditRow
from tests.fakes import CITIZEN
from tests.transcripts.stage import FILES, MORNING, Stage, furnish

SENT = (FILES / "dong-tien-nuoc.md").read_text("utf-8")
TODAY = MORNING.date()
SHELF = knowledge.load()


def examined(*texts: str, locale: str = "vi") -> authoring.Manuscripts:
    return authoring.examine(
        [authoring.Manuscript(f"{n}.md", text) for n, text in enumerate(texts, 1)], SHELF, TODAY, locale
    )


def made() -> Article:
    [one] = examined(SENT).articles
    return one


# --------------------------------------------------------------------------- what the check finds


def test_a_good_article_has_neither_faults_nor_warnings() -> None:
    found = examined(SENT)
    assert (found.errors, found.warnings) == ((), ())
    assert found.articles[0].id == "thanh-toan/nuoc-sach-xa"


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("1022/gui-phan-anh", "1022/khong-co", "related: 1022/khong-co: chưa có trong bộ bài"),
        ('["KT"]', '["Z9"]', "sources: Z9: chưa có trong bộ bài"),
        ("Không tự đào", "Không tự đào " * 400, "xin rút gọn"),
        ("đồng hồ nước hư ai sửa", "quên mật khẩu VssID", "đang ra bài “Quên, lấy lại, đổi mật khẩu VssID"),
    ],
)
def test_what_is_doubtful_is_said_and_does_not_stand_in_the_way(old: str, new: str, warning: str) -> None:
    found = examined(SENT.replace(old, new))
    assert len(found.articles) == 1
    assert any(warning in line for line in found.warnings), found.warnings


def test_few_ways_of_asking_are_warned_of() -> None:
    lines = [line for line in SENT.splitlines(keepends=True) if not line.startswith("  - ")]
    few = "".join(lines).replace("questions:\n", 'questions: ["ống nước bể"]\n')
    assert any("mới có 1 cách hỏi" in line for line in examined(few).warnings)


def test_an_article_that_is_past_its_day_or_stands_twice_is_refused() -> None:
    past = SENT.replace("2027-01-19", "2026-11-23")
    assert "ngày này đã qua" in examined(past).errors[0]
    assert "có hai lần trong tệp" in examined(SENT, SENT).errors[0]


def test_faults_are_told_in_the_language_of_who_sent_the_file() -> None:
    [fault] = examined(SENT.replace("audience: dân", "audience: all"), locale="en").errors
    assert fault == "1.md:4: audience: must be one of: dân, doanh nghiệp, cán bộ"


# --------------------------------------------------------------------------- who may, and what is told then


async def commune_admin(database: Database) -> Stage:
    def add(conn: Connection) -> None:
        furnish(conn)
        commune = areas.by_code(conn, "27793", TODAY)
        assert commune
        person = people.create(conn, "Bảy", "vi", MORNING)
        people.grant(conn, person, Grant(Role.ADMIN, commune.id), TODAY)
        people.add_account(conn, person, "text", "bay", MORNING)

    await database.write(add)
    return Stage(database)


async def send(stage: Stage, who: str, text: str) -> list[str]:
    """What is said to somebody who sends this as a file."""
    event = stage._incoming(who, "(file dong-tien-nuoc.md)")
    assert event.file
    await stage.desk.hear(replace(event, file=replace(event.file, data=text.encode())))
    await Checking(stage.database, {}, stage.desk, lambda: stage.now, stage.answers.get).once()
    return [message.text for message in await stage._answers(who)]


async def test_who_answers_for_one_commune_changes_nothing_for_the_others(sqlite_database: Database) -> None:
    stage = await commune_admin(sqlite_database)
    for text in (SENT, SENT.replace("thanh-toan/nuoc-sach-xa", "vssid/the-bhyt\narea: '27793'")):
        await send(stage, "bay", text)
        assert "cần quản trị viên cấp cao nhất" in "\n".join(await stage.speak("bay", "[Phát hành]"))
    await send(stage, "bay", SENT.replace("audience", "area: '27811'\naudience"))
    assert "cần quản trị viên" in "\n".join(await stage.speak("bay", "[Phát hành]"))
    assert await sqlite_database.read(lambda conn: len(stage.answers.get(conn).articles)) == len(
        SHELF.articles
    )


async def test_an_article_for_a_commune_says_for_which(sqlite_database: Database) -> None:
    stage = await commune_admin(sqlite_database)
    await send(stage, "bay", SENT.replace("audience", "area: '27793'\naudience"))
    await stage.speak("bay", "[Phát hành]")
    told = "\n".join(await stage.speak("ba-nam", "ống nước trước nhà bể báo ai"))
    assert "(Dùng cho xã Mộc Hóa)" in told


def test_the_first_questions_come_at_once_and_none_waits_for_ever(database_url: str, vault: Vault) -> None:
    """Where turns share a thread, as on PostgreSQL, a lock held over a query would stop the process."""
    answers, told = Answers(knowledge.load), list[Knowledge]()

    async def ask_at_once() -> None:
        async with Database(database_url, vault) as database:
            await asyncio.gather(*(database.write(lambda conn: areas.latest(conn, "1")) for _ in range(8)))
            told.extend(await asyncio.gather(*(database.write(answers.get) for _ in range(8))))

    asking = Thread(target=lambda: asyncio.run(ask_at_once()), daemon=True)
    asking.start()
    asking.join(60)
    assert not asking.is_alive()
    assert len(set(map(id, told))) == 1


async def test_who_asks_first_holds_up_nobody_else(database: Database) -> None:
    """What is asked first waits for the answers to be made; what others write meanwhile is written."""
    order: list[str] = []

    def slow() -> Knowledge:
        time.sleep(0.5)
        order.append("made")
        return knowledge.load()

    answers = Answers(slow)

    async def write() -> None:
        await database.write(lambda conn: areas.latest(conn, "1"), brief=True)
        order.append("written")

    first = asyncio.create_task(database.write(answers.get, brief=True))
    await asyncio.sleep(0.1)
    await write()
    assert isinstance(await first, Knowledge)
    assert order == ["written", "made"]


async def test_what_articles_are_called_is_told_without_an_index(database: Database) -> None:
    pack = knowledge.load().with_articles({}, {})  # its own: what is loaded is shared
    answers = Answers(lambda: pack)
    assert (await database.read(answers.titles))["vssid/dang-ky"] == pack.articles["vssid/dang-ky"].title
    assert not pack.is_prepared
    assert (await database.read(answers.get)).is_prepared


async def test_every_process_tells_what_one_has_published(sqlite_database: Database) -> None:
    await sqlite_database.write(furnish)
    other = Answers(knowledge.load)
    assert await sqlite_database.read(lambda conn: other.get(conn).article(made().id)) is None
    stage = Stage(sqlite_database)
    await send(stage, "trung", SENT)
    await stage.speak("trung", "[Phát hành]")
    found = await sqlite_database.read(lambda conn: other.get(conn).ask("ống nước sạch bể báo ai"))
    assert isinstance(found, Sure)
    assert found.article == made()
    again = await sqlite_database.read(other.get)
    assert again is await sqlite_database.read(other.get)  # made once, not at every question


async def test_versions_are_kept_and_withdrawing_one_brings_back_the_one_before(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(furnish)
    stage = Stage(sqlite_database)
    newer = article.written(replace(SHELF.articles["vssid/the-bhyt"], title="Thẻ, bản của huyện"))
    for text in (newer, newer.replace("bản của huyện", "bản hai")):
        await send(stage, "trung", text)
        await stage.speak("trung", "[Phát hành]")
    title = lambda conn: stage.answers.get(conn).articles["vssid/the-bhyt"].title  # noqa: E731
    for expected, label in (
        ("Thẻ, bản hai", "Thẻ, bản hai"),
        ("Thẻ, bản của huyện", "Thẻ, bản của huyện"),
        (SHELF.articles["vssid/the-bhyt"].title, ""),
    ):
        assert await sqlite_database.read(title) == expected
        for line in ("/quantri", "[Bài trả lời]", f"[{label}]", "[Rút bài]", "[Rút, tôi chắc]"):
            if label:
                await stage.speak("trung", line)

    def acts(conn: Connection) -> list[str]:
        table = AuditRow.__table__  # type: ignore[attr-defined]
        return [row.action for row in conn.all(select(table.c.action).order_by(table.c.id))]

    assert await sqlite_database.read(acts) == ["publish-article"] * 2 + ["withdraw-article"] * 2


def test_a_district_s_own_pack_stands_in_place_of_the_projects(tmp_path: Path) -> None:
    folder = tmp_path / "articles" / "thanh-toan"
    folder.mkdir(parents=True)
    (folder / "nuoc-sach-xa.md").write_text(SENT, "utf-8")
    own = knowledge.load(knowledge.articles_of(tmp_path))
    assert list(own.articles) == ["thanh-toan/nuoc-sach-xa"]
    assert isinstance(own.ask("ong nuoc be bao ai"), Sure)


# --------------------------------------------------------------------------- what is due


def test_past_its_day_an_article_is_told_with_a_warning() -> None:
    one = made()
    talk = Talk(CITIZEN, "text", MORNING, "")
    before, _ = telling.told(talk, Knowledge({one.id: one}), one)
    late = replace(talk, now=MORNING + timedelta(days=60))
    after, _ = telling.told(late, Knowledge({one.id: one}), one)
    assert "kiểm lần cuối" not in before
    assert "kiểm lần cuối" in after
    assert "20/11/2026" in after


async def test_who_finds_an_article_still_right_answers_for_it(sqlite_database: Database) -> None:
    await sqlite_database.write(furnish)
    stage = Stage(sqlite_database)
    one = SHELF.articles["thue/hoa-don-dien-tu"]
    assert one.valid_until <= TODAY + timedelta(days=30)
    for line in ("/quantri", "[Bài trả lời]", "[Sắp hết hạn kiểm (1)]", f"[{one.title}]"):
        await stage.speak("trung", line)
    assert "Đã ghi" in "\n".join(await stage.speak("trung", "[Vẫn đúng, gia hạn]"))
    assert "hôm nay đã kiểm rồi" in "\n".join(await stage.speak("trung", "[Vẫn đúng, gia hạn]"))
    kept = await sqlite_database.read(lambda conn: stage.answers.get(conn).articles[one.id])
    assert kept.valid_until == TODAY + (one.valid_until - one.checked_on)


# --------------------------------------------------------------------------- proposals


def test_a_proposed_question_becomes_one_more_way_of_asking_and_only_once() -> None:
    one = made()
    asked = authoring.asked_too(one, "nước máy cúp kêu ai")
    assert asked.questions[-1] == "nước máy cúp kêu ai"
    assert authoring.asked_too(asked, "nước máy cúp kêu ai") == asked


async def test_of_what_a_volunteer_did_the_admin_gets_a_beginning_to_write_on(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(furnish)
    stage = Stage(sqlite_database)

    did = "Chỉ cô Tư bật chữ to trên máy Nokia."
    await sqlite_database.write(lambda conn: questions.propose(conn, "article", None, did, MORNING))
    for line in ("/quantri", "[Bài trả lời]", "[Đề xuất chờ duyệt (1)]"):
        await stage.speak("trung", line)
    await stage.desk.hear(stage._incoming("trung", "[Nhận]"))
    [message] = await stage._answers("trung")
    assert message.data is not None
    draft = article.parse(message.data.decode(), message.file_name)
    assert draft.body == did
    assert draft.valid_until > TODAY


def test_an_answers_buttons_fit_a_buttons_payload() -> None:
    longest = "x" * (article.LONGEST_NAME - 2) + "/y"
    assert article.NAME.fullmatch(longest)
    shown = [
        pattern for pattern, _ in articles.BUTTONS if pattern.fullmatch(f"quantri:article-right:{longest}")
    ]
    assert len(shown) == 1
    assert len(f"quantri:article-right:{longest}".encode()) <= 64


# --------------------------------------------------------------------------- pictures


@pytest.mark.parametrize("name", sorted(one.id for one in SHELF.articles.values() if one.picture))
def test_a_picture_is_small_to_send_large_to_read_and_said_in_words(name: str) -> None:
    one = SHELF.articles[name]
    data = SHELF.picture(one)
    assert data is not None
    assert len(data) < 40_000  # a quarter of a second on a slow 3G
    with Image.open(BytesIO(data)) as picture:
        assert picture.format == "PNG"
        assert picture.width == 720
        assert picture.height <= 1000
    for locale in ("vi", "en"):
        reply = telling.picture(Talk(replace(CITIZEN, locale=locale), "text", MORNING, ""), SHELF, one)
        assert reply is not None
        assert reply.text.startswith("Hình: " if locale == "vi" else "Picture: ")
        assert 30 < len(reply.text) <= 160


def test_every_picture_of_the_pack_is_used() -> None:
    used = {one.picture for one in SHELF.articles.values() if one.picture}
    assert SHELF.pictures is not None
    assert {path.name for path in SHELF.pictures.glob("*")} == used
    assert 6 <= len(used) <= 10


async def test_the_picture_comes_before_the_answer_and_the_buttons_stay_below(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(furnish)
    stage = Stage(sqlite_database)
    await stage.desk.hear(stage._incoming("ba-nam", "có người gọi xưng công an đòi mã OTP có phải lừa không"))
    picture, told = await stage._answers("ba-nam")
    assert (picture.media_type, picture.buttons) == ("image/png", ())
    assert "Bảy dấu hiệu lừa đảo" in told.text
    assert told.buttons


def test_an_article_whose_picture_is_missing_is_told_without_it(tmp_path: Path) -> None:
    one = replace(made(), picture="mat.png", shows="hình đã mất")
    shelf = Knowledge({one.id: one}, pictures=tmp_path)
    assert telling.picture(Talk(CITIZEN, "text", MORNING, ""), shelf, one) is None
    text = SENT.replace("checked_on", 'picture: mat.png\nshows: "x"\nchecked_on')
    assert any("picture: mat.png: chưa có" in line for line in examined(text).warnings)


# --------------------------------------------------------------------------- a spreadsheet of articles


HEADS = [
    "Mã bài",
    "Tên bài",
    "Cách hỏi",
    "Nội dung",
    "Dành cho",
    "Nguồn",
    "Ngày kiểm",
    "Hạn dùng",
    "Mức chắc chắn",
]


def workbook(*rows: Sequence[object]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (HEADS, *rows):
        sheet.append(list(row))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def row_of(one: Article, **changed: object) -> list[object]:
    cells = {
        "id": one.id, "title": one.title, "questions": "\n".join(one.questions), "body": one.body,
        "audience": one.audience, "sources": "; ".join(one.sources), "checked_on": one.checked_on,
        "valid_until": "19/01/2027", "confidence": one.confidence,
    }  # fmt: skip
    return list({**cells, **changed}.values())


async def test_articles_of_a_spreadsheet_are_checked_row_by_row_and_published_together(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(furnish)
    stage = Stage(sqlite_database)
    other = {
        "id": "thanh-toan/den-duong",
        "title": "Báo đèn đường hư",
        "questions": "đèn đường hư báo ai\nđèn đường tắt",
    }

    async def send_book(data: bytes) -> str:
        event = stage._incoming("trung", "(file nuoc-sach.xlsx)")
        assert event.file
        await stage.desk.hear(replace(event, file=replace(event.file, data=data, name="bai.xlsx")))
        await Checking(stage.database, {}, stage.desk, lambda: stage.now, stage.answers.get).once()
        return "\n".join(message.text for message in await stage._answers("trung"))

    wrong = await send_book(
        workbook(row_of(made(), audience="ai"), row_of(made(), **other, valid_until="mai"))
    )
    assert "có 2 lỗi" in wrong
    assert "dòng 2: audience: phải là một trong" in wrong
    assert "dòng 3: valid_until: phải là ngày" in wrong
    right = await send_book(workbook(row_of(made()), row_of(made(), **other)))
    assert "Bài mới: Báo hư ống nước sạch của xã" in right
    assert "Bài mới: Báo đèn đường hư" in right
    await stage.speak("trung", "[Phát hành]")
    kept = await sqlite_database.read(stage.answers.get)
    assert kept.articles[made().id] == replace(made(), keywords=(), related=())
    assert kept.articles["thanh-toan/den-duong"].questions == ("đèn đường hư báo ai", "đèn đường tắt")
