"""nginx and Caddy as `deploy/` sets them up, before two running processes: the page, its WebSocket, limits,
and a process that goes away.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import build
from bot.config import Settings
from bot.service import Service
from tests.e2e.served import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
KEY = "a secret key that only the tests use"
NAME = "to.xa-vi-du.vn"
needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
needs_caddy = pytest.mark.skipif(not shutil.which("caddy"), reason="Caddy is not installed")


@dataclass
class Site:
    """A proxy and what stands behind it."""

    url: str
    webs: list[Service]
    plain: str = ""


@asynccontextmanager
async def citizens(database_url: str, url: str) -> AsyncIterator[list[Service]]:
    """Two processes of the web chat that can be reached at `url`."""
    webs = []
    try:
        for _ in range(2):
            settings = Settings(
                _env_file=None,
                database_url=database_url,
                secret_key=SecretStr(KEY),
                http_port=0,
                public_url=url,
                webchat="citizen",
            )
            webs.append(build(settings))
            await webs[-1].start("web")
        yield webs
    finally:
        for web in webs:
            await web.stop()


@asynccontextmanager
async def running(*words: str, url: str, env: dict[str, str]) -> AsyncIterator[None]:
    """A proxy, from when it answers at `url`."""
    process = await asyncio.create_subprocess_exec(
        *words, env=os.environ | env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(20), client() as session:
            while True:
                with suppress(aiohttp.ClientError):
                    await (await session.get(f"{url}/health/live")).read()
                    break
                assert process.returncode is None, f"{words[0]} ended"
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()


def client() -> aiohttp.ClientSession:
    """A browser that trusts everybody, for there is no real certificate here."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=False), cookie_jar=aiohttp.CookieJar(unsafe=True)
    )


def certificate(folder: Path) -> None:
    """Nobody's, for two days."""
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    files = ("-subj", f"/CN={NAME}", "-keyout", folder / "key.pem", "-out", folder / "cert.pem")
    subprocess.run(["openssl", *made.split(), *files], check=True, capture_output=True)


