"""A message to many (/thongbao): written, looked at, confirmed with a word; watched, stopped; its result."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from content import interview
from content.areas import Area
from content.broadcasting import Audience, Broadcast, Reach
from content.calendar import Moved
from content.interview import Asked, Refused, Review, Step
from content.people import Role, allowed
from content.words import clock, day, listed, number, percent, say, weekday
from handlers import dialogue, rights, which_area
from handlers.colleagues import kinds
from handlers.dialogue import Purpose, form_of, open_form, own_form, preface, world
from handlers.effects import StartBroadcast, StopBroadcast
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

FORM, CONFIRM = "thong-bao", "gui-thong-bao"
ANY = "tat_ca"
"""The choice that leaves a language or a channel open."""
TWICE = timedelta(days=1)
"""The same text to the same people is not taken again so soon: it was a slip."""
_NEWEST, _NAMED, _BAR = 5, 20, 10


def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The last broadcasts, and the way to a new one."""
    found = facts.broadcasts(_NEWEST)
    ways = [Choice(_title(talk, one), f"broadcast:show:{one.id}") for one in found]
    return answer(talk, "broadcast.menu", Choice(speak(talk, "broadcast.new"), "broadcast:new"), *ways)


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button `broadcast:VERB:NUMBER`."""
    if not allowed(talk.person, "broadcast"):
        return answer(talk, "routes.only_broadcast")
    _, verb, name, *_ = *(said.payload or "").split(":"), "", ""
    if verb == "new":
        return _new(talk, facts)
    if "last" in {verb, name}:  # one's own newest: its number was not known when the button was made
        mine = (one for one in facts.broadcasts(_NEWEST) if one.by == talk.person.id)
        found = next(mine, None)
    else:
        found = facts.broadcast(int(name)) if name.isdecimal() and len(name) < 19 else None
    if found is None:
        return show(talk, said, facts) if verb in {"list", "last"} else answer(talk, "admin.gone")
    if verb == "stop" and not found.ended:
        stop = Choice(speak(talk, "broadcast.stop_yes"), f"broadcast:halt:{found.id}")
        keep = Choice(speak(talk, "broadcast.stop_no"), f"broadcast:show:{found.id}")
        return answer(talk, "broadcast.stop_sure", stop, keep, n=found.sent, title=_title(talk, found))
    if verb == "halt" and not found.ended:
        again = Choice(speak(talk, "broadcast.look"), f"broadcast:show:{found.id}")
        stopped = answer(talk, "broadcast.stopped_now", again)
        return replace(stopped, effects=(StopBroadcast(found.id),))
    return Turn((state(talk.person.locale, found, facts.unreached(found.id, _NAMED), talk.now),), talk.doing)


def _title(talk: Talk, one: Broadcast) -> str:
    at = one.created_at.astimezone(talk.now.tzinfo)
    start = one.text.split("\n")[0][:30]
    return f"{day(talk.person.locale, at.date())} · {start}"


# --------------------------------------------------------------------------- how far it has come


def state(locale: str, one: Broadcast, unreached: Sequence[str], now: datetime) -> Reply:
    """How far a broadcast has come, with a bar, and who was not reached. `now` is at the district's zone."""
    gone = one.sent + one.failed
    filled = _BAR * gone // one.total if one.total else _BAR
    bar = "▓" * filled + "░" * (_BAR - filled)
    waits = not one.ended and now < one.due_at
    begins = _at(locale, one.due_at.astimezone(now.tzinfo))
    lines = [
        say(locale, "broadcast.waits", at=begins) if waits else say(locale, f"broadcast.{one.status}"),
        f"{bar} {percent(locale, gone, max(one.total, gone))}",
        say(locale, "broadcast.counts", sent=one.sent, total=one.total, failed=one.failed),
    ]
    if one.status == "stopped" and (left := one.total - gone) > 0:
        lines.append(say(locale, "broadcast.left", n=left))
    if one.without:
        lines.append(say(locale, "broadcast.no_channel", n=one.without))
    if unreached and one.ended:
        names = some(locale, unreached, one.unreached)
        lines.append(say(locale, "broadcast.unreached", names=names))
    choices = () if one.ended else tuple(_watch(locale, one))
    return Reply("\n".join(lines), choices)


def some(locale: str, names: Sequence[str], n: int) -> str:
    """Of so many people the names that are told, and how many more there are."""
    if n <= len(names):
        return listed(locale, names)
    return say(locale, "broadcast.and_more", names=", ".join(names), n=n - len(names))


