"""/phancong: who holds how many households and how many are done; given, shared out, moved, taken back
(`assign:…`). Teams and invitations stand in `handlers.crew`."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from content.areas import Area, Level
from content.assigning import Hand, Holder, Load, spread
from content.households import QUESTIONNAIRE, Household
from content.people import allowed
from content.words import day
from content.words import listed as joined
from handlers import giving, handing, rights
from handlers.buttons import Buttons, pressed
from handlers.dialogue import preface
from handlers.effects import Effect, MakePaper
from handlers.facts import Facts
from handlers.speech import answer, speak, under_way
from handlers.talk import Choice, Reply, Said, Talk
from handlers.turn import Turn


def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The areas in which this person gives households: the only one opened, or which."""
    mine = rights.held(talk, facts, "assign")
    if len(mine) == 1:
        return _area(talk, facts, mine[0])
    return answer(talk, "assigning.which", *(giving.way(area) for area in mine))


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button, pressed now, late or twice. What it names may be gone."""
    if not allowed(talk.person, "assign"):
        return answer(talk, "routes.only_assign")
    return pressed(_BUTTONS, talk, said, facts) or answer(talk, "assigning.gone")


def _there(do: Callable[..., Turn]) -> Callable[..., Turn]:
    """`do` with the area that a button names first, where this person gives households in it."""

    def checked(talk: Talk, facts: Facts, number: str, *more: str | None) -> Turn:
        area = rights.area(talk, facts, "assign", number)
        return answer(talk, "assigning.not_yours") if area is None else do(talk, facts, area, *more)

    return checked


# --------------------------------------------------------------------------- an area


def _area(talk: Talk, facts: Facts, area: Area) -> Turn:
    """A hamlet with its people; a commune with its hamlets; above, the way down."""
    if area.level is Level.HAMLET:
        return _hamlet(talk, facts, area)
    below = facts.below(area.id, talk.today)
    if area.level is not Level.COMMUNE:
        ways = (*_crew_ways(talk, area), *(giving.way(unit) for unit in below))
        return answer(talk, "assigning.where", *ways, place=area.name)
    loads = facts.loads(area.id, QUESTIONNAIRE)
    lines = [speak(talk, "assigning.commune", place=area.name)]
    for unit in below:
        all_, given = _sums(loads.get(unit.id, {}))
        lines.append(
            speak(
                talk,
                "assigning.hamlet_line",
                place=unit.name,
                total=all_.total,
                done=all_.done,
                left=all_.left,
                given=given.left,
            )
        )
    ways = (*(giving.way(unit) for unit in below), *_crew_ways(talk, area), _homes_way(talk, area))
    return Turn((Reply("\n".join(lines), ways),), talk.doing)


def _sums(loads: Mapping[Holder | None, Load]) -> tuple[Load, Load]:
    """Of all households, and of those that somebody holds."""
    every = Load(sum(one.total for one in loads.values()), sum(one.done for one in loads.values()))
    held = [load for holder, load in loads.items() if holder]
    return every, Load(sum(one.total for one in held), sum(one.done for one in held))


def _crew_ways(talk: Talk, area: Area) -> Iterator[Choice]:
    """Who may invite sees who has joined."""
    if allowed(talk.person, "invite"):
        yield Choice(speak(talk, "assigning.do_crew"), f"crew:show:{area.id}")


def _homes_way(talk: Talk, area: Area) -> Choice:
    return Choice(speak(talk, "assigning.do_homes"), f"assign:homes:{area.id}")


def _hamlet(talk: Talk, facts: Facts, area: Area) -> Turn:
    loads = facts.loads(area.id, QUESTIONNAIRE).get(area.id, {})
    hands = giving.hands(talk, facts, area, loads)
    every, given = _sums(loads)
    place = ", ".join(unit.name for unit in reversed(facts.path(area.id, talk.today)[-2:]))
    lines = [
        speak(
            talk,
            "assigning.hamlet" if every.total else "assigning.hamlet_empty",
            place=place,
            total=every.total,
            done=every.done,
            left=every.left,
            given=given.left,
            free=every.left - given.left,
        )
    ]
    if absent := sum(one.absent for one in loads.values()):
        lines.append(speak(talk, "assigning.absent", n=absent))
    lines += [
        speak(talk, giving.key_of(one, "assigning.hand"), number=number, name=one.name, **_told(loads, one))
        for number, one in enumerate(hands, 1)
    ]
    if not hands:
        lines.append(speak(talk, "assigning.nobody"))
    choices = [Choice(one.name, f"assign:one:{area.id}:{one.holder.mark}") for one in hands]
    free = loads.get(None, Load()).left
    if free and _sharing(hands):
        label = speak(talk, "assigning.do_rest", n=free)
        choices.append(Choice(label, f"assign:rest:{area.id}"))
    if any(one and one.joined and load.left for one, load in loads.items()) and len(_sharing(hands)) > 1:
        choices.append(Choice(speak(talk, "assigning.do_all"), f"assign:all:{area.id}"))
    choices += [*_crew_ways(talk, area), _homes_way(talk, area)]
    return Turn((Reply("\n".join(lines), tuple(choices)),), talk.doing)


def _told(loads: Mapping[Holder | None, Load], hand: Hand) -> dict[str, int]:
    load = loads.get(hand.holder, Load())
    return {"total": load.total, "done": load.done, "left": load.left}


def _sharing(hands: Sequence[Hand]) -> list[Hand]:
    """Among whom households are shared out: members that have joined; where there are none, leaders."""
    joined_ = [one for one in hands if one.joined]
    return [one for one in joined_ if not one.leads] or joined_


# --------------------------------------------------------------------------- shared out


def _share(talk: Talk, facts: Facts, area: Area, which: str, count: str | None) -> Turn:
    """Shows how the households not given (or all not visited yet) would be shared out; done where the button
    under that is pressed and nothing has changed since."""
    loads = facts.loads(area.id, QUESTIONNAIRE).get(area.id, {})
    sharing = _sharing(giving.hands(talk, facts, area, loads))
    homes, kept = giving.free(facts, area.id), 0
    if which == "all":  # but for what is kept for those who have yet to join
        every = giving.open_(facts, area.id)
        homes = [home for home in every if home.holder is None or home.holder.joined]
        kept = len(every) - len(homes)
    if not (homes and sharing):
        return giving.say_then(talk, facts, area, "assigning.nothing_to_share")
    now = {one.holder: loads.get(one.holder, Load()).left if which == "rest" else 0 for one in sharing}
    shares = spread([home.id for home in homes], now)
    names = {one.holder: one.name for one in sharing}
    told = joined(talk.person.locale, [f"{names[one]} {len(mine)}" for one, mine in shares.items()])
    if count is None or int(count) != len(homes):
        yes = Choice(speak(talk, "assigning.do_share"), f"assign:{which}:{area.id}:{len(homes)}")
        no = giving.way(area, speak(talk, "assigning.do_not"))
        key = "assigning.share_rest" if which == "rest" else "assigning.share_all"
        turn = answer(talk, key, yes, no, n=len(homes), place=area.name, names=told)
        return preface(turn, speak(talk, "assigning.share_kept", n=kept)) if kept else turn
    effects: list[Effect] = []
    for holder, mine in shares.items():
        effects += giving.given(talk, facts, area, holder, [home for home in homes if home.id in set(mine)])
    return giving.say_then(
        talk, facts, area, "assigning.shared", tuple(effects), n=len(homes), names=told, place=area.name
    )


# --------------------------------------------------------------------------- one person


def _one(talk: Talk, facts: Facts, area: Area, mark: str) -> Turn:
    """Somebody's households, and what can be done with them."""
    hand = giving.hand_of(talk, facts, area, mark)
    if hand is None:
        return answer(talk, "assigning.gone")
    homes = [home for home in facts.households(area.id, QUESTIONNAIRE) if home.holder == hand.holder]
    left = [home for home in homes if home.surveyed_at is None]
    load = {"total": len(homes), "done": len(homes) - len(left), "left": len(left)}
    lines = [speak(talk, giving.key_of(hand, "assigning.person"), name=hand.name, place=area.name, **load)]
    lines += _stretches(talk, homes)
    do = [("give", "give"), *((("back", "back_some"), ("free", "free"), ("move", "move")) if left else ())]
    choices = [
        Choice(speak(talk, f"assigning.do_{label}"), f"assign:{verb}:{area.id}:{mark}") for verb, label in do
    ]
    choices.append(giving.way(area, speak(talk, "assigning.do_back", place=area.name)))
    return Turn((Reply("\n".join(lines), tuple(choices)),), talk.doing)


