"""What Collect sends, taken once and for all: https://docs.getodk.org/openrosa-form-submission/

A submission that is too large comes in parts, each with the XML and some of the files; a part that got lost
comes again. So the XML is taken with the first part, and every file when it comes.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePath
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from aiohttp import BodyPartReader, MultipartReader, web

from bot import photos as pictures
from bot.openrosa import settling
from bot.openrosa.settling import Forced, Sent
from content import offline, submission
from content.offline import Problem
from content.people import Person
from content.submission import CHANNEL, Submitted, Unreadable
from storage import collected, forms, people, photos
from storage.collected import Collected
from storage.database import Connection
from storage.photos import Pending
from storage.shelf import FormCache

ACCEPTED = 10_000_000
"""Bytes of files that one request should bring: what Collect takes for granted where it is not told."""
_MOST = ACCEPTED + 1_000_000
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
XML_PART = "xml_submission_file"

Told = Callable[[Connection, Person, Collected], None]
"""Tells the member and their leader, within the transaction, that a submission is parked."""


class TooLarge(Exception):
    """The request brings more than `ACCEPTED`."""


class Clash(Exception):
    """Another submission has this instanceID."""


class NoSuchForm(Exception):
    """There is no such version of such a questionnaire."""


@dataclass(slots=True)
class Parcel:
    """What one request brought. `more` says that another part will follow."""

    xml: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    more: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of it; `problem` is why it is parked."""

    outcome: Literal["counted", "parked", "known"]
    problem: Problem | None = None


# --------------------------------------------------------------------------- the request


async def unpack(request: web.Request) -> Parcel:
    """Reads the parts of the request. Raises TooLarge, Unreadable."""
    if (request.content_length or 0) > _MOST:
        raise TooLarge
    if not request.content_type.startswith("multipart/"):
        raise Unreadable("no_parts")
    parcel, left = Parcel(), _MOST
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, MultipartReader):
                raise Unreadable("no_parts")
            data = await _read(part, left)
            left -= len(data)
            _take(parcel, part, data)
    except (ValueError, AssertionError):
        raise Unreadable("no_parts") from None
    if not parcel.xml:
        raise Unreadable("no_xml")
    return parcel


async def _read(part: BodyPartReader, most: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        data += chunk
        if len(data) > most:
            raise TooLarge
    return bytes(part.decode(data))


def _take(parcel: Parcel, part: BodyPartReader, data: bytes) -> None:
    name = part.name or part.filename or ""
    if name == XML_PART:
        parcel.xml = data
    elif name == "*isIncomplete*":
        parcel.more = data.strip().lower() == b"yes"
    elif data:
        parcel.files[part.filename or name] = data


async def cleaned(parcel: Parcel) -> Parcel:
    """The same with its pictures made anew, without what the phone wrote into them; others as they are."""
    for name, data in parcel.files.items():
        if PurePath(name).suffix.lower() in _PICTURES:
            with suppress(pictures.NotAPhoto):  # Collect must not lose it: it is kept as it came
                parcel.files[name] = await asyncio.to_thread(pictures.clean, data)
    return parcel


# --------------------------------------------------------------------------- the transaction


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes submissions into the database. `now` is aware, at the district's zone."""

    forms: FormCache
    now: Callable[[], datetime]
    told: Told

    def take(self, conn: Connection, person: Person, parcel: Parcel) -> Receipt:
        """Counts the submission, or parks it; of one that is known only files that are new are taken.
        Raises Unreadable, NoSuchForm, Clash: then nothing has happened, and it stays on the phone."""
        sent = self._sent(conn, person, submission.read(parcel.xml))
        mark = collected.mark(conn, parcel.xml)
        known = collected.find(conn, sent.submitted.instance_id)
        if known is not None and (known.mark != mark or known.person_id != person.id):
            raise Clash
        fresh = known is None
        if known is None:
            known = self._first(conn, sent, mark)
        self._keep_files(conn, sent, known, parcel.files)
        if known.xml is not None:
            return Receipt("parked", known.problem)
        return Receipt("counted" if fresh else "known")

    def settle(self, conn: Connection, instance_id: str, forced: Forced) -> str | Problem:
        """Takes up a parked submission again; the survey it became, or why it still can't be counted.
        Raises LookupError where none of that id is parked."""
        parked = collected.find(conn, instance_id)
        person = people.find(conn, parked.person_id, self.now().date()) if parked else None
        if parked is None or parked.xml is None or person is None:
            raise LookupError(instance_id)
        sent = self._sent(conn, person, submission.read(parked.xml.encode()), renamed=True)
        outcome = settling.count(conn, sent, self.now(), forced)
        if isinstance(outcome, str):
            collected.settle(conn, instance_id, outcome)
        return outcome

    def _sent(self, conn: Connection, person: Person, submitted: Submitted, *, renamed: bool = False) -> Sent:
        found = forms.version(conn, submitted.form, submitted.version, None, self.now().date())
        if found is None:
            raise NoSuchForm
        form = self.forms.get(conn, found.id)
        answered = offline.answers(form, submitted.root)
        files = offline.files(form, answered)
        if offline.named(answered, offline.CONSENT) == offline.NO:
            files = []
        names = {file: file if renamed else _name(submitted, file) for file in files}
        xml = submission.renamed(submitted.root, names)
        return Sent(person, form, submitted, offline.answers(form, submitted.root), xml, names)

    def _first(self, conn: Connection, sent: Sent, mark: bytes) -> Collected:
        now, submitted = self.now(), sent.submitted
        new = Collected(submitted.instance_id, sent.person.id, sent.form.id, sent.form.version, mark, now)
        outcome = settling.count(conn, sent, now)
        if isinstance(outcome, Problem):
            new = replace(new, problem=outcome, xml=sent.xml)
            self.told(conn, sent.person, new)
        else:
            new = replace(new, survey_id=outcome)
            self._replace(conn, sent)
        collected.keep(conn, new)
        return new

    def _replace(self, conn: Connection, sent: Sent) -> None:
        """A parked submission that was set right and sent again needs nobody's care any more."""
        deprecated = sent.submitted.deprecated_id
        earlier = collected.find(conn, deprecated) if deprecated else None
        if earlier is not None and earlier.xml is not None and earlier.person_id == sent.person.id:
            collected.settle(conn, earlier.instance_id, None)

    def _keep_files(self, conn: Connection, sent: Sent, known: Collected, files: Mapping[str, bytes]) -> None:
        """Keeps the files that are answers and not there yet; none of a survey that was erased since."""
        if known.xml is None and (known.survey_id is None or not collected.standing(conn, known.survey_id)):
            return
        for old, data in files.items():
            name = sent.files.get(old)
            if name is not None and photos.find(conn, name) is None:
                photos.keep(conn, Pending(name, CHANNEL, "", sent.person.id), self.now())
                photos.store(conn, name, data)
        if known.survey_id:
            photos.attach(conn, known.survey_id, list(sent.files.values()))


def _name(submitted: Submitted, old: str) -> str:
    """How a file is called here, always the same: on the phone its name is unique only in its submission."""
    suffix = PurePath(old).suffix.lower()
    suffix = ".jpg" if suffix in _PICTURES else re.sub(r"[^.a-z0-9]", "", suffix)[:8]
    return f"{uuid5(NAMESPACE_URL, f'openrosa:{submitted.instance_id}/{old}')}{suffix}"
