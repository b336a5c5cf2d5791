"""Where there is no network: ODK Collect against the service, over HTTP, on either database."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO

import aiohttp
import orjson
import pytest
from lxml import etree
from PIL import Image
from sqlalchemy import select

from bot.__main__ import main
from bot.openrosa.receiving import Receiver
from bot.openrosa.settling import Forced
from content.bundle import Bundle, packed
from content.people import Role
from content.xlsform import check
from storage import areas, collected, forms, people, photos, places
from storage.database import Connection, table
from storage.forms import Publication
from storage.tables import PhotoRow
from tests.e2e.collect import Collect, Failed
from tests.e2e.field import ANSWERS, Field, field
from tests.e2e.served import KEY

FORM = "khao-sat-ho"


@pytest.fixture
async def there(database_url: str) -> AsyncIterator[Field]:
    async with field(database_url) as there:
        yield there


def picture(edge: int = 600, noise: bool = False) -> bytes:
    out = BytesIO()
    image = Image.effect_noise((edge, edge), 90) if noise else Image.new("RGB", (edge, edge), "green")
    exif = Image.Exif()
    exif[0x9286] = "10.78,105.94"
    image.convert("RGB").save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


async def ready(there: Field, who: str = "tam") -> Collect:
    phone = await there.collect(who)
    assert await phone.refresh() == [FORM]
    return phone


# --------------------------------------------------------------------------- setting up


async def test_a_member_is_offered_collect_in_khaosat_and_sets_it_up_by_a_code(there: Field) -> None:
    [menu] = await there.hear("tam", "/khaosat")
    buttons = [button for row in menu.buttons for button in row]
    offered = next(button for button in buttons if "ODK Collect" in button.label)
    [about] = await there.hear("tam", offered.label, offered.payload)
    assert "không có sóng" in about.text
    phone = await there.collect("tam")
    assert phone.username == f"tv{there.people['tam']}"
    assert await phone.refresh() == [FORM]
    assert await phone.refresh() == []  # nothing has changed since


async def test_the_form_knows_the_members_hamlet_and_brings_its_households(there: Field) -> None:
    phone = await ready(there)
    blank = phone.forms[FORM]
    root = etree.fromstring(blank.xml)
    assert root.findtext(".//{*}instance/{*}data/{*}ap") == "ấp 2"
    assert root.findtext(".//{*}instance/{*}data/{*}xa") == "xã Bình Hòa"
    names = [item.findtext("label") for item in etree.fromstring(blank.media["households.xml"])]
    assert len(names) == 7
    assert "Trần Thị Bảy · tổ 1" in names
    assert not any("Huỳnh" in name for name in names)  # ấp 1 is not theirs


STATIONS = """
| survey | | | | |
| | type | name | label | media::image |
| | select_one co | dong_y | Nhà mình đồng ý không? | |
| | select_one_from_file tram.csv | tram | Trạm nào? | tram.png |
| choices | | | |
| | list_name | name | label |
| | co | co | Có |
| settings | | |
| | form_id | version |
| | tram-nuoc | 1 |
"""


async def test_a_form_comes_with_the_files_that_it_names(there: Field) -> None:
    files = {"tram.csv": "name,label\na,Trạm Ấp 1\n".encode(), "tram.png": b"\x89PNG a pump"}
    bundle = Bundle("tram-nuoc.md", STATIONS.encode(), files)

    def publish(conn: Connection) -> None:
        commune = areas.by_code(conn, "27811", there.now.date())
        assert commune
        xform = check(bundle.source, bundle.name, files).xform
        new = Publication("tram-nuoc", "1", "Trạm", xform, packed(bundle), "tram-nuoc.zip", commune.id)
        forms.publish(conn, new, None, there.now)

    phone = await ready(there)
    await there.service.database.write(publish)
    assert await phone.refresh() == ["tram-nuoc"]
    assert phone.forms["tram-nuoc"].media == files
    assert b"jr://file-csv/tram.csv" in phone.forms["tram-nuoc"].xml


async def test_a_new_password_ends_the_old_one(there: Field) -> None:
    old = await ready(there)
    new = await ready(there)
    assert new.password != old.password
    with pytest.raises(Failed, match="authentication"):
        await old.refresh()


async def test_nobody_gets_in_without_the_password(there: Field) -> None:
    phone = await ready(there)
    for wrong in (replace(phone, password="abcd-efgh-jkmn"), replace(phone, username="tv999")):
        with pytest.raises(Failed, match="authentication"):
            await replace(wrong, _challenge={}).refresh()
        with pytest.raises(Failed, match="authentication"):
            await replace(wrong, basic=True).refresh()
    async with aiohttp.ClientSession() as session:
        for path in ("formList", "forms/1/form.xml", "forms/1/media/households.xml", "submission"):
            async with session.get(f"{phone.server_url}/{path}") as answer:
                assert answer.status == (405 if path == "submission" else 401)


async def test_basic_signs_in_as_well(there: Field) -> None:
    phone = replace(await ready(there), basic=True)
    assert "đã ghi nhận" in (await phone.send(phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn"}))).lower()


async def test_a_nonce_that_has_grown_old_is_renewed_without_asking_the_person(there: Field) -> None:
    phone = await ready(there)
    nonce = phone._challenge["nonce"]
    seconds = f"{int(nonce.partition('-')[0], 16) - 3600:x}"
    mark = there.service.database.vault.fingerprint("openrosa nonce", seconds).hex()
    phone._challenge["nonce"] = f"{seconds}-{mark}"
    assert await phone.refresh() == []
    assert phone._challenge["nonce"] != f"{seconds}-{mark}"


# --------------------------------------------------------------------------- what is sent


async def test_what_is_sent_is_a_survey_of_the_household_as_from_the_chat(there: Field) -> None:
    phone = await ready(there)
    household = (await there.households())["Trần Thị Bảy"]
    filled = phone.fill(FORM, ANSWERS | {"ho": str(household.id)})
    assert (await phone.send(filled)).startswith("201")
    [survey] = await there.surveys()
    assert survey.household_id == household.id
    assert (survey.by, survey.channel, survey.consent) == (there.people["tam"], "openrosa", True)
    answers = orjson.loads(survey.answers)
    assert answers["/data/ten_ho"] == "Trần Thị Bảy"
    assert answers["/data/phieu/co_dtdt"] == "co"  # worked out by the engine, not sent
    assert "/data/phieu/ten_moi" not in answers
    assert (await there.households())["Trần Thị Bảy"].surveyed_at is not None
    assert await there.figure("=done") == (1, 1)


async def test_where_it_was_filled_in_is_known_by_its_square_alone(there: Field) -> None:
    phone = await ready(there)
    here = {"ten_moi": "Bùi Văn Sơn", "them": "vi_tri", "vi_tri": "10.7769 105.9953 3.0 4.5"}
    assert (await phone.send(phone.fill(FORM, ANSWERS | here))).startswith("201")
    [kept] = await there.service.database.read(lambda conn: conn.all(select(places.place)))
    assert (kept.north, kept.east) == (539, 5300)


async def test_the_same_form_sent_ten_times_is_counted_once(there: Field) -> None:
    phone = await ready(there)
    filled = phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn"})
    said = [await phone.send(filled) for _ in range(10)]
    assert "không tính thêm" in said[-1]
    assert len(await there.surveys()) == 1
    assert await there.figure("=done") == (1, 1)
    assert await there.figure("=listed") == (10, 10)  # nine were there, one is new


async def test_a_new_name_is_a_new_household_of_the_members_hamlet(there: Field) -> None:
    phone = await ready(there)
    await phone.send(phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn"}))
    assert "Bùi Văn Sơn" in await there.households()


async def test_a_name_on_the_list_is_that_household(there: Field) -> None:
    phone = await ready(there)
    await phone.send(phone.fill(FORM, ANSWERS | {"ten_moi": "le van tam"}))
    there_now = await there.households()
    assert there_now["Lê Văn Tám"].surveyed_at is not None
    assert len(there_now) == 7


async def test_an_edited_form_is_a_revision_of_the_survey(there: Field) -> None:
    phone = await ready(there)
    first = phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn"})
    await phone.send(first)
    second = phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn", "vneid": "2"}, edits=first)
    assert (await phone.send(second)).startswith("201")
    third = phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn", "vneid": "0"}, edits=second)
    await phone.send(third)
    [survey] = await there.surveys()
    assert survey.revision == 3
    assert f"uuid:{survey.id}" == first.instance_id
    assert orjson.loads(survey.answers)["/data/phieu/vneid"] == "0"
    assert await there.figure("=done") == (1, 1)


async def test_a_refusal_is_counted_and_names_nobody(there: Field) -> None:
    phone = await ready(there)
    household = (await there.households())["Trần Thị Bảy"]
    await phone.send(phone.fill(FORM, {"dong_y": "khong", "ho": str(household.id)}, anh=picture()))
    [survey] = await there.surveys()
    assert (survey.consent, survey.household_id, survey.xml, survey.answers) == (False, None, "", "{}")
    assert await there.figure("=refused") == (1, 1)
    assert await there.service.database.read(lambda conn: conn.all(select(table(PhotoRow).c.name))) == []


async def test_pictures_come_in_parts_and_without_what_the_phone_wrote_into_them(there: Field) -> None:
    phone = await ready(there)
    big = picture(2400, noise=True)
    filled = phone.fill(
        FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn", "them": "anh", "anh": "anh.jpg"}, anh=big, du=picture()
    )
    filled.files["them.jpg"] = picture(2900, noise=True)
    assert sum(map(len, filled.files.values())) > 10_000_000
    await phone.send(filled)
    await phone.send(filled)
    assert phone.posts >= 4  # in two parts, twice
    rows = await there.service.database.read(
        lambda conn: conn.all(select(table(PhotoRow).c.name, table(PhotoRow).c.survey_id))
    )
    [survey] = await there.surveys()
    [(name, survey_id)] = rows  # only what is an answer
    assert survey_id == survey.id
    assert orjson.loads(survey.answers)["/data/phieu/anh"] == name
    assert f"<anh>{name}</anh>" in survey.xml
    kept = await there.service.database.read(lambda conn: photos.find(conn, name))
    assert kept is not None
    assert Image.open(BytesIO(kept)).getexif() == {}


# --------------------------------------------------------------------------- what can't be counted


async def test_what_the_form_would_refuse_is_kept_and_told(there: Field) -> None:
    phone = await ready(there)
    filled = phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn", "nguoi_18": "9"})
    said = await phone.send(filled)
    assert said.startswith("202")
    assert "từ 0 đến 4" in said
    assert await phone.send(filled) == said  # sent again, it is kept once
    assert await there.surveys() == []
    assert "Bùi Văn Sơn" not in await there.households()
    [parked] = await there.service.database.read(collected.parked)
    assert parked.instance_id == filled.instance_id
    for who in ("tam", "hung"):
        told = await there.told(who)
        assert "chưa tính được" in told[-1].text
        assert sum("chưa tính được" in shown.text for shown in told) == 1


async def test_a_parked_form_that_is_mended_on_the_phone_takes_its_own_place(there: Field) -> None:
    phone = await ready(there)
    wrong = phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn", "nguoi_18": "9"})
    await phone.send(wrong)
    right = phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn"}, edits=wrong)
    assert (await phone.send(right)).startswith("201")
    assert await there.service.database.read(collected.parked) == []
    assert len(await there.surveys()) == 1


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"ten_moi": "Bùi Văn Sơn", "mang": "ve_tinh"}, "không hợp lệ"),
        ({"ten_moi": "Bùi Văn Sơn", "so_nguoi": "bốn"}, "số người"),
        ({"ho": "99999"}, "không có hộ số 99999"),
        ({"ten_moi": "Bùi Văn Sơn", "ap": "ấp 1"}, "không thuộc nơi anh/chị được giao"),
        ({}, "tên chủ hộ"),
    ],
)
async def test_each_reason_is_said(there: Field, answers: dict[str, str], why: str) -> None:
    phone = await ready(there)
    said = await phone.send(phone.fill(FORM, ANSWERS | answers))
    assert said.startswith("202")
    assert why in said
    assert await there.surveys() == []


async def test_a_household_of_another_hamlet_is_not_theirs(there: Field) -> None:
    phone = await ready(there)
    beside = (await there.households("27811-1"))["Huỳnh Văn Ba"]
    assert "không thuộc nơi" in await phone.send(phone.fill(FORM, ANSWERS | {"ho": str(beside.id)}))
    assert (await there.households("27811-1"))["Huỳnh Văn Ba"].surveyed_at is None


async def test_a_name_that_was_surveyed_already_waits_for_somebody_who_knows(there: Field) -> None:
    phone = await ready(there)
    await phone.send(phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn"}))
    again = phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn"})
    assert "chưa rõ có phải cùng một hộ" in await phone.send(again)
    hamlet = await there.service.database.read(lambda conn: areas.by_code(conn, "27811-2", there.now.date()))
    assert hamlet is not None
    receiver = Receiver(there.service.openrosa.forms, lambda: there.now, lambda *_: None)
    survey_id = await there.service.database.write(
        lambda conn: receiver.settle(conn, again.instance_id, Forced(hamlet=hamlet.id))
    )
    assert f"uuid:{survey_id}" == again.instance_id
    assert await there.figure("=done") == (2, 2)
    assert await there.service.database.read(collected.parked) == []


async def test_an_administrator_lists_and_settles_what_is_parked(
    there: Field, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    phone = await ready(there)
    wrong = [
        phone.fill(FORM, ANSWERS | {"ten_moi": name, "nguoi_18": "9"})
        for name in ("Bùi Văn Sơn", "Bùi Thị Mai")
    ]
    for filled in wrong:
        await phone.send(filled)
    monkeypatch.setenv("TOCNS_DATABASE_URL", database_url)
    monkeypatch.setenv("TOCNS_SECRET_KEY", KEY)

    async def tocns(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["tocns", "openrosa", *arguments])
        with pytest.raises(SystemExit) as ended:
            await asyncio.to_thread(main)
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    _, listed = await tocns("parked")
    assert [line.split("\t")[0] for line in listed.splitlines()] == [one.instance_id for one in wrong]
    code, said = await tocns("settle", wrong[0].instance_id)
    assert code == 1
    assert "not counted yet" in said
    code, said = await tocns("settle", wrong[0].instance_id, "--as-is")
    assert code == 0
    assert "Bùi Văn Sơn" in await there.households()
    assert (await tocns("settle", wrong[1].instance_id, "--drop"))[0] == 0
    assert await tocns("parked") == (0, "")
    assert (await tocns("settle", wrong[1].instance_id))[0] == 1
    assert len(await there.surveys()) == 1
    assert (await tocns("push")) == (0, "waiting=0 sent=0 refused=0\n")


async def test_who_lost_the_role_in_the_field_loses_no_form(there: Field) -> None:
    phone = await ready(there)
    filled = phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn"})

    def end(conn: Connection) -> None:
        hamlet = areas.by_code(conn, "27811-2", there.now.date())
        assert hamlet is not None
        people.revoke(conn, there.people["tam"], Role.MEMBER, hamlet.id, there.now.date())

    await there.service.database.write(end)
    assert (await phone.send(filled)).startswith("202")
    assert await phone.refresh() == []
    assert phone.forms == {}
    assert "chưa tính được" in (await there.told("quyen"))[-1].text  # no leader leads them any more


# --------------------------------------------------------------------------- what stays on the phone


async def test_another_form_under_the_same_id_is_refused(there: Field) -> None:
    phone = await ready(there)
    filled = phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn"})
    await phone.send(filled)
    with pytest.raises(Failed, match="409"):
        await phone.send(replace(filled, xml=filled.xml.replace(b"khong", b"co")))
    leader = await ready(there, "hung")
    with pytest.raises(Failed, match="409"):
        await leader.send(filled)


@pytest.mark.parametrize(
    ("xml", "status"),
    [
        (b"<data", 400),
        (b'<data id="khao-sat-ho" version="2026112202"><dong_y>co</dong_y></data>', 400),
        (b"<data><meta><instanceID>uuid:1</instanceID></meta></data>", 400),
        (b'<data id="khac"><meta><instanceID>uuid:1</instanceID></meta></data>', 404),
        (b'<!DOCTYPE d [<!ENTITY a "b">]><d id="khao-sat-ho">&a;</d>', 400),
    ],
)
async def test_what_is_no_submission_gets_a_sentence(there: Field, xml: bytes, status: int) -> None:
    phone = await ready(there)
    filled = phone.fill(FORM, ANSWERS)
    with pytest.raises(Failed, match=rf"{status} \w+"):
        await phone.send(replace(filled, xml=xml))


async def test_more_than_is_taken_at_once_is_refused_before_it_is_read(there: Field) -> None:
    phone = replace(await ready(there), basic=True)
    filled = phone.fill(FORM, ANSWERS)
    with pytest.raises(Failed, match="413"):
        await phone.send(replace(filled, files={"video.mp4": bytes(12_000_000)}))


# --------------------------------------------------------------------------- several hamlets


async def test_who_has_several_hamlets_is_asked_which(there: Field) -> None:
    phone = await ready(there, "hung")
    root = etree.fromstring(phone.forms[FORM].xml)
    asked = root.find(".//{*}body/{*}select1")
    assert asked.get("ref") == "/data/ap"
    values = [item.findtext("{*}value") for item in asked.iterfind("{*}item")]
    assert values == ["27811-1", "27811-2"]
    await phone.send(phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Văn Sơn", "ap": "27811-1"}))
    assert "Bùi Văn Sơn" in await there.households("27811-1")
    [survey] = await there.surveys()
    assert orjson.loads(survey.answers)["/data/ap"] == "ấp 1"
    said = await phone.send(phone.fill(FORM, ANSWERS | {"ten_moi": "Bùi Thị Mai"}))
    assert "phiếu không ghi ấp nào" in said
