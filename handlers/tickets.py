"""Every button of a ticket (`ticket:…`), and the team's side: taking, talking, booking, closing.

`about` of a form in progress (purposes "ticket", "visit", "close") holds:
    id       the ticket's id
    ref, asked, type, on  the open question, and its channel (`handlers.dialogue`)
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from content import guard, interview
from content.interview import Refused, Review, Step
from content.people import reach
from content.tickets import HELPS, Ticket
from content.vietnamese import fold
from content.words import day
from handlers import dialogue, support
from handlers.asking import BookVisit, CloseTicket, Propose, TakeTicket, WaitTicket
from handlers.buttons import Buttons, pressed
from handlers.dialogue import Purpose, open_form, own_form, preface
from handlers.effects import Effect
from handlers.facts import Facts
from handlers.relay import (
    audience,
    button,
    card,
    heeding,
    history,
    may_help,
    pass_on,
    pass_photo,
    say_to,
    side_of,
)
from handlers.speech import answer, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn
from handlers.visits import place

WRITE, VISIT, DONE = "nhan-tin", "hen-gap", "xong-viec"
_TYPED = ("visit", "done", "back", "leave")
"""Buttons beside the open message that can be typed as well."""
_SHORT = 40
_MOST = 8


def start(talk: Talk, said: Said, facts: Facts) -> Turn:
    """/hotro: to who helps, what waits and what they have taken; to everybody else, their own questions."""
    return (
        overview(talk, facts) if support.helps(talk) and not said.text else support.start(talk, said, facts)
    )


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button, pressed now, late or twice."""
    return pressed(_BUTTONS, talk, said, facts) or answer(talk, "tickets.gone")


# --------------------------------------------------------------------------- the team's list


def overview(talk: Talk, facts: Facts) -> Turn:
    """What this person has taken, and what waits where they work."""
    areas = reach(talk.person, HELPS)
    mine = facts.taken_tickets(talk.person.id)
    waiting = [one for one in facts.waiting_tickets(areas) if one.citizen_id != talk.person.id]
    choices = [_listed(talk, facts, "tickets.mine", ticket) for ticket in mine[:_MOST]]
    choices += [_listed(talk, facts, "tickets.free", ticket) for ticket in waiting[:_MOST]]
    choices.append(Choice(speak(talk, "tickets.do_ask_myself"), "ticket:ask:"))
    key = "tickets.overview" if mine or waiting else "tickets.nothing"
    return Turn((Reply(speak(talk, key, mine=len(mine), waiting=len(waiting)), tuple(choices)),), talk.doing)


def _listed(talk: Talk, facts: Facts, key: str, ticket: Ticket) -> Choice:
    text = ticket.text if len(ticket.text) <= _SHORT else ticket.text[:_SHORT] + "…"
    where = facts.area(ticket.area_id).name
    return Choice(speak(talk, key, place=where, text=text), f"ticket:show:{ticket.id}")


# --------------------------------------------------------------------------- looked at, taken


def _ticket(do: Callable[[Talk, Facts, Ticket], Turn]) -> Callable[[Talk, Facts, str], Turn]:
    """`do` for a ticket that this person has to do with: they asked, or they work there."""

    def checked(talk: Talk, facts: Facts, ticket_id: str) -> Turn:
        ticket = facts.ticket(ticket_id)
        if ticket is None or not (ticket.citizen_id == talk.person.id or may_help(talk, facts, ticket)):
            return answer(talk, "tickets.gone")
        return do(talk, facts, ticket)

    return checked


def _show(talk: Talk, facts: Facts, ticket: Ticket) -> Turn:
    if ticket.citizen_id == talk.person.id:
        text = "\n".join((support.stands(talk, facts, ticket), *history(talk, facts, ticket)))
        return Turn((Reply(text, support.ways(talk, ticket)),), talk.doing)
    if ticket.status == "open":
        text = speak(talk, "tickets.card", place=place(talk, facts, ticket.area_id), text=ticket.text)
        return Turn((Reply(text, (button(talk, "take", ticket.id),)),), talk.doing)
    if ticket.taken_by != talk.person.id:
        return _somebody_elses(talk, facts, ticket)
    if ticket.status == "closed":
        return answer(talk, "tickets.is_closed", outcome=ticket.outcome)
    choices = tuple(button(talk, verb, ticket.id) for verb in ("write", "visit", "done", "back"))
    return Turn((Reply(card(talk, facts, ticket), choices),), talk.doing)


