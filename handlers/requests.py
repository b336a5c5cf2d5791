"""What households ask for about their data, by mouth: filed by whoever hears it, done by whoever administers.

`about` of the dialogue that files a request (purpose "file") holds:
    id         UUID of the dialogue
    area_id    the hamlet
    household  the household, once it is known
    name       how it is told, above the questions
    offered    what is offered as buttons: pairs of label and payload
    ref, asked, type  the open question (`handlers.dialogue`)
Of the dialogues that settle one ("settle", "mend"): `id`, and `request`, its number.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import orjson

from content.areas import Area, Level
from content.households import QUESTIONNAIRE, Household
from content.interview import Asked, Refused, Review, Step
from content.people import allowed
from content.privacy import KINDS, Request
from content.vietnamese import fold
from content.words import day
from handlers import dialogue, picking, rights
from handlers.custody import (
    AnswerRequest,
    CorrectHousehold,
    EraseHousehold,
    ExtendRequest,
    FileRequest,
    SettleRequest,
)
from handlers.dialogue import Purpose, open_form, own_form, preface, stopped
from handlers.effects import Audit, Effect, Tell
from handlers.facts import Facts
from handlers.speech import answer, capital, speak
from handlers.talk import Attached, Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

FILE, SETTLE, MEND = "yeu-cau-ho", "xong-yeu-cau", "sua-ho"
SEES = "see-households"
_PLACE, _HOUSE = "khu_vuc", "ho"
_MOST = 12


def may_file(talk: Talk) -> bool:
    """Whether this person works with households."""
    return allowed(talk.person, SEES)


# --------------------------------------------------------------------------- filing


def begin(talk: Talk, facts: Facts) -> Turn:
    """Asks which household, what it wants, and how it says so."""
    if not may_file(talk):
        return answer(talk, "routes.past")
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "tickets.busy")
    form = own_form(facts, FILE)
    near = _near(talk, facts)
    about: dict[str, Any] = {"id": talk.new_id, "area_id": None, "household": None, "offered": []}
    only = near[0] if len(near) == 1 and near[0].level == Level.HAMLET else None
    if only:
        about["area_id"] = only.id
    doing, step = open_form(talk, "file", form, about, {"noi": only.code} if only else None)
    return advance(talk, doing, step, facts, None)


def advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Asks; in the end keeps the request and tells those who administer the place."""
    if isinstance(step, Review):
        return _finish(talk, doing, facts)
    assert isinstance(step, Asked | Refused)
    turn = dialogue.show(talk, doing, step)
    name = step.question.name if step.question else ""
    if name == _PLACE:
        return _offer(
            talk, turn, [(_place(talk, facts, area), f"area.{area.id}") for area in _near(talk, facts)]
        )
    return turn


def hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    """Where the hamlet or the household is asked for, what is typed is looked up."""
    asked = doing.about.get("asked")
    if asked not in {_PLACE, _HOUSE} or said.payload or not said.text.strip():
        return None
    offered = picking.meant(said.text, doing.about["offered"])
    if offered is not None:
        return pick(talk, facts, offered.partition(":")[2])
    if asked == _PLACE:
        named = (area for area in facts.areas_named(said.text) if rights.may(talk, facts, SEES, area.id))
        areas = [one for area in named for one in facts.hamlets(area.id, talk.today)]
        if len(areas) == 1:
            return _take(talk, doing, facts, "area_id", areas[0].id, areas[0].code)
        found = [(_place(talk, facts, area), f"area.{area.id}") for area in areas]
    else:
        houses = _named(facts, doing.about["area_id"], said.text)
        if len(houses) == 1:
            return _take_house(talk, doing, facts, houses[0])
        found = [(_label(house), f"house.{house.id}") for house in houses]
    again = dialogue.again(talk, doing, facts, _ASKING)
    key = "requests.which" if found else "requests.none"
    return preface(_offer(talk, again, found), speak(talk, key, words=" ".join(said.text.split())[:60]))


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button `household:…`."""
    return pick(talk, facts, (said.payload or "").partition(":")[2])


def pick(talk: Talk, facts: Facts, named: str) -> Turn:
    """A button under the question for the hamlet or the household; it holds for that dialogue only."""
    doing = talk.doing
    mark, _, which = named.partition(".")
    kind, _, number = which.partition(".")
    if doing is None or doing.purpose != "file" or mark != doing.about["id"][:8] or not number.isdecimal():
        return answer(talk, "routes.past")
    if kind == "area" and doing.about["asked"] == _PLACE:
        area = rights.area(talk, facts, SEES, number)
        if area is not None and area.level == Level.HAMLET:
            return _take(talk, doing, facts, "area_id", area.id, area.code)
    if kind == "house" and doing.about["asked"] == _HOUSE:
        house = facts.household(int(number))
        if house is not None and house.area_id == doing.about["area_id"]:
            return _take_house(talk, doing, facts, house)
    return preface(dialogue.again(talk, doing, facts, FILING), speak(talk, "dialogue.stale"))


def _take(talk: Talk, doing: Doing, facts: Facts, key: str, number: int, text: str) -> Turn:  # noqa: PLR0913, PLR0917
    doing = replace(doing, about={**doing.about, key: number, "offered": []})
    return dialogue.hear(talk, doing, Said(text), facts, _ASKING)


def _take_house(talk: Talk, doing: Doing, facts: Facts, house: Household) -> Turn:
    """The household, which stands over the questions that follow: one sees which was meant."""
    doing = replace(doing, about={**doing.about, "name": _label(house)})
    return _take(talk, doing, facts, "household", house.id, house.name)


def _near(talk: Talk, facts: Facts) -> list[Area]:
    """The hamlets where this person may see households; of a wider place what lies right under it."""
    found: dict[int, Area] = {}
    for area in rights.held(talk, facts, SEES):
        below = [area] if area.level == Level.HAMLET else facts.below(area.id, talk.today)
        found.update((one.id, one) for one in below if one.level == Level.HAMLET)
    return list(found.values())


def _named(facts: Facts, hamlet_id: int, words: str) -> list[Household]:
    """The households that are meant: by the whole name, else by a part of it."""
    houses, wanted = facts.households(hamlet_id, QUESTIONNAIRE), fold(words)
    exact = [house for house in houses if fold(house.name) == wanted]
    return exact or [house for house in houses if wanted and wanted in fold(house.name)]


def _offer(talk: Talk, turn: Turn, found: Sequence[tuple[str, str]]) -> Turn:
    doing = turn.doing
    assert doing is not None
    mark = doing.about["id"][:8]
    choices = [Choice(label, f"household:{mark}.{payload}") for label, payload in found[:_MOST]]
    pairs = [[choice.label, choice.payload] for choice in choices]
    *before, last = turn.replies
    last = replace(last, choices=(*choices, *last.choices))
    return replace(
        turn, replies=(*before, last), doing=replace(doing, about={**doing.about, "offered": pairs})
    )


def _place(talk: Talk, facts: Facts, area: Area) -> str:
    above = [one.name for one in facts.path(area.id, talk.today)[-2:-1]]
    return capital(", ".join([area.name, *above]))


def _label(house: Household) -> str:
    return " · ".join(filter(None, (house.name, house.address)))


def _finish(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    values = dialogue.answered(talk, doing, facts)
    house = facts.household(int(doing.about["household"]))
    if house is None:
        return replace(answer(talk, "admin.gone"), doing=None)
    asked = Request(
        number=0,
        kind=next(kind for kind in KINDS if kind == values["loai"]),
        asked_at=talk.now,
        who=house.name,
        text=values.get("noi_dung", ""),
        household_id=house.id,
        area_id=house.area_id,
        taken_by=talk.person.id,
    )
    days = _days(talk, facts, asked)
    said = speak(
        talk, "requests.filed", who=house.name, what=speak(talk, f"privacy.asks_{asked.kind}"), **days
    )
    tells = tuple(
        Tell(
            one.id,
            Reply(
                speak(replace(talk, person=one), "requests.new", place=_here(talk, facts, asked), **days),
                (Choice(speak(replace(talk, person=one), "requests.do_list"), "quantri:requests"),),
            ),
            "reply",
            f"request/{talk.new_id}/{one.id}",
        )
        for one in administrators(talk, facts, house.area_id)
    )
    return Turn((Reply(said),), None, (FileRequest(asked), *tells))


def administrators(talk: Talk, facts: Facts, area_id: int) -> list[Any]:
    """Whoever administers the place, but who speaks."""
    path = rights.path(talk, facts, area_id)
    found = (one for one in facts.helpers(area_id) if allowed(one, "manage", path))
    return [one for one in found if one.id != talk.person.id]


_ASKING = Purpose(advance, stopped)
FILING = Purpose(advance, stopped, hear)


# --------------------------------------------------------------------------- seen to


def show(talk: Talk, facts: Facts) -> Turn:
    """What is not done yet, with the days that are left; what is late stands out."""
    found = facts.requests()
    if not found:
        return answer(talk, "requests.nothing", Choice(speak(talk, "privacy.do_file"), "mydata:file"))
    lines, choices = [speak(talk, "requests.list", n=len(found))], []
    for one in found:
        lines.append(_line(talk, facts, one))
        choices.append(_open(talk, one))
    choices.append(Choice(speak(talk, "privacy.do_file"), "mydata:file"))
    return Turn((Reply("\n".join(lines), tuple(choices)),), talk.doing)


def _line(talk: Talk, facts: Facts, one: Request) -> str:
    left = (one.done_by - talk.today).days
    stands = speak(talk, "requests.left", n=left) if left >= 0 else speak(talk, "requests.late", n=-left)
    if one.answered_at is None:
        answer_by = one.answer_by(facts.calendar())
        late = answer_by < talk.today
        stands += " · " + speak(
            talk, f"requests.answer_{'late' if late else 'by'}", day=day(talk.person.locale, answer_by)
        )
    what = speak(talk, f"privacy.asks_{one.kind}")
    return speak(
        talk, "requests.line", number=one.number, what=what, place=_here(talk, facts, one), left=stands
    )


def _here(talk: Talk, facts: Facts, one: Request) -> str:
    return facts.area(one.area_id).name if one.area_id else speak(talk, "requests.nowhere")


def _days(talk: Talk, facts: Facts, one: Request) -> dict[str, str]:
    locale = talk.person.locale
    return {"answer_by": day(locale, one.answer_by(facts.calendar())), "done_by": day(locale, one.done_by)}


def open_(talk: Talk, facts: Facts, number: str) -> Turn:
    """One request, and what can be done about it."""
    one = facts.request(int(number))
    if one is None or one.done_at is not None:
        return answer(talk, "admin.gone")
    house = facts.household(one.household_id) if one.household_id else None
    verbs = ["answered"] if one.answered_at is None else []
    if house is not None:
        verbs += {"see": ["data"], "correct": ["mend"]}.get(
            one.kind, ["wipe"] if one.kind != "protect" else []
        )
    verbs += ["extend"] if one.extended_at is None else []
    choices = [
        Choice(speak(talk, f"requests.do_{verb}"), f"quantri:request:{one.number}:{verb}")
        for verb in (*verbs, "settle")
    ]
    text = speak(
        talk,
        "requests.card",
        number=one.number,
        what=speak(talk, f"privacy.asks_{one.kind}"),
        who=one.who or speak(talk, "requests.somebody"),
        place=_here(talk, facts, one),
        text=f"\n“{one.text}”" if one.text else "",
        asked=day(talk.person.locale, one.asked_at.date()),
        **_days(talk, facts, one),
    )
    return Turn((Reply(text, tuple(choices)),), talk.doing)


def deal(talk: Talk, facts: Facts, number: str, verb: str) -> Turn:
    """A button of a request's card."""
    one = facts.request(int(number))
    if one is None or one.done_at is not None:
        return answer(talk, "admin.gone")
    return _DEEDS[verb](talk, facts, one)


