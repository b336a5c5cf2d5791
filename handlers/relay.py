"""What passes between the two sides of a ticket: each is "Bà con" or "Tổ viên" to the other, and no more."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from content import guard
from content.people import Person
from content.tickets import HELPS, Level, Side, Ticket, told
from handlers import rights
from handlers.asking import CloseTicket, SayInTicket
from handlers.dialogue import preface
from handlers.effects import Effect, KeepPhoto, Tell
from handlers.facts import Facts
from handlers.rights import may
from handlers.speech import speak
from handlers.talk import Choice, Reply, Talk
from handlers.turn import Turn
from handlers.visits import place

_KEPT = 6
"""So many lines of what was said are shown with a ticket."""


def button(talk: Talk, verb: str, ticket_id: str) -> Choice:
    """What can be done with a ticket."""
    return Choice(speak(talk, f"tickets.do_{verb}"), f"ticket:{verb}:{ticket_id}")


def side_of(talk: Talk, facts: Facts, ticket: Ticket) -> Side | None:
    """On which side this person stands: who asked, or who took it and may still help there; None: neither."""
    if ticket.citizen_id == talk.person.id:
        return "citizen"
    return "team" if ticket.taken_by == talk.person.id and may_help(talk, facts, ticket) else None


def may_help(talk: Talk, facts: Facts, ticket: Ticket) -> bool:
    """Whether the person works where the ticket comes from."""
    return may(talk, facts, HELPS, ticket.area_id)


def say_to(
    talk: Talk, person: Person, key: str, verbs: Iterable[str], ticket_id: str, **values: object
) -> Tell:
    """Tells somebody in their language, with buttons for the ticket; once a turn, however often that runs."""
    theirs = replace(talk, person=person, doing=None)
    choices = tuple(button(theirs, verb, ticket_id) for verb in verbs)
    reply = Reply(speak(theirs, key, **values), choices)
    return Tell(person.id, reply, "reply", f"ticket/{ticket_id}/{talk.new_id}/{key}/{person.id}")


def pass_on(talk: Talk, facts: Facts, ticket: Ticket, text: str) -> Iterator[Effect]:
    """What was said goes into the ticket and to the other side, where there is one already."""
    by: Side = "citizen" if ticket.citizen_id == talk.person.id else "team"
    yield SayInTicket(ticket.id, by, text)
    other = ticket.taken_by if by == "citizen" else ticket.citizen_id
    person = facts.person(other) if other else None
    if person:
        where = place(talk, facts, ticket.area_id)
        yield say_to(talk, person, f"tickets.said_by_{by}", ("write",), ticket.id, text=text, place=where)


def pass_photo(talk: Talk, ticket: Ticket, name: str) -> tuple[Effect, Effect]:
    """A photo goes into the ticket, and to the other side as soon as it has been cleaned."""
    by: Side = "citizen" if ticket.citizen_id == talk.person.id else "team"
    return SayInTicket(ticket.id, by, speak(talk, "tickets.a_photo")), KeepPhoto(name, ticket.id)


def audience(talk: Talk, facts: Facts, area_id: int, *but: int) -> tuple[Level, list[Person]]:
    """Who hears that somebody needs help there, and at which level; not who asks, nor who gave it back."""
    path = rights.path(talk, facts, area_id)
    return told("team", (one for one in facts.helpers(area_id) if one.id not in but), path)


def heeding(talk: Talk, turn: Turn, text: str) -> Turn:
    """The turn with whom to call before it, where what goes to a person cannot wait for one."""
    kind = guard.courtesy(text)
    return preface(turn, speak(talk, kind.say)) if kind and kind.urgent else turn


def call_off(talk: Talk, facts: Facts) -> Iterator[Effect]:
    """What ends with somebody's leave to keep what they asked for: what is open is closed at once, and who
    took it, and may be on the way to them, is told, without the words that are to be forgotten."""
    for ticket in facts.my_tickets(talk.person.id):
        if ticket.status == "closed":
            continue
        yield CloseTicket(ticket.id, "")
        helper = facts.person(ticket.taken_by) if ticket.taken_by else None
        if helper:
            where = place(talk, facts, ticket.area_id)
            yield say_to(talk, helper, "tickets.called_off", (), ticket.id, place=where)


def card(talk: Talk, facts: Facts, ticket: Ticket) -> str:
    """A ticket as its helper sees it: what is asked, where, how to reach them, what was said."""
    parts = [speak(talk, "tickets.card", place=place(talk, facts, ticket.area_id), text=ticket.text)]
    parts.append(speak(talk, f"tickets.reach_{ticket.reach}", contact=ticket.contact))
    if ticket.visit:
        parts.append(speak(talk, "tickets.visit", when=ticket.visit))
    parts += history(talk, facts, ticket)
    return "\n".join(parts)


def history(talk: Talk, facts: Facts, ticket: Ticket) -> list[str]:
    """What was said last, a line each."""
    lines = facts.ticket_lines(ticket.id)[-_KEPT:]
    return [speak(talk, f"tickets.line_{line.by}", text=line.text) for line in lines]