def _somebody_elses(talk: Talk, facts: Facts, ticket: Ticket) -> Turn:
    if ticket.status == "closed":
        return answer(talk, "tickets.is_closed", outcome=ticket.outcome)
    name = facts.called(ticket.taken_by) if ticket.taken_by else ""
    return answer(talk, "tickets.taken_by", name=name or speak(talk, "tickets.a_mate"))


def _take(talk: Talk, facts: Facts, ticket: Ticket) -> Turn:
    """The first who presses has it; whoever comes second is told who that was."""
    if ticket.citizen_id == talk.person.id:
        return answer(talk, "tickets.your_own")
    if ticket.status != "open":
        return _show(talk, facts, ticket)
    effects: list[Effect] = [TakeTicket(ticket.id)]
    if citizen := facts.person(ticket.citizen_id):
        effects.append(say_to(talk, citizen, f"tickets.taken_{ticket.reach}", ("write",), ticket.id))
    taken = replace(ticket, status="taken", taken_by=talk.person.id)
    text = f"{speak(talk, 'tickets.you_took')}\n\n{card(talk, facts, taken)}"
    if _beside(talk):
        shown = Turn((Reply(text, (button(talk, "write", ticket.id),)),), talk.doing)
    else:
        shown = _talking(talk, facts, taken, text)
    return replace(shown, effects=tuple(effects))


def _give_back(talk: Talk, facts: Facts, ticket: Ticket) -> Turn:
    if side_of(talk, facts, ticket) != "team" or ticket.status != "taken":
        return _show(talk, facts, ticket)
    turn = _waits_again(talk, facts, ticket, "tickets.gave_back", talk.person.id)
    if citizen := facts.person(ticket.citizen_id):
        told = say_to(talk, citizen, "tickets.given_back", ("write", "drop"), ticket.id)
        turn = replace(turn, effects=(*turn.effects, told))
    return _leave_doing(talk, turn)


def _reopen(talk: Talk, facts: Facts, ticket: Ticket) -> Turn:
    if ticket.citizen_id != talk.person.id or ticket.status != "closed":
        return _show(talk, facts, ticket)
    return _waits_again(talk, facts, ticket, "tickets.reopened", 0)


def _waits_again(talk: Talk, facts: Facts, ticket: Ticket, key: str, but: int) -> Turn:
    """The team is told again; `but` is who gave it back."""
    level, people = audience(talk, facts, ticket.area_id, ticket.citizen_id, but)
    where = place(talk, facts, ticket.area_id)
    tells = [
        say_to(talk, one, "tickets.again", ("take", "show"), ticket.id, place=where, text=ticket.text)
        for one in people
    ]
    turn = answer(talk, key)
    return replace(turn, effects=(WaitTicket(ticket.id, level if tells else "team"), *tells))


def _drop(talk: Talk, facts: Facts, ticket: Ticket) -> Turn:
    """Whoever asked needs no help any more."""
    if ticket.citizen_id != talk.person.id or ticket.status == "closed":
        return _show(talk, facts, ticket)
    effects: list[Effect] = [CloseTicket(ticket.id, speak(talk, "tickets.not_needed"))]
    helper = facts.person(ticket.taken_by) if ticket.taken_by else None
    if helper:
        effects.append(say_to(talk, helper, "tickets.dropped", (), ticket.id, text=ticket.text))
    return _leave_doing(talk, replace(answer(talk, "tickets.you_dropped"), effects=tuple(effects)))


def _fine(talk: Talk, facts: Facts, ticket: Ticket) -> Turn:
    return answer(talk, "tickets.glad")


# --------------------------------------------------------------------------- talking


def _beside(talk: Talk) -> bool:
    """Whether another form is open, which must not be lost."""
    return talk.doing is not None and talk.doing.purpose not in {*PURPOSES, "pick"}


def _leave_doing(talk: Talk, turn: Turn) -> Turn:
    return turn if _beside(talk) else replace(turn, doing=None)


