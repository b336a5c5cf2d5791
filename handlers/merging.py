"""The same person twice, made one: what would pass is shown, what stands in the way is said, a press does it.

The one whose card it was stays; the one that was chosen goes.
"""

from collections.abc import Iterator
from dataclasses import replace

from content.staff import Card, Merging
from handlers.colleagues import back, gone, kinds, managed, named, role, wholly
from handlers.effects import Effect
from handlers.facts import Facts
from handlers.leaving import sure
from handlers.passing import tell
from handlers.speech import answer, speak
from handlers.staff import MergePeople
from handlers.talk import Choice, Talk
from handlers.turn import Turn


def _two(talk: Talk, facts: Facts, stays: str, goes: str) -> tuple[Card, Card, Merging] | Turn:
    """Both, with what would pass; or why they can't be made one."""
    one, other = managed(talk, facts, stays), managed(talk, facts, goes)
    if one is None or other is None or stays == goes:
        return gone(talk)
    way = back(talk, one.colleague.id)
    if talk.person.id in {one.colleague.id, other.colleague.id}:
        return answer(talk, "people.merge_oneself", way)
    if not (wholly(talk, facts, one) and wholly(talk, facts, other)):
        return answer(talk, "people.elsewhere", way)
    found = facts.merging(one.colleague.id, other.colleague.id)
    if found.problems:
        why = "\n".join(f"• {speak(talk, f'people.merge_{problem}')}" for problem in found.problems)
        return answer(talk, "people.no_merge", way, why=why)
    return one, other, found


def preview(talk: Talk, facts: Facts, stays: str, goes: str) -> Turn:
    """What would pass, before it does."""
    both = _two(talk, facts, stays, goes)
    if isinstance(both, Turn):
        return both
    one, other, found = both
    rest = (*_lines(talk, facts, one, found), speak(talk, "people.merge_for_ever"))
    yes = Choice(speak(talk, "people.do_merge_yes"), f"people:merged:{stays}:{goes}")
    both_called = {"stays": _called(talk, one), "goes": _called(talk, other)}
    return sure(talk, one, "people.merge_sure", rest, yes, **both_called)


def _called(talk: Talk, card: Card) -> str:
    name = named(talk, card.colleague.name)
    return speak(talk, "people.card", name=name, number=str(card.colleague.id))


def _lines(talk: Talk, facts: Facts, stays: Card, found: Merging) -> Iterator[str]:
    if found.channels:
        yield speak(talk, "people.channels", channels=kinds(talk, found.channels))
    for held in found.roles:
        yield speak(talk, "people.merge_role", role=role(talk, facts, held))
    yield speak(talk, "people.work", drafts=found.drafts, helping=found.helping, surveys=found.surveys)
    if found.given:
        yield speak(talk, "people.homes_pass", n=found.given, name=_called(talk, stays))
    if found.asked:
        yield speak(talk, "people.merge_asked", n=found.asked)


def merged(talk: Talk, facts: Facts, stays: str, goes: str) -> Turn:
    """Makes them one."""
    both = _two(talk, facts, stays, goes)
    if isinstance(both, Turn):
        return both
    one, other, _ = both
    effects: list[Effect] = [MergePeople(one.colleague.id, other.colleague.id)]
    if them := facts.person(one.colleague.id):
        effects.append(tell(talk, facts, them, "people.told_merged"))
    done = answer(talk, "people.merged", back(talk, one.colleague.id), name=_called(talk, one))
    return replace(done, effects=tuple(effects))
