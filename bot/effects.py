"""Each Effect -> rows, one short function an effect. The only place where effects become writes."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import singledispatch
from typing import Any

from bot import asking, custody, duties, personnel
from bot.origin import Origin, Recipient, note
from content import indicators
from content.households import Draft
from content.reminding import Setting
from handlers import effects
from storage import (
    absences,
    app_passwords,
    areas,
    audit,
    broadcasts,
    forms,
    guesses,
    households,
    jobs,
    list_changes,
    people,
    photos,
    reorganizing,
    sheets,
    subscriptions,
    succession,
    surveys,
    talks,
    targets,
)
from storage.database import Connection


def write(conn: Connection, effects: Iterable[effects.Effect], origin: Origin) -> None:
    """Writes the effects in their order, in the turn's own transaction."""
    for effect in effects:
        _write(effect, conn, origin)


@singledispatch
def _write(effect: Any, _conn: Connection, _origin: Origin) -> None:
    raise TypeError(f"nobody writes the effect {type(effect).__name__}")


def _writes(function: Callable[[Any, Connection, Origin], None]) -> Callable[[Any, Connection, Origin], None]:
    return _write.register(function)


_PARTS = (*asking.WRITES.items(), *custody.WRITES.items(), *personnel.WRITES.items(), *duties.WRITES.items())
for _kind, _function in _PARTS:
    _write.register(_kind)(_function)


@_writes
def _add_household(effect: effects.AddHousehold, conn: Connection, origin: Origin) -> None:
    new = households.NewHousehold(effect.key, effect.area_id, effect.name, effect.address)
    origin.added[effect.key] = households.add(conn, new, origin.talk.person.id, origin.talk.now)


@_writes
def _change_household(effect: effects.ChangeHousehold, conn: Connection, _origin: Origin) -> None:
    households.move(conn, effect.household_id, effect.address)


@_writes
def _nobody_met(effect: effects.NobodyMet, conn: Connection, origin: Origin) -> None:
    absences.note(conn, effect.household_id, origin.talk.person.id, origin.talk.today)


@_writes
def _take_off_list(effect: effects.TakeOffList, conn: Connection, origin: Origin) -> None:
    if list_changes.take_off(conn, effect.household_id, effect.why, origin.talk.person.id, origin.talk.now):
        note(conn, origin, "take-off-list", f"household {effect.household_id}", after=effect.why)


@_writes
def _put_on_list(effect: effects.PutOnList, conn: Connection, origin: Origin) -> None:
    if list_changes.put_back(conn, effect.household_id, "asked", origin.talk.person.id, origin.talk.now):
        note(conn, origin, "put-on-list", f"household {effect.household_id}")


@_writes
def _replace_targets(effect: effects.ReplaceTargets, conn: Connection, _origin: Origin) -> None:
    targets.replace(conn, effect.area_id, effect.targets)


@_writes
def _import_areas(effect: effects.ImportAreas, conn: Connection, _origin: Origin) -> None:
    areas.import_list(conn, effect.units)


@_writes
def _change_map(effect: effects.ChangeMap, conn: Connection, origin: Origin) -> None:
    asked, now = effect.asked, origin.talk.now
    change = reorganizing.put_down(conn, asked, origin.talk.person.id, now)
    note(conn, origin, f"{asked.kind}-areas", f"change {change.id}", after=asked.on.isoformat())
    succession.hand_over(conn, now)


@_writes
def _undo_change(effect: effects.UndoChange, conn: Connection, origin: Origin) -> None:
    undone = reorganizing.undo(conn, effect.number, origin.talk.now)
    note(conn, origin, "undo-areas", f"change {effect.number}", before=undone.on.isoformat())


@_writes
def _forget_list(effect: effects.ForgetList, conn: Connection, _origin: Origin) -> None:
    sheets.forget_list(conn, effect.sheet_id)


@_writes
def _submit_survey(effect: effects.SubmitSurvey, conn: Connection, origin: Origin) -> None:
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
        square=effect.square,
    )
    surveys.submit(conn, submission, indicators.counts)


@_writes
def _keep_draft(effect: effects.KeepDraft, conn: Connection, origin: Origin) -> None:
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
def _drop_draft(effect: effects.DropDraft, conn: Connection, origin: Origin) -> None:
    talks.drop_draft(conn, origin.talk.person.id, effect.form, effect.household_id, effect.key)