def _write(talk: Talk, facts: Facts, ticket: Ticket) -> Turn:
    if _beside(talk):
        return answer(talk, "tickets.busy")
    side = side_of(talk, facts, ticket)
    if side is None or ticket.status == "closed" or (side == "team" and ticket.status != "taken"):
        return _show(talk, facts, ticket)
    text = card(talk, facts, ticket) if side == "team" else support.stands(talk, facts, ticket)
    return _talking(talk, facts, ticket, text)


def _talking(talk: Talk, facts: Facts, ticket: Ticket, text: str) -> Turn:
    """From here on what is typed goes to the other side, until one leaves."""
    doing, step = _open(talk, facts, "ticket", WRITE, ticket)
    assert isinstance(step, interview.Asked)
    return _with_ways(talk, dialogue.show(talk, doing, step, text), ticket)


def _open(talk: Talk, facts: Facts, purpose: str, form_id: str, ticket: Ticket) -> tuple[Doing, Step]:
    form = own_form(facts, form_id)
    return open_form(talk, purpose, form, {"id": ticket.id})


def _with_ways(talk: Talk, turn: Turn, ticket: Ticket) -> Turn:
    team = ticket.citizen_id != talk.person.id
    verbs = ("visit", "done", "back", "leave") if team else ("leave",)
    *before, last = turn.replies
    choices = tuple(button(talk, verb, ticket.id) for verb in verbs)
    return replace(turn, replies=(*before, replace(last, choices=choices)))


def advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Passes on what was typed, and waits for more."""
    ticket = facts.ticket(doing.about["id"])
    side = side_of(talk, facts, ticket) if ticket else None
    if ticket is None or side is None or ticket.status == "closed":
        return replace(answer(talk, "tickets.over"), doing=None)
    if not isinstance(step, Review):
        assert isinstance(step, interview.Asked | Refused)
        return _with_ways(talk, dialogue.show(talk, doing, step), ticket)
    text = dialogue.answered(talk, doing, facts)["tin"]
    effects = tuple(pass_on(talk, facts, ticket, text))
    waiting, again = _open(talk, facts, "ticket", WRITE, ticket)
    assert isinstance(again, interview.Asked)
    key = "tickets.passed_on_more" if ticket.status == "taken" else "tickets.kept_for_helper"
    shown = dialogue.show(talk, waiting, again)
    turn = Turn((Reply(speak(talk, key)),), shown.doing, effects)
    return _with_ways(talk, turn if side == "team" else heeding(talk, turn, text), ticket)


def hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    """A secret is not passed on; the label of a button, typed, is that button."""
    if said.photo and doing.purpose == "ticket":
        return _photo(talk, doing, said.photo.name, facts)
    if said.payload is not None or not said.text:
        return None
    if guard.guard(said.text).secrets:
        again = dialogue.again(talk, doing, facts, _BASE[doing.purpose])
        return preface(again, speak(talk, "howto.secret"))
    words = fold(said.text)
    meant = next((verb for verb in _TYPED if words == fold(speak(talk, f"tickets.do_{verb}"))), None)
    if meant is None or doing.purpose != "ticket":
        return None
    return press(talk, Said(said.text, f"ticket:{meant}:{doing.about['id']}"), facts)


def _photo(talk: Talk, doing: Doing, name: str, facts: Facts) -> Turn:
    """Goes to the other side without what a phone writes into it; one is told what must not be sent."""
    ticket = facts.ticket(doing.about["id"])
    if ticket is None or side_of(talk, facts, ticket) is None or ticket.status == "closed":
        return replace(answer(talk, "tickets.over"), doing=None)
    turn = _with_ways(talk, answer(talk, "tickets.photo_passed_on"), ticket)
    return replace(turn, effects=pass_photo(talk, ticket, name))


def _leave(talk: Talk, facts: Facts, ticket: Ticket) -> Turn:
    if _beside(talk) or talk.doing is None:
        return answer(talk, "tickets.left", button(talk, "write", ticket.id))
    return cancel(talk, talk.doing)


def cancel(talk: Talk, doing: Doing) -> Turn:
    """What is typed from here on is a question to the bot again."""
    way = button(talk, "write", doing.about["id"])
    return Turn((Reply(speak(talk, "tickets.left"), (way,)),))


# --------------------------------------------------------------------------- booking and closing


def _ask(purpose: str, form_id: str) -> Callable[[Talk, Facts, Ticket], Turn]:
    """A button of who has taken the ticket that begins a short dialogue."""

    def begin(talk: Talk, facts: Facts, ticket: Ticket) -> Turn:
        if _beside(talk):
            return answer(talk, "tickets.busy")
        if side_of(talk, facts, ticket) != "team" or ticket.status != "taken":
            return _show(talk, facts, ticket)
        doing, step = _open(talk, facts, purpose, form_id, ticket)
        return _BASE[purpose].advance(talk, doing, step, facts, None)

    return begin


def _mine(talk: Talk, doing: Doing, facts: Facts) -> Ticket | None:
    ticket = facts.ticket(doing.about["id"])
    if ticket and ticket.status == "taken" and side_of(talk, facts, ticket) == "team":
        return ticket
    return None


def advance_visit(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Asks when and where; then tells the citizen."""
    ticket = _mine(talk, doing, facts)
    if ticket is None:
        return replace(answer(talk, "tickets.over"), doing=None)
    if not isinstance(step, Review):
        assert isinstance(step, interview.Asked | Refused)
        return dialogue.show(talk, doing, step)
    values = dialogue.answered(talk, doing, facts)
    on = date.fromisoformat(values["ngay"])
    when = f"{day(talk.person.locale, on)}, {values['gio']}"
    effects: list[Effect] = [BookVisit(ticket.id, on, when)]
    if citizen := facts.person(ticket.citizen_id):
        effects.append(say_to(talk, citizen, "tickets.visit_booked", ("write",), ticket.id, when=when))
    text = speak(talk, "tickets.you_booked", when=when)
    return replace(_talking(talk, facts, replace(ticket, visit=when), text), effects=tuple(effects))


