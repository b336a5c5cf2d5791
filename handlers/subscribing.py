"""`/baocao lịch`: on which day, at what time and of which areas a person gets the weekly digest."""

from dataclasses import replace

from content.areas import Area
from content.calendar import WEEKDAYS, coming
from content.interview import Asked, Refused, Review, Step
from content.people import allowed
from content.reminding import CHECKS, INDICATORS, PICTURE, SHEET, UNITS, USUAL_PARTS, Subscription
from content.vietnamese import fold
from content.words import clock, listed, say
from handlers import dialogue, rights
from handlers.dialogue import Purpose, open_form, own_form
from handlers.effects import Subscribe
from handlers.facts import Facts
from handlers.reminders import hour_of, next_line
from handlers.speech import answer, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

FORM = "hen-ban-tin"
_PARTS = {"dia_ban": UNITS, "xem_lai": CHECKS, "chi_tieu": INDICATORS, "bieu_do": PICTURE, "bang": SHEET}
"""The parts of a digest by the choices of the form."""
WORDS = frozenset({"lich", "lich gui", "hen gio", "hen lich", "schedule"})
"""What follows /baocao, folded, where the schedule is meant and not a week."""


def meant(text: str) -> bool:
    """Whether the words after /baocao ask for the schedule."""
    return fold(text) in WORDS


def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """When the digest comes, of which areas, and the way to change that."""
    mine = _areas(talk, facts)
    wanted = facts.subscription(talk.person.id)
    change = Choice(speak(talk, "reminders.change"), "subscribe:set")
    if not wanted.active:
        return answer(talk, "reminders.no_digest", change)
    locale = talk.person.locale
    names = listed(locale, [area.name for area in mine if not wanted.areas or area.id in wanted.areas])
    text = speak(
        talk,
        "reminders.digest",
        weekday=say(locale, f"reminders.{wanted.weekday}"),
        hour=clock(locale, wanted.hour),
        names=names,
    )
    since = min(talk.now, wanted.since or talk.now)
    upcoming = next_line(talk, coming(wanted.schedule(since), facts.calendar(), talk.now))
    return Turn((Reply(f"{text}\n{upcoming}", (change,)),), talk.doing)


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The buttons `subscribe:show` and `subscribe:set`."""
    if not allowed(talk.person, "see-digest"):
        return answer(talk, "routes.only_see-digest")
    if said.payload != "subscribe:set":
        return show(talk, said, facts)
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "start.busy")
    form = own_form(facts, FORM)
    rows = [{"name": str(area.id), "label": area.name} for area in _areas(talk, facts)]
    doing, step = open_form(talk, "subscribe", form, {"id": talk.new_id, "instances": {"dia_ban": rows}})
    return _advance(talk, doing, step, facts, None)


def _areas(talk: Talk, facts: Facts) -> list[Area]:
    """The areas that this person answers for."""
    return rights.held(talk, facts, "see-digest")


def _advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    match step:
        case Asked() | Refused():
            return dialogue.show(talk, doing, step)
        case Review():
            return _subscribed(replace(talk, doing=None), dialogue.answered(talk, doing, facts), facts)


def _subscribed(talk: Talk, values: dict[str, str], facts: Facts) -> Turn:
    if not allowed(talk.person, "see-digest"):  # the role ended meanwhile
        return answer(talk, "routes.only_see-digest")
    if values["thu"] not in WEEKDAYS:
        wanted = replace(facts.subscription(talk.person.id), active=False)
        done = answer(talk, "reminders.no_digest", Choice(speak(talk, "reminders.change"), "subscribe:set"))
        return replace(done, effects=(Subscribe(wanted),))
    areas = tuple(map(int, values.get("dia_ban", "").split()))
    parts = tuple(_PARTS[name] for name in values.get("phan", "").split()) or USUAL_PARTS
    wanted = Subscription(values["thu"], hour_of(values["gio"]), areas, since=talk.now, parts=parts)
    upcoming = next_line(talk, coming(wanted.schedule(talk.now), facts.calendar(), talk.now))
    text = f"{speak(talk, 'reminders.subscribed')}\n{upcoming}"
    return Turn((Reply(text),), effects=(Subscribe(wanted),))


def _cancel(talk: Talk, doing: Doing) -> Turn:
    return Turn((Reply(speak(talk, "reminders.cancelled")),))


PURPOSE = Purpose(_advance, _cancel)
