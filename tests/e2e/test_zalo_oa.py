"""The Official Account channel against an emulated API, over HTTP only: hearing, sending, and what goes
wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from random import Random

import orjson
import pytest
from aiohttp import web
from PIL import Image

from bot.channels.base import Attachment, Busy, Button, Incoming, Outcome, Quota, Shown, Template
from bot.channels.zalo_oa import ZaloOA
from bot.channels.zalo_oa.hearing import signed
from bot.channels.zalo_oa.pictures import shrunk
from bot.channels.zalo_oa.tokens import OAuth
from bot.zalo_tokens import MEND, Keeper
from storage.database import Database
from tests.e2e.test_telegram import until
from tests.e2e.zalo_oa_api import APP_ID, APP_SECRET, DOWN, OA_SECRET, Trouble, ZaloOaApi
from tests.e2e.zalo_oa_people import OA_ID, Person

CS = "/v3.0/oa/message/cs"
FIVE = tuple((Button(f"Số {n}", f"q:{n}"),) for n in range(5))
HELLO = Shown(1, "Chào cô/chú!")


class Desk:
    """Remembers each event once, as the desk does."""

    def __init__(self) -> None:
        self.heard: list[Incoming] = []
        self.deliveries = 0
        self.refuse = 0
        self.slow = 0.0

    async def hear(self, incoming: Incoming) -> None:
        self.deliveries += 1
        if self.refuse:
            self.refuse -= 1
            raise Busy
        await asyncio.sleep(self.slow)
        if all(known.event_id != incoming.event_id for known in self.heard):
            self.heard.append(incoming)

    @property
    def last(self) -> Incoming:
        return self.heard[-1]


def keeper(api: ZaloOaApi, database: Database) -> Keeper:
    return Keeper(database, "zalo_oa", api.seed, OAuth(api.oauth, APP_ID, APP_SECRET).refresh, api.now)


@asynccontextmanager
async def running(api: ZaloOaApi, desk: Desk, database: Database) -> AsyncIterator[ZaloOA]:
    """The channel as the service runs it: its routes on a listening server, started and stopped."""

    async def known(address: str) -> bool:
        return any(incoming.address == address for incoming in desk.heard)

    channel = ZaloOA(
        app_id=APP_ID, secret_key=OA_SECRET, tokens=keeper(api, database).tokens, known=known,
        api_url=api.openapi, zns_url=api.business, templates=["100"],
    )  # fmt: skip
    app = web.Application()
    app.add_routes(channel.routes(desk.hear))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api.webhooks.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhook/zalo-oa"
    await channel.start(desk.hear, listen=True, send=False)
    try:
        yield channel
    finally:
        await channel.stop()
        await runner.cleanup()


@pytest.fixture
async def api() -> AsyncIterator[ZaloOaApi]:
    async with ZaloOaApi() as api:
        api.templates["100"] = {
            "status": "ENABLE",
            "listParams": [{"name": "noi_dung", "require": True, "maxLength": 40}],
        }
        yield api


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def channel(api: ZaloOaApi, desk: Desk, sqlite_database: Database) -> AsyncIterator[ZaloOA]:
    async with running(api, desk, sqlite_database) as channel:
        yield channel


@pytest.fixture
async def mai(api: ZaloOaApi, channel: ZaloOA) -> Person:
    """Somebody who wrote already."""
    mai = api.person("Mai Nguyễn")
    await mai.type("Xin chào")
    return mai


# --------------------------------------------------------------------------- what is heard


async def test_a_text_is_heard_with_the_strangers_name_which_is_asked_once(
    api: ZaloOaApi, desk: Desk, mai: Person
) -> None:
    await mai.type("Cảm ơn")
    assert [(heard.text, heard.name, heard.address) for heard in desk.heard] == [
        ("Xin chào", "Mai Nguyễn", mai.id),
        ("Cảm ơn", "Mai Nguyễn", mai.id),
    ]
    assert abs(desk.last.at - datetime.now(UTC)) < timedelta(seconds=5)
    assert len(api.called("/v3.0/oa/user/detail")) == 1


async def test_a_name_that_does_not_come_quickly_is_done_without(
    api: ZaloOaApi, desk: Desk, channel: ZaloOA
) -> None:
    api.trouble("/v3.0/oa/user/detail", Trouble(delay=1.5))
    await api.person("Lan").type("Xin chào")
    assert desk.last.name == ""
    assert api.webhooks.statuses == [200]


async def test_a_tap_brings_payload_and_label_and_nobody_can_type_anothers(
    api: ZaloOaApi, desk: Desk, channel: ZaloOA, mai: Person
) -> None:
    await channel.send(mai.id, Shown(1, "Chọn đi", ((Button("Có, 100%|#", "q:a b|c/1"),),)))
    await mai.tap("Có, 100%|#")
    assert (desk.last.payload, desk.last.text) == ("q:a b|c/1", "Có, 100%|#")
    lan = api.person("Lan")
    await lan.type(next(iter(mai.chat[-1].buttons.values())))
    assert desk.last.payload is None, "it is bound to the person who was shown the button"
    await mai.type("#q:a b|c/1")
    assert desk.last.payload is None


OTHERS = {
    "user_send_sticker": ("sticker", {"id": "1"}, {"other": "sticker"}),
    "user_send_gif": ("gif", {"url": "https://x.zdn.vn/a.gif"}, {"other": "sticker"}),
    "user_send_audio": ("audio", {"url": "https://x.zdn.vn/a.amr"}, {"other": "voice"}),
    "user_send_video": ("video", {"url": "https://x.zdn.vn/a.mp4"}, {"other": "video"}),
    "user_send_business_card": ("link", {"description": '{"phone":"84…"}'}, {"other": "contact"}),
    "user_send_link": (
        "link",
        {"url": "https://vneid.gov.vn", "title": "VNeID"},
        {"text": "https://vneid.gov.vn"},
    ),
}


@pytest.mark.parametrize("event", OTHERS)
async def test_each_kind_of_attachment_is_heard_as_what_it_is(event: str, desk: Desk, mai: Person) -> None:
    kind, payload, expected = OTHERS[event]
    await mai.attach(event, kind, payload)
    assert {name: getattr(desk.last, name) for name in expected} == expected
    recorded = desk.last.file
    assert (recorded and (recorded.ref, recorded.name)) == RECORDED.get(event)


RECORDED = {
    "user_send_audio": ("https://x.zdn.vn/a.amr", "a.amr"),
    "user_send_video": ("https://x.zdn.vn/a.mp4", "a.mp4"),
}


async def test_a_file_is_handed_over_and_a_picture_sent_as_a_file_is_a_picture(
    api: ZaloOaApi, desk: Desk, channel: ZaloOA, mai: Person
) -> None:
    url = api.host(b"PK sheet")
    await mai.attach(
        "user_send_file", "file", {"url": url, "name": "phieu.xlsx", "size": "8", "type": "xlsx"}
    )
    assert (desk.last.other, desk.last.photo) == ("file", None)
    assert desk.last.file == Attachment(url, "", 8, None, "phieu.xlsx")
    assert await channel.fetch(desk.last.file) == b"PK sheet"
    await mai.attach("user_send_file", "file", {"url": url, "name": "nha.PNG", "size": "8"})
    assert desk.last.photo == Attachment(url, "image/png", 8)


async def test_a_photo_is_fetched_and_one_that_has_expired_is_not_had(
    api: ZaloOaApi, desk: Desk, channel: ZaloOA, mai: Person
) -> None:
    await mai.photo(b"jpeg bytes")
    assert desk.last.photo
    assert await channel.fetch(desk.last.photo) == b"jpeg bytes"
    with pytest.raises(OSError, match="404"):
        await channel.fetch(Attachment(api.url + "/files/gone.jpg"))


async def test_a_place_comes_in_degrees(desk: Desk, mai: Person) -> None:
    await mai.location("10.7769", "105.9953")
    assert (desk.last.latitude, desk.last.longitude, desk.last.text) == (10.7769, 105.9953, "")


async def test_deeds_without_words_are_told_apart(desk: Desk, mai: Person) -> None:
    await mai.open_chat()
    assert desk.last.deed == "touched"
    await mai.unfollow()
    assert (desk.last.deed, desk.last.address) == ("left", mai.id)
    await mai.follow()
    assert (desk.last.deed, desk.last.text) == ("said", "/start")
    for old_shape in (False, True):
        await mai.fill_in(old_shape=old_shape)
        assert desk.last.phone == mai.phone


async def test_receipts_echoes_and_kinds_unknown_are_nobodys_deed(
    api: ZaloOaApi, desk: Desk, channel: ZaloOA, mai: Person
) -> None:
    await channel.send(mai.id, HELLO)
    before = desk.deliveries
    await mai.see()
    sender = {"sender": {"id": mai.id}, "recipient": {"id": OA_ID}}
    for event in ("user_reacted_message", "user_send_hologram", "oa_send_text"):
        await api.webhooks.deliver({"event_name": event, **sender, "message": {"text": "x", "msg_id": "1"}})
    await until(lambda: len(api.webhooks.statuses) >= 7)
    assert desk.deliveries == before
    assert set(api.webhooks.statuses) == {200}


async def test_an_event_without_its_documented_shape_is_answered_and_left_out(
    api: ZaloOaApi, desk: Desk, mai: Person
) -> None:
    before = desk.deliveries
    await api.webhooks.deliver({"event_name": "user_send_location", "sender": {"id": mai.id}, "message": {}})
    assert api.webhooks.statuses[-1] == 200
    follow = {"event_name": "follow", "follower": {"id": mai.id}, "timestamp": "9" * 25}
    await api.webhooks.deliver(follow)
    assert api.webhooks.statuses[-1] == 200
    assert desk.deliveries == before


# --------------------------------------------------------------------------- the webhook


async def test_the_consoles_empty_unsigned_trial_is_answered(
    api: ZaloOaApi, desk: Desk, channel: ZaloOA
) -> None:
    assert await api.webhooks.post(b"{}") == 200
    assert await api.webhooks.post(b"") == 200
    assert not desk.deliveries


def test_the_signature_is_what_the_published_example_gives() -> None:
    body = (
        '{"app_id":"4100000000000000001","sender":{"id":"7000000000000000001"},"user_id_by_app":'
        '"5000000000000000001","recipient":{"id":"9000000000000000001"},"event_name":"user_send_text",'
        '"message":{"text":"Xin chào","msg_id":"a1b2c3d4e5f60718"},"timestamp":"1763800000000"}'
    ).encode()
    mac = "800b992ea251347fd3cb73471cb076dee1d22f65635139c2406b2d07e8f1d83e"
    for header in (f"mac={mac}", mac.upper()):
        assert signed(header, (APP_ID,), body, "1763800000000", OA_SECRET) == APP_ID
    assert signed(mac, (APP_ID,), body + b" ", "1763800000000", OA_SECRET) is None


async def test_what_is_not_signed_with_our_secret_is_refused_and_told_to_the_operator(
    api: ZaloOaApi, desk: Desk, channel: ZaloOA, mai: Person, caplog: pytest.LogCaptureFixture
) -> None:
    body, before = api.webhooks.history[-1], desk.deliveries
    assert await api.webhooks.post(body, api.webhooks.sign(body, "wrong")) == 403
    assert await api.webhooks.post(body, sha256(body).hexdigest()) == 403
    assert await api.webhooks.post(body) == 403
    assert await api.webhooks.post(body[:-5], "mac=") == 400
    assert desk.deliveries == before
    assert channel.refused == 3
    assert caplog.text.count("TOCNS_ZALO_OA_SECRET_KEY") == 1


@pytest.mark.parametrize(("first", "prefix"), [("", ""), (OA_ID, "mac=")], ids=["bare hex", "the OA's id"])
async def test_the_two_other_ways_of_signing_that_were_seen_hold_too(
    api: ZaloOaApi, desk: Desk, channel: ZaloOA, first: str, prefix: str
) -> None:
    api.webhooks.first_term, api.webhooks.prefix = first, prefix
    await api.person("Lan").type("Xin chào")
    assert desk.last.text == "Xin chào"


async def test_what_could_not_be_stored_is_delivered_again_and_heard_once(
    api: ZaloOaApi, desk: Desk, mai: Person
) -> None:
    desk.refuse = 2
    await mai.type("Còn đó không?")
    assert api.webhooks.statuses[-3:] == [503, 503, 200]
    assert [heard.text for heard in desk.heard] == ["Xin chào", "Còn đó không?"]


async def test_zalo_is_answered_within_two_seconds_though_storing_takes_longer(
    api: ZaloOaApi, desk: Desk, mai: Person
) -> None:
    desk.slow = 2.2
    await mai.type("Máy chủ chậm")
    assert 0 not in api.webhooks.statuses
    assert api.webhooks.statuses[1] == 503
    assert [heard.text for heard in desk.heard] == ["Xin chào", "Máy chủ chậm"]


async def test_twice_late_and_out_of_order_is_once(api: ZaloOaApi, desk: Desk, mai: Person) -> None:
    api.webhooks.twice = True
    await asyncio.gather(*(mai.type(str(number)) for number in range(5)))
    await asyncio.gather(*(api.webhooks.deliver_raw(body) for body in reversed(api.webhooks.history)))
    assert sorted(heard.text for heard in desk.heard[1:]) == list("01234")


# --------------------------------------------------------------------------- what is sent


async def test_five_buttons_arrive_as_they_are(channel: ZaloOA, mai: Person) -> None:
    receipt = await channel.send(mai.id, Shown(1, "Chọn đi", FIVE))
    assert receipt.outcome is Outcome.SENT
    assert receipt.message_id == mai.chat[-1].id
    assert list(mai.chat[-1].buttons) == [f"Số {n}" for n in range(5)]


async def test_decomposed_letters_are_sent_composed(api: ZaloOaApi, channel: ZaloOA, mai: Person) -> None:
    await channel.send(mai.id, Shown(1, "Tie\u0302\u0301ng Vie\u0323\u0302t"))
    assert mai.chat[-1].text == "Tiếng Việt"


async def test_a_text_that_zalo_would_refuse_is_not_sent(
    api: ZaloOaApi, channel: ZaloOA, mai: Person
) -> None:
    assert (await channel.send(mai.id, Shown(1, "a" * 2000))).outcome is Outcome.SENT
    assert (await channel.send(mai.id, Shown(2, "😀" * 1001))).outcome is Outcome.BAD
    assert len(api.called(CS)) == 1


async def test_a_picture_is_uploaded_once_for_all_and_anew_when_zalo_has_forgotten_it(
    api: ZaloOaApi, channel: ZaloOA, mai: Person
) -> None:
    lan = api.person("Lan")
    await lan.type("Xin chào")
    chart = Shown(1, "", media_type="image/png", data=b"png", file_name="bao-cao")
    receipts = await asyncio.gather(channel.send(mai.id, chart), channel.send(lan.id, chart))
    assert {receipt.outcome for receipt in receipts} == {Outcome.SENT}
    assert len(api.called("/v2.0/oa/upload/image")) == 1
    api.forget_uploads()
    assert (await channel.send(mai.id, chart)).outcome is Outcome.SENT
    assert len(api.called("/v2.0/oa/upload/image")) == 2
    assert mai.chat[-1].image


async def test_a_document_is_sent_and_what_zalo_never_takes_is_our_fault(
    channel: ZaloOA, mai: Person
) -> None:
    report = Shown(1, "", data=b"docx", file_name="báo cáo.docx", media_type="application/msword")
    assert (await channel.send(mai.id, report)).outcome is Outcome.SENT
    assert mai.chat[-1].file
    for name, size in (("so-lieu.xlsx", 10), ("lon.pdf", (5 << 20) + 1)):
        refused = await channel.send(mai.id, Shown(2, "", data=b"x" * size, file_name=name, media_type="a/b"))
        assert refused.outcome is Outcome.BAD


async def test_templates_go_by_user_and_by_phone(api: ZaloOaApi, channel: ZaloOA, mai: Person) -> None:
    for phone in ("", mai.phone):
        receipt = await channel.send(
            mai.id, Shown(7, "", template=Template("100", {"noi_dung": "Hẹn mai"}, phone))
        )
        assert receipt.outcome is Outcome.SENT
        assert receipt.message_id
    assert [message.text for message in mai.chat] == ["noi_dung: Hẹn mai"] * 2
    assert api.tracked == ["tocns-7"]
    long = await channel.send(mai.id, Shown(8, "", template=Template("100", {"noi_dung": "x" * 41})))
    assert long.outcome is Outcome.BAD
    stranger = Template("100", {"noi_dung": "Hẹn mai"}, "84777777777")
    assert (await channel.send(mai.id, Shown(9, "", template=stranger))).outcome is Outcome.WINDOW


async def test_the_window_closes_after_seven_days(api: ZaloOaApi, channel: ZaloOA, mai: Person) -> None:
    api.advance(timedelta(hours=49))
    assert (await channel.send(mai.id, HELLO)).outcome is Outcome.SENT
    assert api.billed == [mai.id]
    api.advance(timedelta(days=6))
    assert (await channel.send(mai.id, HELLO)).outcome is Outcome.WINDOW
    lan = api.person("Lan")
    assert (await channel.send(lan.id, HELLO)).outcome is Outcome.WINDOW


CODES = {
    -32: Outcome.RETRY, -200: Outcome.RETRY, -234: Outcome.RETRY,
    -201: Outcome.BAD, -210: Outcome.BAD, -248: Outcome.BAD, -999: Outcome.BAD,
    -204: Outcome.CONFIG, -205: Outcome.CONFIG, -209: Outcome.CONFIG, -211: Outcome.CONFIG,
    -212: Outcome.CONFIG, -219: Outcome.CONFIG, -221: Outcome.CONFIG, -223: Outcome.CONFIG,
    -224: Outcome.CONFIG, -240: Outcome.CONFIG, -242: Outcome.CONFIG, -321: Outcome.CONFIG,
    -213: Outcome.WINDOW, -218: Outcome.WINDOW, -230: Outcome.WINDOW, -232: Outcome.WINDOW,
    -217: Outcome.GONE, -227: Outcome.GONE, -244: Outcome.GONE,
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
async def test_each_code_ends_a_send_in_its_own_way(
    code: int, api: ZaloOaApi, channel: ZaloOA, mai: Person
) -> None:
    api.trouble(CS, Trouble(code))
    receipt = await channel.send(mai.id, HELLO)
    assert receipt.outcome is CODES[code]
    assert str(code) in receipt.reason
    assert (receipt.retry_after is not None) == (code == -234)
    assert receipt.few is (code == -200)
    assert len(api.called(CS)) == 1, "nothing is tried again here: that is the outbox's"


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (DOWN, Outcome.RETRY),
        (Trouble(status=429, headers=(("Retry-After", "7"),)), Outcome.RETRY),
        (Trouble(status=504), Outcome.UNSURE),
        (Trouble(drop="before"), Outcome.UNSURE),
        (Trouble(drop="after"), Outcome.UNSURE),
        (Trouble(cut=True), Outcome.UNSURE),
    ],
    ids=["502", "429", "504", "dropped before", "dropped after", "truncated JSON"],
)
async def test_what_is_no_answer_of_zalos_is_tried_again_or_unsure(
    trouble: Trouble, outcome: Outcome, api: ZaloOaApi, channel: ZaloOA, mai: Person
) -> None:
    api.trouble(CS, trouble)
    receipt = await channel.send(mai.id, HELLO)
    assert receipt.outcome is outcome
    assert receipt.retry_after == (7 if trouble.status == 429 else None)
    assert (await channel.send(mai.id, HELLO)).outcome is Outcome.SENT


# --------------------------------------------------------------------------- tokens, and the set-up


async def test_a_token_that_ends_in_the_middle_of_a_burst_is_renewed_once(
    api: ZaloOaApi, channel: ZaloOA, mai: Person
) -> None:
    before = api.renewals
    first = [channel.send(mai.id, Shown(n, f"{n}")) for n in range(10)]
    burst = asyncio.gather(*first)
    await until(lambda: mai.chat)
    api.expire_tokens()
    receipts = await burst
    assert {receipt.outcome for receipt in receipts} == {Outcome.SENT}
    assert sorted(message.text for message in mai.chat) == [f"{n}" for n in range(10)]
    assert api.renewals == before + 1


async def test_a_dead_refresh_token_is_a_fault_of_the_set_up_that_says_the_way(
    api: ZaloOaApi, channel: ZaloOA, mai: Person, caplog: pytest.LogCaptureFixture
) -> None:
    api.refresh_token = "granted to somebody else"
    api.expire_tokens()
    for _ in range(3):
        receipt = await channel.send(mai.id, HELLO)
        assert receipt.outcome is Outcome.CONFIG
        assert "TOCNS_ZALO_OA_REFRESH_TOKEN" in receipt.reason
    assert caplog.text.count(MEND) == 1


async def test_no_secret_and_no_token_is_ever_logged(
    api: ZaloOaApi, channel: ZaloOA, mai: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    api.trouble("access_token", DOWN, Trouble(drop="after"))
    api.expire_tokens()
    await channel.send(mai.id, HELLO)
    await channel.send(mai.id, HELLO)
    for secret in (APP_SECRET, OA_SECRET, *api.spent, api.refresh_token, *api.access):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("amiss", "told"),
    [
        ("nothing", None),
        ("unverified", "the OA is not verified"),
        ("permission", "must grant the app the permission"),
        ("package", "package does not include the API"),
        ("template", "template 100: -109"),
        ("unapproved", "template 100 is not approved"),
        ("down", "HTTP status 503"),
        ("token", "TOCNS_ZALO_OA_REFRESH_TOKEN"),
    ],
)
async def test_a_check_says_in_words_what_is_wrong(
    amiss: str, told: str | None, api: ZaloOaApi, sqlite_database: Database
) -> None:
    async def known(_: str) -> bool:
        return True

    match amiss:
        case "unverified":
            api.verified = False
        case "permission" | "package":
            api.trouble("/v2.0/oa/getoa", Trouble(-223 if amiss == "permission" else -224))
        case "template":
            api.templates.clear()
        case "unapproved":
            api.templates["100"]["status"] = "PENDING_REVIEW"
        case "down":
            api.always_down = True
        case "token":
            api.refresh_token = "another"
    channel = ZaloOA(
        app_id=APP_ID, secret_key=OA_SECRET, tokens=keeper(api, sqlite_database).tokens, known=known,
        api_url=api.openapi, zns_url=api.business, templates=["100"], public_url="http://127.0.0.1:9",
    )  # fmt: skip
    faults = await channel.check()
    assert "webhook: http://127.0.0.1:9/webhook/zalo-oa can't be reached" in faults[-1]
    assert (told is None) == (len(faults) == 1)
    assert told is None or told in faults[0]


def test_a_body_is_signed_as_it_came_not_as_it_would_be_written_again() -> None:
    body = b'{ "timestamp": "1", "event_name": "x" }'
    again = orjson.dumps(orjson.loads(body))
    mac = sha256(APP_ID.encode() + body + b"1" + OA_SECRET.encode()).hexdigest()
    assert signed(mac, (APP_ID,), body, "1", OA_SECRET)
    assert not signed(mac, (APP_ID,), again, "1", OA_SECRET)


# --------------------------------------------------------------------------- pictures, files, the package


def noisy(width: int, height: int) -> bytes:
    """A picture that a PNG cannot make small."""
    out = BytesIO()
    Image.frombytes("RGB", (width, height), Random(1).randbytes(3 * width * height)).save(out, "PNG")
    return out.getvalue()


async def test_a_picture_that_is_too_large_is_made_smaller(
    api: ZaloOaApi, channel: ZaloOA, mai: Person
) -> None:
    large = noisy(1200, 900)
    assert len(large) > 3 << 20
    chart = Shown(1, "", media_type="image/png", data=large, file_name="bieu-do.png")
    assert (await channel.send(mai.id, chart)).outcome is Outcome.SENT
    assert mai.chat[-1].image
    small = shrunk(large, 1 << 20)
    assert small is not None
    assert len(small) <= 1 << 20
    with Image.open(BytesIO(small)) as picture:
        assert picture.format == "JPEG"
        assert picture.width >= 720
    broken = Shown(2, "", media_type="image/png", data=b"x" * (2 << 20), file_name="hong.png")
    assert (await channel.send(mai.id, broken)).outcome is Outcome.BAD


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/a.jpg",
        "http://localhost/a.jpg",
        "gopher://f1.zdn.vn/",
        "https://f1.zdn.vn@evil.example/a.jpg",
        "http://zdn.vn.example.org/a.jpg",
        "file:///etc/passwd",
        "https://evilzdn.vn/a.jpg",
        "http://[::1",
    ],
)
async def test_nothing_is_fetched_from_where_zalo_keeps_no_files(channel: ZaloOA, url: str) -> None:
    with pytest.raises(OSError, match="not where the platform keeps files"):
        await channel.fetch(Attachment(url))


async def test_what_is_left_of_the_package_is_told_and_missed_without_harm(
    api: ZaloOaApi, channel: ZaloOA
) -> None:
    assert await channel.quota() == Quota(500, 500)
    api.trouble("/v3.0/oa/quota/message", Trouble(error=-223), Trouble(status=502), Trouble(cut=True))
    for _ in range(3):
        assert await channel.quota() is None
    api.package = 0
    assert await channel.quota() == Quota(0, 0)
