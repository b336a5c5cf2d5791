"""Questionnaires that leave for the field and come back, and the passwords that go with them."""

import json
import zlib
from base64 import b64decode
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from content import collect, library, offline, submission
from content.form import Question
from content.households import QUESTIONNAIRE
from content.interview import World
from content.offline import Place
from content.xform import compile_form
from content.xlsform import load
from tests.fakes import CITIZEN, LEADER, MEMBER, Chat
from tests.fakes import World as Village

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
HERE = Place("27811-2", "ấp 2", "xã Bình Hòa")
BESIDE = Place("27793-1", "ấp 1", "xã Mộc Hóa")
HOUSE = compile_form(library.xform(QUESTIONNAIRE))
PLAIN = load(
    b"""
| survey |
| | type | name | label |
| | begin_repeat | nguoi | Nguoi |
| | text | goi | Goi |
| | integer | tuoi | Tuoi |
| | end_repeat | | |

| settings |
| | form_id | version |
| | nha | 1 |
""",
    "nha.md",
)


# --------------------------------------------------------------------------- the password


@given(st.text(min_size=1), st.integers(min_value=1, max_value=10**18 - 1))
def test_a_password_can_be_typed_and_its_name_leads_back(secret: str, person: int) -> None:
    password = collect.password_of(secret)
    assert len(password) == 14
    assert not set(password) & set("01ilo ")
    assert collect.person_of(collect.username_of(person)) == person


@pytest.mark.parametrize("name", ["", "tv", "tv0", "tv-1", "tv1x", "admin", "tv" + "9" * 30])
def test_other_names_are_nobodys(name: str) -> None:
    assert collect.person_of(name) is None


def test_what_is_kept_of_a_password_is_the_ha1_of_the_rfc() -> None:
    # HA1 = MD5(user:realm:password); the pair of RFC 2617 3.5 under our realm, worked out by md5sum
    assert collect.ha1("Mufasa", "Circle Of Life") == "2a25c0fd69adc2e2bbbd14db2e938613"


def test_the_code_says_where_who_and_that_the_phone_keeps_itself_up_to_date() -> None:
    text = collect.settings_text("https://to.vn/openrosa", "tv1", "abcd-efgh-jkmn", "Khảo sát ấp 2")
    said = json.loads(zlib.decompress(b64decode(text)))
    assert said["general"] == {
        "server_url": "https://to.vn/openrosa",
        "username": "tv1",
        "password": "abcd-efgh-jkmn",
        "form_update_mode": "match_exactly",
        "autosend": "wifi_and_cellular",
    }
    assert said["project"]["name"] == "Khảo sát ấp 2"


# --------------------------------------------------------------------------- in the chat


def test_collect_is_offered_where_phones_reach_the_server() -> None:
    for url, offered in (("https://to.vn/openrosa", True), (None, False)):
        turn = Chat(Village(collect=url), MEMBER).say("/khaosat")
        payloads = [choice.payload for choice in turn.replies[-1].choices]
        assert ("offline:show" in payloads) is offered


def test_only_those_who_survey_get_a_password() -> None:
    village = Village(collect="https://to.vn/openrosa")
    for person, effects in ((MEMBER, 1), (LEADER, 1), (CITIZEN, 0)):
        assert len(Chat(village, person).say(payload="offline:make").effects) == effects


# --------------------------------------------------------------------------- going out


@pytest.mark.parametrize("places", [[HERE], [HERE, BESIDE], []])
def test_what_collect_gets_is_still_a_form_with_the_same_questions(places: list[Place]) -> None:
    prepared = compile_form(offline.prepared(HOUSE, places, "vi"))
    assert (prepared.id, prepared.version) == (HOUSE.id, HOUSE.version)
    before = {item.path for item in HOUSE.questions()}
    assert before <= {item.path for item in prepared.questions()}
    household = prepared.item("/data/ho")
    assert isinstance(household, Question)
    assert household.control == "select1"
    assert "tocns-households" in prepared.external


def test_a_form_without_households_only_notes_its_times() -> None:
    prepared = compile_form(offline.prepared(PLAIN, [HERE], "vi"))
    added = {item.name for item in prepared.questions()} - {item.name for item in PLAIN.questions()}
    assert added == {"timeStart", "timeEnd"}


def test_names_cannot_break_the_list() -> None:
    listed = [offline.Listed(1, 'Ông "Ba" <b>&', "27811-2")]
    root = etree.fromstring(offline.listing(listed).encode())
    assert root.findtext("item/label") == 'Ông "Ba" <b>&'


# --------------------------------------------------------------------------- coming back


def sent(inner: str, meta: str = "<instanceID>uuid:a3c1</instanceID>") -> submission.Submitted:
    return submission.read(f'<data id="nha" version="1">{inner}<meta>{meta}</meta></data>'.encode())


@given(st.lists(st.tuples(st.text("abđế &<", max_size=9), st.integers(0, 120)), max_size=5))
def test_every_instance_of_a_repeat_comes_back(people: list[tuple[str, int]]) -> None:
    root = etree.Element("data", id="nha", version="1")
    for name, age in people:
        person = etree.SubElement(root, "nguoi")
        etree.SubElement(person, "goi").text = name
        etree.SubElement(person, "tuoi").text = str(age)
    etree.SubElement(etree.SubElement(root, "meta"), "instanceID").text = "uuid:a3c1"
    submitted = submission.read(etree.tostring(root))
    answered = offline.answers(PLAIN, submitted.root)
    judged = offline.judge(PLAIN, answered, {}, World(NOW))
    assert judged.problem is None
    for place, (name, age) in enumerate(people, 1):
        assert judged.values[f"/data/nguoi[{place}]/goi"] == name.strip()
        assert judged.values[f"/data/nguoi[{place}]/tuoi"] == str(age)


def test_an_answer_of_another_kind_is_told_by_its_question() -> None:
    answered = offline.answers(PLAIN, sent("<nguoi><goi>An</goi><tuoi>mười</tuoi></nguoi>").root)
    problem = offline.judge(PLAIN, answered, {}, World(NOW)).problem
    assert problem is not None
    assert problem.told("vi") == "câu “Tuoi” có câu trả lời không hợp lệ: mười."


def test_what_the_form_does_not_know_is_left_out() -> None:
    answered = offline.answers(PLAIN, sent("<la>x</la><nguoi><goi>An</goi><la>y</la></nguoi>").root)
    assert {path for path in answered if "meta" not in path} == {"/data/nguoi[1]/goi"}


def test_times_are_those_of_the_phone() -> None:
    times = "<timeStart>2026-11-20T07:00:00.000+07:00</timeStart><timeEnd>x</timeEnd>"
    submitted = sent("", f"<instanceID>uuid:1</instanceID>{times}")
    assert submitted.began == datetime(2026, 11, 20, 7, tzinfo=NOW.tzinfo)
    assert submitted.ended is None


def test_ids_are_put_into_a_submission_and_read_from_it() -> None:
    xml = '<data id="nha"><meta><instanceID>uuid:old</instanceID></meta></data>'
    named = submission.identified(xml, "uuid:new", "uuid:old")
    assert submission.identity(named) == "uuid:new"
    assert submission.read(named.encode()).deprecated_id == "uuid:old"
    assert submission.identity(submission.identified("<data id='nha'/>", "uuid:new")) == "uuid:new"


@given(st.text(), st.integers(2, 50))
def test_every_revision_has_an_id_of_its_own_always_the_same(survey: str, number: int) -> None:
    ids = [submission.of_revision(survey, n) for n in (1, number, number + 1)]
    assert len(set(ids)) == 3
    assert ids[1] == submission.of_revision(survey, number)