def advance_close(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Asks what was done; then tells the citizen, who may ask again."""
    ticket = _mine(talk, doing, facts)
    if ticket is None:
        return replace(answer(talk, "tickets.over"), doing=None)
    if not isinstance(step, Review):
        assert isinstance(step, interview.Asked | Refused)
        return dialogue.show(talk, doing, step)
    values = dialogue.answered(talk, doing, facts)
    effects: list[Effect] = [CloseTicket(ticket.id, values["da_lam"])]
    if citizen := facts.person(ticket.citizen_id):
        told = say_to(talk, citizen, "tickets.closed", ("fine", "reopen"), ticket.id, text=values["da_lam"])
        effects.append(told)
    if values["de_xuat"] == "co":
        effects.append(Propose("article", values["da_lam"]))
    key = "tickets.you_closed_proposed" if values["de_xuat"] == "co" else "tickets.you_closed"
    more = Choice(speak(talk, "tickets.do_list"), "ticket:list:")
    return Turn((Reply(speak(talk, key), (more,)),), None, tuple(effects))


_BASE = {
    "ticket": Purpose(advance, cancel),
    "visit": Purpose(advance_visit, cancel),
    "close": Purpose(advance_close, cancel),
}
PURPOSES = {
    "support": support.PURPOSE,
    **{name: replace(purpose, hear=hear) for name, purpose in _BASE.items()},
}
"""What the forms of a ticket are filled in for (`handlers.routes`)."""


# --------------------------------------------------------------------------- buttons


def _begin(talk: Talk, facts: Facts) -> Turn:
    return support.begin(talk, facts)


_ID = r"([0-9a-f-]{36})"
_VERBS: dict[str, Callable[[Talk, Facts, Ticket], Turn]] = {
    "show": _show,
    "take": _take,
    "write": _write,
    "leave": _leave,
    "back": _give_back,
    "reopen": _reopen,
    "drop": _drop,
    "fine": _fine,
    "visit": _ask("visit", VISIT),
    "done": _ask("close", DONE),
}
_BUTTONS: Buttons = (
    *((re.compile(f"ticket:{verb}:{_ID}"), _ticket(deed)) for verb, deed in _VERBS.items()),
    (re.compile(r"ticket:ask:"), _begin),
    (re.compile(r"ticket:list:"), overview),
    (re.compile(r"ticket:same:"), support.same),
    (re.compile(r"ticket:area:(\d{1,18})"), support.pick_area),
)
