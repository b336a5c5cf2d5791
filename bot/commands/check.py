"""`tocns check`: everything that can be found wrong before somebody meets it."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from bot.commands.failure import Fault

if TYPE_CHECKING:
    from bot.config import Settings
    from content.postage import Postage
    from storage.database import Connection, Database

app = typer.Typer()


def _settings_help() -> str:
    from bot.config import PREFIX, Settings

    lines = [f"{PREFIX}{name.upper()}: {field.description}" for name, field in Settings.model_fields.items()]
    return "Settings (environment or .env):\n\n" + "\n\n".join(lines)


@app.command(epilog=_settings_help())
def check(
    content_only: bool = typer.Option(
        False, "--content-only", help="only what needs no settings or database"
    ),
    mend: bool = typer.Option(
        False, "--mend", help="first put figures right that differ from a recount; submissions wait meanwhile"
    ),
) -> None:
    """Checks settings, content, questionnaires, translations, database: prints every fault, with its place.

    Example: tocns check
    """
    if mend:
        _mend()
    faults = [*_words(), *_forms(), *_indicators(), *_articles()]
    if not content_only:
        faults += asyncio.run(_service())
    if faults:
        raise Fault("\n".join(faults))
    print("Không thấy lỗi nào. No faults found.")


def _mend() -> None:
    from bot.commands.setting import settings
    from bot.commands.stored import stored
    from content.households import QUESTIONNAIRE
    from storage import audit, mending, rollups
    from storage.database import Connection

    zone = settings(need_key=True).zone

    def put_right(conn: Connection) -> int:
        now = datetime.now(zone)
        weeks = mending.mend(conn, QUESTIONNAIRE, zone)
        if weeks:
            after = f"{weeks} weeks of hamlets"
            audit.append(conn, audit.Entry(now, None, "cli", "mend-figures", QUESTIONNAIRE, "", after))
        return weeks

    weeks = stored(put_right, write=True)
    while stored(lambda conn: rollups.work(conn, datetime.now(zone)), write=True):
        pass
    print(f"Figures put right: {weeks} weeks of hamlets.")


def _words() -> list[str]:
    from content import words

    return words.check()


def _forms() -> Iterator[str]:
    """The forms that come with the program: their tables, and that what was made of them is up to date."""
    from content import library

    for name in sorted(library.DIALOGUES | library.SHEETS):
        yield from library.check(name)


def _indicators() -> list[str]:
    from content import indicators

    return indicators.check()


def _articles() -> list[str]:
    from content import knowledge

    return knowledge.check()


def _windows(conn: "Connection", postage: "Postage", now: datetime) -> Iterator[str]:
    """Who can't be written to, and whether the month's money is spent."""
    from bot import windows
    from storage import reaching

    held = reaching.held(conn, 500)
    if held:
        people = ", ".join(str(number) for number in sorted({one.person_id for one in held})[:10])
        yield (
            f"{held[0].channel}: {len(held)} messages wait until their people write (persons {people}): ask"
            " them to write any word, or set up a template in templates/zalo.yaml"
        )
    spent = reaching.spent(conn, windows.month_of(now))
    if postage.ceiling and spent >= postage.ceiling * 0.9:
        yield (
            f"zalo_oa: this month's messages cost {spent} VND of {postage.ceiling}; raise `ceiling` in"
            " templates/zalo.yaml"
        )


def _backups(conn: "Connection", found: "Settings", now: datetime) -> Iterator[str]:
    """Says how old the last backup is; a fault only where backups are made by themselves and fail to be."""
    from storage import backups

    standing = backups.standing(conn)
    made, verified = standing.made, standing.verified
    age = f"{(now - made.made_at).total_seconds() / 3600:.0f} h old" if made else "none yet"
    looked_at = f"; restored to see that it is whole: {verified.verified_at:%Y-%m-%d}" if verified else ""
    print(f"Last backup: {age}{looked_at}." + ("" if found.backup_dir else " TOCNS_BACKUP_DIR is not set."))
    match standing.trouble(now) if found.backup_dir else None:
        case "failed":
            assert standing.failed is not None
            yield f"backup: the last one failed: {standing.failed.fault}; `tocns serve` tries hourly"
        case "old":
            yield "backup: none was made for two nights; look whether `tocns serve` runs, and at its log"
        case "unverified":
            yield "backup: none was restored for two weeks; try one: `tocns restore FILE --check`"


def _disks(found: "Settings") -> Iterator[str]:
    """What has no room left: there nothing is stored, and no backup made."""
    from bot import pulse
    from content.health import FULL

    for disk in pulse.machine(found, {}, 0)().disks:
        if disk.free < FULL:
            yield f"disk: {disk.place}: {disk.free >> 20} MB are free; make room for {FULL >> 20} MB at least"


async def _channels(found: "Settings", database: "Database", postage: "Postage") -> list[str]:
    """What can't work of the channels that are set up, and what their platforms say."""
    from bot import app as service
    from bot.channels.base import Checkable
    from bot.service import NotReady

    try:
        channels = service.channels_of(found, database, postage, lambda: datetime.now(found.zone))
    except ValueError as error:
        return [str(error)]
    except NotReady as error:  # as after the first `tocns db upgrade`: to be known, and no fault
        print(f"Not to be served yet: {error}.")
        return []
    asked = [channel for channel in channels.values() if isinstance(channel, Checkable)]
    return [fault for channel in asked for fault in await channel.check()]


async def _service() -> list[str]:
    """Settings, then the database behind them: its revision, the audit chain, figures against a recount, who
    can't be written to; then, where all that is in order, what the platforms say."""
    from bot.commands.setting import settings
    from bot.commands.stored import database_of
    from content import calendar, knowledge, privacy
    from content import postage as postages
    from content.households import QUESTIONNAIRE
    from storage import audit, namesakes, parked, places, recounting, revisions, rollups
    from storage.database import Connection, Unavailable
    from storage.secrets import Unreadable

    found = settings(need_key=True)
    try:
        postage = postages.read(postages.path_of(found.content_dir))
        privacy.read(privacy.path_of(found.content_dir))
        calendar.load(found.content_dir)
    except (postages.PostageError, calendar.BadCalendar, privacy.BadPolicy) as error:
        return [str(error)]
    if found.content_dir and (amiss := knowledge.check(knowledge.articles_of(found.content_dir))):
        return amiss

    def look(conn: Connection) -> Iterator[str]:
        if amiss := revisions.standing(conn).amiss:
            yield f"database: {amiss}"
            return
        if (broken := audit.verify(conn)) is not None:
            yield f"audit: row {broken} or one before it was changed or removed; restore a backup and compare"
        odd = recounting.compare(conn, QUESTIONNAIRE, found.zone)
        yield from odd
        if odd:
            yield "figures: `tocns check --mend` puts them right"
        yield from namesakes.compare(conn)
        yield from places.compare(conn)
        yield from rollups.compare(conn, datetime.now(found.zone).date())
        if waiting := parked.waiting(conn):
            yield f"parked: {len(waiting)} events wait for a mend; `tocns replay` lists them"
        yield from _windows(conn, postage, datetime.now(found.zone))
        yield from _backups(conn, found, datetime.now(found.zone))

    try:
        async with database_of(found) as database:
            faults = await database.read(lambda conn: list(look(conn)))
            faults += _disks(found)
            return faults or await _channels(found, database, postage)
    except (Unavailable, Unreadable) as error:
        return [f"database: {error}"]
