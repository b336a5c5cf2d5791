"""The worker that makes files for staff: takes a job, reads its figures, has it made apart, and sends it.

That the file is sent and that the job is done are one transaction: a crash at any point makes the file again
and sends it once. `docs/decisions/0002-papers.md` says why it is built like this.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot import teamwork
from bot.desk import Desk
from bot.origin import Recipient
from bot.papers.order import Failed, Kind, Order, apart
from content.areas import Area
from content.disclosure import guarded, guarded_report
from content.figures import Week, map_day, week_named
from content.households import QUESTIONNAIRE
from content.journal import Extract, Wanted
from content.people import Person, allowed
from content.periods import period_named, spoken
from content.privacy import Notice, Policy
from content.report import Report
from content.teamwork import CrewForm, Homes, Slips
from content.words import number, say, week
from handlers.facts import Facts
from handlers.journal_words import Teller, cells, place_named
from handlers.talk import Attached, Reply
from storage import areas, breaches, briefs, jobs, people, reports
from storage.database import Connection, Database
from storage.jobs import Job

log = logging.getLogger(__name__)

LOOK = 0.5
"""Seconds between looks for jobs."""
_LINES, _MOST_LINES = 500, 10_000
"""Lines of the audit log that are read in one go, and that go into one file."""
PAUSE = timedelta(seconds=10)
"""Until a job that failed is tried again."""


_ACTIONS = {"report": "draft-report", "breach": "manage", "log": "manage", **teamwork.KINDS}
"""What one must be allowed to do to get such a file; others are of a digest."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A job with all that it takes: whom it goes to, what is made, and what is said with it. `codes`: those
    that it hands out."""

    job: Job
    to: Recipient
    order: Order
    area: Area
    codes: teamwork.Codes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whom a file is made for: in which language, whether they may see households, and whether their channel
    takes CSV only."""

    locale: str
    named: bool
    csv: bool
    titles: Mapping[str, str]


@dataclass(slots=True)
class Workshop:
    """One file at a time. `titles` gives those of articles by name, `links` those by which an invitation's
    code is used. `make` replaces the process of its own in a test."""

    database: Database
    desk: Desk
    titles: Callable[[Connection], Mapping[str, str]]
    make: Callable[[Order], Awaitable[bytes]] = apart
    policy: Policy = field(default_factory=Policy)
    links: Callable[[str], Sequence[str]] = lambda _: ()

    async def once(self) -> bool:
        """Makes the file that waits longest; False where none does."""
        job = await self.database.write(lambda conn: jobs.take(conn, self._now))
        if job is None:
            return False
        wanted = None
        if job.tries <= jobs.TRIES:  # those who had it before did not live to say why
            wanted = await self.database.read(partial(self._wanted, job=job))
        if wanted is None:
            log.warning("job %d given up: whoever asked may not have it, has left, or it is a fault", job.id)
            await self.database.write(lambda conn: jobs.done(conn, job.id, self._now))
            return True
        if alone := teamwork.alone(wanted.order, files=self.desk.limits[wanted.to.channel].files):
            await self._send(wanted, alone)
            return True
        if not self._takes(wanted.to, wanted.order.ending):
            await self._send(wanted, self._said(wanted, "papers.not_here"))
            return True
        try:
            data = await self.make(wanted.order)
        except Failed as error:
            log.error("file of job %d (%s) not made: %s", job.id, job.kind, error)
            await self._failed(wanted)
        else:
            await self._send(wanted, _reply(wanted, data))
        return True

    @property
    def _now(self) -> datetime:
        return self.desk.world.now()

    def _wanted(self, conn: Connection, job: Job) -> _Wanted | None:
        """None where the person is not there, can't be reached, or may not see this any more."""
        today = self._now.date()
        person = people.find(conn, job.person_id, today)
        to = None if person is None else self._recipient(conn, job, person)
        path = [unit.id for unit in areas.path(conn, job.area_id, today)]
        action = _ACTIONS.get(job.kind, "see-digest")
        if person is None or to is None or not allowed(person, action, path):
            return None
        here = areas.find(conn, job.area_id)
        if job.kind in teamwork.KINDS:
            asked = teamwork.Asked(job, here, person, self._now, csv=not self._takes(to, "xlsx"))
            order, codes = teamwork.order(conn, asked, self.desk.world.new_id, self.links)
            return None if order is None else _Wanted(job, to, order, here, codes)
        named, csv = allowed(person, "see-households", path), not self._takes(to, "xlsx")
        reader = _Reader(to.locale, named, csv, self.titles(conn))
        if job.kind == "log":
            made = _log(self.desk.facts(conn, self._now, person), job, here, self._now, reader)
            return _Wanted(job, to, made, here)
        return _Wanted(job, to, _order(conn, job, here, self._now, reader, self.policy.smallest), here)

    def _recipient(self, conn: Connection, job: Job, person: Person) -> Recipient | None:
        """The account that asked; where the clock did, the newest at which the person can be reached."""
        newest_first = reversed(self.desk.recipients(conn, person))
        return next((to for to in newest_first if job.account_id in {None, to.account_id}), None)

    def _takes(self, to: Recipient, ending: str) -> bool:
        """Whether the recipient's channel takes such files."""
        files = self.desk.limits[to.channel].files
        return files is None or ending in files

    def _said(self, wanted: _Wanted, key: str) -> Reply:
        """A sentence in place of the file."""
        order, locale = wanted.order, wanted.to.locale
        what = say(locale, f"papers.{wanted.job.kind}", period=_spoken(order))
        return Reply(say(locale, key, what=what, area=wanted.area.name))

    async def _failed(self, wanted: _Wanted) -> None:
        """Once more in a while; at last the person is told."""
        job = wanted.job
        if job.tries < jobs.TRIES:
            await self.database.write(lambda conn: jobs.again(conn, job.id, self._now + PAUSE))
            return
        await self._send(wanted, self._said(wanted, "papers.failed"))

    async def _send(self, wanted: _Wanted, reply: Reply) -> None:
        """Sends it and ends the job; what another has ended meanwhile is not sent again."""
        job, to = wanted.job, wanted.to
        # A file that somebody waits for may come twice rather than not at all; one of the clock's may not.
        kind = "digest" if job.account_id is None else "reply"

        def send(conn: Connection) -> None:
            if jobs.done(conn, job.id, self._now):
                teamwork.hand_out(conn, wanted.codes, self._now)
                self.desk.enqueue(conn, to, reply, kind, f"job/{job.id}")

        await self.database.write(send)
        self.desk.wake(to.channel)


