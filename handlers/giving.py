"""Households that can be given, to whom, and what that does and says."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from content.areas import Area, Level
from content.assigning import Hand, Holder, Load, marked
from content.households import QUESTIONNAIRE, Household
from content.people import Role
from content.words import say
from handlers import rights
from handlers.duties import Assign
from handlers.effects import Effect, Tell
from handlers.facts import Facts
from handlers.speech import answer, capital, speak
from handlers.talk import Choice, Reply, Talk
from handlers.turn import Turn


def open_(facts: Facts, hamlet_id: int) -> Sequence[Household]:
    """The hamlet's households that are still to be visited, in the order of its list."""
    homes = facts.households(hamlet_id, QUESTIONNAIRE)
    return sorted((home for home in homes if home.surveyed_at is None), key=lambda home: home.id)


def free(facts: Facts, hamlet_id: int) -> Sequence[Household]:
    """Those of them that nobody holds."""
    return [home for home in open_(facts, hamlet_id) if home.holder is None]


def told(  # noqa: PLR0913, PLR0917 - who is told what of how many households, where
    talk: Talk, facts: Facts, person_id: int, hamlet: Area, number: int, key: str = "assigning.told"
) -> Tell:
    """What the person is told who gets so many households there, or loses them."""
    person = facts.person(person_id)
    locale = person.locale if person else talk.person.locale
    text = say(locale, key, n=number, place=hamlet.name)
    way = Choice(say(locale, "speech.do_khaosat"), "/khaosat")
    return Tell(person_id, Reply(text, (way,)), "reply", f"{talk.new_id}/{key}/{person_id}/{hamlet.id}")


def way(area: Area, label: str = "") -> Choice:
    """The button that opens an area."""
    return Choice(label or capital(area.name), f"assign:area:{area.id}")


def key_of(hand: Hand, key: str) -> str:
    """The sentence for who has joined, or who is only invited."""
    return key if hand.joined else f"{key}_invited"


def hands(talk: Talk, facts: Facts, area: Area, loads: Mapping[Holder | None, Load]) -> list[Hand]:
    """Who may be given households there, each once: members and leaders of the hamlet, members of its
    commune, and whoever holds some already."""
    found: dict[Holder, Hand] = {}
    for unit in reversed(facts.path(area.id, talk.today)):
        if unit.level not in {Level.HAMLET, Level.COMMUNE} or not rights.may(talk, facts, "assign", unit.id):
            continue
        for one in facts.hands(unit.id):
            fits = one.surveys and (unit.id == area.id or not one.leads)
            if one.area_id == unit.id and fits:
                found.setdefault(one.holder, one)
    for holder in loads:
        if holder is not None and holder not in found and holder.person_id:
            name = facts.called(holder.person_id) or "?"
            found[holder] = Hand(holder, name, Role.MEMBER, area.id)
    return list(found.values())


def given(
    talk: Talk, facts: Facts, area: Area, to: Holder | None, homes: Iterable[Household]
) -> list[Effect]:
    """What gives the households, and tells whom they are given."""
    fresh = [home for home in homes if home.holder != to]
    if not fresh:
        return []
    effects: list[Effect] = [Assign(area.id, tuple(home.id for home in fresh), to)]
    if to and to.person_id and to.person_id != talk.person.id:
        effects.append(told(talk, facts, to.person_id, area, len(fresh)))
    lost = Counter(home.holder.person_id for home in fresh if home.holder)
    return effects + [
        told(talk, facts, person, area, number, "assigning.told_back")
        for person, number in lost.items()
        if person and person != talk.person.id
    ]


def say_then(
    talk: Talk, facts: Facts, area: Area, key: str, effects: tuple[Effect, ...] = (), **values: object
) -> Turn:
    """What was done, and the way back to the hamlet."""
    back = way(area, speak(talk, "assigning.do_back", place=area.name))
    return replace(answer(talk, key, back, **values), effects=effects)


def hand_of(talk: Talk, facts: Facts, area: Area, mark: str) -> Hand | None:
    """Whom a button names, if they may be given households there."""
    loads = facts.loads(area.id, QUESTIONNAIRE).get(area.id, {})
    holder = marked(mark)
    return next((one for one in hands(talk, facts, area, loads) if one.holder == holder), None)


def left_of(facts: Facts, area: Area, holder: Holder) -> list[Household]:
    """What they hold and have not visited yet: what was done stays theirs, for the count."""
    return [home for home in open_(facts, area.id) if home.holder == holder]
