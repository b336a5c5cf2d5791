"""People with roles (`people:…`): listed, looked for by name, one by one with what can be done.

Who may see who works in an area sees the list; what changes anybody is for who administers the role. A list
serves to choose a second person too: its subject ("give.12.34": person and role; "merge.12") is the button
that the choice presses, with the chosen one's number behind it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from content.interview import Asked, Refused, Review, Step
from content.people import allowed
from content.staff import Card, Colleague, Held, found
from content.vietnamese import fold
from content.words import day
from handlers import dialogue, leaving, merging, rights, transfer
from handlers.buttons import Buttons, pages, pressed
from handlers.colleagues import back, gone, kinds, managed, managed_role, named, role, role_since, wholly
from handlers.dialogue import Purpose, open_form, own_form, stopped
from handlers.facts import Facts
from handlers.rights import may
from handlers.speech import answer, capital, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

SEARCH = "tim-nguoi"
SEES = "see-people"
_PAGE, _LONGEST = 8, 64
"""People on a page; bytes of a button's payload."""


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button, pressed now, late or twice. Whom it names may have gone."""
    if not allowed(talk.person, SEES):
        return answer(talk, f"routes.only_{SEES}")
    return pressed(BUTTONS, talk, said, facts) or gone(talk)


# --------------------------------------------------------------------------- lists


def show(talk: Talk, facts: Facts, page: str = "0", words: str | None = None) -> Turn:
    """Everybody who works where this person may see it, by name; of those the ones that are looked for."""
    return _shown(talk, facts, int(page), words or "", words or "")


def _shown(talk: Talk, facts: Facts, page: int, words: str, typed: str) -> Turn:
    people = found(facts.staff(), words)
    if typed and not (people and words):
        everybody = Choice(speak(talk, "people.do_list"), "people:list:0")
        return answer(talk, "people.nobody", _search(talk, ""), everybody, words=typed)
    if words:
        heading = speak(talk, "people.found", n=len(people), words=typed)
    else:
        place = ", ".join(area.name for area in rights.held(talk, facts, SEES))
        heading = speak(talk, "people.list", n=len(people), place=place)
    shown = _page(talk, facts, people, page, "people:list", words, "people:card")
    return Turn((Reply(heading, (*shown, *_ways(talk))),), talk.doing)


def _ways(talk: Talk) -> Iterator[Choice]:
    yield _search(talk, "")
    yield Choice(speak(talk, "people.do_teams"), "teams:list:0")
    if allowed(talk.person, "manage"):
        yield Choice(speak(talk, "people.do_former"), "people:former:0")


def former(talk: Talk, facts: Facts, page: str) -> Turn:
    """Who has left, and whose roles were taken away."""
    if not allowed(talk.person, "manage"):
        return answer(talk, "routes.only_manage")
    people = found(facts.former_staff(), "")
    if not people:
        return answer(talk, "people.no_former", Choice(speak(talk, "people.do_list"), "people:list:0"))
    heading = speak(talk, "people.former", n=len(people))
    shown = _page(talk, facts, people, int(page), "people:former", "", "people:card")
    return Turn((Reply(heading, tuple(shown)),), talk.doing)


def pick(talk: Talk, facts: Facts, subject: str, page: str, words: str | None) -> Turn:
    """The same list, to choose another person for what `subject` says."""
    verb, first, number = f"{subject}.0".split(".")[:3]
    if managed(talk, facts, first) is None:
        return gone(talk)
    others = [one for one in facts.staff() if one.id != int(first) and _reached(talk, facts, one)]
    people = found(others, words or "")
    card = facts.card(int(first))
    if verb == "merge" and card:  # the same name first
        people.sort(key=lambda one: fold(one.name) != fold(card.colleague.name))
    if verb == "give" and card and (held := card.colleague.one(int(number))):
        people.sort(key=lambda one: -_nearness(talk, facts, one, held))
    seek = _search(talk, subject)
    if not people and words:
        everybody = Choice(speak(talk, "people.do_list"), f"people:pick:{subject}:0")
        return answer(talk, "people.nobody", seek, everybody, words=words)
    if not people:
        return answer(talk, "people.nobody_else", seek)
    pressed = f"people:{subject.replace('.', ':')}"
    shown = _page(talk, facts, people, int(page), f"people:pick:{subject}", words or "", pressed)
    return answer(talk, f"people.pick_{verb}", *shown, seek)


def _nearness(talk: Talk, facts: Facts, one: Colleague, held: Held) -> int:
    """How far down the tree somebody works with where the role is held: who is at hand takes over."""
    there = set(facts.path(held.grant.area_id, talk.today))
    return max(len(there.intersection(facts.path(own.grant.area_id, talk.today))) for own in one.held)


def _reached(talk: Talk, facts: Facts, one: Colleague) -> bool:
    return any(may(talk, facts, "manage", held.grant.area_id) for held in one.held)


def _search(talk: Talk, subject: str) -> Choice:
    return Choice(speak(talk, "people.do_search"), f"people:seek:{subject}")


def _page(  # noqa: PLR0913, PLR0917 - which people, which page, and what a button of it presses
    talk: Talk, facts: Facts, people: Sequence[Colleague], page: int, here: str, words: str, pressed: str
) -> Iterator[Choice]:
    last = (len(people) - 1) // _PAGE
    page = min(page, last)
    shown = people[page * _PAGE : (page + 1) * _PAGE] if people else []
    labels = [_label(talk, facts, one) for one in shown]
    alike = Counter(labels)
    for one, label in zip(shown, labels, strict=True):
        twin = f" ({one.id})" if alike[label] > 1 else ""
        yield Choice(f"{label}{twin}", f"{pressed}:{one.id}")
    yield from pages(talk, page, last, lambda other: _numbered(here, other, words))


def _numbered(here: str, page: int, words: str) -> str:
    start = f"{here}:{page}"
    return f"{start}:{words}"[:_LONGEST].rstrip(": ") if words else start


def _label(talk: Talk, facts: Facts, one: Colleague) -> str:
    state = f" · {speak(talk, f'people.is_{one.state}')}" if one.state != "active" else ""
    return f"{named(talk, one.name)} · {role(talk, facts, one.held[0])}{state}"


# --------------------------------------------------------------------------- looked for by name


def seek(talk: Talk, facts: Facts, subject: str) -> Turn:
    """Asks for a name."""
    if subject and managed(talk, facts, subject.split(".")[1]) is None:
        return gone(talk)
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "tickets.busy")
    form = own_form(facts, SEARCH)
    doing, step = open_form(talk, "seek", form, {"id": talk.new_id, "subject": subject})
    return _advance(talk, doing, step, facts, None)


def _advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    if not isinstance(step, Review):
        assert isinstance(step, Asked | Refused)
        return dialogue.show(talk, doing, step)
    done = Talk(talk.person, talk.channel, talk.now, talk.new_id)
    if not allowed(talk.person, SEES):  # the role ended meanwhile
        return answer(done, f"routes.only_{SEES}")
    typed = " ".join(dialogue.answered(talk, doing, facts)["ten"].split())
    words, subject = "".join(c for c in fold(typed) if c.isascii()).strip(), doing.about["subject"]
    return pick(done, facts, subject, "0", words) if subject else _shown(done, facts, 0, words, typed)


SEEKING = Purpose(_advance, stopped)


# --------------------------------------------------------------------------- one person


def show_card(talk: Talk, facts: Facts, number: str) -> Turn:
    """Who somebody is, how their work stands, and what this person may do about it."""
    card = facts.card(int(number))
    if card is None:
        return gone(talk)
    return Turn((Reply("\n".join(_lines(talk, facts, card)), tuple(_deeds(talk, facts, card))),), talk.doing)


def _lines(talk: Talk, facts: Facts, card: Card) -> Iterator[str]:
    one = card.colleague
    yield speak(talk, "people.card", name=named(talk, one.name), number=str(one.id))
    for held in one.held:
        yield f"• {role_since(talk, facts, held)}"
    channels = kinds(talk, card.channels)
    yield speak(talk, "people.channels" if channels else "people.no_channel", channels=channels)
    if card.active_at:
        yield speak(
            talk, "people.active", day=day(talk.person.locale, card.active_at.astimezone(talk.zone).date())
        )
    yield speak(talk, "people.work", drafts=card.drafts, helping=card.helping, surveys=card.surveys)
    if card.given:
        yield speak(talk, "people.given_homes", n=card.given, done=card.visited)
    yield speak(talk, "people.state", state=", ".join(_states(talk, facts, card)))


def _states(talk: Talk, facts: Facts, card: Card) -> Iterator[str]:
    if card.locked_on:
        yield speak(talk, "people.locked_since", day=day(talk.person.locale, card.locked_on))
    else:
        yield speak(talk, f"people.is_{card.colleague.state}")
    pause = next((one for one in facts.pauses() if one.person_id == card.colleague.id), None)
    if pause and card.colleague.state == "active":
        until = day(talk.person.locale, pause.until) if pause.until else ""
        yield speak(talk, "people.paused" if until else "people.paused_for_good", day=until)
    if not card.reachable:
        yield speak(talk, "people.unreachable")


def _deeds(talk: Talk, facts: Facts, card: Card) -> Iterator[Choice]:
    one = card.colleague
    mine = [held for held in one.held if may(talk, facts, "manage", held.grant.area_id)]
    if one.state == "active":
        for held in mine:
            if len(one.held) == 1:
                yield from _role_deeds(talk, one, held)
            else:
                yield Choice(capital(role(talk, facts, held)), f"people:role:{one.id}:{held.id}")
        yield from _reminding(talk, facts, card)
    if mine and wholly(talk, facts, card) and one.id != talk.person.id and one.state != "former":
        verb = "lock" if one.state == "active" else "unlock"
        yield Choice(speak(talk, f"people.do_{verb}"), f"people:{verb}:{one.id}")
    if mine and wholly(talk, facts, card) and one.id != talk.person.id and one.state == "active":
        yield Choice(speak(talk, "people.do_merge"), f"people:pick:merge.{one.id}:0")
    yield Choice(speak(talk, "people.do_list"), "people:list:0")


def _role_deeds(talk: Talk, one: Colleague, held: Held) -> Iterator[Choice]:
    here = f"{one.id}:{held.id}"
    move = "people.do_move" if held.grant.allows("survey") else "people.do_move_area"
    yield Choice(speak(talk, move), f"people:move:{here}")
    yield Choice(speak(talk, "people.do_give"), f"people:pick:give.{one.id}.{held.id}:0")
    yield Choice(speak(talk, "people.do_end"), f"people:end:{here}")


def show_role(talk: Talk, facts: Facts, number: str, held_number: str) -> Turn:
    """One role of somebody who has several, with what can be done about it."""
    found = managed_role(talk, facts, number, held_number)
    if found is None:
        return gone(talk)
    card, held = found
    lines = [next(_lines(talk, facts, card)), f"• {role_since(talk, facts, held)}"]
    ways = (*_role_deeds(talk, card.colleague, held), back(talk, card.colleague.id))
    return Turn((Reply("\n".join(lines), ways),), talk.doing)


def _reminding(talk: Talk, facts: Facts, card: Card) -> Iterator[Choice]:
    """Who surveys is reminded, and can be left in peace for a time."""
    for held in card.colleague.held:
        if held.grant.allows("survey") and may(talk, facts, "manage-reminders", held.grant.area_id):
            area_id = held.grant.area_id
            yield Choice(speak(talk, "people.do_remind"), f"reminders:person:{area_id}:{card.colleague.id}")
            return


_ID = r"(\d{1,18})"
_SUBJECT, _WORDS = r"(give\.\d{1,18}\.\d{1,18}|merge\.\d{1,18})", r"(?::([a-z0-9 ]{1,60}))?"
BUTTONS: Buttons = (
    (re.compile(rf"people:list:{_ID}{_WORDS}"), show),
    (re.compile(rf"people:former:{_ID}"), former),
    (re.compile(rf"people:pick:{_SUBJECT}:{_ID}{_WORDS}"), pick),
    (re.compile(rf"people:seek:({_SUBJECT[1:-1]}|)"), seek),
    (re.compile(rf"people:card:{_ID}"), show_card),
    (re.compile(rf"people:role:{_ID}:{_ID}"), show_role),
    (re.compile(rf"people:move:{_ID}:{_ID}"), transfer.begin),
    (re.compile(rf"people:give:{_ID}:{_ID}:{_ID}"), transfer.give),
    (re.compile(rf"people:given:{_ID}:{_ID}:{_ID}"), transfer.given),
    (re.compile(rf"people:merge:{_ID}:{_ID}"), merging.preview),
    (re.compile(rf"people:merged:{_ID}:{_ID}"), merging.merged),
    (re.compile(rf"people:end:{_ID}:{_ID}"), leaving.end),
    (re.compile(rf"people:ended:{_ID}:{_ID}"), leaving.ended),
    (re.compile(rf"people:lock:{_ID}"), leaving.lock),
    (re.compile(rf"people:locked:{_ID}"), leaving.locked),
    (re.compile(rf"people:unlock:{_ID}"), leaving.unlock),
)