def _at(locale: str, at: datetime) -> str:
    return f"{clock(locale, at)} {weekday(locale, at.date())} {day(locale, at.date())}"


def _watch(locale: str, one: Broadcast) -> Iterator[Choice]:
    yield Choice(say(locale, "broadcast.look"), f"broadcast:show:{one.id}")
    yield Choice(say(locale, "broadcast.stop"), f"broadcast:stop:{one.id}")


# --------------------------------------------------------------------------- written


def _new(talk: Talk, facts: Facts) -> Turn:
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "start.busy")
    form = own_form(facts, FORM)
    rows = [{"name": name, "label": kinds(talk, (name,))} for name in facts.pace()]
    if len(rows) > 1:
        rows.insert(0, {"name": ANY, "label": speak(talk, "broadcast.any_channel")})
    doing, step = open_form(talk, "broadcast", form, {"id": talk.new_id, "instances": {"kenh": rows}})
    return _advance(talk, doing, step, facts, None)


def _advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Asks on; at the end shows what goes out and to whom, and asks for the word that sends it."""
    match step:
        case Asked() | Refused():
            return dialogue.show(talk, doing, step)
        case Review():
            return _preview(talk, doing, dialogue.answered(talk, doing, facts), facts)


def _preview(talk: Talk, doing: Doing, values: dict[str, str], facts: Facts) -> Turn:
    words = values.get("dia_ban", "")
    places = which_area.meant(talk, facts, words, "broadcast")
    if words and len(places) != 1:
        names = which_area.told(talk, facts, places)
        key = "broadcast.which_area" if places else "broadcast.no_area"
        return preface(_ask_area(talk, doing, facts), speak(talk, key, words=words, names=names))
    audience = _audience(values, places[0] if places else None)
    if not _may_reach(talk, facts, audience):
        return preface(_ask_area(talk, doing, facts), speak(talk, "broadcast.not_all"))
    reach = facts.reach(audience)
    if reach.people == 0:
        key = "broadcast.all_unreachable" if reach.unreachable else "broadcast.nobody"
        return answer(replace(talk, doing=None), key, *_anew(talk), n=reach.unreachable)
    text = values["noi_dung"].strip()
    twice = facts.same_broadcast(text, audience, talk.now - TWICE)
    if twice:
        return _twice(talk, twice)
    form = own_form(facts, CONFIRM)
    about = {"id": doing.about["id"], "text": text, "audience": _dump(audience)}
    confirming, step = open_form(talk, "send", form, about)
    assert isinstance(step, Asked)
    return dialogue.show(talk, confirming, step, heading(talk, text, audience, facts))


def _may_reach(talk: Talk, facts: Facts, audience: Audience) -> bool:
    """Citizens belong to no area: they, and everybody everywhere, are reached by who is there for all."""
    if audience.area_id is None or audience.with_citizens:
        return rights.everywhere(talk, facts, "broadcast")
    return rights.may(talk, facts, "broadcast", audience.area_id)


def _ask_area(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    form = form_of(doing, facts)
    step = interview.reopen(form, doing.state, str(form.numbers["/data/dia_ban"]), world(talk, doing))
    assert isinstance(step, Asked)
    return dialogue.show(talk, replace(doing, state=step.state), step)


def _anew(talk: Talk) -> tuple[Choice, ...]:
    return (Choice(speak(talk, "broadcast.new"), "broadcast:new"),)


def _twice(talk: Talk, before: Broadcast) -> Turn:
    at = before.created_at.astimezone(talk.now.tzinfo)
    shown = f"{clock(talk.person.locale, at)} {day(talk.person.locale, at.date())}"
    look = Choice(speak(talk, "broadcast.look"), f"broadcast:show:{before.id}")
    return answer(replace(talk, doing=None), "broadcast.twice", look, at=shown)


def _audience(values: Mapping[str, str], area: Area | None) -> Audience:
    roles = tuple(Role(role) for role in values["vai_tro"].split())
    chosen = {key: values.get(key, "") for key in ("ngon_ngu", "kenh")}
    locale, channel = ("" if value == ANY else value for value in chosen.values())
    return Audience(roles, area.id if area else None, locale, channel)


def _dump(audience: Audience) -> dict[str, Any]:
    return {**asdict(audience), "roles": [role.value for role in audience.roles]}


def _load(stored: Mapping[str, Any]) -> Audience:
    return Audience(**{**stored, "roles": tuple(map(Role, stored["roles"]))})


def heading(talk: Talk, text: str, audience: Audience, facts: Facts) -> str:
    """What people will read, who and how many they are, how long it takes, and when it begins."""
    reach = facts.reach(audience)
    channels = [
        f"{kinds(talk, (name,))} {number(talk.person.locale, n)}"
        for name, n in sorted(reach.channels.items())
    ]
    minutes = max(1, round(reach.seconds(facts.pace()) / 60 + 0.5))
    lines = [
        text,
        "—",
        speak(talk, "broadcast.to", whom=_whom(talk, audience, facts)),
        speak(talk, "broadcast.people", n=reach.people, channels=listed(talk.person.locale, channels)),
        speak(talk, "broadcast.takes", n=minutes),
        _cost(talk, reach, facts.prices()),
    ]
    if reach.unreachable:
        names = some(talk.person.locale, reach.names, reach.unreachable)
        lines.append(speak(talk, "broadcast.without", n=reach.unreachable, names=names))
    moved = facts.calendar().move(talk.now)
    if moved.moved:
        lines.append(_later(talk, moved))
    return "\n".join(lines)


def _whom(talk: Talk, audience: Audience, facts: Facts) -> str:
    """Which people, as one chose them: the last look before it goes to others than was meant."""
    locale = talk.person.locale
    parts = [listed(locale, [speak(talk, f"roles.{role}") for role in audience.roles])]
    above = facts.path(audience.area_id, talk.today)[-2:] if audience.area_id else ()
    parts += [unit.name for unit in reversed(above)] or [speak(talk, "broadcast.everywhere")]
    if audience.locale:
        parts.append(speak(talk, f"broadcast.only_{audience.locale}"))
    if audience.channel:
        parts.append(kinds(talk, (audience.channel,)))
    return ", ".join(parts)


def _later(talk: Talk, moved: Moved) -> str:
    """When it goes out, and why not now."""
    if moved.why is None:
        why = speak(talk, "broadcast.quiet")
    else:
        why = speak(talk, "reminders.sunday") if moved.why == "sunday" else moved.why
    return speak(talk, "broadcast.later", at=_at(talk.person.locale, moved.at), why=why)


def _cost(talk: Talk, reach: Reach, prices: Mapping[str, int]) -> str:
    """Whether it costs, and what at most: on some channels that depends on when each person last wrote."""
    silent = {name: n for name, n in reach.channels.items() if name in prices}
    if not silent:
        return speak(talk, "broadcast.free")
    names, most = kinds(talk, sorted(silent)), sum(n * prices[name] for name, n in silent.items())
    if not most:
        return speak(talk, "broadcast.free_and_waits", names=names)
    return speak(talk, "broadcast.costs", names=names, most=number(talk.person.locale, most))


def _confirm(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """The word was typed: it goes out, now or when the calendar is open."""
    match step:
        case Asked():
            audience = _load(doing.about["audience"])
            if not _may_reach(talk, facts, audience):
                return answer(replace(talk, doing=None), "routes.only_broadcast")
            return dialogue.show(talk, doing, step, heading(talk, doing.about["text"], audience, facts))
        case Refused():
            return dialogue.show(talk, doing, step)
        case Review():
            done = replace(talk, doing=None)
            text, audience = doing.about["text"], _load(doing.about["audience"])
            if not _may_reach(talk, facts, audience):  # the role ended meanwhile
                return answer(done, "routes.only_broadcast")
            twice = facts.same_broadcast(text, audience, talk.now - TWICE)
            if twice:  # somebody else sent it while this one was being looked at
                return _twice(talk, twice)
            moved, people = facts.calendar().move(talk.now), facts.reach(audience).people
            start = StartBroadcast(doing.about["id"], text, audience, moved.at, people)
            watch = Choice(speak(talk, "broadcast.look"), "broadcast:last")
            stop = Choice(speak(talk, "broadcast.stop"), "broadcast:stop:last")
            key = "broadcast.started_later" if moved.moved else "broadcast.started"
            said_ = answer(done, key, watch, stop, at=_at(talk.person.locale, moved.at))
            return replace(said_, effects=(start,))


def _cancel(talk: Talk, doing: Doing) -> Turn:
    return Turn((Reply(speak(talk, "broadcast.cancelled")),))


PURPOSE = Purpose(_advance, _cancel)
CONFIRMING = Purpose(_confirm, _cancel)
