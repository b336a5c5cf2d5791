"""The knowledge base: what is in it, what it answers, and when it keeps silent."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import article, aspects, guard, knowledge
from content.article import Article, ArticleError
from content.knowledge import Knowledge, Sure, Unknown, Unsure
from content.vietnamese import fold
from tests.bench import ask as bench

SHELF = knowledge.load()
SHELF.prepare()
IDS = """
1022/gioi-thieu 1022/gui-phan-anh 1022/tra-cuu-ket-qua
an-toan/lua-dao an-toan/ma-doc an-toan/otp-mat-khau
can-bo/bao-ve-du-lieu can-bo/can-bo-cong-chuc can-bo/dat-dai-vilis can-bo/ho-tich-ly-lich can-bo/ioc
can-bo/mot-cua-dien-tu can-bo/quan-ly-van-ban can-bo/tabmis-kho-bac can-bo/thu-cong-vu
dat-dai/tra-cuu-quy-hoach
dich-vu-cong/chung-thuc dich-vu-cong/cu-tru dich-vu-cong/gioi-thieu dich-vu-cong/khai-sinh
dich-vu-cong/khai-tu-ket-hon dich-vu-cong/khieu-nai-to-cao dich-vu-cong/ly-lich-tu-phap dich-vu-cong/mot-cua
dich-vu-cong/nop-ho-so dich-vu-cong/tai-khoan dich-vu-cong/thanh-toan dich-vu-cong/tra-cuu-ho-so
dien-thoai/co-ban dien-thoai/wifi-4g
doanh-nghiep/dbi doanh-nghiep/hop-dong-chu-ky-so
long-an-so/cai-dat long-an-so/dang-ky-dang-nhap long-an-so/gioi-thieu long-an-so/gui-phan-anh
long-an-so/khong-dung-duoc long-an-so/quen-mat-khau long-an-so/tra-cuu-ho-so
suc-khoe/tiem-chung
thanh-toan/chuyen-khoan-qr thanh-toan/hoc-phi-dien-nuoc
thue/etax-mobile thue/hoa-don-dien-tu thue/nop-thue
thuong-mai/mua-hang-an-toan thuong-mai/postmart thuong-mai/voso
to-cong-nghe/khao-sat to-cong-nghe/la-gi to-cong-nghe/xin-ho-tro
vneid/cccd-kham-benh vneid/dang-ky-muc-2 vneid/doi-dien-thoai vneid/gioi-thieu vneid/kich-hoat
vneid/quen-mat-khau vneid/tich-hop-giay-to
vssid/cai-dat vssid/dang-ky vssid/dang-nhap-vneid vssid/doi-thong-tin vssid/gioi-thieu
vssid/lich-su-kham-benh vssid/ma-so-bhxh vssid/qua-trinh-dong vssid/quen-mat-khau vssid/tai-khoan-con
vssid/the-bhyt
zalo/quan-tam-oa
""".split()  # noqa: SIM905 - read as a table
"""What citizens, businesses and officials are to find an answer to."""

DAYS = {30, 60, 90, 180, 365}
"""Facts are checked again after so many days: sums 30, numbers 60, steps 90, law 180, places 365."""


# --------------------------------------------------------------------------- the articles


def test_every_subject_has_its_article() -> None:
    assert set(IDS) <= SHELF.articles.keys()


def test_the_pack_is_in_order() -> None:
    assert knowledge.check() == []


@pytest.mark.parametrize("found", SHELF.articles.values(), ids=lambda found: found.id)
def test_article_says_whose_word_it_is_and_until_when(found: Article) -> None:
    assert len(found.questions) >= 8
    assert len({fold(question) for question in found.questions}) == len(found.questions)
    assert found.sources
    assert (found.valid_until - found.checked_on).days in DAYS


@pytest.mark.parametrize("found", SHELF.articles.values(), ids=lambda found: found.id)
def test_article_can_be_followed_on_a_phone(found: Article) -> None:
    steps = [int(number) for number in re.findall(r"^(\d+)\. ", found.body, re.MULTILINE)]
    assert max(steps, default=0) <= (7 if found.id == "an-toan/lua-dao" else 5)
    assert "Nếu bị kẹt" in found.body or "Nếu lỡ" in found.body
    assert "http" not in found.body
    assert len(found.body) < 2000


@pytest.mark.parametrize("found", SHELF.articles.values(), ids=lambda found: found.id)
def test_what_is_not_confirmed_is_told_as_such(found: Article) -> None:
    unconfirmed = "KT" in found.sources or found.confidence == "cần kiểm chứng"
    says_so = re.search(r"[Ee]m (cũng )?(chưa|không)|hỏi lại|[Hh]ỏi |cần kiểm lại", found.body)
    assert not unconfirmed or found.flag or says_so


def test_nobody_is_asked_to_send_a_secret() -> None:
    for found in SHELF.articles.values():
        assert not re.search(r"gửi (cho )?em (mật khẩu|mã OTP|passcode|số căn cước)", found.body)


# --------------------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("Làm sao lấy lại mật khẩu VssID?", "vssid/quen-mat-khau"),
        ("má ơi cái thẻ bh trong dt coi o dau", "vssid/the-bhyt"),
        ("ddawng kys vssid", "vssid/dang-ky"),
        ("kich hoatj vneid", "vneid/kich-hoat"),
        ("quenmatkhau vneid", "vneid/quen-mat-khau"),
        ("qmk vê nê ai đi", "vneid/quen-mat-khau"),
        ("vợ tui mới sanh, mần khai sanh ở đâu", "dich-vu-cong/khai-sinh"),
        ("ai do goi bieu doc ma otp", "an-toan/otp-mat-khau"),
        ("đống rác hôi quá báo 1022 sao", "1022/gui-phan-anh"),
        ("Hoá đơn máy tính tiền có bắt buộc không", "thue/hoa-don-dien-tu"),
    ],
)
def test_question_is_answered_however_it_is_typed(asked: str, name: str) -> None:
    found = SHELF.ask(asked)
    assert isinstance(found, Sure)
    assert found.article.id == name


@pytest.mark.parametrize("name", ["vneid", "vssid", "Long An Số", "long an so", "1022", "etax"])
def test_a_name_alone_offers_a_choice(name: str) -> None:
    found = SHELF.ask(name)
    assert isinstance(found, Unsure)
    assert 1 < len(found.matches) <= 3


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("lúa thơm bán mấy ngàn một ký", "gia-ca"),
        ("trời chiều nay có mưa không", "thoi-tiet"),
        ("quên mật khẩu facebook rồi", "tai-khoan-khac"),
        ("BHYT có trả tiền trồng răng không", "muc-huong"),
        ("đóng bảo hiểm y tế một năm bao nhiêu tiền", "muc-huong"),
        ("làm hộ chiếu cần giấy gì", "thu-tuc-khac"),
        ("vợ chồng ly hôn chia đất sao", "phap-luat"),
        ("cho con uống thuốc gì khi sốt", "suc-khoe"),
        ("mua điện thoại hãng nào bền", "mua-sam"),
        ("vay ngân hàng nuôi heo lãi nhiêu", "vay-von"),
    ],
)
def test_near_miss_is_not_answered_and_recognised(asked: str, kind: str) -> None:
    found = SHELF.ask(asked)
    assert isinstance(found, Unknown)
    assert found.outside is not None
    assert found.outside.id == kind


@pytest.mark.parametrize(
    "text", ["", "   ", "…?!", "asdf qwer zxcv", "😀😀", "12345", "hihi hehe", "a" * 10_000]
)
def test_nonsense_is_not_answered(text: str) -> None:
    assert isinstance(SHELF.ask(text), Unknown)


def test_long_message_is_read_in_bounded_time() -> None:
    found = SHELF.ask("quên mật khẩu VssID " * 500)
    assert isinstance(found, Sure)
    assert found.article.id == "vssid/quen-mat-khau"


@given(st.sampled_from([q for found in SHELF.articles.values() for q in found.questions]))
def test_diacritics_change_nothing(question: str) -> None:
    assert SHELF.ask(question) == SHELF.ask(bench.bare(question))


@given(st.text(max_size=200))
def test_whatever_is_typed_gets_a_finding(text: str) -> None:
    found = SHELF.ask(text)
    assert isinstance(found, Sure | Unsure | Unknown)
    confidences = [match.confidence for match in getattr(found, "matches", ())]
    assert all(0 <= confidence <= 1 for confidence in confidences)
    assert confidences == sorted(confidences, reverse=True)


def test_goals_hold_on_questions_that_nothing_was_tuned_on() -> None:
    """The whole table: `tocns bench ask`; what was tried: docs/decisions/0001-answers.md."""
    cases = [json.loads(line) for line in bench.QUESTIONS.read_text(encoding="utf-8").splitlines()]
    assert len(cases) >= 600
    assert sum(not case["ids"] for case in cases) >= 120
    assert sum(case["style"] == "ngoai-gan" for case in cases) >= 50
    unseen = [case for case in cases if case["split"] == "test"]
    figures = bench.measure(SHELF, unseen)
    assert figures["first"] >= 0.93
    assert figures["told_right"] >= 0.88
    assert figures["among_three"] >= 0.98
    assert figures["wrongly_sure"] <= 0.03
    assert figures["wrongly_sure_outside"] <= 0.08
    assert figures["first"] - figures["without_diacritics"]["first"] <= 0.02


def test_no_question_that_has_an_answer_is_taken_for_an_insult_or_a_cry_for_help() -> None:
    """ "Nhỏ xíu" without marks has the letters of "xỉu": everyday words need their marks to be a cry."""
    cases = [json.loads(line) for line in bench.QUESTIONS.read_text(encoding="utf-8").splitlines()]
    asked = [case["q"] for case in cases if case["ids"]]
    asked += [question for one in SHELF.articles.values() for question in one.questions]
    kinds = {text: guard.courtesy(text) for question in asked for text in (question, bench.bare(question))}
    loud = {text: kind for text, kind in kinds.items() if kind and kind.anywhere and kind.id not in FRAUD}
    taken = [text for text, kind in loud.items() if not SHELF.asks_besides(kind, text)]
    assert taken == []


FRAUD = {"scam", "loss"}


def test_only_questions_of_fraud_are_taken_for_a_fraud_that_is_going_on() -> None:
    """They get the first thing to do, and the articles on fraud below it."""
    cases = [json.loads(line) for line in bench.QUESTIONS.read_text(encoding="utf-8").splitlines()]
    asked = {case["q"]: case["ids"] for case in cases}
    asked |= {text: [one.id] for one in SHELF.articles.values() for text in one.questions}
    taken = [ids for text, ids in asked.items() if (kind := guard.courtesy(text)) and kind.id in FRAUD]
    assert len(taken) > 3
    assert {ids[0] for ids in taken} <= {"an-toan/lua-dao", "an-toan/ma-doc", "thuong-mai/mua-hang-an-toan"}


def test_message_that_names_nothing_is_never_answered_by_ranking() -> None:
    """ "Làm y vậy mà không được": of what? It is one only after another message (`handlers.followup`)."""
    assert SHELF.ask("bao nhiêu tiền vậy em") == Unknown()
    assert SHELF.ask("khó quá") == Unknown()
    cases = [json.loads(line) for line in bench.QUESTIONS.read_text(encoding="utf-8").splitlines()]
    asked = [case["q"] for case in cases if case["ids"]]
    asked += [text for one in SHELF.articles.values() for text in (one.title, *one.questions)]
    assert [text for text in asked if aspects.names_nothing(text)] == []


def test_no_question_of_the_measure_is_among_the_articles_questions() -> None:
    taught = {fold(text) for texts in _phrasings(SHELF).values() for text in texts}
    cases = [json.loads(line) for line in bench.QUESTIONS.read_text(encoding="utf-8").splitlines()]
    assert not [case["q"] for case in cases if case["split"] == "test" and fold(case["q"]) in taught]


def _phrasings(shelf: Knowledge) -> Mapping[str, list[str]]:
    return knowledge.phrasings(shelf.articles.values(), shelf.outside.values())


# --------------------------------------------------------------------------- a district's own pack


def test_new_article_is_found_without_training() -> None:
    well = replace(
        SHELF.articles["vssid/gioi-thieu"],
        id="nuoc-sach/bao-hong",
        title="Báo hỏng đồng hồ nước sạch",
        questions=(
            "đồng hồ nước bị chảy",
            "báo hỏng đồng hồ nước ở đâu",
            "đồng hồ nước quay hoài dù khóa van",
        ),
    )
    shelf = Knowledge({**SHELF.articles, well.id: well}, SHELF.flags, tuple(SHELF.outside.values()))
    found = shelf.ask("đồng hồ nước nhà tui chảy hoài, báo hỏng ở đâu")
    assert isinstance(found, Sure)
    assert found.article is well


@pytest.mark.parametrize(
    ("asked", "sure"),
    [
        ("ngày nào xã mình lấy rác vậy", True),
        ("xe rac may gio toi lay vay con", True),
        ("bỏ rác không đúng chỗ bị phạt bao nhiêu", False),
        ("đống rác hôi quá báo 1022 sao", False),
    ],
)
def test_a_communes_own_article_is_told_where_one_of_its_few_questions_was_asked(
    asked: str, sure: bool
) -> None:
    days = replace(
        SHELF.articles["1022/gioi-thieu"],
        id="1022/lich-lay-rac",
        title="Lịch lấy rác của xã",
        title_en=None,
        questions=(
            "xe rác lấy ngày nào",
            "mấy giờ xe rác tới lấy",
            "lịch gom rác của xã",
            "ngày nào lấy rác",
        ),
    )
    shelf = SHELF.with_articles({days.id: days}, {})
    found = shelf.ask(asked)
    assert (isinstance(found, Sure) and found.article is days) is sure


def test_pack_without_articles_uses_those_that_come_with_the_program(tmp_path: Path) -> None:
    assert knowledge.articles_of(tmp_path) == article.DIRECTORY
    (tmp_path / "articles").mkdir()
    assert knowledge.articles_of(tmp_path) == tmp_path / "articles"


GOOD = """---
title: Bài
audience: dân
questions: [hỏi]
keywords: []
related: []
sources: [KT]
checked_on: 2026-11-22
valid_until: 2026-12-22
confidence: chắc chắn
---
Nội dung.
"""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD.replace("title: Bài\n", ""), "thieu.md:1: the front matter lacks the line title:"),
        (GOOD.replace("[hỏi]", "hỏi"), "thieu.md:4: questions: must be a list"),
        (GOOD.replace("2026-12-22", "tháng sau"), "thieu.md:9: valid_until: must be a day like 2026-11-22"),
        (
            GOOD.replace("dân", "ai cũng được"),
            "thieu.md:3: audience: must be one of: dân, doanh nghiệp, cán bộ",
        ),
        (GOOD.replace("Nội dung.\n", ""), "thieu.md:12: there is no text after the second line ---"),
        (GOOD.replace("[KT]", "[KT"), "thieu.md:8: the front matter cannot be read"),
        ("Chỉ có chữ.", "thieu.md:1: the front matter must stand between two lines ---"),
    ],
)
def test_fault_in_an_article_is_named_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "bai" / "thieu.md"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ArticleError, match=re.escape(complaint)):
        article.read_articles(tmp_path)


def test_all_faults_of_all_articles_are_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "bai"
    folder.mkdir()
    (folder / "hai.md").write_text(
        GOOD.replace("dân", "ai").replace("title: Bài\n", "tittle: Bài\n") + "Xem bit.ly/abc\n", "utf-8"
    )
    (folder / "ba.md").write_text(GOOD.replace("2026-12-22", "2026-11-22"), "utf-8")
    with pytest.raises(ArticleError) as wrong:
        article.read_articles(tmp_path)
    assert wrong.value.faults == (
        "bai/ba.md:9: valid_until: must be after checked_on",
        "bai/hai.md:1: the front matter lacks the line title:",
        "bai/hai.md:2: there is no line called tittle:; check the spelling or leave it out",
        "bai/hai.md:3: audience: must be one of: dân, doanh nghiệp, cán bộ",
        "bai/hai.md:13: no shortened links (bit.ly/abc); write the office's full address",
    )


def test_what_is_written_of_an_article_is_read_as_the_same() -> None:
    for one in SHELF.articles.values():
        assert article.parse(article.written(one), "bai.md") == one


def test_good_article_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "bai" / "tot.md"
    path.parent.mkdir()
    path.write_text(GOOD + "---en---\nText.\n", encoding="utf-8")
    found = article.read_articles(tmp_path)["bai/tot"]
    assert (found.title, found.body, found.body_en) == ("Bài", "Nội dung.", "Text.")
    assert found.topic == "bai"


def test_dangling_names_in_a_pack_are_faults(tmp_path: Path) -> None:
    path = tmp_path / "bai" / "tot.md"
    path.parent.mkdir()
    text = GOOD.replace("related: []", "related: [bai/khac]\nflag: la")
    path.write_text(text, encoding="utf-8")
    assert knowledge.check(tmp_path) == [
        "bai/tot.md: related: bai/khac: there is no such article; name one that there is, or leave it out",
        "bai/tot.md: sources: KT: not in sources.tsv; add a line for it",
        "bai/tot.md: flag: la: not in flags.yaml; add it, or leave the flag out",
    ]


def test_what_is_due_is_listed_a_month_before() -> None:
    one = SHELF.articles["vssid/the-bhyt"]
    shelf = Knowledge({one.id: one})
    assert shelf.expiring(one.valid_until - timedelta(days=31)) == []
    assert shelf.expiring(one.valid_until - timedelta(days=30)) == [one]
    assert SHELF.expiring(date(2026, 11, 23))[0].id == "thue/hoa-don-dien-tu"
