"""Every path that the server mounts, asked by nobody, by who guesses, by who may (`tests/data/paths.tsv`)."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, encode_basic_auth, web
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from bot import web as server
from bot.app import build
from bot.config import Settings
from content.collect import ha1, username_of
from storage import app_passwords, people
from storage.database import Connection
from tests.rights.place import HELD, NOW, Place, furnish

TABLE = Path(__file__).parent.parent / "data" / "paths.tsv"
KEY = "a secret key that only the tests use"
SECRET = "the-secret-of-the-webhook"
LEGEND = """\
# HTTP status of every path for: a stranger; one with wrong credentials; a page of another site in a visitor's
# browser; a visitor of the web chat; the platform with its secret; and, by their app password, members of
# ấp 1, of ấp 2 beside it, and a commune official. Made by `pytest tests/rights/test_paths.py --update`.
"""
ASKERS = ("stranger", "wrong", "other site", "visitor", "platform", "member@A", "member@a", "commune@X")
_SECRETS = ("X-Telegram-Bot-Api-Secret-Token", "X-Bot-Api-Secret-Token")


def settings(url: str) -> Settings:
    """Every channel at once."""
    return Settings(
        _env_file=None,
        database_url=url,
        secret_key=SecretStr(KEY),
        public_url="http://127.0.0.1",
        webchat="citizen",
        telegram_token=SecretStr("123456:" + "A" * 35),
        telegram_api_url="http://127.0.0.1:9",
        telegram_mode="webhook",
        telegram_webhook_secret=SecretStr(SECRET),
        zalo_oa_app_id="1",
        zalo_oa_secret_key=SecretStr(SECRET),
        zalo_oa_app_secret=SecretStr(SECRET),
        zalo_oa_refresh_token=SecretStr("x"),
        zalo_oa_api_url="http://127.0.0.1:9",
        zalo_oa_oauth_url="http://127.0.0.1:9",
        zalo_bot_token=SecretStr("1:x"),
        zalo_bot_api_url="http://127.0.0.1:9",
        zalo_bot_mode="webhook",
        zalo_bot_webhook_secret=SecretStr(SECRET),
    )


def furnished(conn: Connection) -> Place:
    """The place, and app passwords for everybody in it who might use one."""
    place = furnish(conn)
    for person_id in numbers(conn).values():
        app_passwords.keep(conn, person_id, ha1(username_of(person_id), "mat khau"), NOW)
    return place


def numbers(conn: Connection) -> Mapping[str, int]:
    found = {who: people.account(conn, "text", who) for who in HELD}
    return {who: account.person_id for who, account in found.items() if account}


def paths(app: web.Application) -> Iterator[tuple[str, str]]:
    """(method, path) of all that is mounted."""
    seen = set()
    for route in app.router.routes():
        resource = route.resource
        assert resource is not None
        if route.method in {"GET", "POST"} or (route.method == "HEAD" and "submission" in resource.canonical):
            seen.add((resource.canonical, route.method))
    yield from ((method, path) for path, method in sorted(seen))


def filled(path: str, place: Place) -> str:
    """The path with the numbers of what is there."""
    names = {"number": str(place.version), "id": "1", "name": "chat.js"}
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    return path


async def test_every_path_by_everybody(sqlite_url: str, request: pytest.FixtureRequest) -> None:
    service = build(settings(sqlite_url))
    async with service.database as database:
        place = await database.write(furnished)
        who = await database.read(numbers)
        app = server.build(
            list(service.channels.values()),
            service.desk.hear,
            {},
            registry=CollectorRegistry(),
            routes=service.openrosa.routes(),
        )
        async with TestServer(app) as running:
            rows = ["\t".join(("path", *ASKERS))]
            for method, path in paths(app):
                asked = [await _ask(running, method, filled(path, place), asker, who) for asker in ASKERS]
                rows.append("\t".join((f"{method} {path}", *map(str, asked))))
    made = LEGEND + "\n".join(rows) + "\n"
    if request.config.getoption("--update"):
        TABLE.write_text(made, "utf-8")
    assert made == TABLE.read_text("utf-8"), "look at the difference: who is let in that was not before?"
    _open_to_strangers(rows)


def _open_to_strangers(rows: list[str]) -> None:
    """What answers 200 to anybody is the page, and whether the service is well."""
    public = {row.split("\t")[0] for row in rows[1:] if row.split("\t")[1] == "200"}
    assert public == {
        "GET /",
        "GET /static/{name}",
        "GET /chat/hello",
        "POST /chat/forget",
        "GET /health/live",
        "GET /health/ready",
    }


async def _ask(running: TestServer, method: str, path: str, asker: str, who: Mapping[str, int]) -> int:
    url = running.make_url(path)
    headers = {"X-Forwarded-For": "203.0.113.9"}  # as a proxy in front says: not this machine
    if asker == "wrong":
        headers |= dict.fromkeys(_SECRETS, "wrong") | {"X-ZEvent-Signature": "mac=00"}
        headers["Authorization"] = encode_basic_auth(username_of(who["member@A"]), "sai")
    elif asker == "other site":
        headers |= {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    elif asker == "platform":
        headers |= dict.fromkeys(_SECRETS, SECRET)
    elif asker in who:
        headers["Authorization"] = encode_basic_auth(username_of(who[asker]), "mat khau")
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        if asker in {"visitor", "other site"}:
            await session.get(running.make_url("/chat/hello"))
        json = {"event_name": "follow"} if method == "POST" else None
        async with session.request(method, url, headers=headers, json=json, allow_redirects=False) as answer:
            return answer.status
