"""Photos: upright, smaller, without where they were taken; and what is no photo."""

from io import BytesIO
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from PIL import Image

from bot.photos import NotAPhoto, clean
from tests.webchat.conftest import Visit
from tests.webchat.post import Post


def photo(size: tuple[int, int], kind: str = "JPEG", **more: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (30, 90, 60)).save(out, kind, **more)
    return out.getvalue()


def with_place(size: tuple[int, int]) -> bytes:
    """A photo as a phone takes it: on its side, with where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Máy của cô Ba"
    exif.get_ifd(0x8825)[2] = (10.0, 46.0, 12.0)
    return photo(size, exif=exif)


async def send_photo(client: ClientSession, data: bytes, media_type: str = "image/jpeg") -> int:
    headers = {"Content-Type": media_type}
    return (await client.post(f"/chat/photo?id={uuid4()}", data=data, headers=headers)).status


async def test_a_photo_arrives_upright_smaller_and_without_where_it_was_taken(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    assert await send_photo(client, with_place((3000, 2000))) == 200
    sent = post.heard[0].photo
    assert sent is not None
    assert sent.data is not None
    with Image.open(BytesIO(sent.data)) as kept:
        assert kept.size == (1067, 1600)
        assert not kept.getexif()
    assert "Máy của cô Ba".encode() not in sent.data
    assert await post.chat.fetch(sent) == sent.data


async def test_what_is_no_photo_is_refused_by_its_content(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    assert await send_photo(client, b"<script>alert(1)</script>") == 415
    assert await send_photo(client, photo((9, 9))[:200]) == 415
    assert await send_photo(client, photo((9, 9)), "text/html") == 415
    assert await send_photo(client, b"\xff\xd8" + b"0" * (11 << 20)) == 413
    assert not post.heard


def test_png_and_webp_are_taken_and_a_bomb_is_not() -> None:
    for kind in ("PNG", "WEBP"):
        with Image.open(BytesIO(clean(photo((20, 30), kind)))) as kept:
            assert (kept.format, kept.size) == ("JPEG", (20, 30))
    with pytest.raises(NotAPhoto, match="megapixels"):
        clean(photo((9000, 6000), "PNG"))
    with pytest.raises(NotAPhoto):
        clean(photo((20, 20), "GIF"))
