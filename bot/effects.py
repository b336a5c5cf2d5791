"""Each Effect -> rows, one short function an effect. The only place where effects become writes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any, Protocol

from bot.channels.base import Incoming
from content import indicators
from content.households import Draft
from handlers import turn
from handlers.turn import Reply, Talk
from storage import app_passwords, audit, households, jobs, people, photos, questions, surveys, talks
from storage.database import Connection


@dataclass(frozen=True, slots=True)
class Recipient:
    """An account, and the language its person is spoken to in."""

    account_id: int
    channel: str
    locale: str


class Enqueue(Protocol):
    """Puts a reply into the outbox; with a `key`, once however often it is called."""

    def __call__(
        self, conn: Connection, to: Recipient, reply: Reply, kind: str = "reply", key: str | None = None
    ) -> None: ...


@dataclass(slots=True)
class Origin:
    """The turn that the effects come from. `added` maps the keys of its new households to their ids."""

    talk: Talk
    incoming: Incoming
    enqueue: Enqueue
    added: dict[str, int] = field(default_factory=dict)


def write(conn: Connection, effects: Iterable[turn.Effect], origin: Origin) -> None:
    """Writes the effects in their order, in the turn's own transaction."""
    for effect in effects:
        _write(effect, conn, origin)


@singledispatch
def _write(effect: Any, _conn: Connection, _origin: Origin) -> None:
    raise TypeError(f"nobody writes the effect {type(effect).__name__}")


def _writes(function: Callable[[Any, Connection, Origin], None]) -> Callable[[Any, Connection, Origin], None]:
    return _write.register(function)


@_writes
def _add_household(effect: turn.AddHousehold, conn: Connection, origin: Origin) -> None:
    new = households.NewHousehold(effect.key, effect.area_id, effect.name, effect.address)
    origin.added[effect.key] = households.add(conn, new, origin.talk.person.id, origin.talk.now)


@_writes
def _submit_survey(effect: turn.SubmitSurvey, conn: Connection, origin: Origin) -> None:
    household = effect.household
    submission = surveys.Submission(
        survey_id=effect.survey_id,
        form=effect.form,
        version=effect.version,
        area_id=effect.area_id,
        household_id=origin.added[household] if isinstance(household, str) else household,
        values=effect.values,
        xml=effect.xml,
        consent=effect.consent,
        wording=effect.wording,
        started_at=effect.started_at,
        submitted_at=origin.talk.now,
        by=origin.talk.person.id,
        channel=origin.talk.channel,
        photos=effect.photos,
        invented=origin.talk.person.invented,
    )
    surveys.submit(conn, submission, indicators.counts)


@_writes
def _keep_draft(effect: turn.KeepDraft, conn: Connection, origin: Origin) -> None:
    doing = effect.doing
    draft = Draft(
        household_id=effect.household_id,
        household_name=effect.label,
        form=doing.form,
        version=doing.version,
        state=doing.state,
        updated_at=origin.talk.now,
        purpose=doing.purpose,
        about=doing.about,
        key=effect.key,
    )
    talks.keep_draft(conn, origin.talk.person.id, draft)


@_writes
def _drop_draft(effect: turn.DropDraft, conn: Connection, origin: Origin) -> None:
    talks.drop_draft(conn, origin.talk.person.id, effect.form, effect.household_id, effect.key)


@_writes
def _keep_photo(effect: turn.KeepPhoto, conn: Connection, origin: Origin) -> None:
    photo = origin.incoming.photo
    if photo is None:
        raise ValueError("a photo is to be kept, but the message had none")
    pending = photos.Pending(effect.name, origin.talk.channel, photo.ref, origin.talk.person.id)
    photos.keep(conn, pending, origin.talk.now)
    if photo.data is not None:
        photos.store(conn, effect.name, photo.data)


@_writes
def _redeem(effect: turn.Redeem, conn: Connection, origin: Origin) -> None:
    taken = people.redeem(conn, origin.talk.person.id, effect.code, effect.name, origin.talk.now)
    if taken.problem is None:
        _note(conn, origin, "redeem", f"area {taken.area_id}", after=taken.role)


@_writes
def _set_locale(effect: turn.SetLocale, conn: Connection, origin: Origin) -> None:
    people.set_locale(conn, origin.talk.person.id, effect.locale)


@_writes
def _offer_link(effect: turn.OfferLink, conn: Connection, origin: Origin) -> None:
    people.offer_link(conn, origin.talk.person.id, effect.code, effect.expires_at)


@_writes
def _take_link(effect: turn.TakeLink, conn: Connection, origin: Origin) -> None:
    account = people.account(conn, origin.incoming.channel, origin.incoming.address)
    if account and (person_id := people.take_link(conn, account.id, effect.code, origin.talk.now)):
        entry = audit.Entry(origin.talk.now, person_id, origin.talk.channel, "join", f"account {account.id}")
        audit.append(conn, entry)


@_writes
def _set_app_password(effect: turn.SetAppPassword, conn: Connection, origin: Origin) -> None:
    person_id = origin.talk.person.id
    app_passwords.keep(conn, person_id, effect.ha1, origin.talk.now)
    _note(conn, origin, "app-password", f"person {person_id}")


@_writes
def _note_question(effect: turn.NoteQuestion, conn: Connection, origin: Origin) -> None:
    questions.add(conn, questions.Asked(effect.text, effect.outcome, origin.talk.now, effect.article))


@_writes
def _tell(effect: turn.Tell, conn: Connection, origin: Origin) -> None:
    told = people.find(conn, effect.person_id, origin.talk.today)
    for account in people.accounts(conn, effect.person_id) if told else ():
        if told and account.reachable:
            to = Recipient(account.id, account.channel, told.locale)
            origin.enqueue(conn, to, effect.reply, effect.kind, f"{effect.key}/{account.id}")


@_writes
def _make_paper(effect: turn.MakePaper, conn: Connection, origin: Origin) -> None:
    talk, account = origin.talk, people.account(conn, origin.incoming.channel, origin.incoming.address)
    jobs.ask(
        conn,
        kind=effect.kind,
        person_id=talk.person.id,
        area_id=effect.area_id,
        period=effect.period,
        key=f"{talk.new_id}/{effect.kind}/{effect.area_id}/{effect.period}",
        now=talk.now,
        account_id=account.id if account else None,  # the clock speaks from no account
    )


@_writes
def _audit(effect: turn.Audit, conn: Connection, origin: Origin) -> None:
    _note(conn, origin, effect.action, effect.subject, effect.before, effect.after)


def _note(  # noqa: PLR0913, PLR0917 - an entry has so many parts
    conn: Connection, origin: Origin, action: str, subject: str, before: str = "", after: str = ""
) -> None:
    talk = origin.talk
    audit.append(conn, audit.Entry(talk.now, talk.person.id, talk.channel, action, subject, before, after))
