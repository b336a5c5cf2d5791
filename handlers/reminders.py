"""/nhacviec and the reminders themselves: what they say, who sets them, who is left in peace."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from content.areas import Area, Level
from content.calendar import SUNDAY, Moved, coming
from content.figures import monday_of
from content.interview import Asked, Refused, Review, Step
from content.people import Person, allowed
from content.reminding import Mate, Open, Pause, Setting, Work, setting_of
from content.words import clock, day, say, weekday
from handlers import dialogue, rights, visits
from handlers.dialogue import Purpose, open_form, own_form
from handlers.effects import Effect, LiftPause, SetPause, SetReminder
from handlers.facts import Facts
from handlers.speech import answer, capital, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

SET, PAUSE = "gio-nhac", "tam-ngung"
SNOOZE = timedelta(days=3)
_DRAFTS = 3
_MATES = 30


# --------------------------------------------------------------------------- the message of a day


def message(person: Person, work: Work, today: date) -> Reply | None:
    """All there is to say to a person on a day, in one message, a tap for each thing; None where there is
    nothing."""
    if not work:
        return None
    locale = person.locale
    parts = [say(locale, "reminders.hello", name=person.name), *_own(locale, work), *_team(locale, work)]
    return Reply("\n".join(parts), (*_taps(locale, work), *_leave(locale, person, work, today)))


def _own(locale: str, work: Work) -> Iterator[str]:
    for visit in work.visits:
        yield say(locale, "reminders.visit_near", when=visit.when, about=visit.about)
    for one in work.open:
        yield say(locale, "reminders.open", name=_name(locale, one), day=day(locale, one.since.date()))
    for left in work.left:
        key = "reminders.left_own" if left.own else "reminders.left"
        yield say(locale, key, place=capital(left.place), n=left.households)


def _team(locale: str, work: Work) -> Iterator[str]:
    for one in work.deadlines:
        yield say(
            locale,
            "reminders.deadline",
            place=capital(one.place),
            day=day(locale, one.day),
            days=one.days,
            missed=one.missed,
            left=one.left,
        )
    if work.late or work.busy:
        yield say(locale, "reminders.team")
    for late in work.late:
        mate = late.mate
        yield say(locale, "reminders.late", name=mate.name, place=mate.place, days=late.days, n=mate.left)
    for mate in work.busy:
        assert mate.pause is not None
        assert mate.pause.until is not None
        yield say(
            locale, "reminders.busy", name=mate.name, place=mate.place, day=day(locale, mate.pause.until)
        )


def _name(locale: str, one: Open) -> str:
    return one.name or say(locale, "questionnaire.unnamed")


def _taps(locale: str, work: Work) -> Iterator[Choice]:
    for visit in work.visits[:_DRAFTS]:
        yield Choice(
            say(locale, "reminders.see_visit", about=visit.about[:20]), f"ticket:show:{visit.ticket_id}"
        )
    for one in work.open[:_DRAFTS]:
        payload = "/khaosat" if one.in_talk else visits.payload("draft", one.household_id, one.key, one.form)
        yield Choice(say(locale, "reminders.go_on", name=_name(locale, one)), payload)
    for left in work.left:
        yield Choice(
            say(locale, "reminders.visit", place=capital(left.place), n=left.households),
            f"survey:area:{left.area_id}",
        )
    if work.deadlines:
        yield Choice(say(locale, "reminders.see_progress"), "/tiendo")
    if work.late or work.busy:
        yield Choice(say(locale, "reminders.see"), "/nhacviec")


def _leave(locale: str, person: Person, work: Work, today: date) -> Iterator[Choice]:
    if allowed(person, "survey"):
        for verb in ("snooze", "busy", "stop"):
            yield Choice(say(locale, f"reminders.{verb}_button"), f"reminders:{verb}:{today.isoformat()}")


# --------------------------------------------------------------------------- left in peace, by oneself


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button `reminders:VERB:ARGUMENT`, pressed now, late or twice."""
    _, verb, argument, more, *_ = *(said.payload or "").split(":"), "", "", ""
    if verb in {"snooze", "busy", "stop"}:
        return _own_pause(talk, verb, argument, facts)
    if verb == "on":
        return _own_resume(talk, facts)
    area = _mine(talk, facts, argument)
    if area is None:
        return answer(talk, "reminders.not_yours")
    return {"set": _set, "pause": _pause, "resume": _resume, "person": _person}.get(verb, _area)(
        talk, facts, area, more
    )


