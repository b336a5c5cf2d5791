"""What is in the database after `load`, against what was acknowledged."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import bindparam, func, select

from content.households import QUESTIONNAIRE
from storage import recounting
from storage.database import Connection, Statement, table
from storage.tables import AccountRow, InboxRow, ParkedRow, PhotoRow, RevisionRow, SurveyRow
from tests.bench.crowd import Crowd, Person

NAMES = ("dong_y", "dtdt", "cap_quang", "vneid", "vssid")
_inbox, _photo, _parked = table(InboxRow), table(PhotoRow), table(ParkedRow)
_survey, _revision, _account = table(SurveyRow), table(RevisionRow), table(AccountRow)
_HEARD = Statement(select(_inbox.c.channel, func.count().label("n")).group_by(_inbox.c.channel))
_KEPT = Statement(
    select(_survey.c.id, _account.c.address, _revision.c["values"])
    .join(_revision, _revision.c.survey_id == _survey.c.id)
    .join(_account, _account.c.person_id == _survey.c.by)
    .where(_survey.c.id > bindparam("after"))
    .order_by(_survey.c.id)
    .limit(5_000)
)


def take(conn: Connection, persons: Sequence[Person], everybody: Crowd) -> dict[str, Any]:
    """Events, surveys with their answers, and photos that are lost or doubled: all must be 0."""
    heard = Counter({row.channel: row.n for row in conn.all(_HEARD)})
    sent: Counter[tuple[str, ...]] = Counter()
    for person in persons:
        for answers, times in person.sent.items():
            sent[(person.address, *answers)] += times
    kept = _kept(conn)
    photos = conn.one(select(func.count().label("n")).where(_photo.c.survey_id.is_not(None)))
    parked = conn.one(select(func.count().label("n")).select_from(_parked))
    assert photos
    assert parked
    return {
        "events": everybody.said.total(),
        "events_lost": (everybody.said - heard).total(),
        "events_doubled": (heard - everybody.said).total(),
        "surveys": sent.total(),
        "surveys_lost": (sent - kept).total(),
        "surveys_doubled": (kept - sent).total(),
        "photos": everybody.photos,
        "photos_lost_or_doubled": abs(everybody.photos - photos.n),
        "events_parked": parked.n,
        "figures_other_than_a_recount": len(
            recounting.compare(conn, QUESTIONNAIRE, ZoneInfo("Asia/Ho_Chi_Minh"))
        ),
    }


def _kept(conn: Connection) -> Counter[tuple[str, ...]]:
    """How often each person's each set of answers stands in the database."""
    found: Counter[tuple[str, ...]] = Counter()
    after = ""
    while rows := conn.all(_KEPT, after=after):
        for row in rows:
            held = {path.rpartition("/")[2]: value for path, value in orjson.loads(row.values).items()}
            answers = tuple(held[name] for name in NAMES)
            found[(row.address, *answers, "photo" if held.get("anh") else "")] += 1
        after = rows[-1].id
    return found