def _stretches(talk: Talk, homes: Sequence[Household]) -> Iterator[str]:
    """The households by their addresses, which are told once for neighbours."""
    ordered = sorted(homes, key=lambda home: home.id)
    for address, there in groupby(ordered, key=lambda home: home.address):
        names = ", ".join(_told_home(talk, home) for home in there)
        yield f"{address}: {names}" if address else names


def _told_home(talk: Talk, home: Household) -> str:
    """Whether it was surveyed, or on which day nobody was met."""
    if home.surveyed_at:
        return f"{home.name} ✓"
    if home.absent_on is None:
        return home.name
    return f"{home.name} ({speak(talk, 'picking.absent', day=day(talk.person.locale, home.absent_on))})"


def _free(talk: Talk, facts: Facts, area: Area, mark: str, count: str | None) -> Turn:
    """All that somebody has not visited is taken back, after asking once."""
    hand = giving.hand_of(talk, facts, area, mark)
    homes = giving.left_of(facts, area, hand.holder) if hand else []
    if hand is None or not homes:
        return answer(talk, "assigning.gone")
    told = {"name": hand.name, "n": len(homes), "place": area.name}
    if count is None or int(count) != len(homes):
        yes = Choice(speak(talk, "assigning.do_free_yes"), f"assign:free:{area.id}:{mark}:{len(homes)}")
        no = Choice(speak(talk, "assigning.do_not"), f"assign:one:{area.id}:{mark}")
        return answer(talk, "assigning.free_sure", yes, no, **told)
    effects = tuple(giving.given(talk, facts, area, None, homes))
    return giving.say_then(talk, facts, area, "assigning.freed", effects, **told)


