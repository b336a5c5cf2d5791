"""What somebody has open, and who sees to it when they may no longer: told before, done with what ends it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from content.people import Person, allowed
from content.staff import Burden, Held, heir
from content.tickets import HELPS, told
from handlers import rights
from handlers.asking import WaitTicket
from handlers.colleagues import named, role
from handlers.effects import Effect, Tell
from handlers.facts import Facts
from handlers.relay import say_to
from handlers.speech import speak
from handlers.staff import GiveTicket, PassDrafts
from handlers.talk import Choice, Reply, Talk


@dataclass(frozen=True, slots=True)
class Passing:
    """`drafts`: how many interviews each person gets; `stay`: how many nobody can take; `tickets`: how many
    citizens' questions; `given`: how many households that they were to visit; `effects`: what passes it on
    and tells whom it concerns."""

    drafts: tuple[tuple[Person, int], ...] = ()
    stay: int = 0
    tickets: int = 0
    given: int = 0
    effects: tuple[Effect, ...] = ()


def passing(talk: Talk, facts: Facts, after: Person, to: Person | None = None) -> Passing:
    """What passes on when `after` is who somebody will be: to `to`, who gets their role; else interviews to
    the nearest leader, and citizens' questions back to the team."""
    burden = facts.burden(after.id)
    heirs = dict(_heirs(talk, facts, after, burden, to))
    lost = [area_id for area_id in burden.drafts if not _may(talk, facts, after, "survey", area_id)]
    gets = Counter(heirs[area_id].id for area_id in lost if area_id in heirs)
    people = {one.id: one for one in heirs.values()}
    pairs = tuple((area_id, one.id) for area_id, one in heirs.items())
    effects: list[Effect] = [PassDrafts(after.id, pairs)] if pairs else []
    tickets = [ticket for ticket in burden.tickets if not _may(talk, facts, after, HELPS, ticket[1])]
    effects += (
        (GiveTicket(ticket[0], to.id) for ticket in tickets) if to else _wait(talk, facts, tickets, after.id)
    )
    return Passing(
        tuple((people[number], n) for number, n in gets.items()),
        sum(area_id not in heirs for area_id in lost),
        len(tickets),
        sum(n for area_id, n in burden.given if not _may(talk, facts, after, "survey", area_id)),
        tuple(effects),
    )


def _heirs(
    talk: Talk, facts: Facts, after: Person, burden: Burden, to: Person | None
) -> Iterator[tuple[int, Person]]:
    for area_id in dict.fromkeys(burden.drafts):
        if _may(talk, facts, after, "survey", area_id):
            continue
        path = rights.path(talk, facts, area_id)
        found = to or heir(facts.helpers(area_id), path, after.id)
        if found is not None:
            yield area_id, found


def _may(talk: Talk, facts: Facts, person: Person, action: str, area_id: int) -> bool:
    return allowed(person, action, rights.path(talk, facts, area_id))


def _wait(talk: Talk, facts: Facts, tickets: Iterable[tuple[str, int, int]], but: int) -> Iterator[Effect]:
    """The questions wait again, and whoever takes them now is told, once, and who asks; `but` is who
    leaves them."""
    told_of: Counter[int] = Counter()
    people: dict[int, Person] = {}
    for ticket_id, area_id, citizen_id in tickets:
        path = rights.path(talk, facts, area_id)
        others = (one for one in facts.helpers(area_id) if one.id not in {but, citizen_id})
        level, found = told("team", others, path)
        yield WaitTicket(ticket_id, level if found else "team")
        if citizen := facts.person(citizen_id):
            yield say_to(talk, citizen, "tickets.given_back", ("write", "drop"), ticket_id)
        people.update((one.id, one) for one in found)
        told_of.update(one.id for one in found)
    for number, n in told_of.items():
        yield tell(talk, facts, people[number], "people.told_waiting", "ticket:list:", n=n)


def lines(talk: Talk, found: Passing, to: Person | None = None) -> Iterator[str]:
    """The same in words, to be read before it is done."""
    for one, n in found.drafts:
        yield speak(talk, "people.drafts_pass", n=n, name=named(talk, one.name))
    if found.stay:
        yield speak(talk, "people.drafts_stay", n=found.stay)
    if found.tickets:
        name = named(talk, to.name) if to else ""
        yield speak(talk, "people.tickets_pass" if to else "people.tickets_wait", n=found.tickets, name=name)
    if found.given:
        name = named(talk, to.name) if to else ""
        yield speak(talk, "people.homes_pass" if to else "people.homes_free", n=found.given, name=name)
    if not (found.drafts or found.stay or found.tickets or found.given):
        yield speak(talk, "people.nothing_open")


def tell(
    talk: Talk,
    facts: Facts,
    to: Person,
    key: str,
    *choices: str,
    held: Held | None = None,
    **values: object,
) -> Tell:
    """Tells somebody in their language; `choices` are commands or payloads with a label of their own."""
    theirs = replace(talk, person=to, doing=None)
    if held is not None:
        values["role"] = role(theirs, facts, held)
    buttons = tuple(Choice(speak(theirs, f"people.way_{_WAYS[way]}"), way) for way in choices)
    return Tell(
        to.id, Reply(speak(theirs, key, **values), buttons), "reply", f"people/{talk.new_id}/{key}/{to.id}"
    )


_WAYS = {"/khaosat": "survey", "ticket:list:": "tickets", "people:list:0": "people"}


def tell_heirs(talk: Talk, facts: Facts, found: Passing, name: str, but: Iterable[int] = ()) -> list[Tell]:
    """Who gets interviews is told so."""
    skipped = set(but)
    return [
        tell(talk, facts, one, "people.told_drafts", "/khaosat", name=named(talk, name), n=n)
        for one, n in found.drafts
        if one.id not in skipped
    ]
