"""Where the talk with each person stands, and what they have put aside. The hot path of a turn."""

from collections import Counter
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    Select,
    and_,
    bindparam,
    delete,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from content.households import FILLING, Draft
from content.people import Person
from content.values import dataclass
from storage import grants, inbox, outbox, people
from storage.database import Conflict, Connection, Row, Statement, table
from storage.tables import AccountRow, DraftRow, GrantRow, OutboxRow, PersonRow, TalkRow

_account, _person, _grant = table(AccountRow), table(PersonRow), table(GrantRow)
_talk, _draft, _held = table(TalkRow), table(DraftRow), table(OutboxRow)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who speaks and where the talk stands: `doing` is the JSON that `save` was given, `topic` what
    `save_topic` was. `first`: just met. `held`: something waits until they write (see `reaching.release`)."""

    account_id: int
    person: Person
    doing: str | None
    first: bool = False
    topic: str | None = None
    held: bool = False


_is_held = exists().where(
    _held.c.account_id == _account.c.id, _held.c.status == outbox.WAITING, _held.c.held_at.is_not(None)
)
_load = (
    select(
        _account.c.id.label("account_id"),
        _account.c.reachable,
        _person.c.id,
        _person.c.name,
        _person.c.locale,
        _person.c.invented,
        _talk.c.doing,
        _talk.c.topic,
        _grant.c.role,
        _grant.c.area_id,
        _grant.c.team_id,
        _grant.c.id.label("grant_id"),
    )
    .select_from(_account)
    .join(_person, _person.c.id == _account.c.person_id)
    .join(_talk, _talk.c.person_id == _person.c.id)
    .outerjoin(
        _grant,
        and_(
            _grant.c.person_id == _person.c.id,
            _grant.c.valid_from <= bindparam("today"),
            or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > bindparam("today")),
        ),
    )
    .where(_account.c.fingerprint == bindparam("fingerprint"))
    .order_by(_grant.c.id)
    .with_for_update(of=_talk)
)
# Only some channels hold anything: on the others nobody looks.
_loads = {
    True: _load.add_columns(_is_held.label("held")),
    False: _load.add_columns(false().label("held")),
}
_LOAD = {holds: Statement(load) for holds, load in _loads.items()}
_taken = inbox.TAKE.returning(literal_column("1")).cte("taken")
_new = select(func.count().label("new")).select_from(_taken).subquery()


def _beginning(load: Select[Any]) -> Statement:
    """Both in one journey. What is loaded is of before the turn that was waited for, but the talk itself."""
    loaded = load.subquery()
    joined = select(loaded, _new.c.new).select_from(_new).outerjoin(loaded, true())
    return Statement(joined.order_by(loaded.c.grant_id))


_BEGIN = {holds: _beginning(load) for holds, load in _loads.items()}
_REACHABLE = Statement(update(_account).where(_account.c.id == bindparam("account")).values(reachable=True))
_upsert = insert(_talk).values(
    person_id=bindparam("person"), doing=bindparam("doing"), updated_at=bindparam("now")
)
_SAVE = Statement(
    _upsert.on_conflict_do_update(
        index_elements=["person_id"],
        set_={"doing": _upsert.excluded.doing, "updated_at": _upsert.excluded.updated_at},
    )
)


def load(
    conn: Connection, channel: str, address: str, now: datetime, *, holds: bool = True
) -> Standing | None:
    """Who writes from this address, their roles of today, and where the talk stands; None for a stranger.

    Until the transaction ends, no other turn of the same person goes on: order within a talk. `now` carries
    the district's zone. `holds`: whether the channel ever holds messages back. Somebody who writes is
    reachable again.
    """
    return _standing(conn, conn.all(_LOAD[holds], **_who(conn, channel, address, now)), now)


def begin(  # noqa: PLR0913 (the event, and the channel it came by)
    conn: Connection, channel: str, event_id: str, address: str, now: datetime, *, holds: bool
) -> tuple[bool, Standing | None]:
    """Takes an event (`storage.inbox.take`) and loads who writes (`load`): whether it is new, and who that
    is."""
    if conn.engine == "sqlite":
        new = inbox.take(conn, channel, event_id, now)
        return new, load(conn, channel, address, now, holds=holds) if new else None
    event = {"channel": channel, "event_id": event_id, "received_at": now}
    rows = conn.all(_BEGIN[holds], **event, **_who(conn, channel, address, now))
    known = [row for row in rows if row.account_id is not None]
    return bool(rows[0].new), _standing(conn, known, now)


def _who(conn: Connection, channel: str, address: str, now: datetime) -> dict[str, Any]:
    return {"fingerprint": conn.vault.fingerprint(channel, address), "today": now.date()}


def _standing(conn: Connection, rows: list[Row], now: datetime) -> Standing | None:
    if not rows:
        return None
    first = rows[0]
    held = tuple(grants.read(row) for row in rows if row.role is not None)
    if not first.reachable:
        conn.run(_REACHABLE, account=first.account_id)
        if held:  # else what was meant for who held a role is theirs no more
            outbox.back(conn, first.account_id, now)
    person = Person(first.id, first.name, first.locale, held, first.invented)
    return Standing(first.account_id, person, first.doing, topic=first.topic, held=bool(first.held))


def open_account(  # noqa: PLR0913, PLR0917 (what a stranger's first message brings)
    conn: Connection, channel: str, address: str, name: str, locale: str, now: datetime
) -> Standing:
    """Meets a stranger: a person without grants, an account, an empty talk. Where somebody else met them in
    the same moment, the one that is there."""
    try:
        with conn.savepoint():
            person_id = people.create(conn, name, locale, now)
            account_id = people.add_account(conn, person_id, channel, address, now)
    except Conflict:
        standing = load(conn, channel, address, now)
        if standing is None:
            raise
        return standing
    return Standing(account_id, Person(person_id, name, locale), None, first=True)


def save(conn: Connection, person_id: int, doing: str | None, now: datetime) -> None:
    """Where the talk stands from now on; None: nothing is in progress."""
    conn.later(_SAVE, person=person_id, doing=doing, now=now)


_TOPIC = Statement(
    update(_talk).where(_talk.c.person_id == bindparam("person")).values(topic=bindparam("topic"))
)


def save_topic(conn: Connection, person_id: int, topic: str) -> None:
    """What is talked about from now on."""
    conn.later(_TOPIC, person=person_id, topic=topic)


# --------------------------------------------------------------------------- drafts


_put = insert(_draft).values(
    {
        name: bindparam(name)
        for name in ("person_id", "form", "household_id", "key", "label", "doing", "updated_at")
    }
)
_KEEP = Statement(
    _put.on_conflict_do_update(
        index_elements=["person_id", "form", "household_id", "key"],
        set_={name: _put.excluded[name] for name in ("label", "doing", "updated_at")},
    )
)
_DROP = Statement(
    delete(_draft).where(
        _draft.c.person_id == bindparam("person"),
        _draft.c.form == bindparam("of_form"),
        _draft.c.household_id == bindparam("household"),
        _draft.c.key == bindparam("of_key"),
    )
)
_DRAFTS = Statement(
    select(_draft)
    .where(_draft.c.person_id == bindparam("person"))
    .order_by(_draft.c.updated_at.desc(), _draft.c.id.desc())
)


def keep_draft(conn: Connection, person_id: int, draft: Draft) -> None:
    """Puts an interview aside; replaces an older draft of the same form and household (and key)."""
    doing = {"purpose": draft.purpose, "version": draft.version, "state": draft.state, "about": draft.about}
    conn.run(
        _KEEP,
        person_id=person_id,
        form=draft.form,
        household_id=draft.household_id or 0,
        key=draft.key,
        label=draft.household_name,
        doing=orjson.dumps(doing).decode(),
        updated_at=draft.updated_at,
    )


def drop_draft(conn: Connection, person_id: int, form: str, household_id: int | None, key: str = "") -> bool:
    """Forgets a draft; whether there was one."""
    return conn.run(_DROP, person=person_id, of_form=form, household=household_id or 0, of_key=key) > 0


def drafts(conn: Connection, person_id: int) -> list[Draft]:
    """What a person has put aside, newest first."""
    return [
        Draft(
            household_id=row.household_id or None,
            household_name=row.label,
            form=row.form,
            updated_at=row.updated_at,
            key=row.key,
            **orjson.loads(row.doing),
        )
        for row in conn.all(_DRAFTS, person=person_id)
    ]


_TALKS = Statement(select(_talk.c.doing).where(_talk.c.doing.is_not(None)))
_PUT_ASIDE = Statement(select(_draft.c.form, _draft.c.doing))


def under_way(conn: Connection) -> Counter[tuple[str, str]]:
    """How many surveys have been begun and not sent, open or put aside, by questionnaire and version.

    What they hold is sealed, so every one is opened: that is for an admin's look now and then."""
    found: Counter[tuple[str, str]] = Counter()
    for row in conn.all(_TALKS):
        purpose, form, version, *_ = orjson.loads(row.doing)
        if purpose in FILLING:
            found[form, version] += 1
    for row in conn.all(_PUT_ASIDE):
        found[row.form, orjson.loads(row.doing)["version"]] += 1
    return found
