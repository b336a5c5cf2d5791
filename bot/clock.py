"""What happens by itself: APScheduler says when to look, pure functions what is due; rows are enqueued.

A firing is only a hint: what was told for a period is claimed in the transaction that tells (unique by
person, kind and period), so firing twice, late, or after a crash at any point changes nothing. The scheduler
keeps its jobs in memory; what they work by is read from our own tables at each look. Only the leader's clock
runs (`bot.leading`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, tzinfo
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot import climbing, deadlines, effects, moving, unreached, windows, workload
from bot.channels.base import Incoming
from bot.desk import Desk
from bot.origin import Origin, Recipient
from content.calendar import Calendar, Moved, coming, due, week_told
from content.figures import week_name
from content.households import QUESTIONNAIRE
from content.people import Person, reach
from content.postage import NOTHING_SPENT, Postage
from content.privacy import Policy
from content.reminding import (
    setting_of,
)
from content.words import say
from handlers import broadcast, digest, reminders
from handlers.talk import Choice, Reply, Said, Talk
from storage import (
    areas,
    audit,
    broadcasts,
    namesakes,
    notes,
    people,
    places,
    reaching,
    recounting,
    requests,
    retention,
    rollups,
    subscriptions,
    succession,
)
from storage import reminders as gathering
from storage.database import Connection, Database, Unavailable

log = logging.getLogger(__name__)

TOLD_KEPT = timedelta(days=90)
FORGOTTEN = "forgotten"
"""The note of what the last night removed, and when."""
BATCH = 200
"""Messages of a broadcast that one transaction makes: no turn waits for more."""
BATCHES = 10
"""Batches at each look: more than any channel sends until the next."""
ROLLED = 100
"""Batches of sums at each look: reminders and digests wait for no more."""
EDGE = timedelta(hours=40)
"""How long before its hour a digest may go, where its person could not be written to any more at that hour:
Monday morning's from Saturday afternoon, for nothing goes out on a Sunday."""
LATE = 3600
"""Seconds by which a job may be late and still run; those that were missed run once."""
BEGAN = "clock"
"""The note of when a clock first ran on this database: nothing from before is made up."""