@_writes
def _keep_photo(effect: effects.KeepPhoto, conn: Connection, origin: Origin) -> None:
    photo = origin.incoming.photo or origin.incoming.file
    if photo is None:
        raise ValueError("a photo or file is to be kept, but the message had none")
    pending = photos.Pending(effect.name, origin.talk.channel, photo.ref, origin.talk.person.id)
    cleaned = origin.incoming.photo is not None and effect.ticket_id is None  # by the channel that brought it
    if not cleaned:
        pending = replace(pending, data=photo.data, ticket_id=effect.ticket_id)
    photos.keep(conn, pending, origin.talk.now)
    if photo.data is not None and cleaned:
        photos.store(conn, effect.name, photo.data)


@_writes
def _redeem(effect: effects.Redeem, conn: Connection, origin: Origin) -> None:
    taken = people.redeem(conn, origin.talk.person.id, effect.code, effect.name, origin.talk.now)
    if taken.problem is None:
        note(conn, origin, "redeem", f"area {taken.area_id}", after=taken.role)


@_writes
def _note_guess(_effect: effects.NoteGuess, conn: Connection, origin: Origin) -> None:
    person_id = origin.talk.person.id
    guesses.note(conn, person_id, origin.talk.now)
    if guesses.count(conn, person_id, origin.talk.now).locked:
        note(conn, origin, "lock-codes", f"person {person_id}")


@_writes
def _set_locale(effect: effects.SetLocale, conn: Connection, origin: Origin) -> None:
    people.set_locale(conn, origin.talk.person.id, effect.locale)


@_writes
def _set_app_password(effect: effects.SetAppPassword, conn: Connection, origin: Origin) -> None:
    person_id = origin.talk.person.id
    app_passwords.keep(conn, person_id, effect.ha1, origin.talk.now)
    note(conn, origin, "app-password", f"person {person_id}")


@_writes
def _offer_link(effect: effects.OfferLink, conn: Connection, origin: Origin) -> None:
    people.offer_link(conn, origin.talk.person.id, effect.code, effect.expires_at)


@_writes
def _take_link(effect: effects.TakeLink, conn: Connection, origin: Origin) -> None:
    account = people.account(conn, origin.incoming.channel, origin.incoming.address)
    if account and (person_id := people.take_link(conn, account.id, effect.code, origin.talk.now)):
        entry = audit.Entry(origin.talk.now, person_id, origin.talk.channel, "join", f"account {account.id}")
        audit.append(conn, entry)


@_writes
def _subscribe(effect: effects.Subscribe, conn: Connection, origin: Origin) -> None:
    subscriptions.subscribe(conn, origin.talk.person.id, effect.subscription, origin.talk.now)


@_writes
def _set_pause(effect: effects.SetPause, conn: Connection, origin: Origin) -> None:
    pause = effect.pause
    was = _paused(conn, origin, pause.person_id, pause.area_id)
    subscriptions.pause(conn, pause, origin.talk.person.id, origin.talk.now)
    if pause.person_id != origin.talk.person.id:
        until = pause.until.isoformat() if pause.until else "for good"
        note(conn, origin, "pause-reminders", _whose(pause.person_id, pause.area_id), was, until)


@_writes
def _lift_pause(effect: effects.LiftPause, conn: Connection, origin: Origin) -> None:
    was = _paused(conn, origin, effect.person_id, effect.area_id)
    lifted = subscriptions.resume(conn, person_id=effect.person_id, area_id=effect.area_id)
    if lifted and effect.person_id != origin.talk.person.id:
        note(conn, origin, "resume-reminders", _whose(effect.person_id, effect.area_id), was)


def _paused(conn: Connection, origin: Origin, person_id: int | None, area_id: int | None) -> str:
    """Until when a person, or an area, is left in peace; "" where they are not."""
    pauses = subscriptions.pauses(conn, origin.talk.today)
    mine = (one for one in pauses if (one.area_id == area_id if area_id else one.person_id == person_id))
    found = next(mine, None)
    if found is None:
        return ""
    return found.until.isoformat() if found.until else "for good"


def _whose(person_id: int | None, area_id: int | None) -> str:
    return f"area {area_id}" if area_id else f"person {person_id}"


@_writes
def _set_reminder(effect: effects.SetReminder, conn: Connection, origin: Origin) -> None:
    setting, before = effect.setting, subscriptions.settings(conn).get(effect.area_id)
    subscriptions.set_reminder(conn, effect.area_id, setting, origin.talk.person.id, origin.talk.now)
    was = _hour(before) if before else ""
    note(conn, origin, "set-reminders", f"area {effect.area_id}", was, _hour(setting))


def _hour(setting: Setting) -> str:
    return setting.hour.isoformat("minutes") if setting.active else "off"


@_writes
def _start_broadcast(effect: effects.StartBroadcast, conn: Connection, origin: Origin) -> None:
    new = broadcasts.New(effect.key, effect.text, effect.audience, effect.due_at, effect.people)
    number = broadcasts.start(conn, new, origin.talk.person.id, origin.talk.now)
    if number is not None:
        note(conn, origin, "broadcast", f"broadcast {number}")