def _order(  # noqa: PLR0913, PLR0917 - what is made of what, for whom
    conn: Connection, job: Job, here: Area, now: datetime, reader: _Reader, smallest: int
) -> Order:
    """What is made for the reader: all figures, read within one transaction."""
    assert now.tzinfo is not None
    if job.kind == "report":
        period = period_named(job.period, now.tzinfo)
        report = reports.report(conn, QUESTIONNAIRE, here, period, now.date())
        return Order("report", reader.locale, guarded_report(report, smallest), titles=reader.titles)
    if job.kind == "breach":
        case = breaches.find(conn, int(job.period))
        assert case is not None, "the register keeps every case"
        return Order("breach", reader.locale, Notice(case, here.name, now.tzinfo))
    asked = Week(week_named(job.period), now.tzinfo)
    brief = briefs.brief(conn, QUESTIONNAIRE, here, asked, map_day(here, asked, now.date()))
    if not reader.named:
        brief = replace(brief, figures=guarded(brief.figures, smallest))
    kind: Kind = "picture" if job.kind == "picture" else "csv" if reader.csv else "sheet"
    return Order(kind, reader.locale, brief, reader.named, reader.titles)


def _log(facts: Facts, job: Job, here: Area, now: datetime, reader: _Reader) -> Order:
    """What of the audit log the reader may see of what they wanted, the newest lines first."""
    assert now.tzinfo is not None
    wanted, before = Wanted.of(job.wanted), 0
    rows: list[tuple[str, ...]] = []
    while len(rows) < _MOST_LINES:
        page = facts.acts(wanted, before, _LINES)
        teller = Teller(reader.locale, now.tzinfo, page.names, partial(place_named, facts))
        rows += [cells(act.number, teller.told(act)) for act in page.acts]
        if page.next is None:
            break
        before = page.next
    return Order("csv" if reader.csv else "log", reader.locale, Extract(here, now.date(), rows))


def _spoken(order: Order) -> str:
    """“tuần 47 (…)”, “quý IV năm 2026”."""
    if isinstance(order.told, Report):
        return spoken(order.locale, order.told.period)
    if isinstance(order.told, Notice):
        return str(order.told.breach.number)
    if isinstance(order.told, Slips):
        return str(len(order.told.slips))
    if isinstance(order.told, CrewForm | Homes):
        return ""
    if isinstance(order.told, Extract):
        return number(order.locale, len(order.told.rows))
    return week(order.locale, order.told.figures.monday)


def _reply(wanted: _Wanted, data: bytes) -> Reply:
    order = wanted.order
    key = f"papers.caption_{wanted.job.kind}"
    caption = say(order.locale, key, period=_spoken(order), area=wanted.area.name)
    return Reply(caption, attached=Attached(order.file_name, order.media_type, data))
