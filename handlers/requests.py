"""What people and households asked for about their data (`handlers.filing`), done by administrators.

`about` of the dialogues that settle one ("settle", "mend"): `id`, and `request`, its number.
"""

from collections.abc import Callable
from dataclasses import replace

import orjson

from content.interview import Asked, Refused, Review, Step
from content.privacy import Request
from content.words import day
from handlers import dialogue
from handlers.custody import (
    AnswerRequest,
    CorrectHousehold,
    EraseHousehold,
    ExtendRequest,
    SettleRequest,
)
from handlers.dialogue import Purpose, open_form, own_form, stopped
from handlers.effects import Audit, Effect, Tell
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.talk import Attached, Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

SETTLE, MEND = "xong-yeu-cau", "sua-ho"


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
        talk, "requests.line", number=one.number, what=what, place=here(talk, facts, one), left=stands
    )


def here(talk: Talk, facts: Facts, one: Request) -> str:
    """Where the request belongs."""
    return facts.area(one.area_id).name if one.area_id else speak(talk, "requests.nowhere")


def days(talk: Talk, facts: Facts, one: Request) -> dict[str, str]:
    """By when it is to be answered, and done."""
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
        place=here(talk, facts, one),
        text=f"\n“{one.text}”" if one.text else "",
        asked=day(talk.person.locale, one.asked_at.date()),
        **days(talk, facts, one),
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
    told = answer(talk, "requests.extended", _open(talk, one), **days(talk, facts, later))
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
    what, place = speak(theirs, f"privacy.asks_{one.kind}"), here(theirs, facts, one)
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