def _answered(talk: Talk, facts: Facts, one: Request) -> Turn:
    return replace(answer(talk, "requests.answered", _open(talk, one)), effects=(AnswerRequest(one.number),))


def _open(talk: Talk, one: Request) -> Choice:
    """The way to a request."""
    return Choice(speak(talk, "requests.do_open", number=one.number), f"quantri:request:{one.number}")


def _extend(talk: Talk, facts: Facts, one: Request) -> Turn:
    if one.extended_at is not None:
        return open_(talk, facts, str(one.number))
    later = replace(one, extended_at=talk.now)
    told = answer(talk, "requests.extended", _open(talk, one), **_days(talk, facts, later))
    return replace(told, effects=(ExtendRequest(one.number),))


def _wipe(talk: Talk, facts: Facts, one: Request) -> Turn:
    yes = Choice(speak(talk, "requests.do_wiped"), f"quantri:request:{one.number}:wiped")
    back = Choice(speak(talk, "privacy.do_keep"), f"quantri:request:{one.number}")
    return answer(talk, "requests.wipe", yes, back, who=one.who)


def _wiped(talk: Talk, facts: Facts, one: Request) -> Turn:
    if one.household_id is None:
        return answer(talk, "admin.gone")
    effects: tuple[Effect, ...] = (
        EraseHousehold(one.household_id),
        SettleRequest(one.number, speak(talk, "requests.done_erased")),
        *_told(talk, facts, one),
    )
    return replace(answer(talk, "requests.wiped", _list(talk)), effects=effects)


