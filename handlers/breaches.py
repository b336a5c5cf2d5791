"""The register of breaches of personal data: opened by whoever administers, with the law's clock of 72 hours.

`about` of the dialogue (purpose "breach") holds `id`, and `area_id` and `offered` (`handlers.places`).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from content.interview import Asked, Refused, Review, Step
from content.privacy import Breach
from content.vietnamese import fold
from handlers import dialogue, places
from handlers.custody import CloseBreach, OpenBreach, ReportBreach
from handlers.dialogue import Purpose, open_form, own_form, preface, stopped
from handlers.effects import MakePaper
from handlers.facts import Facts
from handlers.rights import may
from handlers.speech import answer, speak, under_way
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

OPEN = "su-co"
_FOUND = "phat_hien"
_JUST = frozenset({"vua xong", "bay gio", "now"})
_FORMATS = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H.%M", "%d/%m/%Y")
_MOST = 8


def show(talk: Talk, facts: Facts) -> Turn:
    """The register, newest first; what must still be reported stands with its hours."""
    found = facts.breaches()
    lines = [speak(talk, "breaches.list" if found else "breaches.nothing")]
    lines += [_line(talk, facts, one) for one in found[:_MOST]]
    choices = [Choice(speak(talk, "breaches.do_open"), "quantri:breach")]
    choices += [
        Choice(speak(talk, "breaches.do_show", number=one.number), f"quantri:breach:{one.number}")
        for one in found[:_MOST]
    ]
    return Turn((Reply("\n".join(lines), tuple(choices)),), talk.doing)


def clock(talk: Talk, one: Breach) -> str:
    """How the case stands against the 72 hours."""
    if one.closed_at:
        return speak(talk, "breaches.closed")
    if one.reported_at:
        return speak(talk, "breaches.reported", at=_moment(talk, one.reported_at))
    left, by = one.hours_left(talk.now), _moment(talk, one.report_by)
    return speak(talk, "breaches.left" if left >= 0 else "breaches.late", n=abs(left), by=by)


def _moment(talk: Talk, at: datetime) -> str:
    return at.astimezone(talk.zone).strftime("%H:%M %d/%m/%Y")


def _line(talk: Talk, facts: Facts, one: Breach) -> str:
    place = facts.area(one.area_id).name
    return speak(talk, "breaches.line", number=one.number, place=place, clock=clock(talk, one))


# --------------------------------------------------------------------------- opened


def begin(talk: Talk, facts: Facts) -> Turn:
    """Asks what the law wants to be told; the clock runs from when it was found."""
    form = own_form(facts, OPEN)
    doing, step = open_form(talk, "breach", form, {"id": talk.new_id})
    return advance(talk, doing, step, facts, None)


def advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Asks; in the end opens the case."""
    if isinstance(step, Review):
        return _finish(talk, doing, facts)
    assert isinstance(step, Asked | Refused)
    turn = dialogue.show(talk, doing, step)
    return (
        places.offer(talk, turn, facts) if step.question and step.question.name == places.QUESTION else turn
    )


def hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    """An area by its name; and a moment as people write it, which must have been."""
    if doing.about.get("asked") == _FOUND and not said.payload and said.text.strip():
        found = moment(said.text, talk.now)
        if found is None:
            return preface(dialogue.again(talk, doing, facts, ASKING), speak(talk, "breaches.no_moment"))
        return dialogue.hear(talk, doing, Said(found.isoformat()), facts, ASKING)
    return places.hear(talk, doing, said, facts, ASKING)


def moment(text: str, now: datetime) -> datetime | None:
    """ "vừa xong", "23/11/2026 08:15": an aware time of the last year; None for any other."""
    if fold(text) in _JUST:
        return now
    for pattern in _FORMATS:
        try:
            found = datetime.strptime(" ".join(text.split()), pattern).replace(tzinfo=now.tzinfo)
        except ValueError:
            continue
        return found if now - timedelta(days=366) < found <= now else None
    return None


def _finish(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    values = dialogue.answered(talk, doing, facts)
    area_id = int(doing.about["area_id"])
    if not may(talk, facts, "manage", area_id):
        return replace(answer(talk, "admin.not_yours"), doing=None)
    opened = Breach(
        number=0,
        area_id=area_id,
        found_at=datetime.fromisoformat(values[_FOUND]),
        opened_at=talk.now,
        opened_by=talk.person.id,
        what=values["viec"],
        whose=values["cua_ai"],
        data=", ".join(speak(talk, f"breaches.data_{kind}") for kind in values["loai"].split()),
        effects=values["hau_qua"],
        measures=values["bien_phap"],
        contact=values["lien_he"],
    )
    text = speak(talk, "breaches.opened", clock=clock(talk, opened))
    way = Choice(speak(talk, "breaches.do_list"), "quantri:breaches")
    return Turn((Reply(text, (way,)),), None, (OpenBreach(opened),))


ASKING = Purpose(advance, stopped)
OPENING = Purpose(advance, stopped, hear)


# --------------------------------------------------------------------------- seen to


def open_(talk: Talk, facts: Facts, number: str) -> Turn:
    """One case, and what can be done about it."""
    one = facts.breach(int(number))
    if one is None:
        return answer(talk, "admin.gone")
    verbs = ["paper"]
    if one.closed_at is None:
        verbs.append("close" if one.reported_at else "report")
    choices = (Choice(speak(talk, f"breaches.do_{v}"), f"quantri:breach:{one.number}:{v}") for v in verbs)
    return answer(
        talk,
        "breaches.card",
        *choices,
        number=one.number,
        place=facts.area(one.area_id).name,
        clock=clock(talk, one),
        found=_moment(talk, one.found_at),
        what=one.what,
        whose=one.whose,
        data=one.data,
        effects=one.effects,
        measures=one.measures,
        contact=one.contact,
    )


def deal(talk: Talk, facts: Facts, number: str, verb: str) -> Turn:
    """A button of a case's card."""
    one = facts.breach(int(number))
    return answer(talk, "admin.gone") if one is None else _DEEDS[verb](talk, one)


def _paper(talk: Talk, one: Breach) -> Turn:
    paper = MakePaper("breach", one.area_id, str(one.number))
    return under_way(talk, "breaches.making", paper)


def _report(talk: Talk, one: Breach) -> Turn:
    return replace(answer(talk, "breaches.noted"), effects=(ReportBreach(one.number),))


def _close(talk: Talk, one: Breach) -> Turn:
    if one.reported_at is None:
        return answer(talk, "breaches.not_reported")
    return replace(answer(talk, "breaches.closed_now"), effects=(CloseBreach(one.number),))


_DEEDS: dict[str, Callable[[Talk, Breach], Turn]] = {"paper": _paper, "report": _report, "close": _close}
VERBS = "|".join(_DEEDS)
