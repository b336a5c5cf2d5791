"""Taking a household off its hamlet's list, and putting it back: for those who answer for the list.

A household that stands there twice, or that is not there any more, would keep its hamlet below all of them.
"""

from dataclasses import replace
from typing import get_args

from content.areas import Level
from content.households import Household, TakenOff, Why
from content.words import day
from handlers import dialogue, rights
from handlers.buttons import pages
from handlers.effects import PutOnList, TakeOffList, Tell
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.talk import Choice, Doing, Reply, Talk
from handlers.turn import Turn
from handlers.visits import place
from handlers.which_home import Asking

KEEPS = "keep-list"
_PAGE = 8


def ways(talk: Talk, facts: Facts, area_id: int) -> list[Choice]:
    """The buttons under an area's households for those who may; none for others."""
    area = rights.area(talk, facts, KEEPS, area_id)
    if area is None:
        return []
    off = len(facts.taken_off(area.id)) if area.level is Level.HAMLET else 0
    gone = [Choice(speak(talk, "striking.do_gone", n=off), f"homes:gone:{area.id}:0")] if off else []
    return [Choice(speak(talk, "striking.do_off"), f"homes:off:{area.id}"), *gone]


def begin(talk: Talk, facts: Facts, number: str) -> Turn:
    """Asks which household, and why."""
    area = rights.area(talk, facts, KEEPS, number)
    if area is None:
        return answer(talk, "digest.not_yours")
    return STRIKING.begin(talk, facts, area if area.level is Level.HAMLET else None)


def _finish(talk: Talk, doing: Doing, facts: Facts, house: Household) -> Turn:
    if not rights.may(talk, facts, KEEPS, house.area_id):  # the role ended meanwhile
        return replace(answer(talk, "digest.not_yours"), doing=None)
    given = dialogue.answered(talk, doing, facts)["ly_do"]
    why: Why = next(one for one in get_args(Why) if one == given)
    lines = [
        speak(
            talk,
            "striking.off",
            name=house.name,
            place=place(talk, facts, house.area_id),
            why=speak(talk, f"striking.why_{why}"),
        )
    ]
    if house.surveyed_at is not None:
        surveyed = house.surveyed_at.astimezone(talk.now.tzinfo).date()
        lines.append(speak(talk, "striking.uncounted", day=day(talk.person.locale, surveyed)))
    back = Choice(speak(talk, "striking.do_back"), f"homes:back:{house.id}")
    reply = Reply("\n".join(lines), (back, _list(talk, house.area_id)))
    return Turn((reply,), None, (TakeOffList(house.id, why), *_told(talk, facts, house)))


def _told(talk: Talk, facts: Facts, house: Household) -> tuple[Tell, ...]:
    """Whom the household was given to learns that it is theirs no more."""
    holder = house.holder.person_id if house.holder else None
    if holder is None or holder == talk.person.id:
        return ()
    theirs = replace(talk, person=facts.person(holder) or talk.person)
    text = speak(theirs, "striking.told", name=house.name, place=place(theirs, facts, house.area_id))
    return (Tell(holder, Reply(text), "reply", f"{talk.new_id}/striking/{house.id}"),)


def put_back(talk: Talk, facts: Facts, number: str) -> Turn:
    """The household stands on its list again, and its surveys count."""
    house = facts.household(int(number)) if len(number) < 19 else None
    if house is None or not rights.may(talk, facts, KEEPS, house.area_id):
        return answer(talk, "digest.not_yours")
    where = place(talk, facts, house.area_id)
    if house.is_listed:
        return answer(talk, "striking.there", _list(talk, house.area_id), name=house.name, place=where)
    text = speak(talk, "striking.back", name=house.name, place=where)
    return Turn((Reply(text, (_list(talk, house.area_id),)),), talk.doing, (PutOnList(house.id),))


def gone(talk: Talk, facts: Facts, number: str, page: str) -> Turn:
    """A page of the households that are off the list of a hamlet, each with a button that puts it back."""
    hamlet = rights.area(talk, facts, KEEPS, number)
    if hamlet is None or hamlet.level is not Level.HAMLET:
        return answer(talk, "digest.not_yours")
    found = facts.taken_off(hamlet.id)
    if not found:
        return answer(talk, "striking.nobody", _list(talk, hamlet.id), place=place(talk, facts, hamlet.id))
    last = (len(found) - 1) // _PAGE
    shown = min(int(page), last)
    some = found[shown * _PAGE : (shown + 1) * _PAGE]
    lines = [speak(talk, "striking.gone", place=place(talk, facts, hamlet.id), n=len(found))]
    lines += [_line(talk, one) for one in some]
    choices = [
        Choice(speak(talk, "striking.do_back_one", name=one.name), f"homes:back:{one.id}") for one in some
    ]
    choices += pages(talk, shown, last, lambda other: f"homes:gone:{hamlet.id}:{other}")
    return Turn((Reply("\n".join(lines), (*choices, _list(talk, hamlet.id))),), talk.doing)


def _line(talk: Talk, one: TakenOff) -> str:
    since = day(talk.person.locale, one.at.astimezone(talk.now.tzinfo).date())
    why = speak(talk, f"striking.why_{one.why}")
    return "• " + ", ".join(filter(None, (one.name, one.address))) + f": {why}, {since}"


def _list(talk: Talk, hamlet_id: int) -> Choice:
    return Choice(speak(talk, "striking.do_list"), f"homes:{hamlet_id}::0")


STRIKING = Asking("strike", "bo-ho", KEEPS, _finish)