def _own_pause(talk: Talk, verb: str, told: str, facts: Facts) -> Turn:
    """For a time that is told from the reminder's own day: so a button pressed weeks later does nothing."""
    if not allowed(talk.person, "survey"):
        return answer(talk, "reminders.not_yours")
    try:
        since = date.fromisoformat(told)
    except ValueError:
        return answer(talk, "reminders.old_button")
    until = {"snooze": since + SNOOZE, "busy": monday_of(since) + timedelta(days=6), "stop": None}[verb]
    if until is not None and until < talk.today:
        return answer(talk, "reminders.old_button")
    pause = Pause(verb, until, person_id=talk.person.id)  # type: ignore[arg-type]
    shown = day(talk.person.locale, until) if until else ""
    again = Choice(speak(talk, "reminders.on_button"), "reminders:on")
    return replace(answer(talk, f"reminders.{verb}_set", again, day=shown), effects=(SetPause(pause),))


def _own_resume(talk: Talk, facts: Facts) -> Turn:
    own = next((one for one in facts.pauses() if one.person_id == talk.person.id), None)
    if own is None:
        return answer(talk, "reminders.on_already")
    if own.kind == "paused":
        return answer(talk, "reminders.leader_paused")
    return replace(answer(talk, "reminders.on_set"), effects=(LiftPause(person_id=talk.person.id),))


# --------------------------------------------------------------------------- /nhacviec