@_writes
def _stop_broadcast(effect: effects.StopBroadcast, conn: Connection, origin: Origin) -> None:
    was = broadcasts.find(conn, effect.broadcast_id)
    if broadcasts.stop(conn, effect.broadcast_id, origin.talk.now):
        before = f"{was.sent} of {was.total} people" if was else ""
        note(conn, origin, "stop-broadcast", f"broadcast {effect.broadcast_id}", before)


@_writes
def _tell(effect: effects.Tell, conn: Connection, origin: Origin) -> None:
    told = people.find(conn, effect.person_id, origin.talk.today)
    for account in people.accounts(conn, effect.person_id) if told else ():
        if told and account.reachable:
            to = Recipient(account.id, account.channel, told.locale)
            origin.enqueue(conn, to, effect.reply, effect.kind, f"{effect.key}/{account.id}")


@_writes
def _make_paper(effect: effects.MakePaper, conn: Connection, origin: Origin) -> None:
    talk, account = origin.talk, people.account(conn, origin.incoming.channel, origin.incoming.address)
    jobs.ask(
        conn,
        kind=effect.kind,
        person_id=talk.person.id,
        area_id=effect.area_id,
        period=effect.period,
        wanted=effect.wanted,
        key=f"{talk.new_id}/{effect.kind}/{effect.area_id}/{effect.period}",
        now=talk.now,
        account_id=account.id if account else None,  # the clock speaks from no account
    )


@_writes
def _check_form(effect: effects.CheckForm, conn: Connection, origin: Origin) -> None:
    file, account = origin.incoming.file, _account(conn, origin)
    if file is None:
        raise ValueError("a file is to be checked, but the message had none")
    person_id = origin.talk.person.id
    sent = sheets.Sent(effect.sheet_id, person_id, account.id, effect.name, file.ref, file.data)
    sheets.keep(conn, sent, origin.talk.now)


def _account(conn: Connection, origin: Origin) -> people.Account:
    account = people.account(conn, origin.incoming.channel, origin.incoming.address)
    assert account is not None, "whoever speaks has an account: the desk opened it"
    return account


@_writes
def _publish_form(effect: effects.PublishForm, conn: Connection, origin: Origin) -> None:
    sheet = sheets.find(conn, effect.sheet_id)
    if sheet is None:
        raise LookupError(f"the file {effect.sheet_id} is not kept any more")
    new = forms.Publication(
        form=sheet.form,
        version=sheet.version,
        title=sheet.title,
        xform=sheets.xform(conn, sheet.id),
        source=sheets.source(conn, sheet.id),
        source_name=sheet.name,
        area_id=effect.area_id,
        valid_from=effect.valid_from,
    )
    was = forms.newest(conn, sheet.form, effect.area_id, origin.talk.today)
    forms.publish(conn, new, origin.talk.person.id, origin.talk.now)
    before = f"{was.form} {was.version}" if was else ""
    after = f"{sheet.form} {sheet.version} from {effect.valid_from}"
    note(conn, origin, "publish", f"area {effect.area_id}", before, after)


@_writes
def _withdraw_form(effect: effects.WithdrawForm, conn: Connection, origin: Origin) -> None:
    forms.withdraw(conn, effect.number, origin.talk.now)
    there = forms.find(conn, effect.number)
    before = f"{there.form} {there.version} area {there.area_id}" if there else ""
    note(conn, origin, "withdraw", f"form {effect.number}", before=before)


@_writes
def _invite(effect: effects.Invite, conn: Connection, origin: Origin) -> None:
    talk = origin.talk
    team = people.team(conn, effect.area_id, effect.team) if effect.team else None
    until = (talk.now + timedelta(days=effect.days)).replace(hour=23, minute=59, second=59)
    offer = people.Offer(effect.role, effect.area_id, team, effect.uses, until, talk.person.id)
    people.invite(conn, effect.code, offer, talk.now)
    after = f"{effect.role} x{effect.uses} {effect.days}d"
    note(conn, origin, "invite", f"area {effect.area_id}", after=after)


@_writes
def _revoke_invitation(effect: effects.RevokeInvitation, conn: Connection, origin: Origin) -> None:
    was = duties.end_invitation(conn, origin, effect.invitation_id)
    note(conn, origin, "revoke-invitation", f"invitation {effect.invitation_id}", was)


@_writes
def _audit(effect: effects.Audit, conn: Connection, origin: Origin) -> None:
    note(conn, origin, effect.action, effect.subject, effect.before, effect.after)
