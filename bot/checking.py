"""Files that admins sent: fetched from their channel, checked apart, and their senders told."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

from bot.channels.base import Attachment, Channel
from bot.desk import Desk
from bot.examining import examine
from bot.origin import Recipient
from content import authoring
from content.article import is_article
from content.authoring import Manuscript, Manuscripts
from content.bundle import ENDING, LISTS, Bundle, packed, unpacked
from content.knowledge import Knowledge
from content.listing import Row
from content.people import Person, allowed
from content.questionnaires import LARGEST, Examined
from content.words import say
from content.xform import compile_form
from handlers import articles, forms, lists
from handlers.talk import Reply, Talk
from storage import articles as stored
from storage import people, sheets
from storage.database import Connection, Database
from storage.people import Account
from storage.sheets import Right, Sent

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between looks for files that wait."""


class _NotHad(Exception):
    """The channel does not hand the file over now."""


@dataclass(slots=True)
class Checking:
    """One at a time: a check may take a whole core for ten seconds."""

    database: Database
    channels: Mapping[str, Channel]
    desk: Desk
    now: Callable[[], datetime]
    answers: Callable[[Connection], Knowledge]

    async def once(self) -> bool:
        """Checks the file that waits longest; False where none does."""
        if not await self.database.read(lambda conn: sheets.is_waiting(conn, self.now())):
            return False
        sent = await self.database.write(lambda conn: sheets.take(conn, self.now()))
        if sent is None:
            return False
        told = await self.database.read(lambda conn: self._sender(conn, sent))
        if told is None:
            await self.database.write(lambda conn: sheets.settle(conn, sent.id, b"", None, self.now()))
            return True
        person, account = told
        try:
            source = await self._source(sent, account)
        except _NotHad:
            await self._not_had(sent, person, account)
            return True
        await self._check(sent, source, person, account)
        return True

    async def _check(self, sent: Sent, source: bytes, person: Person, account: Account) -> None:
        sent, source = await self.database.read(lambda conn: _completed(conn, sent, source))
        if manuscripts := _manuscripts(source, sent):
            await self._read(manuscripts, sent, person, account)
            return
        found = await self._examined(source, sent, person.locale)
        if found.unread:
            replies = forms.refused(person.locale, sent.name, found.errors)
            await self._settle(sent, b"", None, person, account, replies)
        elif found.listed not in lists.KINDS and not allowed(person, "manage"):
            reply = Reply(say(person.locale, "lists.only_lists"))
            await self._settle(sent, b"", None, person, account, (reply,))
        elif found.listed == authoring.LIST.name:
            rows = [Row(*one) for one in found.rows]
            await self._read(authoring.of_rows(rows, person.locale), sent, person, account, *found.errors)
        elif found.listed:
            await self._compare(sent, found, person, account)
        else:
            replies = forms.checked(person.locale, sent.id, sent.name, found)
            await self._settle(sent, source, _right(found, sent.name), person, account, replies)

    async def _compare(self, sent: Sent, found: Examined, person: Person, account: Account) -> None:
        """A list is held against what is kept already."""
        talk = Talk(person, account.channel, self.now(), self.desk.world.new_id())
        look_up = self.desk.facts
        checked = await self.database.read(
            lambda conn: lists.checked(talk, sent.id, sent.name, found, look_up(conn, talk.now, person))
        )
        right = Right(listed=found.listed, rows=found.rows) if checked.right else None
        await self._settle(sent, b"", right, person, account, checked.replies)

    def _sender(self, conn: Connection, sent: Sent) -> tuple[Person, Account] | None:
        person = people.find(conn, sent.person_id, self.now().date())
        for account in people.accounts(conn, sent.person_id):
            if person and account.id == sent.account_id:
                return person, account
        return None

    async def _source(self, sent: Sent, account: Account) -> bytes:
        if sent.source is not None:
            return sent.source
        channel = self.channels.get(account.channel)
        if channel is None:
            raise _NotHad
        try:
            return await channel.fetch(Attachment(sent.ref))
        except OSError as error:
            log.warning("file %s of %s not had this time: %s", sent.id, account.channel, error)
            raise _NotHad from error

    async def _examined(self, source: bytes, sent: Sent, locale: str) -> Examined:
        if len(source) > LARGEST:
            return Examined((say(locale, "admin.file_large", n=LARGEST >> 20),), (), unread=True)
        if sent.tries >= sheets.TRIES:  # those who checked it before did not live to tell
            return Examined((say(locale, "admin.unreadable"),), (), unread=True)
        return await examine(source, sent.name, locale)

    async def _read(
        self, manuscripts: Sequence[Manuscript], sent: Sent, person: Person, account: Account, *errors: str
    ) -> None:
        """Articles are checked here: there is nothing in them that runs. `errors` were found before."""
        now = self.now()
        shelf = await self.database.read(self.answers)
        found = await asyncio.to_thread(authoring.examine, manuscripts, shelf, now.date(), person.locale)
        if errors:
            found = Manuscripts((), (*errors, *found.errors), found.warnings)
        replies = articles.checked(person.locale, sent.id, sent.name, found, shelf, now)

        def keep(conn: Connection) -> None:
            stored.keep(conn, found.articles, person.id, now, sent.id)

        await self._settle(sent, b"", None, person, account, replies, keep)

    async def _not_had(self, sent: Sent, person: Person, account: Account) -> None:
        if sent.tries + 1 < sheets.TRIES:
            await self.database.write(lambda conn: sheets.again(conn, sent.id))
            await asyncio.sleep(LOOK)
            return
        reply = Reply(say(person.locale, "admin.file_not_had", name=sent.name))
        await self._settle(sent, b"", None, person, account, (reply,))

    async def _settle(  # noqa: PLR0913, PLR0917 - what is kept, and who is told what
        self,
        sent: Sent,
        source: bytes,
        right: Right | None,
        person: Person,
        account: Account,
        replies: tuple[Reply, ...],
        keep: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        to = Recipient(account.id, account.channel, person.locale)

        def settle(conn: Connection) -> None:
            if sheets.settle(conn, sent.id, source, right, self.now()):
                keep(conn)
                for number, reply in enumerate(replies):
                    self.desk.enqueue(conn, to, reply, "reply", f"sheet/{sent.id}/{number}")

        await self.database.write(settle)
        self.desk.wake(account.channel)


def _manuscripts(source: bytes, sent: Sent) -> list[Manuscript]:
    """The article of a Markdown file; [] where it is none."""
    if PurePath(sent.name).suffix.lower() != ".md" or len(source) > LARGEST:
        return []
    text = source.decode("utf-8-sig", errors="replace")
    return [Manuscript(sent.name, text)] if is_article(text) else []


def _right(found: Examined, name: str) -> Right | None:
    if found.errors:
        return None
    return Right(found.form, found.version, found.title, found.xform, name=name)


def _completed(conn: Connection, sent: Sent, source: bytes) -> tuple[Sent, bytes]:
    """A list that the questionnaire sent before reads comes in one file with it; any other file by itself."""
    last = sheets.latest(conn, sent.person_id) if PurePath(sent.name).suffix.lower() in LISTS else None
    if last is None:
        return sent, source
    held = unpacked(sheets.source(conn, last.id), last.name)
    read = compile_form(sheets.xform(conn, last.id)).files.values()
    named = next((one for one in read if one.casefold() == sent.name.casefold()), None)
    if named is None:
        return sent, source
    whole = Bundle(held.name, held.source, {**held.files, named: source})
    name = PurePath(held.name).with_suffix(ENDING).name
    return replace(sent, name=name), packed(whole)
