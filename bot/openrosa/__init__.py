"""An OpenRosa server for ODK Collect and KoboCollect: for where there is no network, and a chat can't help.

Members sign in with the app password that they get from /khaosat. What they send becomes surveys, households
and figures as if it had been answered in the chat. `https://…/openrosa` is the server's address in Collect.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePath

from aiohttp import web

from bot.channels.base import Busy
from bot.openrosa import catalogue
from bot.openrosa.answers import LENGTH, document, message
from bot.openrosa.catalogue import Catalogue, Offer
from bot.openrosa.guard import Guard
from bot.openrosa.receiving import (
    ACCEPTED,
    Clash,
    NoSuchForm,
    Parcel,
    Receipt,
    Receiver,
    Told,
    TooLarge,
    cleaned,
    unpack,
)
from content import offline
from content.bundle import PICTURES
from content.people import Person
from content.submission import Unreadable
from content.words import say
from storage.database import Database, Unavailable
from storage.shelf import FormCache

__all__ = ["OpenRosa"]

log = logging.getLogger(__name__)

PATH = "/openrosa"
_Known = Callable[[web.Request, Person], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class OpenRosa:
    """The routes under `/openrosa`. `public_url` is where phones reach this server; without it, addresses are
    built on what the request came to. `told` is called within the transaction that parks a submission."""

    database: Database
    forms: FormCache
    now: Callable[[], datetime]
    locale: str
    public_url: str | None
    told: Told

    def routes(self) -> Sequence[web.RouteDef]:
        """The paths of the protocol."""
        part = rf"{PATH}/forms/{{number:\d{{1,18}}}}"
        return [
            web.get(f"{PATH}/formList", self._known(self._form_list)),
            web.get(f"{part}/form.xml", self._known(self._form)),
            web.get(f"{part}/manifest", self._known(self._manifest)),
            web.get(f"{part}/media/{{name}}", self._known(self._media)),
            web.head(f"{PATH}/submission", self._known(self._ready)),
            web.post(f"{PATH}/submission", self._known(self._submission)),
        ]

    def _known(self, answer: _Known) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """`answer` for somebody who signed in; 401 for anybody else."""
        guard = Guard(self.database, self.now, self.locale)

        async def checked(request: web.Request) -> web.StreamResponse:
            try:
                person = await guard.person(request)
                return guard.refuse(request) if person is None else await answer(request, person)
            except Unavailable as error:
                log.error("OpenRosa: database unavailable: %s", error)
                raise Busy from error

        return checked

    def _say(self, key: str, **values: object) -> str:
        return say(self.locale, f"offline.{key}", **values)

    def _base(self, request: web.Request) -> str:
        return (self.public_url or f"{request.scheme}://{request.host}").rstrip("/") + PATH

    def _address(self, request: web.Request, number: int, part: str) -> str:
        return f"{self._base(request)}/forms/{number}/{part}"

    # ----------------------------------------------------------------- forms

    @property
    def _catalogue(self) -> Catalogue:
        return Catalogue(self.forms, self.locale)

    async def _form_list(self, request: web.Request, person: Person) -> web.Response:
        today = self.now().date()
        offers = await self.database.read(lambda conn: self._catalogue.offers(conn, person, today))
        wanted = request.query.get("formID")
        chosen = [offer for offer in offers if wanted in {None, "", offer.published.form}]
        return document(catalogue.form_list(chosen, partial(self._address, request)))

    async def _form(self, request: web.Request, person: Person) -> web.Response:
        offer = await self._offer(request, person)
        return self._gone() if offer is None else document(offer.xml)

    async def _manifest(self, request: web.Request, person: Person) -> web.Response:
        offer = await self._offer(request, person)
        if offer is None:
            return self._gone()
        return document(catalogue.manifest(offer, partial(self._address, request)))

    async def _media(self, request: web.Request, person: Person) -> web.Response:
        offer = await self._offer(request, person)
        name = request.match_info["name"]
        if offer is None or name not in offer.files:
            return self._gone()
        if name == offline.LIST:
            return document(offer.files[name].decode())
        media_type = PICTURES.get(PurePath(name).suffix.lower(), "application/octet-stream")
        return web.Response(body=offer.files[name], content_type=media_type)

    async def _offer(self, request: web.Request, person: Person) -> Offer | None:
        number, today = int(request.match_info["number"]), self.now().date()
        return await self.database.read(lambda conn: self._catalogue.offer(conn, person, number, today))

    def _gone(self) -> web.Response:
        return message(404, self._say("no_such_form"))

    # ----------------------------------------------------------------- submissions

    async def _ready(self, request: web.Request, person: Person) -> web.Response:  # noqa: ARG002
        """Where to send to, and how much at once."""
        return self._answer(request, 204, "")

    async def _submission(self, request: web.Request, person: Person) -> web.Response:
        try:
            parcel = await cleaned(await unpack(request))
            receipt = await self.database.write(lambda conn: self._receiver.take(conn, person, parcel))
        except TooLarge:
            return self._answer(request, 413, self._say("too_large", n=ACCEPTED // 1_000_000))
        except Unreadable as error:
            return self._answer(request, 400, self._say(error.key))
        except NoSuchForm:
            return self._answer(request, 404, self._say("no_such_form"))
        except Clash:
            return self._answer(request, 409, self._say("clash"))
        return self._taken(request, parcel, receipt)

    @property
    def _receiver(self) -> Receiver:
        return Receiver(self.forms, self.now, self.told)

    def _taken(self, request: web.Request, parcel: Parcel, receipt: Receipt) -> web.Response:
        if receipt.problem is not None:
            why = receipt.problem.told(self.locale)
            return self._answer(request, 202, self._say("parked", why=why))
        if parcel.more:
            return self._answer(request, 202, self._say("more"))
        return self._answer(request, 201, self._say(receipt.outcome))

    def _answer(self, request: web.Request, status: int, text: str) -> web.Response:
        more = {"Location": f"{self._base(request)}/submission", LENGTH: str(ACCEPTED)}
        if status == 204:
            empty = message(status, text, **more)
            empty.body = None
            return empty
        return message(status, text, **more)
