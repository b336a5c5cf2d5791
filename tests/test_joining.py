"""One person on several channels, and invitations by phone number: what handlers answer, and what is kept."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from content.areas import read_list
from content.people import Invitation, Role
from handlers import joining
from handlers.effects import OfferLink, TakeLink
from storage import areas, people, reaching, talks
from storage.database import Connection, Database
from tests.fakes import CITIZEN, HAMLET, MEMBER, NOW, Chat, World

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def test_beside_ones_own_data_stands_a_code_for_another_channel() -> None:
    chat = Chat(World())
    chat.say("/dulieu")
    turn = chat.press("Dùng thêm kênh khác")
    (offer,) = turn.effects
    assert isinstance(offer, OfferLink)
    assert offer.expires_at == NOW + joining.LASTS
    assert f"{offer.code[:5]}-{offer.code[5:]}" in chat.text
    assert "15 phút" in chat.text


def test_each_code_is_another() -> None:
    codes = set()
    for number in range(50):
        chat = Chat(World(), _turns=number << 8)
        (offer,) = chat.send(joining.NEW).effects
        assert isinstance(offer, OfferLink)
        codes.add(offer.code)
    assert len(codes) == 50


def test_the_code_sent_from_elsewhere_joins_and_ones_own_does_not() -> None:
    world = World(links={"ABCDE-FGHIJ": MEMBER})
    chat = Chat(world, CITIZEN)
    assert chat.say("/start ABCDE-FGHIJ").effects == (TakeLink("ABCDE-FGHIJ"),)
    assert "một người Tâm" in chat.text
    same = Chat(world, MEMBER)
    assert same.say("bắt đầu ABCDE-FGHIJ").effects == ()
    assert "của anh/chị rồi" in same.text


def test_in_the_middle_of_a_survey_nobody_becomes_somebody_else() -> None:
    world = World(links={"ABCDE-FGHIJ": replace(MEMBER, id=99)})
    world.add("Nguyễn Văn Hai")
    chat = Chat(world)
    chat.say("/khaosat")
    chat.press("Nguyễn Văn Hai")
    assert chat.say("/start ABCDE-FGHIJ").effects == ()
    assert "đang làm dở" in chat.text


def test_the_number_that_the_platform_gives_takes_up_an_invitation_and_a_typed_one_does_not() -> None:
    invitation = Invitation("tel:84901234567", None, Role.MEMBER, HAMLET.id, "Tổ ấp 1")
    world = World(invitations={"tel:84901234567": invitation})
    chat = Chat(world, CITIZEN)
    chat.say("", phone="84900000000")
    assert "chưa thấy lời mời nào cho số này" in chat.text
    chat.say("/start tel:84901234567")
    assert "không thấy lời mời" in chat.text
    chat.say("", phone="84901234567")
    assert "được mời làm tổ viên" in chat.text


def test_who_has_no_code_is_asked_for_the_number_where_a_channel_can() -> None:
    chat = Chat(World(), CITIZEN)
    for said in ("bắt đầu tham gia", "/start SAI-MA"):
        turn = chat.say(said)
        assert [reply.ask for reply in turn.replies][-1] == "phone"
        assert turn.replies[0].ask is None


# --------------------------------------------------------------------------- what is kept

COUNTRY = """\
code,name,level,valid_from,valid_to,parent,under_from,became,invented
VN,Việt Nam,country,1976-07-02,,,,,
"""
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)


async def test_a_code_joins_two_accounts_once_and_while_it_holds(database: Database) -> None:
    def joined(conn: Connection) -> tuple[int | None, int | None, list[str]]:
        lan = talks.open_account(conn, "telegram", "1", "Lan", "vi", MORNING)
        stranger = talks.open_account(conn, "zalo_oa", "2", "", "vi", MORNING)
        other = talks.open_account(conn, "zalo_oa", "3", "", "vi", MORNING)
        people.offer_link(conn, lan.person.id, "OLD", MORNING + joining.LASTS)
        people.offer_link(conn, lan.person.id, "ABCDEFGHIJ", MORNING + joining.LASTS)
        people.offer_link(conn, stranger.person.id, "MINE", MORNING + joining.LASTS)
        assert people.linked(conn, "OLD", MORNING) is None
        assert people.take_link(conn, stranger.account_id, "abcde fghij", MORNING + joining.LASTS) is None
        first = people.take_link(conn, stranger.account_id, "abcde-fghij", MORNING)
        second = people.take_link(conn, other.account_id, "abcde-fghij", MORNING)
        assert first == lan.person.id
        assert people.find(conn, stranger.person.id, MORNING.date()) is None
        return first, second, [account.channel for account in people.accounts(conn, lan.person.id)]

    first, second, channels = await database.write(joined)
    assert first
    assert second is None
    assert channels == ["telegram", "zalo_oa"]
    assert not await database.read(lambda conn: people.linked(conn, "MINE", MORNING))


async def test_an_invitation_by_number_serves_its_owner_as_often_as_it_says(database: Database) -> None:
    def invited(conn: Connection) -> list[str | None]:
        areas.import_list(conn, read_list(COUNTRY))
        area = areas.roots(conn, MORNING.date())[0]
        offer = people.Offer(Role.MEMBER, area.id, None, 1, MORNING + timedelta(days=1), phone="84901234567")
        people.invite(conn, "ABCDE", offer, MORNING)
        lan = talks.open_account(conn, "zalo_oa", "1", "", "vi", MORNING)
        code = joining.code_of("84901234567")
        found = [people.invitation(conn, code, MORNING).problem]
        people.redeem(conn, lan.person.id, code, "Lan", MORNING)
        found += [people.invitation(conn, code, MORNING).problem]
        return [*found, people.invitation(conn, joining.code_of("84900000000"), MORNING).problem]

    assert await database.write(invited) == [None, "used", "unknown"]


@pytest.mark.parametrize("wording", ["tel:84901234567", "84901234567"])
def test_what_is_typed_as_a_code_never_reads_as_a_number_given(wording: str) -> None:
    assert not joining.typed(wording).startswith(people.BY_PHONE)


async def test_a_number_is_sealed_and_told_to_who_sends(database: Database) -> None:
    def keep(conn: Connection) -> str:
        lan = talks.open_account(conn, "zalo_oa", "1", "Lan", "vi", MORNING)
        people.set_phone(conn, lan.account_id, "84901234567")
        return reaching.reach(conn, lan.account_id).phone

    assert await database.write(keep) == "84901234567"
