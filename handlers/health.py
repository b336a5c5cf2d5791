"""How the service is, for whoever administers: one short line where all is well, else what has to be done."""

from collections.abc import Iterator
from datetime import datetime

from content.health import Channel, Health, Trouble
from content.people import allowed
from content.words import clock, day, number, percent, say
from handlers.facts import Facts
from handlers.journal_words import channel as channel_name
from handlers.speech import answer, capital, speak
from handlers.talk import Choice, Reply, Said, Talk
from handlers.turn import Turn

OPEN, ALL = "health:show", "health:all"
_SOON = 2
"""Days before the last day of a request from which it is to be dealt with."""


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """`health:show`, in one message; `health:all`, everything that is known."""
    if not allowed(talk.person, "manage"):
        return answer(talk, "routes.only_manage")
    if said.payload == ALL:
        return _all(talk, facts)
    return _show(talk, facts) if said.payload == OPEN else answer(talk, "admin.gone")


def _show(talk: Talk, facts: Facts) -> Turn:
    health = facts.health()
    locale = talk.person.locale
    todo = [_told(locale, trouble) for trouble in health.troubles(talk.now)]
    ways = []
    for key, n, payload in _duties(talk, facts):
        todo.append(speak(talk, f"health.{key}", n=n))
        ways.append(Choice(speak(talk, f"health.do_{key}"), payload))
    ways.append(Choice(speak(talk, "health.do_all"), ALL))
    if todo:
        lines = [speak(talk, "health.todo", n=len(todo)), *(f"{n}. {text}" for n, text in enumerate(todo, 1))]
        return Turn((Reply("\n".join(lines), tuple(ways)),), talk.doing)
    return answer(talk, "health.fine", *ways, channels=len(health.channels), backup=_backup(talk, health))


def _duties(talk: Talk, facts: Facts) -> Iterator[tuple[str, int, str]]:
    """What is asked of the administrator themselves: how much of it, and the button that leads there."""
    soon = 0
    for one in facts.requests():
        unanswered = one.answered_at is None and one.answer_by(facts.calendar()) <= talk.today
        soon += unanswered or (one.done_by - talk.today).days <= _SOON
    breaches = sum(not (one.reported_at or one.closed_at) for one in facts.breaches())
    articles = len(facts.knowledge().expiring(talk.today))
    for key, n, payload in (
        ("breaches", breaches, "quantri:breaches"),
        ("requests", soon, "quantri:requests"),
        ("articles", articles, "quantri:articles-due"),
    ):
        if n:
            yield key, n, payload


def _told(locale: str, trouble: Trouble) -> str:
    """What is wrong and what to do, in a sentence or two."""
    values: dict[str, object] = dict(trouble.values)
    if "minutes" in values:
        values["time"] = _span(locale, int(trouble.values["minutes"]))
    if "channel" in values:
        values["channel"] = channel_name(locale, str(values["channel"]))
    if "bytes" in values:
        values["size"] = _size(locale, int(trouble.values["bytes"]))
    if "place" in values:
        values["place"] = say(locale, f"health.place_{values['place']}")
    for key in ("spent", "ceiling", "left", "total"):
        if key in values:
            values[key] = number(locale, int(trouble.values[key]))
    return say(locale, f"health.bad_{trouble.key}", **values)


def _backup(talk: Talk, health: Health) -> str:
    made, verified = health.backups.made, health.backups.verified
    if made is None:
        return speak(talk, "health.no_backup")
    at = _moment(talk, made.made_at)
    if verified is None or verified.verified_at is None:
        return speak(talk, "health.backup", at=at)
    return speak(talk, "health.backup_tried", at=at, tried=_day(talk, verified.verified_at))


# --------------------------------------------------------------------------- all of it


def _all(talk: Talk, facts: Facts) -> Turn:
    health, locale = facts.health(), talk.person.locale
    lines = [speak(talk, "health.title", at=_moment(talk, talk.now))]
    lines += [_channel(talk, one) for one in health.channels]
    waited = int((talk.now - health.oldest).total_seconds() // 60) if health.oldest else 0
    lines.append(
        speak(
            talk,
            "health.queue",
            n=health.waiting,
            time=_span(locale, waited),
            held=health.held,
            parked=health.parked,
        )
    )
    lines.append(capital(_backup(talk, health)))
    if health.checked_at:
        key = "health.sums_odd" if health.odd_sums or health.broken else "health.sums"
        lines.append(speak(talk, key, at=_moment(talk, health.checked_at)))
    if health.package and health.left is not None:
        lines.append(
            speak(talk, "health.zalo", left=number(locale, health.left), total=number(locale, health.package))
        )
    if health.machine.ceiling or health.spent:
        spent, ceiling = number(locale, health.spent), number(locale, health.machine.ceiling)
        lines.append(speak(talk, "health.spent", spent=spent, ceiling=ceiling))
    for disk in health.machine.disks:
        place, share = say(locale, f"health.place_{disk.place}"), percent(locale, disk.free, disk.total)
        lines.append(speak(talk, "health.disk", what=place, size=_size(locale, disk.free), share=share))
    lines.append(speak(talk, "health.articles_due", n=len(facts.knowledge().expiring(talk.today))))
    lines.append(speak(talk, "health.version", version=health.machine.version, revision=health.revision))
    back = Choice(speak(talk, "health.do_short"), OPEN)
    return Turn((Reply("\n".join(lines), (back,)),), talk.doing)


def _channel(talk: Talk, one: Channel) -> str:
    up = speak(talk, "health.up" if one.up(talk.now) else "health.down")
    parts = [f"{channel_name(talk.person.locale, one.name)}: {up}"]
    for key, at in (("heard", one.heard_at), ("sent", one.sent_at)):
        if at:
            parts.append(speak(talk, f"health.{key}", at=_moment(talk, at)))
    if one.failed_at:
        parts.append(speak(talk, "health.failed", at=_moment(talk, one.failed_at), reason=one.reason))
    return " · ".join(parts)


def _moment(talk: Talk, at: datetime) -> str:
    """ "08:15", and the day where it is another than today."""
    here = at.astimezone(talk.zone)
    time = clock(talk.person.locale, here)
    return time if here.date() == talk.today else f"{time} {_day(talk, at)}"


def _day(talk: Talk, at: datetime) -> str:
    return day(talk.person.locale, at.astimezone(talk.zone).date())


def _span(locale: str, minutes: int) -> str:
    """Minutes as people say them: "40 phút", "5 giờ", "3 ngày"."""
    unit, n = ("minutes", minutes) if minutes < 120 else ("hours", minutes // 60)
    if n >= 48 and unit == "hours":
        unit, n = "days", n // 24
    return say(locale, f"health.{unit}", n=n)


def _size(locale: str, size: int) -> str:
    """Bytes as people count them: "38,2 GB"."""
    return f"{number(locale, round(size / (1 << 30), 1))} GB"
