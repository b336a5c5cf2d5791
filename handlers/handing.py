"""Households picked from a numbered list that somebody is given, or loses (the form `giao-ho`)."""

from dataclasses import replace

from content.areas import Area
from content.assigning import Hand, Holder, chosen
from content.households import QUESTIONNAIRE, Household
from content.interview import Asked, Refused, Review, Step
from content.names import same as same_name
from content.vietnamese import fold
from handlers import dialogue, giving, rights
from handlers.dialogue import Purpose, form_of, open_form, preface
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

PICK = "giao-ho"
_ANSWER = "ho"
_NAMED = 6
_EVERY = frozenset({"tat ca", "het", "tat", "all"})


def begin(talk: Talk, facts: Facts, area: Area, verb: str, mark: str) -> Turn:
    """Asks which households of a numbered list; those held by nobody stand first."""
    hand = giving.hand_of(talk, facts, area, mark)
    form = facts.form(PICK)
    if hand is None or form is None:
        return answer(talk, "assigning.gone")
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "start.busy")
    listed = _listed(facts, area, verb, hand.holder)
    if not listed:
        return giving.say_then(talk, facts, area, "assigning.nothing_to_give", name=hand.name)
    about = {
        "id": talk.new_id,
        "verb": verb,
        "hamlet": area.id,
        "mark": mark,
        "homes": [h.id for h in listed],
    }
    doing, step = open_form(talk, "assign", form, about)
    return _advance(talk, doing, step, facts, None)


def _listed(facts: Facts, area: Area, verb: str, holder: Holder) -> list[Household]:
    if verb == "back":
        return giving.left_of(facts, area, holder)
    others = [home for home in giving.open_(facts, area.id) if home.holder != holder]
    return sorted(others, key=lambda home: home.holder is not None)


def _advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    area = rights.area(talk, facts, "assign", doing.about["hamlet"])
    hand = giving.hand_of(talk, facts, area, doing.about["mark"]) if area else None
    if area is None or hand is None:  # the role ended meanwhile, or theirs
        return answer(replace(talk, doing=None), "assigning.gone")
    match step:
        case Asked():
            return dialogue.show(talk, doing, step, _heading(talk, facts, doing, area, hand))
        case Refused():
            return dialogue.show(talk, doing, step)
        case Review():
            return _picked(talk, doing, facts, area, hand)


def _offered(facts: Facts, doing: Doing, area: Area) -> list[Household]:
    """The households as they were numbered, as they are now."""
    now = {home.id: home for home in facts.households(area.id, QUESTIONNAIRE)}
    return [now[number] for number in doing.about["homes"] if number in now]


def _heading(talk: Talk, facts: Facts, doing: Doing, area: Area, hand: Hand) -> str:
    names = {one.holder: one.name for one in facts.hands(area.id)}
    key = f"assigning.pick_{doing.about['verb']}"
    lines = [speak(talk, key, name=hand.name, place=area.name)]
    for number, home in enumerate(_offered(facts, doing, area), 1):
        parts = [home.name, home.address]
        if home.holder and doing.about["verb"] == "give":
            parts.append(speak(talk, "assigning.of", name=names.get(home.holder, "?")))
        lines.append(f"{number}. {' · '.join(filter(None, parts))}")
    return "\n".join(lines)


def _picked(talk: Talk, doing: Doing, facts: Facts, area: Area, hand: Hand) -> Turn:
    offered, text = _offered(facts, doing, area), dialogue.answered(talk, doing, facts)[_ANSWER]
    homes, unclear = offered, list[str]()
    if fold(text) not in _EVERY:
        places, parts = chosen(text, len(offered))
        homes = [offered[place] for place in places]
        for part in parts:
            meant = [home for home in offered if same_name(home.name, part)]
            homes += [home for home in meant[:1] if home not in homes]
            unclear += [part] if len(meant) != 1 else []
    if unclear or not homes:
        form = form_of(doing, facts)
        again, step = open_form(talk, "assign", form, doing.about)
        turn = dialogue.show(talk, again, step) if isinstance(step, Asked) else answer(talk, "assigning.gone")
        return preface(turn, speak(talk, "assigning.unclear", words=", ".join(unclear[:_NAMED])))
    done, back = replace(talk, doing=None), doing.about["verb"] == "back"
    effects = tuple(giving.given(done, facts, area, None if back else hand.holder, homes))
    key = "assigning.took_back" if back else giving.key_of(hand, "assigning.gave")
    told = {"n": len(homes), "name": hand.name, "place": area.name}
    turn = giving.say_then(done, facts, area, key, effects, **told)
    way = Choice(hand.name, f"assign:one:{area.id}:{hand.holder.mark}")
    [reply] = turn.replies
    return replace(turn, replies=(replace(reply, choices=(way, *reply.choices)),))


def _cancel(talk: Talk, doing: Doing) -> Turn:
    area, mark = doing.about["hamlet"], doing.about["mark"]
    again = Choice(speak(talk, "assigning.do_again"), f"assign:one:{area}:{mark}")
    return Turn((Reply(speak(talk, "admin.stopped"), (again,)),))


PICKING = Purpose(_advance, _cancel)