def _list(talk: Talk) -> Choice:
    return Choice(speak(talk, "requests.do_list"), "quantri:requests")


def _told(talk: Talk, facts: Facts, one: Request) -> tuple[Tell, ...]:
    """Who filed it tells the household that it is done; by its number, for a name may be what was erased."""
    filer = facts.person(one.taken_by) if one.taken_by not in {None, talk.person.id} else None
    if filer is None:
        return ()
    theirs = replace(talk, person=filer, doing=None)
    what, place = speak(theirs, f"privacy.asks_{one.kind}"), _here(theirs, facts, one)
    text = speak(theirs, "requests.told_done", number=one.number, what=what, place=place)
    return (Tell(filer.id, Reply(text), "reply", f"request/{one.number}/done"),)


def _data(talk: Talk, facts: Facts, one: Request) -> Turn:
    """All that is kept on the household, to be handed to it on paper."""
    kept = facts.household_kept(one.household_id) if one.household_id else None
    if kept is None:
        return answer(talk, "admin.gone")
    lines = [speak(talk, "requests.data", who=kept["name"]), str(kept["address"])]
    for survey in kept["surveys"]:
        lines += [
            "",
            f"{survey['form']} {survey['version']} · {survey['submitted_at']:%d/%m/%Y}",
            survey["wording"],
        ]
        lines += [f"{path.rpartition('/')[2]}: {value}" for path, value in survey["answers"].items() if value]
    seen = (Audit("export-person", f"household {one.household_id}"),)
    if facts.takes_file(talk.channel, "json"):
        data = orjson.dumps(kept, option=orjson.OPT_INDENT_2)
        file = Attached(f"ho-{one.household_id}.json", "application/json", data)
        same = Reply(speak(talk, "requests.same"), attached=file)
        return Turn((Reply("\n".join(lines)), same), talk.doing, seen)
    return Turn((Reply("\n".join(lines)),), talk.doing, seen)


def _settle(talk: Talk, facts: Facts, one: Request) -> Turn:
    return _dialogue(talk, facts, "settle", SETTLE, one)


def _mend(talk: Talk, facts: Facts, one: Request) -> Turn:
    return _dialogue(talk, facts, "mend", MEND, one)


def _dialogue(talk: Talk, facts: Facts, purpose: str, form_id: str, one: Request) -> Turn:
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "tickets.busy")
    form = own_form(facts, form_id)
    doing, step = open_form(talk, purpose, form, {"id": talk.new_id, "request": one.number})
    return _settling(talk, doing, step, facts, None)


def _settling(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    if not isinstance(step, Review):
        assert isinstance(step, Asked | Refused)
        return dialogue.show(talk, doing, step)
    one = facts.request(int(doing.about["request"]))
    if one is None or one.done_at is not None:
        return replace(answer(talk, "admin.gone"), doing=None)
    values = dialogue.answered(talk, doing, facts)
    if doing.purpose == "settle":
        settled = SettleRequest(one.number, values["da_lam"])
        told = _told(talk, facts, one)
        return Turn((Reply(speak(talk, "requests.settled"), (_list(talk),)),), None, (settled, *told))
    assert one.household_id is not None, "only a household's request is mended"
    mended = CorrectHousehold(one.household_id, values["ten"], values.get("dia_chi", ""))
    done = SettleRequest(one.number, speak(talk, "requests.done_corrected"))
    effects: tuple[Effect, ...] = (mended, done, *_told(talk, facts, one))
    return Turn((Reply(speak(talk, "requests.mended"), (_list(talk),)),), None, effects)


SETTLING = Purpose(_settling, stopped)
_DEEDS: dict[str, Callable[[Talk, Facts, Request], Turn]] = {
    "answered": _answered,
    "extend": _extend,
    "wipe": _wipe,
    "wiped": _wiped,
    "data": _data,
    "settle": _settle,
    "mend": _mend,
}
VERBS = "|".join(_DEEDS)
