"""The audit log for whoever administers: the newest acts, page by page, by who, what, where, when and over
which channel.

A button `log:VERB:CODE:NUMBER` says all of it (`content.journal.Wanted.code`), so that it can be pressed late
or twice: the talk remembers nothing.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from content.journal import KINDS, Page, Wanted, periods
from content.people import allowed
from content.words import day, say
from handlers import rights
from handlers.effects import Audit, MakePaper
from handlers.facts import Facts
from handlers.journal_words import CHANNELS, Teller, channel, line, place_named
from handlers.speech import answer, capital, speak, under_way
from handlers.talk import Choice, Reply, Said, Talk
from handlers.turn import Turn

OPEN = "log:show:-:0"
_PAGE, _PEOPLE = 8, 10
_BUTTON = re.compile(r"log:([a-z]+):([a-z0-9._-]{1,60}):(\d{1,18})")


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button of the log."""
    if not allowed(talk.person, "manage"):
        return answer(talk, "routes.only_manage")
    found = _BUTTON.fullmatch(said.payload or "")
    view = _VIEWS.get(found[1]) if found else None
    if found is None or view is None:
        return answer(talk, "admin.gone")
    try:
        wanted = Wanted.of(found[2])
    except (ValueError, OverflowError):
        return answer(talk, "admin.gone")
    if wanted.area_id is not None and not rights.may(talk, facts, "manage", wanted.area_id):
        return answer(talk, "admin.not_yours")
    return view(talk, facts, wanted, int(found[3]))


def heading(locale: str, wanted: Wanted, teller: Teller) -> str:
    """What is shown, in a line: "NHẬT KÝ · Bảy · mời, vai trò · ấp 2 · 01/11/2026 – 29/11/2026"."""
    parts = [say(locale, "journal.title")]
    if wanted.who is not None:
        parts.append(teller.person(wanted.who))
    if wanted.kind is not None:
        parts.append(say(locale, f"journal.kind_{wanted.kind}"))
    if wanted.area_id is not None:
        parts.append(teller.place(wanted.area_id))
    if wanted.since is not None and wanted.until is not None:
        last = wanted.until.fromordinal(wanted.until.toordinal() - 1)
        parts.append(" – ".join(dict.fromkeys((day(locale, wanted.since), day(locale, last)))))
    if wanted.channel is not None:
        parts.append(channel(locale, wanted.channel))
    return " · ".join(parts)


# --------------------------------------------------------------------------- pages


def _show(talk: Talk, facts: Facts, wanted: Wanted, before: int) -> Turn:
    page = facts.acts(wanted, before, _PAGE)
    teller = _teller(talk, facts, wanted, page)
    lines = [heading(talk.person.locale, wanted, teller)]
    lines += [f"• {line(teller.told(act), talk.person.locale)}" for act in page.acts]
    if not page.acts:
        lines.append(speak(talk, _nothing(wanted, page)))
    ways = [_way(talk, "filter", wanted)]
    if page.next is not None:
        ways.insert(0, _way(talk, "older", wanted, "show", page.next))
    if before:
        ways.append(_way(talk, "newest", wanted, "show"))
    if page.acts:
        ways.append(_way(talk, "file", wanted))
    return Turn((Reply("\n".join(lines), tuple(ways)),), talk.doing)


def _teller(talk: Talk, facts: Facts, wanted: Wanted, page: Page) -> Teller:
    names = page.names
    if wanted.who is not None and wanted.who not in names:
        names = {**names, **facts.actors(Wanted(who=wanted.who))}
    return Teller(talk.person.locale, talk.zone, names, partial(place_named, facts))


def _way(talk: Talk, label: str, wanted: Wanted, verb: str = "", number: int = 0) -> Choice:
    return Choice(speak(talk, f"journal.do_{label}"), f"log:{verb or label}:{wanted.code}:{number}")


# --------------------------------------------------------------------------- what is wanted


def _nothing(wanted: Wanted, page: Page) -> str:
    if page.next is not None:
        return "journal.none_yet"
    return "journal.empty" if wanted == Wanted() else "journal.none"


