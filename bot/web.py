"""The HTTP server: the routes that channels ask for, /health, /metrics, and what all answers have in
common.
"""

import asyncio
import ipaddress
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from time import perf_counter

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Middleware
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from bot.channels.base import Busy, Channel, Hear
from content.words import LOCALES, catalogue
from storage.database import Unavailable

log = logging.getLogger(__name__)

Check = Callable[[], Awaitable[str | None]]
"""Whether a part is ready: None, or one sentence on what is not."""

Look = Callable[[], Awaitable[None]]

BODY_LIMIT = 1 << 20
"""Bytes of a request's body. A route that takes more (photos) reads the stream itself, with its own limit."""
CHECK_TIMEOUT = 2.0
QUIET_TIMEOUT = 75.0
"""Seconds in which a connection must bring the head of a whole request, its first and each that follows."""
BODY_TIMEOUT = 120.0
"""Seconds for what is sent to arrive and be answered: a photo on a slow network, not a body that trickles."""
STOP_TIMEOUT = 5.0
"""Seconds that requests under way have to end when the server stops."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer, errors too. Nothing inline ever runs, nobody frames the page, no address is passed on."""

_HANG_UP = {"Connection": "close"}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build(  # noqa: PLR0913 - what tests leave out comes by name
    channels: Sequence[Channel],
    hear: Hear,
    ready_checks: Mapping[str, Check],
    *,
    registry: CollectorRegistry | None = None,
    look: Look | None = None,
    routes: Sequence[web.RouteDef] = (),
) -> web.Application:
    """The application: every channel's routes and `routes`, `/health/live`, `/health/ready`, `/metrics` (for
    this machine alone).

    `ready_checks` are asked together, each for at most 2 seconds. What else counts registers with `registry`,
    or is read by `look` each time somebody asks.
    """
    registry = registry or CollectorRegistry()
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[_answering(registry)])
    app.on_response_prepare.append(_secure)
    for channel in channels:
        app.router.add_routes(channel.routes(hear))
    app.router.add_routes(routes)
    app.router.add_routes(_own_routes(ready_checks, registry, look, for_all=False))
    return app


def inner(
    ready_checks: Mapping[str, Check], registry: CollectorRegistry, look: Look | None = None
) -> web.Application:
    """The application of a port that the public does not reach: `/health`, `/metrics`, for whoever asks."""
    app = web.Application()
    app.router.add_routes(_own_routes(ready_checks, registry, look, for_all=True))
    return app


def _own_routes(
    ready_checks: Mapping[str, Check], registry: CollectorRegistry, look: Look | None, *, for_all: bool
) -> list[web.RouteDef]:
    return [
        web.get("/health/live", _live),
        web.get("/health/ready", _ready(ready_checks)),
        web.get("/metrics", _metrics(registry, look, for_all=for_all)),
    ]


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Listens; stop with `await runner.cleanup()`, after the channels. `runner.addresses` tells the port that
    was taken for 0. Raises OSError where the port is not free. Requests are not logged: addresses are
    personal data.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=_server_log(),
        shutdown_timeout=STOP_TIMEOUT,
        keepalive_timeout=QUIET_TIMEOUT,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner


def _server_log() -> logging.Logger:
    """Where aiohttp says what goes wrong outside of a route, by the caller's address. What is no HTTP is no
    fault, and anybody may send it."""

    def is_ours(record: logging.LogRecord) -> bool:
        if record.levelno >= logging.ERROR:
            record.msg, record.args = "a fault of ours outside of any route", ()
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))

    found = log.getChild("server")
    if not found.filters:
        found.addFilter(is_ours)
    return found


def page_words() -> dict[str, dict[str, str]]:
    """What the web chat's page itself says, by language: the texts `webchat.*` of the catalogues, without the
    prefix."""
    prefix = "webchat."
    return {
        locale: {
            key.removeprefix(prefix): forms[0]
            for key, forms in catalogue(locale).items()
            if key.startswith(prefix)
        }
        for locale in LOCALES
    }


# --------------------------------------------------------------------------- every answer


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def _answering(registry: CollectorRegistry) -> Middleware:
    """Turns what a route raises into an answer without a word of the fault in it, and counts."""
    requests = Counter("tocns_http_requests", "HTTP requests", ["route", "status"], registry=registry)
    seconds = Histogram("tocns_http_request_seconds", "Time to the answer", ["route"], registry=registry)
    counted, timed = cache(requests.labels), cache(seconds.labels)

    @web.middleware
    async def answer(request: web.Request, handler: _Handler) -> web.StreamResponse:
        began = perf_counter()
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "none"
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR
        try:
            if request.content.is_eof():  # nothing more is to come, or all has come with the head
                response = await handler(request)
            else:
                async with asyncio.timeout(BODY_TIMEOUT):
                    response = await handler(request)
            status = response.status
        except TimeoutError:
            status = HTTPStatus.REQUEST_TIMEOUT
            response = web.Response(status=status, text="too slow, send it again", headers=_HANG_UP)
        except web.HTTPException as refusal:
            status = refusal.status
            raise
        except (Busy, Unavailable):
            status = HTTPStatus.SERVICE_UNAVAILABLE
            response = web.Response(status=status, text="busy, deliver again", headers={"Retry-After": "1"})
        except Exception as error:
            if isinstance(error, ConnectionResetError) and _is_gone(request):
                status = HTTPStatus.BAD_REQUEST  # a phone in a tunnel: nobody reads this answer
                return web.Response(status=status)
            log.exception("a fault of ours while answering %s %s", request.method, route)
            response = web.Response(status=status, text="internal error")
        finally:
            counted(route, status).inc()
            # A socket lives for hours: how long says nothing of how fast we answer.
            if status != HTTPStatus.SWITCHING_PROTOCOLS:
                timed(route).observe(perf_counter() - began)
        return response

    return answer


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


# --------------------------------------------------------------------------- health and figures


async def _live(_request: web.Request) -> web.Response:
    return web.json_response({"live": True})


def _ready(checks: Mapping[str, Check]) -> _Handler:
    async def ready(_request: web.Request) -> web.Response:
        answers = await asyncio.gather(*(_ask(name, check) for name, check in checks.items()))
        amiss = {name: why for name, why in zip(checks, answers, strict=True) if why}
        if amiss:
            return web.json_response({"ready": False, "not_ready": amiss}, status=503)
        return web.json_response({"ready": True})

    return ready


async def _ask(name: str, check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT:g} s"
    except Exception:
        # The text of an error may name hosts and people: it goes to the log, not to whoever asks.
        log.exception("readiness check of %s failed", name)
        return "the check failed; see the log"


def _metrics(registry: CollectorRegistry, look: Look | None, *, for_all: bool) -> _Handler:
    async def metrics(request: web.Request) -> web.Response:
        if not (for_all or _from_this_machine(request)):
            raise web.HTTPForbidden(text="only from this machine")
        if look is not None:
            await look()
        return web.Response(
            body=generate_latest(registry),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )

    return metrics


def _from_this_machine(request: web.Request) -> bool:
    """Whether the request was made here, and not by a proxy here on behalf of somebody else."""
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP")):
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