async def sound(*words: str | Path, env: dict[str, str]) -> str:
    """A check of the proxy's own, which must find nothing; what it says."""
    process = await asyncio.create_subprocess_exec(
        *words, env=os.environ | env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    return said


def nginx_conf(folder: Path, plain: int, secure: int, ports: list[int]) -> Path:
    """`deploy/nginx.conf` within a whole configuration, on ports and with a certificate of this test."""
    folder.chmod(0o755)
    site = (DEPLOY / "nginx.conf").read_text("utf-8")
    upstream = "server 127.0.0.1:8080 max_fails=0;"
    changes = {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{secure} ssl;",
        f"/etc/letsencrypt/live/{NAME}/fullchain.pem": f"{folder}/cert.pem",
        f"/etc/letsencrypt/live/{NAME}/privkey.pem": f"{folder}/key.pem",
        upstream: " ".join(upstream.replace("8080", str(port)) for port in ports),
    }
    for old, new in changes.items():
        assert site.count(old) == 1, old
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = folder / "nginx.conf"
    user = "user root;\n" if os.getuid() == 0 else ""
    whole.write_text(
        f"{user}daemon off;\npid {folder}/pid;\nworker_processes 1;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n{temporary}include {folder}/site.conf;\n}}\n"
    )
    certificate(folder)
    return whole


@pytest.fixture
async def nginx(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    plain, secure = free_port(), free_port()
    url = f"https://127.0.0.1:{secure}"
    async with citizens(sqlite_url, url) as webs:
        conf = nginx_conf(tmp_path, plain, secure, [web.port for web in webs])
        assert "[warn]" not in await sound("nginx", "-t", "-c", conf, env={})
        async with running("nginx", "-c", str(conf), url=url, env={}):
            yield Site(url, webs, f"http://127.0.0.1:{plain}")


@pytest.fixture
async def caddy(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    url = f"http://127.0.0.1:{free_port()}"
    async with citizens(sqlite_url, url) as webs:
        env = {
            "SITE": url,
            "UPSTREAMS": " ".join(f"127.0.0.1:{web.port}" for web in webs),
            "CADDY_ADMIN": f"127.0.0.1:{free_port()}",
            "HOME": str(tmp_path),
            "XDG_DATA_HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path),
        }
        words = ("--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile")
        await sound("caddy", "validate", *words, env=env)
        async with running("caddy", "run", *words, url=url, env=env):
            yield Site(url, webs)


SITES = [pytest.param("nginx", marks=needs_nginx), pytest.param("caddy", marks=needs_caddy)]


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(request.param)
    return found


async def hello(session: aiohttp.ClientSession, site: Site) -> None:
    async with session.get(f"{site.url}/chat/hello") as answer:
        assert answer.status == 200


def turns(web: Service) -> float:
    """How many a process has handled."""
    return (
        web.metrics.registry.get_sample_value("tocns_turns_total", {"channel": "webchat", "outcome": "done"})
        or 0
    )


async def say(session: aiohttp.ClientSession, site: Site, number: int, text: str = "trợ giúp") -> int:
    said = {"id": f"00000000-0000-4000-8000-{number:012}", "text": text}
    async with session.post(f"{site.url}/chat/say", json=said, headers={"Origin": site.url}) as answer:
        return answer.status


@pytest.mark.parametrize("site", SITES, indirect=True)
async def test_the_page_talks_through_the_proxy(site: Site) -> None:
    async with client() as session:
        async with session.get(f"{site.url}/") as page:
            assert page.status == 200
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            assert "max-age" in page.headers["Strict-Transport-Security"]
        await hello(session, site)
        async with session.ws_connect(f"{site.url}/chat/live?after=0", origin=site.url) as live:
            assert await say(session, site, 1) == 200
            async with asyncio.timeout(20):
                while (await live.receive_json())["type"] != "shown":
                    pass
            for number in range(2, 6):
                assert await say(session, site, number) == 200
            (home,) = (web for web in site.webs if turns(web))
            assert turns(home) == 5
            assert home.channels["webchat"]._lines, "what is said and what is heard meet in one process"
        for path, status in (("/metrics", 403), ("/health/ready", 200)):
            async with session.get(site.url + path) as answer:
                assert answer.status == status


@pytest.mark.parametrize("site", SITES, indirect=True)
async def test_a_photo_goes_through_and_what_is_larger_than_any_does_not(site: Site) -> None:
    async with client() as session:
        await hello(session, site)
        for size, status in (
            (10 << 20, 415),
            (12 << 20, 413),
        ):  # no picture at all, says the service of the first
            async with session.post(
                f"{site.url}/chat/photo?id=00000000-0000-4000-8000-000000000001",
                data=b"x" * size,
                headers={"Origin": site.url, "Content-Type": "image/jpeg"},
            ) as answer:
                assert answer.status == status


@pytest.mark.parametrize("site", SITES, indirect=True)
async def test_nobody_notices_that_a_process_goes_away_and_comes_back(site: Site) -> None:
    statuses: list[int] = []
    over = asyncio.Event()

    async def somebody(first: int) -> None:
        async with client() as session:
            await hello(session, site)
            number = first
            while not over.is_set():
                statuses.append(await say(session, site, number))
                number += 1
                await asyncio.sleep(0.4)

    talks = [asyncio.create_task(somebody(1000 * n)) for n in range(1, 4)]
    await asyncio.sleep(1)
    gone = max(site.webs, key=turns)
    place, port = site.webs.index(gone), gone.port
    await gone.leave()
    await gone.stop()
    await asyncio.sleep(0.5)
    site.webs[place] = build(gone.settings.model_copy(update={"http_port": port}))
    await site.webs[place].start("web")
    await asyncio.sleep(1)
    over.set()
    await asyncio.gather(*talks)
    assert len(statuses) > 12
    assert set(statuses) == {200}


@needs_nginx
async def test_one_address_is_slowed_and_the_platforms_are_not(nginx: Site) -> None:
    async def status(session: aiohttp.ClientSession, path: str) -> int:
        async with session.get(nginx.url + path) as answer:
            return answer.status

    async with client() as session:
        began = monotonic()
        hooks = [await status(session, "/webhook/telegram") for _ in range(100)]
        assert set(hooks) == {404}  # none is set up here
        pages = [await status(session, "/static/chat.js") for _ in range(150)]
        allowed = 60 + 10 * (monotonic() - began)
        assert set(pages) == {200, 429}
        assert 60 <= pages.count(200) <= allowed + 2
        async with session.get(f"{nginx.plain}/chat", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (301, "https://127.0.0.1/chat")