def _move(talk: Talk, facts: Facts, area: Area, mark: str, to: str | None) -> Turn:
    """All that somebody has not visited goes to another: to whom, then done."""
    hand = giving.hand_of(talk, facts, area, mark)
    homes = giving.left_of(facts, area, hand.holder) if hand else []
    if hand is None or not homes:
        return answer(talk, "assigning.gone")
    loads = facts.loads(area.id, QUESTIONNAIRE).get(area.id, {})
    others = {
        one.holder.mark: one for one in giving.hands(talk, facts, area, loads) if one.holder != hand.holder
    }
    told = {"name": hand.name, "n": len(homes), "place": area.name}
    if to not in others:
        ways = [Choice(one.name, f"assign:move:{area.id}:{mark}:{key}") for key, one in others.items()]
        key = "assigning.move_whom" if others else "assigning.move_nobody"
        return answer(talk, key, *ways, giving.way(area, speak(talk, "assigning.do_not")), **told)
    effects = tuple(giving.given(talk, facts, area, others[to].holder, homes))
    return giving.say_then(talk, facts, area, "assigning.moved", effects, to=others[to].name, **told)


def _homes(talk: Talk, facts: Facts, area: Area) -> Turn:
    """The list of households with who holds them, as a spreadsheet that can be filled in and sent back."""
    if area.level not in {Level.COMMUNE, Level.HAMLET}:
        return answer(talk, "assigning.gone")
    return under_way(talk, "assigning.making_homes", MakePaper("homes", area.id, ""), place=area.name)


def _rest(talk: Talk, facts: Facts, area: Area, count: str | None) -> Turn:
    return _share(talk, facts, area, "rest", count)


def _all(talk: Talk, facts: Facts, area: Area, count: str | None) -> Turn:
    return _share(talk, facts, area, "all", count)


def _give(talk: Talk, facts: Facts, area: Area, mark: str) -> Turn:
    return handing.begin(talk, facts, area, "give", mark)


def _back(talk: Talk, facts: Facts, area: Area, mark: str) -> Turn:
    return handing.begin(talk, facts, area, "back", mark)


_ID, _MARK, _COUNT = r"(\d{1,18})", r"([pi]\d{1,18})", r"(?::(\d{1,6}))?"
_BUTTONS: Buttons = (
    (re.compile(rf"assign:area:{_ID}"), _there(_area)),
    (re.compile(rf"assign:homes:{_ID}"), _there(_homes)),
    (re.compile(rf"assign:rest:{_ID}{_COUNT}"), _there(_rest)),
    (re.compile(rf"assign:all:{_ID}{_COUNT}"), _there(_all)),
    (re.compile(rf"assign:one:{_ID}:{_MARK}"), _there(_one)),
    (re.compile(rf"assign:give:{_ID}:{_MARK}"), _there(_give)),
    (re.compile(rf"assign:back:{_ID}:{_MARK}"), _there(_back)),
    (re.compile(rf"assign:free:{_ID}:{_MARK}{_COUNT}"), _there(_free)),
    (re.compile(rf"assign:move:{_ID}:{_MARK}(?::([pi]\d{{1,18}}))?"), _there(_move)),
)