@dataclass(slots=True)
class Clock:
    """Looks every minute for what is due, every two seconds at broadcasts, and keeps house at night."""

    database: Database
    desk: Desk
    calendar: Calendar
    zone: tzinfo
    postage: Postage = NOTHING_SPENT
    policy: Policy = field(default_factory=Policy)
    _scheduler: AsyncIOScheduler | None = None
    _began: datetime | None = None
    _running: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> None:
        """Begins; what was missed while no clock ran is made up within a minute."""
        scheduler = AsyncIOScheduler(
            timezone=self.zone,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": LATE},
        )
        every_minute = CronTrigger(minute="*", timezone=self.zone)
        nightly = partial(CronTrigger, day_of_week="mon-sun", timezone=self.zone)
        for job, trigger in (
            (self.digests, every_minute),
            (self.remind, every_minute),
            (self.climb, every_minute),
            (self.unreached, every_minute),
            (self.roll_up, IntervalTrigger(seconds=10, timezone=self.zone)),
            (self.hand_over, every_minute),
            (self.broadcast, IntervalTrigger(seconds=2, timezone=self.zone)),
            (self.erase, every_minute),
            (self.deadlines, every_minute),
            (self.forget, nightly(hour=3, minute=10)),
            (self.recount, nightly(hour=3, minute=40)),
        ):
            scheduler.add_job(self._guarded, trigger, args=[job], id=job.__name__)
        scheduler.start()
        self._scheduler = scheduler

    async def stop(self) -> None:
        """Begins nothing more, and waits for what is under way."""
        if self._scheduler is not None:
            self._scheduler.pause()
            async with self._running:
                self._scheduler.shutdown(wait=False)
                await asyncio.sleep(0)  # it ends itself at the loop's next turn
            self._scheduler = None

    async def _guarded(self, job: Callable[[], Awaitable[None]]) -> None:
        """One job at a time; whatever one raises, the next time is another try."""
        async with self._running:
            try:
                await job()
            except Unavailable as error:
                log.error("clock, %s: database unavailable, trying again: %s", job.__name__, error)
            except Exception:
                log.exception("clock, %s: a fault of ours; trying again", job.__name__)

    @property
    def now(self) -> datetime:
        """By the district's clock."""
        return self.desk.world.now().astimezone(self.zone)

    async def _since(self) -> datetime:
        """When a clock first ran on this database."""
        if self._began is None:
            self._began = await self.database.write(self._first)
        return self._began

    def _first(self, conn: Connection) -> datetime:
        noted = notes.get(conn, BEGAN)
        if noted is None:
            notes.put(conn, BEGAN, self.now.isoformat(), self.now)
        return datetime.fromisoformat(noted) if noted else self.now

    async def _tell(self, tell: Callable[[Connection], str | None], what: str, person_id: int) -> None:
        """Tells one person; one whose telling fails does not keep it from the others."""
        try:
            channel = await self.database.write(tell)
        except Unavailable:
            raise
        except Exception:
            log.exception("clock: %s for person %d failed; tried again at the next look", what, person_id)
        else:
            if channel:
                self.desk.wake(channel)

    # ----------------------------------------------------------------- digests

    async def digests(self) -> None:
        """Enqueues the weekly digests that are due."""
        began, now = await self._since(), self.now
        if not self.calendar.open_at(now):
            return
        since = (now - timedelta(days=60)).date()
        found, told = await self.database.read(
            lambda conn: (
                subscriptions.subscribers(conn, now.date()),
                subscriptions.told(conn, "digest", since),
            )
        )
        for one in found:
            start = max(began, datetime.combine(one.began, time(), self.zone))
            moved = (
                due(one.subscription.schedule(start), self.calendar, now) if one.subscription.active else None
            )
            if one.subscription.active and not (moved and (one.person_id, moved.period) not in told):
                moved = await self._at_the_edge(one, start, now)
            if moved and (one.person_id, moved.period) not in told and await self._reaches(one, now):
                await self._tell(
                    partial(self._digest, one=one, moved=moved, now=now), "the digest", one.person_id
                )

    async def _reaches(self, one: subscriptions.Subscriber, now: datetime) -> bool:
        """Whether the person can be written to; until then nothing is claimed, so they miss no digest."""
        _, to = await self.database.read(lambda conn: self._recipient(conn, one.person_id, now))
        return to is not None

    async def _at_the_edge(
        self, one: subscriptions.Subscriber, start: datetime, now: datetime
    ) -> Moved | None:
        """The next digest, where it had better go now: until its hour the platform's window would close."""
        if not any(limits.window for limits in self.desk.limits.values()):
            return None
        ahead = coming(one.subscription.schedule(start), self.calendar, now)
        if ahead.at - now > EDGE:
            return None

        def better(conn: Connection) -> bool:
            _, to = self._recipient(conn, one.person_id, now)
            window = self.desk.limits[to.channel].window if to else None
            if to is None or window is None:
                return False
            return windows.better_now(ahead.at, reaching.reach(conn, to.account_id).heard_at, window, now)

        return ahead if await self.database.read(better) else None

    def _digest(
        self, conn: Connection, one: subscriptions.Subscriber, moved: Moved, now: datetime
    ) -> str | None:
        person, to = self._recipient(conn, one.person_id, now)
        if person is None or to is None:
            return None
        if not subscriptions.claim(conn, one.person_id, "digest", moved.period, now):
            return None
        wanted, week = one.subscription.areas, week_name(week_told(moved.planned.date()))
        mine = reach(person, "see-digest")
        for area_id in (one for one in mine if not wanted or one in wanted):
            self._turn(
                conn,
                person,
                to,
                f"digest:send:{area_id}:{week}",
                f"{person.id}/{moved.period}/{area_id}",
                now,
            )
        return to.channel

    def _turn(  # noqa: PLR0913, PLR0917 - a turn that nobody began has to be told everything
        self, conn: Connection, person: Person, to: Recipient, payload: str, key: str, now: datetime
    ) -> None:
        """The digest as a press of its button would show it, as messages of their kind."""
        talk = Talk(person, to.channel, now, self.desk.world.new_id())
        turn = digest.press(talk, Said(payload=payload), self.desk.facts(conn, now, person))
        incoming = Incoming(to.channel, f"clock/{key}", "", now)
        effects.write(conn, turn.effects, Origin(talk, incoming, self.desk.enqueue))
        *first, last = turn.replies
        change = Choice(say(person.locale, "reminders.schedule"), "subscribe:show")
        for number, reply in enumerate((*first, replace(last, choices=(*last.choices, change)))):
            self.desk.enqueue(conn, to, reply, "digest", f"digest/{key}/{number}")

    def _recipient(
        self, conn: Connection, person_id: int, now: datetime
    ) -> tuple[Person | None, Recipient | None]:
        """The person, and the newest account at which they can be reached on a channel of ours."""
        person = people.find(conn, person_id, now.date())
        usable = self.desk.recipients(conn, person) if person else []
        return person, usable[-1] if usable else None

    # ----------------------------------------------------------------- questions that nobody takes

    async def climb(self) -> None:
        """Tells those above of citizens' questions that nobody has taken, and reminds who took one."""
        if self.calendar.open_at(self.now):

            def look(conn: Connection) -> set[str]:
                climbed = climbing.climb(conn, self.desk, self.calendar)
                return climbed | climbing.remind(conn, self.desk, self.calendar)

            for channel in await self.database.write(look):
                self.desk.wake(channel)

    # ----------------------------------------------------------------- who can't be written to

    async def unreached(self) -> None:
        """Tells those responsible, once a day, who can't be written to."""
        if self.calendar.open_at(self.now):
            told = await self.database.write(
                lambda conn: unreached.tell(conn, self.desk, self.postage.ceiling, self.now)
            )
            for channel in told:
                self.desk.wake(channel)

    # ----------------------------------------------------------------- units that are no more

    async def hand_over(self) -> None:
        """Passes on what hung on units that have ended, and tells whom it concerns."""
        now = self.now
        if await self.database.read(lambda conn: succession.is_waiting(conn, now)):
            await self.database.write(lambda conn: succession.hand_over(conn, now))
        if self.calendar.open_at(now) and await self.database.read(
            lambda conn: bool(succession.untold(conn))
        ):
            for channel in await self.database.write(lambda conn: moving.tell(conn, self.desk, now)):
                self.desk.wake(channel)

    # ----------------------------------------------------------------- reminders

    async def remind(self) -> None:
        """Enqueues the day's reminders that are due: at most one message a person."""
        began, now = await self._since(), self.now
        if not self.calendar.open_at(now):
            return
        for person_id in await self.database.read(lambda conn: self._to_remind(conn, began, now)):
            await self._tell(partial(self._remind, person_id=person_id, now=now), "a reminder", person_id)

    def _to_remind(self, conn: Connection, began: datetime, now: datetime) -> list[int]:
        """Whose hour has come, who was not told today, can be told, and whom nobody has paused."""
        today = now.date()
        settings, pauses = subscriptions.settings(conn), subscriptions.pauses(conn, today)
        told = {person_id for person_id, _ in subscriptions.told(conn, "reminder", today)}
        resting = {pause.person_id for pause in pauses} | told
        paused = {pause.area_id for pause in pauses if pause.area_id}
        awake = [one for one in gathering.people(conn, today) if one.person_id not in resting]
        due_in: dict[int, bool] = {}
        for one in awake:
            if one.area_id not in due_in:
                path = [area.id for area in areas.path(conn, one.area_id, today)]
                setting = setting_of(path, settings)
                open_ = setting.active and not paused.intersection(path)
                due_in[one.area_id] = open_ and due(setting.schedule(began), self.calendar, now) is not None
        found = [one.person_id for one in awake if due_in[one.area_id]]
        return [person_id for person_id in found if self._recipient(conn, person_id, now)[1]]

    def _remind(self, conn: Connection, person_id: int, now: datetime) -> str | None:
        today = now.date()
        person, to = self._recipient(conn, person_id, now)
        if person is None or to is None:
            return None
        if not subscriptions.claim(conn, person_id, "reminder", today.isoformat(), now):
            return None
        message = reminders.message(person, workload.of(conn, person, now, self.calendar), today)
        if message is None:
            return None
        self.desk.enqueue(conn, to, message, "reminder", f"reminder/{person_id}/{today.isoformat()}")
        return to.channel

    # ----------------------------------------------------------------- broadcasts

    async def broadcast(self) -> None:
        """Makes the next messages of what goes out to many, and tells who sent it of its end."""
        now = self.now
        if not self.calendar.open_at(now):
            return
        for number in await self.database.read(lambda conn: broadcasts.working(conn, now)):
            for _ in range(BATCHES):
                if not await self.database.write(partial(self._batch, number=number, now=now)):
                    break
            await self.database.write(partial(self._settle, number=number, now=now))

    def _batch(self, conn: Connection, number: int, now: datetime) -> int:
        people_ = broadcasts.batch(conn, number, BATCH, self.desk.limits, now)
        found = broadcasts.find(conn, number) if people_ else None
        for one in people_:
            assert found is not None
            to = Recipient(one.account_id, one.channel, one.locale)
            key = f"broadcast/{number}/{one.person_id}"
            self.desk.enqueue(conn, to, Reply(found.text), "broadcast", key, broadcast_id=number)
        return len(people_)

    def _settle(self, conn: Connection, number: int, now: datetime) -> None:
        if not broadcasts.settle(conn, number, now):
            return
        found = broadcasts.find(conn, number)
        assert found is not None
        person, to = self._recipient(conn, found.by, now)
        if person is not None and to is not None:
            result = broadcast.state(person.locale, found, broadcasts.unreached(conn, number), now)
            self.desk.enqueue(conn, to, result, "reminder", f"broadcast/{number}/result")
            self.desk.wake(to.channel)

    # ----------------------------------------------------------------- rights over one's data

    async def erase(self) -> None:
        """Erases those who asked for it and have been told so."""
        if await self.database.read(requests.to_erase):
            erased = await self.database.write(lambda conn: deadlines.erase(conn, self.now))
            log.info("erased %d people who asked for it", erased)

    async def deadlines(self) -> None:
        """Tells those who administer what the law wants done soon."""
        told = await self.database.write(lambda conn: deadlines.remind(conn, self.desk, self.calendar))
        for channel in told:
            self.desk.wake(channel)

    # ----------------------------------------------------------------- keeping house

    async def forget(self) -> None:
        """Forgets what has been kept long enough (`content.privacy.Policy`), and what was told."""
        now = self.now
        found = await retention.forget(self.database, self.policy, now)
        await self.database.write(lambda conn: subscriptions.purge(conn, now - TOLD_KEPT))
        told = ", ".join(f"{kind} {number}" for kind, number in found.items() if number)
        await self.database.write(lambda conn: notes.put(conn, FORGOTTEN, told, now))
        log.info("forgot: %s", told or "nothing was old enough")

    async def roll_up(self) -> None:
        """Adds what came in to the sums of the units above the hamlets, and finds households of one name
        among those that were listed before anybody looked."""
        while await self.database.write(namesakes.mark_some):
            pass
        for _ in range(ROLLED):
            if not await self.database.write(partial(rollups.work, now=self.now)):
                break

    async def recount(self) -> None:
        """Holds the sums against a recount of every survey, and the audit log against its chain; says what to
        do where they differ."""
        now = self.now
        broken = await self.database.read(audit.verify)
        told = "" if broken is None else str(broken)
        await self.database.write(lambda conn: notes.put(conn, audit.CHECKED, told, now))
        if broken is not None:
            log.error("audit: line %d or one before it was changed or removed: compare with a backup", broken)
        odd = await self.database.read(
            lambda conn: [
                *recounting.compare(conn, QUESTIONNAIRE, self.zone),
                *namesakes.compare(conn),
                *places.compare(conn),
                *rollups.compare(conn, now.date()),
            ]
        )
        await self.database.write(lambda conn: notes.put(conn, notes.RECOUNT, str(len(odd)), now))
        if odd:
            told = "%d sums differ from the recount, first: %s; `tocns check --mend` puts them right"
            log.error(told, len(odd), odd[0])
