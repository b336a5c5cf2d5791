"""What a household asks for about its data, by mouth: filed by whoever hears it, for whoever administers."""

from dataclasses import replace
from typing import Any

from content.households import Household
from content.people import allowed
from content.privacy import KINDS, Request
from handlers import dialogue, rights
from handlers.custody import FileRequest
from handlers.effects import Tell
from handlers.facts import Facts
from handlers.requests import days, here
from handlers.speech import answer, speak
from handlers.talk import Choice, Doing, Reply, Talk
from handlers.turn import Turn
from handlers.which_home import Asking

SEES = "see-households"


def may_file(talk: Talk) -> bool:
    """Whether this person works with households."""
    return allowed(talk.person, SEES)


def begin(talk: Talk, facts: Facts) -> Turn:
    """Asks which household, what it wants, and how it says so."""
    return FILING.begin(talk, facts) if may_file(talk) else answer(talk, "routes.past")


def _finish(talk: Talk, doing: Doing, facts: Facts, house: Household) -> Turn:
    """Keeps the request and tells those who administer the place."""
    values = dialogue.answered(talk, doing, facts)
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
    by = days(talk, facts, asked)
    said = speak(talk, "requests.filed", who=house.name, what=speak(talk, f"privacy.asks_{asked.kind}"), **by)
    tells = tuple(
        Tell(
            one.id,
            Reply(
                speak(replace(talk, person=one), "requests.new", place=here(talk, facts, asked), **by),
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


FILING = Asking("file", "yeu-cau-ho", SEES, _finish)
