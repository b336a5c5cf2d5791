"""Files that are sent: taken by name, limited in size, and not from other sites."""

from uuid import uuid4

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from tests.webchat.conftest import Visit
from tests.webchat.post import Post


async def send(client: ClientSession, data: bytes, name: str = "phiếu.xlsx", **headers: str) -> int:
    headers = {"Content-Type": "application/octet-stream", **headers}
    query = {"id": str(uuid4()), "name": name}
    return (await client.post("/chat/file", params=query, data=data, headers=headers)).status


async def test_a_file_arrives_with_its_name_and_its_bytes(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    assert await send(client, b"PK\x03\x04 so tinh") == 200
    [heard] = post.heard
    assert heard.other == "file"
    assert heard.file is not None
    assert (heard.file.name, heard.file.data, heard.file.size) == ("phiếu.xlsx", b"PK\x03\x04 so tinh", 12)


async def test_what_is_too_large_nameless_or_from_elsewhere_is_refused(
    citizens: TestServer, post: Post, visit: Visit
) -> None:
    client = await visit(citizens)
    assert await send(client, b"0" * (5 * 1024 * 1024 + 1)) == 413
    assert await send(client, b"PK", name="") == 400
    assert await send(client, b"PK", name="x" * 201) == 400
    assert await send(client, b"PK", **{"Content-Type": "text/plain"}) == 415
    assert await send(client, b"PK", Origin="https://elsewhere.example") == 403
    assert not post.heard
