"""One of those who hold roles, for whoever administers people: looked up, and how they are called."""

from collections.abc import Sequence

from content.areas import Level
from content.staff import Card, Held
from content.words import day
from handlers.facts import Facts
from handlers.rights import may
from handlers.speech import answer, capital, speak
from handlers.talk import Choice, Talk
from handlers.turn import Turn
from handlers.visits import place

_CHANNELS = {"telegram": "Telegram", "zalo_oa": "Zalo", "zalo_bot": "Zalo Bot"}
"""Proper names; any other kind has a word of ours or its own."""


def named(talk: Talk, name: str) -> str:
    """The name; where nobody knows it, a word for that."""
    return name or speak(talk, "people.nameless")


def kinds(talk: Talk, channels: Sequence[str]) -> str:
    """Kinds of channels by the names that people know."""
    words = {**_CHANNELS, "webchat": speak(talk, "people.webchat")}
    return ", ".join(words.get(kind, kind) for kind in channels)


def where(talk: Talk, facts: Facts, area_id: int) -> str:
    """The area; a hamlet with its commune, since many hamlets have the same name."""
    area = facts.area(area_id)
    return place(talk, facts, area_id) if area.level is Level.HAMLET else area.name


def role(talk: Talk, facts: Facts, held: Held) -> str:
    """ "tổ viên, ấp 2, xã Bình Hòa"."""
    return f"{speak(talk, f'roles.{held.grant.role}')}, {where(talk, facts, held.grant.area_id)}"


def role_since(talk: Talk, facts: Facts, held: Held) -> str:
    """The same with the team, and since when."""
    parts = [role(talk, facts, held), *filter(None, [held.team])]
    since = day(talk.person.locale, held.since)
    return speak(talk, "people.role", role=capital(", ".join(parts)), day=since)


def managed(talk: Talk, facts: Facts, person_id: str | int) -> Card | None:
    """Somebody of whom this person administers a role at least; None for anybody else."""
    card = facts.card(int(person_id))
    if card is None:
        return None
    return card if any(may(talk, facts, "manage", one.grant.area_id) for one in card.colleague.held) else None


def managed_role(talk: Talk, facts: Facts, person_id: str, number: str) -> tuple[Card, Held] | None:
    """Somebody, and the role of that number, which they hold today where this person administers."""
    card = facts.card(int(person_id))
    held = card.colleague.one(int(number)) if card else None
    if card is None or held is None or not may(talk, facts, "manage", held.grant.area_id):
        return None
    return card, held


def wholly(talk: Talk, facts: Facts, card: Card) -> bool:
    """Whether this person administers every role of theirs."""
    return all(may(talk, facts, "manage", one.grant.area_id) for one in card.colleague.held)


def gone(talk: Talk) -> Turn:
    """What the button names is not there for this person."""
    return answer(talk, "people.gone")


def back(talk: Talk, person_id: int) -> Choice:
    """The way to the card of somebody."""
    return Choice(speak(talk, "people.do_card"), f"people:card:{person_id}")
