"""The people of `load`: members who survey and ask in between, citizens who ask, on Telegram and on Zalo.

What they say is made as bytes on the wire, with the secret token or the signature that the platform would put
there. Whatever a person is about to say depends on the seed alone, never on what was answered.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from time import time

from orjson import dumps

SECRET, APP_ID, OA_ID, OA_SECRET = "bench-secret", "4100000000000000001", "4200000000000000002", "oa-secret"
PHOTO, STICKER = "\0photo", "\0sticker"
"""What is said without words."""
SEND = "Gửi phiếu"
CHOICES = 5
"""Questions of the survey that are answered by yes or no; after them a photo may be given."""
SPELLED = (("1", "Có", "có", "co"), ("2", "Không", "không", "khong"))
VALUES = ("co", "khong")
BEGINNINGS = ("/khaosat", "/khaosat", "khảo sát", "khao sat")
QUESTIONS = (
    "VNeID mức 2 là gì?",
    "Quên mật khẩu VssID thì làm thế nào?",
    "cach dang ky tai khoan dich vu cong?",
    "Bị lừa chuyển tiền thì báo cho ai?",
    "Nộp phạt giao thông qua mạng ra sao?",
)
PHOTOS, ASKED, STICKERS = 0.1, 0.04, 0.02
"""Shares: of surveys with a photo, of answers with a question before, of what a citizen says that is none."""


@dataclass(slots=True)
class Crowd:
    """What all of them share: how events are numbered, and whether they are to come to an end. `photo` is
    where Zalo would keep pictures."""

    photo: str = ""
    ending: bool = False
    events: int = 0
    said: Counter[str] = field(default_factory=Counter)
    """How many different events of each channel were made."""
    photos: int = 0


@dataclass(slots=True)
class Person:
    """One of them. `sent` are the answers of the surveys whose sending was acknowledged."""

    channel: str
    address: str
    says: Iterator[str]
    sent: Counter[tuple[str, ...]]
    open: bytes = b""
    """What was not acknowledged yet."""
    ahead: int = 0
    """Turns that are still to be had before anything is measured."""


def member(channel: str, number: int, crowd: Crowd, chance: Random) -> Person:
    """Somebody with a hamlet to survey."""
    sent: Counter[tuple[str, ...]] = Counter()
    return Person(channel, address(channel, number), _surveys(crowd, chance, sent), sent)


def citizen(channel: str, number: int, crowd: Crowd, chance: Random) -> Person:
    """Somebody whom nobody knows when they first write."""
    return Person(channel, address(channel, number), _asks(crowd, chance), Counter())


def address(channel: str, number: int) -> str:
    """The platform's number of a person."""
    return str(1000 + number if channel == "telegram" else 7_000_000_000_000_000_000 + number)


def _surveys(crowd: Crowd, chance: Random, sent: Counter[tuple[str, ...]]) -> Iterator[str]:
    while not crowd.ending:
        if chance.random() < ASKED:
            yield chance.choice((*QUESTIONS, "/tiendo", "/trogiup"))
        yield chance.choice(BEGINNINGS)
        yield "1"
        given = [0, *(chance.randrange(2) for _ in range(CHOICES - 1))]  # who says no is asked no more
        for answer in given:
            if chance.random() < ASKED:
                yield chance.choice(QUESTIONS)
            yield chance.choice(SPELLED[answer])
        with_photo = chance.random() < PHOTOS
        yield PHOTO if with_photo else "/bo_qua"
        yield SEND
        crowd.photos += with_photo
        sent[(*(VALUES[answer] for answer in given), "photo" if with_photo else "")] += 1


def _asks(crowd: Crowd, chance: Random) -> Iterator[str]:
    while not crowd.ending:
        yield STICKER if chance.random() < STICKERS else chance.choice((*QUESTIONS, "/trogiup"))


def next_event(person: Person, crowd: Crowd) -> bytes:
    """What the person says next, as the platform delivers it; b"" at their end."""
    said = next(person.says, "")
    if not said:
        return b""
    crowd.events += 1
    crowd.said[person.channel] += 1
    return _MAKERS[person.channel](person.address, said, crowd)


# --------------------------------------------------------------------------- on the wire


def _telegram(chat: str, said: str, crowd: Crowd) -> bytes:
    """https://core.telegram.org/bots/api#update"""
    if said == PHOTO:
        file = f'"file_id":"f{crowd.events}","file_unique_id":"u{crowd.events}"'
        what = f'"photo":[{{{file},"width":800,"height":600,"file_size":9000}}]'
    elif said == STICKER:
        what = (
            '"sticker":{"file_id":"s","file_unique_id":"s","type":"regular","width":512,"height":512,'
            '"is_animated":false,"is_video":false}'
        )
    elif said.startswith("/"):
        command = f'{{"type":"bot_command","offset":0,"length":{len(said)}}}'
        what = f'"text":"{said}","entities":[{command}]'
    else:
        what = f'"text":"{said}"'
    body = (
        f'{{"update_id":{crowd.events},"message":{{"message_id":{crowd.events},"date":{int(time())},'
        f'"chat":{{"id":{chat},"type":"private","first_name":"Lan","last_name":"Nguyễn"}},'
        f'"from":{{"id":{chat},"is_bot":false,"first_name":"Lan","language_code":"vi"}},{what}}}}}'
    ).encode()
    return _post("telegram", f"X-Telegram-Bot-Api-Secret-Token: {SECRET}", body)


def _zalo_oa(user: str, said: str, crowd: Crowd) -> bytes:
    """https://docs.zaloplatforms.com/docs/OA: `mac=` + SHA-256 over the app's id, the body as it goes out,
    its timestamp and the OA's secret."""
    now, message = str(int(time() * 1000)), {"msg_id": f"{crowd.events:016x}"}
    name = "text"
    if said in {PHOTO, STICKER}:
        name = "image" if said == PHOTO else "sticker"
        attached = {"type": name, "payload": {"url": crowd.photo, "thumbnail": crowd.photo}}
        body_of = {**message, "attachments": [attached]}
    else:
        body_of = {**message, "text": said}
    body = dumps(
        {
            "app_id": APP_ID,
            "sender": {"id": user},
            "user_id_by_app": f"9{user[1:]}",
            "recipient": {"id": OA_ID},
            "event_name": f"user_send_{name}",
            "message": body_of,
            "timestamp": now,
        }
    )
    mac = sha256(APP_ID.encode() + body + now.encode() + OA_SECRET.encode()).hexdigest()
    return _post("zalo-oa", f"X-ZEvent-Signature: mac={mac}", body)


def _post(path: str, header: str, body: bytes) -> bytes:
    head = (
        f"POST /webhook/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{header}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


_MAKERS: dict[str, Callable[[str, str, Crowd], bytes]] = {"telegram": _telegram, "zalo_oa": _zalo_oa}
CHANNELS = tuple(_MAKERS)