def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The areas that this person leads: the only one, or which."""
    mine = _areas(talk, facts)
    if len(mine) == 1:
        return _area(talk, facts, mine[0], "")
    return answer(talk, "reminders.which", *(_way(area) for area in mine))


def _areas(talk: Talk, facts: Facts) -> list[Area]:
    return rights.held(talk, facts, "manage-reminders")


def _mine(talk: Talk, facts: Facts, number: str) -> Area | None:
    """The area that a button names, if there is one and this person leads it."""
    return rights.area(talk, facts, "manage-reminders", number)


def _way(area: Area) -> Choice:
    return Choice(capital(area.name), f"reminders:area:{area.id}")


def _area(talk: Talk, facts: Facts, area: Area, _: str) -> Turn:
    """When the area is reminded, who is paused or late, and the ways to change that."""
    path = rights.path(talk, facts, area.id)
    setting = setting_of(path, facts.reminder_settings())
    pauses = facts.pauses()
    paused = next((one for one in pauses if one.area_id == area.id), None)
    lines = [speak(talk, "reminders.title", place=area.name), *_when(talk, facts, setting, paused)]
    near = area.level in {Level.COMMUNE, Level.HAMLET}
    mates = facts.mates(area.id) if near else ()
    lines += _mates(talk, mates)
    choices = [Choice(speak(talk, "reminders.set_button"), f"reminders:set:{area.id}")]
    verb = "resume" if paused else "pause"
    choices.append(Choice(speak(talk, f"reminders.{verb}_area"), f"reminders:{verb}:{area.id}"))
    choices += [Choice(mate.name, f"reminders:person:{area.id}:{mate.person_id}") for mate in mates[:_MATES]]
    choices.append(Choice(speak(talk, "reminders.do_people"), "people:list:0"))
    if not near:
        choices += [_way(unit) for unit in facts.below(area.id, talk.today)]
    return Turn((Reply("\n".join(lines), tuple(choices)),), talk.doing)


def _when(talk: Talk, facts: Facts, setting: Setting, paused: Pause | None) -> Iterator[str]:
    if not setting.active:
        yield speak(talk, "reminders.off")
        return
    yield speak(talk, "reminders.daily", hour=clock(talk.person.locale, setting.hour))
    if paused:
        yield _until(talk, "reminders.area_paused", paused)
    else:
        yield next_line(
            talk, coming(setting.schedule(talk.now - timedelta(days=1)), facts.calendar(), talk.now)
        )


def next_line(talk: Talk, moved: Moved) -> str:
    """When the next one comes, and, where it was moved from today or later, from when and why."""
    locale = talk.person.locale
    at = {"hour": clock(locale, moved.at), "day": _day(locale, moved.at)}
    if moved.why is None or moved.planned.date() < talk.today:
        return speak(talk, "reminders.next", **at)
    planned = _day(locale, moved.planned)
    if moved.why == SUNDAY:  # the day's own name says why
        return speak(talk, "reminders.next_after", **at, planned=planned)
    return speak(talk, "reminders.next_moved", **at, planned=planned, why=moved.why)


def _day(locale: str, at: datetime) -> str:
    return f"{weekday(locale, at.date())} {day(locale, at.date())}"


def _until(talk: Talk, key: str, pause: Pause) -> str:
    if pause.until is None:
        return speak(talk, f"{key}_for_good")
    return speak(talk, key, day=day(talk.person.locale, pause.until))


def _mates(talk: Talk, mates: Iterable[Mate]) -> Iterator[str]:
    locale = talk.person.locale
    mates = list(mates)
    if mates:
        yield speak(talk, "reminders.mates", n=len(mates))
    for mate in mates[:_MATES]:
        line = speak(
            talk,
            "reminders.mate",
            name=mate.name,
            where=mate.place,
            day=day(locale, mate.active_on),
            n=mate.left,
        )
        notes = [_until(talk, f"reminders.mate_{mate.pause.kind}", mate.pause)] if mate.pause else []
        if not mate.reachable:
            notes.append(speak(talk, "reminders.unreachable"))
        yield " · ".join([line, *notes])
    if len(mates) > _MATES:
        yield speak(talk, "reminders.more", n=len(mates) - _MATES)


# --------------------------------------------------------------------------- a person, an area: pause, resume


def _person(talk: Talk, facts: Facts, area: Area, number: str) -> Turn:
    mate = _mate(facts, area, number)
    if mate is None:
        return answer(talk, "reminders.gone")
    verb = "resume" if mate.pause else "pause"
    change = Choice(speak(talk, f"reminders.{verb}_person"), f"reminders:{verb}:{area.id}:{mate.person_id}")
    back = Choice(speak(talk, "reminders.back"), f"reminders:area:{area.id}")
    lines = list(_mates(talk, [mate]))[1:]
    return Turn((Reply("\n".join(lines), (change, back)),), talk.doing)


def _mate(facts: Facts, area: Area, number: str) -> Mate | None:
    return next((mate for mate in facts.mates(area.id) if str(mate.person_id) == number), None)


def _resume(talk: Talk, facts: Facts, area: Area, number: str) -> Turn:
    """Of a person (by number), or of the area itself."""
    mate = _mate(facts, area, number) if number else None
    if number and mate is None:
        return answer(talk, "reminders.gone")
    lifted = LiftPause(person_id=mate.person_id) if mate else LiftPause(area_id=area.id)
    name = mate.name if mate else area.name
    back = Choice(speak(talk, "reminders.back"), f"reminders:area:{area.id}")
    return replace(answer(talk, "reminders.resumed", back, name=name), effects=(lifted,))


def _pause(talk: Talk, facts: Facts, area: Area, number: str) -> Turn:
    mate = _mate(facts, area, number) if number else None
    if number and mate is None:
        return answer(talk, "reminders.gone")
    name = mate.name if mate else area.name
    about = {"id": talk.new_id, "place": area.id, "person": mate.person_id if mate else None, "whose": name}
    return _open(talk, facts, "pause", PAUSE, about)


def _set(talk: Talk, facts: Facts, area: Area, _: str) -> Turn:
    return _open(talk, facts, "remind", SET, {"id": talk.new_id, "place": area.id, "whose": area.name})


def _open(talk: Talk, facts: Facts, purpose: str, name: str, about: dict[str, object]) -> Turn:
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "start.busy")
    form = own_form(facts, name)
    doing, step = open_form(talk, purpose, form, about)
    return _advance(talk, doing, step, facts, None)


def _advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Asks on; at the end the setting or the pause holds."""
    match step:
        case Asked():
            return dialogue.show(talk, doing, step, capital(doing.about["whose"]))
        case Refused():
            return dialogue.show(talk, doing, step)
        case Review():
            area = _mine(talk, facts, str(doing.about["place"]))
            done = replace(talk, doing=None)
            if area is None:  # the role ended meanwhile
                return answer(done, "reminders.not_yours")
            values = dialogue.answered(talk, doing, facts)
            effect = (_reminder if doing.purpose == "remind" else _paused)(talk, doing, area, values)
            key = "reminders.set_done" if doing.purpose == "remind" else "reminders.paused_done"
            back = Choice(speak(talk, "reminders.back"), f"reminders:area:{area.id}")
            return replace(answer(done, key, back, name=doing.about["whose"]), effects=(effect,))


def _reminder(talk: Talk, doing: Doing, area: Area, values: dict[str, str]) -> Effect:
    if values["nhac"] != "co":
        return SetReminder(area.id, Setting(active=False))
    return SetReminder(area.id, Setting(hour_of(values["gio"])))


def hour_of(answered: str) -> time:
    """A form's time ("07:30:00.000+07:00") as hour and minute."""
    return time.fromisoformat(answered[:5])


def _paused(talk: Talk, doing: Doing, area: Area, values: dict[str, str]) -> Effect:
    sunday = monday_of(talk.today) + timedelta(days=6)
    until = {
        "tuan_nay": sunday,
        "hai_tuan": sunday + timedelta(days=7),
        "bo_han": None,
        "ngay_khac": date.fromisoformat(values["ngay"]) if "ngay" in values else None,
    }[values["bao_lau"]]
    person = doing.about["person"]
    return SetPause(Pause("paused", until, person, None if person else area.id))


def _cancel(talk: Talk, doing: Doing) -> Turn:
    return Turn((Reply(speak(talk, "reminders.cancelled")),))


PURPOSE = Purpose(_advance, _cancel)