def _filter(talk: Talk, facts: Facts, wanted: Wanted, _: int) -> Turn:
    teller = _teller(talk, facts, wanted, Page())
    ways = [_way(talk, verb, wanted) for verb in ("who", "kind", "area", "time", "channel")]
    if wanted != Wanted():
        ways.append(_way(talk, "all", Wanted(), "show"))
    ways.append(_way(talk, "back", wanted, "show"))
    text = speak(talk, "journal.filter", now=heading(talk.person.locale, wanted, teller))
    return Turn((Reply(text, tuple(ways)),), talk.doing)


def _asked(talk: Talk, key: str, ways: Iterable[tuple[str, Wanted]], more: Iterable[Choice] = ()) -> Turn:
    choices = [Choice(capital(label), f"log:show:{one.code}:0") for label, one in ways]
    return answer(talk, f"journal.ask_{key}", *choices, *more)


def _who(talk: Talk, facts: Facts, wanted: Wanted, first: int) -> Turn:
    anybody = replace(wanted, who=None)
    names = facts.actors(anybody)
    teller = Teller(talk.person.locale, talk.zone, names, str)
    here = list(names)[first : first + _PEOPLE]
    ways = [(teller.person(one), replace(wanted, who=one)) for one in here]
    ways.append((speak(talk, "journal.any_who"), anybody))
    rest = first + _PEOPLE
    more = [_way(talk, "more", wanted, "who", rest)] if len(names) > rest else []
    return _asked(talk, "who", ways, more)


def _kind(talk: Talk, facts: Facts, wanted: Wanted, _: int) -> Turn:
    ways = [(speak(talk, f"journal.kind_{kind}"), replace(wanted, kind=kind)) for kind in KINDS]
    return _asked(talk, "kind", [*ways, (speak(talk, "journal.any_kind"), replace(wanted, kind=None))])


def _area(talk: Talk, facts: Facts, wanted: Wanted, _: int) -> Turn:
    """The areas that this person administers, and those right under the one that is chosen, or under them."""
    held = rights.held(talk, facts, "manage")
    above = [facts.area(wanted.area_id)] if wanted.area_id is not None else held
    below = [one for area in above for one in facts.below(area.id, talk.today)]
    units = {one.id: one for one in (*held, *below)}
    ways = [(one.name, replace(wanted, area_id=one.id)) for one in units.values()]
    return _asked(talk, "area", [*ways, (speak(talk, "journal.any_area"), replace(wanted, area_id=None))])


def _time(talk: Talk, facts: Facts, wanted: Wanted, _: int) -> Turn:
    offered = periods(talk.today)
    ways = [(speak(talk, f"journal.time_{name}"), wanted.during(period)) for name, period in offered.items()]
    return _asked(talk, "time", [*ways, (speak(talk, "journal.any_time"), wanted.during(None))])


def _channel(talk: Talk, facts: Facts, wanted: Wanted, _: int) -> Turn:
    there = [name for name in CHANNELS if name in {*facts.pace(), "cli", "clock"}]
    ways = [(channel(talk.person.locale, name), replace(wanted, channel=name)) for name in there]
    return _asked(
        talk, "channel", [*ways, (speak(talk, "journal.any_channel"), replace(wanted, channel=None))]
    )


# --------------------------------------------------------------------------- as a file


def _file(talk: Talk, facts: Facts, wanted: Wanted, _: int) -> Turn:
    """Has the log written into a workbook; that somebody took it along stands in it too."""
    area_id = wanted.area_id or rights.held(talk, facts, "manage")[0].id
    made = MakePaper("log", area_id, wanted=wanted.code)
    return under_way(talk, "journal.making", made, Audit("export-log", f"area {area_id}"))


_VIEWS: dict[str, Callable[[Talk, Facts, Wanted, int], Turn]] = {
    "show": _show,
    "filter": _filter,
    "who": _who,
    "kind": _kind,
    "area": _area,
    "time": _time,
    "channel": _channel,
    "file": _file,
}
